"""
Build every manager's, region's and steward's digest of one week of a large company; run it by hand:

    .venv/bin/python bench/digests.py                 # 10,000 reps' year on SQLite and PostgreSQL: some fifteen minutes
    .venv/bin/python bench/digests.py --quick         # 1,000 reps, a quarter of a year
    .venv/bin/python bench/digests.py --url URL       # an empty database of yours, or with --keep one filled before

The year is written past the store. Each round is a process of its own, so that its memory is its own.
Ends 1 where building all of them takes longer than it may.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from company import Company, Sizes
from crowd import write_postgres, write_sqlite
from table import Figure, show

from daysheet import wiring
from daysheet.config import Settings
from daysheet.model.digests import DigestKind
from daysheet.model.people import Role
from daysheet.model.periods import Period, PeriodKind
from daysheet.services import figures, manager_digests, organisation, setup, steward_digests
from daysheet.services.tools import Tools

sys.path.insert(0, str(Path(__file__).parents[1]))  # the servers of the tests

MOST_SECONDS = 300
LAST = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
SHARES = (0.25, 0.5, 1.0)
QUICK = Sizes(reps=1_000, days=60, leads=105)


def main() -> int:
    """Fill, build and print."""
    chosen = _chosen()
    if chosen.measure:
        print(json.dumps(measure(chosen.url, chosen.measure)))
        return 0
    sizes = QUICK if chosen.quick else Sizes()
    missed = []
    with ExitStack() as stack:
        for title, url in _databases(chosen, stack):
            missed += run(title, url, sizes, is_filled=chosen.keep)
    return 1 if missed else 0


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small company")
    parser.add_argument("--url", default="", help="a database of yours")
    parser.add_argument("--keep", action="store_true", help="the database of --url is filled already")
    parser.add_argument("--measure", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _databases(chosen: argparse.Namespace, stack: ExitStack) -> Any:
    if chosen.url:
        yield chosen.url.partition(":")[0], chosen.url
        return
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    yield "SQLite", f"sqlite:///{folder}/company.db"
    from tests.services.postgres import running_postgres

    server = stack.enter_context(running_postgres())
    yield "PostgreSQL", server.url(server.new_database())


# ---- one database --------------------------------------------------------------------------------


def run(title: str, url: str, sizes: Sizes, *, is_filled: bool) -> list[Figure]:
    """Fill one database, build the digests in three rounds, print what it took; return what was missed."""
    if not is_filled:
        start = time.perf_counter()
        fill(url, sizes)
        print(f"{title}: filled in {time.perf_counter() - start:,.0f} s", flush=True)
    rounds = [_round(url, share) for share in SHARES]
    whole = rounds[-1]
    found = [
        Figure("rows: visits", whole["visits"], "rows", least=None if is_filled or sizes.reps < 10_000 else 2_000_000),
        Figure("rows: reports, deals and all", whole["rows"], "rows"),
        Figure("digests of managers and stewards", whole["mails"], "mails"),
        Figure("statements", whole["statements"], ""),
        Figure("all of them, from an open database on", whole["seconds"], "s", most=MOST_SECONDS),
        Figure("  of them this process was working", whole["worked"], "s"),
        Figure("  collecting two weeks' figures", whole["collected"], "s"),
        Figure("  stewards", whole["stewards"], "s"),
        Figure("one rep's own month, CPU", whole["own"] * 1000, "ms", most=5),
    ]
    for share, one in zip(SHARES, rounds, strict=True):
        found.append(Figure(f"{share:.0%} of the receivers: managers", one["managers"], "mails"))
        found.append(Figure("  making one", one["made"] / max(one["managers"], 1) * 1000, "ms"))
        found.append(Figure("  most memory held", one["megabytes"], "MB"))
    show(f"{title} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", found)
    return [figure for figure in found if not figure.has_met_its_target]


def fill(url: str, sizes: Sizes) -> None:
    """Make the tables and write the year."""
    database = wiring.open_database(_settings(url))
    try:
        setup.upgrade(database, wiring.load_specs(_settings(url)), NOW)
    finally:
        database.close()
    company = Company(sizes, LAST)
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        with without_indexes(path):
            write_sqlite(path, company.tables(), journal="OFF")
    else:
        write_postgres(url, company.tables())


@contextmanager
def without_indexes(path: Path) -> Iterator[None]:
    """Fill tables first and index them at the end: what is inserted in no order would be looked for on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        found = connection.execute(query).fetchall()
        for name, _ in found:
            connection.execute(f'DROP INDEX "{name}"')
        connection.commit()
    yield
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cache_size = -500000")
        for _, statement in found:
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")


def _settings(url: str) -> Settings:
    folder = Path(tempfile.gettempdir()) / "daysheet-bench-digests"
    folder.mkdir(exist_ok=True)
    changes: dict[str, Any] = {
        "company": {"name": "星河仪器"},
        "data_dir": folder,
        "database": {"url": url},
        "smtp": {"sender": "daily@bench.example", "folder": folder / "answers"},
        "log": {"level": "error", "format": "console"},
    }
    return Settings(**changes)


def _round(url: str, share: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--url", url, "--measure", str(share)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---- one round, in a process of its own ------------------------------------------------------------


@dataclass
class Statements:
    """How many statements were run."""

    number: int = 0

    def count(self, *_: object) -> None:
        """Count one."""
        self.number += 1


def measure(url: str, share: float) -> dict[str, float]:
    """Build the digests of *share* of the receivers."""
    with wiring.open_tools(_settings(url)) as tools:
        found = _build(tools, share)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return found | _rows(tools) | {"megabytes": peak}


def _build(tools: Tools, share: float) -> dict[str, float]:
    seen = Statements()
    sa.event.listen(tools.database._engine, "before_cursor_execute", seen.count)
    week = Period.of(PeriodKind.WEEK, LAST)
    start, worked = time.perf_counter(), time.process_time()
    with tools.database.reading() as connection:
        known = organisation.load(connection, tools)
        people = sorted(known.people.values(), key=lambda one: one.id)
        leading = [one for one in people if one.role is Role.MANAGER]
        receivers = leading[:: round(1 / share)]
        stewards = [one for one in people if one.role is Role.STEWARD]
        came: list[float] = []
        build = manager_digests.build(connection, tools, known, DigestKind.WEEKLY, week, receivers, NOW, {})
        for _, digest in build:
            came.append(time.perf_counter())
            assert digest.figures
        for_stewards = time.perf_counter()
        day = Period.of(PeriodKind.DAY, NOW.date())
        theirs = list(steward_digests.build(connection, tools, known, DigestKind.STEWARD, day, stewards, NOW, {}))
        end = time.perf_counter()
        statements, worked = seen.number, time.process_time() - worked
        own = _own(connection, tools, known)
    return {
        "mails": len(came) + len(theirs),
        "managers": len(came),
        "statements": statements,
        "seconds": end - start,
        "worked": worked,
        "collected": came[0] - start,
        "made": came[-1] - came[0],
        "stewards": end - for_stewards,
        "own": own,
    }


def _own(connection: Any, tools: Tools, known: Any) -> float:
    """Return the CPU seconds of one rep's own figures, the median of many reps."""
    month = Period.of(PeriodKind.MONTH, LAST)
    reps = [one for one in known.people.values() if one.role is Role.REP][:: max(len(known.people) // 100, 1)]
    took = []
    for person in reps:
        start = time.process_time()
        figures.of_person(connection, tools, known, person, month, NOW)
        took.append(time.process_time() - start)
    return sorted(took)[len(took) // 2]


def _rows(tools: Tools) -> dict[str, float]:
    with tools.database.reading() as connection:
        counts = {
            key: connection.execute(sa.select(sa.func.count()).select_from(tools.tables.table(key))).scalar_one()
            for key in tools.tables.keys
        }
    return {"visits": counts["visits"], "rows": sum(counts.values())}


if __name__ == "__main__":
    sys.exit(main())
