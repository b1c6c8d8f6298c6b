"""
Names of banks and their branches.

A bank's name stands at the beginning or after places only, and what follows it is a place and a
branch type: 北京工行, 慈溪工行(胜山支行), 中国工商银行股份有限公司宁波镇海支行. A short word inside another
(建工行业协会) is left alone (naming rules, P6).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from daysheet.model.names import BranchSegment, RegionRef
from daysheet.naming.bank_names import UNLISTED, Bank, BankName, BankNames
from daysheet.naming.english import folded
from daysheet.naming.places import Chain, Token, read_chain, reference
from daysheet.naming.regions import Level, Regions, short_form
from daysheet.naming.translate import Translator

_FORMS = re.compile(r"(?:股份有限责任公司|股份有限公司|有限责任公司|有限公司|股份公司)")
_OTHER_KINDS = re.compile(
    r"协会|公司|学院|大学|学校|医院|集团|局$|研究|业务所|中学|小学|保险|证券|基金|租赁|信托|理财|事务所|商店|行业"
)
_ORDINAL = re.compile(r"^第([一二三四五六七八九十]+)$")
_LONGEST_SITE = 14
_LONGEST = 60
_ABROAD = re.compile(r"\((?:中国|香港|澳门|新加坡)\)|(?:中国|香港)(?=$|有限公司|股份)")


@dataclass(frozen=True, slots=True)
class _Head:
    id: str
    name: str
    form: str
    bank_class: str
    is_short: bool
    is_weak: bool = False
    formerly: str = ""
    regions: tuple[RegionRef, ...] = ()


class Banks:
    """Finds banks in names; compiled once."""

    def __init__(self, content: Mapping[str, Any], regions: Regions) -> None:
        self._regions = regions
        self.banks = {
            item["id"]: Bank(
                item["id"],
                item["full"],
                item["form"],
                item["class"],
                frozenset(item.get("direct", ())),
                tuple(item.get("formerly", ())),
            )
            for item in content["banks"]
        }
        weak = frozenset(content["weak"])
        self._words: dict[str, _Head] = {}
        self.english: dict[str, str] = {}
        for item in content["banks"]:
            known = self.banks[item["id"]]
            for text in (item["full"], *item["short"], *known.formerly):
                if text.isascii():
                    self.english[folded(text)] = known.id
                    continue
                is_short = text != item["full"]
                former = text if text in known.formerly else ""
                self._words[text] = _Head(
                    known.id, known.full, known.form, known.bank_class, is_short, text in weak, former
                )
        for place in content["city_places"].split():
            name = f"{place}银行"
            self._words.setdefault(name, _Head(f"BANK:{name}", name, "股份有限公司", "city", is_short=False))
        self._type_words: Mapping[str, str] = content["type_words"]
        self._word = re.compile("|".join(map(re.escape, sorted(self._words, key=len, reverse=True))))
        self._rural_kinds = {word: kind for kind, words in content["rural"].items() for word in words}
        self._rural = re.compile("|".join(sorted(self._rural_kinds, key=len, reverse=True)))
        self._rural_names: Mapping[str, str] = content["rural_canonical"]
        self.common_sites = frozenset(content["common_sites"].split())
        """Sites that so many towns have that they tell nothing without the town."""
        self.ranks: Mapping[str, int] = content["branch_types"]
        self.families: Mapping[str, str] = content["branch_families"]
        self._type = re.compile("|".join(sorted(self.ranks, key=len, reverse=True)))
        self._centre = re.compile("|".join(sorted(content["centres"], key=len, reverse=True)) + r"|总行.{2,8}部$")
        self.names = BankNames(content, regions)

    # ---- reading -------------------------------------------------------------------------------

    def read(self, text: str, *, is_lenient: bool = False) -> BankName | None:
        """
        Return *text* (cleaned, half-width brackets) as a bank's name, None where it is none.

        A word that also names other things (平安, 光大) needs a branch type, or with *is_lenient* a place.
        """
        if len(text) > _LONGEST or ("行" not in text and "信" not in text and "储" not in text and not is_lenient):
            return None
        for head, start, end in self._heads(text):
            found = self._around(head, text[:start], text[end:], is_lenient=is_lenient)
            if found is not None and (
                is_lenient or not head.is_weak or any(s.branch_type and not s.is_type_assumed for s in found.segments)
            ):
                return found
        return None

    def _heads(self, text: str) -> Iterator[tuple[_Head, int, int]]:
        """Give the bank words in *text*, rural ones and longer ones first, each with its place."""
        for match in self._rural.finditer(text):
            yield from self._rural_heads(text, match)
        words = sorted(self._word.finditer(text), key=lambda match: -len(match[0]))
        for match in words:
            if not (match[0] == "中国银行" and text[match.end() :].startswith(("业", "间"))):
                yield self._words[match[0]], match.start(), match.end()
        yield from self._unlisted(text)

    def _rural_heads(self, text: str, match: re.Match[str]) -> Iterator[tuple[_Head, int, int]]:
        """Give the bank of one place that ends at *match*: its regions, perhaps a site before or a brand after."""
        kind, before = self._rural_kinds[match[0]], text[: match.start()]
        if not before:
            return
        is_short = match[0] != self._rural_names[kind]
        for start in self._rural_starts(before):
            chain = read_chain(before, self._regions, start=start)
            brand = before[chain.end :]
            place = short_form(chain.tokens[-1].text) if chain.tokens else ""
            name = f"{before[start:]}{self._rural_names[kind]}"
            regions = tuple(reference(token, "brand") for token in chain.tokens)
            head = _Head(f"{kind}:{place}{brand}", name, "股份有限公司", "rural", is_short, regions=regions)
            yield head, start, match.end()

    def _rural_starts(self, before: str) -> list[int]:
        """Return where the bank's own name may begin: at places that reach to its kind, at a place, or at once."""
        chains = [(start, read_chain(before, self._regions, start=start)) for start in range(len(before) - 1)]
        whole = [start for start, chain in chains if chain.tokens and chain.end == len(before)]
        if whole:
            return whole[:1]
        if chains and chains[0][1].tokens and chains[0][1].tokens[0].level is not Level.COUNTY:
            return [0]
        led = [(len(before) - chain.end, start) for start, chain in chains if chain.tokens and start <= 6]
        if led and min(led)[0] <= 6:
            return [min(led)[1]]
        return [0] if len(before) <= 8 else []

    def _unlisted(self, text: str) -> Iterator[tuple[_Head, int, int]]:
        """Give a bank that the lexicon does not know: its brand is all that stands before 银行."""
        at = text.find("银行", 1)
        if at < 2 or at > 12:
            return
        end, start = at + 2, 0
        chain = read_chain(text[:at], self._regions)
        if chain.end == at and len(chain.tokens) > 1:
            start = at - len(chain.tokens[-1].text)
        else:
            start = self._other_place(text, at)
        own = _ABROAD.match(text, end)
        if own is not None:
            end = own.end()
        name = text[start:end]
        if not _OTHER_KINDS.search(name):
            yield (
                _Head(
                    f"BANK:{re.sub('[()]', '', name.replace('商业银行', '银行'))}",
                    name,
                    "股份有限公司",
                    "city",
                    is_short=False,
                ),
                start,
                end,
            )

    def _other_place(self, text: str, at: int) -> int:
        """Return where a city bank's own name begins after the place of its branch: 慈溪杭州银行."""
        for start in range(at - 2, 1, -1):
            own = read_chain(text[start:at], self._regions)
            if own.end == at - start and len(own.tokens) == 1 and own.tokens[0].level is not Level.COUNTY:
                before = read_chain(text[:start], self._regions)
                if before.end == start:
                    return start
        return 0

    def _around(self, head: _Head, before: str, after: str, *, is_lenient: bool) -> BankName | None:
        """Return the bank *head* with what stands around it, None where that is not a branch of it."""
        form = _FORMS.match(after)
        if form is not None:
            after = after[form.end() :]
        elif head.form == "有限公司" and after.startswith("有限公司"):
            after = after[4:]
        after = after.replace("(", "").replace(")", "")
        before = before.replace("(", "").replace(")", "")
        if head.is_weak and "银行" in after:
            return None  # 浦发村镇银行 is a bank of its own
        if _OTHER_KINDS.search(before) or (_OTHER_KINDS.search(after) and not self._centre.search(after)):
            return None
        base = BankName(
            head.id,
            head.name,
            _written(form) if head.id.startswith(UNLISTED) else head.form,
            head.bank_class,
            head.regions,
            (),
            is_short=head.is_short,
            formerly=head.formerly,
        )
        if after == "总行" and not before:
            return replace(base, is_explicit_head=True)
        centre = self._centre.search(after)
        if centre is not None and not before:
            site = after[: centre.start()]
            return replace(base, centre=f"{site}{centre[0].removeprefix('总行')}")
        after = after.removeprefix("总行")
        left = Chain() if head.bank_class == "rural" else read_chain(before, self._regions)
        if left.tokens and left.end == len(before) and len(left.tokens) == 1 and self._may_be_site(left, after):
            left = Chain()
        lead = before[left.end :]
        if lead and not self._is_site_before(lead, head, after):
            return None
        if not before and not after:
            return None if head.is_weak else base
        return self._branches(base, head if not is_lenient else replace(head, is_weak=False), left, lead, after)

    def _may_be_site(self, left: Chain, after: str) -> bool:
        """Say whether a lone short county name before the bank may as well be a street or a village: 城东工行."""
        token = left.tokens[0]
        return token.level is Level.COUNTY and not token.has_tail and not after and len(token.candidates) > 1

    def _is_site_before(self, lead: str, head: _Head, after: str) -> bool:
        """Say whether what is before the bank may be a site (国际风情街工行): only where nothing follows but a type."""
        return 1 < len(lead) <= 10 and (not after or self._type.fullmatch(after) is not None)

    def _branches(self, base: BankName, head: _Head, left: Chain, lead: str, after: str) -> BankName | None:
        references = [reference(token, "branch") for token in left.tokens]
        within = left.candidates
        segments: list[BranchSegment] = []
        at = 0
        has_place = bool(left.tokens)
        for match in self._type.finditer(after):
            written, kind = after[at : match.start()], match[0]
            if kind == "中心支行" and written and read_chain(written, self._regions, within).end < len(written):
                written, kind = f"{written}中心", "支行"  # 航运中心支行: the centre is the site
            segment, within, read = self._segment(written, kind, within)
            references += read
            has_place = has_place or bool(read) or bool(segment.site)
            segments.append(segment)
            at = match.end()
        rest = after[at:]
        if rest and not segments:
            segment, within, read = self._segment(rest, "", within)
            references += read
            has_place = has_place or bool(read) or bool(segment.site)
            segments.append(segment)
        elif rest:
            return None
        if lead:
            if segments and not segments[0].site:
                segments[0] = replace(segments[0], site=lead)
            else:
                segments.insert(0, BranchSegment(site=lead))
            has_place = True
        segments = [self._typed(segment) for segment in segments]
        if any(len(segment.site) > _LONGEST_SITE for segment in segments) or (head.is_weak and not has_place):
            return None
        if head.is_weak and not at and not left.tokens and not references:
            return None  # 华夏 and a word: not a bank without a type or a place
        if not segments:
            segments.append(BranchSegment())
        segments[0] = replace(segments[0], regions=tuple(references))
        segments[-1] = self._assumed(segments[-1], references, base.bank_class)
        return replace(base, regions=(*base.regions, *references), segments=tuple(segments))

    def _typed(self, segment: BranchSegment) -> BranchSegment:
        """梅林社区 without 支行 is the 社区支行 at 梅林."""
        for word, kind in self._type_words.items():
            if not segment.branch_type and segment.site.endswith(word) and len(segment.site) > len(word) + 1:
                return replace(segment, site=segment.site[: -len(word)], branch_type=kind, is_type_assumed=True)
        return segment

    def _segment(
        self, text: str, branch_type: str, within: tuple[str, ...]
    ) -> tuple[BranchSegment, tuple[str, ...], list[RegionRef]]:
        chain = read_chain(text, self._regions, within)
        if not within and (_is_any_county(chain) or self._is_site_of_any_town(chain)):
            chain = Chain()  # one of several counties, or a site: the words stay as they are
        rest = text[chain.end :]
        ordinal = _ORDINAL.match(rest)
        segment = BranchSegment(
            site="" if ordinal else rest,
            branch_type=branch_type,
            ordinal=_NUMBERS.get(ordinal[1]) if ordinal else None,
        )
        return segment, chain.candidates or within, [reference(token, "branch") for token in chain.tokens]

    def _is_site_of_any_town(self, chain: Chain) -> bool:
        """Say whether the place is a county's short name that many towns have as a site: 城西, 西宁's only in 西宁."""
        return len(chain.tokens) == 1 and not chain.tokens[0].has_tail and chain.tokens[0].text in self.common_sites

    def _assumed(self, segment: BranchSegment, references: list[RegionRef], bank_class: str) -> BranchSegment:
        """Bank + province or prefecture without a type is its 分行 (naming rules, step 19); a county stays open."""
        if segment.branch_type or segment.site or not references or bank_class == "rural":
            return segment
        if references[-1].level == "county":
            return segment
        return replace(segment, branch_type="分行", is_type_assumed=True)

    def read_english(self, text: str, translator: Translator) -> BankName | None:
        """Return a Latin name as a bank's, with the branch it names: ICBC Beijing Branch; None where it is none."""
        flat = folded(text).removeprefix("the ")
        for form in ("company limited", "co ltd", "corporation limited", "limited", "ltd", "corporation"):
            flat = flat.replace(f" {form}", "", 1) if flat.endswith(f" {form}") or f" {form} " in flat else flat
        name = self._english_name(flat)
        if not name:
            return None
        bank = self.banks[self.english[name]]
        base = BankName(bank.id, bank.full, bank.form, bank.bank_class, (), (), is_short=True)
        rest = flat[len(name) :].strip()
        if rest in ("", "head office"):
            return base
        kind = next((w for w in ("sub branch", "subbranch", "branch") if rest.endswith(w)), "")
        region = translator.region(rest[: len(rest) - len(kind)].strip()) if kind else None
        if region is None:
            return None
        token = Token(region.short, (region.identity,), has_tail=False, level=region.level)
        place = reference(token, "branch")
        segment = BranchSegment(regions=(place,), branch_type="分行" if kind == "branch" else "支行")
        return replace(base, regions=(place,), segments=(segment,))

    def _english_name(self, flat: str) -> str:
        """Return the longest English name of a bank that *flat* begins with, "" where it begins with none."""
        end = len(flat)
        while end > 0:
            if flat[:end] in self.english:
                return flat[:end]
            end = flat.rfind(" ", 0, end)
        return ""

    def family(self, branch_type: str) -> str:
        """Return the kind a branch type counts as: 社区支行 is a 支行."""
        return self.families.get(branch_type, branch_type)


def _is_any_county(chain: Chain) -> bool:
    if len(chain.tokens) != 1:
        return False
    token = chain.tokens[0]
    return token.level is Level.COUNTY and not token.has_tail and len(token.candidates) > 1


def _written(form: re.Match[str] | None) -> str:
    """A bank that the lexicon does not list keeps the form it is written with."""
    return form[0] if form is not None else ""


_NUMBERS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
