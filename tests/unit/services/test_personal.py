"""Tomorrow's workbook: a rep's own customers, open deals and plans, each once and as it is now."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.errors import UsageError
from daysheet.model.access import EVERYTHING
from daysheet.model.people import Person
from daysheet.model.text import Language
from daysheet.services import personal, templates
from daysheet.services.personal import Personal
from daysheet.store import assignments, customer_rows, people, tables
from tests.builders import TODAY, a_deal, a_mail, a_plan, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import merge

SPRUCE, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"  # customers 1 and 2
DEALS, PLANS = "商机", "计划"


def feed(pipeline: Pipeline, rep: str = "E1", day: date = TODAY, **sheets: Any) -> None:
    visits = sheets.pop("visits", [a_visit(visit_date=day)])
    content = a_workbook(visits, cover={"rep_number": rep, "report_date": day}, **sheets)
    sender = {"E1": "wang.li@corp.example", "E2": "tom@corp.example"}[rep]
    assert pipeline.feed(a_mail(content, sender=sender)).state == "accepted"


def person(pipeline: Pipeline, number: str = "E1") -> Person:
    with pipeline.tools.database.reading() as connection:
        found = people.find_by_number(connection, number)
    assert found is not None
    return found


def own(pipeline: Pipeline, number: str = "E1", on: date = TODAY + timedelta(days=1), **more: Any) -> Personal:
    with pipeline.tools.database.reading() as connection:
        return personal.workbook(connection, pipeline.tools, person(pipeline, number), on=on, **more)


def rows(book: Personal, sheet: str) -> list[dict[str, Any]]:
    found = load_workbook(io.BytesIO(book.content))[sheet]
    keys = [cell.value for cell in found[2]]
    lines = found.iter_rows(min_row=3, values_only=True)
    return [{key: value for key, value in zip(keys, line, strict=True) if value is not None} for line in lines]


def projects(book: Personal) -> list[tuple[str, str]]:
    return [(row["customer"], row["project"]) for row in rows(book, DEALS)]


def days(book: Personal) -> list[tuple[int, str]]:
    return [(row["plan_date"].day, row["_ref"]) for row in rows(book, PLANS)]


def offered(book: Personal, name: str) -> list[str]:
    opened = load_workbook(io.BytesIO(book.content))
    sheet, cells = opened.defined_names[name].attr_text.replace("$", "").replace("'", "").split("!")
    return [cell.value for (cell,) in opened[sheet][cells]]


# ---- who and what --------------------------------------------------------------------------------


def test_it_offers_own_customers_and_their_contacts_and_nobody_elses(pipeline: Pipeline) -> None:
    feed(pipeline, visits=[a_visit(contact="周敏"), a_visit(contact="李华", start_time=None)])
    feed(pipeline, "E2", visits=[a_visit(WHALE, contact="钱进")])
    book = own(pipeline)
    assert (book.customers, book.deals, book.plans) == (1, 0, 0)
    assert offered(book, "list_customers") == [SPRUCE]
    assert sorted(offered(book, "list_contact_names")) == ["周敏", "李华"]
    assert book.name == "销售日报-王丽-2026-03-05.xlsx"


def test_a_customer_given_to_a_rep_who_has_not_reported_it_yet_comes_last(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(pipeline, visits=[a_visit(WHALE)])
    with pipeline.tools.database.writing() as connection:
        assignments.begin(connection, person(pipeline).id, [(1, "owner", None)], "import", TODAY)
    assert offered(own(pipeline), "list_customers") == [WHALE, SPRUCE]
    monkeypatch.setattr(personal, "MOST_CUSTOMERS", 1)
    assert offered(own(pipeline), "list_customers") == [WHALE]


def test_whom_a_colleague_knows_at_a_customer_is_offered_to_its_owner_only(pipeline: Pipeline) -> None:
    feed(pipeline, visits=[a_visit(contact="周敏")])
    feed(pipeline, "E2", visits=[a_visit(contact="钱进"), a_visit(WHALE, contact="孙立")])
    assert sorted(offered(own(pipeline, "E1"), "list_contact_names")) == ["周敏", "钱进"]
    assert sorted(offered(own(pipeline, "E2"), "list_contact_names")) == ["孙立", "钱进"]


def test_a_new_rep_gets_the_form_with_their_name(pipeline: Pipeline) -> None:
    book = own(pipeline, "E2")
    assert (book.customers, book.deals, book.plans) == (0, 0, 0)
    assert load_workbook(io.BytesIO(book.content))["Cover"]["C4"].value == "Tom Baker"


def test_an_open_deal_stands_as_it_was_reported_last_and_a_closed_one_does_not(pipeline: Pipeline) -> None:
    feed(pipeline, day=date(2026, 3, 3), opportunities=[a_deal(amount=1), a_deal(project="清洗线")])
    lost = a_deal(project="清洗线", stage="丢单", competitor="某品牌")
    feed(pipeline, opportunities=[a_deal(amount=2, stage="商务谈判"), lost])
    (deal,) = rows(own(pipeline), DEALS)
    assert (deal["project"], deal["amount"], deal["stage"], deal["_ref"]) == (
        "涂装线二期",
        2,
        "商务谈判 Negotiation",
        "o:1",
    )


def test_a_late_report_of_an_earlier_day_does_not_bring_back_what_was(pipeline: Pipeline) -> None:
    feed(pipeline, opportunities=[a_deal(amount=2)])
    feed(pipeline, day=date(2026, 3, 2), opportunities=[a_deal(amount=1)])
    assert [row["amount"] for row in rows(own(pipeline), DEALS)] == [2]


def test_a_superseded_row_does_not_count(pipeline: Pipeline) -> None:
    feed(pipeline, opportunities=[a_deal(amount=1)], plans=[a_plan(plan_date=date(2026, 3, 9))])
    feed(pipeline, opportunities=[a_deal(amount=2)], plans=[a_plan(plan_date=date(2026, 3, 10))])
    book = own(pipeline)
    assert [row["amount"] for row in rows(book, DEALS)] == [2]
    assert [day for day, _ in days(book)] == [10]


def test_of_a_shared_customer_each_gets_the_deals_they_reported_last(pipeline: Pipeline) -> None:
    feed(pipeline, day=date(2026, 3, 3), opportunities=[a_deal(project="甲")])
    feed(pipeline, "E2", opportunities=[a_deal(project="乙")])
    assert projects(own(pipeline)) == [(SPRUCE, "甲")], "sent back it would take the colleague's deal over"
    assert projects(own(pipeline, "E2", language=Language.ZH)) == [(SPRUCE, "乙")]


@pytest.mark.parametrize("why", ["no part any more", "nothing reported for long", "left the company"])
def test_a_deal_that_its_reporter_goes_on_with_no_more_is_the_owners(pipeline: Pipeline, why: str) -> None:
    feed(pipeline, opportunities=[a_deal(project="甲")])
    feed(pipeline, "E2", opportunities=[a_deal(project="乙")])
    gone = person(pipeline, "E2").id
    with pipeline.tools.database.writing() as connection:
        if why == "no part any more":
            assignments.end(connection, [one.id for one in assignments.held(connection, gone)], TODAY)
        elif why == "left the company":
            connection.execute(tables.person.update().where(tables.person.c.id == gone).values(is_active=False))
    on = TODAY + timedelta(days=181 if why == "nothing reported for long" else 1)
    assert projects(own(pipeline, on=on)) == [(SPRUCE, "甲"), (SPRUCE, "乙")]


def test_merged_customers_are_one_with_one_name_and_one_deal(pipeline: Pipeline) -> None:
    feed(pipeline, day=date(2026, 3, 3), opportunities=[a_deal(amount=1)], plans=[a_plan()])
    feed(pipeline, opportunities=[a_deal(WHALE, amount=2), a_deal(WHALE, project="清洗线")], plans=[a_plan(WHALE)])
    merge(pipeline.tools, 1, 2)
    book = own(pipeline)
    assert book.customers == 1
    assert [(row["customer"], row["amount"], row["_ref"]) for row in rows(book, DEALS)] == [
        (SPRUCE, 2, "o:1"),
        (SPRUCE, 500000, "o:3"),
    ]
    assert len(rows(book, PLANS)) == 1, "what would be told as a row written twice is told once"


def test_a_customer_handed_over_takes_its_deals_and_plans_along(pipeline: Pipeline) -> None:
    feed(pipeline, opportunities=[a_deal()], plans=[a_plan()])
    with pipeline.tools.database.writing() as connection:
        taker = people.find_by_number(connection, "E2")
        assert taker is not None
        ids = [one.id for one in assignments.held(connection, person(pipeline).id)]
        assignments.end(connection, ids, TODAY)
        assignments.begin(connection, taker.id, [(1, "owner", TODAY)], "handover", TODAY)
    given = own(pipeline)
    assert (given.customers, given.deals, given.plans) == (0, 0, 0)
    taken = own(pipeline, "E2", language=Language.ZH)
    assert (taken.customers, taken.deals, taken.plans) == (1, 1, 1)
    feed(pipeline, "E2", plans=[a_plan()])
    assert [row["ref"] for row in pipeline.rows("plans")] == [None, "p:1"], "the taker goes on with it"


# ---- plans ---------------------------------------------------------------------------------------


def test_a_plan_repeated_every_day_is_one_plan(pipeline: Pipeline) -> None:
    for day in (2, 3, 4):
        feed(pipeline, day=date(2026, 3, day), plans=[a_plan()])
    assert days(own(pipeline)) == [(9, "p:1")]
    assert [row["ref"] for row in pipeline.rows("plans")] == [None, "p:1", "p:1"]


def test_whoever_reads_of_a_repeated_plan_sees_it_once_as_it_is_now(pipeline: Pipeline) -> None:
    for day in (2, 3, 4):
        feed(pipeline, day=date(2026, 3, day), plans=[a_plan(target=f"目标 {day}"), a_plan(purpose="演示")])
    tables = pipeline.tools.tables
    with pipeline.tools.database.reading() as connection:
        shown = customer_rows.plans(connection, tables, EVERYTHING, [1], "plans", 0, 10)
        rep = person(pipeline).id
        counted = customer_rows.plans_of(connection, tables, rep, [1], "plans", "plan_date", TODAY)
    assert [(row.values["target"], row.events) for row in shown] == [("目标 4", 3), (None, 3)]
    assert counted == {1: 2}


def test_a_corrected_report_leaves_its_plans_the_same(pipeline: Pipeline) -> None:
    feed(pipeline, plans=[a_plan(), a_plan(WHALE)])
    before = days(own(pipeline))
    feed(pipeline, plans=[a_plan(target="签约"), a_plan(WHALE)])
    assert days(own(pipeline)) == before == [(9, "p:1"), (9, "p:2")]


@pytest.mark.parametrize(("day", "is_shown"), [(24, False), (25, False), (26, True), (28, True)])
def test_a_plan_nobody_has_followed_stays_for_a_week(pipeline: Pipeline, day: int, is_shown: bool) -> None:
    planned = date(2026, 2, day)
    feed(pipeline, day=date(2026, 2, 20), plans=[a_plan(plan_date=planned)])
    assert bool(rows(own(pipeline), PLANS)) is is_shown


def test_a_plan_that_a_visit_has_followed_is_over(pipeline: Pipeline) -> None:
    feed(
        pipeline,
        day=date(2026, 3, 2),
        plans=[a_plan(plan_date=date(2026, 3, 3)), a_plan(WHALE, plan_date=date(2026, 3, 3))],
    )
    feed(pipeline, day=date(2026, 3, 3))
    assert [row["customer"] for row in rows(own(pipeline), PLANS)] == [WHALE]


# ---- forms, languages, bounds --------------------------------------------------------------------


def test_it_is_the_form_the_rep_reported_on_last_unless_another_is_asked_for(pipeline: Pipeline) -> None:
    assert [spec.id for spec in pipeline.tools.specs][:2] == ["daily_report", "lite"]
    assert own(pipeline, form="lite").name == own(pipeline, form="lite", language=Language.ZH).name
    feed(pipeline, opportunities=[a_deal()])
    assert DEALS in load_workbook(io.BytesIO(own(pipeline).content)).sheetnames
    small = own(pipeline, form="lite")
    assert (small.customers, small.deals, small.plans) == (1, 0, 0)
    with pytest.raises(UsageError):
        own(pipeline, form="nothing")


def test_the_same_database_gives_the_same_workbook_and_the_blank_is_made_once(pipeline: Pipeline) -> None:
    feed(pipeline, opportunities=[a_deal()], plans=[a_plan()])
    assert own(pipeline).content == own(pipeline).content
    assert len(pipeline.tools.blanks) == 1
    own(pipeline, language=Language.EN)
    assert len(pipeline.tools.blanks) == 2


def test_rows_are_bounded_those_reported_last_and_planned_next_first(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "MOST_DEALS", 1)
    monkeypatch.setattr(personal, "MOST_PLANS", 1)
    feed(
        pipeline,
        day=date(2026, 3, 3),
        opportunities=[a_deal(project="甲")],
        plans=[a_plan(plan_date=date(2026, 3, 20))],
    )
    feed(pipeline, opportunities=[a_deal(project="乙")], plans=[a_plan(plan_date=date(2026, 3, 10))])
    book = own(pipeline)
    assert projects(book) == [(SPRUCE, "乙")]
    assert [day for day, _ in days(book)] == [10]


def test_a_persons_name_is_no_path(pipeline: Pipeline) -> None:
    with pipeline.tools.database.writing() as connection:
        connection.execute(tables.person.update().values(name="../王丽/销售:一"))
    assert own(pipeline).name == "销售日报-.. 王丽 销售 一-2026-03-05.xlsx"


def test_the_command_builds_the_same(pipeline: Pipeline) -> None:
    feed(pipeline, opportunities=[a_deal()])
    made = templates.personal(pipeline.tools, "E1", None, None)
    assert made.content == own(pipeline, on=TODAY, form="daily_report").content
    with pytest.raises(UsageError):
        templates.personal(pipeline.tools, "E77", None, None)


# ---- the next workday ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "following"), [(date(2026, 3, 5), date(2026, 3, 6)), (date(2026, 3, 6), date(2026, 3, 9))]
)
def test_the_next_workday_is_that_of_the_calendar(pipeline: Pipeline, day: date, following: date) -> None:
    with pipeline.tools.database.reading() as connection:
        assert personal.next_workday(connection, pipeline.tools, person(pipeline), day) == following


def test_a_teams_own_calendar_counts(pipeline: Pipeline) -> None:
    from daysheet.model.calendars import WorkCalendar
    from daysheet.store.tables import team

    def calendars() -> Mapping[str, WorkCalendar]:
        return {"default": WorkCalendar(), "gulf": WorkCalendar(weekend=frozenset({4, 5}))}

    tools = replace(pipeline.tools, policy=replace(pipeline.tools.policy, calendars=calendars))
    with tools.database.writing() as connection:
        connection.execute(team.update().where(team.c.name == "一组").values(calendar="gulf"))
        assert personal.next_workday(connection, tools, person(pipeline), date(2026, 3, 5)) == date(2026, 3, 8)
        assert personal.next_workday(connection, tools, person(pipeline, "E2"), date(2026, 3, 5)) == date(2026, 3, 6)
