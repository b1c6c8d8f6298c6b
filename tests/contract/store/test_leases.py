from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from daysheet.store import leases
from daysheet.store.engine import Connection, Database


def test_a_free_lease_is_had_at_once(connection: Connection, now: datetime) -> None:
    assert leases.acquire(connection, "mailbox:reports", "a:1", now, 60)


def test_a_held_lease_is_not_given_to_another(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        assert leases.acquire(connection, "mailbox:reports", "a:1", now, 60)
    with database.writing() as connection:
        assert not leases.acquire(connection, "mailbox:reports", "b:2", now + timedelta(seconds=59), 60)
        assert leases.acquire(connection, "mailbox:spare", "b:2", now, 60)


def test_an_expired_lease_is_taken_over_and_its_former_holder_is_told(connection: Connection, now: datetime) -> None:
    leases.acquire(connection, "outbox", "a:1", now, 60)
    later = now + timedelta(seconds=60)
    assert leases.acquire(connection, "outbox", "b:2", later, 60)
    assert not leases.renew(connection, "outbox", "a:1", later, 60)


def test_a_renewed_lease_lasts_from_the_renewal_on(connection: Connection, now: datetime) -> None:
    leases.acquire(connection, "outbox", "a:1", now, 60)
    assert leases.renew(connection, "outbox", "a:1", now + timedelta(seconds=50), 60)
    assert not leases.acquire(connection, "outbox", "b:2", now + timedelta(seconds=100), 60)


def test_only_its_holder_gives_a_lease_back(connection: Connection, now: datetime) -> None:
    leases.acquire(connection, "outbox", "a:1", now, 60)
    leases.release(connection, "outbox", "b:2")
    assert not leases.acquire(connection, "outbox", "b:2", now, 60)
    leases.release(connection, "outbox", "a:1")
    assert leases.acquire(connection, "outbox", "b:2", now, 60)


def test_a_crashed_process_that_comes_back_has_its_lease_again(connection: Connection, now: datetime) -> None:
    leases.acquire(connection, "outbox", "a:1", now, 60)
    assert leases.acquire(connection, "outbox", "a:1", now + timedelta(seconds=1), 60)


def test_a_lease_names_its_holder_until_it_expires(connection: Connection, now: datetime) -> None:
    assert leases.holder_of(connection, "outbox", now) is None
    leases.acquire(connection, "outbox", "a:1", now, 60)
    assert leases.holder_of(connection, "outbox", now) == "a:1"
    assert leases.holder_of(connection, "outbox", now + timedelta(seconds=60)) is None


def test_of_two_processes_at_one_moment_only_one_has_the_lease(url: str, now: datetime) -> None:
    def attempt(holder: str) -> bool:
        database = Database(url, busy_seconds=20)
        try:
            with database.writing() as connection:
                return leases.acquire(connection, "outbox", holder, now, 60)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, ["a:1", "b:2", "c:3", "d:4"])) == [False, False, False, True]
