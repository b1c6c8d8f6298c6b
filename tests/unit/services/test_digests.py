"""What the clock owes: which period, to whom, once; after nights, weeks and crashes too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from daysheet.errors import LeaseHeld, StoreUnreachable
from daysheet.model.calendars import WorkCalendar
from daysheet.model.digest_documents import Content, from_document
from daysheet.model.digests import Digest, DigestKind, Reminder
from daysheet.model.figures import Figures
from daysheet.model.people import Person
from daysheet.model.text import Language
from daysheet.services import digests, people
from daysheet.services.digest_makers import Made, Order, Workshop
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import subscriptions
from daysheet.store.engine import Connection
from daysheet.store.tables import digest, digest_run, outbox, person, submission
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKLY = {DigestKind.WEEKLY: "mon 08:00"}
ALL = WEEKLY | {
    DigestKind.MORNING: "08:00",
    DigestKind.REMINDER: "18:00",
    DigestKind.ESCALATION: "09:30",
    DigestKind.STEWARD: "08:30",
    DigestKind.MONTHLY: "1 08:00",
}
PEOPLE = """\
number,name,role,addresses,team,language,timezone,manager
E1,王丽,rep,wang.li@corp.example,一组,zh,,E9
E2,Tom Baker,rep,tom@corp.example,二组,en,Europe/Berlin,E8
E8,Anna Kraus,manager,anna@corp.example,,en,Europe/Berlin,E9
E9,赵敏,manager,zhao@corp.example,,zh,,
S1,孙静,steward,sun@corp.example,,zh,,
"""


def there(month: int, day: int, hour: int = 0, minute: int = 0, *, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def content(order: Order, one: Person) -> Content:
    language = one.language or Language.ZH
    if order.kind.is_optional:
        return Digest(order.kind, language, order.period, one.name, "", {"visits.done": 3}, {})
    return Reminder(language, one.name, order.period.first, "09:00", order.period.first)


@dataclass
class Works:
    """Makers that say something to everybody but *silent*, and remember what they were asked."""

    silent: frozenset[str] = frozenset()
    fails_at: str = ""
    orders: list[Order] = field(default_factory=list)
    told: list[dict[int, Mapping[date, Figures]]] = field(default_factory=list)

    def make(self, order: Order) -> Made:
        self.orders.append(order)
        self.told.append(dict(order.snapshots))
        for one in order.receivers:
            if one.number == self.fails_at:
                raise ZeroDivisionError("a bug")
            if one.number not in self.silent:
                yield one, content(order, one)

    @property
    def workshop(self) -> Workshop:
        return Workshop(dict.fromkeys(DigestKind, self.make))


@dataclass
class Bureau:
    """A pipeline whose people get mails by the clock."""

    pipeline: Pipeline
    works: Works = field(default_factory=Works)

    @property
    def tools(self) -> Tools:
        return self.pipeline.tools

    def schedule(self, schedule: Mapping[DigestKind, str], **policy: Any) -> None:
        changed = replace(self.tools.policy, schedule=schedule, **policy)
        self.pipeline.tools = replace(self.tools, policy=changed)

    def run(self, at: datetime, **more: Any) -> list[tuple[str, int]]:
        self.pipeline.clock.now = at
        ran = digests.run_due(self.tools, workshop=self.works.workshop, **more)
        return [(f"{one.kind} {one.period}", one.queued) for one in ran]

    def mailed(self) -> list[tuple[str, str, str]]:
        """Whom it was mailed to, in order: kind, period, recipient."""
        query = sa.select(digest.c.kind, digest.c.first_on, outbox.c.recipient).join_from(digest, outbox)
        rows = self.pipeline.select(query.order_by(outbox.c.id))
        return [(row.kind, str(row.first_on), row.recipient.partition("@")[0]) for row in rows]

    def runs(self) -> list[tuple[str, str, str, int]]:
        rows = self.pipeline.select(sa.select(digest_run).order_by(digest_run.c.finished_at, digest_run.c.zone))
        return [(row.kind, row.zone, str(row.first_on), row.mails) for row in rows]

    def report_on(self, day: date) -> None:
        """Let the first report be of *day*."""
        with self.tools.database.writing() as connection:
            connection.execute(submission.update().values(report_date=day))


@pytest.fixture
def bureau(pipeline: Pipeline) -> Bureau:
    """Two time zones: a rep and a manager in each, and a steward; a report of long ago."""
    people.import_file(pipeline.tools, "people.csv", PEOPLE.encode())
    with pipeline.tools.database.writing() as connection:
        connection.execute(person.update().where(person.c.number == "E3").values(is_active=False))
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    made = Bureau(pipeline)
    made.report_on(date(2025, 1, 6))
    made.schedule(WEEKLY)
    return made


# ---- what is due -------------------------------------------------------------------------------


def test_each_zone_is_told_at_its_own_eight_o_clock(bureau: Bureau) -> None:
    assert bureau.run(there(11, 23, 7, 59)) == [("weekly 2026-W46", 2)], "the week before is still owed"
    assert bureau.run(there(11, 23, 8)) == [("weekly 2026-W47", 1)]
    assert bureau.mailed()[2:] == [("weekly", "2026-11-16", "zhao")]
    assert bureau.run(there(11, 23, 14, 59)) == []
    assert bureau.run(there(11, 23, 8, zone=ZoneInfo("Europe/Berlin"))) == [("weekly 2026-W47", 1)]
    assert bureau.mailed()[3:] == [("weekly", "2026-11-16", "anna")]
    assert [run[1:] for run in bureau.runs()[2:]] == [
        ("Asia/Shanghai", "2026-11-16", 1),
        ("Europe/Berlin", "2026-11-16", 1),
    ]


def test_nothing_is_due_twice_and_nothing_due_takes_no_lease(bureau: Bureau) -> None:
    assert len(bureau.run(there(11, 23, 18))) == 1
    bureau.pipeline.clock.now = there(11, 23, 18, 1)
    with held(replace(bureau.tools, holder="another"), digests.LEASE):
        assert bureau.run(there(11, 23, 18, 1)) == []
    assert len(bureau.works.orders) == 1


def test_after_three_weeks_off_only_the_latest_week_is_told(bureau: Bureau) -> None:
    bureau.run(there(11, 2, 18))
    assert bureau.run(there(11, 27, 3)) == [("weekly 2026-W47", 2)]
    assert {first_on for _, first_on, _ in bureau.mailed()} == {"2026-10-26", "2026-11-16"}


def test_a_restart_right_after_a_run_sends_nothing_again(bureau: Bureau) -> None:
    bureau.run(there(11, 23, 18))
    again = Bureau(bureau.pipeline)
    assert again.run(there(11, 23, 18)) == []
    assert again.works.orders == []


def test_the_year_turns_in_the_middle_of_a_week(bureau: Bureau) -> None:
    bureau.run(there(12, 28, 18))
    assert bureau.run(datetime(2027, 1, 3, 12, tzinfo=UTC)) == []
    assert bureau.run(datetime(2027, 1, 4, 12, tzinfo=UTC)) == [("weekly 2026-W53", 2)]
    assert bureau.run(datetime(2027, 1, 11, 12, tzinfo=UTC)) == [("weekly 2027-W01", 2)]


def test_the_night_the_clocks_are_put_on_tells_the_day_once(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.REMINDER: "02:30"}, calendars=lambda: {"default": WorkCalendar(weekend=frozenset())})
    berlin = ZoneInfo("Europe/Berlin")
    bureau.run(there(3, 29, 1, 59, zone=berlin))
    before = len(bureau.mailed())
    for minutes in range(0, 180, 30):  # 01:59 is followed by 03:00
        bureau.run(datetime(2026, 3, 29, 1, 0, tzinfo=UTC) + timedelta(minutes=minutes))
    assert bureau.mailed()[before:] == [("reminder", "2026-03-29", "tom")]


def test_the_night_the_clocks_are_put_back_tells_the_day_once(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.REMINDER: "02:30"}, calendars=lambda: {"default": WorkCalendar(weekend=frozenset())})
    bureau.run(datetime(2026, 10, 25, 0, 29, tzinfo=UTC))
    before = len(bureau.mailed())
    for minutes in range(0, 180, 30):
        bureau.run(datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes))
    assert bureau.mailed()[before:] == [("reminder", "2026-10-25", "tom")]


def test_a_fresh_installation_mails_nothing_and_notes_nothing(bureau: Bureau) -> None:
    bureau.schedule(ALL)
    bureau.report_on(date(2026, 11, 24))  # Tuesday
    assert bureau.run(there(11, 23, 19)) == []
    assert bureau.runs() == []
    assert {name for name, _ in bureau.run(there(11, 24, 19))} == {
        "morning 2026-11-24",
        "reminder 2026-11-24",
        "escalation 2026-11-24",
        "steward 2026-11-24",
    }
    assert ("weekly 2026-W48", 2) in bureau.run(there(11, 30, 16))


@pytest.mark.parametrize("kind", [DigestKind.MORNING, DigestKind.REMINDER, DigestKind.ESCALATION, DigestKind.STEWARD])
def test_what_is_about_a_day_is_not_sent_when_that_day_is_over(bureau: Bureau, kind: DigestKind) -> None:
    bureau.schedule({kind: "18:00"})
    bureau.run(there(11, 24, 18))
    sent = bureau.mailed()
    assert bureau.run(there(11, 27, 7, 59)) == [(f"{kind} 2026-11-26", 0)], "noted as done"
    assert bureau.run(there(11, 27, 8)) == []
    assert [first_on for _, first_on, _ in bureau.mailed()[len(sent) :]] == []
    assert bureau.run(there(11, 27, 18)) == [(f"{kind} 2026-11-27", 1)]


def test_a_zone_nobody_knows_keeps_no_other_waiting(bureau: Bureau) -> None:
    with bureau.tools.database.writing() as connection:
        connection.execute(person.update().where(person.c.number == "E8").values(timezone="Mars/Olympus"))
    assert ("weekly", "2026-11-16", "zhao") in (bureau.run(there(11, 23, 18)), bureau.mailed())[1]


def test_an_empty_schedule_owes_nothing(bureau: Bureau) -> None:
    bureau.schedule({})
    assert bureau.run(there(11, 23, 18)) == []


# ---- who gets it -------------------------------------------------------------------------------

RECEIVERS = {
    DigestKind.MORNING: {"wang.li", "tom"},
    DigestKind.REMINDER: {"wang.li", "tom"},
    DigestKind.ESCALATION: {"anna", "zhao"},
    DigestKind.STEWARD: {"sun"},
    DigestKind.WEEKLY: {"anna", "zhao"},
    DigestKind.MONTHLY: set[str](),
}


@pytest.mark.parametrize("kind", DigestKind)
def test_each_kind_goes_to_those_it_is_for(bureau: Bureau, kind: DigestKind) -> None:
    bureau.schedule({kind: ALL[kind]})
    for day, hour in ((24, 13), (24, 19), (24, 23), (25, 3)):  # mornings and evenings, in Shanghai and in Berlin
        bureau.run(there(11, day, hour))
    assert {who for _, _, who in bureau.mailed()} == RECEIVERS[kind]


def test_a_service_started_in_the_evening_wishes_nobody_a_good_morning(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.MORNING: ALL[DigestKind.MORNING]})
    bureau.run(there(11, 24, 18, 30))
    assert bureau.mailed() == [("morning", "2026-11-24", "tom")], "whose morning it is, in Berlin"
    assert bureau.run(there(11, 24, 18, 31)) == [], "and it is done with"


def test_the_month_goes_to_who_asked_for_it(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.MONTHLY: "1 08:00"})
    choose(bureau, "E9", DigestKind.MONTHLY, True)
    assert bureau.run(there(12, 1, 18)) == [("monthly 2026-11", 1)]
    assert bureau.mailed() == [("monthly", "2026-11-01", "zhao")]


def test_who_has_unsubscribed_gets_nothing_but_what_is_part_of_the_work(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.MORNING: "08:00", DigestKind.REMINDER: "18:00"})
    for kind in (DigestKind.MORNING, DigestKind.REMINDER):
        choose(bureau, "E1", kind, False)
    bureau.run(there(11, 24, 18))
    assert ("morning", "2026-11-24", "wang.li") not in bureau.mailed()
    assert ("reminder", "2026-11-24", "wang.li") in bureau.mailed()


def choose(bureau: Bureau, number: str, kind: DigestKind, wants: bool) -> None:
    with bureau.tools.database.writing() as connection:
        person_id = connection.scalar(sa.select(person.c.id).where(person.c.number == number))
        subscriptions.choose(connection, person_id, kind, wants, bureau.tools.clock())


def test_reps_and_stewards_are_left_alone_on_their_days_off(bureau: Bureau) -> None:
    bureau.schedule({kind: said for kind, said in ALL.items() if kind not in (DigestKind.WEEKLY, DigestKind.MONTHLY)})
    golden_week = WorkCalendar(holidays={date(2026, 10, day): "国庆节" for day in range(1, 8)})
    bureau.schedule(bureau.tools.policy.schedule, calendars=lambda: {"default": golden_week})
    for day in range(1, 8):
        bureau.run(there(10, day, 23))
    assert bureau.mailed() == []
    bureau.run(there(10, 8, 19))
    assert {kind for kind, _, _ in bureau.mailed()} == {"morning", "reminder", "escalation", "steward"}


def test_the_week_with_holidays_is_told_on_its_monday_all_the_same(bureau: Bureau) -> None:
    off = WorkCalendar(holidays={date(2026, 10, day): "国庆节" for day in range(1, 8)})
    bureau.schedule(WEEKLY, calendars=lambda: {"default": off})
    bureau.run(there(9, 28, 18))
    assert bureau.run(there(10, 5, 18)) == [("weekly 2026-W40", 2)]


def test_who_has_no_address_or_has_left_gets_nothing(bureau: Bureau) -> None:
    people.import_file(
        bureau.tools,
        "people.csv",
        b"number,name,role,addresses,active\nE8,Anna Kraus,manager,,\nE9,Z,manager,z@c.d,no\n",
    )
    assert bureau.run(there(11, 23, 18)) == [("weekly 2026-W47", 0)]
    assert bureau.mailed() == []


# ---- telling -----------------------------------------------------------------------------------


def test_who_is_told_nothing_is_noted_and_not_asked_for_again(bureau: Bureau) -> None:
    bureau.works.silent = frozenset({"E8"})
    ran = (bureau.run(there(11, 23, 18)), bureau.mailed())
    assert ran == ([("weekly 2026-W47", 1)], [("weekly", "2026-11-16", "zhao")])
    rows = bureau.pipeline.select(sa.select(digest.c.outbox_id).order_by(digest.c.person_id))
    assert sorted(row.outbox_id is None for row in rows) == [False, True]


def test_the_mail_says_what_was_made_and_the_figures_are_kept(bureau: Bureau) -> None:
    bureau.run(there(11, 23, 18))
    mail, *_ = bureau.pipeline.select(sa.select(outbox).where(outbox.c.kind == "weekly"))
    said = from_document(mail.payload)
    assert isinstance(said, Digest)
    assert said.period.label == "2026-W47"
    kept = bureau.pipeline.select(sa.select(digest.c.figures, digest.c.last_on))
    assert {str(row.last_on) for row in kept} == {"2026-11-22"}
    assert [row.figures for row in kept] == [{"visits.done": 3}] * 2


def test_earlier_periods_are_handed_over_as_they_were_told(bureau: Bureau) -> None:
    for week in range(10):
        bureau.run(there(9, 7, 18) + timedelta(weeks=week))
    told = bureau.works.told[-1]
    assert {len(of_person) for of_person in told.values()} == {8}
    for of_person in told.values():
        assert (min(of_person), max(of_person)) == (date(2026, 9, 7), date(2026, 10, 26))
        assert of_person[date(2026, 9, 7)] == {"visits.done": 3}


def test_a_mail_has_the_same_message_id_whenever_it_is_made(bureau: Bureau) -> None:
    bureau.run(there(11, 23, 18))
    first = bureau.pipeline.select(sa.select(outbox.c.message_id).where(outbox.c.kind == "weekly"))
    with bureau.tools.database.writing() as connection:
        for table in (digest, digest_run):
            connection.execute(table.delete())
        connection.execute(outbox.delete().where(outbox.c.kind == "weekly"))
    bureau.run(there(11, 24, 18))
    again = bureau.pipeline.select(sa.select(outbox.c.message_id).where(outbox.c.kind == "weekly"))
    assert again == first
    assert all(row.message_id.startswith("<daysheet.weekly.") for row in first)


def test_all_mails_of_a_kind_to_one_person_stand_in_one_thread(bureau: Bureau) -> None:
    bureau.run(there(11, 16, 18))
    bureau.run(there(11, 23, 18))
    rows = bureau.pipeline.select(sa.select(outbox).where(outbox.c.kind == "weekly"))
    threads = {(row.recipient, tuple(row.references), row.in_reply_to) for row in rows}
    assert (len(rows), len(threads)) == (4, 2)
    assert {row.message_id for row in rows}.isdisjoint({row.in_reply_to for row in rows})


def test_zones_owed_the_same_are_worked_out_together(bureau: Bureau) -> None:
    bureau.run(there(11, 24, 8))
    assert len(bureau.works.orders) == 1
    assert [run[1] for run in bureau.runs()] == ["Asia/Shanghai", "Europe/Berlin"]


# ---- what goes wrong ---------------------------------------------------------------------------


def test_a_batch_that_was_not_whole_is_made_again(bureau: Bureau) -> None:
    bureau.works.fails_at = "E9"
    with pytest.raises(ZeroDivisionError):
        bureau.run(there(11, 23, 18))
    assert bureau.runs() == []
    bureau.works.fails_at = ""
    assert bureau.run(there(11, 23, 18, 1)) == [("weekly 2026-W47", 2)]
    assert len(bureau.mailed()) == 2


def test_a_batch_that_is_committed_is_not_made_again(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "BATCH", 1)
    bureau.works.fails_at = "E8"
    with pytest.raises(ZeroDivisionError):
        bureau.run(there(11, 23, 18))
    assert [who for _, _, who in bureau.mailed()] == ["zhao"]
    bureau.works.fails_at = ""
    bureau.run(there(11, 23, 18, 1))
    assert [who for _, _, who in bureau.mailed()] == ["zhao", "anna"]
    assert [one.number for one in bureau.works.orders[-1].receivers] == ["E8"], "only who has nothing yet"
    assert [run[3] for run in bureau.runs()] == [1, 1], "what was queued before counts"


def test_a_kind_that_cannot_be_made_rests_and_the_others_go_on(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.STEWARD: "08:30", **WEEKLY})
    bureau.works.fails_at = "S1"
    resting: digests.Resting = {}
    assert bureau.run(there(11, 23, 18), resting=resting) == [("weekly 2026-W47", 2)]
    assert bureau.run(there(11, 23, 18, 1), resting=resting) == []
    asked = len(bureau.works.orders)
    assert bureau.run(there(11, 23, 18, 14), resting=resting) == []
    assert len(bureau.works.orders) == asked, "it is left alone for a while"
    bureau.works.fails_at = ""
    assert bureau.run(there(11, 23, 18, 15), resting=resting) == [("steward 2026-11-23", 1)]


def test_the_operator_is_told_of_what_cannot_be_made_until_it_can(bureau: Bureau) -> None:
    from daysheet.store import alarms

    bureau.works.fails_at = "E9"
    bureau.run(there(11, 23, 18), resting={})
    with bureau.tools.database.reading() as connection:
        (alarm,) = alarms.open_alarms(connection)
    assert (alarm.kind, alarm.subject) == ("digest", "weekly 2026-W47")
    assert "a bug" in alarm.detail
    bureau.works.fails_at = ""
    bureau.run(there(11, 23, 19), resting={})
    with bureau.tools.database.reading() as connection:
        assert alarms.open_alarms(connection) == ()


def test_a_database_that_does_not_answer_is_no_fault_of_the_kind(bureau: Bureau) -> None:
    def unreachable(connection: Connection, tools: Tools) -> Any:
        raise StoreUnreachable("gone")

    resting: digests.Resting = {}
    bureau.pipeline.clock.now = there(11, 23, 18)
    with pytest.raises(StoreUnreachable):
        digests.run_due(bureau.tools, workshop=Workshop({}, unreachable), resting=resting)
    assert resting == {}


def test_only_one_process_runs_at_a_time(bureau: Bureau) -> None:
    bureau.pipeline.clock.now = there(11, 23, 18)
    with held(replace(bureau.tools, holder="another"), digests.LEASE), pytest.raises(LeaseHeld):
        bureau.run(there(11, 23, 18))
    assert bureau.mailed() == []


def test_a_run_whose_lease_was_lost_writes_nothing_more(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine may take the work over from one that has slept."""
    monkeypatch.setattr(digests, "BATCH", 1)
    monkeypatch.setattr(digests, "HEARTBEAT", 0.01)
    monkeypatch.setattr("daysheet.services.leases.RENEWAL", timedelta(0))
    tools = bureau.tools

    def slow(order: Order) -> Made:
        one, *rest = order.receivers
        yield one, content(order, one)
        from daysheet.store.tables import lease

        with tools.database.writing() as connection:
            connection.execute(lease.update().values(holder="another"))
        import time

        time.sleep(0.15)
        yield from ((other, content(order, other)) for other in rest)

    bureau.pipeline.clock.now = there(11, 23, 18)
    with pytest.raises(LeaseHeld):
        digests.run_due(tools, workshop=Workshop({DigestKind.WEEKLY: slow}))
    assert len(bureau.mailed()) == 1
    assert bureau.runs() == []


def test_a_run_that_is_to_stop_ends_after_the_batch_and_is_gone_on_with(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "BATCH", 1)
    answers: Iterator[bool] = iter([False, True])
    assert bureau.run(there(11, 23, 18), should_stop=lambda: next(answers)) == []
    assert len(bureau.mailed()) == 1
    assert bureau.runs() == []
    bureau.run(there(11, 23, 18, 1))
    assert [who for _, _, who in bureau.mailed()] == ["zhao", "anna"]


# ---- the mail ----------------------------------------------------------------------------------


def test_a_digest_is_a_mail_of_a_series_that_says_how_to_leave_it(bureau: Bureau) -> None:
    bureau.run(there(11, 23, 18))
    mail = next(one for one in bureau.pipeline.mails() if one["To"] == "zhao@corp.example")
    token = mail["Message-ID"].split(".")[2].partition("@")[0]
    assert mail["List-Id"] == "<weekly.daysheet.corp.example>"
    assert mail["List-Unsubscribe"] == f"<mailto:daily@corp.example?subject=unsubscribe%20weekly%20{token}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == mail["In-Reply-To"] != mail["Message-ID"]


def test_nobody_leaves_what_is_part_of_the_work(bureau: Bureau) -> None:
    bureau.schedule({DigestKind.REMINDER: "18:00"})
    bureau.run(there(11, 24, 18))
    mail = next(one for one in bureau.pipeline.mails() if one["To"] == "wang.li@corp.example" and one["List-Id"])
    assert mail["List-Unsubscribe"] is None


def test_the_same_mail_is_made_whenever_it_is_made(bureau: Bureau) -> None:
    bureau.run(there(11, 23, 18))
    first = [mail.as_bytes() for mail in bureau.pipeline.mails()]
    bureau.pipeline.clock.now += timedelta(days=1)
    assert [mail.as_bytes() for mail in bureau.pipeline.mails()] == first


@pytest.mark.parametrize("kind", DigestKind)
def test_every_kind_is_made_by_what_is_there(bureau: Bureau, kind: DigestKind) -> None:
    """Whatever there is to say: the real makers are asked, and what they say becomes a mail."""
    bureau.schedule({kind: ALL[kind]})
    bureau.pipeline.clock.now = datetime(2026, 3, 5, 11, tzinfo=UTC)
    choose(bureau, "E9", DigestKind.MONTHLY, True)
    ran = digests.run_due(bureau.tools)
    queued = sum(one.queued for one in ran)
    assert {one.kind for one in ran} == {kind}
    assert len(bureau.pipeline.mails()) == 1 + queued, "the answer to the report is the other one"
    assert queued > 0 or kind not in (DigestKind.WEEKLY, DigestKind.MONTHLY, DigestKind.REMINDER)
