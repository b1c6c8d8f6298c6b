"""Words that names end with, looked up from the longest down: faster than a pattern tried at every character."""

from collections.abc import Iterable


class Endings:
    """A set of words that a text may end with."""

    __slots__ = ("_lengths", "_words")

    def __init__(self, words: Iterable[object]) -> None:
        self._words = frozenset(map(str, words))
        self._lengths = sorted({len(word) for word in self._words}, reverse=True)

    def at(self, text: str) -> int:
        """Return where the longest word begins that *text* ends with; -1 where it ends with none."""
        for length in self._lengths:
            if text[-length:] in self._words:
                return max(len(text) - length, 0)
        return -1

    def ends(self, text: str) -> bool:
        """Say whether *text* ends with one of the words."""
        return self.at(text) >= 0
