"""
Give the customers of a list to whom it names.

Only who has no owner gets one: whoever looks after a customer already keeps it, and a hand-over is done
in the console. So the same list again changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daysheet.model.people import Person
from daysheet.services.customer_people import OWNER, may_hold
from daysheet.store import assignments, merges, people
from daysheet.store.assignments import Held
from daysheet.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Named:
    """A line that names an owner, *owner* being as it was written."""

    row: int
    name: str
    customer_id: int
    owner: str


@dataclass(frozen=True, slots=True)
class Told:
    """A line whose owner was not set, and why."""

    line: Named
    outcome: str  # owner unknown, owner kept
    note: str


class Owners:
    """Everybody of the organisation, by employee number and by name; read once for a list."""

    def __init__(self, everybody: Iterable[Person]) -> None:
        self._by_id: dict[int, Person] = {}
        self._by_number: dict[str, Person] = {}
        self._by_name: dict[str, list[Person]] = {}
        for one in everybody:
            self._by_id[one.id] = one
            self._by_number[one.number.casefold()] = one
            if may_hold(one):
                self._by_name.setdefault(one.name, []).append(one)

    @classmethod
    def of(cls, connection: Connection) -> "Owners":
        """Read everybody."""
        return cls(people.all_people(connection))

    def find(self, written: str) -> Person | str:
        """Return who is meant by an employee number or a name, or why nobody is."""
        found = self._by_number.get(written.casefold())
        if found is not None:
            return found if may_hold(found) else f"{found.name} ({found.number}) may not be given customers"
        named = self._by_name.get(written, [])
        if len(named) == 1:
            return named[0]
        if named:
            numbers = ", ".join(sorted(one.number for one in named))
            return f"{len(named)} people are called {written}: write the employee number ({numbers})"
        return f"{written!r} is nobody's employee number or name; see: daysheet people import"

    def called(self, person_id: int) -> str:
        """Return somebody's name and number."""
        return f"{self._by_id[person_id].name} ({self._by_id[person_id].number})"


def give(connection: Connection, owners: Owners, named: Sequence[Named], on: date) -> tuple[int, list[Told]]:
    """
    Let those who are *named* look after their customers from a day on, where nobody does; the first line counts.

    Returns how many customers were given, and the lines of which none was.
    """
    roots = merges.roots_of(connection, {line.customer_id for line in named})
    standing = _by_root(assignments.standing_of(connection, set(roots.values())))
    holders = {root: one.person_id for root, some in standing.items() for one in reversed(some) if one.role == OWNER}
    over: list[int] = []
    begun: list[tuple[int, int, date | None]] = []
    told: list[Told] = []
    for line in sorted(named, key=lambda line: line.row):
        person, root = owners.find(line.owner), roots[line.customer_id]
        if isinstance(person, str):
            told.append(Told(line, "owner unknown", person))
        elif root not in holders:
            holders[root] = person.id
            mine = [one for one in standing.get(root, ()) if one.person_id == person.id]  # took part until now
            over += [one.id for one in mine]
            last = max((one.last_report_on for one in mine if one.last_report_on), default=None)
            begun.append((line.customer_id, person.id, last))
        elif holders[root] != person.id:
            note = f"{owners.called(holders[root])} looks after it; not given to {person.name} ({person.number})"
            told.append(Told(line, "owner kept", note))
    assignments.end(connection, over, on)
    assignments.give(connection, begun, "import", on)
    return len(begun), told


def _by_root(held: Iterable[Held]) -> Mapping[int, Sequence[Held]]:
    found: dict[int, list[Held]] = {}
    for one in held:
        found.setdefault(one.root_id, []).append(one)
    return found
