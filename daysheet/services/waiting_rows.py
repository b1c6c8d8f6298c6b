"""The rows that wait, as a list and as a workbook to hand round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from daysheet import i18n
from daysheet.model.template import SheetSpec
from daysheet.model.text import Language
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import repair
from daysheet.store.repair import RowFilter, WaitingRow
from daysheet.store.row_decisions import Place
from daysheet.templates_xlsx import listing

A_PAGE = 50
MOST_EXPORTED = 5000
LONGEST_FILTER = 100
"""Characters of a filter that are looked at."""
STATES = ("returned", "all")
"""What is listed besides what waits for a steward: rows sent back to their rep, and both."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the list is asked for, as it stands in the address. *days*: at least so old."""

    rep: str = ""
    team: str = ""
    sheet: str = ""
    code: str = ""
    days: int = 0
    text: str = ""
    state: str = ""  # "": waits for a steward; or one of STATES


@dataclass(frozen=True, slots=True)
class RowList:
    """A page of the list, and what its filters offer."""

    rows: tuple[WaitingRow, ...]
    has_more: bool
    sheets: tuple[SheetSpec, ...]
    teams: tuple[str, ...]


def listed(tools: Tools, visitor: Visitor, asked: Asked, page: int) -> RowList:
    """Return a page of the rows that wait, within what the visitor sees; the oldest report's come first."""
    with tools.database.reading() as connection:
        found = repair.parked(
            connection,
            tools.tables,
            visitor.scope,
            _filter(tools, asked),
            limit=A_PAGE + 1,
            offset=(max(page, 1) - 1) * A_PAGE,
        )
        teams = repair.teams(connection, visitor.scope)
    return RowList(found[:A_PAGE], len(found) > A_PAGE, sheets(tools), teams)


def following(tools: Tools, visitor: Visitor, asked: Asked, place: Place) -> tuple[str, int] | None:
    """Return sheet and id of the row that comes behind *place* in the list, whether or not that one is still in it."""
    wanted = replace(_filter(tools, asked), after=place)
    with tools.database.reading() as connection:
        found = repair.parked(connection, tools.tables, visitor.scope, wanted, limit=1)
    return (found[0].sheet, found[0].id) if found else None


def _filter(tools: Tools, asked: Asked) -> RowFilter:
    return RowFilter(
        rep=asked.rep.strip()[:LONGEST_FILTER],
        team=asked.team[:LONGEST_FILTER],
        sheet=asked.sheet[:LONGEST_FILTER],
        code=asked.code.strip().upper()[:LONGEST_FILTER],
        received_before=tools.clock() - timedelta(days=asked.days) if asked.days > 0 else None,
        text=asked.text.strip()[:LONGEST_FILTER],
        is_returned=None if asked.state == "all" else asked.state == "returned",
    )


def sheets(tools: Tools) -> tuple[SheetSpec, ...]:
    """Return the data sheets of all forms, the first form's where several have one."""
    found: dict[str, SheetSpec] = {}
    for spec in tools.specs:
        for sheet in spec.data_sheets:
            found.setdefault(sheet.key, sheet)
    return tuple(found.values())


# ---- as a workbook -----------------------------------------------------------------------------


def workbook(tools: Tools, visitor: Visitor, asked: Asked, language: Language) -> bytes:
    """
    Return the rows asked for, at most ``MOST_EXPORTED``, with every cell as it was typed and what is wrong.

    No text becomes a formula. The cells of all sheets share the columns that are headed alike.
    """
    with tools.database.reading() as connection:
        wanted = _filter(tools, asked)
        rows = repair.parked(connection, tools.tables, visitor.scope, wanted, limit=MOST_EXPORTED)
    labels = _labels(tools, rows, language)
    headings = dict.fromkeys(labels.values())
    fixed = [(i18n.text(f"repair.column.{key}", language), width) for key, width in _FIXED]
    columns = [*fixed, *((heading, 18) for heading in headings)]
    return listing.build(
        i18n.text("queue.tab.rows", language), columns, _lines(rows, sheets(tools), labels, tuple(headings), language)
    )


_FIXED = (("date", 12), ("number", 10), ("rep", 14), ("sheet", 14), ("row", 6), ("wrong", 60))


def _labels(tools: Tools, rows: Sequence[WaitingRow], language: Language) -> dict[tuple[str, str], str]:
    """Return the heading of each column that any of *rows* holds something in, by sheet and field, in form order."""
    used = {(row.sheet, key) for row in rows for key in row.raw}
    return {
        (sheet.key, column.key): column.label.in_(language)
        for sheet in sheets(tools)
        for column in tools.tables.columns[sheet.key].values()
        if (sheet.key, column.key) in used
    }


def _lines(
    rows: Sequence[WaitingRow],
    forms: Sequence[SheetSpec],
    labels: dict[tuple[str, str], str],
    headings: Sequence[str],
    language: Language,
) -> Iterator[list[str | int | float | None]]:
    names = {sheet.key: sheet.label.in_(language) for sheet in forms}
    for row in rows:
        typed = {labels[row.sheet, key]: text for key, text in row.raw.items() if (row.sheet, key) in labels}
        wrong = "\n".join(i18n.issue_text(one, language) for one in row.issues)
        yield [
            row.report_date.isoformat(),
            row.rep_number,
            row.rep_name,
            names.get(row.sheet, row.sheet),
            row.row_number,
            wrong,
            *(typed.get(heading, "") for heading in headings),
        ]
