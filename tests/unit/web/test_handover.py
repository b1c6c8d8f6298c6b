"""Handing a rep's customers over: what there is, to whom, at once, once, and back."""

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.services import handing_over, merging, people
from daysheet.store import tables
from tests import builders
from tests.builders import a_deal, a_plan, a_visit
from tests.unit.web.conftest import Browser, Console

A, B, SOUTH = "杭州云杉自动化有限公司", "宁波听潮泵业有限公司", "苏州蓝鲸精密机械有限公司"
MORE = "number,name,role,addresses,team,region,language\nE3,新人,rep,new@corp.example,一组,华东,zh\n"
GONE = "number,name,role,addresses,team,region,active\nE4,走人,rep,gone@corp.example,一组,华东,no\n"


@pytest.fixture
def steward(console: Console) -> Browser:
    """A steward who sees all, and reports by E1 (two customers) and E2 (one, and part in one of E1's)."""
    people.import_file(console.tools, "more.csv", MORE.encode())
    raw = builders.a_workbook(
        [a_visit(A), a_visit(B)],
        opportunities=[a_deal(A), a_deal(B, stage="赢单")],
        plans=[a_plan(A), a_plan(B, plan_date=date(2026, 3, 1))],
    )
    console.feed(raw, as_number="E1", name="a.xlsx")
    console.report(a_visit(SOUTH), a_visit(A), by="E2")
    return console.browser("S1")


def standing(console: Console) -> set[tuple[str, int, str]]:
    query = (
        sa.select(tables.person.c.number, tables.assignment.c.customer_id, tables.assignment.c.role)
        .join(tables.assignment, tables.assignment.c.person_id == tables.person.c.id)
        .where(tables.assignment.c.to_on.is_(None))
    )
    return {tuple(row) for row in console.select(query)}


def number_of(console: Console, name: str) -> int:
    [row] = console.select(sa.select(tables.customer.c.id).where(tables.customer.c.display_name == name))
    return int(row.id)


def entry(console: Console) -> int:
    query = sa.select(sa.func.max(tables.audit.c.id)).where(tables.audit.c.action == "customers.handed-over")
    return int(console.select(query)[0][0])


def figures(page: str) -> list[str]:
    return re.findall(r'<div class="figure"><b>([^<]*)</b>', page)


def test_the_page_shows_what_there_is_before_anything_is_done(console: Console, steward: Browser) -> None:
    console.feed(
        builders.a_workbook([a_visit(A), a_visit(B, way="打球")], cover={"report_date": date(2026, 3, 3)}),
        as_number="E1",
        name="parked.xlsx",
    )
    before = standing(console)
    page = steward.get("/handover?from=E1")
    assert figures(page) == ["2", "1", "1", "1"]  # customers, open deals, plans ahead, parked rows
    assert A in page
    assert B in page
    assert SOUTH not in page
    assert "请先" not in page
    assert 'name="which"' not in page  # nobody to take over yet
    page = steward.get("/handover?from=E1&to=E3")
    assert "把选中的客户交给 新人" in page
    assert 'name="which" value="all"' not in page  # one page has them all: the ticks say which
    assert standing(console) == before


def test_all_is_handed_over_at_once_once_and_back(console: Console, steward: Browser) -> None:
    a, b = number_of(console, A), number_of(console, B)
    before = standing(console)
    steward.get("/handover?from=E1&to=E3")
    page = steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    assert "王丽 的 2 个客户已交给 新人" in page
    after = (before - {("E1", a, "owner"), ("E1", b, "owner")}) | {("E3", a, "owner"), ("E3", b, "owner")}
    assert standing(console) == after
    begun = console.select(sa.select(tables.assignment).where(tables.assignment.c.source == "handover"))
    assert {(row.from_on, row.last_report_on) for row in begun} == {(date(2026, 3, 4), date(2026, 3, 4))}
    assert "没有变动" in steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    assert "交接" in steward.get(f"/customers/{a}/all/log")
    done = entry(console)
    for _ in range(2):
        assert "交接已撤销" in steward.post(f"/handover/undo/{done}")
        assert standing(console) == before
    undone = sa.select(tables.audit).where(tables.audit.c.action == "customers.handed-back")
    assert len(console.select(undone)) == 1


def test_only_the_chosen_are_handed_over(console: Console, steward: Browser) -> None:
    a, b = number_of(console, A), number_of(console, B)
    steward.get("/handover?from=E1&to=E3")
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "some", "customer": [str(b), "x", "9" * 30]})
    assert ("E1", a, "owner") in standing(console)
    assert ("E3", b, "owner") in standing(console)
    assert "至少选择一个" in steward.post("/handover", **{"from": "E1", "to": "E3", "which": "some"})


def test_the_main_button_hands_over_what_is_ticked_however_many_there_are(
    console: Console, steward: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "PAGE", 1)
    page = steward.get("/handover?from=E1&to=E3")
    [main] = re.findall(r'<button class="main" name="which" value="(\w+)">([^<]*)<', page)
    assert main == ("some", "把选中的客户交给 新人")
    assert '<button name="which" value="all">全部 2 个客户交给 新人<' in page
    ticked = re.findall(r'name="customer" value="(\d+)"[^>]* checked', page)
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "some", "customer": ticked})
    assert {customer for number, customer, _ in standing(console) if number == "E3"} == {int(one) for one in ticked}
    assert len(ticked) == 1


def test_who_takes_part_already_becomes_the_owner_and_is_not_there_twice(console: Console, steward: Browser) -> None:
    a = number_of(console, A)
    before = standing(console)
    assert ("E2", a, "participant") in before
    steward.get("/handover?from=E1&to=E2")
    steward.post("/handover", **{"from": "E1", "to": "E2", "which": "all"})
    assert {one for one in standing(console) if one[1] == a} == {("E2", a, "owner")}
    steward.post(f"/handover/undo/{entry(console)}")
    assert standing(console) == before


def test_who_owns_it_stays_owner_when_given_a_part(console: Console, steward: Browser) -> None:
    a = number_of(console, A)
    steward.get("/handover?from=E2&to=E1")
    steward.post("/handover", **{"from": "E2", "to": "E1", "which": "all"})
    assert {one for one in standing(console) if one[1] == a} == {("E1", a, "owner")}


def test_who_has_reported_since_keeps_taking_part_when_it_is_undone(console: Console, steward: Browser) -> None:
    a = number_of(console, A)
    steward.get("/handover?from=E1&to=E3")
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    console.clock.now = console.clock.now.replace(day=5)
    console.report(a_visit(A, visit_date=date(2026, 3, 5)), by="E3", report_date=date(2026, 3, 5))
    again = console.browser("S1")
    again.post(f"/handover/undo/{entry(console)}")
    assert {one for one in standing(console) if one[1] == a} == {
        ("E1", a, "owner"),
        ("E2", a, "participant"),
        ("E3", a, "participant"),
    }


def test_what_was_handed_on_since_is_not_taken_back(console: Console, steward: Browser) -> None:
    steward.get("/handover?from=E1&to=E3")
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    first = entry(console)
    steward.post("/handover", **{"from": "E3", "to": "E2", "which": "all"})
    after = standing(console)
    assert "又有变动" in steward.post(f"/handover/undo/{first}")
    assert standing(console) == after


def test_nobody_takes_over_who_is_the_same_no_rep_or_has_left(console: Console, steward: Browser) -> None:
    people.import_file(console.tools, "gone.csv", GONE.encode())
    before = standing(console)
    steward.get("/handover?from=E1")
    assert "不能是同一人" in steward.post("/handover", **{"from": "E1", "to": "E1", "which": "all"})
    for number in ("S2", "E4"):
        assert "不能负责" in steward.post("/handover", **{"from": "E1", "to": number, "which": "all"})
    steward.post("/handover", 404, **{"from": "E1", "to": "", "which": "all"})
    steward.post("/handover", 404, **{"from": "E77", "to": "E2", "which": "all"})
    assert standing(console) == before


def test_one_who_left_is_still_there_to_hand_over(console: Console, steward: Browser) -> None:
    left = "number,name,role,addresses,team,region,active\nE1,王丽,rep,wang.li@corp.example,一组,华东,no\n"
    people.import_file(console.tools, "left.csv", left.encode())
    page = steward.get("/handover")
    assert "王丽 E1 (已离职)" in page
    steward.get("/handover?from=E1&to=E3")
    assert "已交给" in steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})


PAIRS: tuple[dict[str, Any], ...] = (
    {"from": "E1", "to": "E2"},
    {"from": "E2", "to": "E1"},
    {"from": "E1", "to": "E3"},
)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_southern_steward_hands_over_only_within_the_south(
    console: Console, steward: Browser, pair: dict[str, Any]
) -> None:
    del steward
    before = standing(console)
    south = console.browser("S3")
    page = south.get("/handover")
    assert "王丽" not in page
    south.get("/handover?" + "&".join(f"{key}={value}" for key, value in pair.items()), 404)
    south.post("/handover", 404, **pair | {"which": "all"})
    assert standing(console) == before


def test_a_hand_over_of_another_region_is_not_undone(console: Console, steward: Browser) -> None:
    steward.get("/handover?from=E1&to=E3")
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    after = standing(console)
    south = console.browser("S3")
    south.get("/handover")
    south.post(f"/handover/undo/{entry(console)}", 404)
    south.post("/handover/undo/1", 404)
    assert standing(console) == after


def test_nobody_and_no_manager_hands_over(console: Console, steward: Browser) -> None:
    del steward
    before = standing(console)
    manager, nobody = console.browser("E9"), console.nobody()
    manager.get("/account")
    manager.get("/handover", 403)
    nobody.get("/handover", 401)
    for path in ("/handover", "/handover/undo/1"):
        manager.post(path, 403, **{"from": "E1", "to": "E3", "which": "all"})
        nobody.post(path, 401, **{"from": "E1", "to": "E3", "which": "all"})
    assert standing(console) == before


def test_hostile_names_are_shown_as_text(console: Console, steward: Browser) -> None:
    bad = "number,name,role,addresses,team,region\nE5,<script>x</script>,rep,bad@corp.example,一组,华东\n"
    people.import_file(console.tools, "bad.csv", bad.encode())
    page = steward.get("/handover?from=E1&to=E5")
    assert "<script>x" not in page
    assert "&lt;script&gt;" in page
    assert "<script>x" not in steward.post("/handover", **{"from": "E1", "to": "E5", "which": "all"})


def test_a_reloaded_form_leads_back(console: Console, steward: Browser) -> None:
    steward.get("/handover/undo/1")
    assert steward.at == "/handover"


def test_each_side_of_a_merge_that_is_undone_keeps_who_took_over(console: Console, steward: Browser) -> None:
    a, b = number_of(console, A), number_of(console, B)
    done = merging.merge(console.tools, merging.Request(a, b, {}))
    before = standing(console)
    steward.get("/handover?from=E1&to=E3")
    steward.post("/handover", **{"from": "E1", "to": "E3", "which": "all"})
    merging.unmerge(console.tools, customer_id=b)
    assert {one for one in standing(console) if one[0] != "E2"} == {("E3", a, "owner"), ("E3", b, "owner")}
    steward.post(f"/handover/undo/{entry(console)}")
    assert isinstance(done, merging.Merged)
    assert standing(console) == before
