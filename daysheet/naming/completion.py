"""
What a name still lacks (verdict codes C01 to C08 and BR_ASSUMED), and what it may have meant.

Nothing here refuses a name: recognition looks first, and asks only where it finds nobody.
"""

import re
from collections.abc import Iterable, Sequence

from daysheet.model.names import Kind, RegionRef, VerdictCode
from daysheet.naming.characters import HAN
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.parts import Parts
from daysheet.naming.places import read_chain
from daysheet.naming.regions import CAPITALS, Regions

_SHOWN = 5
_SHORT_NAME = re.compile(f"[{HAN}]{{2,3}}")
_STREET_OFFICE = re.compile(r"(?:街道|乡|镇|人民政府.*)办事处$")


def codes(text: str, parts: Parts, lexicon: Lexicon) -> tuple[tuple[VerdictCode, ...], tuple[str, ...]]:
    """Return the codes of what *text* (cleaned, read as *parts*) lacks, and suggestions of what it may be."""
    ambiguous = lexicon.aliases.get(text)
    if ambiguous is not None and ambiguous.get("candidates"):
        names = tuple(ambiguous["candidates"])
        return (VerdictCode("C08", {"x": text, **listed(names)}),), names
    if _is_lone_branch(text, lexicon):
        return (VerdictCode("C07", {"x": text}),), ()
    found: list[VerdictCode] = []
    suggestions: tuple[str, ...] = ()
    for code, params in parts.codes:
        if code in ("C01", "C02") and _is_like_person(text, parts, lexicon):
            code = "C05"
        elif code == "C04":
            names, suggestions = _places(text, parts.regions, lexicon.regions)
            params = {**params, **listed(names)}
        elif code == "BR_ASSUMED":
            suggestions = _business_department(parts, lexicon.regions)
        elif code == "C03":
            suggestions = _units(parts)
        found.append(VerdictCode(code, params))
    return tuple(found), suggestions


def listed(names: Sequence[str]) -> dict[str, str]:
    """Return the parameters that show *names* in both languages."""
    return {"list_zh": "、".join(names[:_SHOWN]), "list_en": "; ".join(names[:_SHOWN])}


def _is_lone_branch(text: str, lexicon: Lexicon) -> bool:
    """Say whether *text* is a branch without the name of its parent: 北京分公司, 城东支行."""
    kind = lexicon.lone_branch.search(text) if text.endswith(lexicon.lone_branches) else None
    if kind is None or _STREET_OFFICE.search(text):
        return False
    before = text[: kind.start()]
    if not before or (kind[0].endswith("行") and len(before) <= 4 and not lexicon.grammar.is_bank(text)):
        return True
    return before in lexicon.places or read_chain(before, lexicon.regions).end == len(before)


def _is_like_person(text: str, parts: Parts, lexicon: Lexicon) -> bool:
    """Say whether *text* looks like a surname and a given name: two or three characters, no marker, no place."""
    if parts.kind is not Kind.UNKNOWN or parts.regions or _SHORT_NAME.fullmatch(text) is None:
        return False
    if text.endswith(lexicon.markers) or text.startswith(lexicon.brand_whitelist):
        return False
    return text[0] in lexicon.surnames or text[:2] in lexicon.surnames


def _places(text: str, references: Iterable[RegionRef], regions: Regions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the ambiguous region of a name may be, and the name with each of these."""
    region = next((one for one in reversed(tuple(references)) if one.candidates), None)
    if region is None:
        return (), ()
    places = tuple(regions.title(code) for code in region.candidates)
    return places, tuple(text.replace(region.text, place, 1) for place in places[:_SHOWN])


def _business_department(parts: Parts, regions: Regions) -> tuple[str, ...]:
    """The branch of a provincial capital may be the province's own business department."""
    region = parts.regions[-1] if parts.regions else None
    if region is None or region.code not in CAPITALS or not parts.parent:
        return ()
    province = regions.get(regions.province(region.code))
    return (f"{parts.parent}{province.name}分行营业部",)


def _units(parts: Parts) -> tuple[str, ...]:
    if parts.kind is Kind.BANK_BRANCH and parts.branches and not parts.branches[-1].branch_type and parts.canonical:
        return (f"{parts.canonical}支行",)
    return (parts.canonical,) if parts.canonical and not parts.branches else ()
