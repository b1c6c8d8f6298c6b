"""A pass over a mailbox: bytes safe first, each message taken once, whatever happens on the way."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from daysheet import wiring
from daysheet.errors import LeaseHeld, MailboxError, MailboxUnreachable, StoreUnreachable
from daysheet.ingest import spool
from daysheet.ingest.mailbox import Mailbox, MessageRef
from daysheet.model.mail import MessageState, Reason
from daysheet.services.account import account
from daysheet.services.process import process_pending
from daysheet.services.receive import CHUNK, FAILURES, Received, poll
from daysheet.services.tools import Tools
from daysheet.store import inbound, mailboxes, tables
from tests.contract.mailbox.conftest import Doorway, imap_doorway, imap_settings, maildir_doorway, new_user
from tests.contract.mailbox.memory import MemoryMailbox, MemoryServer
from tests.services.dovecot import DovecotServer, running

_numbers = count(1)


def a_message(body: str = "x") -> bytes:
    head = f"From: wang.li@corp.example\r\nSubject: 日报\r\nMessage-ID: <p{next(_numbers)}@corp.example>"
    return f"{head}\r\n\r\n{body}\r\n".encode()


def polled(tools: Tools, mailbox: Mailbox, batch: int = 200) -> Received:
    return poll(tools, mailbox, batch=batch)


def number_of(tools: Tools, table: sa.Table) -> int:
    with tools.database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def last_error(tools: Tools) -> str | None:
    with tools.database.reading() as connection:
        (view,) = mailboxes.all_mailboxes(connection)
    return view.last_error


def open_places(tools: Tools) -> int:
    with tools.database.reading() as connection:
        unsettled = sa.select(sa.func.count()).where(tables.sighting.c.settled_at.is_(None))
        return connection.execute(unsettled).scalar_one()


class Hooked:
    """A mailbox that calls *before* ahead of each fetch, with the number of fetches so far."""

    def __init__(self, inner: Mailbox, before: "Hook") -> None:
        self._inner = inner
        self._before = before
        self._fetches = 0
        self.name, self.folder = inner.name, inner.folder

    def fetch(self, ref: MessageRef) -> bytes | None:
        self._before(self._fetches)
        self._fetches += 1
        return self._inner.fetch(ref)

    def open(self) -> int:
        return self._inner.open()

    def pending(self, limit: int) -> tuple[MessageRef, ...]:
        return self._inner.pending(limit)

    def fetch_headers(self, ref: MessageRef) -> bytes | None:
        return self._inner.fetch_headers(ref)

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        return self._inner.settle_many(refs)

    def count(self) -> int:
        return self._inner.count()

    def close(self) -> None:
        self._inner.close()


class Hook:
    """Does something once, ahead of the fetch with the number *at*."""

    def __init__(self, at: int, action: object) -> None:
        self.at, self.action, self.is_done = at, action, False

    def __call__(self, number: int) -> None:
        if number == self.at and not self.is_done:
            self.is_done = True
            assert callable(self.action)
            self.action()


# ---- every doorway -----------------------------------------------------------------------------


def test_every_message_is_taken_and_moved(doorway: Doorway, tools: Tools) -> None:
    raws = [a_message() for _ in range(30)]
    for raw in raws:
        doorway.deliver(raw)
    received = polled(tools, doorway.open())
    assert (received.fetched, received.settled, received.waiting, received.duplicates) == (30, 30, 0, 0)
    assert doorway.contents("INBOX") == []
    assert sorted(doorway.contents("Processed")) == sorted(raws)
    assert [tools.spool.get(digest) for digest in sorted(tools.spool.hashes())] != []
    assert number_of(tools, tables.inbound) == number_of(tools, tables.sighting) == 30


def test_the_next_pass_finds_nothing(doorway: Doorway, tools: Tools) -> None:
    doorway.deliver(a_message())
    polled(tools, doorway.open())
    again = polled(tools, doorway.open())
    assert (again.fetched, again.settled, again.inbound_ids) == (0, 0, ())


def test_the_same_bytes_at_another_place_are_seen_twice_and_worked_once(doorway: Doorway, tools: Tools) -> None:
    raw = a_message()
    doorway.deliver(raw)
    doorway.deliver(raw)
    received = polled(tools, doorway.open())
    assert (received.fetched, received.duplicates, len(received.inbound_ids)) == (2, 1, 1)
    assert (number_of(tools, tables.inbound), number_of(tools, tables.sighting)) == (1, 2)
    assert len(list(process_pending(tools))) == 1
    assert account(tools).is_closed


def test_a_message_over_the_limit_is_taken_by_its_headers_and_refused(doorway: Doorway, tools: Tools) -> None:
    doorway.deliver(a_message("x" * 5000))
    doorway.deliver(a_message())
    small = replace(tools, limits=replace(tools.limits, message_bytes=2000))
    received = polled(small, doorway.open())
    assert received.settled == 2
    first, _ = process_pending(small)
    assert (first.state, first.reason, first.codes) == (MessageState.REJECTED, Reason.TOO_LARGE, ("SD-F002",))
    sizes = sorted(len(tools.spool.get(digest)) for digest in tools.spool.hashes())
    assert sizes[-1] < 2000


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_message_longer_than_the_server_said_is_refused_as_well(tools: Tools, line_end: bytes) -> None:
    class Lying(MemoryMailbox):
        def pending(self, limit: int) -> tuple[MessageRef, ...]:
            return tuple(replace(ref, size=10) for ref in super().pending(limit))

    server = MemoryServer()
    server.deliver(a_message("x" * 5000).replace(b"\r\n", b"\n").replace(b"\n", line_end))
    small = replace(tools, limits=replace(tools.limits, message_bytes=2000))
    assert polled(small, Lying("reports", server)).settled == 1
    (outcome,) = process_pending(small)
    assert (outcome.state, outcome.reason) == (MessageState.REJECTED, Reason.TOO_LARGE)
    (digest,) = tools.spool.hashes()
    assert len(tools.spool.get(digest)) < 2000


def test_no_more_than_a_batch_is_taken_and_the_rest_waits(doorway: Doorway, tools: Tools) -> None:
    for _ in range(3):
        doorway.deliver(a_message())
    received = polled(tools, doorway.open(), batch=2)
    assert (received.settled, received.waiting) == (2, 1)
    assert polled(tools, doorway.open(), batch=2).settled == 1


def test_a_crash_before_the_move_is_made_good_by_the_next_pass(
    doorway: Doorway, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorway.deliver(a_message())
    crashing = doorway.open()
    with monkeypatch.context() as patched:
        patched.setattr(type(crashing), "settle_many", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            polled(tools, crashing)
    assert len(doorway.contents("INBOX")) == 1
    received = polled(tools, doorway.open())
    assert (received.fetched, received.settled) == (0, 1)
    assert number_of(tools, tables.inbound) == number_of(tools, tables.sighting) == 1


def test_nothing_is_moved_while_nothing_can_be_committed(
    doorway: Doorway, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    doorway.deliver(a_message())
    with monkeypatch.context() as patched:
        patched.setattr(spool.Batch, "finish", full)
        with pytest.raises(StoreUnreachable, match="No space left on device"):
            polled(tools, doorway.open())
    assert len(doorway.contents("INBOX")) == 1
    assert polled(tools, doorway.open()).settled == 1


def test_a_message_somebody_takes_away_during_the_pass_is_no_trouble(doorway: Doorway, tools: Tools) -> None:
    for _ in range(3):
        doorway.deliver(a_message())
    received = polled(tools, Hooked(doorway.open(), Hook(1, doorway.remove_all)))
    assert received.fetched <= 3
    assert polled(tools, doorway.open()).waiting == 0
    assert number_of(tools, tables.inbound) == received.fetched


def test_a_second_poller_is_told_to_leave_it(doorway: Doorway, tools: Tools) -> None:
    doorway.deliver(a_message())
    other = replace(tools, holder="another:1")
    troubles: list[LeaseHeld] = []

    def poll_too() -> None:
        with pytest.raises(LeaseHeld) as caught:
            polled(other, doorway.open())
        troubles.append(caught.value)

    assert polled(tools, Hooked(doorway.open(), Hook(0, poll_too))).settled == 1
    assert [(trouble.exit_code, trouble.is_retryable) for trouble in troubles] == [(7, True)]
    assert polled(other, doorway.open()).settled == 0


def test_the_lease_is_free_after_trouble(doorway: Doorway, tools: Tools) -> None:
    def breaks() -> None:
        raise MailboxUnreachable("gone")

    broken = Hooked(doorway.open(), Hook(0, breaks))
    doorway.deliver(a_message())
    polled(tools, broken)
    assert polled(replace(tools, holder="another:1"), doorway.open()).waiting == 0


# ---- a mailbox that fails ----------------------------------------------------------------------


def test_one_unreadable_message_does_not_keep_the_others(tools: Tools) -> None:
    server = MemoryServer()
    for _ in range(5):
        server.deliver(a_message())
    server.unreadable = {"1"}
    received = polled(tools, MemoryMailbox("reports", server))
    assert (received.fetched, received.failed, received.waiting) == (4, 1, 1)
    server.unreadable = set()
    assert polled(tools, MemoryMailbox("reports", server)).fetched == 1


def test_a_pass_is_given_up_after_several_failures_and_the_reason_kept(tools: Tools) -> None:
    server = MemoryServer()
    for _ in range(FAILURES + 2):
        server.deliver(a_message())
    server.unreadable = {str(uid) for uid in range(1, FAILURES + 2)}
    with pytest.raises(MailboxError, match="cannot read this message"):
        polled(tools, MemoryMailbox("reports", server))
    assert last_error(tools) == "the server cannot read this message"
    server.unreadable = set()
    assert polled(tools, MemoryMailbox("reports", server)).waiting == 0
    assert last_error(tools) is None


def test_messages_that_never_arrive_do_not_keep_the_others_for_good(tools: Tools) -> None:
    server = MemoryServer()
    for _ in range(FAILURES + 5):
        server.deliver(a_message())
    server.unreadable = {str(uid) for uid in range(1, FAILURES + 2)}
    with pytest.raises(MailboxError, match="cannot read this message"):
        polled(tools, MemoryMailbox("reports", server))
    assert set(server.waiting) == server.unreadable
    assert number_of(tools, tables.inbound) == 4


def test_what_arrived_before_the_connection_was_given_up_is_kept(tools: Tools) -> None:
    server = MemoryServer(failure=MailboxUnreachable)
    for _ in range(FAILURES + 3):
        server.deliver(a_message())
    server.unreadable = {str(uid) for uid in range(2, FAILURES + 3)}
    with pytest.raises(MailboxUnreachable):
        polled(tools, MemoryMailbox("reports", server))
    assert number_of(tools, tables.inbound) == 1
    server.unreadable = set()
    polled(tools, MemoryMailbox("reports", server))
    assert (server.waiting, number_of(tools, tables.inbound)) == ({}, FAILURES + 3)


@pytest.mark.parametrize("failure", [MailboxError, MailboxUnreachable])
def test_a_message_that_cannot_be_moved_does_not_keep_the_others(tools: Tools, failure: type[MailboxError]) -> None:
    server = MemoryServer(failure=failure)
    for _ in range(2 * CHUNK + 1):
        server.deliver(a_message())
    server.stuck = {"3"}
    with pytest.raises(failure, match="does not move"):
        polled(tools, MemoryMailbox("reports", server))
    assert number_of(tools, tables.inbound) == 2 * CHUNK + 1
    assert len(server.waiting) == CHUNK
    assert last_error(tools) == "the server does not move this message"


def test_where_nothing_can_be_moved_new_messages_are_taken_all_the_same(tools: Tools) -> None:
    server = MemoryServer()
    for number in range(1, 4):
        server.deliver(a_message())
        server.deliver(a_message())
        server.stuck = set(server.waiting)
        with pytest.raises(MailboxError, match="does not move"):
            polled(tools, MemoryMailbox("reports", server), batch=2)
        assert number_of(tools, tables.inbound) == 2 * number
    server.stuck = set()
    assert polled(tools, MemoryMailbox("reports", server), batch=2).settled == 6


# ---- books left open ---------------------------------------------------------------------------


def test_a_crash_between_the_move_and_its_note_is_made_good_by_the_next_pass(
    doorway: Doorway, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashes(*_: object) -> None:
        raise StoreUnreachable("locked")

    doorway.deliver(a_message())
    with monkeypatch.context() as patched:
        patched.setattr(inbound, "mark_settled", crashes)
        with pytest.raises(StoreUnreachable):
            polled(tools, doorway.open())
    assert open_places(tools) == 1
    polled(tools, doorway.open())
    assert open_places(tools) == 0


def test_a_message_that_is_still_there_is_not_noted_as_gone(tools: Tools) -> None:
    server = MemoryServer()
    for _ in range(3):
        server.deliver(a_message())
    server.stuck = {"3"}
    for _ in range(2):
        with pytest.raises(MailboxError):
            polled(tools, MemoryMailbox("reports", server), batch=1 + CHUNK)
    assert open_places(tools) == 3
    del server.waiting["1"]
    with pytest.raises(MailboxError):
        polled(tools, MemoryMailbox("reports", server))
    assert open_places(tools) == 2


def test_what_was_open_in_a_folder_made_anew_is_closed(tools: Tools) -> None:
    server = MemoryServer()
    server.deliver(a_message())
    server.stuck = {"1"}
    with pytest.raises(MailboxError):
        polled(tools, MemoryMailbox("reports", server))
    server.stuck, server.epoch = set(), 2
    assert polled(tools, MemoryMailbox("reports", server)).duplicates == 1
    assert open_places(tools) == 0


# ---- a Maildir ---------------------------------------------------------------------------------


def test_a_file_saved_again_under_a_known_name_is_read(tools: Tools, tmp_path: Path) -> None:
    doorway = maildir_doorway(tmp_path)
    for _ in range(2):
        (tmp_path / "maildir" / "new" / "日报.eml").write_bytes(a_message())
        assert polled(tools, doorway.open()).fetched == 1
    assert (doorway.contents("INBOX"), len(doorway.contents("Processed"))) == ([], 2)


def test_a_file_the_disk_cannot_read_keeps_no_other_and_is_said_to_wait(tools: Tools, tmp_path: Path) -> None:
    doorway = maildir_doorway(tmp_path)
    for name in ("1", "3"):
        (tmp_path / "maildir" / "new" / name).write_bytes(a_message())
    (tmp_path / "maildir" / "new" / "2").symlink_to("/proc/self/mem")  # reading it is an I/O error
    for fetched in (2, 0):
        received = polled(tools, doorway.open())
        assert (received.fetched, received.settled, received.failed, received.waiting) == (fetched, fetched, 1, 1)
    assert open_places(tools) == 0


# ---- Dovecot -----------------------------------------------------------------------------------


def test_a_folder_made_anew_brings_no_second_effect(dovecot: DovecotServer, tools: Tools) -> None:
    user = new_user()
    raws = [a_message(), a_message()]
    settings = imap_settings(dovecot, user, folder="Reports")
    with dovecot.session(user) as client:
        client.create_folder("Reports")
        for raw in raws:
            client.append("Reports", raw)
        polled(tools, wiring.open_mailbox("reports", settings))
        assert len(list(process_pending(tools))) == 2
        client.delete_folder("Reports")
        client.create_folder("Reports")
        for raw in raws:
            client.append("Reports", raw)  # the same uids, in another epoch
    received = polled(tools, wiring.open_mailbox("reports", settings))
    assert (received.fetched, received.duplicates, received.settled) == (2, 2, 2)
    assert list(process_pending(tools)) == []
    books = account(tools)
    assert (books.messages, books.sightings, books.is_closed) == (2, 4, True)


@pytest.mark.parametrize("at", [0, 3, 27])
def test_a_server_that_dies_during_the_pass_loses_nothing(tools: Tools, at: int) -> None:
    with running() as server:
        doorway = imap_doorway(server, "plain")
        for _ in range(40):
            doorway.deliver(a_message())
        mailbox = Hooked(doorway.open(), Hook(at, server.crash))
        with pytest.raises(MailboxUnreachable):
            polled(tools, mailbox)
        assert "127.0.0.1" in str(last_error(tools))
        server.start()
        polled(tools, doorway.open())
        assert (doorway.contents("INBOX"), len(doorway.contents("Processed"))) == ([], 40)
    assert number_of(tools, tables.inbound) == number_of(tools, tables.sighting) == 40
    with tools.database.reading() as connection:
        unsettled = sa.select(tables.sighting.c.uid).where(tables.sighting.c.settled_at.is_(None))
        assert connection.execute(unsettled).all() == []


def test_a_server_that_comes_back_at_once_is_not_given_up(tools: Tools) -> None:
    with running() as server:
        doorway = imap_doorway(server, "plain")
        for _ in range(5):
            doorway.deliver(a_message())

        def restart() -> None:
            server.crash()
            server.start()

        received = polled(tools, Hooked(doorway.open(), Hook(2, restart)))
        assert (received.fetched, received.failed, received.waiting) == (4, 1, 1)
        assert polled(tools, doorway.open()).waiting == 0
    assert number_of(tools, tables.inbound) == 5
