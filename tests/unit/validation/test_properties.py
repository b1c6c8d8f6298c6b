"""Whatever a workbook holds: nothing breaks, nothing hangs, and what was written is what is read."""

import time as clock
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daysheet.demo.workbooks import filled
from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.issues import Issue
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, CellFault, Checked, Sheet, Workbook
from daysheet.model.template import ColumnSpec, ColumnType, SheetSpec
from daysheet.model.text import Language
from daysheet.validation import dates
from daysheet.validation.cells import Notes, parser_for
from daysheet.validation.identify import choose
from daysheet.validation.rules import is_total
from daysheet.validation.sheets import Context, Validator
from daysheet.validation.text import is_ditto, says_nothing
from tests.effort import examples
from tests.unit.validation.books import DAY, VISIT, a_book, a_column, a_grid, a_list, check, daily, lite

DAILY, LITE = Validator(daily()), Validator(lite())
CHOICES = a_list(("a", "甲", "Alpha"), ("b", "乙", "Beta"))

# ---- anything at all -----------------------------------------------------------------------------

WORDS = [
    *(text for sheet in daily().sheets for c in sheet.columns for text in (c.key, c.label.zh, c.label.en, *c.aliases)),
    *("合计", "小计", "同上", "-", "无", "备注：x", "_ref", "11.2", "2026-03-04", "50万", "①", "²", "9" * 400, "万元"),
]
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=True, allow_infinity=True),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)
ROWS = st.lists(st.lists(CELLS, max_size=9).map(tuple), max_size=9).map(tuple)
SMALL = st.integers(1, 12)
FAULTS = st.dictionaries(
    st.tuples(SMALL, SMALL), st.tuples(st.sampled_from(CellFault), st.text(max_size=5)), max_size=3
)


@st.composite
def merges(draw: st.DrawFn) -> tuple[int, int, int, int]:
    top, left = draw(SMALL), draw(SMALL)
    return top, left, top + draw(st.integers(0, 4)), left + draw(st.integers(0, 4))


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    head = draw(st.sampled_from([(), (tuple(VISIT),), (tuple(VISIT), ("visit_date", "customer", "contact", "way"))]))
    return Sheet(
        draw(st.sampled_from(["拜访", "封面", "商机", "计划", "服务与费用", "日报", "Sheet1", ""])),
        (*head, *draw(ROWS)),
        is_hidden=draw(st.booleans()),
        hidden_rows=draw(st.frozensets(SMALL, max_size=3)),
        merges=tuple(draw(st.lists(merges(), max_size=3))),
        faults=draw(FAULTS),
    )


@st.composite
def books(draw: st.DrawFn) -> Workbook:
    properties = draw(st.sampled_from([{}, {"daysheet.template": "lite", "daysheet.version": "²"}]))
    names = draw(st.dictionaries(st.just("daysheet_template"), st.text(max_size=9), max_size=1))
    kind = draw(st.sampled_from([FileKind.XLSX, FileKind.CSV, FileKind.XLS]))
    return Workbook(kind, tuple(draw(st.lists(sheets(), max_size=4))), properties, names)


def place(issue: Issue, order: Sequence[str]) -> tuple[int, int, int, str]:
    column = issue.place.column or ""
    at = order.index(issue.place.sheet_key) if issue.place.sheet_key else -1
    return at, issue.place.row or 0, len(column), column


@settings(max_examples=examples(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books(), st.sampled_from([DAILY, LITE]), st.one_of(st.none(), st.dates()), st.dates())
def test_whatever_a_workbook_holds_it_is_checked_and_twice_the_same(
    book: Workbook, validator: Validator, expected: date | None, today: date
) -> None:
    context = Context(today, expected)
    checked = validator.check(book, context)
    assert checked == validator.check(book, context)
    assert choose(book, [daily(), lite()]) == choose(book, [daily(), lite()])
    order = [sheet.key for sheet in validator.spec.sheets]
    assert [place(one, order) for one in checked.issues] == sorted(place(one, order) for one in checked.issues)
    _holds_together(checked, validator)


def _holds_together(checked: Checked, validator: Validator) -> None:
    for record in checked.records:
        spec = validator.spec.sheet(record.sheet)
        assert set(record.values) == {column.key for column in spec.columns}
        for column in spec.columns:
            assert _is_of(record.values[column.key], column), (column.key, record.values[column.key])
    lines = {(record.sheet, record.row_number) for record in checked.records if record.is_ok}
    for one in checked.issues:
        if one.is_error and one.place.column is not None and one.place.sheet_key != "cover":
            assert (one.place.sheet_key, one.place.row) not in lines, "a row with an error waits"


_TYPES: dict[ColumnType, type] = {
    ColumnType.INT: int,
    ColumnType.DECIMAL: Decimal,
    ColumnType.DATE: date,
    ColumnType.TIME: time,
    ColumnType.BOOL: bool,
    ColumnType.PHONE: tuple,
}


def _is_of(value: Any, column: ColumnSpec) -> bool:
    """What the store is given is of its type, bounded and finite; a moment is no date there."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return column.type is ColumnType.DECIMAL and value.is_finite() and abs(value) < 10**16
    if isinstance(value, datetime):
        return False
    return isinstance(value, _TYPES.get(column.type, str))


@settings(max_examples=examples(300), deadline=None)
@given(CELLS, st.sampled_from(ColumnType), st.sampled_from([None, "%"]), st.dates(date(1, 1, 2), date(9999, 12, 30)))
def test_whatever_a_cell_holds_it_is_typed_or_told(cell: Cell, type_: ColumnType, unit: str | None, day: date) -> None:
    column = a_column(type_, unit=unit, list="list", max_length=100)
    notes = Notes(day)
    value = parser_for(column, {"list": CHOICES})(cell, notes)
    assert _is_of(value, column)
    assert all(note.column is column for note in notes.items)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=60), st.dates(date(1, 1, 2), date(9999, 12, 30)))
def test_any_subject_names_a_day_or_none(text: str, today: date) -> None:
    found = dates.date_in_text(text, today)
    assert found is None or isinstance(found, date)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.dates(date(1910, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"]),
)
def test_a_date_with_its_year_is_read_back_whatever_the_day_of_the_report(day: date, form: str) -> None:
    assert dates.parse(day.strftime(form), DAY) == day
    assert dates.parse(day.strftime(form), date(1999, 1, 1), is_past=True) == day


LONG = 32_767  # characters a cell can hold
ODD = ["1" * LONG, " " * LONG, "1" + " " * (LONG - 2) + "x", "2026" + " " * (LONG - 5) + "x", "1," * (LONG // 2)]
ODD += ["x " * (LONG // 2), "转" * LONG, "a@" * (LONG // 2), "a." * (LONG // 2), "(" * LONG, "1 " * (LONG // 2)]
ODD += [
    "T " * (LONG // 2),
    "1-" * (LONG // 2),
    "\u200b" * LONG,
    "同" * LONG,
    "：" * LONG,
    "周" * LONG,
    "\n" * (LONG - 1) + "x",
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_no_text_takes_long_however_odd(number: int) -> None:
    lists = {"list": CHOICES}
    parsers = [parser_for(a_column(type_, list="list"), lists) for type_ in ColumnType]
    began = clock.process_time()
    for parse in parsers:
        parse(ODD[number], Notes(DAY))
    check(a_book(a_grid([ODD[number], *VISIT], [ODD[number], *VISIT.values()]), a_grid([ODD[number]], name="封面")))
    assert clock.process_time() - began < 1.5


def test_many_merged_cells_and_rows_do_not_take_long() -> None:
    rows = [[f"{VISIT['拜访日期']}", "云杉", f"周敏{n}", "电话", "报价", "谈了", "有进展"] for n in range(2000)]
    merged = tuple((2, 1, 2001, 7) for _ in range(1000))
    began = clock.process_time()
    check(a_book(a_grid(list(VISIT), *rows, merges=merged)))
    assert clock.process_time() - began < 5


# ---- written and read back -----------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "Nd")), min_size=1, max_size=20).filter(
    lambda text: not (says_nothing(text) or is_ditto(text) or is_total([text]))
)


def values_of(column: ColumnSpec) -> st.SearchStrategy[tuple[Any, Any]]:
    """What a rep types into a column, and what is to come of it."""
    if column.type is ColumnType.DATE:
        return st.dates(date(2025, 1, 1), DAY).map(lambda day: (day, day))
    if column.type is ColumnType.TIME:
        return st.times().map(lambda at: (at.replace(second=0, microsecond=0),) * 2)
    if column.type is ColumnType.DECIMAL:
        most = 100 if column.unit == "%" else 10**9
        return st.integers(2, most).map(lambda number: (number, Decimal(number)))
    if column.type is ColumnType.BOOL:
        return st.sampled_from([("是 Yes", True), ("否 No", False)])
    if column.type is ColumnType.PHONE:
        return st.integers(10**9, 10**10 - 1).map(lambda n: (f"13{n % 10**9:09d}",) * 2).map(lambda p: (p[0], (p[1],)))
    if column.list is not None:
        items = daily().lists[column.list].items
        return st.sampled_from(
            [(typed, i.code) for i in items for typed in (i.code, f"{i.label.zh} {i.label.en}", i.label.en)]
        )
    return TEXT.map(lambda text: (text, text))


@st.composite
def rows(draw: st.DrawFn, sheet: SheetSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    pairs = {c.key: draw(values_of(c)) for c in sheet.columns if c.required or draw(st.booleans())}
    return {key: pair[0] for key, pair in pairs.items()}, {key: pair[1] for key, pair in pairs.items()}


@settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data(), st.sampled_from(Language))
def test_what_is_written_into_the_template_is_what_is_read(data: st.DataObject, language: Language) -> None:
    written = {s.key: data.draw(st.lists(rows(s), min_size=1, max_size=3)) for s in daily().data_sheets}
    typed = {key: [row for row, _ in pairs] for key, pairs in written.items()}
    content = filled(daily(), language, {"report_date": DAY, "rep_number": "00417"}, typed)
    book = read_here(content, "日报.xlsx", ReadLimits())
    assert isinstance(book, Workbook)
    assert choose(book, [daily(), lite()]).spec == daily()
    checked = DAILY.check(book, Context(DAY))
    assert checked.is_usable
    assert checked.cover is not None
    assert (checked.cover.values["report_date"], checked.cover.values["rep_number"]) == (DAY, "00417")
    for sheet in daily().data_sheets:
        read = [record.values for record in checked.records if record.sheet == sheet.key]
        meant = [dict.fromkeys(c.key for c in sheet.columns) | values for _, values in written[sheet.key]]
        assert read == meant


@pytest.mark.parametrize("language", Language)
def test_the_phone_form_reads_back_too(language: Language) -> None:
    row = {
        "visit_date": DAY,
        "customer": "杭州云杉自动化有限公司",
        "contact": "周敏",
        "way": "电话 Phone",
        "content": "谈了",
    }
    content = filled(lite(), language, {}, {"visits": [{**row, "outcome": "有进展"}]})
    book = read_here(content, "lite.xlsx", ReadLimits())
    assert isinstance(book, Workbook)
    checked = LITE.check(book, Context(DAY))
    assert checked.issues == ()
    assert checked.records[0].values["way"] == "phone"


@pytest.mark.parametrize("language", Language)
def test_a_blank_template_has_no_visits_and_nothing_else_to_say(language: Language) -> None:
    book = read_here(filled(daily(), language, {"report_date": DAY}, {}), "x.xlsx", ReadLimits())
    assert isinstance(book, Workbook)
    assert [str(one.code) for one in DAILY.check(book, Context(DAY)).issues] == ["SD-S007"]
