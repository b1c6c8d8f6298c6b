"""
Processes that run Daysheet and come to a bad end where they are told to.

    python -m tests.reliability.dying POINT NUMBER -- DAYSHEET-ARGUMENTS

kills itself (SIGKILL, and the reader's child with it) at the NUMBER-th time it comes by POINT.

The trials fork theirs off a process that has everything imported already: starting Python hundreds
of times would take longer than the trials. What runs in them is Daysheet's own code and nothing else,
save for ``points.reached``.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from threading import Event
from typing import Any

from daysheet import points
from daysheet.points import Point

KILL, STOP = "kill", "stop"
MOST_ROUNDS = 8
"""Rounds until everything must be done."""


@dataclass(frozen=True)
class Fate:
    """
    What becomes of a process at the *number*-th passing of *point*; without *point* it lives.

    *deed*: it is killed, or stopped until somebody lets it go on. *batch*: messages that are made safe
    and moved together, Daysheet's own number without. *lease*: seconds that leases and claims last.
    *elsewhere*: it seems to run on another machine, so that nobody can see that it is dead. *digests*: seconds after
    which it looks again what is due by the clock.
    """

    point: str = ""
    number: int = 1
    deed: str = KILL
    batch: int | None = None
    lease: float | None = None
    elsewhere: bool = False
    digests: int | None = None


@dataclass(frozen=True)
class Task:
    """A process: what it runs in *folder* with *environment*, and its *fate*. *name* is that of its files."""

    folder: Path
    environment: Mapping[str, str]
    what: str  # rounds or serve
    name: str
    fate: Fate = field(default_factory=Fate)


# ---- outside -----------------------------------------------------------------------------------


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.preloaded"])
    return context


def start(task: Task) -> ForkServerProcess:
    """Start *task*."""
    process = _server().Process(target=run, args=(task,), daemon=True)
    process.start()
    return process


def end_of(process: ForkServerProcess, seconds: float = 60) -> int:
    """Return a process's exit code; one that does not end in time is killed, and the trial has failed."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join(10)
        raise AssertionError(f"the process did not end within {seconds} seconds")
    return process.exitcode


def passings(task: Task) -> Counter[str]:
    """Return how often *task*, which has ended, came by each point."""
    found = task.folder / f"{task.name}.passings"
    return Counter(line.split()[1] for line in found.read_text().splitlines()) if found.exists() else Counter()


def instants(task: Task, *wanted: Point) -> list[tuple[float, str]]:
    """Return when, by the machine's monotonic clock, *task* came by which of *wanted*, so far."""
    found = task.folder / f"{task.name}.passings"
    lines = [line.split() for line in found.read_text().splitlines()] if found.exists() else []
    return [(float(at), point) for at, point in (line for line in lines if len(line) == 2) if point in wanted]


def children(process_id: int) -> list[int]:
    """Return the ids of a process's children."""
    found: list[int] = []
    for listed in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text().split())
        except OSError:
            continue
    return found


# ---- inside ------------------------------------------------------------------------------------


def run(task: Task) -> None:
    """Run *task* in this process, to its end or its fate."""
    os.environ.update(task.environment)
    log = os.open(task.folder / f"{task.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    arm(task.fate, task.folder / f"{task.name}.passings")
    config = task.folder / "config.yaml"
    if task.what == "serve":
        _daysheet(["--config", str(config), "serve"])
    else:
        rounds(config, task.folder / f"{task.name}.books")


def arm(fate: Fate, trace: Path | None = None) -> None:
    """Let every point be noted in *trace*, and *fate* come true."""
    from daysheet import scheduler, wiring
    from daysheet.services import leases, process, receive

    passed: Counter[str] = Counter()
    file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if trace is not None else None

    def reached(point: Point) -> None:
        passed[point] += 1
        if file is not None:
            os.write(file, f"{time.monotonic():.6f} {point}\n".encode())
        if point == fate.point and passed[point] == fate.number:
            if fate.deed == KILL:
                die()
            os.kill(os.getpid(), signal.SIGSTOP)

    points.reached = reached
    changes: list[tuple[Any, str, Any]] = []
    if fate.batch is not None:
        changes.append((receive, "CHUNK", fate.batch))
    if fate.lease is not None:
        whole = type(leases.LEASE)(seconds=fate.lease)
        changes += [(leases, "LEASE", whole), (leases, "RENEWAL", whole / 5), (process, "CLAIM", whole)]
    if fate.digests is not None:
        changes.append((scheduler, "DIGESTS_SECONDS", fate.digests))
    if fate.elsewhere:
        changes.append((wiring, "_machine", lambda: f"other{os.getpid()}"))
    for module, name, value in changes:
        assert hasattr(module, name)
        setattr(module, name, value)


def die() -> None:
    """End this process and its children as a power cut would."""
    for child in children(os.getpid()):
        os.kill(child, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def rounds(config_file: Path, books: Path) -> None:
    """Run every job that ``serve`` runs, one after the other, until there is nothing left to do; write the books."""
    from daysheet import config, scheduler, wiring
    from daysheet.commands.session import plain, start_log
    from daysheet.services import digests
    from daysheet.services.account import account
    from daysheet.store import mailboxes, outbox

    settings = config.load(config_file)
    start_log(settings)
    with wiring.open_tools(settings) as tools:
        jobs = [job.func for job in scheduler.build(settings, tools, Event()).get_jobs()]
        for _ in range(MOST_ROUNDS):
            for job in jobs:
                job()
            with tools.database.reading() as connection:
                mails = outbox.counts(connection)
                waiting = sum(box.waiting for box in mailboxes.all_mailboxes(connection))
            known = account(tools)
            open_ends = (mails.get("queued"), mails.get("sending"), waiting, known.unfinished)
            if not any(open_ends) and not digests.due(tools, tools.clock()):
                break
        books.write_text(json.dumps(plain(account(tools))))


def _daysheet(arguments: list[str]) -> None:
    from daysheet import cli

    sys.argv = ["daysheet", *arguments]
    cli.main()


def main() -> None:
    """Run Daysheet as the command line says."""
    point, number, _, *arguments = sys.argv[1:]
    arm(Fate(Point(point), int(number)))
    _daysheet(arguments)


if __name__ == "__main__":
    main()
