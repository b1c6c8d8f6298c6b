"""The figures of the digests run on both databases, each time on a fresh one with the packaged forms."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daysheet.services.tools import Tools
from tests import builders
from tests.contract.figures.story import NOW, Story
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("figures")
    builders.make_database(builders.settings(folder))
    return folder / "daysheet.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = postgres_server.new_database()
    folder = tmp_path_factory.mktemp("figures")
    builders.make_database(builders.settings(folder, database={"url": postgres_server.url(name)}))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "daysheet.db")
        yield f"sqlite:///{tmp_path / 'daysheet.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def tools(url: str, tmp_path: Path) -> Iterator[Tools]:
    """Tools on it, whose clock stands."""
    chosen = builders.settings(tmp_path, database={"url": url})
    with builders.reopen_tools(chosen, builders.Clock(NOW)) as opened:
        yield opened


@pytest.fixture
def story(tools: Tools) -> Story:
    """A company to tell of."""
    return Story(tools)
