"""
The pipeline as ``ingest --as`` runs it, watched: every file ends with a code, within its time, and nothing escapes.

A bug that the program catches (a message set aside, an answer without its workbook) counts as one that escaped.
"""

import io
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import sqlalchemy as sa
import structlog
from openpyxl import load_workbook

from daysheet import wiring
from daysheet.model.mail import MessageState, Reason
from daysheet.services import outbox
from daysheet.services.ingest import FileLine, ingest_file
from daysheet.services.tools import Tools
from daysheet.store import inbound, tables
from daysheet.store import outbox as outbox_store
from tests import builders

LONGEST = 10.0
"""Seconds that one file may take; the reader's child has limits of its own."""
REP = "E1"
_NO_WORKBOOK = frozenset({Reason.MALFORMED, Reason.TOO_LARGE, Reason.NO_WORKBOOK, Reason.LINK_ONLY})
OUR_HEADERS = frozenset(
    {
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "auto-submitted",
        "x-auto-response-suppress",
        "x-daysheet-loop",
        "mime-version",
        "content-type",
    }
)


class Hang(BaseException):
    """A file that took longer than it may; no Exception, so that the program cannot take it for a fault of the file."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Hang in the block once *seconds* have passed (only in the main thread, where signals arrive)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        del number
        raise Hang("".join(traceback.format_stack(frame, limit=3)))

    former = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


@dataclass
class Desk:
    """
    One pipeline on a database of its own, for a batch of files.

    *every*: of so many answers one is made as the mail it will be. *failures* are sentences, each with its file.
    """

    tools: Tools
    folder: Path
    every: int = 10
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    troubles: list[str] = field(default_factory=list)  # exceptions that the program caught and logged

    def feed(self, raw: bytes, name: str) -> FileLine | None:
        """Feed one file; None where it broke something."""
        path = self.folder / name
        path.write_bytes(raw)
        began = time.monotonic()
        try:
            with within(LONGEST + 1):
                line = ingest_file(self.tools, path, REP)
        except Hang as where:
            self._fail(name, f"hangs at {where}", "slow")
            return None
        except Exception as error:
            self._fail(name, f"escapes: {_short(error)}", "crashes")
            return None
        finally:
            path.unlink()
            taken = time.monotonic() - began
        taken /= line.messages  # an mbox file is many mails
        self.slowest = max(self.slowest, (taken, name))
        self.counts["files"] += 1
        self.counts["messages"] += line.messages
        self.counts[str(line.state)] += 1
        self.counts["opened as workbooks"] += line.reason not in _NO_WORKBOOK
        self._judge(name, line, taken)
        return line

    def _judge(self, name: str, line: FileLine, taken: float) -> None:
        if taken > LONGEST:
            self._fail(name, f"takes {taken:.1f} s", "slow")
        if not MessageState(line.state).is_final or not line.reason:
            self._fail(name, f"ends {line.state!r} for {line.reason!r}", "unsettled")
        if line.reason in (Reason.INTERNAL_ERROR, Reason.CRASH_LOOP) or self.troubles:
            self._fail(name, f"{line.reason}: {'; '.join(self.troubles)}", "crashes")
        if line.state == MessageState.REJECTED and not line.codes:
            self._fail(name, f"is rejected without a code: {line.reason}", "unsettled")
        self.troubles.clear()

    def _fail(self, name: str, why: str, count: str) -> None:
        self.counts[count] += 1
        self.failures.append(f"{name} {why}")

    # ---- answers ---------------------------------------------------------------------------------

    def make_answers(self, since: int = 0) -> None:
        """Make every so-manieth answer but the first *since*, and look at it as a mail program would."""
        with self.tools.database.reading() as connection:
            waiting = outbox_store.waiting(connection, limit=10_000)
        for mail in waiting[since :: self.every]:
            name = self._file_of(mail)
            try:
                with within(LONGEST + 1):
                    made = outbox.make(self.tools, mail)
                self.counts["answers made"] += 1
                self.counts["workbooks returned"] += look_at(made)
            except Hang as where:
                self._fail(name, f"the answer hangs at {where}", "slow")
            except Exception as error:
                self._fail(name, f"the answer: {_short(error)}", "crashes")
            if self.troubles:
                self._fail(name, f"the answer: {'; '.join(self.troubles)}", "crashes")
                self.troubles.clear()

    def _file_of(self, mail: outbox_store.OutboxMail) -> str:
        query = sa.select(tables.outbox.c.inbound_id).where(tables.outbox.c.id == mail.id)
        with self.tools.database.reading() as connection:
            return inbound.get(connection, connection.execute(query).scalar_one()).file_name

    def finish(self) -> Counter[str]:
        """Make the answers, close the accounts and return the counts; raises AssertionError where something broke."""
        self.make_answers()
        with self.tools.database.reading() as connection:
            table = connection.exec_driver_sql("select state, count(*) from inbound group by state")
            unsettled = {state: number for state, number in table if not MessageState(state).is_final}
        if unsettled:
            self._fail("at the end", f"unsettled: {unsettled}", "unsettled")
        assert not self.failures, f"{len(self.failures)} broke: " + " | ".join(self.failures[:5])
        self.counts["worst ms"] = round(self.slowest[0] * 1000)
        return self.counts


def look_at(made: bytes) -> int:
    """Return how many workbooks the answer *made* brings; raises AssertionError where we mean another."""
    head = made.partition(b"\r\n\r\n")[0]
    assert head.isascii(), "a header with bytes of theirs"
    mail = message_from_bytes(made, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects, mail.defects
    names = [name.lower() for name in mail]
    assert len(set(names)) == len(names), names
    assert set(names) <= OUR_HEADERS, set(names) - OUR_HEADERS
    for name in names:
        assert "\n" not in str(mail[name]), name
        assert "\r" not in str(mail[name]), name
    assert all(len(line) <= 998 for line in made.split(b"\r\n")), "a line too long"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None, kind
        assert body.get_content().strip(), kind
    books = list(mail.iter_attachments())
    for book in books:
        load_workbook(io.BytesIO(book.get_content())).close()
    return len(books)


def _short(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)[-3:])[-900:]


# ---- opening -------------------------------------------------------------------------------------


@cache
def _template() -> bytes:
    """The bytes of a database with people and customers."""
    folder = Path(tempfile.mkdtemp(prefix="daysheet-fuzz-"))
    try:
        with builders.open_tools(builders.settings(folder)):
            pass
        return (folder / "daysheet.db").read_bytes()
    finally:
        shutil.rmtree(folder)


@contextmanager
def opened(folder: Path, every: int = 10) -> Iterator[Desk]:
    """Give a desk whose files lie in *folder*; what the program logs as an exception is kept, other talk is not."""
    former = structlog.get_config()
    troubles: list[str] = []

    def keep(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
        del logger
        if method == "exception" or event.get("exc_info"):
            troubles.append(f"{event['event']}: {traceback.format_exc(limit=-4)[-900:]}")
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    try:
        (folder / "daysheet.db").write_bytes(_template())
        chosen = builders.settings(folder)
        chosen.data_dir.mkdir(parents=True, exist_ok=True)
        with wiring.open_tools(chosen) as tools:
            yield Desk(replace(tools, clock=builders.Clock()), folder, every, troubles=troubles)
    finally:
        structlog.configure(**former)


def run(files: Iterable[tuple[str, bytes]], folder: Path, every: int = 10) -> Counter[str]:
    """Feed *files* (name and bytes) in a desk of their own; return the counts."""
    with opened(folder, every) as desk:
        for name, raw in files:
            desk.feed(raw, name)
        return desk.finish()
