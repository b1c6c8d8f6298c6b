"""
Remove the raw bytes of messages that are done with, once the settings no longer want them kept.

The database says first, in a commit of its own, that they are gone; then the files go. What a crash leaves
between the two is a file that the database says is gone: the next run removes it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import retention

LEASE = "retention"
"""Held also by whatever must not see bytes vanish meanwhile: a backup, an erasure."""
BATCH = 200
"""Messages marked in one commit."""
QUIET_SECONDS = 900.0
"""Bytes that have just come in once more may be those of another message, which is not in the database yet."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What a run did. *orphans* are files left behind by an earlier one, or come in again since."""

    messages: int = 0
    files: int = 0
    orphans: int = 0


def run(tools: Tools, *, should_stop: Callable[[], bool] = lambda: False) -> Removed:
    """
    Remove what is older than the settings keep, and every file the database says is removed.

    Ends early, with what it has done, once *should_stop* says so. Raises LeaseHeld where another process
    is at it, or makes a backup.
    """
    with held(tools, LEASE) as renew:
        tools.spool.put_back()
        messages = files = 0
        for hashes, number in _batches(tools):
            messages += number
            files += unlink(tools, hashes, older_than=QUIET_SECONDS)
            renew()
            if should_stop():
                return Removed(messages, files)
        orphans = 0
        for hashes in _listed(tools):
            with tools.database.reading() as connection:
                left = retention.gone(connection, hashes)
            orphans += unlink(tools, sorted(left), older_than=QUIET_SECONDS)
            renew()
            if should_stop():
                break
        return Removed(messages, files, orphans)


def _batches(tools: Tools) -> Iterator[tuple[list[str], int]]:
    """Mark messages a batch at a time; give the hashes that nothing keeps any more, and how many were marked."""
    if tools.raw_mail_kept is None:
        return
    last = 0
    while True:
        now = tools.clock()
        with tools.database.writing() as connection:
            found = retention.removable(connection, now - tools.raw_mail_kept, BATCH, last)
            retention.mark_removed(connection, [one for one, _ in found], now)
            hashes = retention.gone(connection, {digest for _, digest in found})
        if not found:
            return
        last = found[-1][0]
        yield sorted(hashes), len(found)


def _listed(tools: Tools) -> Iterator[list[str]]:
    """Give the hashes of the spool's files, some at a time."""
    names = tools.spool.hashes()
    while some := list(islice(names, BATCH)):
        yield some


def unlink(tools: Tools, hashes: list[str], *, older_than: float = 0) -> int:
    """Remove the files of *hashes* and return how many there were."""
    return sum(tools.spool.remove(digest, older_than=older_than) for digest in hashes)
