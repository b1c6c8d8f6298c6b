"""A second report that would wipe most of the first: replaced, added or left by a steward."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.documents import answer_from_document
from daysheet.store import outbox
from daysheet.store.tables import audit, person, submission
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.statements import counted

ELSEWHERE = "苏州蓝鲸精密机械有限公司"
SCRIPT = "<script>alert(1)</script>"


def morning(console: Console, sender: str = "wang.li@corp.example", number: str = "E1", **more: Any) -> None:
    """A full report, then the evening's rows in a fresh workbook, which wait."""
    cover = {"rep_number": number}
    console.feed(a_mail(a_workbook([a_visit(contact=f"早{n}") for n in range(4)], cover=cover), sender=sender))
    evening = [a_visit(ELSEWHERE, contact=f"晚{n}") for n in range(2)]
    console.feed(a_mail(a_workbook(evening, cover=cover), **{"sender": sender, "subject": "日报 晚", **more}))


def waiting_id(console: Console) -> int:
    found = console.select(sa.select(submission.c.id).where(submission.c.is_waiting))
    return int(found[-1].id)


def contacts(console: Console) -> list[str]:
    table = console.tools.tables.table("visits")
    found = console.select(sa.select(table.c.raw).where(table.c.state.in_(("landed", "repaired"))))
    return sorted(row.raw["contact"] for row in found)


def decide(browser: Browser, submission_id: int, says: str, status: int = 200, page: str = "", **more: Any) -> str:
    page = page or browser.get(f"/waiting/{submission_id}")
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    return browser.post(f"/waiting/{submission_id}/decide", status, says=says, seen=seen[1], **more)


def answers(console: Console) -> list[Any]:
    with console.tools.database.reading() as connection:
        return [answer_from_document(mail.payload) for mail in outbox.waiting(connection)]


def test_what_the_earlier_has_and_the_new_brings_stand_side_by_side(console: Console) -> None:
    morning(console)
    browser = console.browser("S1")
    listed = browser.get("/queue/waiting")
    assert "王丽" in listed
    assert re.search(r'<td class="num">2</td>', listed)
    page = browser.get(f"/waiting/{waiting_id(console)}")
    assert "只在上一份：4 行" in page
    assert "只在这一份：2 行" in page
    assert "早3" in page
    assert "晚1" in page


@pytest.mark.parametrize(
    ("says", "expected"),
    [("replace", ["晚0", "晚1"]), ("add", ["早0", "早1", "早2", "早3", "晚0", "晚1"])],
)
def test_it_is_filed_as_if_the_rep_had_written_the_word(console: Console, says: str, expected: list[str]) -> None:
    morning(console)
    browser = console.browser("S1")
    number = waiting_id(console)
    page = browser.get(f"/waiting/{number}")
    for _ in range(2):  # sent twice: one effect
        decide(browser, number, says, page=page)
        assert browser.at == "/queue/waiting"
    assert contacts(console) == expected
    answer = answers(console)[-1]
    assert (str(answer.kind), answer.revision, answer.replaces, answer.rows_landed) == ("report", 2, 1, 2)
    assert len(answers(console)) == 3
    made = console.select(sa.select(submission).where(submission.c.is_current))
    assert [(one.revision, one.is_waiting) for one in made] == [(2, False)]
    entry = console.select(sa.select(audit).where(audit.c.action == "report.decided"))
    assert [(one.actor, one.after["says"], one.entity_id) for one in entry] == [("S1", says, number)]
    assert "林婉" in browser.get(f"/waiting/{number}")


def test_a_report_that_is_left_is_history_and_its_sender_is_told(console: Console) -> None:
    morning(console)
    browser = console.browser("S1")
    number = waiting_id(console)
    page = browser.get(f"/waiting/{number}")
    for _ in range(2):
        decide(browser, number, "dismiss", page=page, note="上午那份是完整的")
    assert contacts(console) == ["早0", "早1", "早2", "早3"]
    answer = answers(console)[-1]
    assert (str(answer.kind), answer.note, answer.by) == ("kept", "上午那份是完整的", "林婉")
    assert len(answers(console)) == 3
    assert console.select(sa.select(submission.c.reason).where(submission.c.id == number)) == [("dismissed",)]
    assert "上午那份是完整的" in browser.get(f"/waiting/{number}")
    assert "没有等待确认的日报" in browser.get("/queue/waiting")


def test_a_report_fed_by_an_operator_is_decided_too(console: Console) -> None:
    console.report(*(a_visit(contact=f"早{n}") for n in range(4)))
    console.report(*(a_visit(ELSEWHERE, contact=f"晚{n}") for n in range(2)))
    decide(console.browser("S1"), waiting_id(console), "add")
    assert len(contacts(console)) == 6


def test_a_report_can_be_added_to_again_and_again(console: Console) -> None:
    morning(console)
    number = waiting_id(console)
    browser = console.browser("S1")
    decide(browser, number, "add")
    console.feed(a_mail(a_workbook([a_visit(ELSEWHERE, contact="夜")]), subject="日报 夜"))
    decide(browser, waiting_id(console), "add")
    assert len(contacts(console)) == 7


@pytest.mark.parametrize("says", ["replace", "add", "dismiss"])
def test_a_newer_report_wins_over_a_decision(console: Console, says: str) -> None:
    morning(console)
    browser = console.browser("S1")
    number = waiting_id(console)
    page = browser.get(f"/waiting/{number}")
    console.feed(a_mail(a_workbook([a_visit(contact=f"早{n}") for n in range(5)]), subject="新"))
    moved = decide(browser, number, says, 409, page=page, note="写好的话")
    assert "已发来更新的一份" in moved
    assert "没有生效" in moved
    assert "写好的话" in moved
    assert contacts(console) == ["早0", "早1", "早2", "早3", "早4"]
    assert len(answers(console)) == 3


def test_the_second_steward_sees_what_the_first_said(console: Console) -> None:
    morning(console)
    first, second = console.browser("S1"), console.browser("S2")
    number = waiting_id(console)
    page = second.get(f"/waiting/{number}")
    decide(first, number, "dismiss")
    moved = decide(second, number, "replace", 409, page=page)
    assert "林婉" in moved
    assert contacts(console) == ["早0", "早1", "早2", "早3"]


def test_what_is_no_choice_changes_nothing(console: Console) -> None:
    morning(console)
    assert "请选择" in decide(console.browser("S1"), waiting_id(console), "burn", 422)
    assert len(contacts(console)) == 4


def test_a_workbook_that_would_be_read_otherwise_today_is_left_to_the_rep(console: Console) -> None:
    """The cover names E1; meanwhile that number is another's."""
    morning(console)
    number = waiting_id(console)
    with console.tools.database.writing() as connection:
        connection.execute(person.update().where(person.c.number == "E1").values(number="E7"))
    browser = console.browser("S1")
    assert "请业务员重发" in decide(browser, number, "replace", 409)
    assert len(contacts(console)) == 4
    assert console.select(sa.select(submission.c.is_waiting).where(submission.c.id == number)) == [(True,)]


def test_a_page_takes_as_many_statements_for_fifty_reports_as_for_five(console: Console) -> None:
    morning(console)
    browser = console.browser("S1")
    with counted(console.tools.database) as few:
        browser.get("/queue/waiting")
    with console.tools.database.writing() as connection:
        row = connection.execute(sa.select(submission).where(submission.c.is_waiting)).mappings().one()
        values = {key: value for key, value in row.items() if key != "id"}
        connection.execute(submission.insert(), [values | {"position": 2 + n} for n in range(60)])
    with counted(console.tools.database) as many:
        assert browser.get("/queue/waiting").count("<tr data-item") == 50
    assert len(many) == len(few)
    assert browser.get("/queue/waiting", page=2).count("<tr data-item") == 11


def test_only_deciders_within_the_reps_view_see_and_decide(console: Console) -> None:
    morning(console)
    east = waiting_id(console)
    morning(console, "tom@corp.example", "E2")
    path = f"/waiting/{east}"
    nobody, reader, south = console.nobody(), console.browser("E9"), console.browser("S3")
    for get in ("/queue/waiting", path):
        nobody.get(get, 401)
        reader.get(get, 403)
    nobody.post(f"{path}/decide", 401, says="replace")
    reader.post(f"{path}/decide", 403, says="replace")
    south.get(path, 404)
    south.post(f"{path}/decide", 404, says="replace", seen=f"{east}-1-1")
    page = south.get("/queue/waiting")
    assert "Tom Baker" in page
    assert "王丽" not in page
    south.get("/waiting/999", 404)
    south.get(f"/waiting/{2**80}", 404)
    south.get("/waiting/1", 404)  # a report that never waited
    assert len(contacts(console)) == 8


def test_hostile_rows_and_file_names_are_shown_as_text(console: Console) -> None:
    cover = {"rep_number": "E1"}
    console.feed(a_mail(a_workbook([a_visit(contact=f"{SCRIPT}{n}") for n in range(4)], cover=cover)))
    evening = [a_visit(ELSEWHERE, contact=f"\u202e{SCRIPT}")]
    console.feed(a_mail(a_workbook(evening, cover=cover), file_name=f"{SCRIPT}.xlsx", subject=SCRIPT))
    browser = console.browser("S1")
    number = waiting_id(console)
    pages = [browser.get("/queue/waiting"), browser.get(f"/waiting/{number}")]
    pages.append(decide(browser, number, "dismiss", note=SCRIPT))
    pages.append(browser.get(f"/waiting/{number}"))
    for page in pages:
        assert "<script>alert" not in page
        assert "\u202e" not in page
