"""
Who stands where: people in teams, teams in regions, regions in a tree, each with a manager.

Figures belong to the posting, the place a rep had on the day; so a rep who changes teams in
mid-week leaves Monday's visits with the old team.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from daysheet.model.calendars import WorkCalendar
from daysheet.model.people import Person, Role
from daysheet.model.text import Language

NOBODY = 0
"""The posting of what nobody has: customers without an owner. Only those who see all see it."""


class Reports(StrEnum):
    """How often somebody owes a report."""

    DAILY = "daily"  # for every workday
    WEEKLY = "weekly"  # one a week at least
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Region:
    """A region; *parent* is another one's name, "" at the top. What is unset is the parent's."""

    name: str
    parent: str = ""
    timezone: str | None = None
    language: Language | None = None
    manager: str = ""  # employee number
    calendar: str = ""


def line_of(regions: Mapping[str, Region], name: str) -> tuple[Region, ...]:
    """Return the region called *name* and those above it, the nearest first; a circle ends where it closes."""
    line: list[Region] = []
    while (found := regions.get(name)) is not None and found not in line:
        line.append(found)
        name = found.parent
    return tuple(line)


@dataclass(frozen=True, slots=True)
class Team:
    """A team; what is unset is its region's."""

    id: int
    name: str
    region: str = ""
    timezone: str | None = None
    language: Language | None = None
    manager: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """Where a person stood from one day to another, both included; *to_on* None: still."""

    id: int
    person_id: int
    team: str
    region: str
    manager: str
    from_on: date
    to_on: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether the person stood here on *day*."""
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True)
class Organisation:
    """
    Everybody, where they stand and stood, and who is above them.

    *postings* by person, oldest first; *calendars* by name, "default" among them. *people* have the
    time zones that are their own: ask ``zone_of`` where somebody works. Read once for a digest run, not
    per person.
    """

    people: Mapping[int, Person]
    teams: Mapping[str, Team]
    regions: Mapping[str, Region]
    postings: Mapping[int, tuple[Posting, ...]]
    calendars: Mapping[str, WorkCalendar]
    zone: str  # the company's
    _above: dict[tuple[str, str, str], frozenset[int]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def by_number(self) -> Mapping[str, Person]:
        """People by employee number."""
        return {person.number: person for person in self.people.values()}

    @cached_property
    def posting_by_id(self) -> Mapping[int, Posting]:
        """Postings by id."""
        return {posting.id: posting for some in self.postings.values() for posting in some}

    def posting_on(self, person_id: int | None, day: date) -> Posting | None:
        """
        Return where a person stood on *day*: the last posting begun by then, else their first; None for nobody.

        What somebody reports after having left still belongs to where they last stood.
        """
        found: Posting | None = None
        for posting in self.postings.get(person_id, ()) if person_id is not None else ():
            if found is None or posting.from_on <= day:
                found = posting
        return found

    def line_of(self, region: str) -> tuple[Region, ...]:
        """Return a region and those above it, the nearest first."""
        return line_of(self.regions, region)

    def above(self, posting: Posting) -> frozenset[int]:
        """
        Return the ids of everybody whose scope this posting is in.

        They are the person's manager, the managers of team, region and the regions above, and those
        above each of them in turn, by where these stand now. Nobody is above themselves.
        """
        key = (posting.team, posting.region, posting.manager)
        if key not in self._above:
            found: set[int] = set()
            waiting = list(self._managers(*key))
            while waiting:
                person = self.by_number.get(waiting.pop())
                if person is not None and person.id not in found:
                    found.add(person.id)
                    stands = (self.postings.get(person.id) or (person,))[-1]
                    waiting += self._managers(stands.team, stands.region, stands.manager)
            self._above[key] = frozenset(found)
        return self._above[key] - {posting.person_id}

    def manager_of(self, posting: Posting) -> Person | None:
        """
        Return the nearest person above who is still there: their own manager, the team's, or one of the region's line.

        None where nobody is.
        """
        named = (self.by_number.get(number) for number in self._managers(posting.team, posting.region, posting.manager))
        return next((one for one in named if one and one.is_active and one.id != posting.person_id), None)

    def _managers(self, team: str, region: str, manager: str) -> Iterable[str]:
        unit = self.teams.get(team)
        numbers = [manager, unit.manager if unit else ""]
        numbers += [one.manager for one in self.line_of(region or (unit.region if unit else ""))]
        return (number for number in numbers if number)

    def calendar_of(self, posting: Posting | None) -> WorkCalendar:
        """Return the working calendar that counts where somebody stands."""
        team = self.teams.get(posting.team) if posting else None
        region = posting.region if posting and posting.region else team.region if team else ""
        names = [team.calendar if team else "", *(one.calendar for one in self.line_of(region)), "default"]
        return next((self.calendars[name] for name in names if name in self.calendars), WorkCalendar())

    def zone_of(self, person: Person, posting: Posting | None = None) -> str:
        """
        Return the time zone a person works in: their own, the team's, the region's, the company's.

        *posting* is one of theirs, None their last: who has moved was not there before.
        """
        posting = posting or (self.postings[person.id][-1] if self.postings.get(person.id) else None)
        team = self.teams.get(posting.team if posting else person.team)
        region = (posting.region if posting else person.region) or (team.region if team else "")
        zones = [person.timezone, team.timezone if team else None, *(one.timezone for one in self.line_of(region))]
        return next((zone for zone in zones if zone), self.zone)

    def language_of(self, person: Person, default: Language) -> Language:
        """Return the language a person is written to in: their own, the team's, the region's, or *default*."""
        team = self.teams.get(person.team)
        region = person.region or (team.region if team else "")
        spoken = [person.language, team.language if team else None, *(one.language for one in self.line_of(region))]
        return next((language for language in spoken if language), default)

    def owes(self, person: Person) -> Reports:
        """Return how often a person owes a report."""
        if person.reports is not None:
            return Reports(person.reports)
        return Reports.DAILY if person.role is Role.REP else Reports.NONE
