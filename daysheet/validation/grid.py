"""Check one data sheet: its header, its rows, and what is wrong with the grid itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from daysheet.model.issues import Issue, IssueCode, Place, Severity, issue
from daysheet.model.rows import Cell, CellFault, Record, Sheet, Value
from daysheet.model.template import ColumnSpec, ListSpec, Meaning, SheetSpec
from daysheet.validation import merges, numbers, rules
from daysheet.validation.cells import Note
from daysheet.validation.columns import Header, HeaderFinder
from daysheet.validation.rows import RowTyper
from daysheet.validation.text import DITTO_FIRST, is_blank, is_ditto, letters, shown

ACROSS = 2
"""Columns beyond its own that a cell is merged over where it is a remark or a heading between the rows."""
MOST_EXTRA = 20
"""Columns the template does not know that are kept and told; a sheet with more is somebody's own table."""
LONGEST_DITTO = 30
"""Characters shown of what 同上 was taken for."""


@dataclass(frozen=True, slots=True)
class RowCells:
    """
    A row to be checked by itself, by field key: what its cells hold, what of them could not be read,
    and which fields are not to be missed, for its sheet did not ask for them.
    """

    cells: Mapping[str, Cell]
    faults: Mapping[str, tuple[CellFault, str]] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """What one data sheet holds. *is_unclear*: its columns could not all be told, so no row of it can land."""

    sheet: SheetSpec
    name: str
    records: tuple[Record, ...] = ()
    issues: tuple[Issue, ...] = ()
    header: Header | None = None
    letters: Mapping[str, str] = field(default_factory=dict)
    is_unclear: bool = False

    @property
    def is_empty(self) -> bool:
        """True where the sheet was understood and holds no row."""
        return not self.records and not self.is_unclear

    def place(self, row: int, field_key: str) -> Place:
        """Return the place of a field in a row."""
        return Place(
            sheet=self.name, row=row, column=self.letters.get(field_key), field=field_key, sheet_key=self.sheet.key
        )


@dataclass(slots=True)
class _Work:
    """One sheet while it is read."""

    sheet: Sheet
    header: Header
    letters: Mapping[str, str]
    today: date
    day: date
    issues: list[Issue] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    above: dict[str, Cell] = field(default_factory=dict)  # field → the cell of the last row, for 同上
    absent: frozenset[str] = frozenset()  # required fields that have no column
    merged: tuple[merges.Range, ...] = ()
    summed: int = 0  # records that a line of totals has added up already


class SheetChecker:
    """Checks one sheet of the template; compiled once per spec."""

    def __init__(self, spec: SheetSpec, lists: Mapping[str, ListSpec]) -> None:
        self._spec = spec
        self._finder = HeaderFinder(spec)
        self._typer = RowTyper(spec, lists)
        self._required = [column for column in spec.columns if column.required and column.removed is None]
        self._has_rules = bool(spec.row_rules)
        self._columns = {column.key: column for column in spec.columns}

    def check(self, sheet: Sheet, memory: Mapping[str, str], today: date, day: date) -> SheetFindings:
        """Return the typed rows of *sheet*, of a report of *day* first seen on *today*, and every issue in it."""
        header = self._finder.find(sheet, memory)
        if header is None:
            return self._without_header(sheet)
        named = {key: letters(column) for key, column in header.columns.items()}
        work = _Work(sheet, header, named, today, day)
        work.absent = frozenset(column.key for column in header.missing(self._spec))
        work.merged = tuple(merges.in_data(sheet, header))
        self._read_rows(work)
        merged = self._merged_rows(work)
        missing = header.missing(self._spec) if work.records or self._is_touched(sheet, header) else ()
        is_unclear = bool(missing or (header.duplicates and work.records))
        if is_unclear or merged:
            work.records = [
                _parked(record) if is_unclear or record.row_number in merged else record for record in work.records
            ]
        work.issues += self._about_the_header(work, missing)
        work.issues += self._about_the_unit(work)
        work.issues += self._about_hidden_rows(work)
        work.issues += self._about_repeats(work)
        return SheetFindings(
            self._spec, sheet.name, tuple(work.records), tuple(work.issues), header, named, is_unclear=is_unclear
        )

    def check_row(self, row: RowCells, place: Place, today: date, day: date) -> tuple[dict[str, Value], list[Issue]]:
        """Return the typed values of one row by itself, and what is wrong in it, at *place*'s sheet and line."""
        cells = {key: cell for key, cell in row.cells.items() if not is_blank(cell)}
        values, notes = self._typer.type_row(cells, row.faults, day, row.unseen)
        notes += rules.row_notes(self._spec, values, today)
        return values, [as_issue(note, replace(place, field=note.column.key)) for note in notes]

    # ---- the header --------------------------------------------------------------------------

    def _without_header(self, sheet: Sheet) -> SheetFindings:
        if all(is_blank(cell) for row in sheet.rows for cell in row):
            return SheetFindings(self._spec, sheet.name)
        place = Place(sheet=sheet.name, sheet_key=self._spec.key)
        return SheetFindings(
            self._spec,
            sheet.name,
            issues=tuple(_column_missing(column, place) for column in self._required),
            is_unclear=True,
        )

    def _is_touched(self, sheet: Sheet, header: Header) -> bool:
        """True where something stands below the header, be it only in columns nobody knows."""
        return any(
            not is_blank(cell)
            for row in sheet.rows[header.first_row - 1 :]
            if not self._finder.is_key_row(row)
            for cell in row
        )

    def _about_the_header(self, work: _Work, missing: tuple[ColumnSpec, ...]) -> Iterator[Issue]:
        header, name, key = work.header, work.sheet.name, self._spec.key
        for column in missing:
            yield _column_missing(column, Place(sheet=name, sheet_key=key, row=header.row, field=column.key))
        for number, text, column_key in header.duplicates:
            if column_key in self._columns and work.records:
                place = Place(sheet=name, sheet_key=key, row=header.row, column=letters(number), field=column_key)
                both = f"{work.letters.get(column_key, '')}, {letters(number)}"
                yield issue(
                    IssueCode.SHEET_COLUMN_DUPLICATE,
                    place,
                    f"{text} ({both})",
                    params=_labels(self._columns[column_key]),
                )
        for number, text, column_key in header.renamed:
            place = Place(sheet=name, sheet_key=key, row=header.row, column=letters(number), field=column_key)
            yield issue(IssueCode.SHEET_COLUMN_RENAMED, place, text, params=_labels(self._columns[column_key]))
        for number, text in header.unknown[:MOST_EXTRA]:
            if any(number <= len(row) and not is_blank(row[number - 1]) for row in self._data_rows(work)):
                place = Place(sheet=name, sheet_key=key, row=header.row, column=letters(number))
                yield issue(IssueCode.SHEET_COLUMN_UNKNOWN, place, " ".join(text.split()))

    def _about_the_unit(self, work: _Work) -> Iterator[Issue]:
        """A unit above the table is told once, where a number was counted in it."""
        unit, keys = work.header.unit, work.header.in_unit
        if unit is None or not any(numbers.is_bare(record.raw.get(key, "")) for record in work.records for key in keys):
            return
        names = [self._columns[key].label for key in keys]
        yield issue(
            IssueCode.SHEET_UNIT,
            Place(sheet=work.sheet.name, row=unit.row, column=letters(unit.column), sheet_key=self._spec.key),
            unit.text,
            is_fixed=True,
            value=numbers.written(Decimal(unit.scale)),
            fields_zh="、".join(name.zh for name in names),
            fields_en=", ".join(name.en for name in names),
        )

    def _data_rows(self, work: _Work) -> tuple[tuple[Cell, ...], ...]:
        return work.sheet.rows[work.header.first_row - 1 :]

    # ---- rows --------------------------------------------------------------------------------

    def _read_rows(self, work: _Work) -> None:
        faults = self._faults(work)
        columns = [(key, column - 1) for key, column in work.header.columns.items()]
        extras = [(text, number - 1) for number, text in work.header.unknown[:MOST_EXTRA]]
        rows = work.sheet.rows
        last = max(len(rows), max(faults, default=0))
        for number in range(work.header.first_row, last + 1):
            row = rows[number - 1] if number <= len(rows) else ()
            wrong = faults.get(number, {})
            width = len(row)
            cells = {key: cell for key, at in columns if at < width and not is_blank(cell := row[at])}
            if (not cells and not wrong) or self._finder.is_key_row(row):
                continue
            if rules.is_total(row):
                self._check_totals(work, number, row)
                continue
            if not wrong and len(cells) == 1 and self._says_no_more(work, number, row, cells):
                continue
            if len(work.records) >= self._spec.max_rows:
                place = Place(sheet=work.sheet.name, row=number, sheet_key=self._spec.key)
                label = self._spec.label
                work.issues.append(
                    issue(
                        IssueCode.SHEET_TOO_MANY_ROWS,
                        place,
                        limit=self._spec.max_rows,
                        label_zh=label.zh,
                        label_en=label.en,
                    )
                )
                return
            extra = {text: shown(row[at]) for text, at in extras if at < width and not is_blank(row[at])}
            self._read_row(work, number, cells, wrong, extra, row)

    def _says_no_more(self, work: _Work, number: int, row: tuple[Cell, ...], cells: Mapping[str, Cell]) -> bool:
        """A row that is only a remark, a heading over the rows below, or a date dragged down too far is no record."""
        if sum(not is_blank(cell) for cell in row) > 1:
            return False
        key, cell = next(iter(cells.items()))
        is_day = not isinstance(cell, str) or cell.lstrip()[:1].isdigit()
        if is_day and self._columns[key].meaning is Meaning.ROW_DATE and len(self._required) > 1:
            return True
        at = work.header.columns[key]
        is_across = any(
            top == bottom == number and left <= at and right - left >= ACROSS
            for top, left, bottom, right in work.sheet.merges
        )
        return is_across or rules.is_remark(cell)

    def _read_row(
        self,
        work: _Work,
        number: int,
        cells: Mapping[str, Cell],
        wrong: Mapping[str, tuple[CellFault, str]],
        extra: Mapping[str, str],
        row: tuple[Cell, ...],
    ) -> None:
        dittos = self._dittos(work, cells)
        meant = self._meant(work, cells, dittos)
        unseen = work.absent | merges.hidden_fields(work.merged, work.header, number) if work.merged else work.absent
        values, notes = self._typer.type_row(meant, wrong, work.day, unseen)
        if self._has_rules:
            notes += rules.row_notes(self._spec, values, work.today)
        if dittos:
            notes += self._about_dittos(cells, dittos, notes)
        is_ok = True
        for note in notes:
            place = Place(
                sheet=work.sheet.name,
                row=number,
                column=work.letters.get(note.column.key),
                field=note.column.key,
                sheet_key=self._spec.key,
            )
            found = as_issue(note, place)
            is_ok = is_ok and not found.is_error
            work.issues.append(found)
        at = work.header.ref_column
        ref = shown(row[at - 1]) or None if at is not None and at <= len(row) else None
        raw = {key: cell if isinstance(cell, str) else shown(cell) for key, cell in cells.items()}
        raw |= {key: text for key, (_, text) in wrong.items()}
        work.records.append(Record(self._spec.key, number, values, raw, extra, ref, is_ok))

    def _dittos(self, work: _Work, cells: Mapping[str, Cell]) -> dict[str, Cell]:
        """Return, by field, what stands above where a cell says 同上."""
        above = work.above
        return {
            key: above[key]
            for key, cell in cells.items()
            if isinstance(cell, str) and cell[0] in DITTO_FIRST and is_ditto(cell) and key in above
        }

    def _about_dittos(
        self, cells: Mapping[str, Cell], dittos: Mapping[str, Cell], notes: Sequence[Note]
    ) -> Iterator[Note]:
        """Say what 同上 was taken for; where that is wrong, the error says it."""
        wrong = {note.column.key for note in notes if not note.is_fixed}
        for key, cell in dittos.items():
            if key not in wrong:
                text = " ".join(shown(cell).split())
                value = text if len(text) <= LONGEST_DITTO else f"{text[:LONGEST_DITTO]}…"
                said = shown(cells[key]).strip()
                yield Note(self._columns[key], IssueCode.CELL_DITTO, said, {"value": value}, is_fixed=True)

    def _meant(self, work: _Work, cells: Mapping[str, Cell], dittos: Mapping[str, Cell]) -> Mapping[str, Cell]:
        """Return the cells with 同上 replaced by what stands above, and numbers in what their heading counts."""
        scales = work.header.scales
        meant = {**cells, **dittos} if dittos else cells
        work.above.update(meant)
        return {key: numbers.scaled(cell, scales.get(key, 1)) for key, cell in meant.items()} if scales else meant

    def _faults(self, work: _Work) -> dict[int, dict[str, tuple[CellFault, str]]]:
        if not work.sheet.faults:
            return {}
        fields = {column: key for key, column in work.header.columns.items()}
        found: dict[int, dict[str, tuple[CellFault, str]]] = {}
        for (row, column), fault in work.sheet.faults.items():
            if row >= work.header.first_row and column in fields:
                found.setdefault(row, {})[fields[column]] = fault
        return found

    def _check_totals(self, work: _Work, number: int, row: tuple[Cell, ...]) -> None:
        cells = {
            key: numbers.scaled(row[at - 1], work.header.scales.get(key, 1))
            for key, at in work.header.columns.items()
            if at <= len(row) and self._columns[key].unit != "%"
        }
        for key, cell, total in rules.wrong_totals(cells, work.records, work.summed):
            place = Place(
                sheet=work.sheet.name, row=number, column=work.letters[key], field=key, sheet_key=self._spec.key
            )
            params = {**_labels(self._columns[key]), "sum": numbers.written(total)}
            work.issues.append(issue(IssueCode.CROSS_TOTALS_DIFFER, place, numbers.written(cell), params=params))
        work.summed = len(work.records)

    # ---- the grid ----------------------------------------------------------------------------

    def _merged_rows(self, work: _Work) -> frozenset[int]:
        """Say which merged cells lie in the data; their rows cannot be told apart and wait."""
        numbers = [record.row_number for record in work.records]
        touched: set[int] = set()
        for first_row, first_column, last_row, last_column in work.merged:
            rows = {number for number in numbers if first_row <= number <= last_row}
            if rows:
                touched |= rows
                area = f"{letters(first_column)}{first_row}:{letters(last_column)}{last_row}"
                place = Place(
                    sheet=work.sheet.name, row=first_row, column=letters(first_column), sheet_key=self._spec.key
                )
                work.issues.append(issue(IssueCode.SHEET_MERGED_CELLS, place, area))
        return frozenset(touched)

    def _about_hidden_rows(self, work: _Work) -> Iterator[Issue]:
        hidden = [record.row_number for record in work.records if record.row_number in work.sheet.hidden_rows]
        if hidden:
            named = ", ".join(str(number) for number in hidden[:10]) + (" …" if len(hidden) > 10 else "")
            yield issue(
                IssueCode.SHEET_HIDDEN_ROWS,
                Place(sheet=work.sheet.name, row=hidden[0], sheet_key=self._spec.key),
                named,
            )

    def _about_repeats(self, work: _Work) -> Iterator[Issue]:
        for record, other in rules.repeated(self._spec, work.records):
            place = Place(sheet=work.sheet.name, row=record.row_number, sheet_key=self._spec.key)
            yield issue(IssueCode.CROSS_DUPLICATE_ROW, place, other=other)


def as_issue(note: Note, place: Place) -> Issue:
    """Return *note* as an issue at *place*, with the column's labels and the severity the template gives it."""
    label = note.column.label
    override = note.column.severities.get(note.code)
    severity = Severity(override) if override else None
    if note.is_fixed and severity is None and note.code.severity is Severity.ERROR:
        severity = Severity.INFO
    return issue(
        note.code,
        place,
        note.found,
        suggestions=note.suggestions,
        is_fixed=note.is_fixed,
        severity=severity,
        params={"label_zh": label.zh, "label_en": label.en, **note.params},
    )


def _labels(column: ColumnSpec) -> dict[str, str]:
    return {"label_zh": column.label.zh, "label_en": column.label.en}


def _column_missing(column: ColumnSpec, place: Place) -> Issue:
    return issue(IssueCode.SHEET_COLUMN_MISSING, place, params=_labels(column))


def _parked(record: Record) -> Record:
    return Record(record.sheet, record.row_number, record.values, record.raw, record.extra, record.ref, is_ok=False)
