"""
The short way for names that are clean already, which most are: a few tests instead of every step.

Says yes only where no step would change anything and no scan reject anything; else the steps decide.
"""

import re

from daysheet.naming.characters import IS_VARIANT, is_traditional_character
from daysheet.naming.cleaning import FORMER, LATIN_DOT, SHORT
from daysheet.naming.lexicon import Lexicon

_HAN = re.compile("[\u4e00-\u9fff]+(?:（[\u4e00-\u9fff]+）[\u4e00-\u9fff]*)*")
_LATIN = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]*(?:(?:, |\. | \(|\) | - |['. ,-])[A-Za-z0-9]+|\)(?=$|,))*[.)]?")
_INSIDE = re.compile(r"[(（]([^()（）]*)[)）]")
_STRAY_QUOTE = re.compile(r"(?<![A-Za-z])'|'(?![A-Za-z])")
_JOINING = re.compile("[和及与]")
_SHORTEST = 4


class Quick:
    """The tests, compiled for one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        typos = sorted((typo for form in lexicon.forms for typo in form.typos), key=len, reverse=True)
        self._typos = tuple(typos)
        self._words = tuple(word for form in lexicon.forms for word in form.words)
        self._starts = (*lexicon.verbs, *lexicon.own_names)
        self._tags = lexicon.tags
        self._titles = lexicon.titles
        self._not_names = lexicon.generic | lexicon.places | lexicon.placeholders
        self._tails = (*lexicon.titles, *lexicon.generic_tails, *lexicon.generic)
        self._longest_place = max(map(len, lexicon.places)) + max(map(len, self._tails)) + 2

    def cleaned(self, raw: str) -> str | None:
        """Return *raw* as the steps would leave it, brackets half-width; None where it needs them."""
        if raw.isascii():
            return raw if self._is_clean_latin(raw) else None
        if _HAN.fullmatch(raw) is None or not self._is_clean_han(raw):
            return None
        return raw.replace("（", "(").replace("）", ")") if "（" in raw else raw

    def _is_clean_han(self, raw: str) -> bool:
        if len(raw) < _SHORTEST or raw.startswith(self._starts):
            return False
        if len(raw) <= self._longest_place and (raw in self._not_names or raw.endswith(self._tails)):
            return False
        if raw.endswith(self._typos) and not raw.endswith(self._words):
            return False
        if _JOINING.search(raw) or is_traditional_character().search(raw) or IS_VARIANT.search(raw):
            return False
        return "（" not in raw or self._have_names_in_brackets(raw)

    def _have_names_in_brackets(self, raw: str) -> bool:
        return not any(
            inside.casefold() in self._tags
            or inside.endswith(self._titles)
            or FORMER.match(inside)
            or SHORT.match(inside)
            for inside in _INSIDE.findall(raw)
        )

    def _is_clean_latin(self, raw: str) -> bool:
        if _LATIN.fullmatch(raw) is None or raw.startswith(self._starts) or raw.casefold() in self._not_names:
            return False
        if raw[-1] == "." and LATIN_DOT.search(raw) is None:
            return False
        if raw.isalnum() and (len(raw) in (15, 18) or len(raw) < _SHORTEST):
            return False
        if "'" in raw and _STRAY_QUOTE.search(raw):
            return False
        return "(" not in raw or (
            raw.count("(") == raw.count(")") == len(_INSIDE.findall(raw)) and self._have_names_in_brackets(raw)
        )
