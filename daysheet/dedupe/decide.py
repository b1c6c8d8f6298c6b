"""
Say whether a name is a known customer: by external id, credit code, exact written form, match key.

Strongest evidence first. The caller looks up what ``wanted`` names, once for all names of a report,
and hands it in as ``Found``: nothing here reads a database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from daysheet.model.customers import Customer
from daysheet.model.decisions import Candidate, Decision, Evidence, Matched, NeedsReview, NewCustomer
from daysheet.model.names import Kind, NameParse
from daysheet.naming.scans import is_credit_code

MOST_CANDIDATES = 5
"""Customers a steward is asked about at once."""


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A name to be recognised, with what else the row says of the customer."""

    parse: NameParse
    external_id: tuple[str, str] | None = None  # system, value
    credit_code: str | None = None

    @property
    def code(self) -> str:
        """The credit code: the list's own, or one typed in the place of the name."""
        return self.credit_code or self.parse.uscc

    @property
    def key(self) -> str:
        """The match key; "" where part of it is assumed, for then another customer may be meant as well."""
        return "" if self._is_assumed else self.parse.key

    @property
    def _is_assumed(self) -> bool:
        branches = self.parse.branches
        return self.parse.kind is Kind.BANK_BRANCH and bool(branches) and branches[-1].is_type_assumed

    @property
    def texts(self) -> tuple[str, ...]:
        """The written forms that may be an alias."""
        canonical = "" if self._is_assumed else self.parse.canonical
        return tuple(dict.fromkeys(text for text in (self.parse.raw, canonical) if text))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be looked up to recognise some names."""

    external_ids: frozenset[tuple[str, str]]
    credit_codes: frozenset[str]
    texts: frozenset[str]
    keys: frozenset[str]


Customers = tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the lookups gave: customers, merged ones as what they became, by what was looked for."""

    external_ids: Mapping[tuple[str, str], Customers] = field(default_factory=dict)
    credit_codes: Mapping[str, Customers] = field(default_factory=dict)
    aliases: Mapping[str, Customers] = field(default_factory=dict)
    keys: Mapping[str, Customers] = field(default_factory=dict)


def wanted(queries: Iterable[NameQuery]) -> Wanted:
    """Return everything that *queries* need looked up."""
    asked = tuple(queries)
    return Wanted(
        external_ids=frozenset(query.external_id for query in asked if query.external_id),
        credit_codes=frozenset(query.code for query in asked if query.code),
        texts=frozenset(text for query in asked for text in query.texts),
        keys=frozenset(query.key for query in asked if query.key),
    )


def recognise(query: NameQuery, found: Found) -> Decision:
    """
    Say which customer *query* is.

    The first kind of evidence that finds exactly one customer decides. One that finds several
    decides nothing by itself: the steward is asked, unless weaker evidence points to one of them.
    A name alone never makes one customer of two credit codes: that is a question, too.
    """
    doubtful: tuple[tuple[Customer, Evidence], ...] = ()
    for evidence, customers in _by_strength(query, found):
        if doubtful:
            customers = tuple(c for c in customers if c.root_id in {d.root_id for d, _ in doubtful})
        distinct = tuple({c.root_id: c for c in customers}.values())
        if len(distinct) == 1 and not (evidence in _NAMES and _is_another(distinct[0], query.code)):
            return Matched(_candidate(distinct[0], evidence), evidence)
        doubtful = tuple((c, evidence) for c in distinct) or doubtful
    if doubtful:
        return NeedsReview(tuple(_candidate(c, evidence, 0.5) for c, evidence in doubtful[:MOST_CANDIDATES]))
    return NewCustomer()


_NAMES = (Evidence.ALIAS, Evidence.KEY)


def _is_another(customer: Customer, code: str) -> bool:
    """Say whether *customer* has a valid credit code other than the valid one asked for."""
    known = customer.credit_code or ""
    return known != code and is_credit_code(known) and is_credit_code(code)


def _by_strength(query: NameQuery, found: Found) -> Iterable[tuple[Evidence, Customers]]:
    if query.external_id is not None:
        yield Evidence.EXTERNAL_ID, found.external_ids.get(query.external_id, ())
    if query.code:
        yield Evidence.CREDIT_CODE, found.credit_codes.get(query.code, ())
    for text in query.texts:
        yield Evidence.ALIAS, found.aliases.get(text, ())
    yield Evidence.KEY, found.keys.get(query.key, ())


def _candidate(customer: Customer, evidence: Evidence, score: float = 1.0) -> Candidate:
    return Candidate(customer.root_id, customer.display_name, score, (str(evidence),))
