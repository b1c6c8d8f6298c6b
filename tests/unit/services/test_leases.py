"""Who does a piece of work that only one process may do, and what becomes of a dead process's share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from daysheet import wiring
from daysheet.errors import LeaseHeld
from daysheet.services import process
from daysheet.services.leases import LEASE, RENEWAL, held
from daysheet.services.tools import Tools
from daysheet.store import leases, tables
from tests import builders
from tests.builders import Clock, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


@pytest.fixture
def tools(prepared: Path, tmp_path: Path) -> Iterator[Tools]:
    shutil.copy(prepared / "daysheet.db", tmp_path / "daysheet.db")
    with wiring.open_tools(builders.settings(tmp_path)) as opened:
        yield replace(opened, clock=Clock())


def expiry(tools: Tools) -> object:
    with tools.database.reading() as connection:
        return connection.execute(sa.select(tables.lease.c.expires_at)).scalar_one_or_none()


def test_another_process_is_named_to_the_second_one(tools: Tools) -> None:
    second = held(replace(tools, holder="b:2"), "outbox")
    with held(tools, "outbox"), pytest.raises(LeaseHeld, match=tools.holder), second:
        pass


def test_a_lease_is_free_afterwards_even_after_an_error(tools: Tools) -> None:
    with pytest.raises(ZeroDivisionError), held(tools, "outbox"):
        raise ZeroDivisionError
    with held(replace(tools, holder="b:2"), "outbox"):
        pass


def test_a_renewal_is_written_only_once_in_a_while(tools: Tools) -> None:
    clock = tools.clock
    assert isinstance(clock, Clock)
    with held(tools, "outbox") as renew:
        first = expiry(tools)
        clock.now += RENEWAL / 2
        renew()
        assert expiry(tools) == first
        clock.now += RENEWAL
        renew()
        assert expiry(tools) == clock.now + LEASE


def test_a_process_that_was_too_slow_notices(tools: Tools) -> None:
    clock = tools.clock
    assert isinstance(clock, Clock)
    with held(tools, "outbox") as renew:
        clock.now += LEASE
        with held(replace(tools, holder="b:2"), "outbox"), pytest.raises(LeaseHeld, match="taken over"):
            renew()


def test_the_lease_of_a_dead_process_is_taken_over_at_once(tools: Tools) -> None:
    with tools.database.writing() as connection:
        leases.acquire(connection, "outbox", "dead:1", tools.clock(), 300)
    with pytest.raises(LeaseHeld), held(tools, "outbox"):
        pass
    with held(replace(tools, is_gone=lambda holder: holder == "dead:1"), "outbox"):
        pass


def test_the_message_of_a_dead_process_is_worked_at_once(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(process, "open_message", dies)
        with pytest.raises(SystemExit):
            pipeline.feed(a_mail(a_workbook([a_visit()])))
    successor = replace(pipeline.tools, holder="b:2")
    assert list(process.process_pending(successor)) == []
    knowing = replace(successor, is_gone=lambda holder: holder == pipeline.tools.holder)
    assert [outcome.state.is_final for outcome in process.process_pending(knowing)] == [True]


# ---- who is alive ------------------------------------------------------------------------------


def test_a_running_process_is_not_gone_and_a_killed_one_is() -> None:
    talk = "from daysheet import wiring; print(wiring.this_process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", talk], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        holder = child.stdout.readline().strip()
        assert not wiring.is_gone(holder)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, not yet buried
        assert wiring.is_gone(holder)
    assert wiring.is_gone(holder)


def test_a_process_that_got_the_same_number_later_is_another_one() -> None:
    host, pid, started, machine = wiring.this_process().split(":")
    assert not wiring.is_gone(f"{host}:{pid}:{started}:{machine}")
    assert wiring.is_gone(f"{host}:{pid}:{int(started) - 1}:{machine}")


@pytest.mark.parametrize("holder", ["", "host", "host:1", "host:999999", "host:999999:5:", "host:x:y:z", "a:b:c:d:e"])
def test_where_it_is_not_certain_nobody_is_gone(holder: str) -> None:
    assert not wiring.is_gone(holder)


def test_a_process_of_another_machine_is_never_gone() -> None:
    host, _, started, _ = wiring.this_process().split(":")
    assert not wiring.is_gone(f"{host}:999999:{started}:000000000000")


def test_an_unknown_holder_is_waited_for(tools: Tools) -> None:
    with tools.database.writing() as connection:
        leases.acquire(connection, "outbox", "elsewhere:1", tools.clock(), LEASE.total_seconds())
    with pytest.raises(LeaseHeld), held(tools, "outbox"):
        pass
    clock = tools.clock
    assert isinstance(clock, Clock)
    clock.now += LEASE + timedelta(seconds=1)
    with held(tools, "outbox"):
        pass
