"""Raw bytes go once they are old and nobody needs them; nothing that was counted changes."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.errors import LeaseHeld, StoreError, StoreUnreachable
from daysheet.ingest.spool import Spool
from daysheet.services import operating, outbox, retention
from daysheet.services.account import account
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import inbound as inbound_store
from daysheet.store.tables import inbound, submission
from daysheet.store.tables import outbox as outbox_table
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.safety.conftest import Place

KEPT = timedelta(days=30)
BOOK = a_workbook([a_visit()])


def tools_of(place: Place) -> Tools:
    return replace(place.tools, raw_mail_kept=KEPT)


def age(place: Place, days: int) -> None:
    """Let time pass: for the clock, and for the files of the spool."""
    place.clock.now += timedelta(days=days)
    for path in (place.folder / "var" / "spool").glob("??/*"):
        os.utime(path, (0, 0))


def send_all(place: Place) -> None:
    """Let every answer be one that has left."""
    with place.tools.database.writing() as connection:
        connection.execute(outbox_table.update().values(state="sent", sent_at=place.clock.now))


def figures(place: Place) -> dict[str, Any]:
    """Everything that is counted: rows of every table, and the sum of what every message and report says."""
    messages = place.select(sa.select(inbound.c.raw_sha256, inbound.c.state, inbound.c.finished_at))
    reports = place.select(sa.select(submission.c.id, submission.c.state, submission.c.rows_landed))
    rows = place.select(sa.select(place.tools.tables.table("visits")))
    return {"tables": place.tables(), "messages": messages, "reports": reports, "rows": rows}


def test_an_answer_that_failed_keeps_the_bytes_of_its_own_message_only(place: Place) -> None:
    place.feed(a_mail(BOOK))
    place.feed(a_mail(BOOK, sender="tom@corp.example", message_id="<2@corp.example>"))
    send_all(place)
    with place.tools.database.writing() as connection:
        second = outbox_table.c.recipient == "tom@corp.example"
        connection.execute(outbox_table.update().where(second).values(state="failed"))
    age(place, 31)
    assert retention.run(tools_of(place)).messages == 1


def test_old_bytes_go_and_nothing_that_was_counted_changes(place: Place) -> None:
    place.feed(a_mail(BOOK))
    place.feed(a_mail(BOOK, sender="nobody@else.example"))
    send_all(place)
    age(place, 31)
    before = figures(place)
    done = retention.run(tools_of(place))
    assert (done.messages, done.files, done.orphans) == (2, 2, 0)
    assert place.spool == set()
    assert figures(place) == before
    books = account(tools_of(place))
    assert books.is_closed, books.faults
    assert (books.messages, books.removed) == (2, 2)
    assert retention.run(tools_of(place)) == retention.Removed()


def test_what_is_young_unanswered_or_set_aside_keeps_its_bytes(place: Place) -> None:
    place.feed(a_mail(BOOK))  # its answer waits
    place.feed(a_mail(b"PK\x03\x04 no workbook", sender="tom@corp.example"))
    send_all(place)
    with place.tools.database.writing() as connection:
        connection.execute(outbox_table.update().where(outbox_table.c.id == 1).values(state="failed"))
        connection.execute(inbound.update().where(inbound.c.id == 2).values(state="quarantined"))
    age(place, 31)
    place.feed(a_mail(a_workbook([a_visit()], cover={"rep_number": "E2"}), sender="tom@corp.example"))
    send = place.select(sa.select(inbound.c.id).order_by(inbound.c.id))
    assert len(send) == 3
    assert retention.run(tools_of(place)) == retention.Removed()
    assert len(place.spool) == 3


def test_a_report_that_waits_for_a_word_keeps_its_bytes(place: Place) -> None:
    place.feed(a_mail(BOOK))
    send_all(place)
    with place.tools.database.writing() as connection:
        connection.execute(submission.update().values(is_waiting=True, is_current=False))
    age(place, 31)
    assert retention.run(tools_of(place)).messages == 0


def test_without_a_setting_nothing_is_ever_removed(place: Place) -> None:
    place.feed(a_mail(BOOK))
    send_all(place)
    age(place, 4000)
    assert retention.run(place.tools) == retention.Removed()
    assert len(place.spool) == 1


def test_the_same_bytes_later_are_known_and_go_again(place: Place) -> None:
    raw = a_mail(BOOK)
    place.feed(raw)
    send_all(place)
    age(place, 31)
    retention.run(tools_of(place))
    again = place.feed(raw)
    assert again.state == "duplicate"
    assert len(place.spool) == 1
    assert account(tools_of(place)).is_closed
    assert retention.run(tools_of(place)).orphans == 0, "bytes that have just come in are left alone"
    age(place, 1)
    assert retention.run(tools_of(place)).orphans == 1
    assert place.spool == set()
    assert place.count("submission") == 1


def test_a_crash_between_the_commit_and_the_removal_leaves_what_the_next_run_removes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.feed(a_mail(BOOK))
    send_all(place)
    age(place, 31)

    def crash(self: Spool, digest: str, *, older_than: float = 0) -> bool:
        raise StoreUnreachable("the power is out")

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "remove", crash)
        with pytest.raises(StoreUnreachable):
            retention.run(tools_of(place))
    assert len(place.spool) == 1
    assert account(tools_of(place)).is_closed
    assert retention.run(tools_of(place)).orphans == 1
    assert place.spool == set()


def test_a_removal_that_never_ended_is_undone_before_the_next(place: Place) -> None:
    place.feed(a_mail(BOOK))
    (path,) = (place.folder / "var" / "spool").glob("??/*")
    path.rename(path.with_name(f".gone-{path.name}"))
    assert not account(place.tools).is_closed
    retention.run(place.tools)
    assert account(place.tools).is_closed


def test_bytes_that_two_messages_share_stay_until_both_are_done_with(place: Place) -> None:
    place.feed(BOOK, as_number="E1", name="one.xlsx")
    send_all(place)
    age(place, 31)
    place.feed(BOOK, as_number="E2", name="one.xlsx")
    assert place.count("inbound") == 2
    send_all(place)
    age(place, 1)
    assert retention.run(tools_of(place)).messages == 0
    age(place, 31)
    assert retention.run(tools_of(place)) == retention.Removed(2, 1, 0)


def test_what_wants_removed_bytes_is_told_so(place: Place) -> None:
    place.feed(a_mail(a_workbook([a_visit(way="???")])))
    place.feed(a_mail(BOOK, sender="tom@home.example2"))
    send_all(place)
    age(place, 31)
    assert retention.run(tools_of(place)).messages == 2
    with place.tools.database.writing() as connection:
        connection.execute(outbox_table.update().values(state="queued"))
    with place.tools.database.reading() as connection:
        from daysheet.store import outbox as outbox_store

        (mail, *_) = outbox_store.waiting(connection)
    assert b"openxmlformats" not in outbox.make(place.tools, mail), "an answer leaves without its workbook"
    (done,) = operating.requeue(place.tools, [2])
    assert not done.is_requeued
    assert "removed on" in done.note
    with place.tools.database.reading() as connection:
        assert inbound_store.get(connection, 1).bytes_removed_at == place.clock.now


def test_it_waits_for_a_backup_under_way(place: Place) -> None:
    other = replace(place.tools, holder="another")
    with held(other, retention.LEASE), pytest.raises(LeaseHeld):
        retention.run(tools_of(place))


def test_bytes_put_again_while_they_are_removed_are_there_afterwards(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    digest = spool.put(b"message")
    assert not spool.remove(digest, older_than=60)
    assert spool.get(digest) == b"message"
    os.utime(spool.path_of(digest), (0, 0))
    spool.put(b"message")
    assert not spool.remove(digest, older_than=60), "whoever puts them again may rely on them"
    assert spool.remove(digest)
    assert not spool.remove(digest)
    with pytest.raises(StoreError):
        spool.get(digest)
