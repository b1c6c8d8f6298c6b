"""Answers that come back: marked, told, sent again; a forged bounce does no more than that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import sqlalchemy as sa

from daysheet.services import operating, outbox
from daysheet.store import tables
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.ingest.test_dsn import report
from tests.unit.services.conftest import Pipeline


@dataclass
class Keeping:
    """A delivery that keeps what it is given."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        self.mails.append(cast("EmailMessage", message_from_bytes(message, policy=default)))
        self.raw.append(message)
        self.senders.append(sender)
        self.recipients.append(list(recipients))

    def check(self) -> str:
        return "kept"

    def close(self) -> None:
        pass


def answered(pipeline: Pipeline) -> bytes:
    """A report, and its answer as it left."""
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    delivery = Keeping()
    outbox.flush(pipeline.tools, delivery)
    (raw,) = delivery.raw
    return raw


def states(pipeline: Pipeline) -> list[tuple[str, str]]:
    query = sa.select(tables.outbox.c.state, tables.outbox.c.last_error).order_by(tables.outbox.c.id)
    return [(row.state, row.last_error) for row in pipeline.select(query)]


def test_an_answer_that_came_back_is_marked_told_and_goes_again(pipeline: Pipeline) -> None:
    raw = answered(pipeline)
    line = pipeline.feed(report(returned=raw))
    assert (line.state, line.reason) == ("ignored", "bounce")
    assert states(pipeline) == [("bounced", "wang@corp.example; 5.1.1; 550 5.1.1 no such user")]
    assert [(one.kind, one.subject) for one in operating.open_alarms(pipeline.tools)] == [("answers", "bounced")]
    assert operating.mails(pipeline.tools, ("bounced",), 10)[0].recipient == "wang.li@corp.example"
    assert operating.retry_mails(pipeline.tools, None) == 1
    again = Keeping()
    outbox.flush(pipeline.tools, again)
    assert again.raw == [raw], "the very same mail, under the same Message-ID"
    assert states(pipeline)[0][0] == "sent"


def test_what_is_late_changes_nothing(pipeline: Pipeline) -> None:
    raw = answered(pipeline)
    for action in ("delayed", "relayed", "delivered", "expanded"):
        assert pipeline.feed(report(action, returned=raw)).reason == "bounce"
    assert states(pipeline) == [("sent", "")]
    assert operating.open_alarms(pipeline.tools) == ()


def test_a_bounce_of_a_mail_we_never_sent_changes_nothing(pipeline: Pipeline) -> None:
    answered(pipeline)
    assert pipeline.feed(report()).reason == "bounce"
    assert states(pipeline) == [("sent", "")]
    assert operating.open_alarms(pipeline.tools) == ()


def test_a_bounce_of_a_mail_that_was_not_handed_over_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    (mail,) = pipeline.mails()
    pipeline.feed(report(returned=mail.as_bytes()))
    assert states(pipeline)[0][0] == "queued"


def test_the_same_bounce_again_and_another_one_change_nothing_more(pipeline: Pipeline) -> None:
    raw = answered(pipeline)
    pipeline.feed(report(returned=raw))
    before = states(pipeline)
    pipeline.feed(report(returned=raw, headers=("Message-ID: <2@mx.corp.example>",)).replace(b"no such user", b"full"))
    assert states(pipeline) == before
    assert len(operating.open_alarms(pipeline.tools)) == 1


def test_a_forged_bounce_raises_an_alarm_and_touches_nothing_else(pipeline: Pipeline) -> None:
    raw = answered(pipeline)
    rest = [
        table
        for table in tables.metadata.sorted_tables
        if table.name in ("person", "submission", "customer", "person_address")
    ]
    before = [pipeline.select(sa.select(table)) for table in rest]
    forged = report(returned=raw).replace(b"Return-Path: <>\r\n", b"")
    pipeline.feed(forged)
    assert [pipeline.select(sa.select(table)) for table in rest] == before
    assert len(states(pipeline)) == 1
    delivery = Keeping()
    outbox.flush(pipeline.tools, delivery)
    assert delivery.raw == []


def test_a_bounce_that_comes_before_the_answer_is_written_down_as_sent_is_not_lost(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))

    class Bouncing(Keeping):
        def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
            super().send(message, sender, recipients)
            pipeline.feed(report(returned=message))

    outbox.flush(pipeline.tools, Bouncing())
    assert states(pipeline)[0][0] == "bounced"
