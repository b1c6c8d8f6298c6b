"""
Reps who used to report and have fallen silent.

The rules are those of discipline: what is owed, what was leave, which days are worked where the rep stands.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from daysheet.digests.discipline import RepDay, Standing
from daysheet.model.alarms import AlarmKind, Condition, saying
from daysheet.model.organisation import Organisation, Reports
from daysheet.model.people import Person
from daysheet.services import discipline
from daysheet.services import organisation as organisations
from daysheet.services.reminding import missed_in_a_row
from daysheet.services.tools import Tools
from daysheet.store import alarms

REPORTED_WITHIN = timedelta(days=28)
"""Who sent nothing in this time before the first missing report did not use to."""
_WEEK = 5
"""Workdays that a weekly report stands for."""


def find(tools: Tools, now: datetime) -> Iterator[Condition]:
    """
    Yield a condition for everybody who has fallen silent: a few queries, however many they are.

    Who has been told of stays so until a report comes, however long that takes.
    """
    most = tools.alarm_limits.silent_rep_days
    last = now.astimezone(UTC).date() + timedelta(days=1)
    # twice as many days as workdays, and a fortnight: holidays and leave lie between
    first = last - REPORTED_WITHIN - timedelta(days=2 * most + 14)
    with tools.database.reading() as connection:
        organisation = organisations.load(connection, tools)
        told = {one.subject: one.detail for one in alarms.open_of(connection, AlarmKind.REP_SILENT)}
        asked = [one.id for one in organisation.people.values() if _is_there(organisation, one, now)]
        days: list[RepDay] = []
        for one in discipline.rep_days(connection, tools, organisation, first, last, now, asked):
            if days and days[0].person_id != one.person_id:
                yield from _silent(organisation, days, most, told)
                days = []
            days.append(one)
        if days:
            yield from _silent(organisation, days, most, told)


def _is_there(organisation: Organisation, person: Person, now: datetime) -> bool:
    """Say whether somebody owes reports and has not left, nor is known to leave by now."""
    if not person.is_active or organisation.owes(person) is Reports.NONE:
        return False
    today = now.astimezone(UTC).date()
    stands = organisation.posting_on(person.id, today)
    return stands is not None and stands.holds(today)


def _silent(organisation: Organisation, days: list[RepDay], most: int, told: Mapping[str, str]) -> Iterator[Condition]:
    person = organisation.people[days[0].person_id]
    due = [one for one in days if one.standing is not Standing.PENDING]
    if not due or due[-1].standing is Standing.LEAVE:
        return
    missed = missed_in_a_row(due)
    weight = _WEEK if organisation.owes(person) is Reports.WEEKLY else 1
    if len(missed) * weight < most:
        return
    if person.number in told:
        yield Condition(AlarmKind.REP_SILENT, person.number, told[person.number])
        return
    came = [one.day for one in due if one.standing in (Standing.ON_TIME, Standing.LATE) and one.day < missed[0]]
    if came and missed[0] - came[-1] <= REPORTED_WITHIN:
        yield Condition(AlarmKind.REP_SILENT, person.number, saying("last-report", day=f"{came[-1]:%F}"))
