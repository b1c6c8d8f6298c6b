"""
An answer in the order a rep reads it: the verdict, what to do, the problems, what was accepted.

Everything is text here, in the person's language; the templates only lay it out.
"""

from dataclasses import dataclass

from daysheet.i18n import format_date, issue_text, text
from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome
from daysheet.model.issues import Issue, Severity
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language
from daysheet.reports.runs import collapse

MOST_PROBLEMS = 50
"""Problems shown in a mail; the attached report has all of them."""
MOST_LINES = 20
"""Customers, notes and vanished rows listed in a mail."""
LONGEST_THREAD = 120
"""Characters of the sender's subject that are repeated; our verdict comes after it and must be seen."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem as shown: where, in which field, what was written, what is expected, what to write instead."""

    where: str
    field: str
    wrote: str
    message: str
    suggestion: str
    code: str


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of problems; *more* says how many are not shown, "" if none."""

    title: str
    tone: str  # error, warning, info
    problems: tuple[Problem, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of two texts: a fact and what is said of it."""

    left: str
    right: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A titled list of lines."""

    title: str
    lines: tuple[Line, ...]
    intro: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A whole answer as texts. *tone*: good, mixed or bad, the colour of the verdict."""

    language: Language
    subject: str
    tone: str
    headline: str
    todo: str
    facts: tuple[Line, ...]
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    footer: tuple[str, ...]


def view(answer: Answer, company: str, *, has_workbook: bool) -> View:
    """Return what *answer* says; *has_workbook* tells whether the marked workbook is attached."""
    language = answer.language
    footer = [text("footer.auto", language, company=company)]
    if answer.kind is not AnswerKind.REFUSED:
        footer.insert(0, text("footer.how", language))
    return View(
        language=language,
        subject=_subject(answer),
        tone=_tone(answer),
        headline=_headline(answer),
        todo=_todo(answer, has_workbook),
        facts=_facts(answer),
        sections=_sections(answer),
        blocks=tuple(block for block in (_gone(answer), _rows(answer), _customers(answer)) if block.lines),
        footer=tuple(footer),
    )


# ---- verdict -----------------------------------------------------------------------------------


def _verdict(answer: Answer) -> str:
    """Return which verdict this is: the middle of the text keys."""
    if answer.state is MessageState.QUARANTINED:
        return "quarantined"
    if answer.kind is AnswerKind.WAITING:
        return "waiting"
    if answer.reason in (Reason.NO_WORKBOOK, Reason.LINK_ONLY):
        return "no_report"
    if answer.state is MessageState.REJECTED:
        return "rejected"
    if answer.state is MessageState.PARTLY:
        return "partly" if answer.rows_parked else "cover"
    return "accepted" if answer.rows_landed else "accepted.empty"


def _counted(prefix: str, answer: Answer, verdict: str) -> str:
    landed, parked = answer.rows_landed, answer.rows_parked
    if verdict == "partly":
        return text(f"{prefix}.partly", answer.language, n=parked, total=landed + parked, landed=landed)
    if verdict == "cover":
        return text(f"{prefix}.cover", answer.language, n=landed)
    return text(f"{prefix}.{verdict}", answer.language, n=landed)


def _subject(answer: Answer) -> str:
    verdict = _verdict(answer)
    to_check = _number(answer, Severity.WARNING)
    if verdict == "accepted" and to_check:
        said = text("subject.check", answer.language, n=answer.rows_landed, check=to_check)
    else:
        said = _counted("subject", answer, verdict)
    original = " ".join(answer.subject.split())
    if len(original) > LONGEST_THREAD:
        original = f"{original[:LONGEST_THREAD]}…"
    thread = original if original.lower().startswith("re:") else f"Re: {original}".strip()
    return f"{thread} – {said}" if original else said


def _headline(answer: Answer) -> str:
    verdict = _verdict(answer)
    if verdict == "rejected" and answer.reason is Reason.UNREADABLE:
        verdict = "unreadable"
    if verdict == "rejected" and answer.reason is Reason.REP_UNKNOWN:
        verdict = "rep_unknown"
    return _counted("headline", answer, verdict)


def _tone(answer: Answer) -> str:
    if answer.state is MessageState.ACCEPTED:
        return "good"
    return "mixed" if answer.state in (MessageState.PARTLY, MessageState.QUARANTINED) else "bad"


def _todo(answer: Answer, has_workbook: bool) -> str:
    language = answer.language
    if answer.state is MessageState.QUARANTINED:
        return text("todo.quarantined", language)
    if answer.kind is AnswerKind.WAITING:
        return text("todo.waiting", language)
    if answer.reason is Reason.LINK_ONLY:
        return text("todo.link", language)
    if answer.reason is Reason.NO_WORKBOOK:
        return text("todo.no_report", language)
    if answer.reason is Reason.REP_UNKNOWN:
        return text("todo.rep_unknown", language)
    if answer.state is MessageState.ACCEPTED:
        to_check = _number(answer, Severity.WARNING)
        return text("todo.check", language, n=to_check) if to_check else text("todo.fine", language)
    return text("todo.marked" if has_workbook else "todo.plain", language)


def _number(answer: Answer, severity: Severity) -> int:
    return len(collapse(found for found in answer.issues if found.severity is severity))


def _facts(answer: Answer) -> tuple[Line, ...]:
    language = answer.language
    facts = []
    if answer.rep_name:
        facts.append(Line(text("label.rep", language), answer.rep_name))
    if answer.report_date is not None:
        facts.append(Line(text("label.date", language), format_date(answer.report_date, language)))
    if answer.file_name:
        facts.append(Line(text("label.file", language), answer.file_name))
    if answer.replaces is not None and answer.kind is AnswerKind.REPORT:
        said = text("revision.replaces", language, revision=answer.revision, replaces=answer.replaces)
        facts.append(Line(text("label.revision", language), said, _settled(answer)))
    return tuple(facts)


def _settled(answer: Answer) -> str:
    if answer.still_open:
        return text("revision.settled_some", answer.language, fixed=answer.fixed, still_open=answer.still_open)
    return text("revision.settled", answer.language, n=answer.fixed) if answer.fixed else ""


# ---- problems ----------------------------------------------------------------------------------


def _sections(answer: Answer) -> tuple[Section, ...]:
    """Errors, warnings, infos; at most ``MOST_PROBLEMS`` in all, the worst first."""
    left = MOST_PROBLEMS
    sections = []
    for severity, title, tone in (
        (Severity.ERROR, "section.errors", "error"),
        (Severity.WARNING, "section.warnings", "warning"),
        (Severity.INFO, "section.infos", "info"),
    ):
        found = collapse(one for one in answer.issues if one.severity is severity)
        shown = found[: left if severity is not Severity.INFO else min(left, MOST_LINES)]
        left -= len(shown)
        if found:
            key = "more.lines" if severity is Severity.INFO else "more.issues"
            more = text(key, answer.language, n=len(found) - len(shown)) if len(found) > len(shown) else ""
            problems = tuple(_problem(one, answer.language) for one in shown)
            sections.append(Section(text(title, answer.language), tone, problems, more))
    return tuple(sections)


def _problem(found: Issue, language: Language) -> Problem:
    place = found.place
    cell = place.cell
    if place.row is not None and place.column is None:
        cell = text("row.whole", language, row=place.row)
    label = found.params.get(f"label_{language}", "")
    return Problem(
        where=" ".join(part for part in (place.sheet, cell) if part),
        field=label,
        wrote=found.found,
        message=issue_text(found, language),
        suggestion="" if found.is_fixed else _joined(found, language),
        code=str(found.code),
    )


def _joined(found: Issue, language: Language) -> str:
    return ("、" if language is Language.ZH else ", ").join(found.suggestions)


# ---- what was accepted -------------------------------------------------------------------------


def _rows(answer: Answer) -> Block:
    language = answer.language
    lines = []
    for sheet in answer.sheets:
        label = sheet.label_zh if language is Language.ZH else sheet.label_en
        parts = [text("rows.sheet", language, n=sheet.landed)] if sheet.landed or not sheet.parked else []
        if sheet.parked:
            parts.append(text("rows.parked", language, parked=sheet.parked))
        lines.append(Line(label, ("，" if language is Language.ZH else ", ").join(parts)))
    return Block(text("section.rows", language), tuple(lines))


_OUTCOMES = {
    CustomerOutcome.RENAMED: "customer.renamed",
    CustomerOutcome.NEW: "customer.new",
    CustomerOutcome.REVIEW: "customer.review",
}


def _customers(answer: Answer) -> Block:
    language = answer.language
    told = [line for line in answer.customers if line.outcome in _OUTCOMES]
    known = len(answer.customers) - len(told)
    lines = [_customer(line, language) for line in told[:MOST_LINES]]
    if known:
        lines.append(Line(text("customer.known", language, n=known)))
    more = text("more.lines", language, n=len(told) - MOST_LINES) if len(told) > MOST_LINES else ""
    return Block(text("section.customers", language), tuple(lines), more=more)


def _customer(line: CustomerLine, language: Language) -> Line:
    name = line.canonical if line.typed == line.canonical else f"{line.typed} → {line.canonical}"
    return Line(name, text(_OUTCOMES[line.outcome], language))


def _gone(answer: Answer) -> Block:
    language = answer.language
    waiting = answer.kind is AnswerKind.WAITING
    lines = tuple(
        Line(row.summary, f"{row.sheet} {text('row.whole', language, row=row.row_number)}")
        for row in answer.gone[:MOST_LINES]
    )
    more = text("more.lines", language, n=len(answer.gone) - MOST_LINES) if len(answer.gone) > MOST_LINES else ""
    intro = text("gone.waiting" if waiting else "gone.removed", language)
    return Block(text("section.gone", language), lines, intro, more)
