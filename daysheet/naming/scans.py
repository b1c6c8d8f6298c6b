"""The rejecting scans (steps 5, 6 and 10): cells that hold no customer, or several."""

import re

from daysheet.model.names import VerdictCode
from daysheet.naming import cleaning
from daysheet.naming.characters import HAN, IS_HAN
from daysheet.naming.credit_code import is_valid
from daysheet.naming.lexicon import Lexicon

_PHONE = re.compile(r"^(?:电话|手机|tel|phone)?[:\s]*[+(]?\d[\d\s()+转/,-]{5,}\d$", re.IGNORECASE)
_MAIL = re.compile(r"^\S+@\S+\.\S+$")
_ID_LENGTHS = re.compile(r"^(?:\d{15}|\d{17}[\dXx])$")
_ID_BIRTH = re.compile(
    r"^[1-9]\d{5}(?:(?:19|20)\d{2}(?:0\d|1[0-2])\d{5}[\dX]|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})$"
)
_NOTHING = re.compile(r"^[\W_]*$")
_LETTERS = re.compile(rf"[{HAN}]|[^\W\d_]")
_SPLIT_ALWAYS = re.compile(r"[、；;|]")
_SPLIT_IF_BOTH = re.compile(r"\s*(?:[/+&\n]|[和及与])\s*")
_GOES_ON = re.compile(
    r"\n\s*(?:股份)?有限(?:责任)?公司\s*$|公司\s*\n\s*(?!.*(?:银行|公司.))[^\n]{1,14}(?:分行|支行|分理处|营业[所部室]|储蓄所|分公司|办事处)\s*$"
)
"""A line break inside one name: before its legal form, or before the branch."""
_KNOWN_PAIRS = re.compile(r"\b(?:Co|Sons|Bros|Johnson|Partners|Company|Associates)\b", re.IGNORECASE)


def first(text: str, lexicon: Lexicon) -> tuple[VerdictCode | None, str]:
    """5: reject what is no name at all; returns the code, or a valid credit code typed in place of a name."""
    stripped = text.strip()
    code = _no_name(stripped, lexicon)
    if code is not None:
        return code, ""
    return None, credit_code(stripped)


def credit_code(text: str) -> str:
    """Return the valid credit code that *text* is, spaces or not; "" where it is none or an ID number."""
    compact = _compact(text)
    return compact if is_credit_code(compact) and not is_id_number(compact) else ""


def is_id_number(text: str) -> bool:
    """Say whether *text* is a personal ID number: before the credit code, whose check some of these pass."""
    from stdnum.cn import ric

    return bool(_ID_LENGTHS.match(text)) and (ric.is_valid(text) or bool(_ID_BIRTH.match(text)))


def is_credit_code(text: str) -> bool:
    """Say whether *text* is a unified social credit code with a right check character (GB 32100-2015)."""
    return is_valid(text)


def _no_name(text: str, lexicon: Lexicon) -> VerdictCode | None:
    if _NOTHING.match(text) or text.casefold() in lexicon.placeholders:
        return VerdictCode("X01")
    compact = _compact(text)
    if is_id_number(compact):  # before the phone number: both may be digits only
        return VerdictCode("X06")
    if (_PHONE.match(text) and not is_credit_code(compact)) or _MAIL.match(text):
        return VerdictCode("X02")
    return None


def _compact(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def second(text: str, lexicon: Lexicon) -> VerdictCode | None:
    """10: what steps 7 to 9 left may still be no name."""
    text = text.strip()
    code = _no_name(text, lexicon)
    if code is not None:
        return code
    if cleaning.is_person(text, lexicon) and not text.endswith(lexicon.brand_whitelist):
        return VerdictCode("X03")
    if is_generic(text, lexicon):
        return VerdictCode("X07")
    letters = _LETTERS.findall(text)
    if len(letters) < 2 and text.casefold() not in lexicon.short_allow:
        return VerdictCode("X04")
    own = next((name for name in lexicon.own_names if _is_own(text, name)), None)
    return VerdictCode("X08") if own else None


SOMEBODY = ("客户", "某公司", "某单位", "单位", "经销商", "代理商")
"""Words that make somebody unnamed of a place: 北京客户."""


def is_generic(text: str, lexicon: Lexicon) -> bool:
    """Say whether *text* names a place or a kind, not an organisation: 华东区, 某公司, 北京客户."""
    folded = text.casefold()
    if folded in lexicon.generic or folded in lexicon.places:
        return True
    return any(
        folded.endswith(tail) and folded[: -len(tail)].rstrip("市省的某") in lexicon.places
        for tail in (*lexicon.generic_tails, *SOMEBODY)
    )


def _is_own(text: str, name: str) -> bool:
    rest = text[len(name) :] if text.startswith(name) else None
    if rest is None:
        return False
    return not rest or bool(
        re.fullmatch(r"(?:(?:集团|股份|有限|责任|公司|总部)*)(?:.{0,8}(?:分公司|办事处|分店|分部))?", rest)
    )


def several(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """6: return the customers of a cell that holds more than one, else nothing."""
    outside = re.sub(r"\([^()]*\)", lambda m: "\0" * len(m[0]), text)
    if any(pair in text for pair in lexicon.keep_together):
        return ()
    parts = _cut(text, outside, _SPLIT_ALWAYS)
    if len(parts) > 1 and sum(len(_LETTERS.findall(part)) >= 2 for part in parts) > 1:
        return tuple(part for part in parts if part)
    if _GOES_ON.search(text):
        return ()
    parts = _cut(text, outside, _SPLIT_IF_BOTH)
    if len(parts) > 1 and not _KNOWN_PAIRS.search(text) and all(_stands_alone(part, lexicon) for part in parts):
        return tuple(parts)
    return ()


def _cut(text: str, outside: str, at: re.Pattern[str]) -> list[str]:
    parts, start = [], 0
    for match in at.finditer(outside):
        parts.append(text[start : match.start()].strip())
        start = match.end()
    return [part for part in (*parts, text[start:].strip()) if part]


def _stands_alone(part: str, lexicon: Lexicon) -> bool:
    """Say whether *part* is a whole name: it ends as organisations do, with more than that ending."""
    if not IS_HAN.search(part):
        words = re.sub(r"[.,]", "", part.casefold()).split()
        return len(words) > 1 and any(words[-1] == form for forms in lexicon.english_forms.values() for form in forms)
    marker = next((marker for marker in lexicon.markers if part.endswith(marker)), None)
    return marker is not None and len(part) - len(marker) >= 3 and len(marker) >= 2
