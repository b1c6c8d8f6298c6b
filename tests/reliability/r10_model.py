"""
Figure R10: deliveries, repeats, polls, crashes, corrections and replacements in any order, against a reference model.

The model is the promise in a few lines (docs/concepts/revisions.md): it keeps what should count as a
dictionary, knows nothing of mail or databases, and is compared whenever all is quiet. A crash stops
the program at a named point within the process: from then on its database is out of reach for it, as
for one that was killed; a successor with a new name goes on.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import hypothesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from daysheet import points, wiring
from daysheet.ingest.spool import Spool
from daysheet.model.trust import Trust
from daysheet.services import outbox
from daysheet.services.account import account
from daysheet.services.process import process_pending
from daysheet.services.receive import poll
from daysheet.services.tools import Tools
from daysheet.store.engine import Connection, Database
from tests import builders
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.contract.mailbox.memory import MemoryMailbox, MemoryServer
from tests.reliability.frame import Counts, Stage, Sweep, Trial

RUNS = 2000
BATCH = 50
STEPS = 20
REPS = {"E1": "wang.li@corp.example", "E2": "tom@corp.example"}
DAYS = (TODAY, TODAY - timedelta(days=1))
SLOTS = 6
"""Visits that a report may hold; each has a customer, a contact and a time of its own."""
CUSTOMERS = ("杭州云杉自动化", "苏州蓝鲸精密机械", "南京江豚轴承", "宁波海燕阀门", "无锡白鹭电机", "常州银杏仪表")
SUBJECTS = {"": "日报", "replace": "日报 替换", "add": "日报 追加"}

SENDINGS = st.tuples(
    st.sampled_from(sorted(REPS)),
    st.sampled_from(DAYS),
    st.dictionaries(st.integers(0, SLOTS - 1), st.sampled_from((True, True, True, False)), min_size=1),
    st.sampled_from(("", "", "replace", "add")),
)
Row = tuple[int, bool]
"""A slot, and whether its row is right: a wrong one has a way of visiting that is no choice."""
Rows = frozenset[Row]


# ---- the reference -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """The report of a rep and a day as it should stand. *sent* is the workbook it came from."""

    rows: Rows
    sent: Rows
    revision: int

    @property
    def landed(self) -> set[int]:
        """The slots whose rows count."""
        return {slot for slot, is_right in self.rows if is_right}


@dataclass
class Reference:
    """What should be so, by the promise alone."""

    reports: dict[tuple[str, date], Report] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)

    def receive(self, rep: str, day: date, rows: Rows, mode: str) -> None:
        """One message, of whatever kind, in the order of arrival."""
        now = self.reports.get((rep, day))
        if now is not None and now.sent == rows and self._changes_nothing(now, mode):
            self.states["duplicate"] += 1
            return
        if now is not None and mode == "" and self._would_empty(now, rows):
            self.states["partly"] += 1
            return
        kept = self._kept(now.rows, rows) if now is not None and mode == "add" else frozenset()
        self.reports[rep, day] = Report(rows | kept, rows, now.revision + 1 if now else 1)
        right = sum(is_right for _, is_right in rows)
        self.states["accepted" if right == len(rows) else "partly" if right else "rejected"] += 1

    @staticmethod
    def _changes_nothing(now: Report, mode: str) -> bool:
        return mode == "" or (mode == "replace" and now.rows == now.sent)

    @staticmethod
    def _would_empty(now: Report, rows: Rows) -> bool:
        has_any = any(is_right for _, is_right in rows)
        lost = now.landed - {slot for slot, _ in rows} if has_any else now.landed
        return len(lost) >= 3 and 2 * len(lost) > len(now.landed)

    @staticmethod
    def _kept(before: Rows, rows: Rows) -> Rows:
        mended = {slot for slot, is_right in rows if is_right}
        return frozenset(row for row in before - rows if row[1] or row[0] not in mended)


# ---- the program, which can die ----------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


class MortalDatabase(Database):
    """A database that a killed process can no longer reach."""

    is_dead = False

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As usual, for the living."""
        with self._for_the_living(super().writing) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As usual, for the living."""
        with self._for_the_living(super().reading) as connection:
            yield connection

    @contextmanager
    def _for_the_living(self, opened: Callable[[], AbstractContextManager[Connection]]) -> Iterator[Connection]:
        if self.is_dead:
            raise Killed
        with opened() as connection:
            yield connection


@dataclass
class Post:
    """A mail server that takes everything: Message-IDs, as often as they came."""

    taken: Counter[str] = field(default_factory=Counter)

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Take it."""
        self.taken[str(message_from_bytes(message, policy=default)["Message-ID"])] += 1

    def check(self) -> str:
        """Never asked."""
        return "fine"

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class Ground:
    """What all runs of one batch share: tools without a database of their own, and a database to copy."""

    tools: Tools
    template: Path


@contextmanager
def ground() -> Iterator[Ground]:
    """Make what runs share."""
    with tempfile.TemporaryDirectory(prefix="daysheet-model-") as scratch:
        folder = Path(scratch)
        with builders.open_tools(builders.settings(folder)):
            pass
        with wiring.open_tools(builders.settings(folder)) as tools:
            house = replace(tools.house, max_attempts=1000, answers_per_hour=10_000, refusals_per_hour=10_000)
            yield Ground(replace(tools, house=house, trust={"reports": Trust()}), folder / "daysheet.db")


def work_all(machine: "Traffic") -> None:
    """Let every job pass once, as a service does."""
    for job in ("poll", "work", "send"):
        WORK[job](machine)


WORK: dict[str, Callable[["Traffic"], object]] = {
    "all": work_all,
    "poll": lambda machine: poll(machine.tools, MemoryMailbox("reports", machine.server), batch=3),
    "work": lambda machine: list(process_pending(machine.tools)),
    "send": lambda machine: outbox.flush(machine.tools, machine.post),
}


class Traffic(RuleBasedStateMachine):
    """Everything that can happen to reports of two reps and two days."""

    shared: Ground
    counted: Counter[str]

    @initialize()
    def begin(self) -> None:
        """An empty house."""
        self.scratch = Path(tempfile.mkdtemp(dir=self.shared.template.parent))
        shutil.copy(self.shared.template, self.scratch / "daysheet.db")
        self.database = MortalDatabase(f"sqlite:///{self.scratch / 'daysheet.db'}")
        self.clock = builders.Clock()
        self.server, self.post, self.reference = MemoryServer(), Post(), Reference()
        self.mails: list[tuple[bytes, tuple[str, date, Rows, str]]] = []
        self.crashes = self.lives = 0
        self.revive()

    def revive(self) -> None:
        """A new process, which knows that those before it are gone."""
        self.lives += 1
        self.database.is_dead = False
        own = f"life-{self.lives}"
        self.tools = replace(
            self.shared.tools,
            database=self.database,
            spool=Spool(self.scratch / "spool"),
            clock=self.clock,
            holder=own,
            is_gone=lambda holder: holder != own,
            unreleased=[],
        )

    # ---- the world ----

    @rule(sent=st.lists(SENDINGS, min_size=1, max_size=3))
    def deliver(self, sent: Sequence[tuple[str, date, Mapping[int, bool], str]]) -> None:
        """Reps send reports."""
        for rep, day, slots, mode in sent:
            self._deliver(rep, day, frozenset(slots.items()), mode)

    @precondition(lambda self: self.mails)
    @rule(choice=st.integers(0, 10**6))
    def fix(self, choice: int) -> None:
        """A rep mends every wrong row of something sent before."""
        rep, day, rows, mode = self.mails[choice % len(self.mails)][1]
        self._deliver(rep, day, frozenset((slot, True) for slot, _ in rows), mode)

    @precondition(lambda self: self.mails)
    @rule(choice=st.integers(0, 10**6), mode=st.sampled_from(("", "replace")))
    def send_once_more(self, choice: int, mode: str) -> None:
        """The same workbook in a new mail."""
        rep, day, rows, _ = self.mails[choice % len(self.mails)][1]
        self._deliver(rep, day, rows, mode)

    @precondition(lambda self: self.mails)
    @rule(choice=st.integers(0, 10**6))
    def redeliver(self, choice: int) -> None:
        """The very same bytes arrive again: nothing may come of it."""
        self.server.deliver(self.mails[choice % len(self.mails)][0])

    @rule()
    def renumber(self) -> None:
        """The folder is made anew: what waits in it gets new numbers under a new UIDVALIDITY."""
        waiting = list(self.server.waiting.values())
        self.server.waiting.clear()
        self.server.epoch += 1
        for raw in waiting:
            self.server.deliver(raw)

    @rule(minutes=st.integers(1, 300))
    def wait(self, minutes: int) -> None:
        """Time goes by, within the evening."""
        self.clock.now = min(self.clock.now + timedelta(minutes=minutes), builders.NOW + timedelta(hours=5))

    def _deliver(self, rep: str, day: date, rows: Rows, mode: str) -> None:
        raw = a_mail(
            book_of(rep, day, rows),
            sender=REPS[rep],
            subject=SUBJECTS[mode],
            message_id=f"<{len(self.mails)}@r.example>",
        )
        self.server.deliver(raw)
        self.mails.append((raw, (rep, day, rows, mode)))
        self.reference.receive(rep, day, rows, mode)

    # ---- the program ----

    @rule(what=st.sampled_from(sorted(WORK)))
    def run(self, what: str) -> None:
        """One pass of one job."""
        WORK[what](self)

    @rule(what=st.sampled_from(sorted(WORK)), passing=st.integers(1, 12) | st.integers(1, 60))
    def run_and_die(self, what: str, passing: int) -> None:
        """A pass that is killed at the so many-th point it comes by, if it comes by so many."""
        left = passing

        def reached(point: object) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                self.database.is_dead = True
                raise Killed

        harmless, points.reached = points.reached, reached
        try:
            WORK[what](self)
        except Killed:
            self.crashes += 1
        finally:
            points.reached = harmless
        self.revive()

    @rule()
    def compare(self) -> None:
        """All is worked to its end, and what is there is what the reference says."""
        while poll(self.tools, MemoryMailbox("reports", self.server), batch=3).waiting:
            pass
        list(process_pending(self.tools))
        while True:
            outbox.flush(self.tools, self.post)
            with self.database.reading() as connection:
                if not connection.scalar(sa.text("SELECT count(*) FROM outbox WHERE state <> 'sent'")):
                    break
            self.clock.now += timedelta(minutes=20)
        books, reports = account(self.tools), self.reference.reports
        self._same("faults", books.faults, ())
        states = {state: number for state, number in books.by_state.items() if state != "duplicate sightings"}
        self._same("states", states, dict(self.reference.states))
        self._same("left in the folder", len(self.server.waiting), 0)
        self._same("rows", self._landed(), {(*key, slot) for key, one in reports.items() for slot in one.landed})
        self._same("revisions", self._revisions(), {key: one.revision for key, one in reports.items()})
        self._same("answers", len(self.post.taken), len(self.mails))
        assert sum(self.post.taken.values()) - len(self.mails) <= self.crashes, "one more for a crash at the most"

    def _same(self, what: str, found: object, expected: object) -> None:
        story = [(rep, day.day, sorted(rows), mode) for _, (rep, day, rows, mode) in self.mails]
        assert found == expected, f"{what}: {found}, not {expected}, after {self.crashes} crashes and {story}"

    def _landed(self) -> set[tuple[str, date, int]]:
        query = """SELECT p.number, s.report_date, v.start_time FROM visits v
            JOIN submission s ON s.id = v.submission_id JOIN person p ON p.id = s.rep_id WHERE v.state = 'landed'"""
        found = [(n, date.fromisoformat(day), int(str(at)[:2]) - 8) for n, day, at in self._ask(query)]
        assert len(found) == len(set(found)), "a row counts twice"
        return set(found)

    def _revisions(self) -> dict[tuple[str, date], int]:
        query = """SELECT p.number, s.report_date, s.revision FROM submission s
            JOIN person p ON p.id = s.rep_id WHERE s.is_current"""
        return {(n, date.fromisoformat(day)): revision for n, day, revision in self._ask(query)}

    def _ask(self, query: str) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(sa.text(query)))

    def teardown(self) -> None:
        """The last comparison."""
        if not hasattr(self, "database"):
            return
        try:
            self.compare()
            self.counted["runs"] += 1
            self.counted["crashes"] += self.crashes
            self.counted["messages"] += len(self.mails)
        finally:
            self.database.close()
            shutil.rmtree(self.scratch, ignore_errors=True)


def book_of(rep: str, day: date, rows: Rows) -> bytes:
    """Return the workbook that holds *rows*."""
    visits = [
        a_visit(
            f"{CUSTOMERS[slot]}有限公司",
            visit_date=day,
            start_time=time(8 + slot, 0),
            contact=f"{'赵钱孙李周吴'[slot]}工",
            way="上门拜访" if is_right else "心灵感应",
        )
        for slot, is_right in sorted(rows)
    ]
    return a_workbook(visits, cover={"rep_number": rep, "report_date": day})


# ---- the sweep ---------------------------------------------------------------------------------


def try_out(seed: int, runs: int) -> Counts:
    """Run the machine *runs* times from *seed*; raises where program and reference differ."""
    counted: Counter[str] = Counter()
    with ground() as shared, capture_logs():
        machine = hypothesis.seed(seed)(type("Traffic", (Traffic,), {"shared": shared, "counted": counted}))
        run_state_machine_as_test(
            machine,
            settings=hypothesis.settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=False,
                phases=[Phase.generate],
                verbosity=Verbosity.quiet,
                suppress_health_check=list(HealthCheck),
            ),
        )
    return {**counted, "divergences": 0}


def trials(stage: Stage) -> Iterable[Trial]:
    """Give batches of runs, each from a seed of its own."""
    del stage
    for number in range(RUNS // BATCH + 2):  # a batch may hold fewer runs than asked for: some examples are not unique
        yield Trial(f"seed/{number}", lambda _, number=number: try_out(number, BATCH))


SWEEP = Sweep(
    id="R10",
    title="Deliver, redeliver, poll, crash, correct, replace and add in any order, against a reference model",
    bar=f"0 divergences in {RUNS:,} runs",
    trials=trials,
    broken="With the rows of a replaced report left as they were (services/submit.py without supersede_rows) the first "
    "batch said: a row counts twice.",
    zeros=("divergences",),
    least={"runs": RUNS, "crashes": 400},
)
