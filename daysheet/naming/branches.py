"""
Units of one bank, system or insurer: whether two are one, sisters, or one under the other.

What is only assumed or left out (a branch type, a region) never tells two units apart by itself.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from daysheet.model.names import BranchSegment, Kind, NameParse, RegionRef
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.regions import MUNICIPALITIES, PLANNED_CITIES, Level, Regions

_STREET = re.compile(r"(?:大街|大道|街道|路|街|道|镇|乡|村|区)$")
NATION = "000000"
"""The code of 中国 in brackets, around every place."""
_RANK = {"分行": 2, "中心支行": 2, "管理部": 2, "支行": 1, "分公司": 2, "中心支公司": 2, "支公司": 1}


class Places(StrEnum):
    """How two places lie to each other."""

    SAME = "same"
    MISSING = "missing"  # one side has none
    INSIDE = "inside"  # the first in the second
    AROUND = "around"  # the first around the second
    UNCLEAR = "unclear"  # one is one of several, and may be the other
    JOINED = "joined"  # met only because a place was joined to another or divided
    APART = "apart"

    @property
    def flipped(self) -> "Places":
        """The same, seen from the other side."""
        return {Places.INSIDE: Places.AROUND, Places.AROUND: Places.INSIDE}.get(self, self)


class Units(StrEnum):
    """What two units of one head are to each other."""

    SAME = "same"
    UNCLEAR = "unclear"
    SISTERS = "sisters"


def innermost(parse: NameParse, *, of_branch: bool) -> RegionRef | None:
    """Return the innermost region that says where *parse* is: its branch's, or the whole name's."""
    places = [region for region in parse.regions if (region.slot == "branch") or not of_branch]
    return places[-1] if places else None


def places(left: RegionRef | None, right: RegionRef | None, regions: Regions) -> Places:
    """Say how two regions lie to each other."""
    if left is None and right is None:
        return Places.SAME
    if left is None or right is None:
        return Places.MISSING
    if left.code and right.code:
        return _known_places(left, right, regions)
    lefts, rights = _possible(left), _possible(right)
    if not lefts or not rights:
        return Places.SAME if left.text == right.text else Places.MISSING
    may_meet = NATION in (*lefts, *rights) or any(_are_nested(one, other, regions) for one in lefts for other in rights)
    return Places.UNCLEAR if may_meet else Places.APART


def _known_places(left: RegionRef, right: RegionRef, regions: Regions) -> Places:
    if left.code == right.code:
        return Places.SAME
    if NATION in (left.code, right.code):
        return Places.AROUND if left.code == NATION else Places.INSIDE
    if regions.is_within(left.code, right.code):
        return Places.INSIDE
    if regions.is_within(right.code, left.code):
        return Places.AROUND
    if right.code in left.candidates or left.code in right.candidates:
        return Places.JOINED
    return Places.APART


def _possible(region: RegionRef) -> tuple[str, ...]:
    return (region.code,) if region.code else region.candidates


def _are_nested(left: str, right: str, regions: Regions) -> bool:
    return regions.is_within(left, right) or regions.is_within(right, left)


# ---- one unit, or two ----------------------------------------------------------------------------


def compared(left: NameParse, right: NameParse, lexicon: Lexicon) -> tuple[Units, str]:
    """Return what two units of one legal entity are to each other, and the veto or cap that says so."""
    if bool(left.branches) != bool(right.branches) or left.campus != right.campus:
        return Units.SISTERS, "V3"
    if not left.branches:
        return Units.SAME, ""
    where = places(_place(left), _place(right), lexicon.regions)
    if where is Places.APART:
        return Units.SISTERS, "V1"
    if where is Places.UNCLEAR:
        return Units.UNCLEAR, "A5"
    one, other = left.branches[-1], right.branches[-1]
    unit, code = _segments(one, other, lexicon)
    if unit is Units.SISTERS:
        return unit, code
    if where in (Places.INSIDE, Places.AROUND) and not (one.site or other.site):
        return Units.SISTERS, "V1"
    if where is not Places.SAME or not _have_one_outer(left, right, lexicon):
        return Units.UNCLEAR, "A2"
    return unit, code


def _place(parse: NameParse) -> RegionRef | None:
    """Where a unit is, as far as its name says."""
    return next((segment.regions[-1] for segment in reversed(parse.branches) if segment.regions), None)


def _segments(one: BranchSegment, other: BranchSegment, lexicon: Lexicon) -> tuple[Units, str]:
    if one.ordinal != other.ordinal:
        return Units.SISTERS, "V2"
    is_open = not one.branch_type or not other.branch_type or one.is_type_assumed or other.is_type_assumed
    types = {_family(one, lexicon), _family(other, lexicon)}
    if one.site != other.site:
        has_lost_street = _STREET.sub("", one.site) == _STREET.sub("", other.site) != ""
        is_untold = is_open and (not one.site or not other.site)
        if not has_lost_street and not is_untold:
            return Units.SISTERS, "V1"
        return Units.UNCLEAR, "A10"
    if len(types) == 1:
        return Units.SAME, ""
    return (Units.UNCLEAR, "A10") if is_open else (Units.SISTERS, "V3")


def _family(segment: BranchSegment, lexicon: Lexicon) -> str:
    family = lexicon.grammar.banks.family(segment.branch_type)
    return "分公司" if family in lexicon.grammar.systems.types else family


def _have_one_outer(left: NameParse, right: NameParse, lexicon: Lexicon) -> bool:
    """Say whether both are written under the same branches."""
    outer = [[(s.site, _family(s, lexicon)) for s in parse.branches[:-1]] for parse in (left, right)]
    return outer[0] == outer[1]


# ---- one under the other -------------------------------------------------------------------------


def is_under(child: NameParse, parent: NameParse, lexicon: Lexicon) -> str:
    """
    Say how *child* lies under *parent*, both of one legal entity: "chain", "head", "lattice", or "" where it does not.
    """
    if not child.branches and not child.campus:
        return ""
    if not parent.branches and not parent.campus:
        return "head"
    if child.campus or parent.campus:
        return ""
    if _begins_with(child, parent, lexicon):
        return "chain"
    return "lattice" if _is_above(parent, child, lexicon) else ""


def _begins_with(child: NameParse, parent: NameParse, lexicon: Lexicon) -> bool:
    """Say whether the parent's branches are the first of the child's: 富阳支行龙山路分理处 under 富阳支行."""
    length = len(parent.branches)
    if len(child.branches) <= length:
        return False
    pairs = zip(child.branches, parent.branches, strict=False)
    if any(one.site != other.site or _family(one, lexicon) != _family(other, lexicon) for one, other in pairs):
        return False
    return places(_place(child), _place(parent), lexicon.regions) in (Places.SAME, Places.INSIDE, Places.MISSING)


def _is_above(parent: NameParse, child: NameParse, lexicon: Lexicon) -> bool:
    """Say whether *parent* is the branch of a region that holds *child*'s."""
    last = parent.branches[-1]
    inner, outer = _place(child), _place(parent)
    if len(parent.branches) > 1 or last.site or last.ordinal or inner is None or outer is None:
        return False
    if not inner.code or not outer.code:
        return False
    where = _known_places(inner, outer, lexicon.regions)
    own = child.branches[-1]
    if where is Places.SAME:
        is_written = last.branch_type and own.branch_type and not (last.is_type_assumed or own.is_type_assumed)
        return bool(is_written) and _rank(last, outer) > _rank(own, inner)
    if where is not Places.INSIDE:
        return False
    return _answers_to(child, own, inner.code, outer.code, lexicon)


def _rank(segment: BranchSegment, region: RegionRef) -> int:
    rank = _RANK.get(segment.branch_type, 0)
    return 3 if rank == 2 and (region.level == "prov" or region.code in MUNICIPALITIES) else rank


def _answers_to(child: NameParse, own: BranchSegment, inner: str, outer: str, lexicon: Lexicon) -> bool:
    """Say whether the way up from *inner* leads through *outer*: not past a branch that reports to the head office."""
    regions = lexicon.regions
    bank = lexicon.grammar.banks.banks.get(child.head_id)
    if bank is not None and bank.bank_class not in ("state", "policy"):
        is_sub_branch = own.branch_type not in ("分行", "一级分行", "二级分行") and bool(own.branch_type)
        return is_sub_branch and regions.at_level(inner, Level.PREFECTURE) == outer
    direct = _direct(child, lexicon)
    return not any(code in direct for code in _until(regions.chain(inner), outer))


def _direct(child: NameParse, lexicon: Lexicon) -> frozenset[str]:
    """Return the regions whose branch reports to the head office."""
    bank = lexicon.grammar.banks.banks.get(child.head_id)
    if bank is not None:
        return PLANNED_CITIES | bank.direct
    if child.kind is Kind.INSURER:
        return PLANNED_CITIES
    return lexicon.grammar.systems.direct.get(child.entity_id.split(".")[0], frozenset())


def _until(chain: Iterable[str], end: str) -> Iterable[str]:
    for code in chain:
        if code == end:
            return
        yield code
