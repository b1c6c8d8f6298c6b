"""What a company has decided about reporting: when a report is late, who is visited how often, what goes out when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from daysheet.model.calendars import WorkCalendar
from daysheet.model.digests import DigestKind

WORKDAYS = {"week": 5, "month": 20, "quarter": 65}
"""Workdays that a promise per week, month or quarter counts on."""
DAYS = {"week": 7, "month": 28, "quarter": 91}
"""Days of the window in which it is looked at."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """Visits promised to a customer of a level: *visits* per week, month or quarter."""

    visits: int
    per: str


def _one_calendar() -> Mapping[str, WorkCalendar]:
    return {"default": WorkCalendar()}


@dataclass(frozen=True, slots=True)
class Policy:
    """
    The settings that decide about discipline and digests, as plain values.

    *calendars* is asked for where it is needed: public holidays take a moment to load. *schedule*
    holds when a kind goes out, local to whoever gets it ("08:00", "mon 08:00", "1 08:00"); a kind
    that is not there does not. *owed_since* None: from the day of the first report on.
    """

    calendars: Callable[[], Mapping[str, WorkCalendar]] = _one_calendar
    cut_off: time = time(9)
    escalate_after: int = 3
    owed_since: date | None = None
    cadence: Mapping[str, Cadence] = field(
        default_factory=lambda: {"A": Cadence(3, "week"), "B": Cadence(1, "week"), "C": Cadence(1, "month")}
    )
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    has_charts: bool = False
    console: str = ""  # its address, "" where mails carry no links
    schedule: Mapping[DigestKind, str] = field(default_factory=dict)
