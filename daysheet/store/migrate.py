"""
Bring the database up to date: first the core revisions (Alembic), then the tables of the sheets.

Alembic is imported only where tables change: asking whether they must costs two small queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from daysheet.errors import SchemaOutdated
from daysheet.model.template import TemplateSpec
from daysheet.store.engine import Connection, Database
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import template_version

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"
"""The newest core revision this program knows; a test keeps it equal to Alembic's."""

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every core revision, oldest first."""

_VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """What an upgrade did, or would do: the core revision before and after, and a sentence per change."""

    before: str | None
    after: str
    changes: tuple[str, ...] = ()


def check(database: Database, specs: Sequence[TemplateSpec]) -> None:
    """
    Raise SchemaOutdated unless the database is what this program and *specs* need.

    Raises StoreUnreachable where it cannot be asked. Creates nothing, not even an empty file.
    """
    if database.path is not None and not database.path.exists():
        raise SchemaOutdated(f"there is no database {database.name} yet; make it with: daysheet db upgrade")
    with database.reading() as connection:
        at = current(connection)
        known = _known_templates(connection) if at == HEAD else frozenset()
    if at is None:
        raise SchemaOutdated(f"the database {database.name} is empty; fill it with: daysheet db upgrade")
    if at not in KNOWN:
        raise SchemaOutdated(_newer(database, at))
    if at != HEAD:
        raise SchemaOutdated(
            f"the database {database.name} is of an older version ({at}, needed: {HEAD}); "
            f"make a backup, then run: daysheet db upgrade"
        )
    changed = [spec for spec in specs if (spec.id, spec.digest) not in known]
    if changed:
        names = ", ".join(f"{spec.id} (version {spec.version})" for spec in changed)
        raise SchemaOutdated(f"the template {names} is new or was changed; apply it with: daysheet db upgrade")


def upgrade(database: Database, specs: Sequence[TemplateSpec], now: datetime) -> UpgradeReport:
    """
    Apply what is missing, all in one transaction, and say what was done.

    Raises SchemaOutdated where the database is newer than the program, TemplateChangeRefused where
    a template dropped or retyped a column, ConfigError where the templates contradict each other.
    """
    tables = SheetTables(specs)
    with database.migrating() as connection:
        before = current(connection)
        if before is not None and before not in KNOWN:
            raise SchemaOutdated(_newer(database, before))
        if before != HEAD:
            _run_core(connection)
        done = (*_core_changes(before), *tables.evolve(connection, now))
    return UpgradeReport(before, HEAD, done)


def plan(database: Database, specs: Sequence[TemplateSpec]) -> UpgradeReport:
    """Return what ``upgrade`` would do, and do nothing; raises what it would raise."""
    tables = SheetTables(specs)
    if database.path is not None and not database.path.exists():
        added = [f"create table {key}" for key in tables.keys]
        noted = [f"record template {spec.id} version {spec.version}" for spec in specs]
        return UpgradeReport(None, HEAD, (*_core_changes(None), *added, *noted))
    with database.reading() as connection:
        before = current(connection)
        if before is not None and before not in KNOWN:
            raise SchemaOutdated(_newer(database, before))
        return UpgradeReport(before, HEAD, (*_core_changes(before), *tables.pending(connection)))


def is_empty(database: Database) -> bool:
    """Say whether the database has no table yet, or is not there at all."""
    if database.path is not None and not database.path.exists():
        return True
    with database.reading() as connection:
        return not sa.inspect(connection).get_table_names()


def current(connection: Connection) -> str | None:
    """Return the core revision the database is at, None for an empty one."""
    if not _has_table(connection, _VERSION.name):
        return None
    return connection.scalar(sa.select(_VERSION.c.version_num))


def _has_table(connection: Connection, name: str) -> bool:
    """Ask without reflection, which costs more than all the rest of the check."""
    if connection.dialect.name == "sqlite":
        master = sa.table("sqlite_master", sa.column("name"))
        return connection.scalar(sa.select(master.c.name).where(master.c.name == name)) is not None
    return connection.scalar(sa.select(sa.func.to_regclass(name))) is not None


def _known_templates(connection: Connection) -> frozenset[tuple[str, str]]:
    rows = connection.execute(sa.select(template_version.c.template_id, template_version.c.digest))
    return frozenset((row.template_id, row.digest) for row in rows)


def _core_changes(before: str | None) -> tuple[str, ...]:
    todo = KNOWN if before is None else KNOWN[KNOWN.index(before) + 1 :]
    return tuple(f"core revision {name}" for name in todo)


def _newer(database: Database, at: str) -> str:
    return (
        f"the database {database.name} was upgraded by a newer Daysheet (its revision {at} is unknown here, "
        f"the newest known is {HEAD}); install that version, or restore the backup made before"
    )


# ---- Alembic -----------------------------------------------------------------------------------


def alembic_config(connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration: the revisions inside this package, run on *connection*."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "daysheet.store:migrations")
    config.attributes["connection"] = connection
    return config


def _run_core(connection: Connection, target: str = "head") -> None:
    from alembic import command

    command.upgrade(alembic_config(connection), target)
