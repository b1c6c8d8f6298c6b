"""Counting: each number goes to one posting, each named line to those who may see it."""

from collections.abc import Iterator, Mapping

from daysheet.digests.attribution import Attribution
from daysheet.model.digests import MOST_ITEMS, Item, Topic
from daysheet.model.figures import Figures, Number


class Cells:
    """Figures by posting."""

    def __init__(self) -> None:
        self.figures: dict[int, dict[str, Number]] = {}
        self._names: dict[str, str] = {}  # each is kept once, however many postings have it

    def add(self, posting_id: int, name: str, number: Number = 1) -> None:
        """Add *number* to what a posting has under *name*; nothing leaves no trace."""
        if number:
            own = self.figures.setdefault(posting_id, {})
            if name in own:
                own[name] += number
            else:
                own[self._names.setdefault(name, name)] = number

    def add_all(self, posting_id: int, figures: Figures) -> None:
        """Add *figures* to what a posting has."""
        for name, number in figures.items():
            self.add(posting_id, name, number)


Order = tuple[float, str, str, int]


class Lines:
    """
    The weightiest named lines: of each topic ``MOST_ITEMS`` for the postings under the same people.

    Nobody is shown more, since whoever sees one of these postings sees all of them.
    """

    def __init__(self, attribution: Attribution, most: int = MOST_ITEMS) -> None:
        self._attribution, self._most = attribution, most
        self._kept: dict[tuple[Topic, frozenset[int]], list[tuple[Order, Item]]] = {}

    def offer(
        self,
        topic: Topic,
        posting_id: int,
        weight: float,
        name: str,
        person_id: int | None = None,
        *,
        customer_id: int | None = None,
        detail: Mapping[str, str | int | None],
    ) -> None:
        """Keep a line where it is among the weightiest; what is empty in *detail* is left out."""
        if not self._most:
            return
        kept = self._kept.setdefault((topic, self._attribution.seen_by(posting_id)), [])
        rep = self._attribution.name_of(person_id)
        order = (-weight, name, rep, customer_id or 0)
        if len(kept) == self._most and kept[-1][0] <= order:
            return
        told = {key: value for key, value in detail.items() if value not in (None, "")}
        kept.append((order, Item(topic, posting_id, weight, name, rep, customer_id, told)))
        kept.sort(key=lambda line: line[0])
        del kept[self._most :]

    def __iter__(self) -> Iterator[Item]:
        """Every line that was kept, by topic and weight."""
        lines = [line for kept in self._kept.values() for line in kept]
        lines.sort(key=lambda line: (line[1].topic, line[0]))
        return (item for _, item in lines)
