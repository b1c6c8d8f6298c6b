"""
Check a whole workbook against the spec: find its sheets, type its rows, look across them.

Everything that is wrong is said at once; what can be read is read whatever else is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import FileKind
from daysheet.model.rows import Checked, Record, Sheet, Value, Workbook
from daysheet.model.template import ColumnSpec, Meaning, RuleKind, SheetSpec, TemplateSpec
from daysheet.validation import dates, rules
from daysheet.validation.cells import Note
from daysheet.validation.cover import CoverFinder
from daysheet.validation.grid import RowCells, SheetChecker, SheetFindings, as_issue
from daysheet.validation.match import SheetMatcher
from daysheet.validation.rows import RowTyper
from daysheet.validation.text import is_blank, letters, shown
from daysheet.validation.unread import UnreadSheets


@dataclass(frozen=True, slots=True)
class Context:
    """
    What is known besides the workbook.

    *today* is the day the report was first seen, in the rep's zone: never the processing clock.
    *expected_date* comes from the subject or the file name. *sender_headers* maps sheet key →
    header → field key as this sender's sheets were understood before. *version* is the workbook's own
    version of the form, None where it does not say.
    """

    today: date
    expected_date: date | None = None
    sender_headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file_name: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class _Cover:
    record: Record
    issues: tuple[Issue, ...]
    columns: Mapping[str, str]


class Validator:
    """Checks workbooks made from one spec; compiled once, used for every workbook."""

    def __init__(self, spec: TemplateSpec) -> None:
        self.spec = spec
        self._matcher = SheetMatcher(spec)
        self._unread = UnreadSheets(spec)
        self._checkers = {sheet.key: SheetChecker(sheet, spec.lists) for sheet in spec.data_sheets}
        self._cover_finder = CoverFinder(spec.cover) if spec.cover else None
        self._cover_typer = RowTyper(spec.cover, spec.lists) if spec.cover else None
        self._older: dict[int | None, Validator] = {}

    def check(self, workbook: Workbook, context: Context) -> Checked:
        """Return the typed records of *workbook* and every issue, sorted by sheet, row and column."""
        older = self.spec.asked_in(context.version)
        if older is not self.spec:
            return self._for(context.version, older).check(workbook, replace(context, version=None))
        sheets = self._matcher.match(workbook)
        cover = self._check_cover(sheets, context)
        day = self._day(cover, context)
        found = {
            key: checker.check(sheets[key], context.sender_headers.get(key, {}), context.today, day)
            for key, checker in self._checkers.items()
            if key in sheets
        }
        issues = [
            *self._about_the_file(workbook),
            *self._missing_sheets(sheets),
            *self._unread.tell(workbook, sheets),
            *(cover.issues if cover else ()),
            *(one for findings in found.values() for one in findings.issues),
            *self._no_rows(sheets, found, cover, day),
            *self._across(sheets, found),
        ]
        checked = Checked(
            template_id=self.spec.id,
            template_version=self.spec.version,
            cover=cover.record if cover else None,
            records=tuple(record for findings in found.values() for record in findings.records),
            issues=(),
            is_usable=self._is_usable(found),
            columns={key: f.letters for key, f in found.items()}
            | ({self.spec.cover.key: cover.columns} if cover and self.spec.cover else {}),
            headers={
                key: {text: field_key for field_key, text in f.header.texts.items()}
                for key, f in found.items()
                if f.header is not None
            },
            sheet_names={key: sheet.name for key, sheet in sheets.items()},
        )
        issues = self._about_the_date(checked, issues, context, sheets)
        return replace(checked, issues=self._sorted(issues))

    def check_row(self, row: RowCells, place: Place, today: date, day: date) -> tuple[dict[str, Value], list[Issue]]:
        """
        Return the typed values of one row by itself, and what is wrong in it, as ``check`` would.

        *place* names the sheet (by its key) and the line, *day* is the report's, *today* the day it was
        first seen.
        """
        return self._checkers[place.sheet_key or ""].check_row(row, place, today, day)

    def _for(self, version: int | None, older: TemplateSpec) -> "Validator":
        """Return the checker of an older form; made once, for it is asked for until the last rep has the new one."""
        if version not in self._older:
            self._older[version] = Validator(older)
        return self._older[version]

    # ---- the file and its sheets -------------------------------------------------------------

    def _about_the_file(self, workbook: Workbook) -> Iterator[Issue]:
        if workbook.kind is FileKind.CSV:
            if workbook.charset:
                yield issue(IssueCode.FILE_CHARSET_GUESSED, Place(), charset=workbook.charset)
        elif workbook.kind is not FileKind.XLSX:
            yield issue(IssueCode.FILE_LEGACY_FORMAT, Place(), workbook.kind)

    def _missing_sheets(self, sheets: Mapping[str, Sheet]) -> Iterator[Issue]:
        main = self.spec.data_sheets[0].key
        for sheet in self.spec.sheets:
            if sheet.key not in sheets and (sheet.required or sheet.key == main):
                yield issue(
                    IssueCode.SHEET_MISSING,
                    Place(sheet_key=sheet.key),
                    label_zh=sheet.label.zh,
                    label_en=sheet.label.en,
                )

    def _is_usable(self, found: Mapping[str, SheetFindings]) -> bool:
        """Nothing can be filed where the main sheet is not there or its columns are not clear."""
        main = found.get(self.spec.data_sheets[0].key)
        return main is not None and not main.is_unclear

    # ---- the cover ---------------------------------------------------------------------------

    def _check_cover(self, sheets: Mapping[str, Sheet], context: Context) -> _Cover | None:
        spec = self.spec.cover
        if spec is None or self._cover_finder is None or self._cover_typer is None or spec.key not in sheets:
            return None
        sheet = sheets[spec.key]
        at = self._cover_finder.find(sheet)
        cells = {
            key: cell for key, place in at.items() if not is_blank(cell := self._cover_finder.read(sheet, key, place))
        }
        faults = {key: sheet.faults[place] for key, place in at.items() if place in sheet.faults}
        values, notes = self._cover_typer.type_row(cells, faults, context.expected_date or context.today)
        notes += rules.row_notes(spec, values, context.today)
        issues = []
        for note in notes:
            row, column = at.get(note.column.key, (0, 0))
            place = Place(
                sheet=sheet.name,
                row=row or None,
                column=letters(column) or None,
                field=note.column.key,
                sheet_key=spec.key,
            )
            issues.append(as_issue(note, place))
        raw = {key: shown(cell) for key, cell in cells.items()}
        is_ok = not any(found.is_error for found in issues)
        columns = {key: letters(column) for key, (_, column) in at.items()}
        return _Cover(Record(spec.key, 1, values, raw, is_ok=is_ok), tuple(issues), columns)

    def _day(self, cover: _Cover | None, context: Context) -> date:
        """The report's day, as far as it is known yet: dates written without a year are around it."""
        column = self.spec.cover.meaning(Meaning.REPORT_DATE) if self.spec.cover else None
        value = cover.record.values.get(column.key) if cover and column else None
        return value if isinstance(value, date) else context.expected_date or context.today

    def _about_the_date(
        self, checked: Checked, issues: Sequence[Issue], context: Context, sheets: Mapping[str, Sheet]
    ) -> list[Issue]:
        """A date that is written elsewhere is not missing; one that is written twice must agree."""
        column = self.spec.cover.meaning(Meaning.REPORT_DATE) if self.spec.cover else None
        day = dates.report_date(checked, self.spec, context.expected_date)
        kept = [one for one in issues if day is None or not dates.is_missing_report_date(one, self.spec)]
        written = checked.cover.values.get(column.key) if checked.cover is not None and column is not None else None
        if column is None or self.spec.cover is None:
            if day is None and not any(one.is_error for one in kept):
                main = self.spec.data_sheets[0]
                kept.append(_no_date(main, sheets, main.meaning(Meaning.ROW_DATE)))
        elif day is None and checked.cover is None:
            kept.append(_no_date(self.spec.cover, sheets, column))
        elif isinstance(written, date) and context.expected_date not in (None, written):
            place = self._cover_place(sheets, column.key)
            kept.append(issue(IssueCode.CROSS_REPORT_DATE_DIFFERS, place, written, expected=context.expected_date))
        return kept

    def _cover_place(self, sheets: Mapping[str, Sheet], key: str) -> Place:
        cover = self.spec.cover
        if self._cover_finder is None or cover is None or cover.key not in sheets:
            return Place(field=key)
        row, column = self._cover_finder.find(sheets[cover.key]).get(key, (0, 0))
        return Place(
            sheet=sheets[cover.key].name,
            row=row or None,
            column=letters(column) or None,
            field=key,
            sheet_key=cover.key,
        )

    # ---- across sheets -----------------------------------------------------------------------

    def _no_rows(
        self, sheets: Mapping[str, Sheet], found: Mapping[str, SheetFindings], cover: _Cover | None, day: date
    ) -> Iterator[Issue]:
        """Say at the main sheet that no sheet has a row, but to who is on leave."""
        main = self.spec.data_sheets[0]
        is_away = dates.leave(cover.record if cover else None, self.spec, day) is not None
        if main.key in found and all(one.is_empty for one in found.values()) and not is_away:
            yield issue(
                IssueCode.SHEET_NO_ROWS,
                Place(sheet=sheets[main.key].name, sheet_key=main.key),
                label_zh=main.label.zh,
                label_en=main.label.en,
            )

    def _across(self, sheets: Mapping[str, Sheet], found: Mapping[str, SheetFindings]) -> Iterator[Issue]:
        for sheet in self.spec.data_sheets:
            for rule in sheet.row_rules:
                if rule.kind is RuleKind.NEED_ROW_IN and rule.other is not None and sheet.key in found:
                    findings = found[sheet.key]
                    others = found[rule.other].records if rule.other in found else ()
                    column = sheet.column(rule.columns[0])
                    for record in rules.unmatched(rule, findings.records, others):
                        place = findings.place(record.row_number, column.key)
                        found_text = record.raw.get(column.key, "")
                        note = Note(column, IssueCode(rule.code), found_text, rules.fields_of(sheet, rule))
                        yield as_issue(note, place)

    def _sorted(self, issues: Sequence[Issue]) -> tuple[Issue, ...]:
        order = {sheet.key: number for number, sheet in enumerate(self.spec.sheets)}

        def place(found: Issue) -> tuple[int, int, int, str]:
            column = found.place.column or ""
            return order.get(found.place.sheet_key or "", -1), found.place.row or 0, len(column), column

        return tuple(sorted(issues, key=place))


def _no_date(sheet: SheetSpec, sheets: Mapping[str, Sheet], column: ColumnSpec | None) -> Issue:
    labels = {"label_zh": column.label.zh, "label_en": column.label.en} if column else {}
    name = sheets[sheet.key].name if sheet.key in sheets else ""
    place = Place(sheet=name, sheet_key=sheet.key, field=column.key if column else None)
    return issue(IssueCode.CELL_REQUIRED, place, params=labels)
