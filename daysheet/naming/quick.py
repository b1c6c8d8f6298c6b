"""
The short way for names that are clean already, which most are: a few tests instead of every step.

Says yes only where no step would change anything and no scan reject anything; else the steps decide.
"""

import re

from daysheet.naming.characters import IS_VARIANT, is_traditional_character
from daysheet.naming.cleaning import FORMER, LATIN_DOT, SHORT
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.scans import SOMEBODY

_HAN = re.compile("[\u4e00-\u9fff]+(?:（[\u4e00-\u9fff]+）[\u4e00-\u9fff]*)*")
_LATIN = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]*(?:(?:\., |, |\. | \(|\) | - |['. ,-])[A-Za-z0-9]+|\)(?=$|,))*[.)]?")
_INSIDE = re.compile(r"[(（]([^()（）]*)[)）]")
_STRAY_QUOTE = re.compile(r"(?<![A-Za-z])'|'(?![A-Za-z])")
_JOINING = re.compile("[和及与]")
_SHORTEST = 4
_LONGEST_PERSON = 4
"""Characters of a double surname and a given name."""


class Quick:
    """The tests, compiled for one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._typos = lexicon.form_typos
        self._starts = (*lexicon.verbs, *lexicon.own_names)
        self._tags = lexicon.tags
        self._titles = lexicon.titles
        self._not_names = lexicon.generic | lexicon.places | lexicon.placeholders
        self._longest_person = max(map(len, lexicon.titles)) + _LONGEST_PERSON
        self._places = tuple(lexicon.places)
        self._general = (*lexicon.generic_tails, *SOMEBODY)

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
        if raw in self._not_names or (len(raw) <= self._longest_person and raw.endswith(self._titles)):
            return False
        if raw.endswith(self._general) and raw.startswith(self._places):
            return False
        if raw.endswith(self._typos):
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
        return ("(" not in raw and ")" not in raw) or (
            raw.count("(") == raw.count(")") == len(_INSIDE.findall(raw)) and self._have_names_in_brackets(raw)
        )
