"""
The naming engine: a name as typed → canonical name, match key, verdict and every change on the way.

Pure: the same text and the same lexicon give the same result.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from daysheet.model.names import Annotation, Kind, NameParse, Status, Verdict, VerdictCode
from daysheet.naming import cleaning, completion, credit_code, forms, keys, scans, verdicts
from daysheet.naming.characters import IS_HAN
from daysheet.naming.edits import Draft
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.lexicon import plain as lexicon_plain
from daysheet.naming.parts import Parts
from daysheet.naming.quick import Quick

LONGEST = 300
"""Characters of a name that are looked at; no organisation has a longer one."""
REMEMBERED = 10_000
"""Names whose parse is kept: reps report the same customers day after day."""
_MOST_ROUNDS = 20
_STEPS = {"ALIAS": 15, "SYS": 16, "REG": 18, "DEPT": 20}
_LETTER = re.compile("[A-Za-z]")
_OK = VerdictCode(verdicts.OK)


@dataclass(slots=True)
class _Found:
    """What the steps took out of the text or learnt from it."""

    uscc: str = ""
    contact: str = ""
    former_names: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)

    def take(self, said: Iterable[Annotation]) -> None:
        """Put away what brackets said."""
        for one in said:
            if one.type == "uscc":
                self.uscc = one.text
            elif one.type == "former":
                self.former_names.append(one.text)
            elif one.type == "alias":
                self.aliases.append(one.text)
            else:
                self.annotations.append(one)


class NamingEngine:
    """Parses names under one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._quick = Quick(lexicon)
        self._conformant = Verdict(Status.CONFORMANT, (_OK,), ruleset_version=lexicon.version)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._take_apart)

    @property
    def version(self) -> str:
        """The version of the rules, recorded with every decision."""
        return self.lexicon.version

    def parse(self, raw: str) -> NameParse:
        """Return *raw* taken apart; wrong names get a verdict, never an exception."""
        return self._remembered(raw) if len(raw) <= LONGEST else self._take_apart(raw)

    def _take_apart(self, raw: str) -> NameParse:
        draft, found = Draft(raw), _Found()
        text = self._quick.cleaned(raw) if len(raw) <= LONGEST else None
        if text is None:
            code = self._clean_long(draft, found)
            if code is not None:
                return self._rejected(raw, draft, code, found)
            text = keys.simplified(draft.text)
        else:
            draft.text = text
        text, parts = self._read(draft, text)
        key = keys.match_key(draft.text, parts, self.lexicon)
        cleaning.display(draft, self.lexicon)
        if draft.text == raw:
            draft.edits.clear()  # brackets that changed their width and changed it back
        return self._parsed(raw, text, draft, found, parts, key)

    def _clean_long(self, draft: Draft, found: _Found) -> VerdictCode | None:
        if len(draft.text) > LONGEST:
            draft.replace(LONGEST, len(draft.text), "", 0, "CUT")
            draft.flags.append("cut")
        return self._clean_until_clean(draft, found)

    def _read(self, draft: Draft, text: str) -> tuple[str, Parts]:
        """Take the cleaned name apart, and write it as it is registered where the rules know that."""
        lexicon = self.lexicon
        if lexicon.is_on("ALIAS"):
            target = self._alias(text)
            if target:
                draft.become(target, 15, "ALIAS")
                text = lexicon_plain(target)
        parts = lexicon.grammar.read(text)
        if parts.canonical and self._may_write(parts) and _is_complete(parts):
            step = parts.steps[0]
            draft.become(parts.canonical, _STEPS[step], step)
        return text, parts

    def _may_write(self, parts: Parts) -> bool:
        if not self.lexicon.is_on(parts.steps[0]):
            return False
        return parts.steps[0] != "SYS" or self.lexicon.display["bank_name"] == "full"

    def _alias(self, text: str) -> str:
        """Return the name that *text*, or what it begins with before a branch, is known to stand for; else ""."""
        known = self.lexicon.aliases.get(text)
        if known is not None:
            return str(known.get("target", ""))
        head = self.lexicon.alias_head.fullmatch(text)
        return f"{self.lexicon.aliases[head[1]]['target']}{head[2]}" if head is not None else ""

    def _verdict(self, raw: str, text: str, draft: Draft, found: _Found, parts: Parts) -> Verdict:
        overrides = self.lexicon.overrides
        codes: tuple[VerdictCode, ...]
        if found.uscc == text.upper():
            codes = (VerdictCode("USCC", {"canonical": found.uscc}), VerdictCode("C02", {"x": text}))
            suggestions: tuple[str, ...] = ()
        else:
            codes, suggestions = completion.codes(text, parts, self.lexicon)
        codes = tuple(code for code in codes if overrides.get(code.code) != "off")
        if draft.text != raw:
            codes = (verdicts.fixed(draft.text, draft.edits), *codes)
        if not codes:
            return self._conformant
        return Verdict(verdicts.status_of(codes, overrides), codes, suggestions, self.version)

    def _parsed(self, raw: str, text: str, draft: Draft, found: _Found, parts: Parts, key: str) -> NameParse:
        flags = (*draft.flags, *parts.flags)
        if found.uscc and credit_code.is_at_odds(found.uscc, parts.kind):
            flags = (*flags, "K01")
        return NameParse(
            raw=raw,
            canonical=draft.text,
            key=key,
            verdict=self._verdict(raw, text, draft, found, parts),
            short_name=parts.short_name,
            stem=parts.stem,
            core=parts.core,
            parent=parts.parent,
            kind=parts.kind,
            nation=parts.nation,
            regions=parts.regions,
            brand=parts.brand,
            ordinals=parts.ordinals,
            industry=frozenset(parts.industry),
            group_flag=parts.group_flag,
            form=parts.form,
            form_class=parts.form_class,
            host=parts.host,
            head_id=parts.head_id,
            entity_id=parts.entity_id,
            group_id=parts.group_id,
            branches=parts.branches,
            departments=parts.departments,
            campus=parts.campus,
            contact=found.contact,
            uscc=found.uscc,
            former_names=tuple(found.former_names),
            aliases=tuple(found.aliases),
            annotations=tuple(found.annotations),
            script=_script(draft.text),
            edits=tuple(draft.edits),
            flags=tuple(dict.fromkeys(flags)),
        )

    def _clean_until_clean(self, draft: Draft, found: _Found) -> VerdictCode | None:
        """
        Run the steps again while a later one uncovers work for an earlier one.

        A contact cut off leaves the comma before it; a canonical name must need no further change.
        """
        for _ in range(_MOST_ROUNDS):
            before = draft.text
            code = self._clean(draft, found)
            if code is not None or draft.text == before:
                return code
        return None

    def _clean(self, draft: Draft, found: _Found) -> VerdictCode | None:
        """Run the steps in their order; returns the code that rejects the name, if one does."""
        lexicon = self.lexicon
        for code, step in (
            ("CTRL", cleaning.control),
            ("NFKC", cleaning.compatibility),
            ("BRKT", cleaning.brackets),
            ("PUNC", cleaning.punctuation),
        ):
            if lexicon.is_on(code):
                step(draft, lexicon)
        rejected, uscc = scans.first(draft.text, lexicon)
        if rejected is not None:
            return rejected
        if lexicon.is_on("SPLIT") and (parts := scans.several(draft.text, lexicon)):
            return VerdictCode("X05", {"list_zh": "、".join(parts), "list_en": "; ".join(parts)})
        if lexicon.is_on("NPRE"):
            cleaning.lead_noise(draft, lexicon)
        if lexicon.is_on("CONT"):
            contacts = (cleaning.contact_tail(draft, lexicon), found.contact)
            found.contact = "、".join(filter(None, contacts))
        if lexicon.is_on("PAR"):
            found.take(cleaning.parentheses(draft, lexicon))
        whole = uscc or scans.credit_code(draft.text)
        found.uscc = whole or found.uscc
        rejected = None if whole else scans.second(draft.text, lexicon)
        if rejected is not None:
            return rejected
        for code, step in (
            ("WS", cleaning.spaces),
            ("T2S", cleaning.script),
            ("NUM", cleaning.ordinals),
            ("FORM", forms.mend),
        ):
            if lexicon.is_on(code):
                step(draft, lexicon)
        return None

    def _rejected(self, raw: str, draft: Draft, code: VerdictCode, found: _Found) -> NameParse:
        return NameParse(
            raw=raw,
            canonical=draft.text,
            key="",
            verdict=Verdict(verdicts.status_of((code,)), (code,), ruleset_version=self.version),
            contact=found.contact,
            edits=tuple(draft.edits),
            flags=tuple(dict.fromkeys(draft.flags)),
        )


def _is_complete(parts: Parts) -> bool:
    """Say whether the registered spelling is certain: an open branch type or several regions leave a name as typed."""
    if parts.kind is Kind.BANK_BRANCH and parts.branches and not parts.branches[-1].branch_type:
        return False
    return not any(region.candidates and not region.code for region in parts.regions)


def _script(text: str) -> str:
    if text.isascii() or IS_HAN.search(text) is None:
        return "latin"
    if cleaning.is_traditional(text):
        return "hant"
    return "mixed" if _LETTER.search(text) else "hans"
