"""Words in both languages."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages every text exists in."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and English, as a template's labels and help are written."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the text in *language*."""
        return self.zh if language is Language.ZH else self.en
