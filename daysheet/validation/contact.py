"""Phone numbers and e-mail addresses as people write them."""

import re
from functools import lru_cache
from unicodedata import normalize

_ONLY_DIGITS = re.compile(r"^[0-9 +-]+$")
_LABEL = re.compile(
    r"^\s*(?:手机|电话|座机|办公|办|固话|联系电话|mobile|tel|phone|office|cell)\s*[:：.]?\s*", re.IGNORECASE
)
_REMARK = re.compile(r"[(（][^()（）\d+]{1,20}[)）]")
_SEVERAL = re.compile(
    r"[,，;；、\n]|(?<=\d{5})\s?[/／]\s?(?=[+\d(（])|\s{2,}|(?<=\d{7})\s(?=1[3-9]\d{9}|0\d{2,3}[\s-]?\d{7})|\s(?:或|和|&)\s"
)
_EXTENSION = re.compile(r"(?:转|分机号?|ext\.?|extension|x|#)\s?[:：]?\s?(\d{1,6})\)?$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^((?:0\d{2,3}[\s-]?)?\d{7,8})\s?-\s?(\d{1,6})$")
_GOOD_DIGITS = re.compile(
    r"^(?:(?:\+?86)?1[3-9]\d{9}|(?:\+?86)?0?(?:10|[2-9]\d{1,2})\d{7,8}|[48]00\d{7}|\d{7,8}|1\d{4}|9\d{4,5}|\+\d{7,15}|00\d{8,15})$"
)
_FOREIGN = re.compile(r"[^\d\s+()\-–—.·转/]")  # dashes of all kinds are typed in numbers
_ZERO_LOST = re.compile(r"(?:10|2\d|[3-9]\d{2})\d{7,8}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_ATOM = r"[^\s@<>()\[\]:;,\".]+"
_EMAIL = re.compile(rf"^[^\s@<>()\[\]:;,\"]{{1,64}}@(?:{_ATOM}\.)+[A-Za-z\u4e00-\u9fff]{{2,}}$")


@lru_cache(maxsize=1024)  # a customer's number comes back day after day
def phone_numbers(text: str) -> tuple[tuple[str, bool], ...]:
    """Return each number of a cell tidied, and whether it looks like one."""
    if text.isascii() and _MOBILE.fullmatch(text):
        return ((text, True),)
    parts = (part.strip() for part in _SEVERAL.split(text))
    return tuple(_phone_number(part) for part in parts if part)


def _phone_number(text: str) -> tuple[str, bool]:
    """Return one number tidied (spaces out, extension as 转8001), and whether it looks like one."""
    if not _ONLY_DIGITS.match(text):
        text = _LABEL.sub("", _REMARK.sub("", normalize("NFKC", text))).strip()
    extension = _EXTENSION.search(text)
    body, number = (text[: extension.start()], extension[1]) if extension else (text, "")
    dashed = None if extension else _DASHED_EXTENSION.match(body)
    if dashed:
        body, number = dashed[1], dashed[2]
    body = body.lstrip(" -,").rstrip(" -,(")
    digits = ("+" if body.startswith(("+", "(+")) else "") + re.sub(r"\D", "", body)
    is_good = bool(_GOOD_DIGITS.match(digits)) and not _FOREIGN.search(body)
    tidy = re.sub(r"\s+", "", body) if is_good else body
    return (f"{tidy}转{number}" if number else tidy), is_good


def has_lost_zero(number: str) -> bool:
    """Say whether a number that was kept as a number looks like a landline without the 0 of its area code."""
    return bool(_ZERO_LOST.fullmatch(number)) and not _MOBILE.fullmatch(number)


def is_email(text: str) -> bool:
    """Say whether *text* looks like an e-mail address."""
    return len(text) <= 254 and bool(_EMAIL.match(text))
