"""
Tomorrow's workbook: the form with a rep's own customers, contacts, open deals and plans, to be updated.

Whatever stands in it already need not be typed again, under names that are right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.template import ColumnType, Meaning, SheetMeaning, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.services.forms import chosen, file_name
from daysheet.services.tools import Tools
from daysheet.store import assignments, organisation, plans, references
from daysheet.store import personal as store
from daysheet.store.engine import Connection
from daysheet.store.opportunities import project_key
from daysheet.templates_xlsx.prefill import Blank, Contents, Prefilled

MOST_CUSTOMERS, MOST_CONTACTS = 500, 1000
"""Names offered in the dropdowns; nobody scrolls further."""
MOST_DEALS, MOST_PLANS = 200, 100
"""Rows prefilled; of more deals those reported last, of more plans the next."""
CLOSED = frozenset({"won", "lost"})
"""Stages in which nothing more is expected of a deal."""
PLANS_SHOWN_FOR = timedelta(days=7)
"""A plan that nobody has followed stays this long after its day."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A rep's workbook as a file, with how much it offers."""

    name: str
    content: bytes
    customers: int
    deals: int
    plans: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose workbook, and what is known by then."""

    connection: Connection
    tools: Tools
    person: Person
    on: date
    names: Mapping[int, str]  # own customers as read, the last reported first → canonical name
    owned: Collection[int]

    @property
    def since(self) -> date:
        """Reports before this day bring nothing any more."""
        return self.on - assignments.OWN_FOR


def workbook(
    connection: Connection,
    tools: Tools,
    person: Person,
    *,
    form: str | None = None,
    language: Language | None = None,
    on: date,
) -> Personal:
    """
    Return *person*'s workbook for the day *on*; without *form* that of their last report, else the first.

    The same database gives the same bytes. Raises UsageError for an unknown form.
    """
    last = store.last_form(connection, person.id, [one.id for one in tools.specs]) if form is None else form
    spec = chosen(tools.specs, last)
    chosen_language = language or tools.language_of(person)
    own = assignments.own_customers(connection, person.id, on, MOST_CUSTOMERS)
    names = {customer.id: customer.display_name for customer in own}
    asked = _Asked(connection, tools, person, on, names, assignments.owned(connection, person.id))
    deals, planned = _deals(asked, spec), _plans(asked, spec)
    contents = Contents(
        person=_placed(connection, person, on),
        report_date=on,
        customers=tuple(names.values()),
        contacts=store.contacts(
            connection, tools.tables, person.id, list(names), asked.owned, asked.since, MOST_CONTACTS
        ),
        rows=dict((*deals.items(), *planned.items())),
    )
    content = _blank(tools, spec, chosen_language, contents).fill(contents)
    name = file_name(spec.title.in_(chosen_language), person.name, on.isoformat())
    return Personal(name, content, len(names), _count(deals), _count(planned))


def next_workday(connection: Connection, tools: Tools, person: Person, day: date) -> date:
    """Return the first day after *day* that is worked where a person stands."""
    found = store.standing(connection, person.id, day)
    if found is None:
        return tools.policy.calendars()["default"].next_workday(day)
    own = Organisation(
        people={},
        teams={found.team.name: found.team} if found.team else {},
        regions={region.name: region for region in organisation.all_regions(connection)},
        postings={},
        calendars=tools.policy.calendars(),
        zone=tools.house.zone,
    )
    return own.calendar_of(found.posting).next_workday(day)


def _count(rows: Mapping[str, Sequence[Prefilled]]) -> int:
    return sum(len(some) for some in rows.values())


def _placed(connection: Connection, person: Person, on: date) -> Person:
    """Return *person* with their team's region where they have none of their own."""
    if person.region:
        return person
    found = store.standing(connection, person.id, on)
    region = found.posting.region or (found.team.region if found.team else "") if found else ""
    return replace(person, region=region)


def _blank(tools: Tools, spec: TemplateSpec, language: Language, contents: Contents) -> Blank:
    """Return the blank to fill in, made once for a form, a language and the dropdowns it has."""
    has = bool(contents.customers), bool(contents.contacts)
    key = (spec.id, spec.digest, str(language), *map(str, has))
    blank = tools.blanks.get(key)
    if blank is None:
        blank = tools.blanks[key] = Blank(spec, language, has_customers=has[0], has_contacts=has[1])
    return blank


def _renamed(sheet: SheetSpec, values: Mapping[str, object], name: str | None) -> Mapping[str, object]:
    """Return *values* with the customer called as it is called now."""
    column = next((one for one in sheet.of_type(ColumnType.CUSTOMER) if values.get(one.key)), None)
    return values if column is None or name is None else {**values, column.key: name}


# ---- deals ---------------------------------------------------------------------------------------


def _deals(asked: _Asked, spec: TemplateSpec) -> dict[str, tuple[Prefilled, ...]]:
    """
    Return the open deals that the rep was the last to report, and of owned customers those nobody goes on with.

    A colleague's deal stays out: sent back with the owner's workbook it would be the owner's from then on.
    """
    sheet = spec.about(SheetMeaning.DEALS)
    stage = sheet.meaning(Meaning.STAGE) if sheet else None
    project = sheet.meaning(Meaning.PROJECT) if sheet else None
    if sheet is None or stage is None or project is None:
        return {}
    tables = asked.tools.tables
    found = store.deals(asked.connection, tables.table(sheet.key), stage.key, list(asked.names))
    open_ = [deal for deal in found if deal.stage not in CLOSED]
    others = {deal.root_id for deal in open_ if deal.rep_id != asked.person.id and deal.root_id in asked.owned}
    at_it = assignments.taking_part(asked.connection, others, asked.on)
    standing = [
        deal
        for deal in open_
        if deal.rep_id == asked.person.id or (deal.root_id in others and (deal.root_id, deal.rep_id) not in at_it)
    ]
    most = min(MOST_DEALS, sheet.max_rows)
    shown = sorted(standing, key=lambda deal: (deal.on, deal.id), reverse=True)[:most]
    places = {root: place for place, root in enumerate(asked.names)}
    shown.sort(key=lambda deal: (places[deal.root_id], deal.id))
    values = store.values(asked.connection, tables, sheet.key, [deal.row_id for deal in shown])
    rows: dict[tuple[int, str], Prefilled] = {}
    for deal in shown:
        row = _renamed(sheet, values[deal.row_id], asked.names[deal.root_id])
        said = deal.root_id, project_key(str(row[project.key] or ""))  # two that are called the same are told once
        rows.setdefault(said, Prefilled(row, references.written("o", deal.id)))
    return {sheet.key: tuple(rows.values())} if rows else {}


# ---- plans ---------------------------------------------------------------------------------------


def _plans(asked: _Asked, spec: TemplateSpec) -> dict[str, tuple[Prefilled, ...]]:
    """Return the plans to come, and those of the last days that no visit has followed."""
    sheet = spec.about(SheetMeaning.PLANS)
    day = sheet.meaning(Meaning.ROW_DATE) if sheet else None
    if sheet is None or day is None:
        return {}
    kept = _latest(asked, sheet, day.key)
    visited = _visited(asked, spec) if any(row.day is not None and row.day < asked.on for row in kept) else {}
    shown = [row for row in kept if not _is_over(row, visited, asked.on)]
    places = {root: place for place, root in enumerate(asked.names)}
    shown.sort(key=lambda row: (row.day, places.get(row.root_id or 0, -1), row.id))
    shown = shown[: min(MOST_PLANS, sheet.max_rows)]
    values = store.values(asked.connection, asked.tools.tables, sheet.key, [row.id for row in shown])
    rows: dict[tuple[object, ...], Prefilled] = {}
    for row in shown:
        found = _renamed(sheet, values[row.id], asked.names.get(row.root_id or 0))
        said = tuple(found.get(key) for key in sheet.row_key) or (row.plan,)
        rows.setdefault(said, Prefilled(found, row.plan))
    return {sheet.key: tuple(rows.values())} if rows else {}


def _latest(asked: _Asked, sheet: SheetSpec, day: str) -> list[plans.PlanRow]:
    """Return each plan as it is now: the rep's, and those left by whoever handed a customer over to them."""
    table = asked.tools.tables.table(sheet.key)
    rows = list(plans.of_rep(asked.connection, table, day, (), asked.person.id, asked.since))
    left = plans.left_behind(asked.connection, [root for root in asked.names if root in asked.owned], asked.since)
    if left:
        theirs = plans.of_customers(asked.connection, table, day, (), left, asked.since)
        rows += [row for row in theirs if row.root_id is not None and row.rep_id in left[row.root_id]]
    latest: dict[str, plans.PlanRow] = {}
    for row in rows:
        if row.plan not in latest or latest[row.plan].place < row.place:
            latest[row.plan] = row
    return [row for row in latest.values() if row.root_id is None or row.root_id in asked.names]


def _visited(asked: _Asked, spec: TemplateSpec) -> Mapping[int, date]:
    sheet = spec.about(SheetMeaning.VISITS)
    day = sheet.meaning(Meaning.ROW_DATE) if sheet else None
    if sheet is None or day is None:
        return {}
    table = asked.tools.tables.table(sheet.key)
    return store.last_visits(asked.connection, table, day.key, asked.person.id, asked.on - 2 * PLANS_SHOWN_FOR)


def _is_over(row: plans.PlanRow, visited: Mapping[int, date], on: date) -> bool:
    if row.day is None or row.day < on - PLANS_SHOWN_FOR:
        return True
    last = visited.get(row.root_id or 0)
    return row.day < on and last is not None and last >= row.day
