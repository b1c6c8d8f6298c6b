"""
Decide which customers names are: by what is certain first, then by likeness against the whole master.

The steps a report, a list and a match share; what each does with the decisions is its own business.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from daysheet.dedupe import decide
from daysheet.dedupe.judge import Judged, Ranked
from daysheet.model.customers import Customer
from daysheet.model.decisions import (
    Candidate,
    Decision,
    Evidence,
    Matched,
    NeedsReview,
    NewCustomer,
    Related,
)
from daysheet.model.memory import Link, LinkSource, LinkStatus, Question, RelationType, ReviewKind
from daysheet.model.names import Kind, NameParse
from daysheet.services import linking, reviews
from daysheet.services.finding import Finder, named
from daysheet.services.prepare import Prepared
from daysheet.services.tools import Tools
from daysheet.store import assignments, lookup
from daysheet.store.engine import Connection

Asked = TypeVar("Asked")
_SHOWN_TO_REPS = 500
"""Own customers of a rep that a suggestion may name."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """
    Decisions by name as typed. *owners* says under which customer's id a matched name is stored,
    *customers* what is shown for those ids.
    """

    decisions: Mapping[str, Decision]
    owners: Mapping[str, int]
    customers: Mapping[int, Customer]


def recognise(connection: Connection, tools: Tools, parses: Mapping[str, NameParse]) -> Recognised:
    """Decide which customer each name (none of them rejected) is."""
    queries = {typed: decide.NameQuery(parse) for typed, parse in parses.items()}
    wanted = decide.wanted(queries.values())
    known = lookup.by_all(connection, wanted.external_ids, wanted.credit_codes, wanted.texts, wanted.keys)
    found = decide.Found(known.external_ids, known.credit_codes, known.aliases, known.keys)
    decisions = {typed: decide.recognise(query, found) for typed, query in queries.items()}
    finder = Finder(tools, connection)
    judged = {
        typed: finder.find(named(tools, parses[typed]))
        for typed, made in decisions.items()
        if isinstance(made, NewCustomer) and not parses[typed].uscc
    }
    shown = _shown(connection, judged.values())
    decisions |= {typed: decision(one, shown) for typed, one in judged.items()}
    decisions |= _under_written_parents(connection, tools, parses, decisions)
    matched = {
        typed: lookup.Named(
            made.candidate.customer_id, queries[typed].texts, queries[typed].parse.key, queries[typed].code
        )
        for typed, made in decisions.items()
        if isinstance(made, Matched)
    }
    owners = lookup.owners(connection, matched)
    # whoever was merged is stored under its own id and answers as what it became
    missing = set(owners.values()) - known.customers.keys()
    return Recognised(decisions, owners, {**lookup.by_ids(connection, missing), **known.customers})


def _shown(connection: Connection, judged: Iterable[Judged]) -> dict[int, Customer]:
    ids: set[int] = set()
    for one in judged:
        ids |= {ranked.customer_id for ranked in one.candidates} | ({one.match} if one.match else set())
        ids |= {one.parent} if one.parent else set()
    return lookup.by_ids(connection, ids) if ids else {}


def decision(judged: Judged, shown: Mapping[int, Customer]) -> Decision:
    """Return what was judged as a decision; *shown* has the customers it names."""
    if judged.match is not None:
        best = next((one for one in judged.candidates if one.customer_id == judged.match), None)
        score = best.score if best else 1.0
        return Matched(
            Candidate(judged.match, shown[judged.match].display_name, score, (judged.why,)), Evidence.LIKENESS
        )
    if judged.is_question:
        return NeedsReview(tuple(_candidate(one, shown) for one in judged.candidates))
    if judged.parent is not None:
        return Related(Candidate(judged.parent, shown[judged.parent].display_name, 1.0, ("lattice",)))
    return NewCustomer()


def _candidate(ranked: Ranked, shown: Mapping[int, Customer]) -> Candidate:
    return Candidate(ranked.customer_id, shown[ranked.customer_id].display_name, ranked.score, (ranked.why,))


def _under_written_parents(
    connection: Connection, tools: Tools, parses: Mapping[str, NameParse], decisions: Mapping[str, Decision]
) -> dict[str, Related]:
    new = {typed: parses[typed] for typed, made in decisions.items() if isinstance(made, NewCustomer)}
    return written_parents(connection, tools, new)


def written_parents(connection: Connection, tools: Tools, parses: Mapping[Asked, NameParse]) -> dict[Asked, Related]:
    """Return the customer that a name itself writes before its branch (X有限公司北京分公司), where that is known."""
    parents = {asked: tools.naming.parse(parse.parent) for asked, parse in parses.items() if parse.parent}
    queries = {typed: decide.NameQuery(parse) for typed, parse in parents.items() if not parse.is_rejected}
    if not queries:
        return {}
    wanted = decide.wanted(queries.values())
    found = decide.Found(
        aliases=lookup.by_aliases(connection, wanted.texts), keys=lookup.by_keys(connection, wanted.keys)
    )
    made = {typed: decide.recognise(query, found) for typed, query in queries.items()}
    return {typed: Related(one.candidate, is_certain=True) for typed, one in made.items() if isinstance(one, Matched)}


# ---- what follows from it ----------------------------------------------------------------------


def ask(
    connection: Connection,
    tools: Tools,
    decisions: Mapping[str, Decision],
    new_ids: Mapping[str, int],
    submission_id: int | None,
) -> None:
    """Put a question for each name that only a steward can settle; one per new customer, however many rows wait."""
    questions = [
        Question(new_ids[typed], ReviewKind.NAME, made.candidates, submission_id, {"ruleset": tools.naming.version})
        for typed, made in decisions.items()
        if isinstance(made, NeedsReview)
    ]
    if questions:
        reviews.ask(connection, tools, questions)


def link(
    connection: Connection, tools: Tools, decisions: Mapping[Asked, Decision], new_ids: Mapping[Asked, int]
) -> int:
    """Propose the parents of new customers; return how many links were proposed."""
    links = [
        Link(
            new_ids[typed],
            made.parent.customer_id,
            RelationType.BRANCH_OF,
            LinkSource.PARSED_CHAIN if made.is_certain else LinkSource.LATTICE,
            LinkStatus.CONFIRMED if made.is_certain else LinkStatus.PROPOSED,
            "certain" if made.is_certain else "high",
        )
        for typed, made in decisions.items()
        if isinstance(made, Related)
    ]
    linking.propose(connection, tools, links)
    return len(links)


def relation_of(parse: NameParse) -> RelationType:
    """Return what a name is to the parent it writes: a hospital is affiliated, a branch is a branch."""
    if parse.kind in (Kind.HOSPITAL, Kind.INSTITUTION, Kind.SCHOOL):
        return RelationType.CAMPUS_OF if parse.campus else RelationType.AFFILIATED_TO
    return RelationType.BRANCH_OF


ELSEWHERE = "其他区域的已知客户 / a customer known in another region"
"""Named instead of a customer that the rep has nothing to do with: else anyone could harvest the database."""


def of_rep(connection: Connection, prepared: Prepared, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return *candidates* as the rep may see them (data protection: own customers by name, others only as known)."""
    if prepared.rep is None:
        return ()
    own = assignments.own_customers(connection, prepared.rep.id, prepared.today, _SHOWN_TO_REPS)
    mine = {customer.id for customer in own}
    shown = [one for one in candidates if one.customer_id in mine]
    hidden = next((one for one in candidates if one.customer_id not in mine), None)
    if hidden is not None:
        shown.append(Candidate(0, ELSEWHERE, hidden.score))
    return tuple(shown)
