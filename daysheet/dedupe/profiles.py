"""
What of a parsed name counts when two are compared: flat texts, regions, a bank's unit.

A profile is made from a ``NameParse`` alone, so that stored customers and typed names meet as equals.
"""

import json
import re
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from daysheet.model.names import BranchSegment, Kind, NameParse
from daysheet.naming.english import folded
from daysheet.naming.keys import simplified
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.regions import ABBREVIATIONS, Level, Regions, short_form

_MARKS = re.compile(r"[\s()（）·.,'’\-/&、，。:：;；\"“”]+")
_STREET_TAIL = re.compile(r"(?:大街|大道|街道|路|街|镇|乡|村|区|县|市)$")


@dataclass(frozen=True, slots=True)
class Unit:
    """
    One branch of a bank. *anchors* are the words that tell it from its sisters, the surest first;
    *prefecture* and *counties* (identities) say where it is, as far as known.
    """

    head_id: str
    anchors: tuple[str, ...]
    prefecture: str
    counties: tuple[str, ...]
    family: str  # 分行, 支行, 营业所 …; "" where not written
    is_family_open: bool  # assumed, or not written
    outer: str = ""  # anchor of the branch it belongs to, where the name says so
    ordinal: int | None = None
    centre: str = ""
    is_region_branch: bool = False  # the branch of a whole region: no site of its own
    places: tuple[str, ...] = ()  # words its parents may be known by, nearest first
    possible: tuple[str, ...] = ()  # where its place is one of several
    is_common: bool = False  # a site that half the towns have
    bare: str = ""  # the anchor without 路, 街, 镇 …: not proof, but a likeness


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A name as it is compared. *flat* is the whole name, *stem* without the legal form, *core* also
    without regions; *regions* are identities of what it names, innermost last.
    """

    kind: Kind
    flat: str
    stem: str
    core: str
    regions: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()  # where a region is one of several
    form: str = ""
    form_class: str = ""
    group: str = ""
    ordinals: tuple[int, ...] = ()
    host: str = ""
    campus: str = ""
    nation: str = ""
    words: tuple[str, ...] = ()  # of a Latin name, as English ones where they have a usual one
    unit: Unit | None = None
    head_id: str = ""
    brand: str = ""
    industry: tuple[str, ...] = ()
    tail: str = ""  # the last word of trade or kind
    hints: tuple[str, ...] = ()  # pairs of a telling English word and a kind, to meet across languages
    readings: tuple[str, ...] = ()  # what a short name may stand for: 福医二院, 福医第二医院
    english: tuple[str, ...] = ()  # its likely English name
    is_generic: bool = False  # the core names a trade or a function, and nothing else

    @property
    def is_latin(self) -> bool:
        """True for a name without Chinese characters."""
        return self.kind is Kind.FOREIGN


def profile(parse: NameParse, lexicon: Lexicon) -> Profile:
    """Return what counts of *parse*."""
    regions = lexicon.regions
    common = lexicon.grammar.translator.common
    if parse.kind is Kind.FOREIGN:
        words = lexicon.grammar.english.compared(parse.core)
        return Profile(
            kind=parse.kind,
            flat=folded(parse.canonical),
            regions=tuple(region.code for region in parse.regions if region.slot != "form"),
            stem=parse.stem,
            core=parse.core,
            form=parse.form,
            form_class=parse.form_class,
            group=parse.group_flag,
            nation=parse.nation,
            words=words,
            hints=_hints(words, common, parse.kind),
        )
    known = tuple(region.code for region in parse.regions if region.code and region.slot != "branch")
    possible = tuple(code for region in parse.regions for code in region.candidates if region.slot != "branch")
    stem, core = plain(parse.stem), plain(parse.core)
    english: tuple[str, ...] = ()
    if parse.kind not in (Kind.BANK, Kind.BANK_BRANCH):
        english = lexicon.grammar.translator.translate(stem)
    return Profile(
        kind=parse.kind,
        flat=plain(parse.canonical),
        stem=stem,
        core=core,
        regions=known,
        possible=possible,
        form=parse.form,
        form_class=parse.form_class,
        group=parse.group_flag,
        ordinals=parse.ordinals,
        host=plain(parse.host),
        campus=parse.campus,
        unit=_unit(parse, regions, lexicon.grammar.banks.common_sites),
        head_id=parse.head_id,
        brand=plain(parse.brand),
        industry=tuple(sorted(parse.industry)),
        tail=_tail(core, parse.kind),
        english=english,
        hints=_hints(english, common, parse.kind),
        readings=_readings(stem, regions) if not parse.form else (),
        is_generic=lexicon.grammar.organisations.is_generic(core, parse.kind),
    )


_KINDS = re.compile(
    r"(?:大学|学院|学校|医院|铁路|航空|银行|公司|集团|股份|研究所|研究院|中心|通讯社|协会|联合会|委员会|[^\W\d_]{2})$"
)


def _tail(core: str, kind: Kind) -> str:
    del kind
    match = _KINDS.search(core)
    return match[0] if match else core[-2:]


_KIND_WORDS = frozenset(
    """university college school hospital institute center laboratory bureau department academy museum library
    foundation association society federation commission committee council bank office administration press
    group company co""".split()  # noqa: SIM905 - a table reads better so
)
_ANY_KIND = "company"
_ONE_KIND = dict.fromkeys(("college", "university", "institute", "academy", "school"), "university")
"""学院 is college, institute, academy or university, as the body itself chose."""


def _hints(english: tuple[str, ...], common: frozenset[str], kind: Kind) -> tuple[str, ...]:
    """
    Return the pairs of a telling word and a kind under which a name is met from the other language.

    A Chinese public body translates its name word for word; of a company only the brand is spelt alike.
    """
    telling = [
        word for word in english if word not in common and word != "and" and word not in _KIND_WORDS and len(word) > 2
    ]
    kinds = [word for word in english if word in _KIND_WORDS and word not in ("group", "company", "co")]
    if kind in (Kind.ENTERPRISE, Kind.ENTERPRISE_BRANCH, Kind.UNKNOWN) or not kinds:
        return tuple(f"{word}|{_ANY_KIND}" for word in telling[:2])
    chosen = kinds[:2] if kind is Kind.FOREIGN else kinds[-1:]
    pairs = (f"{word}|{_ONE_KIND.get(one, one)}" for word in telling[:6] for one in chosen)
    return tuple(dict.fromkeys(pairs))


_SHORT_HOSPITAL = re.compile(r"([一二三四五六七八九十])(附)?院$")


def _readings(stem: str, regions: Regions) -> tuple[str, ...]:
    """Return what a short name may stand for: 二附院 is 第二附属医院, 沪 before a name is 上海."""
    found = []
    long = _SHORT_HOSPITAL.sub(lambda m: f"第{m[1]}{'附属' if m[2] else ''}医院", stem)
    if long == stem and stem.endswith("附院"):
        long = f"{stem[:-2]}附属医院"
    if long != stem:
        found.append(long)
    province = ABBREVIATIONS.get(stem[:1])
    if province and len(stem) > 2 and not regions.called(stem[:2]):
        found.append(f"{regions.get(province).short}{stem[1:]}")
    return tuple(found)


def plain(text: str) -> str:
    """Return a Chinese name for comparing: simplified, no brackets, points or spaces."""
    return _MARKS.sub("", simplified(text).casefold())


def _unit(parse: NameParse, regions: Regions, common_sites: frozenset[str]) -> Unit | None:
    if parse.kind is not Kind.BANK_BRANCH:
        return None
    if not parse.branches:
        return Unit(parse.head_id, (plain(parse.campus),), "", (), "centre", False, centre=plain(parse.campus))
    last = parse.branches[-1]
    places = [region for region in parse.regions if region.slot == "branch"]
    innermost = next((region.code for region in reversed(places) if region.code), "")
    prefecture = regions.at_level(innermost, Level.PREFECTURE) or innermost if innermost else ""
    counties = tuple(
        dict.fromkeys(
            code
            for region in places
            if region.level == "county"
            for code in ((region.code,) if region.code else region.candidates)
        )
    )
    own = last.regions if len(parse.branches) == 1 else ()
    anchors = _anchors(last, tuple(region.text for region in own), regions, prefecture)
    outer = ""
    if len(parse.branches) > 1:
        before = parse.branches[-2]
        outer = _anchors(before, tuple(region.text for region in before.regions), regions)[0]
    return Unit(
        head_id=parse.head_id,
        anchors=anchors,
        prefecture=prefecture,
        counties=counties,
        family=_family(last.branch_type),
        is_family_open=last.is_type_assumed or not last.branch_type,
        outer=outer,
        ordinal=last.ordinal,
        places=_places(last, outer, counties, prefecture, regions),
        bare=_STREET_TAIL.sub("", anchors[0]) if len(anchors[0]) > 2 else anchors[0],
        possible=() if innermost else tuple(code for region in places for code in region.candidates),
        is_common=anchors[0] in common_sites,
        is_region_branch=not last.site and not last.ordinal and bool(own),
    )


def _places(
    segment: BranchSegment, outer: str, counties: tuple[str, ...], prefecture: str, regions: Regions
) -> tuple[str, ...]:
    """Return the words its parents may be known by: the branch it is written under, its county, town and province."""
    found = [outer] if outer else []
    site = plain(segment.site)
    for length in range(min(4, len(site) - 2), 1, -1):
        if regions.called(site[:length]):
            found.append(site[:length])
            break
    found += [regions.get(code).short for code in counties]
    if prefecture:
        found.append(regions.get(prefecture).short)
        found.append(regions.get(regions.province(prefecture)).short)
    return tuple(dict.fromkeys(found))


_FAMILIES = {"一级分行": "分行", "二级分行": "分行"}


def _family(branch_type: str) -> str:
    if branch_type.endswith("支行"):
        return "支行" if branch_type != "中心支行" else "中心支行"
    return _FAMILIES.get(branch_type, branch_type)


def _anchors(
    segment: BranchSegment, places: tuple[str, ...], regions: Regions, prefecture: str = ""
) -> tuple[str, ...]:
    """Return the words that tell a unit from its sisters: its site, else its kind, else its region."""
    if segment.ordinal and not segment.site:
        return (f"第{segment.ordinal}",)
    if segment.site:
        site = plain(segment.site)
        found = [site]
        if segment.branch_type in ("科技支行",):
            found.append(f"{site}科技")
        for length in range(min(4, len(site) - 2), 1, -1):
            lead = regions.called(site[:length])
            if any(not prefecture or regions.is_within(region.identity, prefecture) for region in lead):
                found.append(site[length:])  # a place that was not read as one: 宁波西门, 象山石浦
                break
        return tuple(dict.fromkeys(found))
    word = segment.branch_type.removesuffix("支行")
    if word and segment.branch_type.endswith("支行") and word != "中心":
        return (word, *(short_form(plain(place)) for place in places[-1:]))
    if places:
        return (short_form(plain(places[-1])),)
    return (segment.branch_type,)


# ---- as stored ---------------------------------------------------------------------------------

_MANY = (tuple[str, ...], tuple[int, ...])
_PROFILE_VALUES = attrgetter(*(one.name for one in fields(Profile)))
_UNIT_VALUES = attrgetter(*(one.name for one in fields(Unit)))
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LISTS = [at for at, one in enumerate(fields(Profile)) if one.type in _MANY]
_UNIT_LISTS = [at for at, one in enumerate(fields(Unit)) if one.type in _MANY]
_LENGTH = len(fields(Profile))
_UNIT_AT = [one.name for one in fields(Profile)].index("unit")


def to_document(profile: Profile) -> str:
    """Return *profile* as compact text for the database."""
    values = list(_PROFILE_VALUES(profile))
    if profile.unit is not None:
        values[_UNIT_AT] = _UNIT_VALUES(profile.unit)
    return _ENCODE(values)


def from_document(text: str) -> Profile:
    """Return the profile that ``to_document`` wrote; ValueError or TypeError for that of another version."""
    values: list[Any] = json.loads(text)
    if len(values) != _LENGTH:
        raise ValueError(f"a profile of {len(values)} values")
    for at in _LISTS:
        values[at] = tuple(values[at])
    unit: Any = values[_UNIT_AT]
    if unit is not None:
        for at in _UNIT_LISTS:
            unit[at] = tuple(unit[at])
        values[_UNIT_AT] = Unit(*unit)
    values[0] = Kind(values[0])
    return Profile(*values)
