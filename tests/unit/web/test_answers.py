"""Answers that could not be sent: read, sent once more, given up."""

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.digests import Digest, DigestKind
from daysheet.model.periods import Period
from daysheet.model.text import Language
from daysheet.services import digest_mails
from daysheet.store import outbox as store
from daysheet.store import people
from daysheet.store.tables import audit, outbox
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.statements import counted

SCRIPT = "<script>alert(1)</script>"


def stuck(console: Console, by: str = "E1", error: str = "550 user unknown", subject: str = "日报") -> int:
    """An answer to a report that was refused for good."""
    sender = {"E1": "wang.li@corp.example", "E2": "tom@corp.example"}[by]
    console.feed(a_mail(a_workbook([a_visit(way="打球")], cover={"rep_number": by}), sender=sender, subject=subject))
    with console.tools.database.writing() as connection:
        newest = connection.scalar(sa.select(sa.func.max(outbox.c.id)))
        assert isinstance(newest, int)
        store.mark_failed(connection, newest, error)
    return newest


def state(console: Console, number: int) -> str:
    return str(console.select(sa.select(outbox.c.state).where(outbox.c.id == number))[0].state)


def act(browser: Browser, number: int, what: str, status: int = 200, page: str = "", **more: Any) -> str:
    page = page or browser.get(f"/answers/{number}")
    found = re.search(r'name="seen" value="([^"]*)"', page)
    return browser.post(f"/answers/{number}/{what}", status, seen=unescape(found[1]) if found else "", **more)


def actions(console: Console) -> list[tuple[str, str]]:
    query = sa.select(audit.c.action, audit.c.actor).where(audit.c.entity == "outbox").order_by(audit.c.id)
    return [(row.action, row.actor) for row in console.select(query)]


def test_the_list_says_to_whom_about_what_and_why_not(console: Console) -> None:
    number = stuck(console, subject="日报 王丽")
    page = console.browser("S1").get("/queue/answers")
    for said in ("wang.li@corp.example", "日报 王丽", "550 user unknown", "发送失败", f"/answers/{number}"):
        assert said in page
    assert "没有未发出的答复" in console.browser("S1").get("/queue/answers", state="held")


def test_an_answer_is_shown_as_it_would_read(console: Console) -> None:
    page = console.browser("S1").get(f"/answers/{stuck(console)}")
    assert "需修改" in page
    assert "“打球”不在“拜访方式”的可选项内" in page


def test_an_answer_that_cannot_be_made_leaves_the_page_usable(console: Console) -> None:
    number = stuck(console)
    with console.tools.database.writing() as connection:
        connection.execute(outbox.update().values(payload={"kind": "report"}))
    page = console.browser("S1").get(f"/answers/{number}")
    assert "无法生成" in page
    assert "放弃发送" in page


def test_an_answer_is_queued_once_more_though_the_form_is_sent_twice(console: Console) -> None:
    number = stuck(console)
    browser = console.browser("S1")
    page = browser.get(f"/answers/{number}")
    for _ in range(2):
        assert "将重新发送" in act(browser, number, "retry", page=page)
    assert state(console, number) == "queued"
    assert actions(console) == [("mail.retried", "S1")]


def test_an_answer_is_given_up_and_taken_back(console: Console) -> None:
    number = stuck(console)
    browser = console.browser("S1")
    page = browser.get(f"/answers/{number}")
    for _ in range(2):
        done = act(browser, number, "give-up", page=page)
    assert "没有未发出的答复" in done
    assert state(console, number) == "given-up"
    undo = re.findall(rf'action="(/answers/{number}/undo)"', done)[0]
    for _ in range(2):
        browser.post(undo)
    assert state(console, number) == "held"
    assert actions(console) == [("mail.given-up", "S1"), ("mail.held", "S1")]


def test_the_second_steward_sees_what_the_first_did(console: Console) -> None:
    number = stuck(console)
    first, second = console.browser("S1"), console.browser("S2")
    page = second.get(f"/answers/{number}")
    act(first, number, "give-up")
    for what in ("retry", "give-up"):
        assert "林婉" in act(second, number, what, 409, page=page)
    assert state(console, number) == "given-up"


def test_what_was_sent_offers_nothing_to_decide(console: Console) -> None:
    number = stuck(console)
    with console.tools.database.writing() as connection:
        store.mark_sent(connection, number, console.clock.now)
    browser = console.browser("S1")
    page = browser.get(f"/answers/{number}")
    assert "/retry" not in page
    for what in ("retry", "give-up", "undo"):
        act(browser, number, what, 409, page=page)
    assert state(console, number) == "sent"


def test_a_page_takes_as_many_statements_for_fifty_answers_as_for_one(console: Console) -> None:
    stuck(console, "E2")
    browser = console.browser("S3")
    with counted(console.tools.database) as few:
        assert browser.get("/queue/answers").count("<tr data-item") == 1
    with console.tools.database.writing() as connection:
        row = connection.execute(sa.select(outbox)).mappings().one()
        values = {key: value for key, value in row.items() if key != "id"}
        connection.execute(outbox.insert(), [values | {"message_id": f"<{n}@x>"} for n in range(60)])
    with counted(console.tools.database) as many:
        assert browser.get("/queue/answers").count("<tr data-item") == 50
    assert len(many) == len(few)


def test_only_deciders_see_answers(console: Console) -> None:
    number = stuck(console)
    nobody, reader = console.nobody(), console.browser("E9")
    for path in ("/queue/answers", f"/answers/{number}"):
        nobody.get(path, 401)
        reader.get(path, 403)
    for what in ("retry", "give-up", "undo"):
        nobody.post(f"/answers/{number}/{what}", 401)
        reader.post(f"/answers/{number}/{what}", 403)
    assert state(console, number) == "failed"


def test_a_steward_of_the_south_sees_the_souths_answers_only(console: Console) -> None:
    east, south = stuck(console), stuck(console, "E2")
    browser = console.browser("S3")
    assert re.findall(r'href="/answers/(\d+)"', browser.get("/queue/answers")) == [str(south)]
    browser.get(f"/answers/{south}")
    for number in (east, 999, 2**80):
        browser.get(f"/answers/{number}", 404)
        for what in ("retry", "give-up", "undo"):
            browser.post(f"/answers/{number}/{what}", 404)
    assert state(console, east) == "failed"


@pytest.mark.parametrize("hostile", [SCRIPT, "\u202egpj", '=HYPERLINK("x")'])
def test_hostile_subjects_and_errors_are_shown_as_text(console: Console, hostile: str) -> None:
    number = stuck(console, error=hostile, subject=f"日报 {hostile}")
    browser = console.browser("S1")
    for page in (browser.get("/queue/answers"), browser.get(f"/answers/{number}")):
        assert "<script>alert" not in page
        assert "\u202e" not in page


def a_stuck_digest(console: Console, to: str = "E9") -> int:
    """A manager's digest that was refused for good."""
    digest = Digest(DigestKind.WEEKLY, Language.ZH, Period.parse("2026-W09"), "赵敏", "全公司", {"visits.done": 31}, {})
    with console.tools.database.reading() as connection:
        manager = people.find_by_number(connection, to)
    assert manager is not None
    mail = digest_mails.new_mail(console.tools, DigestKind.WEEKLY, digest.period, manager, digest)
    with console.tools.database.writing() as connection:
        number = store.enqueue(connection, mail, console.tools.clock())
        assert number is not None
        store.mark_failed(connection, number, "550 user unknown")
    return number


def test_a_digest_that_was_not_sent_is_listed_and_read_by_those_who_see_all(console: Console) -> None:
    number = a_stuck_digest(console)
    browser = console.browser("S1")
    assert "zhao@corp.example" in browser.get("/queue/answers")
    assert "无法生成" not in browser.get(f"/answers/{number}")
    act(browser, number, "retry")
    assert state(console, number) == "queued"


def test_a_digest_is_not_read_by_those_who_see_less_than_it_says(console: Console) -> None:
    number = a_stuck_digest(console, to="E2")
    assert "无法生成" in console.browser("S3").get(f"/answers/{number}")
    assert "无法生成" not in console.browser("S1").get(f"/answers/{number}")


def test_an_answer_that_came_back_is_shown_and_goes_again(console: Console) -> None:
    number = stuck(console)
    with console.tools.database.writing() as connection:
        connection.execute(outbox.update().values(state="bounced", last_error="5.1.1 <b>"))
    browser = console.browser("S1")
    page = browser.get("/queue/answers", state="bounced")
    assert "被退回" in page
    assert "5.1.1 &lt;b&gt;" in page
    shown = browser.get(f"/answers/{number}")
    assert "将重新发送" in act(browser, number, "retry", page=shown)
