"""Messages and answers as a steward looks through them, kept to what somebody may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.mail import MessageState, Reason
from daysheet.store.alarms import Alarm
from daysheet.store.inbound import Message
from daysheet.store.outbox import STUCK
from daysheet.store.scope import sees_mail, sees_message
from daysheet.store.tables import alarm, inbound, outbox, person

LOOKED_AT = (MessageState.QUARANTINED, MessageState.IGNORED)
"""The states in which a message may want a steward."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which of the messages are wanted; what is empty asks for nothing."""

    states: tuple[MessageState, ...] = LOOKED_AT
    reason: str = ""
    sender: str = ""  # part of an address
    seen_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class StuckMail:
    """An answer that failed or is held."""

    id: int
    state: str
    kind: str
    recipient: str
    subject: str  # of the message it answers
    attempts: int
    last_error: str
    created_at: datetime


# ---- messages ----------------------------------------------------------------------------------


def messages(
    connection: Connection, scope: Scope, wanted: MessageFilter, *, limit: int, offset: int = 0
) -> tuple[Message, ...]:
    """
    Return the *wanted* messages within *scope*, the newest first.

    One state is read by its index at a time: of those that were ignored there may be very many.
    """
    conditions = [sees_message(inbound.c.id, inbound.c.sender, scope)]
    if wanted.reason:
        conditions.append(inbound.c.reason == wanted.reason)
    if wanted.sender:
        conditions.append(inbound.c.sender.icontains(wanted.sender, autoescape=True))
    if wanted.seen_before is not None:
        conditions.append(inbound.c.first_seen_at <= wanted.seen_before)
    parts = [
        sa.select(inbound.c.id)
        .where(inbound.c.state == state, *conditions)
        .order_by(inbound.c.id.desc())
        .limit(limit + offset)
        .subquery()
        for state in wanted.states
    ]
    ids = sa.union_all(*(sa.select(part.c.id) for part in parts))
    query = sa.select(inbound).where(inbound.c.id.in_(ids)).order_by(inbound.c.id.desc())
    return tuple(_message(row) for row in connection.execute(query.limit(limit).offset(offset)))


def message(
    connection: Connection, inbound_id: int, scope: Scope, *, is_held: bool = False
) -> tuple[Message, int] | None:
    """Return a message and its size in bytes, None where there is none within *scope*; *is_held*: until the commit."""
    own = sa.and_(inbound.c.id == inbound_id, sees_message(inbound.c.id, inbound.c.sender, scope))
    query = sa.select(inbound).where(own)
    row = connection.execute(query.with_for_update() if is_held else query).first()
    return None if row is None else (_message(row), row.size)


def _message(row: Any) -> Message:
    values = {name: getattr(row, name) for name in Message.__dataclass_fields__}
    return Message(**values | {"state": MessageState(row.state), "codes": tuple(row.codes)})


def may_be_dismissed(found: Message) -> bool:
    """Say whether a message waits for somebody: it was set aside, or a stranger sent our form."""
    is_strange = found.state is MessageState.IGNORED and found.reason == Reason.STRANGER_WITH_TEMPLATE
    return found.state is MessageState.QUARANTINED or is_strange


def set_state(connection: Connection, inbound_id: int, state: MessageState, reason: str) -> None:
    """Write what a steward made of a message; the caller has looked at what it was."""
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(state=state, reason=reason))


def alarm_about(connection: Connection, pairs: tuple[tuple[str, str], ...]) -> Alarm | None:
    """Return the open alarm of one of these kinds about one of these subjects, where there is one."""
    same = sa.or_(*(sa.and_(alarm.c.kind == kind, alarm.c.subject == subject) for kind, subject in pairs))
    row = connection.execute(sa.select(alarm).where(same, alarm.c.cleared_at.is_(None)).limit(1)).first()
    return None if row is None else Alarm(row.kind, row.subject, row.detail, row.raised_at, row.id)


def names_of(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Return people's names by employee number; who is none of them (operator, daysheet) is left out."""
    query = sa.select(person.c.number, person.c.name).where(person.c.number.in_(sorted(numbers)))
    return {row.number: row.name for row in connection.execute(query)} if numbers else {}


# ---- answers -----------------------------------------------------------------------------------


def stuck(
    connection: Connection, scope: Scope, *, limit: int, offset: int = 0, state: str = ""
) -> tuple[StuckMail, ...]:
    """Return the answers that failed or are held within *scope*, the newest first."""
    states = (state,) if state in STUCK else STUCK
    query = (
        _mails()
        .where(outbox.c.state.in_(states), sees_mail(outbox.c.recipient, outbox.c.submission_id, scope))
        .order_by(outbox.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(StuckMail(**row) for row in connection.execute(query).mappings())


def mail(connection: Connection, mail_id: int, scope: Scope) -> StuckMail | None:
    """Return an answer, whatever its state; None where there is none within *scope*."""
    own = sa.and_(outbox.c.id == mail_id, sees_mail(outbox.c.recipient, outbox.c.submission_id, scope))
    row = connection.execute(_mails().where(own)).mappings().first()
    return None if row is None else StuckMail(**row)


def _mails() -> sa.Select[Any]:
    columns = [outbox.c[name] for name in StuckMail.__dataclass_fields__ if name != "subject"]
    subject = sa.func.coalesce(inbound.c.subject, "").label("subject")
    return sa.select(*columns, subject).outerjoin_from(outbox, inbound, inbound.c.id == outbox.c.inbound_id)
