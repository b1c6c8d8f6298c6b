"""R1: the process is killed at every named point, at every message that comes by there."""

import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from daysheet.points import Point
from tests.reliability import crashes
from tests.reliability.crashes import Place
from tests.reliability.dying import Fate
from tests.reliability.frame import Counts, Stage, Sweep, Trial

REPS = 2  # eight mails
OF_A_BATCH = (Point.SPOOLED, Point.RECORDED, Point.MOVING, Point.MOVED, Point.GONE, Point.SETTLED)
"""Points come by once for all messages of a batch: tried with one message a batch too, so that each comes by."""
UNMARKED = frozenset({Point.MAIL_ACCEPTED, Point.MAIL_MARKED})
"""The server has the mail, and no committed mark says so: the only stretch in which it is sent once more."""
WHOLE, SINGLE = "", "-single"
LEAST = {"kills": 200, "points": 20}
"""On each database; a point counts once, where its first passing kills."""


def kill(stage: Stage, database: str, point: Point, number: int, batch: int | None) -> Counts:
    """Kill the process, start another, and hold what became of the mails against an undisturbed run."""
    return crashes.once(
        partial(_killed, database=database, fate=Fate(point, number, batch=batch)),
        crashes.place(stage, database, REPS),
    )


def _killed(place: Place, database: str, fate: Fate) -> Counts:
    wanted = crashes.reference(place.stage, database, REPS)
    place.sent.clear()
    _, code = place.run(fate)
    assert code == -signal.SIGKILL, f"it was not killed but ended {code}"
    before = Counter(one.message_id for one in place.sent)
    books = place.settle()
    is_unmarked = fate.point in UNMARKED
    last = place.sent[sum(before.values()) - 1].message_id if is_unmarked else ""
    extra = crashes.check(place, books, wanted, {last: 1})
    assert extra == is_unmarked, f"{extra} mails were sent once more"
    is_first = fate.number == 1 and fate.batch is None
    return {
        f"kills on {database}": 1,
        f"points on {database}": int(is_first),
        "extra": extra,
        "lost": 0,
        "twice": 0,
        "left": 0,
        "missing": 0,
    }


def trials(stage: Stage) -> Iterable[Trial]:
    """Return a trial for each point and each time it is come by, of both databases by turns."""
    passings = {
        (database, batch): crashes.reference(stage, database, REPS, batch).passings
        for database in crashes.DATABASES
        for batch in (None, 1)
    }
    most = max(max(counted.values()) for counted in passings.values())
    for number in range(1, most + 1):
        for point in Point:
            for database in crashes.DATABASES:
                yield from _of(database, point, number, passings)


def _of(
    database: str, point: Point, number: int, passings: dict[tuple[str, int | None], Counter[str]]
) -> Iterator[Trial]:
    for batch, mark in ((None, WHOLE), (1, SINGLE)):
        if number <= passings[(database, batch)][point] and (batch is None or point in OF_A_BATCH):
            key = f"{database}/{point}{mark}/{number}"
            yield Trial(key, partial(kill, database=database, point=point, number=number, batch=batch))


SWEEP = Sweep(
    id="R1",
    title="Killed at every named point, at every message",
    bar=(
        "at least 200 kills at at least 20 points on each database: nothing lost, counted twice, left in the inbox "
        "or unanswered; every trial kills"
    ),
    trials=trials,
    broken=(
        "With a batch moved out of the mailbox before it is recorded (services/receive.py), the kill at the point "
        "spooled said on both databases: messages lost."
    ),
    zeros=("lost", "twice", "left", "missing"),
    least={f"{what} on {database}": least for what, least in LEAST.items() for database in crashes.DATABASES},
)
