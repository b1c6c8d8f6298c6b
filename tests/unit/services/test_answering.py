"""Whom an answer goes to, and when it is another answer."""

from base64 import b64encode

import pytest
import sqlalchemy as sa

from daysheet.model.mail import Reason
from daysheet.services import operating, people, process
from daysheet.services.outbox import make
from daysheet.store import outbox
from daysheet.store.tables import inbound
from tests.builders import PEOPLE, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

REP, ASSISTANT = "wang.li@corp.example", "chen@corp.example"


def hidden(text: str) -> str:
    """Return *text* as an encoded word."""
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def addressed(pipeline: Pipeline) -> list[tuple[str, str | None]]:
    """To and Cc of every answer, oldest first."""
    return [(mail["To"], mail["Cc"]) for mail in pipeline.mails()]


# ---- the former answer, once more --------------------------------------------------------------


def test_the_current_workbook_sent_again_by_the_assistant_is_answered_to_the_assistant(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()])
    pipeline.feed(a_mail(book))
    line = pipeline.feed(a_mail(book, sender=ASSISTANT, subject="代发", message_id="<assistants@corp.example>"))
    assert line.reason == Reason.SAME_WORKBOOK
    assert addressed(pipeline) == [(REP, None), (ASSISTANT, REP)]
    assert pipeline.mails()[-1]["In-Reply-To"] == "<assistants@corp.example>"


def test_an_assistant_who_has_left_gets_no_answer_to_what_the_rep_sends_again(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()])
    pipeline.feed(a_mail(book, sender=ASSISTANT))
    kept = "".join(line for line in PEOPLE.splitlines(keepends=True) if ASSISTANT not in line)
    people.import_file(pipeline.tools, "people.csv", kept.encode())
    pipeline.feed(a_mail(book, subject="再发"))
    assert addressed(pipeline) == [(ASSISTANT, REP), (REP, None)]


def test_one_mail_fed_for_two_reps_is_answered_to_each_however_often_it_was_sent(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()], cover={"rep_number": None})
    for who in ("E1", "E2"):
        pipeline.feed(book, as_number=who, name="book.xlsx")
    again = a_mail(book, sender="somebody@private.example")
    for who in ("E1", "E2"):
        assert pipeline.feed(again, as_number=who, name="again.eml").reason == Reason.SAME_WORKBOOK
    assert [to for to, _ in addressed(pipeline)] == [REP, "tom@corp.example"] * 2


# ---- a message worked again --------------------------------------------------------------------


def test_a_message_set_aside_and_then_refused_is_answered_twice(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(process, "prepare", break_down)
        pipeline.feed(a_mail(b"PK\x03\x04 broken", file_name="r.xlsx"))
    (number,) = (row.id for row in pipeline.select(sa.select(inbound.c.id)))
    operating.requeue(pipeline.tools, [number])
    list(process.process_pending(pipeline.tools))
    assert [answer.reason for answer in pipeline.answers()] == [Reason.INTERNAL_ERROR, Reason.UNREADABLE]


def test_a_message_set_aside_twice_for_the_same_reason_is_answered_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(process, "prepare", break_down)
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    (number,) = (row.id for row in pipeline.select(sa.select(inbound.c.id)))
    operating.requeue(pipeline.tools, [number])
    list(process.process_pending(pipeline.tools))
    assert [answer.reason for answer in pipeline.answers()] == [Reason.INTERNAL_ERROR]


# ---- what the sender's headers say -------------------------------------------------------------


@pytest.mark.parametrize("where", ["subject", "message_id"])
def test_an_encoded_word_in_a_senders_header_does_not_write_into_the_answer(pipeline: Pipeline, where: str) -> None:
    inner = hidden("\r\n\r\nhttp://evil.cn")  # short: the subject is cut
    given = {"subject": hidden(inner), "message_id": f"<{inner}@x>"}[where]
    raw = a_mail(a_workbook([a_visit()]), subject="subject", message_id="<message_id>")
    header = {"subject": b"Subject: subject", "message_id": b"Message-ID: <message_id>"}[where]
    assert header in raw
    pipeline.feed(raw.replace(header, header.partition(b":")[0] + b": " + given.encode()))
    with pipeline.tools.database.reading() as connection:
        (mail,) = outbox.waiting(connection)
    assert b"http://evil.cn" not in make(pipeline.tools, mail)
