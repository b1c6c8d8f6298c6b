"""Prove that every message ever seen ended in exactly one final state, and that its bytes are still there."""

from dataclasses import dataclass
from datetime import timedelta

from daysheet.services.tools import Tools
from daysheet.store import inbound, outbox, retention

OLD = timedelta(minutes=15)
"""A message that has been waiting longer than this is no longer "being worked"."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The books of the mailboxes. *is_closed* is False where *faults* says something is missing."""

    sightings: int
    messages: int
    by_state: dict[str, int]
    unfinished: int
    outbox: dict[str, int]
    faults: tuple[str, ...]
    removed: int = 0
    """Messages whose bytes were removed on purpose: by the settings' retention, or with a person's data."""

    @property
    def is_closed(self) -> bool:
        """True where nothing is missing and nothing is overdue."""
        return not self.faults


def account(tools: Tools, *, verify_bytes: bool = True) -> Accounts:
    """Count sightings, messages and answers, and compare the spool with the database."""
    now = tools.clock()
    with tools.database.reading() as connection:
        books = inbound.account(connection, now - OLD)
        mails = outbox.counts(connection)
        hashes = set(inbound.raw_hashes(connection))
    faults = list(books.faults)
    spooled = set(tools.spool.hashes())
    # bytes may have been removed on purpose since the database was asked
    missing = _still_wanted(tools, hashes - spooled) if hashes - spooled else set()
    faults += [f"the bytes of message {digest[:12]}… are missing from the spool" for digest in sorted(missing)[:20]]
    if verify_bytes:
        faults += [
            f"the spooled bytes of {digest[:12]}… are damaged"
            for digest in sorted(hashes & spooled)
            if not tools.spool.is_sound(digest) and _still_wanted(tools, {digest})
        ][:20]
    return Accounts(
        sightings=books.sightings,
        messages=books.messages,
        by_state=dict(books.by_state),
        unfinished=books.unfinished,
        outbox=dict(mails),
        faults=tuple(faults),
        removed=books.removed,
    )


def _still_wanted(tools: Tools, hashes: set[str]) -> set[str]:
    with tools.database.reading() as connection:
        return hashes - retention.gone(connection, hashes)
