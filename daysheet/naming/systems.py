"""
Names of systems: one name all over the country, with a company or a branch in each region.

江苏移动, 中国移动江苏公司 and 中国移动通信集团江苏有限公司 are one company; 杭州供电公司 belongs to the grid company
of its province. A short word counts only where all around it is a region or a branch (naming rules, P6).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daysheet.model.names import BranchSegment, Kind, RegionRef
from daysheet.naming.places import ALWAYS_AMBIGUOUS, Chain, read_chain, reference
from daysheet.naming.regions import Level, Region, Regions

_LEVELS = {Level.PROVINCE: "province", Level.PREFECTURE: "prefecture", Level.COUNTY: "county"}
_LONGEST = 40
_REGION = "(?P<r>.{2,24}?)"
_SITE = "(?P<s>.{2,14}?)"
_FORM = re.compile(r"^(?:股份有限公司|有限责任公司|有限公司|股份公司|公司)")


@dataclass(frozen=True, slots=True)
class SystemName:
    """
    A name of a system taken apart.

    *entity_id* is the legal entity (CMCC.320000), "" while its region is one of several; *company* is
    that entity's registered name. *canonical* is the whole registered name, "" where it is not certain.
    """

    kind: Kind
    system_id: str
    group_id: str
    entity_id: str
    company: str
    canonical: str
    regions: tuple[RegionRef, ...] = ()
    segments: tuple[BranchSegment, ...] = ()
    is_bare: bool = False  # the system alone, written short: head office, or which?


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    is_province: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class _System:
    id: str
    group: str
    full: str
    word: re.Pattern[str]
    patterns: tuple[_Pattern, ...]
    companies: str
    companies_at: Mapping[str, str]
    branches: Mapping[str, str]
    has_short_counties: bool
    branches_at: Mapping[str, str]
    branch_type: str
    territory: tuple[str, ...] | None  # None: everywhere; () what no other of the group serves


class Systems:
    """Finds systems in names; compiled once."""

    def __init__(self, content: Mapping[str, Any], regions: Regions) -> None:
        self._regions = regions
        self._systems = tuple(_system(item) for item in content["systems"])
        self._registered = {name: (one, code) for one in self._systems for code, name in one.companies_at.items()}
        self.types = frozenset(one.branch_type for one in self._systems)
        self._heads = {one.id: one.full for one in self._systems if one.full} | {
            "RAIL": str(content["railways"]["head"])
        }
        self._claimed = {code: one.id for one in self._systems for code in one.territory or ()}
        self.direct: Mapping[str, frozenset[str]] = {
            item["id"]: frozenset(item["planned_city"])
            for item in content["systems"]
            if isinstance(item.get("planned_city"), list)
        }
        words = [re.escape(short) for item in content["insurers"] for short in (item["full"], *item["short"])]
        self._insurers = {word: item for item in content["insurers"] for word in (item["full"], *item["short"])}
        self._insurer = re.compile("|".join(sorted(words, key=len, reverse=True)))
        self.tiers: Mapping[str, int] = content["insurer_tiers"]
        self._tier = re.compile("|".join(sorted(self.tiers, key=len, reverse=True)))
        rail = content["railways"]
        self._rail_full, self._rail_head = str(rail["full"]), str(rail["head"])
        cities = "|".join(rail["bureaus"])
        self._rail_short: Mapping[str, str] = rail["short"]
        self._rail = re.compile(
            rf"(?:中国铁路)?(?P<city>{cities})(?:铁路局(?:集团)?|局集团)(?:有限公司|有限责任公司|公司)?"
            rf"|(?P<short>[{''.join(self._rail_short)}])铁(?:路)?(?:(?:局|集团|局集团)(?:有限公司|公司)?)?"
        )
        self._rail_heads = frozenset((self._rail_head, *rail["formerly"]))
        keywords = [one.word.pattern for one in self._systems]
        self._any = re.compile(
            "|".join([*keywords, "铁路", "局集团", "铁局", "铁集团", "铁$", "国铁", "保险|财险|产险|寿险|人寿|国寿"])
        )

    def read(self, text: str) -> SystemName | None:
        """Return *text* (cleaned, half-width brackets) as a system's name, None where it is none."""
        if len(text) > _LONGEST or self._any.search(text) is None:
            return None
        if text in self._registered:
            system, code = self._registered[text]
            region = self._regions.get(code)
            place = RegionRef(code, _REFERENCE_LEVELS[region.level], region.short, "prefix")
            return SystemName(Kind.SYSTEM, system.id, system.group, f"{system.id}.{code}", text, text, (place,))
        for system in self._systems:
            if system.word.search(text) is not None:
                found = self._of(system, text)
                if found is not None:
                    return found
        return self._railway(text) or self._of_insurer(text)

    def above(self, entity_id: str, group_id: str) -> str:
        """Return the registered name of what a company of a system belongs to, "" where it is the top or unknown."""
        system = entity_id.partition(".")[0]
        if system != entity_id:
            return self._heads.get(system, "")
        return self._heads.get(group_id, "") if group_id != entity_id else ""

    # ---- telecoms, grid, oil, tobacco, post --------------------------------------------------------

    def _of(self, system: _System, text: str) -> SystemName | None:
        for pattern in system.patterns:
            match = pattern.regex.fullmatch(text)
            if match is None:
                continue
            groups = match.groupdict()
            if not groups.get("r"):
                return self._head(system, text, is_kept=pattern.is_kept)
            chain = self._whole(groups["r"])
            if chain is None or (pattern.is_province and chain.tokens[-1].level is not Level.PROVINCE):
                continue
            first = chain.tokens[0]
            if first.level is Level.COUNTY and not first.has_tail and not system.has_short_counties:
                continue
            found = self._placed(system, text, chain, groups.get("s") or "", is_kept=pattern.is_kept)
            if found is not None:
                return found
        return None

    def _whole(self, text: str, within: tuple[str, ...] = ()) -> Chain | None:
        chain = read_chain(text, self._regions, within)
        return chain if chain.tokens and chain.end == len(text) else None

    def _head(self, system: _System, text: str, *, is_kept: bool) -> SystemName | None:
        if not system.full:
            return None
        canonical = text if is_kept else system.full
        return SystemName(
            Kind.SYSTEM, system.id, system.group, system.id, system.full, canonical, is_bare=text != system.full
        )

    def _placed(self, system: _System, text: str, chain: Chain, site: str, *, is_kept: bool) -> SystemName | None:
        references = [reference(token, "prefix") for token in chain.tokens]
        settled = chain.identity or self._company_called(system, text, chain)
        inner = self._whole(site, (settled,) if settled else chain.candidates) if site else None
        if inner is not None:
            references += [reference(token, "branch") for token in inner.tokens]
            chain, site, settled = inner, "", inner.identity
        if not settled:
            if not any(self._serves(system, code) for code in chain.candidates):
                return None
            return SystemName(Kind.SYSTEM, system.id, system.group, "", "", "", tuple(references))
        region = self._regions.get(settled)
        if not self._serves(system, region.identity):
            return None
        company = self._company(system, region)
        if company is None:
            return None
        entity_id, name, is_all_there_is = company
        written = self._written(system, name, region)
        no_segments: tuple[BranchSegment, ...] = ()
        if is_all_there_is and not site:
            canonical, segments = name, no_segments
        elif site:
            canonical = f"{written if not is_all_there_is else name}{site}{system.branch_type}"
            segments = (self._segment(system, region, site),)
        elif not written:
            return None
        else:
            canonical, segments = written, (self._segment(system, region, ""),)
        return SystemName(
            Kind.SYSTEM,
            system.id,
            system.group,
            entity_id,
            name,
            text if is_kept or text.startswith(name) else canonical,
            tuple(references),
            segments,
        )

    def _company_called(self, system: _System, text: str, chain: Chain) -> str:
        """Return the one of several regions whose company's registered name *text* begins with, "" where none is."""
        for code in chain.candidates:
            company = self._company(system, self._regions.get(code))
            if company is not None and text.startswith(company[1]):
                return code
        return ""

    def _segment(self, system: _System, region: Region, site: str) -> BranchSegment:
        place = RegionRef(region.identity, _REFERENCE_LEVELS[region.level], region.short, "branch")
        return BranchSegment((place,), site=site, branch_type=system.branch_type)

    def _serves(self, system: _System, code: str) -> bool:
        """Say whether *system* serves the region: its own territory, or what none of its kin claims."""
        if system.territory is None:
            return True
        owner = next((self._claimed[one] for one in self._regions.chain(code) if one in self._claimed), "")
        if not system.territory:
            return not owner
        return owner == system.id

    def _company(self, system: _System, region: Region) -> tuple[str, str, bool] | None:
        """Return the legal entity that serves *region*, its name, and whether the region's whole name is its."""
        for code in self._regions.chain(region.identity):
            if code in system.companies_at:
                return f"{system.id}.{code}", system.companies_at[code], code == region.identity
        if not system.companies:
            return system.id, system.full, False
        province = self._regions.get(self._regions.province(region.identity))
        name = _filled(system.companies, province)
        return f"{system.id}.{province.identity}", name, province.identity == region.identity

    def _written(self, system: _System, company: str, region: Region) -> str:
        province = self._regions.get(self._regions.province(region.identity))
        template = system.branches.get(_LEVELS[region.level], "")
        if region.level is Level.PREFECTURE:
            template = system.branches_at.get(province.identity, template)
        if not template:
            return ""
        above = self._regions.get(region.parent) if region.parent else region
        return template.format(
            company=company,
            short=told_apart(region) if company == system.full else region.short,
            full=region.name,
            province=province.short,
            province_full=province.name,
            prefecture_full=above.name,
        )

    # ---- rail --------------------------------------------------------------------------------------

    def _railway(self, text: str) -> SystemName | None:
        if text in self._rail_heads:
            return SystemName(Kind.SYSTEM, "RAIL", "RAIL", "RAIL", self._rail_head, self._rail_head)
        match = self._rail.fullmatch(text)
        if match is None:
            return None
        city = match["city"] or self._rail_short[match["short"]]
        name = self._rail_full.format(short=city)
        return SystemName(Kind.SYSTEM, "RAIL", "RAIL", f"RAIL.{city}", name, name)

    # ---- insurers ----------------------------------------------------------------------------------

    def _of_insurer(self, text: str) -> SystemName | None:
        for match in sorted(self._insurer.finditer(text), key=lambda match: -len(match[0])):
            item = self._insurers[match[0]]
            before, after = text[: match.start()], _FORM.sub("", text[match.end() :], count=1)
            left = self._whole(before) if before else Chain()
            if left is None:
                continue
            found = self._insurer_branch(item, text, left, after, is_short=match[0] != item["full"])
            if found is not None:
                return found
        return None

    def _insurer_branch(
        self, item: Mapping[str, Any], text: str, left: Chain, after: str, *, is_short: bool
    ) -> SystemName | None:
        full = str(item["full"])
        if not after and not left.tokens:
            return SystemName(
                Kind.INSURER, item["id"], item["group"], item["id"], full, full, is_bare=is_short and text != full
            )
        references = [reference(token, "branch") for token in left.tokens]
        segments: list[BranchSegment] = []
        within, at = left.candidates, 0
        for match in self._tier.finditer(after):
            within, read, segment = self._tiered(after[at : match.start()], within, match[0])
            references += read
            segments.append(segment)
            at = match.end()
        if after[at:]:
            chain = self._whole(after[at:], within)
            if chain is None or segments:
                return None
            within = chain.candidates
            references += [reference(token, "branch") for token in chain.tokens]
        if not segments:
            segments = [BranchSegment(tuple(references))]
        elif left.tokens and not segments[0].regions:
            segments[0] = BranchSegment(tuple(references), segments[0].site, branch_type=segments[0].branch_type)
        canonical = self._insurer_name(item, full, after, within, references, segments)
        return SystemName(
            Kind.INSURER, item["id"], item["group"], item["id"], full, canonical, tuple(references), tuple(segments)
        )

    def _tiered(
        self, written: str, within: tuple[str, ...], tier: str
    ) -> tuple[tuple[str, ...], list[RegionRef], BranchSegment]:
        chain = read_chain(written, self._regions, within)
        read = [reference(token, "branch") for token in chain.tokens]
        segment = BranchSegment(tuple(read), site=written[chain.end :], branch_type=tier)
        return chain.candidates or within, read, segment

    def _insurer_name(
        self,
        item: Mapping[str, Any],
        full: str,
        after: str,
        within: tuple[str, ...],
        references: Sequence[RegionRef],
        segments: list[BranchSegment],
    ) -> str:
        """Return the registered name; "" where the tier or the region is open. Sets a tier that goes without saying."""
        first = segments[0]
        if len(segments) > 1 or first.site or first.branch_type not in ("", "分公司"):
            return f"{full}{after}" if after and not _leads(references, after) else ""
        if len(within) != 1:
            return ""
        region = self._regions.get(within[0])
        is_open = region.level is not Level.PROVINCE and not str(item["branches"]).startswith("{full}")
        if not first.branch_type and (is_open or region.level is Level.COUNTY):
            return ""
        is_assumed = not first.branch_type
        segments[0] = BranchSegment(tuple(references), branch_type="分公司", is_type_assumed=is_assumed)
        return full + str(item["branches"]).format(short=told_apart(region), full=region.name)


_REFERENCE_LEVELS = {Level.PROVINCE: "prov", Level.PREFECTURE: "pref", Level.COUNTY: "county"}


def _leads(references: Sequence[RegionRef], after: str) -> bool:
    """Say whether a region stood before the insurer, so that what follows is not the whole of its branch."""
    return any(region.text not in after for region in references)


def _filled(template: str, region: Region) -> str:
    return template.format(short=region.short, full=region.name)


def told_apart(region: Region) -> str:
    """Return a region's short name, but the whole one where the short one could be a province or a city: 吉林市."""
    return region.name if region.short in ALWAYS_AMBIGUOUS else region.short


def _system(item: Mapping[str, Any]) -> _System:
    territory = item.get("territory")
    return _System(
        id=item["id"],
        group=item["group"],
        full=item["full"],
        word=re.compile(item["keyword"]),
        patterns=tuple(_patterns(item)),
        companies=item.get("companies", ""),
        companies_at=item.get("companies_at", {}),
        branches=item.get("branches", {}),
        has_short_counties=bool(item.get("short_counties", True)),
        branches_at=item.get("branches_at", {}),
        branch_type=item["type"],
        territory=None if territory is None else tuple(territory),
    )


def _patterns(item: Mapping[str, Any]) -> Iterator[_Pattern]:
    for key in ("patterns", "keep"):
        for text in item.get(key, ()):
            regex = text.replace("{R}", _REGION).replace("{P}", _REGION).replace("{S}", _SITE)
            yield _Pattern(re.compile(regex), is_province="{P}" in text, is_kept=key == "keep")
