"""
The morning mail to a rep: the workbook for today where no answer has brought one, and what came back.

For all receivers in a fixed number of queries per some hundreds of them; the workbook itself is made
when the mail is sent.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from daysheet.digests.discipline import Standing
from daysheet.model.calendars import FURTHEST
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.returns import Morning
from daysheet.services import discipline, returns
from daysheet.services.returns import Asked
from daysheet.services.tools import Tools
from daysheet.store import told
from daysheet.store.engine import CHUNK, Connection, chunks

_DAY = timedelta(days=1)


def build(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    receivers: Sequence[Person],
    day: date,
    now: datetime,
) -> Iterator[tuple[Person, Morning]]:
    """
    Yield the morning mails of *day*, in the order of *receivers*.

    One gets none on a day off, or where an answer has brought the next day's workbook since the morning
    before and nothing was decided that has not been told. A marked one is of the day before: whoever got
    only that needs today's.
    """
    for some in chunks(receivers, CHUNK):
        yield from _build(connection, tools, organisation, some, day, now)


def _build(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    receivers: Sequence[Person],
    day: date,
    now: datetime,
) -> Iterator[tuple[Person, Morning]]:
    at_work = _at_work(connection, tools, organisation, receivers, day, now)
    lately = told.lately(connection, [one.id for one in at_work], now - returns.LOOKED_BACK)
    since = {one.id: returns.told_at(lately[one.id], now) for one in at_work}
    needs = {
        one.id
        for one in at_work
        if (supplied_at := lately[one.id].supplied_at) is None
        or supplied_at < _morning_before(organisation, one, day, now)
    }
    others = {rep: at for rep, at in since.items() if rep not in needs}
    wanted = needs | returns.decided_since(connection, tools, others)
    asked = [
        Asked(one, since[one.id], organisation.language_of(one, tools.house.language))
        for one in at_work
        if one.id in wanted
    ]
    came = returns.of_reps(connection, tools, organisation, asked, day - _DAY, now) if asked else {}
    for one in asked:
        rep = one.person
        yield rep, Morning(one.language, rep.name, rep.number, day, came[rep.id], has_workbook=rep.id in needs)


def _at_work(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    receivers: Sequence[Person],
    day: date,
    now: datetime,
) -> list[Person]:
    """Return those for whom *day* is a workday and no leave."""
    ids = [one.id for one in receivers]
    days = discipline.rep_days(connection, tools, organisation, day, day, now, ids)
    off = {one.person_id for one in days if one.standing is Standing.LEAVE}
    return [one for one in receivers if one.id not in off and _works(organisation, one, day)]


def _works(organisation: Organisation, person: Person, day: date) -> bool:
    return organisation.calendar_of(organisation.posting_on(person.id, day)).is_workday(day)


def _morning_before(organisation: Organisation, person: Person, day: date, now: datetime) -> datetime:
    """Return the instant a workday earlier at which it was as late as it is *now* where *person* is."""
    zone = ZoneInfo(organisation.zone_of(person))
    earlier = (day - _DAY * number for number in range(1, FURTHEST + 1))
    before = next((one for one in earlier if _works(organisation, person, one)), day - _DAY)
    return datetime.combine(before, now.astimezone(zone).time(), zone)
