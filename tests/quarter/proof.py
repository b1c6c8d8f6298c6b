"""Hold what the program counts against the recount, for weeks that are over too."""

from collections.abc import Mapping
from datetime import datetime

from daysheet.digests import rollup
from daysheet.model.figures import Figures
from daysheet.model.periods import Period
from daysheet.services import figures, organisation
from daysheet.services.tools import Tools
from tests.recount import Recount, Stored, differences


def told_now(tools: Tools, period: Period, now: datetime) -> Mapping[int, Figures]:
    """Return the figures of *period* as the program would tell them now, by manager."""
    with tools.database.reading() as connection:
        known = organisation.load(connection, tools)
        cells = figures.collect(connection, tools, known, period, now, named=False).cells
        scopes = rollup.Scopes(known)
        told = {person.id: (scopes.of(person), cells) for person in known.people.values()}
        return {id_: rollup.summed(scope, cells) for id_, (scope, cells) in told.items() if scope.posting_ids}


def check_now(tools: Tools, stored: Stored, period: Period, now: datetime) -> tuple[int, list[str]]:
    """Compare these with the recount of what is *stored*; returns how many figures, and the differences."""
    counted = Recount(stored, period, now)
    compared, found = 0, list[str]()
    for person_id, told in told_now(tools, period, now).items():
        own = counted.of_manager(person_id) or {}
        plain = {name: number for name, number in told.items() if number}
        compared += len(plain.keys() | own.keys())
        who = f"{period.label} {counted.people[person_id]['name']} now"
        found += [f"{who}: {line}" for line in differences(plain, own)]
    return compared, found
