"""A sweep is many trials of one promise; each trial is counted, and what broke is told by its key."""

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from tests.services import dovecot, postgres, smtp


@dataclass
class Stage:
    """
    What trials play on: servers of our own, each started when first asked for, and folders to write into.

    *corpora*: the folder with ``mail`` and ``workbooks``, which is not part of the project; None without.
    """

    root: Path
    corpora: Path | None = None
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)
    _folders: int = 0

    @cached_property
    def dovecot(self) -> dovecot.DovecotServer:
        """An IMAP server; take a user name of your own."""
        return self._stack.enter_context(dovecot.running())

    @cached_property
    def postgres(self) -> postgres.PostgresServer:
        """A PostgreSQL server; make a database of your own."""
        return self._stack.enter_context(postgres.running_postgres())

    @cached_property
    def sink(self) -> smtp.SmtpSink:
        """A mail server that takes everything and keeps it."""
        return self._stack.enter_context(smtp.running())

    def folder(self) -> Path:
        """Return a new empty folder."""
        self._folders += 1
        made = self.root / f"{os.getpid()}-{self._folders}"
        made.mkdir(parents=True)
        return made

    def close(self) -> None:
        """Stop every server."""
        self._stack.close()


Counts = Mapping[str, int]
"""What a trial counted: what was done to the program (kills, faults, files) and what became of it (lost, twice)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """
    One try at breaking a promise. *key* is the same in every run and names all that decides about it.

    *run* returns what it counted, and raises (an AssertionError, usually) where the promise did not hold.
    """

    key: str
    run: Callable[[Stage], Counts]


@dataclass(frozen=True, slots=True)
class Sweep:
    """
    Trials of one promise.

    *id*: R1 … R13, or a word. *title* and *bar*: for the page. *trials* gives all of them, in an
    order in which an early stop has still tried a bit of everything. *quick* are the keys that
    ``./run test`` tries. *broken*: how it was seen failing once: which guard was taken out, what it said.
    """

    id: str
    title: str
    bar: str
    trials: Callable[[Stage], Iterable[Trial]]
    broken: str
    zeros: tuple[str, ...] = ("lost", "twice", "missing")
    """Counts that must stay 0 over all trials."""
    least: Mapping[str, int] = field(default_factory=dict)
    """Counts that must be reached over all trials, by name: kills, points, files."""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one trial came to. *failure*: "" where the promise held."""

    key: str
    seconds: float
    counts: Counts
    failure: str = ""
    at: str = ""
    commit: str = ""


def run(trial: Trial, stage: Stage) -> Result:
    """Run one trial; whatever it raises is its failure."""
    began = time.monotonic()
    try:
        counts, failure = dict(trial.run(stage)), ""
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        counts, failure = {}, f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"[:2000]
    return Result(trial.key, round(time.monotonic() - began, 2), counts, failure)


# ---- the journal -------------------------------------------------------------------------------


class Journal:
    """The results of one sweep, a line of JSON each: a run that was stopped goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def results(self) -> dict[str, Result]:
        """Return the newest result of every trial, by key."""
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return {one["key"]: Result(**one) for one in map(json.loads, lines)}

    def add(self, result: Result) -> None:
        """Keep *result*."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def go_on(
    sweep: Sweep, stage: Stage, journal: Journal, until: float, *, share: int = 0, shares: int = 1, commit: str = ""
) -> Iterator[Result]:
    """
    Run the trials that have not been run or did not hold, until the monotonic clock says *until*.

    Only those of *share* among *shares*: several processes may work at one sweep.
    """
    done = journal.results()
    for number, trial in enumerate(sweep.trials(stage)):
        if time.monotonic() >= until:
            return
        known = done.get(trial.key)
        if number % shares == share and (known is None or known.failure):
            result = replace(run(trial, stage), at=f"{datetime.now(UTC):%FT%TZ}", commit=commit)
            journal.add(result)
            yield result


def totals(results: Iterable[Result]) -> Counter[str]:
    """Return the counts of all of them together."""
    together: Counter[str] = Counter()
    for result in results:
        together.update(result.counts)
    return together


def shortfalls(sweep: Sweep, results: Mapping[str, Result]) -> list[str]:
    """Return in sentences what keeps the sweep from meeting its bar."""
    counted = totals(results.values())
    found = [f"{result.key}: {result.failure}" for result in results.values() if result.failure]
    found += [f"{name}: {counted[name]}, must be 0" for name in sweep.zeros if counted[name]]
    found += [f"{name}: {counted[name]} of {least}" for name, least in sweep.least.items() if counted[name] < least]
    return found
