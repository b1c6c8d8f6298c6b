"""A rep's own work: which customers wait for a visit, and what the month has come to so far."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from daysheet.digests import cadence
from daysheet.digests.cadence import Promise
from daysheet.digests.discipline import Standing
from daysheet.model.calendars import WorkCalendar
from daysheet.model.organisation import Organisation
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.returns import Overdue
from daysheet.services import discipline
from daysheet.services.tools import Tools
from daysheet.store import rep_figures
from daysheet.store.engine import Connection
from daysheet.store.rep_figures import Owned

MOST_OVERDUE = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """The customers that have waited longest, and how many more there are."""

    overdue: tuple[Overdue, ...] = ()
    more: int = 0


# ---- customers to visit --------------------------------------------------------------------------


def overdue(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    reps: Collection[int],
    until: date,
) -> dict[int, Waiting]:
    """Return the own customers of each rep that were visited less than promised, the furthest behind first."""
    day = Period.of(PeriodKind.DAY, until)
    promised = _promises(tools, organisation, reps, day)
    own = list(rep_figures.owned(connection, reps, tools.policy.cadence))
    begins = sorted({cadence.window(said, day)[0] for said in tools.policy.cadence.values()})
    visited = rep_figures.visits(connection, tools.tables, [one.root_id for one in own], begins, until) if own else {}
    short: dict[int, list[tuple[Owned, Promise, int, date | None]]] = {}
    for one in own:
        promise = promised[one.person_id][one.level]
        made = visited.get(one.root_id)
        done = made.counts[begins.index(promise.first)] if made else 0
        if promise.is_short(done):
            short.setdefault(one.person_id, []).append((one, promise, done, made.last_on if made else None))
    for some in short.values():
        some.sort(key=_urgency)
    shown = {rep: some[:MOST_OVERDUE] for rep, some in short.items()}
    unseen = {one.root_id for some in shown.values() for one, _, _, last_on in some if last_on is None}
    last = rep_figures.last_visits(connection, tools.tables, unseen) if unseen else {}
    return {
        rep: Waiting(
            tuple(_line(one, promise, done, on or last.get(one.root_id), until) for one, promise, done, on in some),
            len(short[rep]) - len(some),
        )
        for rep, some in shown.items()
    }


def _urgency(short: tuple[Owned, Promise, int, date | None]) -> tuple[float, str, date, str]:
    one, promise, done, last_on = short
    return done / promise.visits, one.level, last_on or one.reported_on or date.min, one.name


def _line(one: Owned, promise: Promise, done: int, last_on: date | None, until: date) -> Overdue:
    days = (until - last_on).days if last_on is not None else 0
    within = (promise.last - promise.first).days + 1
    return Overdue(one.name, one.level, last_on, done, promise.visits, days, within)


def _promises(
    tools: Tools, organisation: Organisation, reps: Collection[int], day: Period
) -> dict[int, dict[str, Promise]]:
    """Return what is promised to each rep's customers by level: by the calendar that counts where the rep stands."""
    made: dict[int, dict[str, Promise]] = {}
    found = {}
    for rep in reps:
        calendar: WorkCalendar = organisation.calendar_of(organisation.posting_on(rep, day.last))
        if id(calendar) not in made:
            made[id(calendar)] = cadence.promises(tools.policy.cadence, day, calendar)
        found[rep] = made[id(calendar)]
    return found


# ---- the month so far ----------------------------------------------------------------------------


def months(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    reps: Collection[int],
    first: date,
    until: date,
    now: datetime,
) -> dict[int, dict[str, int]]:
    """Return each rep's figures of the month up to *until*, under the names of ``model/figures``."""
    found = rep_figures.month(connection, tools.tables, reps, first, until)
    for one in discipline.rep_days(connection, tools, organisation, first, until, now, reps):
        if one.person_id in reps and one.standing is not Standing.PENDING:
            counted = found[one.person_id]
            for name in ("discipline.due", f"discipline.{one.standing}"):
                counted[name] = counted.get(name, 0) + 1
    return found
