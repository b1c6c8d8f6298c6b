"""Two workers with one message: the one that holds the claim ends it, the other one leaves quietly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from daysheet.model.mail import MessageState
from daysheet.services import process
from daysheet.services.prepare import prepare
from daysheet.store import inbound
from daysheet.store.inbound import Claimed
from tests.builders import XLSX, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


def two_reports() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "wang.li@corp.example", "d@corp.example", "日报"
    mail["Message-ID"] = "<two@corp.example>"
    mail.set_content("x")
    for day in (date(2026, 3, 3), date(2026, 3, 4)):
        book = a_workbook([a_visit(visit_date=day)], cover={"report_date": day})
        mail.add_attachment(book, maintype="application", subtype=XLSX, filename=f"{day}.xlsx")
    return mail.as_bytes()


def spool(pipeline: Pipeline, raw: bytes) -> int:
    arrival = inbound.Arrival(pipeline.tools.spool.put(raw), len(raw))
    with pipeline.tools.database.writing() as connection:
        return inbound.record(connection, arrival, None, pipeline.tools.clock()).inbound_id


def claim(pipeline: Pipeline, holder: str) -> Claimed:
    with pipeline.tools.database.writing() as connection:
        found = inbound.claim(connection, holder, pipeline.clock(), process.CLAIM.total_seconds(), 3)
    assert found is not None
    return found


def before_prepare(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], None]) -> None:
    """Do *action* once, ahead of the workbook with this number."""
    really = prepare
    calls: list[int] = []

    def hooked(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            action()
        return really(*given)

    monkeypatch.setattr(process, "prepare", hooked)


@pytest.mark.parametrize("asleep_at", [1, 2])
def test_a_worker_that_slept_too_long_takes_nothing_from_the_one_that_took_over(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, asleep_at: int
) -> None:
    inbound_id = spool(pipeline, two_reports())
    slow, quick = (replace(pipeline.tools, holder=holder) for holder in ("slow:1", "quick:2"))
    first = claim(pipeline, slow.holder)
    taken_over: list[Claimed] = []

    def sleep() -> None:
        pipeline.clock.now += process.CLAIM
        taken_over.append(claim(pipeline, quick.holder))

    before_prepare(monkeypatch, asleep_at, sleep)
    assert process.process_one(slow, first) is None
    with pipeline.tools.database.reading() as connection:
        assert inbound.get(connection, inbound_id).state is MessageState.PROCESSING
    outcome = process.process_one(quick, taken_over[0])
    assert outcome is not None
    assert outcome.state is MessageState.ACCEPTED
    assert (len(pipeline.rows("visits")), len(pipeline.answers())) == (2, 2)


def test_a_worker_that_wakes_up_while_another_one_is_at_it_sets_nothing_aside(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool(pipeline, two_reports())
    slow, quick = (replace(pipeline.tools, holder=holder) for holder in ("slow:1", "quick:2"))
    first = claim(pipeline, slow.holder)
    pipeline.clock.now += process.CLAIM
    second = claim(pipeline, quick.holder)
    before_prepare(monkeypatch, 2, lambda: seen.append(process.process_one(slow, first)))
    seen: list[object] = []
    outcome = process.process_one(quick, second)
    assert seen == [None]
    assert outcome is not None
    assert outcome.state is MessageState.ACCEPTED
    assert (len(pipeline.rows("visits")), len(pipeline.answers())) == (2, 2)


def test_a_message_that_another_worker_ends_does_not_stop_the_pass(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [spool(pipeline, a_mail(a_workbook([a_visit(contact=str(number))]))) for number in range(4)]
    other = replace(pipeline.tools, holder="quick:2")

    def take_over() -> None:
        with pipeline.tools.database.writing() as connection:
            assert inbound.abandon(connection, pipeline.tools.holder, pipeline.clock()) > 0
        assert process.process_one(other, claim(pipeline, other.holder)) is not None

    before_prepare(monkeypatch, 2, take_over)
    outcomes = list(process.process_pending(pipeline.tools))
    assert [outcome.inbound_id for outcome in outcomes] == [ids[0], ids[2], ids[3]]
    with pipeline.tools.database.reading() as connection:
        assert {inbound.get(connection, inbound_id).state.is_final for inbound_id in ids} == {True}
