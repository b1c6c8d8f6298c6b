"""
Send the mails that wait: render, attach a workbook, hand over, record.

Rendering happens here and not in the submission's transaction: the outbox row holds everything
the mail says, so it can be made again at any time; only the next day's workbook, where it carries
one, is as the database is then.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from daysheet import points
from daysheet.errors import DaysheetError, DeliveryUnknown, ServerUnusable, StoreUnreachable
from daysheet.model.answers import Addressing
from daysheet.model.documents import answer_from_document
from daysheet.model.redaction import told
from daysheet.model.returns import Morning
from daysheet.points import Point
from daysheet.reports import compose, render
from daysheet.reports.delivery import Delivery
from daysheet.services import alarm_mails, attaching, digest_mails, returns
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import outbox
from daysheet.store.outbox import OutboxMail

log = structlog.get_logger()


IN_VAIN = 3
"""Mails in a row for which the server could not be used at all; the others would only wait for it, too."""


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
    over. A server that takes nobody's mail is left alone until the next pass. Raises LeaseHeld where
    another process is sending.
    """
    sent = deferred = failed = 0
    with held(tools, "outbox") as renew:
        _resume(tools)
        points.reached(Point.SENDING_RESUMED)
        in_vain = 0
        while in_vain < IN_VAIN and not should_stop() and (mail := _claim(tools)) is not None:
            state, is_usable = _send(tools, delivery, mail)
            in_vain = 0 if is_usable else in_vain + 1
            sent += state == "sent"
            deferred += state == "deferred"
            failed += state == "failed"
            on_progress(sent + deferred + failed)
            renew()
    return Flushed(sent, deferred, failed)


def _resume(tools: Tools) -> None:
    """Note what was sent while the database took no note; queue again what a dead process left half-sent."""
    with tools.database.writing() as connection:
        for mail_id, sent_at in tools.unmarked:
            outbox.mark_sent(connection, mail_id, sent_at)
        outbox.recover(connection)
    tools.unmarked.clear()


def _claim(tools: Tools) -> OutboxMail | None:
    caps = outbox.Caps(tools.house.answers_per_hour, tools.house.refusals_per_hour)
    with tools.database.writing() as connection:
        claimed = outbox.claim_due(connection, tools.holder, tools.clock(), 1, caps)
    return claimed[0] if claimed else None


def _send(tools: Tools, delivery: Delivery, mail: OutboxMail) -> tuple[str, bool]:
    """Make and hand over one mail; return the state it ends in, and whether the server can be used at all."""
    points.reached(Point.MAIL_CLAIMED)
    try:
        message = make(tools, returns.complete(tools, mail))
        points.reached(Point.MAIL_MADE)
        delivery.send(message, tools.house.address, [mail.recipient, *mail.cc])
        points.reached(Point.MAIL_ACCEPTED)
    except DeliveryUnknown as error:
        return _unknown(tools, mail, str(error)), True
    except DaysheetError as error:
        end = _deferred if error.is_retryable else _failed
        return end(tools, mail, str(error)), not isinstance(error, ServerUnusable)
    except Exception as error:
        # an answer that cannot be made is a bug of ours; it must not keep the others from leaving
        log.exception("answer.broken", outbox=mail.id)
        return _failed(tools, mail, told(error)), True
    sent_at = tools.clock()
    try:
        with tools.database.writing() as connection:
            outbox.mark_sent(connection, mail.id, sent_at)
            points.reached(Point.MAIL_MARKED)
    except StoreUnreachable:
        tools.unmarked.append((mail.id, sent_at))  # this process knows: it need not be sent again
        raise
    points.reached(Point.MAIL_SENT)
    return "sent", True


def _deferred(tools: Tools, mail: OutboxMail, error: str) -> str:
    with tools.database.writing() as connection:
        outbox.mark_deferred(connection, mail, error, tools.clock())
    log.warning("answer.deferred", outbox=mail.id, attempts=mail.attempts, error=error)
    return "deferred"


def _unknown(tools: Tools, mail: OutboxMail, error: str) -> str:
    with tools.database.writing() as connection:
        outbox.mark_unknown(connection, mail, error, tools.clock())
    log.warning("answer.unknown", outbox=mail.id, attempts=mail.attempts, error=error)
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
    """Return the whole mail: an answer, one that goes out by the clock, or an alarm."""
    if alarm_mails.is_alarm(mail.kind):
        said = alarm_mails.render(tools, mail)
        series = alarm_mails.series(tools)
        return compose.compose(said, _addressing(mail), _mailer(tools), mail.created_at, None, series)
    if digest_mails.is_by_the_clock(mail.kind):
        return _by_the_clock(tools, mail)
    answer = answer_from_document(mail.payload)
    workbook = attaching.for_answer(tools, mail, answer)
    which = attaching.wanted(tools, answer) if workbook is not None else ""
    rendered = render.render(answer, tools.house.name, workbook=which)
    return compose.compose(rendered, _addressing(mail), _mailer(tools), mail.created_at, workbook)


def _by_the_clock(tools: Tools, mail: OutboxMail) -> bytes:
    content, workbook = digest_mails.content_of(mail), None
    if isinstance(content, Morning):
        content, workbook = attaching.for_morning(tools, mail, content)
    rendered = digest_mails.render(tools, mail.kind, content)
    series = digest_mails.bulk(tools, mail)
    return compose.compose(rendered, _addressing(mail), _mailer(tools), mail.created_at, workbook, series)


def _addressing(mail: OutboxMail) -> Addressing:
    return Addressing(
        to=mail.recipient,
        cc=mail.cc,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
    )


def _mailer(tools: Tools) -> compose.Mailer:
    house = tools.house
    return compose.Mailer(house.address, house.name, house.domain, house.loop_id)
