"""
Named points between two effects on the world, for tests that stop or kill the process there.

In production nothing happens at a point. Nor can settings or the environment let anything happen: a test
puts a function of its own in the place of ``reached``, which is why it is always called as ``points.reached``.
"""

from enum import StrEnum


class Point(StrEnum):
    """Where a process may die; the sentences say what has happened by then and what has not."""

    # leases
    LEASE_TAKEN = "lease-taken"
    """The lease is ours, nothing has been done under it."""
    LEASE_RETURNED = "lease-returned"
    """The work is done and the lease given back."""

    # a poll
    FOLDER_OPENED = "folder-opened"
    """The mailbox is open, which the database does not know."""
    EPOCH_NOTED = "epoch-noted"
    """The database knows the folder's epoch and that a poll has begun."""
    FETCHED = "fetched"
    """A message's bytes are in memory and nowhere else but in the mailbox."""
    FILE_WRITTEN = "file-written"
    """A message's bytes are in a temporary file, perhaps not on the disk."""
    FILE_FLUSHED = "file-flushed"
    """All temporary files of the batch are on the disk; the next one has no name of its own yet."""
    FILE_NAMED = "file-named"
    """A file has its name, which may not be on the disk."""
    SPOOLED = "spooled"
    """The files and their names are on the disk; the database knows nothing of them."""
    SIGHTED = "sighted"
    """A message and its sighting are written, not committed."""
    RECORDED = "recorded"
    """The messages of a batch are committed; all of them are still in the mailbox."""
    MOVING = "moving"
    """The server is about to be asked to move a batch out of the folder."""
    MOVED = "moved"
    """The server has been asked to; whether it did is not known."""
    GONE = "gone"
    """The messages are known to have left the folder, which the database does not know."""
    SETTLED = "settled"
    """The database knows that the messages have left."""
    POLL_NOTED = "poll-noted"
    """The success of the poll is noted, the lease still held."""

    # a message is worked
    CLAIMED = "claimed"
    """A message's claim is committed, with the count of its tries."""
    TAKEN_APART = "taken-apart"
    """Its mail is taken apart, its sender judged."""
    WORKBOOK_READ = "workbook-read"
    """Its first workbook has been read by the child."""
    PREPARED = "prepared"
    """A workbook is checked and its names are taken apart; nothing is written."""
    FILING = "filing"
    """The transaction that files a workbook has begun, and the claim is confirmed."""
    CUSTOMERS_WRITTEN = "customers-written"
    """The workbook's customers are written, not committed."""
    ROWS_WRITTEN = "rows-written"
    """Its rows are written too."""
    MAIL_QUEUED = "mail-queued"
    """A mail, an answer or one by the clock, is in the outbox, not committed."""
    ENDED = "ended"
    """The message's final state is written, not committed."""
    ENDING_COMMITTED = "ending-committed"
    """The final state is committed, with all that belongs to it."""

    # a mail is sent
    SENDING_RESUMED = "sending-resumed"
    """What an earlier process left half-sent is queued again."""
    MAIL_CLAIMED = "mail-claimed"
    """A mail is marked as being sent, and committed."""
    MAIL_MADE = "mail-made"
    """The whole mail is made; the server has not heard of it."""
    MAIL_ACCEPTED = "mail-accepted"
    """The server has accepted the mail, which is not yet marked: from here to the commit it may go out twice."""
    MAIL_MARKED = "mail-marked"
    """The mail is marked as sent, not committed: the end of the one stretch in which it may go out twice."""
    MAIL_SENT = "mail-sent"
    """That it is sent is committed."""

    # digests
    DIGEST_WRITTEN = "digest-written"
    """A receiver's digest and its mail are written, not committed."""
    DIGESTS_COMMITTED = "digests-committed"
    """A batch of digests is committed."""
    DIGESTS_FINISHING = "digests-finishing"
    """Everybody has been served, which is not noted."""
    DIGESTS_NOTED = "digests-noted"
    """It is noted that the period is done, the lease still held."""


def reached(point: Point) -> None:
    """Do nothing."""
    del point
