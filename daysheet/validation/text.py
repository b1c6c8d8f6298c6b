"""Comparable forms of headers and list items, and the text of a cell as the sender sees it."""

import re
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache

from daysheet.model.rows import Cell

_NOISE = re.compile(r"[\s\W_]+")
_UNITS = re.compile(r"[(（\[【][^()（）\[\]【】]{0,12}[)）\]】]")
_UNIT_TAIL = re.compile(
    r"\s*[/／,，:：]?\s*(?:单位\s*[:：]?)?\s*(?:人民币)?(?:百万元|千万元|万元|千元|亿元|元|万|%|％|RMB|CNY|USD|EUR|HKD)\s*$",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[(（\[【/／,，:：\s](?:单位\s*[:：]?)?\s*(?:人民币|RMB|CNY)?\s*"
    r"(百万|千万|万|千|亿|[kK]|M)\s*元?\s*[)）\]】]?\s*$"
)
_SCALES = {"千": 10**3, "k": 10**3, "万": 10**4, "百万": 10**6, "M": 10**6, "千万": 10**7, "亿": 10**8}

INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb]"
)
_PLACES_OF_SPACES = (
    range(0x100),
    range(0x1680, 0x1681),
    range(0x2000, 0x2070),
    (0x3000, 0xFEFF),
    range(0xFFF9, 0xFFFC),
)
"""Where Unicode has them: looking at every character takes as long as all other imports of the checks."""
NOTHING_TO_SEE = "".join(
    chr(code) for place in _PLACES_OF_SPACES for code in place if INVISIBLE.match(chr(code)) or chr(code).isspace()
)
_MAY_BE_BLANK = frozenset({"", *NOTHING_TO_SEE})
_DASHES = frozenset("-—–−－/／\\_.。·…~～*×、，,?？ 　")  # each of them stands alone in some rep's cell
_NOTHING = frozenset({"无", "没有", "暂无", "不详", "未知", "待定", "未定", "na", "none", "nil", "null", "tbd", "tbc"})
_NOTHING_FIRST = _DASHES | {word[0] for word in _NOTHING} | frozenset("NTＮＴｎｔ")
_DITTO = frozenset({"同上", "同前", "同上行", "同上一行", "ditto", "sameasabove", "asabove"})
DITTO_FIRST = frozenset(" 　同dDsSaA\"”〃″'〞“↑")
_DITTO_MARKS = frozenset({'"', "”", "〃", "″", "''", "〞", "““", "””", '""', "↑"})

LONGEST_NOTHING = 12
"""Characters of a cell that may merely say that there is nothing to say."""
LONGEST_HEADER = 200
"""Characters a heading may have; what is longer is somebody's text."""


def plain(text: str) -> str:
    """Return *text* for comparing: width, case, spaces, punctuation and the star of required fields do not count."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return folded if folded.isalnum() else _NOISE.sub("", folded)


def header_forms(text: str) -> tuple[str, ...]:
    """Return the comparable forms of a header: whole, without its unit, and each of its lines."""
    return () if len(text) > LONGEST_HEADER else _header_forms(text)


@lru_cache(maxsize=4096)
def _header_forms(text: str) -> tuple[str, ...]:
    whole = plain(text)
    bare = _UNITS.sub("", text)
    forms = [whole, plain(bare), plain(_UNIT_TAIL.sub("", bare))]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        forms += [plain(_UNIT_TAIL.sub("", _UNITS.sub("", line))) for line in lines]
    return tuple(dict.fromkeys(form for form in forms if form))


def header_scale(text: str) -> int:
    """Return what one unit of a column is worth by its heading: 10,000 for 金额（万元）, 1 where it says nothing."""
    if len(text) > LONGEST_HEADER:
        return 1
    for line in text.splitlines():
        match = _SCALE.search(line.rstrip(" *＊"))
        if match:
            return _SCALES[match[1].replace("K", "k")]
    return 1


def is_blank(cell: Cell) -> bool:
    """Say whether nothing can be seen in a cell."""
    if isinstance(cell, str):  # the first character settles nearly all of them
        return cell[:1] in _MAY_BE_BLANK and not cell.strip(NOTHING_TO_SEE)
    return cell is None


def says_nothing(text: str) -> bool:
    """Say whether a cell only states that there is nothing to state: a dash, a slash, 无, n/a."""
    if len(text) > LONGEST_NOTHING or text[:1] not in _NOTHING_FIRST:
        return False
    return is_dash(text) or plain(text) in _NOTHING


def is_dash(text: str) -> bool:
    """Say whether a cell was merely struck out."""
    return text[:1] in _DASHES and _DASHES.issuperset(text)


def is_ditto(cell: Cell) -> bool:
    """Say whether a cell repeats the one above it: 同上, ditto, 〃."""
    if not isinstance(cell, str) or len(cell) > 20 or cell[:1] not in DITTO_FIRST:
        return False
    return plain(cell) in _DITTO or cell.strip() in _DITTO_MARKS


def shown(cell: Cell) -> str:
    """Return a cell as the sender sees it, near enough: whole numbers without ".0", dates as ISO text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ", "minutes")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def letters(column: int) -> str:
    """Return a column's letters from its number, counted from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
