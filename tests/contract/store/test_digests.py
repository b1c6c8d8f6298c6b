from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.digests import DigestKind
from daysheet.model.mail import MessageState
from daysheet.model.people import Role
from daysheet.model.periods import Period
from daysheet.store import digests, inbound, people, subscriptions
from daysheet.store.engine import Connection, Database
from daysheet.store.outbox import BY_THE_CLOCK, NewMail, mark_sent
from daysheet.store.people import PersonRow
from daysheet.store.tables import digest, outbox, person, region, submission, team

WEEKLY, MORNING, MONTHLY = DigestKind.WEEKLY, DigestKind.MORNING, DigestKind.MONTHLY
WEEK = Period.parse("2026-W09")


def a_mail(who: int = 1, label: str = "2026-W09", kind: DigestKind = WEEKLY) -> NewMail:
    return NewMail(
        inbound_id=None,
        submission_id=None,
        kind=kind,
        recipient=f"p{who}@corp.example",
        cc=(),
        message_id=f"<daysheet.{kind}.{label}.{who}@corp.example>",
        in_reply_to="",
        references=(),
        payload={"says": "digest"},
        priority=BY_THE_CLOCK,
    )


def some_people(connection: Connection, number: int = 3) -> list[int]:
    rows = [
        PersonRow(
            row=at,
            number=f"E{at}",
            name=f"员工{at}",
            role=Role.MANAGER,
            addresses=(f"p{at}@corp.example",),
            timezone="Europe/Berlin" if at == 2 else None,
        )
        for at in range(1, number + 1)
    ]
    people.import_people(connection, rows, date(2026, 1, 1))
    return list(connection.execute(sa.select(person.c.id).order_by(person.c.id)).scalars())


def a_report(connection: Connection, on: date | None, now: datetime) -> None:
    recorded = inbound.record(connection, inbound.Arrival(f"{on}".ljust(64, "0"), 1), None, now)
    values = {"inbound_id": recorded.inbound_id, "state": MessageState.ACCEPTED, "received_at": now, "report_date": on}
    connection.execute(submission.insert().values(values))


def mails(connection: Connection) -> list[Any]:
    return list(connection.execute(sa.select(outbox.c.message_id).order_by(outbox.c.id)).scalars())


# ---- what is due -------------------------------------------------------------------------------


def test_zones_are_those_that_anything_names_once_each(connection: Connection) -> None:
    assert digests.zones(connection) == frozenset()
    some_people(connection)
    connection.execute(team.insert().values(name="一组", timezone="Asia/Shanghai"))
    connection.execute(region.insert().values(name="华东", timezone="Asia/Shanghai"))
    connection.execute(region.insert().values(name="华北"))
    assert digests.zones(connection) == {"Europe/Berlin", "Asia/Shanghai"}
    connection.execute(person.update().values(is_active=False))
    assert digests.zones(connection) == {"Asia/Shanghai"}


def test_only_what_is_wanted_and_done_is_found(connection: Connection, now: datetime) -> None:
    digests.finish(connection, WEEKLY, "Asia/Shanghai", WEEK, 3, now)
    digests.finish(connection, WEEKLY, "Europe/Berlin", WEEK.previous, 3, now)
    wanted: list[digests.Key] = [
        (kind, zone, WEEK.first) for kind in DigestKind for zone in ("Asia/Shanghai", "Europe/Berlin")
    ]
    assert digests.done(connection, wanted) == {(WEEKLY, "Asia/Shanghai", WEEK.first)}
    assert digests.done(connection, []) == frozenset()


def test_very_many_zones_are_asked_for_all_the_same(connection: Connection, now: datetime) -> None:
    digests.finish(connection, WEEKLY, "Zone/777", WEEK, 0, now)
    wanted: list[digests.Key] = [(WEEKLY, f"Zone/{number}", WEEK.first) for number in range(1000)]
    assert digests.done(connection, wanted) == {(WEEKLY, "Zone/777", WEEK.first)}


def test_a_period_that_is_done_twice_keeps_its_first_run(connection: Connection, now: datetime) -> None:
    digests.finish(connection, WEEKLY, "Asia/Shanghai", WEEK, 3, now)
    digests.finish(connection, WEEKLY, "Asia/Shanghai", WEEK, 0, now + timedelta(hours=1))
    (run,) = digests.runs(connection, 10)
    assert (run.kind, run.zone, run.first_on, run.last_on) == (WEEKLY, "Asia/Shanghai", WEEK.first, WEEK.last)
    assert (run.mails, run.finished_at) == (3, now)


def test_the_first_report_is_the_one_with_the_earliest_date(connection: Connection, now: datetime) -> None:
    assert digests.first_report_on(connection) is None
    a_report(connection, None, now)
    assert digests.first_report_on(connection) is None
    a_report(connection, date(2026, 3, 2), now)
    a_report(connection, date(2026, 2, 27), now)
    assert digests.first_report_on(connection) == date(2026, 2, 27)


# ---- telling -----------------------------------------------------------------------------------


def test_a_digest_and_its_mail_are_written_together(connection: Connection, now: datetime) -> None:
    first, second, third = some_people(connection)
    told = {"visits.done": 3, "won.amount.CNY": Decimal("12.50"), "lost.count": 0}
    assert digests.tell(connection, WEEKLY, WEEK, first, told, a_mail(1), now)
    assert digests.tell(connection, WEEKLY, WEEK, second, {}, None, now)
    assert digests.told_to(connection, WEEKLY, WEEK.first) == {first: True, second: False}
    assert third not in digests.told_to(connection, WEEKLY, WEEK.first)
    assert digests.told_to(connection, WEEKLY, WEEK.previous.first) == {}
    row = connection.execute(sa.select(digest).where(digest.c.person_id == first)).one()
    assert row.figures == {"visits.done": 3, "won.amount.CNY": "12.50"}
    assert mails(connection) == [a_mail(1).message_id]


def test_nobody_is_told_a_period_of_a_kind_twice(connection: Connection, now: datetime) -> None:
    (first, *_) = some_people(connection)
    assert digests.tell(connection, WEEKLY, WEEK, first, {"visits.done": 3}, a_mail(1), now)
    assert not digests.tell(connection, WEEKLY, WEEK, first, {"visits.done": 4}, a_mail(1, "other"), now)
    assert mails(connection) == [a_mail(1).message_id]
    assert connection.scalar(sa.select(digest.c.figures)) == {"visits.done": 3}, "what was told stands"
    assert digests.tell(connection, WEEKLY, WEEK.previous, first, {}, a_mail(1, "2026-W08"), now)
    assert digests.tell(connection, MONTHLY, WEEK, first, {}, a_mail(1, kind=MONTHLY), now)


def test_two_processes_tell_one_person_once(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        everybody = some_people(connection, 20)
    queued: list[int] = []

    def tell_all() -> None:
        for person_id in everybody:
            with database.writing() as connection:
                if digests.tell(connection, WEEKLY, WEEK, person_id, {}, a_mail(person_id), now):
                    queued.append(person_id)

    threads = [Thread(target=tell_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(queued) == everybody
    with database.reading() as connection:
        assert len(mails(connection)) == len(everybody)


def test_a_digest_told_again_is_what_was_told(connection: Connection, now: datetime) -> None:
    first, second, _ = some_people(connection)
    digests.tell(connection, WEEKLY, WEEK, first, {"visits.done": 3}, a_mail(1), now)
    digests.tell_again(connection, WEEKLY, WEEK, first, {"visits.done": 4}, a_mail(1, "again"), now)
    digests.tell_again(connection, WEEKLY, WEEK, second, {"visits.done": 5}, a_mail(2), now)
    assert [one.outbox_id for one in digests.recent(connection, 10)] == [3, 2]
    figures = connection.execute(sa.select(digest.c.figures).order_by(digest.c.person_id)).scalars()
    assert list(figures) == [{"visits.done": 4}, {"visits.done": 5}]


def test_a_silence_is_forgotten_and_a_mail_is_not(connection: Connection, now: datetime) -> None:
    first, second, _ = some_people(connection)
    digests.tell(connection, WEEKLY, WEEK, first, {}, None, now)
    digests.tell(connection, WEEKLY, WEEK, second, {}, a_mail(2), now)
    for person_id in (first, second):
        digests.forget_silence(connection, WEEKLY, WEEK, person_id)
    assert digests.told_to(connection, WEEKLY, WEEK.first) == {second: True}


# ---- looking back ------------------------------------------------------------------------------


def test_the_eight_periods_before_come_back_as_they_were_told(connection: Connection, now: datetime) -> None:
    everybody = some_people(connection, digests.Snapshots.SOME + 2)
    period = WEEK
    for back in range(1, 11):
        period = period.previous
        for person_id in everybody[::25]:
            digests.tell(connection, WEEKLY, period, person_id, {"visits.done": back}, None, now)
    digests.tell(connection, MONTHLY, period, everybody[0], {"visits.done": 99}, None, now)
    told = digests.Snapshots(connection, WEEKLY, WEEK, everybody)
    assert len(told) == len(everybody)
    for person_id in (*everybody, *reversed(everybody)):
        expected = set(range(1, 9)) if person_id in everybody[::25] else set()
        assert {figures["visits.done"] for figures in told[person_id].values()} == expected
    assert told[everybody[0]][WEEK.previous.first] == {"visits.done": 1}
    assert told.get(10**9) is None


def test_looking_back_asks_once_for_many_people(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        everybody = some_people(connection, 120)
    asked: list[str] = []
    with database.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        told = digests.Snapshots(connection, WEEKLY, WEEK, everybody)
        assert [told[person_id] for person_id in everybody] == [{}] * 120
    assert sum("digest" in statement for statement in asked) == 3


def test_what_was_mailed_is_listed_newest_first_with_its_state(connection: Connection, now: datetime) -> None:
    first, second, third = some_people(connection)
    digests.tell(connection, WEEKLY, WEEK, first, {}, a_mail(1), now)
    digests.tell(connection, WEEKLY, WEEK, second, {}, None, now)
    digests.tell(connection, MORNING, Period.parse("2026-03-02"), third, {}, a_mail(3, kind=MORNING), now)
    mark_sent(connection, 1, now)
    found = [(one.kind, one.number, one.name, one.state) for one in digests.recent(connection, 10)]
    assert found == [(MORNING, "E3", "员工3", "queued"), (WEEKLY, "E1", "员工1", "sent")]
    assert len(digests.recent(connection, 1)) == 1


# ---- who wants what ----------------------------------------------------------------------------


def test_a_choice_is_kept_until_another_is_made(connection: Connection, now: datetime) -> None:
    first, second, _ = some_people(connection)
    assert subscriptions.choices(connection, WEEKLY) == {}
    assert subscriptions.choose(connection, first, WEEKLY, False, now)
    assert not subscriptions.choose(connection, first, WEEKLY, False, now)
    assert not subscriptions.choose(connection, second, WEEKLY, True, now), "that is how it is for everybody"
    assert not subscriptions.choose(connection, second, MONTHLY, False, now)
    assert subscriptions.choose(connection, second, MONTHLY, True, now)
    assert (subscriptions.choices(connection, WEEKLY), subscriptions.choices(connection, MONTHLY)) == (
        {first: False},
        {second: True},
    )
    assert subscriptions.choose(connection, first, WEEKLY, True, now)
    assert subscriptions.choices(connection, WEEKLY) == {first: True}


@pytest.mark.parametrize(
    ("number", "kind", "addresses", "went"),
    [
        (1, WEEKLY, ["P1@Corp.example", "x@y.z"], True),
        (1, WEEKLY, ["p2@corp.example"], False),
        (1, WEEKLY, [], False),
        (1, MONTHLY, ["p1@corp.example"], False),
        (2, WEEKLY, ["p2@corp.example"], False),
    ],
)
def test_a_message_id_is_proof_for_who_got_that_mail(
    connection: Connection, now: datetime, number: int, kind: DigestKind, addresses: list[str], went: bool
) -> None:
    (first, *_) = some_people(connection)
    digests.tell(connection, WEEKLY, WEEK, first, {}, a_mail(1), now)
    assert subscriptions.went_to(connection, a_mail(number).message_id, kind, addresses) is went


def test_instants_come_back_aware(connection: Connection) -> None:
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    digests.finish(connection, WEEKLY, "Asia/Shanghai", WEEK, 1, at)
    assert digests.runs(connection, 1)[0].finished_at == at
