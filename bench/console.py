"""
Time every page of the console on a large company's database; run it by hand:

    .venv/bin/python bench/console.py            # 100,000 customers, a million rows: some five minutes
    .venv/bin/python bench/console.py --quick    # 10,000 customers, 100,000 rows
    .venv/bin/python bench/console.py --url postgresql+psycopg://…    # an empty database of yours
    .venv/bin/python bench/console.py --postgres # one of its own

Pages are found by asking the application for its routes, and asked for through it, in this process:
what is timed is the server's own time. Ends 1 where a page takes longer than it may.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from crowd import (
    ASIDE,
    DAYS,
    PARKED,
    REPS,
    REVIEWS,
    Crowd,
    Patterns,
    Sizes,
    named,
    one_report,
    patterns,
    staff,
    write_postgres,
)
from crowd import write_sqlite as to_sqlite
from lookup import p
from table import Figure, show

from daysheet import wiring
from daysheet.config import Settings
from daysheet.demo.post import Letter
from daysheet.model.memory import OPERATOR
from daysheet.services import access, setup
from daysheet.services.tools import Tools
from daysheet.web.app import ROUTERS, create

sys.path.insert(0, str(Path(__file__).parents[1]))  # the servers of the tests

TIMES = 30
PAGE_MS, SEARCH_MS = 150, 100
NOTHING = Patterns(None, None, {}, {}, [], [], [])
EXPORTS = ("csv", "xlsx", "/files/", "/raw")
"""Parts of paths that lead to files: a download may take its time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A page: its route, and the addresses asked for in turn."""

    route: str
    paths: tuple[str, ...]
    most: float | None = PAGE_MS


@dataclass(slots=True)
class Taken:
    """What a page took; *cpu* is the process's own, which other work on the machine leaves alone."""

    ms: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    bytes: int = 0
    status: set[int] = field(default_factory=set)
    slowest: str = ""


# ---- pages -------------------------------------------------------------------------------------


class Ids:
    """Addresses' parts, by the name a route gives them: of all regions, and of the south."""

    def __init__(self, tools: Tools, crowd: Crowd) -> None:
        first, reports = crowd.FIRST, DAYS * REPS
        visits = tools.tables.table("visits").c
        with tools.database.reading() as connection:
            parked = connection.execute(
                sa.select(visits.id, visits.submission_id, visits.row_number)
                .where(visits.state == "parked")
                .order_by(visits.id.desc())
                .limit(12)
            ).all()
        messages = [first + reports + 1 + 2 * n for n in range(10)]  # those whose bytes are there
        failed = [first + 250 * n for n in range(reports // 250 - 12, reports // 250)]
        self.by_name: dict[str, Sequence[object]] = {
            "customer_id": [first, *(first + 1 + REPS * n for n in range(12))],
            "review_id": [first + n for n in range(0, 90, 5)] + [first + n for n in range(1, 90, 5)],
            "submission_id": [row.submission_id for row in parked],
            "row_id": [row.id for row in parked],
            "row_number": [row.row_number for row in parked],
            "sheet": ["visits"],
            "inbound_id": messages,
            "message_id": messages,
            "mail_id": failed,
            "outbox_id": failed,
            "number": ["S1", "R001", "R002", "A1"],
            "deed": ["view"],  # where forms are sent to: no page of its own
            "rest": ["preview"],
            "section": ["names", "branches", "people", "questions", "decisions", "contacts", "sources", "log"],
            "entry_id": [1],
        }

    def addresses(self, route: str) -> tuple[str, ...]:
        """Return addresses of *route*; an unknown part is a mistake here: no page may be left out."""
        names = [piece.strip("{}").partition(":")[0] for piece in route.split("/") if piece.startswith("{")]
        missing = [name for name in names if name not in self.by_name]
        if missing:
            raise SystemExit(f"{route}: bench/console.py has no sample of {', '.join(missing)}")
        most = max((len(self.by_name[name]) for name in names), default=1)
        made = []
        for turn in range(most):
            path = route
            for name in names:
                values = self.by_name[name]
                for form in (f"{{{name}}}", f"{{{name}:int}}", f"{{{name}:path}}"):
                    path = path.replace(form, str(values[turn % len(values)]))
            made.append(path)
        return tuple(made)


def routes() -> Iterator[str]:
    """Give the path of every page."""
    for router in ROUTERS:
        for route in router.routes:
            if "GET" in getattr(route, "methods", ()):
                yield route.path  # type: ignore[attr-defined]


def samples(tools: Tools, crowd: Crowd) -> list[Sample]:
    """Return every page, and searches as people type them."""
    ids = Ids(tools, crowd)
    one = crowd.names[1]
    made = []
    for route in routes():
        is_file = any(part in route for part in EXPORTS)
        made.append(Sample(route, ids.addresses(route), None if is_file else PAGE_MS))
    asked = {
        "name": one.name,
        "part of a name": one.name[2:6],
        "two characters": one.name[2:4],
        "initials": one.initials[:6],
        "credit code": f"91{3:016d}",
        "nothing like it": "不存在的名称",
        "an alias": f"{crowd.names[3].name}（旧）",
    }
    made += [Sample(f"search: {what}", (f"/customers?q={text}",), SEARCH_MS) for what, text in asked.items()]
    listed = {route for route in routes() if route.startswith("/queue/") and "{" not in route and ".xlsx" not in route}
    made += [Sample(f"{route}, page 50", (f"{route}?page=50",)) for route in sorted(listed)]
    made += [Sample("/customers, page 20", ("/customers?page=20",)), Sample("/audit, page 100", ("/audit?page=100",))]
    return made


# ---- measuring ---------------------------------------------------------------------------------


def measure(tools: Tools, settings: Settings, token: str, asked: Sequence[Sample]) -> dict[str, Taken]:
    """Ask for each page *TIMES* times as whoever has the link's *token*."""
    from starlette.testclient import TestClient

    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    sa.event.listen(tools.database._engine, "before_cursor_execute", count)
    found: dict[str, Taken] = {}
    with TestClient(create(settings, tools), follow_redirects=False, raise_server_exceptions=False) as client:
        client.post("/enter", data={"token": token})
        for sample in asked:
            taken = found[sample.route] = Taken()
            for path in sample.paths[:3]:
                client.get(path)  # templates are compiled, pages of the file read
            for turn in range(TIMES):
                path, counted = sample.paths[turn % len(sample.paths)], 0
                started, began = time.perf_counter(), time.process_time()
                answer = client.get(path)
                spent = (time.perf_counter() - started) * 1000
                taken.cpu.append((time.process_time() - began) * 1000)
                taken.slowest = path if spent > max(taken.ms, default=0) else taken.slowest
                taken.ms.append(spent)
                taken.statements.append(counted)
                taken.status.add(answer.status_code)
                taken.bytes = max(taken.bytes, len(answer.content))
    sa.event.remove(tools.database._engine, "before_cursor_execute", count)
    return found


def figures(asked: Sequence[Sample], found: dict[str, Taken]) -> Iterator[Figure]:
    """Give what each page took; a page that fails counts as one that takes for ever."""
    for sample in asked:
        taken = found[sample.route]
        has_failed = any(status >= 500 for status in taken.status)
        slow = float("inf") if has_failed else p(0.95, taken.ms)
        yield Figure(sample.route, slow, "ms p95", most=sample.most)


def lines(asked: Sequence[Sample], found: dict[str, Taken]) -> Iterator[str]:
    """Give the table: p50, p95, CPU p95, statements, KiB, statuses."""
    yield f"{'page':<44}{'p50':>8}{'p95':>8}{'CPU':>8}{'SQL':>6}{'KiB':>7}  status"
    for sample in asked:
        taken = found[sample.route]
        slow = p(0.95, taken.ms)
        missed = "  MISSED at " + taken.slowest if sample.most is not None and slow > sample.most else ""
        status = ",".join(map(str, sorted(taken.status)))
        spent = f"{statistics.median(taken.ms):>8.1f}{slow:>8.1f}{p(0.95, taken.cpu):>8.1f}"
        numbers = f"{spent}{max(taken.statements):>6}{taken.bytes / 1024:>7.0f}"
        yield f"{sample.route:<44}{numbers}  {status}{missed}"


# ---- the run -----------------------------------------------------------------------------------


def fill(settings: Settings, tools: Tools, sizes: Sizes, folder: Path) -> Crowd:
    """Write everything."""
    started = time.perf_counter()
    now = wiring.now()
    staff(tools)
    one_report(tools, folder, now.date() - timedelta(days=500))
    letters = [
        Letter(f"代表{n}", f"r{n}", f"日报 {n}", "请查收。", None).written(now, str(n)) for n in range(ASIDE // 2)
    ]
    crowd = Crowd(sizes, named(sizes.customers), patterns(tools, letters[:20]), now)
    print(f"{sizes.customers:,} names described: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    url = settings.database.url
    if url.startswith("sqlite"):
        tools.database.close()
        to_sqlite(Path(url.removeprefix("sqlite:///")), crowd.tables())
    else:
        write_postgres(url, crowd.tables())
    rows = DAYS * REPS * sizes.rows_each
    print(f"{rows:,} rows, {REVIEWS:,} questions, {PARKED:,} rows that wait: {time.perf_counter() - started:.0f} s")
    return crowd


def run(url: str, folder: Path, sizes: Sizes, only: str) -> list[Figure]:
    """Fill the database at *url*, then time its pages as a steward who sees all and as one of a region."""
    settings = Settings(data_dir=folder / "var", database={"url": url}, log={"level": "error"})
    is_new = not url.startswith("sqlite") or not Path(url.removeprefix("sqlite:///")).exists()
    database = wiring.open_database(settings)
    setup.upgrade(database, wiring.load_specs(settings), wiring.now())
    database.close()
    with wiring.open_tools(settings) as tools:
        crowd = fill(settings, tools, sizes, folder) if is_new else Crowd(sizes, named(10), NOTHING, wiring.now())
    made: list[Figure] = []
    with wiring.open_tools(settings) as tools:
        asked = [sample for sample in samples(tools, crowd) if only in sample.route]
        viewers = {
            "a steward who sees all": access.grant(tools, "S1", sees_all=True, by=OPERATOR),
            "a steward of one region": access.grant(tools, "S2", regions=("华南",), by=OPERATOR),
            "an administrator": access.grant(tools, "A1", by=OPERATOR),
        }
        for who, token in viewers.items():
            found = measure(tools, settings, token, asked)
            print(f"\n{who}")
            print("\n".join(lines(asked, found)))
            made += [figure for figure in figures(asked, found) if not figure.has_met_its_target]
    return made


def main() -> int:
    """Fill, measure, say what was too slow."""
    parser = argparse.ArgumentParser(description="Time every page of the console.")
    parser.add_argument("--quick", action="store_true", help="10,000 customers and 100,000 rows only")
    parser.add_argument("--url", help="an empty PostgreSQL database to fill")
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own instead of SQLite")
    parser.add_argument("--only", default="", help="routes that contain this")
    parser.add_argument("--keep", type=Path, help="a folder for the SQLite file, kept; one that is there is used again")
    chosen = parser.parse_args()
    sizes = Sizes(10_000, 2) if chosen.quick else Sizes()
    with ExitStack() as stack:
        folder = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        url = chosen.url or f"sqlite:///{folder / 'console.db'}"
        if chosen.postgres:
            from tests.services.postgres import running_postgres

            server = stack.enter_context(running_postgres())
            url = server.url(server.new_database())
        missed = run(url, folder, sizes, chosen.only)
    if missed:
        show("Too slow", missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
