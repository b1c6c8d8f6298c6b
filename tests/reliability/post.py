"""A pipeline within the test's own process, for trials of servers and disks: mails in, proof that each counted once."""

import itertools
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from daysheet import wiring
from daysheet.config import Settings
from daysheet.services import import_customers, outbox, people
from daysheet.services.account import account
from daysheet.services.process import process_pending
from daysheet.services.receive import Received, poll
from daysheet.services.tools import Tools
from daysheet.store import tables
from tests import builders
from tests.builders import Clock, a_mail, a_visit, a_workbook
from tests.reliability.frame import Stage
from tests.services.dovecot import PASSWORD, DovecotServer

REPS = 64
PEOPLE = "number,name,role,addresses,team,language,since\n" + "".join(
    f"R{n},销售{n},rep,r{n}@corp.example,一组,{'zh' if n % 2 else 'en'},2025-09-01\n" for n in range(REPS)
)
PATIENCE = 60
"""Seconds until a step that has a deadline of a few is held to hang."""

_numbers = itertools.count(1)


def new_user() -> str:
    """Return the name of a user whose mailbox is empty."""
    return f"f{next(_numbers)}-{time.monotonic_ns() % 10**9}"


def a_report(number: int, padding: int = 0) -> bytes:
    """Return the mail of rep *number* with one visit, about *padding* bytes longer than it need be."""
    book = a_workbook([a_visit()], cover={"rep_number": None})
    noise = random.Random(number).randbytes(padding // 2).hex()
    text = "\n".join(["请查收。", *(noise[at : at + 70] for at in range(0, len(noise), 70))])
    return a_mail(book, sender=f"r{number}@corp.example", text=text, message_id=f"<{number}@corp.example>")


def prepared(stage: Stage) -> Path:
    """Return a SQLite file with tables, people and customers, to copy."""
    file = stage.root / "post" / "daysheet.db"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fill(builders.settings(file.parent))
    return file


def prepared_on_postgres(stage: Stage) -> str:
    """Return the name of a PostgreSQL database with the same, to copy."""
    if "post_model" not in stage.__dict__:
        name = stage.postgres.new_database()
        settings = builders.settings(stage.folder())
        database = settings.database.model_copy(update={"url": stage.postgres.url(name)})
        fill(settings.model_copy(update={"database": database}))
        stage.__dict__["post_model"] = name
    return str(stage.__dict__["post_model"])


def fill(settings: Settings) -> None:
    """Make the tables, with people and customers in them."""
    builders.make_database(settings)
    with wiring.open_tools(settings) as tools:
        tools = replace(tools, clock=Clock())
        people.import_file(tools, "people.csv", PEOPLE.encode())
        import_customers.import_file(tools, "customers.csv", builders.CUSTOMERS.encode())


def within(seconds: float, act: Callable[[], Any]) -> Any:
    """Return what *act* returns, or raise what it raises; fails where it takes longer than *seconds*."""
    found: list[Any] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            found.append(act())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"hangs: not ended within {seconds} seconds"
    if raised:
        raise raised[0]
    return found[0]


@dataclass
class Post:
    """One installation: *tools* on a database of its own, a mailbox of its own, and a clock that a trial moves."""

    tools: Tools
    clock: Clock
    settings: Settings
    polls: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def poll(self, **changes: Any) -> Received:
        """Take what is in the mailbox."""
        self.polls += 1
        box = self.settings.mailboxes["reports"].model_copy(update=changes)
        received: Received = within(
            PATIENCE, lambda: poll(self.tools, wiring.open_mailbox("reports", box), batch=box.batch)
        )
        return received

    def work(self) -> int:
        """Work every message that waits; return how many there were."""
        return len(within(PATIENCE, lambda: list(process_pending(self.tools))))

    def flush(self) -> outbox.Flushed:
        """Send what is due."""
        delivery = wiring.open_delivery(self.settings)
        try:
            flushed: outbox.Flushed = within(PATIENCE, lambda: outbox.flush(self.tools, delivery))
            return flushed
        finally:
            delivery.close()

    def select(self, query: sa.Select[Any]) -> list[Any]:
        """Whatever a trial wants to see of the database."""
        with self.tools.database.reading() as connection:
            return list(connection.execute(query))

    def number(self, table: sa.Table, *where: Any) -> int:
        """Return how many rows there are."""
        return int(self.select(sa.select(sa.func.count()).select_from(table).where(*where))[0][0])

    def last_error(self) -> str:
        """What the last poll recorded, "" where it went well."""
        return next((row[0] or "" for row in self.select(sa.select(tables.mailbox.c.last_error))), "")

    def proof(self, sent: int, *, duplicates: int = 0) -> Counter[str]:
        """
        Work what waits, then count what became of *sent* different mails: zeros, or the promise is broken.

        *duplicates*: sightings of bytes that were seen before.
        """
        self.work()
        visits = self.tools.tables.table("visits")
        known = self.number(tables.inbound)
        accepted = self.number(tables.inbound, tables.inbound.c.state == "accepted")
        rows = self.number(visits, visits.c.state == "landed")
        answered = self.select(sa.select(sa.func.count(sa.distinct(tables.outbox.c.inbound_id))))[0][0]
        found = Counter(
            lost=max(sent - accepted, 0),
            twice=max(known - sent, 0) + max(rows - sent, 0) + max(self.number(tables.outbox) - sent, 0),
            missing=max(sent - answered, 0),
        )
        books = account(self.tools)
        assert books.is_closed, f"the accounts do not close: {books.faults}"
        assert books.unfinished == 0, books
        assert (known, accepted, rows) == (sent, sent, sent), f"{known=} {accepted=} {rows=} of {sent}: {found}"
        assert books.sightings >= sent + duplicates, books
        assert not any(found.values()), found
        open_places = self.number(tables.sighting, tables.sighting.c.settled_at.is_(None))
        assert open_places == 0, f"{open_places} sightings were never settled"
        return found


@contextmanager
def standing(stage: Stage, folder: Path | None = None, url: str = "", **settings: Any) -> Iterator[Post]:
    """Give a post in *folder*, on a copy of the prepared file (or on the database behind *url*)."""
    place = folder or stage.folder()
    chosen = builders.settings(place, **settings)
    if url:
        chosen = chosen.model_copy(update={"database": chosen.database.model_copy(update={"url": url})})
    elif not (place / "daysheet.db").exists():
        shutil.copy(prepared(stage), place / "daysheet.db")
    clock = Clock()
    with wiring.open_tools(chosen) as tools:
        yield Post(replace(tools, clock=clock), clock, chosen)


def imap_box(server: DovecotServer, user: str, port: int = 0, **changes: Any) -> dict[str, Any]:
    """Return the settings of one user's mailbox; *port* of a proxy, the server's own otherwise."""
    return {
        "host": "127.0.0.1",
        "port": port or server.port,
        "security": "plain",
        "username": user,
        "password": PASSWORD,
        "trust": "none",
        "timeout_seconds": 1.0,
    } | changes


def left(server: DovecotServer, user: str, folder: str = "INBOX") -> int:
    """Return how many messages of *folder* nobody has taken."""
    with server.session(user) as client:
        if not client.folder_exists(folder):
            return 0
        client.select_folder(folder, readonly=True)
        return len(client.search(["UNKEYWORD", "$DaysheetDone"]))
