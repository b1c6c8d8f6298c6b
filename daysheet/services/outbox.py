"""
Send the answers that wait: render, attach the marked workbook, hand over, record.

Rendering happens here and not in the submission's transaction: the outbox row holds everything
the answer says, so a mail can be made again, the same, at any time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from daysheet.errors import CannotMark, DaysheetError, DeliveryRefused
from daysheet.i18n import issue_text
from daysheet.ingest.envelope import read_envelope
from daysheet.model.answers import Addressing, Answer, AnswerKind
from daysheet.model.documents import answer_from_document
from daysheet.model.issues import Severity
from daysheet.model.mail import Attachment
from daysheet.model.rows import Checked, Refusal
from daysheet.model.template import TemplateSpec
from daysheet.reports import compose, render
from daysheet.reports.delivery import Delivery
from daysheet.services import returns
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import inbound, outbox, submissions
from daysheet.store.outbox import OutboxMail
from daysheet.templates_xlsx import mark
from daysheet.validation.sheets import Context

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Flushed:
    """What one pass over the outbox did."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0


def flush(
    tools: Tools,
    delivery: Delivery,
    *,
    on_progress: Callable[[int], None] = lambda done: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Flushed:
    """
    Send every answer that is due, or as many as there is time for. One that cannot be sent never holds up the next.

    Each is claimed by itself: what a crash leaves claimed is the one mail that may have been handed
    over. Raises LeaseHeld where another process is sending.
    """
    sent = deferred = failed = 0
    with held(tools, "outbox") as renew:
        with tools.database.writing() as connection:
            outbox.recover(connection, tools.clock())
        while not should_stop() and (mail := _claim(tools)) is not None:
            state = _send(tools, delivery, mail)
            sent += state == "sent"
            deferred += state == "deferred"
            failed += state == "failed"
            on_progress(sent + deferred + failed)
            renew()
    return Flushed(sent, deferred, failed)


def _claim(tools: Tools) -> OutboxMail | None:
    caps = outbox.Caps(tools.house.answers_per_hour, tools.house.refusals_per_hour)
    with tools.database.writing() as connection:
        claimed = outbox.claim_due(connection, tools.holder, tools.clock(), 1, caps)
    return claimed[0] if claimed else None


def _send(tools: Tools, delivery: Delivery, mail: OutboxMail) -> str:
    """Make and hand over one mail; return the state it ends in."""
    try:
        message = make(tools, returns.complete(tools, mail))
        delivery.send(message, tools.house.address, [mail.recipient, *mail.cc])
    except DeliveryRefused as error:
        return _failed(tools, mail, str(error))
    except DaysheetError as error:
        return _deferred(tools, mail, str(error)) if error.is_retryable else _failed(tools, mail, str(error))
    except Exception as error:
        # an answer that cannot be made is a bug of ours; it must not keep the others from leaving
        log.exception("answer.broken", outbox=mail.id)
        return _failed(tools, mail, f"{type(error).__name__}: {error}")
    with tools.database.writing() as connection:
        outbox.mark_sent(connection, mail.id, tools.clock())
    return "sent"


def _deferred(tools: Tools, mail: OutboxMail, error: str) -> str:
    with tools.database.writing() as connection:
        outbox.mark_deferred(connection, mail, error, tools.clock())
    log.warning("answer.deferred", outbox=mail.id, attempts=mail.attempts, error=error)
    return "deferred"


def _failed(tools: Tools, mail: OutboxMail, error: str) -> str:
    with tools.database.writing() as connection:
        outbox.mark_failed(connection, mail.id, error)
    log.warning("answer.failed", outbox=mail.id, error=error)
    return "failed"


def preview(tools: Tools, delivery: Delivery) -> int:
    """Hand every waiting mail to *delivery* (a folder) without marking it sent; return how many there were."""
    with tools.database.reading() as connection:
        waiting = outbox.waiting(connection)
    for mail in waiting:
        delivery.send(make(tools, mail), tools.house.address, [mail.recipient, *mail.cc])
    return len(waiting)


# ---- making the mail ---------------------------------------------------------------------------


def make(tools: Tools, mail: OutboxMail) -> bytes:
    """Return the whole mail, the same bytes whenever it is made."""
    answer = answer_from_document(mail.payload)
    workbook = _workbook(tools, mail, answer)
    addressing = Addressing(
        to=mail.recipient,
        cc=mail.cc,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
    )
    house = tools.house
    mailer = compose.Mailer(house.address, house.name, house.domain, house.loop_id)
    return compose.compose(
        render.render(answer, house.name, workbook="marked" if workbook is not None else ""),
        addressing,
        mailer,
        mail.created_at,
        workbook,
    )


def _workbook(tools: Tools, mail: OutboxMail, answer: Answer) -> compose.Attached | None:
    """Return the rep's own workbook, marked, where there is something to look at."""
    spec = tools.spec(answer.template_id)
    if answer.kind is AnswerKind.REFUSED or spec is None or mail.submission_id is None:
        return None
    if not any(found.severity is not Severity.INFO for found in answer.issues):
        return None
    original = _original(tools, mail.submission_id)
    if original is None:
        return None
    try:
        marked = mark.mark(original.content, answer.issues, answer.language, spec=spec, describe=issue_text)
    except CannotMark:
        checked = _checked(tools, original, spec, mail)
        if checked is None:
            return None
        marked = mark.report_workbook(
            spec, checked.records, checked.cover, answer.issues, answer.language, describe=issue_text
        )
    stem = original.name.rpartition(".")[0] or original.name or spec.title.in_(answer.language)
    return compose.Attached(f"{stem}.xlsx", marked, _XLSX)


def _original(tools: Tools, submission_id: int) -> Attachment | None:
    """Return the workbook of a submission, as it came."""
    with tools.database.reading() as connection:
        submission = submissions.get(connection, submission_id)
        message = inbound.get(connection, submission.inbound_id)
    raw = tools.spool.get(message.raw_sha256)
    if message.source == "file":
        return Attachment(message.file_name, raw)
    files = read_envelope(raw, tools.limits, tools.house.loop_id).attachments
    return next((f for f in files if hashlib.sha256(f.content).hexdigest() == submission.workbook_sha256), None)


def _checked(tools: Tools, original: Attachment, spec: TemplateSpec, mail: OutboxMail) -> Checked | None:
    """Read the workbook once more, for its values: nothing of it is stored but what landed."""
    read = tools.reader.read(original.content, original.name)
    if isinstance(read, Refusal):
        return None
    today = tools.day_of(mail.created_at, None)
    return tools.validators[spec.id].check(read, Context(today=today, file_name=original.name))
