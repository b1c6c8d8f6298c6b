"""What waits for each steward: numbers by kind, ages, and the oldest questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from daysheet.model.access import Scope
from daysheet.model.digests import MOST_ITEMS, Item, Topic
from daysheet.model.figures import Number
from daysheet.model.organisation import NOBODY


class Waiting(Protocol):
    """Something that waits."""

    @property
    def kind(self) -> str:
        """Which queue it is in."""

    @property
    def since(self) -> datetime:
        """Since when it waits."""

    @property
    def people(self) -> frozenset[int]:
        """Through whom it is seen."""

    @property
    def number(self) -> int:
        """How many things."""

    @property
    def rows(self) -> int:
        """How many rows wait with it."""

    @property
    def customer_id(self) -> int | None:
        """Whom a question is about."""

    @property
    def name(self) -> str:
        """What that one is called."""


@dataclass
class Work:
    """What waits for one steward."""

    figures: dict[str, Number] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    questions: int = 0


class Desk:
    """Gives each thing to all the stewards who see it. *scopes*: steward → what they see."""

    def __init__(self, scopes: Mapping[int, Scope], day: date, zone: str) -> None:
        self.work = {steward: Work() for steward in scopes}
        self._day, self._zone = day, ZoneInfo(zone)
        self._all = [steward for steward, scope in scopes.items() if scope.sees_all]
        self._through: dict[int, list[int]] = {}
        for steward, scope in scopes.items():
            if not scope.sees_all:
                for person_id in scope.person_ids:
                    self._through.setdefault(person_id, []).append(steward)

    def take(self, waiting: Iterable[Waiting], *, are_questions: bool = False) -> None:
        """Count what is *waiting*, the oldest first."""
        for one in waiting:
            days = max((self._day - one.since.astimezone(self._zone).date()).days, 0)
            for steward in {*self._all, *(who for id_ in one.people for who in self._through.get(id_, ()))}:
                self._count(self.work[steward], one, days)
                if are_questions:
                    self._note(self.work[steward], one, days)

    def _count(self, work: Work, one: Waiting, days: int) -> None:
        number, rows, oldest = (f"{name}.{one.kind}" for name in ("queue", "queue_rows", "queue_days"))
        figures = work.figures
        figures[number] = figures.get(number, 0) + one.number
        figures[rows] = figures.get(rows, 0) + one.rows
        figures[oldest] = max(figures.get(oldest, 0), days)

    def _note(self, work: Work, one: Waiting, days: int) -> None:
        work.questions += 1
        if len(work.items) < MOST_ITEMS:
            detail: dict[str, str | int] = {"kind": str(one.kind), "days": days, "rows": one.rows}
            said = Item(Topic.QUESTION, NOBODY, float(days), one.name, customer_id=one.customer_id, detail=detail)
            work.items.append(said)
