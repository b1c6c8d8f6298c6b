"""Messages taken in: recorded once per bytes, claimed by one worker, ended in one final state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.errors import NoLongerMine
from daysheet.model.mail import MessageState, Reason, Sighting
from daysheet.store.engine import chunks, insert_once, storable
from daysheet.store.tables import inbound, sighting

_OPEN = (MessageState.SPOOLED, MessageState.PROCESSING)
STRANGERS = frozenset({Reason.STRANGER, Reason.STRANGER_WITH_TEMPLATE})
"""Reasons to ignore a message that a longer list of people takes away."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes that have come in and lie in the spool. *source* is mail, or file for a bare workbook."""

    raw_sha256: str
    size: int
    source: str = "mail"
    as_number: str = ""
    file_name: str = ""
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an arrival: *is_new* is False where these bytes were known."""

    inbound_id: int
    is_new: bool
    state: MessageState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to work. *is_exhausted* where its earlier tries never came back."""

    id: int
    raw_sha256: str
    source: str
    as_number: str
    file_name: str
    is_truncated: bool
    attempts: int
    first_seen_at: datetime
    is_exhausted: bool
    holder: str
    mailbox: str = ""  # where it was first seen; "" for what was fed by a command
    believed: str = ""  # by whose order its sender is, whatever the mailbox asks for


@dataclass(frozen=True, slots=True)
class Ending:
    """A message's final state, and what its envelope said."""

    state: MessageState
    reason: Reason
    codes: Sequence[str] = ()
    detail: str = ""
    message_id: str = ""
    sender: str = ""
    subject: str = ""
    believed: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as stored."""

    id: int
    raw_sha256: str
    source: str
    file_name: str
    state: MessageState
    reason: str
    codes: tuple[str, ...]
    sender: str
    subject: str
    attempts: int
    first_seen_at: datetime
    detail: str = ""
    bytes_removed_at: datetime | None = None
    believed: str = ""  # why its sender was


@dataclass(frozen=True, slots=True)
class Books:
    """Counts for ``mailbox account``; *faults* says in words what does not close. *removed*: bytes, on purpose."""

    messages: int
    sightings: int
    by_state: dict[str, int]
    unfinished: int
    faults: tuple[str, ...]
    removed: int = 0


def record(connection: Connection, arrival: Arrival, seen: Sighting | None, now: datetime) -> Recorded:
    """
    Note that bytes have come in, and where they were seen.

    Known bytes bring no new message, only a second sighting; a known place brings nothing.
    """
    new_id = _insert(connection, arrival, now)
    if new_id is not None:
        recorded = Recorded(new_id, is_new=True, state=MessageState.SPOOLED)
    else:
        same = sa.and_(inbound.c.raw_sha256 == arrival.raw_sha256, inbound.c.as_number == arrival.as_number)
        known = connection.execute(sa.select(inbound.c.id, inbound.c.state).where(same)).one()
        recorded = Recorded(known.id, is_new=False, state=MessageState(known.state))
    if seen is not None:
        _see(connection, recorded, seen, now)
    return recorded


def _insert(connection: Connection, arrival: Arrival, now: datetime) -> int | None:
    """Return the id of the new message; None where the bytes are known, even since a moment ago."""
    values = {
        "raw_sha256": arrival.raw_sha256,
        "as_number": storable(arrival.as_number),
        "source": arrival.source,
        "file_name": storable(arrival.file_name),
        "size": arrival.size,
        "is_truncated": arrival.is_truncated,
        "state": MessageState.SPOOLED,
        "first_seen_at": now,
    }
    once = insert_once(connection, inbound, ("raw_sha256", "as_number"), returning="id")
    new_id: int | None = connection.scalar(once, values)
    return new_id


def _see(connection: Connection, recorded: Recorded, seen: Sighting, now: datetime) -> None:
    values = {
        "inbound_id": recorded.inbound_id,
        "mailbox": seen.mailbox,
        "folder": seen.folder,
        "epoch": seen.epoch,
        "uid": seen.uid,
        "is_duplicate": not recorded.is_new,
        "seen_at": now,
    }
    connection.execute(insert_once(connection, sighting, ("mailbox", "folder", "epoch", "uid")), values)


def mark_settled(
    connection: Connection, mailbox: str, folder: str, epoch: int, uids: Sequence[str], now: datetime
) -> None:
    """Note that the messages *uids* are out of the folder."""
    for some in chunks(uids):
        connection.execute(
            sighting.update()
            .where(
                sighting.c.mailbox == mailbox,
                sighting.c.folder == folder,
                sighting.c.epoch == epoch,
                sighting.c.uid.in_(some),
            )
            .values(settled_at=now)
        )


def claim(connection: Connection, holder: str, now: datetime, seconds: float, max_attempts: int) -> Claimed | None:
    """
    Take the oldest message whose worker has died, else the oldest that waits; None where there is none.

    The try is counted at once: commit before working. More than *max_attempts* tries and the message
    comes back ``is_exhausted``, to be set aside unopened. Two workers never get the same message.
    """
    # one state at a time, so that each question reads the index and not every message there ever was
    for oldest in _OLDEST:
        found = connection.scalar(oldest, {"expiry": now})
        if found is not None:
            return _take(connection, found, holder, now, seconds, max_attempts)
    return None


_SPOOLED = inbound.c.state == MessageState.SPOOLED
_EXPIRED = sa.and_(
    inbound.c.state == MessageState.PROCESSING,
    inbound.c.claimed_until <= sa.bindparam("expiry", type_=inbound.c.claimed_until.type),
)
_OLDEST = tuple(
    sa.select(inbound.c.id).where(free).order_by(inbound.c.id).limit(1).with_for_update(skip_locked=True)
    for free in (_EXPIRED, _SPOOLED)
)
_TAKE = (
    inbound.update()
    .where(inbound.c.id == sa.bindparam("own_id"), sa.or_(_SPOOLED, _EXPIRED))
    .values(state=MessageState.PROCESSING, attempts=inbound.c.attempts + 1)
    .returning(inbound)
)
_OLDEST_SPOOLED = _OLDEST[-1]
_TAKE_UNTRIED = _TAKE.where(inbound.c.attempts == 0)
_FIRST_SEEN_IN = (
    sa.select(sighting.c.mailbox)
    .where(sighting.c.inbound_id == sa.bindparam("own_id"))
    .order_by(sighting.c.id)
    .limit(1)
)
_MINE = sa.and_(
    inbound.c.id == sa.bindparam("own_id"),
    inbound.c.state == MessageState.PROCESSING,
    inbound.c.claimed_by == sa.bindparam("own_holder"),
    inbound.c.attempts == sa.bindparam("own_attempt"),
)
_CONFIRM = sa.select(inbound.c.id).where(_MINE).with_for_update()
_RELEASE = inbound.update().where(_MINE).values(state=MessageState.SPOOLED, attempts=inbound.c.attempts - 1)
_FINISH = inbound.update().where(_MINE)


def _mine(claimed: Claimed) -> dict[str, Any]:
    """Return what tells this try from another worker's, and from a later one of one's own."""
    return {"own_id": claimed.id, "own_holder": claimed.holder, "own_attempt": claimed.attempts}


def claim_untried(connection: Connection, holder: str, now: datetime, seconds: float) -> Claimed | None:
    """Take the oldest message that waits, where nobody has tried it yet; otherwise as ``claim``."""
    found = connection.scalar(_OLDEST_SPOOLED)
    return None if found is None else _take(connection, found, holder, now, seconds, 1, untried=True)


def claim_one(
    connection: Connection, inbound_id: int, holder: str, now: datetime, seconds: float, max_attempts: int
) -> Claimed | None:
    """Take one message by its id; None where another worker has it or it has ended."""
    return _take(connection, inbound_id, holder, now, seconds, max_attempts)


def _take(
    connection: Connection,
    inbound_id: int,
    holder: str,
    now: datetime,
    seconds: float,
    max_attempts: int,
    *,
    untried: bool = False,
) -> Claimed | None:
    claim = {"claimed_by": holder, "claimed_until": now + timedelta(seconds=seconds)}
    statement = _TAKE_UNTRIED if untried else _TAKE
    row = connection.execute(statement, {"own_id": inbound_id, "expiry": now, **claim}).first()
    if row is None:
        return None
    return Claimed(
        id=row.id,
        raw_sha256=row.raw_sha256,
        source=row.source,
        as_number=row.as_number,
        file_name=row.file_name,
        is_truncated=row.is_truncated,
        attempts=row.attempts,
        first_seen_at=row.first_seen_at,
        is_exhausted=row.attempts > max_attempts,
        holder=holder,
        mailbox=connection.scalar(_FIRST_SEEN_IN, {"own_id": row.id}) or "",
        believed=row.believed,
    )


def release(connection: Connection, claimed: Claimed) -> bool:
    """
    Let a claimed message wait again without counting the try: the world was in trouble, not the message.

    False where it is another's by now, and left alone.
    """
    return connection.execute(_RELEASE, _mine(claimed) | {"claimed_by": None, "claimed_until": None}).rowcount == 1


def confirm(connection: Connection, claimed: Claimed) -> None:
    """Raise NoLongerMine unless *claimed* is still held, and let nobody take it over before the commit."""
    if connection.scalar(_CONFIRM, _mine(claimed)) is None:
        raise _lost(claimed.id)


def _lost(inbound_id: int) -> NoLongerMine:
    return NoLongerMine(f"another worker has taken over message {inbound_id}, or has finished it")


def claimants(connection: Connection) -> frozenset[str]:
    """Return who holds a claim now, dead or alive."""
    query = sa.select(inbound.c.claimed_by).where(inbound.c.state == MessageState.PROCESSING).distinct()
    return frozenset(holder for holder in connection.execute(query).scalars() if holder is not None)


def abandon(connection: Connection, holder: str, now: datetime) -> int:
    """
    Let every claim of *holder*, a process known to be dead, run out at once; return how many there were.

    The tries stay counted: one of these messages may be what killed it.
    """
    statement = inbound.update().where(inbound.c.state == MessageState.PROCESSING, inbound.c.claimed_by == holder)
    return connection.execute(statement.values(claimed_until=now)).rowcount


def finish(connection: Connection, claimed: Claimed, ending: Ending, now: datetime) -> None:
    """
    Write a message's final state.

    Raises NoLongerMine where another worker has taken it over or was quicker: the caller's
    transaction must not count. ValueError for a state that is not final.
    """
    if not ending.state.is_final:
        raise ValueError(f"{ending.state} is not a final state")
    values = {
        "state": ending.state,
        "reason": ending.reason,
        "codes": list(ending.codes),
        "detail": storable(ending.detail[:1000]),
        "message_id": storable(ending.message_id[:1000]),
        "sender": storable(ending.sender[:1000]),
        "subject": storable(ending.subject[:500]),
        "believed": storable(ending.believed[:500]),
        "claimed_by": None,
        "claimed_until": None,
        "finished_at": now,
    }
    if connection.execute(_FINISH, _mine(claimed) | values).rowcount != 1:
        raise _lost(claimed.id)


def requeue(connection: Connection, inbound_id: int, believed: str = "") -> bool:
    """
    Let a message that was set aside, or a stranger's, be worked again; False where it was neither.

    *believed* is by whose order its sender is to be believed, whatever the mailbox asks for.
    """
    is_strangers = sa.and_(inbound.c.state == MessageState.IGNORED, inbound.c.reason.in_(STRANGERS))
    statement = (
        inbound.update()
        .where(inbound.c.id == inbound_id, sa.or_(inbound.c.state == MessageState.QUARANTINED, is_strangers))
        .where(inbound.c.bytes_removed_at.is_(None))
        .values(
            state=MessageState.SPOOLED, reason="", codes=[], detail="", attempts=0, finished_at=None, believed=believed
        )
    )
    return connection.execute(statement).rowcount == 1


def get(connection: Connection, inbound_id: int) -> Message:
    """Return a message by its id; KeyError where there is none."""
    row = connection.execute(sa.select(inbound).where(inbound.c.id == inbound_id)).first()
    if row is None:
        raise KeyError(inbound_id)
    return _message(row)


def list_recent(
    connection: Connection, limit: int = 50, states: Sequence[MessageState] = tuple(MessageState)
) -> tuple[Message, ...]:
    """Return the newest messages in one of *states*, newest first."""
    query = sa.select(inbound).where(inbound.c.state.in_(states)).order_by(inbound.c.id.desc()).limit(limit)
    return tuple(_message(row) for row in connection.execute(query))


def newest_kept(connection: Connection, limit: int) -> tuple[str, ...]:
    """Return the hashes of the *limit* newest messages whose bytes are to be in the spool."""
    query = sa.select(inbound.c.raw_sha256).where(inbound.c.bytes_removed_at.is_(None))
    return tuple(connection.execute(query.order_by(inbound.c.id.desc()).limit(limit)).scalars())


def newest_of_mailbox(connection: Connection, mailbox: str, limit: int) -> tuple[str, ...]:
    """Return the hashes of the *limit* messages that came through *mailbox* last, of those whose bytes are kept."""
    query = (
        sa.select(inbound.c.raw_sha256)
        .join(sighting, sighting.c.inbound_id == inbound.c.id)
        .where(sighting.c.mailbox == mailbox, inbound.c.bytes_removed_at.is_(None), inbound.c.source == "mail")
        .order_by(sighting.c.id.desc())
        .limit(limit)
    )
    return tuple(connection.execute(query).scalars())


def find_by_message_id(connection: Connection, message_id: str) -> tuple[Message, ...]:
    """Return the messages with this Message-ID, oldest first: more than one where its bytes differed."""
    query = sa.select(inbound).where(inbound.c.message_id == message_id).order_by(inbound.c.id).limit(100)
    return tuple(_message(row) for row in connection.execute(query))


def _message(row: sa.Row[Any]) -> Message:
    return Message(
        id=row.id,
        raw_sha256=row.raw_sha256,
        source=row.source,
        file_name=row.file_name,
        state=MessageState(row.state),
        reason=row.reason,
        codes=tuple(row.codes),
        sender=row.sender,
        subject=row.subject,
        attempts=row.attempts,
        first_seen_at=row.first_seen_at,
        detail=row.detail,
        bytes_removed_at=row.bytes_removed_at,
        believed=row.believed,
    )


def raw_hashes(connection: Connection) -> Iterator[str]:
    """Give the hash of every message's bytes that were not removed on purpose."""
    yield from connection.execute(sa.select(inbound.c.raw_sha256).where(inbound.c.bytes_removed_at.is_(None))).scalars()


def account(connection: Connection, overdue_before: datetime) -> Books:
    """Count messages and sightings; what has waited since before *overdue_before* is a fault."""
    by_state = {
        row.state: row.number
        for row in connection.execute(
            sa.select(inbound.c.state, sa.func.count().label("number")).group_by(inbound.c.state)
        )
    }
    duplicates = _count(connection, sighting, sighting.c.is_duplicate)
    overdue = _count(connection, inbound, sa.and_(inbound.c.state.in_(_OPEN), inbound.c.first_seen_at < overdue_before))
    unsettled = _count(
        connection, sighting, sa.and_(sighting.c.settled_at.is_(None), sighting.c.seen_at < overdue_before)
    )
    stateless = _count(connection, inbound, sa.and_(inbound.c.finished_at.is_(None), inbound.c.state.not_in(_OPEN)))
    faults = []
    if overdue:
        faults.append(f"{overdue} messages have been waiting since before {overdue_before:%F %H:%M} UTC")
    if unsettled:
        faults.append(f"{unsettled} messages are still in their mailbox since before {overdue_before:%F %H:%M} UTC")
    if stateless:
        faults.append(f"{stateless} messages have a final state but no time")
    if duplicates:
        by_state["duplicate sightings"] = duplicates
    return Books(
        messages=_count(connection, inbound, sa.true()),
        sightings=_count(connection, sighting, sa.true()),
        by_state=by_state,
        unfinished=sum(by_state.get(state, 0) for state in _OPEN),
        faults=tuple(faults),
        removed=_count(connection, inbound, inbound.c.bytes_removed_at.is_not(None)),
    )


def _count(connection: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one()
