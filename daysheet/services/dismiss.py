"""End a message that brings no report: ignored, refused with an answer, or set aside."""

import re
from dataclasses import dataclass

import structlog

from daysheet import points
from daysheet.model.answers import Answer, AnswerKind
from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import Envelope, MessageState, Reason
from daysheet.model.memory import Actor
from daysheet.model.rows import Refusal, Workbook
from daysheet.points import Point
from daysheet.services import answering, bounces
from daysheet.services.answering import Incoming
from daysheet.services.outcome import Outcome
from daysheet.services.sender import Sender, TurnedAway
from daysheet.services.tools import Tools
from daysheet.store import alarms, audit, customers, inbound, outbox, reviews
from daysheet.store.engine import Connection
from daysheet.store.inbound import Claimed
from daysheet.validation.identify import choose

SET_ASIDE = "quarantined"
"""The kind of alarm about a message, by its id, that was set aside."""
log = structlog.get_logger()
NOTE_CHARACTERS = 2000
"""Characters kept of a reply that came without a workbook."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A message taken apart, and whether it may be worked."""

    incoming: Incoming
    sender: Sender | TurnedAway
    first: Workbook | Refusal | None = None  # its first workbook, where it was read ahead


def end(connection: Connection, tools: Tools, incoming: Incoming, outcome: Outcome) -> None:
    """Write a message's final state, and who sent it, within the caller's transaction."""
    envelope = incoming.envelope
    assert incoming.claimed is not None
    inbound.finish(
        connection,
        incoming.claimed,
        inbound.Ending(
            state=outcome.state,
            reason=outcome.reason,
            codes=outcome.codes,
            detail=outcome.detail,
            message_id=envelope.message_id,
            sender=", ".join(envelope.senders[:5]),
            subject=envelope.subject,
            believed=incoming.believed,
        ),
        tools.clock(),
    )
    points.reached(Point.ENDED)


def turn_away(tools: Tools, incoming: Incoming, turned: TurnedAway) -> Outcome:
    """End a message that must not be answered; one set aside, or a stranger with our template, raises an alarm."""
    reason = turned.reason
    if reason is Reason.STRANGER and _carries_our_template(tools, incoming.envelope):
        reason = Reason.STRANGER_WITH_TEMPLATE
    outcome = _outcome(incoming, turned.state, reason, detail=turned.detail)
    with tools.database.writing() as connection:
        if reason is Reason.STRANGER_WITH_TEMPLATE:
            _alarm(connection, tools, reason, turned.detail, incoming.envelope.subject[:200])
        elif turned.state is MessageState.QUARANTINED:
            _alarm(connection, tools, SET_ASIDE, str(incoming.inbound_id), f"{reason}: {turned.detail}")
        elif incoming.envelope.bounce is not None:
            bounces.note(connection, tools, incoming.envelope.bounce)
        end(connection, tools, incoming, outcome)
    return outcome


def _alarm(connection: Connection, tools: Tools, kind: str, subject: str, detail: str) -> None:
    """Tell the operator, in the database and the log: `alarms list` and `doctor` show it until it is cleared."""
    if alarms.raise_once(connection, kind, subject, detail, tools.clock()):
        log.warning("alarm.raised", kind=str(kind), subject=subject, detail=detail)


def _carries_our_template(tools: Tools, envelope: Envelope) -> bool:
    for file in envelope.attachments[: tools.house.workbooks_per_message]:
        read = tools.reader.read(file.content, file.name)
        if not isinstance(read, Refusal) and choose(read, tools.specs).spec is not None:
            return True
    return False


def refuse_without_workbook(tools: Tools, incoming: Incoming, sender: Sender) -> Outcome:
    """End a listed person's message without a workbook: a note to an answer of ours, or no report."""
    envelope = incoming.envelope
    looks = envelope.looks_automatic
    if looks is not None and not (looks is Reason.OWN_MAIL and answering.is_note(envelope)):
        return turn_away(tools, incoming, TurnedAway(MessageState.IGNORED, looks))
    if envelope.links:
        return refuse(tools, incoming, sender, Reason.LINK_ONLY, IssueCode.FILE_LINK_ONLY, envelope.links[0])
    if answering.is_note(envelope):
        return _keep_note(tools, incoming, sender)
    return refuse(tools, incoming, sender, Reason.NO_WORKBOOK, IssueCode.FILE_MISSING)


def refuse(
    tools: Tools, incoming: Incoming, sender: Sender, reason: Reason, code: IssueCode, link: str = ""
) -> Outcome:
    """Reject a message that brings no readable report, and say so in one short answer."""
    found = issue(code, Place(), link, limit=tools.limits.message_bytes // 2**20)
    answer = _short_answer(tools, incoming, sender, MessageState.REJECTED, reason, found)
    outcome = _outcome(incoming, MessageState.REJECTED, reason, (str(code),), link)
    with tools.database.writing() as connection:
        answering.enqueue(connection, tools, incoming, answer, sender=sender.person, rep=sender.rep)
        end(connection, tools, incoming, outcome)
    return outcome


def _keep_note(tools: Tools, incoming: Incoming, sender: Sender) -> Outcome:
    """
    Keep the text of a reply to one of our answers for the stewards; no mail goes back.

    It becomes a note on the question it answers, else on the open questions of that report (data.md 11).
    """
    note = audit.Entry(
        actor=sender.person.number,
        action="note.received",
        entity="inbound",
        entity_id=incoming.inbound_id,
        after={
            "text": incoming.envelope.text.strip()[:NOTE_CHARACTERS],
            "in_reply_to": incoming.envelope.in_reply_to,
        },
    )
    outcome = _outcome(incoming, MessageState.IGNORED, Reason.NOTE)
    with tools.database.writing() as connection:
        customers.guard(connection)
        audit.append(connection, [note], tools.clock())
        _note_questions(connection, tools, incoming.envelope, sender)
        end(connection, tools, incoming, outcome)
    return outcome


def _note_questions(connection: Connection, tools: Tools, envelope: Envelope, sender: Sender) -> None:
    text = own_words(envelope.text)[:NOTE_CHARACTERS]
    if not text:
        return
    nearest_first = list(dict.fromkeys([envelope.in_reply_to, *reversed(envelope.references)]))
    # whoever did not get the mail has not been asked, whatever theirs claims to answer
    asked, submission_id = outbox.spoken_of(connection, nearest_first, sender.person.addresses)
    about: tuple[int, ...] = (asked,) if asked else ()
    if not asked and submission_id is not None:
        about = reviews.open_of(connection, tools.tables, submission_id)
    actor = Actor(sender.person.number, sender.person.id)
    for review_id in about:
        reviews.note(connection, review_id, text, actor, tools.clock())
    entries = [audit.Entry("review.noted", "review", one, None, {"text": text}, actor.name) for one in about]
    audit.append(connection, entries, tools.clock())


_QUOTED = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|原始邮件|原邮件|forwarded|转发)|(?:发件人|寄件人|from)\s*[:：]|_{10,}"
    r"|on .{5,120} wrote\s*[:：]|在?.{4,120}(?:写道|写到|寫道)\s*[:：])",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Return what the sender of a reply wrote, without the mail that is quoted below it or line by line."""
    kept = []
    for line in text.splitlines():
        if _QUOTED.match(line):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()


def set_aside(tools: Tools, claimed: Claimed, opened: Opened | None, reason: Reason, detail: str = "") -> Outcome:
    """
    Quarantine a message that Daysheet itself stumbled over, and tell its sender in one issue.

    Without *opened* the sender is not known to be one of ours, and nobody is told but the operator.
    """
    code = IssueCode.FILE_READER_FAILED
    incoming = opened.incoming if opened else Incoming(claimed.id, claimed.raw_sha256, Envelope(senders=()), claimed)
    outcome = _outcome(incoming, MessageState.QUARANTINED, reason, (str(code),), detail)
    with tools.database.writing() as connection:
        _alarm(connection, tools, SET_ASIDE, str(claimed.id), f"{reason}: {detail}")
        if opened is not None and isinstance(opened.sender, Sender):
            found = issue(code, Place(file=claimed.file_name))
            answer = _short_answer(tools, incoming, opened.sender, MessageState.QUARANTINED, reason, found)
            answering.enqueue(connection, tools, incoming, answer, sender=opened.sender.person)
        end(connection, tools, incoming, outcome)
    return outcome


def _short_answer(
    tools: Tools, incoming: Incoming, sender: Sender, state: MessageState, reason: Reason, found: Issue
) -> Answer:
    return Answer(
        kind=AnswerKind.REFUSED,
        language=tools.language_of(sender.person),
        state=state,
        reason=reason,
        rep_name=sender.person.name,
        subject=incoming.envelope.subject,
        issues=(found,),
        link=found.found if reason is Reason.LINK_ONLY else "",
    )


def _outcome(
    incoming: Incoming, state: MessageState, reason: Reason, codes: tuple[str, ...] = (), detail: str = ""
) -> Outcome:
    return Outcome(
        incoming.inbound_id,
        state,
        reason,
        codes,
        detail=detail,
        sender=", ".join(incoming.envelope.senders[:5]),
        subject=incoming.envelope.subject,
    )
