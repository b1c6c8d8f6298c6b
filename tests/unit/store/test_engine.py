import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import exc

from daysheet.errors import ConfigError, StoreError, StoreUnreachable
from daysheet.store.engine import Database, chunks, storable, to_json
from daysheet.store.failures import store_error


class FakeServerError(Exception):
    """An error as the PostgreSQL driver raises it."""

    def __init__(self, sqlstate: str | None, text: str = "something\nDETAIL: more") -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "url", ["", "daysheet.db", "mysql://localhost/x", "sqlite://host/x.db", "postgresql://h:port/x"]
)
def test_a_url_that_cannot_be_used_is_told_with_the_forms_that_can(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^database\.url.*sqlite:///.* or postgresql://"):
        Database(url)


def test_a_missing_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r'pip install "daysheet\[postgres\]"'):
        Database("postgresql://localhost/daysheet")


def test_making_a_database_object_opens_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/daysheet.db")
    assert (database.dialect, database.path) == ("sqlite", tmp_path / "daysheet.db")
    assert list(tmp_path.iterdir()) == []
    assert Database("sqlite://").path is None


def test_a_password_is_never_shown() -> None:
    name = Database("postgresql://daysheet:geheim@localhost/daysheet").name
    assert "geheim" not in name
    assert "daysheet:***@localhost" in name


def test_a_database_in_memory_lasts_as_long_as_the_object() -> None:
    database = Database("sqlite://")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
    database.close()


@pytest.mark.parametrize(
    ("text", "kept"),
    [("plain", "plain"), ("杭州 😀", "杭州 😀"), ("a\0b", "ab"), ("半\ud83d", "半?"), ("\0", ""), ("é\0\udcff", "é?")],
)
def test_text_is_kept_as_far_as_a_database_can(text: str, kept: str) -> None:
    assert storable(text) == kept
    storable(text).encode()


def test_json_is_readable_in_every_script() -> None:
    assert to_json({"客户": ["杭州", None, 1.5]}) == '{"客户": ["杭州", null, 1.5]}'
    assert to_json(["\ud83d"]) == '["?"]'


def test_chunks_hold_everything_once_in_order() -> None:
    assert [list(chunk) for chunk in chunks([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
    assert list(chunks([])) == []


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("08006", "does not answer"),
        ("53100", "has no room"),
        ("57P01", "is shutting down"),
        ("55P03", "is locked"),
        ("40P01", "was changed by another process"),
        ("25006", "cannot be written to"),
        (None, "does not answer"),
    ],
)
def test_a_server_in_trouble_is_unreachable_for_now(state: str | None, says: str) -> None:
    error = store_error(exc.OperationalError("SELECT 1", {}, FakeServerError(state)), "postgresql://h/x", 30)
    assert isinstance(error, StoreUnreachable)
    assert f"the database postgresql://h/x {says}" in str(error)
    assert "DETAIL" not in str(error), "one line"


@pytest.mark.parametrize("state", ["42P01", "23505", "22003", "25000"])
def test_a_statement_the_server_refuses_is_no_matter_of_waiting(state: str) -> None:
    error = store_error(exc.ProgrammingError("SELECT 1", {}, FakeServerError(state)), "postgresql://h/x", 30)
    assert not isinstance(error, StoreUnreachable)
    assert str(error) == "the database postgresql://h/x refused: something"


def test_a_file_error_without_a_code_is_a_store_error() -> None:
    error = store_error(exc.InterfaceError("SELECT 1", {}, sqlite3.InterfaceError("bad parameter")), "sqlite:///x", 30)
    assert type(error) is StoreError


def test_an_exhausted_pool_is_unreachable_for_now() -> None:
    assert "within 0.5 seconds" in str(store_error(exc.TimeoutError(), "sqlite:///x", 0.5))
