"""Whom a reminder goes to, and which manager hears of whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from daysheet.model.calendars import WorkCalendar
from daysheet.model.digests import Escalation, Missing, Reminder
from daysheet.model.mail import MessageState, Reason
from daysheet.model.organisation import Organisation, Posting, Region, Team
from daysheet.model.people import Person, Role
from daysheet.model.text import Language
from daysheet.services import discipline, reminding
from daysheet.store import submissions, tables
from daysheet.store.submissions import NewSubmission
from tests.builders import a_mail, a_workbook
from tests.unit.services.conftest import Pipeline

SHANGHAI = "Asia/Shanghai"
MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (MONDAY + timedelta(days=number) for number in range(1, 6))
FROM = MONDAY - timedelta(days=3)  # Friday: nothing is owed before


def at(day: date, hour: int, minute: int = 0, zone: str = SHANGHAI) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass
class House:
    """A pipeline's database with people of the test's own choosing, and what they have sent."""

    pipeline: Pipeline
    people: dict[int, Person] = field(default_factory=dict)
    postings: dict[int, tuple[Posting, ...]] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    calendars: dict[str, WorkCalendar] = field(default_factory=lambda: {"default": WorkCalendar()})

    def add(
        self, number: str, *, team: str = "", region: str = "", manager: str = "", since: date = FROM, **person: object
    ) -> Person:
        """Add somebody; who is in the database already (E1, E2, E9) keeps that id."""
        known = {row.number: row.id for row in self.pipeline.select(sa.select(tables.person))}
        if number not in known:
            values = {"number": number, "name": number, "role": "rep", "region": "", "manager": "", "is_active": True}
            with self.pipeline.tools.database.writing() as connection:
                connection.execute(tables.person.insert().values(values))
            known = {row.number: row.id for row in self.pipeline.select(sa.select(tables.person))}
        given = {"role": Role.REP, "language": Language.ZH, **person}
        added = Person(known[number], number, number, team=team, region=region, manager=manager, **given)  # type: ignore[arg-type]
        self.people[added.id] = added
        self.postings[added.id] = (Posting(added.id * 10, added.id, team, region, manager, since),)
        return added

    def send(self, rep: Person, day: date, received_at: datetime) -> None:
        """File an empty report."""
        with self.pipeline.tools.database.writing() as connection:
            values = {"raw_sha256": f"{rep.id}-{day}", "source": "mail", "size": 1, "state": "accepted"}
            inbound = connection.execute(tables.inbound.insert().values(**values, first_seen_at=received_at))
            assert inbound.inserted_primary_key is not None
            new = NewSubmission(
                inbound_id=inbound.inserted_primary_key[0],
                position=0,
                rep_id=rep.id,
                sender_id=rep.id,
                state=MessageState.ACCEPTED,
                reason=Reason.OK,
                received_at=received_at,
                template_id="daily_report",
                report_date=day,
                is_current=True,
            )
            submissions.add(connection, new)

    @property
    def organisation(self) -> Organisation:
        return Organisation(self.people, self.teams, self.regions, self.postings, self.calendars, SHANGHAI)

    def reminders(self, now: datetime, receivers: Sequence[Person] | None = None) -> Mapping[str, Reminder]:
        with self.pipeline.tools.database.reading() as connection:
            everybody = receivers if receivers is not None else list(self.people.values())
            found = reminding.reminders(connection, self.pipeline.tools, self.organisation, everybody, now)
            return {person.number: told for person, told in found}

    def escalations(self, now: datetime, receivers: Sequence[Person] | None = None) -> Mapping[str, Escalation]:
        with self.pipeline.tools.database.reading() as connection:
            everybody = receivers if receivers is not None else list(self.people.values())
            found = reminding.escalations(connection, self.pipeline.tools, self.organisation, everybody, now)
            return {person.number: told for person, told in found}


@pytest.fixture
def house(pipeline: Pipeline) -> House:
    """Nobody, yet; in a company that has owed reports for years."""
    tools = pipeline.tools
    pipeline.tools = replace(tools, policy=replace(tools.policy, owed_since=date(2020, 1, 1)))
    return House(pipeline)


# ---- reminders ---------------------------------------------------------------------------------


def test_in_the_evening_todays_report_is_asked_for(house: House) -> None:
    house.add("E1", since=MONDAY)
    assert house.reminders(at(MONDAY, 18)) == {
        "E1": Reminder(Language.ZH, "E1", MONDAY, cut_off="09:00", cut_off_on=TUESDAY)
    }


def test_nobody_is_asked_for_days_before_the_companys_first_report(house: House) -> None:
    tools = house.pipeline.tools
    house.pipeline.tools = replace(tools, policy=replace(tools.policy, owed_since=None, escalate_after=1))
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", since=date(2024, 3, 1))
    assert house.reminders(at(WEDNESDAY, 18)) == {}, "not before there is a first report"
    early = house.add("E2", since=date(2024, 3, 1))
    house.send(early, MONDAY, at(TUESDAY, 8))
    told = house.reminders(at(WEDNESDAY, 18))["E1"]
    assert (told.day, told.missing) == (WEDNESDAY, (TUESDAY,))
    assert house.escalations(at(WEDNESDAY, 9, 30))["E9"].missing[0].days == (TUESDAY,)


def test_the_first_report_counts_by_the_companys_clock(house: House) -> None:
    tools = house.pipeline.tools
    house.pipeline.tools = replace(tools, policy=replace(tools.policy, owed_since=None))
    house.add("E1", since=date(2024, 3, 1))
    early = house.add("E2", since=date(2024, 3, 1))
    house.send(early, MONDAY, at(TUESDAY, 0, 30))  # still Monday in UTC
    assert house.reminders(at(WEDNESDAY, 18))["E1"].missing == (TUESDAY,)


def test_in_the_morning_yesterdays_is(house: House) -> None:
    house.add("E1", since=MONDAY)
    told = house.reminders(at(TUESDAY, 8))["E1"]
    assert (told.day, told.cut_off_on) == (MONDAY, TUESDAY)
    assert house.reminders(at(TUESDAY, 9))["E1"].day == TUESDAY


def test_whoever_has_reported_is_left_in_peace(house: House) -> None:
    rep = house.add("E1", since=MONDAY)
    house.send(rep, MONDAY, at(MONDAY, 17))
    assert house.reminders(at(MONDAY, 18)) == {}


def test_earlier_days_that_are_missing_are_named_newest_first_and_at_most_ten(house: House) -> None:
    rep = house.add("E1")
    house.send(rep, MONDAY, at(MONDAY, 17))
    assert house.reminders(at(WEDNESDAY, 18))["E1"].missing == (TUESDAY, FROM)
    house.postings[rep.id] = (replace(house.postings[rep.id][0], from_on=date(2025, 1, 1)),)
    missing = house.reminders(at(WEDNESDAY, 18))["E1"].missing
    assert (len(missing), missing[0]) == (reminding.MOST_DAYS, TUESDAY)
    assert MONDAY not in missing
    assert list(missing) == sorted(missing, reverse=True)


def test_a_day_of_leave_asks_for_nothing(house: House) -> None:
    rep = house.add("E1", since=WEDNESDAY)
    house.pipeline.clock.now = at(TUESDAY, 20)
    cover = {"report_date": WEDNESDAY, "work_type": "请假", "leave_until": THURSDAY}
    house.pipeline.feed(a_mail(a_workbook(cover=cover)))
    assert house.reminders(at(WEDNESDAY, 18)) == {}
    assert house.reminders(at(FRIDAY, 18))["E1"].missing == ()
    assert rep.number == "E1"


def test_nobody_is_reminded_on_a_day_off(house: House) -> None:
    house.add("E1", since=MONDAY)
    assert house.reminders(at(FRIDAY, 18))["E1"].cut_off_on == MONDAY + timedelta(days=7)
    assert house.reminders(at(SATURDAY, 18)) == {}
    house.calendars["default"] = WorkCalendar(workdays=frozenset({SATURDAY}))
    assert house.reminders(at(SATURDAY, 18))["E1"].day == SATURDAY


def test_the_hour_and_the_day_are_those_of_where_the_rep_is(house: House) -> None:
    house.add("E1", since=MONDAY, timezone="America/Sao_Paulo", language=Language.EN)
    now = at(TUESDAY, 9, 30)  # Monday, 22:30 in São Paulo
    told = house.reminders(now)["E1"]
    assert (told.language, told.day, told.cut_off, told.cut_off_on) == (Language.EN, MONDAY, "09:00", TUESDAY)


def test_who_owes_nothing_or_begins_tomorrow_or_is_gone_is_not_reminded(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    house.add("E1", since=TUESDAY)
    house.add("E2", is_active=False)
    assert house.reminders(at(MONDAY, 18)) == {}


def test_a_weekly_report_is_asked_for_on_the_day_it_is_owed(house: House) -> None:
    rep = house.add("E1", since=MONDAY, reports="weekly")
    assert house.reminders(at(THURSDAY, 18)) == {}
    assert house.reminders(at(FRIDAY, 18))["E1"].day == FRIDAY
    house.send(rep, TUESDAY, at(TUESDAY, 18))
    assert house.reminders(at(FRIDAY, 18)) == {}


def test_only_receivers_are_told(house: House) -> None:
    house.add("E1")
    tom = house.add("E2")
    assert list(house.reminders(at(MONDAY, 18), [tom])) == ["E2"]
    assert house.reminders(at(MONDAY, 18), []) == {}


# ---- escalations -------------------------------------------------------------------------------


def test_after_three_days_in_a_row_the_manager_hears_of_it(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    rep = house.add("E1", team="一组", manager="E9")
    house.send(rep, FROM, at(FROM, 18))
    assert house.escalations(at(THURSDAY, 8, 59)) == {}, "Wednesday's is not yet due"
    assert house.escalations(at(THURSDAY, 9, 30)) == {
        "E9": Escalation(
            Language.ZH,
            "E9",
            THURSDAY,
            (Missing("E1", "E1", "一组", (MONDAY, TUESDAY, WEDNESDAY), last_on=FROM),),
        )
    }


def test_a_report_however_late_ends_the_row(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    rep = house.add("E1", manager="E9", since=MONDAY)
    house.send(rep, TUESDAY, at(THURSDAY, 9, 10))
    assert house.escalations(at(THURSDAY, 9, 30)) == {}
    assert house.escalations(at(MONDAY + timedelta(days=7), 9, 30))["E9"].missing[0].days == (
        WEDNESDAY,
        THURSDAY,
        FRIDAY,
    )


def test_todays_report_does_not_hide_the_days_before(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    rep = house.add("E1", manager="E9", since=MONDAY)
    house.send(rep, THURSDAY, at(THURSDAY, 9, 5))
    told = house.escalations(at(THURSDAY, 9, 30))["E9"]
    assert (told.missing[0].days, told.missing[0].last_on) == ((MONDAY, TUESDAY, WEDNESDAY), THURSDAY)


def test_leave_neither_counts_nor_ends_the_row(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", since=MONDAY)
    house.pipeline.feed(a_mail(a_workbook(cover={"report_date": TUESDAY, "work_type": "请假"})))
    assert house.escalations(at(THURSDAY, 9, 30)) == {}
    assert house.escalations(at(FRIDAY, 9, 30))["E9"].missing[0].days == (MONDAY, WEDNESDAY, THURSDAY)


def test_the_nearest_manager_hears_of_it_and_nobody_else(house: House) -> None:
    house.regions["华东"] = Region("华东", manager="M3")
    house.teams["一组"] = Team(1, "一组", region="华东", manager="M2")
    own, of_team, of_region = (house.add(number, role=Role.MANAGER) for number in ("M1", "M2", "M3"))
    rep = house.add("E1", team="一组", manager="M1", since=MONDAY)
    now = at(THURSDAY, 9, 30)
    assert list(house.escalations(now)) == ["M1"]
    assert house.escalations(now, [of_team, of_region]) == {}
    house.postings[rep.id] = (replace(house.postings[rep.id][0], manager=""),)
    assert list(house.escalations(now)) == ["M2"]
    house.people[of_team.id] = replace(of_team, is_active=False)
    assert list(house.escalations(now)) == ["M3"]
    house.people[of_region.id] = replace(of_region, is_active=False)
    assert house.escalations(now) == {}
    assert own.number == "M1"


def test_a_move_to_come_changes_nothing_before_the_day(house: House) -> None:
    rep = house.add("E1", team="North")
    house.add("M1", role=Role.MANAGER)
    house.add("M2", role=Role.MANAGER)
    house.teams |= {"North": Team(1, "North", manager="M1"), "South": Team(2, "South", manager="M2")}
    (now,) = house.postings[rep.id]
    moves = MONDAY + timedelta(days=28)
    later = Posting(99, rep.id, "South", "", "", moves)
    house.postings[rep.id] = (replace(now, to_on=moves - timedelta(days=1)), later)
    told = house.escalations(at(THURSDAY, 9, 30))
    assert {number: one.missing[0].team for number, one in told.items()} == {"M1": "North"}
    assert "M1" not in house.escalations(at(moves, 9, 30))


def test_a_rep_who_leads_the_team_is_not_told_of_themselves(house: House) -> None:
    house.teams["一组"] = Team(1, "一组", manager="E1", region="华东")
    house.regions["华东"] = Region("华东", manager="E9")
    house.add("E9", role=Role.MANAGER)
    house.add("E1", team="一组", since=MONDAY)
    house.add("E2", team="一组", since=MONDAY)
    told = house.escalations(at(THURSDAY, 9, 30))
    assert {who: [one.number for one in said.missing] for who, said in told.items()} == {"E1": ["E2"], "E9": ["E1"]}


def test_a_manager_is_not_told_on_a_day_off(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", since=MONDAY)
    assert list(house.escalations(at(FRIDAY, 9, 30))) == ["E9"]
    assert house.escalations(at(SATURDAY, 9, 30)) == {}


def test_the_list_is_bounded_and_says_how_many_more_there_are(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    for number in range(reminding.MOST_REPS + 3):
        house.add(f"R{number:02d}", manager="E9", since=FROM if number == 7 else MONDAY)
    told = house.escalations(at(THURSDAY, 9, 30))["E9"]
    assert (len(told.missing), told.more) == (reminding.MOST_REPS, 3)
    assert [one.number for one in told.missing[:3]] == ["R07", "R00", "R01"], "whose has been missing longest first"


def test_somebody_gone_is_missed_by_nobody(house: House) -> None:
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", is_active=False)
    assert house.escalations(at(THURSDAY, 9, 30)) == {}


def test_days_of_the_company_decide_after_how_many(house: House) -> None:
    tools = house.pipeline.tools
    house.pipeline.tools = replace(tools, policy=replace(tools.policy, escalate_after=2))
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", since=MONDAY)
    assert house.escalations(at(TUESDAY, 9, 30)) == {}
    assert list(house.escalations(at(WEDNESDAY, 9, 30))) == ["E9"]


def test_a_row_of_weeks_is_found_however_many_it_takes(house: House) -> None:
    tools = house.pipeline.tools
    house.pipeline.tools = replace(tools, policy=replace(tools.policy, escalate_after=8))
    house.add("E9", role=Role.MANAGER)
    house.add("E1", manager="E9", reports="weekly")
    weeks = tuple(FROM + timedelta(days=7 * number) for number in range(8))
    assert house.escalations(at(weeks[6] + timedelta(days=3), 9, 30)) == {}
    assert house.escalations(at(weeks[7] + timedelta(days=3), 9, 30))["E9"].missing[0].days == weeks


# ---- many --------------------------------------------------------------------------------------


@pytest.fixture
def statements(house: House) -> Iterator[list[str]]:
    """Every statement that is run."""
    run: list[str] = []
    engine = house.pipeline.tools.database._engine

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        run.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield run
    sa.event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_questions_to_the_database_does_not_grow_with_reps(house: House, statements: list[str]) -> None:
    house.add("E9", role=Role.MANAGER)
    counted = []
    for number in range(40):
        house.add(f"R{number:02d}", manager="E9", since=MONDAY)
        if number in (1, 39):
            statements.clear()
            house.reminders(at(THURSDAY, 18))
            house.escalations(at(THURSDAY, 18))
            counted.append(len(statements))
    assert counted[0] == counted[1] < 12


def test_everybodys_days_come_in_order_whoever_sent_something(house: House) -> None:
    reps = [house.add(f"R{number}", since=MONDAY) for number in range(5)]
    stranger = house.add("X1")
    for rep in (reps[1], reps[3], stranger):
        house.send(rep, MONDAY, at(MONDAY, 18))
    del house.people[stranger.id]
    with house.pipeline.tools.database.reading() as connection:
        found = list(
            discipline.rep_days(connection, house.pipeline.tools, house.organisation, MONDAY, MONDAY, at(WEDNESDAY, 9))
        )
    assert [(one.person_id, str(one.standing)) for one in found] == [
        (rep.id, "on_time" if number in (1, 3) else "missing") for number, rep in enumerate(reps)
    ]
