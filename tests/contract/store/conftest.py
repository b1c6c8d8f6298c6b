"""Every contract test of the store runs on both databases, each time on a fresh, migrated one."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daysheet.store import migrate
from daysheet.store.engine import Connection, Database
from daysheet.store.sheets import SheetTables
from tests.contract.store.specs import SPECS
from tests.prepared import prepared_postgres, prepared_sqlite
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server", "prepared_postgres", "prepared_sqlite"]

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""Monday morning, for everything that needs an instant."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database, SPECS, NOW)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = postgres_server.new_database()
    database = Database(postgres_server.url(name))
    migrate.upgrade(database, SPECS, NOW)
    database.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The kind of database this test runs on."""
    return str(request.param)


@pytest.fixture
def url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    yield from _copied(dialect, request, tmp_path, ("sqlite_template", "postgres_template"))


@pytest.fixture
def prepared_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database for the packaged templates, with people and customers."""
    yield from _copied(dialect, request, tmp_path, ("prepared_sqlite", "prepared_postgres"))


def _copied(dialect: str, request: pytest.FixtureRequest, folder: Path, templates: tuple[str, str]) -> Iterator[str]:
    if dialect == "sqlite":
        path = folder / "daysheet.db"
        shutil.copy(request.getfixturevalue(templates[0]), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database(request.getfixturevalue(templates[1]))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database nothing was ever done to."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A fresh, migrated database."""
    opened = Database(url, busy_seconds=5)
    yield opened
    opened.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A writing transaction on it, committed at the end."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def tables() -> SheetTables:
    """The tables of the small template."""
    return SheetTables(SPECS)


@pytest.fixture
def now() -> datetime:
    """The instant of the test."""
    return NOW
