"""Teams, regions and where people stood when, as the database has them."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.organisation import Posting, Region, Team
from daysheet.model.text import Language
from daysheet.store.tables import posting, region, team


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


def all_postings(connection: Connection) -> Mapping[int, tuple[Posting, ...]]:
    """Return where everybody stood, by person, oldest first."""
    names = dict(connection.execute(sa.select(team.c.id, team.c.name)).tuples().all())
    found: dict[int, list[Posting]] = {}
    columns = posting.c
    query = sa.select(
        columns.id,
        columns.person_id,
        columns.team_id,
        columns.region,
        columns.manager,
        columns.from_on,
        columns.to_on,
    ).order_by(columns.person_id, columns.from_on)
    for id_, person_id, team_id, region_, manager, from_on, to_on in connection.execute(query):
        one = Posting(id_, person_id, names.get(team_id, ""), region_, manager, from_on, to_on)
        found.setdefault(person_id, []).append(one)
    return {person_id: tuple(some) for person_id, some in found.items()}


def _language(kept: str | None) -> Language | None:
    return Language(kept) if kept else None
