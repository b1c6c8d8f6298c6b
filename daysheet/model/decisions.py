"""Whether a typed name is a known customer."""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """What a match rests on, strongest first."""

    REFERENCE = "reference"  # the hidden _ref of a prefilled row, agreeing with the typed name
    EXTERNAL_ID = "external-id"
    CREDIT_CODE = "credit-code"
    ALIAS = "alias"  # the exact written form is known
    KEY = "key"  # the match key is known
    LIKENESS = "likeness"  # alike, and like no other


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer a name may mean: score 0.0–1.0, and why."""

    customer_id: int
    display_name: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """The name is this customer."""

    candidate: Candidate
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Related:
    """The name is not this customer but belongs under it. *certain* where the name itself says so."""

    parent: Candidate
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class NeedsReview:
    """A steward has to say which of these it is, if any."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """No known customer fits; *nearest* are shown to the sender, not acted upon."""

    nearest: tuple[Candidate, ...] = ()


Decision = Matched | Related | NeedsReview | NewCustomer
