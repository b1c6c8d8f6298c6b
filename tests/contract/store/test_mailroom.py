"""Messages, answers and reports that wait: what both databases must answer alike."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.access import EVERYTHING, Scope
from daysheet.model.mail import MessageState, Reason
from daysheet.model.rows import Record, RowState
from daysheet.store import alarms, mailroom, outbox, submissions, waiting
from daysheet.store import tables as core
from daysheet.store.engine import Connection
from daysheet.store.mailroom import MessageFilter
from daysheet.store.sheets import SheetTables
from daysheet.store.submissions import StoredRow

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
QUARANTINED, IGNORED = MessageState.QUARANTINED, MessageState.IGNORED


@pytest.fixture
def people(connection: Connection) -> Mapping[str, int]:
    """Two reps with an address each."""
    found: dict[str, int] = {}
    for number, name in (("E1", "王丽"), ("E2", "Tom Baker")):
        values = {"number": number, "name": name, "role": "rep"}
        new_id = connection.scalar(core.person.insert().values(values).returning(core.person.c.id))
        assert isinstance(new_id, int)
        found[number] = new_id
        connection.execute(core.person_address.insert().values(address=f"{number}@x".lower(), person_id=new_id))
    return found


def a_message(connection: Connection, number: int, state: MessageState, **more: Any) -> int:
    values = {"raw_sha256": f"{number:064d}", "source": "mail", "size": 7, "state": state, "first_seen_at": NOW}
    new_id = connection.scalar(core.inbound.insert().values(values | more).returning(core.inbound.c.id))
    assert isinstance(new_id, int)
    return new_id


def a_report(connection: Connection, inbound_id: int, rep_id: int, **more: Any) -> int:
    values = {
        "inbound_id": inbound_id,
        "rep_id": rep_id,
        "sender_id": rep_id,
        "report_date": date(2026, 3, 1),
        "state": "partly",
        "received_at": NOW,
    }
    new_id = connection.scalar(core.submission.insert().values(values | more).returning(core.submission.c.id))
    assert isinstance(new_id, int)
    return new_id


def a_mail(connection: Connection, number: int, state: str, **more: Any) -> int:
    values = {
        "kind": "report",
        "recipient": "e1@x",
        "message_id": f"<{number}@x>",
        "payload": {},
        "state": state,
        "next_at": NOW,
        "created_at": NOW,
    }
    new_id = connection.scalar(core.outbox.insert().values(values | more).returning(core.outbox.c.id))
    assert isinstance(new_id, int)
    return new_id


def test_messages_of_several_states_come_newest_first_page_by_page(connection: Connection) -> None:
    ids = [a_message(connection, n, (QUARANTINED, IGNORED, MessageState.ACCEPTED)[n % 3]) for n in range(9)]
    wanted = [one for n, one in enumerate(ids) if n % 3 < 2][::-1]
    pages = [
        [one.id for one in mailroom.messages(connection, EVERYTHING, MessageFilter(), limit=4, offset=offset)]
        for offset in (0, 4, 8)
    ]
    assert pages == [wanted[:4], wanted[4:], []]


def test_each_filter_of_messages_asks_for_its_own(connection: Connection) -> None:
    old = a_message(connection, 1, QUARANTINED, reason="malformed", first_seen_at=NOW - timedelta(days=3))
    new = a_message(connection, 2, IGNORED, reason="stranger", sender="Some_One@x")
    wanted: tuple[tuple[dict[str, Any], list[int]], ...] = (
        ({}, [new, old]),
        ({"states": (IGNORED,)}, [new]),
        ({"reason": "malformed"}, [old]),
        ({"sender": "some_one"}, [new]),
        ({"sender": "some%one"}, []),
        ({"seen_before": NOW - timedelta(days=1)}, [old]),
    )
    for asked, expected in wanted:
        found = mailroom.messages(connection, EVERYTHING, MessageFilter(**asked), limit=10)
        assert [one.id for one in found] == expected, asked


def test_a_scope_sees_its_peoples_messages_and_answers(connection: Connection, people: Mapping[str, int]) -> None:
    scope = Scope(person_ids=frozenset({people["E2"]}))
    stranger = a_message(connection, 1, QUARANTINED, sender="nobody@x")
    mine = a_message(connection, 2, QUARANTINED, sender="e2@x")
    by_another = a_message(connection, 3, QUARANTINED, sender="assistant@x")
    report = a_report(connection, by_another, people["E2"])
    found = mailroom.messages(connection, scope, MessageFilter(), limit=10)
    assert [one.id for one in found] == [by_another, mine]
    assert mailroom.message(connection, stranger, scope) is None
    assert mailroom.message(connection, mine, scope, is_held=True) is not None
    other, own, about = (
        a_mail(connection, 1, "failed"),
        a_mail(connection, 2, "held", recipient="e2@x"),
        a_mail(connection, 3, "failed", submission_id=report, inbound_id=by_another),
    )
    assert [one.id for one in mailroom.stuck(connection, scope, limit=10)] == [about, own]
    assert [one.id for one in mailroom.stuck(connection, scope, limit=10, state="held")] == [own]
    assert mailroom.mail(connection, other, scope) is None
    assert mailroom.mail(connection, other, EVERYTHING) is not None


def test_only_what_failed_or_is_held_is_given_up_and_held_again(connection: Connection) -> None:
    failed, sent = a_mail(connection, 1, "failed"), a_mail(connection, 2, "sent")
    assert outbox.give_up(connection, failed)
    assert not outbox.give_up(connection, failed)
    assert not outbox.give_up(connection, sent)
    assert not outbox.hold_again(connection, sent)
    assert outbox.retry_stuck(connection, NOW) == 0
    assert outbox.hold_again(connection, failed)
    assert outbox.retry_stuck(connection, NOW) == 1
    found = outbox.get(connection, failed)
    assert found is not None
    assert (found[0].id, found[1].state) == (failed, "queued")
    assert outbox.get(connection, 999) is None


def test_an_open_alarm_is_found_by_what_it_is_about(connection: Connection) -> None:
    alarms.raise_once(connection, "quarantined", "7", "why", NOW)
    pairs = (("quarantined", "7"), ("stranger-with-template", "nobody@x"))
    found = mailroom.alarm_about(connection, pairs)
    assert found is not None
    assert found.detail == "why"
    alarms.clear(connection, "quarantined", "7", NOW)
    assert mailroom.alarm_about(connection, pairs) is None


def test_reports_that_wait_are_listed_with_their_rows_and_left(
    connection: Connection, tables: SheetTables, people: Mapping[str, int]
) -> None:
    message = a_message(connection, 1, MessageState.PARTLY, subject="日报")
    report = a_report(connection, message, people["E1"], is_waiting=True, reason=Reason.WAITS_FOR_REPLACE)
    a_report(connection, message, people["E1"], position=1, reason=Reason.OK)
    stored = [StoredRow(Record("visits", n, {}, {}), RowState.PARKED) for n in (3, 4)]
    submissions.add_rows(connection, tables, report, stored)
    (found,) = waiting.listed(connection, tables, EVERYTHING, limit=10)
    assert (found.id, found.rows, found.rep_name, found.subject) == (report, 2, "王丽", "日报")
    other = Scope(person_ids=frozenset({people["E2"]}))
    assert waiting.listed(connection, tables, other, limit=10) == ()
    assert waiting.get(connection, report, other) is None
    assert waiting.free_position(connection, message) == waiting.DECIDED_FROM
    a_report(connection, message, people["E1"], position=waiting.DECIDED_FROM)
    assert waiting.free_position(connection, message) == waiting.DECIDED_FROM + 1
    waiting.leave(connection, tables, report)
    assert waiting.listed(connection, tables, EVERYTHING, limit=10) == ()
    left = waiting.get(connection, report, EVERYTHING)
    assert left is not None
    assert (left.is_waiting, left.reason) == (False, "dismissed")
    visits = tables.table("visits")
    assert set(connection.execute(sa.select(visits.c.state)).scalars()) == {"superseded"}
