"""A mailbox in memory that behaves as the real ones do, and breaks where a test says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from daysheet.errors import MailboxError
from daysheet.ingest.mailbox import MessageRef


@dataclass
class MemoryServer:
    """The server's side: what waits and what is done, by uid. Of *unreadable* the fetch fails, of *stuck* the move."""

    waiting: dict[str, bytes] = field(default_factory=dict)
    processed: dict[str, bytes] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    failure: type[MailboxError] = MailboxError
    epoch: int = 1
    last_uid: int = 0
    opened: int = 0

    def deliver(self, raw: bytes) -> None:
        """Put a message into the inbox."""
        self.last_uid += 1
        self.waiting[str(self.last_uid)] = raw


class MemoryMailbox:
    """The client's side."""

    def __init__(self, name: str, server: MemoryServer) -> None:
        self.name = name
        self.folder = "INBOX"
        self.server = server

    def open(self) -> int:
        """Count the logins."""
        self.server.opened += 1
        return self.server.epoch

    def pending(self, limit: int) -> tuple[MessageRef, ...]:
        """Uids are given in order of arrival."""
        return tuple(MessageRef(uid, len(raw)) for uid, raw in list(self.server.waiting.items())[:limit])

    def fetch(self, ref: MessageRef) -> bytes | None:
        """Break for unreadable messages."""
        if ref.uid in self.server.unreadable:
            raise self.server.failure("the server cannot read this message")
        return self.server.waiting.get(ref.uid)

    def fetch_headers(self, ref: MessageRef) -> bytes | None:
        """Return what stands before the first empty line, and that line."""
        raw = self.fetch(ref)
        return None if raw is None else raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        """A message that is not there is gone too."""
        if any(ref.uid in self.server.stuck for ref in refs):
            raise self.server.failure("the server does not move this message")
        for ref in refs:
            raw = self.server.waiting.pop(ref.uid, None)
            if raw is not None:
                self.server.processed[ref.uid] = raw
        return frozenset(ref.uid for ref in refs)

    def count(self) -> int:
        """Return how many wait."""
        return len(self.server.waiting)

    def close(self) -> None:
        """Nothing is held."""
