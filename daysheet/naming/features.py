"""
What two names have in common and what keeps them apart: features, vetoes and caps (naming rules, section 7).

Every function looks at both sides alike, so that it does not matter which name comes first.
"""

import re
from dataclasses import dataclass

from daysheet.model.names import Kind, NameParse
from daysheet.naming import branches
from daysheet.naming.branches import Places
from daysheet.naming.keys import simplified
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.places import read_chain
from daysheet.naming.regions import Level
from daysheet.naming.translate import spelt

PUBLIC = frozenset({Kind.HOSPITAL, Kind.SCHOOL, Kind.GOVERNMENT, Kind.INSTITUTION})
BANKS = frozenset({Kind.BANK, Kind.BANK_BRANCH})
COMPANIES = frozenset({Kind.ENTERPRISE, Kind.ENTERPRISE_BRANCH, Kind.INSURER, Kind.SYSTEM})
_MARKS = re.compile(r"[\s()（）·.,'’\-/&]+")
_DIRECTIONS = frozenset("东南西北中")
_KEPT = str.maketrans("昇甦钜锺堃喆", "升苏巨钟坤哲")
"""Characters that stand in registered names on purpose, each with the one it is taken for."""
_NEARLY = 0.8
_EDITED = 0.7
_SHORTEST_EDITED = 4


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing compared: how alike the two are in it (0 to 1), and what that weighs."""

    name: str
    score: float
    weight: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names side by side, with how their brands and places lie to each other."""

    left: NameParse
    right: NameParse
    brand: float
    brand_cap: str
    where: Places


def pair(left: NameParse, right: NameParse, lexicon: Lexicon) -> Pair:
    """Put two names side by side."""
    brand, cap = _brands(left, right)
    where = _where(left, right, lexicon)
    if brand < 1.0 and where is Places.SAME and _has_place_more(left, right, lexicon):
        brand, cap, where = 1.0, "", Places.MISSING
    return Pair(left, right, brand, cap, where)


def _has_place_more(left: NameParse, right: NameParse, lexicon: Lexicon) -> bool:
    """Say whether one brand is the other behind a county's short name, which may be its place: 余杭海棠, 海棠."""
    one, other = sorted((brand_of(left), brand_of(right)), key=len)
    return len(one) > 1 and other.endswith(one) and bool(lexicon.regions.called(other[: -len(one)]))


def _plain(text: str) -> str:
    return _MARKS.sub("", simplified(text).casefold())


def brand_of(parse: NameParse) -> str:
    """Return what a name is known by: its brand, or what a public body does."""
    brand = parse.brand or parse.core
    if parse.host:
        brand = brand.removeprefix(parse.host)
    return _plain(brand.removeprefix("附属") or brand)


def _brands(left: NameParse, right: NameParse) -> tuple[float, str]:
    one, other = brand_of(left), brand_of(right)
    if one == other:
        return 1.0, ""
    if one.translate(_KEPT) == other.translate(_KEPT):
        return _NEARLY, "A7"
    if one.isascii() or other.isascii():
        return 0.0, ""
    if spelt(one) == spelt(other):
        return _NEARLY, "A1"
    is_long = min(len(one), len(other)) >= _SHORTEST_EDITED
    return (_EDITED, "A1") if is_long and _is_one_edit(one, other) else (0.0, "")


def _is_one_edit(one: str, other: str) -> bool:
    """Say whether one character was changed, lost or added, or two neighbours were swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    first, second = one[start:], other[start:]
    if len(one) != len(other):
        return first[1:] == second or first == second[1:]
    return first[1:] == second[1:] or (first[:2] == second[1::-1] and first[2:] == second[2:])


def _where(left: NameParse, right: NameParse, lexicon: Lexicon) -> Places:
    if Kind.FOREIGN in (left.kind, right.kind):
        if left.nation == right.nation:
            return Places.SAME
        return Places.APART if left.nation and right.nation else Places.MISSING
    sides = []
    for parse in (left, right):
        found = [region for region in parse.regions if region.slot not in ("brand", "branch")]
        sides.append(found[-1] if found else None)
    return branches.places(sides[0], sides[1], lexicon.regions)


# ---- kinds ---------------------------------------------------------------------------------------


def have_other_kinds(left: NameParse, right: NameParse) -> bool:
    """Say whether the two cannot be one for their kinds (V6). An unknown kind may be any but a bank's."""
    kinds = {left.kind, right.kind}
    if len(kinds) == 1 or kinds <= BANKS or kinds <= COMPANIES:
        return False
    if kinds & BANKS:
        return True
    if Kind.FOREIGN in kinds or Kind.MILITARY in kinds:
        return True
    if Kind.UNKNOWN in kinds:
        return False
    has_one_form = bool(left.form) != bool(right.form)
    return not (has_one_form and _plain(left.stem) == _plain(right.stem))  # 勘测设计院, and 勘测设计院有限公司


# ---- vetoes --------------------------------------------------------------------------------------


def vetoes(both: Pair, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the vetoes that keep two names apart, of those that are switched on."""
    left, right = both.left, both.right
    has_forms = bool(left.form_class and right.form_class)
    industries = (left.industry, right.industry)
    found = {
        "V1": both.where is Places.APART,
        "V2": set(left.ordinals) != set(right.ordinals),
        "V3": bool(left.branches) != bool(right.branches) and not _is_open(left) and not _is_open(right),
        "V4": bool(left.campus and right.campus) and left.campus != right.campus,
        "V5": has_other_mark(left, right, lexicon),
        "V7": _has_other_level(both),
        "V8": bool(left.host and right.host) and _plain(left.host) != _plain(right.host),
        "V9": has_forms and left.group_flag != right.group_flag,
        "V10": has_forms and all(industries) and not industries[0] & industries[1],
    }
    return tuple(code for code, holds in found.items() if holds and code in lexicon.matching["vetoes"])


def _is_open(parse: NameParse) -> bool:
    return bool(parse.branches) and (parse.branches[-1].is_type_assumed or not parse.branches[-1].branch_type)


def _has_other_level(both: Pair) -> bool:
    """Say whether two public bodies of one function are of other levels: a province's hospital and a city's."""
    kinds = {both.left.kind, both.right.kind}
    if not kinds <= {Kind.HOSPITAL, Kind.GOVERNMENT} or both.where not in (Places.INSIDE, Places.AROUND):
        return False
    levels = [parse.regions[-1].level for parse in (both.left, both.right)]
    return levels[0] != levels[1]


def has_other_mark(left: NameParse, right: NameParse, lexicon: Lexicon) -> bool:
    """Say whether two brands differ in a word that tells them apart (V5): a region, a direction, a group."""
    one, other = brand_of(left), brand_of(right)
    if one == other:
        return False
    for words in lexicon.distinctive.values():
        marks = [next((word for word in words if text.startswith(word)), "") for text in (one, other)]
        if all(marks) and marks[0] != marks[1]:
            return True
    places = [_leading_place(text, lexicon) for text in (one, other)]
    if all(places) and places[0] != places[1]:
        return True
    differing = {a + b for a, b in zip(one, other, strict=False) if a != b}
    return len(one) == len(other) and len(differing) == 1 and set(next(iter(differing))) <= _DIRECTIONS


def _leading_place(text: str, lexicon: Lexicon) -> str:
    if text.startswith(lexicon.brand_whitelist):
        return ""
    chain = read_chain(text, lexicon.regions)
    token = chain.tokens[0] if chain.tokens else None
    if token is None or (token.level is Level.COUNTY and not token.has_tail):
        return ""
    return token.text


# ---- caps ----------------------------------------------------------------------------------------


def caps(both: Pair, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the caps: what leaves a question however alike the two are."""
    left, right = both.left, both.right
    del lexicon
    classes = {left.form_class, right.form_class} - {"", "GEN"}
    has_forms = bool(left.form_class and right.form_class)
    industries = (left.industry, right.industry)
    others = left.group_flag != right.group_flag or (all(industries) and not industries[0] & industries[1])
    found = {
        "A1": both.brand_cap == "A1",
        "A2": both.where in (Places.MISSING, Places.INSIDE, Places.AROUND)
        or bool(left.host) != bool(right.host)
        or bool(left.campus) != bool(right.campus),
        "A3": len(classes) > 1,
        "A4": _is_brand_only(left) != _is_brand_only(right) or (others and not has_forms),
        "A5": both.where in (Places.UNCLEAR, Places.JOINED),
        "A6": both.where is Places.SAME and _slots(left) != _slots(right),
        "A7": both.brand_cap == "A7",
        "A9": has_forms and industries[0] != industries[1],
        "A10": _is_open(left) or _is_open(right),
    }
    return tuple(code for code, holds in found.items() if holds)


def _is_brand_only(parse: NameParse) -> bool:
    """Say whether a name is a brand, perhaps with a place or a number, and nothing else."""
    is_company = parse.kind in (Kind.UNKNOWN, Kind.ENTERPRISE, Kind.FOREIGN)
    return is_company and not (parse.form or parse.industry or parse.group_flag or parse.branches)


def _slots(parse: NameParse) -> frozenset[str]:
    return frozenset(region.slot for region in parse.regions if region.slot in ("prefix", "paren"))


# ---- score ---------------------------------------------------------------------------------------


def features(both: Pair, lexicon: Lexicon) -> tuple[Feature, ...]:
    """Return what is weighed where neither veto nor cap decides."""
    scores = {
        "brand": both.brand,
        "industry": _industries(both.left.industry, both.right.industry),
        "region": _REGION_SCORES[both.where],
        "form": _forms(both.left, both.right),
    }
    return tuple(Feature(name, score, float(lexicon.matching["weights"][name])) for name, score in scores.items())


_REGION_SCORES = {
    Places.SAME: 1.0,
    Places.MISSING: 0.7,
    Places.UNCLEAR: 0.7,
    Places.INSIDE: 0.5,
    Places.AROUND: 0.5,
    Places.JOINED: 0.5,
    Places.APART: 0.0,
}


def _industries(one: frozenset[str], other: frozenset[str]) -> float:
    if one == other:
        return 1.0
    return 0.0 if one and other and not one & other else 0.7


def _forms(left: NameParse, right: NameParse) -> float:
    if left.form == right.form or {left.kind, right.kind} <= BANKS:
        return 1.0
    if left.form_class == right.form_class:
        return 0.8
    return 0.7 if "" in (left.form, right.form) or "GEN" in (left.form_class, right.form_class) else 0.3
