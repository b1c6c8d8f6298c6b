"""
Read the next message while the one before it is filed.

Filing waits for the disk and reading for the reader's child: done at once, neither waits for the
other. What is read ahead is taken apart without the database, in one thread; judging its sender,
checking and filing stay with the caller, one message after another.

A message read ahead is claimed like any other, before it is looked at. One that was tried before is
not read ahead, and while it is worked nothing else is: where a message takes the process down, no
other one's tries are used up with it.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from daysheet.errors import StoreError
from daysheet.ingest.envelope import read_envelope
from daysheet.ingest.preflight import identify
from daysheet.model.mail import Attachment, Envelope, FileKind
from daysheet.model.rows import Refusal, Workbook
from daysheet.services.tools import Tools
from daysheet.store import inbound
from daysheet.store.engine import Connection
from daysheet.store.inbound import Claimed

AHEAD = 2
"""Messages claimed at a time: the one that is worked and the one that is read."""
WORKBOOK_KINDS = frozenset(FileKind) - {FileKind.HTML, FileKind.XML, FileKind.OTHER, FileKind.ZIP, FileKind.EMPTY}
"""What counts as a workbook by its bytes; anything else does only if its name says so."""


@dataclass(frozen=True, slots=True)
class Read:
    """A message's envelope and, where its sender may have it read, the first of its workbooks."""

    envelope: Envelope
    first: Workbook | Refusal | None = None


def take_apart(tools: Tools, claimed: Claimed) -> Envelope:
    """Return the envelope of a message's bytes; a bare workbook is given one of its own."""
    raw = tools.spool.get(claimed.raw_sha256)
    if claimed.source == "file":
        return Envelope(senders=(), attachments=(Attachment(claimed.file_name, raw),))
    return read_envelope(raw, tools.limits, tools.house.loop_id)


def workbooks(claimed: Claimed, envelope: Envelope) -> Sequence[Attachment]:
    """Return the files that are, or claim to be, workbooks."""
    if claimed.source == "file":
        return envelope.attachments
    return tuple(
        file
        for file in envelope.attachments
        if file.is_named_like_a_workbook or identify(file.content, file.name) in WORKBOOK_KINDS
    )


def let_go(tools: Tools, claims: Sequence[Claimed] = ()) -> None:
    """
    Let messages wait again, their try uncounted: *claims*, and those that earlier troubles held back.

    What the database does not take now is remembered for the next time; never raises for that.
    """
    waiting = [*tools.unreleased, *claims]
    tools.unreleased.clear()
    while waiting:
        try:
            with tools.database.writing() as connection:
                inbound.release(connection, waiting[0])
        except StoreError:
            tools.unreleased.extend(waiting)
            return
        del waiting[0]


@dataclass(frozen=True, slots=True)
class Next:
    """A claimed message, and what becomes of reading it where that has begun."""

    claimed: Claimed
    read: Future[Read] | None = None


class Line:
    """
    The messages that wait, each claimed in its turn; a context for as long as they are worked.

    What was claimed and not worked waits again at its end, its try uncounted.
    """

    def __init__(self, tools: Tools, claim_seconds: float, limit: int | None = None) -> None:
        self._tools = tools
        self._claim_seconds = claim_seconds
        self._left = limit
        self._claimed: deque[Next] = deque()
        self._thread: ThreadPoolExecutor | None = None
        self._may_read_ahead = False

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        let_go(self._tools, [waiting.claimed for waiting in self._claimed])

    def next(self) -> Next | None:
        """Return the next message to work, None where none waits."""
        if not self._claimed and self._left != 0:
            with self._tools.database.writing() as connection:
                tools = self._tools
                found = inbound.claim(
                    connection, tools.holder, tools.clock(), self._claim_seconds, tools.house.max_attempts
                )
                also = self.claim(connection, found) if found is not None else ()
            if found is not None:
                self._count([found])
                self._claimed.append(Next(found))
                self.begin(also)
        if not self._claimed:
            return None
        following = self._claimed.popleft()
        self._may_read_ahead = self._is_harmless(following.claimed)
        return following

    def claim(self, connection: Connection, instead_of: Claimed | None = None) -> Sequence[Claimed]:
        """
        Claim what is to be read ahead, within the caller's transaction; ``begin`` once that is committed.

        The caller's transaction ends the message that is worked, or claims it: *instead_of*.
        """
        may = self._may_read_ahead if instead_of is None else self._is_harmless(instead_of)
        wanted = AHEAD - len(self._claimed) - (instead_of is not None)
        if self._left is not None:
            wanted = min(wanted, self._left - (instead_of is not None))
        found: list[Claimed] = []
        while may and len(found) < wanted:
            tools = self._tools
            one = inbound.claim_untried(connection, tools.holder, tools.clock(), self._claim_seconds)
            if one is None:
                break
            found.append(one)
        return found

    def begin(self, claimed: Sequence[Claimed]) -> None:
        """Start reading what ``claim`` gave."""
        self._count(claimed)
        for one in claimed:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
            self._claimed.append(Next(one, self._thread.submit(_read, self._tools, one)))

    def _count(self, claimed: Sequence[Claimed]) -> None:
        if self._left is not None:
            self._left -= len(claimed)

    def _is_harmless(self, claimed: Claimed) -> bool:
        """Say whether others may be claimed while *claimed* is worked: it has not been tried before."""
        return claimed.attempts == 1 and self._tools.house.max_attempts > 1


def _read(tools: Tools, claimed: Claimed) -> Read:
    envelope = take_apart(tools, claimed)
    if claimed.is_truncated or envelope.failure or envelope.automatic or len(envelope.senders) > 1:
        return Read(envelope)  # it is turned away whatever it holds
    first = next(iter(workbooks(claimed, envelope)), None)
    return Read(envelope, None if first is None else tools.reader.read(first.content, first.name))
