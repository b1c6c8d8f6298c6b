"""
Take out of a text what no log may hold: numbers of people, and secrets.

The last line of defence. What is logged is chosen where it is logged; but an exception's text is
chosen by whoever raised it, and may quote a cell, an address or a login.
"""

import re
from collections.abc import Iterable, Mapping

STARS = "**********"
SHORTEST = 4
"""A secret of fewer characters is not looked for: every other line would hold it by chance."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

_ALONE = r"(?<!\d)(?<!\d\.){}(?!\d)"
_NUMBER = re.compile(
    _ALONE.format(r"(?:\d{17}[Xx]|\d{16,19}|\d{6}[ \-]\d{8}[ \-]\d{3}[\dXx]|\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?)")
)
_MOBILE = re.compile(_ALONE.format(r"(?:(?:\+|00)?86[ \-]?)?(1[3-9]\d)[ \-]?\d{4}[ \-]?\d{2}(\d{2})"))
_PAIR = re.compile(
    r"(?i)\b([a-z_]*(?:password|passwd|secret|access_token|refresh_token|id_token|api_key))"
    r"""(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"'})\]]+)"""
)
_URL = re.compile(
    r"(?<=://)([^\s:/?#@]{0,200}):[^\s@]{0,2000}@"
)  # bounded: else every "://" is looked behind to the end
_BEARER = re.compile(r"(?i)\b(bearer|basic|plain|xoauth2|login)\s+[A-Za-z0-9+/_\-.~]{16,}=*")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_\-])(?=[A-Za-z0-9_\-]*[A-Z])(?=[A-Za-z0-9_\-]*[g-z])[A-Za-z0-9_\-]{43}(?![A-Za-z0-9_\-])"
)
"""What this program makes itself for sessions, links and programs: 32 random bytes; never hexadecimal, as a hash is."""


class Redaction:
    """Knows the *secrets* in force; anything of a secret's form is taken out besides."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """Return *text* without secrets and numbers of people."""
        if self._known is not None:
            text = self._known.sub(STARS, text)
        return redacted(text)

    def value(self, value: object) -> object:
        """Return *value* with every text in it redacted, however deep."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.value(item) for item in value]
        return value if value is None or isinstance(value, (bool, int, float)) else self.text(str(value))


def redacted(text: str) -> str:
    """Return *text* without what has the form of a secret, or of an ID, bank card or mobile number."""
    text = _PAIR.sub(rf"\1\2{STARS}", _URL.sub(rf"\1:{STARS}@", text))
    text = _JWT.sub(STARS, _BEARER.sub(rf"\1 {STARS}", _TOKEN.sub(STARS, text)))
    return _MOBILE.sub(r"\1******\2", _NUMBER.sub(_number, text))


def told(error: BaseException) -> str:
    """Return what kind of error it is and what it says, as it may be kept and shown to an operator."""
    return redacted(f"{type(error).__name__}: {error}")


def _number(found: re.Match[str]) -> str:
    shown = found[0]
    digits = "".join(str(int(one)) if one.isdigit() else one.upper() for one in shown if one not in " -")
    if is_id_number(digits):
        return f"{digits[:2]}{'*' * 14}{digits[-2:]}"
    if digits.isdigit() and 16 <= len(digits) <= 19 and _is_card(digits):
        return f"{'*' * (len(digits) - 4)}{digits[-4:]}"
    return shown


def is_id_number(digits: str) -> bool:
    """Say whether *digits* are a mainland ID number (GB 11643): eighteen, the last one of which checks the others."""
    if len(digits) != 18 or not digits[:17].isdigit() or digits[0] == "0":
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == digits[17]


def _is_card(digits: str) -> bool:
    """Say whether *digits* check as a bank card's do (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
