"""
Who belongs under whom.

A link stands while *valid_to* is empty; one that gave way is closed, not deleted, and a cut one is
remembered. Links are stored on the customers they were said of and read through what those were
merged into: of several parents one is shown, and a link between two that are one says nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.memory import ROLLS_UP, Link, LinkSource, LinkStatus, RelationType
from daysheet.store.engine import chunks
from daysheet.store.tables import customer, customer_relation

LEVELS = 9
"""Levels that are walked: one more than a tree may have, so that too deep a one is seen as such."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A standing link as it is read: what its child and its parent have become."""

    link: Link
    child_root: int
    parent_root: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that decides about some proposed links; see ``dedupe.links.Graph``."""

    roots: Mapping[int, int]
    own: Mapping[int, Link]
    shown: Mapping[int, Link]
    cuts: frozenset[tuple[int, int]]
    heights: Mapping[int, int]


# ---- writing -----------------------------------------------------------------------------------


def add(connection: Connection, links: Sequence[Link], now: datetime) -> None:
    """Store links that stand from now on."""
    if links:
        rows = [
            {
                "child_id": link.child_id,
                "parent_id": link.parent_id,
                "type": link.type,
                "source": link.source,
                "confidence": link.confidence,
                "status": link.status,
                "valid_from": now,
            }
            for link in links
        ]
        connection.execute(customer_relation.insert(), rows)


def close(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """End links that gave way to others."""
    for some in chunks(ids):
        connection.execute(customer_relation.update().where(customer_relation.c.id.in_(some)).values(valid_to=now))


def cut(connection: Connection, child_id: int, parent_id: int, now: datetime) -> None:
    """Remember that a steward does not want this link, whether there was one or not."""
    connection.execute(
        customer_relation.insert().values(
            child_id=child_id,
            parent_id=parent_id,
            type=RelationType.BRANCH_OF,
            source=LinkSource.STEWARD,
            confidence="certain",
            status=LinkStatus.CUT,
            valid_from=now,
            valid_to=now,
        )
    )


def uncut(connection: Connection, ids: Sequence[int]) -> None:
    """Take cuts back: a steward wants the link after all, or undid the answer that cut it."""
    for some in chunks(ids):
        connection.execute(
            customer_relation.update().where(customer_relation.c.id.in_(some)).values(status=LinkStatus.LIFTED)
        )


# ---- reading -----------------------------------------------------------------------------------


def edges_of(connection: Connection, roots: Collection[int], *, of: str = "child") -> tuple[Edge, ...]:
    """Return the standing links of what *roots* are made of, as children or as parents; links within are left out."""
    return tuple(edge for edge in _edges(connection, roots, of) if edge.child_root != edge.parent_root)


def _edges(connection: Connection, roots: Collection[int], of: str) -> list[Edge]:
    relation = customer_relation
    child, parent = customer.alias("child"), customer.alias("parent")
    near = child if of == "child" else parent
    found: list[Edge] = []
    for some in chunks(sorted(roots)):
        query = (
            sa.select(relation, child.c.root_id.label("child_root"), parent.c.root_id.label("parent_root"))
            .join_from(relation, child, child.c.id == relation.c.child_id)
            .join(parent, parent.c.id == relation.c.parent_id)
            .where(near.c.root_id.in_(some), relation.c.valid_to.is_(None))
        )
        found += [Edge(_link(row), row.child_root, row.parent_root) for row in connection.execute(query)]
    return found


def _link(row: Any) -> Link:
    return Link(
        child_id=row.child_id,
        parent_id=row.parent_id,
        type=RelationType(row.type),
        source=LinkSource(row.source),
        status=LinkStatus(row.status),
        confidence=row.confidence,
        id=row.id,
    )


def parents_of(connection: Connection, roots: Collection[int]) -> dict[int, Edge]:
    """
    Return the one parent link that is shown of each of *roots*.

    Where merged customers had several: the one that was chosen, else the firmest, else the root's
    own, else the oldest.
    """
    chosen = _chosen(connection, roots)
    found: dict[int, Edge] = {}
    for edge in sorted(edges_of(connection, roots), key=lambda edge: _precedence(edge, chosen)):
        found.setdefault(edge.child_root, edge)
    return found


def _precedence(edge: Edge, chosen: Mapping[int, int]) -> tuple[bool, int, bool, bool, int]:
    link = edge.link
    return (
        chosen.get(edge.child_root) != link.child_id,
        -link.source.strength,
        link.status is not LinkStatus.CONFIRMED,
        link.child_id != edge.child_root,
        link.id or 0,
    )


def _chosen(connection: Connection, roots: Collection[int]) -> dict[int, int]:
    """Return, by root, the customer whose parent a steward chose to show."""
    found: dict[int, int] = {}
    for some in chunks(sorted(roots)):
        query = sa.select(customer.c.id, customer.c.survived).where(
            customer.c.id.in_(some), customer.c.merged_into.is_(None), customer.c.survived.is_not(None)
        )
        for row in connection.execute(query):
            if row.survived and "parent" in row.survived:
                found[row.id] = int(row.survived["parent"]["value"])
    return found


def children_of(connection: Connection, roots: Collection[int]) -> tuple[Edge, ...]:
    """Return the links that show one of *roots* as the parent, by child."""
    below = edges_of(connection, roots, of="parent")
    shown = parents_of(connection, {edge.child_root for edge in below})
    wanted = set(roots)
    return tuple(edge for _, edge in sorted(shown.items()) if edge.parent_root in wanted)


def ancestors_of(connection: Connection, root_id: int) -> tuple[Edge, ...]:
    """Return the way up from *root_id*, nearest parent first."""
    path: list[Edge] = []
    at = {root_id}
    for _ in range(LEVELS):
        edge = next(iter(parents_of(connection, at).values()), None)
        if edge is None or any(edge.parent_root == seen.child_root for seen in path):
            break
        path.append(edge)
        at = {edge.parent_root}
    return tuple(path)


def tree_below(
    connection: Connection, root_id: int, types: Collection[RelationType] | None = None, most: int = 50_000
) -> tuple[Edge, ...]:
    """Return the links below *root_id*, level by level, over some *types* of relation (default: all)."""
    found: list[Edge] = []
    seen, level = {root_id}, {root_id}
    for _ in range(LEVELS):
        edges = [
            edge
            for edge in children_of(connection, level)
            if edge.child_root not in seen and (types is None or edge.link.type in types)
        ]
        if not edges or len(found) >= most:
            break
        found += edges
        level = {edge.child_root for edge in edges}
        seen |= level
    return tuple(found[:most])


def rolled_up(connection: Connection, root_id: int, types: Collection[RelationType] = ROLLS_UP) -> tuple[int, ...]:
    """Return the customers whose orders are *root_id*'s as well: itself and what rolls up to it, as read."""
    return (root_id, *(edge.child_root for edge in tree_below(connection, root_id, types)))


def cuts_between(connection: Connection, child_root: int, parent_root: int) -> tuple[int, ...]:
    """Return the ids of the cuts that keep two customers, as read, from being linked."""
    return tuple(number for number, pair in _cuts(connection, {child_root}) if pair == (child_root, parent_root))


def _cuts(connection: Connection, child_roots: Collection[int]) -> list[tuple[int, tuple[int, int]]]:
    relation = customer_relation
    child, parent = customer.alias("child"), customer.alias("parent")
    found: list[tuple[int, tuple[int, int]]] = []
    for some in chunks(sorted(child_roots)):
        query = (
            sa.select(relation.c.id, child.c.root_id, parent.c.root_id)
            .join_from(relation, child, child.c.id == relation.c.child_id)
            .join(parent, parent.c.id == relation.c.parent_id)
            .where(child.c.root_id.in_(some), relation.c.status == LinkStatus.CUT)
        )
        found += [(row[0], (row[1], row[2])) for row in connection.execute(query)]
    return found


def surroundings(connection: Connection, proposed: Collection[tuple[int, int]]) -> Surroundings:
    """
    Return what decides about *proposed* (child, parent) links: a fixed number of queries per chunk.

    The ways up are followed from children and parents alike, for a nearer parent is known by what
    lies above it.
    """
    ids = {one for pair in proposed for one in pair}
    roots: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.root_id).where(customer.c.id.in_(some))
        roots |= {row.id: row.root_id for row in connection.execute(query)}
    child_roots = {roots[child] for child, _ in proposed if child in roots}
    own: dict[int, Link] = {}
    for edge in sorted(_edges(connection, child_roots, "child"), key=lambda edge: _precedence(edge, {})):
        own.setdefault(edge.link.child_id, edge.link)
    shown: dict[int, Link] = {}
    level = set(roots.values())
    for _ in range(LEVELS):
        edges = parents_of(connection, level - shown.keys())
        for root, edge in edges.items():
            shown[root] = edge.link
            roots |= {edge.link.child_id: edge.child_root, edge.link.parent_id: edge.parent_root}
        level = {edge.parent_root for edge in edges.values()}
        if not level:
            break
    roots |= _roots_of_ends(connection, own, roots)
    return Surroundings(
        roots=roots,
        own=own,
        shown=shown,
        cuts=frozenset(pair for _, pair in _cuts(connection, child_roots)),
        heights=_heights(connection, child_roots),
    )


def _roots_of_ends(connection: Connection, own: Mapping[int, Link], known: Mapping[int, int]) -> dict[int, int]:
    missing = {end for link in own.values() for end in (link.child_id, link.parent_id)} - known.keys()
    found: dict[int, int] = {}
    for some in chunks(sorted(missing)):
        query = sa.select(customer.c.id, customer.c.root_id).where(customer.c.id.in_(some))
        found |= {row.id: row.root_id for row in connection.execute(query)}
    return found


def _heights(connection: Connection, roots: Collection[int]) -> dict[int, int]:
    """Return how many levels lie below each of *roots* that has any, counted no deeper than is needed."""
    relation = customer_relation
    parent, child = customer.alias("parent"), customer.alias("child")
    found: dict[int, int] = {}
    for some in chunks(sorted(roots)):
        top = sa.select(customer.c.id.label("top"), customer.c.id.label("at"), sa.literal(0).label("depth")).where(
            customer.c.id.in_(some)
        )
        below = top.cte("below", recursive=True)
        step = (
            sa.select(below.c.top, child.c.root_id, below.c.depth + 1)
            .join_from(below, parent, parent.c.root_id == below.c.at)
            .join(relation, sa.and_(relation.c.parent_id == parent.c.id, relation.c.valid_to.is_(None)))
            .join(child, sa.and_(child.c.id == relation.c.child_id, child.c.root_id != parent.c.root_id))
            .where(below.c.depth < LEVELS)
        )
        below = below.union(step)
        query = sa.select(below.c.top, sa.func.max(below.c.depth)).group_by(below.c.top)
        found |= {row[0]: row[1] for row in connection.execute(query) if row[1]}
    return found


def standing_between(connection: Connection, child_root: int, parent_root: int) -> tuple[Link, ...]:
    """Return the standing links between two customers, as read."""
    return tuple(edge.link for edge in edges_of(connection, {child_root}) if edge.parent_root == parent_root)


def replaced_by(connection: Connection, link: Link) -> tuple[Link, ...]:
    """Return the links that gave way to *link*, as they were, not stored."""
    table, newer = customer_relation, customer_relation.alias("newer")
    query = sa.select(table).join(
        newer, sa.and_(newer.c.child_id == table.c.child_id, newer.c.valid_from == table.c.valid_to)
    )
    return _former(connection, query.where(newer.c.id == link.id, table.c.id < newer.c.id))


def ended_by(connection: Connection, cut_ids: Collection[int]) -> tuple[Link, ...]:
    """Return the links that these cuts ended, as they were, not stored."""
    table, cut_row = customer_relation, customer_relation.alias("cut_row")
    query = sa.select(table).join(
        cut_row, sa.and_(cut_row.c.child_id == table.c.child_id, cut_row.c.valid_to == table.c.valid_to)
    )
    return _former(connection, query.where(cut_row.c.id.in_(sorted(cut_ids)), table.c.parent_id == cut_row.c.parent_id))


def _former(connection: Connection, query: sa.Select[Any]) -> tuple[Link, ...]:
    is_link = customer_relation.c.status.in_((LinkStatus.PROPOSED, LinkStatus.CONFIRMED))
    rows = connection.execute(query.where(is_link).order_by(customer_relation.c.id))
    return tuple(replace(_link(row), id=None) for row in rows)
