"""The reader gets the inspected parts, without the empty rows that forms leave below the data."""

import io
import zipfile

import pytest
from openpyxl import Workbook as Book
from openpyxl.styles import Font
from python_calamine import CalamineWorkbook

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.ingest.repack import shortened, stored
from daysheet.ingest.scan import scan_sheet
from daysheet.model.rows import CellFault, Workbook

DATA = b'<row r="1"><c r="A1"><v>5</v></c></row>'
EMPTY = b'<row r="2" spans="1:2"><c r="A2" s="3"/><c r="B2" s="3"/></row><row r="3"/>'
ALSO_DATA = b'<row r="4"><x:c r="A4"><x:v>6</x:v></x:c></row>'


def a_sheet(rows: bytes) -> bytes:
    return b"<worksheet><sheetData>" + rows + b"</sheetData><mergeCells/></worksheet>"


def test_formatted_but_empty_rows_at_the_end_are_left_out() -> None:
    assert shortened(a_sheet(DATA + EMPTY)) == a_sheet(DATA)


def test_empty_rows_between_filled_ones_stay() -> None:
    assert shortened(a_sheet(DATA + EMPTY + DATA)) == a_sheet(DATA + EMPTY + DATA)


@pytest.mark.parametrize(
    "rows",
    [
        DATA + EMPTY + ALSO_DATA,  # a cell under a prefix ends otherwise
        DATA + EMPTY + b'<row r="4"><c r="A4"><v>6</v></c ></row>',
        DATA + EMPTY + b'<row r="4"><!-- <c> --></row>',
        EMPTY,
        DATA,
        b"",
    ],
)
def test_where_the_rest_might_hold_anything_nothing_is_left_out(rows: bytes) -> None:
    assert shortened(a_sheet(rows)) == a_sheet(rows)


def test_a_sheet_that_never_ends_is_left_alone() -> None:
    assert shortened(b"<sheetData>" + DATA + EMPTY) == b"<sheetData>" + DATA + EMPTY


def test_another_zip_reader_finds_the_same_parts() -> None:
    parts = {"[Content_Types].xml": b"<Types/>", "xl/工作表.xml": b"\0" * 70_000, "empty": b""}
    with zipfile.ZipFile(io.BytesIO(stored(parts))) as package:
        assert package.testzip() is None
        assert {name: package.read(name) for name in package.namelist()} == parts


def a_book(rows_below: int) -> bytes:
    book = Book()
    sheet = book.worksheets[0]
    sheet["B2"], sheet["C2"] = "客户", 5
    for row in range(3, 3 + rows_below):
        sheet.cell(row, 2).font = Font(bold=True)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_form_with_formatted_rows_reads_like_one_without() -> None:
    plain, formatted = (read_here(a_book(rows), "a.xlsx", ReadLimits()) for rows in (0, 300))
    assert isinstance(plain, Workbook)
    assert isinstance(formatted, Workbook)
    assert formatted.sheets == plain.sheets
    assert plain.sheets[0].rows == ((), (None, "客户", 5.0))


def test_a_hidden_sheet_comes_without_its_rows() -> None:
    book = Book()
    book.worksheets[0]["A1"] = "seen"
    hidden = book.create_sheet("lists")
    hidden["A1"], hidden.sheet_state = "unseen", "hidden"
    content = io.BytesIO()
    book.save(content)
    found = read_here(content.getvalue(), "a.xlsx", ReadLimits())
    assert isinstance(found, Workbook)
    assert [sheet.rows for sheet in found.sheets] == [(("seen",),), ()]


def test_the_reader_takes_what_was_repacked() -> None:
    with zipfile.ZipFile(io.BytesIO(a_book(3))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    rows = CalamineWorkbook.from_filelike(io.BytesIO(stored(parts))).get_sheet_by_index(0).to_python()
    assert rows[-1][-1] == 5.0


# ---- the scan looks for formulas only where cells are --------------------------------------------


def test_the_formula_of_a_dropdown_is_none_of_a_cell() -> None:
    dropdown = b"<dataValidations><dataValidation><formula1>list_way</formula1></dataValidation></dataValidations>"
    assert scan_sheet(a_sheet(DATA) + dropdown).faults == {}


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="B7"><f>A1+1</f></c>',
        b'<c r="B7"><f t="shared" si="0"/></c>',
        b'<c r="B7"><f/><v></v></c>',
    ],
)
def test_a_formula_without_a_result_is_found(cell: bytes) -> None:
    faults = scan_sheet(a_sheet(b'<row r="7">' + cell + b"</row>")).faults
    assert {place: fault for place, (fault, _) in faults.items()} == {(7, 2): CellFault.UNCALCULATED}


def test_a_formula_without_a_result_is_found_under_a_prefix() -> None:
    sheet = b'<x:sheetData><x:row r="7"><x:c r="B7"><x:f>A1</x:f></x:c></x:row></x:sheetData>'
    assert (7, 2) in scan_sheet(sheet).faults


@pytest.mark.parametrize(
    "attributes", [b'r="9" spans="1:5" hidden="1"', b'hidden="true" r="9"', b'ht="0" hidden="1" r="9"']
)
def test_hidden_rows_are_found_whatever_the_order_of_attributes(attributes: bytes) -> None:
    sheet = a_sheet(DATA + b"<row " + attributes + b"><c/></row>") + b'<cols><col min="3" max="3" hidden="1"/></cols>'
    assert scan_sheet(sheet).hidden_rows == {9}
