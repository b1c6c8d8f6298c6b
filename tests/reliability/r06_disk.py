"""R6: a database that is locked or read-only, and disks that are full; nothing leaves the mailbox meanwhile."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from daysheet.errors import DaysheetError
from daysheet.services.account import account
from daysheet.store import tables
from tests import builders
from tests.reliability.frame import Counts, Stage, Sweep, Trial
from tests.reliability.post import (
    REPS,
    Post,
    a_report,
    fill,
    imap_box,
    left,
    new_user,
    prepared,
    prepared_on_postgres,
    standing,
    within,
)
from tests.services.postgres import PostgresServer, running_postgres

MAILS = 3
PADDING = 2_000_000
"""Bytes that make a mail larger than the room that is left."""
FILE_LIMIT = 2**20 * 3 // 2
"""Bytes over which no file may grow, less than such a mail and more than the database needs."""
MOMENTS = ("take", "work", "send")
INSTALL = "mounting a small file system needs root: run the figures as root"


# ---- the place ---------------------------------------------------------------------------------


class Possible(AssertionError):
    """What should not have been possible was."""


@dataclass
class Scene:
    """An installation, its mailbox with mails in it, and how often something could not be done."""

    stage: Stage
    post: Post
    user: str
    delivered: int = 0
    faults: int = 0

    def deliver(self, number: int = MAILS, padding: int = 0) -> None:
        """So many reps mail their reports."""
        for _ in range(number):
            self.stage.dovecot.append(self.user, a_report(self.delivered, padding))
            self.delivered += 1

    def up_to(self, moment: str) -> None:
        """Do all that comes before *moment*."""
        if moment != "take":
            self.post.poll()
        if moment == "send":
            self.post.work()

    def tries(self, moment: str) -> None:
        """Try to go on at *moment*: it must be refused in words, and must not touch the mailbox."""
        there = self.mailbox()
        step = {"take": self.post.poll, "work": self.post.work, "send": self.post.flush}[moment]
        refusal = ""
        try:
            step()
        except (DaysheetError, OSError) as error:
            refusal = str(error) or "says nothing"
        if not refusal:
            raise Possible(f"could {moment} in spite of it")
        assert refusal != "says nothing"
        self.faults += 1
        assert self.mailbox() == there, "the mailbox was changed while nothing could be kept"

    def mailbox(self) -> tuple[int, int]:
        """Return how many messages wait, and how many are processed."""
        return left(self.stage.dovecot, self.user), self.stage.dovecot.messages(self.user, "Processed")

    def ends(self) -> Counts:
        """It is over: without a restart everything is taken, worked and answered, once."""
        self.post.poll()
        self.post.work()
        self.post.flush()
        counted = self.post.proof(self.delivered)
        assert self.mailbox() == (0, self.delivered), self.mailbox()
        states = Counter(row.state for row in self.post.select(sa.select(tables.outbox.c.state)))
        assert states == Counter(sent=self.delivered), states
        assert self.faults, "the fault never struck"
        assert account(self.post.tools).is_closed
        return counted + Counter(faults=self.faults, answers=states["sent"])


@contextmanager
def scene(
    stage: Stage, *, folder: Path | None = None, name: str = "", url: str = "", **settings: object
) -> Iterator[Scene]:
    """Give a place with mails in the mailbox, on SQLite, or on the PostgreSQL database *name*, or behind *url*."""
    user = new_user()
    box = imap_box(stage.dovecot, user, timeout_seconds=20.0)
    url = stage.postgres.url(name) if name else url
    try:
        with standing(stage, folder, url=url, mailboxes={"reports": box}, **settings) as post:
            one = Scene(stage, post, user)
            one.deliver()
            yield one
    finally:
        if name:
            stage.postgres.drop(name)


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Give a file system of *mebibytes* at *folder*."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "daysheet-small", folder], capture_output=True, check=False
    )
    assert done.returncode == 0, f"{INSTALL} ({done.stderr.decode().strip()})"
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no byte free on *disk*."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (2**20, 2**12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    try:
        yield
    finally:
        filler.unlink()


# ---- 1: locked ---------------------------------------------------------------------------------


@contextmanager
def _held(one: Scene, name: str) -> Iterator[Callable[[], None]]:
    """Hold what every writer needs; give what lets go of it."""
    if name:
        holder = psycopg.connect(one.stage.postgres.url(name), autocommit=False)
        holder.execute("LOCK TABLE inbound, outbox, lease IN ACCESS EXCLUSIVE MODE")
        try:
            yield holder.rollback
        finally:
            holder.close()
        return
    path = one.post.tools.database.path
    assert path is not None
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as file:
        file.execute("BEGIN IMMEDIATE")
        yield lambda: file.execute("ROLLBACK") and None


def locked(stage: Stage, database: str, moment: str, seconds: float) -> Counts:
    """Somebody holds the database for *seconds*; longer than one waits it is refused, and then it goes on."""
    name = stage.postgres.new_database(prepared_on_postgres(stage)) if database == "postgresql" else ""
    with scene(stage, name=name) as one:
        one.up_to(moment)
        with _held(one, name) as let_go:
            timer = threading.Timer(seconds, let_go)
            timer.start()
            began = time.monotonic()
            if seconds < PATIENCE:
                step = {"take": one.post.poll, "work": one.post.work, "send": one.post.flush}[moment]
                within(60, step)
                assert time.monotonic() - began >= seconds / 2, "nothing was locked"
                one.faults += 1
            else:
                one.tries(moment)
            timer.join()
        return one.ends()


PATIENCE = 30
"""Seconds that the database waits for a lock (store/engine.py)."""


# ---- 2, 3, 4: full -----------------------------------------------------------------------------


def spool_full(stage: Stage, moment: str) -> Counts:
    """The disk of the raw mails is full; the database lies elsewhere."""
    folder = stage.folder()
    with small_disk(folder / "var", 8) as disk, scene(stage, folder=folder) as one:
        one.up_to(moment)
        with filled(disk):
            one.deliver(1)
            one.tries("take")
            one.tries("take")
        return one.ends()


def file_limit(stage: Stage, moment: str) -> Counts:
    """No file may grow as large as a mail that comes, as with a quota; the others are taken."""
    with scene(stage) as one:
        one.up_to(moment)
        one.deliver(1, PADDING)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, hard))
        try:
            one.tries("take")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        return one.ends()


def database_full(stage: Stage, moment: str) -> Counts:
    """The SQLite file may not grow: what SQLite says then is "database or disk is full"."""
    with scene(stage) as one:
        one.up_to(moment)
        pages = 1  # fewer than there are: it stays as large as it is

        def begun(connection: sa.Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        engine = one.post.tools.database._writer
        sa.event.listen(engine, "begin", begun)
        try:
            _until_refused(one, moment)
            pages = 2**30
            return one.ends()
        finally:
            sa.event.remove(engine, "begin", begun)


def disk_full(stage: Stage, moment: str) -> Counts:
    """The disk of the SQLite file and its write-ahead log is full."""
    folder = stage.folder()
    with small_disk(folder / "db", 24) as disk:
        shutil.copy(prepared(stage), disk / "daysheet.db")
        url = f"sqlite:///{disk / 'daysheet.db'}"
        with scene(stage, folder=folder, database={"url": url}) as one:
            one.up_to(moment)
            with filled(disk):
                one.tries(moment)
                one.tries(moment)
            return one.ends()


def tablespace_full(stage: Stage, moment: str) -> Counts:
    """The disk of a PostgreSQL database's tables is full, its log elsewhere."""
    disk_folder = Path("/dev/shm") / f"daysheet-small-{os.getpid()}-{time.monotonic_ns()}"
    with small_disk(disk_folder, 40) as disk:
        place = disk / "tables"
        place.mkdir()
        if os.geteuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        space = f"small{time.monotonic_ns()}"
        admin = stage.postgres.url("postgres")
        model = prepared_on_postgres(stage)
        name = f"{space}_db"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(sql.Identifier(space), str(place)))
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}")
            connection.execute(statement.format(*map(sql.Identifier, (name, model, space))))
        try:
            with scene(stage, name=name) as one:
                one.up_to(moment)
                with filled(disk):
                    _until_refused(one, moment)
                return one.ends()
        finally:
            stage.postgres.drop(name)
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP TABLESPACE IF EXISTS {}").format(sql.Identifier(space)))
    # (the folder itself is left to the system's memory: it is empty)


def _until_refused(one: Scene, moment: str) -> None:
    """Deliver more and try until there is no room left within the pages of the tables either."""
    while one.delivered < REPS - 5:
        there = one.mailbox()
        try:
            one.up_to(moment)
            one.tries(moment)
        except Possible:
            one.deliver(5)
            continue
        except (DaysheetError, OSError):
            assert one.mailbox() == there, "the mailbox was changed while nothing could be kept"
            one.faults += 1
        if moment == "take":
            one.tries("take")
        return
    raise AssertionError("the disk was never full")


# ---- 5: read-only ------------------------------------------------------------------------------


def read_only(stage: Stage, moment: str) -> Counts:
    """The file system of the SQLite file is mounted read-only, as after an error of the disk."""
    folder = stage.folder()
    with small_disk(folder / "db", 64) as disk:
        shutil.copy(prepared(stage), disk / "daysheet.db")
        url = f"sqlite:///{disk / 'daysheet.db'}"
        with scene(stage, folder=folder, database={"url": url}) as one:
            one.up_to(moment)
            one.post.tools.database.close()
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            try:
                one.tries(moment)
                one.tries(moment)
            finally:
                subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            return one.ends()


def standby(stage: Stage, moment: str) -> Counts:
    """The PostgreSQL server is a standby, as after a failover that is half done."""
    with _own_server(stage, moment) as (server, one):
        server.be_standby()
        for _ in range(TRIES):
            one.tries(moment)
        server.promote()
        return one.ends()


def server_ended(stage: Stage, moment: str) -> Counts:
    """The PostgreSQL server has ended at once, which is what it does where its log is full."""
    with _own_server(stage, moment) as (server, one):
        server.die()
        for _ in range(TRIES):
            one.tries(moment)
        server.come_back()
        return one.ends()


@contextmanager
def _own_server(stage: Stage, moment: str) -> Iterator[tuple[PostgresServer, Scene]]:
    """Give a server that serves this trial alone, and a place on it that is ready for *moment*."""
    with running_postgres() as server:
        name = server.new_database()
        with psycopg.connect(server.url(name), autocommit=True) as connection:
            # as in real life; the servers of the tests are in more of a hurry, and would forget what they promised
            statement = sql.SQL("ALTER DATABASE {} SET synchronous_commit = on")
            connection.execute(statement.format(sql.Identifier(name)))
        settings = builders.settings(stage.folder())
        fill(settings.model_copy(update={"database": settings.database.model_copy(update={"url": server.url(name)})}))
        with scene(stage, url=server.url(name)) as one:
            one.up_to(moment)
            yield server, one


TRIES = 3
"""Where a server was restarted the first tries tell of broken connections, not of a server that is read-only."""


# ---- all of them -------------------------------------------------------------------------------


def trials(stage: Stage) -> Iterable[Trial]:
    """Return every fault at every moment at which it can strike."""
    del stage
    for moment in MOMENTS:
        for database in ("sqlite", "postgresql"):
            yield Trial(
                f"1-locked/2-seconds/{moment}/{database}",
                partial(locked, database=database, moment=moment, seconds=2.0),
            )
    for database in ("sqlite", "postgresql"):
        for moment in MOMENTS:
            yield Trial(
                f"1-locked/33-seconds/{moment}/{database}",
                partial(locked, database=database, moment=moment, seconds=33.0),
            )
    for moment in MOMENTS:
        yield Trial(f"2-spool-full/disk/{moment}", partial(spool_full, moment=moment))
        yield Trial(f"2-spool-full/limit/{moment}", partial(file_limit, moment=moment))
        if moment != "send":  # nothing grows by sending
            yield Trial(f"3-database-full/sqlite/{moment}", partial(database_full, moment=moment))
            yield Trial(f"3-database-full/postgresql/{moment}", partial(tablespace_full, moment=moment))
        yield Trial(f"4-log-full/sqlite/{moment}", partial(disk_full, moment=moment))
        yield Trial(f"4-log-full/postgresql/{moment}", partial(server_ended, moment=moment))
        yield Trial(f"5-read-only/sqlite/{moment}", partial(read_only, moment=moment))
        yield Trial(f"5-read-only/postgresql/{moment}", partial(standby, moment=moment))


SWEEP = Sweep(
    id="R6",
    title="Locked, full and read-only",
    bar=(
        "all five: the mailbox is unchanged while nothing can be kept; everything goes on by itself, without a "
        "restart; nothing lost, counted twice or unanswered"
    ),
    trials=trials,
    broken=(
        "With a batch moved out of the mailbox before it is recorded (services/receive.py), a full SQLite database "
        "said: the mailbox was changed while nothing could be kept."
    ),
    zeros=("lost", "twice", "missing"),
    least={"faults": 40},
    remarks=(
        "Five: (1) the database locked, for 2 seconds and for longer than the 30 that one waits, a full disk (2) of "
        "the raw mails, (3) of the database, (4) of its write-ahead log, (5) a database that is read-only. Each while "
        "mails are taken, worked and sent. Disks are small file systems in memory; SQLite's own limit stands for (3), "
        "a tablespace for PostgreSQL's. A PostgreSQL whose log is full ends; here it is made to end at once instead."
    ),
)
