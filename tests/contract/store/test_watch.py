"""The counts that are looked at every minute."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from daysheet.model.mail import MessageState
from daysheet.store import inbound, outbox, tables, watch
from daysheet.store.engine import Connection
from tests.contract.store.test_outbox import a_mail, claim

MINUTE = timedelta(minutes=1)


def test_of_nothing_nothing_is_counted(connection: Connection, now: datetime) -> None:
    assert watch.stuck(connection) == {}
    assert watch.waiting_since(connection, now) == (0, None)
    assert watch.set_aside_since(connection, now) == 0
    assert watch.unclaimed_since(connection, now, now) == (0, None)


def test_mails_that_are_stuck_or_wait_are_counted(connection: Connection, now: datetime) -> None:
    for number in range(4):
        outbox.enqueue(connection, a_mail(number), now + number * MINUTE)
    (first,) = claim(connection, now + 9 * MINUTE, limit=1)
    assert watch.waiting_since(connection, now + 2 * MINUTE) == (2, now), "the one under way waits, too"
    outbox.mark_failed(connection, first.id, "550")
    assert watch.stuck(connection) == {"failed": 1}
    assert watch.waiting_since(connection, now + 2 * MINUTE) == (1, now + MINUTE)


def test_messages_that_nobody_works_and_those_set_aside_are_counted(connection: Connection, now: datetime) -> None:
    for number in range(3):
        inbound.record(connection, inbound.Arrival(f"{number:064}", 1), None, now + number * MINUTE)
    assert watch.unclaimed_since(connection, now + 2 * MINUTE, now) == (2, now)
    assert inbound.claim(connection, "a:1", now + 3 * MINUTE, 600, 3) is not None
    assert watch.unclaimed_since(connection, now + 2 * MINUTE, now + 3 * MINUTE) == (1, now + MINUTE)
    assert watch.unclaimed_since(connection, now + 2 * MINUTE, now + 30 * MINUTE) == (2, now), "its worker has died"
    aside = {"state": MessageState.QUARANTINED, "finished_at": now}
    connection.execute(tables.inbound.update().where(tables.inbound.c.raw_sha256 == sa.literal("0" * 64)).values(aside))
    assert watch.set_aside_since(connection, now) == 1
    assert watch.set_aside_since(connection, now + MINUTE) == 0
