"""
Mails that wait: written in the data's own transaction, sent later, at most once more than needed.

queued → sending → sent | failed | held; sent → bounced where the mail came back; failed, held or
bounced → queued | given-up. *sending* found at the start of a pass means that the process died
between handing over and writing it down: it is sent again under the same Message-ID, at most three
times, then held for the operator.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet import points
from daysheet.points import Point
from daysheet.store.engine import chunks, insert_once, storable
from daysheet.store.tables import inbound, outbox

BACK_OFF = (1, 5, 15, 60, 360)
"""Minutes until the next try; the last one is repeated."""
GIVE_UP = timedelta(days=5)
"""
Tries go on this long, as mail servers' own do (RFC 5321, 4.5.4.1): as many as the back-off fits into it.

Counted by tries, not by the clock: neither the days a mail waited before its first try nor those
the service was off count against it.
"""
MAX_UNKNOWN = 3
"""Times a mail is sent again without knowing what became of the try before."""
CAP_RETRY = timedelta(minutes=15)
"""How long a mail over its recipient's hourly cap waits before it is looked at again."""
STUCK = ("failed", "held", "bounced")
"""States that only an operator gets a mail out of."""
_REFUSAL = "refused"  # the kind that has a cap of its own
ALARM = "alarm"
"""The kind that tells operators of trouble: it answers nobody, and waits for nobody."""
ANSWERS, BY_THE_CLOCK = 0, 1
"""Priorities: a rep who waits for an answer is not kept by the ten thousand mails of a morning."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to queue. *payload* holds everything it says."""

    inbound_id: int | None
    submission_id: int | None
    kind: str
    recipient: str
    cc: tuple[str, ...]
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    payload: Mapping[str, Any]
    priority: int = ANSWERS


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A claimed mail."""

    id: int
    submission_id: int | None
    kind: str
    recipient: str
    cc: tuple[str, ...]
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Waybill:
    """A mail as an operator sees it: whose, how far, and why no farther."""

    id: int
    state: str
    kind: str
    recipient: str
    attempts: int
    next_at: datetime
    last_error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Caps:
    """How many mails one address gets an hour; more are deferred."""

    answers: int = 20
    refusals: int = 1


def enqueue(connection: Connection, mail: NewMail, now: datetime) -> int | None:
    """Queue *mail*; None where its Message-ID is queued or sent already."""
    values = {
        "inbound_id": mail.inbound_id,
        "submission_id": mail.submission_id,
        "kind": mail.kind,
        "recipient": mail.recipient,
        "cc": list(mail.cc),
        "message_id": mail.message_id,
        "in_reply_to": storable(mail.in_reply_to),
        "references": list(mail.references),
        "payload": dict(mail.payload),
        "state": "queued",
        "priority": mail.priority,
        "next_at": now,
        "created_at": now,
    }
    new_id: int | None = connection.scalar(insert_once(connection, outbox, ("message_id",), returning="id"), values)
    points.reached(Point.MAIL_QUEUED)
    return new_id


def resend(
    connection: Connection,
    submission_id: int,
    *,
    inbound_id: int,
    recipient: str,
    cc: tuple[str, ...],
    message_id: str,
    in_reply_to: str,
    now: datetime,
) -> int | None:
    """
    Queue the answer of *submission_id* once more, in reply to another message; None where it had none.

    It goes to whom that message's answer goes to, which need not be who got it before.
    """
    former = connection.execute(
        sa.select(outbox).where(outbox.c.submission_id == submission_id).order_by(outbox.c.id.desc()).limit(1)
    ).first()
    if former is None:
        return None
    mail = NewMail(
        inbound_id=inbound_id,
        submission_id=submission_id,
        kind=former.kind,
        recipient=recipient,
        cc=cc,
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=tuple(ref for ref in (*former.references, in_reply_to) if ref)[-20:],
        payload=former.payload,
    )
    return enqueue(connection, mail, now)


def recover(connection: Connection) -> int:
    """
    Queue again what a dead process left half-sent, hold what was left so three times; call it under the lease.

    It stays due since when it was: it may have arrived, so that no other of its recipient's must go before it.
    """
    stuck = outbox.c.state == "sending"
    held = connection.execute(
        outbox.update()
        .where(stuck, outbox.c.unknowns >= MAX_UNKNOWN)
        .values(state="held", last_error="handed over several times without a word from the server")
    ).rowcount
    again = connection.execute(
        outbox.update().where(stuck).values(state="queued", unknowns=outbox.c.unknowns + 1)
    ).rowcount
    return held + again


def claim_due(connection: Connection, holder: str, now: datetime, limit: int, caps: Caps) -> tuple[OutboxMail, ...]:
    """
    Take up to *limit* mails that are due, answers before the others, longest due first.

    Empty only where none may be sent now. Answers over their recipient's hourly cap, which ends loops
    with other programs, are put off, not dropped, and keep nobody else waiting. Mails by the clock and
    alarms answer nobody: they neither count nor are put off.
    """
    while due := _due(connection, now, limit):
        taken, put_off = _within_caps(due, _sent_lately(connection, {row.recipient for row in due}, now), caps)
        _put_off(connection, put_off, now + CAP_RETRY)
        if taken:
            connection.execute(
                outbox.update()
                .where(outbox.c.id.in_([row.id for row in taken]))
                .values(state="sending", claimed_by=holder, attempts=outbox.c.attempts + 1)
            )
            return tuple(_mail(row, row.attempts + 1) for row in taken)
    return ()


def _due(connection: Connection, now: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    query = (
        sa.select(outbox)
        .where(outbox.c.state == "queued", outbox.c.next_at <= now)
        .order_by(outbox.c.priority, outbox.c.next_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).all()


def _within_caps(
    due: Sequence[sa.Row[Any]], sent: dict[tuple[str, bool], int], caps: Caps
) -> tuple[list[sa.Row[Any]], list[int]]:
    """Return the mails that may go now, and the ids of those that may not."""
    taken, put_off = [], []
    for row in due:
        if row.priority != ANSWERS or row.kind == ALARM:
            taken.append(row)
            continue
        # A refused workbook belongs to a rep we know: only a mail that made no submission counts as a refusal.
        is_refusal = row.kind == _REFUSAL and row.submission_id is None
        key = (row.recipient, is_refusal)
        if sent.get(key, 0) >= (caps.refusals if is_refusal else caps.answers):
            put_off.append(row.id)
        else:
            sent[key] = sent.get(key, 0) + 1
            taken.append(row)
    return taken, put_off


def _put_off(connection: Connection, ids: Sequence[int], until: datetime) -> None:
    for some in chunks(ids):
        connection.execute(outbox.update().where(outbox.c.id.in_(some)).values(next_at=until))


def _sent_lately(connection: Connection, recipients: set[str], now: datetime) -> dict[tuple[str, bool], int]:
    if not recipients:
        return {}
    is_refusal = sa.and_(outbox.c.kind == _REFUSAL, outbox.c.submission_id.is_(None))
    query = (
        sa.select(outbox.c.recipient, is_refusal.label("is_refusal"), sa.func.count().label("number"))
        .where(outbox.c.recipient.in_(recipients), outbox.c.sent_at > now - timedelta(hours=1))
        .where(outbox.c.priority == ANSWERS, outbox.c.kind != ALARM)
        .group_by(outbox.c.recipient, is_refusal)
    )
    return {(row.recipient, bool(row.is_refusal)): row.number for row in connection.execute(query)}


def _mail(row: Any, attempts: int) -> OutboxMail:
    return OutboxMail(
        id=row.id,
        submission_id=row.submission_id,
        kind=row.kind,
        recipient=row.recipient,
        cc=tuple(row.cc),
        message_id=row.message_id,
        in_reply_to=row.in_reply_to,
        references=tuple(row.references),
        payload=row.payload,
        attempts=attempts,
        created_at=row.created_at,
    )


def waiting(connection: Connection, limit: int = 1000) -> tuple[OutboxMail, ...]:
    """Return the mails that wait, oldest first, without claiming them."""
    query = sa.select(outbox).where(outbox.c.state == "queued").order_by(outbox.c.id).limit(limit)
    return tuple(_mail(row, row.attempts) for row in connection.execute(query))


def set_payload(connection: Connection, mail_id: int, payload: Mapping[str, Any]) -> None:
    """Let a mail say more than it was queued with."""
    connection.execute(outbox.update().where(outbox.c.id == mail_id).values(payload=dict(payload)))


def mark_sent(connection: Connection, mail_id: int, now: datetime) -> None:
    """The server has accepted it; what came back before that was written down stays so."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == mail_id, outbox.c.state != "bounced")
        .values(state="sent", sent_at=now, last_error="", claimed_by=None)
    )


def mark_bounced(connection: Connection, own_ids: Sequence[str], said: str, now: datetime) -> int | None:
    """
    Note that the mail under the first of *own_ids* that is ours came back; return its id.

    None where there is no such mail, or where it was not handed over, or is noted already.
    """
    query = sa.select(outbox.c.id, outbox.c.message_id).where(outbox.c.message_id.in_(list(own_ids)[:100]))
    found = {row.message_id: row.id for row in connection.execute(query)} if own_ids else {}
    mail_id: int | None = next((found[one] for one in own_ids if one in found), None)
    if mail_id is None:
        return None
    done = connection.execute(
        outbox.update()
        .where(outbox.c.id == mail_id, outbox.c.state.in_(("sending", "sent")))
        .values(
            state="bounced",
            last_error=storable(said[:1000]),
            claimed_by=None,
            sent_at=sa.func.coalesce(outbox.c.sent_at, now),
        )
    )
    return mail_id if done.rowcount == 1 else None


def mark_failed(connection: Connection, mail_id: int, error: str) -> None:
    """It will not be tried again; shown to the operator."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == mail_id)
        .values(state="failed", last_error=storable(error[:1000]), claimed_by=None)
    )


def mark_deferred(connection: Connection, mail: OutboxMail, error: str, now: datetime) -> None:
    """Try again later, by the back-off; after five days of it the mail has failed."""
    if _waited(mail.attempts) > GIVE_UP:
        mark_failed(connection, mail.id, f"given up after {mail.attempts} tries: {error}")
        return
    next_at = retry_at(mail.attempts, now)
    connection.execute(
        outbox.update()
        .where(outbox.c.id == mail.id)
        .values(state="queued", next_at=next_at, last_error=storable(error[:1000]), claimed_by=None)
    )


def mark_unknown(connection: Connection, mail: OutboxMail, error: str, now: datetime) -> None:
    """The server may have it or not: try again later, counted; after three such times it is held for the operator."""
    this = outbox.c.id == mail.id
    held = connection.execute(
        outbox.update()
        .where(this, outbox.c.unknowns >= MAX_UNKNOWN)
        .values(state="held", last_error=storable(error[:1000]), claimed_by=None)
    ).rowcount
    if not held:
        connection.execute(outbox.update().where(this).values(unknowns=outbox.c.unknowns + 1))
        mark_deferred(connection, mail, error, now)


def retry_at(attempts: int, now: datetime) -> datetime:
    """Return when to try again after *attempts* tries."""
    return now + timedelta(minutes=BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1])


def _waited(attempts: int) -> timedelta:
    """Return how long a mail will have waited since its first try when it is tried again after *attempts* tries."""
    repeated = max(attempts - len(BACK_OFF), 0)
    return timedelta(minutes=sum(BACK_OFF[:attempts]) + repeated * BACK_OFF[-1])


def retry_stuck(connection: Connection, now: datetime, ids: Collection[int] | None = None) -> int:
    """Queue the mails that are stuck (None: all, else those of *ids*) once more: an operator has mended the cause."""
    named = sa.true() if ids is None else outbox.c.id.in_(ids)
    statement = outbox.update().where(outbox.c.state.in_(STUCK), named)
    return connection.execute(statement.values(state="queued", attempts=0, unknowns=0, next_at=now)).rowcount


def give_up(connection: Connection, mail_id: int) -> bool:
    """Let a failed, held or bounced mail go unsent for good; False where it is none of them."""
    statement = outbox.update().where(outbox.c.id == mail_id, outbox.c.state.in_(STUCK))
    return connection.execute(statement.values(state="given-up")).rowcount == 1


def hold_again(connection: Connection, mail_id: int) -> bool:
    """Hold a mail that was given up, as something to decide on; False where it was not."""
    statement = outbox.update().where(outbox.c.id == mail_id, outbox.c.state == "given-up")
    return connection.execute(statement.values(state="held")).rowcount == 1


def get(connection: Connection, mail_id: int) -> tuple[OutboxMail, Waybill] | None:
    """Return a mail and how far it has come, or None."""
    row = connection.execute(sa.select(outbox).where(outbox.c.id == mail_id)).first()
    if row is None:
        return None
    return _mail(row, row.attempts), Waybill(*(getattr(row, name) for name in Waybill.__dataclass_fields__))


def list_mails(connection: Connection, states: Collection[str], limit: int) -> tuple[Waybill, ...]:
    """Return the newest mails in one of *states*, newest first."""
    columns = [outbox.c[name] for name in Waybill.__dataclass_fields__]
    query = sa.select(*columns).where(outbox.c.state.in_(states)).order_by(outbox.c.id.desc()).limit(limit)
    return tuple(Waybill(**row) for row in connection.execute(query).mappings())


def answered_subject(connection: Connection, ids: Sequence[str]) -> str | None:
    """Return the subject of the message that the first of *ids*, Message-IDs of ours, answered; None where none is."""
    query = (
        sa.select(outbox.c.message_id, inbound.c.subject)
        .join_from(outbox, inbound, inbound.c.id == outbox.c.inbound_id)
        .where(outbox.c.message_id.in_(list(ids)[:100]))
    )
    found = {row.message_id: row.subject for row in connection.execute(query)} if ids else {}
    return next((found[one] for one in ids if one in found), None)


def spoken_of(connection: Connection, ids: Sequence[str], addresses: Collection[str]) -> tuple[int, int | None]:
    """
    Return what the first of *ids*, Message-IDs of ours, was about: a question, by its number, and a submission.

    0 and None where it was about neither, is not ours, or went to none of *addresses*.
    """
    columns = (outbox.c.message_id, outbox.c.submission_id, outbox.c.payload, outbox.c.recipient, outbox.c.cc)
    query = sa.select(*columns).where(outbox.c.message_id.in_(list(ids)[:100]))
    own = {one.casefold() for one in addresses}
    rows = connection.execute(query) if ids else ()
    found = {row.message_id: row for row in rows if own & {one.casefold() for one in (row.recipient, *row.cc)}}
    row = next((found[one] for one in ids if one in found), None)
    return (int(row.payload.get("review", 0)), row.submission_id) if row is not None else (0, None)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many mails are in each state."""
    query = sa.select(outbox.c.state, sa.func.count().label("number")).group_by(outbox.c.state)
    return {row.state: row.number for row in connection.execute(query)}


def message_ids(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return those of *ids* that are Message-IDs of ours."""
    if not ids:
        return frozenset()
    query = sa.select(outbox.c.message_id).where(outbox.c.message_id.in_(list(ids)[:100]))
    return frozenset(connection.execute(query).scalars())
