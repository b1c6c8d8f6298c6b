"""
The appraisal sheet: reps, teams and regions with the figures of a period, and how each is made.

Numbers are numbers and shares are percentages, to be sorted, filtered and worked with.
"""

import io
from collections.abc import Iterable, Sequence
from copy import copy

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.appraisal import Appraisal, Line
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import appraisal_columns as shown_as
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.appraisal_columns import GROUPS, Column, Group
from daysheet.templates_xlsx.cells import write_text

_BANDS, _HEADINGS, _FIRST = 3, 4, 5
"""Rows: the columns' groups, their headings, the first line."""
_DEEPEST = 9
"""Levels of regions that are set in: beyond, a column has no room, and a program no number, for it."""
_NOTHING = "–"

_TITLE = Bilingual(zh="日报考核表", en="Reporting appraisal")
_REPS = Bilingual(zh="个人", en="Reps")
_TEAMS = Bilingual(zh="团队", en="Teams")
_REGIONS = Bilingual(zh="大区", en="Regions")
_HOW = Bilingual(zh="说明", en="How it is made")
_ALL = Bilingual(zh="合计", en="All")
_PART = Bilingual(zh="{name}（其中您负责的）", en="{name} (yours of it)")
_WHOLE_COMPANY = Bilingual(zh="全公司", en="the whole company")
_BELOW = Bilingual(zh="{name}所管人员", en="everybody below {name}")
_SUBTITLE = Bilingual(
    zh="{company} · {first} 至 {last} · 范围：{scope} · 制表 {made_on}",
    en="{company} · {first} to {last} · scope: {scope} · made on {made_on}",
)
_COLUMNS = (
    Bilingual(zh="栏目", en="Column"),
    Bilingual(zh="怎么算", en="How it is made"),
)
_NOTES = (
    Bilingual(
        zh="全部数字由收到的日报逐次计算，不另存；事后补报、请假或更正会使以往数字随之变化。",
        en="All numbers are worked out from the reports that arrived, each time anew: a report, a leave or a "
        "correction that comes later changes them.",
    ),
    Bilingual(
        zh="个人一行合计其本期全部岗位；团队和大区只计在该处任职期间的数字。中途调动的人，两处各计各的，合计不重复。",
        en="A rep's line holds all of theirs, wherever they stood. A team's and a region's hold what was done there: "
        "of somebody who moved, each keeps its own, and nothing counts twice.",
    ),
    Bilingual(
        zh="大区包含其下属大区。比率由合计数重新计算，不是各行比率的平均。",
        en="A region includes those below it. A rate of a team or region is made from the sums, not from the rates.",
    ),
    Bilingual(zh="“–”表示没有可计算的数据。", en="“–” says that there is nothing to make a rate from."),
)


def build(appraisal: Appraisal, language: Language) -> bytes:
    """Return the workbook: how it is made, reps, teams, regions; no name becomes a formula."""
    book = Workbook()
    look.set_normal(book)
    lines = appraisal.lines
    sheets = (
        (_REPS, (shown_as.NUMBER, shown_as.NAME, shown_as.TEAM, shown_as.REGION), lines.reps, 2),
        (_TEAMS, (shown_as.TEAM_NAME, shown_as.REGION), lines.teams, 1),
        (_REGIONS, (shown_as.REGION_NAME, shown_as.PART_OF), lines.regions, 1),
    )
    first = book.active
    assert isinstance(first, Worksheet)
    book.remove(first)
    for label, lead, shown, frozen in sheets:
        sheet = book.create_sheet(label.in_(language))
        _write_table(sheet, appraisal, language, label, lead, shown, frozen)
    _write_how(book.create_sheet(_HOW.in_(language)), appraisal, language)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _subtitle(appraisal: Appraisal, language: Language) -> str:
    scope = _BELOW.in_(language).format(name=appraisal.whose) if appraisal.whose else _WHOLE_COMPANY.in_(language)
    return _SUBTITLE.in_(language).format(
        company=appraisal.company,
        first=appraisal.period.first,
        last=appraisal.period.last,
        scope=scope,
        made_on=appraisal.made_on,
    )


def _write_title(sheet: Worksheet, appraisal: Appraisal, language: Language, label: Bilingual, last: str) -> str:
    title = f"{_TITLE.in_(language)} {appraisal.period.label} · {label.in_(language)}"
    subtitle = _subtitle(appraisal, language)
    look.title_band(sheet, "A", last, title, "")
    write_text(_cell(sheet, 2, 1), subtitle)  # it names people
    sheet.sheet_view.showGridLines = False
    return title


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # nothing is merged here
    return cell


# ---- the tables --------------------------------------------------------------------------------


def _write_table(
    sheet: Worksheet,
    appraisal: Appraisal,
    language: Language,
    label: Bilingual,
    lead: Sequence[Column],
    lines: Sequence[Line],
    frozen: int,
) -> None:
    groups = (Group(Bilingual(zh="", en=""), tuple(lead)), *GROUPS)
    columns = [column for group in groups for column in group.columns]
    last = get_column_letter(len(columns))
    title = _write_title(sheet, appraisal, language, label, last)
    _write_head(sheet, groups, language)
    faces = _Faces(_starts(groups))
    for number, line in enumerate(lines, _FIRST):
        part = _PART.in_(language).format(name=line.name) if line.is_part and line.name else ""
        _write_line(sheet, number, columns, line, faces, called=part)
    everybody = len(lines) + _FIRST
    _write_line(sheet, everybody, columns, appraisal.lines.everybody, faces, called=_ALL.in_(language), is_total=True)
    if lines:
        sheet.auto_filter.ref = f"A{_HEADINGS}:{last}{everybody - 1}"
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}{_FIRST}"
    look.start_at(sheet, f"{get_column_letter(frozen + 1)}{_FIRST}")
    look.set_page(sheet, title, repeat=f"1:{_HEADINGS}")
    sheet.sheet_properties.tabColor = look.ACCENT


def _starts(groups: Iterable[Group]) -> frozenset[int]:
    """Return the numbers of the columns that begin a group: a line stands before them."""
    found, at = [], 1
    for group in groups:
        found.append(at)
        at += len(group.columns)
    return frozenset(found[1:])


def _write_head(sheet: Worksheet, groups: Sequence[Group], language: Language) -> None:
    sheet.row_dimensions[_BANDS].height, sheet.row_dimensions[_HEADINGS].height = 20, 34
    at = 1
    for group in groups:
        for number, column in enumerate(group.columns):
            band, heading = sheet.cell(_BANDS, at), sheet.cell(_HEADINGS, at)
            band.fill = look.fill(look.ACCENT_SOFT)
            if number == 0:
                band.value, band.font = group.label.in_(language) or None, look.font(9, bold=True, color=look.PAPER)
                band.alignment = Alignment(horizontal="left", vertical="center", indent=1)
            heading.value, heading.font = column.label.in_(language), look.font(9, bold=True)
            heading.fill, heading.border = look.fill(look.TINT), _border(strong=number == 0 and at > 1)
            heading.alignment = look.CENTRED if column.number else look.INDENTED
            sheet.column_dimensions[get_column_letter(at)].width = column.width
            at += 1


def _border(*, strong: bool = False, above: bool = False) -> Border:
    thin = Side(style="thin", color=f"FF{look.LINE}")
    accent = Side(style="thin", color=f"FF{look.ACCENT_SOFT}")
    return Border(left=accent if strong else thin, right=thin, top=accent if above else thin, bottom=thin)


class _Faces:
    """How the cells of one sheet's lines look, each face made once: making them anew takes longer than all the rest."""

    def __init__(self, starts: frozenset[int]) -> None:
        self._starts = starts
        self._made: dict[tuple[str, int, bool, bool], StyleArray] = {}

    def put_on(self, cell: Cell, column: Column, indent: int, *, is_total: bool) -> None:
        """Give *cell* the face of *column*."""
        key = (column.number, indent, cell.column in self._starts, is_total)
        if key in self._made:
            cell._style = copy(self._made[key])  # type: ignore[attr-defined]  # the stubs know none of it
            return
        if column.number:
            cell.number_format = column.number
            cell.alignment = Alignment(horizontal="right", vertical="center")
        else:
            cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=indent)
        cell.font = look.font(10, bold=is_total)
        cell.border = _border(strong=cell.column in self._starts, above=is_total)
        if is_total:
            cell.fill = look.fill(look.TINT)
        self._made[key] = copy(cell._style)  # type: ignore[attr-defined]


def _write_line(
    sheet: Worksheet,
    row: int,
    columns: Sequence[Column],
    line: Line,
    faces: _Faces,
    *,
    called: str = "",
    is_total: bool = False,
) -> None:
    """Write a line; *called* stands in place of its name."""
    texts = [(str(column.of(line) or ""), column.width) for column in columns if not column.number]
    sheet.row_dimensions[row].height = look.height(texts, least=20)
    for at, column in enumerate(columns, 1):
        cell, value = _cell(sheet, row, at), column.of(line)
        faces.put_on(cell, column, 1 + (2 * min(line.below, _DEEPEST) if at == 1 else 0), is_total=is_total)
        if column.number:
            cell.value = _NOTHING if value is None else value
        else:
            write_text(cell, called if called and at == 1 else str(value or ("" if is_total else _NOTHING)))


# ---- how it is made ----------------------------------------------------------------------------


def _write_how(sheet: Worksheet, appraisal: Appraisal, language: Language) -> None:
    title = _write_title(sheet, appraisal, language, _HOW, "B")
    widths = {"A": 24, "B": 96}
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    row = _BANDS
    for letter, label in zip("AB", _COLUMNS, strict=True):
        cell = sheet[f"{letter}{row}"]
        cell.value, cell.font = label.in_(language), look.font(9, bold=True, color=look.PAPER)
        cell.fill, cell.alignment = look.fill(look.ACCENT_SOFT), look.INDENTED
    sheet.row_dimensions[row].height = 20
    for group in GROUPS:
        row += 1
        _write_pair(sheet, row, widths, group.label.in_(language), "", bold=True)
        for column in group.columns:
            assert column.how is not None
            row += 1
            how = column.how.in_(language).format(cut_off=appraisal.cut_off)
            _write_pair(sheet, row, widths, column.label.in_(language), how)
    for note in _NOTES:
        row += 1
        _write_pair(sheet, row + 1, widths, "", note.in_(language), plain=True)
    sheet.freeze_panes = f"A{_BANDS + 1}"
    look.start_at(sheet, f"A{_BANDS + 1}")
    look.set_page(sheet, title, pages=1)
    sheet.sheet_properties.tabColor = look.ACCENT_SOFT


def _write_pair(
    sheet: Worksheet, row: int, widths: dict[str, int], lead: str, text: str, *, bold: bool = False, plain: bool = False
) -> None:
    sheet.row_dimensions[row].height = look.height([(lead, widths["A"]), (text, widths["B"])], least=20)
    for at, value in enumerate((lead, text), 1):
        cell = _cell(sheet, row, at)
        write_text(cell, value)
        cell.font = look.font(10, bold=bold, color=look.ACCENT if bold else look.MUTED if plain else look.INK)
        cell.alignment = look.INDENTED
        if not plain:
            cell.border = look.underline()
        if bold:
            cell.fill = look.fill(look.TINT)
