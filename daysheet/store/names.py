"""
The names customers are found by: lookup keys and profiles.

``SqlPostings`` asks the database for one name at a time; ``ResidentPostings`` holds every key for a
list of many. Both answer alike (a property test holds them to it).
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks
from daysheet.store.tables import customer, customer_alias, name_key

_TERMS = 24
"""Keys asked about in one statement; a shorter list is filled up, so that few statements are prepared."""
_NO_KEY = -1
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
    """Asks the database; a statement for the numbers, one for the customers, whatever the name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, keys: Collection[int], most: int) -> dict[int, int]:
        """Return how many customers each key has, at most *most*."""
        found: dict[int, int] = {}
        for some in chunks(sorted(keys), _TERMS):
            values = {f"k{n}": key for n, key in enumerate((*some, *(_NO_KEY,) * (_TERMS - len(some))))}
            values["most"] = most
            for key, number in self._connection.execute(_counting(), values):
                if number:
                    found[key] = number
        return found

    def fetch(self, wanted: Mapping[int, int]) -> dict[int, list[int]]:
        """Return the customers of each key, lowest ids first, at most as many as *wanted* says."""
        found: dict[int, list[int]] = {key: [] for key in wanted}
        for some in chunks(sorted(wanted), _TERMS):
            filled = (*some, *(_NO_KEY,) * (_TERMS - len(some)))
            values = {f"k{n}": key for n, key in enumerate(filled)}
            values |= {f"n{n}": wanted.get(key, 0) for n, key in enumerate(filled)}
            for key, owner in self._connection.execute(_fetching(), values):
                found[key].append(owner)
        return found


@cache
def _counting() -> sa.TextClause:
    term = (
        "SELECT CAST(:k{n} AS INTEGER) AS key, "
        "(SELECT count(*) FROM (SELECT 1 FROM name_key WHERE key = :k{n} LIMIT :most) AS some) AS number"
    )
    return sa.text(" UNION ALL ".join(term.format(n=n) for n in range(_TERMS)))


@cache
def _fetching() -> sa.TextClause:
    term = (
        "SELECT key, customer_id FROM (SELECT key, customer_id FROM name_key WHERE key = :k{n} "
        "ORDER BY customer_id LIMIT :n{n}) AS some{n}"
    )
    return sa.text(" UNION ALL ".join(term.format(n=n) for n in range(_TERMS)))


class ResidentPostings:
    """Every key in memory: for lists, where asking the database name by name would take most of the time."""

    def __init__(self, rows: Iterable[tuple[int, int]] = ()) -> None:
        self._owners: dict[int, array[int]] = {}
        for key, owner in rows:
            self._owners.setdefault(key, array("q")).append(owner)

    @classmethod
    def of(cls, connection: Connection) -> "ResidentPostings":
        """Read all keys of the database."""
        query = sa.select(name_key.c.key, name_key.c.customer_id).order_by(name_key.c.key, name_key.c.customer_id)
        # the option is the query's: one set on the connection would stay with all that follows on it
        rows = connection.execute(query.execution_options(yield_per=10_000))
        return cls((row[0], row[1]) for row in rows)

    def add(self, owner: int, keys: Collection[int]) -> None:
        """File one more customer; ids must come in rising order."""
        for key in keys:
            self._owners.setdefault(key, array("q")).append(owner)

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
    for some in chunks(sorted(owners)):
        for owner, root, text in connection.execute(_PROFILES, {"ids": some}):
            found.setdefault(owner, (root, []))[1].append(text)
    return {owner: (root, tuple(texts)) for owner, (root, texts) in found.items()}


_PROFILES = (
    sa.select(customer_alias.c.customer_id, customer.c.root_id, customer_alias.c.profile)
    .join_from(customer_alias, customer, customer.c.id == customer_alias.c.customer_id)
    .where(customer_alias.c.customer_id.in_(sa.bindparam("ids", expanding=True)), customer_alias.c.profile.is_not(None))
    .order_by(customer_alias.c.customer_id, customer_alias.c.id)
)
