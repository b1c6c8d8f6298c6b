"""Answers that failed, came back or are held: read, sent once more, given up."""

from dataclasses import dataclass

import structlog

from daysheet.model.documents import answer_from_document
from daysheet.reports import render
from daysheet.reports.render import Rendered
from daysheet.services import alarm_mails, attaching, digest_mails
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import audit, mailroom, outbox
from daysheet.store.engine import Connection
from daysheet.store.mailroom import StuckMail
from daysheet.store.outbox import STUCK, OutboxMail

A_PAGE = 50
GIVEN_UP = "given-up"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AnswerList:
    """A page of answers."""

    mails: tuple[StuckMail, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """An answer as its page shows it. *rendered* is None where it cannot be made."""

    mail: StuckMail
    cc: tuple[str, ...]
    message_id: str
    seen: str
    rendered: Rendered | None
    history: tuple[audit.Entry, ...]
    names: dict[str, str]

    @property
    def is_stuck(self) -> bool:
        """True where something can be decided."""
        return self.mail.state in STUCK


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked for is so."""


@dataclass(frozen=True, slots=True)
class MovedOn:
    """The answer is not as it was seen: nothing was done."""

    page: AnswerPage


def listed(tools: Tools, visitor: Visitor, state: str, page: int) -> AnswerList:
    """Return a page of the answers that failed or are held, within what the visitor sees."""
    with tools.database.reading() as connection:
        offset = (max(page, 1) - 1) * A_PAGE
        found = mailroom.stuck(connection, visitor.scope, state=state, limit=A_PAGE + 1, offset=offset)
    return AnswerList(found[:A_PAGE], len(found) > A_PAGE)


def page(tools: Tools, visitor: Visitor, mail_id: int) -> AnswerPage | None:
    """Return an answer within the visitor's view as it would read; None where there is none."""
    with tools.database.reading() as connection:
        return _page(connection, tools, visitor, mail_id)


def _page(connection: Connection, tools: Tools, visitor: Visitor, mail_id: int) -> AnswerPage | None:
    mail = mailroom.mail(connection, mail_id, visitor.scope)
    stored = outbox.get(connection, mail_id) if mail is not None else None
    if mail is None or stored is None:
        return None
    whole, _ = stored
    history = audit.history(connection, "outbox", mail_id, 50)
    return AnswerPage(
        mail,
        whole.cc,
        whole.message_id,
        f"{mail.state}-{mail.attempts}-{len(history)}",
        _rendered(tools, visitor, whole),
        history,
        mailroom.names_of(connection, {entry.actor for entry in history}),
    )


def _rendered(tools: Tools, visitor: Visitor, mail: OutboxMail) -> Rendered | None:
    """Return the mail's text; its workbook, which may take a while to mark, is left out."""
    try:
        if digest_mails.is_by_the_clock(mail.kind):
            # a manager whom the visitor sees may be told of more than the visitor sees
            said = digest_mails.content_of(mail)
            return digest_mails.render(tools, mail.kind, said) if visitor.scope.sees_all else None
        if alarm_mails.is_alarm(mail.kind):
            return alarm_mails.render(tools, mail) if visitor.scope.sees_all else None
        answer = answer_from_document(mail.payload)
        return render.render(answer, tools.house.name, workbook=attaching.wanted(tools, answer))
    except (KeyError, ValueError, TypeError):
        # it may have failed for this very reason: the page must still offer what can be done about it
        log.exception("answer.unreadable", outbox=mail.id)
        return None


def retry(tools: Tools, visitor: Visitor, mail_id: int, seen: str) -> Done | MovedOn | None:
    """Queue an answer once more; a form sent twice finds it queued already."""
    with tools.database.writing() as connection:
        shown = _page(connection, tools, visitor, mail_id)
        if shown is None:
            return None
        if _was_last(shown, visitor, "mail.retried"):
            return Done()
        if shown.seen != seen or not outbox.retry_stuck(connection, tools.clock(), [mail_id]):
            return MovedOn(shown)
        _log(connection, tools, visitor, "mail.retried", shown, "queued")
        return Done()


def give_up(tools: Tools, visitor: Visitor, mail_id: int, seen: str) -> Done | MovedOn | None:
    """Let an answer go unsent for good."""
    with tools.database.writing() as connection:
        shown = _page(connection, tools, visitor, mail_id)
        if shown is None:
            return None
        if _was_last(shown, visitor, "mail.given-up"):
            return Done()
        if shown.seen != seen or not outbox.give_up(connection, mail_id):
            return MovedOn(shown)
        _log(connection, tools, visitor, "mail.given-up", shown, GIVEN_UP)
        return Done()


def undo(tools: Tools, visitor: Visitor, mail_id: int) -> Done | MovedOn | None:
    """Hold an answer that was given up, so that it can be decided on again."""
    with tools.database.writing() as connection:
        shown = _page(connection, tools, visitor, mail_id)
        if shown is None:
            return None
        if shown.is_stuck:
            return Done()  # sent twice, or somebody else has done it
        if not outbox.hold_again(connection, mail_id):
            return MovedOn(shown)
        _log(connection, tools, visitor, "mail.held", shown, "held")
        return Done()


def _was_last(shown: AnswerPage, visitor: Visitor, action: str) -> bool:
    last = next(iter(shown.history), None)
    return last is not None and last.action == action and last.actor == visitor.actor.name and not shown.is_stuck


def _log(connection: Connection, tools: Tools, visitor: Visitor, action: str, shown: AnswerPage, state: str) -> None:
    before = {"state": shown.mail.state, "error": shown.mail.last_error}
    entry = audit.Entry(action, "outbox", shown.mail.id, before, {"state": state}, visitor.actor.name)
    audit.append(connection, [entry], tools.clock())
