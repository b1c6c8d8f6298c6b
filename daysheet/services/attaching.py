"""
Which workbook a mail carries: the rep's own, marked, or the next day's; never both.

Marked where there is something to look at; where all is well, the one that the rep goes on with.
A mail leaves without its workbook rather than not at all.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar

import structlog

from daysheet.errors import CannotMark, DaysheetError
from daysheet.i18n import issue_text
from daysheet.ingest.envelope import read_envelope
from daysheet.model.answers import Answer, AnswerKind, Workbook
from daysheet.model.issues import Severity
from daysheet.model.mail import Attachment, MessageState
from daysheet.model.people import Person
from daysheet.model.returns import Morning
from daysheet.model.rows import Checked, Refusal
from daysheet.model.template import TemplateSpec
from daysheet.reports.compose import Attached
from daysheet.reports.feedback import has_to_look
from daysheet.services import personal
from daysheet.services.personal import Personal
from daysheet.services.tools import Tools
from daysheet.store import inbound, people, submissions
from daysheet.store.engine import Connection
from daysheet.store.outbox import OutboxMail
from daysheet.templates_xlsx import mark
from daysheet.validation.sheets import Context

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_DAYS = 31
"""Reports looked at for the next day that has none."""

_File = TypeVar("_File", Attached, Personal)

log = structlog.get_logger()


def wanted(tools: Tools, answer: Answer) -> Workbook:
    """Return which workbook *answer* carries where one can be made, "" for none."""
    if answer.kind is AnswerKind.REFUSED or tools.spec(answer.template_id) is None:
        return ""
    if answer.kind is AnswerKind.REPORT and answer.state is MessageState.ACCEPTED and not has_to_look(answer):
        return "tomorrow" if answer.report_date is not None else ""
    return "marked" if any(found.severity is not Severity.INFO for found in answer.issues) else ""


def for_answer(tools: Tools, mail: OutboxMail, answer: Answer) -> Attached | None:
    """Return the workbook that an answer carries, as ``wanted`` says; None where there is none."""
    which, submission_id = wanted(tools, answer), mail.submission_id
    spec = tools.spec(answer.template_id)
    if not which or spec is None or submission_id is None:
        return None
    if which == "tomorrow":
        return _made(mail, lambda: _of_tomorrow(tools, submission_id, answer))
    return _made(mail, lambda: _marked(tools, mail, submission_id, answer, spec))


def for_morning(tools: Tools, mail: OutboxMail, morning: Morning) -> tuple[Morning, Attached | None]:
    """
    Return the workbook of the day for a rep whom no answer brought one, and the mail that says what is in it.

    The mail says only what it brings: nothing of a workbook that cannot be made.
    """
    own = _made(mail, lambda: _of_the_day(tools, morning)) if morning.has_workbook else None
    if own is None:
        return replace(morning, has_workbook=False), None
    return replace(morning, customers=own.customers, deals=own.deals, plans=own.plans), _attached(own)


def _made(mail: OutboxMail, make: Callable[[], _File | None]) -> _File | None:
    """Return what *make* does; a workbook that cannot be made keeps no mail back, a world that is away does."""
    try:
        return make()
    except DaysheetError as error:
        if error.is_retryable:
            raise
        log.warning("workbook.left-out", outbox=mail.id, error=str(error))
    except Exception:
        # a bug of ours; what the mail says is worth more than what it carries
        log.exception("workbook.left-out", outbox=mail.id)
    return None


# ---- the next day's ------------------------------------------------------------------------------


def _of_tomorrow(tools: Tools, submission_id: int, answer: Answer) -> Attached | None:
    with tools.database.reading() as connection:
        rep_id = submissions.get(connection, submission_id).rep_id
        rep = people.find_by_ids(connection, [rep_id]).get(rep_id) if rep_id is not None else None
        if rep is None or answer.report_date is None:
            return None
        day = _next_day(connection, tools, rep, _last_day(answer, answer.report_date))
        return _attached(personal.workbook(connection, tools, rep, form=answer.template_id, on=day))


def _last_day(answer: Answer, reported: date) -> date:
    """Return the day that the next report comes after: *reported*, or the end of a leave that is no slip of the pen."""
    until = answer.leave[1] if answer.leave else reported
    return until if (until - reported).days <= _MOST_DAYS else reported


def _next_day(connection: Connection, tools: Tools, rep: Person, reported: date) -> date:
    """Return the first workday after *reported* that the rep has not reported on yet."""
    known = submissions.reported_after(connection, rep.id, reported, _MOST_DAYS)
    day = personal.next_workday(connection, tools, rep, reported)
    while day in known:
        day = personal.next_workday(connection, tools, rep, day)
    return day


def _of_the_day(tools: Tools, morning: Morning) -> Personal | None:
    with tools.database.reading() as connection:
        rep = people.find_by_number(connection, morning.number)
        if rep is None:
            return None
        return personal.workbook(connection, tools, rep, language=morning.language, on=morning.day)


def _attached(own: Personal) -> Attached:
    return Attached(own.name, own.content, _XLSX)


# ---- the rep's own, marked -----------------------------------------------------------------------


def _marked(tools: Tools, mail: OutboxMail, submission_id: int, answer: Answer, spec: TemplateSpec) -> Attached | None:
    original = _original(tools, submission_id)
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
    return Attached(f"{stem}.xlsx", marked, _XLSX)


def _original(tools: Tools, submission_id: int) -> Attachment | None:
    """Return the workbook of a submission, as it came."""
    with tools.database.reading() as connection:
        submission = submissions.get(connection, submission_id)
        message = inbound.get(connection, submission.inbound_id)
    if message.bytes_removed_at is not None:
        raise CannotMark(f"the bytes of message {message.id} were removed on purpose: there is no workbook to mark")
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
