"""Which digests people want: chosen by an operator, or by themselves with a mail."""

import re
from dataclasses import dataclass

import structlog

from daysheet.errors import UsageError
from daysheet.model.answers import Answer, AnswerKind
from daysheet.model.digests import DigestKind
from daysheet.model.mail import Envelope, MessageState, Reason
from daysheet.model.memory import OPERATOR
from daysheet.model.people import Person
from daysheet.services import answering, digest_mails, digest_receivers
from daysheet.services import organisation as organisations
from daysheet.services.answering import Incoming
from daysheet.services.dismiss import end
from daysheet.services.outcome import Outcome
from daysheet.services.tools import Tools
from daysheet.store import audit, people, subscriptions
from daysheet.store.engine import Connection

OPTIONAL = tuple(kind for kind in DigestKind if kind.is_optional)
"""The kinds that a person may leave."""
_KINDS = {str(kind): kind for kind in OPTIONAL} | {
    "早报": DigestKind.MORNING,
    "晨报": DigestKind.MORNING,
    "周报": DigestKind.WEEKLY,
    "週報": DigestKind.WEEKLY,
    "月报": DigestKind.MONTHLY,
    "月報": DigestKind.MONTHLY,
    "待办": DigestKind.STEWARD,
    "待办邮件": DigestKind.STEWARD,
    "管家日报": DigestKind.STEWARD,
}
_WANTS = {"subscribe": True, "订阅": True, "訂閱": True, "unsubscribe": False, "退订": False, "退訂": False}
_REQUEST = re.compile(
    rf"(?P<re>(?:(?:re|回复|答复|回覆)\s*[:：]\s*)*)(?P<verb>{'|'.join(_WANTS)})"
    rf"(?:\s*(?P<kind>{'|'.join(_KINDS)}))?(?:\s+(?P<token>[0-9a-f]{{24}}))?",
    re.IGNORECASE,
)
_QUOTES = dict.fromkeys(map(ord, '“”"「」'))
"""Marks that people copy together with what stands between them."""
_BY_PROGRAMS = frozenset({Reason.AUTO_REPLY, Reason.BULK, Reason.MAILING_LIST})
"""What the mails of programs that unsubscribe for their owner may be marked as."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants a digest, or wants it no more. *is_by_program*: no person wrote that mail."""

    person: Person
    kind: DigestKind
    wants: bool
    is_by_program: bool = False


# ---- by the operator ---------------------------------------------------------------------------


def choose(tools: Tools, number: str, kind: DigestKind, wants: bool) -> bool:
    """
    Note whether the employee *number* wants *kind*; False where that is so already.

    Raises UsageError for nobody's number, for a kind that is part of the work, and for one that can never come.
    """
    if not kind.is_optional:
        raise UsageError(f"{kind} is part of the work: nobody may leave it; set schedule.{kind} to null for everybody")
    with tools.database.writing() as connection:
        person = people.find_by_number(connection, number)
        if person is None:
            raise UsageError(f"there is nobody with the employee number {number}")
        if wants and not _is_for(connection, tools, person, kind):
            why = digest_receivers.why_not(person, kind)
            raise UsageError(f"{kind} is not for {person.name} ({number}): {why}")
        return _note(connection, tools, Wish(person, kind, wants), OPERATOR.name)


def _note(connection: Connection, tools: Tools, wish: Wish, actor: str, inbound_id: int | None = None) -> bool:
    now = tools.clock()
    if not subscriptions.choose(connection, wish.person.id, wish.kind, wish.wants, now):
        return False
    action = "digest.subscribed" if wish.wants else "digest.unsubscribed"
    after = {"kind": str(wish.kind), "inbound": inbound_id}
    audit.append(connection, [audit.Entry(action, "person", wish.person.id, None, after, actor)], now)
    return True


# ---- by mail -----------------------------------------------------------------------------------


def wish_of(tools: Tools, envelope: Envelope) -> Wish | None:
    """
    Return what a message without a report asks for by its subject; None where that is nothing.

    *unsubscribe KIND TOKEN* (退订) counts where the token is of a digest that went to the very sender, or
    the message replies to such a one; some mail programs send it for their owner, marked as automatic.
    *subscribe KIND* (订阅) counts where that kind is for the sender. Whatever else is no wish.
    """
    found = _REQUEST.fullmatch(" ".join(envelope.subject.translate(_QUOTES).split()))
    if found is None or envelope.failure is not None or len(envelope.senders) != 1:
        return None
    wants, kind = _WANTS[found["verb"].casefold()], _KINDS.get((found["kind"] or "").casefold())
    if envelope.automatic is not None and (wants or found["re"] or envelope.automatic not in _BY_PROGRAMS):
        return None
    with tools.database.reading() as connection:
        person = people.find_by_address(connection, envelope.senders[0])
        if person is None or not person.is_active:
            return None
        if not wants or kind is None:
            kind = _proven(connection, tools, person, envelope, kind, (found["token"] or "").lower())
        elif not _is_for(connection, tools, person, kind):
            return None
    return Wish(person, kind, wants, envelope.automatic is not None) if kind is not None else None


def _proven(
    connection: Connection, tools: Tools, person: Person, envelope: Envelope, kind: DigestKind | None, token: str
) -> DigestKind | None:
    """Return the kind of the digest of ours, gone to *person*, that the message names or replies to."""
    named = [digest_mails.message_id(tools, kind, token)] if token and kind else []
    replied = [] if token else [envelope.in_reply_to, *reversed(envelope.references)]
    for own_id in dict.fromkeys((*named, *replied)):
        parts = digest_mails.parts_of(own_id)
        if parts is None or not parts[0].is_optional or kind not in (None, parts[0]):
            continue
        if subscriptions.went_to(connection, own_id, parts[0], person.addresses):
            return parts[0]
    return None


def _is_for(connection: Connection, tools: Tools, person: Person, kind: DigestKind) -> bool:
    organisation = organisations.load(connection, tools)
    eligible = digest_receivers.eligible(organisation, kind, tools.day_of(tools.clock(), None))
    return any(one.id == person.id for one in eligible)


def carry_out(tools: Tools, incoming: Incoming, wish: Wish) -> Outcome:
    """Note the wish, end its message, and confirm it once: a program that goes on asking gets no further answer."""
    reason = Reason.SUBSCRIBED if wish.wants else Reason.UNSUBSCRIBED
    envelope = incoming.envelope
    outcome = Outcome(
        incoming.inbound_id,
        MessageState.IGNORED,
        reason,
        detail=str(wish.kind),
        sender=", ".join(envelope.senders[:5]),
        subject=envelope.subject,
    )
    with tools.database.writing() as connection:
        is_new = _note(connection, tools, wish, wish.person.number, incoming.inbound_id)
        if is_new or not wish.is_by_program:
            answering.enqueue(connection, tools, incoming, _confirmation(tools, wish, reason), sender=wish.person)
        end(connection, tools, incoming, outcome)
    log.info(
        "digest.chosen", person=wish.person.number, kind=str(wish.kind), wants=wish.wants, inbound=outcome.inbound_id
    )
    return outcome


def _confirmation(tools: Tools, wish: Wish, reason: Reason) -> Answer:
    # without the subject that asked: who answers our mail by a program must not ask once more
    return Answer(
        kind=AnswerKind.SUBSCRIPTION,
        language=tools.language_of(wish.person),
        state=MessageState.IGNORED,
        reason=reason,
        rep_name=wish.person.name,
        digest=str(wish.kind),
    )
