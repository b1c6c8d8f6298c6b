"""
What people decided about customers, and what they are asked.

Everything here names customers by the id it was said of; whoever reads follows what those ids
have become.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from daysheet.model.decisions import Candidate


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an employee, whoever runs the command line, or Daysheet itself."""

    name: str  # as in the audit: the employee number, "operator" or "daysheet"
    person_id: int | None = None


OPERATOR = Actor("operator")
DAYSHEET = Actor("daysheet")


class Says(StrEnum):
    """A steward's answer. "Unsure" leaves the question open."""

    SAME = "same"
    DIFFERENT = "different"
    RELATED = "related"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of two customers; it binds until it is revoked."""

    id: int
    left_id: int
    right_id: int
    says: Says
    reason: str
    actor: str
    at: datetime
    review_id: int | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MergeEvent:
    """
    One customer became part of another. *before* holds what every touched record was.

    *kept* says whose value was chosen by hand, by field; *judgement_id* leads to the pair that was
    named, which may have been merged into the two already.
    """

    id: int
    winner_id: int
    loser_id: int
    before: Mapping[str, Any]
    kept: Mapping[str, int]
    actor: str
    at: datetime
    judgement_id: int | None = None
    undone_at: datetime | None = None

    @property
    def moved(self) -> frozenset[int]:
        """The customers that got another root: the loser and all that had been merged into it."""
        return frozenset(record["id"] for record in self.before["moved"])


# ---- links -------------------------------------------------------------------------------------


class RelationType(StrEnum):
    """What a child is to its parent."""

    BRANCH_OF = "branch_of"  # no legal personality
    SUBSIDIARY_OF = "subsidiary_of"
    MEMBER_OF_GROUP = "member_of_group"
    AFFILIATED_TO = "affiliated_to"
    CAMPUS_OF = "campus_of"
    SUPERVISED_BY = "supervised_by"
    UNIT_OF = "unit_of"


ROLLS_UP = frozenset({RelationType.BRANCH_OF, RelationType.SUBSIDIARY_OF, RelationType.CAMPUS_OF})
"""The relations over which orders are added up to the parent, unless the rules say otherwise."""


class LinkSource(StrEnum):
    """Where a link comes from, weakest first."""

    LATTICE = "lattice"  # regions and ranks
    LEXICON = "lexicon"
    PARSED_CHAIN = "parsed_chain"  # the name itself says it
    IMPORT = "import"
    REGISTRY = "registry"
    STEWARD = "steward"

    @property
    def strength(self) -> int:
        """How firmly it stands: what a person or a register said is not replaced by a rule."""
        return _STRENGTH[self]


_STRENGTH = {
    LinkSource.LATTICE: 0,
    LinkSource.LEXICON: 1,
    LinkSource.PARSED_CHAIN: 1,
    LinkSource.IMPORT: 2,
    LinkSource.REGISTRY: 2,
    LinkSource.STEWARD: 3,
}


class LinkStatus(StrEnum):
    """A cut link does not stand, and is remembered so that no rule proposes it again, until the cut is lifted."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CUT = "cut"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Link:
    """A child and its parent; *id* is None where it is not stored yet."""

    child_id: int
    parent_id: int
    type: RelationType = RelationType.BRANCH_OF
    source: LinkSource = LinkSource.LATTICE
    status: LinkStatus = LinkStatus.PROPOSED
    confidence: str = ""  # certain, high, medium
    id: int | None = None


# ---- reviews -----------------------------------------------------------------------------------


class ReviewKind(StrEnum):
    """What is asked."""

    NAME = "name"  # which customer does this name mean?
    DUPLICATE = "duplicate"  # are these known customers one?
    PARENT = "parent"  # does it belong under this one?


class ReviewState(StrEnum):
    """Withdrawn: the question went away by itself."""

    OPEN = "open"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on a question."""

    actor: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to be put to the stewards. *versions* tell by which rules it arose."""

    customer_id: int
    kind: ReviewKind
    candidates: tuple[Candidate, ...]
    submission_id: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""  # of the customer's name: questions about one brand are shown together


@dataclass(frozen=True, slots=True)
class Review:
    """
    A question and what became of it; *rows_waiting* is counted when it is read.

    *left_out* are candidates that were said not to be meant while the others stay in question;
    *assignee* is the employee number of the steward who has taken it; answers of one *batch* were
    given together.
    """

    id: int
    kind: ReviewKind
    customer_id: int
    name: str  # what the customer is called now
    state: ReviewState
    candidates: tuple[Candidate, ...]
    opened_at: datetime
    submission_id: int | None = None
    rows_waiting: int = 0
    notes: tuple[Note, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    says: Says | None = None
    reason: str = ""
    actor: str = ""
    decided_at: datetime | None = None
    brand: str = ""
    assignee: str = ""
    batch: str = ""
    left_out: tuple[Candidate, ...] = ()


# ---- refusals ----------------------------------------------------------------------------------


class RefusalCode(StrEnum):
    """Why a decision cannot be carried out. Each has a sentence in both languages (``i18n``, memory)."""

    UNKNOWN_CUSTOMER = "unknown-customer"
    ALREADY_ONE = "already-one"
    JUDGED_DIFFERENT = "judged-different"
    JUDGED_RELATED = "judged-related"
    TWO_CREDIT_CODES = "two-credit-codes"
    NOTHING_TO_KEEP = "nothing-to-keep"
    MERGE_MAKES_CYCLE = "merge-makes-cycle"
    MERGED_ALREADY = "merged-already"  # a judgement that they are not the same comes too late
    UNKNOWN_MERGE = "unknown-merge"
    NOT_MERGED = "not-merged"
    MERGE_UNDONE = "merge-undone"
    LATER_MERGE = "later-merge"
    UNKNOWN_REVIEW = "unknown-review"
    ALREADY_DECIDED = "already-decided"
    NOT_DECIDED = "not-decided"
    WITHDRAWN = "withdrawn"
    WHICH_CUSTOMER = "which-customer"
    ABOUT_ITSELF = "about-itself"
    NO_LINK = "no-link"
    NOT_LEFT_OUT = "not-left-out"
    OUT_OF_SIGHT = "out-of-sight"  # a decision about a customer that whoever decides does not see
    MOVED_ON = "moved-on"  # what was shown is no longer so
    CYCLE = "H01"
    SECOND_PARENT = "H02"
    OWN_PARENT = "H03"
    TOO_DEEP = "H04"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision that cannot be carried out, and what its sentence needs."""

    code: RefusalCode
    params: Mapping[str, object] = field(default_factory=dict)
