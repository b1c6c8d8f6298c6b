"""Whom to remind that a report is not here, and which manager hears whose have been missing for days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from daysheet.digests.discipline import Owed, RepDay, Standing, standing_of
from daysheet.model.digests import Escalation, Missing, Reminder
from daysheet.model.organisation import Organisation, Posting, Reports
from daysheet.model.people import Person
from daysheet.services import discipline
from daysheet.services.discipline import Arrived
from daysheet.services.tools import Tools
from daysheet.store import discipline as store
from daysheet.store.engine import Connection

LOOKS_BACK = timedelta(days=31)
"""Earlier days that a reminder still asks for."""
MOST_DAYS = 10
"""Earlier days it names."""
MOST_REPS = 20
"""Reps an escalation names; the others are counted."""
_DAY = timedelta(days=1)


# ---- to a rep ----------------------------------------------------------------------------------


def reminders(
    connection: Connection, tools: Tools, organisation: Organisation, receivers: Sequence[Person], now: datetime
) -> Iterator[tuple[Person, Reminder]]:
    """
    Yield what to tell those of *receivers* whose next report due is not here, by id.

    Nobody is told on a day off, or while the day at stake is one of leave.
    """
    rules = discipline.rules_of(connection, tools, organisation)
    ids = {person.id for person in receivers if person.is_active}
    today = now.astimezone(UTC).date()
    first, last = today - LOOKS_BACK, today + _DAY
    for one in discipline.arrived(connection, tools, organisation, first, last, ids):
        if _works_today(organisation, one.person, now):
            owed = list(rules.owed(one.person, first, last))
            told = _reminder(tools, organisation, one, owed, now)
            if told is not None:
                yield one.person, told


def _reminder(
    tools: Tools, organisation: Organisation, arrived: Arrived, owed: Sequence[Owed], now: datetime
) -> Reminder | None:
    person, today = arrived.person, _today(organisation, arrived.person, now)
    waiting = [one for one in owed if one.cut_off_at > now and one.day <= today]
    at_stake = min(waiting, key=lambda one: one.cut_off_at, default=None)
    if at_stake is None or _stands(at_stake, arrived, now).standing is not Standing.PENDING:
        return None
    missing = [one.day for one in owed if _stands(one, arrived, now).standing is Standing.MISSING]
    until = at_stake.cut_off_at.astimezone(ZoneInfo(organisation.zone_of(person, at_stake.posting)))
    return Reminder(
        language=organisation.language_of(person, tools.house.language),
        name=person.name,
        day=at_stake.day,
        cut_off=f"{until:%H:%M}",
        cut_off_on=until.date(),
        missing=tuple(sorted(missing, reverse=True)[:MOST_DAYS]),
    )


def _stands(owed: Owed, arrived: Arrived, now: datetime) -> RepDay:
    return standing_of(owed, arrived.sendings, arrived.leaves, now)


def _today(organisation: Organisation, person: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(organisation.zone_of(person))).date()


def _works_today(organisation: Organisation, person: Person, now: datetime) -> bool:
    today = _today(organisation, person, now)
    return organisation.calendar_of(_stands_now(organisation, person, now)).is_workday(today)


# ---- to a manager ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Absent:
    """A rep whose reports have been missing, and whose turn it is to ask."""

    manager_id: int
    rep_id: int
    missing: Missing


def escalations(
    connection: Connection, tools: Tools, organisation: Organisation, receivers: Sequence[Person], now: datetime
) -> Iterator[tuple[Person, Escalation]]:
    """
    Yield what to tell those of *receivers* whose reps' reports have been missing for too long, in their order.

    A rep is told of to one manager, the nearest above. Nobody is told on a day off.
    """
    told = [person for person in receivers if person.is_active and _works_today(organisation, person, now)]
    by_manager: dict[int, list[_Absent]] = {}
    for absent in _absent(connection, tools, organisation, {person.id for person in told}, now):
        by_manager.setdefault(absent.manager_id, []).append(absent)
    named = {
        manager_id: sorted(some, key=lambda one: (-len(one.missing.days), one.missing.team, one.missing.number))
        for manager_id, some in by_manager.items()
    }
    ids = [one.rep_id for some in named.values() for one in some[:MOST_REPS]]
    last = store.last_reported(connection, ids)
    for person in told:
        some = named.get(person.id)
        if some:
            shown = tuple(replace(one.missing, last_on=last.get(one.rep_id)) for one in some[:MOST_REPS])
            language = organisation.language_of(person, tools.house.language)
            today = _today(organisation, person, now)
            yield person, Escalation(language, person.name, today, shown, more=len(some) - len(shown))


def _absent(
    connection: Connection, tools: Tools, organisation: Organisation, managers: set[int], now: datetime
) -> Iterator[_Absent]:
    answer_to = {rep_id: found for rep_id, found in _answer_to(organisation, now).items() if found in managers}
    if not answer_to:
        return
    rules = discipline.rules_of(connection, tools, organisation)
    after = tools.policy.escalate_after
    last = now.astimezone(UTC).date() + _DAY
    first = last - _reach(organisation, answer_to, after)
    for one in discipline.arrived(connection, tools, organisation, first, last, answer_to.keys()):
        due = (owed for owed in rules.owed(one.person, first, last) if owed.cut_off_at <= now)
        days = missed_in_a_row(_stands(owed, one, now) for owed in due)
        if len(days) >= after:
            person = one.person
            stands = _stands_now(organisation, person, now)
            team = stands.team if stands else ""
            yield _Absent(answer_to[person.id], person.id, Missing(person.name, person.number, team, days))


def _stands_now(organisation: Organisation, person: Person, now: datetime) -> Posting | None:
    """Return where *person* stands: a move that is known of and still to come is none yet."""
    return organisation.posting_on(person.id, _today(organisation, person, now))


def _answer_to(organisation: Organisation, now: datetime) -> dict[int, int]:
    """Return rep → nearest manager, of those who owe reports and are still there."""
    found = {}
    for person in organisation.people.values():
        if person.is_active and organisation.owes(person) is not Reports.NONE:
            stands = _stands_now(organisation, person, now)
            manager = organisation.manager_of(stands) if stands else None
            if manager is not None:
                found[person.id] = manager.id
    return found


def _reach(organisation: Organisation, reps: Mapping[int, int], after: int) -> timedelta:
    """Return how far back to look to find *after* reports owed, holidays and some leave between them."""
    is_weekly = any(organisation.owes(organisation.people[rep_id]) is Reports.WEEKLY for rep_id in reps)
    return LOOKS_BACK + timedelta(days=(7 if is_weekly else 2) * after)


def missed_in_a_row(days: Iterable[RepDay]) -> tuple[date, ...]:
    """
    Return the days missed in a row at the end of *days*.

    A day of leave neither counts nor ends the row.
    """
    row: list[date] = []
    for one in days:
        if one.standing is Standing.MISSING:
            row.append(one.day)
        elif one.standing is not Standing.LEAVE:
            row = []
    return tuple(row)
