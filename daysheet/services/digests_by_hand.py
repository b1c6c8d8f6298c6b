"""Mails by the clock, sent or shown by hand."""

from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from daysheet.digests import moments
from daysheet.errors import UsageError
from daysheet.model.digest_documents import Content
from daysheet.model.digests import DigestKind
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.text import Language
from daysheet.reports.delivery import Delivery
from daysheet.services import appraisal, digest_mails, digest_receivers, outbox
from daysheet.services.digest_makers import WORKSHOP, Workshop
from daysheet.services.digests import Ran, batches, day_of, figures_of, leased, order_of
from daysheet.services.tools import Tools
from daysheet.store import digests, people, subscriptions
from daysheet.store.engine import Connection
from daysheet.store.outbox import NewMail, OutboxMail

EXAMPLES = {PeriodKind.DAY: "2026-11-24", PeriodKind.WEEK: "2026-W47", PeriodKind.MONTH: "2026-11"}


def period_of(tools: Tools, kind: DigestKind, label: str) -> Period:
    """
    Return the period called *label*, "" being the latest that *kind* would be about: today, last week, last month.

    Raises UsageError where *kind* is not about such a period.
    """
    if not label:
        return moments.about(kind, tools.day_of(tools.clock(), None))
    try:
        period = Period.parse(label)
    except ValueError:
        period = None
    if period is None or period.kind is not kind.period:
        raise UsageError(f"{kind} is about a {kind.period}, written like {EXAMPLES[kind.period]}, not {label!r}")
    return period


def send(
    tools: Tools, kind: DigestKind, period: Period, *, to: str = "", again: bool = False, workshop: Workshop = WORKSHOP
) -> Ran:
    """
    Queue *kind* of *period* as the schedule would, to everybody or to the employee *to* alone.

    Who has had it does not get it twice, but *again*: then the mail is another one, and its figures
    are what was told. Raises UsageError for a period that is not to be sent, LeaseHeld where another
    process is sending.
    """
    _refuse_what_is_not_to_be_sent(tools, kind, period)
    queued, had = 0, 0
    with leased(tools) as check, tools.database.reading() as connection:
        organisation = workshop.organisation(connection, tools)
        receivers = _receivers(connection, tools, organisation, kind, period, to)
        told = digests.told_to(connection, kind, period.first)
        left = [one for one in receivers if again or not told.get(one.id)]
        had = len(receivers) - len(left)
        order = order_of(connection, tools, organisation, kind, period, left)
        for some in batches(workshop.makers[kind](order) if left else ()):
            check()
            queued += _queue(tools, kind, period, some, again)
    return Ran(kind, period.label, queued, had, len(left) - queued)


def _refuse_what_is_not_to_be_sent(tools: Tools, kind: DigestKind, period: Period) -> None:
    """Sent early, it would take the place of the one that the schedule sends."""
    today = tools.day_of(tools.clock(), None)
    if period.kind is PeriodKind.DAY and period.first != today:
        raise UsageError(f"{kind} is sent on its own day only; --dry-run --out FOLDER shows the one of {period.label}")
    if period.kind is not PeriodKind.DAY and period.last >= today:
        raise UsageError(f"{period.label} is not over; --dry-run --out FOLDER shows how it stands")


def _queue(
    tools: Tools, kind: DigestKind, period: Period, some: tuple[tuple[Person, Content], ...], again: bool
) -> int:
    queued = 0
    with tools.database.writing() as connection:
        now = tools.clock()
        for person, content in some:
            told = figures_of(content)
            if again:
                mail = digest_mails.new_mail(tools, kind, period, person, content, f"/{now.isoformat()}")
                digests.tell_again(connection, kind, period, person.id, told, mail, now)
                queued += 1
                continue
            mail = digest_mails.new_mail(tools, kind, period, person, content)
            # nothing was to be said when the schedule asked; now there is
            digests.forget_silence(connection, kind, period, person.id)
            queued += digests.tell(connection, kind, period, person.id, told, mail, now)
    return queued


def preview(
    tools: Tools,
    kind: DigestKind,
    period: Period,
    delivery: Delivery,
    *,
    to: str = "",
    workshop: Workshop = WORKSHOP,
) -> int:
    """Hand *kind* of *period* to *delivery* (a folder) as it would be mailed; nothing is stored. Return how many."""
    number = 0
    with tools.database.reading() as connection:
        organisation = workshop.organisation(connection, tools)
        receivers = _receivers(connection, tools, organisation, kind, period, to)
        order = order_of(connection, tools, organisation, kind, period, receivers)
        order = replace(order, now=_now(tools, kind, period))
        for person, content in workshop.makers[kind](order) if receivers else ():
            mail = _as_mailed(digest_mails.new_mail(tools, kind, period, person, content), order.now)
            delivery.send(outbox.make(tools, mail), tools.house.address, [mail.recipient])
            number += 1
    return number


def _now(tools: Tools, kind: DigestKind, period: Period) -> datetime:
    """Return the instant to look from: now, or the scheduled time of another day, in the company's zone."""
    zone = ZoneInfo(tools.house.zone)
    if period.kind is not PeriodKind.DAY or period.first == tools.day_of(tools.clock(), None):
        return tools.clock()
    return moments.instant(period.first, time.fromisoformat(tools.policy.schedule.get(kind, "18:00")), zone)


def _as_mailed(new: NewMail, now: datetime) -> OutboxMail:
    return OutboxMail(
        id=0,
        submission_id=None,
        kind=new.kind,
        recipient=new.recipient,
        cc=new.cc,
        message_id=new.message_id,
        in_reply_to=new.in_reply_to,
        references=new.references,
        payload=new.payload,
        attempts=0,
        created_at=now,
    )


def _receivers(
    connection: Connection, tools: Tools, organisation: Organisation, kind: DigestKind, period: Period, to: str
) -> tuple[Person, ...]:
    """Return who gets it; *to* gets it on a day off and unasked too. Raises UsageError where it is not for them."""
    day = day_of(tools, period)
    if not to:
        return digest_receivers.expecting(organisation, kind, day, subscriptions.choices(connection, kind))
    person = organisation.by_number.get(to)
    if person is None:
        raise UsageError(f"there is nobody with the employee number {to}")
    if person not in digest_receivers.eligible(organisation, kind, day):
        raise UsageError(f"{kind} is not for {person.name} ({to}): {digest_receivers.why_not(person, kind)}")
    return (person,)


# ---- looking back --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunLine:
    """A period that everybody in a time zone has been served."""

    kind: str
    period: str
    zone: str
    mails: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail by the clock: to whom, and how far it has come."""

    kind: str
    period: str
    number: str
    name: str
    outbox_id: int
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The latest runs and mails, the latest first."""

    runs: tuple[RunLine, ...]
    mails: tuple[MailLine, ...]


def history(tools: Tools, limit: int) -> History:
    """Return the latest runs and mails, at most *limit* of each."""
    with tools.database.reading() as connection:
        runs, mails = digests.runs(connection, limit), digests.recent(connection, limit)
    return History(
        tuple(RunLine(one.kind, _label(one), one.zone, one.mails, one.finished_at) for one in runs),
        tuple(
            MailLine(one.kind, _label(one), one.number, one.name, one.outbox_id or 0, one.state, one.made_at)
            for one in mails
        ),
    )


def _label(one: digests.Run | digests.Told) -> str:
    return Period.of(one.kind.period, one.first_on).label


# ---- the appraisal sheet -------------------------------------------------------------------------


def appraisal_sheet(tools: Tools, label: str, language: Language, number: str = "") -> bytes:
    """
    Return the appraisal sheet of the period called *label*: the company's, or that of the manager *number*.

    Raises UsageError where there is no such period, or nobody of that number.
    """
    try:
        period = Period.parse(label)
    except ValueError:
        raise UsageError(f"{label!r} is no period; write 2026-11, 2026-W47 or 2026-11-24") from None
    manager = None
    if number:
        with tools.database.reading() as connection:
            manager = people.find_by_number(connection, number)
        if manager is None:
            raise UsageError(f"there is nobody with the employee number {number}")
    return appraisal.workbook(tools, period, language, manager)
