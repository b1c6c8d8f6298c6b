"""
The names customers are found by: lookup keys and profiles.

``SqlPostings`` asks the database for one name at a time; ``ResidentPostings`` holds every key for a
list of many. Both answer alike (a property test holds them to it).
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.tables import name_key

_FILE = "INSERT INTO name_key (key, customer_id)"


def file_under(connection: Connection, keys: Mapping[int, Collection[int]]) -> None:
    """File customers (id → keys) so that they are found; what is filed already stays."""
    rows = sorted((key, owner) for owner, some in keys.items() for key in some)
    if rows:
        # the driver's own way: a list of a hundred thousand names has over a million keys
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        connection.exec_driver_sql(f"{_FILE} VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING", rows)


def forget(connection: Connection) -> None:
    """Take every key away; a new version of the rules files all customers anew."""
    connection.execute(name_key.delete())


class SqlPostings:
    """
    Asks the database; a statement for the numbers, one for the customers, whatever the name.

    The driver's own statements, always the same two: they stay prepared, and nothing is built anew.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"

    def counts(self, keys: Collection[int], most: int) -> dict[int, int]:
        """Return how many customers each key has, at most *most*."""
        if not keys:
            return {}
        if self._is_postgres:
            rows = self._connection.exec_driver_sql(_PG_COUNTS, (sorted(keys), most))
        else:
            rows = self._connection.exec_driver_sql(_COUNTS, (most, _listed(keys)))
        return {key: number for key, number in rows.all() if number}

    def fetch(self, wanted: Mapping[int, int]) -> dict[int, list[int]]:
        """Return the customers of each key, lowest ids first, at most as many as *wanted* says."""
        found: dict[int, list[int]] = {key: [] for key in wanted}
        if not wanted:
            return found
        if self._is_postgres:
            rows = self._connection.exec_driver_sql(_PG_FETCH, (list(wanted), list(wanted.values())))
        else:
            rows = self._connection.exec_driver_sql(_FETCH, (_listed(wanted), max(wanted.values())))
        for key, owners in rows.all():
            own = owners if self._is_postgres else list(map(int, owners.split(",")))
            found[key] = sorted(own)[: wanted[key]]
        return found


def _listed(keys: Collection[int]) -> str:
    return f"[{','.join(map(str, sorted(keys)))}]"


_COUNTS = (
    "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM name_key WHERE key = asked.value LIMIT ?)) "
    "FROM json_each(?) AS asked"
)
# one row a key: a tenth of the rows that the driver would have to make
_FETCH = (
    "SELECT value, (SELECT group_concat(customer_id) FROM (SELECT customer_id FROM name_key "
    "WHERE key = asked.value ORDER BY customer_id LIMIT ?2)) FROM json_each(?1) AS asked"
)
_PG_COUNTS = (
    "SELECT asked.key, found.number FROM unnest(%s::int[]) AS asked(key) CROSS JOIN LATERAL "
    "(SELECT count(*) AS number FROM (SELECT 1 FROM name_key WHERE name_key.key = asked.key LIMIT %s) AS few) AS found"
)
_PG_FETCH = (
    "SELECT asked.key, array(SELECT customer_id FROM name_key WHERE name_key.key = asked.key "
    "ORDER BY customer_id LIMIT asked.most) FROM unnest(%s::int[], %s::int[]) AS asked(key, most)"
)


class ResidentPostings:
    """Every key in memory: for lists, where asking the database name by name would take most of the time."""

    def __init__(self) -> None:
        self._owners: dict[int, array[int]] = {}

    @classmethod
    def of(cls, connection: Connection) -> "ResidentPostings":
        """Read all keys of the database."""
        made = cls()
        query = sa.select(name_key.c.key, name_key.c.customer_id).order_by(name_key.c.key, name_key.c.customer_id)
        # the option is the query's: one set on the connection would stay with all that follows on it
        for some in connection.execute(query.execution_options(yield_per=10_000)).partitions():
            made._file((row[0], row[1]) for row in some)
        return made

    def add(self, owner: int, keys: Collection[int]) -> None:
        """File one more customer; ids must come in rising order."""
        self._file((key, owner) for key in keys)

    def _file(self, rows: Iterable[tuple[int, int]]) -> None:
        owners = self._owners
        for key, owner in rows:
            own = owners.get(key)
            if own is None:
                owners[key] = array("q", (owner,))
            else:
                own.append(owner)

    def counts(self, keys: Collection[int], most: int) -> dict[int, int]:
        """Return how many customers each key has, at most *most*."""
        return {key: min(len(owners), most) for key in keys if (owners := self._owners.get(key))}

    def fetch(self, wanted: Mapping[int, int]) -> dict[int, Sequence[int]]:
        """Return the customers of each key, lowest ids first."""
        return {key: self._owners[key][:most] for key, most in wanted.items()}


# ---- profiles ----------------------------------------------------------------------------------


def profiles(connection: Connection, owners: Collection[int]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Return, by customer id, its root's id and the stored profiles of its own names."""
    found: dict[int, tuple[int, list[str]]] = {}
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(_PROFILES.format("= ANY(%s::int[])"), (sorted(owners),))
    else:
        rows = connection.exec_driver_sql(_PROFILES.format("IN (SELECT value FROM json_each(?))"), (_listed(owners),))
    for owner, root, text in rows.all():
        found.setdefault(owner, (root, []))[1].append(text)
    return {owner: (root, tuple(texts)) for owner, (root, texts) in found.items()}


_PROFILES = (
    "SELECT customer_alias.customer_id, customer.root_id, customer_alias.profile FROM customer_alias "
    "JOIN customer ON customer.id = customer_alias.customer_id WHERE customer_alias.customer_id {} "
    "AND customer_alias.profile IS NOT NULL ORDER BY customer_alias.customer_id, customer_alias.id"
)
