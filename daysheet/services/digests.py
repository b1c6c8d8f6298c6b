"""
Send the mails that go out by the clock: say what is due, have it made, queue it, once to each receiver.

A run reads from one state of the data and writes in small transactions of its own: a receiver's
digest and its mail together. So whatever is killed whenever, the next run goes on with those who
have nothing yet. It is under a lease; should two run all the same, the row of whoever is first counts.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from threading import Event, Thread
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from daysheet import points
from daysheet.digests import moments
from daysheet.errors import DaysheetError, LeaseHeld
from daysheet.model.digest_documents import Content
from daysheet.model.digests import Digest, DigestKind
from daysheet.model.figures import Figures
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.redaction import told
from daysheet.points import Point
from daysheet.services import digest_mails, digest_receivers
from daysheet.services.digest_makers import WORKSHOP, Order, Workshop
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import alarms, digests, subscriptions
from daysheet.store.engine import Connection

LEASE = "digests"
BATCH = 50
"""Receivers who are committed together: whoever else wants to write waits for no more than these."""
HEARTBEAT = 30.0
"""Seconds between two looks at the lease while content is worked out, which may take minutes."""
REST = timedelta(minutes=15)
"""How long a kind that could not be made is left alone."""
BROKEN = "digest"
"""The kind of alarm about a period, such as "weekly 2026-W48", that could not be made."""

Resting = MutableMapping[tuple[DigestKind, date], datetime]
"""What could not be made, and until when it is left alone."""

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Due:
    """
    A period that the receivers of some time zones have not been told of.

    *is_late*: it is about a day that is over; it is noted as done, and nobody gets anything.
    """

    kind: DigestKind
    period: Period
    zones: tuple[str, ...]
    at: datetime  # since when
    is_late: bool = False

    @property
    def name(self) -> str:
        """What it is called in the log and in alarms."""
        return f"{self.kind} {self.period.label}"


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a period: mails queued, receivers who had theirs, and those to whom there is nothing to say."""

    kind: DigestKind
    period: str
    queued: int = 0
    had: int = 0
    silent: int = 0


# ---- what is due -------------------------------------------------------------------------------


def due(tools: Tools, now: datetime) -> tuple[Due, ...]:
    """
    Return what the schedule owes at *now*; two small queries where that is nothing.

    Only the latest period of each kind is ever owed. Before the first report there is nothing to tell.
    """
    with tools.database.reading() as connection:
        wanted: dict[digests.Key, moments.Moment] = {}
        for name in sorted(digests.zones(connection) | {tools.house.zone}):
            if (zone := _zone(name)) is not None:
                for kind, said in tools.policy.schedule.items():
                    moment = moments.latest(kind, said, zone, now)
                    wanted[(kind, name, moment.period.first)] = moment
        open_keys = wanted.keys() - digests.done(connection, wanted)
        first = digests.first_report_on(connection) if open_keys else None
    owed = {key: wanted[key] for key in open_keys if first is not None and first <= wanted[key].period.last}
    return _together(owed)


def _together(owed: dict[digests.Key, moments.Moment]) -> tuple[Due, ...]:
    """Put the zones that are owed the same together: the figures are the same, and are worked out once."""
    grouped: dict[tuple[DigestKind, Period, bool], list[tuple[datetime, str]]] = {}
    for (kind, zone, _), moment in owed.items():
        grouped.setdefault((kind, moment.period, moment.is_late), []).append((moment.at, zone))
    order = list(DigestKind)
    return tuple(
        Due(kind, period, tuple(sorted(zone for _, zone in some)), min(at for at, _ in some), is_late)
        for (kind, period, is_late), some in sorted(
            grouped.items(), key=lambda item: (order.index(item[0][0]), item[0][1:])
        )
    )


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log.warning("digests.zone_unknown", zone=name)
        return None


# ---- a run -------------------------------------------------------------------------------------


def run_due(
    tools: Tools,
    *,
    workshop: Workshop = WORKSHOP,
    resting: Resting | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Ran, ...]:
    """
    Queue everything that is due, and return what that was; cheap where nothing is.

    What cannot be made for a reason that waiting does not mend is raised, or, where *resting* is given,
    left alone for a while and told to the operator: the other kinds go on. Raises LeaseHeld where
    another process is at it.
    """
    if not _ready(tools, resting):
        return ()
    done: list[Ran] = []
    with leased(tools) as check:
        for one in _ready(tools, resting):
            if should_stop():
                break
            try:
                if (ran := _serve(tools, workshop, one, check, should_stop)) is not None:
                    done.append(ran)
            except Exception as error:
                if resting is None or (isinstance(error, DaysheetError) and error.is_retryable):
                    raise
                resting[(one.kind, one.period.first)] = tools.clock() + REST
                _tell_operator(tools, one, error)
    return tuple(done)


def _ready(tools: Tools, resting: Resting | None) -> tuple[Due, ...]:
    now = tools.clock()
    rests = resting or {}
    return tuple(one for one in due(tools, now) if rests.get((one.kind, one.period.first), now) <= now)


def _tell_operator(tools: Tools, one: Due, error: Exception) -> None:
    log.exception("digests.broken", digest=one.name)
    with tools.database.writing() as connection:
        if alarms.raise_once(connection, BROKEN, one.name, told(error), tools.clock()):
            log.warning("alarm.raised", kind=BROKEN, subject=one.name)


@contextmanager
def leased(tools: Tools) -> Iterator[Callable[[], None]]:
    """
    Hold the lease, and renew it beside the work; gives a check that raises LeaseHeld where it was lost.

    Working out a digest may take longer than the lease without a step in between.
    """
    with held(tools, LEASE) as renew:
        over = Event()
        lost: list[LeaseHeld] = []

        def beat() -> None:
            while not over.wait(HEARTBEAT):
                try:
                    renew()
                except LeaseHeld as error:
                    lost.append(error)
                    return
                except DaysheetError as error:
                    log.warning("digests.lease", error=str(error))  # the next beat may succeed

        def check() -> None:
            if lost:
                raise lost[0]

        heart = Thread(target=beat, name="digests-lease", daemon=True)
        heart.start()
        try:
            yield check
        finally:
            over.set()
            heart.join()


def _serve(
    tools: Tools, workshop: Workshop, one: Due, check: Callable[[], None], should_stop: Callable[[], bool]
) -> Ran | None:
    """Tell *one* to everybody who expects it and has not had it; None where it was stopped half-way."""
    with tools.database.reading() as connection:
        organisation = workshop.organisation(connection, tools)
        choices = subscriptions.choices(connection, one.kind)
        expecting = digest_receivers.expecting(organisation, one.kind, day_of(tools, one.period), choices)
        had = digests.told_to(connection, one.kind, one.period.first)
        zone_of = {person.id: zone for person in expecting if (zone := organisation.zone_of(person)) in one.zones}
        receivers = [person for person in expecting if person.id in zone_of]
        left = [person for person in receivers if person.id not in had and not one.is_late]
        order = order_of(connection, tools, organisation, one.kind, one.period, left)
        mailed = {person.id for person in receivers if had.get(person.id)}
        heard = set[int]()
        for some in batches(workshop.makers[one.kind](order) if left else ()):
            check()
            mailed |= _queue(tools, one, some)
            heard |= {person.id for person, _ in some}
            if should_stop():
                return None
    silent = [person for person in left if person.id not in heard]
    for nothing in batches((person, None) for person in silent):
        check()
        _queue(tools, one, nothing)
    _finish(tools, one, [zone_of[person_id] for person_id in mailed])
    ran = Ran(one.kind, one.period.label, len(mailed & heard), len(had.keys() & zone_of.keys()), len(silent))
    log.info("digests.ran", digest=one.name, zones=one.zones, queued=ran.queued, had=ran.had, silent=ran.silent)
    return ran


def day_of(tools: Tools, period: Period) -> date:
    """Return the day that decides who gets what is said of *period*: that day itself, else today."""
    return period.first if period.kind is PeriodKind.DAY else tools.day_of(tools.clock(), None)


def order_of(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    kind: DigestKind,
    period: Period,
    receivers: Sequence[Person],
) -> Order:
    """Return what is asked of a maker."""
    told = digests.Snapshots(connection, kind, period, [person.id for person in receivers])
    return Order(connection, tools, organisation, kind, period, receivers, tools.clock(), told)


def _queue(tools: Tools, one: Due, some: Sequence[tuple[Person, Content | None]]) -> set[int]:
    """Note and queue what *some* are told, in one transaction; return who got a mail."""
    mails = [
        (person, content, digest_mails.new_mail(tools, one.kind, one.period, person, content) if content else None)
        for person, content in some
    ]
    got: set[int] = set()
    with tools.database.writing() as connection:
        now = tools.clock()
        for person, content, mail in mails:
            told = digests.tell(connection, one.kind, one.period, person.id, figures_of(content), mail, now)
            points.reached(Point.DIGEST_WRITTEN)
            if told and mail is not None:
                got.add(person.id)
    points.reached(Point.DIGESTS_COMMITTED)
    return got


def figures_of(content: Content | None) -> Figures:
    """Return the figures that are kept as they were told."""
    return content.figures if isinstance(content, Digest) else {}


def _finish(tools: Tools, one: Due, mailed: Sequence[str]) -> None:
    """Note that *one* is done; *mailed* holds the zone of everybody who got a mail."""
    points.reached(Point.DIGESTS_FINISHING)
    with tools.database.writing() as connection:
        now = tools.clock()
        for zone in one.zones:
            digests.finish(connection, one.kind, zone, one.period, mailed.count(zone), now)
        alarms.clear(connection, BROKEN, one.name, now)
    points.reached(Point.DIGESTS_NOTED)


def batches(things: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """Cut *things* into what is committed together, without waiting for all of them."""
    waiting = iter(things)
    while some := tuple(islice(waiting, BATCH)):
        yield some
