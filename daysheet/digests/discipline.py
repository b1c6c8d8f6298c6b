"""
日清日结: for each day a report was owed, whether it came, and in time.

Pure, and derived anew each time from what arrived: a leave that is filed afterwards, or a report
that is moved to its right day, changes the past. The rules in words: docs/concepts/discipline.md.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from daysheet.model.calendars import WorkCalendar
from daysheet.model.figures import Number
from daysheet.model.organisation import Organisation, Posting, Reports
from daysheet.model.people import Person
from daysheet.model.periods import Period, PeriodKind

LONGEST_LEAVE = timedelta(days=366)
"""What is longer must be said again: a year mistyped as 2062 would excuse somebody for good."""
REACH = timedelta(days=6)
"""How far from an owed day a report may be dated that meets it: one a week does for those who owe one a week."""


class Standing(StrEnum):
    """How it stands with a report that was owed."""

    ON_TIME = "on_time"  # here before the cut-off
    LATE = "late"
    MISSING = "missing"  # the cut-off has passed and it is not here
    LEAVE = "leave"
    PENDING = "pending"  # not here, and not yet due


@dataclass(frozen=True, slots=True)
class RepDay:
    """One report owed; *received_at* is when the first usable sending was first seen, None where there is none."""

    person_id: int
    posting_id: int
    day: date
    standing: Standing
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Days off that a rep told of, both included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Say whether *day* is one of them."""
        return self.first <= day <= min(self.last, self.first + LONGEST_LEAVE)


@dataclass(frozen=True, slots=True)
class Owed:
    """
    A report that is owed: for which day and from which posting, until when it is on time.

    *meets* are the days whose reports meet it; *within* those of them that must all be leave for it
    to be excused: the workdays in this post.
    """

    person_id: int
    posting: Posting
    day: date
    cut_off_at: datetime
    meets: tuple[date, ...]
    within: tuple[date, ...]


def instant(day: date, at: time, zone: str) -> datetime:
    """
    Return, in UTC, when it is *at* on *day* in *zone*.

    Where clocks are changed that time may come twice, or never: the later reading counts, so that
    nobody is late for it.
    """
    local = datetime.combine(day, at, ZoneInfo(zone))
    return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


class Discipline:
    """
    The rules for one organisation, with what many people share worked out once.

    *since* is the first day for which anybody owes a report, however long they have been there:
    before it nobody could send one.
    """

    def __init__(self, organisation: Organisation, cut_off: time, since: date = date.min) -> None:
        self.organisation = organisation
        self._cut_off = cut_off
        self._since = since
        self._cut_offs: dict[tuple[int, str, date], datetime] = {}
        self._workdays: dict[tuple[int, date, date], tuple[date, ...]] = {}

    def owed(self, person: Person, first: date, last: date) -> Iterator[Owed]:
        """
        Yield the reports *person* owes for days from *first* to *last*, in order.

        Somebody who has left owes none from the day after their last posting ended; where that end
        is not known, none at all.
        """
        owes = self.organisation.owes(person)
        for posting in self.organisation.postings.get(person.id, ()):
            if owes is Reports.NONE or (posting.to_on is None and not person.is_active):
                continue
            begin, end = max(first, posting.from_on, self._since), min(last, posting.to_on or last)
            if begin > end:
                continue
            calendar = self.organisation.calendar_of(posting)
            zone = self.organisation.zone_of(person, posting)
            for day in self._worked(calendar, first, last):
                if begin <= day <= end and (meets := self._meets(owes, calendar, day)):
                    is_one = owes is Reports.DAILY
                    within = meets if is_one else tuple(filter(calendar.is_workday, filter(posting.holds, meets)))
                    yield Owed(person.id, posting, day, self._until(calendar, zone, day), meets, within)

    def _worked(self, calendar: WorkCalendar, first: date, last: date) -> tuple[date, ...]:
        key = (id(calendar), first, last)  # calendars live as long as the organisation, and so their ids
        if key not in self._workdays:
            days = (first + timedelta(days=number) for number in range((last - first).days + 1))
            self._workdays[key] = tuple(day for day in days if calendar.is_workday(day))
        return self._workdays[key]

    def _meets(self, owes: Reports, calendar: WorkCalendar, day: date) -> tuple[date, ...]:
        """Return the days whose reports meet what is owed on *day*; none where *day* owes nothing."""
        if owes is Reports.DAILY:
            return (day,)
        week = Period.of(PeriodKind.WEEK, day)
        is_last = not any(calendar.is_workday(one) for one in week if one > day)
        return tuple(week) if is_last else ()

    def _until(self, calendar: WorkCalendar, zone: str, day: date) -> datetime:
        key = (id(calendar), zone, day)
        if key not in self._cut_offs:
            self._cut_offs[key] = instant(calendar.next_workday(day), self._cut_off, zone)
        return self._cut_offs[key]

    def rep_days(
        self,
        person: Person,
        sendings: Mapping[date, datetime],
        leaves: Sequence[Leave],
        first: date,
        last: date,
        now: datetime,
    ) -> Iterator[RepDay]:
        """
        Yield how it stands with each report *person* owes for days from *first* to *last*.

        *sendings* are the first usable ones by report date, from ``REACH`` before to ``REACH`` after.
        """
        for owed in self.owed(person, first, last):
            yield standing_of(owed, sendings, leaves, now)


def standing_of(owed: Owed, sendings: Mapping[date, datetime], leaves: Collection[Leave], now: datetime) -> RepDay:
    """Return how it stands with one report; a report for a day of leave does not count, it may be the leave's own."""
    off = {day for day in owed.meets if any(leave.holds(day) for leave in leaves)} if leaves else frozenset()
    arrived = [sendings[day] for day in owed.meets if day in sendings and day not in off]
    received_at = min(arrived, default=None)
    if off and all(day in off for day in owed.within):
        standing, received_at = Standing.LEAVE, None
    elif received_at is not None:
        standing = Standing.ON_TIME if received_at < owed.cut_off_at else Standing.LATE
    else:
        standing = Standing.PENDING if now < owed.cut_off_at else Standing.MISSING
    return RepDay(owed.person_id, owed.posting.id, owed.day, standing, received_at)


def count(days: Iterable[RepDay]) -> dict[int, dict[str, Number]]:
    """Return the figures ``discipline.*`` by posting; what is not yet due does not count."""
    counted: dict[int, dict[str, Number]] = {}
    for one in days:
        if one.standing is Standing.PENDING:
            continue
        cell = counted.setdefault(one.posting_id, {})
        for name in ("discipline.due", f"discipline.{one.standing}"):
            cell[name] = cell.get(name, 0) + 1
    return counted
