"""What the rules say of a name or of two, in words; with the database, which customer it is."""

from dataclasses import dataclass

from daysheet.i18n import text, verdict_text
from daysheet.model.decisions import Decision, Matched, NeedsReview, Related
from daysheet.model.names import BranchSegment, NameParse
from daysheet.model.text import Language
from daysheet.naming import compare as rules
from daysheet.naming.compare import Comparison
from daysheet.naming.engine import NamingEngine
from daysheet.services import recognising
from daysheet.services.tools import Tools

PARTS = (
    "kind",
    "short_name",
    "parent",
    "nation",
    "regions",
    "brand",
    "ordinals",
    "industry",
    "group_flag",
    "form",
    "host",
    "head_id",
    "branches",
    "departments",
    "campus",
    "contact",
    "uscc",
    "former_names",
    "aliases",
    "key",
)
"""The parts of a name that are told, in this order."""


@dataclass(frozen=True, slots=True)
class Message:
    """One finding of the rules, in words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A name with everything the rules say of it; *parts* in words, those it does not have left out."""

    parse: NameParse
    status: str
    messages: tuple[Message, ...]
    parts: dict[str, str]


def check(naming: NamingEngine, name: str, language: Language) -> Checked:
    """Say everything the rules say of a name."""
    parse = naming.parse(name)
    own = naming.lexicon.messages
    messages = tuple(Message(code.code, verdict_text(code, language, own)) for code in parse.verdict.codes)
    status = text(f"status.{parse.verdict.status}", language)
    parts = {part: said for part in PARTS if (said := _said(parse, part)) and not parse.is_rejected}
    return Checked(parse, status, messages, parts)


def _said(parse: NameParse, part: str) -> str:
    value = getattr(parse, part)
    if part == "regions":
        return " ".join(f"{one.text} {one.code or '|'.join(one.candidates)}".strip() for one in parse.regions)
    if part == "branches":
        return " / ".join(map(_segment, parse.branches))
    if isinstance(value, (tuple, frozenset)):
        return " ".join(map(str, sorted(value) if isinstance(value, frozenset) else value))
    return str(value)


def _segment(segment: BranchSegment) -> str:
    places = "".join(region.text for region in segment.regions)
    number = f"第{segment.ordinal}" if segment.ordinal else ""
    return f"{places}{segment.site}{number}{segment.branch_type}{'?' * segment.is_type_assumed}"


def known(tools: Tools, parse: NameParse) -> Decision | None:
    """Return which known customer a name is, as a report would be told; None for a rejected name."""
    if parse.is_rejected:
        return None
    with tools.database.reading() as connection:
        return recognising.recognise(connection, tools, {parse.raw: parse}).decisions[parse.raw]


def decision_text(made: Decision, language: Language) -> str:
    """Return a decision in words."""
    if isinstance(made, Matched):
        one = made.candidate
        why = text(f"why.{made.evidence}", language)
        return text("known.match", language, id=one.customer_id, name=one.display_name, why=why)
    if isinstance(made, NeedsReview):
        listed = "; ".join(f"{one.customer_id} {one.display_name} {one.score:.2f}" for one in made.candidates)
        return text("known.review", language, list=listed)
    if isinstance(made, Related):
        return text("known.related", language, id=made.parent.customer_id, name=made.parent.display_name)
    return text("known.new", language)


@dataclass(frozen=True, slots=True)
class Compared:
    """What two names are to each other, and why in words."""

    a: NameParse
    b: NameParse
    outcome: Comparison
    relation: str
    reasons: tuple[str, ...]
    belongs: str = ""


def compare(naming: NamingEngine, a: str, b: str, language: Language) -> Compared:
    """Say what two names are to each other, knowing nothing but the names."""
    left, right = naming.parse(a), naming.parse(b)
    outcome = rules.compare(left, right, naming.lexicon)
    belongs = ""
    if outcome.child:
        child, parent = (left, right) if outcome.child == "a" else (right, left)
        belongs = text("relation.child", language, child=child.canonical, parent=parent.canonical)
    return Compared(
        left,
        right,
        outcome,
        text(f"relation.{outcome.relation}", language),
        tuple(text(reason, language) for reason in outcome.reasons),
        belongs,
    )
