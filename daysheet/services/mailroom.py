"""
Messages that were set aside or ignored: read as text and as parts, worked again, dismissed.

Nothing of a message is run or shown as anything but text, and one that took a process down is not opened at all.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from daysheet.errors import DaysheetError, UsageError
from daysheet.ingest import preflight
from daysheet.ingest.envelope import read_envelope
from daysheet.ingest.preflight import ReadLimits
from daysheet.model.issues import Issue, Place, issue
from daysheet.model.mail import Attachment, Envelope, MessageState, Reason
from daysheet.model.people import Person
from daysheet.model.rows import Refusal
from daysheet.services import operating
from daysheet.services.access import Visitor
from daysheet.services.dismiss import SET_ASIDE
from daysheet.services.tools import Tools
from daysheet.store import alarms, audit, inbound, mailroom, people
from daysheet.store.alarms import Alarm
from daysheet.store.engine import Connection
from daysheet.store.inbound import Message
from daysheet.store.mailroom import MessageFilter

A_PAGE = 50
MOST_PARTS = 20
"""Files of a message whose first bytes are looked at."""
LONGEST_TEXT = 20_000
LONGEST_REASON = 1000
AGAIN, DISMISSED = "message.requeued", "message.dismissed"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MailAsked:
    """What of the list is asked for, as it stands in the address. *days*: at least so old."""

    state: str = ""
    reason: str = ""
    sender: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class MessageList:
    """A page of messages; *senders* are those that are listed, by address."""

    messages: tuple[Message, ...]
    has_more: bool
    senders: dict[str, Person]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a message. *refusal* says why a reader would not get to see it."""

    name: str
    content_type: str
    size: int
    kind: str
    refusal: Issue | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """
    A message as its page shows it. *envelope* is None where it is not opened: *trouble* says why.

    *names* say by employee number who did what is in *history*.
    """

    message: Message
    size: int
    seen: str
    sender: Person | None = None
    envelope: Envelope | None = None
    parts: tuple[Part, ...] = ()
    more_parts: int = 0
    trouble: str = ""
    alarm: Alarm | None = None
    history: tuple[audit.Entry, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def times_again(self) -> int:
        """How often somebody had it worked again, of the last entries of its history."""
        return sum(one.action == AGAIN for one in self.history)

    @property
    def last_again(self) -> audit.Entry | None:
        """Who had it worked again last, and when; its state says what became of it. None once it was dismissed."""
        found = next((one for one in self.history if one.action == AGAIN), None)
        return None if self.is_dismissed else found

    @property
    def may_be_dismissed(self) -> bool:
        """True where it waits for somebody."""
        return mailroom.may_be_dismissed(self.message)

    @property
    def may_be_replayed(self) -> bool:
        """True where it can be worked again: it was set aside, or its sender was a stranger and is listed now."""
        if self.message.bytes_removed_at is not None:
            return False
        if self.message.state is MessageState.QUARANTINED:
            return True
        return self.is_strangers and self.sender is not None and self.sender.is_active

    @property
    def is_unproven(self) -> bool:
        """True where it was set aside because nothing proves its sender."""
        return self.message.state is MessageState.QUARANTINED and self.message.reason == Reason.UNAUTHENTICATED

    @property
    def is_strangers(self) -> bool:
        """True where it was ignored for its sender."""
        return self.message.state is MessageState.IGNORED and self.message.reason in inbound.STRANGERS

    @property
    def is_dismissed(self) -> bool:
        """True where a steward has left it."""
        return self.message.state is MessageState.IGNORED and self.message.reason == Reason.DISMISSED


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked for is so."""


@dataclass(frozen=True, slots=True)
class MovedOn:
    """The message is not as it was seen: nothing was done."""

    page: MessagePage


# ---- looking -----------------------------------------------------------------------------------


def listed(tools: Tools, visitor: Visitor, asked: MailAsked, page: int) -> MessageList:
    """Return a page of the messages asked for, within what the visitor sees; those set aside unless it is said."""
    states = {"ignored": (MessageState.IGNORED,), "all": mailroom.LOOKED_AT}
    wanted = MessageFilter(
        states=states.get(asked.state, (MessageState.QUARANTINED,)),
        reason=asked.reason[:100],
        sender=asked.sender.strip()[:100],
        seen_before=tools.clock() - timedelta(days=asked.days) if asked.days > 0 else None,
    )
    with tools.database.reading() as connection:
        offset = (max(page, 1) - 1) * A_PAGE
        found = mailroom.messages(connection, visitor.scope, wanted, limit=A_PAGE + 1, offset=offset)
        senders = people.find_by_addresses(connection, {one.sender for one in found if one.sender})
    return MessageList(found[:A_PAGE], len(found) > A_PAGE, senders)


def page(tools: Tools, visitor: Visitor, inbound_id: int) -> MessagePage | None:
    """Return a message within the visitor's view, taken apart as far as that is safe; None where there is none."""
    with tools.database.reading() as connection:
        shown = _page(connection, visitor, inbound_id)
    return None if shown is None else _opened(tools, shown)


def _page(connection: Connection, visitor: Visitor, inbound_id: int, *, is_held: bool = False) -> MessagePage | None:
    found = mailroom.message(connection, inbound_id, visitor.scope, is_held=is_held)
    if found is None:
        return None
    message, size = found
    history = audit.history(connection, "inbound", inbound_id, 50)
    return MessagePage(
        message,
        size,
        f"{message.state}-{message.reason}-{message.attempts}",
        sender=people.find_by_address(connection, message.sender) if message.sender else None,
        alarm=mailroom.alarm_about(connection, _alarms(message)),
        history=history,
        names=mailroom.names_of(connection, {entry.actor for entry in history}),
    )


def _alarms(message: Message) -> tuple[tuple[str, str], ...]:
    """Return the kinds and subjects of the alarms that a message may have raised."""
    own = (SET_ASIDE, str(message.id))
    return (own, (Reason.STRANGER_WITH_TEMPLATE, message.sender)) if message.sender else (own,)


def _opened(tools: Tools, shown: MessagePage) -> MessagePage:
    message = shown.message
    if message.bytes_removed_at is not None:
        return replace(shown, trouble="mailroom.removed")
    if message.reason == Reason.CRASH_LOOP:
        return replace(shown, trouble="mailroom.not-opened")
    try:
        raw = tools.spool.get(message.raw_sha256)
        if message.source == "file":
            envelope = Envelope(senders=(), attachments=(Attachment(message.file_name, raw),))
        else:
            envelope = read_envelope(raw, tools.limits, tools.house.loop_id)
        parts = tuple(_part(file) for file in envelope.attachments[:MOST_PARTS])
    except DaysheetError:
        return replace(shown, trouble="mailroom.lost")
    except Exception:
        # the very bug that had it set aside: the page must still offer what can be done about it
        log.exception("message.unreadable", inbound=message.id)
        return replace(shown, trouble="mailroom.unreadable")
    return replace(shown, envelope=envelope, parts=parts, more_parts=len(envelope.attachments[MOST_PARTS:]))


def _part(file: Attachment) -> Part:
    """Say what a file is by its first bytes, and whether a reader would get to see it."""
    kind = preflight.identify(file.content, file.name)
    checked = preflight.check(file.content, kind, file.name, ReadLimits())
    refusal = None
    if isinstance(checked, Refusal):
        refusal = issue(checked.code, Place(file=file.name), params=checked.params)
    return Part(file.name, file.content_type, len(file.content), str(kind), refusal)


def raw(tools: Tools, visitor: Visitor, inbound_id: int) -> tuple[str, bytes] | None:
    """
    Return a message's own bytes and a name for them; None where there is none within the visitor's view.

    Raises UsageError, with a sentence, where they were removed on purpose; StoreError where they are lost.
    """
    with tools.database.reading() as connection:
        found = mailroom.message(connection, inbound_id, visitor.scope)
    if found is None:
        return None
    if found[0].bytes_removed_at is not None:
        raise UsageError(f"the bytes of message {inbound_id} were removed on {found[0].bytes_removed_at:%F}")
    suffix = "bin" if found[0].source == "file" else "eml"
    return f"message-{inbound_id}.{suffix}", tools.spool.get(found[0].raw_sha256)


# ---- deciding ----------------------------------------------------------------------------------


def replay(
    tools: Tools, visitor: Visitor, inbound_id: int, seen: str, *, is_believed: bool = False
) -> Done | MovedOn | None:
    """
    Let a message be worked again; a form sent twice finds it waiting already.

    *is_believed*: the visitor answers for it that the message is its sender's, which nothing else proves.
    """
    with tools.database.writing() as connection:
        shown = _page(connection, visitor, inbound_id, is_held=True)
        if shown is None:
            return None
        last = next(iter(shown.history), None)
        is_again = last is not None and last.action == AGAIN and last.actor == visitor.actor.name
        if is_again and not shown.may_be_replayed:
            return Done()
        if shown.seen != seen or not shown.may_be_replayed:
            return MovedOn(shown)
        done = operating.requeue_within(connection, tools, inbound_id, visitor.actor, is_believed=is_believed)
        return Done() if done.is_requeued else MovedOn(shown)


def dismiss(tools: Tools, visitor: Visitor, inbound_id: int, reason: str, seen: str) -> Done | MovedOn | None:
    """Leave a message that waits for somebody; its alarm is cleared."""
    reason = reason.strip()[:LONGEST_REASON]
    with tools.database.writing() as connection:
        shown = _page(connection, visitor, inbound_id, is_held=True)
        if shown is None:
            return None
        last = next(iter(shown.history), None)
        if shown.is_dismissed and last is not None and last.actor == visitor.actor.name:
            return Done()
        if shown.seen != seen or not shown.may_be_dismissed:
            return MovedOn(shown)
        message, now = shown.message, tools.clock()
        mailroom.set_state(connection, inbound_id, MessageState.IGNORED, Reason.DISMISSED)
        for kind, subject in _alarms(message):
            alarms.clear(connection, kind, subject, now)
        open_ = shown.alarm
        raised = [open_.kind, open_.subject, open_.detail, open_.raised_at.isoformat()] if open_ else None
        before = {"state": str(message.state), "reason": str(message.reason), "alarm": raised}
        entry = audit.Entry(DISMISSED, "inbound", inbound_id, before, {"reason": reason}, visitor.actor.name)
        audit.append(connection, [entry], now)
        return Done()


def undo(tools: Tools, visitor: Visitor, inbound_id: int) -> Done | MovedOn | None:
    """Let a dismissed message wait again, its alarm raised as it was."""
    with tools.database.writing() as connection:
        shown = _page(connection, visitor, inbound_id, is_held=True)
        if shown is None:
            return None
        last = next(iter(shown.history), None)
        if last is not None and last.action == "message.restored":
            return Done()
        if not shown.is_dismissed or last is None or last.action != DISMISSED or last.before is None:
            return MovedOn(shown)
        was, now = last.before, tools.clock()
        mailroom.set_state(connection, inbound_id, MessageState(was["state"]), was["reason"])
        if was["alarm"]:
            kind, subject, detail, raised_at = was["alarm"]
            alarms.raise_once(connection, kind, subject, detail, datetime.fromisoformat(raised_at))
        after = {"state": was["state"], "reason": was["reason"]}
        entry = audit.Entry("message.restored", "inbound", inbound_id, None, after, visitor.actor.name)
        audit.append(connection, [entry], now)
        return Done()
