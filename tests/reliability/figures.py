"""
Run every trial of every sweep that has not been run yet, and write docs/reliability.md.

    ./run figures --corpora FOLDER            hours; stop it when you like, it goes on where it was
    ./run figures --only R4 R5 --minutes 10   some of it; the page is left alone
    ./run figures --page                      the page from what is known

Results are kept in var/figures, a file per sweep; ``--again`` forgets those of the chosen sweeps. What each of R1 to
R13 tries: docs/reliability.md.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import structlog

from tests.reliability import page
from tests.reliability.frame import Journal, Stage, Sweep, go_on

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "var" / "figures"
PAGE = ROOT / "docs" / "reliability.md"
SWEEPS: Mapping[str, str] = {
    "R1": "r01_kills",
    "R2": "r02_random_kills",
    "R3": "r03_duplicates",
    "R4": "r04_imap",
    "R5": "r05_smtp",
    "R6": "r06_disk",
    "R7": "r07_mails",
    "R8": "r08_workbooks",
    "R9": "r09_bombs",
    "R10": "r10_model",
    "R11": "r11_loops",
    "R12": "r12_forgeries",
    "R13": "r13_soak",
    "services": "two_serves",
    "backups": "backups",
}
"""Sweeps by the name one asks for them with, and their modules."""


def load(name: str) -> Sweep:
    """Return the sweep called *name*."""
    sweep = import_module(f"tests.reliability.{SWEEPS[name]}").SWEEP
    assert isinstance(sweep, Sweep)
    return sweep


def journal(name: str) -> Journal:
    """Return where the results of the sweep called *name* are kept."""
    return Journal(RESULTS / f"{name}.jsonl")


def work(name: str, share: int, shares: int, seconds: float, corpora: Path | None) -> int:
    """Run one share of one sweep in this process; return how many trials broke."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    until, broken = time.monotonic() + seconds, 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="daysheet-figures-") as scratch:
        stage = Stage(Path(scratch), corpora)
        try:
            results = go_on(load(name), stage, journal(name), until, share=share, shares=shares, commit=commit.strip())
            for result in results:
                broken += bool(result.failure)
                say(f"{name} {result.key} {result.seconds:.1f} s {result.failure or dict(result.counts)}")
        finally:
            stage.close()
    return broken


def say(line: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 where a bar is not met."""
    parser = argparse.ArgumentParser(prog="./run figures", description=__doc__.strip().partition("\n")[0])
    names = ", ".join(SWEEPS)
    parser.add_argument("--only", nargs="+", choices=list(SWEEPS), default=list(SWEEPS), metavar="NAME", help=names)
    parser.add_argument("--corpora", type=Path, help="folder with odd mails (mail) and workbooks (workbooks)")
    parser.add_argument("--minutes", type=float, default=600, help="stop beginning trials after so long")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    parser.add_argument("--again", action="store_true", help="forget earlier results first")
    parser.add_argument("--page", action="store_true", help="write the page from what is known; run nothing")
    parser.add_argument("--share", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.share:
        share, shares = map(int, chosen.share.split("/"))
        return min(work(chosen.only[0], share, shares, chosen.minutes * 60, chosen.corpora), 1)
    if chosen.again:
        for name in chosen.only:
            (RESULTS / f"{name}.jsonl").unlink(missing_ok=True)
    if not chosen.page:
        _side_by_side(chosen)
    found = {name: (load(name), journal(name).results()) for name in SWEEPS}
    if chosen.page or len(chosen.only) == len(SWEEPS):
        PAGE.write_text(page.render(found), encoding="utf-8")
    short = {name: page.shortfalls(*found[name]) for name in chosen.only}
    for name, lines in short.items():
        for line in lines:
            say(f"{name}: {line}")
    return int(any(short.values()))


def _side_by_side(chosen: argparse.Namespace) -> None:
    """Work every chosen sweep with as many processes as were asked for, one sweep after the other."""
    until = time.monotonic() + chosen.minutes * 60

    def one(name: str, share: int) -> None:
        left = max(0.0, (until - time.monotonic()) / 60)
        command = [sys.executable, "-m", "tests.reliability.figures", "--only", name]
        command += ["--share", f"{share}/{chosen.jobs}", "--minutes", str(left)]
        command += ["--corpora", str(chosen.corpora.resolve())] if chosen.corpora else []
        subprocess.run(command, cwd=ROOT, check=False)

    with ThreadPoolExecutor(chosen.jobs) as threads:
        for name in chosen.only:
            list(threads.map(lambda share, name=name: one(name, share), range(chosen.jobs)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
