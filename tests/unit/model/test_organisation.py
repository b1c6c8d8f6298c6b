"""Who stands where and who is above them, as values."""

from datetime import date

import pytest

from daysheet.model.calendars import WorkCalendar
from daysheet.model.organisation import Organisation, Posting, Region, Reports, Team
from daysheet.model.people import Person, Role
from daysheet.model.text import Language

MONDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 25)
HOME, ABROAD = WorkCalendar(), WorkCalendar(frozenset({4, 5}))


def person(id_: int, number: str, **changes: object) -> Person:
    return Person(**{"id": id_, "number": number, "name": number, "role": Role.REP} | changes)  # type: ignore[arg-type]


def organisation(*people: tuple[Person, Posting | None], regions: list[Region], teams: list[Team]) -> Organisation:
    return Organisation(
        people={one.id: one for one, _ in people},
        teams={team.name: team for team in teams},
        regions={region.name: region for region in regions},
        postings={one.id: (posting,) for one, posting in people if posting is not None},
        calendars={"default": HOME, "海外": ABROAD},
        zone="Asia/Shanghai",
    )


def at(id_: int, team: str = "", region: str = "", manager: str = "") -> Posting:
    return Posting(id_, id_, team, region, manager, MONDAY)


REGIONS = [Region("全球", manager="TOP"), Region("欧洲", "全球", "Europe/Berlin", Language.EN, "EU", "海外")]
TEAMS = [Team(1, "柏林", "欧洲", manager="LEAD"), Team(2, "总部", "全球")]


@pytest.fixture
def whole() -> Organisation:
    return organisation(
        (person(1, "TOP"), at(1, "总部")),
        (person(2, "EU"), at(2, "总部")),
        (person(3, "LEAD"), at(3, "柏林")),
        (person(4, "REP"), at(4, "柏林", manager="OWN")),
        (person(5, "OWN"), at(5, manager="BOSS")),
        (person(6, "BOSS"), None),
        regions=REGIONS,
        teams=TEAMS,
    )


def test_above_a_rep_are_their_manager_the_teams_the_regions_and_those_above_these(whole: Organisation) -> None:
    assert whole.above(whole.postings[4][0]) == {1, 2, 3, 5, 6}
    assert whole.above(whole.postings[3][0]) == {1, 2}, "the team's lead is not above themselves"
    assert whole.above(whole.postings[1][0]) == frozenset()
    assert whole.above(whole.postings[5][0]) == {6}


def test_a_circle_of_managers_and_of_regions_ends() -> None:
    round_ = organisation(
        (person(1, "A"), at(1, region="一", manager="B")),
        (person(2, "B"), at(2, manager="A")),
        regions=[Region("一", "二", manager="A"), Region("二", "一")],
        teams=[],
    )
    assert round_.above(round_.postings[1][0]) == {2}
    assert round_.above(round_.postings[2][0]) == {1}
    assert [region.name for region in round_.line_of("二")] == ["二", "一"]


def test_a_manager_nobody_knows_is_above_nobody(whole: Organisation) -> None:
    assert whole.above(Posting(9, 9, "", "", "WHO", MONDAY)) == frozenset()


def test_who_is_above_without_a_posting_stands_where_the_list_says() -> None:
    whole = organisation(
        (person(1, "TOP"), at(1)),
        (person(2, "LEFT", team="柏林", is_active=False), None),
        (person(3, "REP"), at(3, manager="LEFT")),
        regions=REGIONS,
        teams=[Team(1, "柏林", "欧洲")],
    )
    assert whole.above(whole.postings[3][0]) == {1, 2}


def test_what_a_day_counts_for_is_the_posting_of_that_day() -> None:
    postings = (
        Posting(1, 1, "一组", "", "", MONDAY, date(2026, 11, 24)),
        Posting(2, 1, "二组", "", "", WEDNESDAY, date(2026, 11, 27)),
    )
    whole = Organisation({}, {}, {}, {1: postings}, {}, "UTC")
    days = [date(2026, 11, 20), MONDAY, date(2026, 11, 24), WEDNESDAY, date(2026, 12, 24)]
    found = [whole.posting_on(1, day) for day in days]
    assert [one.id if one else 0 for one in found] == [1, 1, 1, 2, 2], "before the first, the first; after the last, it"
    assert not postings[1].holds(date(2026, 12, 24))
    assert whole.posting_on(2, MONDAY) is None
    assert whole.posting_on(None, MONDAY) is None


def test_zone_language_and_calendar_are_the_nearest_that_says_something(whole: Organisation) -> None:
    rep, boss = whole.people[4], whole.people[6]
    assert whole.zone_of(rep) == "Europe/Berlin"
    assert whole.zone_of(person(4, "REP", timezone="Asia/Tokyo")) == "Asia/Tokyo"
    assert whole.zone_of(boss) == "Asia/Shanghai"
    assert whole.language_of(person(4, "REP", team="柏林"), Language.ZH) is Language.EN
    assert whole.language_of(boss, Language.ZH) is Language.ZH
    assert whole.calendar_of(whole.postings[4][0]) is ABROAD
    assert whole.calendar_of(whole.postings[1][0]) is HOME
    assert whole.calendar_of(None) is HOME


def test_a_rep_owes_a_report_a_day_unless_it_is_said_otherwise(whole: Organisation) -> None:
    assert whole.owes(person(1, "A")) is Reports.DAILY
    assert whole.owes(person(1, "A", role=Role.MANAGER)) is Reports.NONE
    assert whole.owes(person(1, "A", reports="weekly")) is Reports.WEEKLY
    assert whole.owes(person(1, "A", role=Role.MANAGER, reports="daily")) is Reports.DAILY
