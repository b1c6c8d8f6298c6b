"""Days, ISO weeks and months, by the dates they begin and end on: what a digest is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_YEARS = range(1900, 9999)
"""Years with a period before and one after each of theirs."""


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"  # Monday to Sunday, ISO 8601
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from *first* to *last*, both included."""

    first: date
    last: date
    kind: PeriodKind

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> "Period":
        """Return the period of *kind* that holds *day*."""
        if kind is PeriodKind.DAY:
            return cls(day, day, kind)
        if kind is PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(monday, monday + timedelta(days=6), kind)
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return cls(first, following - _DAY, kind)

    @classmethod
    def parse(cls, label: str) -> "Period":
        """Return the period called *label* (2026-11-24, 2026-W48 or 2026-11); ValueError where it is none."""
        if label[:4].isdecimal() and int(label[:4]) not in _YEARS:
            raise ValueError(f"{label}: nobody reports in that year")
        if match := re.fullmatch(r"(\d{4})-W(\d{2})", label, re.ASCII | re.IGNORECASE):
            return cls.of(PeriodKind.WEEK, date.fromisocalendar(int(match[1]), int(match[2]), 1))
        if re.fullmatch(r"\d{4}-\d{2}", label, re.ASCII):
            return cls.of(PeriodKind.MONTH, date.fromisoformat(f"{label}-01"))
        return cls.of(PeriodKind.DAY, date.fromisoformat(label))

    @property
    def label(self) -> str:
        """Its name, the same in every language: 2026-11-24, 2026-W48 or 2026-11."""
        if self.kind is PeriodKind.DAY:
            return self.first.isoformat()
        if self.kind is PeriodKind.WEEK:
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        return f"{self.first:%Y-%m}"

    @property
    def previous(self) -> "Period":
        """The one before."""
        return Period.of(self.kind, self.first - _DAY)

    @property
    def following(self) -> "Period":
        """The one after."""
        return Period.of(self.kind, self.last + _DAY)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.days))
