"""Put an answer into the outbox: what it says, whom it goes to, in which thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from daysheet.model.answers import Answer, AnswerKind
from daysheet.model.documents import answer_to_document
from daysheet.model.mail import Envelope
from daysheet.model.people import Person
from daysheet.reports import compose
from daysheet.services.tools import Tools
from daysheet.store import outbox
from daysheet.store.engine import Connection
from daysheet.store.inbound import Claimed

MAX_REFERENCES = 20
"""Message-IDs kept in References: the thread's first ones and the newest."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The message an answer belongs to."""

    inbound_id: int
    raw_sha256: str
    envelope: Envelope
    claimed: Claimed | None = None  # None where nothing is to be kept of it
    believed: str = ""  # why its sender is; "" where nothing proves that the message is theirs


def enqueue(
    connection: Connection,
    tools: Tools,
    incoming: Incoming,
    answer: Answer,
    *,
    sender: Person,
    rep: Person | None = None,
    submission_id: int | None = None,
    position: int = 0,
) -> int | None:
    """
    Queue *answer* to the sender's listed address with a copy to the rep; never to Reply-To.

    Returns the outbox id, or None where nobody has an address or this very answer is queued already.
    """
    addresses = _addresses(sender, rep)
    if not addresses:
        return None
    mail = outbox.NewMail(
        inbound_id=incoming.inbound_id,
        submission_id=submission_id,
        kind=answer.kind,
        recipient=addresses[0],
        cc=tuple(addresses[1:]),
        message_id=own_message_id(tools, incoming, position, f"{_kind(answer)}-{sender.id}"),
        in_reply_to=incoming.envelope.message_id,
        references=_references(incoming.envelope),
        payload=answer_to_document(answer),
    )
    return outbox.enqueue(connection, mail, tools.clock())


def enqueue_again(
    connection: Connection,
    tools: Tools,
    incoming: Incoming,
    former_id: int,
    *,
    sender: Person,
    rep: Person,
    position: int,
) -> int | None:
    """Queue the answer to the submission *former_id* once more, to who sent the workbook this time."""
    addresses = _addresses(sender, rep)
    if not addresses:
        return None
    return outbox.resend(
        connection,
        former_id,
        inbound_id=incoming.inbound_id,
        recipient=addresses[0],
        cc=tuple(addresses[1:]),
        message_id=own_message_id(tools, incoming, position, f"again-{sender.id}"),
        in_reply_to=incoming.envelope.message_id,
        now=tools.clock(),
    )


def _kind(answer: Answer) -> str:
    """A message set aside and fed again may be refused for another reason: that is another answer."""
    return f"{answer.kind}-{answer.reason}" if answer.kind is AnswerKind.REFUSED else answer.kind


def own_message_id(tools: Tools, incoming: Incoming, position: int, kind: str) -> str:
    """
    Return the Message-ID of an answer to *incoming*; *kind* tells several answers to one message apart.

    The same bytes fed for two reps (``ingest --as``) are two answers: the kind names the person too.
    """
    return compose.message_id(incoming.raw_sha256, position, kind, tools.house.domain)


def _addresses(sender: Person, rep: Person | None) -> Sequence[str]:
    wanted = [sender.address, rep.address if rep is not None else ""]
    return list(dict.fromkeys(address for address in wanted if address))


def _references(envelope: Envelope) -> tuple[str, ...]:
    chain = [*envelope.references, envelope.message_id]
    known = list(dict.fromkeys(reference for reference in chain if reference))
    return tuple(known if len(known) <= MAX_REFERENCES else [*known[:2], *known[-(MAX_REFERENCES - 2) :]])


def is_note(envelope: Envelope) -> bool:
    """True for a reply to one of our own answers."""
    return any(reference.startswith("<daysheet.") for reference in (envelope.in_reply_to, *envelope.references))
