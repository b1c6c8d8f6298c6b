"""
Two worlds that live through the same story: in one, customers are merged and unmerged, in the other never.

Rows are stored by the functions the pipeline stores them by, without workbooks and mails, so that
long stories stay quick.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from daysheet.model.customers import Alias, CustomerStatus, NewCustomerFields
from daysheet.model.memory import OPERATOR, Link, LinkSource, Refusal, RefusalCode, Says
from daysheet.services import linking, merging, reviews
from daysheet.services.merging import Merged, Request
from daysheet.services.tools import Tools
from daysheet.store import assignments, contacts, customers, judgements, lookup, merges, opportunities, tables
from daysheet.store.customers import Proposal
from daysheet.store.engine import Connection
from tests.builders import NOW, TODAY

CHILDREN, PARENTS = 5, 3
"""Customers at the beginning: children, then parents. Only equals are merged, so that no tree turns into a circle."""


@dataclass(frozen=True)
class Row:
    """A row with a name: one that is known, or a new one where there are not so many."""

    name: int
    person: int
    contact: int
    city: int


@dataclass(frozen=True)
class NewName:
    """A further name for a customer."""

    customer: int


@dataclass(frozen=True)
class Merge:
    winner: int
    loser: int
    keeps: bool = False


@dataclass(frozen=True)
class Unmerge:
    """Take one of the standing merges back."""

    which: int


@dataclass(frozen=True)
class Differ:
    left: int
    right: int


@dataclass(frozen=True)
class Put:
    """A rule, or a steward, puts a child under a parent."""

    child: int
    parent: int
    source: LinkSource


Step = Row | NewName | Merge | Unmerge | Differ | Put


@dataclass
class World:
    """One of the two; *merges* is False in the one where nobody is ever merged."""

    tools: Tools
    connection: Connection
    merges: bool
    children: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)  # whose each is
    into: dict[int, int] = field(default_factory=dict)  # loser → winner, of the merges that stand
    events: dict[int, int] = field(default_factory=dict)  # loser → event
    differ: set[frozenset[int]] = field(default_factory=set)
    rows: int = 0

    def start(self) -> None:
        """Add the first customers; the people are the builders'."""
        self.people = list(
            self.connection.execute(sa.select(tables.person.c.id).order_by(tables.person.c.id)).scalars()
        )
        self.children = [self.add(f"云杉支行{n}") for n in range(CHILDREN)]
        self.parents = [self.add(f"云杉分行{n}") for n in range(PARENTS)]

    def add(self, name: str) -> int:
        new = NewCustomerFields(name, self.tools.naming.parse(name).key)
        [added] = customers.add_many(
            self.connection,
            [new],
            status=CustomerStatus.PROVISIONAL,
            source="report",
            submission_id=None,
            ruleset_version="t",
            now=NOW,
        )
        self.names[name] = added.id
        return added.id

    def live(self, step: Step) -> None:
        """Let one thing happen, and check what must be true at any time."""
        if isinstance(step, Row):
            self._row(step)
        elif isinstance(step, NewName):
            self._name(step)
        elif isinstance(step, Put):
            link = Link(_of(self.children, step.child), _of(self.parents, step.parent), source=step.source)
            linking.propose(self.connection, self.tools, [link])
        elif isinstance(step, Differ):
            self._differ(step)
        elif self.merges and isinstance(step, Merge):
            self._merge(step)
        elif self.merges and isinstance(step, Unmerge) and self.into:
            self._unmerge(_of(sorted(self.into), step.which))

    # ---- what happens --------------------------------------------------------------------------

    def _row(self, step: Row) -> None:
        known = sorted(self.names)
        name = known[step.name] if step.name < len(known) else f"云上{step.name}"
        found = lookup.by_aliases(self.connection, [name]).get(name, ())
        if found:
            [root] = found
            [owner] = lookup.owners(self.connection, {name: lookup.Named(root.id, (name,))}).values()
        else:
            owner = self.add(name)
        assert owner == self.names[name], "stored on whoever has the name"
        submission = self._submission(step)
        [contact] = contacts.resolve(
            self.connection,
            [contacts.ContactSeen(owner, f"周{step.contact}", f"1380000000{step.contact}")],
            submission,
            NOW,
        )
        [deal] = opportunities.resolve(
            self.connection, [opportunities.OpportunitySeen(owner, f"项目{step.contact}")], NOW
        )
        proposal = Proposal(owner, "city", "杭苏宁沪"[step.city % 4] * (1 + step.city // 4), 1)
        customers.propose_fields(self.connection, [proposal], submission, _of(self.people, step.person), NOW)
        on = TODAY + timedelta(days=self.rows)
        assignments.record_reports(self.connection, _of(self.people, step.person), [owner], on, submission)
        visits = self.tools.tables.table("visits")
        values = {
            "submission_id": submission,
            "row_number": 1,
            "state": "landed",
            "customer_id": owner,
            "contact_id": contact,
            "opportunity_id": deal,
            "raw": {},
        }
        self.connection.execute(visits.insert().values(**values))
        customers.confirm_due(self.connection, self.tools.tables, [owner], 3)
        merging.refresh(self.connection, self.tools, [owner])

    def _submission(self, step: Row) -> int:
        self.rows += 1
        inbound = self.connection.execute(
            tables.inbound.insert().values(
                raw_sha256=str(self.rows), source="file", size=1, state="accepted", first_seen_at=NOW
            )
        ).inserted_primary_key
        assert inbound is not None
        submission = self.connection.execute(
            tables.submission.insert().values(
                inbound_id=inbound[0],
                rep_id=_of(self.people, step.person),
                report_date=TODAY + timedelta(days=self.rows),
                state="accepted",
                received_at=NOW,
            )
        ).inserted_primary_key
        assert submission is not None
        return int(submission[0])

    def _name(self, step: NewName) -> None:
        text, owner = f"云杉别名{len(self.names)}", _of(self.children, step.customer)
        customers.add_aliases(self.connection, [Alias(owner, text, text, "steward")], NOW)
        self.names[text] = owner

    def _differ(self, step: Differ) -> None:
        """In the world without merges as well: judgements are no merges."""
        left, right = _of(self.children, step.left), _of(self.children, step.right)
        said = judgements.Said(left, right, Says.DIFFERENT)
        refusal = reviews.judge_within(self.connection, self.tools, OPERATOR, said)
        assert (refusal is None) is (self.root(left) != self.root(right))
        if refusal is None:
            self.differ.add(frozenset((left, right)))

    def _merge(self, step: Merge) -> None:
        side = self.parents if step.winner % 3 == 0 else self.children
        winner, loser = _of(side, step.winner), _of(side, step.loser)
        keep = {"display_name": "loser"} if step.keeps else {}
        done = merging.merge_within(self.connection, self.tools, Request(winner, loser, keep), OPERATOR)
        if self.root(winner) == self.root(loser):
            assert isinstance(done, Refusal)
            assert done.code is RefusalCode.ALREADY_ONE
        elif self.is_judged_apart(winner, loser):
            assert isinstance(done, Refusal)
            assert done.code is RefusalCode.JUDGED_DIFFERENT
        else:
            assert isinstance(done, Merged), done
            assert done.event is not None
            self.events[self.root(loser)] = done.event.id
            self.into[self.root(loser)] = self.root(winner)

    def _unmerge(self, loser: int) -> None:
        done = merging.unmerge_within(self.connection, self.tools, OPERATOR, customer_id=loser)
        if isinstance(done, Refusal):
            assert done.code is RefusalCode.LATER_MERGE
            assert done.params["later"] in self.events.values()
            assert int(str(done.params["later"])) > self.events[loser]
        else:
            del self.into[loser], self.events[loser]

    # ---- what must be true ---------------------------------------------------------------------

    def root(self, customer_id: int) -> int:
        """Return what a customer has become."""
        while customer_id in self.into:
            customer_id = self.into[customer_id]
        return customer_id

    def is_judged_apart(self, one: int, other: int) -> bool:
        pair = {self.root(one), self.root(other)}
        return any({self.root(x) for x in judged} == pair for judged in self.differ)

    def check(self) -> None:
        """Everyone is what the merges that stand make of them; nobody is with whom they were judged different from."""
        query = sa.select(tables.customer.c.id, tables.customer.c.root_id, tables.customer.c.merged_into)
        for row in self.connection.execute(query):
            assert row.root_id == self.root(row.id)
            assert row.merged_into == self.into.get(row.id)
        for judged in self.differ:
            one, other = judged
            assert self.root(one) != self.root(other)

    def undo_all(self) -> None:
        """Take every merge back, the newest first."""
        for loser in sorted(self.events, key=lambda one: self.events[one], reverse=True):
            self._unmerge(loser)
        assert not self.into, "the newest merge can always be taken back"
        assert not merges.merged_roots(self.connection, self.names.values())


def _of(values: Sequence[int], number: int) -> int:
    return values[number % len(values)]


def live_through(story: Sequence[Step], tools: Tools, connection: Connection, *, merges: bool) -> World:
    """Live through *story*; in the world with merges all of them are taken back at the end."""
    world = World(tools, connection, merges)
    world.start()
    for step in story:
        world.live(step)
        world.check()
    world.undo_all()
    return world
