"""Read lists of people, and of the teams and regions they work in (CSV or XLSX), into the database."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from daysheet.model.organisation import Reports
from daysheet.model.people import Role
from daysheet.services import units
from daysheet.services.lists import LANGUAGES, Columns, Fault, ListRow, is_zone, read_lists, to_day
from daysheet.services.tools import Tools
from daysheet.services.units import UNITS, UnitLine, UnitsWritten
from daysheet.store import organisation, people, staff
from daysheet.store.engine import Connection
from daysheet.store.people import PersonRow

HEADERS = {
    "number": ("number", "employee no", "employee number", "工号", "员工号", "编号"),
    "name": ("name", "姓名", "名字"),
    "role": ("role", "角色", "岗位", "职务"),
    "addresses": ("addresses", "address", "email", "e-mail", "mail", "邮箱", "邮件", "电子邮箱"),
    "team": ("team", "团队", "部门", "组"),
    "region": ("region", "区域", "大区"),
    "language": ("language", "语言"),
    "timezone": ("timezone", "time zone", "时区"),
    "manager": ("manager", "上级", "经理", "上级工号"),
    "may_submit_for": ("may_submit_for", "may submit for", "submits for", "代报", "可代报"),
    "active": ("active", "在职"),
    "reports": ("reports", "日报频率"),
    "since": ("since", "from", "入职日期", "起始日期"),
}
"""The list's columns and the headers they are known by."""

ROLES = {
    "": Role.REP,
    "rep": Role.REP,
    "销售": Role.REP,
    "业务员": Role.REP,
    "assistant": Role.ASSISTANT,
    "助理": Role.ASSISTANT,
    "manager": Role.MANAGER,
    "经理": Role.MANAGER,
    "steward": Role.STEWARD,
    "管家": Role.STEWARD,
    "数据管家": Role.STEWARD,
    "admin": Role.ADMIN,
    "管理员": Role.ADMIN,
}
REPORTS = {
    "": None,
    "daily": Reports.DAILY,
    "每日": Reports.DAILY,
    "每天": Reports.DAILY,
    "weekly": Reports.WEEKLY,
    "每周": Reports.WEEKLY,
    "none": Reports.NONE,
    "不报": Reports.NONE,
    "无": Reports.NONE,
}
_ADDRESS = re.compile(r"""[^\s@<>(),:;\\"\[\]]+@[^\s@<>(),:;\\"\[\]]+""")
NO = {"no", "n", "0", "false", "否", "离职"}


@dataclass(frozen=True, slots=True)
class PeopleImported:
    """
    What an import did. *faults* are lines that were not taken; *notes* are about lines that were.

    A note names what the list leaves open, such as a manager whom nobody knows.
    """

    added: int
    updated: int
    faults: tuple[Fault, ...]
    units_added: int = 0
    units_updated: int = 0
    units_unchanged: int = 0
    teams_made: int = 0  # that people name and no list had
    notes: tuple[Fault, ...] = ()


def import_file(tools: Tools, name: str, content: bytes, *, dry_run: bool = False) -> PeopleImported:
    """
    Add or update people by employee number, teams and regions by name; a wrong line is reported, the others are taken.

    Which list it is, is seen by its headers; a workbook may hold one of each. Raises UsageError where
    the file holds neither.
    """
    lists = read_lists(tools.reader, name, content, {"people": Columns(HEADERS, ("number", "name")), "units": UNITS})
    sheet, rows = lists.get("people", ("", []))
    units_sheet, unit_rows = lists.get("units", ("", []))
    # asked for only where it matters: public holidays take a moment to load
    calendars = tools.policy.calendars().keys() if any(row.get("calendar") for row in unit_rows) else ()
    accepted, faults = _people(rows)
    today = tools.day_of(tools.clock(), None)
    opened = tools.database.rehearsing() if dry_run else tools.database.writing()
    with opened as connection:
        written = units.write(connection, unit_rows, calendars) if unit_rows else UnitsWritten()
        counts = people.import_people(connection, accepted, today)
        unit_notes = list(_loose_units(connection, written.lines, with_people="people" in lists))
        notes = _unknown_managers(connection, [(row.row, row.manager) for row in accepted], _NOBODY)
    faults += [Fault(fault.row, fault.message) for fault in counts.faults]
    return PeopleImported(
        added=counts.added,
        updated=counts.updated,
        faults=(*_on(units_sheet, written.faults), *_on(sheet, faults)),
        units_added=written.added,
        units_updated=written.updated,
        units_unchanged=written.unchanged,
        teams_made=counts.teams,
        notes=(*_on(units_sheet, unit_notes), *_on(sheet, notes)),
    )


def _on(sheet: str, faults: Iterable[Fault]) -> list[Fault]:
    return sorted((replace(fault, sheet=sheet) for fault in faults), key=lambda fault: fault.row)


def _people(rows: Sequence[ListRow]) -> tuple[list[PersonRow], list[Fault]]:
    faults: list[Fault] = []
    accepted: list[PersonRow] = []
    seen: set[str] = set()
    for row in rows:
        person = _person(row)
        if isinstance(person, Fault):
            faults.append(person)
        elif person.number in seen:
            faults.append(Fault(row.number, f"the employee number {person.number} is in the list twice"))
        else:
            seen.add(person.number)
            accepted.append(person)
    return accepted, faults


_NOBODY = "the manager {number} is nobody's employee number here{more}"
_NOT_YET = "the manager {number} is not known yet{more}: import the people too"


def _loose_units(connection: Connection, lines: Sequence[UnitLine], *, with_people: bool) -> Iterator[Fault]:
    """Yield what the units name and nobody knows: managers, and regions without a line or anybody in them."""
    said = _NOBODY if with_people else _NOT_YET
    yield from _unknown_managers(connection, [(line.row, line.unit.manager) for line in lines], said)
    if not any(line.parent for line in lines):
        return
    known = {region.name for region in organisation.all_regions(connection)} | set(staff.regions(connection))
    for line in lines:
        if line.parent and line.parent not in known:
            yield Fault(line.row, f"no region is called {line.parent!r}: nothing is above {line.unit.name}")


def _unknown_managers(connection: Connection, named: Sequence[tuple[int, str]], said: str) -> list[Fault]:
    """Return a note for each employee number that is named as a manager's and nobody has, at its first line."""
    lines: dict[str, list[int]] = {}
    for row, number in named:
        if number:
            lines.setdefault(number, []).append(row)
    known = staff.names_of(connection, lines)
    notes = []
    for number, rows in lines.items():
        if number not in known:
            more = f", nor in {len(rows) - 1} more" if len(rows) > 1 else ""
            notes.append(Fault(rows[0], said.format(number=number, more=more)))
    return notes


def _person(row: ListRow) -> PersonRow | Fault:
    role = ROLES.get(row.get("role").casefold())
    if role is None:
        return Fault(row.number, f"unknown role {row.get('role')!r}; write one of: {', '.join(Role)}")
    language = row.get("language").casefold()
    if language not in LANGUAGES:
        return Fault(row.number, f"unknown language {row.get('language')!r}; write zh or en")
    if not row.get("number") or not row.get("name"):
        return Fault(row.number, "the employee number or the name is missing")
    addresses = tuple(address.lower() for address in row.several("addresses"))
    wrong = next((address for address in addresses if not _ADDRESS.fullmatch(address)), None)
    if wrong is not None:
        return Fault(row.number, f"{wrong!r} is not an e-mail address")
    if not is_zone(row.get("timezone")):
        return Fault(row.number, f"{row.get('timezone')!r} is not a time zone such as Asia/Shanghai")
    reports = row.get("reports").casefold()
    if reports not in REPORTS:
        return Fault(row.number, f"unknown reports {row.get('reports')!r}; write one of: {', '.join(Reports)}")
    since = to_day(row.get("since"))
    if row.get("since") and since is None:
        return Fault(row.number, f"{row.get('since')!r} is not a day such as 2026-11-02")
    return PersonRow(
        row=row.number,
        number=row.get("number"),
        name=row.get("name"),
        role=role,
        language=LANGUAGES[language],
        addresses=addresses,
        team=row.get("team"),
        region=row.get("region"),
        timezone=row.get("timezone") or None,
        manager=row.get("manager"),
        may_submit_for=frozenset(row.several("may_submit_for")),
        is_active=row.get("active").casefold() not in NO,
        reports=REPORTS[reports],
        since=since,
    )
