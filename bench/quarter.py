"""
A quarter of an invented company through the real pipeline, and every figure of its digests counted once more.

Reports come as workbooks in mails, are polled from a Maildir and worked; each Monday the weekly
digests are made, and each snapshot is compared at once with a recount from the stored rows
(tests/recount.py). At the end all weeks are compared once more as they are then, after every late
report, correction, merge and unmerge. Ends 1 where a single figure differs.
"""

import argparse
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))

from daysheet.model.periods import Period, PeriodKind
from tests import recount
from tests.quarter.life import Quarter
from tests.quarter.proof import check_now

FIRST = date(2026, 9, 7)
"""A Monday; within thirteen weeks lie Mid-Autumn, the National Day's week and the days worked instead."""
MOST_SHOWN = 200


def main() -> int:
    """Live it, print what it came to, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--teams", type=int, default=12)
    parser.add_argument("--accounts", type=int, default=1600)
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="a new folder for the database and the mails, kept afterwards")
    parser.add_argument(
        "--database", default="", metavar="URL", help="an empty database; SQLite in the folder unless given"
    )
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if chosen.keep is None:
        with tempfile.TemporaryDirectory(prefix="daysheet-quarter-") as name:
            return _live(Path(name), chosen)
    chosen.keep.mkdir(parents=True, exist_ok=False)
    return _live(chosen.keep, chosen)


def _live(folder: Path, chosen: argparse.Namespace) -> int:
    quarter = Quarter(
        folder.resolve(),
        reps=chosen.reps,
        weeks=chosen.weeks,
        seed=chosen.seed,
        teams=chosen.teams,
        accounts=chosen.accounts,
        first=FIRST,
        url=chosen.database,
    )
    started, recounting, compared = time.perf_counter(), 0.0, 0
    wrong: list[str] = []
    weeks: dict[Period, None] = {}
    with contextmanager(quarter.open)() as tools:
        print(f"{chosen.reps} reps, {chosen.accounts} accounts: ready after {time.perf_counter() - started:.0f} s")
        for period in quarter.live():
            begun = time.perf_counter()
            number, found = recount.check(tools, quarter.clock.now)
            recounting += time.perf_counter() - begun
            compared, weeks[period] = compared + number, None
            wrong += found
            tally = quarter.tally
            print(
                f"{period.label}  {tally.mails:6} mails  {tally.rows:7} rows  {number:6} figures compared,"
                f" {len(found)} differ  {time.perf_counter() - started:6.0f} s",
                flush=True,
            )
            _show(found)
        begun = time.perf_counter()
        stored = recount.Stored.read(tools)
        months = [Period.of(PeriodKind.MONTH, week.last) for week in weeks]
        for period in dict.fromkeys([*weeks, *months]):
            number, found = check_now(tools, stored, period, quarter.clock.now)
            compared += number
            wrong += found
            print(f"{period.label} as it is now  {number:6} figures compared, {len(found)} differ", flush=True)
            _show(found)
        recounting += time.perf_counter() - begun
    _print(quarter, recounting, compared, len(wrong))
    return 1 if wrong else 0


def _show(found: list[str]) -> None:
    for line in found[:MOST_SHOWN]:
        print(f"    {line}")
    if len(found) > MOST_SHOWN:
        print(f"    … and {len(found) - MOST_SHOWN} more")


def _print(quarter: Quarter, recounting: float, compared: int, wrong: int) -> None:
    tally = quarter.tally
    rate = tally.mails / tally.pipeline_seconds if tally.pipeline_seconds else 0
    lines = [
        ("mails", f"{tally.mails}"),
        ("rows", f"{tally.rows}"),
        ("pipeline", f"{tally.pipeline_seconds:.0f} s, {rate:.1f} mails/s"),
        ("digests", f"{tally.digest_seconds:.0f} s"),
        ("recounting", f"{recounting:.0f} s"),
        *((f"  {state}", str(number)) for state, number in sorted(tally.states.items())),
        *((f"  {what}", str(number)) for what, number in sorted(tally.done.items())),
        ("figures compared", str(compared)),
        ("figures that differ", str(wrong)),
    ]
    print()
    for name, said in lines:
        print(f"{name:40} {said:>24}")


if __name__ == "__main__":
    sys.exit(main())
