"""
Hand a rep's customers and what is open with them to another.

Open opportunities and plans are the customer's: they follow whoever looks after it. Rows that wait
for a correction stay with the stewards.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daysheet.model.customers import Customer
from daysheet.model.people import Person
from daysheet.model.template import Meaning, RuleKind, SheetSpec
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Problem
from daysheet.services.customer_people import OWNER, PARTICIPANT, may_hold, sees, today
from daysheet.services.customer_sheets import customer_sheets, deal_columns
from daysheet.services.customer_view import CLOSED
from daysheet.services.tools import Tools
from daysheet.store import assignments, audit, customer_rows, customer_view, customers, lookup, people
from daysheet.store.assignments import Held
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection

PAGE = 100
DONE, UNDONE = "customers.handed-over", "customers.handed-back"


@dataclass(frozen=True, slots=True)
class Line:
    """A customer to be handed over: in which role, and what is open with it."""

    customer: Customer
    role: str
    last_report_on: date | None
    deals: int = 0
    plans: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What somebody has: a page of customers, and everything open in figures."""

    person: Person
    lines: tuple[Line, ...]
    customers: int
    owned: int
    deals: int
    plans: int
    parked: Mapping[str, int]  # sheet key → rows
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A hand-over; *entry_id* is what takes it back, 0 where nothing was left to hand over."""

    giver: Person
    taker: Person
    customers: int
    entry_id: int = 0


def person(tools: Tools, visitor: Visitor, number: str) -> Person | None:
    """Return somebody whose customers are seen, active or not; None for anybody else."""
    with tools.database.reading() as connection:
        return _person(connection, visitor, number)


def _person(connection: Connection, visitor: Visitor, number: str) -> Person | None:
    found = people.find_by_number(connection, number.strip())
    return found if found is not None and sees(visitor.scope, found) else None


def everybody(tools: Tools, visitor: Visitor) -> tuple[Person, ...]:
    """Return who is seen and has customers to hand over, those who left too, by name."""
    with tools.database.reading() as connection:
        holders = assignments.holders(connection)
        found = [one for one in people.all_people(connection) if one.id in holders and sees(visitor.scope, one)]
    return tuple(sorted(found, key=lambda one: (one.name, one.number)))


def preview(tools: Tools, visitor: Visitor, number: str, page: int = 1) -> Preview | None:
    """Return what somebody has to hand over; None where they are not seen."""
    with tools.database.reading() as connection:
        giver = _person(connection, visitor, number)
        if giver is None:
            return None
        held = _by_root(assignments.held(connection, giver.id))
        roots = sorted(held)
        deals = _deals(connection, tools, visitor, roots)
        plans = _plans(connection, tools, giver, roots)
        shown = roots[(page - 1) * PAGE : page * PAGE]
        named = lookup.by_ids(connection, shown)
        lines = tuple(
            Line(named[root], _role(held[root]), _last(held[root]), deals.get(root, 0), plans.get(root, 0))
            for root in shown
        )
        return Preview(
            giver,
            lines,
            len(roots),
            sum(_role(some) == OWNER for some in held.values()),
            sum(deals.values()),
            sum(plans.values()),
            customer_rows.parked_of(connection, tools.tables, giver.id),
            page * PAGE < len(roots),
        )


def _by_root(held: Sequence[Held]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    for one in held:
        found.setdefault(one.root_id, []).append(one)
    return found


def _by_record(held: Mapping[int, Sequence[Held]]) -> dict[int, list[Held]]:
    """Return the same by the record each is stored on: a merge may be undone, and each side then keeps its people."""
    found: dict[int, list[Held]] = {}
    for one in (one for some in held.values() for one in some):
        found.setdefault(one.customer_id, []).append(one)
    return found


def _role(held: Sequence[Held]) -> str:
    return OWNER if any(one.role == OWNER for one in held) else PARTICIPANT


def _last(held: Sequence[Held]) -> date | None:
    return max((one.last_report_on for one in held if one.last_report_on), default=None)


def _deals(connection: Connection, tools: Tools, visitor: Visitor, roots: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for key, (stage, _, _) in deal_columns(tools).items():
        counted = customer_rows.deals_of(connection, tools.tables, visitor.scope, roots, key, stage, CLOSED)
        for root, number in counted.items():
            found[root] = found.get(root, 0) + number
    return found


def _plans(connection: Connection, tools: Tools, giver: Person, roots: Sequence[int]) -> dict[int, int]:
    """Count a rep's rows of sheets that look ahead: plans and what is due, whatever the form calls them."""
    found: dict[int, int] = {}
    for key, (_, sheet) in customer_sheets(tools).items():
        column = sheet.meaning(Meaning.ROW_DATE)
        if column is None or _looks_back(sheet, column.key):
            continue
        counted = customer_rows.plans_of(
            connection, tools.tables, giver.id, roots, key, column.key, tools.day_of(tools.clock(), giver)
        )
        for root, number in counted.items():
            found[root] = found.get(root, 0) + number
    return found


def _looks_back(sheet: SheetSpec, column: str) -> bool:
    """Say whether a sheet tells what was, not what will be."""
    return any(rule.kind is RuleKind.NOT_AFTER_TODAY and column in rule.columns for rule in sheet.row_rules)


# ---- doing it ------------------------------------------------------------------------------------


def hand_over(
    tools: Tools, visitor: Visitor, giver_number: str, taker_number: str, wanted: Collection[int] | None
) -> HandedOver | Problem | None:
    """
    Let the taker look after the giver's customers, all or those *wanted*; None where one is not seen.

    What the giver does not have any more is left alone, so that doing it twice is doing it once.
    """
    with tools.database.writing() as connection:
        customers.guard(connection)
        giver, taker = _person(connection, visitor, giver_number), _person(connection, visitor, taker_number)
        if giver is None or taker is None:
            return None
        if giver.id == taker.id:
            return Problem("handover.same")
        if not may_hold(taker):
            return Problem("customer.person-unfit", {"name": taker.name})
        mine = _by_root(assignments.held(connection, giver.id, wanted))
        if not mine:
            return HandedOver(giver, taker, 0)
        theirs = _by_root(assignments.held(connection, taker.id, mine.keys()))
        ended, begun = _exchange(connection, tools, taker, _by_record(mine), _by_record(theirs))
        entry = _log(connection, tools, visitor, (giver, taker), sorted(mine), ended, begun)
        return HandedOver(giver, taker, len(mine), entry)


def _exchange(
    connection: Connection,
    tools: Tools,
    taker: Person,
    mine: Mapping[int, list[Held]],
    theirs: Mapping[int, list[Held]],
) -> tuple[list[int], dict[int, date | None]]:
    """End and begin, record by record; return the assignments that ended, and those begun with their last report."""
    ended: list[int] = []
    wanted: list[tuple[int, str, date | None]] = []
    for record, held in mine.items():
        ended += [one.id for one in held]
        has = theirs.get(record, [])
        role = _role(held)
        if not has or (role == OWNER and _role(has) != OWNER):
            ended += [one.id for one in has]
            wanted.append((record, role, _last([*held, *has])))
    on = today(tools)
    assignments.end(connection, ended, on)
    ids = assignments.begin(connection, taker.id, wanted, "handover", on)
    return ended, {one: last for one, (_, _, last) in zip(ids, wanted, strict=True)}


def _log(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    people_: tuple[Person, Person],
    roots: Sequence[int],
    ended: Sequence[int],
    begun: Mapping[int, date | None],
) -> int:
    giver, taker = (f"{one.name} {one.number}" for one in people_)
    each = [
        Entry("customer.handed-over", "customer", root, {"person": giver}, {"person": taker}, visitor.actor.name)
        for root in roots
    ]
    after = {
        "to": people_[1].number,
        "customers": list(roots),
        "ended": list(ended),
        "begun": [[one, last.isoformat() if last else None] for one, last in begun.items()],
    }
    whole = Entry(DONE, "person", people_[0].id, {"from": people_[0].number}, after, visitor.actor.name)
    audit.append(connection, [*each, whole], tools.clock())
    return customer_view.last_entry(connection, "person", people_[0].id)


def undo(tools: Tools, visitor: Visitor, entry_id: int) -> HandedOver | Problem | None:
    """Take a whole hand-over back; None where one of the two is not seen."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        logged = customer_view.entry(connection, entry_id)
        if logged is None or logged.entry.action != DONE:
            return None
        before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
        giver, taker = _person(connection, visitor, before["from"]), _person(connection, visitor, after["to"])
        if giver is None or taker is None:
            return None
        since = audit.history(connection, "person", giver.id)
        if any(one.action == UNDONE and (one.after or {}).get("undoes") == entry_id for one in since):
            return HandedOver(giver, taker, 0)
        begun = {number: date.fromisoformat(last) if last else None for number, last in after["begun"]}
        if not assignments.stand(connection, begun):
            return Problem("customer.moved-on")
        assignments.take_back(connection, after["ended"], begun, today(tools))
        each = [
            Entry("customer.handed-back", "customer", root, None, {"person": giver.name}, visitor.actor.name)
            for root in after["customers"]
        ]
        whole = Entry(UNDONE, "person", giver.id, {"to": taker.number}, {"undoes": entry_id}, visitor.actor.name)
        audit.append(connection, [*each, whole], tools.clock())
        return HandedOver(giver, taker, len(after["customers"]))
