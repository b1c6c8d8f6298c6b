"""
An answer in the order a rep reads it: the verdict, what to do, the problems, what was accepted.

Everything is text here, in the person's language; the templates only lay it out. Each thing is said
once: a problem that the verdict, or a list of rows or names, tells already is no problem of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from daysheet.i18n import format_date, text
from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, Workbook
from daysheet.model.issues import MAX_FOUND, Issue, IssueCode, Severity
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language
from daysheet.reports import amounts, returns, thread
from daysheet.reports.problems import Problem, joined, problems

MOST_PROBLEMS = 50
"""Problems shown in a mail; the attached report has all of them."""
MOST_LINES = 20
"""Customers, notes and vanished rows listed in a mail."""
MOST_NAMES = 5
"""Names in a line of customers that are filed as they were written."""
LONGEST_FACT = 60
"""Characters shown of a file's name or a link: enough to know it again."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of problems; *more* says how many are not shown, "" if none."""

    title: str
    tone: str  # error or warning
    problems: tuple[Problem, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: what it is about, "" if that is plain, and what is said of it."""

    about: str
    said: str


@dataclass(frozen=True, slots=True)
class Block:
    """A titled list of lines."""

    title: str
    lines: tuple[Line, ...]
    intro: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """
    A whole answer as texts.

    *tone*: good, mixed or bad, the colour of the verdict. *facts* say which report is meant. *gone*
    comes before the problems, *blocks* after them.
    """

    language: Language
    subject: str
    tone: str
    headline: str
    facts: tuple[str, ...]
    todo: str
    gone: tuple[Block, ...]
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    footer: tuple[str, ...]


def view(answer: Answer, company: str, *, workbook: Workbook) -> View:
    """Return what *answer* says; *workbook* tells which one is attached."""
    language = answer.language
    verdict = _verdict(answer)
    footer = [text("footer.auto", language, company=company)]
    if answer.state is MessageState.ACCEPTED and answer.kind is not AnswerKind.SPOT_CHECK:
        footer.insert(0, text("footer.how", language))
    return View(
        language=language,
        subject=thread.subject(answer.subject, _said("subject", answer, verdict)),
        tone=_tone(answer),
        headline=_said("headline", answer, verdict),
        facts=_facts(answer),
        todo=_todo(answer, verdict, workbook),
        gone=_filled(_note(answer), _candidates(answer), _gone(answer)),
        sections=_sections(answer, workbook),
        blocks=_filled(
            _rows(answer),
            *(() if answer.kind is AnswerKind.QUESTION else (_customers(answer),)),
            _done(answer),
            *_returns(answer),
        ),
        footer=tuple(footer),
    )


def _filled(*blocks: Block) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.lines)


# ---- verdict -----------------------------------------------------------------------------------

_REASONS = {
    Reason.NO_WORKBOOK: "no_report",
    Reason.LINK_ONLY: "link",
    Reason.UNREADABLE: "unreadable",
    Reason.TOO_LARGE: "unreadable",
    Reason.REP_UNKNOWN: "rep_unknown",
}

_SPOT_CHECKS = {MessageState.PARTLY: "spot_partly", MessageState.REJECTED: "spot_refused"}


def _verdict(answer: Answer) -> str:
    """Return which verdict this is: the last part of the keys of its texts."""
    if answer.state is MessageState.QUARANTINED:
        return "quarantined"
    if answer.kind in (AnswerKind.WAITING, AnswerKind.RETURNED, AnswerKind.KEPT, AnswerKind.QUESTION):
        return str(answer.kind)
    if answer.kind is AnswerKind.SUBSCRIPTION:
        return "subscribed" if answer.reason is Reason.SUBSCRIBED else "unsubscribed"
    if answer.kind is AnswerKind.SPOT_CHECK:
        return _SPOT_CHECKS.get(answer.state, "spot_taken")
    if answer.state is MessageState.REJECTED:
        return _REASONS.get(answer.reason, "none" if answer.rows_parked else "rejected")
    if answer.state is MessageState.PARTLY:
        return "partly" if answer.rows_parked else "open"
    if not answer.rows_landed:
        return "leave" if answer.leave is not None else "empty"
    return "check" if _found(answer, Severity.WARNING) else "accepted"


def _said(about: str, answer: Answer, verdict: str) -> str:
    """Return the text of *verdict* for subject or headline, with the numbers it names."""
    key, language = f"{about}.{verdict}", answer.language
    landed, parked = answer.rows_landed, answer.rows_parked
    if key == "headline.question":
        return text(key, language, name=answer.customers[0].typed)
    if answer.kind is AnswerKind.SUBSCRIPTION and about == "headline":
        return text(key, language, name=text(f"subscription.{answer.digest}", language) if answer.digest else "")
    if key == "headline.leave" and answer.leave is not None:
        return text(key, language, days=amounts.span(*answer.leave, language))
    if verdict == "partly":
        return text(key, language, n=parked, total=landed + parked, landed=landed)
    if verdict == "open":
        return text(key, language, n=landed, open=len(_found(answer, Severity.ERROR)))
    if verdict == "check":
        return text(key, language, n=landed, check=len(_found(answer, Severity.WARNING)))
    count = {"none": parked, "accepted": landed, "waiting": len(answer.gone)}
    return text(key, language, n=count.get(verdict))


def _tone(answer: Answer) -> str:
    if answer.state is MessageState.ACCEPTED or answer.kind is AnswerKind.SUBSCRIPTION:
        return "good"
    is_bad = answer.state is MessageState.REJECTED and answer.kind is not AnswerKind.WAITING
    return "bad" if is_bad else "mixed"


def _todo(answer: Answer, verdict: str, workbook: Workbook) -> str:
    todo = _to_do(answer, verdict, workbook)
    return (
        f"{todo}{_between(answer.language)}{text('returns.tomorrow', answer.language)}"
        if workbook == "tomorrow"
        else todo
    )


def _between(language: Language) -> str:
    """Return what stands between two sentences."""
    return "" if language is Language.ZH else " "


def _to_do(answer: Answer, verdict: str, workbook: Workbook) -> str:
    language = answer.language
    if verdict == "rep_unknown":
        number = next((one.found for one in answer.issues if one.code is IssueCode.REP_UNKNOWN), "")
        return text("todo.rep_unknown", language, number=number)
    if answer.kind is AnswerKind.SUBSCRIPTION:
        word = text(f"subscription.word.{answer.digest}", language) if answer.digest else ""
        return text(f"todo.{verdict}", language, kind=word)
    if answer.kind is AnswerKind.SPOT_CHECK and verdict != "quarantined":
        return text(f"todo.{verdict}", language)
    if verdict in ("quarantined", "waiting", "kept", "question", "link", "no_report", "unreadable"):
        return text(f"todo.{verdict}", language)
    if answer.state is MessageState.ACCEPTED:
        to_check = len(_found(answer, Severity.WARNING))
        return text("todo.check", language, n=to_check) if to_check else text("todo.fine", language)
    return text("todo.marked" if workbook == "marked" else "todo.plain", language)


def _facts(answer: Answer) -> tuple[str, ...]:
    """Return which report this is about, and which version of it: one or two lines."""
    language = answer.language
    day = format_date(answer.report_date, language) if answer.report_date is not None else ""
    parts = (answer.rep_name, day, _short(answer.file_name), _short(answer.link))
    which = " · ".join(part for part in parts if part)
    version = []
    if answer.replaces is not None and answer.kind is AnswerKind.REPORT:
        versions = {"revision": answer.revision, "replaces": answer.replaces}
        if answer.kept:
            version.append(text("revision.added", language, n=answer.kept, **versions))
        else:
            version.append(text("revision.replaces", language, **versions))
        if answer.still_open:
            some = {"fixed": answer.fixed, "still_open": answer.still_open}
            version.append(text("revision.settled_some", language, **some))
        elif answer.fixed:
            version.append(text("revision.settled", language, n=answer.fixed))
    return tuple(line for line in (which, " · ".join(version)) if line)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_FACT else f"{words[: LONGEST_FACT - 1]}…"


def _note(answer: Answer) -> Block:
    """Return what a steward writes to the sender."""
    lines = tuple(Line("", line.strip()) for line in answer.note.splitlines() if line.strip())
    if answer.kind is AnswerKind.SPOT_CHECK:
        return Block(text("section.spot_check", answer.language), lines)
    return Block(text("section.note", answer.language, by=answer.by), lines)


def _candidates(answer: Answer) -> Block:
    """Return which known customers a steward's question is about, those of other regions without their names."""
    names = dict.fromkeys(answer.candidates)
    lines = [Line("", name or text("customer.elsewhere", answer.language)) for name in names]
    return _block("section.candidates", lines, answer.language)


# ---- problems ----------------------------------------------------------------------------------


def _found(answer: Answer, severity: Severity) -> list[Problem]:
    """Return the problems that the verdict counts: a new customer is news, and no problem."""
    new = _new_names(answer)
    counted = (one for one in answer.issues if one.severity is severity and not _is_about(one, new))
    return problems(counted, answer.language)


def has_to_look(answer: Answer) -> bool:
    """Say whether the rep must correct or check anything, so that the verdict says it."""
    return bool(_found(answer, Severity.ERROR) or _found(answer, Severity.WARNING))


def _new_names(answer: Answer) -> frozenset[str]:
    return frozenset(one.typed[:MAX_FOUND] for one in answer.customers if one.outcome is CustomerOutcome.NEW)


def _is_about(found: Issue, new: frozenset[str]) -> bool:
    """True for the issue that says of one of the *new* names that it is new."""
    return found.code is IssueCode.CUSTOMER_UNKNOWN and found.found in new


def _untold(answer: Answer) -> list[Issue]:
    """Return the issues that nothing else in the answer says already."""
    if answer.state is MessageState.QUARANTINED:
        return []  # what went wrong was ours
    told = {IssueCode.FILE_LINK_ONLY, IssueCode.FILE_MISSING, IssueCode.REP_UNKNOWN, IssueCode.CROSS_REVISION_WAITS}
    if answer.gone:
        told.add(IssueCode.CROSS_ROWS_MISSING)
    names, new = {line.typed[:MAX_FOUND] for line in answer.customers}, _new_names(answer)
    renamed = (IssueCode.NAME_FIXED, IssueCode.CUSTOMER_OTHER_NAME)
    return [
        one
        for one in answer.issues
        if one.code not in told and not (one.code in renamed and one.found in names) and not _is_about(one, new)
    ]


def _sections(answer: Answer, workbook: Workbook) -> tuple[Section, ...]:
    """Return errors and warnings: at most ``MOST_PROBLEMS`` in all, errors before warnings."""
    language = answer.language
    left = MOST_PROBLEMS
    sections = []
    untold = _untold(answer)
    for severity, key in ((Severity.ERROR, "section.errors"), (Severity.WARNING, "section.warnings")):
        found = problems((one for one in untold if one.severity is severity), language)
        shown, rest = found[:left], len(found[left:])
        left -= len(shown)
        if found:
            more = text("more.issues" if workbook == "marked" else "more.lines", language, n=rest) if rest else ""
            sections.append(Section(text(key, language), str(severity), tuple(shown), more))
    return tuple(sections)


def _done(answer: Answer) -> Block:
    """Return what was put right without asking."""
    found = problems((one for one in _untold(answer) if one.severity is Severity.INFO), answer.language)
    lines = [Line(one.where, " ".join(one.messages)) for one in found]
    return _block("section.infos", lines, answer.language)


def _returns(answer: Answer) -> tuple[Block, ...]:
    """Return what came back to the rep; only with the answer to a report that was read."""
    if answer.returns is None or answer.kind is not AnswerKind.REPORT:
        return ()
    parts = returns.told(answer.returns, answer.language)
    return tuple(Block(part.title, tuple(Line(*line) for line in part.lines), part.intro, part.more) for part in parts)


# ---- what was accepted, and what is gone -------------------------------------------------------


def _block(title: str, lines: list[Line], language: Language, intro: str = "", tail: Iterable[Line] = ()) -> Block:
    """Return a block of at most ``MOST_LINES`` *lines*, and of *tail*, which is always shown."""
    rest = len(lines[MOST_LINES:])
    more = text("more.lines", language, n=rest) if rest else ""
    return Block(text(title, language), (*lines[:MOST_LINES], *tail), intro, more)


def _rows(answer: Answer) -> Block:
    """Return how many rows of each sheet are in; nothing where the verdict has said that none is."""
    language = answer.language
    lines = []
    for sheet in answer.sheets if answer.rows_landed else ():
        counts = [text("rows.landed", language, n=sheet.landed)] if sheet.landed else []
        if sheet.parked:
            counts.append(text("rows.parked", language, n=sheet.parked))
        label = sheet.label_zh if language is Language.ZH else sheet.label_en
        lines.append(Line(label, ("，" if language is Language.ZH else ", ").join(counts)))
    return _block("section.rows", lines, language)


def _customers(answer: Answer) -> Block:
    """
    Return the names that the customers are filed under.

    A name that is new or not as it was typed has a line of its own; the others share one line per outcome.
    """
    language = answer.language
    like = {one.found: one.suggestions for one in answer.issues if one.code is IssueCode.CUSTOMER_UNKNOWN}
    lines = [
        Line(_outcome(line, language), _filed(line, like.get(line.typed[:MAX_FOUND], ()), language))
        for line in answer.customers
        if line.typed != line.canonical or line.outcome is CustomerOutcome.NEW
    ]
    tail = []
    for outcome in (CustomerOutcome.REVIEW, CustomerOutcome.KNOWN):
        same = [line for line in answer.customers if line.outcome is outcome and line.typed == line.canonical]
        if same:
            names = joined((line.canonical for line in same[:MOST_NAMES]), language)
            rest = len(same) - MOST_NAMES
            said = text("customer.names_more", language, n=rest, names=names) if rest > 0 else names
            tail.append(Line(_outcome(same[0], language), said))
    intro = text("customers.new", language) if _new_names(answer) else ""
    return _block("section.customers", lines, language, intro, tail)


def _filed(line: CustomerLine, like: tuple[str, ...], language: Language) -> str:
    """Return what a customer is filed as, and which known ones a new one may be."""
    filed = line.canonical if line.typed == line.canonical else f"{line.typed} → {line.canonical}"
    return text("customer.new_like", language, name=filed, names=joined(like, language)) if like else filed


def _outcome(line: CustomerLine, language: Language) -> str:
    is_tidied = line.outcome is CustomerOutcome.KNOWN and line.typed != line.canonical
    return text("customer.tidied" if is_tidied else f"customer.{line.outcome}", language)


def _gone(answer: Answer) -> Block:
    language = answer.language
    lines = []
    for row in answer.gone:
        sheet = (row.label_zh if language is Language.ZH else row.label_en) or row.sheet
        lines.append(Line(f"{sheet} {text('row.whole', language, row=row.row_number)}".strip(), row.summary))
    intro = "" if answer.kind is AnswerKind.WAITING else text("gone.removed", language)
    return _block("section.gone", lines, language, intro)
