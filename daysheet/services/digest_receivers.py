"""Who gets which mail by the clock."""

from collections.abc import Iterable, Mapping
from datetime import date

from daysheet.model.digests import DigestKind
from daysheet.model.organisation import Organisation, Reports
from daysheet.model.people import Person, Role

TO_REPS = frozenset({DigestKind.MORNING, DigestKind.REMINDER})
TO_MANAGERS = frozenset({DigestKind.ESCALATION, DigestKind.WEEKLY, DigestKind.MONTHLY})
ON_WORKDAYS = frozenset({DigestKind.MORNING, DigestKind.REMINDER, DigestKind.ESCALATION, DigestKind.STEWARD})


def eligible(organisation: Organisation, kind: DigestKind, day: date) -> tuple[Person, ...]:
    """
    Return everybody whom *kind* is for and who has an address, by id: reps who owe reports, managers, stewards.

    A manager is who has somebody below them on *day*, whatever their role is called.
    """
    people: Iterable[Person] = (one for one in organisation.people.values() if one.is_active and one.address)
    if kind in TO_REPS:
        people = (one for one in people if organisation.owes(one) is not Reports.NONE)
    elif kind in TO_MANAGERS:
        heads = _heads(organisation, day)
        people = (one for one in people if one.id in heads)
    else:
        people = (one for one in people if one.role is Role.STEWARD)
    return tuple(sorted(people, key=lambda one: one.id))


def _heads(organisation: Organisation, day: date) -> frozenset[int]:
    found: set[int] = set()
    for person in organisation.people.values():
        posting = organisation.posting_on(person.id, day) if person.is_active else None
        if posting is not None:
            found |= organisation.above(posting)
    return frozenset(found)


def works(organisation: Organisation, person: Person, day: date) -> bool:
    """Say whether *day* is worked where *person* stands."""
    return organisation.calendar_of(organisation.posting_on(person.id, day)).is_workday(day)


def expecting(
    organisation: Organisation, kind: DigestKind, day: date, choices: Mapping[int, bool]
) -> tuple[Person, ...]:
    """Return those of the eligible who want it, by their own *choices*, and work on *day* where that matters."""
    return tuple(
        one
        for one in eligible(organisation, kind, day)
        if (not kind.is_optional or choices.get(one.id, kind.is_wanted))
        and (kind not in ON_WORKDAYS or works(organisation, one, day))
    )


def why_not(person: Person, kind: DigestKind) -> str:
    """Return why *kind* is not for a person who is not eligible."""
    if not person.is_active:
        return "no longer active"
    if not person.address:
        return "no address is known"
    if kind in TO_REPS:
        return "owes no reports"
    return "nobody reports to them" if kind in TO_MANAGERS else "is no steward"
