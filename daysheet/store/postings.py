"""Where people stood when, kept right by whatever says where they stand."""

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.organisation import Posting
from daysheet.model.postings import Standing, carried_on
from daysheet.store.engine import chunks
from daysheet.store.tables import posting, team


def all_postings(connection: Connection) -> Mapping[int, tuple[Posting, ...]]:
    """Return where everybody stood, by person, oldest first."""
    return _postings(connection, sa.true())


def of_people(connection: Connection, people: Collection[int]) -> dict[int, tuple[Posting, ...]]:
    """Return where some people stood, oldest first; nothing of who never stood anywhere."""
    found: dict[int, tuple[Posting, ...]] = dict.fromkeys(people, ())
    for some in chunks(sorted(people)):
        found |= _postings(connection, posting.c.person_id.in_(some))
    return found


def keep(connection: Connection, stands: Mapping[int, Standing], today: date) -> frozenset[int]:
    """
    Carry the postings of people on, by their ids; return those whose postings have changed.

    Whoever changes a person's team, region, manager or whether they are active calls this, in the
    same transaction. The rules are ``model/postings.carried_on``'s.
    """
    teams = {name: id_ for id_, name in _team_names(connection).items()}
    begun, changed, ended = [], [], []
    people = set[int]()
    for person_id, before in of_people(connection, stands).items():
        after = carried_on(before, stands[person_id], today)
        if after == before:
            continue
        people.add(person_id)
        known = {one.id: one for one in before}
        ended += [{"was": one} for one in known.keys() - {one.id for one in after}]
        for one in after:
            place = {"team_id": teams.get(one.team), "region": one.region, "manager": one.manager}
            values = {**place, "from_on": one.from_on, "to_on": one.to_on}
            if one.id not in known:
                begun.append({"person_id": person_id, **values})
            elif one != known[one.id]:
                changed.append({"was": one.id, **values})
    is_it = posting.c.id == sa.bindparam("was")
    if ended:
        connection.execute(posting.delete().where(is_it), ended)
    if changed:
        connection.execute(posting.update().where(is_it), changed)
    if begun:
        connection.execute(posting.insert(), begun)
    return frozenset(people)


def _postings(connection: Connection, where: sa.ColumnElement[bool]) -> dict[int, tuple[Posting, ...]]:
    names = _team_names(connection)
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
    )
    rows = connection.execute(query.where(where).order_by(columns.person_id, columns.from_on)).all()
    for id_, person_id, team_id, region, manager, from_on, to_on in rows:
        one = Posting(id_, person_id, names.get(team_id, ""), region, manager, from_on, to_on)
        found.setdefault(person_id, []).append(one)
    return {person_id: tuple(some) for person_id, some in found.items()}


def _team_names(connection: Connection) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(sa.select(team.c.id, team.c.name))}
