"""Bytes to sheets: addresses that hold, text in the right charset, and a code for what cannot be read."""

import io
from datetime import date, datetime, time
from importlib.resources import files

import pytest
from openpyxl import Workbook as Book

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.issues import IssueCode
from daysheet.model.mail import FileKind
from daysheet.model.rows import CellFault, Refusal, Workbook
from tests import builders
from tests.unit.ingest.files import LIMITS, a_book, a_sheet, an_xlsx, ole, patched, xlsx_parts, zipped


def read(data: bytes, name: str = "a.xlsx", limits: ReadLimits = LIMITS) -> Workbook:
    found = read_here(data, name, limits)
    assert isinstance(found, Workbook), found
    return found


def code(data: bytes, name: str = "a.xlsx", limits: ReadLimits = LIMITS) -> IssueCode:
    found = read_here(data, name, limits)
    assert isinstance(found, Refusal)
    return found.code


def saved(book: Book) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


# ---- workbooks ---------------------------------------------------------------------------------


def test_empty_rows_and_columns_at_the_beginning_keep_their_places() -> None:
    book = Book()
    book.active["C4"] = "here"
    (sheet,) = read(saved(book)).sheets
    assert sheet.rows == ((), (), (), (None, None, "here"))


def test_empty_rows_and_cells_at_the_end_are_cut() -> None:
    book = Book()
    book.active["A1"] = "a"
    book.active["D1"].number_format = "0.00"
    book.active["A9"].number_format = "0.00"
    (sheet,) = read(saved(book)).sheets
    assert sheet.rows == (("a",),)


def test_values_come_as_they_were_typed() -> None:
    row = ["文本", " 1 ", 1, 1.5, True, date(2026, 3, 4), datetime(2026, 3, 4, 9, 30), time(9, 30), "007"]
    (sheet,) = read(a_book(row)).sheets
    assert sheet.rows == (
        ("文本", " 1 ", 1, 1.5, True, date(2026, 3, 4), datetime(2026, 3, 4, 9, 30), time(9, 30), "007"),
    )


def test_every_sheet_is_read_and_hidden_ones_are_marked() -> None:
    book = Book()
    book.active.title = "封面"
    book.create_sheet("lists").sheet_state = "veryHidden"
    book.create_sheet("more").sheet_state = "hidden"
    assert [(sheet.name, sheet.is_hidden) for sheet in read(saved(book)).sheets] == [
        ("封面", False),
        ("lists", True),
        ("more", True),
    ]


def test_a_sheet_that_holds_only_a_chart_is_passed_over() -> None:
    book = Book()
    book.active.title = "data"
    book.create_chartsheet("chart")
    assert [sheet.name for sheet in read(saved(book)).sheets] == ["data"]


def test_what_the_reader_drops_is_found_in_the_right_sheet() -> None:
    book = Book()
    book.active["A1"] = "first"
    second = book.create_sheet("second")
    second["B2"] = "=A1+1"
    second["A9"] = "last"
    second.row_dimensions[3].hidden = True
    second.merge_cells("A5:B6")
    first, found = read(saved(book)).sheets
    assert not first.faults
    assert dict(found.faults) == {(2, 2): (CellFault.UNCALCULATED, "=A1+1")}
    assert (found.hidden_rows, found.merges) == ({3}, ((5, 1, 6, 2),))


def test_the_packaged_form_is_read_with_its_identity() -> None:
    found = read(builders.a_workbook([builders.a_visit()]))
    assert found.kind is FileKind.XLSX
    assert any(sheet.rows for sheet in found.sheets)
    assert any("daysheet" in name.lower() for name in (*found.properties, *found.names))


def test_a_workbook_of_a_hundred_sheets_is_read_and_no_further() -> None:
    book = Book()
    for number in range(120):
        book.create_sheet(f"s{number}")
    assert len(read(saved(book)).sheets) == 100


def test_a_row_that_is_coloured_to_its_very_end_is_read() -> None:
    (sheet,) = read(an_xlsx(a_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>'))).sheets
    assert sheet.rows == ((1.0,),)


def test_a_row_that_is_filled_to_its_very_end_is_too_large() -> None:
    assert code(an_xlsx(a_sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'))) is IssueCode.FILE_TOO_LARGE


def test_a_workbook_whose_directory_lies_about_a_part_s_size_is_read() -> None:
    data = patched(an_xlsx(), "xl/worksheets/sheet1.xml", central={24: 5})
    assert read(data).sheets[0].rows == ((1.0,),)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.xlsx", IssueCode.FILE_EMPTY),
        (an_xlsx()[:-30], "a.xlsx", IssueCode.FILE_EMPTY),
        (ole("Workbook"), "a.xls", IssueCode.FILE_READER_FAILED),
        (an_xlsx(b"<worksheet><sheetData><row"), "a.xlsx", IssueCode.FILE_READER_FAILED),
        (zipped(xlsx_parts() | {"xl/workbook.xml": b"nothing"}), "a.xlsx", IssueCode.FILE_READER_FAILED),
        (zipped({n: c for n, c in xlsx_parts().items() if "rels" not in n}), "a.xlsx", IssueCode.FILE_READER_FAILED),
        (b"\x09\x04\x06\x00" + b"\0" * 40, "a.xls", IssueCode.FILE_NOT_A_WORKBOOK),  # of 1992
        (b"<html>", "a.xls", IssueCode.FILE_NOT_A_WORKBOOK),
    ],
)
def test_what_cannot_be_read_has_a_code(data: bytes, name: str, expected: IssueCode) -> None:
    assert code(data, name) is expected


# ---- delimited text ----------------------------------------------------------------------------

TEXT = "日期,客户,内容\r\n2026-03-04,云杉,㐂\r\n"
ROWS = (("日期", "客户", "内容"), ("2026-03-04", "云杉", "㐂"))


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (TEXT.encode(), None),
        (TEXT.encode("utf-8-sig"), None),
        (TEXT.encode("utf-16"), None),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), None),
        (TEXT.encode("gb18030"), "GB18030"),
    ],
)
def test_text_is_read_in_the_charset_it_is_written_in(data: bytes, charset: str | None) -> None:
    found = read(data, "日报.csv")
    assert (found.kind, found.sheets[0].rows, found.charset) == (FileKind.CSV, ROWS, charset)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_the_first_lines_have_most_of(delimiter: str) -> None:
    assert read(TEXT.replace(",", delimiter).encode(), "a.csv").sheets[0].rows == ROWS


def test_quoted_text_may_hold_delimiters_quotes_and_line_breaks() -> None:
    (sheet,) = read(b'a,b\r\n"1,2","say ""hi""\r\nthere"\r\n', "a.csv").sheets
    assert sheet.rows == (("a", "b"), ("1,2", 'say "hi"\r\nthere'))


def test_empty_lines_and_cells_keep_their_places() -> None:
    assert read(b"a,b\n\n,,\n ,2\n", "a.csv").sheets[0].rows == (("a", "b"), (), (), (None, "2"))


def test_text_in_no_charset_is_not_a_workbook() -> None:
    assert code(b"a,b\n" * 20_000 + b"\xff\xff,\xff\n", "a.csv") is IssueCode.FILE_NOT_A_WORKBOOK


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (b"a,b\n" * 80, ReadLimits(filled=100)),
        (b"a,b\n" * 80, ReadLimits(rows=79)),
        (b"a,b\r" * 80, ReadLimits(rows=79)),
        (b"a,b\n" + b"," * 200, ReadLimits(cells=100)),
        (b"," * 1001 + b"\n" + b"a,b\n" * 5, LIMITS),
    ],
    ids=["too many cells", "too many rows", "too many rows of an old kind", "too many empty cells", "too many columns"],
)
def test_text_beyond_the_budget_is_too_large(data: bytes, limits: ReadLimits) -> None:
    assert code(data, "a.csv", limits) is IssueCode.FILE_TOO_LARGE


def test_empty_lines_do_not_count_as_cells() -> None:
    assert len(read(b"a,b\n" * 40 + b",\n" * 80, "a.csv", ReadLimits(filled=80)).sheets[0].rows) == 120


def test_sheets_of_an_old_kind_are_measured_before_they_are_handed_over() -> None:
    legacy = (files("daysheet.demo") / "files" / "legacy.xls").read_bytes()
    assert code(legacy, "a.xls", ReadLimits(cells=10)) is IssueCode.FILE_TOO_LARGE


def test_a_field_beyond_measure_has_a_code() -> None:
    assert code(b'a,b\n"' + b"x" * 200_000 + b'",1\n', "a.csv") is IssueCode.FILE_READER_FAILED
