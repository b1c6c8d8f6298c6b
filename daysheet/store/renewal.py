"""
What a change of the rules leaves behind: names with profiles and keys that earlier rules made.

Read and rewritten a stripe of customers at a time, by rising id, so that work that was interrupted
goes on where it stood: whoever is done carries the present version.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.naming.initials import initials
from daysheet.store import customers, names
from daysheet.store.engine import chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, customer_alias, name_key


@dataclass(frozen=True, slots=True)
class Written:
    """A stored name: the text as written, and what earlier rules made of it."""

    id: int
    customer_id: int
    text: str
    key: str
    profile: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What the present rules make of a stored name; *profile* is None, and *key* empty, where they reject it."""

    id: int
    key: str
    profile: str | None


# ---- what is behind ----------------------------------------------------------------------------


def _is_behind(version: str) -> sa.ColumnElement[bool]:
    lacks = sa.exists().where(
        customer_alias.c.customer_id == customer.c.id,
        customer_alias.c.profile.is_(None),
        customer_alias.c.key != "",  # a rejected name has neither
    )
    return sa.or_(customer.c.ruleset_version != version, lacks)


def count_behind(connection: Connection, version: str) -> int:
    """Return how many customers earlier rules than *version* described."""
    query = sa.select(sa.func.count()).select_from(customer).where(_is_behind(version))
    return int(connection.execute(query).scalar_one())


def behind(connection: Connection, version: str, after: int, most: int) -> list[int]:
    """Return the next of them above *after*, merged ones too, by rising id."""
    query = sa.select(customer.c.id).where(customer.c.id > after, _is_behind(version)).order_by(customer.c.id)
    return list(connection.execute(query.limit(most)).scalars())


def written(connection: Connection, ids: Collection[int]) -> dict[int, list[Written]]:
    """Return every name of some customers, in the order in which they were learnt."""
    table = customer_alias
    columns = (table.c.id, table.c.customer_id, table.c.text, table.c.key, table.c.profile, table.c.source)
    found: dict[int, list[Written]] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(*columns).where(table.c.customer_id.in_(some)).order_by(table.c.id)
        for row in connection.execute(query):
            found.setdefault(row.customer_id, []).append(Written(*row))
    return found


def named(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the display name each customer has of its own, whatever it was merged with."""
    found: dict[int, str] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.display_name).where(customer.c.id.in_(some))
        found |= {row.id: row.display_name for row in connection.execute(query)}
    return found


# ---- bringing it up to date --------------------------------------------------------------------


def rewrite(connection: Connection, changed: Iterable[Rewritten]) -> None:
    """Store what the present rules make of some names."""
    rows = [{"own_id": one.id, "key": one.key, "profile": one.profile} for one in changed]
    if rows:
        connection.execute(_REWRITE, rows)


_REWRITE = customer_alias.update().where(customer_alias.c.id == sa.bindparam("own_id"))


def fill_initials(connection: Connection, after: int, most: int = 5_000) -> tuple[int, int]:
    """
    Give the next *most* names above the id *after* that lack them their initials.

    Returns the last id looked at, which is *after* where none is left, and how many names got some.
    """
    query = (
        sa.select(customer_alias.c.id, customer_alias.c.text)
        .where(customer_alias.c.initials == "", customer_alias.c.id > after)
        .order_by(customer_alias.c.id)
        .limit(most)
    )
    rows = [(row.id, initials(row.text)) for row in connection.execute(query)]
    found = [{"own_id": one, "made": letters} for one, letters in rows if letters]
    if found:
        connection.execute(_SOUND, found)
    return (rows[-1][0] if rows else after), len(found)


_SOUND = (
    customer_alias.update().where(customer_alias.c.id == sa.bindparam("own_id")).values(initials=sa.bindparam("made"))
)


def file_anew(connection: Connection, wanted: Mapping[int, Collection[int]]) -> None:
    """
    File customers (id → keys) under exactly these keys; what else they were filed under is taken away.

    One pass over the index, which is sorted by key, so call it with many customers at once.
    """
    if not wanted:
        return
    first, last = min(wanted), max(wanted)
    query = sa.select(name_key.c.key, name_key.c.customer_id).where(name_key.c.customer_id.between(first, last))
    rows = connection.execute(query.execution_options(yield_per=10_000))
    outdated = [{"old_key": key, "owner": owner} for key, owner in rows if owner in wanted and key not in wanted[owner]]
    if outdated:
        connection.execute(_UNFILE, outdated)
    names.file_under(connection, wanted)


_UNFILE = name_key.delete().where(
    name_key.c.key == sa.bindparam("old_key"), name_key.c.customer_id == sa.bindparam("owner")
)


def stamp(connection: Connection, ids: Collection[int], version: str) -> None:
    """Record that the rules of *version* described these customers."""
    for some in chunks(sorted(ids)):
        connection.execute(customer.update().where(customer.c.id.in_(some)).values(ruleset_version=version))


# ---- who is looked at --------------------------------------------------------------------------


def count_roots(connection: Connection) -> int:
    """Return how many customers there are that were not merged into another."""
    query = sa.select(sa.func.count()).select_from(customer).where(customer.c.root_id == customer.c.id)
    return int(connection.execute(query).scalar_one())


def roots(connection: Connection, after: int, most: int) -> list[int]:
    """Return the next customers above *after* that were not merged into another, by rising id."""
    query = sa.select(customer.c.id).where(customer.c.id > after, customer.c.root_id == customer.c.id)
    return list(connection.execute(query.order_by(customer.c.id).limit(most)).scalars())


def listed_among(connection: Connection, tables: SheetTables, ids: Collection[int]) -> frozenset[int]:
    """Return those of *ids* that belong in a list: a provisional one without rows does not."""
    found: set[int] = set()
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id).where(customer.c.id.in_(some), customers.is_listed(tables))
        found |= set(connection.execute(query).scalars())
    return frozenset(found)
