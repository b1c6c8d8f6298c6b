"""Rejected rows: listed, repaired in place, sent back, given up, undone."""

import re
from datetime import date, time, timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from daysheet.model.text import Language
from daysheet.services.outbox import make
from daysheet.store import outbox
from daysheet.store.tables import audit, customer, row_decision, submission
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.statements import counted

WRONG = a_visit(contact="午", way="打球")
SCRIPT = "<script>alert(1)</script>"
TURNED = "甲\u202e乙"
FORMULA = '=HYPERLINK("http://evil.example","看")'


def parked(console: Console, sheet: str = "visits", *states: str) -> list[Any]:
    table = console.tools.tables.table(sheet)
    return console.select(sa.select(table).where(table.c.state.in_(states or ("parked",))).order_by(table.c.id))


def a_report(console: Console, *visits: Any, **sheets: Any) -> None:
    """Feed E1's workbook with other sheets too."""
    console.feed(a_mail(a_workbook(visits, **sheets)))


def path_of(console: Console, sheet: str = "visits") -> str:
    return f"/rows/{sheet}/{parked(console, sheet)[-1].id}"


def hidden(page: str, name: str = "seen") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def cells(page: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    sent = {
        key: unescape(value) for key, value in re.findall(r'<input id="[^"]*" name="(cell\.\w+)".*?value="(.*?)"', page)
    }
    for key, text in re.findall(r'<textarea id="[^"]*" name="(cell\.\w+)".*?>\n(.*?)</textarea>', page, re.DOTALL):
        sent[key] = unescape(text)
    for key, options in re.findall(r'<select id="[^"]*" name="(cell\.\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[key] = unescape(chosen[1]) if chosen else ""
    return sent


def repair(browser: Browser, path: str, status: int = 200, page: str = "", **changed: str) -> str:
    page = page or browser.get(path)
    sent = cells(page) | {f"cell.{key}": text for key, text in changed.items()}
    return browser.post(f"{path}/repair", status, seen=hidden(page), back=hidden(page, "back"), **sent)


# ---- the list ----------------------------------------------------------------------------------


def test_the_list_says_whose_row_it_is_and_what_is_wrong_in_which_cell(console: Console) -> None:
    a_report(console, a_visit(), WRONG, opportunities=[a_deal(stage="差不多")])
    page = console.browser("S1").get("/queue/rows")
    assert page.index("商机 第 3 行") < page.index("拜访 第 4 行")
    assert "“打球”不在“拜访方式”的可选项内" in page
    assert "王丽" in page
    assert '<span class="mono cell">J4</span>' in page


def test_the_oldest_report_comes_first_and_old_revisions_are_not_shown(console: Console) -> None:
    console.report(WRONG | {"content": "旧"}, report_date=date(2026, 3, 2))
    console.report(WRONG, report_date=date(2026, 3, 3))
    console.report(WRONG | {"content": "新"}, report_date=date(2026, 3, 2))
    page = console.browser("S1").get("/queue/rows")
    assert page.count("第 3 行") == 2
    assert page.index("3月3日") < page.index("3月2日")  # in the order in which they came


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"rep": "E2"}, 1),
        ({"rep": "王"}, 2),
        ({"team": "二组"}, 1),
        ({"sheet": "opportunities"}, 1),
        ({"sheet": "nonsense"}, 0),
        ({"code": "sd-nx01"}, 1),
        ({"code": "SD-X001"}, 0),
        ({"days": "3"}, 1),
        ({"days": "many"}, 3),
        ({"text": "golf"}, 1),
        ({"text": "100%_"}, 0),
        ({"rep": "E1", "text": "暂无"}, 1),
    ],
)
def test_each_filter_narrows_the_list_and_the_workbook_alike(
    console: Console, asked: dict[str, Any], expected: int
) -> None:
    a_report(console, a_visit("暂无"), opportunities=[a_deal(stage="差不多")])
    console.clock.now += timedelta(days=4)
    console.report(a_visit(way="Golf"), by="E2")
    if asked.get("days") == "3":
        expected = 2  # those of four days ago
    browser = console.browser("S1")
    assert browser.get("/queue/rows", **asked).count("<tr data-item") == expected
    sheet = load_workbook(BytesIO(browser.client.get("/queue/rows.xlsx", params=asked).content)).active
    assert sheet is not None
    assert sheet.max_row == expected + 1


def test_a_list_without_rows_says_so(console: Console) -> None:
    browser = console.browser("S1")
    assert "没有待处理的行" in browser.get("/queue/rows")
    assert "没有符合条件的行" in browser.get("/queue/rows", text="x")


def test_fifty_rows_a_page_and_the_address_keeps_the_view(console: Console) -> None:
    console.report(*[a_visit(contact=f"人{n}", way="打球") for n in range(55)])
    browser = console.browser("S1")
    first = browser.get("/queue/rows", text="打球")
    assert first.count("<tr data-item") == 50
    assert "/queue/rows?text=%E6%89%93%E7%90%83&amp;page=2" in first
    assert browser.get("/queue/rows", text="打球", page=2).count("<tr data-item") == 5
    browser.get("/queue/rows", 422, page=0)


def test_a_page_takes_as_many_statements_for_fifty_rows_as_for_five(console: Console) -> None:
    browser = console.browser("S3")
    console.report(*[a_visit(contact=f"人{n}", way="打球") for n in range(5)], by="E2")
    with counted(console.tools.database) as few:
        assert browser.get("/queue/rows").count("<tr data-item") == 5
    for day in range(1, 10):
        wrong = [a_visit(contact=f"人{n}", way="打球") for n in range(5)]
        console.report(*wrong, by="E2", report_date=date(2026, 2, day))
    with counted(console.tools.database) as many:
        assert browser.get("/queue/rows").count("<tr data-item") == 50
    assert len(many) == len(few)


def test_the_workbook_has_every_cell_and_no_formula(console: Console) -> None:
    console.report(a_visit(contact="周敏", content=FORMULA, way="打球", next_step="+1"))
    answer = console.browser("S1").client.get("/queue/rows.xlsx")
    assert answer.headers["content-disposition"].startswith("attachment")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    head, line = sheet.iter_rows()
    found = {one.value: cell for one, cell in zip(head, line, strict=True)}
    assert found["沟通内容"].value == FORMULA
    assert {cell.data_type for cell in line} <= {"s", "n"}
    assert found["沟通内容"].quotePrefix
    assert found["下一步"].value == "+1"
    assert "“打球”不在" in str(found["问题"].value)
    assert (found["业务员"].value, found["行"].value, found["表"].value) == ("王丽", 3, "拜访")


def test_the_tab_counts_what_the_list_shows_where_rows_were_added(console: Console) -> None:
    console.feed(a_mail(a_workbook([a_visit(contact="早"), WRONG])))
    console.feed(a_mail(a_workbook([a_visit(contact="晚")]), subject="日报 追加"))
    browser = console.browser("S1")
    page = browser.get("/queue/rows")
    assert page.count("<tr data-item") == 1
    assert re.search(r'href="/queue/rows" aria-current="page">[^<]* <b>1</b>', page)
    repair(browser, path_of(console), way="phone")
    assert re.search(r'href="/queue/rows" aria-current="page">[^<]* <b>0</b>', browser.get("/queue/rows"))


def test_a_cover_that_is_wrong_in_part_is_no_row_of_the_queue(console: Console) -> None:
    console.report(a_visit(), work_type="摸鱼")
    assert "没有待处理的行" in console.browser("S1").get("/queue/rows")


# ---- repairing ---------------------------------------------------------------------------------


def test_a_row_is_repaired_in_place_and_lands_on_its_customer(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    page = repair(browser, path, way="phone")
    assert browser.at == "/queue/rows"
    assert "第 3 行已修正并入库" in page
    row = parked(console, "visits", "repaired")[0]
    assert (row.way, row.raw["way"], row.contact_id is not None) == ("phone", "打球", True)
    known = console.select(sa.select(customer.c.display_name).where(customer.c.id == row.customer_id))
    assert known[0].display_name == "杭州云杉自动化有限公司"
    counts = console.select(sa.select(submission.c.rows_landed, submission.c.rows_parked))
    assert counts == [(1, 0)]
    entry = console.select(sa.select(audit).where(audit.c.action == "row.repaired"))[0]
    assert (entry.actor, entry.before["cells"], entry.after["cells"]) == ("S1", {"way": "打球"}, {"way": "phone"})
    assert "已修正入库" in browser.get(path)


def test_what_is_still_wrong_comes_back_at_its_cell_with_what_was_typed(console: Console) -> None:
    console.report(WRONG | {"next_date": "下周"})
    browser = console.browser("S1")
    page = repair(browser, path_of(console), 422, way="phone", next_date="某天", content="新写的")
    assert "还有问题，没有入库" in page
    sent = cells(page)
    assert (sent["cell.way"], sent["cell.next_date"], sent["cell.content"]) == ("phone", "某天", "新写的")
    assert "“某天”不是日期" in page
    assert 'name="cell.next_date"' in page.split("其他单元格")[0]
    assert 'name="cell.way"' in page.split("其他单元格")[1]
    assert parked(console)[0].way is None
    repair(browser, path_of(console), page=page, next_date="2026-03-10")
    row = parked(console, "visits", "repaired")[0]
    assert (row.way, row.next_date, row.content) == ("phone", date(2026, 3, 10), "新写的")


def test_a_repair_can_break_another_cell_and_is_told(console: Console) -> None:
    console.report(WRONG)
    page = repair(console.browser("S1"), path_of(console), 422, way="phone", customer="暂无", contact="")
    assert "不是客户名称" in page
    assert page.count('aria-invalid="true"') == 2
    assert console.select(sa.select(sa.func.count()).select_from(row_decision))[0][0] == 0


def test_a_rejected_name_is_repaired_and_a_new_customer_is_filed(console: Console) -> None:
    console.report(a_visit("暂无"))
    repair(console.browser("S1"), path_of(console), customer="宁波远帆仪表有限公司")
    row = parked(console, "visits", "repaired")[0]
    found = console.select(sa.select(customer).where(customer.c.id == row.customer_id))[0]
    assert (found.display_name, found.status) == ("宁波远帆仪表有限公司", "provisional")


def test_a_deal_is_repaired_into_its_opportunity(console: Console) -> None:
    a_report(console, a_visit(), opportunities=[a_deal(stage="差不多")])
    repair(console.browser("S1"), path_of(console, "opportunities"), stage="quoted")
    assert parked(console, "opportunities", "repaired")[0].opportunity_id is not None


def test_a_suggestion_is_taken_with_one_click(console: Console) -> None:
    console.report(a_visit(way="线上会仪"))
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path)
    offered = unescape(re.findall(r'name="take" value="([^"]+)"', page)[0])
    assert offered.startswith("way=线上会议")
    browser.post(f"{path}/repair", seen=hidden(page), take=offered, **cells(page))
    assert parked(console, "visits", "repaired")[0].way == "online"


def test_undo_puts_the_row_back_as_it_was(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    before = parked(console)[0]
    done = repair(browser, path, way="phone", content="别的")
    undo = re.findall(r'action="(/rows/[^"]+/undo/\d+)"', done)[0]
    assert "已撤销" in browser.post(undo)
    assert browser.at == f"{path}?back=%2Fqueue%2Frows"
    assert parked(console)[0] == before
    assert console.select(sa.select(submission.c.rows_landed, submission.c.rows_parked)) == [(0, 1)]
    browser.post(undo)  # sent twice
    assert [one.action for one in console.select(sa.select(audit.c.action))].count("row.undone") == 1
    repair(browser, path, way="phone")
    assert len(parked(console, "visits", "repaired")) == 1


def test_a_form_sent_twice_has_one_effect(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path)
    for _ in range(2):
        assert "已修正并入库" in repair(browser, path, page=page, way="phone")
    assert console.select(sa.select(sa.func.count()).select_from(row_decision))[0][0] == 1


def test_the_second_steward_sees_what_the_first_did_and_nothing_is_overwritten(console: Console) -> None:
    console.report(WRONG)
    first, second = console.browser("S1"), console.browser("S2")
    path = path_of(console)
    page = second.get(path)
    repair(first, path, way="phone")
    moved = repair(second, path, 409, page=page, way="visit", content="我写的")
    assert "林婉" in moved
    assert "我写的" in moved
    assert parked(console, "visits", "repaired")[0].way == "phone"
    for act in ("return", "drop"):
        assert "林婉" in second.post(f"{path}/{act}", 409, seen=hidden(page), note="请看", reason="重复")


def test_a_correction_of_the_reps_wins_and_is_linked_to(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path)
    console.report(WRONG | {"way": "爬山"})
    moved = repair(browser, path, 409, page=page, way="phone")
    assert "业务员已发来新版日报" in moved
    assert path_of(console) in moved
    assert "没有生效" in moved
    assert parked(console)[0].raw["way"] == "爬山"


def test_sending_the_form_untouched_changes_nothing(console: Console) -> None:
    console.report(a_visit(contact=TURNED, way="打球", content="第一行\n第二行"))
    browser = console.browser("S1")
    page = repair(browser, path_of(console), 422)
    assert "还有问题" in page
    repair(browser, path_of(console), way="phone")
    row = parked(console, "visits", "repaired")[0]
    assert row.content == "第一行\n第二行"
    edits = console.select(sa.select(row_decision.c.edits))[0].edits
    assert edits == {"way": "phone"}


def test_a_time_is_shown_without_the_seconds_of_its_workbook_and_stays_untouched(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    page = browser.get(path_of(console))
    assert cells(page)["cell.start_time"] == "09:00"
    assert "09:00:00" not in page
    repair(browser, path_of(console), page=page, way="phone")
    assert parked(console, "visits", "repaired")[0].start_time == time(9, 0)
    assert console.select(sa.select(row_decision.c.edits))[0].edits == {"way": "phone"}


# ---- sent back, given up -----------------------------------------------------------------------


def test_a_row_is_sent_back_in_the_reps_language_and_may_still_be_repaired(console: Console) -> None:
    console.report(a_visit(way="Golf"), by="E2")
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path)
    for _ in range(2):  # sent twice: one mail
        said = browser.post(f"{path}/return", seen=hidden(page), note="Was it a call?\nPlease choose.")
    assert "已退回 Tom Baker" in said
    with console.tools.database.reading() as connection:
        mails = [mail for mail in outbox.waiting(connection) if mail.kind == "returned"]
    assert len(mails) == 1
    assert mails[0].recipient == "tom@corp.example"
    payload = mails[0].payload
    assert (payload["language"], payload["by"]) == (Language.EN, "林婉")
    assert "Please choose." in payload["note"]
    assert payload["issues"][0]["place"]["row"] == 3
    mail = message_from_bytes(make(console.tools, mails[0]), policy=default)
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    for expected in ("One row came back to you", "Note from 林婉", "- Please choose.", "J3", '"Golf" is not a choice'):
        assert expected in text
    assert [part.get_content_type().endswith("sheet") for part in mail.iter_attachments()] == [True]
    shown = browser.get(path)
    assert "Was it a call?" in shown
    assert len(parked(console)) == 1
    repair(browser, path, way="phone")
    assert len(parked(console, "visits", "repaired")) == 1


def test_a_row_that_was_sent_back_waits_for_its_rep_and_not_for_a_steward(console: Console) -> None:
    console.report(WRONG, a_visit(contact="孙悟", way="爬山"))
    browser = console.browser("S1")
    back, other = (f"/rows/visits/{row.id}" for row in parked(console))
    browser.post(f"{back}/return", seen=hidden(browser.get(back)), note="请写明方式")
    waiting = browser.get("/queue/rows")
    assert re.findall(r'<th scope="row"><a href="([^?"]+)', waiting) == [other]
    assert re.search(r'href="/queue/rows" aria-current="page">[^<]* <b>1</b>', waiting)
    returned = browser.get("/queue/rows", state="returned")
    assert re.findall(r'<th scope="row"><a href="([^?"]+)', returned) == [back]
    assert '<option value="returned" selected>已退回业务员</option>' in returned
    assert browser.get("/queue/rows", state="all").count("<tr data-item") == 2
    assert browser.get("/queue/rows", state="x").count("<tr data-item") == 1
    sheet = load_workbook(BytesIO(browser.client.get("/queue/rows.xlsx?state=returned").content)).active
    assert sheet is not None
    assert sheet.max_row == 2
    page = browser.get(back)
    assert 'class="badge warn">已退回业务员<' in page.split("</h1>")[0]
    assert "会发邮件，不能撤销" in page


def test_after_a_row_comes_the_next_of_the_list_and_behind_the_last_the_list(console: Console) -> None:
    console.report(*[a_visit(contact=f"人{n}", way="打球") for n in range(3)])
    console.report(a_visit(way="Golf"), by="E2")
    console.report(a_visit(way="打球"), report_date=date(2026, 3, 3))
    browser = console.browser("S1")
    page = browser.get("/queue/rows", rep="E1")
    links = [unescape(one) for one in re.findall(r'<th scope="row"><a href="([^"]+)', page)]
    ids = [one.partition("?")[0] for one in links]
    assert len(links) == 4
    page = browser.get(links[0])
    assert hidden(page, "back") == "/queue/rows?rep=E1&page=1"
    dropped = browser.post(f"{ids[0]}/drop", seen=hidden(page), reason="测试", back=hidden(page, "back"))
    assert browser.at == links[1]
    assert "第 3 行已放弃" in dropped
    undo = re.findall(r'action="(/rows/[^"]+/undo/\d+)"', dropped)[0]
    assert hidden(browser.post(undo, to=browser.at), "back") == "/queue/rows?rep=E1&page=1"
    assert browser.at == links[0]
    page = browser.get(links[1])
    repair(browser, ids[1], page=page, way="phone")
    assert browser.at == links[2]
    page = browser.get(links[2])
    browser.post(f"{ids[2]}/return", seen=hidden(page), note="请看", back=hidden(page, "back"))
    assert browser.at == links[3]  # the row of E2 between them is not of this list
    page = browser.get(links[3])
    browser.post(f"{ids[3]}/drop", seen=hidden(page), reason="测试", back=hidden(page, "back"))
    assert browser.at == "/queue/rows?rep=E1&page=1"


def test_a_row_that_was_opened_from_elsewhere_leads_back_there(console: Console) -> None:
    console.report(WRONG, a_visit(contact="孙悟", way="爬山"))
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path, back="/customers?q=x")
    browser.post(f"{path}/drop", seen=hidden(page), reason="测试", back=hidden(page, "back"))
    assert browser.at == "/customers?q=x"


def test_a_note_and_a_reason_are_asked_for(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    seen = hidden(browser.get(path))
    assert "请写一句留言" in browser.post(f"{path}/return", 422, seen=seen, note="  ")
    assert "请写明放弃的原因" in browser.post(f"{path}/drop", 422, seen=seen, reason="")


def test_a_row_is_given_up_and_taken_back(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    path = path_of(console)
    page = browser.get(path)
    for _ in range(2):
        said = browser.post(f"{path}/drop", seen=hidden(page), reason="测试行")
    assert "没有待处理的行" in said
    assert console.select(sa.select(submission.c.rows_parked)) == [(0,)]
    assert "测试行" in browser.get(path)
    browser.post(re.findall(r'action="(/rows/[^"]+/undo/\d+)"', said)[0])
    assert len(parked(console)) == 1
    assert console.select(sa.select(submission.c.rows_parked)) == [(1,)]
    actions = [one.action for one in console.select(sa.select(audit.c.action))]
    assert (actions.count("row.dropped"), actions.count("row.undone")) == (1, 1)


# ---- rights, hostile text ----------------------------------------------------------------------

POSTS = ("repair", "return", "drop", "undo/1")


def test_nobody_and_readers_decide_nothing(console: Console) -> None:
    console.report(WRONG)
    path = path_of(console)
    nobody, reader = console.nobody(), console.browser("E9")
    for get in ("/queue/rows", "/queue/rows.xlsx", path):
        nobody.get(get, 401)
    reader.get("/queue/rows", 403)
    reader.get("/queue/rows.xlsx", 403)
    shown = reader.get(path)
    assert "打球" in shown
    assert "检查并入库" not in shown
    for act in POSTS:
        nobody.post(f"{path}/{act}", 401)
        reader.post(f"{path}/{act}", 403, note="x", reason="x")
    assert len(parked(console)) == 1


def test_a_steward_of_the_south_never_sees_a_row_of_the_east(console: Console) -> None:
    console.report(WRONG | {"contact": "孙悟"})
    east = path_of(console)
    console.report(a_visit(way="Golf"), by="E2")
    browser = console.browser("S3")
    page = browser.get("/queue/rows")
    assert "Golf" in page
    assert "打球" not in page
    assert "一组" not in page
    sheet = load_workbook(BytesIO(browser.client.get("/queue/rows.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == 2
    browser.get(east, 404)
    for act in POSTS:
        browser.post(f"{east}/{act}", 404, note="x", reason="x", seen="")
    assert len(parked(console)) == 2


@pytest.mark.parametrize("path", ["/rows/visits/999", "/rows/cover/1", "/rows/person/1", "/rows/visits/0"])
def test_what_is_no_row_is_not_found(console: Console, path: str) -> None:
    console.report(WRONG)
    console.browser("S1").get(path, 404)


def test_an_id_beyond_every_id_is_not_found(console: Console) -> None:
    console.browser("S1").get(f"/rows/visits/{2**80}", 404)


def test_hostile_cells_are_shown_as_text(console: Console) -> None:
    hostile = a_visit(SCRIPT, contact=TURNED, content=FORMULA, way=f'"><{SCRIPT}', next_step="{{ 1111 * 1111 }}")
    console.feed(a_mail(a_workbook([hostile]), file_name=f"{SCRIPT}.xlsx", subject=SCRIPT))
    browser = console.browser("S1")
    path = path_of(console)
    for page in (browser.get("/queue/rows"), browser.get(path), repair(browser, path, 422, content=SCRIPT)):
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert str(1111 * 1111) not in page
    page = browser.get(path)
    assert FORMULA in unescape(page)
    browser.post(f"{path}/return", seen=hidden(page), note=SCRIPT)
    assert "<script>alert" not in browser.get(path)


def test_the_way_back_never_leads_elsewhere(console: Console) -> None:
    console.report(WRONG)
    browser = console.browser("S1")
    assert 'href="https://evil' not in browser.get(path_of(console), back="https://evil.example/")
    page = browser.get(path_of(console))
    answer = browser.client.post(
        f"{path_of(console)}/repair",
        data={"csrf": browser.csrf, "seen": hidden(page), "back": "//evil.example", **cells(page), "cell.way": "phone"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/"
