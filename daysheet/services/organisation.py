"""The whole organisation, read once for a run."""

from daysheet.model.organisation import Organisation
from daysheet.services.tools import Tools
from daysheet.store import organisation, people, postings
from daysheet.store.engine import Connection


def load(connection: Connection, tools: Tools) -> Organisation:
    """Return everybody, active or not, where they stand and stood, and the calendars they work by."""
    return Organisation(
        people={person.id: person for person in people.all_people(connection, with_own_zones=True)},
        teams={team.name: team for team in organisation.all_teams(connection)},
        regions={region.name: region for region in organisation.all_regions(connection)},
        postings=postings.all_postings(connection),
        calendars=tools.policy.calendars(),
        zone=tools.house.zone,
    )
