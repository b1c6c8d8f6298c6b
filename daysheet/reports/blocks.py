"""
The pieces that a periodic mail is laid out of.

All is text in the reader's language. A bar or a shade shows only what is said in words beside it:
with pictures blocked and every style gone the mail loses its colour and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daysheet.model.text import Language
from daysheet.reports.render import Image


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the figures at the top: what, how much (a line per currency), what it is made of, how it changed."""

    label: str
    values: tuple[str, ...]
    note: str = ""
    change: str = ""
    tone: str = ""  # of the change: good, bad or ""


@dataclass(frozen=True, slots=True)
class Part:
    """A coloured part of a bar; *percent* of its width. *tone*: good, late, bad, away or rest."""

    percent: int
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A line with a bar under it: what, how much, and in words what the bar's parts are."""

    label: str
    value: str
    parts: tuple[Part, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A named line: a customer or a person, and what is said of it; *link* opens it, "" without a console."""

    name: str
    said: str = ""
    link: str = ""


Row = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """
    Figures in columns: the first names the line, the others stand to the right.

    A cell has a text per line. *widths* are percent; *total* is the last row.
    """

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    widths: tuple[int, ...]
    total: Row = ()


NOTHING = "–"


def table_of(heads: Sequence[str], rows: Sequence[Row], widths: Sequence[int], total: Row = ()) -> Table | None:
    """Return a table without the columns in which nothing stands; None without rows."""
    if not rows:
        return None
    lines = (*rows, total) if total else rows
    kept = [at for at in range(len(heads)) if at == 0 or any(line[at] != (NOTHING,) for line in lines)]
    whole = sum(widths[at] for at in kept)
    shares = [100 * widths[at] // whole for at in kept]
    shares[0] += 100 - sum(shares)

    def of(line: Row) -> Row:
        return tuple(line[at] for at in kept) if line else ()

    return Table(tuple(heads[at] for at in kept), tuple(of(line) for line in rows), tuple(shares), of(total))


@dataclass(frozen=True, slots=True)
class Step:
    """A figure of one period in a row of several; *tone*: good, fair, poor or "" where there is none."""

    label: str
    value: str
    tone: str = ""
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over several periods, the latest last."""

    label: str
    value: str
    note: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """
    A titled part of the mail; whatever it has is shown in this order.

    *tone* warning makes it a card of its own. *legend* explains the bars' colours.
    """

    title: str
    intro: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()  # tone, word
    bars: tuple[Bar, ...] = ()
    rest: str = ""  # what has no bar
    table: Table | None = None
    trends: tuple[Trend, ...] = ()
    images: tuple[Image, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()  # what it is about, what is said of it
    entries: tuple[Entry, ...] = ()
    more: str = ""
    link: str = ""
    link_text: str = ""
    tone: str = ""

    @property
    def is_empty(self) -> bool:
        """True where there is nothing under the title."""
        return not (
            self.intro or self.bars or self.rest or self.table or self.trends or self.lines or self.entries or self.more
        )


@dataclass(frozen=True, slots=True)
class View:
    """
    A whole periodic mail as texts.

    *tone*: good, mixed or bad, the colour of the verdict. *under* says what the mail is about,
    *todo* what to do or that nothing is; *warnings* come before the *sections*.
    """

    language: Language
    subject: str
    tone: str
    headline: str
    under: tuple[str, ...]
    todo: tuple[str, ...]
    facts: tuple[Fact, ...]
    warnings_title: str
    warnings: tuple[Section, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]


def filled(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return those that say something."""
    return tuple(section for section in sections if not section.is_empty)


def parts_of(amounts: Iterable[tuple[int, str]]) -> tuple[Part, ...]:
    """
    Return *amounts* with their tones as parts of a bar, 100 percent in all; nothing where there is nothing.

    What is there at all gets at least two percent, or a single missing report would not be seen.
    """
    shown = [(amount, tone) for amount, tone in amounts if amount > 0]
    whole = sum(amount for amount, _ in shown)
    if not whole:
        return ()
    percents = [max(2, round(100 * amount / whole)) for amount, _ in shown]
    percents[percents.index(max(percents))] += 100 - sum(percents)
    return tuple(Part(percent, tone) for percent, (_, tone) in zip(percents, shown, strict=True))
