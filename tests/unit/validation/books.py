"""Workbooks as values: the smallest sheet that shows what a test is about."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from daysheet.model.issues import Issue
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, Checked, Record, Sheet, Workbook
from daysheet.model.template import ColumnSpec, ColumnType, ListItem, ListSpec, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Bilingual
from daysheet.templates_xlsx import spec
from daysheet.validation.cells import Note, Notes, parser_for
from daysheet.validation.sheets import Context, Validator

DAY = date(2026, 3, 4)
MARKED = {"daysheet.template": "daily_report", "daysheet.version": "1"}

VISIT: Mapping[str, Cell] = {
    "拜访日期": "2026-03-04",
    "客户名称": "杭州云杉自动化有限公司",
    "联系人": "周敏",
    "拜访方式": "上门拜访",
    "拜访目的": "需求沟通",
    "沟通内容": "谈了明年的计划",
    "结果": "有进展",
}
DEAL: Mapping[str, Cell] = {"客户名称": "杭州云杉自动化有限公司", "项目名称": "涂装线二期", "阶段": "暂停"}
PLAN: Mapping[str, Cell] = {"计划日期": "2026-03-09", "客户名称": "杭州云杉自动化有限公司", "目的": "报价"}
SERVICE: Mapping[str, Cell] = {"类型": "费用", "说明": "打车"}
COVER = (("姓名", "王丽"), ("工号", "E1"), ("日报日期", "2026-03-04"))


@cache
def daily() -> TemplateSpec:
    """The packaged daily report."""
    return spec.load("daily_report")


@cache
def lite() -> TemplateSpec:
    """The packaged form for phones."""
    return spec.load("lite")


@cache
def _validator(form: str) -> Validator:
    return Validator(spec.load(form))


# ---- one cell ----------------------------------------------------------------------------------


def a_column(type_: ColumnType = ColumnType.TEXT, **more: Any) -> ColumnSpec:
    """Return a column with nothing but a key and labels."""
    return ColumnSpec("it", Bilingual("某栏", "It"), type_, **more)


def a_list(*items: tuple[str, str, str], **aliases: tuple[str, ...]) -> ListSpec:
    """Return a list of (code, zh, en)."""
    made = (ListItem(code, Bilingual(zh, en), aliases.get(code, ())) for code, zh, en in items)
    return ListSpec("list", tuple(made))


def typed(
    cell: Cell, column: ColumnSpec, *, choices: ListSpec | None = None, day: date = DAY, is_past: bool = False
) -> tuple[Any, list[Note]]:
    """Return what a column's parser makes of *cell*, and its notes."""
    notes = Notes(day)
    lists = {choices.key: choices} if choices else {}
    return parser_for(column, lists, is_past=is_past)(cell, notes), notes.items


def codes(notes: Sequence[Note]) -> list[str]:
    """The codes of *notes*, in order."""
    return [str(note.code) for note in notes]


# ---- sheets ------------------------------------------------------------------------------------


def a_table(*rows: Mapping[str, Cell], name: str = "拜访", above: Sequence[Sequence[Cell]] = (), **more: Any) -> Sheet:
    """Return a sheet with the rows' keys as its headings, below whatever stands *above*."""
    headings = list(dict.fromkeys(key for row in rows for key in row))
    body = [tuple(row.get(heading) for heading in headings) for row in rows]
    return Sheet(name, (*(tuple(row) for row in above), tuple(headings), *body), **more)


def a_grid(*rows: Sequence[Cell], name: str = "拜访", **more: Any) -> Sheet:
    """Return a sheet of *rows* as they are."""
    return Sheet(name, tuple(tuple(row) for row in rows), **more)


def a_visit(**changes: Cell) -> dict[str, Cell]:
    """Return a visit by its Chinese headings."""
    return {**VISIT, **changes}


def a_deal(**changes: Cell) -> dict[str, Cell]:
    """Return a deal by its Chinese headings, at a stage that asks for nothing else."""
    return {**DEAL, **changes}


def a_cover(**changes: Cell) -> Sheet:
    """Return a cover, label beside value."""
    fields = dict(COVER) | changes
    return Sheet("封面", tuple(row for row in fields.items() if row[1] is not None))


def a_book(*sheets: Sheet, kind: FileKind = FileKind.XLSX, cover: Sheet | None = None, **more: Any) -> Workbook:
    """Return a workbook with a cover, the sheets given and, where none is called so, one good visit."""
    named = [sheet.name for sheet in sheets]
    visits = () if "拜访" in named else (a_table(VISIT),)
    return Workbook(kind, (cover or a_cover(), *visits, *sheets), **{"properties": MARKED, **more})


def check(book: Workbook, form: str = "daily_report", **context: Any) -> Checked:
    """Check *book* as of ``DAY``."""
    return _validator(form).check(book, Context(**{"today": DAY, **context}))


def check_sheet(sheet: Sheet, **context: Any) -> Checked:
    """Check *sheet* in a workbook of which everything else is in order."""
    return check(a_book(sheet), **context)


def said(issues: Sequence[Issue]) -> list[tuple[str, str]]:
    """Code and A1 address of each issue, in order."""
    return [(str(issue.code), issue.place.cell) for issue in issues]


def rows_of(checked: Checked, sheet: str = "visits") -> list[Record]:
    """The records of one sheet."""
    return [record for record in checked.records if record.sheet == sheet]


def a_sheet_spec(*columns: ColumnSpec, **more: Any) -> SheetSpec:
    """Return a data sheet with *columns*."""
    return SheetSpec("sheet", Bilingual("某表", "Sheet"), SheetRole.DATA, columns, **more)
