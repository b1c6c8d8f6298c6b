"""
INSERT of many rows, prepared once for each table and database.

SQLAlchemy looks at every value of every row anew; of a report's rows that takes longer than storing
them does. Here the statement is compiled once, and a column's conversion is looked up once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A compiled INSERT: its text, the columns of its values in order, and what turns a value into the driver's."""

    text: str
    columns: tuple[str, ...]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    is_positional: bool


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, all with the same columns: a column that is left out of them gets its default."""
    if not rows:
        return
    prepared = _prepared(connection.dialect, table, tuple(rows[0]))
    defaults = {name: table.c[name].default.arg for name in prepared.columns if name not in rows[0]}  # type: ignore[union-attr]
    found: list[Any] = []
    for row in rows:
        if len(row) != len(rows[0]):
            raise ValueError(f"rows of different columns for {table.name}")
        values = [row[name] if name in row else defaults[name] for name in prepared.columns]
        for place, convert in prepared.conversions:
            values[place] = convert(values[place])
        found.append(tuple(values) if prepared.is_positional else dict(zip(prepared.columns, values, strict=True)))
    connection.exec_driver_sql(prepared.text, found)


@lru_cache(maxsize=200)
def _prepared(dialect: sa.Dialect, table: sa.Table, given: tuple[str, ...]) -> _Prepared:
    defaults = [
        column.name
        for column in table.c
        if column.name not in given and column.default is not None and column.default.is_scalar
    ]
    compiled = table.insert().compile(dialect=dialect, column_keys=[*given, *defaults])
    is_positional = compiled.positional
    columns = tuple(compiled.positiontup or ()) if is_positional else (*given, *defaults)
    processors = (
        (place, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for place, name in enumerate(columns)
    )
    conversions = tuple((place, convert) for place, convert in processors if convert is not None)
    return _Prepared(str(compiled), columns, conversions, is_positional)
