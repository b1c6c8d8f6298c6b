"""
Names of enterprises and public bodies in Chinese.

Read from both ends: the kind stands at the right edge (有限公司, 医院, 局), regions at the left; what
is between is brand, trade and group. Text comes cleaned, with half-width brackets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from daysheet.model.names import BranchSegment, Kind, RegionRef
from daysheet.naming.endings import Endings
from daysheet.naming.numerals import ORDINAL, ordinals_in
from daysheet.naming.parts import Parts
from daysheet.naming.places import Chain, read_chain, reference
from daysheet.naming.regions import ABBREVIATIONS, Level, Regions

_PAREN = re.compile(r"\(([^()]*)\)")
_AFTER_FORM = re.compile(r"^(.*?(?:股份有限公司|有限责任公司|有限公司|集团公司|总公司))(?=.{2})(.+)$")
_FIRM = re.compile(r"^(.*?(?:律师事务所|会计师事务所|税务师事务所))(?=.{2})(.+)$")
_HOST = re.compile(r"^(.{2,}?(?:大学医学院|大学医学部|大学|学院|医学院|科学院|总医院|学校))(?:第.)?附属(.+)$")
_SUBORDINATE = re.compile(
    r"^(.{2,}?(?:大学|科学院|研究院))(.{1,}(?:研究所|研究院|实验室|学院|中心|医院|学校|中学|小学))$"
)
_HIGHER = re.compile(r"(?:大学|学院)(?:\([^()]*\))?$")
_TAX = re.compile(r"^国家税务总局(?P<place>.+?)税务局(?P<rest>.*)$")
_OFFICE = re.compile(r"^(.*?(?:局|厅|法院|检察院|海关|委员会))(.{0,8}?)$")
_SHORTEST_BODY = 4
_NATIONAL = re.compile(r"^(?:国家|中国|中华人民共和国|中共|全国|中央)")


class Organisations:
    """The grammar of Chinese names that are no bank's; compiled once."""

    def __init__(
        self,
        content: Mapping[str, Any],
        regions: Regions,
        forms: Sequence[tuple[str, str]],
        whitelist: Sequence[str],
    ) -> None:
        self._regions = regions
        self._forms = tuple(sorted(forms, key=lambda item: -len(item[0])))
        self._form_words = tuple(word for word, _ in self._forms)
        self._whitelist = tuple(whitelist)
        self._industry = Endings(content["industries"])
        self._groups: tuple[str, ...] = tuple(content["groups"])
        self._branch = Endings(content["enterprise_branches"])
        self._gov_branch = Endings(content["government_branches"])
        self._department = Endings(content["departments"])
        self._kinds: tuple[tuple[Kind, Endings], ...] = (
            (Kind.HOSPITAL, Endings(content["hospitals"])),
            (Kind.SCHOOL, Endings(content["schools"])),
            (Kind.GOVERNMENT, Endings(content["governments"])),
            (Kind.INSTITUTION, Endings(content["institutions"])),
            (Kind.ENTERPRISE, Endings(content["enterprises"])),
        )
        self._colleges = re.compile(f"大学(?:{'|'.join(content['independent_colleges'])})$")
        self.campuses: Mapping[str, Sequence[str]] = content["campuses"]
        self._successors = [
            (old, item["to"], item["kind"])
            for item in content["successors"]
            for old in sorted(item["from"], key=len, reverse=True)
            if old != item["to"]
        ]
        self._sole_traders = tuple(content["sole_traders"])
        self._military = Endings(content["military"])
        self._complete = Endings([*content["hospitals"], *content["schools"], "局"])
        self._history = {entry["code"]: entry for entry in content["region_history"]}
        self.vertical = re.compile("|".join(content["vertical"]))

    # ---- the whole -----------------------------------------------------------------------------

    def read(self, text: str) -> Parts:
        """Return *text* taken apart; a name of no known kind is all core."""
        branch = self._after_form(text) or self._department_of_body(text)
        if branch is not None:
            return branch
        form, form_class = self._form(text)
        if form:
            return self._enterprise(text, form, form_class)
        kind = self._kind(text)
        if self._military.ends(text):
            return Parts(kind=Kind.MILITARY, stem=text, core=text, brand=text)
        if kind is Kind.ENTERPRISE or kind is Kind.UNKNOWN:
            return self._enterprise(text, "", "", is_known=kind is Kind.ENTERPRISE)
        return self._public(text, kind)

    def _form(self, text: str) -> tuple[str, str]:
        if not text.endswith(self._form_words):
            return "", ""
        for word, name in self._forms:
            if text.endswith(word) and len(text) > len(word):
                return word, name
        return "", ""

    def _kind(self, text: str) -> Kind:
        bare = _PAREN.sub("", text) if text.endswith(")") else text
        for kind, words in self._kinds:
            if words.ends(bare):
                return kind
        return Kind.UNKNOWN

    # ---- enterprises ---------------------------------------------------------------------------

    def _after_form(self, text: str) -> Parts | None:
        """Return the parts of a branch: a whole name with a legal form, then a place and a branch type."""
        if text.find("公司", 0, -2) < 0 and text.find("事务所", 0, -2) < 0:
            return None
        match = _AFTER_FORM.match(text) or _FIRM.match(text)
        if match is None:
            return None
        rest = match[2].strip("()")
        at = self._branch.at(rest)
        if at < 0:
            return self._department_of(match[1], rest)
        place = rest[:at]
        chain = read_chain(place, self._regions)
        parent = self.read(match[1])
        segment = BranchSegment(
            regions=tuple(reference(token, "branch") for token in chain.tokens),
            site=place[chain.end :],
            branch_type=rest[at:],
        )
        return Parts(
            kind=Kind.ENTERPRISE_BRANCH,
            stem=f"{parent.stem}{rest}",
            core=f"{parent.core}{rest}",
            brand=parent.brand,
            industry=parent.industry,
            regions=parent.regions,
            ordinals=parent.ordinals,
            group_flag=parent.group_flag,
            form=parent.form,
            form_class=parent.form_class,
            branches=(*parent.branches, segment),
            parent=match[1],
        )

    def _department_of(self, whole: str, rest: str) -> Parts | None:
        if self._department.at(rest) != 0:
            return None
        return replace(self.read(whole), departments=(rest,), canonical=whole, steps=("DEPT",))

    def department_at(self, text: str) -> int:
        """Return where the department begins that *text* ends with; 0 where there is none."""
        return max(self._department.at(text), 0)

    def _department_of_body(self, text: str) -> Parts | None:
        """A department of a hospital, a school or a 局; 北京市信息中心 is a body of its own."""
        at = self.department_at(text)
        if at < _SHORTEST_BODY or not self._complete.ends(text[:at]) or _NATIONAL.match(text):
            return None
        return self._department_of(text[:at], text[at:])

    def _references(self, chain: Chain, slot: str) -> tuple[RegionRef, ...]:
        """Return the regions of *chain*; one that was joined to another or divided has its successors as candidates."""
        found = []
        for token in chain.tokens:
            region = reference(token, slot)
            past = self._history.get(region.code)
            if past is not None and past["kind"] != "rename":
                region = replace(region, candidates=tuple(past["now"]))
            found.append(region)
        return tuple(found)

    def _under_new_name(self, text: str, chain: Chain) -> str:
        """Return an authority's name with the new name of its renamed place; "" where nothing changes."""
        for token in chain.tokens:
            past = self._history.get(token.candidates[0]) if len(token.candidates) == 1 else None
            if past is not None and past["kind"] == "rename" and token.text.startswith(past["text"]):
                region = self._regions.get(past["now"][0])
                return text.replace(token.text, region.name if token.has_tail else region.short, 1)
        return ""

    def _enterprise(self, text: str, form: str, form_class: str, *, is_known: bool = True) -> Parts:
        stem = text[: len(text) - len(form)]
        group_in_form = "集团" if form == "集团公司" else ""
        regions: list[RegionRef] = []
        campus = ""
        flat, slot_regions, paren_group = self._brackets(stem)
        chain = self._leading(flat)
        regions += self._references(chain, "prefix")
        regions += slot_regions
        core = flat[chain.end :]
        rest, group = self._group_of(core)
        brand, trade = self._trade_of(rest)
        nation = "中国" if flat.startswith("中国") else ""
        flag = group or paren_group or group_in_form
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        if not form and not text.endswith(self._sole_traders):
            code = "C01" if trade or flag or chain.tokens or is_known else "C02"
            codes = ((code, {"x": text}),)
        return Parts(
            kind=Kind.ENTERPRISE if is_known else Kind.UNKNOWN,
            stem=stem,
            core=core if not (paren_group and not group) else f"{core}{paren_group}",
            brand=brand,
            industry=trade,
            regions=tuple(regions),
            ordinals=ordinals_in(stem),
            group_flag=flag,
            form=form,
            form_class=form_class,
            campus=campus,
            nation=nation,
            codes=codes,
        )

    def _brackets(self, stem: str) -> tuple[str, list[RegionRef], str]:
        """Return the stem without brackets that hold a region or 集团, with what they held."""
        regions: list[RegionRef] = []
        group = ""
        flat = stem
        for match in _PAREN.finditer(stem):
            inside = match[1]
            chain = read_chain(inside, self._regions)
            if chain.tokens and chain.end == len(inside):
                regions += [reference(token, "paren") for token in chain.tokens]
                flat = flat.replace(match[0], "", 1)
            elif inside == "中国":
                regions.append(RegionRef("000000", "nation", inside, "paren"))
                flat = flat.replace(match[0], "", 1)
            elif inside in self._groups:
                group = inside
                flat = flat.replace(match[0], "", 1)
        return flat, regions, group

    def _leading(self, flat: str) -> Chain:
        """
        Return the regions a name begins with.

        A county written without 市, 区 or 县 counts only inside a region before it, for many brands
        are also the name of some county; and at least two characters of a name must be left.
        """
        if flat.startswith(self._whitelist):
            return Chain()
        chain = read_chain(flat, self._regions)
        kept = []
        end = 0
        for number, token in enumerate(chain.tokens):
            if number == 0 and token.level is Level.COUNTY and not token.has_tail:
                break
            if len(flat) - end - len(token.text) < 2 or flat[end:].startswith(self._whitelist):
                break
            kept.append(token)
            end += len(token.text)
        return Chain(tuple(kept), end)

    def is_generic(self, core: str, kind: Kind) -> bool:
        """Say whether *core* fits many: a function that every place has, or a trade without a brand."""
        if kind in (Kind.GOVERNMENT, Kind.HOSPITAL, Kind.SCHOOL, Kind.INSTITUTION):
            return self._is_generic(core, kind)
        return self.is_all_trade(core)

    def is_all_trade(self, text: str) -> bool:
        """Say whether a core names a trade and nothing else: 医药, 航天电器."""
        rest, _ = self._group_of(text)
        brand, _ = self._trade_of(rest, least=0)
        return not brand

    def _group_of(self, core: str) -> tuple[str, str]:
        for word in self._groups:
            if core.endswith(word) and len(core) > len(word):
                return core[: -len(word)], word
        return core, ""

    def _trade_of(self, core: str, least: int = 2) -> tuple[str, tuple[str, ...]]:
        """Return brand and trade words; the brand keeps at least *least* characters."""
        found: list[str] = []
        while (at := self._industry.at(core)) >= least:
            found.insert(0, core[at:])
            core = core[:at]
        return core, tuple(found)

    # ---- public bodies -------------------------------------------------------------------------

    def _public(self, text: str, kind: Kind) -> Parts:
        host = self._host(text, kind)
        campus = ""
        bare = _TAX.sub(r"\g<place>税务局\g<rest>", text)
        tail = _PAREN.search(bare)
        if tail and tail.end() == len(bare):
            campus, bare = tail[1], bare[: tail.start()]
        chain = self._public_regions(bare, kind)
        is_higher = kind is Kind.SCHOOL and _HIGHER.search(bare) is not None
        core = bare if is_higher else bare[chain.end :]  # a university's place is part of its name
        branch: tuple[BranchSegment, ...] = ()
        parent = ""
        if kind is Kind.GOVERNMENT:
            core = self._renamed(core)
            core, branch, parent = self._gov_branches(bare, chain, core)
        if host is not None:
            parent = host
        regions = self._references(chain, "brand" if is_higher else "prefix")
        renamed = self._under_new_name(text, chain) if kind is Kind.GOVERNMENT else ""
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        is_whole_country = bool(_NATIONAL.match(text))
        if not regions and host is None and not is_whole_country and self._is_generic(core, kind):
            codes = (("C06", {"x": text}),)
        elif regions and len(regions[-1].candidates) > 1 and not any(r.code for r in regions):
            codes = (("C04", {"x": regions[-1].text}),)
        return Parts(
            kind=kind,
            stem=text,
            core=core,
            brand=core,
            regions=regions,
            ordinals=ordinals_in(text),
            host=host or "",
            branches=branch,
            campus=campus,
            nation="中国" if text.startswith("中国") else "",
            parent=parent,
            codes=codes,
            flags=("independent_college",) if self._colleges.search(text) else (),
            canonical=renamed,
            steps=("REG",) if renamed else (),
        )

    def _public_regions(self, text: str, kind: Kind) -> Chain:
        """Return the regions before a public body's function; a school's region may be its whole brand (大连大学)."""
        if text.startswith(self._whitelist):
            return Chain()
        chain = read_chain(text, self._regions)
        if chain.tokens and len(text) - chain.end < 1:
            return Chain()
        first = chain.tokens[0] if chain.tokens else None
        if first and first.level is Level.COUNTY and not first.has_tail and kind is not Kind.GOVERNMENT:
            return Chain()  # 长安医院: a name, more often than a place
        return chain

    def _is_generic(self, core: str, kind: Kind) -> bool:
        """Say whether *core* is a function many places have: 教育局, 人民医院, 第一中学."""
        bare = ORDINAL.sub("", core)
        if kind is Kind.GOVERNMENT:
            return True
        generic = (
            "人民医院",
            "中心医院",
            "中医院",
            "中医医院",
            "妇幼保健院",
            "医院",
            "中学",
            "小学",
            "实验小学",
            "实验中学",
            "外国语学校",
            "高级中学",
            "幼儿园",
        )
        return bare in generic

    def _renamed(self, core: str) -> str:
        for old, new, kind in self._successors:
            if kind == "rename" and core.endswith(old) and not (new.endswith(old) and core.endswith(new)):
                return f"{core[: -len(old)]}{new}"
        return core

    def renamed_kinds(self, core: str) -> tuple[str, str]:
        """Return (successor, kind) of an abolished body's function, ("", "") where it was not abolished."""
        for old, new, kind in self._successors:
            if core.endswith(old):
                return new, kind
        return "", ""

    def _gov_branches(self, text: str, chain: Chain, core: str) -> tuple[str, tuple[BranchSegment, ...], str]:
        at = self._gov_branch.at(core)
        match = _OFFICE.match(core) if at >= 0 else None
        if match is None or not match[2].endswith(core[at:]):
            return core, (), ""
        site, kind = match[2][: at - len(core)], core[at:]
        parent = f"{text[: chain.end]}{match[1]}"
        return core, (BranchSegment(site=site, branch_type=kind),), parent

    def _host(self, text: str, kind: Kind) -> str | None:
        """Return the body this one is attached to (复旦大学附属中山医院 → 复旦大学), None where none is written."""
        match = _HOST.match(text)
        if match is not None:
            return match[1]
        if kind in (Kind.INSTITUTION, Kind.HOSPITAL, Kind.SCHOOL) and not self._colleges.search(text):
            inner = _SUBORDINATE.match(text)
            if inner is not None and len(inner[1]) >= 4 and not inner[1].endswith(("中国科学院大学",)):
                return inner[1]
        return None

    def region_of_abbreviation(self, letter: str) -> str:
        """Return the province that one character stands for, "" where it is none's."""
        return ABBREVIATIONS.get(letter, "")
