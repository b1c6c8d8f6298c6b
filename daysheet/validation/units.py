"""The unit that a title row above the table gives for its amounts: 单位：万元, unit: 10k."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnSpec, ColumnType, Meaning
from daysheet.validation.text import shown

LONGEST = 200
"""Characters of a title that are searched for a unit; what is longer is somebody's text."""

_NOTE = re.compile(
    r"(?:(?:金额|货币|计价)?单位\s*[:：]?|(?<![a-z])(?<![a-z] )unit\s*[:：]"
    r"|(?<![a-z])(?:amounts?|figures?)\s+(?:are\s+)?in)\s*"
    r"(?:人民币|RMB|CNY|USD|EUR|HKD|US\$|[¥￥$€£])?\s*"
    r"(?P<scale>百万|千万|万|千|亿|10\s?k|1,?000,?000|10,?000|1,?000|ten\s+thousands?|thousands?|millions?|k)\s*"
    r"(?:[美欧港日]?元|港币|人民币|RMB|CNY|USD|EUR|HKD|yuan)?(?=$|[\s)）\]】,，;；。、/／|.])",
    re.IGNORECASE,
)
_SCALES = {
    "千": 10**3,
    "k": 10**3,
    "1000": 10**3,
    "thousand": 10**3,
    "万": 10**4,
    "10k": 10**4,
    "10000": 10**4,
    "tenthousand": 10**4,
    "百万": 10**6,
    "1000000": 10**6,
    "million": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_OWN_UNIT = re.compile(
    r"[(（\[【/／,，:：\s](?:单位\s*[:：]?)?\s*(?:人民币|RMB|CNY)?\s*(?:[美欧港日]?元|港币|RMB|CNY|USD|EUR|HKD|yuan)"
    r"\s*[)）\]】]?\s*$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[额价款费]|(?<![a-z])(?:amount|price|cost|fee|sum|revenue|budget)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnitNote:
    """What a title row says of the unit, and where; row and column count from 1."""

    row: int
    column: int
    text: str
    scale: int


def note_above(rows: Sequence[Sequence[Cell]]) -> UnitNote | None:
    """Return the unit that one of *rows*, those above the headings, gives; the nearest to them where several do."""
    for at in range(len(rows) - 1, -1, -1):
        filled = [(column, cell) for column, cell in enumerate(rows[at], 1) if isinstance(cell, str)]
        for place, (column, cell) in enumerate(filled):
            if len(cell) > LONGEST:
                continue
            beside = shown(filled[place + 1][1])[:LONGEST] if place + 1 < len(filled) else ""
            match = _NOTE.search(f"{cell} {beside}".rstrip())
            if match and match.start() < len(cell):
                scale = re.sub(r"[\s,]", "", match["scale"]).casefold().removesuffix("s")
                return UnitNote(at + 1, column, " ".join(match[0].split()), _SCALES[scale])
    return None


def is_money(column: ColumnSpec) -> bool:
    """Say whether a column's numbers are amounts of money: 数量 is none, whatever its sheet's unit."""
    if column.type is not ColumnType.DECIMAL or column.unit == "%":
        return False
    return column.meaning is Meaning.AMOUNT or bool(_MONEY.search(f"{column.label.zh} {column.label.en}"))


def says_plain_unit(heading: str) -> bool:
    """Say whether a heading itself counts in single units: 金额（元）."""
    return any(_OWN_UNIT.search(line.rstrip(" *＊")) for line in heading.splitlines())
