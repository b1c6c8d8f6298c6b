from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from daysheet.errors import NoLongerMine
from daysheet.model.mail import MessageState, Reason, Sighting
from daysheet.store import inbound, mailboxes
from daysheet.store.engine import Connection, Database
from daysheet.store.inbound import Arrival, Ending, Recorded
from daysheet.store.tables import sighting

ACCEPTED = Ending(MessageState.ACCEPTED, Reason.OK)
QUARANTINED = Ending(MessageState.QUARANTINED, Reason.INTERNAL_ERROR, ("SD-F007",), "KeyError: 'x'")


def an_arrival(digest: str = "a", **rest: object) -> Arrival:
    return Arrival(digest * 64, 1200, **rest)  # type: ignore[arg-type]


def seen(uid: str, epoch: int = 7) -> Sighting:
    return Sighting("reports", "INBOX", epoch, uid)


def record_some(connection: Connection, number: int, now: datetime) -> list[int]:
    return [
        inbound.record(connection, Arrival(f"{n:064}", 10), None, now + timedelta(seconds=n)).inbound_id
        for n in range(number)
    ]


def claim(connection: Connection, now: datetime, holder: str = "a:1") -> inbound.Claimed | None:
    return inbound.claim(connection, holder, now, 600, 3)


def end(connection: Connection, inbound_id: int, ending: Ending, now: datetime) -> inbound.Claimed:
    claimed = inbound.claim_one(connection, inbound_id, "a:1", now, 600, 3)
    assert claimed is not None
    inbound.finish(connection, claimed, ending, now)
    return claimed


def sightings(connection: Connection) -> Sequence[tuple[str, bool]]:
    rows = connection.execute(sa.select(sighting.c.uid, sighting.c.is_duplicate).order_by(sighting.c.id))
    return [(row.uid, row.is_duplicate) for row in rows]


# ---- recording ---------------------------------------------------------------------------------


def test_new_bytes_are_a_new_message(connection: Connection, now: datetime) -> None:
    arrival = an_arrival(source="file", file_name="日报\0.xlsx", is_truncated=True)
    recorded = inbound.record(connection, arrival, seen("1"), now)
    assert recorded == Recorded(recorded.inbound_id, is_new=True, state=MessageState.SPOOLED)
    message = inbound.get(connection, recorded.inbound_id)
    assert (message.raw_sha256, message.source, message.file_name) == ("a" * 64, "file", "日报.xlsx")
    assert (message.state, message.attempts, message.first_seen_at) == (MessageState.SPOOLED, 0, now)
    assert sightings(connection) == [("1", False)]


def test_the_same_bytes_at_another_place_are_a_duplicate_sighting_only(connection: Connection, now: datetime) -> None:
    first = inbound.record(connection, an_arrival(), seen("1"), now)
    second = inbound.record(connection, an_arrival(), seen("2"), now + timedelta(minutes=1))
    third = inbound.record(connection, an_arrival(), seen("1", epoch=8), now)
    assert second == third == Recorded(first.inbound_id, is_new=False, state=MessageState.SPOOLED)
    assert sightings(connection) == [("1", False), ("2", True), ("1", True)]


def test_the_same_place_again_leaves_no_second_trace(connection: Connection, now: datetime) -> None:
    inbound.record(connection, an_arrival(), seen("1"), now)
    assert not inbound.record(connection, an_arrival(), seen("1"), now).is_new
    assert sightings(connection) == [("1", False)]


def test_the_same_bytes_fed_for_another_rep_are_another_message(connection: Connection, now: datetime) -> None:
    ids = {
        inbound.record(connection, an_arrival(as_number=number), None, now).inbound_id
        for number in ("", "0017", "0018")
    }
    assert len(ids) == 3
    assert not inbound.record(connection, an_arrival(as_number="0017"), None, now).is_new


def test_known_bytes_tell_how_they_ended(connection: Connection, now: datetime) -> None:
    recorded = inbound.record(connection, an_arrival(), None, now)
    end(connection, recorded.inbound_id, ACCEPTED, now)
    assert inbound.record(connection, an_arrival(), None, now).state is MessageState.ACCEPTED


def test_two_pollers_with_the_same_bytes_make_one_message(url: str, now: datetime) -> None:
    def take(uid: int) -> Recorded:
        database = Database(url, busy_seconds=20)
        try:
            with database.writing() as connection:
                return inbound.record(connection, an_arrival(), seen(str(uid)), now)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        recorded = list(pool.map(take, range(4)))
    assert len({found.inbound_id for found in recorded}) == 1
    assert sum(found.is_new for found in recorded) == 1


def test_known_uids_are_those_of_this_mailbox_folder_and_epoch(connection: Connection, now: datetime) -> None:
    for number in range(1200):
        inbound.record(connection, Arrival(f"{number:064}", 1), seen(str(number)), now)
    asked = [str(number) for number in range(600, 1800)]
    assert mailboxes.known_uids(connection, "reports", "INBOX", 7, asked) == {str(n) for n in range(600, 1200)}
    assert mailboxes.known_uids(connection, "reports", "INBOX", 8, asked) == frozenset()
    assert mailboxes.known_uids(connection, "reports", "Junk", 7, asked) == frozenset()
    assert mailboxes.known_uids(connection, "other", "INBOX", 7, asked) == frozenset()
    assert mailboxes.known_uids(connection, "reports", "INBOX", 7, []) == frozenset()


def test_what_has_not_left_its_folder_is_known_by_epoch_and_uid(connection: Connection, now: datetime) -> None:
    for place in (seen("1"), seen("1", epoch=8), seen("2"), Sighting("reports", "Junk", 7, "3")):
        inbound.record(connection, an_arrival(), place, now)
    inbound.mark_settled(connection, "reports", "INBOX", 7, ["2"], now)
    assert mailboxes.unsettled(connection, "reports", "INBOX") == ((7, "1"), (8, "1"))
    assert mailboxes.unsettled(connection, "other", "INBOX") == ()


# ---- claiming ----------------------------------------------------------------------------------


def test_messages_are_claimed_oldest_first_until_none_is_left(connection: Connection, now: datetime) -> None:
    ids = record_some(connection, 3, now)
    claimed = [claim(connection, now) for _ in range(4)]
    assert [found.id if found else None for found in claimed] == [*ids, None]


def test_a_claim_tells_everything_needed_to_work(connection: Connection, now: datetime) -> None:
    arrival = an_arrival(source="file", as_number="0017", file_name="日报.xlsx", is_truncated=True)
    inbound_id = inbound.record(connection, arrival, None, now).inbound_id
    assert claim(connection, now + timedelta(hours=1)) == inbound.Claimed(
        inbound_id, "a" * 64, "file", "0017", "日报.xlsx", True, 1, now, False, "a:1"
    )
    assert inbound.get(connection, inbound_id).state is MessageState.PROCESSING


def test_a_message_whose_worker_died_is_taken_over_once_its_claim_has_run_out(
    connection: Connection, now: datetime
) -> None:
    record_some(connection, 1, now)
    claim(connection, now)
    assert claim(connection, now + timedelta(seconds=599), "b:2") is None
    again = claim(connection, now + timedelta(seconds=600), "b:2")
    assert again is not None
    assert (again.attempts, again.is_exhausted) == (2, False)


def test_after_three_tries_that_never_came_back_a_message_is_exhausted(connection: Connection, now: datetime) -> None:
    record_some(connection, 2, now)
    tries = [claim(connection, now + timedelta(hours=n)) for n in range(4)]
    assert [(found.id, found.attempts, found.is_exhausted) for found in tries if found] == [
        (1, 1, False),
        (1, 2, False),
        (1, 3, False),
        (1, 4, True),
    ]


def test_a_crash_after_the_claim_is_counted(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        record_some(connection, 1, now)
    with database.writing() as connection:
        claim(connection, now)
    database.close()  # the process dies here; the count was committed before the work began
    with database.writing() as connection:
        again = claim(connection, now + timedelta(hours=1))
    assert again is not None
    assert again.attempts == 2


def test_a_released_message_waits_again_and_the_try_does_not_count(connection: Connection, now: datetime) -> None:
    record_some(connection, 1, now)
    claimed = claim(connection, now)
    assert claimed is not None
    assert inbound.release(connection, claimed)
    again = claim(connection, now)
    assert again is not None
    assert again.attempts == 1


def test_releasing_a_finished_message_does_not_open_it_again(connection: Connection, now: datetime) -> None:
    (inbound_id,) = record_some(connection, 1, now)
    claimed = end(connection, inbound_id, ACCEPTED, now)
    assert not inbound.release(connection, claimed)
    assert inbound.get(connection, inbound_id).state is MessageState.ACCEPTED


def test_one_message_is_claimed_by_its_id_unless_somebody_has_it(connection: Connection, now: datetime) -> None:
    first, second = record_some(connection, 2, now)
    claimed = inbound.claim_one(connection, second, "a:1", now, 600, 3)
    assert claimed is not None
    assert claimed.id == second
    assert inbound.claim_one(connection, second, "b:2", now, 600, 3) is None
    end(connection, first, ACCEPTED, now)
    assert inbound.claim_one(connection, first, "b:2", now + timedelta(days=1), 600, 3) is None
    assert inbound.claim_one(connection, 999, "b:2", now, 600, 3) is None


def test_two_workers_never_get_the_same_message(url: str, database: Database, now: datetime) -> None:
    with database.writing() as connection:
        ids = record_some(connection, 60, now)

    def work(holder: str) -> list[int]:
        mine = Database(url, busy_seconds=30)
        taken = []
        while True:
            with mine.writing() as connection:
                found = claim(connection, now, holder)
            if found is None:
                mine.close()
                return taken
            taken.append(found.id)

    with ThreadPoolExecutor(3) as pool:
        shares = list(pool.map(work, ["a:1", "b:2", "c:3"]))
    assert sorted(taken for share in shares for taken in share) == ids


def test_a_claim_that_is_not_committed_yet_is_passed_over_on_postgresql(
    database: Database, dialect: str, now: datetime
) -> None:
    with database.writing() as connection:
        first, second = record_some(connection, 2, now)
    with database.writing() as one:
        mine = claim(one, now)
        assert mine is not None
        assert mine.id == first
        if dialect == "postgresql":
            with database.writing() as two:
                other = claim(two, now, "b:2")
            assert other is not None
            assert other.id == second


def test_the_claims_of_a_dead_process_can_be_taken_over_at_once(connection: Connection, now: datetime) -> None:
    record_some(connection, 3, now)
    claim(connection, now, "dead:1")
    claim(connection, now, "alive:2")
    assert inbound.abandon(connection, "dead:1", now) == 1
    again = claim(connection, now, "new:3")
    assert again is not None
    assert (again.id, again.attempts) == (1, 2)
    assert inbound.abandon(connection, "dead:1", now) == 0


# ---- ending ------------------------------------------------------------------------------------


def test_a_message_ends_with_everything_that_was_found(connection: Connection, now: datetime) -> None:
    (inbound_id,) = record_some(connection, 1, now)
    ending = Ending(
        MessageState.REJECTED,
        Reason.UNREADABLE,
        ("SD-F004", "SD-T001"),
        "x" * 5000,
        "<1@example.com>",
        "wang.li@example.com",
        "日报 \ud83d\0",
    )
    end(connection, inbound_id, ending, now)
    message = inbound.get(connection, inbound_id)
    assert (message.state, message.reason, message.codes) == (
        MessageState.REJECTED,
        "unreadable",
        ("SD-F004", "SD-T001"),
    )
    assert (message.sender, message.subject) == ("wang.li@example.com", "日报 ?")
    assert inbound.find_by_message_id(connection, "<1@example.com>") == (message,)


def test_a_message_ends_once(connection: Connection, now: datetime) -> None:
    (inbound_id,) = record_some(connection, 1, now)
    claimed = end(connection, inbound_id, ACCEPTED, now)
    with pytest.raises(NoLongerMine, match="or has finished it"):
        inbound.finish(connection, claimed, QUARANTINED, now)
    assert inbound.get(connection, inbound_id).state is MessageState.ACCEPTED


@pytest.mark.parametrize("other", ["b:2", "a:1"])
def test_a_try_that_was_taken_over_can_neither_end_a_message_nor_let_it_go(
    connection: Connection, now: datetime, other: str
) -> None:
    record_some(connection, 1, now)
    stale = claim(connection, now)
    mine = claim(connection, now + timedelta(hours=1), other)
    assert stale is not None
    assert mine is not None
    assert not inbound.release(connection, stale)
    with pytest.raises(NoLongerMine):
        inbound.confirm(connection, stale)
    with pytest.raises(NoLongerMine):
        inbound.finish(connection, stale, QUARANTINED, now)
    inbound.confirm(connection, mine)
    inbound.finish(connection, mine, ACCEPTED, now)
    assert inbound.get(connection, mine.id).state is MessageState.ACCEPTED


def test_a_message_does_not_end_in_a_state_that_is_none(connection: Connection, now: datetime) -> None:
    (inbound_id,) = record_some(connection, 1, now)
    with pytest.raises(ValueError, match="spooled is not a final state"):
        end(connection, inbound_id, Ending(MessageState.SPOOLED, Reason.OK), now)


def test_only_a_message_that_was_set_aside_can_be_worked_again(connection: Connection, now: datetime) -> None:
    first, second = record_some(connection, 2, now)
    end(connection, first, QUARANTINED, now)
    end(connection, second, ACCEPTED, now)
    assert inbound.requeue(connection, first)
    assert not inbound.requeue(connection, first)
    assert not inbound.requeue(connection, second)
    again = claim(connection, now)
    assert again is not None
    assert (again.id, again.attempts) == (first, 1)
    assert inbound.get(connection, first).codes == ()


def test_an_unknown_message_is_a_key_error(connection: Connection) -> None:
    with pytest.raises(KeyError):
        inbound.get(connection, 12)


def test_the_newest_messages_come_first_and_can_be_chosen_by_state(connection: Connection, now: datetime) -> None:
    ids = record_some(connection, 5, now)
    end(connection, ids[1], QUARANTINED, now)
    assert [message.id for message in inbound.list_recent(connection, 3)] == ids[:1:-1]
    (aside,) = inbound.list_recent(connection, states=[MessageState.QUARANTINED])
    assert (aside.id, aside.reason) == (ids[1], "internal-error")


# ---- the books ---------------------------------------------------------------------------------


def test_the_books_close_when_every_message_has_ended_and_left_its_folder(
    connection: Connection, now: datetime
) -> None:
    for uid, digest in enumerate("aab"):
        recorded = inbound.record(connection, an_arrival(digest), seen(str(uid)), now)
        if recorded.is_new:
            end(connection, recorded.inbound_id, ACCEPTED if digest == "a" else QUARANTINED, now)
    inbound.mark_settled(connection, "reports", "INBOX", 7, ["0", "1", "2"], now)
    books = inbound.account(connection, now + timedelta(days=1))
    assert (books.messages, books.sightings, books.unfinished, books.faults) == (2, 3, 0, ())
    assert books.by_state == {"accepted": 1, "quarantined": 1, "duplicate sightings": 1}
    assert sorted(inbound.raw_hashes(connection)) == ["a" * 64, "b" * 64]


def test_what_waits_too_long_is_a_fault(connection: Connection, now: datetime) -> None:
    for uid in range(3):
        inbound.record(connection, Arrival(f"{uid:064}", 1), seen(str(uid)), now)
    claim(connection, now)
    inbound.mark_settled(connection, "reports", "INBOX", 7, ["0", "1"], now)
    assert inbound.account(connection, now).faults == (), "not yet"
    books = inbound.account(connection, now + timedelta(seconds=1))
    assert books.unfinished == 3
    assert [fault.split(" since")[0] for fault in books.faults] == [
        "3 messages have been waiting",
        "1 messages are still in their mailbox",
    ]


def test_settling_touches_only_its_own_folder_and_epoch(connection: Connection, now: datetime) -> None:
    inbound.record(connection, an_arrival("a"), seen("1"), now)
    inbound.record(connection, an_arrival("b"), seen("1", epoch=8), now)
    inbound.mark_settled(connection, "reports", "INBOX", 8, ["1"], now)
    settled = connection.execute(sa.select(sighting.c.epoch).where(sighting.c.settled_at.is_not(None))).scalars().all()
    assert settled == [8]


# ---- mailboxes ---------------------------------------------------------------------------------


def test_a_mailbox_remembers_its_polls(connection: Connection, now: datetime) -> None:
    assert mailboxes.last_success(connection, "reports") is None
    mailboxes.record_start(connection, "reports", "INBOX", 7, now)
    mailboxes.record_error(connection, "reports", "INBOX", "the server \0 says no" * 100, now)
    (view,) = mailboxes.all_mailboxes(connection)
    assert (view.name, view.folder, view.epoch, view.last_success_at) == ("reports", "INBOX", 7, None)
    assert (view.last_error or "").startswith("the server  says no")
    later = now + timedelta(minutes=1)
    mailboxes.record_start(connection, "reports", "INBOX", 8, later)
    mailboxes.record_success(connection, "reports", "INBOX", 4, later)
    assert mailboxes.all_mailboxes(connection) == (mailboxes.MailboxView("reports", "INBOX", 8, later, later, None, 4),)
    assert mailboxes.last_success(connection, "reports") == later


def test_a_mailbox_that_fails_at_its_first_poll_is_recorded(connection: Connection, now: datetime) -> None:
    mailboxes.record_error(connection, "spare", "", "refused", now)
    assert [view.last_error for view in mailboxes.all_mailboxes(connection)] == ["refused"]


def test_the_newest_instant_is_known_for_checking_the_clock(connection: Connection, now: datetime) -> None:
    assert mailboxes.latest_instant(connection) is None
    record_some(connection, 3, now)
    assert mailboxes.latest_instant(connection) == now + timedelta(seconds=2)
