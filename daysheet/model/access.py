"""Who may do what in the console, and how much of the customers they see (data.md 10)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from daysheet.model.people import Person, Role


class Right(StrEnum):
    """What a page or a form asks of whoever opens it."""

    READ = "read"  # look at customers, rows and figures
    DECIDE = "decide"  # questions, repairs, merges, hand-overs
    ADMINISTER = "administer"  # people, audit, mailboxes


_RIGHTS = {
    Role.MANAGER: frozenset({Right.READ}),
    Role.STEWARD: frozenset({Right.READ, Right.DECIDE}),
    Role.ADMIN: frozenset(Right),
}


def rights_of(role: Role) -> frozenset[Right]:
    """Return what a role may do; reps and assistants have mail only."""
    return _RIGHTS.get(role, frozenset())


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Whose customers, rows and messages one sees: everybody's, or those of *person_ids*.

    A customer is seen by whoever sees one of its owners or participants. What is nobody's is seen
    only by those who see all.
    """

    sees_all: bool = False
    person_ids: frozenset[int] = frozenset()


EVERYTHING = Scope(sees_all=True)


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. *regions* and *teams* limit one who does not see all; a manager sees their people."""

    person: Person
    sees_all: bool = False
    regions: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    has_password: bool = False
    is_disabled: bool = False
    created_at: datetime | None = None

    @property
    def may_enter(self) -> bool:
        """True where this person may use the console at all."""
        return not self.is_disabled and self.person.is_active and bool(rights_of(self.person.role))
