"""Give a rep's workbook back with its mistakes marked, or a fresh one where theirs cannot be rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.errors import CannotMark
from daysheet.model.issues import Issue, Place
from daysheet.model.rows import Record
from daysheet.model.template import REF_KEY, ColumnType, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.build import workbook
from daysheet.templates_xlsx.cells import write_text, write_value
from daysheet.templates_xlsx.check_report import add_report
from daysheet.templates_xlsx.facts import Facts, put_back
from daysheet.templates_xlsx.fidelity import open_workbook
from daysheet.templates_xlsx.layout import HEADER_ROW, cell_of, first_row, letters, live_columns, ref_letter
from daysheet.templates_xlsx.marks import Describe, add_marks, remove_marks, style_of
from daysheet.templates_xlsx.package import Rewrite, to_bytes

_TYPED = frozenset({ColumnType.DATE, ColumnType.TIME, ColumnType.INT, ColumnType.DECIMAL})
_MOST_EXTRA = 40  # columns of the sender's own that are carried over


def mark(
    original: bytes, issues: Sequence[Issue], language: Language, *, spec: TemplateSpec, describe: Describe
) -> bytes:
    """
    Return *original* with the cells of errors and warnings coloured and commented, and a report sheet last.

    Marks of an earlier answer are removed first; everything else stays as it was. Issue places name
    sheets as *original* does. The same arguments give the same bytes. Raises CannotMark where
    anything would be lost: ``report_workbook`` is for those.
    """
    book, facts = open_workbook(original)
    try:
        remove_marks(book)
        _annotate(book, issues, language, spec, describe)
        return to_bytes(book, _putting_back(book, facts))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        # what openpyxl read without complaint it may still be unable to write
        raise CannotMark(f"it cannot be written back: {type(error).__name__}: {error}") from error


def _annotate(
    book: Workbook, issues: Sequence[Issue], language: Language, spec: TemplateSpec, describe: Describe
) -> None:
    is_all_coloured = add_marks(book, issues, language, describe)
    add_report(book, issues, language, spec, describe, is_all_coloured=is_all_coloured)


def _putting_back(book: Workbook, facts: Mapping[str, Facts]) -> Rewrite:
    """Return what restores, part by part, the results and digits that openpyxl does not keep."""
    parts = {f"xl/worksheets/sheet{at}.xml": facts.get(sheet.title) for at, sheet in enumerate(book.worksheets, 1)}

    def rewrite(name: str, content: bytes) -> bytes:
        known = parts.get(name)
        return put_back(content, known) if known is not None else content

    return rewrite


# ---- a fresh workbook --------------------------------------------------------------------------


def report_workbook(
    spec: TemplateSpec,
    records: Sequence[Record],
    cover: Record | None,
    issues: Sequence[Issue],
    language: Language,
    describe: Describe,
) -> bytes:
    """
    Return a fresh workbook of *spec* with what the rep wrote, marked, and the report sheet.

    *records* and *cover* hold the values by the rows of the file they came from; *issues* speak of
    that file too and are moved to the cells of the fresh one.
    """
    book = workbook(spec, language)
    rows: dict[tuple[str, int], int] = {}
    for part in spec.sheets:
        sheet = book[part.label.in_(language)]
        if part.role is SheetRole.COVER:
            if cover is not None:
                _write_record(sheet, part, spec, cover, 0)
        else:
            mine = sorted((r for r in records if r.sheet == part.key), key=lambda record: record.row_number)
            for row, record in enumerate(mine, first_row(spec)):
                rows[part.key, record.row_number] = row
                _write_record(sheet, part, spec, record, row)
            _write_extra(sheet, part, mine, first_row(spec))
    moved = [replace(issue, place=_moved(issue.place, spec, rows, language)) for issue in issues]
    _annotate(book, moved, language, spec, describe)
    return to_bytes(book)


def _write_record(sheet: Worksheet, part: SheetSpec, spec: TemplateSpec, record: Record, row: int) -> None:
    if part.role is SheetRole.DATA:
        wrapped = (column for column in live_columns(part) if column.type not in _TYPED)
        widths = ((record.raw.get(column.key, ""), column.width) for column in wrapped)
        sheet.row_dimensions[row].height = look.height(widths)
    for column in live_columns(part):
        raw = record.raw.get(column.key, "")
        value = record.values.get(column.key) if column.type in _TYPED else None
        if not raw and value is None:
            continue
        letter, at = cell_of(spec, part, column.key, row)
        cell = _styled(sheet, letter, at)
        write_value(cell, value, raw)
    if record.ref and part.role is SheetRole.DATA:
        write_text(_styled(sheet, ref_letter(part), row), record.ref)


def _styled(sheet: Worksheet, letter: str, row: int) -> Cell:
    """Return the cell, with its column's style where it had none of its own."""
    cell = sheet[f"{letter}{row}"]
    if not cell.has_style:
        cell._style = style_of(sheet.column_dimensions[letter])
    assert isinstance(cell, Cell)
    return cell


def _write_extra(sheet: Worksheet, part: SheetSpec, records: Sequence[Record], first: int) -> None:
    """Carry columns that the template does not know over to the right of its own."""
    headers = list(dict.fromkeys(header for record in records for header in record.extra))[:_MOST_EXTRA]
    start = len(live_columns(part)) + 2
    for at, header in enumerate(headers, start):
        head = sheet.cell(HEADER_ROW, at)
        assert isinstance(head, Cell)
        write_text(head, header)
        head.font, head.fill, head.alignment = look.font(color=look.MUTED), look.fill(look.TINT), look.CENTRED
        for row, record in enumerate(records, first):
            if text := record.extra.get(header):
                cell = sheet.cell(row, at)
                assert isinstance(cell, Cell)
                write_text(cell, text)
                cell.font, cell.protection, cell.number_format = look.font(), look.UNLOCKED, "@"
                cell.alignment = look.WRAPPED


def _moved(place: Place, spec: TemplateSpec, rows: Mapping[tuple[str, int], int], language: Language) -> Place:
    """Return where the place of the original stands in the fresh workbook; less of it where it has no equal."""
    part = next((sheet for sheet in spec.sheets if sheet.key == place.sheet_key), None)
    if part is None:
        return place
    here = replace(place, sheet=part.label.in_(language), row=None, column=None, last_row=None)
    is_known = place.field in letters(part)
    if part.role is SheetRole.COVER:
        if not is_known or place.field is None:
            return here
        letter, row = cell_of(spec, part, place.field, 0)
        return replace(here, column=letter, row=row)
    if place.row is None or (part.key, place.row) not in rows:
        return here
    column = ref_letter(part) if place.field == REF_KEY else letters(part)[place.field or ""] if is_known else None
    run = [rows[part.key, at] for at in range(place.row, (place.last_row or place.row) + 1) if (part.key, at) in rows]
    return replace(here, row=run[0], column=column, last_row=run[-1] if len(run) > 1 else None)
