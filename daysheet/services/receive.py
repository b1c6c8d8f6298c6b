"""
Take messages out of a mailbox: bytes safe on disk and in the database first, then moved away.

Nothing here reads a message; that is ``services/process.py``. A crash at any line leaves each
message either in the mailbox or in the spool, or in both, which the next pass recognises.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from daysheet import points
from daysheet.errors import MailboxError
from daysheet.ingest.mailbox import Mailbox, MessageRef
from daysheet.model.mail import Sighting
from daysheet.points import Point
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import inbound, mailboxes

CHUNK = 25
"""Messages made safe by one commit before they are moved."""
FAILURES = 3
"""Messages that may fail to arrive before a pass counts as failed, once all others have been taken; so
many broken connections end it at once."""
HEADER_BYTES = 2**18
"""Bytes of a message's header that are kept where its body is not."""
ALL = 2**31
"""More messages than any folder holds."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one pass over one mailbox did. *inbound_ids* are the new messages."""

    mailbox: str
    fetched: int = 0
    duplicates: int = 0
    settled: int = 0
    waiting: int = 0
    failed: int = 0
    inbound_ids: tuple[int, ...] = ()


@dataclass(slots=True)
class _Tally:
    fetched: int = 0
    duplicates: int = 0
    settled: int = 0
    failed: int = 0
    broken: int = 0  # connections that had to be made anew
    refusal: MailboxError | None = None  # the first, of whatever kind, that the pass stepped over


def poll(
    tools: Tools, mailbox: Mailbox, *, batch: int, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Received:
    """
    Take up to *batch* messages from *mailbox*, oldest first.

    Raises LeaseHeld where another process works this mailbox, and MailboxError where the
    server cannot be used; either is recorded for ``doctor``.
    """
    with held(tools, f"mailbox:{mailbox.name}") as renew:
        try:
            received = _take(tools, mailbox, batch, renew, on_progress)
        except MailboxError as error:
            with tools.database.writing() as connection:
                mailboxes.record_error(connection, mailbox.name, mailbox.folder, str(error), tools.clock())
            raise
        finally:
            mailbox.close()
        with tools.database.writing() as connection:
            mailboxes.record_success(connection, mailbox.name, mailbox.folder, received.waiting, tools.clock())
        points.reached(Point.POLL_NOTED)
    return received


def _take(
    tools: Tools, mailbox: Mailbox, batch: int, renew: Callable[[], None], on_progress: Callable[[int, int], None]
) -> Received:
    epoch = mailbox.open()
    points.reached(Point.FOLDER_OPENED)
    with tools.database.writing() as connection:
        mailboxes.record_start(connection, mailbox.name, mailbox.folder, epoch, tools.clock())
    points.reached(Point.EPOCH_NOTED)
    still = _settle_absent(tools, mailbox, epoch)
    # what cannot be moved must not fill the batch, or nothing new would ever be taken
    pending = mailbox.pending(batch + still)
    with tools.database.reading() as connection:
        known = mailboxes.known_uids(connection, mailbox.name, mailbox.folder, epoch, [ref.uid for ref in pending])

    tally, new_ids = _Tally(), list[int]()
    for number, chunk in enumerate(_chunks(pending), start=1):
        new_ids += _secure(tools, mailbox, epoch, [ref for ref in chunk if ref.uid not in known], tally, renew)
        _settle(tools, mailbox, epoch, chunk, tally)
        on_progress(min(number * CHUNK, len(pending)), len(pending))
        renew()
    if tally.refusal is not None:
        raise tally.refusal
    return Received(
        mailbox=mailbox.name,
        fetched=tally.fetched,
        duplicates=tally.duplicates,
        settled=tally.settled,
        failed=tally.failed,
        waiting=mailbox.count(),
        inbound_ids=tuple(new_ids),
    )


def _settle_absent(tools: Tools, mailbox: Mailbox, epoch: int) -> int:
    """
    Note what has left the folder unnoticed, and return how many messages are known and still there.

    A pass that ended between the move and the note left them open; so did a folder that was made anew.
    """
    with tools.database.reading() as connection:
        open_places = mailboxes.unsettled(connection, mailbox.name, mailbox.folder)
    if not open_places:
        return 0
    waiting = {(epoch, ref.uid) for ref in mailbox.pending(ALL)}
    absent: dict[int, list[str]] = {}
    for place in open_places:
        if place not in waiting:
            absent.setdefault(place[0], []).append(place[1])
    with tools.database.writing() as connection:
        for of_epoch, uids in absent.items():
            inbound.mark_settled(connection, mailbox.name, mailbox.folder, of_epoch, uids, tools.clock())
    return len(waiting & set(open_places))


def _settle(tools: Tools, mailbox: Mailbox, epoch: int, chunk: Sequence[MessageRef], tally: _Tally) -> None:
    """Move what the database knows of *chunk*; a refusal is kept for the end of the pass, the rest comes first."""
    safe = _sighted(tools, mailbox, epoch, chunk)
    try:
        gone = mailbox.settle_many(safe)
    except MailboxError as error:
        tally.refusal = tally.refusal or error
        _step_over(mailbox, epoch, error, tally)
        return
    points.reached(Point.GONE)
    tally.settled += len(gone)
    with tools.database.writing() as connection:
        inbound.mark_settled(connection, mailbox.name, mailbox.folder, epoch, sorted(gone), tools.clock())
    points.reached(Point.SETTLED)


def _step_over(mailbox: Mailbox, epoch: int, error: MailboxError, tally: _Tally) -> None:
    """Go on after *error*, over a new connection where it broke the old one; raise where there is no going on."""
    if not error.is_retryable:
        return
    tally.broken += 1
    mailbox.close()
    if tally.broken > FAILURES or mailbox.open() != epoch:
        raise error


def _secure(
    tools: Tools,
    mailbox: Mailbox,
    epoch: int,
    chunk: Sequence[MessageRef],
    tally: _Tally,
    renew: Callable[[], None],
) -> list[int]:
    """Bring the bytes of *chunk* onto the disk, then into the database in one commit; return the new inbound ids."""
    arrivals: list[tuple[inbound.Arrival, str]] = []
    ended: MailboxError | None = None
    with tools.spool.together() as batch:
        for ref in chunk:
            is_whole = ref.size <= tools.limits.message_bytes
            try:
                raw = mailbox.fetch(ref) if is_whole else mailbox.fetch_headers(ref)
            except MailboxError as error:
                tally.failed += 1
                if tally.failed > FAILURES:
                    tally.refusal = tally.refusal or error
                try:
                    _step_over(mailbox, epoch, error, tally)
                except MailboxError as why:
                    ended = why
                    break  # what has arrived is kept all the same
                continue
            points.reached(Point.FETCHED)
            if raw is not None and is_whole and len(raw) > tools.limits.message_bytes:
                raw, is_whole = _headers(raw), False  # the server had said that it is shorter
            if raw is not None:
                digest = batch.put(raw)
                arrivals.append((inbound.Arrival(digest, size=ref.size, is_truncated=not is_whole), ref.uid))
            renew()

    points.reached(Point.SPOOLED)
    new_ids = _record(tools, mailbox, epoch, arrivals, tally) if arrivals else []
    points.reached(Point.RECORDED)
    if ended is not None:
        raise ended
    return new_ids


def _headers(raw: bytes) -> bytes:
    """Return what stands before the first empty line, however lines end there, and no more than that may be."""
    end = min(
        (at for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark, 0, HEADER_BYTES)) >= 0), default=HEADER_BYTES
    )
    return raw[:end] + b"\r\n\r\n"


def _record(
    tools: Tools, mailbox: Mailbox, epoch: int, arrivals: Sequence[tuple[inbound.Arrival, str]], tally: _Tally
) -> list[int]:
    new_ids = []
    with tools.database.writing() as connection:
        for arrival, uid in arrivals:
            sighting = Sighting(mailbox.name, mailbox.folder, epoch, uid)
            recorded = inbound.record(connection, arrival, sighting, tools.clock())
            points.reached(Point.SIGHTED)
            tally.fetched += 1
            if recorded.is_new:
                new_ids.append(recorded.inbound_id)
            else:
                tally.duplicates += 1
    return new_ids


def _sighted(tools: Tools, mailbox: Mailbox, epoch: int, chunk: Sequence[MessageRef]) -> list[MessageRef]:
    """Return the messages of *chunk* that the database knows: only these may be moved."""
    with tools.database.reading() as connection:
        safe = mailboxes.known_uids(connection, mailbox.name, mailbox.folder, epoch, [ref.uid for ref in chunk])
    return [ref for ref in chunk if ref.uid in safe]


def _chunks(refs: Sequence[MessageRef]) -> Iterator[Sequence[MessageRef]]:
    for start in range(0, len(refs), CHUNK):
        yield refs[start : start + CHUNK]
