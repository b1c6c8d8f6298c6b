"""Two services on one PostgreSQL database and one mailbox: nothing is done twice, and either may die at any moment."""

import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.context import ForkServerProcess

from daysheet.points import Point
from tests.acceptance.house import until
from tests.reliability import crashes, dying
from tests.reliability.crashes import Place, ask
from tests.reliability.dying import Fate, Task
from tests.reliability.frame import Counts, Stage, Sweep, Trial

REPS = 6
BURSTS = 4
"""Bursts of mails: before a service dies, after it, and once another stands in its place."""
LEASE = 6.0
"""Seconds that leases and claims of a service last, so that nobody waits five minutes for a dead one's."""
PATIENCE = 30
"""Seconds until what has arrived is answered."""

KILLED_AT = (
    Point.LEASE_TAKEN,
    Point.FOLDER_OPENED,
    Point.FETCHED,
    Point.RECORDED,
    Point.MOVED,
    Point.SETTLED,
    Point.CLAIMED,
    Point.PREPARED,
    Point.ROWS_WRITTEN,
    Point.ENDING_COMMITTED,
    Point.MAIL_CLAIMED,
    Point.MAIL_ACCEPTED,
    Point.MAIL_SENT,
)
MOMENTS = 12
"""Deaths at a moment drawn by lot."""


@dataclass
class Pair:
    """Two services at one place, and the mails they were given."""

    place: Place
    running: list[tuple[Task, ForkServerProcess]] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)

    def start(self, fate: Fate = Fate()) -> ForkServerProcess:  # noqa: B008 - frozen
        """Start one more service."""
        self.running.append(self.place.start("serve", fate))
        return self.running[-1][1]

    def burst(self) -> None:
        """Every rep mails the report of one more day, and the first of them twice."""
        back = 8 + len(self.delivered) // REPS
        mails = [crashes.report(rep, back) for rep in range(1, REPS + 1)]
        self.delivered += mails
        self.place.stage.dovecot.append(self.place.user, *mails, mails[0])

    def rest(self) -> None:
        """Wait until all that was delivered is answered, and the digest made."""
        wanted = len(self.delivered)
        server, user = self.place.stage.dovecot, self.place.user

        def is_done() -> bool:
            ended = ask(self.place, "SELECT count(*) FROM inbound WHERE state NOT IN ('spooled', 'processing')")[0][0]
            open_mails = ask(self.place, "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')")[0][0]
            digests = ask(self.place, "SELECT count(*) FROM digest_run")[0][0]
            return ended == wanted and digests and not open_mails and not server.messages(user)

        until(is_done, PATIENCE, pause=0.1)

    def end(self) -> None:
        """Stop whoever still runs; it must end as it should."""
        for _, process in self.running:
            if process.exitcode is None:
                process.terminate()
        for _, process in self.running:
            code = dying.end_of(process, 30)
            assert code in (0, -signal.SIGKILL), f"a service ended {code}"

    def passings(self) -> list[Counter[str]]:
        """Return how often each service came by each point."""
        return [dying.passings(task) for task, _ in self.running]


@contextmanager
def pair(stage: Stage) -> Iterator[Pair]:
    """Give a place where nothing runs yet."""
    place = crashes.place(stage, "postgresql", REPS, deliver=False)
    try:
        yield Pair(place)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{place.log()[-1500:]}") from error
    finally:
        place.put_away()


def check(two: Pair, deaths: int) -> Counts:
    """Hold what became of the mails against what must: each counted once, answered once, one digest."""
    place, wanted = two.place, len(two.delivered)
    states = Counter(row[0] for row in ask(place, "SELECT state FROM inbound"))
    assert states == Counter(accepted=wanted), states
    bursts = wanted // REPS
    sightings = ask(place, "SELECT count(*), sum(CASE WHEN is_duplicate THEN 1 ELSE 0 END) FROM sighting")[0]
    assert tuple(map(int, sightings)) == (wanted + bursts, bursts), sightings
    rows = ask(place, "SELECT count(*) FROM visits WHERE state = 'landed'")[0][0]
    assert rows == 2 * wanted, f"{rows} rows instead of {2 * wanted}"
    answers = ask(place, "SELECT message_id, unknowns, kind, state FROM outbox")
    assert Counter(row.state for row in answers) == Counter(sent=len(answers)), answers
    kinds = Counter(row.kind for row in answers)
    assert kinds == Counter(report=wanted, weekly=1), kinds
    taken = Counter(one.message_id for one in place.sent)
    missing = {row.message_id for row in answers} - taken.keys()
    assert not missing, f"never sent: {missing}"
    again = {row.message_id: taken[row.message_id] - 1 - row.unknowns for row in answers}
    twice = {one: number for one, number in again.items() if number > 0}
    assert not twice, f"sent twice without need: {twice}"
    copies = sum(taken.values()) - len(taken)
    assert copies <= deaths, f"{copies} copies after {deaths} deaths"
    overlaps = _overlaps([task for task, _ in two.running])
    assert not overlaps, f"two at one mailbox: {overlaps}"
    return {
        "messages": wanted,
        "mails": len(answers),
        "copies": copies,
        "lost": 0,
        "twice": 0,
        "missing": 0,
        "polls of two at once": 0,
        "digests again": 0,
    }


def _overlaps(tasks: Sequence[Task]) -> list[tuple[float, float]]:
    """Return when one service was within a poll while another was."""
    spans: list[tuple[float, float, str]] = []
    for task in tasks:
        began: float | None = None
        for at, point in dying.instants(task, Point.FOLDER_OPENED, Point.SETTLED, Point.POLL_NOTED):
            if point == Point.FOLDER_OPENED:
                began = at
            elif point == Point.POLL_NOTED and began is not None:
                spans.append((began, at, task.name))
                began = None
    spans.sort()
    return [(later[0], former[1]) for former, later in itertools.pairwise(spans) if later[0] < former[1]]


# ---- the trials --------------------------------------------------------------------------------


def shared(stage: Stage, seed: int) -> Counts:
    """Both live; each does a part of the work."""
    lot = random.Random(seed)
    with pair(stage) as two:
        two.start(Fate(lease=LEASE, digests=1))
        two.start(Fate(lease=LEASE, digests=1))
        # more than one of them works off before the other looks again
        for _ in range(BURSTS):
            two.burst()
            two.burst()
            time.sleep(lot.uniform(0.0, 0.3))
        two.rest()
        two.end()
        counts = check(two, 0)
        worked = [passed[Point.CLAIMED] for passed in two.passings()]
        assert all(worked), f"one of them did nothing: {worked}"
        polls = [passed[Point.FOLDER_OPENED] for passed in two.passings()]
        return dict(counts) | {"pairs": 1, "worked by the idler": min(worked), "polls": sum(polls)}


def killed(stage: Stage, fate: Fate, seconds: float = 0.0, *, is_later: bool = False) -> Counts:
    """
    One dies at its *fate* or after *seconds*; the other goes on; a third takes the dead one's place.

    *is_later*: the one that dies is started second.
    """
    other = Fate(lease=LEASE, digests=1, elsewhere=fate.elsewhere)
    with pair(stage) as two:
        started = [two.start(one) for one in ((other, fate) if is_later else (fate, other))]
        doomed = started[int(is_later)]
        two.burst()
        if fate.point:
            for _ in range(BURSTS - 2):
                doomed.join(4)
                if doomed.exitcode is None:
                    two.burst()
        else:
            time.sleep(seconds)
        is_at_point = doomed.exitcode is not None
        if not is_at_point:
            doomed.kill()  # the other came by the point each time
        assert dying.end_of(doomed, 10) == -signal.SIGKILL
        two.burst()
        two.rest()
        two.start(Fate(lease=LEASE, digests=1))
        two.burst()
        two.rest()
        two.end()
        counts = check(two, 1)
        return dict(counts) | {"kills": 1, "kills at a point": int(is_at_point)}


def trials(stage: Stage) -> Iterable[Trial]:
    """Return every death, of a service on this machine and of one on another, and pairs that live."""
    del stage
    lot = random.Random(6)
    for number in range(6):
        yield Trial(f"shared/{number}", partial(shared, seed=number))
    for is_later in (False, True):
        for number, point in enumerate(KILLED_AT):
            fate = Fate(point, lease=LEASE, digests=1, elsewhere=number % 2 == is_later)
            which = "second" if is_later else "first"
            yield Trial(f"killed/{point}/{which}", partial(killed, fate=fate, is_later=is_later))
    for number in range(MOMENTS):
        seconds = round(lot.uniform(0.3, 4.0), 2)
        fate = Fate(lease=LEASE, digests=1, elsewhere=bool(number % 2))
        yield Trial(f"moment/{number}/{seconds}", partial(killed, fate=fate, seconds=seconds, is_later=number % 4 > 1))


SWEEP = Sweep(
    id="services",
    title="Two services on one PostgreSQL",
    bar=(
        "they share the work without a double poll, a double answer or a double digest; either may be killed at any "
        "moment: nothing lost, counted twice or unanswered"
    ),
    trials=trials,
    broken=(
        "With leases taken over from the living too (services/leases.py), two services said: 3 copies after 0 deaths."
    ),
    zeros=("lost", "twice", "missing", "polls of two at once", "digests again"),
    least={"pairs": 6, "kills": 35, "kills at a point": 10, "messages": 500},
    remarks=(
        "Reports come in bursts, one of each twice, and a weekly digest is due. Half of the services that die seem to "
        "run on another machine, so that the other has to wait for the end of their lease (six seconds here). A mail "
        "goes out once more only where one was killed while it was half-sent, under the same Message-ID."
    ),
)
