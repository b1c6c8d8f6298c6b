"""What was said of two customers. A judgement is never deleted; one that is revoked no longer binds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.memory import Actor, Judgement, Says
from daysheet.store.engine import chunks
from daysheet.store.tables import customer, judgement

_COLUMNS = tuple(judgement.c[name] for name in Judgement.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Said:
    """A judgement about to be recorded."""

    left_id: int
    right_id: int
    says: Says
    reason: str = ""
    review_id: int | None = None


def _judgement(row: Any) -> Judgement:
    return Judgement(**dict(row._mapping) | {"says": Says(row.says)})


def add(connection: Connection, said: Said, actor: Actor, now: datetime) -> int:
    """Record a judgement and return its id."""
    values = {name: getattr(said, name) for name in Said.__dataclass_fields__}
    inserted = connection.execute(
        judgement.insert().values(**values, person_id=actor.person_id, actor=actor.name, at=now)
    ).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])


def by_ids(connection: Connection, ids: Collection[int]) -> dict[int, Judgement]:
    """Return judgements by id."""
    found: dict[int, Judgement] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(*_COLUMNS).where(judgement.c.id.in_(some))
        found |= {row.id: _judgement(row) for row in connection.execute(query)}
    return found


def between(connection: Connection, one: Collection[int], other: Collection[int]) -> tuple[Judgement, ...]:
    """Return the judgements that stand between anyone of what *one* and anyone of what *other* have become."""
    standing = about(connection, one)
    others = set(_roots(connection, other).values())
    return tuple(said for said, left, right in standing if left in others or right in others)


def about(connection: Connection, ids: Collection[int]) -> tuple[tuple[Judgement, int, int], ...]:
    """
    Return every standing judgement on *ids*, or on anyone they were merged with, by its own id.

    With each come the customers that its two sides have become.
    """
    left, right = customer.alias("left_customer"), customer.alias("right_customer")
    found: dict[int, tuple[Judgement, int, int]] = {}
    roots = sorted(set(_roots(connection, ids).values()))
    for some in chunks(roots):
        for side in (left, right):
            query = (
                sa.select(*_COLUMNS, left.c.root_id.label("left_root"), right.c.root_id.label("right_root"))
                .join_from(judgement, left, left.c.id == judgement.c.left_id)
                .join(right, right.c.id == judgement.c.right_id)
                .where(side.c.root_id.in_(some), judgement.c.revoked_at.is_(None))
            )
            for row in connection.execute(query):
                values = {name: row._mapping[name] for name in Judgement.__dataclass_fields__}
                said = Judgement(**values | {"says": Says(row.says)})
                found[row.id] = (said, row.left_root, row.right_root)
    return tuple(found[number] for number in sorted(found))


def apart(connection: Connection, ids: Collection[int]) -> dict[int, frozenset[int]]:
    """
    Return, by what each of *ids* has become, the customers it must never be taken for.

    For recognition and batch runs: one question for all of a workbook's or a chunk's candidates.
    """
    found: dict[int, set[int]] = {}
    for said, left, right in about(connection, ids):
        if said.says in (Says.DIFFERENT, Says.RELATED):
            found.setdefault(left, set()).add(right)
            found.setdefault(right, set()).add(left)
    return {root: frozenset(others) for root, others in found.items()}


def of_review(connection: Connection, review_id: int) -> tuple[Judgement, ...]:
    """Return the standing judgements that answer a question."""
    query = sa.select(*_COLUMNS).where(judgement.c.review_id == review_id, judgement.c.revoked_at.is_(None))
    return tuple(_judgement(row) for row in connection.execute(query.order_by(judgement.c.id)))


def revoke(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Make judgements bind no longer."""
    for some in chunks(ids):
        connection.execute(judgement.update().where(judgement.c.id.in_(some)).values(revoked_at=now))


def _roots(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    roots: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.root_id).where(customer.c.id.in_(some))
        roots |= {row.id: row.root_id for row in connection.execute(query)}
    return roots
