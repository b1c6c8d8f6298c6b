"""
Look every minute at what an operator must hear of; raise alarms, end them, have them told.

Nothing here asks a server. What can be seen by looking is an alarm for as long as it is so; looking that fails leaves
the alarms of its kind as they are.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from daysheet.errors import StoreError
from daysheet.model.alarms import AlarmKind, Condition, saying
from daysheet.model.text import Language
from daysheet.reports.alarm_view import detail_text
from daysheet.services import alarm_mails, silent_reps
from daysheet.services.account import Accounts
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import alarms, mailboxes, watch
from daysheet.store.engine import Connection

Source = Callable[[datetime], Iterable[Condition]]
"""Gives what is so at an instant."""

LEASE = "watch"
GRACE = timedelta(minutes=5)
"""How long a service that has just begun is given to poll; how long messages and mails must wait on to count."""
BACKLOG = timedelta(minutes=15)
"""A message that has waited for longer is not on its way."""
REPS_EVERY = timedelta(hours=1)
"""How often it is looked whether reps have fallen silent: it takes the reports of two months."""

log = structlog.get_logger()


@dataclass(slots=True)
class Memory:
    """What one look leaves for the next: when the first was, since when something has been so, silent reps."""

    first_look_at: datetime | None = None
    since: dict[tuple[AlarmKind, str], datetime] = field(default_factory=dict)
    reps_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What to look at: the *mailboxes* of the settings, the disk of *data_dir*, and *logins* that may end."""

    mailboxes: Sequence[str]
    data_dir: Path
    logins: Source = lambda now: ()


def look(tools: Tools, watched: Watched, memory: Memory) -> None:
    """
    Look at everything once; cheap where nothing has changed.

    Raises StoreError where the database cannot be asked, and LeaseHeld where another process is at it.
    """
    now = tools.clock()
    memory.first_look_at = memory.first_look_at or now
    found = dict(_look_at_all(tools, watched, memory, now))
    with tools.database.reading() as connection:
        if not _changes(connection, found) and not alarm_mails.pending(connection, tools, now):
            return
    with held(tools, LEASE), tools.database.writing() as connection:
        for kind, changes in _changes(connection, found).items():
            alarms.write(connection, kind, changes, now)
            for subject, detail in changes.raised.items():
                words = detail_text(detail, Language.EN)
                log.warning("alarm.raised", kind=str(kind), subject=subject, detail=words)
            if changes.cleared:
                log.info("alarm.over", kind=str(kind), alarms=list(changes.cleared))
        told = alarm_mails.tell(connection, tools, now)
    if told:
        log.info("alarm.told", mails=told)


def account_for(tools: Tools, books: Accounts) -> None:
    """Raise the alarm that the accounts do not close, or end it."""
    now_so = {} if books.is_closed else {"": "; ".join(books.faults)}
    with tools.database.writing() as connection:
        changes = alarms.compare(connection, AlarmKind.ACCOUNTS, now_so)
        alarms.write(connection, AlarmKind.ACCOUNTS, changes, tools.clock())


def _changes(connection: Connection, found: dict[AlarmKind, dict[str, str]]) -> dict[AlarmKind, alarms.Changes]:
    compared = {kind: alarms.compare(connection, kind, now_so) for kind, now_so in found.items()}
    return {kind: changes for kind, changes in compared.items() if changes}


def _look_at_all(
    tools: Tools, watched: Watched, memory: Memory, now: datetime
) -> Iterator[tuple[AlarmKind, dict[str, str]]]:
    """Yield what is so of each kind, subject → detail; a kind that could not be looked at is left out."""
    looks: dict[AlarmKind, Source] = {
        AlarmKind.MAILBOX: partial(_mailboxes, tools, watched.mailboxes, memory),
        AlarmKind.ANSWERS: partial(_answers, tools, memory),
        AlarmKind.QUARANTINE: partial(_quarantine, tools),
        AlarmKind.DISK: partial(_disk, tools, watched.data_dir),
        AlarmKind.LOGIN: watched.logins,
        AlarmKind.BACKLOG: partial(_backlog, tools, memory),
    }
    if memory.reps_at is None or now - memory.reps_at >= REPS_EVERY:
        looks[AlarmKind.REP_SILENT] = partial(silent_reps.find, tools)
        memory.reps_at = now
    for kind, source in looks.items():
        try:
            yield kind, {one.subject: one.detail for one in source(now)}
        except StoreError:
            raise
        except Exception:
            # whatever keeps one thing from being looked at, the others must be
            log.exception("watch.failed", kind=str(kind))


# ---- one look each -------------------------------------------------------------------------------


def _mailboxes(tools: Tools, boxes: Sequence[str], memory: Memory, now: datetime) -> Iterator[Condition]:
    assert memory.first_look_at is not None
    with tools.database.reading() as connection:
        known = {box.name: box for box in mailboxes.all_mailboxes(connection)}
    if now - memory.first_look_at < min(GRACE, tools.alarm_limits.silence):
        # it may have been off for days; what was so before that stays so until the first poll
        with tools.database.reading() as connection:
            former = {one.subject for one in alarms.open_of(connection, AlarmKind.MAILBOX)}
    else:
        former = None
    for name in boxes:
        box = known.get(name)
        last = box.last_success_at if box else None
        if now - (last or memory.first_look_at) <= tools.alarm_limits.silence:
            continue
        facts = {"why": box.last_error[:300]} if box and box.last_error else {}
        code = ("no-poll-since" if last else "never-polled") + ("-why" if facts else "")
        detail = saying(code, last_at=last, **facts) if last else saying(code, **facts)
        if former is None or name in former:
            yield Condition(AlarmKind.MAILBOX, name, detail)


def _answers(tools: Tools, memory: Memory, now: datetime) -> Iterator[Condition]:
    with tools.database.reading() as connection:
        stuck = watch.stuck(connection)
        waiting, oldest_at = watch.waiting_since(connection, now - tools.alarm_limits.answer_age)
    for state, number in sorted(stuck.items()):
        yield Condition(AlarmKind.ANSWERS, state, saying(f"answers-{state}", number=number))
    if _lasts(memory, AlarmKind.ANSWERS, "waiting", now, is_so=bool(waiting)):
        said = saying("answers-waiting", number=waiting, oldest_at=oldest_at or now)
        yield Condition(AlarmKind.ANSWERS, "waiting", said)


def _quarantine(tools: Tools, now: datetime) -> Iterator[Condition]:
    with tools.database.reading() as connection:
        number = watch.set_aside_since(connection, now - timedelta(days=1))
    if number > tools.alarm_limits.quarantined_per_day:
        said = saying("set-aside", most=tools.alarm_limits.quarantined_per_day)
        yield Condition(AlarmKind.QUARANTINE, "", said)


def _disk(tools: Tools, data_dir: Path, now: datetime) -> Iterator[Condition]:
    del now
    free = shutil.disk_usage(data_dir if data_dir.exists() else data_dir.parent).free
    if free < tools.alarm_limits.free_bytes:
        # in steps: every other minute's last few bytes are no news
        yield Condition(AlarmKind.DISK, "data_dir", saying("disk", mebibytes=free // 2**20 // 50 * 50 + 50))


def _backlog(tools: Tools, memory: Memory, now: datetime) -> Iterator[Condition]:
    with tools.database.reading() as connection:
        number, oldest_at = watch.unclaimed_since(connection, now - BACKLOG, now)
    if _lasts(memory, AlarmKind.BACKLOG, "", now, is_so=bool(number)):
        yield Condition(AlarmKind.BACKLOG, "", saying("backlog", number=number, oldest_at=oldest_at or now))


def _lasts(memory: Memory, kind: AlarmKind, subject: str, now: datetime, *, is_so: bool) -> bool:
    """
    Say whether something has been so for a while: what an operator has just set going again looks as old as it is.
    """
    if not is_so:
        memory.since.pop((kind, subject), None)
        return False
    return now - memory.since.setdefault((kind, subject), now) >= GRACE
