"""The sheet of a spot check: what is handed out, and what is read of it when it comes back."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.rows import Workbook
from daysheet.model.spot_checks import JUDGED, Drawn
from daysheet.model.text import Language
from daysheet.templates_xlsx.spot_check import (
    CHECK_NAME,
    CHECK_PROPERTY,
    FIRST_ROW,
    MARK,
    RIGHT,
    build,
    check_of,
    lines,
)
from tests.builders import a_visit, a_workbook
from tests.spot_sheets import filled

VALUES = {
    "name": "杭州云杉自动化有限公司",
    "contact": "周敏",
    "phone": "0571-87000000",
    "address": "",
    "city": "杭州",
    "industry": "=1+1",
    "level": "A",
    "credit_code": "",
    "owner": "王丽",
}
ITEMS = (Drawn(41, "华东", VALUES), Drawn(7, "", {**VALUES, "name": "Nordlicht GmbH"}))
BUILT = build(3, date(2026, 3, 4), ITEMS, Language.ZH)


def read(content: bytes) -> Workbook:
    found = read_here(content, "抽查.xlsx", ReadLimits())
    assert isinstance(found, Workbook)
    return found


def opened(content: bytes = BUILT) -> Any:
    return load_workbook(io.BytesIO(content))


def keys_of(sheet: Any) -> dict[str, str]:
    return {cell.value: cell.column_letter for cell in sheet[FIRST_ROW - 1]}


def test_a_customer_is_a_line_with_everything_known_of_it() -> None:
    sheet = opened().worksheets[0]
    at = keys_of(sheet)
    assert [sheet[f"{at[name]}{FIRST_ROW}"].value for name in VALUES] == [value or None for value in VALUES.values()]
    assert [sheet[f"A{row}"].value for row in (FIRST_ROW, FIRST_ROW + 1)] == [41, 7]
    assert sheet.column_dimensions["A"].hidden
    assert sheet.row_dimensions[FIRST_ROW - 1].hidden


def test_each_field_that_can_be_judged_has_its_mark_and_what_is_right_beside_it() -> None:
    order = list(keys_of(opened().worksheets[0]))
    for name in JUDGED:
        at = order.index(name)
        assert order[at : at + 3] == [name, name + MARK, name + RIGHT]
    assert "level.mark" not in order


def test_the_choices_are_dropdowns_in_both_languages() -> None:
    sheet = opened().worksheets[0]
    at = keys_of(sheet)
    lists = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"}
    marks = next(formula for cells, formula in lists.items() if f"{at['name.mark']}{FIRST_ROW}" in cells)
    assert marks == '"对 right,错 wrong"'
    assert lists[f"{at['reached']}{FIRST_ROW}:{at['reached']}{FIRST_ROW + 1}"] == '"是 yes,否 no"'


def test_only_what_is_to_be_filled_in_can_be_written_to() -> None:
    sheet = opened().worksheets[0]
    at = keys_of(sheet)
    is_open = {key: not sheet[f"{letter}{FIRST_ROW}"].protection.locked for key, letter in at.items()}
    assert sheet.protection.sheet
    assert not any(is_open[name] for name in ("spot.id", *VALUES))
    assert all(is_open[key] for key in ("reached", "checked_on", "note", "name.mark", "name.right", "address.right"))
    assert not is_open["address.mark"], "nothing was handed out that could be right or wrong"


def test_on_paper_each_customer_stands_on_three_pages_with_number_and_name() -> None:
    sheet = opened().worksheets[0]
    at = keys_of(sheet)
    assert sheet.print_title_cols == f"${at['number']}:${at['name']}"
    assert sheet.print_title_rows == "$4:$4"
    assert "3 · 2026-03-04 · 2 户" in sheet.oddHeader.left.text
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage, "breaks hold only where the page is not fitted"
    ends = [column_index_from_string(at[key]) for key in ("phone.right", "industry.right")]
    assert [one.id for one in sheet.col_breaks.brk] == ends
    assert sheet.page_setup.pageOrder == "overThenDown"
    widths = {key: sheet.column_dimensions[letter].width for key, letter in at.items() if key != "spot.id"}
    keys = list(widths)
    first, second = keys.index("phone.right") + 1, keys.index("industry.right") + 1
    titles = widths["number"] + widths["name"]
    pages = [keys[:first], keys[first:second], keys[second:]]
    wide = [sum(widths[key] for key in page) + titles * (place > 0) for place, page in enumerate(pages)]
    room = 10.9 * 96 / 7 * 100 / sheet.page_setup.scale  # inches between A4's margins; a character has 7 pixels
    assert max(wide) < room


def test_no_value_becomes_a_formula() -> None:
    sheet = opened().worksheets[0]
    cell = sheet[f"{keys_of(sheet)['industry']}{FIRST_ROW}"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_the_same_check_gives_the_same_bytes() -> None:
    assert build(3, date(2026, 3, 4), ITEMS, Language.ZH) == BUILT


@pytest.mark.parametrize("lost", ["property", "name"])
def test_the_check_is_known_by_either_of_its_two_marks(lost: str) -> None:
    book = opened()
    if lost == "property":
        del book.custom_doc_props[CHECK_PROPERTY]
    else:
        del book.defined_names[CHECK_NAME]
    content = io.BytesIO()
    book.save(content)
    assert check_of(read(content.getvalue())) == 3


def test_no_other_workbook_is_taken_for_one() -> None:
    assert check_of(read(a_workbook([a_visit()]))) is None


def test_what_was_written_comes_back_line_by_line() -> None:
    content = filled(BUILT, {41: {"reached": "是 yes", "phone.right": "021-1", "checked_on": date(2026, 3, 5)}})
    first, second = lines(read(content))
    assert (first.number, first.customer_id, second.customer_id) == (FIRST_ROW, 41, 7)
    assert {first.cells["reached"], first.cells["phone.right"]} == {"是 yes", "021-1"}
    assert "reached" not in second.cells


def test_columns_and_lines_may_be_moved_and_lines_put_above() -> None:
    book = opened(filled(BUILT, {7: {"note": "搬家了"}}))
    sheet = book.worksheets[0]
    sheet.insert_rows(1, 2)
    sheet.move_range(f"A{FIRST_ROW - 1 + 2}:AE{FIRST_ROW + 3}", cols=1)
    content = io.BytesIO()
    book.save(content)
    found = {line.customer_id: line.cells.get("note") for line in lines(read(content.getvalue()))}
    assert found == {41: None, 7: "搬家了"}


def test_without_its_keys_there_are_no_lines() -> None:
    book = opened()
    book.worksheets[0].delete_rows(FIRST_ROW - 1)
    content = io.BytesIO()
    book.save(content)
    assert list(lines(read(content.getvalue()))) == []
