"""What comes back to a rep, with an answer or in the morning mail."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from daysheet.model.figures import Figures
from daysheet.model.text import Language


class DecidedKind(StrEnum):
    """What a steward did about one of the rep's rows or names."""

    SAME = "same"  # the name is a known customer's: *now*
    DIFFERENT = "different"  # the name is a customer of its own
    MERGED = "merged"  # a customer of the rep's became part of *now*
    RENAMED = "renamed"
    REPAIRED = "repaired"  # a row that waited was put right and is in
    RETURNED = "returned"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision: what it was about as the rep wrote it, and what it is now."""

    kind: DecidedKind
    about: str
    now: str = ""
    by: str = ""
    note: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Overdue:
    """A key account of the rep's that has not been visited as often as its level promises."""

    customer: str
    level: str
    last_on: date | None
    visits: int
    promised: int
    days: int = 0  # since the last visit
    within: int = 0  # days in which so many were promised


@dataclass(frozen=True, slots=True)
class Returns:
    """
    What a rep gets back. *month* are the rep's own figures (``model/figures``) from *since*, the first
    of the month, to *until*, the day it is told of.

    Lists are bounded; *more_decided* and *more_overdue* say how many are left out.
    """

    since: date
    until: date
    month: Figures = field(default_factory=dict)
    decided: tuple[Decided, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    more_decided: int = 0
    more_overdue: int = 0

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to tell."""
        return not (self.decided or self.overdue or any(self.month.values()))


@dataclass(frozen=True, slots=True)
class Morning:
    """The morning mail to a rep: what came back, with the workbook for today unless an answer brought one."""

    language: Language
    name: str
    number: str  # the rep's employee number
    day: date
    returns: Returns
    has_workbook: bool
    customers: int = 0  # how many the workbook offers
    deals: int = 0  # prefilled
    plans: int = 0
