"""
Who is below somebody, or in a region or team, active or not: what they reported stays theirs.

The same tree as ``model/organisation.Organisation.above`` tells from the other end, asked for by
every page of the console: so the people themselves stay in the database until they are found.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.organisation import Region, Team, line_of
from daysheet.store import organisation
from daysheet.store.tables import person, region, team


def people_within(connection: Connection, regions: Sequence[str], teams: Sequence[str]) -> frozenset[int]:
    """Return who works in one of *regions*, or one below them, or in one of *teams*."""
    if not (any(regions) or teams):
        return frozenset()
    units = _Units.of(connection)
    ids = [one.id for one in units.teams.values() if one.name in teams]
    return _people(connection, units.in_regions(units.below(regions)), person.c.team_id.in_(ids))


def people_under(connection: Connection, number: str) -> frozenset[int]:
    """Return everybody below the employee *number*, as manager of people, teams or regions, and that person."""
    units = _Units.of(connection)
    chain = _chain(connection, units, number)
    teams = [one.id for one in units.teams.values() if one.manager in chain]
    led = units.below([one.name for one in units.regions.values() if one.manager in chain])
    return _people(
        connection,
        person.c.number == number,
        person.c.manager.in_(sorted(chain)),
        person.c.team_id.in_(teams),
        units.in_regions(led),
    )


def _people(connection: Connection, *any_of: sa.ColumnElement[bool]) -> frozenset[int]:
    return frozenset(connection.execute(sa.select(person.c.id).where(sa.or_(*any_of))).scalars())


def _chain(connection: Connection, units: "_Units", number: str) -> set[str]:
    """Return the employee number and those of all managers below it."""
    named = sa.union(*(sa.select(table.c.manager).where(table.c.manager != "") for table in (person, team, region)))
    columns = (person.c.number, person.c.team_id, person.c.region, person.c.manager)
    below: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(*columns).where(person.c.number.in_(named))):
        for above in units.managers(row):
            below.setdefault(above, []).append(row.number)
    chain, waiting = {number}, [number]
    while waiting:
        for one in below.get(waiting.pop(), ()):
            if one not in chain:
                chain.add(one)
                waiting.append(one)
    return chain


@dataclass(frozen=True, slots=True)
class _Units:
    """Teams by id and regions by name."""

    teams: Mapping[int, Team]
    regions: Mapping[str, Region]

    @classmethod
    def of(cls, connection: Connection) -> "_Units":
        return cls(
            {one.id: one for one in organisation.all_teams(connection)},
            {one.name: one for one in organisation.all_regions(connection)},
        )

    def below(self, names: Iterable[str]) -> set[str]:
        """Return the regions called *names* and all below them."""
        asked = {name for name in names if name}
        return asked | {
            name
            for name in self.regions
            if any(one.name in asked or one.parent in asked for one in line_of(self.regions, name))
        }

    def in_regions(self, names: Collection[str]) -> sa.ColumnElement[bool]:
        """The person works in one of the regions, or says none and the team is in one."""
        teams = [one.id for one in self.teams.values() if one.region in names]
        of_team = sa.and_(person.c.region == "", person.c.team_id.in_(teams))
        return sa.or_(person.c.region.in_(sorted(names)), of_team)

    def managers(self, row: Any) -> Iterable[str]:
        """Return the employee numbers right above the person of *row*."""
        own = self.teams.get(row.team_id)
        numbers = [row.manager, own.manager if own else ""]
        numbers += [one.manager for one in line_of(self.regions, row.region or (own.region if own else ""))]
        return (number for number in numbers if number)
