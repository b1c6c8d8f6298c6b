"""
Merge two customers into one, and take it back.

What is merged stays stored as it was; see ``store/merges``. Nothing here looks at more than the
customers concerned.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from daysheet.dedupe import merge as rules
from daysheet.dedupe import survivorship
from daysheet.dedupe.links import Graph
from daysheet.dedupe.merge import MergePlan, Side
from daysheet.dedupe.survivorship import Member, Value
from daysheet.model.memory import Actor, MergeEvent, Refusal, RefusalCode, Says
from daysheet.model.names import Kind, Status
from daysheet.naming.engine import NamingEngine
from daysheet.services import stewards
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, judgements, lookup, merges, relations, reviews
from daysheet.store.engine import Connection
from daysheet.store.judgements import Said
from daysheet.store.merges import Record

MAY_KEEP = survivorship.MAY_KEEP
"""The fields of which may be said whose value stays."""


@dataclass(frozen=True, slots=True)
class Request:
    """A merge somebody asks for: the two as they were named, and whose value stays where it was said."""

    winner_id: int
    loser_id: int
    keep: Mapping[str, str]
    reason: str = ""
    review_id: int | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge and what it did or, where *event* is None, would do."""

    plan: MergePlan
    event: MergeEvent | None = None


@dataclass(frozen=True, slots=True)
class Unmerged:
    """A merge that was undone: the customers that stand alone again, and the questions that are open again."""

    event: MergeEvent
    reopened: tuple[int, ...] = ()


def merge(tools: Tools, request: Request, *, by: str | None = None, dry_run: bool = False) -> Merged | Refusal:
    """Merge, or say why not; raises UsageError or NotAllowed where *by* may not."""
    opened = tools.database.rehearsing() if dry_run else tools.database.writing()
    with opened as connection:
        actor = stewards.actor(connection, by)
        if dry_run:
            planned = plan(connection, tools, request)
            return planned if isinstance(planned, Refusal) else Merged(planned)
        return merge_within(connection, tools, request, actor)


def plan(connection: Connection, tools: Tools, request: Request) -> MergePlan | Refusal:
    """Return what a merge would do; the console shows it beside the two."""
    return plans(connection, tools, [request])[0]


def plans(connection: Connection, tools: Tools, requests: Sequence[Request]) -> list[MergePlan | Refusal]:
    """Return what each merge would do by itself; a few queries for all of them."""
    roots = merges.roots_of(connection, {one for asked in requests for one in (asked.winner_id, asked.loser_id)})
    pairs = [
        (roots[asked.winner_id], roots[asked.loser_id])
        for asked in requests
        if asked.winner_id in roots and asked.loser_id in roots
    ]
    sides = _sides(connection, tools.naming, {one for pair in pairs for one in pair})
    standing = judgements.about(connection, {winner for winner, loser in pairs if winner != loser})
    around = relations.surroundings(connection, [*pairs, *((loser, winner) for winner, loser in pairs)])
    graph = Graph(around.roots, dict(around.own), dict(around.shown), set(around.cuts), dict(around.heights))
    found: list[MergePlan | Refusal] = []
    for asked in requests:
        missing = next((one for one in (asked.winner_id, asked.loser_id) if one not in roots), None)
        if missing is not None:
            found.append(Refusal(RefusalCode.UNKNOWN_CUSTOMER, {"customer": missing}))
            continue
        pair = (roots[asked.winner_id], roots[asked.loser_id])
        said = [judged for judged, left, right in standing if {left, right} == set(pair)]
        found.append(rules.plan(sides[pair[0]], sides[pair[1]], said, graph, asked.keep))
    return found


def merge_within(connection: Connection, tools: Tools, request: Request, actor: Actor) -> Merged | Refusal:
    """Merge within the caller's transaction: judgement, pointers, what is shown, audit."""
    customers.guard(connection)
    planned = plan(connection, tools, request)
    if isinstance(planned, Refusal):
        return planned
    now = tools.clock()
    said = Said(request.winner_id, request.loser_id, Says.SAME, request.reason, request.review_id)
    judgement_id = judgements.add(connection, said, actor, now)
    event = merges.record(
        connection,
        winner_id=planned.winner_id,
        loser_id=planned.loser_id,
        moved=planned.moved,
        kept=planned.kept,
        judgement_id=judgement_id,
        actor=actor,
        now=now,
    )
    merges.show(connection, {planned.winner_id: _stored(planned.overlay)})
    reviews.withdraw(connection, planned.moved, event.id, now)
    entry = audit.Entry(
        action="customer.merged",
        entity="customer",
        entity_id=planned.loser_id,
        before={"root_id": planned.loser_id},
        after={
            "root_id": planned.winner_id,
            "merge": event.id,
            "named": [request.winner_id, request.loser_id],
            "reason": request.reason,
            "shown": _stored(planned.overlay),
        },
        actor=actor.name,
    )
    audit.append(connection, [entry], now)
    return Merged(planned, event)


# ---- taking it back ----------------------------------------------------------------------------


def unmerge(
    tools: Tools,
    *,
    event_id: int | None = None,
    customer_id: int | None = None,
    reason: str = "",
    by: str | None = None,
) -> Unmerged | Refusal:
    """Undo a merge, named by its event or by the customer that was merged; raises where *by* may not."""
    with tools.database.writing() as connection:
        actor = stewards.actor(connection, by)
        return unmerge_within(connection, tools, actor, event_id=event_id, customer_id=customer_id, reason=reason)


def unmerge_within(
    connection: Connection,
    tools: Tools,
    actor: Actor,
    *,
    event_id: int | None = None,
    customer_id: int | None = None,
    reason: str = "",
) -> Unmerged | Refusal:
    """Undo a merge within the caller's transaction; the judgement that led to it binds no longer."""
    customers.guard(connection)
    event = _wanted(connection, event_id, customer_id)
    if isinstance(event, Refusal):
        return event
    root = merges.roots_of(connection, [event.winner_id])[event.winner_id]
    later = merges.standing(connection, {root})
    named = judgements.by_ids(connection, {one.judgement_id for one in later if one.judgement_id})
    blocks = rules.blocking(event, later, named)
    if blocks is not None:
        params = {"merge": event.id, "later": blocks.id, "winner": blocks.winner_id, "loser": blocks.loser_id}
        return Refusal(RefusalCode.LATER_MERGE, params | {"actor": blocks.actor, "on": blocks.at})
    now = tools.clock()
    merges.undo(connection, event, now)
    _refresh(connection, tools, {event.winner_id, event.loser_id})
    again = list(reviews.withdrawn_by(connection, event.moved, event.id))
    if event.judgement_id is not None:
        judgements.revoke(connection, [event.judgement_id], now)
        said = judgements.by_ids(connection, [event.judgement_id])[event.judgement_id]
        again += [said.review_id] if said.review_id is not None else []
    reviews.reopen(connection, again)
    entry = audit.Entry(
        action="customer.unmerged",
        entity="customer",
        entity_id=event.loser_id,
        before={"root_id": event.winner_id, "merge": event.id},
        after={"root_id": event.loser_id, "reason": reason, "reviews": again},
        actor=actor.name,
    )
    audit.append(connection, [entry], now)
    return Unmerged(event, tuple(again))


def _wanted(connection: Connection, event_id: int | None, customer_id: int | None) -> MergeEvent | Refusal:
    if event_id is not None:
        event = merges.get(connection, event_id)
        if event is None:
            return Refusal(RefusalCode.UNKNOWN_MERGE, {"merge": event_id})
        if event.undone_at is not None:
            return Refusal(RefusalCode.MERGE_UNDONE, {"merge": event_id, "on": event.undone_at})
        return event
    assert customer_id is not None
    if customer_id not in merges.roots_of(connection, [customer_id]):
        return Refusal(RefusalCode.UNKNOWN_CUSTOMER, {"customer": customer_id})
    event = merges.of_loser(connection, customer_id)
    return event or Refusal(RefusalCode.NOT_MERGED, {"customer": customer_id})


# ---- what a merged customer shows --------------------------------------------------------------


def refresh(connection: Connection, tools: Tools, ids: Collection[int]) -> None:
    """
    Bring what merged customers show up to date, after their own records have changed.

    One query where none of *ids* has to do with a merge.
    """
    _refresh(connection, tools, merges.merged_roots(connection, ids))


def _refresh(connection: Connection, tools: Tools, roots: Collection[int]) -> None:
    sides = _sides(connection, tools.naming, roots)
    overlays = {root: survivorship.overlay(root, side.members, side.kept) for root, side in sides.items()}
    merges.show(connection, {root: _stored(overlay) for root, overlay in overlays.items()})


def _sides(connection: Connection, naming: NamingEngine, roots: Collection[int]) -> dict[int, Side]:
    families = merges.families(connection, roots)
    kept: dict[int, dict[str, int]] = {root: {} for root in families}
    family = {record.own.id: root for root, records in families.items() for record in records}
    # what was chosen at the root outweighs what was chosen at one that was merged into it later
    for event in sorted(merges.standing(connection, families), key=lambda e: (e.winner_id in families, e.id)):
        kept[family[event.winner_id]] |= event.kept
    shown = lookup.by_ids(connection, families)
    return {
        root: Side(root, shown[root].display_name, tuple(_member(naming, record) for record in records), kept[root])
        for root, records in families.items()
    }


_OWN_FIELDS = (*survivorship.FIELDS, *survivorship.WITH_NAME, survivorship.NOTE)


def _member(naming: NamingEngine, record: Record) -> Member:
    values = {}
    for name in _OWN_FIELDS:
        text = getattr(record.own, name)
        if text:
            told = record.told.get((name, text))
            at = told.at if told else record.own.created_at
            values[name] = Value(text, told.source if told else "", told.count if told else 0, at)
    return Member(record.own.id, values, record.own.status, _is_registered(naming, record.own.display_name))


def _is_registered(naming: NamingEngine, name: str) -> bool:
    """Say whether *name* is a complete registered name rather than a short one."""
    parse = naming.parse(name)
    is_complete = parse.verdict.status in (Status.CONFORMANT, Status.AUTO_FIXED)
    return is_complete and (bool(parse.form) or parse.kind is not Kind.UNKNOWN)


def _stored(overlay: Mapping[str, survivorship.Survivor]) -> dict[str, dict[str, object]]:
    return {name: {"value": s.text, "from": list(s.owners), "why": str(s.why)} for name, s in overlay.items()}


def history(tools: Tools, customer_id: int) -> Sequence[MergeEvent]:
    """Return the standing merges that made a customer what it is, oldest first."""
    with tools.database.reading() as connection:
        roots = merges.roots_of(connection, [customer_id])
        return merges.standing(connection, roots.values())
