"""Draw customers for a check by phone and write the sheet that is handed to whoever rings them up."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import randbelow

from daysheet.digests import sampling
from daysheet.errors import UsageError
from daysheet.model.customers import Customer
from daysheet.model.memory import Actor
from daysheet.model.organisation import Organisation
from daysheet.model.spot_checks import DISTANCE_DAYS, PRINTED, Check, Drawn
from daysheet.model.text import Language
from daysheet.services import organisation
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, lookup, spot_checks
from daysheet.store.engine import Connection
from daysheet.templates_xlsx import spot_check as sheets

SEEDS = 2**31
"""Seeds are below this: what a whole number of both databases holds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A check as drawn (*id* 0 where it was only rehearsed), its workbook, and how many of each region it has."""

    id: int
    seed: int
    size: int
    regions: Mapping[str, int] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)


def sample(
    tools: Tools,
    size: int,
    by: Actor,
    *,
    by_region: bool = False,
    seed: int | None = None,
    language: Language | None = None,
    rehearses: bool = False,
    hand_out: Callable[[bytes], None] = lambda content: None,
) -> Sample:
    """
    Draw *size* customers, remember them, and return the workbook.

    *hand_out* gets the workbook before anything is remembered for good: where it raises, nothing was
    drawn. The same *seed* draws the same customers as long as these are the same; without one, chance does.
    Raises UsageError where there is no customer to draw.
    """
    chosen = randbelow(SEEDS) if seed is None else seed
    with tools.database.rehearsing() if rehearses else tools.database.writing() as connection:
        customers.guard(connection)
        today = tools.day_of(tools.clock(), None)
        known = organisation.load(connection, tools)
        owners = spot_checks.owners(connection, tools.tables)
        region_of = {root: _region(known, owner, tools) for root, owner in owners.items()}
        since = today - timedelta(days=DISTANCE_DAYS - 1)
        recent = spot_checks.drawn_since(connection, since, size=size, seed=chosen, by_region=by_region)
        roots = sampling.draw(region_of, size, chosen, by_stratum=by_region, recent=recent)
        if not roots:
            raise UsageError("there is no customer to draw; load them with: daysheet customers import")
        drawn = _printed(connection, known, roots, region_of, owners)
        check = Check(0, today, by.name, len(drawn), chosen, by_region)
        check_id = spot_checks.add(connection, check, drawn, tools.clock())
        after = {"size": len(drawn), "seed": chosen, "by_region": by_region}
        entry = audit.Entry("spot_check.drawn", "spot_check", check_id, after=after, actor=by.name)
        audit.append(connection, [entry], tools.clock())
        content = sheets.build(check_id, today, drawn, language or tools.house.language)
        hand_out(content)
    counts = Counter(item.stratum for item in drawn)
    return Sample(0 if rehearses else check_id, chosen, len(drawn), dict(sorted(counts.items())), content)


def _region(known: Organisation, owner: int | None, tools: Tools) -> str:
    """Return the region that a customer's owner stands in today, "" where nobody has it."""
    posting = known.posting_on(owner, tools.day_of(tools.clock(), None))
    person = known.people.get(owner or 0)
    stands = posting or person
    if stands is None:
        return ""
    team = known.teams.get(stands.team)
    return stands.region or (team.region if team else "")


def _printed(
    connection: Connection,
    known: Organisation,
    roots: list[int],
    region_of: Mapping[int, str],
    owners: Mapping[int, int | None],
) -> list[Drawn]:
    records = lookup.by_ids(connection, roots)
    contacts = spot_checks.latest_contacts(connection, roots)
    drawn = []
    for root in roots:
        owner = known.people.get(owners[root] or 0)
        name, phone = contacts.get(root, ("", ""))
        values = _values(records[root], name, phone) | {"owner": owner.name if owner else ""}
        drawn.append(Drawn(root, region_of[root], {field: values[field] for field in PRINTED}))
    return drawn


def _values(record: Customer, contact: str, phone: str) -> dict[str, str]:
    return {
        "name": record.display_name,
        "contact": contact,
        "phone": phone or record.phone or "",
        "address": record.address or "",
        "city": record.city or "",
        "industry": record.industry or "",
        "level": record.level or "",
        "credit_code": record.credit_code or "",
    }
