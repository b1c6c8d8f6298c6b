"""Customers at a period's end: how many, which are new, and which are seen less often than promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from daysheet.digests.attribution import Attribution
from daysheet.digests.cadence import Promise, promises, window
from daysheet.digests.cells import Cells, Lines
from daysheet.model.digests import Topic
from daysheet.model.facts import Held
from daysheet.model.periods import Period
from daysheet.model.policy import Cadence

_NEVER = 999
"""Days since the last visit where none was found: more than are looked back over."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The days from which visits are counted, for each level with a cadence."""

    begins: tuple[date, ...]
    place: Mapping[str, int]  # level → which of *begins*

    @classmethod
    def of(cls, cadence: Mapping[str, Cadence], period: Period) -> "Windows":
        """Return the windows of *cadence* that end with *period*."""
        first = {level: window(said, period)[0] for level, said in cadence.items()}
        begins = sorted(set(first.values()))
        return cls(tuple(begins), {level: begins.index(begin) for level, begin in first.items()})


class Coverage:
    """Counts the customers of a period."""

    def __init__(
        self, attribution: Attribution, cadence: Mapping[str, Cadence], period: Period, cells: Cells, lines: Lines
    ) -> None:
        self.windows = Windows.of(cadence, period)
        self._attribution, self._cadence, self._period = attribution, cadence, period
        self._cells, self._lines = cells, lines
        self._zone = ZoneInfo(attribution.organisation.zone)
        self._promises: dict[int, Mapping[str, Promise]] = {}
        self._rank = {level: len(cadence) - place for place, level in enumerate(sorted(cadence))}

    def count(self, customers: Iterable[Held]) -> None:
        """Count *customers*."""
        for one in customers:
            posting_id = self._attribution.posting(one.owner_id, self._period.last)
            if one.visits:
                self._cells.add(posting_id, "visits.customers")
            on = one.created_at.astimezone(self._zone).date()
            if one.is_inactive or on > self._period.last:
                continue
            self._cells.add(posting_id, "customers.count")
            if on in self._period:
                self._cells.add(posting_id, "customers.new")
                detail = {"on": on.isoformat(), "city": one.city}
                self._offer(Topic.NEW_CUSTOMER, posting_id, one, float(on.toordinal()), detail)
            if one.level:
                self._cells.add(posting_id, f"level.{one.level}.customers")
                self._keep_promise(posting_id, one)

    def _keep_promise(self, posting_id: int, one: Held) -> None:
        promise = self._promised(posting_id).get(one.level)
        if promise is None:
            return
        done = one.windows[self.windows.place[one.level]]
        self._cells.add(posting_id, f"level.{one.level}.promised", promise.visits)
        self._cells.add(posting_id, f"level.{one.level}.done", done)
        if not promise.is_short(done):
            return
        self._cells.add(posting_id, f"level.{one.level}.short")
        days = (self._period.last - one.last_on).days if one.last_on else None
        detail = {
            "level": one.level,
            "days": days,
            "last_on": one.last_on.isoformat() if one.last_on else None,
            "done": done,
            "promised": promise.visits,
        }
        weight = self._rank[one.level] * 1000.0 + min(_NEVER if days is None else days, _NEVER)
        if promise.is_neglected(done):
            self._cells.add(posting_id, f"level.{one.level}.neglected")
            self._cells.add(posting_id, "customers.neglected")
            self._offer(Topic.NEGLECTED, posting_id, one, weight, detail)
        else:
            self._offer(Topic.SHORT, posting_id, one, weight, detail)

    def _offer(
        self, topic: Topic, posting_id: int, one: Held, weight: float, detail: Mapping[str, str | int | None]
    ) -> None:
        self._lines.offer(topic, posting_id, weight, one.name, one.owner_id, customer_id=one.root_id, detail=detail)

    def _promised(self, posting_id: int) -> Mapping[str, Promise]:
        found = self._promises.get(posting_id)
        if found is None:
            calendar = self._attribution.calendar(posting_id)
            found = self._promises[posting_id] = promises(self._cadence, self._period, calendar)
        return found
