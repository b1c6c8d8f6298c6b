"""Who may decide about customers."""

from daysheet.errors import NotAllowed, UsageError
from daysheet.model.memory import OPERATOR, Actor
from daysheet.model.people import Role
from daysheet.store import people
from daysheet.store.engine import Connection

MAY_DECIDE = frozenset({Role.STEWARD, Role.ADMIN})


def actor(connection: Connection, number: str | None) -> Actor:
    """
    Return who decides: the employee *number*, or whoever runs the command line.

    Raises UsageError for an unknown number, NotAllowed for one that may not decide.
    """
    if not number:
        return OPERATOR
    person = people.find_by_number(connection, number)
    if person is None:
        raise UsageError(f"nobody has the employee number {number!r}; see: daysheet people import")
    if person.role not in MAY_DECIDE or not person.is_active:
        state = person.role if person.is_active else "no longer active"
        raise NotAllowed(
            f"{person.name} ({number}) is {state}; only stewards and administrators decide about customers"
        )
    return Actor(person.number, person.id)
