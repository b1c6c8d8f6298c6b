"""Databases with people and customers, made once for a session, to copy."""

from pathlib import Path

import pytest

from tests import builders
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file for the packaged templates."""
    folder = tmp_path_factory.mktemp("prepared")
    with builders.open_tools(builders.settings(folder)):
        pass
    return folder / "daysheet.db"


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database for the packaged templates."""
    name = postgres_server.new_database()
    folder = tmp_path_factory.mktemp("prepared")
    with builders.open_tools(builders.settings(folder, database={"url": postgres_server.url(name)})):
        pass
    return name
