from datetime import datetime, timedelta

from daysheet.store import alarms, audit
from daysheet.store.alarms import Alarm
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection


def test_an_alarm_is_raised_once_until_it_is_cleared(connection: Connection, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    assert alarms.raise_once(connection, "stranger", "x@example.com", "日报", now)
    assert not alarms.raise_once(connection, "stranger", "x@example.com", "again", later)
    assert alarms.raise_once(connection, "stranger", "y@example.com", "", now)
    assert alarms.raise_once(connection, "quarantined", "x@example.com", "", now)
    alarms.clear(connection, "stranger", "x@example.com", later)
    alarms.clear(connection, "stranger", "nobody@example.com", later)
    assert alarms.open_alarms(connection) == (
        Alarm("quarantined", "x@example.com", "", now),
        Alarm("stranger", "y@example.com", "", now),
    )
    assert alarms.raise_once(connection, "stranger", "x@example.com", "", later)
    assert alarms.open_alarms(connection, limit=1)[0].raised_at == later


def test_the_log_keeps_what_was_and_what_is(connection: Connection, now: datetime) -> None:
    audit.append(connection, [], now)
    changed = Entry("customer.renamed", "customer", 3, {"name": "甲"}, {"name": "乙"}, "0009")
    audit.append(connection, [changed, Entry("submission.filed", "submission", 3)], now)
    (entry,) = audit.history(connection, "customer", 3)
    assert entry == Entry("customer.renamed", "customer", 3, {"name": "甲"}, {"name": "乙"}, "0009", now)
    (filed,) = audit.history(connection, "submission", 3)
    assert (filed.actor, filed.before, filed.after) == ("daysheet", None, None)
