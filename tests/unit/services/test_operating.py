"""What was set aside or failed is looked at, and set going again."""

import pytest
import sqlalchemy as sa

from daysheet.model.mail import MessageState
from daysheet.services import operating, people
from daysheet.services import process as pipeline_steps
from daysheet.services.process import process_pending
from daysheet.store import outbox as outbox_store
from daysheet.store.tables import inbound, submission
from tests.builders import PEOPLE, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

PHONE = "wang.li@phone.example"


def waiting(pipeline: Pipeline) -> list[int]:
    return [row.id for row in pipeline.select(sa.select(inbound.c.id).where(inbound.c.state == "spooled"))]


def listed_with_phone(pipeline: Pipeline) -> None:
    people.import_file(
        pipeline.tools, "people.csv", PEOPLE.replace("wang.li@corp.example", f"wang.li@corp.example;{PHONE}").encode()
    )


def message_ids(pipeline: Pipeline) -> list[int]:
    return [row.id for row in pipeline.select(sa.select(inbound.c.id).order_by(inbound.c.id))]


def test_a_strangers_report_is_worked_once_the_address_is_listed_and_its_alarm_is_cleared(pipeline: Pipeline) -> None:
    assert pipeline.feed(a_mail(a_workbook([a_visit()]), sender=PHONE)).reason == "stranger-with-template"
    (number,) = message_ids(pipeline)
    assert [alarm.subject for alarm in operating.open_alarms(pipeline.tools)] == [PHONE]

    (refused,) = operating.requeue(pipeline.tools, [number])
    assert not refused.is_requeued
    assert PHONE in refused.note
    assert waiting(pipeline) == []

    listed_with_phone(pipeline)
    (done,) = operating.requeue(pipeline.tools, [number])
    assert done.is_requeued
    assert operating.open_alarms(pipeline.tools) == ()
    (outcome,) = process_pending(pipeline.tools)
    assert (outcome.state, len(pipeline.rows("visits"))) == (MessageState.ACCEPTED, 1)


def test_only_what_was_set_aside_or_a_strangers_is_worked_again(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    pipeline.feed(a_mail(text="在休假", headers={"Auto-Submitted": "auto-replied"}))
    accepted, automatic = message_ids(pipeline)
    done = operating.requeue(pipeline.tools, [accepted, automatic, 99])
    assert not any(one.is_requeued for one in done)
    assert "accepted" in done[0].note
    assert "auto-reply" in done[1].note
    assert "no such message" in done[2].note


def test_every_message_that_is_set_aside_raises_an_alarm_until_it_is_worked_again(pipeline: Pipeline) -> None:
    endless = a_mail(a_workbook([a_visit()])).replace(
        b"Subject:", b"X-Filler: " + b"x" * (300 * 1024) + b"\r\nSubject:", 1
    )
    line = pipeline.feed(endless)
    assert line.state == "quarantined"
    (alarm,) = operating.open_alarms(pipeline.tools)
    assert (alarm.kind, alarm.subject) == ("quarantined", str(message_ids(pipeline)[0]))
    assert line.reason in alarm.detail
    (aside,) = operating.messages(pipeline.tools, [MessageState.QUARANTINED], 10)
    assert operating.requeue(pipeline.tools, [aside.id])[0].is_requeued
    assert operating.open_alarms(pipeline.tools) == ()


def test_a_message_set_aside_between_two_workbooks_goes_on_where_it_stopped(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    from email import message_from_bytes
    from email.policy import default

    mail = message_from_bytes(a_mail(a_workbook([a_visit()])), policy=default)
    mail.add_attachment(  # type: ignore[attr-defined]
        a_workbook([a_visit(content="另一家")], cover={"report_date": "2026-03-03"}),
        maintype="application",
        subtype="octet-stream",
        filename="昨天.xlsx",
    )
    submit = pipeline_steps.submit

    def breaks_at_the_second(case: pipeline_steps.Case) -> pipeline_steps.Submitted:
        if case.position == 1:
            raise RuntimeError("a bug")
        return submit(case)

    with monkeypatch.context() as broken:
        broken.setattr(pipeline_steps, "submit", breaks_at_the_second)
        assert pipeline.feed(mail.as_bytes()).state == "quarantined"
    assert operating.requeue(pipeline.tools, message_ids(pipeline))[0].is_requeued
    (outcome,) = process_pending(pipeline.tools)
    assert outcome.state is MessageState.ACCEPTED
    assert len(pipeline.select(sa.select(submission.c.id))) == 2


def test_failed_answers_are_listed_and_go_again(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    pipeline.feed(a_mail(text="忘了附件"))
    with pipeline.tools.database.writing() as connection:
        first, second = outbox_store.waiting(connection)
        outbox_store.mark_failed(connection, first.id, "550 no such user")
    (failed,) = operating.mails(pipeline.tools, ("failed", "held"), 10)
    assert (failed.recipient, failed.last_error) == ("wang.li@corp.example", "550 no such user")
    assert operating.retry_mails(pipeline.tools, [second.id]) == 0
    assert operating.retry_mails(pipeline.tools, None) == 1
    assert operating.mails(pipeline.tools, ("failed", "held"), 10) == ()
