"""What a steward changes of one customer's own record and names; every change can be taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from daysheet.model.customers import Alias
from daysheet.naming.initials import initials
from daysheet.store.engine import Connection
from daysheet.store.tables import customer, customer_alias, customer_field, merge_event, name_key

NEVER_NULL = frozenset({"display_name", "short_name", "status"})


def own_values(connection: Connection, customer_id: int, fields: Sequence[str]) -> dict[str, str]:
    """Return what a record itself has of some fields, "" for nothing, whatever is shown of it."""
    query = sa.select(*(customer.c[name] for name in fields)).where(customer.c.id == customer_id)
    return {name: value or "" for name, value in connection.execute(query).mappings().one().items()}


def set_values(connection: Connection, customer_id: int, values: Mapping[str, str]) -> None:
    """Set fields of a record; "" empties one."""
    stored = {name: value if value or name in NEVER_NULL else None for name, value in values.items()}
    connection.execute(customer.update().where(customer.c.id == customer_id).values(stored))


def say(
    connection: Connection, customer_id: int, values: Mapping[str, str], person_id: int | None, now: datetime
) -> list[int]:
    """Record that a steward said these values, and return the ids of what was recorded."""
    return [
        int(
            connection.execute(
                customer_field.insert()
                .values(
                    customer_id=customer_id,
                    field=name,
                    value=value,
                    source="steward",
                    person_id=person_id,
                    is_proposal=False,
                    at=now,
                )
                .returning(customer_field.c.id)
            ).scalar_one()
        )
        for name, value in values.items()
        if value
    ]


def unsay(connection: Connection, ids: Sequence[int]) -> None:
    """Forget what ``say`` recorded: the edit was undone."""
    connection.execute(customer_field.delete().where(customer_field.c.id.in_(ids)))


def kept_at(connection: Connection, root_id: int) -> dict[int, dict[str, int]]:
    """Return, by standing merge into a customer, whose value was chosen to stay, by field."""
    query = sa.select(merge_event.c.id, merge_event.c.kept).where(
        merge_event.c.winner_id == root_id, merge_event.c.undone_at.is_(None)
    )
    return {row.id: dict(row.kept or {}) for row in connection.execute(query)}


def keep(connection: Connection, kept: Mapping[int, Mapping[str, int]]) -> None:
    """Set, by merge, whose values stay."""
    for event_id, fields in kept.items():
        value: Any = dict(fields) or sa.null()
        connection.execute(merge_event.update().where(merge_event.c.id == event_id).values(kept=value))


# ---- names ---------------------------------------------------------------------------------------


def alias(connection: Connection, ids: Sequence[int], text: str) -> int | None:
    """Return the id under which a family has a name, None where it has not."""
    query = sa.select(customer_alias.c.id).where(customer_alias.c.customer_id.in_(ids), customer_alias.c.text == text)
    found: int | None = connection.scalar(query.order_by(customer_alias.c.id).limit(1))
    return found


def stored_alias(connection: Connection, alias_id: int) -> Alias | None:
    """Return one name."""
    table = customer_alias
    query = sa.select(table.c.customer_id, table.c.text, table.c.key, table.c.source, table.c.profile)
    row = connection.execute(query.where(table.c.id == alias_id)).first()
    return None if row is None else Alias(*row)


def add_alias(connection: Connection, new: Alias, now: datetime) -> int:
    """Add a name that the customer does not have, and return its id."""
    statement = customer_alias.insert().values(
        customer_id=new.customer_id,
        text=new.text,
        key=new.key,
        profile=new.profile,
        source=new.source,
        at=now,
        initials=initials(new.text),
    )
    return int(connection.execute(statement.returning(customer_alias.c.id)).scalar_one())


def remove_alias(connection: Connection, alias_id: int) -> None:
    """Remove a name."""
    connection.execute(customer_alias.delete().where(customer_alias.c.id == alias_id))


def texts_of(connection: Connection, customer_id: int) -> list[str]:
    """Return every name of one record."""
    query = sa.select(customer_alias.c.text).where(customer_alias.c.customer_id == customer_id)
    return list(connection.execute(query.order_by(customer_alias.c.id)).scalars())


def unfile(connection: Connection, customer_id: int, keys: Sequence[int]) -> None:
    """Let a customer no longer be found under some lookup keys."""
    if keys:
        connection.execute(name_key.delete().where(name_key.c.key.in_(keys), name_key.c.customer_id == customer_id))
