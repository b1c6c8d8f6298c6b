"""Take a cleaned name apart: which grammar it follows, and what its parts are."""

from dataclasses import dataclass, replace

from daysheet.model.names import Kind
from daysheet.naming.bank_names import BankName
from daysheet.naming.banks import Banks
from daysheet.naming.characters import IS_HAN
from daysheet.naming.english import English
from daysheet.naming.organisations import Organisations
from daysheet.naming.parts import Parts
from daysheet.naming.systems import SystemName, Systems
from daysheet.naming.translate import Translator


@dataclass(frozen=True, slots=True)
class Grammar:
    """The grammars, asked in their order."""

    banks: Banks
    systems: Systems
    organisations: Organisations
    english: English
    translator: Translator

    def read(self, text: str) -> Parts:
        """Return the parts of *text* (cleaned, half-width brackets)."""
        if not IS_HAN.search(text):
            english_bank = self.banks.read_english(text, self.translator)
            return self.english.read(text) if english_bank is None else self._bank(text, english_bank)
        bank = self.banks.read(text)
        department = self._department_of_bank(text, bank)
        if department is not None:
            return department
        if bank is not None:
            return self._bank(text, bank)
        system = self.systems.read(text)
        if system is not None:
            return self._system(text, system)
        return self.organisations.read(text)

    def is_bank(self, text: str) -> bool:
        """Say whether *text* names a bank or a branch of one."""
        return self.banks.read(text) is not None

    def lenient_bank(self, text: str) -> Parts | None:
        """
        Return *text* as a bank's branch though a word of it names other things, too (宁波平安, 光大慈溪).

        Only for looking among known branches: nothing may be filed on it. None where it is none.
        """
        if not IS_HAN.search(text):
            return None
        bank = self.banks.read(text, is_lenient=True)
        return self._bank(text, bank) if bank is not None and bank.segments else None

    def _system(self, text: str, system: SystemName) -> Parts:
        """Return the parts of the registered name, with what the system's lexicon says of it."""
        parts = self.organisations.read(system.canonical or text)
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        if system.is_bare:
            codes = (("C03", {"x": text}),)
        elif not system.canonical and any(region.candidates for region in system.regions):
            codes = (("C04", {"x": system.regions[-1].text}),)
        elif not system.canonical:
            codes = (("C03", {"x": text}),)
        is_branch = bool(system.segments) and bool(system.canonical)
        return replace(
            parts,
            kind=system.kind,
            regions=system.regions,
            entity_id=system.entity_id,
            group_id=system.group_id,
            branches=system.segments,
            parent=(parts.parent or system.company) if is_branch and system.company != system.canonical else "",
            canonical=system.canonical,
            steps=("SYS",),
            codes=codes,
        )

    def _department_of_bank(self, text: str, bank: BankName | None) -> Parts | None:
        """Return a bank with its department apart; a centre (数据中心, 总行X部) is a unit of its own."""
        at = self.organisations.department_at(text) if bank is None or not bank.centre else 0
        whole = self.banks.read(text[:at]) if at > 1 else None
        if whole is None or (whole.segments and not whole.segments[-1].branch_type):
            return None
        return replace(self._bank(text[:at], whole), departments=(text[at:],), steps=("DEPT",))

    def _bank(self, text: str, bank: BankName) -> Parts:
        is_branch = bool(bank.segments or bank.centre)
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        if is_branch:
            last = bank.segments[-1] if bank.segments else None
            if any(region.candidates and not region.code for region in bank.regions):
                codes = (("C04", {"x": next(r.text for r in bank.regions if r.candidates)}),)
            elif last is not None and not last.branch_type:
                codes = (("C03", {"x": text}),)
            elif last is not None and last.is_type_assumed and bank.regions:
                codes = (("BR_ASSUMED", {"region": bank.regions[-1].text}),)
        elif bank.is_short and not bank.is_explicit_head and bank.bank_class not in ("rural", "city"):
            codes = (("C03", {"x": text}),)
        canonical = self.banks.names.full_name(bank)
        stem = canonical.replace(bank.form, "", 1) if bank.form else canonical
        return Parts(
            kind=Kind.BANK_BRANCH if is_branch else Kind.BANK,
            stem=stem,
            core=stem,
            brand=bank.head,
            regions=bank.regions,
            form=bank.form,
            head_id=bank.head_id,
            entity_id=bank.head_id,
            group_id=bank.head_id,
            branches=bank.segments,
            departments=(),
            short_name=stem,
            campus=bank.centre,
            parent=self.banks.names.head_name(bank) if is_branch else "",
            canonical=canonical,
            steps=("ALIAS",) if bank.formerly else ("SYS",),
            codes=codes,
        )
