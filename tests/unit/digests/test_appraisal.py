"""Whose figures make which line of an appraisal sheet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from daysheet.digests.appraisal import appraise
from daysheet.model.appraisal import Line
from daysheet.model.figures import Figures, total
from daysheet.model.organisation import NOBODY, Organisation, Posting, Region, Team
from daysheet.model.people import Person, Role

MARCH = date(2026, 3, 1)
PEOPLE = {
    1: Person(1, "E1", "王丽", Role.REP),
    2: Person(2, "E2", "陈静", Role.REP),
    3: Person(3, "E3", "Tom Baker", Role.REP),
    8: Person(8, "E8", "孙强", Role.MANAGER),
    9: Person(9, "E9", "赵敏", Role.MANAGER),
}
POSTINGS = {
    1: (
        Posting(11, 1, "一组", "", "", MARCH, date(2026, 3, 15)),
        Posting(12, 1, "二组", "", "", date(2026, 3, 16)),
    ),
    2: (Posting(21, 2, "一组", "", "", MARCH),),
    3: (Posting(31, 3, "", "海外", "", MARCH),),
    8: (Posting(81, 8, "一组", "", "", MARCH),),
}
COMPANY = Organisation(
    people=PEOPLE,
    teams={"一组": Team(1, "一组", "浙江", manager="E8"), "二组": Team(2, "二组", "上海")},
    regions={
        "华东": Region("华东", manager="E9"),
        "浙江": Region("浙江", "华东"),
        "上海": Region("上海", "华东"),
        "海外": Region("海外"),
    },
    postings=POSTINGS,
    calendars={},
    zone="Asia/Shanghai",
)


def some(due: int, on_time: int = 0, **more: int) -> Figures:
    return {"discipline.due": due, "discipline.on_time": on_time, **more}


CELLS: Mapping[int, Figures] = {11: some(10, 8), 12: some(5, 5), 21: some(20, 10), 31: some(4, 1), 81: {}}


def dues(lines: tuple[Line, ...]) -> dict[str, int]:
    return {line.name: line.count("discipline.due") for line in lines}


def test_a_line_that_holds_only_some_of_a_team_or_region_says_so() -> None:
    found = appraise(COMPANY, CELLS, PEOPLE[8])  # who leads 一组, and with it all of 浙江, but not 上海
    assert {line.name: line.is_part for line in (*found.teams, *found.regions)} == {
        "一组": False,
        "华东": True,
        "浙江": False,
    }
    whole = appraise(COMPANY, CELLS, None)
    assert not any(line.is_part for line in (*whole.teams, *whole.regions))


def test_a_rep_who_moved_stands_once_and_each_team_keeps_its_own() -> None:
    found = appraise(COMPANY, CELLS, None)
    [wang] = [line for line in found.reps if line.number == "E1"]
    assert (wang.count("discipline.due"), wang.team, wang.region) == (15, "一组 → 二组", "浙江 → 上海")
    assert dues(found.teams) == {"": 4, "二组": 5, "一组": 30}


def test_a_region_holds_all_below_it_and_stands_under_its_own() -> None:
    found = appraise(COMPANY, CELLS, None)
    assert [(line.name, line.region, line.below, line.count("discipline.due")) for line in found.regions] == [
        ("华东", "", 0, 35),
        ("上海", "华东", 1, 5),
        ("浙江", "华东", 1, 30),
        ("海外", "", 0, 4),
    ]


def test_reps_teams_and_everybody_come_to_the_same() -> None:
    found = appraise(COMPANY, CELLS, None)
    for lines in (found.reps, found.teams):
        assert total(line.figures for line in lines) == found.everybody.figures
    assert found.everybody.count("discipline.due") == 39


def test_a_manager_sees_those_below_and_of_who_moved_only_the_time_there() -> None:
    found = appraise(COMPANY, CELLS, PEOPLE[8])
    assert dues(found.reps) == {"王丽": 10, "陈静": 20}
    assert dues(found.teams) == {"一组": 30}
    assert [line.team for line in found.reps] == ["一组", "一组"]
    assert dues(appraise(COMPANY, CELLS, PEOPLE[9]).reps) == {"王丽": 15, "陈静": 20}


def test_who_is_above_nobody_sees_nothing() -> None:
    found = appraise(COMPANY, CELLS, PEOPLE[1])
    assert (found.reps, found.teams, found.regions, found.everybody.figures) == ((), (), (), {})


def test_what_nobody_has_and_who_has_nothing_to_show_stand_nowhere() -> None:
    cells = {NOBODY: {"spot.customers": 9}, 21: {"customers.count": 12}, 999: some(3), 31: {"visits.done": 2}}
    found = appraise(COMPANY, cells, None)
    assert dues(found.reps) == {"Tom Baker": 0}
    assert found.everybody.figures == {"visits.done": 2}


def test_regions_in_a_circle_end() -> None:
    circle = replace(COMPANY, regions={"浙江": Region("浙江", "上海"), "上海": Region("上海", "浙江")})
    assert dues(appraise(circle, CELLS, None).regions) == {"浙江": 35, "上海": 35, "海外": 4}


@pytest.mark.parametrize(
    ("figures", "rate", "expected"),
    [
        ({"discipline.due": 20, "discipline.leave": 4, "discipline.on_time": 12}, "on_time", 0.75),
        ({"discipline.due": 4, "discipline.leave": 4}, "on_time", None),
        ({"cells.wanted": 200, "cells.filled": 150}, "completeness", 0.75),
        ({}, "completeness", None),
        ({"rows.sent": 40, "rows.accepted": 30}, "acceptance", 0.75),
        ({"reports.corrected": 2, "reports.correction_minutes": 90}, "correction_hours", 0.75),
        ({"reports.open": 2}, "correction_hours", None),
        ({"spot.customers": 94, "spot.customers_wrong": 19}, "correctness", 75 / 94),
        ({"spot.customers": 8}, "correctness", 1.0),
    ],
)
def test_a_rate_is_made_from_two_sums(figures: Figures, rate: str, expected: float | None) -> None:
    found = getattr(Line("王丽", figures=figures), rate)
    assert found == (None if expected is None else pytest.approx(expected))
