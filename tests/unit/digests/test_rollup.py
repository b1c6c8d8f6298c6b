"""Whose figures a manager is told, what they are broken down by, and what has changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from daysheet.digests import rollup
from daysheet.digests.attribution import Attribution
from daysheet.digests.cells import Cells, Lines
from daysheet.digests.rollup import MOST_UNITS, REST, Scope, Scopes
from daysheet.model.calendars import WorkCalendar
from daysheet.model.digests import MOST_ITEMS, Restated, Topic
from daysheet.model.figures import Figures, total
from daysheet.model.organisation import NOBODY, Organisation, Posting, Region, Team
from daysheet.model.people import Person, Role

BEGUN = date(2026, 1, 1)
CHIEF, EAST, WEST, LEAD, OTHER = range(1, 6)
"""The chief, two regions' managers, the manager of the east's first team, of the west's only one."""
FIRST_REP = 10


def a_company(per_team: int = 2, east_teams: int = 2) -> Organisation:
    """Two regions below one; *east_teams* and one team, of *per_team* reps each; posting ids are 100 + the person's."""
    regions = [Region("总部", manager="P1"), Region("华东", "总部", manager="P2"), Region("华西", "总部", manager="P3")]
    teams = [Team(1 + at, f"东{at}组", "华东", manager="P4" if at == 0 else "") for at in range(east_teams)]
    teams.append(Team(1 + east_teams, "西组", "华西", manager="P5"))
    stands: list[tuple[int, str, str]] = [(CHIEF, "", "总部"), (EAST, "", "华东"), (WEST, "", "华西")]
    stands += [(LEAD, "东0组", ""), (OTHER, "西组", "")]
    stands += [
        (FIRST_REP + number * per_team + at, team.name, "")
        for number, team in enumerate(teams)
        for at in range(per_team)
    ]
    people = [Person(id_, f"P{id_}", f"人{id_}", Role.REP if id_ >= FIRST_REP else Role.MANAGER) for id_, *_ in stands]
    return Organisation(
        people={person.id: person for person in people},
        teams={team.name: team for team in teams},
        regions={region.name: region for region in regions},
        postings={id_: (Posting(100 + id_, id_, team, region, "", BEGUN),) for id_, team, region in stands},
        calendars={"default": WorkCalendar()},
        zone="Asia/Shanghai",
    )


def cells_of(company: Organisation) -> dict[int, Figures]:
    """One visit of the first rep, two of the second, and so on; one customer is nobody's."""
    reps = [id_ for id_ in company.people if id_ >= FIRST_REP]
    cells: dict[int, Figures] = {100 + id_: {"visits.done": id_ - FIRST_REP + 1} for id_ in reps}
    return cells | {NOBODY: {"customers.count": 1}}


def scope_of(company: Organisation, person_id: int) -> Scope:
    return Scopes(company).of(company.people[person_id])


# ---- scopes --------------------------------------------------------------------------------------


def test_each_manager_is_told_of_their_own_and_nothing_else() -> None:
    company = a_company()
    told = {id_: rollup.summed(scope_of(company, id_), cells_of(company)) for id_ in range(CHIEF, OTHER + 1)}
    assert told == {
        CHIEF: {"visits.done": 21, "customers.count": 1},
        EAST: {"visits.done": 10},
        WEST: {"visits.done": 11},
        LEAD: {"visits.done": 3},
        OTHER: {"visits.done": 11},
    }


def test_the_sum_of_the_regions_and_of_nobody_is_the_whole() -> None:
    company, cells = a_company(per_team=5, east_teams=4), cells_of(a_company(per_team=5, east_teams=4))
    parts = [rollup.summed(scope_of(company, id_), cells) for id_ in (EAST, WEST)]
    assert total([*parts, cells[NOBODY]]) == rollup.summed(scope_of(company, CHIEF), cells)


def test_a_rep_leads_nobody() -> None:
    assert scope_of(a_company(), FIRST_REP) == Scope(())


def test_only_the_top_sees_all() -> None:
    company = a_company()
    assert [id_ for id_ in range(CHIEF, OTHER + 1) if scope_of(company, id_).sees_all] == [CHIEF]


def test_two_at_the_top_do_not_see_all() -> None:
    company = a_company()
    company.people[20] = Person(20, "P20", "独", Role.MANAGER)  # type: ignore[index]
    company.people[21] = Person(21, "P21", "立", Role.REP)  # type: ignore[index]
    company.postings[21] = (Posting(121, 21, "", "", "P20", BEGUN),)  # type: ignore[index]
    assert not scope_of(company, CHIEF).sees_all


def test_whoever_leads_all_that_are_led_does_not_see_those_whom_nobody_leads() -> None:
    company = a_company()
    company.people[21] = Person(21, "P21", "立", Role.REP)  # type: ignore[index]
    company.postings[21] = (Posting(121, 21, "", "", "P99", BEGUN),)  # type: ignore[index]  # a slip in the list
    assert not scope_of(company, CHIEF).sees_all
    assert 121 not in scope_of(company, CHIEF).posting_ids
    company.people[21] = replace(company.people[21], role=Role.STEWARD)  # type: ignore[index]
    assert scope_of(company, CHIEF).sees_all, "who reports nothing hides nothing"
    company.people[21] = replace(company.people[21], role=Role.REP, is_active=False)  # type: ignore[index]
    assert scope_of(company, CHIEF).sees_all, "nor does who has left"


def test_a_scope_is_called_as_the_unit_that_is_led() -> None:
    company = a_company()
    assert [scope_of(company, id_).words for id_ in (EAST, LEAD)] == ["华东", "东0组"]


def test_who_leads_everybody_of_one_region_person_by_person_is_told_of_that_region() -> None:
    company = a_company()
    company.people[20] = Person(20, "P20", "领", Role.MANAGER)  # type: ignore[index]
    for id_ in (OTHER, *(one for one in company.people if one >= FIRST_REP + 4 and one != 20)):
        (posting,) = company.postings[id_]
        company.postings[id_] = (replace(posting, manager="P20"),)  # type: ignore[index]
    company.postings[WEST] = (replace(company.postings[WEST][0], manager="P20"),)  # type: ignore[index]
    fresh = replace(company)
    assert scope_of(fresh, 20).words == "华西"


def test_who_leads_some_of_a_region_is_not_told_of_that_region() -> None:
    company = a_company()
    company.people[20] = Person(20, "P20", "领", Role.MANAGER)  # type: ignore[index]
    last = max(id_ for id_ in company.people if id_ != 20)
    (posting,) = company.postings[last]
    company.postings[last] = (replace(posting, manager="P20"),)  # type: ignore[index]
    assert scope_of(replace(company), 20).words == ""


def test_figures_by_industry_are_only_told_to_who_sees_all() -> None:
    company = a_company()
    cells = {100 + FIRST_REP: {"industry.visits.教育": 1, "visits.done": 1}}
    assert "industry.visits.教育" in rollup.summed(scope_of(company, CHIEF), cells)
    assert rollup.summed(scope_of(company, EAST), cells) == {"visits.done": 1}


def test_a_manager_who_reports_is_told_of_their_own_too() -> None:
    company = a_company()
    cells = cells_of(company) | {100 + LEAD: {"visits.done": 100}}
    assert rollup.summed(scope_of(company, LEAD), cells) == {"visits.done": 103}


# ---- the breakdown -------------------------------------------------------------------------------


def lines(
    company: Organisation, person_id: int, cells: Mapping[int, Figures] | None = None
) -> list[tuple[str, str, int]]:
    units = rollup.units(company, scope_of(company, person_id), cells or cells_of(company))
    return [(unit.kind, unit.name, int(unit.figures.get("visits.done", 0))) for unit in units]


def test_few_reps_are_named() -> None:
    assert lines(a_company(), LEAD) == [("rep", "人10", 1), ("rep", "人11", 2)]


def test_more_reps_are_shown_by_team() -> None:
    assert lines(a_company(per_team=8), EAST) == [("team", "东0组", 36), ("team", "东1组", 100)]


def test_many_teams_are_shown_by_region_and_what_is_nobodys_beside_them() -> None:
    found = lines(a_company(per_team=2, east_teams=20), CHIEF)
    assert found == [("region", "华东", 820), ("region", "华西", 83), ("region", "", 0)]


def test_where_no_level_fits_the_rest_is_added_up() -> None:
    company = a_company(per_team=1, east_teams=20)
    found = lines(company, EAST)
    assert len(found) == MOST_UNITS
    assert found[-1] == ("rep", REST, 1 + 2 + 3 + 4 + 5 + 6)
    assert sum(visits for _, _, visits in found) == 210


def test_who_has_no_figures_is_no_line() -> None:
    assert lines(a_company(), LEAD, {100 + FIRST_REP: {"visits.done": 1}}) == [("rep", "人10", 1)]


# ---- counts and what has changed -------------------------------------------------------------------


def test_topics_are_counted_by_their_figures() -> None:
    company = a_company()
    one = {"discipline.missing": 2, "level.A.short": 3, "customers.neglected": 1, "won.count": 1, "queue.name": 4}
    cells: dict[int, Figures] = {110: one, 111: {"discipline.missing": 1, "queue.parent": 1}}
    scope = scope_of(company, LEAD)
    counted = rollup.counts(company, scope, cells, rollup.summed(scope, cells))
    assert counted == {
        Topic.MISSING: 2,
        Topic.NEGLECTED: 1,
        Topic.SHORT: 2,
        Topic.WON: 1,
        Topic.QUESTION: 5,
    }


def test_what_has_changed_since_it_was_told_is_restated() -> None:
    told: Figures = {"visits.done": 5, "won.amount.CNY": Decimal("10.0"), "moved.on": 1, "lost.count": 1}
    now: Figures = {"visits.done": 6, "won.amount.CNY": Decimal(10), "moved.on": 2}
    assert rollup.restated(told, now) == (Restated("lost.count", 1, 0), Restated("visits.done", 5, 6))


# ---- named lines ---------------------------------------------------------------------------------


def offered(company: Organisation, postings: Sequence[int], most: int = MOST_ITEMS) -> list[tuple[int, float]]:
    kept = Lines(Attribution(company), most)
    for weight in range(10):
        for posting_id in postings:
            kept.offer(Topic.WON, posting_id, float(weight), "甲", detail={"stage": "won", "reason": ""})
    return [(item.posting_id, item.weight) for item in kept]


def test_the_weightiest_lines_are_kept_for_each_group_that_is_seen_together() -> None:
    company = a_company()
    found = offered(company, [110, 112, NOBODY])
    assert sorted(found) == sorted((posting, float(weight)) for posting in (110, 112, 0) for weight in (9, 8, 7, 6, 5))
    assert len(offered(company, [110, 111])) == MOST_ITEMS


def test_what_is_empty_is_not_told_and_nothing_is_kept_where_nothing_is_wanted() -> None:
    kept = Lines(Attribution(a_company()))
    kept.offer(Topic.WON, 110, 1.0, "甲", 10, detail={"stage": "won", "reason": "", "days": None})
    [item] = kept
    assert (item.rep, item.detail) == ("人10", {"stage": "won"})
    assert offered(a_company(), [110], most=0) == []


def test_nothing_added_leaves_no_trace() -> None:
    cells = Cells()
    cells.add(1, "visits.done", 0)
    assert cells.figures == {}
