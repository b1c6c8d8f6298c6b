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


_A_TO_Z = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """
    Return *text* with A to Z in lower case and all else as it is.

    For names of machines and mailboxes: by ``lower`` the Kelvin sign becomes a k, and a forged address a listed one.
    """
    return text.translate(_A_TO_Z)
