"""Numbers as people write them: 50万, 3.2亿, 1,200.00元, ¥1.2M."""

import re
from decimal import Decimal
from math import isfinite
from unicodedata import normalize

from daysheet.model.rows import Cell

LONGEST = 60
"""Characters a number may have with all its words; the patterns below are only tried on less."""
LARGEST = 10**15
"""What a cell can hold exactly; whatever is larger is a slip of the finger."""

_SCALES = {
    "百": 10**2,
    "千": 10**3,
    "k": 10**3,
    "w": 10**4,
    "万": 10**4,
    "百万": 10**6,
    "m": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_NUMBER = re.compile(
    r"^(?:RMB|CNY|USD|EUR|HKD|US|HK|人民币|约|大约|合计|共)?[:：]?\s?[¥￥$€£]?\s?"
    r"(?P<sign>[-+]?)"
    r"(?:(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+|\d{1,3}(?: \d{3})+|\d+)(?P<part>\.\d*)?|(?P<bare>\.\d+))\s?"
    r"(?P<scale>百万|千万|亿|万|千|百|[kwm](?![a-z]))?\s?"
    r"(?P<unit>元|块|台|套|个|件|%|RMB|CNY|USD|EUR|HKD|人民币)?(?:整|左右)?$",
    re.IGNORECASE,
)


def parse(text: str) -> tuple[Decimal, bool] | None:
    """
    Return the number that *text* writes and whether it says its own unit (万, %); None where it is none.

    Commas must stand between groups of three (or of four, as with 万): 1,5 is not taken for 15.
    """
    if len(text) > LONGEST:
        return None
    match = _NUMBER.match(re.sub(r"\s+", " ", normalize("NFKC", text).strip()))
    if match is None:
        return None
    digits = (match["whole"] or "").replace(",", "").replace(" ", "") + (match["part"] or match["bare"] or "")
    number = Decimal(match["sign"] + digits.rstrip("."))
    scale = _SCALES[match["scale"].lower()] if match["scale"] else 1
    return number * scale, bool(match["scale"]) or match["unit"] == "%"


def is_bare(text: str) -> bool:
    """Say whether *text* is a number that leaves its unit to the heading."""
    found = parse(text)
    return found is not None and not found[1]


def written(number: Decimal) -> str:
    """Return *number* as the answer shows it: grouped, without zeros that say nothing."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(cell: Cell, scale: int) -> Cell:
    """Return a number of a column headed 万元 in units; one that names its own unit stays."""
    if scale == 1 or isinstance(cell, bool):
        return cell
    if isinstance(cell, (int, float)) and isfinite(cell):
        return float(Decimal(repr(cell)) * scale)
    found = parse(cell) if isinstance(cell, str) else None
    return cell if found is None or found[1] else float(found[0] * scale)
