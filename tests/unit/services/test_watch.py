"""What an operator hears of: when it begins, how it is told, when it is over."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from daysheet.errors import ConfigError
from daysheet.model.alarms import AlarmKind, Condition
from daysheet.model.mail import MessageState
from daysheet.services import operating, outbox, people, silent_reps, watch
from daysheet.services.account import Accounts
from daysheet.services.tools import AlarmLimits
from daysheet.store import alarms, mailboxes, tables
from daysheet.store import outbox as outbox_store
from daysheet.store.alarms import Alarm
from tests.builders import NOW, PEOPLE, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.test_bounces import Keeping

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ADMINS = "A1,林婉,admin,admin@corp.example,,zh,,,2025-09-01\nA2,Ann Hill,admin,ann@corp.example,,en,,,2025-09-01\n"


class Watchman:
    """The watch of a pipeline, and what its administrators get."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.tools = replace(pipeline.tools, alarm_limits=AlarmLimits(free_bytes=0))
        self.watched = watch.Watched(("reports",), pipeline.folder)
        self.memory = watch.Memory()

    def look(self, later: timedelta = MINUTE) -> None:
        self.pipeline.clock.now += later
        watch.look(self.tools, self.watched, self.memory)

    def open(self) -> list[tuple[str, str]]:
        return [(one.kind, one.subject) for one in operating.open_alarms(self.tools)]

    def mails(self) -> list[Any]:
        """The alarm mails that wait, as they will leave, and let them go."""
        delivery = Keeping()
        outbox.flush(self.tools, delivery)
        return [mail for mail in delivery.mails if "daysheet.alarm." in str(mail["Message-ID"])]

    def subjects(self, to: str = "ann@corp.example") -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails() if mail["To"] == to]

    def polled(self) -> None:
        with self.tools.database.writing() as connection:
            mailboxes.record_success(connection, "reports", "INBOX", 0, self.pipeline.clock.now)

    def raised(self, kind: AlarmKind, subject: str, detail: str = "") -> None:
        with self.tools.database.writing() as connection:
            alarms.raise_once(connection, kind, subject, detail, self.pipeline.clock.now)


@pytest.fixture
def watchman(pipeline: Pipeline) -> Watchman:
    people.import_file(pipeline.tools, "people.csv", (PEOPLE + ADMINS).encode())
    made = Watchman(pipeline)
    made.polled()
    return made


# ---- mailboxes -----------------------------------------------------------------------------------


def test_a_mailbox_that_is_not_polled_is_told_once_and_again_when_it_is_over(watchman: Watchman) -> None:
    for _ in range(30):
        watchman.look()
    assert watchman.open() == []
    for _ in range(10):
        watchman.look()
    assert watchman.open() == [("mailbox", "reports")]
    assert watchman.subjects() == ["Daysheet alarm: No successful poll of a mailbox: reports"]
    watchman.polled()
    for _ in range(3):
        watchman.look()
    assert watchman.open() == []
    assert watchman.subjects() == ["Daysheet alarm over: No successful poll of a mailbox: reports"]


def test_a_mailbox_never_polled_counts_from_the_first_look(watchman: Watchman) -> None:
    watchman.watched = replace(watchman.watched, mailboxes=("south",))
    watchman.look()
    watchman.look(30 * MINUTE)
    assert watchman.open() == []
    watchman.look()
    assert watchman.open() == [("mailbox", "south")]


def test_a_service_that_was_off_is_given_time_to_poll(watchman: Watchman) -> None:
    watchman.look(timedelta(days=3))
    assert watchman.open() == []
    watchman.polled()
    watchman.look(6 * MINUTE)
    assert watchman.open() == []


def test_an_alarm_from_before_a_restart_is_not_over_by_that(watchman: Watchman) -> None:
    watchman.look()
    watchman.look(HOUR)
    watchman.mails()
    watchman.memory = watch.Memory()
    watchman.look()
    assert watchman.open() == [("mailbox", "reports")]
    assert watchman.mails() == []


def test_a_mailbox_that_is_not_in_the_settings_any_more_is_no_trouble(watchman: Watchman) -> None:
    watchman.look()
    watchman.look(HOUR)
    assert watchman.open()
    watchman.watched = replace(watchman.watched, mailboxes=())
    watchman.look()
    assert watchman.open() == []


# ---- how it is told ------------------------------------------------------------------------------


def test_what_begins_at_once_goes_in_one_mail_to_each_administrator_in_their_language(watchman: Watchman) -> None:
    for kind, subject in ((AlarmKind.DIGEST, "weekly 2026-W09"), (AlarmKind.STRANGER, "x@phone.example")):
        watchman.raised(kind, subject, "TypeError: 杭州云杉 <b>")
    watchman.polled()
    watchman.look()
    chinese, english = sorted(watchman.mails(), key=lambda mail: str(mail["To"]))
    assert (chinese["To"], english["To"]) == ("admin@corp.example", "ann@corp.example")
    for mail in (chinese, english):
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert mail["Reply-To"] is None
        text = mail.get_body(("plain",)).get_content()
        assert "x@phone.example" in text
        assert "weekly 2026-W09" in text
        assert "TypeError" in text
        assert "杭州云杉" not in text, "what a report held does not leave the database"
    assert "需要处理" in chinese.get_body(("plain",)).get_content()
    assert "What to look at" in english.get_body(("plain",)).get_content()


def test_what_strangers_can_cause_at_will_is_mailed_once_an_hour_at_most_twenty_by_name(watchman: Watchman) -> None:
    told = []
    for minute in range(180):
        watchman.raised(AlarmKind.STRANGER, f"s{minute}@phone.example")
        watchman.polled()
        watchman.look()
        told += [
            mail.get_body(("plain",)).get_content() for mail in watchman.mails() if mail["To"] == "ann@corp.example"
        ]
    assert len(told) == 3
    assert [len(set(re.findall(r"s\d+@phone", text))) for text in told] == [1, 20, 20]
    assert "40 more" in told[1]


def test_a_restless_alarm_is_told_once_and_counted_until_it_lasts(watchman: Watchman) -> None:
    said = []
    for _ in range(6):  # on for five minutes, off for five
        watchman.watched = replace(
            watchman.watched, logins=lambda now: [Condition(AlarmKind.LOGIN, "m365", "ends soon")]
        )
        watchman.look(5 * MINUTE)
        said += watchman.subjects()
        watchman.watched = replace(watchman.watched, logins=lambda now: ())
        watchman.look(5 * MINUTE)
        watchman.polled()
        said += watchman.subjects()
    assert len(said) == 2
    (latest, *_) = operating.latest_alarms(watchman.tools, 10)
    assert latest.times == 6
    watchman.watched = replace(watchman.watched, logins=lambda now: [Condition(AlarmKind.LOGIN, "m365", "ends soon")])
    for _ in range(62):
        watchman.polled()
        watchman.look()
        said += watchman.subjects()
    assert len(said) == 3, "what has lasted for an hour is told, or they would believe that it is over"


def test_nothing_is_mailed_twice_whatever_dies_between(watchman: Watchman, monkeypatch: pytest.MonkeyPatch) -> None:
    watchman.raised(AlarmKind.DIGEST, "weekly 2026-W09")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(alarms, "mark_told", dies)
        with pytest.raises(KeyboardInterrupt):
            watchman.look()
    assert watchman.mails() == []
    watchman.look()
    watchman.look()
    assert len(watchman.mails()) == 2


def test_an_alarm_that_a_person_closes_is_not_told_as_over(watchman: Watchman) -> None:
    watchman.look()
    watchman.look(HOUR)
    assert len(watchman.mails()) == 2
    operating.clear_alarms(watchman.tools, None)
    watchman.look()
    assert watchman.open() == [("mailbox", "reports")], "it is so all the same"
    assert watchman.mails() == []


def test_without_an_administrator_nothing_is_taken_for_told(pipeline: Pipeline) -> None:
    watchman = Watchman(pipeline)
    watchman.raised(AlarmKind.DIGEST, "weekly 2026-W09")
    watchman.look()
    assert watchman.mails() == []
    people.import_file(pipeline.tools, "people.csv", (PEOPLE + ADMINS).encode())
    watchman.look()
    assert len(watchman.mails()) == 2


def test_alarms_may_be_kept_from_the_mail(watchman: Watchman) -> None:
    watchman.tools = replace(watchman.tools, alarm_limits=AlarmLimits(is_mailed=False))
    watchman.raised(AlarmKind.DIGEST, "weekly 2026-W09")
    watchman.look()
    assert watchman.mails() == []
    assert ("digest", "weekly 2026-W09") in watchman.open()


def test_alarms_are_neither_capped_nor_do_they_keep_answers_waiting(watchman: Watchman) -> None:
    for number in range(40):
        watchman.raised(AlarmKind.DIGEST, f"weekly 2026-W{number}")
        watchman.look()
    assert len(watchman.mails()) == 80


# ---- the other kinds -----------------------------------------------------------------------------


def test_answers_that_failed_came_back_or_are_held_are_each_an_alarm(watchman: Watchman) -> None:
    for text in ("一", "二", "三"):
        watchman.pipeline.feed(a_mail(text=text))
    with watchman.tools.database.writing() as connection:
        ids = [mail.id for mail in outbox_store.waiting(connection)]
        for mail_id, state in zip(ids, ("failed", "held", "bounced"), strict=True):
            connection.execute(tables.outbox.update().where(tables.outbox.c.id == mail_id).values(state=state))
    watchman.look()
    assert sorted(watchman.open()) == [("answers", "bounced"), ("answers", "failed"), ("answers", "held")]
    operating.retry_mails(watchman.tools, None)
    watchman.look()
    assert watchman.open() == []


def test_an_answer_that_waits_too_long_is_an_alarm_and_one_that_was_just_set_going_is_not(watchman: Watchman) -> None:
    watchman.pipeline.feed(a_mail(text="一"))
    watchman.pipeline.clock.now += timedelta(hours=13)
    watchman.polled()
    watchman.look()
    assert watchman.open() == []
    watchman.look(5 * MINUTE)
    assert watchman.open() == [("answers", "waiting")]
    watchman.mails()
    watchman.look()
    assert watchman.open() == []


def test_many_messages_set_aside_within_a_day_are_an_alarm(watchman: Watchman) -> None:
    with watchman.tools.database.writing() as connection:
        for number in range(21):
            values = {"raw_sha256": f"{number:064}", "as_number": "", "source": "mail", "file_name": "", "size": 1}
            values |= {"state": MessageState.QUARANTINED, "first_seen_at": NOW, "finished_at": NOW}
            connection.execute(tables.inbound.insert().values(values))
    watchman.look()
    assert watchman.open() == [("quarantine", "")]
    watchman.polled()
    watchman.look(timedelta(days=1))
    watchman.polled()
    watchman.look()
    assert ("quarantine", "") not in watchman.open()


def test_messages_that_nobody_works_are_an_alarm(watchman: Watchman) -> None:
    with watchman.tools.database.writing() as connection:
        values = {"raw_sha256": "a" * 64, "as_number": "", "source": "mail", "file_name": "", "size": 1}
        connection.execute(tables.inbound.insert().values(values | {"state": "spooled", "first_seen_at": NOW}))
    watchman.look(14 * MINUTE)
    watchman.look(2 * MINUTE)
    assert watchman.open() == []
    watchman.look(5 * MINUTE)
    assert watchman.open() == [("backlog", "")]


def test_little_disk_is_an_alarm(watchman: Watchman) -> None:
    watchman.tools = replace(watchman.tools, alarm_limits=AlarmLimits(free_bytes=2**60))
    watchman.look()
    watchman.look()
    assert watchman.open() == [("disk", "data_dir")]


def test_a_login_that_cannot_be_looked_at_keeps_nothing_else_from_being_seen(watchman: Watchman) -> None:
    def broken(now: datetime) -> list[Condition]:
        raise ConfigError("no such file")

    watchman.raised(AlarmKind.LOGIN, "m365", "ends soon")
    watchman.watched = replace(watchman.watched, logins=broken)
    watchman.look()
    watchman.look(HOUR)
    assert sorted(watchman.open()) == [("login", "m365"), ("mailbox", "reports")], "what was so stays so"


def test_accounts_that_do_not_close_are_an_alarm_until_they_do(watchman: Watchman) -> None:
    books = Accounts(0, 0, {}, 0, {}, ("the bytes of message 0123… are missing from the spool",))
    for _ in range(2):
        watch.account_for(watchman.tools, books)
        watchman.look()
    assert watchman.open() == [("accounts", "")]
    watch.account_for(watchman.tools, replace(books, faults=()))
    assert watchman.open() == []
    watchman.look()
    assert len(watchman.mails()) == 4


def test_a_look_at_what_has_not_changed_writes_nothing(watchman: Watchman) -> None:
    watchman.look()
    watchman.look(HOUR)
    watchman.mails()
    before = watchman.pipeline.select(sa.select(tables.alarm))
    written: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA")):
            written.append(statement)

    engine = cast("Any", watchman.tools.database)
    with engine.reading() as connection:
        listened = connection.engine
    sa.event.listen(listened, "before_cursor_execute", note)
    try:
        watchman.look()
    finally:
        sa.event.remove(listened, "before_cursor_execute", note)
    assert written == []
    assert watchman.pipeline.select(sa.select(tables.alarm)) == before


# ---- reps ----------------------------------------------------------------------------------------


def reports(watchman: Watchman, *days: date) -> None:
    for day in days:
        content = a_workbook([a_visit(visit_date=day)], cover={"report_date": day})
        watchman.pipeline.clock.now = datetime(day.year, day.month, day.day, 10, tzinfo=NOW.tzinfo)
        line = watchman.pipeline.feed(a_mail(content, message_id=f"<{day}@corp.example>"))
        assert line.state in ("accepted", "partly")


def silent(watchman: Watchman, on: date) -> list[str]:
    watchman.pipeline.clock.now = datetime(on.year, on.month, on.day, 10, tzinfo=NOW.tzinfo)
    return [one.subject for one in silent_reps.find(watchman.tools, watchman.pipeline.clock.now)]


MONDAY = date(2026, 3, 2)


def test_a_rep_who_used_to_report_and_no_longer_does_has_fallen_silent(watchman: Watchman) -> None:
    reports(watchman, MONDAY, MONDAY + timedelta(days=1))
    # Wednesday to Tuesday are missing once Tuesday's is due, on Wednesday morning
    assert silent(watchman, MONDAY + timedelta(days=8)) == []
    assert silent(watchman, MONDAY + timedelta(days=9)) == ["E1"], "and nobody who never sent any"


def test_a_rep_stays_silent_until_a_report_comes(watchman: Watchman) -> None:
    reports(watchman, MONDAY)
    day = MONDAY + timedelta(days=9)
    assert silent(watchman, day) == ["E1"]
    watchman.polled()
    watchman.look()
    for number in range(0, 120, 10):
        assert silent(watchman, day + timedelta(days=number)) == ["E1"]
    reports(watchman, day + timedelta(days=120))
    assert silent(watchman, day + timedelta(days=122)) == []


def test_whoever_has_left_is_not_silent(watchman: Watchman) -> None:
    reports(watchman, MONDAY)
    with watchman.tools.database.writing() as connection:
        who = tables.person.c.number == "E1"
        connection.execute(tables.person.update().where(who).values(is_active=False))
    assert silent(watchman, MONDAY + timedelta(days=20)) == []


def test_whoever_is_on_leave_is_not_silent(watchman: Watchman) -> None:
    reports(watchman, MONDAY)
    day = MONDAY + timedelta(days=1)
    cover = {"report_date": day, "work_type": "请假", "leave_until": day + timedelta(days=20)}
    watchman.pipeline.feed(a_mail(a_workbook([], cover=cover), message_id="<leave@corp.example>"))
    assert silent(watchman, MONDAY + timedelta(days=15)) == []


def test_silent_reps_are_looked_for_once_an_hour(watchman: Watchman, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []
    monkeypatch.setattr(silent_reps, "find", lambda tools, now: looks.append(now) or ())
    for _ in range(121):
        watchman.look()
    assert len(looks) == 3


def test_the_alarm_of_the_database_knows_its_history(watchman: Watchman) -> None:
    watchman.raised(AlarmKind.DIGEST, "weekly 2026-W09")
    watchman.look()
    operating.clear_alarms(watchman.tools, None)
    watchman.raised(AlarmKind.DIGEST, "weekly 2026-W09")
    latest: tuple[Alarm, ...] = operating.latest_alarms(watchman.tools, 10)
    assert [(one.times, one.told_at is None, one.cleared_at is None) for one in latest] == [
        (2, True, True),
        (1, False, False),
    ]
    assert len(operating.latest_alarms(watchman.tools, 1)) == 1
    assert "administrators told" in operating.in_words(latest[1])[7]
