"""
Merging as pointers: who belongs to whom, and the events that say so and can be undone.

Nothing is moved or deleted. A customer that was merged keeps its record, names, links, contacts and
rows; ``root_id`` says where readers go, ``survived`` what the root shows instead of its own values.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Customer
from daysheet.model.memory import Actor, MergeEvent
from daysheet.store import lookup
from daysheet.store.engine import chunks
from daysheet.store.tables import customer, customer_field, merge_event

Overlay = Mapping[str, Mapping[str, Any]]
"""Field → value and from whom, as a root shows it."""

_COLUMNS = tuple(merge_event.c[name] for name in MergeEvent.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Told:
    """How a record came to a value: the last source that stated it, and how often it was stated."""

    source: str
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record as it is by itself; *told* is the provenance, by field and value."""

    own: Customer
    told: Mapping[tuple[str, str], Told] = field(default_factory=dict)


def roots_of(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Return what each customer has become; one that does not exist is left out."""
    roots: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.root_id).where(customer.c.id.in_(some))
        roots |= {row.id: row.root_id for row in connection.execute(query)}
    return roots


def merged_roots(connection: Connection, ids: Collection[int]) -> frozenset[int]:
    """Return those roots of *ids* that something was merged into: usually none."""
    found: set[int] = set()
    for some in chunks(sorted(set(ids))):
        found |= set(connection.execute(_MERGED_ROOTS, {"ids": some}).scalars())
    return frozenset(found)


_ASKED, _MEMBER = customer.alias("asked"), customer.alias("member")
_MERGED_ROOTS = (  # asked by every report: made once, for making it takes several times as long as running it
    sa.select(_ASKED.c.root_id)
    .join(_MEMBER, sa.and_(_MEMBER.c.root_id == _ASKED.c.root_id, _MEMBER.c.id != _MEMBER.c.root_id))
    .where(_ASKED.c.id.in_(sa.bindparam("ids", expanding=True)))
    .distinct()
)


def families(connection: Connection, roots: Collection[int]) -> dict[int, tuple[Record, ...]]:
    """Return, by root, the records that are one customer, each as it is by itself, oldest first."""
    found: dict[int, list[Customer]] = {root: [] for root in roots}
    for some in chunks(sorted(roots)):
        query = sa.select(*lookup.COLUMNS).where(customer.c.root_id.in_(some)).order_by(customer.c.id)
        for row in connection.execute(query).mappings():
            found[row["root_id"]].append(lookup.to_customer(dict(row) | {"survived": None}))
    told = _told(connection, [one.id for members in found.values() for one in members])
    return {
        root: tuple(Record(one, told.get(one.id, {})) for one in members) for root, members in found.items() if members
    }


def _told(connection: Connection, ids: Collection[int]) -> dict[int, dict[tuple[str, str], Told]]:
    table = customer_field
    found: dict[int, dict[tuple[str, str], Told]] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(table).where(table.c.customer_id.in_(some)).order_by(table.c.id)
        for row in connection.execute(query):
            told = found.setdefault(row.customer_id, {})
            before = told.get((row.field, row.value))
            source = before.source if before and row.is_proposal else row.source
            told[row.field, row.value] = Told(source, 1 + (before.count if before else 0), row.at)
    return found


def show(connection: Connection, overlays: Mapping[int, Overlay]) -> None:
    """Set what roots show instead of their own values; an empty overlay shows their own."""
    if overlays:
        statement = (
            customer.update()
            .where(customer.c.id == sa.bindparam("root"))
            .values(survived=sa.bindparam("overlay", type_=customer.c.survived.type))
        )
        connection.execute(
            statement,
            [
                {
                    "root": root,
                    "overlay": {name: dict(kept) for name, kept in overlay.items()} if overlay else sa.null(),
                }
                for root, overlay in overlays.items()
            ],
        )


# ---- events ------------------------------------------------------------------------------------


def _event(row: Any) -> MergeEvent:
    return MergeEvent(**dict(row._mapping) | {"kept": row.kept or {}})


def record(
    connection: Connection,
    *,
    winner_id: int,
    loser_id: int,
    moved: Collection[int],
    kept: Mapping[str, int],
    judgement_id: int | None,
    actor: Actor,
    now: datetime,
) -> MergeEvent:
    """Point *moved* to the winner, remember what every touched record was, and return the event."""
    query = sa.select(customer).where(customer.c.id.in_([winner_id, *sorted(moved)])).order_by(customer.c.id)
    images = {row["id"]: _image(row) for row in connection.execute(query).mappings()}
    before = {"winner": images[winner_id], "moved": [images[one] for one in sorted(moved)]}
    for some in chunks(sorted(moved)):
        connection.execute(customer.update().where(customer.c.id.in_(some)).values(root_id=winner_id))
    connection.execute(
        customer.update().where(customer.c.id == loser_id).values(merged_into=winner_id, survived=sa.null())
    )
    inserted = connection.execute(
        merge_event.insert().values(
            winner_id=winner_id,
            loser_id=loser_id,
            before=before,
            kept=dict(kept) or sa.null(),
            judgement_id=judgement_id,
            person_id=actor.person_id,
            actor=actor.name,
            at=now,
        )
    ).inserted_primary_key
    assert inserted is not None
    found = get(connection, int(inserted[0]))
    assert found is not None
    return found


def _image(row: Any) -> dict[str, Any]:
    """Return a record for the before-image: every column of it that JSON can hold as it is."""
    image = {name: value for name, value in row.items() if name not in ("parse", "created_at")}
    return image | {"status": str(row["status"])}


def undo(connection: Connection, event: MergeEvent, now: datetime) -> None:
    """
    Point everyone the event moved back to what they pointed to.

    Who they were is taken from the before-image; their records were never touched.
    """
    for image in event.before["moved"]:
        connection.execute(
            customer.update()
            .where(customer.c.id == image["id"])
            .values(root_id=image["root_id"], merged_into=image["merged_into"])
        )
    connection.execute(merge_event.update().where(merge_event.c.id == event.id).values(undone_at=now))


def get(connection: Connection, event_id: int) -> MergeEvent | None:
    """Return an event, undone or not, or None."""
    row = connection.execute(sa.select(*_COLUMNS).where(merge_event.c.id == event_id)).first()
    return None if row is None else _event(row)


def of_loser(connection: Connection, customer_id: int) -> MergeEvent | None:
    """Return the standing event that merged this very customer, or None."""
    query = sa.select(*_COLUMNS).where(merge_event.c.loser_id == customer_id, merge_event.c.undone_at.is_(None))
    row = connection.execute(query.order_by(merge_event.c.id.desc())).first()
    return None if row is None else _event(row)


def standing(connection: Connection, roots: Iterable[int]) -> tuple[MergeEvent, ...]:
    """Return the events that made these roots what they are, oldest first."""
    winner = customer.alias("winner")
    found: list[MergeEvent] = []
    for some in chunks(sorted(set(roots))):
        query = (
            sa.select(*_COLUMNS)
            .join(winner, winner.c.id == merge_event.c.winner_id)
            .where(winner.c.root_id.in_(some), merge_event.c.undone_at.is_(None))
        )
        found += [_event(row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda event: event.id))


def of_judgement(connection: Connection, judgement_id: int) -> MergeEvent | None:
    """Return the standing event that a judgement led to, or None."""
    query = sa.select(*_COLUMNS).where(merge_event.c.judgement_id == judgement_id, merge_event.c.undone_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _event(row)
