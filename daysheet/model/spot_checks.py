"""A spot check: customers drawn for a call, what was handed out of each, and what the call found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from daysheet.model.figures import Figures

JUDGED = ("name", "contact", "phone", "address", "city", "industry", "credit_code", "owner")
"""The fields a call says right or wrong of; the level is printed too, but the customer cannot know it."""
PRINTED = (*JUDGED[:6], "level", *JUDGED[6:])
DISTANCE_DAYS = 90
"""Who was drawn within these days is left alone, unless too few are left."""


class Outcome(StrEnum):
    """Whether the call came through."""

    REACHED = "reached"
    UNREACHED = "unreached"


class Why(StrEnum):
    """Why a line that came back was not taken; texts are ``spot.why.CODE``."""

    UNKNOWN = "unknown"  # its customer is not of this check
    MOVED = "moved"  # its name is another customer's: lines were shifted
    TWICE = "twice"
    MARK = "mark"  # neither right nor wrong
    REACHED = "reached"  # neither yes nor no
    DATE = "date"
    AHEAD = "ahead"  # the date lies ahead, or before the check was drawn
    NOTHING_JUDGED = "nothing-judged"  # reached, and nothing said
    NOT_REACHED = "not-reached"  # not reached, and yet something was judged
    RIGHT_AND_OTHER = "right-and-other"  # right, and yet another value


class Refused(StrEnum):
    """Why a returned workbook was not taken at all; texts are ``spot.refused.CODE``."""

    NOT_ALLOWED = "not-allowed"
    UNKNOWN_CHECK = "unknown-check"
    NO_LINES = "no-lines"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One customer of a check: *stratum* is the region it was drawn for, *printed* field → value as handed out."""

    customer_id: int
    stratum: str
    printed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it came back: *cells* by key ("name.mark"), dates and numbers as the workbook has them."""

    number: int  # as Excel shows it
    customer_id: int | None
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What the call to one customer found.

    *judged* are the printed fields of which it was said whether they are right, *wrong* maps a field
    to what is right ("" where that was not said); also one that was not printed, and so not judged.
    """

    customer_id: int
    outcome: Outcome
    judged: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    checked_on: date | None = None
    note: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """The fields that were handed out wrong."""
        return tuple(name for name in self.judged if name in self.wrong)


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that was not taken: its number in Excel, why, and what was written there."""

    line: int
    why: Why
    found: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """
    A sample, and how many of its lines have come back; *wrong* are customers reached with anything wrong.

    Customers that were merged after the draw are several lines and one customer.
    """

    id: int
    drawn_on: date
    actor: str
    size: int
    seed: int
    by_region: bool
    reached: int = 0
    unreached: int = 0
    wrong: int = 0

    @property
    def waiting(self) -> int:
        """Customers of whom nothing has come back."""
        return self.size - self.reached - self.unreached


@dataclass(frozen=True, slots=True)
class Item:
    """A customer of a check with what came back; *root_id* and *name* are who it is now."""

    drawn: Drawn
    root_id: int
    name: str
    finding: Finding | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a workbook that came back brought; *refused* where nothing of it was taken."""

    check_id: int = 0
    reached: int = 0
    unreached: int = 0
    wrong: int = 0  # customers with anything wrong
    unread: tuple[Unread, ...] = ()
    waiting: int = 0  # customers of the check of whom nothing has come back yet
    refused: Refused | None = None

    @property
    def taken(self) -> int:
        """Lines that were taken."""
        return self.reached + self.unreached


def figures_of(judged: int, wrong: int) -> Figures:
    """Return ``spot.*`` (``model/figures``) of one customer with so many judged fields, so many of them wrong."""
    return {
        "spot.customers": 1,
        "spot.customers_wrong": int(wrong > 0),
        "spot.fields": judged,
        "spot.fields_wrong": wrong,
        "spot.fields_squared": judged * judged,
        "spot.wrong_squared": wrong * wrong,
        "spot.wrong_times_fields": judged * wrong,
    }
