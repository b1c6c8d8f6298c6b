"""Messages, before anything is known of their workbooks."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands; the last six are final."""

    SPOOLED = "spooled"  # bytes on disk and row committed; nothing read yet
    PROCESSING = "processing"  # claimed by a worker
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"

    @property
    def is_final(self) -> bool:
        """True where no further work will change it without a person's order."""
        return self not in (MessageState.SPOOLED, MessageState.PROCESSING)


class Reason(StrEnum):
    """Why a message ended as it did, where its issues do not already say so."""

    OK = "ok"
    HAS_ISSUES = "has-issues"
    SAME_BYTES = "same-bytes"  # these very bytes were worked before
    SAME_WORKBOOK = "same-workbook"  # the current revision again, in a new message: the former answer is sent again
    WAITS_FOR_REPLACE = "waits-for-replace"  # would wipe most of an earlier report: REPLACE or ADD is asked for
    NO_WORKBOOK = "no-workbook"
    LINK_ONLY = "link-only"
    UNREADABLE = "unreadable"  # a workbook refused by its SD-F or SD-T code
    REP_UNKNOWN = "rep-unknown"
    STRANGER = "stranger"
    STRANGER_WITH_TEMPLATE = "stranger-with-template"  # raises an alarm
    UNAUTHENTICATED = "unauthenticated"  # from a listed address, which nothing proves: the mailbox's trust is not met
    SEVERAL_SENDERS = "several-senders"
    NO_SENDER = "no-sender"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    MAILING_LIST = "mailing-list"
    BULK = "bulk"
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    OWN_MAIL = "own-mail"  # our own answer came back
    NOTE = "note"  # a reply to one of our answers without a workbook: kept as a note
    TOO_LARGE = "too-large"
    MALFORMED = "malformed"  # the message itself cannot be taken apart within its limits
    CRASH_LOOP = "crash-loop"
    INTERNAL_ERROR = "internal-error"
    SPOT_CHECK = "spot-check"  # the sheet of a spot check came back
    SPOT_CHECK_REFUSED = "spot-check-refused"  # from who may not return one, or of no check that was drawn
    UNSUBSCRIBED = "unsubscribed"  # the sender wants a digest no more
    SUBSCRIBED = "subscribed"
    DISMISSED = "dismissed"  # a steward has looked at it and left it


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place a message was seen at. *epoch* is IMAP's UIDVALIDITY (0 where there is none)."""

    mailbox: str
    folder: str
    epoch: int
    uid: str


class FileKind(StrEnum):
    """What a file is by its first bytes, whatever its name says."""

    XLSX = "xlsx"
    XLSM = "xlsm"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    ET = "et"
    CSV = "csv"
    OLE_ENCRYPTED = "ole-encrypted"
    HTML = "html"
    XML = "xml"
    CIPHERTEXT = "ciphertext"
    EMPTY = "empty"
    ZIP = "zip"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message; *name* is only ever shown, never used as a path."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"

    @property
    def is_named_like_a_workbook(self) -> bool:
        """True where the name promises a workbook, whatever the bytes are."""
        return self.name.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et", ".csv", ".xltx", ".ett"))


@dataclass(frozen=True, slots=True)
class Bounce:
    """
    What a message says of another one that could not be delivered; nothing of it is proven.

    *own_ids* are the Message-IDs, in the form of ours, that it may be about, the likeliest first.
    *said* is why, in one line: recipient, status, diagnostic.
    """

    own_ids: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    A message taken apart: who, what about, in answer to what, and its files.

    Addresses are lower-case ``local@domain``. *senders* holds every address of every From field.
    *automatic* says why the message must not be answered, or is None; *bounce* is what it says of a mail of
    ours that did not arrive. *looks_automatic*: no mark says so, but a program wrote it or it only carries
    a mail of ours back, so that it is not answered where it brings no workbook. *links* are cloud-disk links
    found in the text. *text* is the plain text, at most 64 KiB. *failure* is TOO_LARGE or MALFORMED
    where the message could not be taken apart within its limits; what was read until then is kept. *header* are
    the header fields as they came, for whoever asks what proves the sender.
    """

    senders: tuple[str, ...]
    sender_name: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    automatic: Reason | None = None
    bounce: Bounce | None = None
    looks_automatic: Reason | None = None
    attachments: tuple[Attachment, ...] = ()
    text: str = ""
    links: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    failure: Reason | None = None
    header: bytes = field(default=b"", repr=False)
