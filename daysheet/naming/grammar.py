"""Take a cleaned name apart: which grammar it follows, and what its parts are."""

from dataclasses import dataclass

from daysheet.model.names import Kind
from daysheet.naming.banks import BankName, Banks
from daysheet.naming.characters import IS_HAN
from daysheet.naming.english import English
from daysheet.naming.organisations import Organisations
from daysheet.naming.parts import Parts
from daysheet.naming.translate import Translator


@dataclass(frozen=True, slots=True)
class Grammar:
    """The grammars, asked in their order."""

    banks: Banks
    organisations: Organisations
    english: English
    translator: Translator

    def read(self, text: str) -> Parts:
        """Return the parts of *text* (cleaned, half-width brackets)."""
        if not IS_HAN.search(text):
            english_bank = self.banks.read_english(text, self.translator)
            return self.english.read(text) if english_bank is None else self._bank(text, english_bank)
        bank = self.banks.read(text)
        if bank is not None:
            return self._bank(text, bank)
        return self.organisations.read(text)

    def _bank(self, text: str, bank: BankName) -> Parts:
        is_branch = bool(bank.segments or bank.centre)
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        if is_branch:
            last = bank.segments[-1] if bank.segments else None
            if last is not None and not last.branch_type:
                codes = (("C03", {"x": text}),)
            elif last is not None and last.is_type_assumed and bank.regions:
                codes = (("BR_ASSUMED", {"region": bank.regions[-1].text}),)
        elif bank.is_short and not bank.is_explicit_head and bank.bank_class not in ("rural", "city"):
            codes = (("C03", {"x": text}),)
        stem = self.banks.full_name(bank).replace(bank.form, "", 1) if bank.form else self.banks.full_name(bank)
        return Parts(
            kind=Kind.BANK_BRANCH if is_branch else Kind.BANK,
            stem=stem,
            core=stem,
            brand=bank.head,
            regions=bank.regions,
            form=bank.form,
            head_id=bank.head_id,
            group_id=bank.head_id,
            branches=bank.segments,
            departments=(),
            short_name=stem,
            campus=bank.centre,
            parent=self.banks.head_name(bank) if is_branch else "",
            canonical=self.banks.full_name(bank),
            steps=("SYS",),
            codes=codes,
        )
