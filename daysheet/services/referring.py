"""
Whether the hidden reference of a prefilled row is to be believed.

People copy rows and type over them, pass their workbook on, and clear cells without deleting the row.
So a reference counts only where it agrees with what was typed; else the row counts by its words. Of
that the rep is told where it may be a mistake: not of a plan copied to make another one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daysheet.model.rows import Record, Value
from daysheet.model.template import ColumnType, Meaning, SheetMeaning, SheetSpec
from daysheet.services.tools import Tools
from daysheet.store import assignments, merges, opportunities, personal, plans, references
from daysheet.store.engine import Connection
from daysheet.store.opportunities import project_key
from daysheet.templates_xlsx.layout import live_columns

_Event = tuple[int, Record]  # an opportunity and what a row says of it


@dataclass(frozen=True, slots=True)
class Row:
    """A row that lands; *customer_id* is whose name was typed, None where it names nobody."""

    record: Record
    sheet: SheetSpec
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class Belief:
    """
    What a row's reference is taken for: *ref* is stored with it, None for none.

    *doubted* is the column that it does not agree with, where the rep is told.
    """

    ref: str | None
    doubted: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    connection: Connection
    tools: Tools
    rep_id: int
    day: date  # the report's
    roots: Mapping[int, int]  # customer → as read


def judge(
    connection: Connection,
    tools: Tools,
    rep_id: int,
    day: date,
    rows: Sequence[Row],
    everything: Iterable[Record],
) -> list[Belief]:
    """Return what each of *rows* refers to; *everything* are the report's records, those that wait too."""
    found = [Belief(row.record.ref) for row in rows]
    roots = merges.roots_of(connection, {row.customer_id for row in rows if row.customer_id is not None})
    asked = _Asked(connection, tools, rep_id, day, roots)
    _by_customer(asked, rows, found)
    for sheet in {row.sheet.key: row.sheet for row in rows}.values():
        places = [at for at, row in enumerate(rows) if row.sheet.key == sheet.key and row.customer_id is not None]
        if sheet.meaning(Meaning.STAGE) is not None and sheet.meaning(Meaning.PROJECT) is not None:
            _by_project(asked, rows, found, places, [one for one in everything if one.sheet == sheet.key])
        elif sheet.about is SheetMeaning.PLANS and sheet.meaning(Meaning.ROW_DATE) is not None:
            _by_plan(asked, rows, found, places)
    return found


def _by_customer(asked: _Asked, rows: Sequence[Row], found: list[Belief]) -> None:
    """Doubt references that are of another customer than the typed one, or of nobody."""
    places = [at for at, row in enumerate(rows) if row.customer_id is not None and row.record.ref]
    if not places:
        return
    wanted = {(rows[at].sheet.key, rows[at].record.ref or "") for at in places}
    referred = references.roots(asked.connection, asked.tools.tables, wanted)
    for at in places:
        row = rows[at]
        if referred.get((row.sheet.key, row.record.ref or "")) != asked.roots[row.customer_id or 0]:
            columns = row.sheet.of_type(ColumnType.CUSTOMER)
            found[at] = Belief(None, next(one.key for one in columns if row.record.values.get(one.key)))


# ---- deals ---------------------------------------------------------------------------------------


def _by_project(
    asked: _Asked, rows: Sequence[Row], found: list[Belief], places: Sequence[int], everything: Sequence[Record]
) -> None:
    """
    Doubt references to a deal that another name was typed for, unless the rep has given it that name.

    It is no new name where another row has the old one, where it is another deal's, or where the deal
    is not the rep's.
    """
    numbers = {at: number for at in places if (number := _number(found[at].ref, "o")) is not None}
    if not numbers:
        return
    sheet = rows[places[0]].sheet
    column = sheet.meaning(Meaning.PROJECT)
    assert column is not None

    def typed(record: Record) -> str:
        return project_key(str(record.values.get(column.key) or record.raw.get(column.key) or ""))

    roots = {asked.roots[rows[at].customer_id or 0] for at in numbers}
    keys = opportunities.keys_of(asked.connection, roots)
    of_customers = set(keys.values())
    renamed = {at: number for at, number in numbers.items() if typed(rows[at].record) != keys[number][1]}
    if not renamed:
        return
    names = {number: {keys[number][1], called} for number, called in _called(asked, sheet, roots, renamed).items()}
    claimed = {
        number
        for record in everything
        if (number := _number(record.ref, "o")) in names and typed(record) in names[number]
    }
    own = _own_deals(asked, rows, sheet, renamed)
    for at, number in sorted(renamed.items()):
        key = typed(rows[at].record)
        if key in names[number]:
            continue
        if number in claimed or (keys[number][0], key) in of_customers or number not in own:
            found[at] = Belief(None, column.key)
        claimed.add(number)  # it gets one new name at most


def _called(asked: _Asked, sheet: SheetSpec, roots: Collection[int], renamed: Mapping[int, int]) -> dict[int, str]:
    """Return what each deal was called last, as a project's key, "" where it was never reported."""
    stage, project = sheet.meaning(Meaning.STAGE), sheet.meaning(Meaning.PROJECT)
    assert stage is not None
    assert project is not None
    tables = asked.tools.tables
    deals = personal.deals(asked.connection, tables.table(sheet.key), stage.key, sorted(roots))
    rows = {number: deal.row_id for deal in deals for number in deal.ids if number in renamed.values()}
    values = personal.values(asked.connection, tables, sheet.key, set(rows.values()))
    said = {number: project_key(str(values[row_id].get(project.key) or "")) for number, row_id in rows.items()}
    return dict.fromkeys(renamed.values(), "") | said


def _own_deals(asked: _Asked, rows: Sequence[Row], sheet: SheetSpec, places: Mapping[int, int]) -> set[int]:
    """Return those of the deals that the rep has reported before, or whose customer they own."""
    owned = assignments.owned(asked.connection, asked.rep_id)
    table = asked.tools.tables.table(sheet.key)
    reported = opportunities.reported_by(asked.connection, table, set(places.values()), asked.rep_id)
    return reported | {number for at, number in places.items() if asked.roots[rows[at].customer_id or 0] in owned}


def confirmed(
    connection: Connection, tools: Tools, sheet: SheetSpec, roots: Collection[int], deals: Mapping[int, _Event]
) -> frozenset[int]:
    """
    Return the places of those *deals* that leave an opportunity as it was reported last.

    *roots* are their customers as read. The customer's name does not count: it may be called better now.
    """
    stage = sheet.meaning(Meaning.STAGE)
    if stage is None or not deals:
        return frozenset()
    last = personal.deals(connection, tools.tables.table(sheet.key), stage.key, sorted(roots))
    rows = {number: deal.row_id for deal in last for number in deal.ids}
    wanted = {rows[number] for number, _ in deals.values() if number in rows}
    before = personal.values(connection, tools.tables, sheet.key, wanted)
    return frozenset(
        at
        for at, (number, record) in deals.items()
        if number in rows and _is_unchanged(sheet, record.values, before[rows[number]])
    )


def _is_unchanged(sheet: SheetSpec, values: Mapping[str, Value], before: Mapping[str, object]) -> bool:
    return all(
        values.get(column.key) == before.get(column.key)
        for column in live_columns(sheet)
        if column.type is not ColumnType.CUSTOMER
    )


# ---- plans ---------------------------------------------------------------------------------------


def _by_plan(asked: _Asked, rows: Sequence[Row], found: list[Belief], places: Sequence[int]) -> None:
    """
    Say which plan each row is about: the one it was prefilled from, else the rep's with the same day and purpose.

    The row refers to the plan's first, however often it was sent. Of several rows prefilled from one
    plan the one that has its day counts, or the first; the others are new plans.
    """
    if not places:
        return
    sheet = rows[places[0]].sheet
    day = sheet.meaning(Meaning.ROW_DATE)
    assert day is not None
    others = [key for key in sheet.row_key if key != day.key and sheet.column(key).type is not ColumnType.CUSTOMER]

    def said(at: int) -> tuple[object, ...]:
        values = rows[at].record.values
        root = asked.roots[rows[at].customer_id or 0]
        return root, values.get(day.key), tuple(values.get(key) for key in others)

    numbers = {at: number for at in places if (number := _number(found[at].ref, "p")) is not None}
    usable = _usable_plans(asked, sheet, others, {said(at)[:2] for at in places}, set(numbers.values()))
    latest: dict[str, plans.PlanRow] = {}
    by_content: dict[tuple[object, ...], str] = {}
    for row in sorted(usable, key=lambda row: row.place):
        latest[row.plan] = row
        by_content[row.root_id, row.day, row.key] = row.plan
    plan_of = {row.id: row.plan for row in usable}
    wanted = {at: plan_of.get(number, references.written("p", number)) for at, number in numbers.items()}
    chosen: dict[int, str] = {}

    def has_its_day(at: int) -> bool:
        return said(at)[1] == latest[wanted[at]].day

    for at in sorted((at for at in wanted if wanted[at] in latest), key=lambda at: (not has_its_day(at), at)):
        if wanted[at] not in chosen.values():
            chosen[at] = wanted[at]
    for at in places:
        again = by_content.get(said(at))
        if at not in chosen and again is not None and again not in chosen.values():
            chosen[at] = again
        if found[at].ref is None or at in numbers:
            found[at] = Belief(chosen.get(at), found[at].doubted)


def _usable_plans(
    asked: _Asked,
    sheet: SheetSpec,
    columns: Sequence[str],
    said: Collection[tuple[object, ...]],
    numbers: Collection[int],
) -> list[plans.PlanRow]:
    """Return the rows that may be of the same plans: the rep's, and those left by who handed a customer over."""
    day = sheet.meaning(Meaning.ROW_DATE)
    assert day is not None
    since = asked.day - assignments.OWN_FOR
    roots = {root for root, _ in said if isinstance(root, int)}
    days = {one for _, one in said if isinstance(one, date)}
    table = asked.tools.tables.table(sheet.key)
    known = plans.alike(asked.connection, table, day.key, columns, roots, since, days, numbers)
    foreign = {row.root_id for row in known if row.rep_id != asked.rep_id and row.root_id is not None}
    owned = assignments.owned(asked.connection, asked.rep_id) & foreign if foreign else frozenset()
    left = plans.left_behind(asked.connection, owned, since) if owned else {}
    return [row for row in known if row.rep_id == asked.rep_id or row.rep_id in left.get(row.root_id or 0, ())]


def _number(ref: str | None, kind: str) -> int | None:
    parsed = references.parse(ref)
    return parsed[1] if parsed is not None and parsed[0] == kind else None
