"""Teams and regions as the database has them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.organisation import Region, Team
from daysheet.model.text import Language
from daysheet.store.engine import insert
from daysheet.store.tables import region, team

_UNIT = ("timezone", "language", "manager", "calendar")


def all_teams(connection: Connection) -> tuple[Team, ...]:
    """Return every team, by name."""
    rows = connection.execute(sa.select(team).order_by(team.c.name))
    return tuple(
        Team(row.id, row.name, row.region, row.timezone, _language(row.language), row.manager, row.calendar)
        for row in rows
    )


def all_regions(connection: Connection) -> tuple[Region, ...]:
    """Return every region, by name."""
    rows = connection.execute(sa.select(region).order_by(region.c.name))
    return tuple(
        Region(row.name, row.parent, row.timezone, _language(row.language), row.manager, row.calendar) for row in rows
    )


def write_teams(connection: Connection, teams: Sequence[Team]) -> None:
    """Add teams or change them, by name; their ids are the database's."""
    _write(connection, team, [{"name": one.name, "region": one.region, **_values(one)} for one in teams])


def write_regions(connection: Connection, regions: Sequence[Region]) -> None:
    """Add regions or change them, by name."""
    _write(connection, region, [{"name": one.name, "parent": one.parent, **_values(one)} for one in regions])


def _values(unit: Team | Region) -> dict[str, str | None]:
    return {name: getattr(unit, name) for name in _UNIT}


def _write(connection: Connection, table: sa.Table, rows: Sequence[dict[str, str | None]]) -> None:
    if rows:
        statement = insert(connection, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name != "name"}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), rows)


def _language(kept: str | None) -> Language | None:
    return Language(kept) if kept else None
