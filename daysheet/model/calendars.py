"""Which days are worked: weekends, public holidays, the days worked instead, and a company's own list."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

FURTHEST = 366
"""Days looked ahead for the next workday: a calendar without any is a mistake, not an endless loop."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """
    A working calendar. *weekend* holds weekdays, Monday being 0.

    *holidays* are days off with what they are called; *workdays* are worked although they fall on a
    weekend (调休). A day in both is worked: the company's own word is the last. Ask both for days only:
    those of a country have no end.
    """

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: Mapping[date, str] = field(default_factory=dict)
    workdays: Container[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Say whether *day* is worked."""
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_workday(self, day: date) -> date:
        """Return the first workday after *day*; the day after it where there is none within a year."""
        following = (day + timedelta(days=number) for number in range(1, FURTHEST + 1))
        return next((one for one in following if self.is_workday(one)), day + timedelta(days=1))

    def workdays_between(self, first: date, last: date) -> int:
        """Return how many days from *first* to *last*, both included, are worked."""
        return sum(self.is_workday(first + timedelta(days=number)) for number in range((last - first).days + 1))
