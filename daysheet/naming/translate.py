"""
English words that a Chinese name may go by: glossary words, and the pinyin of what is left.

Hints for finding candidates, never proof: 河海大学 calls itself Hohai University.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from daysheet.naming.regions import Level, Region, Regions

_ARCHAIC = frozenset({"canton", "peking", "amoy", "tsingtao", "xizang", "macao", "hongkong", "xi'an"})
"""Names that are understood, but that nobody writes today."""


class Translator:
    """Gives the likely English words of Chinese names; compiled once."""

    def __init__(
        self, glossary: Mapping[str, str], places: Mapping[str, str], common: Iterable[str], regions: Regions
    ) -> None:
        self._glossary = glossary
        self._word = re.compile("|".join(map(re.escape, sorted(glossary, key=len, reverse=True))))
        self._places = {
            chinese: english.replace("'", "") for english, chinese in places.items() if english not in _ARCHAIC
        }
        self._regions = regions
        self._all_places = places
        self._by_spelling: Mapping[str, Region] | None = None
        self.common = frozenset(common)
        """English words too usual to tell one body from another."""

    @lru_cache(maxsize=4096)  # noqa: B019  # one translator per lexicon, as long-lived as the process
    def translate(self, text: str) -> tuple[str, ...]:
        """Return the English words of *text* (simplified, no brackets), in its order."""
        found: list[str] = []
        at = 0
        for match in self._word.finditer(text):
            found += self._unknown(text[at : match.start()])
            found += self._glossary[match[0]].replace("'", "").split()
            at = match.end()
        found += self._unknown(text[at:])
        return tuple(dict.fromkeys(found))

    def region(self, english: str) -> Region | None:
        """Return the province or prefecture that *english* spells, None where there is none or several."""
        return self._spelt_regions().get(english.replace(" ", ""))

    def _spelt_regions(self) -> Mapping[str, Region]:
        if self._by_spelling is None:
            wide = [r for r in self._regions.all if r.is_current and r.level < Level.COUNTY]
            names = {spelt(region.short): region for region in reversed(wide)}
            for english, chinese in self._all_places.items():
                if found := self._regions.called(chinese):
                    names[english.replace(" ", "").replace("'", "")] = found[0]
            self._by_spelling = names
        return self._by_spelling

    def _unknown(self, text: str) -> list[str]:
        if not text:
            return []
        found = []
        at = 0
        while at < len(text):
            for length in range(min(5, len(text) - at), 1, -1):
                piece = text[at : at + length]
                if piece in self._places or self._regions.called(piece):
                    found += (self._places.get(piece) or spelt(piece.rstrip("省市区县"))).split()
                    at += length
                    break
            else:
                end = at + 1
                while end < len(text) and not self._regions.called(text[end : end + 2]):
                    end += 1
                found.append(spelt(text[at:end]))
                at = end
        return found


@lru_cache(maxsize=65536)
def spelt(text: str) -> str:
    """Return *text* in pinyin without tones, as one word."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.NORMAL))
