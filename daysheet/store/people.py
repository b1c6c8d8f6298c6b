"""People, their addresses and whom they may submit for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.people import Person, Role
from daysheet.model.text import Language
from daysheet.store.engine import chunks
from daysheet.store.tables import person, person_address, person_proxy, team


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


@dataclass(frozen=True, slots=True)
class ImportFault:
    """A line that was not taken, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did."""

    added: int
    updated: int
    faults: tuple[ImportFault, ...]


def import_people(connection: Connection, rows: Sequence[PersonRow], now: datetime) -> ImportCounts:
    """
    Add or update people by employee number; their addresses and proxies are replaced.

    A line whose address belongs to somebody else is a fault, and the others are taken.
    """
    del now
    known = {p.number: p for p in all_people(connection)}
    owners = {address: p.number for p in known.values() for address in p.addresses}
    faults: list[ImportFault] = []
    accepted: list[PersonRow] = []
    for row in rows:
        taken = next((a for a in row.addresses if owners.get(a, row.number) != row.number), None)
        if taken is not None:
            faults.append(ImportFault(row.row, f"{taken} belongs to employee {owners[taken]}, not {row.number}"))
            continue
        owners |= dict.fromkeys(row.addresses, row.number)
        accepted.append(row)
    teams = _teams(connection, accepted)
    for row in accepted:
        _write(connection, row, known.get(row.number), teams)
    added = sum(row.number not in known for row in accepted)
    return ImportCounts(added, len(accepted) - added, tuple(faults))


def _teams(connection: Connection, rows: Sequence[PersonRow]) -> dict[str, int]:
    ids = {row.name: row.id for row in connection.execute(sa.select(team.c.id, team.c.name))}
    for name, region in {row.team: row.region for row in rows if row.team}.items():
        if name not in ids:
            inserted = connection.execute(team.insert().values(name=name, region=region)).inserted_primary_key
            assert inserted is not None
            ids[name] = inserted[0]
    return ids


def _write(connection: Connection, row: PersonRow, known: Person | None, teams: dict[str, int]) -> None:
    values = {
        "name": row.name,
        "role": row.role,
        "language": row.language,
        "team_id": teams.get(row.team),
        "region": row.region,
        "timezone": row.timezone,
        "manager": row.manager,
        "is_active": row.is_active,
    }
    if known is None:
        inserted = connection.execute(person.insert().values(number=row.number, **values)).inserted_primary_key
        assert inserted is not None
        person_id = inserted[0]
    else:
        person_id = known.id
        connection.execute(person.update().where(person.c.id == person_id).values(**values))
        connection.execute(person_address.delete().where(person_address.c.person_id == person_id))
        connection.execute(person_proxy.delete().where(person_proxy.c.person_id == person_id))
    for position, address in enumerate(dict.fromkeys(row.addresses)):
        connection.execute(person_address.insert().values(address=address, person_id=person_id, position=position))
    for target in sorted(row.may_submit_for):
        connection.execute(person_proxy.insert().values(person_id=person_id, target=target))


def find_by_address(connection: Connection, address: str) -> Person | None:
    """Return whoever has the e-mail *address*, or None."""
    query = sa.select(person_address.c.person_id).where(person_address.c.address == address.lower())
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else find_by_ids(connection, [found]).get(found)


def find_by_number(connection: Connection, number: str) -> Person | None:
    """Return whoever has the employee number, or None."""
    found = connection.execute(sa.select(person.c.id).where(person.c.number == number)).scalar_one_or_none()
    return None if found is None else find_by_ids(connection, [found]).get(found)


def find_by_ids(connection: Connection, ids: Collection[int]) -> dict[int, Person]:
    """Return people by id."""
    found: dict[int, Person] = {}
    for some in chunks(sorted(ids)):
        found |= {p.id: p for p in _load(connection, person.c.id.in_(some))}
    return found


def all_people(connection: Connection) -> tuple[Person, ...]:
    """Return everybody, by employee number."""
    return _load(connection, sa.true())


def _load(connection: Connection, where: sa.ColumnElement[bool]) -> tuple[Person, ...]:
    chosen = sa.select(person.c.id).where(where)
    addresses: dict[int, list[str]] = {}
    query = sa.select(person_address).where(person_address.c.person_id.in_(chosen)).order_by(person_address.c.position)
    for row in connection.execute(query):
        addresses.setdefault(row.person_id, []).append(row.address)
    proxies: dict[int, set[str]] = {}
    for row in connection.execute(sa.select(person_proxy).where(person_proxy.c.person_id.in_(chosen))):
        proxies.setdefault(row.person_id, set()).add(row.target)
    joined = sa.select(person, team.c.name.label("team_name"), team.c.timezone.label("team_zone")).join_from(
        person, team, isouter=True
    )
    return tuple(
        Person(
            id=row.id,
            number=row.number,
            name=row.name,
            role=Role(row.role),
            language=Language(row.language) if row.language else None,
            addresses=tuple(addresses.get(row.id, ())),
            team=row.team_name or "",
            region=row.region,
            timezone=row.timezone or row.team_zone,
            manager=row.manager,
            may_submit_for=frozenset(proxies.get(row.id, ())),
            is_active=row.is_active,
        )
        for row in connection.execute(joined.where(where).order_by(person.c.number))
    )
