"""
Find what is stored of somebody by what identifies them, in whatever table, and write something else in its place.

Columns are not listed by hand: every text and every document of a table is looked into, so that one that is
added later is, too.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks
from daysheet.store.everything import SECRET, all_tables
from daysheet.store.sheets import SheetTables

NOT_SEARCHED = SECRET | {"lease", "name_key", "template_version", "ruleset", "digest_run"}
"""Tables that hold no word about anybody: ways in, the program's own, and settings."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What identifies somebody. *parts* are found within texts, whatever the case; *wholes* only as a whole text.

    A part that begins or ends with a letter or digit of ASCII is not found within a longer word.
    """

    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to look for."""
        return bool(self.parts or self.wholes)

    def pattern(self) -> re.Pattern[str] | None:
        """Return what finds the parts, the longest first."""
        if not self.parts:
            return None
        return re.compile("|".join(map(_bounded, sorted(set(self.parts), key=len, reverse=True))), re.IGNORECASE)


def _bounded(part: str) -> str:
    head = r"(?<![0-9A-Za-z])" if re.match(r"[0-9A-Za-z]", part) else ""
    tail = r"(?![0-9A-Za-z])" if re.search(r"[0-9A-Za-z]\Z", part) else ""
    return f"{head}{re.escape(part)}{tail}"


def searched(connection: Connection, sheets: SheetTables) -> dict[str, sa.Table]:
    """Return the tables that somebody may stand in, by name."""
    return {one.name: one for one in all_tables(connection, sheets) if one.name not in NOT_SEARCHED}


def holding(table: sa.Table, terms: Terms) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *table* may hold one of *terms*: it is true of some that do not."""
    wanted = [one for one in (*terms.parts, *terms.wholes) if one]
    said = [
        sa.func.lower(sa.cast(column, sa.Text)).contains(_as_stored(one, column), autoescape=True)
        for column in _texts(table)
        for one in wanted
    ]
    return sa.or_(sa.false(), *said)


def _as_stored(term: str, column: "sa.Column[Any]") -> str:
    """Return a term as the database's lower() leaves it: of SQLite's, letters of ASCII only."""
    lowered = "".join(one.lower() if one.isascii() else one for one in term)
    return json.dumps(lowered, ensure_ascii=False)[1:-1] if isinstance(column.type, sa.JSON) else lowered


def _texts(table: sa.Table) -> list["sa.Column[Any]"]:
    return [one for one in table.c if isinstance(one.type, (sa.Text, sa.String, sa.JSON)) and not one.foreign_keys]


def scrub(connection: Connection, table: sa.Table, where: sa.ColumnElement[bool], terms: Terms, instead: str) -> int:
    """Write *instead* for *terms* in the rows of *table* for which *where* holds; return how many rows were changed."""
    if not terms:
        return 0
    key = list(table.primary_key.columns)
    texts = _texts(table)
    pattern, wholes = terms.pattern(), frozenset(terms.wholes)
    query = sa.select(*dict.fromkeys((*key, *texts))).where(where, holding(table, terms))
    changed = 0
    for row in connection.execute(query).mappings().all():
        values = {}
        for column in texts:
            new = _replaced(row[column.name], pattern, wholes, instead)
            if new != row[column.name]:
                values[column] = new
        if values:
            this = sa.and_(*(column == row[column.name] for column in key))
            connection.execute(table.update().where(this).values(values))
            changed += 1
    return changed


def _replaced(value: Any, pattern: re.Pattern[str] | None, wholes: Collection[str], instead: str) -> Any:
    if isinstance(value, str):
        return instead if value in wholes else pattern.sub(instead, value) if pattern else value
    if isinstance(value, Mapping):
        return {
            _replaced(name, pattern, wholes, instead): _replaced(one, pattern, wholes, instead)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_replaced(one, pattern, wholes, instead) for one in value]
    return value


def held(
    connection: Connection, table: sa.Table, own: sa.ColumnElement[bool], terms: Terms
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of *table* for which *own* holds, and those that hold one of *terms*."""
    pattern, wholes = terms.pattern(), frozenset(terms.wholes)
    query = sa.select(*table.c, own.label("is_own")).where(sa.or_(own, holding(table, terms)))
    for *values, is_own in connection.execute(query.order_by(*table.primary_key.columns)):
        if is_own or any(_replaced(one, pattern, wholes, "") != one for one in values):
            yield tuple(values)


def among(column: "sa.Column[Any]", values: Collection[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """Give conditions that together say that *column* is among *values*, however many."""
    ordered: Sequence[Any] = sorted(values)
    for some in chunks(ordered):
        yield column.in_(some)
