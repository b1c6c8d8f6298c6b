import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from traceback import format_exception

import pytest
import sqlalchemy as sa

from daysheet.errors import ConfigError, StoreError, StoreUnreachable
from daysheet.store import alarms, audit, leases
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection, Database
from daysheet.store.tables import lease, outbox
from tests.services.postgres import PostgresServer


def number_of_leases(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(lease)).scalar_one()


@pytest.fixture
def impatient(url: str) -> Iterator[Database]:
    """The same database, with hardly any patience."""
    opened = Database(url, busy_seconds=0.2)
    yield opened
    opened.close()


def test_what_was_written_is_there_afterwards(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        leases.acquire(connection, "outbox", "a:1", now, 60)
    assert number_of_leases(database) == 1


def test_a_failure_in_the_middle_leaves_nothing_behind(database: Database, now: datetime) -> None:
    def fail_half_way() -> None:
        with database.writing() as connection:
            leases.acquire(connection, "outbox", "a:1", now, 60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert number_of_leases(database) == 0


def test_a_rehearsal_leaves_nothing_behind(database: Database, now: datetime) -> None:
    with database.rehearsing() as connection:
        assert leases.acquire(connection, "outbox", "a:1", now, 60)
        assert leases.holder_of(connection, "outbox", now) == "a:1"
    assert number_of_leases(database) == 0


def test_a_reader_sees_one_state_and_does_not_wait_for_a_writer(database: Database, now: datetime) -> None:
    with database.writing() as writer:
        leases.acquire(writer, "outbox", "a:1", now, 60)
        assert number_of_leases(database) == 0
    with database.reading() as reader:
        count = sa.select(sa.func.count()).select_from(lease)
        assert reader.scalar(count) == 1
        with database.writing() as writer:
            leases.acquire(writer, "mailbox:reports", "a:1", now, 60)
        assert reader.scalar(count) == 1
    assert number_of_leases(database) == 2


def test_a_locked_database_is_unreachable_for_now(database: Database, impatient: Database, now: datetime) -> None:
    with database.writing() as connection:
        leases.acquire(connection, "outbox", "a:1", now, 60)
        with (
            pytest.raises(StoreUnreachable, match="is locked by another process") as raised,
            impatient.writing() as late,
        ):
            leases.acquire(late, "outbox", "b:2", now, 60)
    assert raised.value.is_retryable
    assert number_of_leases(impatient) == 1, "it resumes by itself"


def test_a_reader_may_not_write(database: Database, now: datetime) -> None:
    with pytest.raises(StoreUnreachable, match="cannot be written to"), database.reading() as connection:
        leases.acquire(connection, "outbox", "a:1", now, 60)
    with database.writing() as connection:
        assert leases.acquire(connection, "outbox", "a:1", now, 60), "the connection writes again once it is given back"


def test_a_broken_constraint_is_a_store_error(database: Database, now: datetime) -> None:
    with pytest.raises(StoreError) as raised, database.writing() as connection:
        connection.execute(lease.insert(), [{"name": "x", "holder": "a", "expires_at": now}] * 2)
    assert not isinstance(raised.value, StoreUnreachable)
    assert not raised.value.is_retryable
    assert number_of_leases(database) == 0


def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(sa.text("INSERT INTO person_address (address, person_id, position) VALUES ('a@b', 99, 0)"))


def test_an_instant_comes_back_aware_and_in_utc(connection: Connection) -> None:
    shanghai = timezone(timedelta(hours=8))
    at = datetime(2026, 3, 2, 18, 30, 15, 123456, tzinfo=shanghai)
    leases.acquire(connection, "outbox", "a:1", at, 0)
    back = connection.scalar(sa.select(lease.c.expires_at))
    assert back == at
    assert back.tzinfo is UTC


def test_a_naive_instant_is_refused(connection: Connection) -> None:
    with pytest.raises(sa.exc.StatementError, match="must be aware"):
        leases.acquire(connection, "outbox", "a:1", datetime(2026, 3, 2), 60)


def test_documents_are_kept_readable_in_every_script(connection: Connection, now: datetime) -> None:
    audit.append(connection, [Entry("note", "inbound", 1, after={"text": "下周拜访 𠮷野家"})], now)
    stored = connection.execute(sa.text("SELECT after FROM audit")).scalar_one()
    assert "下周拜访" in str(stored)
    assert audit.history(connection, "inbound", 1)[0].after == {"text": "下周拜访 𠮷野家"}


def test_text_that_no_database_takes_is_kept_without_what_is_wrong_in_it(connection: Connection, now: datetime) -> None:
    assert alarms.raise_once(connection, "stranger", "a\0b@example.com", "half \ud83d a smile\0", now)
    assert not alarms.raise_once(connection, "stranger", "a\0b@example.com", "again", now)
    (alarm,) = alarms.open_alarms(connection)
    assert (alarm.subject, alarm.detail) == ("ab@example.com", "half ? a smile")
    audit.append(connection, [Entry("note", "inbound", 1, after={"text": "\ud83d"})], now)
    assert audit.history(connection, "inbound", 1)[0].after == {"text": "?"}


def test_a_closed_database_opens_again(database: Database) -> None:
    assert number_of_leases(database) == 0
    database.close()
    assert number_of_leases(database) == 0


# ---- what can only happen to one of them -------------------------------------------------------


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/daysheet.db")
    with (
        pytest.raises(ConfigError, match=r"nowhere does not exist; make it, or run: daysheet init"),
        database.reading(),
    ):
        pass


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="not a database") as raised, database.writing():
        pass
    assert not isinstance(raised.value, StoreUnreachable)


def test_a_full_disk_is_unreachable_for_now_and_leaves_nothing(
    sqlite_template: Path, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")

    def fill() -> None:
        with database.writing() as connection:
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
            connection.execute(sa.text(f"PRAGMA max_page_count = {pages + 2}"))
            audit.append(connection, [Entry("note", "x", 1, after={"text": "x" * 2000})] * 100, now)

    with pytest.raises(StoreUnreachable, match="the disk is full"):
        fill()
    database.close()
    with database.reading() as connection:
        assert audit.history(connection, "x", 1) == ()
    database.close()


def test_a_read_only_file_is_unreachable_for_now(sqlite_template: Path, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StoreUnreachable, match="cannot be written to"), database.writing() as connection:
        leases.acquire(connection, "outbox", "a:1", now, 60)
    database.close()


def test_sqlite_is_durable_and_lets_readers_in(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", busy_seconds=7)
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 7000}
    with database.reading() as connection:
        found = {name: connection.execute(sa.text(f"PRAGMA {name}")).scalar_one() for name in asked}
    assert found == asked
    database.close()


def test_another_program_holding_the_file_is_waited_for_and_then_named(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(sqlite_template.read_bytes())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{path}", busy_seconds=0.1)
    with pytest.raises(StoreUnreachable, match="is locked"), database.writing():
        pass
    other.execute("ROLLBACK")
    other.close()
    with database.writing():
        pass
    database.close()


def test_postgresql_has_on_the_disk_what_it_has_committed_whatever_its_default(
    postgres_server: PostgresServer,
) -> None:
    server = Database(postgres_server.url("postgres"))
    try:
        with server.writing() as connection:
            assert connection.scalar(sa.text("SHOW synchronous_commit")) == "on"
    finally:
        server.close()


def test_a_server_that_does_not_answer_is_unreachable_for_now(postgres_server: PostgresServer) -> None:
    database = Database("postgresql://daysheet:geheim@127.0.0.1:1/daysheet")
    with pytest.raises(StoreUnreachable, match="does not answer") as raised, database.reading():
        pass
    assert "geheim" not in str(raised.value)
    missing = Database(postgres_server.url("no_such_database"))
    with pytest.raises(StoreUnreachable, match="no_such_database"), missing.reading():
        pass


def test_a_broken_connection_is_unreachable_and_the_next_one_works(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    database = Database(postgres_server.url(postgres_server.new_database(postgres_template)))

    def lose_it() -> None:
        with database.writing() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreUnreachable):
        lose_it()
    assert number_of_leases(database) == 0
    database.close()


@pytest.mark.parametrize("missing", ["kind", "state"])
def test_an_error_of_the_database_never_quotes_the_row(database: Database, now: datetime, missing: str) -> None:
    row: dict[str, object] = {
        "kind": "report",
        "recipient": "a@b",
        "message_id": "<1@b>",
        "payload": {"said": "绝密报价"},
        "state": "queued",
    }
    row |= {"next_at": now, "created_at": now, "cc": [], "references": [], missing: None}
    with pytest.raises(StoreError) as caught, database.writing() as connection:
        connection.execute(outbox.insert(), [row])
    shown = "".join(format_exception(caught.value))
    assert missing in shown, "what is wrong is said"
    assert "绝密报价" not in shown
    assert "a@b" not in shown
