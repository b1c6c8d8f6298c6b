"""The customer's pages: search, everything known, fields, names, links and people, within what one sees."""

import csv
import io
import re
from datetime import date, time
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from daysheet.model.memory import OPERATOR, Actor, RelationType, Says
from daysheet.services import linking, merging, reviews
from daysheet.store import tables
from daysheet.store.judgements import Said
from tests import builders
from tests.builders import a_deal, a_plan, a_visit
from tests.unit.services.memory import CODE, OTHER_CODE, add, ask, merge
from tests.unit.web.conftest import Browser, Console

NORTH, SOUTH = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"
HOSTILE = "<script>alert(1)</script>云杉\u202e有限公司"
KNOWN = {"K1": 1, "K2": 2}


@pytest.fixture
def steward(console: Console) -> Browser:
    """A steward who sees all."""
    return console.browser("S1")


def reported(console: Console) -> None:
    """E1 (north) reports on the one customer, E2 (south) on the other."""
    console.report(a_visit(NORTH))
    console.report(a_visit(SOUTH), by="E2")


def number_of(console: Console, name: str) -> int:
    [row] = console.select(sa.select(tables.customer.c.id).where(tables.customer.c.display_name == name))
    return int(row.id)


def own(console: Console, name: str, column: str) -> Any:
    [row] = console.select(sa.select(tables.customer.c[column]).where(tables.customer.c.display_name == name))
    return row[0]


def statements(console: Console, act: Any) -> int:
    """Count what is asked of the database meanwhile."""
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    engine = console.tools.database._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(asked)


# ---- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["云杉自动", "hzys", "HZYS", "K1", "1", "#1", NORTH, " 云杉 "])
def test_a_customer_is_found_by_name_alias_initials_code_and_id(console: Console, typed: str, steward: Browser) -> None:
    reported(console)
    page = steward.get("/customers", q=typed)
    assert NORTH in page
    assert SOUTH not in page


def test_a_credit_code_finds_its_customer_whatever_its_case(console: Console, steward: Browser) -> None:
    add(console.tools, "宁波听潮泵业有限公司", credit_code=CODE)
    assert "宁波听潮泵业有限公司" in steward.get("/customers", q=CODE.lower())


def test_latin_names_are_found_whatever_their_case(console: Console, steward: Browser) -> None:
    add(console.tools, "Nordlicht Maschinenbau GmbH")
    for typed in ("NORD", "maschinen", "Nordlicht Masch"):
        assert "Nordlicht Maschinenbau GmbH" in steward.get("/customers", q=typed)


def test_exact_hits_come_first_then_short_names(console: Console, steward: Browser) -> None:
    add(console.tools, "听潮泵业华东销售公司", "听潮泵业", "听潮泵业研究院")
    page = steward.get("/customers", q="听潮泵业")
    assert re.findall(r">(听潮泵业[^<]*)</a>", page) == ["听潮泵业", "听潮泵业研究院", "听潮泵业华东销售公司"]


def test_signs_that_mean_something_to_a_database_are_looked_for_as_they_are(console: Console, steward: Browser) -> None:
    add(console.tools, "百分百%公司", "下划_线公司")
    assert "百分百%公司" in steward.get("/customers", q="%")
    page = steward.get("/customers", q="_")
    assert "下划_线公司" in page
    assert NORTH not in page


def test_a_search_without_a_text_lists_the_newest_and_pages(console: Console, steward: Browser) -> None:
    add(console.tools, *(f"第{n}号机械公司" for n in range(60)))
    first, second = steward.get("/customers"), steward.get("/customers", page=2)
    assert "第59号机械公司" in first
    assert "第0号机械公司" not in first
    assert "第0号机械公司" in second


def test_filters_go_by_what_is_shown_of_a_merged_customer(console: Console, steward: Browser) -> None:
    [plain] = add(console.tools, "听潮泵业")
    [lettered] = add(console.tools, "听潮泵业厂", level="B")
    merge(console.tools, plain, lettered)
    assert f"/customers/{plain}" in steward.get("/customers", level="B")
    assert f"/customers/{plain}" not in steward.get("/customers", level="A")
    reported(console)
    assert NORTH in steward.get("/customers", owner="E1")
    assert SOUTH not in steward.get("/customers", owner="E1")
    assert "没有符合条件" in steward.get("/customers?status=inactive")


def test_a_southern_steward_finds_only_the_souths_customers(console: Console) -> None:
    reported(console)
    south = console.browser("S3")
    for params in ({}, {"q": "有限公司"}, {"q": "hzys"}, {"q": "K1"}, {"owner": "E1"}, {"q": NORTH}):
        page = south.get("/customers", **params)
        assert NORTH not in page.replace(f'value="{NORTH}"', ""), params
    assert SOUTH in south.get("/customers", q="有限公司")
    assert SOUTH in south.get("/customers")
    for path in ("/customers.csv", "/customers.xlsx"):
        content = south.client.get(path).content
        lines = _lines(content) if path.endswith("csv") else _sheet(content)
        assert [line[1] for line in lines[1:]] == [SOUTH]


def _lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def _sheet(content: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_exports_run_no_formula(console: Console, steward: Browser) -> None:
    add(console.tools, "=HYPERLINK(1)公司", city="@SUM")
    lines = _lines(steward.client.get("/customers.csv", params={"q": "HYPERLINK"}).content)
    assert lines[1][1] == "'=HYPERLINK(1)公司"
    assert "'@SUM" in lines[1]
    book = _sheet(steward.client.get("/customers.xlsx", params={"q": "HYPERLINK"}).content)
    assert book[1][1].startswith("'=")


# ---- the page ----------------------------------------------------------------------------------


def test_the_page_tells_who_said_what_and_where_it_came_from(console: Console, steward: Browser) -> None:
    reported(console)
    console.report(
        a_visit(NORTH, city="杭州", level="A", phone="13812345678"),
        report_date=date(2026, 3, 3),
    )
    page = steward.get("/customers/1")
    assert "日报 王丽" in page  # the city
    assert "1 个未采用的说法" in page  # the level stays a proposal
    [submission] = console.select(sa.select(tables.submission.c.inbound_id).where(tables.submission.c.id == 3))
    assert f'href="/messages/{submission.inbound_id}"' in page
    for shown in ("云杉", "周敏", "13812345678", "负责人", "谈了明年的计划", "上门拜访"):
        assert shown in page


def test_an_opportunity_is_its_latest_event_once(console: Console, steward: Browser) -> None:
    raw = builders.a_workbook([], opportunities=[a_deal(NORTH)], cover={"report_date": date(2026, 3, 3)})
    console.feed(raw, as_number="E1", name="a.xlsx")
    raw = builders.a_workbook([], opportunities=[a_deal(NORTH, stage="赢单", amount=620000)])
    console.feed(raw, as_number="E1", name="b.xlsx")
    page = steward.get("/customers/1")
    section = page[page.index('id="sheet-opportunities"') : page.index('id="sources"')]
    assert section.count("涂装线二期") == 1
    assert "620,000" in section
    assert "500,000" not in section
    assert "共 2 次" in section


def test_every_sheet_that_names_a_customer_is_shown_by_the_forms_own_labels(console: Console, steward: Browser) -> None:
    service = {"service_type": "投诉", "customer": NORTH, "description": "两间教室的投影无法开机"}
    raw = builders.a_workbook([], service=[service], plans=[a_plan(NORTH)])
    console.feed(raw, as_number="E1", name="a.xlsx")
    page = steward.get("/customers/1")
    assert 'id="sheet-service"' in page
    assert "服务与费用" in page
    assert "两间教室的投影无法开机" in page
    assert 'id="sheet-plans"' in page
    steward.client.cookies.set("lang", "en")
    assert "Service &amp; expense" in steward.get("/customers/1")


def test_a_merged_ones_address_leads_to_what_it_became(console: Console, steward: Browser) -> None:
    winner, loser = add(console.tools, "听潮泵业", "听潮泵业厂")
    merge(console.tools, winner, loser)
    steward.get(f"/customers/{loser}")
    assert steward.at == f"/customers/{winner}"


def test_branches_are_added_up_and_the_tree_is_shown(console: Console, steward: Browser) -> None:
    head, branch, other = add(console.tools, "云杉银行股份有限公司", "云杉银行杭州分行", "云杉银行集团联谊会")
    linking.link(console.tools, branch, head)
    linking.link(console.tools, other, head, type_=RelationType.AFFILIATED_TO)
    raw = builders.a_workbook(
        [a_visit("云杉银行股份有限公司"), a_visit("云杉银行杭州分行"), a_visit("云杉银行集团联谊会")],
        opportunities=[
            a_deal("云杉银行杭州分行"),
            a_deal("云杉银行集团联谊会"),
            a_deal("云杉银行杭州分行", project="三期", stage="丢单", reason="价格"),
        ],
    )
    console.feed(raw, as_number="E1", name="a.xlsx")
    page = steward.get(f"/customers/{head}")
    figures = re.findall(r'<div class="figure"><b>([^<]*)</b>', page)
    assert figures == ["2", "2", "500,000", "2026-03-04"]  # the affiliate is below, and adds nothing
    assert "云杉银行集团联谊会" in page
    assert "云杉银行股份有限公司" in steward.get(f"/customers/{branch}")


def test_relatives_of_another_region_have_no_name_and_add_nothing(console: Console) -> None:
    head, branch, hidden = add(console.tools, "云杉银行股份有限公司", "云杉银行广州分行", "云杉银行杭州分行")
    for child in (branch, hidden):
        linking.link(console.tools, child, head)
    console.report(a_visit("云杉银行杭州分行"))
    console.report(a_visit("云杉银行股份有限公司"), a_visit("云杉银行广州分行"), by="E2")
    page = console.browser("S3").get(f"/customers/{head}")
    assert "云杉银行杭州分行" not in page
    assert "其他区域的客户" in page
    assert re.findall(r'<div class="figure"><b>([^<]*)</b>', page)[:2] == ["2", "2"]


def test_rows_of_another_regions_rep_are_not_shown(console: Console) -> None:
    console.report(a_visit(NORTH, content="北方的秘密"))
    console.report(a_visit(NORTH, content="南方的记录"), by="E2")
    page = console.browser("S3").get("/customers/1")
    assert "南方的记录" in page
    assert "北方的秘密" not in page


def test_sections_are_short_and_lead_on_to_all(console: Console, steward: Browser) -> None:
    console.report(*(a_visit(NORTH, content=f"谈话{n:02d}。", start_time=None) for n in range(12)))
    page = steward.get("/customers/1")
    assert page.count("谈话") == 10
    assert 'href="/customers/1/all/sheet-visits"' in page
    assert steward.get("/customers/1/all/sheet-visits").count("谈话") == 12
    assert "谈话" not in steward.get("/customers/1/all/sheet-visits", page=2)
    for key in ("names", "branches", "people", "questions", "decisions", "contacts", "sources", "log"):
        steward.get(f"/customers/1/all/{key}")
    for key in ("nothing", "sheet-nothing", "sheet-cover"):
        steward.get(f"/customers/1/all/{key}", 404)


def test_a_page_asks_no_more_of_the_database_for_many_things_than_for_few(console: Console, steward: Browser) -> None:
    head, *branches = add(console.tools, "云杉银行股份有限公司", *(f"云杉银行第{n}分行" for n in range(9)))
    linking.link(console.tools, branches[0], head)
    console.report(a_visit("云杉银行股份有限公司"))
    few = statements(console, lambda: steward.get(f"/customers/{head}"))
    few_found = statements(console, lambda: steward.get("/customers", q="云杉"))
    for branch in branches[1:]:
        linking.link(console.tools, branch, head)
    for day in range(1, 4):
        visits = [a_visit("云杉银行股份有限公司", contact=f"联系人{n}", city=f"城{n}") for n in range(9)]
        raw = builders.a_workbook(
            visits,
            cover={"report_date": date(2026, 3, day)},
            opportunities=[a_deal("云杉银行股份有限公司", project=f"项目{n}") for n in range(9)],
        )
        console.feed(raw, as_number="E2", name=f"many{day}.xlsx")
    assert statements(console, lambda: steward.get(f"/customers/{head}")) == few
    assert statements(console, lambda: steward.get("/customers", q="云杉")) == few_found


def test_hostile_names_are_shown_as_text_on_every_page(console: Console, steward: Browser) -> None:
    [bad, other] = add(console.tools, HOSTILE, "听潮泵业", city="<b>城</b>")
    linking.link(console.tools, bad, other)
    for path in (
        "/customers?q=script",
        f"/customers/{bad}",
        f"/customers/{other}",
        f"/customers/{bad}/all/names",
        f"/customers/{bad}/edit",
        f"/customers/{bad}/merge?q=script",
        f"/customers/{other}/merge?q=script",
        f"/customers/{other}/merge?with={bad}",
        f"/customers/{other}/parent?q=script",
    ):
        page = steward.get(path)
        assert "<script>alert" not in page, path
        assert "<b>城" not in page, path
        assert "\u202e" not in page.replace('value="', ""), path


# ---- who may -----------------------------------------------------------------------------------

GETS = (
    "/customers/{0}",
    "/customers/{0}/all/names",
    "/customers/{0}/edit",
    "/customers/{0}/merge",
    "/customers/{0}/merge?with={1}",
    "/customers/{1}/merge?with={0}",
    "/customers/{0}/parent",
)
POSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/customers/{0}/edit", {"city": "广州"}),
    ("/customers/{0}/aliases", {"do": "add", "text": "北云杉厂"}),
    ("/customers/{0}/aliases", {"do": "remove", "alias_id": "2"}),
    ("/customers/{0}/links", {"do": "confirm", "parent": "{1}"}),
    ("/customers/{1}/links", {"do": "relink", "parent": "{0}"}),
    ("/customers/{0}/links", {"do": "cut", "parent": "{1}"}),
    ("/customers/{0}/people", {"do": "owner", "number": "E2"}),
    ("/customers/{0}/people", {"do": "participant", "number": "E2"}),
    ("/customers/{0}/people", {"do": "end", "assignment_id": "1"}),
    ("/customers/{0}/merge", {"with": "{1}"}),
    ("/customers/{1}/merge", {"with": "{0}"}),
    ("/customers/{0}/unmerge/1", {}),
    ("/customers/{0}/judgements/1/revoke", {}),
    ("/customers/{0}/undo/1", {}),
)


def everything(console: Console) -> list[Any]:
    chosen = (tables.customer, tables.customer_alias, tables.assignment, tables.judgement, tables.customer_relation)
    return [console.select(sa.select(table)) for table in chosen] + [
        console.select(sa.select(tables.audit).where(tables.audit.c.entity == "customer"))
    ]


@pytest.mark.parametrize("path", GETS)
def test_nobody_and_no_other_region_sees_a_customers_page(console: Console, path: str) -> None:
    reported(console)
    address = path.format(1, 2)
    console.nobody().get(address, 401)
    page = console.browser("S3").get(address, 404)
    assert NORTH not in page


@pytest.mark.parametrize(("path", "fields"), POSTS)
def test_a_form_of_another_region_changes_nothing(console: Console, path: str, fields: dict[str, str]) -> None:
    reported(console)
    before = everything(console)
    sent = {name: value.format(1, 2) for name, value in fields.items()}
    address = path.format(1, 2)
    south, manager, nobody = console.browser("S3"), console.browser("E9"), console.nobody()
    manager.get("/customers/1")
    south.post(address, 404, **sent)
    manager.post(address, 403, **sent)
    nobody.post(address, 401, **sent)
    assert everything(console) == before


def test_a_manager_reads_and_finds_no_form(console: Console) -> None:
    reported(console)
    manager = console.browser("E9")
    page = manager.get("/customers/1")
    assert 'method="post"' not in page.split("<main")[1].split("</main")[0]
    assert "/edit" not in page
    manager.get("/customers/1/edit", 403)
    manager.get("/customers/1/merge", 403)
    manager.get("/customers/1/parent", 403)


@pytest.mark.parametrize("path", ["/customers/0", "/customers/99999", f"/customers/{2**70}", "/customers/1/nothing"])
def test_what_is_not_there_is_not_found(console: Console, path: str, steward: Browser) -> None:
    answer = steward.client.get(path)
    assert answer.status_code in (404, 422)


# ---- fields ------------------------------------------------------------------------------------


def shown_form(page: str) -> dict[str, str]:
    """Return what the form was opened with."""
    return dict(re.findall(r'name="(was\.[a-z_]+)" value="([^"]*)"', page))


def test_an_edit_is_stored_with_its_steward_told_and_undone(console: Console, steward: Browser) -> None:
    form = shown_form(steward.get("/customers/1/edit"))
    values = {name.removeprefix("was."): value for name, value in form.items() if name != "was.status"}
    page = steward.post(
        "/customers/1/edit", **form, **values | {"city": "宁波", "level": "A", "credit_code": CODE.lower()}
    )
    assert "已保存" in page
    assert (own(console, NORTH, "city"), own(console, NORTH, "level")) == ("宁波", "A")
    assert own(console, NORTH, "credit_code") == CODE
    assert "数据管家 林婉" in page
    [entry] = console.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.edited"))
    assert (entry.actor, entry.before["fields"]["city"], entry.after["fields"]["city"]) == ("S1", "", "宁波")
    steward.post(f"/customers/1/undo/{entry.id}")
    assert (own(console, NORTH, "city"), own(console, NORTH, "credit_code")) == (None, None)
    assert "已撤销" in steward.post(f"/customers/1/undo/{entry.id}")
    assert len(console.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.undone"))) == 1


def test_a_form_sent_twice_has_one_effect(console: Console, steward: Browser) -> None:
    form = shown_form(steward.get("/customers/1/edit"))
    for _ in range(2):
        assert "已保存" in steward.post("/customers/1/edit", **form, city="宁波")
    assert len(console.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.edited"))) == 1


def test_the_second_of_two_stewards_sees_what_the_first_did_and_loses_no_text(
    console: Console, steward: Browser
) -> None:
    form = shown_form(steward.get("/customers/1/edit"))
    second = console.browser("S2")
    second.get("/customers/1/edit")
    second.post("/customers/1/edit", **form, city="绍兴")
    page = steward.post("/customers/1/edit", 409, **form, city="宁波")
    assert "Ann Cole" in page
    assert "<ins>绍兴</ins>" in page
    assert 'name="city" type="text" value="宁波"' in page
    assert own(console, NORTH, "city") == "绍兴"
    again = steward.post("/customers/1/edit", **shown_form(page), city="宁波")
    assert "已保存" in again
    assert own(console, NORTH, "city") == "宁波"


def test_an_edit_that_others_built_on_is_not_undone(console: Console, steward: Browser) -> None:
    form = shown_form(steward.get("/customers/1/edit"))
    steward.post("/customers/1/edit", **form, city="宁波")
    [entry] = console.select(sa.select(tables.audit.c.id).where(tables.audit.c.action == "customer.edited"))
    steward.post("/customers/1/edit", **shown_form(steward.get("/customers/1/edit")), city="绍兴")
    assert "又有变动" in steward.post(f"/customers/1/undo/{entry.id}")
    assert own(console, NORTH, "city") == "绍兴"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"display_name": ""}, "不像一个客户名称"),
        ({"display_name": "暂无"}, "不像一个客户名称"),
        ({"display_name": SOUTH}, SOUTH),
        ({"credit_code": "91440300708461136X"}, "信用代码不对"),
        ({"credit_code": OTHER_CODE}, "另一个客户的信用代码"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    console: Console, fields: dict[str, str], said: str, steward: Browser
) -> None:
    add(console.tools, "宁波听潮泵业有限公司", credit_code=OTHER_CODE)
    form = shown_form(steward.get("/customers/1/edit"))
    page = steward.post("/customers/1/edit", 422, **form, **{"city": "宁波"} | fields)
    assert said in page
    assert 'value="宁波"' in page
    assert own(console, NORTH, "city") is None


def test_a_new_name_finds_the_customer_and_the_old_one_still_does(console: Console, steward: Browser) -> None:
    form = shown_form(steward.get("/customers/1/edit"))
    steward.post("/customers/1/edit", **form, display_name="杭州云杉智能装备有限公司")
    console.report(a_visit("杭州云杉智能装备有限公司"), a_visit(NORTH))
    rows = console.select(sa.select(console.tools.tables.table("visits").c.customer_id))
    assert {row.customer_id for row in rows} == {1}


def test_what_was_typed_is_shown_of_a_merged_customer_too_and_undoing_leaves_it_as_it_was(
    console: Console, steward: Browser
) -> None:
    [winner] = add(console.tools, "听潮泵业", address="短")
    [loser] = add(console.tools, "听潮泵业厂", address="杭州市西湖区文三路一百号")
    merge(console.tools, winner, loser)
    form = shown_form(steward.get(f"/customers/{winner}/edit"))
    page = steward.post(f"/customers/{winner}/edit", **form, address="新址")
    assert "新址" in page
    [entry] = console.select(sa.select(tables.audit.c.id).where(tables.audit.c.action == "customer.edited"))
    steward.post(f"/customers/{winner}/undo/{entry.id}")
    assert 'value="杭州市西湖区文三路一百号"' in steward.get(f"/customers/{winner}/edit")


def test_an_edit_of_a_record_that_was_merged_since_is_not_undone_on_the_other(
    console: Console, steward: Browser
) -> None:
    [winner] = add(console.tools, "听潮泵业", phone="0571-333")
    [loser] = add(console.tools, "听潮泵业厂", phone="0571-111")
    form = shown_form(steward.get(f"/customers/{loser}/edit"))
    steward.post(f"/customers/{loser}/edit", **form, phone="0571-222")
    [entry] = console.select(sa.select(tables.audit.c.id).where(tables.audit.c.action == "customer.edited"))
    merging.merge(console.tools, merging.Request(winner, loser, {"phone": "loser"}))
    assert f"/undo/{entry.id}" not in steward.get(f"/customers/{winner}/all/log")
    assert "客户之后又有变动" in steward.post(f"/customers/{winner}/undo/{entry.id}")
    assert own(console, "听潮泵业", "phone") == "0571-333"
    merging.unmerge(console.tools, customer_id=loser)
    steward.post(f"/customers/{loser}/undo/{entry.id}")
    assert own(console, "听潮泵业厂", "phone") == "0571-111"


def test_what_a_page_shows_otherwise_than_it_is_stored_stays_as_it_is(console: Console, steward: Browser) -> None:
    note = "\u200f你好\u202e坏\r\n第二行"
    with console.tools.database.writing() as connection:
        connection.execute(tables.customer.update().values(note=note))
    form = {name: unescape(value) for name, value in shown_form(steward.get("/customers/1/edit")).items()}
    typed = {name.removeprefix("was."): value for name, value in form.items() if name != "was.status"}
    steward.post("/customers/1/edit", **form, **typed | {"city": "宁波"})
    assert (own(console, NORTH, "city"), own(console, NORTH, "note")) == ("宁波", note)


# ---- names, links, people, judgements ------------------------------------------------------------


def test_an_alias_always_means_the_customer_until_it_is_removed(console: Console, steward: Browser) -> None:
    steward.get("/customers/1")
    for _ in range(2):
        assert "今后“云山自动化设备厂”就是该客户" in steward.post(
            "/customers/1/aliases", do="add", text=" 云山自动化设备厂 "
        )
    console.report(a_visit("云山自动化设备厂"))
    [row] = console.select(sa.select(console.tools.tables.table("visits").c.customer_id))
    assert row.customer_id == 1
    [alias] = console.select(sa.select(tables.customer_alias).where(tables.customer_alias.c.text == "云山自动化设备厂"))
    assert (alias.source, alias.initials) == ("steward", "yszdhsbc")
    for _ in range(2):
        steward.post("/customers/1/aliases", do="remove", alias_id=alias.id)
    assert "云山自动化设备厂" not in steward.get("/customers/1/all/names")
    [entry] = console.select(sa.select(tables.audit.c.id).where(tables.audit.c.action == "customer.alias-removed"))
    steward.post(f"/customers/1/undo/{entry.id}")
    assert "云山自动化设备厂" in steward.get("/customers/1/all/names")


def test_an_added_alias_is_undone(console: Console, steward: Browser) -> None:
    steward.get("/customers/1")
    steward.post("/customers/1/aliases", do="add", text="云山自动化设备厂")
    [entry] = console.select(sa.select(tables.audit.c.id).where(tables.audit.c.action == "customer.alias-added"))
    steward.post(f"/customers/1/undo/{entry.id}")
    assert "云山自动化设备厂" not in steward.get("/customers/1/all/names")


def test_another_customers_name_is_no_alias(console: Console) -> None:
    reported(console)
    steward, south = console.browser("S1"), console.browser("S3")
    steward.get("/customers/1")
    page = steward.post("/customers/1/aliases", do="add", text=SOUTH)
    assert f"另一个客户的名称：{SOUTH}" in page
    south.get("/customers/2")
    page = south.post("/customers/2/aliases", do="add", text=NORTH)
    assert "其他区域一个客户的名称" in page
    assert "#1" not in page
    assert "不像一个客户名称" in steward.post("/customers/1/aliases", do="add", text="暂无")


def test_the_name_it_is_shown_under_is_not_removed(console: Console, steward: Browser) -> None:
    steward.get("/customers/1")
    [row] = console.select(sa.select(tables.customer_alias.c.id).where(tables.customer_alias.c.text == NORTH))
    assert "不能移除" in steward.post("/customers/1/aliases", do="remove", alias_id=row.id)
    steward.post("/customers/2/aliases", 404, do="remove", alias_id=row.id)  # it is not that one's


def test_a_parent_is_chosen_confirmed_replaced_cut_and_each_is_undone(console: Console, steward: Browser) -> None:
    head, other, branch = add(console.tools, "云杉银行股份有限公司", "云杉集团有限公司", "云杉银行杭州分行")

    def parents() -> list[int]:
        relation = tables.customer_relation
        query = sa.select(relation.c.parent_id).where(relation.c.child_id == branch, relation.c.valid_to.is_(None))
        return [row.parent_id for row in console.select(query)]

    def last(action: str) -> int:
        query = sa.select(sa.func.max(tables.audit.c.id)).where(tables.audit.c.action == action)
        return int(console.select(query)[0][0])

    assert "云杉银行股份有限公司" in steward.get(f"/customers/{branch}/parent", q="云杉银行")
    for _ in range(2):
        steward.post(f"/customers/{branch}/links", do="relink", parent=head, kind="branch_of")
        assert parents() == [head]
    steward.post(f"/customers/{branch}/links", do="relink", parent=other, kind="subsidiary_of")
    assert parents() == [other]
    for _ in range(2):
        assert "已解除" in steward.post(f"/customers/{branch}/links", do="cut", parent=other)
        assert parents() == []
    cut = last("customer.unlinked")
    steward.post(f"/customers/{branch}/undo/{cut}")
    assert parents() == [other]
    page = steward.post(f"/customers/{other}/links", do="relink", parent=branch)
    assert f"客户 {other}" in page  # refused: it lies below
    assert parents() == [other]


def test_owner_and_participants_are_set_ended_and_undone(console: Console, steward: Browser) -> None:
    reported(console)

    def standing() -> set[tuple[str, str]]:
        query = (
            sa.select(tables.person.c.number, tables.assignment.c.role)
            .join(tables.assignment, tables.assignment.c.person_id == tables.person.c.id)
            .where(tables.assignment.c.customer_id == 1, tables.assignment.c.to_on.is_(None))
        )
        return {(row.number, row.role) for row in console.select(query)}

    steward.get("/customers/1")
    for _ in range(2):
        steward.post("/customers/1/people", do="participant", number="E2")
        assert standing() == {("E1", "owner"), ("E2", "participant")}
    for _ in range(2):
        assert "负责人已设为 E2" in steward.post("/customers/1/people", do="owner", number="E2")
        assert standing() == {("E2", "owner")}
    [entry] = console.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.owner-set"))
    assert (entry.before["owner"], entry.after["owner"]) == ("王丽 E1", "Tom Baker E2")
    steward.post(f"/customers/1/undo/{entry.id}")
    assert standing() == {("E1", "owner"), ("E2", "participant")}
    assert "没有工号" in steward.post("/customers/1/people", do="owner", number="E77")
    assert "不能负责" in steward.post("/customers/1/people", do="owner", number="S1")
    [row] = console.select(
        sa.select(tables.assignment.c.id).where(
            tables.assignment.c.customer_id == 1,
            tables.assignment.c.role == "owner",
            tables.assignment.c.to_on.is_(None),
        )
    )
    for _ in range(2):
        steward.post("/customers/1/people", do="end", assignment_id=row.id)
        assert standing() == {("E2", "participant")}


def test_each_record_of_a_merged_customer_gets_the_new_owner_who_is_shown_once(
    console: Console, steward: Browser
) -> None:
    console.report(a_visit(), a_visit("苏州蓝鲸精密机械有限公司", start_time=time(11, 0)))

    def standing() -> list[tuple[int, str]]:
        query = (
            sa.select(tables.assignment.c.customer_id, tables.person.c.number)
            .join(tables.person, tables.assignment.c.person_id == tables.person.c.id)
            .where(tables.assignment.c.to_on.is_(None))
            .order_by(tables.assignment.c.customer_id)
        )
        return [(row.customer_id, row.number) for row in console.select(query)]

    merging.merge(console.tools, merging.Request(1, 2, {}), by="S1")
    assert steward.get("/customers/1").count('name="assignment_id"') == 1
    steward.post("/customers/1/people", do="owner", number="E2")
    assert standing() == [(1, "E2"), (2, "E2")]
    page = steward.get("/customers/1")
    assert page.count('name="assignment_id"') == 1
    merging.unmerge(console.tools, customer_id=2, by="S1")
    assert standing() == [(1, "E2"), (2, "E2")]


def test_a_southern_steward_gives_customers_only_to_the_souths_people(console: Console) -> None:
    reported(console)
    south = console.browser("S3")
    page = south.get("/customers/2")
    assert "王丽" not in page
    assert "没有工号为 E1" in south.post("/customers/2/people", do="owner", number="E1")
    [row] = console.select(sa.select(tables.assignment.c.id).where(tables.assignment.c.customer_id == 2))
    assert "最后一位" in south.post("/customers/2/people", do="end", assignment_id=row.id)
    south.get("/customers/2")


def judged(console: Console, left: int, right: int, by: Actor = OPERATOR) -> int:
    with console.tools.database.writing() as connection:
        reviews.judge_within(connection, console.tools, by, Said(left, right, Says.DIFFERENT, "电话核实"))
    return int(console.select(sa.select(sa.func.max(tables.judgement.c.id)))[0][0])


def test_not_the_same_is_shown_and_revoked_once(console: Console, steward: Browser) -> None:
    number = judged(console, 1, 2)
    page = steward.get("/customers/1")
    assert "不是同一客户" in page
    assert SOUTH in page
    for _ in range(2):
        assert "判断已撤回" in steward.post(f"/customers/1/judgements/{number}/revoke")
    assert len(console.select(sa.select(tables.audit).where(tables.audit.c.action == "judgement.revoked"))) == 1


def test_what_was_said_of_two_records_that_are_one_by_now_is_told_once_and_by_whom(
    console: Console, steward: Browser
) -> None:
    for _ in range(2):
        judged(console, 1, 2, Actor("S1"))
    page = steward.get("/customers/1/all/decisions")
    assert page.count("不是同一客户") == 1
    assert "林婉 · 2026-03-04" in page
    assert "S1 ·" not in page


def test_where_names_and_people_come_from_is_said(console: Console, steward: Browser) -> None:
    name = "宁波听潮泵业有限公司"
    console.report(a_visit(name))
    page = steward.get(f"/customers/{number_of(console, name)}")
    assert re.search(rf'{name} <span class="small">日报 · ', page)
    assert '负责人<span class="small nowrap">（来自日报）</span>' in page
    assert "规范名称" not in page


def test_only_a_list_without_filters_is_that_of_the_newest(steward: Browser) -> None:
    assert "最近新增的客户" in steward.get("/customers")
    for asked in ("q=云杉", "status=confirmed"):
        found = steward.get(f"/customers?{asked}")
        assert "<caption>查找结果</caption>" in found


def test_a_judgement_on_a_customer_of_another_region_says_nothing_of_it(console: Console) -> None:
    reported(console)
    number = judged(console, 1, 2)
    south = console.browser("S3")
    page = south.get("/customers/2")
    assert "其他区域的客户" in page
    assert "电话核实" not in page
    assert "其他区域的客户" in south.post(f"/customers/2/judgements/{number}/revoke")
    assert console.select(sa.select(tables.judgement.c.revoked_at))[0][0] is None


def test_open_questions_lead_to_the_queue(console: Console, steward: Browser) -> None:
    review = ask(console.tools, 1, 2)
    assert f'href="/reviews/{review}"' in steward.get("/customers/1")
    assert ">1</td>" in steward.get("/customers", q="云杉")


def test_the_pages_speak_english_too(console: Console) -> None:
    reported(console)
    ann = console.browser("S2")
    page = ann.get("/customers/1")
    assert "Source rows" in page
    assert "Owner and participants" in page
    assert "Newest customers" in ann.get("/customers")


def test_a_page_of_yesterday_leads_back_after_its_form(console: Console, steward: Browser) -> None:
    for path in ("aliases", "links", "people", "undo/1", "unmerge/1", "judgements/1/revoke"):
        steward.get(f"/customers/1/{path}")
        assert steward.at == "/customers/1"
