"""Parent links: proposed by rules, made and cut by stewards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daysheet.dedupe import links as rules
from daysheet.dedupe.links import Added, Graph, Kept, Outcome, Relinked
from daysheet.model.memory import (
    Actor,
    Link,
    LinkSource,
    LinkStatus,
    Refusal,
    RefusalCode,
    RelationType,
    Says,
)
from daysheet.services import stewards
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, judgements, merges, relations
from daysheet.store.engine import Connection
from daysheet.store.judgements import Said


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A cut: how many links it ended. None ended is a cut, too: no rule will propose the link."""

    child_id: int
    parent_id: int
    ended: int


def propose(connection: Connection, tools: Tools, proposed: Sequence[Link]) -> list[Outcome]:
    """
    Make the links that may be made, within the caller's transaction, and say what became of each.

    Name children and parents by the ids that rows are stored on (``store/lookup.owners``). Parents
    come before their children, so that a child finds its nearest parent in place.
    """
    outcomes = judged(connection, proposed)
    if outcomes:
        _store(connection, tools, outcomes)
    return outcomes


def judged(connection: Connection, proposed: Sequence[Link]) -> list[Outcome]:
    """Return what would become of each of some links, without making any; a few queries for all of them."""
    if not proposed:
        return []
    around = relations.surroundings(connection, {(link.child_id, link.parent_id) for link in proposed})
    graph = Graph(around.roots, dict(around.own), dict(around.shown), set(around.cuts), dict(around.heights))
    return rules.judge_all(proposed, graph)


def _store(connection: Connection, tools: Tools, outcomes: Sequence[Outcome]) -> None:
    accepted = [outcome for outcome in outcomes if isinstance(outcome, (Added, Relinked))]
    # what one proposal of the batch made, a later one of it may have replaced
    closed = {id(outcome.closes) for outcome in accepted if isinstance(outcome, Relinked) and outcome.closes.id is None}
    stored = [o.closes.id for o in accepted if isinstance(o, Relinked) and o.closes.id is not None]
    now = tools.clock()
    relations.close(connection, stored, now)
    relations.add(connection, [outcome.link for outcome in accepted if id(outcome.link) not in closed], now)


# ---- a steward's ---------------------------------------------------------------------------------


def link(
    tools: Tools,
    child_id: int,
    parent_id: int,
    *,
    type_: RelationType | None = None,
    reason: str = "",
    by: str | None = None,
) -> Outcome:
    """
    Put a customer under another, for good; raises UsageError or NotAllowed where *by* may not.

    Where no *type_* is given, it is that of the link a rule made, else ``branch_of``.
    """
    with tools.database.writing() as connection:
        return link_within(
            connection, tools, stewards.actor(connection, by), child_id, parent_id, type_=type_, reason=reason
        )


def link_within(
    connection: Connection,
    tools: Tools,
    actor: Actor,
    child_id: int,
    parent_id: int,
    *,
    type_: RelationType | None = None,
    reason: str = "",
    review_id: int | None = None,
) -> Outcome:
    """Pin a link within the caller's transaction: related, hence not the same; a cut of it is lifted."""
    customers.guard(connection)
    roots = _roots(connection, child_id, parent_id)
    if isinstance(roots, Refusal):
        return roots
    known = relations.standing_between(connection, roots[child_id], roots[parent_id])
    chosen = type_ or (known[0].type if known else RelationType.BRANCH_OF)
    wanted = Link(child_id, parent_id, chosen, LinkSource.STEWARD, LinkStatus.CONFIRMED, "certain")
    [outcome] = propose(connection, tools, [wanted])
    if isinstance(outcome, Refusal):
        return outcome
    now = tools.clock()
    relations.uncut(connection, relations.cuts_between(connection, roots[child_id], roots[parent_id]))
    standing = judgements.between(connection, {child_id}, {parent_id})
    if not any(s.says is Says.RELATED and (s.left_id, s.right_id) == (child_id, parent_id) for s in standing):
        said = Said(child_id, parent_id, Says.RELATED, reason, review_id)
        judgements.add(connection, said, actor, now)
    if not isinstance(outcome, Kept):
        former = outcome.closes.parent_id if isinstance(outcome, Relinked) else None
        _audit(connection, tools, actor, "customer.linked", child_id, former, parent_id, reason)
    return outcome


def unlink(
    tools: Tools, child_id: int, parent_id: int, *, reason: str = "", by: str | None = None
) -> Unlinked | Refusal:
    """Take a customer from under another and remember it; raises UsageError or NotAllowed where *by* may not."""
    with tools.database.writing() as connection:
        return unlink_within(connection, tools, stewards.actor(connection, by), child_id, parent_id, reason=reason)


def unlink_within(
    connection: Connection, tools: Tools, actor: Actor, child_id: int, parent_id: int, *, reason: str = ""
) -> Unlinked | Refusal:
    """Cut a link within the caller's transaction, whoever made it; no rule makes it again."""
    customers.guard(connection)
    roots = _roots(connection, child_id, parent_id)
    if isinstance(roots, Refusal):
        return roots
    child, parent = roots[child_id], roots[parent_id]
    if child == parent:
        return Refusal(RefusalCode.NO_LINK, {"child": child_id, "parent": parent_id})
    now = tools.clock()
    standing = relations.standing_between(connection, child, parent)
    relations.close(connection, [one.id for one in standing if one.id is not None], now)
    if not relations.cuts_between(connection, child, parent):
        relations.cut(connection, child_id, parent_id, now)
    related = [s.id for s in judgements.between(connection, {child}, {parent}) if s.says is Says.RELATED]
    judgements.revoke(connection, related, now)
    _audit(connection, tools, actor, "customer.unlinked", child_id, parent_id, None, reason)
    return Unlinked(child_id, parent_id, len(standing))


def is_linked(connection: Connection, child_id: int, parent_id: int) -> bool:
    """Say whether a link stands between two customers, as read."""
    roots = merges.roots_of(connection, [child_id, parent_id])
    return bool(relations.standing_between(connection, roots[child_id], roots[parent_id]))


def withdraw_within(
    connection: Connection, tools: Tools, actor: Actor, child_id: int, parent_id: int, *, reason: str = ""
) -> None:
    """Take a steward's link back within the caller's transaction: what it replaced stands again."""
    roots = merges.roots_of(connection, [child_id, parent_id])
    now = tools.clock()
    standing = relations.standing_between(connection, roots[child_id], roots[parent_id])
    pinned = [one for one in standing if one.source is LinkSource.STEWARD and one.id is not None]
    replaced = [former for one in pinned for former in relations.replaced_by(connection, one)]
    relations.close(connection, [one.id for one in pinned if one.id is not None], now)
    relations.add(connection, replaced, now)
    former = replaced[0].parent_id if replaced else None
    _audit(connection, tools, actor, "customer.link-withdrawn", child_id, parent_id, former, reason)


def lift_within(
    connection: Connection, tools: Tools, actor: Actor, child_id: int, parent_id: int, *, reason: str = ""
) -> None:
    """Take a steward's cut back within the caller's transaction: the links it ended stand again."""
    roots = merges.roots_of(connection, [child_id, parent_id])
    cuts = relations.cuts_between(connection, roots[child_id], roots[parent_id])
    ended = relations.ended_by(connection, cuts)
    relations.uncut(connection, cuts)
    relations.add(connection, ended, tools.clock())
    _audit(connection, tools, actor, "customer.cut-lifted", child_id, None, parent_id, reason)


def _roots(connection: Connection, child_id: int, parent_id: int) -> Mapping[int, int] | Refusal:
    roots = merges.roots_of(connection, [child_id, parent_id])
    missing = next((one for one in (child_id, parent_id) if one not in roots), None)
    return roots if missing is None else Refusal(RefusalCode.UNKNOWN_CUSTOMER, {"customer": missing})


def _audit(
    connection: Connection,
    tools: Tools,
    actor: Actor,
    action: str,
    child_id: int,
    before: int | None,
    after: int | None,
    reason: str,
) -> None:
    entry = audit.Entry(
        action=action,
        entity="customer",
        entity_id=child_id,
        before={"parent": before},
        after={"parent": after, "reason": reason},
        actor=actor.name,
    )
    audit.append(connection, [entry], tools.clock())
