"""
When a mail by the clock is due: the latest moment of a schedule that has passed, and what it is about.

All of it local to the receivers. A time that a day does not have (the clocks go forward) is moved
forward by what is left out; one that a day has twice counts the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daysheet.model.digests import DigestKind
from daysheet.model.periods import Period, PeriodKind

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORTH_SAYING = {DigestKind.MORNING: timedelta(hours=6), DigestKind.REMINDER: timedelta(hours=4)}
"""How long after its moment a kind still makes sense; what is not here: until its day is over."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """
    When a kind was last due, and the period it is about.

    *is_late*: what was to be said that day is no longer worth saying, for the day is over where its
    receivers are, or ``WORTH_SAYING`` is.
    """

    kind: DigestKind
    at: datetime
    period: Period
    is_late: bool = False


def latest(kind: DigestKind, said: str, zone: ZoneInfo, now: datetime) -> Moment:
    """Return the latest moment up to *now* at which *kind* was due by *said* ("18:00", "mon 08:00", "1 08:00")."""
    *day_of, clock = said.split()
    on = time.fromisoformat(clock)
    today = now.astimezone(zone).date()
    for day in _days_back(kind.period, day_of[0] if day_of else "", today + _DAY):
        at = instant(day, on, zone)
        if at <= now:
            is_over = day < today or now - at >= WORTH_SAYING.get(kind, timedelta.max)
            return Moment(kind, at, about(kind, day), is_late=kind.period is PeriodKind.DAY and is_over)
    raise AssertionError("unreachable: days go back without end")


def about(kind: DigestKind, day: date) -> Period:
    """Return the period that *kind* is about when it is due on *day*: that day, else the week or month before."""
    period = Period.of(kind.period, day)
    return period if kind.period is PeriodKind.DAY else period.previous


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when it is *clock* on *day* in *zone*."""
    # fold 0: of two the first; of none the one that the offset before the gap gives, which lies behind it
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _days_back(kind: PeriodKind, wanted: str, day: date) -> Iterator[date]:
    """Give the days of the schedule from *day* on, the latest first."""
    while True:
        if (
            kind is PeriodKind.DAY
            or (kind is PeriodKind.WEEK and WEEKDAYS[day.weekday()] == wanted)
            or (kind is PeriodKind.MONTH and day.day == int(wanted))
        ):
            yield day
        day -= _DAY
