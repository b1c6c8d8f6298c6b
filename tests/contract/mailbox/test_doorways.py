"""What the poller may rely on, whatever serves the mailbox."""

import pytest

from daysheet.ingest.mailbox import Mailbox
from tests.contract.mailbox.conftest import Doorway


def a_message(number: int, body: str = "text") -> bytes:
    head = f"From: wang.li@corp.example\r\nSubject: report {number}\r\nMessage-ID: <m{number}@corp.example>"
    return f"{head}\r\n\r\n{body}\r\n".encode()


def fill(doorway: Doorway, number: int) -> list[bytes]:
    raws = [a_message(at, "x" * at) for at in range(1, number + 1)]
    for raw in raws:
        doorway.deliver(raw)
    return raws


def test_an_empty_mailbox_has_nothing_pending(mailbox: Mailbox) -> None:
    mailbox.open()
    assert mailbox.pending(10) == ()
    assert mailbox.count() == 0
    assert mailbox.settle_many(()) == frozenset()


def test_messages_come_oldest_first_with_their_sizes(doorway: Doorway, mailbox: Mailbox) -> None:
    raws = fill(doorway, 4)
    mailbox.open()
    pending = mailbox.pending(10)
    assert [ref.size for ref in pending] == [len(raw) for raw in raws]
    assert [mailbox.fetch(ref) for ref in pending] == raws


def test_no_more_than_the_limit_are_pending_and_all_are_counted(doorway: Doorway, mailbox: Mailbox) -> None:
    raws = fill(doorway, 4)
    mailbox.open()
    pending = mailbox.pending(3)
    assert [mailbox.fetch(ref) for ref in pending] == raws[:3]
    assert mailbox.count() == 4


def test_fetching_leaves_a_message_unseen_and_where_it_is(doorway: Doorway, mailbox: Mailbox) -> None:
    fill(doorway, 2)
    mailbox.open()
    for ref in mailbox.pending(10):
        mailbox.fetch(ref)
        mailbox.fetch_headers(ref)
    mailbox.close()
    assert doorway.unseen() == 2
    assert doorway.contents("Processed") == []


def test_headers_come_without_the_body(doorway: Doorway, mailbox: Mailbox) -> None:
    doorway.deliver(a_message(1, "secret body"))
    mailbox.open()
    (ref,) = mailbox.pending(1)
    assert mailbox.fetch_headers(ref) == a_message(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_settled_messages_lie_in_processed_with_the_same_bytes(doorway: Doorway, mailbox: Mailbox) -> None:
    raws = fill(doorway, 3)
    mailbox.open()
    first, second, third = mailbox.pending(10)
    assert mailbox.settle_many([first, third]) == {first.uid, third.uid}
    assert mailbox.count() == 1
    assert [ref.uid for ref in mailbox.pending(10)] == [second.uid]
    mailbox.close()
    assert doorway.contents("INBOX") == [raws[1]]
    assert sorted(doorway.contents("Processed")) == sorted([raws[0], raws[2]])


def test_settling_twice_moves_once(doorway: Doorway, mailbox: Mailbox) -> None:
    raws = fill(doorway, 1)
    mailbox.open()
    pending = mailbox.pending(10)
    assert mailbox.settle_many(pending) == mailbox.settle_many(pending) == {pending[0].uid}
    mailbox.close()
    assert doorway.contents("Processed") == raws


def test_a_message_that_has_vanished_is_none_and_counts_as_gone(doorway: Doorway, mailbox: Mailbox) -> None:
    fill(doorway, 2)
    mailbox.open()
    pending = mailbox.pending(10)
    doorway.remove_all()
    mailbox.close()
    mailbox.open()
    assert [mailbox.fetch(ref) for ref in pending] == [None, None]
    assert [mailbox.fetch_headers(ref) for ref in pending] == [None, None]
    assert mailbox.settle_many(pending) == {ref.uid for ref in pending}
    mailbox.close()
    assert doorway.contents("Processed") == []


def test_a_message_that_came_since_is_not_settled_with_the_others(doorway: Doorway, mailbox: Mailbox) -> None:
    fill(doorway, 1)
    mailbox.open()
    pending = mailbox.pending(10)
    doorway.deliver(a_message(9))
    mailbox.settle_many(pending)
    mailbox.close()
    assert doorway.contents("INBOX") == [a_message(9)]


def test_a_mailbox_can_be_closed_twice_and_opened_again(doorway: Doorway, mailbox: Mailbox) -> None:
    fill(doorway, 1)
    epoch = mailbox.open()
    mailbox.close()
    mailbox.close()
    assert mailbox.open() == epoch
    assert len(mailbox.pending(10)) == 1


@pytest.mark.parametrize("body", ["", "中文，\U0001f600", "line\r\n.\r\n..two\r\nFrom here\r\n"])
def test_every_byte_comes_as_it_was_sent(doorway: Doorway, mailbox: Mailbox, body: str) -> None:
    raw = a_message(1, body) + b"\xff\xfe raw \xb9\xa4 bytes\r\n"
    doorway.deliver(raw)
    mailbox.open()
    (ref,) = mailbox.pending(1)
    assert mailbox.fetch(ref) == raw
