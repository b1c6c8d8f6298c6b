"""Asking a rep by mail: what they are shown, and what becomes of what they reply."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from daysheet.model.memory import ReviewKind
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import outbox
from daysheet.services.dismiss import own_words
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.unit.web.conftest import Console
from tests.unit.web.questions import SUZHOU, UNCLEAR, WUXI, answer, asked, known, open_ones, the, unclear

QUESTION = "是苏州那家还是无锡那家？"


def mails(console: Console) -> list[EmailMessage]:
    """Send what waits and return it."""
    folder = console.folder / "sent"
    outbox.flush(console.tools, FolderDelivery(folder))
    paths = sorted(folder.glob("**/*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def questions(console: Console) -> list[EmailMessage]:
    return [mail for mail in mails(console) if "question" in mail["Message-ID"]]


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def ask(console: Console, number: int, text: str = QUESTION, by: str = "S1") -> str:
    browser = console.browser(by)
    browser.get(f"/reviews/{number}")
    return browser.post(f"/reviews/{number}/ask", text=text, view="in=names")


def reply(console: Console, mail: EmailMessage, text: str, sender: str = "wang.li@corp.example") -> None:
    headers = {"In-Reply-To": mail["Message-ID"], "References": mail["Message-ID"]}
    console.feed(a_mail(sender=sender, subject=f"Re: {mail['Subject']}", text=text, headers=headers))


def test_the_rep_is_asked_in_their_thread_and_language(console: Console) -> None:
    known(console, WUXI)
    console.feed(a_mail(a_workbook([a_visit(UNCLEAR)]), message_id="<the-report@corp.example>"))
    [number] = [one.id for one in open_ones(console)]
    page = ask(console, number)
    assert "已询问：王丽" in page
    [mail] = questions(console)
    assert mail["To"] == "wang.li@corp.example"
    assert mail["In-Reply-To"] == "<the-report@corp.example>"
    assert f"“{UNCLEAR}”是哪一家客户？" in body(mail)
    assert QUESTION in body(mail)
    assert "林婉" in body(mail)
    assert not list(mail.iter_attachments())


def test_a_rep_is_told_no_customer_of_another_region(console: Console) -> None:
    known(console, WUXI)
    console.report(a_visit(SUZHOU), by="E1")
    console.report(a_visit(WUXI), by="E2")
    number = unclear(console, by="E2")
    ask(console, number)
    [mail] = questions(console)
    assert mail["To"] == "tom@corp.example"
    assert WUXI in body(mail)
    assert SUZHOU not in mail.as_string()
    assert SUZHOU not in body(mail)
    assert "already known in another region" in body(mail)


def test_the_reply_becomes_a_note_on_the_question_without_what_it_quotes(console: Console) -> None:
    number = unclear(console)
    ask(console, number)
    [mail] = questions(console)
    reply(
        console,
        mail,
        "是无锡那家，新厂。\n\n------------------ 原始邮件 ------------------\n发件人: 日报\n> 是哪一家？",
    )
    notes = the(console, number).notes
    assert [(note.actor, note.text) for note in notes] == [
        ("S1", f"→ 王丽: {QUESTION}"),
        ("E1", "是无锡那家，新厂。"),
    ]
    page = console.browser("S1").get(f"/reviews/{number}")
    assert "是无锡那家，新厂。" in page
    assert "王丽" in page


def test_the_question_as_proposed_reaches_each_rep_in_their_own_language(console: Console) -> None:
    number = unclear(console, by="E2")
    console.report(a_visit(UNCLEAR), by="E1", report_date=TODAY - timedelta(days=1))
    proposed = "您日报里的“蓝鲸精密机械”是哪一家客户？请告知全称和所在城市。"
    browser = console.browser("S2")
    assert proposed in browser.get(f"/reviews/{number}"), "the steward reads English, who wrote last does not"
    browser.post(f"/reviews/{number}/ask", text=proposed)
    said = {mail["To"]: body(mail) for mail in questions(console)}
    assert 'Which customer do you mean by "蓝鲸精密机械"?' in said["tom@corp.example"]
    assert proposed in said["wang.li@corp.example"]


def test_a_question_is_proposed_in_the_language_of_who_is_asked(console: Console) -> None:
    page = console.browser("S1").get(f"/reviews/{unclear(console, by='E2')}")
    assert re.search(r'<textarea id="f-ask"[^>]* lang="en"[^>]*>Which customer do you mean by', page)


def test_the_same_question_sent_twice_is_one_mail(console: Console) -> None:
    number = unclear(console)
    for _ in range(2):
        ask(console, number)
    ask(console, number, "还有一个问题")
    assert len(questions(console)) == 2
    assert len(the(console, number).notes) == 2


def test_a_reply_to_a_reports_answer_is_noted_on_the_questions_of_that_report(console: Console) -> None:
    known(console, WUXI)
    console.feed(a_mail(a_workbook([a_visit(UNCLEAR)]), message_id="<r@corp.example>"))
    console.report(a_visit(WUXI), by="E2")
    other = asked(console, WUXI, SUZHOU)
    [report] = [mail for mail in mails(console) if mail["In-Reply-To"] == "<r@corp.example>"]
    reply(console, report, "那家是无锡的。")
    [number] = [one.id for one in open_ones(console) if one.name == UNCLEAR]
    assert [note.text for note in the(console, number).notes] == ["那家是无锡的。"]
    assert the(console, other).notes == ()


def test_whoever_was_not_asked_writes_nothing_on_a_question(console: Console) -> None:
    number = unclear(console)
    ask(console, number)
    [mail] = questions(console)
    reply(console, mail, "是我们的客户。", sender="tom@corp.example")
    assert [note.actor for note in the(console, number).notes] == ["S1"]
    reply(console, mail, "是无锡的。")
    assert [note.actor for note in the(console, number).notes] == ["S1", "E1"]


def test_a_reply_that_says_nothing_is_no_note(console: Console) -> None:
    number = unclear(console)
    ask(console, number)
    reply(console, questions(console)[0], "> 是哪一家？\n> 请告知")
    assert len(the(console, number).notes) == 1


def test_nobody_is_asked_without_words_or_rows_or_when_it_is_settled(console: Console) -> None:
    known(console, WUXI)
    no_rows = asked(console, WUXI, SUZHOU, kind=ReviewKind.PARENT)
    assert "没有发出" in ask(console, no_rows)
    number = unclear(console)
    assert "没有发出" in ask(console, number, "  ")
    answer(console.browser("S1"), number, "different", query="in=names")
    assert "没有发出" in ask(console, number)
    assert questions(console) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("好的", "好的"),
        ("是 A 厂\n> 旧\n>> 更旧\n就这样", "是 A 厂\n就这样"),
        ("A\nOn Mon, 2 Mar 2026, Daysheet wrote:\n> B", "A"),
        ("A\nFrom: daily@corp.example\nB", "A"),
        ("A\n在 2026年3月4日，日报系统 写道：\nB", "A"),
        ("A\n________________________________\nB", "A"),
        ("", ""),
    ],
)
def test_what_somebody_wrote_is_told_from_what_they_quote(text: str, kept: str) -> None:
    assert own_words(text) == kept
