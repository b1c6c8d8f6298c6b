"""Whose reports came, and in time: what arrived, put to the rules of ``digests/discipline.py``."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from daysheet.digests.discipline import LONGEST_LEAVE, REACH, Discipline, Leave, RepDay
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.services.tools import Tools
from daysheet.store import discipline as store
from daysheet.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a rep has sent: the first usable sending of each day, and leave."""

    person: Person
    sendings: Mapping[date, datetime] = field(default_factory=dict)
    leaves: tuple[Leave, ...] = ()


def rules_of(connection: Connection, tools: Tools, organisation: Organisation) -> Discipline:
    """
    Return the rules by which everything about discipline is judged.

    Reports are owed from the day on that the first one was received, or from the day the settings
    name: a house that begins to use Daysheet owes nothing for the years before it.
    """
    since = tools.policy.owed_since
    if since is None:
        first = store.first_received_at(connection)
        since = first.astimezone(ZoneInfo(tools.house.zone)).date() if first else date.max
    return Discipline(organisation, tools.policy.cut_off, since)


def rep_days(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    first: date,
    last: date,
    now: datetime,
    people: Collection[int] | None = None,
) -> Iterator[RepDay]:
    """
    Yield how it stands with each report owed for days from *first* to *last*: by person's id, then by day.

    *people* None is everybody. A few queries, however many people; nothing is kept.
    """
    rules = rules_of(connection, tools, organisation)
    for one in arrived(connection, tools, organisation, first, last, people):
        yield from rules.rep_days(one.person, one.sendings, one.leaves, first, last, now)


def arrived(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    first: date,
    last: date,
    people: Collection[int] | None = None,
) -> Iterator[Arrived]:
    """Yield for everybody (of *people*), by id, what bears on reports owed for the days from *first* to *last*."""
    begin, end = first - REACH, last + REACH
    off: dict[int, list[Leave]] = {}
    for one in store.leaves(connection, tools.tables, tools.specs, begin, end, LONGEST_LEAVE, people):
        until = one.first if one.until is None else max(one.until, one.first)
        off.setdefault(one.rep_id, []).append(Leave(one.first, until))
    sent = store.first_sendings(connection, begin, end, people)
    number, sendings = next(sent, (None, {}))
    for person_id in sorted(organisation.people if people is None else set(people) & organisation.people.keys()):
        while number is not None and number < person_id:
            number, sendings = next(sent, (None, {}))
        own = sendings if number == person_id else {}
        yield Arrived(organisation.people[person_id], own, tuple(off.get(person_id, ())))
