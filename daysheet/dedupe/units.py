"""
Branches of a bank: which known one a typed one is, and under which known one a new one belongs.

Same bank, region and type with another site is another branch: new, with a parent, and no question
(docs/concepts/matching.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daysheet.dedupe.profiles import Profile, Unit
from daysheet.naming.regions import Regions

_RANKS = {"分行": 2, "中心支行": 2, "管理部": 2, "支行": 1}
_OPEN_MAY_BE = frozenset({"支行", "分行", ""})
"""What a branch whose type was left out may be; never an outlet (营业所, 分理处)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a typed unit fits a known one; *lacks* names what one of the two does not say."""

    lacks: tuple[str, ...] = ()


def fit(typed: Unit, known: Unit, regions: Regions) -> Fit | None:
    """Return how *typed* may be *known*, None where they are sisters."""
    if typed.head_id != known.head_id:
        return None
    if typed.centre or known.centre:
        return Fit() if typed.centre == known.centre else None
    lacks: list[str] = []
    may_be_site = (
        typed.is_region_branch
        and typed.is_family_open
        and not known.is_region_branch
        and typed.anchors[0] in known.anchors
    )
    if may_be_site:
        lacks.append("place or site")
    elif not _places_fit(typed, known, regions, lacks):
        return None
    if not _sites_fit(typed, known, lacks) or not _types_fit(typed, known, lacks):
        return None
    if typed.is_common and {"region", "county", "level"} & set(lacks):
        lacks.append("common site")
    return Fit(tuple(lacks))


def _places_fit(typed: Unit, known: Unit, regions: Regions, lacks: list[str]) -> bool:
    if typed.prefecture and known.prefecture:
        left, right = typed.prefecture, known.prefecture
        if not (regions.is_within(left, right) or regions.is_within(right, left)):
            return False
        if left != right:
            lacks.append("level")
    elif typed.prefecture or known.prefecture:
        if not _may_be_in(typed, known, regions):
            return False
        lacks.append("region")
    if typed.counties and known.counties and not set(typed.counties) & set(known.counties):
        return False
    if bool(typed.counties) != bool(known.counties) and not (typed.is_region_branch or known.is_region_branch):
        lacks.append("county")
    return True


def _may_be_in(typed: Unit, known: Unit, regions: Regions) -> bool:
    """Say whether the one whose place is clear lies in one of the places the other's may be."""
    clear, other = (typed, known) if typed.prefecture else (known, typed)
    return not other.possible or any(
        regions.is_within(one, clear.prefecture) or regions.is_within(clear.prefecture, one) for one in other.possible
    )


def _sites_fit(typed: Unit, known: Unit, lacks: list[str]) -> bool:
    if typed.anchors[0] != known.anchors[0]:
        if any(anchor in known.anchors for anchor in typed.anchors):
            lacks.append("anchor")
        elif typed.bare == known.bare:
            lacks.append("street")
        else:
            return False
    if typed.ordinal != known.ordinal or (typed.outer and known.outer and typed.outer != known.outer):
        return False
    if bool(typed.outer) != bool(known.outer):
        lacks.append("outer")
    return True


def _types_fit(typed: Unit, known: Unit, lacks: list[str]) -> bool:
    if not typed.is_family_open and not known.is_family_open:
        return typed.family == known.family
    written = known if typed.is_family_open else typed
    if typed.family and known.family:
        if typed.family == known.family:
            return True
        lacks.append("other type")
    else:
        lacks.append("type")
    return written.family in _OPEN_MAY_BE


@dataclass(frozen=True, slots=True)
class Sister:
    """A known unit with its customer's id."""

    customer_id: int
    profile: Profile

    @property
    def unit(self) -> Unit | None:
        """The unit, None for a head office."""
        return self.profile.unit


def parent_of(
    typed: Unit, known: Iterable[Sister], regions: Regions, *, is_flat: bool, direct: frozenset[str] = frozenset()
) -> int | None:
    """
    Return the nearest known customer that *typed* belongs under, None where there is none.

    The branch it is written under, its county's, its town's, its province's, the head office. The county is
    also learnt from other banks' units at the same site. *is_flat*: joint-stock and city banks run
    their sub-branches from the town, and their towns' branches from the head office. *direct* are
    towns whose branches answer to no province's (naming rules, section 6).
    """
    sisters = tuple(known)
    places = list(typed.places)
    if not typed.counties and not typed.is_region_branch and typed.prefecture:
        at = places.index(regions.get(typed.prefecture).short)
        places[at:at] = _learnt_counties(typed, sisters, regions)
    skipped = _skipped(typed, regions, is_flat=is_flat, direct=direct) if len(places) > 1 else frozenset()
    for place in places:
        if place in skipped:
            continue
        found = [
            (_RANKS.get(sister.unit.family, 0), -sister.customer_id)
            for sister in sisters
            if sister.unit is not None and _is_above(sister.unit, typed, place, regions)
        ]
        if found and max(found)[0]:
            return -max(found)[1]
    heads = [s.customer_id for s in sisters if s.unit is None and s.profile.head_id == typed.head_id]
    return min(heads) if heads else None


def _skipped(typed: Unit, regions: Regions, *, is_flat: bool, direct: frozenset[str]) -> frozenset[str]:
    """Return the places whose branches have nothing to say to *typed*: of its county, of its province."""
    skipped = {regions.get(code).short for code in typed.counties} - {typed.outer} if is_flat else set()
    if typed.prefecture and (is_flat or typed.prefecture in direct):
        own, province = (regions.get(code).short for code in (typed.prefecture, regions.province(typed.prefecture)))
        skipped |= {province} - {own}  # 北京 is both
    return frozenset(skipped)


def _is_above(known: Unit, typed: Unit, place: str, regions: Regions) -> bool:
    if known.head_id != typed.head_id or place not in known.anchors or known.outer or known.centre:
        return False
    if known.anchors[0] == typed.anchors[0] and known.family == typed.family:
        return False
    if typed.prefecture and known.prefecture:
        return regions.is_within(typed.prefecture, known.prefecture) or regions.is_within(
            known.prefecture, typed.prefecture
        )
    return True


def _learnt_counties(typed: Unit, sisters: Sequence[Sister], regions: Regions) -> list[str]:
    """Return the counties in which other units with the same site lie, where they agree."""
    counties = {
        code
        for sister in sisters
        if (unit := sister.unit) is not None
        and unit.anchors[0] == typed.anchors[0]
        and unit.prefecture == typed.prefecture
        and len(unit.counties) == 1
        for code in unit.counties
    }
    return [regions.get(code).short for code in counties] if len(counties) == 1 else []
