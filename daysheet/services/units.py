"""The lines of a list of teams and regions, and what is wrong with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.organisation import Region, Team, line_of
from daysheet.services.lists import LANGUAGES, Columns, Fault, ListRow, is_zone
from daysheet.store import organisation
from daysheet.store.engine import Connection


class UnitKind(StrEnum):
    """What a unit is."""

    TEAM = "team"
    REGION = "region"


UNITS = Columns(
    {
        "kind": ("kind", "类型"),
        "name": ("name", "名称"),
        "parent": ("parent", "上级区域", "上级", "region", "区域"),
        "manager": ("manager", "负责人工号", "负责人", "经理工号"),
        "timezone": ("timezone", "time zone", "时区"),
        "language": ("language", "语言"),
        "calendar": ("calendar", "工作日历", "日历"),
    },
    required=("kind", "name"),
)
"""The list's columns and the headers they are known by."""

KINDS = {
    "team": UnitKind.TEAM,
    "团队": UnitKind.TEAM,
    "部门": UnitKind.TEAM,
    "组": UnitKind.TEAM,
    "region": UnitKind.REGION,
    "区域": UnitKind.REGION,
    "大区": UnitKind.REGION,
}


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A line of the list: the unit as it says, *row* being the line."""

    row: int
    unit: Team | Region

    @property
    def parent(self) -> str:
        """The region it is in, "" at the top."""
        return self.unit.parent if isinstance(self.unit, Region) else self.unit.region


@dataclass(frozen=True, slots=True)
class UnitsWritten:
    """What became of a list of units; those that it says nothing new of are neither *added* nor *updated*."""

    added: int = 0
    updated: int = 0
    lines: tuple[UnitLine, ...] = ()  # that were taken
    faults: tuple[Fault, ...] = ()

    @property
    def unchanged(self) -> int:
        """The lines that say nothing new."""
        return len(self.lines) - self.added - self.updated


def write(connection: Connection, rows: Sequence[ListRow], calendars: Collection[str]) -> UnitsWritten:
    """
    Add or change the units of a list by their names; a wrong line is reported and the others are taken.

    *calendars* are the names that the settings have.
    """
    faults: list[Fault] = []
    lines: list[UnitLine] = []
    seen: set[tuple[UnitKind, str]] = set()
    for row in rows:
        read = _unit(row, calendars)
        if isinstance(read, Fault):
            faults.append(read)
            continue
        kind = UnitKind.REGION if isinstance(read, Region) else UnitKind.TEAM
        if (kind, read.name) in seen:
            faults.append(Fault(row.number, f"the {kind} {read.name} is in the list twice"))
            continue
        seen.add((kind, read.name))
        lines.append(UnitLine(row.number, read))
    before = _known(connection)
    lines, circles = _without_circles(lines, {one.name: one for one in before.values() if isinstance(one, Region)})
    organisation.write_teams(connection, [line.unit for line in lines if isinstance(line.unit, Team)])
    organisation.write_regions(connection, [line.unit for line in lines if isinstance(line.unit, Region)])
    after = _known(connection)
    added = len(after) - len(before)
    updated = sum(key in before and after[key] != before[key] for key in after)
    return UnitsWritten(added, updated, tuple(lines), (*faults, *circles))


def _known(connection: Connection) -> dict[tuple[type, str], Team | Region]:
    units: list[Team | Region] = [*organisation.all_teams(connection), *organisation.all_regions(connection)]
    return {(type(one), one.name): one for one in units}


def _unit(row: ListRow, calendars: Collection[str]) -> Team | Region | Fault:
    kind = KINDS.get(row.get("kind").casefold())
    if kind is None:
        return Fault(row.number, f"unknown kind {row.get('kind')!r}; write one of: {', '.join(UnitKind)}")
    if not row.get("name"):
        return Fault(row.number, f"the {kind} has no name")
    language = row.get("language").casefold()
    if language not in LANGUAGES:
        return Fault(row.number, f"unknown language {row.get('language')!r}; write zh or en")
    if not is_zone(row.get("timezone")):
        return Fault(row.number, f"{row.get('timezone')!r} is not a time zone such as Asia/Shanghai")
    calendar = row.get("calendar")
    if calendar and calendar not in calendars:
        known = ", ".join(sorted(calendars))
        return Fault(row.number, f"the settings have no calendar {calendar!r}; under calendars there is: {known}")
    if kind is UnitKind.REGION and row.get("parent") == row.get("name"):
        return Fault(row.number, f"the region {row.get('name')} is its own parent")
    rest = (row.get("timezone") or None, LANGUAGES[language], row.get("manager"), calendar)
    if kind is UnitKind.REGION:
        return Region(row.get("name"), row.get("parent"), *rest)
    return Team(0, row.get("name"), row.get("parent"), *rest)


def _without_circles(lines: Sequence[UnitLine], known: Mapping[str, Region]) -> tuple[list[UnitLine], list[Fault]]:
    """Return the lines that make a tree together with what is *known*, and the regions that would close a circle."""
    accepted, faults = list(lines), list[Fault]()
    while True:
        regions = {**known, **{line.unit.name: line.unit for line in accepted if isinstance(line.unit, Region)}}
        closed = {
            line.row: round_
            for line in accepted
            if isinstance(line.unit, Region)
            and (round_ := line_of(regions, line.unit.name))[-1].parent == line.unit.name
        }
        if not closed:
            return accepted, faults
        faults += [
            Fault(
                row,
                f"the region {line[0].name} is above itself: {' < '.join([one.name for one in line])} < {line[0].name}",
            )
            for row, line in closed.items()
        ]
        accepted = [line for line in accepted if line.row not in closed]
