"""A run of digests is killed at every point it comes by; each receiver gets each period once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet import config, wiring
from daysheet.model.mail import MessageState
from daysheet.services import people
from daysheet.store import inbound
from daysheet.store.tables import digest, digest_run, lease, outbox, person, submission
from tests import builders
from tests.acceptance.dying_digests import POINTS
from tests.acceptance.house import SILENT, House, a_recent_day, stop, until
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

MANAGERS = 30
SAID = [number for number in range(MANAGERS) if not f"M{number:02d}".endswith("7")]
"""To the others there is nothing to say."""


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Thirty managers with a rep each, and a report of weeks ago, so that last week's digest is due."""
    url, server = "sqlite:///daysheet.db", None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        assert isinstance(server, PostgresServer)
        name = server.new_database()
        url = server.url(name)
    made = House(
        tmp_path,
        {
            "database": {"url": url},
            "mailboxes": {},
            "smtp": {"folder": "answers", "sender": "daily@corp.example"},
            "schedule": {**SILENT, "weekly": "mon 00:00"},
            "log": {"level": "error"},
        },
    ).write()
    settings = config.load(made.config)
    builders.make_database(settings)
    with wiring.open_tools(settings) as tools:
        people.import_file(tools, "people.csv", listed().encode())
        with tools.database.writing() as connection:
            recorded = inbound.record(connection, inbound.Arrival("a" * 64, 1), None, wiring.now())
            values = {"inbound_id": recorded.inbound_id, "state": MessageState.ACCEPTED, "received_at": wiring.now()}
            connection.execute(submission.insert().values(**values, report_date=a_recent_day(30)))
    yield made
    if server is not None:
        server.drop(name)


def listed() -> str:
    head = "number,name,role,addresses,manager\n"
    managers = "".join(f"M{n:02d},经理{n},manager,m{n:02d}@corp.example,\n" for n in range(MANAGERS))
    return head + managers + "".join(f"R{n:02d},销售{n},rep,,M{n:02d}\n" for n in range(MANAGERS))


def start(house: House, point: str = "nowhere", number: int = 1) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.acceptance.dying_digests", str(house.config), point, str(number)]
    return subprocess.Popen(command, cwd=builders.__file__.rpartition("/tests/")[0])


def rows(house: House, query: "sa.Select[Any]") -> list[Any]:
    database = wiring.open_database(config.load(house.config))
    try:
        with database.reading() as connection:
            return list(connection.execute(query))
    finally:
        database.close()


def check_all_told_once(house: House) -> None:
    told = rows(
        house,
        sa.select(person.c.number, outbox.c.recipient, digest.c.figures, person.c.id)
        .join_from(digest, person, person.c.id == digest.c.person_id)
        .outerjoin(outbox, outbox.c.id == digest.c.outbox_id)
        .order_by(person.c.number),
    )
    assert [row.number for row in told] == [f"M{number:02d}" for number in range(MANAGERS)]
    mailed = [row for row in told if row.recipient is not None]
    assert [row.recipient for row in mailed] == [f"m{number:02d}@corp.example" for number in SAID]
    assert [row.figures["visits.done"] for row in mailed] == [row.id for row in mailed]
    queued = rows(house, sa.select(outbox.c.recipient))
    assert len(queued) == len(SAID), "a mail without its digest, or two of one"
    (run,) = rows(house, sa.select(digest_run))
    assert run.mails == len(SAID)


@pytest.mark.timeout(240)  # 8 seconds on two free cores
def test_killed_at_every_point_one_after_the_other_each_receiver_is_told_once(house: House) -> None:
    for point in POINTS:  # each run gets a little farther, and no farther than its batches
        assert start(house, point).wait(timeout=60) == -signal.SIGKILL
    assert start(house).wait(timeout=60) == 0
    check_all_told_once(house)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_the_next_run_ends_the_work(house: House, point: str) -> None:
    assert start(house, point).wait(timeout=60) == -signal.SIGKILL
    assert start(house).wait(timeout=60) == 0
    check_all_told_once(house)


@pytest.mark.timeout(240)
def test_two_processes_at_once_tell_everybody_once(house: House) -> None:
    processes = [start(house) for _ in range(3)]
    codes = [process.wait(timeout=60) for process in processes]
    assert 0 in codes
    check_all_told_once(house)


@pytest.mark.timeout(240)
def test_the_command_killed_whenever_is_gone_on_with(house: House) -> None:
    """The whole program with its own makers, killed from outside while it works."""

    def told() -> int:
        return len(rows(house, sa.select(digest.c.id)))

    process = house.start("digest", "send")
    until(lambda: rows(house, sa.select(lease)) or process.poll() is not None, pause=0.002)
    stop(process, signal.SIGKILL)
    before = told()
    house.run("digest", "send")
    house.run("digest", "send")
    assert before <= told() == MANAGERS
    queued = rows(house, sa.select(outbox.c.recipient))
    assert sorted(row.recipient for row in queued) == [f"m{number:02d}@corp.example" for number in range(MANAGERS)]
