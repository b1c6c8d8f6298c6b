"""Every table that there is, those of forms that are no longer used too, and all of their rows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store import tables as core
from daysheet.store.sheets import SheetTables

SECRET = frozenset({"web_session", "login_link", "api_token"})
"""Tables of nothing but ways in."""
LEFT_OUT = SECRET | {"lease", "name_key", "alembic_version"}
"""Tables that say nothing about the business."""
_SECRET_COLUMNS = {"account": {"password_hash"}}
_AT_A_TIME = 500


def all_tables(connection: Connection, sheets: SheetTables) -> tuple[sa.Table, ...]:
    """Return every table but Alembic's; of forms also those, and those columns, that none has any more."""
    inspector = sa.inspect(connection)
    found = []
    for name in sorted(inspector.get_table_names()):
        if name == "alembic_version":
            continue
        known = core.metadata.tables.get(name)
        found.append(known if known is not None else _reflected(connection, sheets, name))
    return tuple(found)


def _reflected(connection: Connection, sheets: SheetTables, name: str) -> sa.Table:
    """Return a sheet's table as it is there, its columns typed as the form has them where it does."""
    known = {column.name: column for column in sheets.table(name).c} if name in sheets.keys else {}
    metadata = sa.MetaData()
    there = sa.Table(name, metadata, autoload_with=connection, resolve_fks=False)
    for column in there.c:
        if column.name in known:
            column.type = known[column.name].type
    return there


def tables(connection: Connection, sheets: SheetTables) -> tuple[sa.Table, ...]:
    """Return the tables that may be written out."""
    return tuple(_without_secrets(table) for table in all_tables(connection, sheets) if table.name not in LEFT_OUT)


def _without_secrets(table: sa.Table) -> sa.Table:
    hidden = _SECRET_COLUMNS.get(table.name)
    if not hidden:
        return table
    shown = sa.Table(table.name, sa.MetaData())
    for column in table.c:
        if column.name not in hidden:
            shown.append_column(sa.Column(column.name, column.type, primary_key=column.primary_key))
    return shown


def rows(connection: Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> Iterator[sa.Row[Any]]:
    """Give the rows of a table by its key, however many, a few at a time."""
    query = sa.select(*table.c).where(*where).order_by(*table.primary_key.columns)
    options = {"stream_results": True, "yield_per": _AT_A_TIME}
    yield from connection.execute(query, execution_options=options)


def bare_files(connection: Connection) -> frozenset[str]:
    """Return the hashes of what came as a file, not as a mail."""
    inbound = core.inbound
    return frozenset(connection.execute(sa.select(inbound.c.raw_sha256).where(inbound.c.source == "file")).scalars())
