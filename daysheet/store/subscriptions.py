"""Who has said which digests they want, or want no more."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.digests import DigestKind
from daysheet.store.engine import insert
from daysheet.store.tables import outbox, subscription


def choices(connection: Connection, kind: DigestKind) -> dict[int, bool]:
    """Return what people have said about *kind* themselves: person → whether they want it."""
    query = sa.select(subscription.c.person_id, subscription.c.wants).where(subscription.c.kind == str(kind))
    return {row.person_id: row.wants for row in connection.execute(query)}


def choose(connection: Connection, person_id: int, kind: DigestKind, wants: bool, now: datetime) -> bool:
    """Note what a person wants; False where that is what they wanted before."""
    own = sa.and_(subscription.c.person_id == person_id, subscription.c.kind == str(kind))
    former: bool | None = connection.scalar(sa.select(subscription.c.wants).where(own))
    if wants == (kind.is_wanted if former is None else former):
        return False
    values = {"person_id": person_id, "kind": str(kind), "wants": wants, "at": now}
    statement = insert(connection, subscription).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[subscription.c.person_id, subscription.c.kind],
            set_={"wants": statement.excluded.wants, "at": statement.excluded.at},
        )
    )
    return True


def went_to(connection: Connection, message_id: str, kind: DigestKind, addresses: Collection[str]) -> bool:
    """Say whether *message_id* is a mail of *kind* of ours that went to one of *addresses*."""
    query = sa.select(outbox.c.recipient).where(outbox.c.message_id == message_id, outbox.c.kind == str(kind))
    recipient: str | None = connection.scalar(query)
    return recipient is not None and recipient.casefold() in {one.casefold() for one in addresses}
