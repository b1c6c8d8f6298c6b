"""People, their addresses and whom they may submit for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.organisation import Region, line_of
from daysheet.model.people import Person, Role
from daysheet.model.postings import Standing
from daysheet.model.text import Language, lower_ascii
from daysheet.store import postings
from daysheet.store.engine import chunks, insert
from daysheet.store.organisation import all_regions, all_teams
from daysheet.store.tables import person, person_address, person_proxy, region, team


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a list gives them; *row* is the list's line."""

    row: int
    number: str
    name: str
    role: Role = Role.REP
    language: Language | None = None
    addresses: tuple[str, ...] = ()
    team: str = ""
    region: str = ""
    timezone: str | None = None
    manager: str = ""
    may_submit_for: frozenset[str] = frozenset()
    is_active: bool = True
    reports: str | None = None
    since: date | None = None  # the day of joining, or when a move took effect


@dataclass(frozen=True, slots=True)
class ImportFault:
    """A line that was not taken, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did; people the list says nothing new of are neither *added* nor *updated*."""

    added: int
    updated: int
    faults: tuple[ImportFault, ...]
    teams: int = 0  # made because people name them


def import_people(connection: Connection, rows: Sequence[PersonRow], on: date) -> ImportCounts:
    """
    Add or update people by employee number, as of the day *on*; their addresses and proxies are replaced.

    A line whose address belongs to somebody else is a fault, and the others are taken. Two people of
    one list may swap addresses. Nobody is removed: people who left are imported as not active, and
    keep the place they had last, whatever their line says.
    """
    before = {person.number: person for person in all_people(connection, with_own_zones=True)}
    owners = {address: person.number for person in before.values() for address in person.addresses}
    names = {person.number: person.name for person in before.values()} | {row.number: row.name for row in rows}
    accepted, faults = _without_conflicts(rows, owners, names)
    accepted = [_where_they_last_were(row, before.get(row.number)) for row in accepted]

    known = len(all_teams(connection))
    teams = _teams(connection, accepted)
    ids = _write_people(connection, accepted, teams)
    _replace_lists(connection, accepted, ids)
    stands = {
        ids[row.number]: Standing(row.team, row.region, row.manager, row.since, row.is_active) for row in accepted
    }
    moved = postings.keep(connection, stands, on)
    after = find_by_ids(connection, list(ids.values()), with_own_zones=True).values()
    added = sum(person.number not in before for person in after)
    updated = sum(
        person.number in before and (person != before[person.number] or person.id in moved) for person in after
    )
    return ImportCounts(added, updated, tuple(sorted(faults, key=lambda fault: fault.row)), len(teams) - known)


def _where_they_last_were(row: PersonRow, known: Person | None) -> PersonRow:
    """Return the line of somebody who has left with the place they are known at: figures of theirs belong there."""
    if row.is_active or known is None:
        return row
    return replace(row, team=known.team, region=known.region, manager=known.manager)


def _without_conflicts(
    rows: Sequence[PersonRow], owners: Mapping[str, str], names: Mapping[str, str]
) -> tuple[list[PersonRow], list[ImportFault]]:
    """Return the rows that can all be taken together, and why the others cannot."""
    accepted, faults = list(rows), list[ImportFault]()
    while True:
        listed = {row.number for row in accepted}
        # who is not in the list, or was refused, keeps the addresses they have
        claims = {address: number for address, number in owners.items() if number not in listed}
        kept, seen = [], set[str]()
        refused = []
        for row in accepted:
            taken = next((a for a in _addresses(row) if claims.get(a, row.number) != row.number), None)
            if taken is not None:
                owner = claims[taken]
                refused.append(
                    ImportFault(
                        row.row, f"{taken} belongs to {owner} ({names[owner]}), not to {row.number} ({row.name})"
                    )
                )
            elif row.number in seen:
                refused.append(ImportFault(row.row, f"the employee number {row.number} is in the list twice"))
            else:
                claims |= dict.fromkeys(_addresses(row), row.number)
                seen.add(row.number)
                kept.append(row)
        if not refused:
            return kept, faults
        accepted, faults = kept, [*faults, *refused]


def _addresses(row: PersonRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address.strip().lower() for address in row.addresses))


def _teams(connection: Connection, rows: Sequence[PersonRow]) -> dict[str, int]:
    """Return every team's id by name, the new ones made; a new one is where its first person is."""
    wanted: dict[str, str] = {}
    for row in rows:
        if row.team:
            wanted.setdefault(row.team, row.region)
    if wanted:
        statement = insert(connection, team).on_conflict_do_nothing(index_elements=["name"])
        connection.execute(statement, [{"name": name, "region": region} for name, region in wanted.items()])
    return {found.name: found.id for found in all_teams(connection)}


def _write_people(connection: Connection, rows: Sequence[PersonRow], teams: Mapping[str, int]) -> dict[str, int]:
    """Write the people themselves; return their ids by employee number."""
    if not rows:
        return {}
    statement = insert(connection, person)
    columns = [
        {
            "number": row.number,
            "name": row.name,
            "role": row.role,
            "language": row.language,
            "team_id": teams.get(row.team),
            "region": row.region,
            "timezone": row.timezone,
            "manager": row.manager,
            "is_active": row.is_active,
            "reports": row.reports,
        }
        for row in rows
    ]
    replaced = {name: statement.excluded[name] for name in columns[0] if name != "number"}
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=replaced), columns)
    ids: dict[str, int] = {}
    for some in chunks([row.number for row in rows]):
        found = connection.execute(sa.select(person.c.number, person.c.id).where(person.c.number.in_(some)))
        ids |= {row.number: row.id for row in found}
    return ids


def _replace_lists(connection: Connection, rows: Sequence[PersonRow], ids: Mapping[str, int]) -> None:
    """Replace the addresses and proxies of everybody in *rows*; all old ones go first, so that they can be swapped."""
    for some in chunks(sorted(ids.values())):
        connection.execute(person_address.delete().where(person_address.c.person_id.in_(some)))
        connection.execute(person_proxy.delete().where(person_proxy.c.person_id.in_(some)))
    addresses = [
        {"address": address, "person_id": ids[row.number], "position": position}
        for row in rows
        for position, address in enumerate(_addresses(row))
    ]
    proxies = [
        {"person_id": ids[row.number], "target": target} for row in rows for target in sorted(row.may_submit_for)
    ]
    if addresses:
        connection.execute(person_address.insert(), addresses)
    if proxies:
        connection.execute(person_proxy.insert(), proxies)


def find_by_addresses(connection: Connection, addresses: Collection[str]) -> dict[str, Person]:
    """Return who has which of *addresses*, keyed by the address in lower case."""
    owners: dict[str, int] = {}
    for some in chunks(sorted({lower_ascii(address) for address in addresses})):
        query = sa.select(person_address.c.address, person_address.c.person_id)
        owners |= {
            row.address: row.person_id for row in connection.execute(query.where(person_address.c.address.in_(some)))
        }
    people = find_by_ids(connection, set(owners.values()))
    return {address: people[person_id] for address, person_id in owners.items()}


def find_by_address(connection: Connection, address: str) -> Person | None:
    """Return whoever has the e-mail *address*, or None."""
    return next(iter(_load(connection, _BY_ADDRESS, {"asked": lower_ascii(address)})), None)


def find_by_number(connection: Connection, number: str) -> Person | None:
    """Return whoever has the employee number, or None."""
    return next(iter(_load(connection, _BY_NUMBER, {"asked": number})), None)


def find_by_ids(connection: Connection, ids: Collection[int], *, with_own_zones: bool = False) -> dict[int, Person]:
    """Return people by id; *with_own_zones* as in ``all_people``."""
    found: dict[int, Person] = {}
    for some in chunks(sorted(ids)):
        found |= {p.id: p for p in _load(connection, _BY_IDS, {"ids": some}, with_own_zones)}
    return found


def all_people(connection: Connection, *, with_own_zones: bool = False) -> tuple[Person, ...]:
    """
    Return everybody, by employee number.

    Time zone and language are those of team or region where a person has none; *with_own_zones* leaves
    the time zone as the person has it, for whoever asks where they stood when
    (``model/organisation.zone_of``).
    """
    return _load(connection, _ALL, {}, with_own_zones)


@dataclass(frozen=True, slots=True)
class _Queries:
    """The three queries that read people; made once for each way of choosing them."""

    addresses: sa.Select[Any]
    proxies: sa.Select[Any]
    people: sa.Select[Any]

    @classmethod
    def of(cls, where: sa.ColumnElement[bool] | None = None) -> "_Queries":
        addresses = sa.select(person_address).order_by(person_address.c.position)
        proxies = sa.select(person_proxy)
        theirs = sa.func.coalesce(sa.func.nullif(person.c.region, ""), team.c.region)
        joined = (
            sa.select(
                person,
                team.c.name.label("team_name"),
                sa.func.coalesce(person.c.timezone, team.c.timezone, region.c.timezone).label("zone"),
                sa.func.coalesce(person.c.language, team.c.language, region.c.language).label("spoken"),
                region.c.parent.label("above"),
            )
            .join_from(person, team, isouter=True)
            .join(region, region.c.name == theirs, isouter=True)
        )
        if where is not None:
            chosen = sa.select(person.c.id).where(where)
            addresses = addresses.where(person_address.c.person_id.in_(chosen))
            proxies = proxies.where(person_proxy.c.person_id.in_(chosen))
            joined = joined.where(where)
        return cls(addresses, proxies, joined.order_by(person.c.number))


_ALL = _Queries.of()
_BY_IDS = _Queries.of(person.c.id.in_(sa.bindparam("ids", expanding=True)))
_OWNER = sa.select(person_address.c.person_id).where(person_address.c.address == sa.bindparam("asked"))
_BY_ADDRESS = _Queries.of(person.c.id == _OWNER.scalar_subquery())
_BY_NUMBER = _Queries.of(person.c.number == sa.bindparam("asked"))


def _load(
    connection: Connection, queries: _Queries, chosen: Mapping[str, Any], with_own_zones: bool = False
) -> tuple[Person, ...]:
    addresses: dict[int, list[str]] = {}
    for row in connection.execute(queries.addresses, chosen):
        addresses.setdefault(row.person_id, []).append(row.address)
    proxies: dict[int, set[str]] = {}
    for row in connection.execute(queries.proxies, chosen):
        proxies.setdefault(row.person_id, set()).add(row.target)
    found = connection.execute(queries.people, chosen).all()
    habits = _Habits.of(connection, found)
    return tuple(
        Person(
            id=row.id,
            number=row.number,
            name=row.name,
            role=Role(row.role),
            language=habits.language(row),
            addresses=tuple(addresses.get(row.id, ())),
            team=row.team_name or "",
            region=row.region,
            timezone=row.timezone if with_own_zones else habits.zone(row),
            manager=row.manager,
            may_submit_for=frozenset(proxies.get(row.id, ())),
            is_active=row.is_active,
            reports=row.reports,
        )
        for row in found
    )


@dataclass(frozen=True, slots=True)
class _Habits:
    """The time zone and language of regions, each with that of the nearest region above where it has none."""

    zones: Mapping[str, str | None]
    languages: Mapping[str, Language | None]

    @classmethod
    def of(cls, connection: Connection, rows: Sequence[Any]) -> "_Habits":
        """Read the regions, if one of *rows* lacks something that a region above theirs could have."""
        if all((row.zone and row.spoken) or not row.above for row in rows):
            return cls({}, {})
        regions: dict[str, Region] = {region.name: region for region in all_regions(connection)}
        lines = {name: line_of(regions, name) for name in regions}
        return cls(
            {name: next((one.timezone for one in line if one.timezone), None) for name, line in lines.items()},
            {name: next((one.language for one in line if one.language), None) for name, line in lines.items()},
        )

    def zone(self, row: Any) -> str | None:
        """Return where the person of *row* works, None where neither they nor what they are in say."""
        zone: str | None = row.zone
        return zone or self.zones.get(row.above)

    def language(self, row: Any) -> Language | None:
        """Return what the person of *row* is written to in, likewise."""
        return Language(row.spoken) if row.spoken else self.languages.get(row.above)
