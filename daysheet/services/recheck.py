"""
Look at all known customers again: after a change of the rules, after an import, or by hand.

Names are described by the present rules, then each customer is judged against the others. What
comes of it are proposals: questions to the stewards, and parent links that a rule may make. Nothing
is merged or split, and what a steward has said stands. Every part can be interrupted and run again;
a second run finds nothing new.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum

from daysheet.dedupe.candidates import Postings
from daysheet.dedupe.links import Added, Relinked
from daysheet.model.decisions import Candidate
from daysheet.model.memory import (
    Link,
    LinkSource,
    LinkStatus,
    Question,
    Refusal,
    RefusalCode,
    RelationType,
    ReviewKind,
)
from daysheet.model.names import NameParse
from daysheet.services import likely, linking, recognising, renewing, reviews
from daysheet.services.finding import Finder, named
from daysheet.services.likely import Pair
from daysheet.services.tools import Tools
from daysheet.store import customers, lookup, merges, relations, renewal
from daysheet.store import reviews as reviews_store
from daysheet.store.engine import Connection, chunks
from daysheet.store.relations import Edge

CHUNK = 500
"""Customers judged in one transaction: well under a second."""


class Change(StrEnum):
    """What a line of the outcome says."""

    EQUAL = "equal"  # two customers are probably one
    SPLIT = "split"  # a name is no written form of its customer's name any more
    PARENT = "parent"  # it belongs under another, or under a nearer one


@dataclass(frozen=True, slots=True)
class Line:
    """
    One change: what *customer_id* is to *other_id* now.

    Of a split there is no other customer: *other* is the name that was split off. *former* is the
    parent that gives way. *asked* says that a steward decides; else the link is made.
    """

    change: Change
    customer_id: int
    name: str
    other: str
    other_id: int | None = None
    score: float = 1.0
    why: str = ""
    former: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What was looked at and what came of it. *renewed* counts customers that earlier rules had described."""

    renewed: int
    judged: int
    ruleset_version: str
    lines: tuple[Line, ...]

    def of(self, change: Change) -> int:
        """Return the number of lines of a kind."""
        return sum(line.change is change for line in self.lines)


def size(tools: Tools) -> int:
    """Return how much there is to do, as ``on_progress`` counts it."""
    with tools.database.reading() as connection:
        return renewal.count_behind(connection, tools.naming.version) + renewal.count_roots(connection)


def recheck(
    tools: Tools, *, dry_run: bool = False, on_progress: Callable[[int], None] = lambda done: None
) -> Rechecked:
    """
    Describe all customers by the present rules, and propose what follows.

    A dry run does the same in one transaction and forgets it; on SQLite others wait for it.
    """
    run = _Run(tools, on_progress)
    with _transactions(tools, dry_run=dry_run) as opened:
        run.renew(opened)
        run.judge(opened)
    return Rechecked(run.renewed, run.judged, tools.naming.version, tuple(run.lines))


Opened = Callable[[], AbstractContextManager[Connection]]


@contextmanager
def _transactions(tools: Tools, *, dry_run: bool) -> Iterator[Opened]:
    """Give what opens the transaction of each part: one of its own, or always the same that leaves nothing."""
    if not dry_run:
        yield tools.database.writing
        return
    with tools.database.rehearsing() as connection:
        yield lambda: nullcontext(connection)


@dataclass(slots=True)
class _Run:
    tools: Tools
    on_progress: Callable[[int], None]
    renewed: int = 0
    judged: int = 0
    lines: list[Line] = field(default_factory=list)
    doubtful: list[Link] = field(default_factory=list)

    def renew(self, opened: Opened) -> None:
        """Bring profiles and keys up to date; whoever has the present version is left alone."""
        after = 0
        while True:
            with opened() as connection:
                ids = renewal.behind(connection, self.tools.naming.version, after, renewing.STRIPE)
                if not ids:
                    return
                splits = renewing.renew(connection, self.tools, ids)
            after = ids[-1]
            self.renewed += len(ids)
            self.lines += [
                Line(
                    Change.SPLIT,
                    one.customer_id,
                    one.display_name,
                    one.text,
                    why="rejected" if one.is_rejected else "key",
                )
                for one in splits
            ]
            self.on_progress(self.renewed)

    def judge(self, opened: Opened) -> None:
        """Judge every customer against the others, and propose."""
        with opened() as connection:
            index = likely.postings(connection)
        after = 0
        while True:
            with opened() as connection:
                ids = renewal.roots(connection, after, CHUNK)
                if not ids:
                    break
                customers.guard(connection)
                lines, doubtful = _parents(connection, self.tools, index, ids)
                self.doubtful += doubtful
                self.lines += lines
                self.lines += _equals(connection, self.tools, index, ids)
            after = ids[-1]
            self.judged += len(ids)
            self.on_progress(self.renewed + self.judged)
        for links in chunks(self.doubtful):
            with opened() as connection:
                customers.guard(connection)
                self.lines += _doubtful(connection, self.tools, links)


# ---- newly equal -------------------------------------------------------------------------------


def _equals(connection: Connection, tools: Tools, index: Postings, ids: Sequence[int]) -> list[Line]:
    """Ask about those pairs that nobody has been asked about yet."""
    found = likely.pairs(connection, tools, index, ids)
    both = {one for pair in found for one in pair.ids}
    waiting = _waiting(connection, both)
    asked = {frozenset((one, other)) for (one, _), others in waiting.items() for other in others}
    new = [pair for pair in found if frozenset(pair.ids) not in asked]
    by_customer: dict[int, list[Pair]] = {}
    for pair in new:
        by_customer.setdefault(pair.customer.id, []).append(pair)
    questions = []
    for customer_id, some in by_customer.items():
        # one question per customer: what it asks already it goes on asking
        kind = ReviewKind.NAME if (customer_id, ReviewKind.NAME) in waiting else ReviewKind.DUPLICATE
        known = waiting.get((customer_id, kind), {})
        candidates = [Candidate(p.other.id, p.other.display_name, p.score, (p.why,)) for p in some]
        # whom a name was taken for at first is a known customer; the new ones may be typed names themselves
        first = list(known.values()) if kind is ReviewKind.NAME else []
        more = [one for one in (*known.values(), *candidates) if one.customer_id not in {c.customer_id for c in first}]
        ranked = [*first, *sorted(more, key=lambda one: (-one.score, one.customer_id))]
        versions = {"ruleset": tools.naming.version}
        questions.append(Question(customer_id, kind, tuple(ranked), versions=versions))
    put = reviews.ask(connection, tools, questions)
    return [
        Line(
            Change.EQUAL,
            pair.customer.id,
            pair.customer.display_name,
            pair.other.display_name,
            pair.other.id,
            pair.score,
            pair.why,
            asked=True,
        )
        for pair in new
        if pair.customer.id in put
    ]


def _waiting(connection: Connection, ids: set[int]) -> dict[tuple[int, ReviewKind], Mapping[int, Candidate]]:
    """Return what is being asked about *ids*: by customer and kind, the candidates as what they have become."""
    stored = reviews_store.waiting(connection, ids)
    roots = merges.roots_of(connection, {one for some in stored.values() for one in some})
    return {
        key: {roots[one]: candidate for one, candidate in some.items() if one in roots} for key, some in stored.items()
    }


# ---- re-parented -------------------------------------------------------------------------------


def _parents(
    connection: Connection, tools: Tools, index: Postings, ids: Sequence[int]
) -> tuple[list[Line], list[Link]]:
    """Propose the parents that names tell; return what came of it, and the links that contradict another rule's."""
    shown = lookup.by_ids(connection, renewal.listed_among(connection, tools.tables, ids))
    parses = {one: tools.naming.parse(customer.display_name) for one, customer in shown.items()}
    links = _told(connection, tools, index, {one: parse for one, parse in parses.items() if not parse.is_rejected})
    return _propose(connection, tools, links)


def _propose(connection: Connection, tools: Tools, links: Sequence[Link]) -> tuple[list[Line], list[Link]]:
    before = relations.parents_of(connection, {link.child_id for link in links})
    lines, doubtful = [], []
    for link, outcome in zip(links, linking.propose(connection, tools, links), strict=True):
        edge = before.get(link.child_id)
        if isinstance(outcome, Added) or (isinstance(outcome, Relinked) and _is_another(outcome)):
            lines.append((link, edge))
        elif isinstance(outcome, Refusal) and _is_doubtful(outcome, edge):
            doubtful.append(link)
    return _lines(connection, lines), doubtful


def _lines(connection: Connection, made: Sequence[tuple[Link, Edge | None]], *, asked: bool = False) -> list[Line]:
    ids = {one for link, _ in made for one in (link.child_id, link.parent_id)}
    shown = lookup.by_ids(connection, ids | {edge.parent_root for _, edge in made if edge is not None})
    return [
        Line(
            Change.PARENT,
            link.child_id,
            shown[link.child_id].display_name,
            shown[link.parent_id].display_name,
            shown[link.parent_id].id,
            why=str(link.source),
            former=shown[edge.parent_root].display_name if edge else "",
            asked=asked,
        )
        for link, edge in made
    ]


def _is_doubtful(refusal: Refusal, edge: Edge | None) -> bool:
    """Say whether two rules contradict each other; what a person or a register said is not in question."""
    if refusal.code is not RefusalCode.SECOND_PARENT or edge is None:
        return False
    return edge.link.source.strength <= LinkSource.PARSED_CHAIN.strength


def _is_another(outcome: Relinked) -> bool:
    """Say whether the child has another parent now, and not only a firmer link to the same."""
    return outcome.link.parent_id != outcome.closes.parent_id


def _told(connection: Connection, tools: Tools, index: Postings, parses: Mapping[int, NameParse]) -> list[Link]:
    """Return the links that names tell: of a bank's unit to the nearest known one, else to what the name writes."""
    finder = Finder(tools, connection, index)
    links = []
    for one, parse in parses.items():
        name = named(tools, parse)
        parent = finder.parent(name, besides=one) if name.profile.unit is not None else None
        if parent is not None:
            links.append(Link(one, parent, RelationType.BRANCH_OF, confidence="high"))
    placed = {link.child_id for link in links}
    others = {one: parse for one, parse in parses.items() if one not in placed}
    for one, related in recognising.written_parents(connection, tools, others).items():
        if related.parent.customer_id != one:
            type_, parent = recognising.relation_of(parses[one]), related.parent.customer_id
            links.append(Link(one, parent, type_, LinkSource.PARSED_CHAIN, LinkStatus.CONFIRMED, "certain"))
    return links


def _doubtful(connection: Connection, tools: Tools, links: Sequence[Link]) -> list[Line]:
    """
    Propose once more what contradicted another rule, and ask about what still does.

    By now everybody's parents are in place, so that a nearer parent is known as such.
    """
    lines, still = _propose(connection, tools, links)
    waiting = _waiting(connection, {link.child_id for link in still})
    before = relations.parents_of(connection, {link.child_id for link in still})
    made = _lines(connection, [(link, before.get(link.child_id)) for link in still], asked=True)
    new = [line for line in made if line.other_id not in waiting.get((line.customer_id, ReviewKind.PARENT), {})]
    questions = [
        Question(
            line.customer_id,
            ReviewKind.PARENT,
            (Candidate(line.other_id, line.other, line.score, (line.why,)),),
            versions={"ruleset": tools.naming.version},
        )
        for line in new
        if line.other_id is not None
    ]
    reviews.ask(connection, tools, questions)
    return [*lines, *new]
