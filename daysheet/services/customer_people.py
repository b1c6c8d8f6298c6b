"""Who looks after a customer, its place in the tree, and taking any change of it back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from daysheet.errors import UsageError
from daysheet.model.access import Scope
from daysheet.model.memory import Refusal, RefusalCode, RelationType, Says
from daysheet.model.people import Person, Role
from daysheet.services import customer_edit as editing
from daysheet.services import linking, merging, reviews
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Done, Outcome, Problem
from daysheet.services.customer_log import OF_ITS_RECORD
from daysheet.services.merging import Unmerged
from daysheet.services.tools import Tools
from daysheet.store import assignments, customer_view, customers, judgements, merges, people
from daysheet.store.assignments import Held
from daysheet.store.customer_view import Family, Logged
from daysheet.store.engine import Connection

OWNER, PARTICIPANT = "owner", "participant"
MOST_CHOICES = 500


def today(tools: Tools) -> date:
    """Return the day in the company's zone."""
    return tools.clock().astimezone(ZoneInfo(tools.house.zone)).date()


def choices(tools: Tools, visible: Scope) -> tuple[Person, ...]:
    """Return the active reps and assistants within *visible* who may be given customers, by name."""
    with tools.database.reading() as connection:
        everybody = people.all_people(connection)
    found = [one for one in everybody if may_hold(one) and sees(visible, one)]
    return tuple(sorted(found, key=lambda one: (one.name, one.number))[:MOST_CHOICES])


def may_hold(person: Person) -> bool:
    """Say whether somebody may be given customers."""
    return person.is_active and person.role in (Role.REP, Role.ASSISTANT, Role.MANAGER)


def sees(visible: Scope, person: Person) -> bool:
    """Say whether somebody's customers lie within *visible*."""
    return visible.sees_all or person.id in visible.person_ids


# ---- owner and participants ----------------------------------------------------------------------


def set_owner(tools: Tools, visitor: Visitor, customer_id: int, number: str) -> Outcome:
    """Make somebody the owner; whoever was it ends."""
    return _assign(tools, visitor, customer_id, number, OWNER)


def add_participant(tools: Tools, visitor: Visitor, customer_id: int, number: str) -> Outcome:
    """Let somebody take part."""
    return _assign(tools, visitor, customer_id, number, PARTICIPANT)


def _assign(tools: Tools, visitor: Visitor, customer_id: int, number: str, role: str) -> Outcome:
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        if family is None:
            return None
        person = people.find_by_number(connection, number.strip())
        if person is None or not sees(visitor.scope, person):
            return Problem("customer.person-unknown", {"number": number.strip()})
        if not may_hold(person):
            return Problem("customer.person-unfit", {"name": person.name})
        now = assignments.standing(connection, family.root.id)
        mine = [one for one in now if one.person_id == person.id]
        owner = next((one for one in now if one.role == OWNER), None)
        if role == PARTICIPANT and mine:
            return Done(family.root.id)
        if role == OWNER and owner is not None and owner.person_id == person.id:
            return Done(family.root.id)
        over = [one for one in now if one.role == OWNER or one.person_id == person.id] if role == OWNER else []
        return _exchange(connection, tools, visitor, family, over, (person, mine, role), owner)


def _exchange(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    family: Family,
    over: Sequence[Held],
    new: tuple[Person, Sequence[Held], str],
    owner: Held | None,
) -> Done:
    """End some assignments and begin one, and log it with what takes it back."""
    person, mine, role = new
    on = today(tools)
    assignments.end(connection, [one.id for one in over], on)
    last = max((one.last_report_on for one in mine if one.last_report_on), default=None)
    # on each record that had an owner: a merge may be undone, and each side then keeps its people
    owned = {one.customer_id for one in over if one.role == OWNER} if role == OWNER else set()
    wanted = [(record, role, last) for record in sorted(owned or {family.root.id})]
    begun = assignments.begin(connection, person.id, wanted, "steward", on)
    former = people.find_by_ids(connection, [owner.person_id]) if owner is not None and role == OWNER else {}
    before = {role: next((f"{one.name} {one.number}" for one in former.values()), None)}
    after = {
        role: f"{person.name} {person.number}",
        "ended": [one.id for one in over],
        "begun": [[one, last.isoformat() if last else None] for one in begun],
    }
    action = "customer.owner-set" if role == OWNER else "customer.participant-added"
    return editing.log_it(connection, tools, visitor, action, family.root.id, before, after)


def end_assignment(tools: Tools, visitor: Visitor, customer_id: int, assignment_id: int) -> Outcome:
    """Let somebody's part in a customer end, on every record that was merged into it."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        if family is None:
            return None
        now = assignments.standing(connection, family.root.id)
        found = next((one for one in now if one.id == assignment_id), None)
        if found is None:
            return Done(family.root.id)
        if not visitor.scope.sees_all and not any(
            one.person_id != found.person_id and one.person_id in visitor.scope.person_ids for one in now
        ):
            return Problem("customer.last-of-yours")
        person = people.find_by_ids(connection, [found.person_id])[found.person_id]
        ended = [one.id for one in now if one.person_id == found.person_id]
        assignments.end(connection, ended, today(tools))
        before = {found.role: f"{person.name} {person.number}"}
        after = {found.role: None, "ended": ended, "begun": []}
        return editing.log_it(connection, tools, visitor, "customer.participant-ended", family.root.id, before, after)


def _undo_assigned(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Outcome:
    after = dict(logged.entry.after or {})
    begun = {number: date.fromisoformat(last) if last else None for number, last in after["begun"]}
    now = {one.id for one in assignments.standing(connection, family.root.id)}
    if not begun.keys() <= now or set(after["ended"]) & now:
        return Problem("customer.moved-on")
    assignments.take_back(connection, after["ended"], begun, today(tools))
    return editing.undone(connection, tools, visitor, family, logged)


# ---- links ---------------------------------------------------------------------------------------


class _Refused(Exception):
    """Takes a refusal out of a transaction, so that nothing of it stays."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal.code))
        self.refusal = refusal


def link(
    tools: Tools, visitor: Visitor, child_id: int, parent_id: int, type_: RelationType | None, reason: str
) -> Outcome:
    """Put a customer under another for good; one a steward had put elsewhere is taken from there first."""
    try:
        with tools.database.writing() as connection:
            customers.guard(connection)
            family = customer_view.family(connection, visitor.scope, child_id)
            above = customer_view.family(connection, visitor.scope, parent_id)
            if family is None or above is None:
                return None
            before = customer_view.last_entry(connection, "customer", family.root.id)
            _link(connection, tools, visitor, family, above, type_, reason)
            after = customer_view.last_entry(connection, "customer", family.root.id)
            return Done(family.root.id, after if after != before else 0)
    except _Refused as refused:
        return refused.refusal


def _link(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    family: Family,
    above: Family,
    type_: RelationType | None,
    reason: str,
) -> None:
    actor, child, parent = visitor.actor, family.root.id, above.root.id
    done = linking.link_within(connection, tools, actor, child, parent, type_=type_, reason=reason)
    if isinstance(done, Refusal) and done.code is RefusalCode.SECOND_PARENT:
        present = done.params["present"]
        assert isinstance(present, int)
        if customer_view.family(connection, visitor.scope, present) is None:
            raise _Refused(Refusal(RefusalCode.OUT_OF_SIGHT))
        cut = linking.unlink_within(connection, tools, actor, child, present, reason=reason)
        if isinstance(cut, Refusal):
            raise _Refused(cut)
        done = linking.link_within(connection, tools, actor, child, parent, type_=type_, reason=reason)
    if isinstance(done, Refusal):
        raise _Refused(done)


def cut(tools: Tools, visitor: Visitor, child_id: int, parent_id: int, reason: str) -> Outcome:
    """Take a customer from under another; no rule puts it there again."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, child_id)
        above = customer_view.family(connection, visitor.scope, parent_id)
        if family is None or above is None:
            return None
        if not linking.is_linked(connection, family.root.id, above.root.id):
            return Done(family.root.id)
        done = linking.unlink_within(connection, tools, visitor.actor, family.root.id, above.root.id, reason=reason)
        if isinstance(done, Refusal):
            return done
        return Done(family.root.id, customer_view.last_entry(connection, "customer", family.root.id))


def _undo_link(connection: Connection, tools: Tools, visitor: Visitor, family: Family, logged: Logged) -> Outcome:
    before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
    is_cut = logged.entry.action == "customer.unlinked"
    parent = before["parent"] if is_cut else after["parent"]
    if customer_view.family(connection, visitor.scope, parent) is None:
        return None
    if linking.is_linked(connection, family.root.id, parent) is is_cut:
        return Problem("customer.moved-on")
    undo = linking.lift_within if is_cut else linking.withdraw_within
    undo(connection, tools, visitor.actor, family.root.id, parent)
    return editing.undone(connection, tools, visitor, family, logged)


# ---- merges and judgements -----------------------------------------------------------------------


def unmerge(tools: Tools, visitor: Visitor, customer_id: int, event_id: int) -> Unmerged | Outcome:
    """Undo a merge that made a customer what it is."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        event = merges.get(connection, event_id)
        if family is None or event is None or not {event.winner_id, event.loser_id} & set(family.ids):
            return None
        if event.undone_at is not None:
            return Done(family.root.id)
        return merging.unmerge_within(connection, tools, visitor.actor, event_id=event_id)


def revoke(tools: Tools, visitor: Visitor, customer_id: int, judgement_id: int) -> Outcome:
    """Let a judgement that two customers are different bind no longer; both have to be seen."""
    with tools.database.reading() as connection:
        family = customer_view.family(connection, visitor.scope, customer_id)
        said = judgements.by_ids(connection, [judgement_id]).get(judgement_id)
        if family is None or said is None or said.says is not Says.DIFFERENT:
            return None
        sides = {said.left_id, said.right_id}
        if not sides & set(family.ids):
            return None
        if any(customer_view.family(connection, visitor.scope, one) is None for one in sides):
            return Problem("customer.other-elsewhere")
        if said.revoked_at is not None:
            return Done(family.root.id)
    try:
        reviews.revoke(tools, judgement_id, by=visitor.person.number)
    except UsageError:
        return Done(family.root.id)  # somebody else was quicker: it is as was wanted
    return Done(family.root.id)


# ---- taking back ---------------------------------------------------------------------------------

_Undo = Callable[[Connection, Tools, Visitor, Family, Logged], Outcome]
_UNDO: Mapping[str, _Undo] = {
    "customer.edited": editing.undo_edit,
    "customer.alias-added": editing.undo_added,
    "customer.alias-removed": editing.undo_removed,
    "customer.owner-set": _undo_assigned,
    "customer.participant-added": _undo_assigned,
    "customer.participant-ended": _undo_assigned,
    "customer.linked": _undo_link,
    "customer.unlinked": _undo_link,
}
_LOOKED_THROUGH = 200


def undo(tools: Tools, visitor: Visitor, customer_id: int, entry_id: int) -> Outcome:
    """Take a change back, once, as long as nothing has moved on."""
    with tools.database.writing() as connection:
        customers.guard(connection)
        family = customer_view.family(connection, visitor.scope, customer_id)
        logged = customer_view.entry(connection, entry_id)
        if family is None or logged is None or logged.entry.action not in _UNDO:
            return None
        if logged.entry.entity != "customer" or logged.entry.entity_id not in family.ids:
            return None
        if logged.entry.action in OF_ITS_RECORD and logged.entry.entity_id != family.root.id:
            return Problem("customer.moved-on")  # merged since: it would be done to another record
        since = customer_view.log(connection, family.ids, 0, _LOOKED_THROUGH)
        if any((one.entry.after or {}).get("undoes") == entry_id for one in since):
            return Done(family.root.id)
        return _UNDO[logged.entry.action](connection, tools, visitor, family, logged)
