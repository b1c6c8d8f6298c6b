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


# ---- what is watched -----------------------------------------------------------------------------


def test_what_is_so_now_raises_rewords_and_ends_alarms(connection: Connection, now: datetime) -> None:
    def write(now_so: dict[str, str], at: datetime) -> bool:
        changes = alarms.compare(connection, "mailbox", now_so)
        alarms.write(connection, "mailbox", changes, at)
        return bool(changes)

    later = now + timedelta(minutes=1)
    assert write({"a": "1", "b": "1"}, now)
    assert not write({"a": "1", "b": "1"}, later)
    assert write({"a": "2"}, later)
    assert [(one.subject, one.detail) for one in alarms.open_of(connection, "mailbox")] == [("a", "2")]
    assert alarms.counts(connection) == {"mailbox": 1}
    assert [(one.subject, one.cleared_at) for one in alarms.latest(connection)] == [("b", later), ("a", None)]
    assert len(alarms.latest(connection, limit=1)) == 1


def test_what_has_begun_and_what_is_over_is_told_once(connection: Connection, now: datetime) -> None:
    alarms.raise_once(connection, "disk", "data_dir", "", now)
    (one,) = alarms.begun(connection, now)
    assert alarms.ended(connection, ["disk"]) == ()
    alarms.mark_told(connection, [one.id], [], now)
    assert alarms.begun(connection, now) == ()
    assert alarms.last_told(connection, ["disk"]) == now
    alarms.clear(connection, "disk", "data_dir", now)
    assert alarms.ended(connection, ["mailbox"]) == ()
    (over,) = alarms.ended(connection, ["disk"])
    alarms.mark_told(connection, [], [over.id], now)
    assert alarms.ended(connection, ["disk"]) == ()


def test_what_begins_again_at_once_is_told_only_where_it_lasts(connection: Connection, now: datetime) -> None:
    alarms.raise_once(connection, "disk", "data_dir", "", now)
    alarms.mark_told(connection, [one.id for one in alarms.begun(connection, now)], [], now)
    alarms.clear(connection, "disk", "data_dir", now)
    alarms.raise_once(connection, "disk", "data_dir", "", now + timedelta(minutes=59))
    assert alarms.begun(connection, now + timedelta(minutes=118)) == ()
    (again,) = alarms.begun(connection, now + timedelta(minutes=119))
    assert again.times == 2


def test_what_a_person_clears_is_not_told_as_over(connection: Connection, now: datetime) -> None:
    alarms.raise_once(connection, "disk", "data_dir", "", now)
    (one,) = alarms.begun(connection, now)
    alarms.mark_told(connection, [one.id], [], now)
    assert alarms.clear_some(connection, None, now) == {one.id}
    assert alarms.ended(connection, ["disk"]) == ()
