"""Backups under traffic: each is put into a new place, the mails taken since are recovered, and nothing is missing."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread

from pydantic import SecretStr

from daysheet import config, wiring
from daysheet.config import MailboxSettings, Settings
from daysheet.errors import BackupDamaged, BackupRefused
from daysheet.points import Point
from daysheet.services import backup, recovering, restoring
from daysheet.services.account import account
from tests.acceptance.house import House, until
from tests.reliability import crashes, dying
from tests.reliability.crashes import Place, Reference
from tests.reliability.dying import STOP, Fate
from tests.reliability.frame import Counts, Stage, Sweep, Trial
from tests.services.dovecot import PASSWORD

REPS = 4  # sixteen mails: eight before the backup, eight after it
BEFORE = 8
POINTS = (
    (Point.FETCHED, 3),
    (Point.SPOOLED, 1),
    (Point.SIGHTED, 4),
    (Point.RECORDED, 1),
    (Point.MOVED, 1),
    (Point.GONE, 1),
    (Point.SETTLED, 1),
    (Point.CLAIMED, 2),
    (Point.PREPARED, 2),
    (Point.FILING, 3),
    (Point.MAIL_ACCEPTED, 2),
    (Point.MAIL_MARKED, 3),
)
MOMENTS = 10
LONGEST = 1.6
"""Seconds after its first mail within which the process is about done with eight."""
STANDSTILL = 0.7
"""Seconds for which the process stands at a point; a backup that waits for its lock goes on with it."""


# ---- a backup while mails are taken, worked and sent -------------------------------------------


def during(stage: Stage, database: str, fate: Fate, seconds: float) -> Counts:
    """Back up at the point of *fate*, or so many *seconds* after the first mail was fetched; put it back elsewhere."""
    crashes.reference(stage, database, REPS)
    return crashes.once(
        partial(_during, database=database, fate=fate, seconds=seconds),
        crashes.place(stage, database, REPS, deliver=False),
    )


def _during(place: Place, database: str, fate: Fate, seconds: float) -> Counts:
    wanted = crashes.reference(place.stage, database, REPS)
    place.sent.clear()
    mails = crashes.mails(REPS)
    place.stage.dovecot.append(place.user, *mails[:BEFORE])
    made = _backed_up(place, fate, seconds)
    place.stage.dovecot.append(place.user, *mails[BEFORE:])
    crashes.check(place, place.settle(), wanted)
    assert not made.manifest.missing, "raw mails that the database names are not in the backup"
    there = _new_place(place)
    try:
        return _put_back(there, made.path, wanted) | {f"backups on {database}": 1}
    finally:
        there.put_away()


def _backed_up(place: Place, fate: Fate, seconds: float) -> backup.Made:
    """Start the process, and back up while it is at work; both come to their ends."""
    made: list[backup.Made] = []
    task, process = place.start(fate=fate)

    def back_up() -> None:
        with wiring.open_tools(config.load(place.house.config)) as tools:
            made.append(backup.make(tools))

    thread = Thread(target=back_up, daemon=True)
    if fate.point:
        until(lambda: _stands(process.pid), seconds=crashes.PATIENCE)
        thread.start()
        thread.join(STANDSTILL)
        os.kill(process.pid or 0, signal.SIGCONT)
    else:
        until(lambda: dying.instants(task, Point.FETCHED), seconds=crashes.PATIENCE)
        time.sleep(seconds)
        thread.start()
    thread.join(crashes.PATIENCE)
    assert made, "no backup was made"
    assert dying.end_of(process, crashes.PATIENCE) == 0, "the process did not end well"
    return made[0]


def _stands(process_id: int | None) -> bool:
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _new_place(place: Place) -> Place:
    """Return a place with the same mailbox, an empty folder and an empty database."""
    stage, folder = place.stage, place.stage.folder()
    name = stage.postgres.new_database() if place.database else ""
    url = stage.postgres.url(name) if name else "sqlite:///daysheet.db"
    house = House(folder, crashes.settings(stage, place.user, url), {"DAYSHEET_MAILBOXES__REPORTS__PASSWORD": PASSWORD})
    return replace(place, house=house.write(), database=name, started=[])


def _put_back(there: Place, path: Path, wanted: Reference) -> dict[str, int]:
    """Restore, recover, go on as the page says; hold what came of it against a run that nobody disturbed."""
    settings = config.load(there.house.config)
    box = with_password(settings)
    with wiring.open_tools(settings, check_schema=False) as tools:
        restored = restoring.restore(tools, path)
        assert restored.accounts is not None, restored.outdated
        faults = restored.accounts.faults
        assert not faults, f"the accounts do not close as of the backup: {faults}"
        sent = {row.message_id for row in crashes.ask(there, "SELECT message_id FROM outbox WHERE state = 'sent'")}
        known = {row.raw_sha256 for row in crashes.ask(there, "SELECT raw_sha256 FROM inbound")}
        mailbox = wiring.open_mailbox("reports", box, settings, is_backwards=True)
        done = recovering.recover(tools, mailbox, since=datetime.now(UTC).date())
        again = recovering.recover(tools, wiring.open_mailbox("reports", box, settings, is_backwards=True))
        assert again.moved == 0, "what was moved back is found once more"
    there.sent.clear()
    books = there.settle()
    assert books["faults"] == [], books
    assert books["unfinished"] == 0, books
    _compare(there, wanted)
    with wiring.open_tools(settings) as tools:
        assert not account(tools).faults
    left = there.stage.dovecot.messages(there.user)
    assert left == 0, f"{left} are left in the inbox"
    # what the backup knows as sent stays sent; all else leaves from the new place, and once
    ids = Counter(one.message_id for one in there.sent)
    assert ids.keys() == wanted.mails - sent, f"{len(ids)} mails left instead of {len(wanted.mails - sent)}"
    twice = sorted(one for one, number in ids.items() if number > 1)
    assert not twice, f"sent twice from the new place: {twice}"
    return {"backups": 1, "known": len(known), "recovered": done.moved, "lost": 0, "twice": 0, "missing": 0}


def with_password(settings: Settings) -> MailboxSettings:
    """Return the settings of the mailbox, with the password that processes get by their environment."""
    box = settings.mailboxes["reports"]
    return box.model_copy(update={"password": SecretStr(PASSWORD)})


def _compare(there: Place, wanted: Reference) -> None:
    found = crashes.state_of(there)
    for what, rows in wanted.state.items():
        # a second sighting of bytes that the backup knew stays among the done ones
        asked, got = (rows, found[what]) if what != "sightings" else (sorted(set(rows)), sorted(set(found[what])))
        if what == "sightings":
            asked, got = [row for row in asked if " | 0 | " in row], [row for row in got if " | 0 | " in row]
        lost, twice = Counter(asked) - Counter(got), Counter(got) - Counter(asked)
        assert not lost, f"{what} lost: {sorted(lost)[:5]}; instead: {sorted(twice)[:5]}"
        assert not twice, f"{what} twice, or not as they should be: {sorted(twice)[:5]}"
    files = {path.name for path in (there.house.folder / "var" / "spool").glob("??/*") if not path.name.startswith(".")}
    hashes = {row.raw_sha256 for row in crashes.ask(there, "SELECT raw_sha256 FROM inbound")}
    assert files == hashes, "the spool and the database differ"


# ---- what is no backup, and where none may go --------------------------------------------------


def damaged(stage: Stage, database: str) -> Counts:
    """Cut a backup and turn bytes of it; put the whole one where something is: each time it is refused."""
    crashes.reference(stage, database, REPS)
    return crashes.once(partial(_damaged, database=database), crashes.place(stage, database, REPS))


def _damaged(place: Place, database: str) -> Counts:
    wanted = crashes.reference(place.stage, database, REPS)
    place.sent.clear()
    place.settle()
    with wiring.open_tools(config.load(place.house.config)) as tools:
        whole = backup.make(tools).path
        with_refusal(BackupRefused, lambda: restoring.restore(tools, whole))
    # what was there is untouched
    books = place.settle()
    crashes.check(place, books, wanted, {})
    content = whole.read_bytes()
    there = _new_place(place)
    tried = 0
    try:
        with wiring.open_tools(config.load(there.house.config), check_schema=False) as tools:
            for one in _spoilt(content):
                path = there.house.folder / "spoilt.tar"
                path.write_bytes(one)
                with_refusal(BackupDamaged, lambda: restoring.restore(tools, there.house.folder / "spoilt.tar"))
                assert not list(tools.spool.hashes()), "mails of a damaged backup were put into the spool"
                tried += 1
            assert restoring.restore(tools, whole).accounts is not None, "an earlier refusal left something"
    finally:
        there.put_away()
    return {"damaged": tried, "refused": tried + 1}


def _spoilt(content: bytes) -> Iterable[bytes]:
    for share in (0.0, 0.02, 0.3, 0.5, 0.7, 0.9, 0.97):
        yield content[: int(len(content) * share)]
    # bytes that count: in the database, in the mails and in the manifest
    starts = [content.find(b"PGDMP" if b"PGDMP" in content else b"SQLite format 3")]
    starts += [content.find(b"\nMessage-ID: <1.8"), content.find(b'"tables"')]
    for start in starts:
        assert start > 0
        yield content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :]


def with_refusal(kind: type[Exception], act: Callable[[], object]) -> None:
    """Hold that *act* is refused with an error that says something."""
    said = None
    try:
        act()
    except kind as error:
        said = str(error)
    assert said is not None, f"it was taken where {kind.__name__} was due"
    assert said, "it is refused without a word"


# ---- all of them -------------------------------------------------------------------------------


def trials(stage: Stage) -> Iterable[Trial]:
    """Return a backup at each point and at moments drawn by lot, and damage, on both databases by turns."""
    del stage
    for database in crashes.DATABASES:
        yield Trial(f"damaged/{database}", partial(damaged, database=database))
    for index in range(max(len(POINTS), MOMENTS)):
        for database in crashes.DATABASES:
            if index < len(POINTS):
                point, number = POINTS[index]
                fate = Fate(point, number, STOP)
                yield Trial(f"at/{point}/{database}", partial(during, database=database, fate=fate, seconds=0))
            if index < MOMENTS:
                seconds = random.Random(f"{database} {index}").uniform(0.05, LONGEST)
                yield Trial(
                    f"moment/{index}/{database}", partial(during, database=database, fate=Fate(), seconds=seconds)
                )


SWEEP = Sweep(
    id="backups",
    title="Backed up while mails are taken, worked and sent",
    bar=(
        "at least 20 backups on each database: put into a new place, each closes its accounts; once the mails taken "
        "since are recovered, nothing is lost, counted twice or unanswered. A cut or damaged backup is refused, and so "
        "is a place where something is"
    ),
    trials=trials,
    broken=(
        "With every done message taken for a known one (services/recovering.py), the first backup said: messages lost. "
        "Without the comparison of a raw mail's hash (services/archive.py), a backup with one bit of a mail turned was "
        "taken where a refusal was due."
    ),
    least={**{f"backups on {database}": 20 for database in crashes.DATABASES}, "recovered": 200, "refused": 20},
    remarks=(
        "At twelve named points, where the process stands still for the backup or for the most of a second of it, and "
        "at ten moments drawn by lot. Eight mails come before a backup and eight after it. Answers that left after it "
        "leave once more, as the page on backups says, under the Message-ID they had; no other does."
    ),
)
