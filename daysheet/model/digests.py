"""What a digest says, as values; ``reports`` turns them into a mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from daysheet.model.figures import Figures, Number
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.text import Language


class DigestKind(StrEnum):
    """The mails that go out by the clock; part of their Message-ID."""

    MORNING = "morning"  # to a rep: tomorrow's workbook, what came back
    REMINDER = "reminder"  # to a rep: today's report is not here yet
    ESCALATION = "escalation"  # to a manager: whose reports have been missing for days
    STEWARD = "steward"  # to a steward: the queue, when there is work
    WEEKLY = "weekly"  # to a manager
    MONTHLY = "monthly"  # to a manager who asked for it

    @property
    def period(self) -> PeriodKind:
        """How long a period it is about."""
        if self is DigestKind.WEEKLY:
            return PeriodKind.WEEK
        return PeriodKind.MONTH if self is DigestKind.MONTHLY else PeriodKind.DAY

    @property
    def is_optional(self) -> bool:
        """True where its receiver may unsubscribe; a reminder and an escalation are part of the work."""
        return self not in (DigestKind.REMINDER, DigestKind.ESCALATION)

    @property
    def is_wanted(self) -> bool:
        """True where it goes to whoever has not said otherwise."""
        return self is not DigestKind.MONTHLY


class Topic(StrEnum):
    """What a named line of a digest is about."""

    MISSING = "missing"  # a rep whose reports are missing; weight: days
    NEGLECTED = "neglected"  # a customer of a level with a cadence, not visited; weight: level, then days since
    SHORT = "short"  # a customer visited less than promised
    MOVED_ON = "moved_on"  # a deal, by amount
    MOVED_BACK = "moved_back"
    SOLD_NOT_BOOKED = "sold_not_booked"
    AGREED = "agreed"
    BEYOND = "beyond"
    WON = "won"
    LOST = "lost"
    NEW_CUSTOMER = "new_customer"
    MERGED = "merged"
    HELP = "help"
    QUESTION = "question"  # to the stewards; weight: days open


@dataclass(frozen=True, slots=True)
class Item:
    """
    One named line. *weight* orders the lines of a topic, largest first; *posting_id* is whose it is.

    *detail* holds what its text needs beyond name and rep: texts and whole numbers, so that it can be
    stored; dates as ISO text, amounts as plain decimal text, codes where the form has codes. Whatever
    is not there is not said. The keys by topic:

    - missing: days (workdays in a row), last_on
    - neglected, short: level, days (since the last visit), last_on, done, promised
    - moved_on, moved_back: project, stage, was (the stage before), amount, currency
    - sold_not_booked, agreed, beyond: project, amount, currency, days (in the stage), expected_on
    - won, lost: project, amount, currency, reason, competitor
    - new_customer: on, city
    - merged: was (the name that became part of *name*), on
    - help: text (what is asked for), project, on
    - question: kind (as in ``queue.{T}``), days (open), rows (waiting for it)
    """

    topic: Topic
    posting_id: int
    weight: float
    name: str  # the customer's, "" where it is about a rep alone
    rep: str = ""  # the rep's name
    customer_id: int | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unit:
    """A line of the breakdown: a rep, team or region next below the receiver, with its figures."""

    kind: str  # rep, team, region
    name: str
    figures: Figures


REST = "…"
"""Name of the unit in which a breakdown adds up what is beyond its lines; "" is what has no team or region."""


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure of the period before that has changed since it was told."""

    name: str  # as in ``model/figures``
    was: Number
    now: Number


@dataclass(frozen=True, slots=True)
class Digest:
    """
    A manager's or steward's digest.

    *former* are the figures of the period before, as they stand now; *trend* those of up to eight
    periods, oldest first, this one the last. *items* hold at most ``MOST_ITEMS`` of a topic, *counts*
    how many there are. *sees_all*: the receiver's scope is the whole company (the section by
    industry). *console* is the console's address, "" where mails carry no links.
    """

    kind: DigestKind
    language: Language
    period: Period
    name: str  # the receiver's
    scope: str  # what the figures are of, in words: a region, a team, "" where it is several
    figures: Figures
    former: Figures
    restated: tuple[Restated, ...] = ()
    trend: tuple[tuple[str, Figures], ...] = ()
    units: tuple[Unit, ...] = ()
    items: tuple[Item, ...] = ()
    counts: Mapping[Topic, int] = field(default_factory=dict)
    sees_all: bool = False
    console: str = ""
    stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # code → {zh, en}, in the form's order
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    windows: Mapping[str, int] = field(default_factory=dict)
    """Level with a cadence → the days, up to the period's last, in which its visits are looked at."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """
    Currency → what one unit is worth in the company's own, which is there with "1"; empty where no rates
    are set, and then nothing is converted.
    """


MOST_ITEMS = 5
"""Named lines of a topic in a digest: five up, five down."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """To a rep: the report of *day* is not here, and before it is due at *cut_off* (local, "HH:MM on a date")."""

    language: Language
    name: str
    day: date
    cut_off: str
    cut_off_on: date
    missing: tuple[date, ...] = ()  # earlier days that are missing too, newest first, at most ten


@dataclass(frozen=True, slots=True)
class Missing:
    """A rep whose reports have been missing: the days in a row until now, and the last day reported."""

    name: str
    number: str
    team: str
    days: tuple[date, ...]
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """To a manager: whose reports have been missing for ``discipline.escalate_after`` workdays or longer."""

    language: Language
    name: str
    day: date
    missing: tuple[Missing, ...]
    more: int = 0
