"""
What a steward changes of a customer: its fields, names, links and people, each within what they see.

Every change is one transaction and one entry of the log; ``undo`` takes it back as long as nothing
has moved on. None stands for a customer that does not exist for whoever asks.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daysheet.model.customers import Alias, CustomerStatus
from daysheet.model.memory import Refusal
from daysheet.naming.scans import credit_code
from daysheet.services import merging
from daysheet.services.access import Visitor
from daysheet.services.customer_log import FIELDS
from daysheet.services.finding import described
from daysheet.services.tools import Tools
from daysheet.store import audit, customer_edit, customer_view, customers, lookup, names
from daysheet.store.audit import Entry
from daysheet.store.customer_view import Family, Logged
from daysheet.store.engine import Connection

LEVELS = ("", "A", "B", "C", "D")
STATUSES = (str(CustomerStatus.CONFIRMED), str(CustomerStatus.INACTIVE))
LONGEST = 300
LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not done: a text of the console by key, with its parameters."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done; *entry_id* is what ``undo`` takes back, 0 where there was nothing left to do."""

    root_id: int
    entry_id: int = 0


@dataclass(frozen=True, slots=True)
class Invalid:
    """Fields that cannot be stored as they are, each with its problem."""

    problems: Mapping[str, Problem]


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody was quicker: what differs now from what the form showed, and who changed it last."""

    changed: Mapping[str, tuple[str, str]]
    actor: str
    at: datetime | None


Outcome = Done | Problem | Refusal | None


# ---- fields --------------------------------------------------------------------------------------


def edit(
    tools: Tools, visitor: Visitor, customer_id: int, typed: Mapping[str, str], was: Mapping[str, str]
) -> Done | Invalid | Stale | None:
    """Set fields to what a steward says; *was* is what the form showed when it was opened."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        if family is None:
            return None
        shown = shown_values(family)
        wanted = {name: _clean(name, typed[name]) for name in FIELDS if name in typed}
        changes = {name: value for name, value in wanted.items() if value != shown[name]}
        if not changes:
            return Done(family.root.id)
        moved = {name: (was[name], shown[name]) for name in FIELDS if name in was and was[name] != shown[name]}
        if moved:
            last = next(iter(customer_view.log(connection, family.ids, 0, 1)), None)
            return Stale(moved, last.actor if last else "", last.entry.at if last else None)
        problems = _problems(connection, tools, visitor, family, changes)
        if problems:
            return Invalid(problems)
        return _set(connection, tools, visitor, family, changes)


def opened(tools: Tools, visitor: Visitor, customer_id: int) -> dict[str, str] | None:
    """Return what a form to edit a customer shows; None where it is not seen."""
    with tools.database.reading() as connection:
        family = customer_view.family(connection, visitor.scope, customer_id)
    return None if family is None else shown_values(family)


def shown_values(family: Family) -> dict[str, str]:
    """Return what is shown of each field that may be edited, "" for nothing."""
    return {name: str(getattr(family.root, name) or "") for name in FIELDS}


def _clean(name: str, typed: str) -> str:
    plain = unicodedata.normalize("NFC", typed.replace("\r\n", "\n")).strip()
    if name == "note":
        return plain[:LONGEST_NOTE]
    plain = " ".join(plain.split())[:LONGEST]
    return (credit_code(plain.upper()) or plain) if name == "credit_code" else plain


def _problems(
    connection: Connection, tools: Tools, visitor: Visitor, family: Family, changes: Mapping[str, str]
) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    name = changes.get("display_name")
    if name is not None and (trouble := _name_problem(connection, tools, visitor, family, name)):
        found["display_name"] = trouble
    code = changes.get("credit_code")
    if code and not credit_code(code):
        found["credit_code"] = Problem("customer.code-wrong")
    elif code:
        owners = {one.id for one in lookup.by_credit_codes(connection, [code]).get(code, ())} - {family.root.id}
        if owners:
            found["credit_code"] = _others(connection, visitor, owners, "customer.code-taken")
    if changes.get("level", "") not in LEVELS:
        found["level"] = Problem("customer.level-wrong")
    if changes.get("status", STATUSES[0]) not in STATUSES:
        found["status"] = Problem("customer.status-wrong")
    return found


def _name_problem(connection: Connection, tools: Tools, visitor: Visitor, family: Family, name: str) -> Problem | None:
    """Say why a family may not be called by a name: it is none, or another customer's."""
    parse = tools.naming.parse(name)
    if parse.is_rejected:
        return Problem("customer.name-wrong")
    texts = [name, parse.canonical]
    hits = [*lookup.by_aliases(connection, texts).values(), *lookup.by_keys(connection, [parse.key]).values()]
    owners = {one.id for some in hits for one in some} - {family.root.id}
    return _others(connection, visitor, owners, "customer.name-taken") if owners else None


def _others(connection: Connection, visitor: Visitor, owners: set[int], key: str) -> Problem:
    """Name the other customer where it is seen."""
    named = customer_view.named(connection, visitor.scope, owners)
    if not named:
        return Problem(f"{key}-elsewhere")
    other = min(named)
    return Problem(key, {"id": other, "name": named[other]})


def _set(connection: Connection, tools: Tools, visitor: Visitor, family: Family, changes: Mapping[str, str]) -> Done:
    root, now = family.root, tools.clock()
    shown = shown_values(family)
    own = customer_edit.own_values(connection, root.id, sorted(changes))
    kept = customer_edit.kept_at(connection, root.id)
    customer_edit.set_values(connection, root.id, changes)
    said = customer_edit.say(connection, root.id, changes, visitor.person.id, now)
    alias_id = None
    if "display_name" in changes:
        alias_id = _add_name(connection, tools, family, changes["display_name"], now)
    if kept:
        # of a merged customer too, what was typed is what is shown
        chosen = {name: root.id for name, value in changes.items() if value and name in merging.MAY_KEEP}
        customer_edit.keep(connection, {event: fields | chosen for event, fields in kept.items()})
    merging.refresh(connection, tools, [root.id])
    before = {
        "fields": {name: shown[name] for name in changes},
        "own": own,
        "kept": [[event, fields] for event, fields in kept.items()],
    }
    after = {"fields": dict(changes), "said": said, "alias_id": alias_id}
    return log_it(connection, tools, visitor, "customer.edited", root.id, before, after)


def log_it(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    action: str,
    root_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> Done:
    """Write the one entry of a change within the caller's transaction, and return what undoes it."""
    entry = Entry(action, "customer", root_id, before, after, visitor.actor.name)
    audit.append(connection, [entry], tools.clock())
    return Done(root_id, customer_view.last_entry(connection, "customer", root_id))


def undo_edit(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Outcome:
    """Put back what an edit changed."""
    before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
    shown = shown_values(family)
    moved = [name for name, value in after["fields"].items() if shown[name] != value]
    if moved:
        return Problem("customer.moved-on")
    root = family.root.id
    customer_edit.set_values(connection, root, before["own"])
    customer_edit.unsay(connection, after["said"])
    if after["alias_id"] is not None:
        _remove_name(connection, tools, after["alias_id"])
    standing = customer_edit.kept_at(connection, root)
    customer_edit.keep(connection, {event: fields for event, fields in before["kept"] if event in standing})
    merging.refresh(connection, tools, [root])
    return undone(connection, tools, visitor, family, logged)


def undone(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Done:
    """Log that a change was taken back."""
    before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
    told = ("fields", "alias", "owner", "participant", "parent")
    log_it(
        connection,
        tools,
        visitor,
        "customer.undone",
        family.root.id,
        {key: after[key] for key in told if key in after},
        {key: before[key] for key in told if key in before} | {"undoes": logged.id, "undid": logged.entry.action},
    )
    return Done(family.root.id)


# ---- names ---------------------------------------------------------------------------------------


def add_alias(tools: Tools, visitor: Visitor, customer_id: int, typed: str) -> Outcome:
    """Let a name always mean this customer; not one that another customer has."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        if family is None:
            return None
        name = _clean("alias", typed)
        if customer_edit.alias(connection, family.ids, name) is not None:
            return Done(family.root.id)
        problem = _name_problem(connection, tools, visitor, family, name)
        if problem is not None:
            return problem
        alias_id = _add_name(connection, tools, family, name, tools.clock())
        after = {"alias": name, "alias_id": alias_id}
        return log_it(connection, tools, visitor, "customer.alias-added", family.root.id, {"alias": None}, after)


def _add_name(connection: Connection, tools: Tools, family: Family, name: str, now: datetime) -> int | None:
    """Give a customer a name it is found by; None where it has it."""
    if customer_edit.alias(connection, family.ids, name) is not None:
        return None
    parse = tools.naming.parse(name)
    profiles, keys = described(tools, [parse])
    new = Alias(family.root.id, name, parse.key, "steward", profiles.get(parse.raw))
    alias_id = customer_edit.add_alias(connection, new, now)
    names.file_under(connection, {family.root.id: keys})
    return alias_id


def remove_alias(tools: Tools, visitor: Visitor, customer_id: int, alias_id: int) -> Outcome:
    """Let a name no longer mean this customer; not the name it is shown under."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        if family is None:
            return None
        stored = customer_edit.stored_alias(connection, alias_id)
        if stored is None:
            return Done(family.root.id)
        if stored.customer_id not in family.ids:
            return None
        own = customer_view.own_names(connection, [stored.customer_id])[stored.customer_id]
        if stored.text in (own, family.root.display_name):
            return Problem("customer.own-name")
        _remove_name(connection, tools, alias_id)
        before = {
            "alias": stored.text,
            "customer": stored.customer_id,
            "source": stored.source,
        }
        return log_it(connection, tools, visitor, "customer.alias-removed", family.root.id, before, {"alias": None})


def _remove_name(connection: Connection, tools: Tools, alias_id: int) -> None:
    """Take a name away, and the keys that no other name of the customer needs."""
    stored = customer_edit.stored_alias(connection, alias_id)
    if stored is None:
        return
    customer_edit.remove_alias(connection, alias_id)
    left = [tools.naming.parse(one) for one in customer_edit.texts_of(connection, stored.customer_id)]
    gone = described(tools, [tools.naming.parse(stored.text)])[1] - described(tools, left)[1]
    customer_edit.unfile(connection, stored.customer_id, sorted(gone))


def undo_added(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Outcome:
    """Take an added name away again."""
    after = dict(logged.entry.after or {})
    if customer_edit.stored_alias(connection, after["alias_id"]) is None:
        return Problem("customer.moved-on")
    _remove_name(connection, tools, after["alias_id"])
    return undone(connection, tools, visitor, family, logged)


def undo_removed(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Outcome:
    """Give a removed name back."""
    before = dict(logged.entry.before or {})
    if customer_edit.alias(connection, family.ids, before["alias"]) is not None:
        return Problem("customer.moved-on")
    problem = _name_problem(connection, tools, visitor, family, before["alias"])
    if problem is not None:
        return problem
    parse = tools.naming.parse(before["alias"])
    profiles, keys = described(tools, [parse])
    new = Alias(before["customer"], before["alias"], parse.key, before["source"], profiles.get(parse.raw))
    customer_edit.add_alias(connection, new, tools.clock())
    names.file_under(connection, {before["customer"]: keys})
    return undone(connection, tools, visitor, family, logged)
