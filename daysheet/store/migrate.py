"""Bring the database to this program's schema, and refuse to work with any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.errors import SchemaOutdated
from daysheet.model.template import TemplateSpec
from daysheet.store.engine import Database
from daysheet.store.sheets import SheetTables

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision in ``migrations/versions``; a test compares."""
KNOWN = frozenset({"0001"})


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """What an upgrade did, or would do, in words."""

    before: str | None
    after: str
    changes: tuple[str, ...]


def current(connection: Connection) -> str | None:
    """Return the database's revision, None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def check(database: Database, specs: Sequence[TemplateSpec]) -> None:
    """Raise SchemaOutdated, with the command to run, where the database is not this program's and these forms'."""
    tables = SheetTables(specs)
    with database.reading() as connection:
        revision = current(connection)
        _refuse_newer(revision)
        if revision != HEAD:
            was = "is empty" if revision is None else f"is at revision {revision}, this program at {HEAD}"
            raise SchemaOutdated(f"the database {was}; run: daysheet db upgrade")
        pending = tables.pending(connection)
    if pending:
        raise SchemaOutdated(f"the forms have changed ({', '.join(pending[:3])}); run: daysheet db upgrade")


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in KNOWN:
        raise SchemaOutdated(
            f"the database is at revision {revision}, which this program does not know: it is newer than the program; "
            f"install the version that wrote it"
        )


def plan(database: Database, specs: Sequence[TemplateSpec]) -> UpgradeReport:
    """Say what ``upgrade`` would do."""
    tables = SheetTables(specs)
    with database.reading() as connection:
        before = current(connection)
        _refuse_newer(before)
        if before is None:
            changes = [f"revision {HEAD}", *(f"new table {key}" for key in tables.keys)]
        else:
            changes = [f"revision {HEAD}"] * (before != HEAD) + list(tables.pending(connection))
    return UpgradeReport(before, HEAD, tuple(changes))


def upgrade(database: Database, specs: Sequence[TemplateSpec], now: datetime) -> UpgradeReport:
    """Apply the revisions that are missing, then grow the sheets' tables, in one transaction."""
    from alembic import command

    tables = SheetTables(specs)
    with database.migrating() as connection:
        before = current(connection)
        _refuse_newer(before)
        changes = []
        if before != HEAD:
            command.upgrade(alembic_config(connection), "head")
            changes.append(f"revision {HEAD}")
        changes += tables.evolve(connection, now)
    return UpgradeReport(before, HEAD, tuple(changes))


def alembic_config(connection: Connection) -> "Config":
    """Return Alembic's settings for the revisions inside this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
