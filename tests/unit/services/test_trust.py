"""Who is believed decides before anything else does: reports, replies, subscriptions, spot checks."""

from dataclasses import replace

import pytest

from daysheet.model.alarms import AlarmKind
from daysheet.model.mail import MessageState, Reason, Sighting
from daysheet.model.memory import Actor
from daysheet.model.trust import Relaxed, Trust, Way
from daysheet.services import operating
from daysheet.services.outcome import Outcome
from daysheet.services.process import process_pending
from daysheet.store import alarms, audit, inbound
from tests.builders import a_mail, a_visit, a_workbook
from tests.mail_routes import PROVEN, ROUTES
from tests.unit.services.conftest import Pipeline

TRUST = ROUTES["postfix"].trust
BAD = "spf=fail smtp.mailfrom=corp.example; dkim=none; dmarc=fail header.from=corp.example"


@pytest.fixture
def strict(pipeline: Pipeline) -> Pipeline:
    """A pipeline with two mailboxes: *reports* asks for proof, *open* does not."""
    return replace(pipeline, tools=replace(pipeline.tools, trust={"reports": TRUST, "open": Trust()}))


def route(raw: bytes, found: str) -> bytes:
    """Return *raw* as the company's server hands it on."""
    return ROUTES["postfix"].around("", found).encode() + raw


def arrive(pipeline: Pipeline, raw: bytes, mailbox: str = "reports") -> Outcome:
    """Take a message in from a mailbox and work it."""
    tools = pipeline.tools
    arrival = inbound.Arrival(tools.spool.put(raw), len(raw))
    with tools.database.writing() as connection:
        inbound.record(connection, arrival, Sighting(mailbox, "INBOX", 1, arrival.raw_sha256), tools.clock())
    (outcome,) = process_pending(tools)
    return outcome


def believed(pipeline: Pipeline, inbound_id: int) -> str:
    with pipeline.tools.database.reading() as connection:
        return inbound.get(connection, inbound_id).believed


def test_a_report_that_is_proven_is_filed_and_says_why(strict: Pipeline) -> None:
    outcome = arrive(strict, route(a_mail(a_workbook([a_visit()])), PROVEN))
    assert outcome.state is MessageState.ACCEPTED
    assert believed(strict, outcome.inbound_id) == "dmarc=pass mx.corp.example"


def test_a_report_that_nothing_proves_is_set_aside_unanswered_and_raises_an_alarm(strict: Pipeline) -> None:
    outcome = arrive(strict, route(a_mail(a_workbook([a_visit()])), BAD))
    assert (outcome.state, outcome.reason) == (MessageState.QUARANTINED, Reason.UNAUTHENTICATED)
    assert outcome.detail == "wang.li@corp.example: dmarc=fail mx.corp.example"
    assert strict.answers() == []
    assert strict.rows("visits") == []
    assert believed(strict, outcome.inbound_id) == ""
    with strict.tools.database.reading() as connection:
        (alarm,) = alarms.open_alarms(connection)
    assert (alarm.kind, alarm.subject) == (AlarmKind.QUARANTINED, str(outcome.inbound_id))


def test_a_stranger_is_ignored_before_anything_is_asked_of_him(strict: Pipeline) -> None:
    outcome = arrive(strict, route(a_mail(sender="x@evil.example"), BAD))
    assert (outcome.state, outcome.reason) == (MessageState.IGNORED, Reason.STRANGER)


def test_each_mailbox_has_its_own_trust_and_one_that_is_gone_the_strictest(strict: Pipeline) -> None:
    assert arrive(strict, a_mail(a_workbook([a_visit()])), "open").state is MessageState.ACCEPTED
    gone = arrive(strict, route(a_mail(a_workbook([a_visit(contact="李雷")])), PROVEN), "renamed")
    assert gone.reason is Reason.UNAUTHENTICATED


def test_the_mailbox_where_a_message_was_first_seen_decides(strict: Pipeline) -> None:
    tools, raw = strict.tools, a_mail(a_workbook([a_visit()]))
    arrival = inbound.Arrival(tools.spool.put(raw), len(raw))
    with tools.database.writing() as connection:
        for mailbox in ("reports", "open"):
            inbound.record(connection, arrival, Sighting(mailbox, "INBOX", 1, "7"), tools.clock())
    (outcome,) = process_pending(tools)
    assert outcome.reason is Reason.UNAUTHENTICATED


def test_what_an_operator_feeds_needs_no_proof(strict: Pipeline) -> None:
    assert strict.feed(a_mail(a_workbook([a_visit()]))).state == MessageState.ACCEPTED
    named = strict.feed(
        a_workbook([a_visit(contact="李雷")], cover={"rep_number": None}), as_number="E2", name="a.xlsx"
    )
    assert named.state == MessageState.ACCEPTED


@pytest.mark.parametrize("subject", ["订阅 早报", "subscribe weekly", "退订 周报"])
def test_a_choice_of_digests_that_nothing_proves_is_none(strict: Pipeline, subject: str) -> None:
    outcome = arrive(strict, route(a_mail(subject=subject), BAD))
    assert outcome.reason is Reason.UNAUTHENTICATED
    assert strict.answers() == []


def test_a_choice_of_digests_that_is_proven_counts(strict: Pipeline) -> None:
    assert arrive(strict, route(a_mail(subject="订阅 早报"), PROVEN)).reason is Reason.SUBSCRIBED


def test_a_note_that_nothing_proves_is_not_kept(strict: Pipeline) -> None:
    own = "<daysheet.0123.0.report@corp.example>"
    outcome = arrive(strict, route(a_mail(subject="Re: 日报", headers={"In-Reply-To": own}), BAD))
    assert outcome.reason is Reason.UNAUTHENTICATED


# ---- by order of a person ------------------------------------------------------------------------


def test_who_has_looked_at_a_message_may_order_that_it_be_believed(strict: Pipeline) -> None:
    outcome = arrive(strict, route(a_mail(a_workbook([a_visit()])), BAD))
    (done,) = operating.requeue(strict.tools, [outcome.inbound_id], Actor("E9", None), is_believed=True)
    assert done.is_requeued
    (again,) = process_pending(strict.tools)
    assert again.state is MessageState.ACCEPTED
    assert believed(strict, outcome.inbound_id) == "by order of E9"
    with strict.tools.database.reading() as connection:
        history = audit.history(connection, "inbound", outcome.inbound_id, 5)
    assert [(one.actor, one.after) for one in history] == [("E9", {"believed": "by order of E9"})]


def test_working_it_again_without_such_an_order_asks_for_proof_again(strict: Pipeline) -> None:
    outcome = arrive(strict, route(a_mail(a_workbook([a_visit()])), BAD))
    operating.requeue(strict.tools, [outcome.inbound_id])
    (again,) = process_pending(strict.tools)
    assert again.reason is Reason.UNAUTHENTICATED


def test_only_what_was_set_aside_for_want_of_proof_can_be_ordered_to_be_believed(strict: Pipeline) -> None:
    broken = arrive(strict, a_mail() + b"\n" * 500_001, "open")
    (done,) = operating.requeue(strict.tools, [broken.inbound_id], is_believed=True)
    assert not done.is_requeued
    assert "unauthenticated" in done.note


# ---- mailing lists -------------------------------------------------------------------------------

LISTED = {"List-Id": "<reports.corp.example>", "Precedence": "list"}


def test_mail_through_a_list_is_read_where_the_mailbox_lets_it_and_its_sender_is_proven(strict: Pipeline) -> None:
    raw = a_mail(a_workbook([a_visit()]), headers=LISTED)
    assert arrive(strict, route(raw, PROVEN)).reason is Reason.MAILING_LIST
    lists = replace(TRUST, relaxed=frozenset({Relaxed.LISTS}))
    relaxed = replace(strict, tools=replace(strict.tools, trust={"lists": lists}))
    assert arrive(relaxed, route(b"X-Way: 2\n" + raw, PROVEN), "lists").state is MessageState.ACCEPTED
    assert arrive(relaxed, route(b"X-Way: 3\n" + raw, BAD), "lists").reason is Reason.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto-Submitted": "auto-replied"}, Reason.AUTO_REPLY),
        ({"X-Daysheet-Loop": "daily@corp.example"}, Reason.OWN_MAIL),
        ({"Return-Path": "<>"}, Reason.BOUNCE),
    ],
)
def test_no_list_carries_automatic_mail_in(strict: Pipeline, headers: dict[str, str], reason: Reason) -> None:
    lists = Trust(Way.NONE, relaxed=frozenset({Relaxed.LISTS}))
    relaxed = replace(strict, tools=replace(strict.tools, trust={"lists": lists}))
    outcome = arrive(relaxed, a_mail(a_workbook([a_visit()]), headers=LISTED | headers), "lists")
    assert (outcome.state, outcome.reason) == (MessageState.IGNORED, reason)
