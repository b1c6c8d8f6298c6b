"""What goes back to a sender, as values; ``reports`` turns them into a mail."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from daysheet.model.issues import Issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.returns import Returns
from daysheet.model.text import Language

Workbook = Literal["", "marked", "tomorrow"]
"""The workbook an answer carries: none, the rep's own with its problems marked, or the one to write tomorrow's in."""


class AnswerKind(StrEnum):
    """The kinds of mail a message can bring forth; part of the Message-ID, so each goes out once per message."""

    REPORT = "report"  # a workbook was read: verdict, problems, what was accepted
    REFUSED = "refused"  # no workbook, a refused file or an unknown rep
    WAITING = "waiting"  # the new revision would wipe most of the earlier one
    RETURNED = "returned"  # a steward sends a row back with a note
    KEPT = "kept"  # a steward left a report that waited; the earlier one stays
    QUESTION = "question"  # a steward asks which customer a name means
    SUBSCRIPTION = "subscription"  # confirms which digest somebody wants, or wants no more
    SPOT_CHECK = "spot_check"  # the sheet of a spot check came back: what was taken


class CustomerOutcome(StrEnum):
    """What became of a customer name."""

    KNOWN = "known"
    RENAMED = "renamed"  # recognised under another name
    NEW = "new"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One customer of the report: as typed, as filed, and what that was."""

    typed: str
    canonical: str
    outcome: CustomerOutcome
    rows: int = 1


@dataclass(frozen=True, slots=True)
class SheetCount:
    """How the rows of one sheet fared."""

    label_zh: str
    label_en: str
    landed: int
    parked: int


@dataclass(frozen=True, slots=True)
class GoneRow:
    """
    A row of the earlier revision that the new one no longer has.

    *sheet* is the template's key of its sheet, the labels are what people call that.
    """

    sheet: str
    row_number: int
    summary: str
    label_zh: str = ""
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    Everything an answer says, in the order it says it.

    *issues* holds every issue of the submission, sorted; the mail shows at most 50 of them.
    *fixed* and *still_open* count the earlier revision's errors; *kept* counts its rows that stay
    because the sender asked to add. *file_name* is the rep's own. *leave* is from when to when the cover says
    that the rep is away.
    """

    kind: AnswerKind
    language: Language
    state: MessageState
    reason: Reason
    rep_name: str = ""
    file_name: str = ""
    subject: str = ""
    report_date: date | None = None
    revision: int = 1
    replaces: int | None = None
    template_id: str = ""
    sheets: tuple[SheetCount, ...] = ()
    issues: tuple[Issue, ...] = ()
    customers: tuple[CustomerLine, ...] = ()
    gone: tuple[GoneRow, ...] = ()
    fixed: int = 0
    still_open: int = 0
    kept: int = 0
    link: str = ""  # the cloud-disk link that came instead of a file
    note: str = ""  # what a steward writes to the sender, and by whom
    by: str = ""
    review: int = 0  # the question the steward's note is about, and the customers it may be:
    candidates: tuple[str, ...] = ()  # by name, "" for those that the rep is not to see
    digest: str = ""  # the kind of digest that a choice is about
    leave: tuple[date, date] | None = None
    returns: Returns | None = None  # what came back to the rep; None until the answer is first made

    @property
    def rows_landed(self) -> int:
        """Rows that are in the database now."""
        return sum(sheet.landed for sheet in self.sheets)

    @property
    def rows_parked(self) -> int:
        """Rows that wait for a correction."""
        return sum(sheet.parked for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class Addressing:
    """Whom an answer goes to and what it answers. Never taken from Reply-To."""

    to: str
    cc: tuple[str, ...] = ()
    message_id: str = ""  # ours, derived from the inbound hash and the kind
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
