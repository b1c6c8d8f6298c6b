"""
What the database says of a period, row by row, before it is counted.

Read by the hundred thousand, so these are plain tuples. Days are report dates unless they are
called otherwise; customers are roots.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Sending(NamedTuple):
    """
    A filed revision of a report.

    *has_error*: an error was found in it. *is_wrong*: one stands that no steward has settled.
    *repaired* and *dropped* count the rows that stewards settled so, the last of them at *settled_at*.
    """

    rep_id: int
    day: date
    template_id: str
    received_at: datetime
    rows_landed: int
    rows_parked: int
    has_error: bool
    is_wrong: bool
    repaired: int = 0
    dropped: int = 0
    settled_at: datetime | None = None


class Landed(NamedTuple):
    """Rows of one sheet that count, of one rep and day: how many, named, and named as the customer is called."""

    rep_id: int
    day: date
    rows: int
    typed: int
    standard: int
    wanted: int = 0  # cells, of the sheet of visits
    filled: int = 0


class Visited(NamedTuple):
    """Visits of one rep in the period, told on one day, to customers of one industry."""

    rep_id: int
    day: date
    industry: str
    visits: int


class Asked(NamedTuple):
    """Help that a report asked for."""

    rep_id: int
    day: date
    text: str


class Held(NamedTuple):
    """
    A customer at the period's end, and who owns it.

    *visits* are those in the period; *windows* those in each of the windows asked for; *last_on* is
    the last visit within the days looked at.
    """

    root_id: int
    name: str
    level: str
    city: str
    created_at: datetime
    is_inactive: bool
    owner_id: int | None
    visits: int
    last_on: date | None
    windows: tuple[int, ...]


class Told(NamedTuple):
    """A deal as one row of a report tells it."""

    root_id: int
    key: str  # the project, as it is compared
    rep_id: int
    day: date
    customer: str
    industry: str
    project: str
    stage: str
    amount: Decimal | None
    currency: str
    probability: Decimal | None
    expected_on: date | None
    reason: str
    competitor: str
    support: str


class Deal(NamedTuple):
    """A deal: how it stood before the period, if it did, and what was told of it within, oldest first."""

    before: Told | None
    told: tuple[Told, ...]

    @property
    def now(self) -> Told:
        """As it stands at the period's end."""
        if self.told:
            return self.told[-1]
        assert self.before is not None
        return self.before


class Merged(NamedTuple):
    """A customer that became part of another within the period."""

    root_id: int
    owner_id: int | None
    name: str
    was: str
    at: datetime


class Open(NamedTuple):
    """A question that was open at the period's end: about which customer, and whose it is."""

    kind: str
    root_id: int | None
    name: str
    opened_at: datetime
    rep_id: int | None
    owner_id: int | None
