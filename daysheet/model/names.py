"""
What the naming engine says of one organisation name.

The shapes are those of the naming-rule specification (docs/concepts/naming.md): three texts,
never mixed: *raw* as typed, *canonical* as written for people, *key* for matching only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Confidence(StrEnum):
    """How sure a change is."""

    CERTAIN = "certain"
    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True, slots=True)
class Edit:
    """One reversible change: ``text[start:end]`` was *before* and became *after*, in the text before this edit."""

    step: int
    code: str
    start: int
    end: int
    before: str
    after: str
    confidence: Confidence = Confidence.CERTAIN
    params: Mapping[str, str] = field(default_factory=dict)


class Status(StrEnum):
    """A verdict's status; the worst of its codes decides."""

    CONFORMANT = "conformant"
    AUTO_FIXED = "auto_fixed"
    NEEDS_COMPLETION = "needs_completion"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class VerdictCode:
    """One finding of the naming rules: a code of the specification (C01, X05 …) with what fills its message."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the naming rules say of one name; messages come from ``i18n`` by code."""

    status: Status
    codes: tuple[VerdictCode, ...]
    suggestions: tuple[str, ...] = ()
    ruleset_version: str = ""


class Kind(StrEnum):
    """What sort of organisation a name belongs to."""

    ENTERPRISE = "enterprise"
    ENTERPRISE_BRANCH = "enterprise_branch"
    BANK = "bank"
    BANK_BRANCH = "bank_branch"
    INSURER = "insurer"
    SYSTEM = "system"
    GOVERNMENT = "government"
    INSTITUTION = "institution"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    MILITARY = "military"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RegionRef:
    """A region named in a name; more than one candidate means it stays ambiguous."""

    code: str  # GB/T 2260, six digits
    level: str  # nation, prov, pref, county
    text: str
    slot: str  # prefix, paren, branch, brand
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchSegment:
    """One link of a branch chain, such as 富阳支行."""

    regions: tuple[RegionRef, ...] = ()
    site: str = ""
    site_code: str | None = None
    branch_type: str = ""
    is_type_assumed: bool = False
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something in the cell that is not part of the name; *type* says what."""

    type: str
    text: str


@dataclass(frozen=True, slots=True)
class NameParse:
    """
    A name taken apart. ``replay(raw, edits) == canonical`` and undoing the edits gives *raw* back.

    *key* is the match key: empty where the name is rejected, else equal for two names exactly
    when the rules hold them to be written forms of one name.
    """

    raw: str
    canonical: str
    key: str
    verdict: Verdict
    short_name: str = ""
    stem: str = ""  # without the legal form
    core: str = ""  # the stem without regions that only say where it is
    parent: str = ""  # the written name of what it belongs to, "" where none is written
    kind: Kind = Kind.UNKNOWN
    nation: str = ""
    regions: tuple[RegionRef, ...] = ()
    brand: str = ""
    ordinals: tuple[int, ...] = ()
    industry: frozenset[str] = frozenset()
    group_flag: str = ""
    form: str = ""
    form_class: str = ""
    host: str = ""
    head_id: str = ""  # of a bank and its branches
    entity_id: str = ""  # the legal entity it is or is a branch of: ICBC, CMCC.320000
    group_id: str = ""  # the family of that entity: CMCC
    branches: tuple[BranchSegment, ...] = ()
    departments: tuple[str, ...] = ()
    campus: str = ""
    annotations: tuple[Annotation, ...] = ()
    contact: str = ""
    uscc: str = ""
    former_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    script: str = "hans"  # hans, hant, latin, mixed
    edits: tuple[Edit, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def is_rejected(self) -> bool:
        """True where no customer can be filed under this name."""
        return self.verdict.status is Status.REJECTED
