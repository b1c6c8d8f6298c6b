"""What a mailbox is to the poller, whatever serves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message waiting in the folder: its uid there and its size in bytes."""

    uid: str
    size: int


class Mailbox(Protocol):
    """
    One folder of one mailbox. The seen flag means nothing; a message is done once it has left.

    Every method raises MailboxError where the server cannot be used.
    """

    name: str
    folder: str

    def open(self) -> int:
        """Connect and select; return the epoch (UIDVALIDITY, 0 where there is none)."""

    def pending(self, limit: int, since: date | None = None) -> tuple[MessageRef, ...]:
        """Return up to *limit* waiting messages, oldest first; with *since*, all that came to it from that day on."""

    def fetch(self, ref: MessageRef) -> bytes | None:
        """Return the whole message without marking it, None where it has vanished."""

    def fetch_headers(self, ref: MessageRef) -> bytes | None:
        """Return its header block only, None where it has vanished."""

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        """Move messages out of the folder; return the uids that are verifiably gone from it."""

    def count(self) -> int:
        """Return how many messages wait."""

    def close(self) -> None:
        """Let go of the connection; never raises."""
