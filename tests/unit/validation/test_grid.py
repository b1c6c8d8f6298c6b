"""One data sheet: its rows, and what is wrong with the grid itself."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from daysheet.model.issues import IssueCode, Place, Severity
from daysheet.model.rows import Cell, CellFault
from daysheet.model.template import ColumnType
from daysheet.validation.cells import Note
from daysheet.validation.grid import MOST_EXTRA, SheetChecker, as_issue
from tests.unit.validation.books import (
    DAY,
    VISIT,
    a_book,
    a_column,
    a_deal,
    a_grid,
    a_table,
    a_visit,
    check,
    check_sheet,
    daily,
    rows_of,
    said,
)

HEAD = list(VISIT)
GOOD = list(VISIT.values())


def visit(number: int) -> list[Cell]:
    return list(a_visit(联系人=f"周敏{number}").values())


# ---- rows ----------------------------------------------------------------------------------------


def test_a_good_row_becomes_a_record_with_what_was_written() -> None:
    checked = check_sheet(a_table(a_visit(天气="晴")))
    (record,) = rows_of(checked)
    assert record.row_number == 2
    assert record.is_ok
    assert record.values["way"] == "visit"
    assert record.raw["way"] == "上门拜访"
    assert record.extra == {"天气": "晴"}
    assert record.ref is None


def test_a_wrong_row_waits_and_the_others_do_not() -> None:
    checked = check_sheet(a_table(a_visit(), a_visit(拜访方式="打球", 联系人="李华")))
    assert [(record.row_number, record.is_ok) for record in rows_of(checked)] == [(2, True), (3, False)]


def test_empty_rows_between_are_passed_over_and_numbers_hold() -> None:
    sheet = a_grid(HEAD, visit(1), [], [None, " ", "\u3000"], ["\u200b"], visit(2), [])
    checked = check_sheet(sheet)
    assert [record.row_number for record in rows_of(checked)] == [2, 6]
    assert checked.issues == ()


def test_a_row_whose_only_cell_is_a_running_number_is_empty() -> None:
    sheet = a_grid(["序号", *HEAD], [1, *visit(1)], [2], [3])
    checked = check_sheet(sheet)
    assert [record.row_number for record in rows_of(checked)] == [2]
    assert said(checked.issues) == [("SD-S005", "A1")]


def test_a_date_dragged_down_too_far_is_no_row() -> None:
    dragged: list[list[Cell]] = [[date(2026, 3, 4)], [DAY], ["2026-03-04"]]
    assert [r.row_number for r in rows_of(check_sheet(a_grid(HEAD, visit(1), *dragged)))] == [2]


def test_a_row_partly_filled_is_told_in_one_sentence() -> None:
    checked = check_sheet(a_grid(HEAD, ["2026-03-04", "云杉"]))
    assert said(checked.issues) == [("SD-R006", "C2")]
    assert not rows_of(checked)[0].is_ok


def test_the_hidden_reference_is_carried_along() -> None:
    checked = check_sheet(a_table(a_visit(_ref="K1")))
    assert rows_of(checked)[0].ref == "K1"
    assert checked.issues == ()


def test_a_cell_the_reader_could_not_give_is_told_though_its_row_ends_before() -> None:
    sheet = a_grid(HEAD, visit(1)[:-1], faults={(2, 7): (CellFault.ERROR, "#REF!"), (1, 1): (CellFault.ERROR, "#N/A")})
    assert said(check_sheet(sheet).issues) == [("SD-C005", "G2")]


def test_a_row_of_nothing_but_faults_is_a_row() -> None:
    sheet = a_grid(HEAD, visit(1), faults={(9, 1): (CellFault.UNCALCULATED, "=TODAY()")})
    checked = check_sheet(sheet)
    assert [record.row_number for record in rows_of(checked)] == [2, 9]
    assert ("SD-C006", "A9") in said(checked.issues)


def test_beyond_the_limit_rows_are_not_read_and_that_is_said() -> None:
    spec = replace(daily().sheet("visits"), max_rows=3)
    sheet = a_grid(HEAD, *(visit(n) for n in range(6)))
    findings = SheetChecker(spec, daily().lists).check(sheet, {}, DAY, DAY)
    assert len(findings.records) == 3
    assert said(findings.issues) == [("SD-S009", "5:5")]
    assert findings.issues[0].params["limit"] == "3"


def test_exactly_the_limit_is_fine() -> None:
    spec = replace(daily().sheet("visits"), max_rows=3)
    findings = SheetChecker(spec, daily().lists).check(a_grid(HEAD, *(visit(n) for n in range(3))), {}, DAY, DAY)
    assert findings.issues == ()


# ---- the header ----------------------------------------------------------------------------------


def test_a_missing_column_keeps_every_row_waiting() -> None:
    row = {key: value for key, value in VISIT.items() if key != "结果"}
    checked = check_sheet(a_table(row))
    assert said(checked.issues) == [("SD-S002", "1:1")]
    assert not checked.is_usable
    assert not any(record.is_ok for record in rows_of(checked))


def test_a_missing_column_of_an_untouched_sheet_is_not_told() -> None:
    checked = check(a_book(a_grid(["客户名称"], name="商机")))
    assert checked.issues == ()


def test_a_sheet_without_headings_lacks_every_required_column() -> None:
    checked = check_sheet(a_grid(["x", "y"], [1, 2]))
    assert [str(one.code) for one in checked.issues] == ["SD-S002"] * 7
    assert not checked.is_usable


def test_two_columns_of_one_field_keep_every_row_waiting() -> None:
    checked = check_sheet(a_grid([*HEAD, "结果"], [*visit(1), "无进展"]))
    assert said(checked.issues) == [("SD-S004", "H1")]
    assert checked.issues[0].found == "结果 (G, H)"
    assert not rows_of(checked)[0].is_ok


def test_two_columns_of_one_field_without_rows_are_not_told() -> None:
    assert said(check_sheet(a_grid([*HEAD, "结果"])).issues) == [("SD-S007", "")]


def test_an_unknown_column_is_told_if_it_holds_something() -> None:
    assert said(check_sheet(a_grid([*HEAD, "天气", "心情"], [*visit(1), "晴"])).issues) == [("SD-S005", "H1")]


def test_a_sheet_with_very_many_unknown_columns_is_told_the_first() -> None:
    more = [f"第{n}栏" for n in range(MOST_EXTRA + 5)]
    checked = check_sheet(a_grid([*HEAD, *more], [*visit(1), *more]))
    assert len(checked.issues) == MOST_EXTRA
    assert len(rows_of(checked)[0].extra) == MOST_EXTRA


def test_what_was_understood_can_be_remembered_and_marked() -> None:
    checked = check_sheet(
        a_grid(["Customer nmae", *(h for h in HEAD if h != "客户名称")], ["云杉", *GOOD[:1], *GOOD[2:]])
    )
    assert checked.headers["visits"]["Customer nmae"] == "customer"
    assert checked.columns["visits"]["customer"] == "A"
    assert checked.sheet_names == {"cover": "封面", "visits": "拜访"}
    again = check_sheet(
        a_grid(["Customer nmae", *(h for h in HEAD if h != "客户名称")], ["云杉", *GOOD[:1], *GOOD[2:]]),
        sender_headers=checked.headers,
    )
    assert said(checked.issues) == [("SD-S003", "A1")]
    assert again.issues == ()


# ---- merged and hidden ---------------------------------------------------------------------------


def test_cells_merged_over_rows_keep_those_rows_waiting_and_are_told_once() -> None:
    second = [None, *visit(2)[1:]]
    sheet = a_grid(HEAD, visit(1), second, visit(3), merges=((2, 1, 3, 1),))
    checked = check_sheet(sheet)
    assert said(checked.issues) == [("SD-S006", "A2")]
    assert checked.issues[0].found == "A2:A3"
    assert [record.is_ok for record in rows_of(checked)] == [False, False, True]


def test_cells_merged_over_two_fields_are_told() -> None:
    merged = visit(1)
    merged[2] = None
    sheet = a_grid(HEAD, merged, merges=((2, 2, 2, 3),))
    assert said(check_sheet(sheet).issues) == [("SD-S006", "B2")]


def test_a_cell_merged_with_an_empty_column_beside_it_is_fine() -> None:
    sheet = a_grid(
        [HEAD[0], HEAD[1], None, *HEAD[2:]], [GOOD[0], GOOD[1], None, *GOOD[2:]], merges=((1, 2, 1, 3), (2, 2, 2, 3))
    )
    assert check_sheet(sheet).issues == ()


def test_merges_outside_the_data_are_nobodys_business() -> None:
    sheet = a_grid(["王丽的日报"], HEAD, visit(1), merges=((1, 1, 1, 7), (2, 20, 9, 21), (50, 1, 60, 7)))
    assert check_sheet(sheet).issues == ()


def test_hidden_rows_with_data_are_read_and_told() -> None:
    sheet = a_grid(HEAD, visit(1), visit(2), visit(3), hidden_rows=frozenset({2, 4, 9}))
    checked = check_sheet(sheet)
    assert said(checked.issues) == [("SD-S008", "2:2")]
    assert checked.issues[0].found == "2, 4"
    assert len(rows_of(checked)) == 3


def test_of_many_hidden_rows_the_first_ten_are_named() -> None:
    sheet = a_grid(HEAD, *(visit(n) for n in range(15)), hidden_rows=frozenset(range(2, 17)))
    assert check_sheet(sheet).issues[0].found == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …"


# ---- totals --------------------------------------------------------------------------------------


def deals(*rows: list[Cell]) -> list[tuple[str, str]]:
    return said(check(a_book(a_grid(list(a_deal(金额=1)), *rows, name="商机"))).issues)


def deal(number: int, amount: Cell) -> list[Cell]:
    return list(a_deal(项目名称=f"项目{number}", 金额=amount).values())


def test_a_line_of_totals_is_no_deal() -> None:
    assert deals(deal(1, 10), deal(2, 20), ["合计", None, None, 30]) == []


def test_a_total_that_differs_is_told_at_its_cell() -> None:
    assert deals(deal(1, 10), deal(2, 20), ["合计", None, None, 31]) == [("SD-X002", "D4")]


def test_subtotals_and_a_total_are_each_added_up() -> None:
    rows = [deal(1, 10), ["小计", None, None, 10], deal(2, 20), ["小计", None, None, 20], ["合计", None, None, 30]]
    assert deals(*rows) == []


def test_a_total_whose_formula_was_never_calculated_is_no_deal_either() -> None:
    grid = [list(a_deal(金额=1)), deal(1, 10), ["合计"]]
    sheet = a_grid(*grid, name="商机", faults={(3, 4): (CellFault.UNCALCULATED, "=SUM(D2:D2)")})
    assert check(a_book(sheet)).issues == ()


def test_an_average_of_probabilities_is_no_sum() -> None:
    head = [*a_deal(), "成交概率"]
    rows = [[*a_deal().values(), 60], [*a_deal(项目名称="二").values(), 40], ["合计", None, None, 50]]
    assert check(a_book(a_grid(head, *rows, name="商机"))).issues == ()


# ---- a column's own severity ---------------------------------------------------------------------


def test_a_template_may_be_milder_or_stricter_about_a_column() -> None:
    mild = a_column(ColumnType.TEXT, severities={"SD-C007": "warning"})
    assert as_issue(Note(mild, IssueCode.CELL_TOO_LONG, "x"), Place()).severity is Severity.WARNING
    assert as_issue(Note(a_column(), IssueCode.CELL_TOO_LONG, "x"), Place()).severity is Severity.ERROR
    fixed = Note(a_column(), IssueCode.CELL_TOO_LONG, "x", is_fixed=True)
    assert as_issue(fixed, Place()).severity is Severity.INFO


@pytest.mark.parametrize(
    ("cell", "amount"), [(50, 500000), (0.5, 5000), ("50", 500000), ("50万", 500000), ("3.2亿", 320000000)]
)
def test_numbers_below_a_heading_in_ten_thousands_are_scaled_unless_they_say_themselves(
    cell: Cell, amount: int
) -> None:
    row = {("金额（万元）" if key == "金额" else key): value for key, value in a_deal(金额=cell).items()}
    checked = check(a_book(a_table(row, name="商机")))
    assert rows_of(checked, "opportunities")[0].values["amount"] == Decimal(amount)
    assert not checked.has_errors


def test_a_total_below_a_heading_in_ten_thousands_is_in_ten_thousands_too() -> None:
    head = [*a_deal(), "金额（万元）"]
    rows = [[*a_deal().values(), 50], ["合计", None, None, 50]]
    assert check(a_book(a_grid(head, *rows, name="商机"))).issues == ()
