"""
How the service is doing: for the page of operations, for probes, and as figures for a monitor.

Nothing here asks a server; that is ``services/doctor.py``.
"""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from daysheet.errors import DaysheetError, NotAllowed, SchemaOutdated
from daysheet.model.alarms import AlarmKind
from daysheet.services.access import Visitor
from daysheet.services.doctor import has_sent_digests, overdue_digests
from daysheet.services.tools import AlarmLimits, Tools
from daysheet.store import alarms, audit, figures, mailboxes, migrate, queue
from daysheet.store.alarms import Alarm
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection
from daysheet.store.figures import Figures, OutboxFigures
from daysheet.store.mailboxes import MailboxView
from daysheet.store.outbox import STUCK
from daysheet.store.queue import Counts

__all__ = ["Check", "Health", "clear_alarm", "examine", "metrics", "unready"]

AHEAD = timedelta(minutes=5)
"""A clock that is behind the newest message by more than this is wrong."""
UNSENT = ("queued", "sending", *STUCK)
"""The answers a page counts: those that left are too many to count for it."""
FRESH_SECONDS = 10.0
"""Figures for a monitor are counted once in this time, however often they are asked for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. Its texts are ``health.CHECK`` and ``health.CHECK.said`` with *params*."""

    check: str
    is_fine: bool
    said: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """What the page of operations shows. *alarms* is None for those who do not see all."""

    checks: tuple[Check, ...]
    mailboxes: tuple[MailboxView, ...]
    queues: Counts
    alarms: tuple[Alarm, ...] | None
    outbox: OutboxFigures
    database: str
    database_bytes: int | None
    ruleset: str

    @property
    def is_fine(self) -> bool:
        """True where every check is."""
        return all(check.is_fine for check in self.checks)


def examine(tools: Tools, visitor: Visitor, data_dir: Path, boxes: Sequence[str]) -> Health:
    """Look at everything that can be known without asking a server; *boxes* are the mailboxes of the settings."""
    now, word, limits = tools.clock(), unready(tools), tools.alarm_limits
    digests = () if word else (_of_digests(tools),)  # an outdated database may lack their tables
    with tools.database.reading() as connection:
        known = mailboxes.all_mailboxes(connection)
        open_alarms = alarms.open_alarms(connection)
        mail = figures.outbox(connection, UNSENT)
        checks = (
            Check("database", not word, word or "fine"),
            *_of_the_machine(connection, data_dir, limits, now),
            *_of_mailboxes(known, boxes, limits, now),
            _of_outbox(mail, limits, now),
            *digests,
            Check("alarms", not open_alarms, "some" if open_alarms else "none", {"number": len(open_alarms)}),
        )
        return Health(
            checks=checks,
            mailboxes=known,
            queues=queue.counts(connection, tools.tables, visitor.scope),
            alarms=open_alarms if visitor.scope.sees_all else None,
            outbox=mail,
            database=tools.database.dialect,
            database_bytes=figures.size(connection, tools.database.path),
            ruleset=tools.naming.version,
        )


def _of_the_machine(connection: Connection, data_dir: Path, limits: AlarmLimits, now: datetime) -> tuple[Check, ...]:
    latest = figures.newest_message_at(connection)
    is_behind = latest is not None and latest > now + AHEAD
    free = shutil.disk_usage(data_dir if data_dir.exists() else data_dir.parent).free
    return (
        Check("clock", not is_behind, "behind" if is_behind else "fine"),
        Check("disk", free >= limits.free_bytes, "free", {"mib": f"{free // 2**20:,}"}),
    )


def _of_mailboxes(
    known: Sequence[MailboxView], boxes: Sequence[str], limits: AlarmLimits, now: datetime
) -> tuple[Check, ...]:
    seen = {box.name: box for box in known}
    return tuple(_of_mailbox(name, seen.get(name), limits, now) for name in boxes)


def _of_mailbox(name: str, box: MailboxView | None, limits: AlarmLimits, now: datetime) -> Check:
    last = box.last_success_at if box else None
    if last is None:
        return Check("mailbox", box is None or not box.last_error, "never", {"name": name})
    is_silent = now - last > limits.silence
    return Check("mailbox", not is_silent, "silent" if is_silent else "fine", {"name": name, "at": last})


def _of_outbox(mail: OutboxFigures, limits: AlarmLimits, now: datetime) -> Check:
    stuck = mail.failed + mail.held + mail.bounced
    if stuck:
        return Check("outbox", False, "stuck", {"number": stuck})
    if mail.oldest_at is not None and now - mail.oldest_at > limits.answer_age:
        hours = round(limits.answer_age.total_seconds() / 3600)
        return Check("outbox", False, "late", {"number": mail.queued, "hours": hours})
    return Check("outbox", True, "fine", {"number": mail.queued})


def _of_digests(tools: Tools) -> Check:
    number = _overdue(tools)
    return Check("digests", not number, "overdue" if number else "fine", {"number": number})


def _overdue(tools: Tools) -> int:
    """Count the periods whose mails by the clock are overdue; none before the first were sent, as for the doctor."""
    found = overdue_digests(tools)
    return len(found) if found and has_sent_digests(tools) else 0


def unready(tools: Tools) -> str:
    """Return in one word what keeps the database from being used, "" where nothing does."""
    try:
        migrate.check(tools.database, tools.specs)
    except SchemaOutdated:
        return "outdated"
    except DaysheetError:
        return "unreachable"
    return ""


def clear_alarm(tools: Tools, visitor: Visitor, alarm_id: int) -> bool:
    """
    Close an alarm; False where it is not open.

    Raises NotAllowed for those who do not see all: what an alarm is about belongs to nobody.
    """
    if not visitor.scope.sees_all:
        raise NotAllowed(f"{visitor.person.name} does not see everything")
    with tools.database.writing() as connection:
        if not alarms.clear_some(connection, [alarm_id], tools.clock()):
            return False
        entry = Entry("alarm.cleared", "alarm", alarm_id, actor=visitor.person.number)
        audit.append(connection, [entry], tools.clock())
        return True


# ---- figures for a monitor -----------------------------------------------------------------------


class Metrics:
    """The figures as text for Prometheus, counted in one pass and kept for a few seconds."""

    def __init__(self, tools: Tools, version: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._tools, self._version, self._clock = tools, version, clock
        self._lock = threading.Lock()
        self._text, self._until = b"", float("-inf")

    def text(self) -> bytes:
        """Return the text; raises StoreError where the database cannot be asked."""
        with self._lock:
            if self._clock() >= self._until:
                self._text = self._counted()
                self._until = self._clock() + FRESH_SECONDS
            return self._text

    def _counted(self) -> bytes:
        with self._tools.database.reading() as connection:
            found = figures.all_figures(connection)
        overdue = _overdue(self._tools)
        return metrics(found, overdue, self._version, self._tools.naming.version, self._tools.clock())


def metrics(found: Figures, overdue: int, version: str, ruleset: str, now: datetime) -> bytes:
    """Return *found* as text for Prometheus."""
    registry = CollectorRegistry()

    def gauge(name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"daysheet_{name}", help_, labels, registry=registry)

    gauge("build_info", "The program's and the naming rules' versions.", "version", "ruleset").labels(
        version, ruleset
    ).set(1)
    for name, help_, counted, label in (
        ("messages", "Messages by state.", found.messages, "state"),
        ("customers", "Customers by status, merged ones included.", found.customers, "status"),
        ("reviews_open", "Questions that wait for a steward, by kind.", found.reviews, "kind"),
        ("answers", "Answers in the outbox by state.", found.outbox.by_state, "state"),
    ):
        one = gauge(name, help_, label)
        for value, number in sorted(counted.items()):
            one.labels(value).set(number)
    gauge("rows_parked", "Rows of current reports that were not accepted.").set(found.rows_parked)
    alarms_open = gauge("alarms_open", "Alarms that are not over, by kind.", "kind")
    for kind in sorted({*AlarmKind, *found.alarms}):
        alarms_open.labels(kind).set(found.alarms.get(kind, 0))
    gauge("digests_overdue", "Periods whose mails by the clock have been due for more than two hours.").set(overdue)
    gauge("sessions", "Browsers that are signed in.").set(found.sessions)
    oldest = found.outbox.oldest_at
    gauge("answers_oldest_seconds", "How long the oldest queued answer has waited.").set(
        max(0.0, (now - oldest).total_seconds()) if oldest else 0
    )
    last = gauge("mailbox_last_success_timestamp_seconds", "When a mailbox was last polled without trouble.", "mailbox")
    waiting = gauge("mailbox_waiting", "Messages that the last good poll left in a mailbox.", "mailbox")
    for box in found.mailboxes:
        last.labels(box.name).set(box.last_success_at.timestamp() if box.last_success_at else 0)
        waiting.labels(box.name).set(box.waiting)
    return generate_latest(registry)
