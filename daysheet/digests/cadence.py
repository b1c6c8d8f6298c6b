"""Visits against the cadence promised to a customer's level."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from daysheet.model.calendars import WorkCalendar
from daysheet.model.periods import Period
from daysheet.model.policy import DAYS, WORKDAYS, Cadence


@dataclass(frozen=True, slots=True)
class Promise:
    """The visits promised to each customer of a level, from *first* to *last*, both included."""

    first: date
    last: date
    visits: int

    def is_short(self, done: int) -> bool:
        """Say whether a customer visited *done* times was visited less than promised."""
        return done < self.visits

    def is_neglected(self, done: int) -> bool:
        """Say whether visits were promised and none was made."""
        return self.visits > 0 and done == 0


def days(cadence: Cadence, period: Period) -> int:
    """Return how many days visits are looked at: those the promise is about, or all of a longer period."""
    return max(DAYS[cadence.per], period.days)


def window(cadence: Cadence, period: Period) -> tuple[date, date]:
    """Return the first and last day on which visits are looked at."""
    return period.last - timedelta(days=days(cadence, period) - 1), period.last


def promise(cadence: Cadence, period: Period, calendar: WorkCalendar) -> Promise:
    """Return what is promised in the window of *period*: in a week of holidays less, half a visit being one."""
    first, last = window(cadence, period)
    usual = WORKDAYS[cadence.per]
    visits = (2 * cadence.visits * calendar.workdays_between(first, last) + usual) // (2 * usual)
    return Promise(first, last, visits)


def promises(cadence: Mapping[str, Cadence], period: Period, calendar: WorkCalendar) -> dict[str, Promise]:
    """Return what is promised to the customers of each level; a level with no cadence is left out."""
    return {level: promise(said, period, calendar) for level, said in cadence.items()}
