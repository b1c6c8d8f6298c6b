"""Whose figures a manager is told: scopes, what is next below, what has changed since it was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daysheet.model.digests import REST, Restated, Topic, Unit
from daysheet.model.figures import Figures, Number, add, total
from daysheet.model.organisation import NOBODY, Organisation, Posting, Reports
from daysheet.model.people import Person

MOST_UNITS = 15
"""Lines of a breakdown; what is beyond is added up in one more."""
COMPANY_ONLY = "industry."
"""Names of figures that are told to whoever sees the whole company."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody is told of: these postings; *words* say what they are, "" where that is several things."""

    posting_ids: Sequence[int]
    words: str = ""
    sees_all: bool = False


class Scopes:
    """Everybody's scope, worked out once."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._below: dict[int, list[int]] = {}
        self._owned: dict[int, int] = {}
        self._held: dict[str, set[int]] = {}  # region or team → its postings, worked out when it is asked for
        self._led = 0
        self._led_by_nobody: set[int] = set()  # of those who report now
        for person_id, postings in organisation.postings.items():
            person = organisation.people[person_id]
            if person.is_active and organisation.owes(person) is not Reports.NONE:
                self._led_by_nobody |= set() if organisation.above(postings[-1]) else {person_id}
            for posting in postings:
                above = organisation.above(posting)
                self._led += bool(above)
                self._owned[posting.person_id] = self._owned.get(posting.person_id, 0) + bool(above)
                for person_id in above:
                    self._below.setdefault(person_id, []).append(posting.id)

    def of(self, person: Person) -> Scope:
        """Return whose figures *person* is told: everybody below, and their own; nobody where they lead nobody."""
        below = self._below.get(person.id, [])
        if not below:
            return Scope(())
        if self._is_top(person, len(below)):
            return Scope((NOBODY, *self._organisation.posting_by_id), sees_all=True)
        own = [posting.id for posting in self._organisation.postings.get(person.id, ())]
        return Scope((*below, *own), self._words(person) or self._exactly(set(below), set(own)))

    def _is_top(self, person: Person, below: int) -> bool:
        """Say whether nobody is above a person, and everybody who is below somebody, or reports, is below them."""
        own = self._organisation.postings.get(person.id, ())
        is_led = bool(self._organisation.above(own[-1])) if own else bool(person.manager)
        if is_led or self._led_by_nobody - {person.id}:
            return False
        return below + self._owned.get(person.id, 0) == self._led

    def _words(self, person: Person) -> str:
        regions = {name: one for name, one in self._organisation.regions.items() if one.manager == person.number}
        highest = [name for name, one in regions.items() if one.parent not in regions]
        if regions:
            return highest[0] if len(highest) == 1 else ""  # several may still be all there is of one
        teams = [one.name for one in self._organisation.teams.values() if one.manager == person.number]
        return teams[0] if len(teams) == 1 else ""

    def _exactly(self, below: set[int], own: set[int]) -> str:
        """Return the region, with those below it, or the team that holds these postings and no other; "" for none."""
        if not self._held:
            for id_, posting in self._organisation.posting_by_id.items():
                for place in (*_line(self._organisation, posting), posting.team):
                    self._held.setdefault(place, set()).add(id_)
        first = self._organisation.posting_by_id[next(iter(below))]
        places = (*reversed(_line(self._organisation, first)), first.team)
        return next((one for one in places if one and self._held[one] - own == below - own), "")


# ---- the breakdown -----------------------------------------------------------------------------


def units(organisation: Organisation, scope: Scope, cells: Mapping[int, Figures]) -> tuple[Unit, ...]:
    """
    Return the figures of what is next below: reps where they are few, else teams, else regions.

    What has no team or region of its own, and what is nobody's, stands under "". Nothing is lost:
    what is beyond ``MOST_UNITS`` lines, those with the fewest visits, is added up in the last.
    """
    told = [posting_id for posting_id in scope.posting_ids if posting_id in cells]
    kind, names = _level(organisation, told)
    summed: dict[str, dict[str, Number]] = {}
    for posting_id in told:
        add(summed.setdefault(names[posting_id], {}), _without(cells[posting_id]))
    labels = {key: _label(organisation, kind, key) for key in summed}
    found = [Unit(kind, labels[key], figures) for key, figures in summed.items()]
    return _folded(sorted(found, key=lambda one: (not one.name, one.name)), kind)


def _without(figures: Figures) -> Figures:
    return {name: number for name, number in figures.items() if not name.startswith(COMPANY_ONLY)}


def _level(organisation: Organisation, told: Sequence[int]) -> tuple[str, Mapping[int, str]]:
    """Return what the lines are, and the line of each posting."""
    postings = {id_: organisation.posting_by_id[id_] for id_ in told if id_ != NOBODY}
    lines = {id_: _line(organisation, posting) for id_, posting in postings.items()}
    deepest = max((len(line) for line in lines.values()), default=0)
    levels: list[tuple[str, Mapping[int, str]]] = [
        ("rep", {id_: str(posting.person_id) for id_, posting in postings.items()}),
        ("team", {id_: posting.team for id_, posting in postings.items()}),
        *(("region", {id_: _at(line, depth) for id_, line in lines.items()}) for depth in reversed(range(deepest))),
    ]
    sizes = [len(set(names.values())) for _, names in levels]
    fitting = next((place for place, size in enumerate(sizes) if _fits(place, size)), None)
    if fitting is None:
        fitting = min(range(len(levels)), key=lambda place: (sizes[place] < 2, sizes[place]))
    kind, names = levels[fitting]
    return kind, {id_: names.get(id_, "") for id_ in told}


def _fits(place: int, size: int) -> bool:
    """Say whether a level makes a breakdown: one line is none, unless it is a rep's."""
    return size <= MOST_UNITS and (size > 1 or place == 0)


def _line(organisation: Organisation, posting: Posting) -> tuple[str, ...]:
    """Return the regions a posting is in, the highest first."""
    team = organisation.teams.get(posting.team)
    region = posting.region or (team.region if team else "")
    line = tuple(one.name for one in reversed(organisation.line_of(region)))
    return line or ((region,) if region else ())


def _at(line: Sequence[str], depth: int) -> str:
    return line[min(depth, len(line) - 1)] if line else ""


def _label(organisation: Organisation, kind: str, key: str) -> str:
    return organisation.people[int(key)].name if kind == "rep" and key else key


def _folded(found: list[Unit], kind: str) -> tuple[Unit, ...]:
    if len(found) <= MOST_UNITS:
        return tuple(found)
    by_visits = sorted(found, key=lambda one: (-one.figures.get("visits.done", 0), one.name))
    rest = by_visits[MOST_UNITS - 1 :]
    kept = [one for one in found if not any(one is other for other in rest)]
    return (*kept, Unit(kind, REST, total(one.figures for one in rest)))


# ---- what a digest says besides ------------------------------------------------------------------


def summed(scope: Scope, cells: Mapping[int, Figures]) -> dict[str, Number]:
    """Return the figures of a scope."""
    figures = total(cells[posting_id] for posting_id in scope.posting_ids if posting_id in cells)
    return figures if scope.sees_all else {name: figures[name] for name in figures if not name.startswith(COMPANY_ONLY)}


def counts(
    organisation: Organisation, scope: Scope, cells: Mapping[int, Figures], figures: Figures
) -> dict[Topic, int]:
    """Return how many lines there are of each topic."""
    missing = {
        organisation.posting_by_id[posting_id].person_id
        for posting_id in scope.posting_ids
        if posting_id != NOBODY and cells.get(posting_id, {}).get("discipline.missing")
    }
    neglected = figures.get("customers.neglected", 0)
    short = sum(number for name, number in figures.items() if name.startswith("level.") and name.endswith(".short"))
    questions = sum(number for name, number in figures.items() if name.startswith("queue."))
    found: dict[Topic, Number] = {topic: figures.get(name, 0) for topic, name in _COUNTED.items()}
    found |= {Topic.MISSING: len(missing), Topic.SHORT: short - neglected, Topic.QUESTION: questions}
    return {topic: int(number) for topic, number in found.items() if number}


_COUNTED = {
    Topic.NEGLECTED: "customers.neglected",
    Topic.MOVED_ON: "moved.on",
    Topic.MOVED_BACK: "moved.back",
    Topic.SOLD_NOT_BOOKED: "sold_not_booked.count",
    Topic.AGREED: "agreed.count",
    Topic.BEYOND: "beyond.count",
    Topic.WON: "won.count",
    Topic.LOST: "lost.count",
    Topic.NEW_CUSTOMER: "customers.new",
    Topic.MERGED: "customers.merged",
    Topic.HELP: "help.count",
}


def restated(told: Figures, now: Figures) -> tuple[Restated, ...]:
    """Return what of a period has changed since it was told, of the figures that are read as settled."""
    return tuple(
        Restated(name, told.get(name, 0), now.get(name, 0))
        for name in sorted(told.keys() | now.keys())
        if _is_settled(name) and told.get(name, 0) != now.get(name, 0)
    )


_SETTLED = (
    "discipline.on_time",
    "discipline.late",
    "discipline.missing",
    "discipline.leave",
    "visits.done",
    "visits.customers",
    "customers.count",
    "customers.new",
    "customers.neglected",
    "won.count",
    "lost.count",
    "won.amount.",
    "lost.amount.",
    "agreed.count",
    "agreed.amount.",
    "sold_not_booked.count",
    "sold_not_booked.amount.",
)


def _is_settled(name: str) -> bool:
    return any(name == one or (one.endswith(".") and name.startswith(one)) for one in _SETTLED)
