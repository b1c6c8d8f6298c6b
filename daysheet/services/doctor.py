"""Check everything the service needs, one finding per line."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from daysheet.errors import DaysheetError
from daysheet.ingest.mailbox import Mailbox
from daysheet.model.access import Account
from daysheet.model.calendars import WorkCalendar
from daysheet.model.people import Role
from daysheet.model.trust import Trust, Way
from daysheet.reports.delivery import Delivery
from daysheet.services import access, alarm_mails, backup, digests, trusting
from daysheet.services.tools import Tools
from daysheet.store import accounts, alarms, inbound, integrity, mailboxes, migrate, outbox, people
from daysheet.store import digests as digest_store
from daysheet.store.engine import Connection

OVERDUE = timedelta(hours=2)
"""A digest that has been due for longer than this is not on its way: even a large company's take minutes."""
BACKUP_AGE = timedelta(days=7)
"""Who makes backups means to make them more often."""
MAILS_READ = 200
"""Raw mails whose hash is compared; ``mailbox account`` compares all of them."""
MOST_NAMED = 10
"""Stewards that a line names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: *is_fine* or not, and a sentence that says what was seen or what to do."""

    check: str
    is_fine: bool
    note: str


def examine(
    tools: Tools,
    data_dir: Path,
    boxes: Mapping[str, Callable[[], Mailbox]],
    delivery: Callable[[], Delivery],
    chart_trouble: str = "",
    logins: Mapping[str, Callable[[], str]] | None = None,
) -> Iterator[Finding]:
    """
    Give a finding per check; what only a usable database could tell is left out where there is none.

    *chart_trouble* is why pictures that are asked for cannot be drawn; *logins* say by name how they stand.
    """
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    database = _try("database", lambda: _database(tools))
    yield database
    if database.is_fine:
        yield _try("clock", lambda: _clock(tools))
        yield _try("integrity", lambda: _integrity(tools))
        yield _try("backup", lambda: _backup(tools, data_dir))
    yield _try("disk", lambda: _disk(tools, data_dir))
    yield _try("reader", lambda: _reader(tools))
    yield _try("calendars", lambda: _calendars(tools))
    if chart_trouble:
        yield Finding("charts", False, chart_trouble)
    for name, describe in (logins or {}).items():
        yield _try(f"login {name}", describe)
    for name, open_box in boxes.items():
        headers: list[bytes] = []
        yield _try(f"mailbox {name}", partial(_mailbox, open_box, headers))
        yield _try(f"senders of {name}", partial(_senders, tools, name, headers, has_database=database.is_fine))
        if database.is_fine:
            yield _try(f"last poll of {name}", partial(_last_poll, tools, name))
    yield _try("answers leave", lambda: _delivery(delivery))
    if database.is_fine:
        yield _try("answers waiting", lambda: _queue(tools))
        yield _try("digests", lambda: _digests(tools))
        yield _try("stewards", lambda: _stewards(tools))
        yield _try("administrators", lambda: _administrators(tools))
        yield _try("alarms", lambda: _alarms(tools))


class _Fault(Exception):
    """Carries the sentence of a check that failed."""


def _try(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, True, look())
    except (_Fault, DaysheetError, OSError) as error:
        return Finding(check, False, str(error))


def _database(tools: Tools) -> str:
    migrate.check(tools.database, tools.specs)
    with tools.database.writing():
        pass
    return f"{tools.database.name}, writable, up to date"


def _clock(tools: Tools) -> str:
    with tools.database.reading() as connection:
        last = mailboxes.latest_instant(connection)
    if last is not None and last > tools.clock() + timedelta(minutes=5):
        raise _Fault(f"the clock says {tools.clock():%F %T}, but data were written at {last:%F %T}: set the clock")
    return f"{tools.clock():%F %T} UTC"


def _integrity(tools: Tools) -> str:
    with tools.database.reading() as connection:
        wrong = integrity.faults(connection)
        digests = inbound.newest_kept(connection, MAILS_READ)
    damaged = [one for one in dict.fromkeys(digests) if not tools.spool.is_sound(one)]
    said = list(wrong)
    if damaged:
        said.append(f"{len(damaged)} of the newest raw mails are missing or damaged, such as {damaged[0][:12]}…")
    if said:
        raise _Fault(f"{'; '.join(said)}: docs/howto/backup.md says how a backup is put back")
    return f"the database and the {len(digests)} newest raw mails are sound"


def _backup(tools: Tools, data_dir: Path) -> str:
    last = backup.latest(data_dir)
    if last is None:
        return "none was made with daysheet db backup"
    age = tools.clock() - last.at
    if age > BACKUP_AGE:
        raise _Fault(f"the last one is {age.days} days old, of {last.at:%F %R} UTC: daysheet db backup")
    return f"the last one is of {last.at:%F %R} UTC: {last.path}"


def _disk(tools: Tools, data_dir: Path) -> str:
    free = shutil.disk_usage(data_dir if data_dir.exists() else data_dir.parent).free
    if free < tools.alarm_limits.free_bytes:
        raise _Fault(f"only {free // 2**20} MiB free in {data_dir}")
    return f"{free // 2**20:,} MiB free"


def _reader(tools: Tools) -> str:
    tools.reader.read(b"a,b\n1,2\n", "probe.csv")
    return "workbooks can be read"


def _calendars(tools: Tools) -> str:
    year = tools.day_of(tools.clock(), None).year
    counted = [
        f"{name}: " + ", ".join(f"{_workdays(calendar, one)} workdays in {one}" for one in (year, year + 1))
        for name, calendar in sorted(tools.policy.calendars().items())
    ]
    return "; ".join(counted)


def _workdays(calendar: WorkCalendar, year: int) -> int:
    return calendar.workdays_between(date(year, 1, 1), date(year, 12, 31))


def _mailbox(open_box: Callable[[], Mailbox], headers: list[bytes]) -> str:
    """Count what waits, and put the *headers* of some of it aside."""
    mailbox = open_box()
    try:
        mailbox.open()
        headers += trusting.waiting(mailbox)
        return f"{mailbox.count()} waiting in {mailbox.folder}"
    finally:
        mailbox.close()


def _senders(tools: Tools, name: str, headers: list[bytes], *, has_database: bool) -> str:
    trust = tools.trust.get(name, Trust())
    earlier = trusting.kept(tools, name) if has_database and trust.way is not Way.NONE else ()
    try:
        return trusting.describe(name, trust, trusting.look(trust, [*headers, *earlier]))
    except trusting.Unbelievable as error:
        raise _Fault(str(error)) from None


def _last_poll(tools: Tools, name: str) -> str:
    with tools.database.reading() as connection:
        last = mailboxes.last_success(connection, name)
    if last is None:
        return "never polled yet"
    if tools.clock() - last > tools.alarm_limits.silence:
        raise _Fault(f"no successful poll since {last:%F %T} UTC: is daysheet serve running?")
    return f"{last:%F %T} UTC"


def _delivery(open_delivery: Callable[[], Delivery]) -> str:
    delivery = open_delivery()
    try:
        return delivery.check()
    finally:
        delivery.close()


def _queue(tools: Tools) -> str:
    with tools.database.reading() as connection:
        counts = outbox.counts(connection)
        oldest = outbox.waiting(connection, limit=1)
    stuck = sum(counts.get(state, 0) for state in outbox.STUCK)
    if stuck:
        raise _Fault(f"{stuck} answers failed, came back or are held: see daysheet outbox list")
    note = f"{counts.get('queued', 0)} queued, {counts.get('sent', 0)} sent"
    if not oldest:
        return note
    age = tools.clock() - oldest[0].created_at
    note = f"{note}, the oldest waiting for {age.total_seconds() / 60:.0f} minutes"
    if age > tools.alarm_limits.answer_age:
        raise _Fault(f"{note}: is daysheet serve running, and does the mail server take our mails?")
    return note


def overdue_digests(tools: Tools) -> tuple[digests.Due, ...]:
    """Return the mails by the clock that have been due for too long."""
    return tuple(one for one in digests.due(tools, tools.clock()) if one.at < tools.clock() - OVERDUE)


def has_sent_digests(tools: Tools) -> bool:
    """Say whether any went out at all: before that the service may not be meant to send them yet."""
    with tools.database.reading() as connection:
        return bool(digest_store.runs(connection, 1))


def _digests(tools: Tools) -> str:
    is_begun, overdue = has_sent_digests(tools), overdue_digests(tools)
    if overdue and not is_begun:
        return "none sent yet: daysheet serve sends them"
    if overdue:
        raise _Fault(
            f"{', '.join(one.name for one in overdue)} not sent, due since {min(one.at for one in overdue):%F %T} UTC: "
            "is daysheet serve running? Without it: daysheet digest send"
        )
    kinds = ", ".join(tools.policy.schedule) or "none"
    return f"none overdue; sent by the clock: {kinds}"


def _stewards(tools: Tools) -> str:
    """Name those who get no digest because nobody has said what they see: no fault where the work is done elsewhere."""
    with tools.database.reading() as connection:
        stewards = [one for one in people.all_people(connection) if one.role is Role.STEWARD and one.is_active]
        known = {one.person.id: one for one in accounts.all_accounts(connection)}
        blind = sorted(one.number for one in stewards if _sees_nothing(connection, one.id, known.get(one.id)))
    if not blind:
        return f"{len(stewards)} with something to see"
    more = f" and {len(blind) - MOST_NAMED} more" if len(blind) > MOST_NAMED else ""
    return (
        f"stewards who see nothing, and so get no digest: {', '.join(blind[:MOST_NAMED])}{more}; "
        f"daysheet people grant {blind[0]} --all"
    )


def _sees_nothing(connection: Connection, person_id: int, account: Account | None) -> bool:
    """Say whether nobody has let a steward see anything; who was shut out on purpose is another matter."""
    if account is None:
        return True
    scope = access.scope_of(connection, account)
    return not account.is_disabled and not scope.sees_all and scope.person_ids <= {person_id}


def _administrators(tools: Tools) -> str:
    """Say whom alarms are mailed to: no fault where they are seen to in another way."""
    if not tools.alarm_limits.is_mailed:
        return "alarms.mail is off: alarms are not mailed"
    with tools.database.reading() as connection:
        told = alarm_mails.administrators(connection)
    if not told:
        return "nobody with the role admin has an address, so alarms are mailed to nobody: daysheet people import"
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return f"alarms are mailed to {', '.join(one.number for one in told[:MOST_NAMED])}{more}"


def _alarms(tools: Tools) -> str:
    with tools.database.reading() as connection:
        found = alarms.open_alarms(connection)
    if found:
        raise _Fault(f"{len(found)} open, the newest: {found[0].kind} {found[0].subject}; see: daysheet alarms list")
    return "none open"
