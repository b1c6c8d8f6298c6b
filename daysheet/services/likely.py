"""
Known customers that are probably one: what a steward should be asked about.

The same evidence as for a typed name, with the name's own customer left out. A pair is told once,
whichever of the two it was found from.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from daysheet.dedupe import decide
from daysheet.dedupe.candidates import Postings
from daysheet.dedupe.judge import Judged
from daysheet.model.customers import Customer, CustomerStatus
from daysheet.model.names import NameParse, Status
from daysheet.naming.scans import is_credit_code
from daysheet.services.finding import Finder, named
from daysheet.services.tools import Tools
from daysheet.store import judgements, lookup, names, relations, renewal
from daysheet.store.engine import Connection
from daysheet.store.renewal import Written

RESIDENT = 200_000
"""Customers up to which the whole index is read into memory; above, the database is asked name by name."""
_MERELY = "near"
"""Similar, and nothing more."""
_SOMEWHAT_ALIKE = 0.5
"""Score from which what a rep typed may be somebody."""
_ALIKE = 0.9
"""Score of names alike but for a legal form, a region or one slip."""


@dataclass(frozen=True, slots=True)
class Pair:
    """
    Two customers that may be one: *customer* would become part of *other*.

    A provisional one becomes part of a confirmed one, else the later of the earlier.
    """

    customer: Customer
    other: Customer
    score: float
    why: str

    @property
    def ids(self) -> tuple[int, int]:
        """Both, the smaller id first."""
        return _pair(self.customer.id, self.other.id)


def postings(connection: Connection) -> Postings:
    """Return the lookup index as it is fastest for many names."""
    if renewal.count_roots(connection) > RESIDENT:
        return names.SqlPostings(connection)
    return names.ResidentPostings.of(connection)


def pairs(connection: Connection, tools: Tools, index: Postings, ids: Sequence[int]) -> list[Pair]:
    """
    Return whom *ids* (customers that were not merged into another) may be the same as.

    Whoever was judged different or related, stands in one line of a tree, or has another valid
    credit code, is not told.
    """
    shown = lookup.by_ids(connection, renewal.listed_among(connection, tools.tables, ids))
    found: dict[tuple[int, int], tuple[float, str]] = {}

    def put(one: int, other: int, score: float, why: str) -> None:
        if one != other and score > found.get(_pair(one, other), (0.0, ""))[0]:
            found[_pair(one, other)] = (score, why)

    _put_certain(connection, tools, shown, put)
    finder = Finder(tools, connection, index)
    for customer in shown.values():
        parse = tools.naming.parse(customer.display_name)
        if parse.is_rejected:
            continue
        judged = finder.find(named(tools, parse), besides=customer.id)
        for other, score in _likely(judged, _least(customer, parse)):
            put(customer.id, other, score, judged.why)
    return _oriented(connection, tools, found)


Put = Callable[[int, int, float, str], None]


def _put_certain(connection: Connection, tools: Tools, shown: dict[int, Customer], put: Put) -> None:
    """Put who has the credit code, a written form or a match key of another."""
    queries: dict[int, list[decide.NameQuery]] = {}
    for name in _names(connection, shown):
        parse = tools.naming.parse(name.text)
        if not parse.is_rejected:
            queries.setdefault(name.customer_id, []).append(decide.NameQuery(parse))
    wanted = decide.wanted(query for some in queries.values() for query in some)
    codes = {customer.credit_code for customer in shown.values() if customer.credit_code}
    known = lookup.by_all(connection, (), codes, wanted.texts, wanted.keys)
    for one, customer in shown.items():
        _put_all(put, one, known.credit_codes.get(customer.credit_code or "", ()), 1.0, "credit-code")
        for query in queries.get(one, ()):
            _put_all(put, one, known.keys.get(query.key, ()), 0.95, "key")
            for text in query.texts:
                _put_all(put, one, known.aliases.get(text, ()), 0.98, "alias")


def _put_all(put: Put, one: int, others: Iterable[Customer], score: float, why: str) -> None:
    for other in others:
        put(one, other.id, score, why)


def _names(connection: Connection, shown: Collection[int]) -> list[Written]:
    return [name for written in renewal.written(connection, shown).values() for name in written]


def _least(customer: Customer, parse: NameParse) -> float:
    """
    Return the score from which a doubtful candidate is worth a question.

    What a rep typed is some other customer as likely as not, and so is, if alike enough, what lacks
    a part. Two complete names that are similar are two customers.
    """
    if customer.status is CustomerStatus.PROVISIONAL:
        return _SOMEWHAT_ALIKE
    return _ALIKE if parse.verdict.status is Status.NEEDS_COMPLETION else 2.0


def _likely(judged: Judged, least: float) -> list[tuple[int, float]]:
    """Return whom a name would be taken for, were it typed today, or asked about, with the scores."""
    if judged.match is not None:
        best = next((one.score for one in judged.candidates if one.customer_id == judged.match), 1.0)
        return [(judged.match, best)]
    if judged.why == _MERELY:
        return []
    return [(one.customer_id, one.score) for one in judged.candidates if one.score >= least]


def _oriented(connection: Connection, tools: Tools, found: dict[tuple[int, int], tuple[float, str]]) -> list[Pair]:
    both = {one for pair in found for one in pair}
    listed = renewal.listed_among(connection, tools.tables, both)
    apart = judgements.apart(connection, both) if both else {}
    related = {_pair(edge.child_root, edge.parent_root) for edge in relations.edges_of(connection, both)}
    shown = lookup.by_ids(connection, listed)
    told = []
    for (earlier, later), (score, why) in sorted(found.items()):
        if earlier not in listed or later not in listed or (earlier, later) in related:
            continue
        if later in apart.get(earlier, ()) or _are_two(shown[earlier], shown[later]):
            continue
        is_reversed = (
            shown[earlier].status is CustomerStatus.PROVISIONAL
            and shown[later].status is not CustomerStatus.PROVISIONAL
        )
        loser, winner = (earlier, later) if is_reversed else (later, earlier)
        told.append(Pair(shown[loser], shown[winner], score, why))
    return told


def _are_two(one: Customer, other: Customer) -> bool:
    """Say whether valid credit codes prove two legal persons."""
    codes = {customer.credit_code for customer in (one, other) if customer.credit_code}
    return len(codes) == 2 and all(map(is_credit_code, codes))


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
