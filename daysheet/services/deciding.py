"""
The decision of one question in the console: what is shown, and an answer to exactly that.

Around ``services/reviews``, which does the deciding: what the visitor may see, what has changed since
the page was made, and a form sent twice.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from daysheet.dedupe.merge import MergePlan
from daysheet.dedupe.survivorship import FIELDS, NOTE, PARENT
from daysheet.model.customers import Customer
from daysheet.model.memory import Refusal, RefusalCode, RelationType, Review, ReviewState, Says
from daysheet.model.text import Language
from daysheet.services import in_sight, merging, names, queue, reviews
from daysheet.services.access import Visitor
from daysheet.services.names import Compared
from daysheet.services.queue import Shown
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, desk, lookup, people, relations, staff
from daysheet.store import queue as lists
from daysheet.store import reviews as stored
from daysheet.store.audit import Entry
from daysheet.store.desk import WaitingRow
from daysheet.store.engine import Connection

OWN, THEIRS = "loser", "winner"
"""Whose value stays: that of the customer asked about, which would become part of the candidate, or the candidate's."""
ROWS = 10
"""Waiting rows shown."""
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both, and of what they would be as one; *side* says whose value that is, "" where both."""

    name: str
    own: str
    theirs: str
    result: str = ""
    side: str = ""
    why: str = ""
    number: int = 0  # of the key that chooses; 0 where there is nothing to choose


@dataclass(frozen=True, slots=True)
class Desk:
    """
    Everything a decision is made by. *chosen* is the candidate beside the customer, *answer* whom the
    answer named. *refusal* says why the two cannot be made one. *seen* stands for all that matters of
    it; it comes back with the answer.
    """

    review: Review
    candidates: tuple[Shown, ...]
    left_out: tuple[Shown, ...]
    chosen: Shown | None
    answer: Shown | None
    own: Customer
    theirs: Customer | None
    lines: tuple[Line, ...]
    refusal: Refusal | None
    compared: Compared | None
    rows: tuple[WaitingRow, ...]
    happened: tuple[Entry, ...]
    names: tuple[str, ...]  # by which the customer is known, and the candidate would be
    people: Mapping[str, str]  # employee number → name
    seen: str

    @property
    def is_open(self) -> bool:
        """True where it can be answered."""
        return self.review.state is ReviewState.OPEN

    @property
    def needs_choice(self) -> bool:
        """True where the two can be one only once it is said whose credit code is right."""
        return self.refusal is not None and self.refusal.code is RefusalCode.TWO_CREDIT_CODES


@dataclass(frozen=True, slots=True)
class Form:
    """An answer as it was sent. *seen* is that of the page it was given on."""

    says: Says
    customer_id: int | None = None
    reason: str = ""
    type: RelationType | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    seen: str = ""
    leaves_out: bool = False  # "different", of this candidate only


@dataclass(frozen=True, slots=True)
class Done:
    """An answer that holds. *other* is the candidate it was about; both by name, as they were before."""

    review: Review
    other: Shown | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Nothing was done, for what was shown is no longer so; *happened* is what came between."""

    happened: tuple[Entry, ...]


# ---- what is shown -----------------------------------------------------------------------------


def look(
    tools: Tools, visitor: Visitor, review_id: int, customer_id: int | None = None, language: Language = Language.ZH
) -> Desk | None:
    """Return a question with *customer_id*, or the best candidate, beside it; None for one the visitor does not see."""
    with tools.database.reading() as connection:
        return _look(connection, tools, visitor, review_id, customer_id, language)


def _look(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    review_id: int,
    customer_id: int | None,
    language: Language = Language.ZH,
) -> Desk | None:
    review = stored.get(connection, tools.tables, review_id)
    if review is None or not lists.visible(connection, [review.customer_id], visitor.scope):
        return None
    ids = {one.customer_id for one in (*review.candidates, *review.left_out)}
    seen = lists.visible(connection, ids, visitor.scope)
    candidates = queue.shown(review.candidates, seen)
    chosen = _chosen(candidates, customer_id)
    shown = lookup.by_ids(connection, {review.customer_id} | ({chosen.customer_id} if chosen else set()))
    own = shown[review.customer_id]
    theirs = shown[chosen.customer_id] if chosen and not chosen.is_hidden else None
    if theirs is not None and theirs.id == own.id:
        theirs = None  # they are one already
    request = merging.Request(theirs.id, review.customer_id, {}) if theirs else None
    planned = _planned(connection, tools, request) if request and review.state is ReviewState.OPEN else None
    both = {own.id} | ({theirs.id} if theirs else set())
    happened = desk.happened(connection, review_id, both | {review.customer_id})
    review, happened = in_sight.without_reasons(connection, visitor.scope, review, happened, seen)
    known_as = desk.aliases(connection, both)
    lines = _lines(connection, visitor, own, theirs, planned[0] if planned else None, known_as)
    return Desk(
        review=review,
        candidates=candidates,
        left_out=queue.shown(review.left_out, seen),
        chosen=chosen,
        answer=queue.answers_of(connection, visitor, [review]).get(review_id),
        own=own,
        theirs=theirs,
        lines=lines,
        refusal=planned[1] if planned else None,
        compared=names.compare(tools.naming, review.name, theirs.display_name, language) if theirs else None,
        rows=desk.waiting_rows(connection, tools.tables, review.customer_id, visitor.scope, ROWS),
        happened=happened,
        names=known_as[own.id],
        people=_people(connection, review, happened),
        seen=_token(review, lines, chosen, happened),
    )


def _chosen(candidates: Sequence[Shown], customer_id: int | None) -> Shown | None:
    """Return the candidate that was asked for, else the best one that can be seen, else the best."""
    named = next((one for one in candidates if one.customer_id == customer_id), None)
    return named or next((one for one in candidates if not one.is_hidden), candidates[0] if candidates else None)


def _planned(connection: Connection, tools: Tools, request: merging.Request) -> tuple[MergePlan | None, Refusal | None]:
    planned = merging.plan(connection, tools, request)
    if not isinstance(planned, Refusal):
        return planned, None
    if planned.code is RefusalCode.TWO_CREDIT_CODES:
        # the rest of the record is shown as it would be, once one of the codes is chosen
        again = merging.Request(request.winner_id, request.loser_id, {"credit_code": THEIRS})
        settled = merging.plan(connection, tools, again)
        return (None if isinstance(settled, Refusal) else settled), planned
    return None, planned


def _lines(
    connection: Connection,
    visitor: Visitor,
    own: Customer,
    theirs: Customer | None,
    plan: MergePlan | None,
    known_as: Mapping[int, tuple[str, ...]],
) -> tuple[Line, ...]:
    both = [own.id] + ([theirs.id] if theirs else [])
    results = {line.field: line.result for line in plan.lines} if plan else {}
    lines = []
    for name in (*FIELDS, NOTE):
        mine, other = _text(own, name), _text(theirs, name)
        result = results.get(name)
        side = ""
        if result is not None and mine != other and name != NOTE:
            side = THEIRS if result.text == other else OWN
        if mine or other:
            shown = result.text if result else ""
            lines.append(Line(name, mine, other, shown, side, str(result.why) if result else ""))
    if (parent := _parent_line(connection, visitor, own, theirs, is_planned=plan is not None)) is not None:
        lines.append(parent)
    owners = desk.owners(connection, both)
    for name, said in (("aliases", known_as), ("owners", owners)):
        mine, other = ("\n".join(said.get(one, ())) for one in (both[0], both[-1] if theirs else 0))
        united = "\n".join(dict.fromkeys(text for one in both for text in said.get(one, ()))) if plan else ""
        if mine or other:
            lines.append(Line(name, mine, other, united))
    return _numbered(lines)


def _text(customer: Customer | None, name: str) -> str:
    return str(getattr(customer, name) or "") if customer is not None else ""


def _numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return *lines* with a key for each of the first nine where a side can be chosen."""
    numbers = count(1)
    return tuple(
        replace(line, number=number)
        if line.side and line.own and line.theirs and (number := next(numbers)) < 10
        else line
        for line in lines
    )


def _parent_line(
    connection: Connection, visitor: Visitor, own: Customer, theirs: Customer | None, *, is_planned: bool
) -> Line | None:
    """Return whom the two stand under, and whom they would as one; a link between them says nothing then."""
    both = {own.id} | ({theirs.id} if theirs else set())
    edges = relations.parents_of(connection, both)
    above = {edge.parent_root for edge in edges.values()}
    shown = lookup.by_ids(connection, above & lists.visible(connection, above, visitor.scope))
    named = {root: shown[e.parent_root].display_name for root, e in edges.items() if e.parent_root in shown}
    mine, other = named.get(own.id, ""), named.get(theirs.id, "") if theirs else ""
    if not mine and not other:
        return None
    left = [edge for edge in edges.values() if edge.child_root in named and edge.parent_root not in both]
    if not is_planned or theirs is None or not left:
        return Line(PARENT, mine, other)
    best = min(left, key=lambda e: (-e.link.source.strength, e.link.status, e.child_root != theirs.id))
    side = "" if mine == other or len(left) < 2 else THEIRS if best.child_root == theirs.id else OWN
    return Line(PARENT, mine, other, named[best.child_root], side)


def _people(connection: Connection, review: Review, happened: Sequence[Entry]) -> dict[str, str]:
    numbers = {entry.actor for entry in happened} | {note.actor for note in review.notes}
    return staff.names_of(connection, numbers | {review.actor, review.assignee} - {""})


def _token(review: Review, lines: Sequence[Line], chosen: Shown | None, happened: Sequence[Entry]) -> str:
    """Return what stands for everything that was shown and matters, with the last thing that had happened."""
    matters = [
        str(review.state),
        *(str(one.customer_id) for one in review.candidates),
        str(len(review.notes)),
        str(chosen.customer_id if chosen else 0),
        *(f"{line.name}={line.own}|{line.theirs}" for line in lines),
    ]
    digest = hashlib.sha256("\x00".join(matters).encode("utf-8", "replace")).hexdigest()[:20]
    return f"{digest}.{(happened[0].id or 0) if happened else 0}"


# ---- answers -----------------------------------------------------------------------------------


def decide(tools: Tools, visitor: Visitor, review_id: int, form: Form) -> Done | Moved | Refusal | None:
    """
    Take an answer to what was shown; None for a question the visitor does not see.

    The same answer sent twice is taken once. What has moved on since is not decided.
    """
    with tools.database.writing() as connection:
        customers.guard(connection)  # what is looked at is what is decided
        now = _look(connection, tools, visitor, review_id, form.customer_id)
        if now is None:
            return None
        repeated = _repeated(now, visitor, form)
        if repeated is not None:
            return repeated
        is_beside = form.customer_id is None or (now.chosen and now.chosen.customer_id == form.customer_id)
        if now.seen != form.seen or not is_beside:
            return _moved(now, form)
        about = [now.chosen] if form.says is not Says.DIFFERENT or form.leaves_out else list(now.candidates)
        if any(one is not None and one.is_hidden for one in about):
            return Refusal(RefusalCode.OUT_OF_SIGHT, {"review": review_id})
        customer_id = now.chosen.customer_id if now.chosen else None
        answer = Answer(
            says=form.says,
            customer_id=None if form.says is Says.DIFFERENT and not form.leaves_out else customer_id,
            reason=form.reason.strip()[:LONGEST_NOTE],
            type=form.type,
            keep=form.keep if form.says is Says.SAME else {},
        )
        if (form.says is Says.SAME or form.leaves_out) and customer_id is None:
            return Refusal(RefusalCode.WHICH_CUSTOMER, {"review": review_id, "candidates": "–"})
        done = reviews.decide_within(connection, tools, review_id, answer, visitor.actor)
        return done if isinstance(done, Refusal) else Done(now.review, now.chosen)


def _repeated(now: Desk, visitor: Visitor, form: Form) -> Done | None:
    """Return what holds already where this very answer of the visitor's was taken before."""
    if form.leaves_out:
        out = next((one for one in now.left_out if one.customer_id and one.customer_id == form.customer_id), None)
        return Done(now.review, out) if out and _last_actor(now) == visitor.actor.name else None
    if form.says is Says.UNSURE:
        return Done(now.review, now.chosen) if _is_last_note(now.review, visitor, form.reason.strip()) else None
    is_it = now.review.state is ReviewState.DECIDED and now.review.says is form.says
    if form.says is not Says.DIFFERENT and form.customer_id is not None:
        is_it = is_it and form.customer_id == desk.answered_with(now.happened)
    return Done(now.review, now.chosen) if is_it and now.review.actor == visitor.actor.name else None


def _last_actor(now: Desk) -> str:
    return next((entry.actor for entry in now.happened if entry.entity == "review"), "")


def _moved(now: Desk, form: Form) -> Moved:
    last = form.seen.rpartition(".")[2]
    since = int(last) if last.isdecimal() and len(last) < 20 else 0
    return Moved(tuple(entry for entry in now.happened if (entry.id or 0) > since))


def take_back(
    tools: Tools, visitor: Visitor, review_id: int, *, left_out: int | None = None, reason: str = ""
) -> Review | Refusal | None:
    """Take an answer back, or that one candidate was left out; None for a question the visitor does not see."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        now = _look(connection, tools, visitor, review_id, None)
        if now is None:
            return None
        if left_out is not None:
            if not lists.visible(connection, [left_out], visitor.scope):
                return Refusal(RefusalCode.NOT_LEFT_OUT, {"review": review_id})  # as of one that there is not
            done = reviews.put_back_within(connection, tools, review_id, {left_out}, visitor.actor, reason)
        elif not in_sight.sees_answer(connection, visitor.scope, now.review):
            return Refusal(RefusalCode.OUT_OF_SIGHT, {"review": review_id})
        else:
            done = reviews.take_back_within(connection, tools, review_id, visitor.actor, reason)
        return done if isinstance(done, Refusal) else done.review


# ---- notes and assignees -----------------------------------------------------------------------


def note(tools: Tools, visitor: Visitor, review_id: int, text: str) -> bool:
    """Write something on a question; the same twice is once. False for a question the visitor does not see."""
    said = text.strip()[:LONGEST_NOTE]
    with tools.database.writing() as connection:
        customers.guard(connection)
        review = stored.get(connection, tools.tables, review_id)
        if review is None or not lists.visible(connection, [review.customer_id], visitor.scope):
            return False
        if said and not _is_last_note(review, visitor, said):
            stored.note(connection, review_id, said, visitor.actor, tools.clock())
            entry = Entry("review.noted", "review", review_id, None, {"text": said}, visitor.actor.name)
            audit.append(connection, [entry], tools.clock())
    return True


def _is_last_note(review: Review, visitor: Visitor, text: str) -> bool:
    last = review.notes[-1] if review.notes else None
    return last is not None and (last.actor, last.text) == (visitor.actor.name, text)


def assign(
    tools: Tools, visitor: Visitor, review_ids: Collection[int], number: str, was: str | None = None
) -> tuple[int, str]:
    """
    Give open questions that the visitor sees to a steward, or to nobody; return how many, and who has it instead.

    *was* is who had the question as the page showed it: one that somebody else has taken since stays theirs.
    """
    with tools.database.writing() as connection:
        person = people.find_by_number(connection, number) if number else None
        found = stored.by_ids(connection, tools.tables, sorted(review_ids))
        seen = lists.visible(connection, {review.customer_id for review in found}, visitor.scope)
        mine = [r for r in found if r.customer_id in seen and r.state is ReviewState.OPEN]
        taken = next((r.assignee for r in mine if was is not None and r.assignee not in (was, number)), "")
        if taken:
            return 0, taken
        changed = [review for review in mine if review.assignee != number]
        stored.assign(connection, [review.id for review in changed], person.id if person else None)
        entries = [
            Entry("review.assigned", "review", r.id, {"assignee": r.assignee}, {"assignee": number}, visitor.actor.name)
            for r in changed
        ]
        audit.append(connection, entries, tools.clock())
        return len(mine), ""
