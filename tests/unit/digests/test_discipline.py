"""On time, late, missing, on leave: the rules of 日清日结, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from daysheet.digests.discipline import Discipline, Leave, RepDay, Standing, count, instant
from daysheet.model.calendars import WorkCalendar
from daysheet.model.organisation import Organisation, Posting, Team
from daysheet.model.people import Person, Role

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (MONDAY + timedelta(days=number) for number in range(1, 7))
LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
REP = Person(1, "E1", "王丽", Role.REP, team="一组")
STANDS = Posting(11, 1, "一组", "", "", date(2026, 1, 1))
SHANGHAI = "Asia/Shanghai"


def at(day: date, hour: int, minute: int = 0, zone: str = SHANGHAI) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def a_house(
    *postings: Posting, person: Person = REP, calendar: WorkCalendar | None = None, teams: Sequence[Team] = ()
) -> Organisation:
    return Organisation(
        people={person.id: person},
        teams={team.name: team for team in (Team(1, "一组"), Team(2, "二组"), *teams)},
        regions={},
        postings={person.id: postings or (STANDS,)},
        calendars={"default": calendar or WorkCalendar()},
        zone=SHANGHAI,
    )


def the_days(
    sendings: Mapping[date, datetime] | None = None,
    *leaves: Leave,
    house: Organisation | None = None,
    first: date = MONDAY,
    last: date = SUNDAY,
    now: datetime = LONG_AFTER,
    cut_off: time = time(9),
) -> list[RepDay]:
    house = house or a_house()
    [person] = house.people.values()
    return list(Discipline(house, cut_off).rep_days(person, sendings or {}, leaves, first, last, now))


def stands(*given: object, **named: object) -> dict[date, str]:
    return {one.day: str(one.standing) for one in the_days(*given, **named)}  # type: ignore[arg-type]


# ---- a day -------------------------------------------------------------------------------------


def test_a_report_before_the_cut_off_of_the_next_workday_is_on_time() -> None:
    sent = at(TUESDAY, 8, 59)
    [one] = the_days({MONDAY: sent}, last=MONDAY)
    assert one == RepDay(1, 11, MONDAY, Standing.ON_TIME, sent)


def test_at_the_very_minute_of_the_cut_off_a_report_is_late() -> None:
    [one] = the_days({MONDAY: at(TUESDAY, 9)}, last=MONDAY)
    assert one.standing is Standing.LATE


def test_a_report_that_never_came_is_missing() -> None:
    [one] = the_days(last=MONDAY)
    assert (one.standing, one.received_at) == (Standing.MISSING, None)


def test_until_the_cut_off_nothing_is_missing_yet() -> None:
    assert stands(last=TUESDAY, now=at(TUESDAY, 8, 59)) == {MONDAY: "pending", TUESDAY: "pending"}
    assert stands(last=TUESDAY, now=at(TUESDAY, 9)) == {MONDAY: "missing", TUESDAY: "pending"}


def test_a_report_that_is_here_is_on_time_before_its_day_is_over() -> None:
    assert stands({MONDAY: at(MONDAY, 17)}, last=MONDAY, now=at(MONDAY, 18)) == {MONDAY: "on_time"}


def test_fridays_report_has_time_until_monday_morning() -> None:
    following = MONDAY + timedelta(days=7)
    assert stands({FRIDAY: at(following, 8)}, first=FRIDAY) == {FRIDAY: "on_time"}
    assert stands({FRIDAY: at(following, 10)}, first=FRIDAY) == {FRIDAY: "late"}


def test_nothing_is_owed_for_a_weekend_and_a_report_of_one_is_no_figure() -> None:
    assert stands({SATURDAY: at(SATURDAY, 12)}, first=SATURDAY) == {}


def test_what_came_earlier_for_another_day_helps_no_other_day() -> None:
    assert stands({MONDAY: at(MONDAY, 18)}, last=TUESDAY) == {MONDAY: "on_time", TUESDAY: "missing"}


# ---- leave -------------------------------------------------------------------------------------


def test_days_of_leave_are_neither_late_nor_missing() -> None:
    days = stands({}, Leave(TUESDAY, THURSDAY))
    assert days == {MONDAY: "missing", TUESDAY: "leave", WEDNESDAY: "leave", THURSDAY: "leave", FRIDAY: "missing"}


def test_a_report_that_was_sent_on_leave_leaves_it_leave() -> None:
    [one] = the_days({MONDAY: at(WEDNESDAY, 12)}, Leave(MONDAY, MONDAY), last=MONDAY)
    assert (one.standing, one.received_at) == (Standing.LEAVE, None)


def test_leave_counts_before_the_day_is_over() -> None:
    assert stands({}, Leave(MONDAY, MONDAY), last=MONDAY, now=at(MONDAY, 7)) == {MONDAY: "leave"}


def test_a_leave_without_end_ends_after_a_year() -> None:
    leave = Leave(MONDAY, date(2062, 3, 5))
    within, after = date(2027, 3, 3), date(2027, 3, 4)
    assert stands({}, leave, first=within, last=after, now=at(date(2027, 4, 1), 9)) == {
        within: "leave",
        after: "missing",
    }


# ---- calendars ---------------------------------------------------------------------------------

GOLDEN_WEEK = WorkCalendar(
    holidays={date(2026, 10, day): "国庆节" for day in range(1, 9)},
    workdays=frozenset({date(2026, 9, 27), date(2026, 10, 10)}),
)
"""Thursday 1 October to Thursday 8 October off; a Sunday before and the Saturday after worked instead."""


def test_a_holiday_week_owes_nothing_and_the_days_worked_instead_do() -> None:
    house = a_house(calendar=GOLDEN_WEEK)
    days = stands(house=house, first=date(2026, 9, 26), last=date(2026, 10, 12))
    assert list(days) == [
        date(2026, 9, 27),  # Sunday
        date(2026, 9, 28),
        date(2026, 9, 29),
        date(2026, 9, 30),
        date(2026, 10, 9),
        date(2026, 10, 10),  # Saturday
        date(2026, 10, 12),
    ]


def test_the_report_before_the_holidays_is_due_the_morning_after_them() -> None:
    house, eve = a_house(calendar=GOLDEN_WEEK), date(2026, 9, 30)
    in_time, late = at(date(2026, 10, 9), 8, 59), at(date(2026, 10, 9), 9, 1)
    assert stands({eve: in_time}, house=house, first=eve, last=eve) == {eve: "on_time"}
    assert stands({eve: late}, house=house, first=eve, last=eve) == {eve: "late"}


def test_a_friday_report_is_due_on_the_saturday_that_is_worked_instead() -> None:
    house, friday, saturday = a_house(calendar=GOLDEN_WEEK), date(2026, 10, 9), date(2026, 10, 10)
    assert stands({friday: at(saturday, 9, 1)}, house=house, first=friday, last=friday) == {friday: "late"}


def test_the_years_last_report_is_due_in_the_new_one() -> None:
    house = a_house(calendar=WorkCalendar(holidays={date(2027, 1, 1): "元旦"}))  # a Friday
    eve, after = date(2026, 12, 31), date(2027, 1, 4)
    assert stands({eve: at(after, 8)}, house=house, first=eve, last=eve) == {eve: "on_time"}
    assert stands({}, house=house, first=eve, last=after, now=at(after, 8)) == {eve: "pending", after: "pending"}
    assert stands({}, house=house, first=eve, last=after, now=at(after, 9)) == {eve: "missing", after: "pending"}


def test_each_team_goes_by_its_own_calendar() -> None:
    own = WorkCalendar(weekend=frozenset({4, 5}))  # Friday and Saturday
    house = replace(
        a_house(teams=(Team(1, "一组", calendar="gulf"),)), calendars={"default": WorkCalendar(), "gulf": own}
    )
    assert list(stands(house=house)) == [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, SUNDAY]
    assert stands({THURSDAY: at(SUNDAY, 8, 59)}, house=house)[THURSDAY] == "on_time"
    assert stands({THURSDAY: at(SUNDAY, 9, 1)}, house=house)[THURSDAY] == "late"


# ---- zones -------------------------------------------------------------------------------------


def test_the_cut_off_is_where_the_rep_is() -> None:
    berlin = replace(REP, timezone="Europe/Berlin")
    sent = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)  # 15:30 in Shanghai, 08:30 in Berlin
    assert stands({MONDAY: sent}, last=MONDAY) == {MONDAY: "late"}
    assert stands({MONDAY: sent}, house=a_house(person=berlin), last=MONDAY) == {MONDAY: "on_time"}


def test_in_the_week_the_clocks_go_forward_nine_oclock_stays_nine_oclock() -> None:
    house = a_house(person=replace(REP, timezone="Europe/Berlin"))
    friday = date(2026, 3, 27)  # summer time begins on Sunday, 29 March
    monday = date(2026, 3, 30)
    assert stands({friday: datetime(2026, 3, 30, 6, 59, tzinfo=UTC)}, house=house, first=friday, last=friday) == {
        friday: "on_time"
    }
    assert stands({friday: datetime(2026, 3, 30, 7, 0, tzinfo=UTC)}, house=house, first=friday, last=friday) == {
        friday: "late"
    }
    assert instant(monday, time(9), "Europe/Berlin") == datetime(2026, 3, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "cut_off", "zone", "expected"),
    [
        # the hour from 2 to 3 does not exist: as if the clock had not been put forward
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # the hour from 2 to 3 comes twice: the second one counts
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(9), "Europe/Berlin", datetime(2026, 10, 25, 8, tzinfo=UTC)),
        # midnight does not exist: in Brazil summer time began with the day
        (date(2018, 11, 4), time(0), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # the last hour of the day before comes twice
        (date(2019, 2, 16), time(23, 30), "America/Sao_Paulo", datetime(2019, 2, 17, 2, 30, tzinfo=UTC)),
        (date(2026, 3, 3), time(9), "America/Sao_Paulo", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        # clocks are moved by half an hour
        (date(2026, 4, 5), time(1, 45), "Australia/Lord_Howe", datetime(2026, 4, 4, 15, 15, tzinfo=UTC)),
    ],
)
def test_a_time_that_comes_twice_or_never_is_read_as_the_later(
    day: date, cut_off: time, zone: str, expected: datetime
) -> None:
    assert instant(day, cut_off, zone) == expected


def test_who_was_elsewhere_is_measured_by_the_clock_there() -> None:
    teams = (Team(3, "柏林", timezone="Europe/Berlin"),)
    house = a_house(replace(STANDS, to_on=TUESDAY), Posting(12, 1, "柏林", "", "", WEDNESDAY), teams=teams)
    nine_in_berlin = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)  # 08:30 there
    days = stands({MONDAY: nine_in_berlin, WEDNESDAY: nine_in_berlin + timedelta(days=2)}, house=house)
    assert (days[MONDAY], days[WEDNESDAY]) == ("late", "on_time")


# ---- who owes ----------------------------------------------------------------------------------


def test_who_moves_in_mid_week_owes_each_day_where_they_stood() -> None:
    house = a_house(replace(STANDS, to_on=TUESDAY), Posting(12, 1, "二组", "", "", WEDNESDAY))
    assert [(one.day, one.posting_id) for one in the_days(house=house)] == [
        (MONDAY, 11),
        (TUESDAY, 11),
        (WEDNESDAY, 12),
        (THURSDAY, 12),
        (FRIDAY, 12),
    ]


def test_who_joins_owes_from_their_first_day() -> None:
    assert list(stands(house=a_house(replace(STANDS, from_on=THURSDAY)))) == [THURSDAY, FRIDAY]


def test_who_leaves_owes_until_their_last_day_and_what_they_did_stays() -> None:
    gone = replace(REP, is_active=False)
    house = a_house(replace(STANDS, to_on=TUESDAY), person=gone)
    assert stands({MONDAY: at(MONDAY, 18)}, house=house) == {MONDAY: "on_time", TUESDAY: "missing"}


def test_who_is_gone_and_nobody_knows_since_when_owes_nothing() -> None:
    assert stands(house=a_house(person=replace(REP, is_active=False))) == {}


def test_who_never_stood_anywhere_owes_nothing() -> None:
    assert stands(house=replace(a_house(), postings={})) == {}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REP])
def test_others_than_reps_owe_nothing_unless_it_is_said(role: Role) -> None:
    assert stands(house=a_house(person=replace(REP, role=role))) == {}
    assert len(stands(house=a_house(person=replace(REP, role=role, reports="daily")))) == 5


# ---- one a week --------------------------------------------------------------------------------

WEEKLY = replace(REP, reports="weekly")


def weekly(*given: object, **named: object) -> dict[date, str]:
    return stands(*given, **{"house": a_house(person=WEEKLY)} | named)


def test_one_report_a_week_is_owed_on_its_last_workday() -> None:
    assert weekly(last=SUNDAY + timedelta(days=7)) == {FRIDAY: "missing", FRIDAY + timedelta(days=7): "missing"}


@pytest.mark.parametrize("day", [MONDAY, WEDNESDAY, FRIDAY, SUNDAY])
def test_any_report_of_the_week_meets_it(day: date) -> None:
    assert weekly({day: at(day, 20)}) == {FRIDAY: "on_time"}


def test_the_first_of_the_weeks_reports_to_arrive_decides() -> None:
    monday = MONDAY + timedelta(days=7)
    assert weekly({TUESDAY: at(monday, 10), FRIDAY: at(FRIDAY, 10)}) == {FRIDAY: "on_time"}
    assert weekly({TUESDAY: at(monday, 10), FRIDAY: at(monday, 11)}) == {FRIDAY: "late"}


def test_a_report_of_another_week_does_not_meet_it() -> None:
    assert weekly({MONDAY - timedelta(days=1): at(MONDAY, 8)}) == {FRIDAY: "missing"}


def test_a_week_is_excused_only_where_all_of_it_is_leave() -> None:
    assert weekly({}, Leave(MONDAY, FRIDAY)) == {FRIDAY: "leave"}
    assert weekly({}, Leave(TUESDAY, FRIDAY)) == {FRIDAY: "missing"}


def test_the_report_that_says_leave_is_not_the_weeks_report() -> None:
    assert weekly({FRIDAY: at(FRIDAY, 9)}, Leave(FRIDAY, FRIDAY)) == {FRIDAY: "missing"}


def test_a_holiday_week_owes_on_the_day_worked_last_or_not_at_all() -> None:
    house = a_house(person=WEEKLY, calendar=GOLDEN_WEEK)
    days = weekly(house=house, first=date(2026, 9, 28), last=date(2026, 10, 11))
    assert list(days) == [date(2026, 9, 30), date(2026, 10, 10)]
    no_work = WorkCalendar(holidays={MONDAY + timedelta(days=number): "春节" for number in range(7)})
    assert weekly(house=a_house(person=WEEKLY, calendar=no_work)) == {}


def test_a_week_across_the_years_end_is_one_week() -> None:
    friday = date(2027, 1, 1)  # of the week 2026-W53
    days = weekly({date(2026, 12, 28): at(date(2026, 12, 28), 18)}, first=date(2026, 12, 28), last=date(2027, 1, 3))
    assert days == {friday: "on_time"}


# ---- figures -----------------------------------------------------------------------------------


def test_figures_belong_to_the_posting_of_the_day_and_add_up() -> None:
    house = a_house(replace(STANDS, to_on=TUESDAY), Posting(12, 1, "二组", "", "", WEDNESDAY))
    sent = {MONDAY: at(MONDAY, 18), TUESDAY: at(FRIDAY, 18)}
    days = the_days(sent, Leave(WEDNESDAY, WEDNESDAY), house=house, now=at(FRIDAY, 10))
    assert count(days) == {
        11: {"discipline.due": 2, "discipline.on_time": 1, "discipline.late": 1},
        12: {"discipline.due": 2, "discipline.leave": 1, "discipline.missing": 1},
    }
