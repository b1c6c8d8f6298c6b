"""
What comes back of a spot check, by command or by mail, and how to look at it.

A wrong value is information: nothing is changed by it. A steward puts the customer right in the console.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from daysheet.errors import NotAllowed, UsageError
from daysheet.i18n import text
from daysheet.model import intervals
from daysheet.model.answers import Answer, AnswerKind
from daysheet.model.figures import Figures, total
from daysheet.model.intervals import Interval
from daysheet.model.mail import Attachment, MessageState, Reason
from daysheet.model.memory import OPERATOR
from daysheet.model.people import Person, Role
from daysheet.model.rows import Workbook
from daysheet.model.spot_checks import Check, Item, Outcome, Refused, Returned, Unread, figures_of
from daysheet.model.text import Language
from daysheet.services import answering, spot_lines
from daysheet.services.answering import Incoming
from daysheet.services.dismiss import end
from daysheet.services.outcome import Outcome as Ended
from daysheet.services.sender import Sender
from daysheet.services.tools import Tools
from daysheet.store import audit, people, spot_checks
from daysheet.store.engine import Connection
from daysheet.templates_xlsx import spot_check as sheets

MAY_RETURN = frozenset({Role.STEWARD, Role.MANAGER, Role.ADMIN})
"""Whose returns count; a rep's do not, for the check is of the rep's own work."""
MOST_UNREAD = 20
"""Lines that were not taken, named in an answer."""
MOST_BESIDE = 5
"""Files that are no sheet of a check, named in an answer."""


def is_return(workbook: Workbook) -> bool:
    """Say whether a workbook is the sheet of a spot check."""
    return sheets.check_of(workbook) is not None


def take_within(connection: Connection, tools: Tools, workbook: Workbook, actor: str, today: date) -> Returned:
    """Record what a returned *workbook* says, within the caller's transaction; a later return wins line by line."""
    check_id = sheets.check_of(workbook) or 0
    found = spot_checks.checks(connection, 1, check_id)
    if not found:
        return Returned(check_id, refused=Refused.UNKNOWN_CHECK)
    printed = {item.drawn.customer_id: item.drawn.printed for item in spot_checks.items(connection, check_id)}
    lines = list(sheets.lines(workbook))
    if not lines:
        return Returned(check_id, refused=Refused.NO_LINES)
    findings, unread = spot_lines.read(lines, printed, found[0].drawn_on, today)
    spot_checks.record(connection, check_id, findings, actor, tools.clock())
    after = {"lines": len(findings), "not_taken": len(unread), "wrong": sum(bool(one.faults) for one in findings)}
    entry = audit.Entry("spot_check.returned", "spot_check", check_id, after=after, actor=actor)
    audit.append(connection, [entry], tools.clock())
    return Returned(
        check_id,
        reached=sum(one.outcome is Outcome.REACHED for one in findings),
        unreached=sum(one.outcome is Outcome.UNREACHED for one in findings),
        wrong=sum(bool(one.faults) for one in findings),
        unread=unread,
        waiting=spot_checks.checks(connection, 1, check_id)[0].waiting,
    )


def give_back(tools: Tools, name: str, content: bytes, by: str | None = None) -> Returned:
    """
    Record what a file says, returned by the employee number *by* or whoever runs the command line.

    Raises UsageError where it is not the sheet of a spot check or *by* is nobody's number, NotAllowed
    for one who may not return it.
    """
    read = tools.reader.read(content, name)
    if not isinstance(read, Workbook) or sheets.check_of(read) is None:
        raise UsageError(f"{name} is not the sheet of a spot check; one is made by: daysheet spotcheck sample")
    with tools.database.writing() as connection:
        person = _caller(connection, by) if by else None
        actor = person.number if person else OPERATOR.name
        return take_within(connection, tools, read, actor, tools.day_of(tools.clock(), person))


def _caller(connection: Connection, number: str) -> Person:
    person = people.find_by_number(connection, number)
    if person is None:
        raise UsageError(f"nobody has the employee number {number!r}; see: daysheet people import")
    if person.role not in MAY_RETURN or not person.is_active:
        state = person.role if person.is_active else "no longer active"
        raise NotAllowed(
            f"{person.name} ({number}) is {state}; only stewards, managers and administrators return checks"
        )
    return person


# ---- by mail -------------------------------------------------------------------------------------


def take(tools: Tools, incoming: Incoming, sender: Sender, first: Workbook, others: Sequence[Attachment] = ()) -> Ended:
    """
    End a message that brings spot checks back: record them, and confirm in a few lines.

    Of its *others* those that are sheets of a check are taken too, and the rest is named: such a
    message brings no report.
    """
    person = sender.person
    sheets_, beside = _sheets(tools, first, others)
    with tools.database.writing() as connection:
        if person.role in MAY_RETURN:
            assert incoming.claimed is not None
            today = tools.day_of(incoming.claimed.first_seen_at, person)
            returned = [take_within(connection, tools, one, person.number, today) for one in sheets_]
        else:
            returned = [Returned(sheets.check_of(one) or 0, refused=Refused.NOT_ALLOWED) for one in sheets_]
        ended = _ended(incoming, returned, beside)
        answer = _answer(tools, incoming, sender, returned, beside, ended)
        answering.enqueue(connection, tools, incoming, answer, sender=person)
        end(connection, tools, incoming, ended)
    return ended


def _sheets(
    tools: Tools, first: Workbook, others: Sequence[Attachment]
) -> tuple[Sequence[Workbook], Sequence[Attachment]]:
    """Return the sheets of checks, *first* among them, and the files that are none or too many."""
    found, beside = [first], []
    for file in others[: tools.house.workbooks_per_message - 1]:
        read = tools.reader.read(file.content, file.name)
        if isinstance(read, Workbook) and is_return(read):
            found.append(read)
        else:
            beside.append(file)
    return found, (*beside, *others[tools.house.workbooks_per_message - 1 :])


def _ended(incoming: Incoming, returned: Sequence[Returned], beside: Sequence[Attachment]) -> Ended:
    envelope = incoming.envelope
    ended = Ended(
        incoming.inbound_id,
        MessageState.ACCEPTED,
        Reason.SPOT_CHECK,
        detail="; ".join(map(_detail, returned)),
        sender=", ".join(envelope.senders[:5]),
        subject=envelope.subject,
    )
    if all(one.refused is not None for one in returned):
        return replace(ended, state=MessageState.REJECTED, reason=Reason.SPOT_CHECK_REFUSED)
    is_whole = not beside and not any(one.unread or one.refused is not None for one in returned)
    return ended if is_whole else replace(ended, state=MessageState.PARTLY)


def _detail(returned: Returned) -> str:
    if returned.refused is not None:
        return str(returned.refused)
    return f"check {returned.check_id}: {returned.taken} lines, {len(returned.unread)} not taken"


def _answer(
    tools: Tools,
    incoming: Incoming,
    sender: Sender,
    returned: Sequence[Returned],
    beside: Sequence[Attachment],
    ended: Ended,
) -> Answer:
    language = tools.language_of(sender.person)
    lines = [line for one in returned for line in told(one, language)]
    if beside:
        names = ", ".join(file.name for file in beside[:MOST_BESIDE])
        lines.append(text("spot.beside", language, n=len(beside), names=names))
    return Answer(
        kind=AnswerKind.SPOT_CHECK,
        language=language,
        state=ended.state,
        reason=ended.reason,
        rep_name=sender.person.name,
        subject=incoming.envelope.subject,
        note="\n".join(lines),
    )


def told(returned: Returned, language: Language) -> list[str]:
    """Return what became of a returned workbook, a line each: counts first, then what was not taken and why."""
    if returned.refused is not None:
        return [text(f"spot.refused.{returned.refused}", language, check=returned.check_id)]
    counts = {"reached": returned.reached, "unreached": returned.unreached, "wrong": returned.wrong}
    said = [text("spot.taken", language, n=returned.taken, check=returned.check_id, **counts)]
    if returned.waiting:
        said.append(text("spot.waiting", language, n=returned.waiting))
    said += [unread_text(one, language) for one in returned.unread[:MOST_UNREAD]]
    if more := len(returned.unread[MOST_UNREAD:]):
        said.append(text("spot.more", language, n=more))
    return said


def unread_text(one: Unread, language: Language) -> str:
    """Return which line was not taken, and why."""
    why = text(f"spot.why.{one.why}", language, found=one.found)
    return text("spot.unread", language, line=one.line, why=why)


# ---- looking -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A check with its customers, and the rates it comes to: None where nobody was reached."""

    check: Check
    items: tuple[Item, ...]
    figures: Figures
    customers: Interval | None
    fields: Interval | None


def listed(tools: Tools, limit: int) -> Sequence[Check]:
    """Return the newest checks, newest first."""
    with tools.database.reading() as connection:
        return spot_checks.checks(connection, limit)


def show(tools: Tools, check_id: int) -> Shown:
    """Return one check; raises UsageError where there is none."""
    with tools.database.reading() as connection:
        found = spot_checks.checks(connection, 1, check_id)
        if not found:
            raise UsageError(f"there is no spot check {check_id}; see: daysheet spotcheck list")
        items = spot_checks.items(connection, check_id)
    figures = total(_by_customer(items))
    return Shown(found[0], items, figures, intervals.of_customers(figures), intervals.of_fields(figures))


def _by_customer(items: Sequence[Item]) -> Iterator[Figures]:
    """Yield the figures of each customer reached; several merged since the draw are one, with all of its fields."""
    counted: dict[int, tuple[int, int]] = {}
    for item in items:
        if item.finding is not None and item.finding.outcome is Outcome.REACHED:
            judged, wrong = counted.get(item.root_id, (0, 0))
            counted[item.root_id] = (judged + len(item.finding.judged), wrong + len(item.finding.faults))
    return (figures_of(judged, wrong) for judged, wrong in counted.values())


def wrong_values(item: Item) -> Mapping[str, tuple[str, str]]:
    """Return what was handed out wrong of a customer: field → as handed out, what is right."""
    finding = item.finding
    if finding is None:
        return {}
    return {name: (item.drawn.printed.get(name, ""), finding.wrong[name]) for name in finding.faults}


def news(item: Item) -> Mapping[str, str]:
    """Return what a call told of a customer that had not been known, which is no fault: field → value."""
    finding = item.finding
    if finding is None:
        return {}
    return {name: value for name, value in finding.wrong.items() if name not in finding.judged}
