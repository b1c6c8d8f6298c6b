"""
After a backup was put back: find the done messages that the database does not know, and let them be taken again.

Only the hash of a message's bytes tells whether it is known. What is unknown is moved back to where the next
poll looks; what is known stays where it is.
"""

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from daysheet.ingest.mailbox import Mailbox, MessageRef
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import retention

TOGETHER = 20
"""Messages moved at a time; their bytes are in the memory one by one only."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What one pass found among *seen* messages. *mended*: known ones whose bytes the spool had lost."""

    seen: int = 0
    known: int = 0
    moved: int = 0
    mended: int = 0


def recover(
    tools: Tools,
    mailbox: Mailbox,
    *,
    since: date | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Recovered:
    """
    Move the unknown messages of *mailbox*, one that is open backwards, to where they came from.

    *since*: only those that came on that day or later; a day more is looked at, wherever the server's midnight is.
    Nobody polls the mailbox meanwhile. Raises LeaseHeld, MailboxError; begun again it goes on.
    """
    with held(tools, f"mailbox:{mailbox.name}") as renew:
        try:
            mailbox.open()
            refs = mailbox.pending(sys.maxsize, since - timedelta(days=1) if since is not None else None)
            seen = known = moved = mended = 0
            for start in range(0, len(refs), TOGETHER):
                some = refs[start : start + TOGETHER]
                unknown, repaired, gone = _unknown(tools, mailbox, some, dry_run=dry_run, renew=renew)
                known += len(some) - len(unknown) - gone
                mended += repaired
                seen += len(some)
                moved += len(unknown) if dry_run else len(mailbox.settle_many(unknown))
                on_progress(seen, len(refs))
                renew()
            return Recovered(seen, known, moved, mended)
        finally:
            mailbox.close()


def _unknown(
    tools: Tools, mailbox: Mailbox, refs: Sequence[MessageRef], *, dry_run: bool, renew: Callable[[], None]
) -> tuple[list[MessageRef], int, int]:
    """Return those that the database does not know, how many known ones were mended, and how many have vanished."""
    unknown, mended, gone = [], 0, 0
    for ref in refs:
        raw = mailbox.fetch(ref) if ref.size <= tools.limits.message_bytes else mailbox.fetch_headers(ref)
        if raw is None:
            gone += 1
            continue
        digest = hashlib.sha256(raw).hexdigest()
        with tools.database.reading() as connection:
            found = retention.mailed(connection, [digest])
        if digest not in found:
            unknown.append(ref)
        elif found[digest] and not dry_run and not tools.spool.is_sound(digest):
            mended += tools.spool.put(raw) == digest
        renew()
    return unknown, mended, gone
