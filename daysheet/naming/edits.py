"""Changes to a name, one after another, each reversible."""

import re
from collections.abc import Callable, Iterable, Mapping

from daysheet.model.names import Confidence, Edit


class Draft:
    """A name being worked on: the text as it stands and every edit that led there."""

    def __init__(self, raw: str) -> None:
        self.text = raw
        self.edits: list[Edit] = []
        self.flags: list[str] = []

    def replace(
        self,
        start: int,
        end: int,
        after: str,
        step: int,
        code: str,
        *,
        confidence: Confidence = Confidence.CERTAIN,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Make ``text[start:end]`` *after*; nothing is recorded where that changes nothing."""
        before = self.text[start:end]
        if before == after:
            return
        self.edits.append(Edit(step, code, start, end, before, after, confidence, params or {}))
        self.text = self.text[:start] + after + self.text[end:]

    def sub(
        self,
        pattern: re.Pattern[str],
        after: str | Callable[[re.Match[str]], str],
        step: int,
        code: str,
        *,
        confidence: Confidence = Confidence.CERTAIN,
    ) -> None:
        """Replace every match of *pattern*, from left to right, an edit each."""
        shift = 0
        for match in list(pattern.finditer(self.text)):
            new = after if isinstance(after, str) else after(match)
            start, end = match.start() + shift, match.end() + shift
            self.replace(start, end, new, step, code, confidence=confidence)
            shift += len(new) - (match.end() - match.start())

    def become(self, after: str, step: int, code: str) -> None:
        """Make the whole text *after*, recorded as the one edit of what differs."""
        before = self.text
        if before == after:
            return
        shorter = min(len(before), len(after))
        start = 0
        while start < shorter and before[start] == after[start]:
            start += 1
        tail = 0
        while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        self.replace(start, len(before) - tail, after[start : len(after) - tail], step, code)


def replay(raw: str, edits: Iterable[Edit]) -> str:
    """Return what *edits* make of *raw*."""
    text = raw
    for edit in edits:
        text = text[: edit.start] + edit.after + text[edit.end :]
    return text


def undo(canonical: str, edits: Iterable[Edit]) -> str:
    """Return the raw text that *edits* turned into *canonical*."""
    text = canonical
    for edit in reversed(tuple(edits)):
        text = text[: edit.start] + edit.before + text[edit.start + len(edit.after) :]
    return text
