"""R3: where a process is killed while it sends a mail, and where that mail goes out once more."""

import signal
from collections.abc import Iterable
from functools import partial

from daysheet.points import Point
from tests.reliability import crashes
from tests.reliability.crashes import Place
from tests.reliability.dying import Fate
from tests.reliability.frame import Counts, Stage, Sweep, Trial
from tests.reliability.r01_kills import REPS, UNMARKED

POINTS = (
    Point.MAIL_QUEUED,
    Point.MAIL_CLAIMED,
    Point.MAIL_MADE,
    Point.MAIL_ACCEPTED,
    Point.MAIL_MARKED,
    Point.MAIL_SENT,
    Point.SENDING_RESUMED,
)
"""The way of a mail, from the transaction that queues it to the commit that says it is sent."""
KILLS = (1, 2)
"""How often in a row a process is killed over one mail; the third time it would be held for a person."""


def kill(stage: Stage, database: str, point: Point, number: int, kills: int) -> Counts:
    """Kill processes over one mail, *kills* in a row, and count the copies of each mail that the server was given."""
    return crashes.once(
        partial(_killed, database=database, point=point, number=number, kills=kills),
        crashes.place(stage, database, REPS),
    )


def _killed(place: Place, database: str, point: Point, number: int, kills: int) -> Counts:
    wanted = crashes.reference(place.stage, database, REPS)
    place.sent.clear()
    given: list[str] = []
    for time in range(kills):
        # the mail it died over is the first one that the next process sends
        _, code = place.run(Fate(point, number if time == 0 else 1))
        assert code == -signal.SIGKILL, f"it was not killed but ended {code}"
        given.append(place.sent[-1].message_id if place.sent else "")
    allowed = {given[0]: kills} if point in UNMARKED else {}
    extra = crashes.check(place, place.settle(), wanted, allowed)
    assert extra == sum(allowed.values()), f"{extra} copies"
    return {
        f"kills on {database}": kills,
        "copies where the server had it and no mark said so": extra if point in UNMARKED else 0,
        "copies elsewhere": 0 if point in UNMARKED else extra,
        "under another Message-ID": 0,
        "missing": 0,
    }


def trials(stage: Stage) -> Iterable[Trial]:
    """Return a trial for each mail and each point on its way, of both databases by turns."""
    most = {database: crashes.reference(stage, database, REPS).passings for database in crashes.DATABASES}
    for number in range(1, max(most["sqlite"][point] for point in POINTS) + 1):
        for point in POINTS:
            for database in crashes.DATABASES:
                for kills in KILLS if point in UNMARKED else (1,):
                    if number <= most[database][point]:
                        key = f"{database}/{point}/{number}/{kills}"
                        yield Trial(key, partial(kill, database=database, point=point, number=number, kills=kills))


SWEEP = Sweep(
    id="R3",
    title="When a mail goes out twice",
    bar=(
        "only where the server had accepted it and the process died before that was committed; under the same "
        "Message-ID, to the same people, once more for each death; anywhere else never"
    ),
    trials=trials,
    broken=(
        "With marks that are gathered and committed at the next pass (services/outbox.py), kills at the points "
        "mail-made and mail-sent said: sent twice without need."
    ),
    zeros=("copies elsewhere", "under another Message-ID", "missing"),
    least={"kills on sqlite": 40, "kills on postgresql": 40, "copies where the server had it and no mark said so": 40},
    remarks=(
        "Every mail of the story of eight is killed at every point on its way; at the two points of that stretch also "
        "twice in a row. A mail that was handed over three times without a word is held for a person."
    ),
)
