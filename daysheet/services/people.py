"""Read a list of people (CSV or XLSX) into the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from daysheet.model.people import Role
from daysheet.model.text import Language
from daysheet.services.lists import ListRow, read_list
from daysheet.services.tools import Tools
from daysheet.store import people
from daysheet.store.people import PersonRow

HEADERS: Mapping[str, tuple[str, ...]] = {
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
LANGUAGES = {
    "": None,
    "zh": Language.ZH,
    "中文": Language.ZH,
    "en": Language.EN,
    "english": Language.EN,
    "英文": Language.EN,
}
NO = {"no", "n", "0", "false", "否", "离职"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the list that was not accepted, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class PeopleImported:
    """What an import did."""

    added: int
    updated: int
    faults: tuple[Fault, ...]


def import_file(tools: Tools, name: str, content: bytes, *, dry_run: bool = False) -> PeopleImported:
    """
    Add or update people by employee number; a wrong line is reported and the others are taken.

    Raises UsageError where the file is no list of people.
    """
    rows = read_list(tools.reader, name, content, HEADERS, required=("number", "name"))
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
    opened = tools.database.rehearsing() if dry_run else tools.database.writing()
    with opened as connection:
        counts = people.import_people(connection, accepted, tools.clock())
    faults += [Fault(fault.row, fault.message) for fault in counts.faults]
    return PeopleImported(counts.added, counts.updated, tuple(sorted(faults, key=lambda fault: fault.row)))


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
    wrong = next((address for address in addresses if address.count("@") != 1 or " " in address), None)
    if wrong is not None:
        return Fault(row.number, f"{wrong!r} is not an e-mail address")
    if not _is_zone(row.get("timezone")):
        return Fault(row.number, f"{row.get('timezone')!r} is not a time zone such as Asia/Shanghai")
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
    )


def _is_zone(name: str) -> bool:
    """Say whether *name* is a time zone, or empty; an unknown one would break every report of that person."""
    try:
        return not name or ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False
