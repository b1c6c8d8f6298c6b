"""
A bank's name taken apart, and how it is registered: the head's full name, then places and branch types.

Classes of banks register their branches differently: 北京市分行 of one is 北京分行 of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daysheet.model.names import BranchSegment, RegionRef
from daysheet.naming.numerals import chinese_number
from daysheet.naming.places import ALWAYS_AMBIGUOUS
from daysheet.naming.regions import MUNICIPALITIES, PLANNED_CITIES, Regions

UNLISTED = "BANK:"
"""Heads of banks that are known by their pattern only begin so."""


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank of the lexicon."""

    id: str
    full: str
    form: str
    bank_class: str
    direct: frozenset[str]
    formerly: tuple[str, ...]


@dataclass(slots=True)  # not frozen for speed, as Parts
class BankName:
    """
    A bank's name taken apart; never changed once it is made.

    *head* is its name without form, as registered where the lexicon knows it. *segments* lead from
    the outermost branch to the innermost; none for the head office. *is_explicit_head* where 总行 was written.
    """

    head_id: str
    head: str
    form: str
    bank_class: str
    regions: tuple[RegionRef, ...]
    segments: tuple[BranchSegment, ...]
    is_explicit_head: bool = False
    is_short: bool = False  # not written in full
    formerly: str = ""
    centre: str = ""


class BankNames:
    """Writes names of banks as they are registered; compiled once."""

    def __init__(self, content: Mapping[str, Any], regions: Regions) -> None:
        self._regions = regions
        self._templates: Mapping[str, Mapping[str, str]] = content["templates"]
        self._own: Mapping[str, Mapping[str, str]] = {
            item["id"]: item["templates"] for item in content["banks"] if "templates" in item
        }

    def head_name(self, found: BankName) -> str:
        """Return the registered name of the head office, brackets half-width."""
        return f"{found.head}{found.form}"

    def full_name(self, found: BankName) -> str:
        """Return the canonical name: the head's full name, then places and types as they are registered."""
        if not found.segments:
            return f"{self.head_name(found)}{found.centre}"
        written = self.head_name(found)
        first, *others = found.segments
        if not first.site and not first.ordinal and first.regions:
            written += self._templated(found, first)
        else:
            places = "".join(self._short_of(region) for region in first.regions)
            written += f"{places}{_ordinal(first)}{first.site}{first.branch_type}"
        return written + "".join(f"{_ordinal(s)}{s.site}{s.branch_type}" for s in others)

    def _templated(self, found: BankName, segment: BranchSegment) -> str:
        region = segment.regions[-1]
        outer = "".join(self._short_of(one) for one in segment.regions[:-1] if region.level == "county")
        if segment.branch_type not in ("分行", "支行"):
            return f"{outer}{self._short_of(region)}{segment.branch_type}"
        if region.candidates or segment.branch_type == "支行":
            return f"{outer}{self._short_of(region)}{segment.branch_type}"
        level = {"prov": "province", "pref": "prefecture", "county": "county"}[region.level]
        if region.code in MUNICIPALITIES:
            level = "municipality"
        elif region.code in PLANNED_CITIES:
            level = "planned_city"
        template = {**self._templates[found.bank_class], **self._own.get(found.head_id, {})}[level]
        known = self._regions.get(region.code)
        short = known.name if known.short in ALWAYS_AMBIGUOUS else known.short
        stem = template.removesuffix("分行").removesuffix("支行").format(full=known.name, short=short)
        return f"{outer}{stem}{segment.branch_type}"

    def _short_of(self, region: RegionRef) -> str:
        if not region.code or region.level == "county":
            return region.text
        known = self._regions.get(region.code)
        return known.name if known.short in ALWAYS_AMBIGUOUS else known.short


def _ordinal(segment: BranchSegment) -> str:
    return f"第{chinese_number(segment.ordinal)}" if segment.ordinal else ""
