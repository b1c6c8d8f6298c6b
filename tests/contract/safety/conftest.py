"""Data safety is tested on both databases: whole pipelines, each on a database, spool and Maildir of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.config import Settings
from daysheet.services.ingest import FileLine, ingest_file
from daysheet.services.tools import Tools
from tests import builders
from tests.builders import Clock
from tests.prepared import prepared_postgres, prepared_sqlite
from tests.services.dovecot import dovecot
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["dovecot", "postgres_server", "prepared_postgres", "prepared_sqlite"]


@dataclass
class Place:
    """An installation in *folder*, on either database."""

    folder: Path
    settings: Settings
    tools: Tools
    clock: Clock
    fed: int = 0

    def feed(self, raw: bytes, *, as_number: str = "", name: str = "") -> FileLine:
        """Feed one mail, or a workbook where the name says so."""
        self.fed += 1
        path = self.folder / (name or f"{self.fed:03d}.eml")
        path.write_bytes(raw)
        line = ingest_file(self.tools, path, as_number)
        path.unlink()
        return line

    def select(self, query: sa.Executable) -> list[Any]:
        """Return what a query finds."""
        with self.tools.database.reading() as connection:
            return list(connection.execute(query))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self.select(sa.text(f'SELECT count(*) FROM "{table}"'))[0][0])

    def tables(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.tools.database.reading() as connection:
            names = sa.inspect(connection).get_table_names()
        return {name: self.count(name) for name in names}

    @property
    def spool(self) -> set[str]:
        """The names of every file in the spool."""
        root = self.folder / "var" / "spool"
        return {path.name for path in root.rglob("*") if path.is_file()}


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The kind of database this test runs on."""
    return str(request.param)


@dataclass
class Land:
    """Where places are made; each *url* is a database nobody else has."""

    request: pytest.FixtureRequest
    dialect: str
    root: Path
    made: int = 0

    def url(self, folder: Path, *, is_empty: bool = False) -> str:
        """Return the URL of a new database, with people and customers unless it is to be empty."""
        if self.dialect == "sqlite":
            if not is_empty:
                shutil.copy(self.request.getfixturevalue("prepared_sqlite"), folder / "daysheet.db")
            return f"sqlite:///{folder / 'daysheet.db'}"
        server: PostgresServer = self.request.getfixturevalue("postgres_server")
        template = "template0" if is_empty else self.request.getfixturevalue("prepared_postgres")
        return server.url(server.new_database(template))

    def settings(self, *, is_empty: bool = False, **changes: Any) -> Settings:
        """Return the settings of a new place."""
        self.made += 1
        folder = self.root / f"place-{self.made}"
        folder.mkdir()
        return builders.settings(folder, database={"url": self.url(folder, is_empty=is_empty)}, **changes)

    @contextmanager
    def open(self, settings: Settings) -> Iterator[Place]:
        """Give the place of *settings*, its clock standing."""
        clock = Clock()
        with builders.reopen_tools(settings, clock) as tools:
            yield Place(settings.data_dir.parent, settings, tools, clock)


@pytest.fixture
def land(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Land:
    """Where a test may make places."""
    return Land(request, dialect, tmp_path)


@pytest.fixture
def place(land: Land) -> Iterator[Place]:
    """A place with people and customers."""
    with land.open(land.settings()) as opened:
        yield opened
