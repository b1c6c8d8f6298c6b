"""The same fault in many cells is said once."""

from dataclasses import replace

from daysheet.model.issues import Issue, IssueCode, Place, Severity, issue
from daysheet.reports.runs import collapse, gather
from tests.unit.reports.answers import a_problem


def required(*rows: int, column: str = "G") -> list[Issue]:
    return [a_problem(IssueCode.CELL_REQUIRED, row, column) for row in rows]


def cells(issues: list[Issue]) -> list[str]:
    return [found.place.cell for found in issues]


def test_a_fault_in_line_after_line_is_one_range() -> None:
    assert cells(collapse(required(4, 5, 6, 7))) == ["G4:G7"]


def test_a_line_without_the_fault_ends_the_range() -> None:
    assert cells(collapse(required(4, 5, 7, 8, 10))) == ["G4:G5", "G7:G8", "G10"]


def test_faults_of_two_columns_do_not_break_each_others_ranges() -> None:
    sorted_by_row = [one for row in (4, 5, 6) for column in ("D", "G") for one in required(row, column=column)]
    assert cells(collapse(sorted_by_row)) == ["D4:D6", "G4:G6"]


def test_different_values_are_different_faults() -> None:
    found = [a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", typed) for row, typed in ((4, "下周"), (5, "明天"))]
    assert cells(collapse(found)) == ["A4", "A5"]


def test_different_suggestions_severities_and_parameters_are_different_faults() -> None:
    (first,) = required(4)
    later = replace(first, place=replace(first.place, row=5))
    for other in (
        replace(later, suggestions=("x",)),
        replace(later, severity=Severity.WARNING),
        replace(later, params={"limit": "2"}),
    ):
        assert len(collapse([first, other])) == 2


def test_the_same_line_of_two_sheets_is_no_range() -> None:
    (first,) = required(4)
    assert len(collapse([first, replace(first, place=replace(first.place, row=5, sheet="商机"))])) == 2


def test_whole_rows_and_whole_files_are_no_ranges() -> None:
    rows = [issue(IssueCode.ROW_PARTLY_FILLED, Place(sheet="拜访", row=row)) for row in (4, 5)]
    files = [issue(IssueCode.FILE_PASSWORD, Place(file="a.xlsx"))] * 2
    assert collapse(rows) == rows
    assert collapse(files) == files


def test_nothing_is_nothing() -> None:
    assert collapse([]) == []
    assert gather([]) == []


def test_scattered_cells_of_one_fault_come_together_where_the_first_was() -> None:
    found = [*required(4, 5, 9), *required(9, column="D"), *required(12)]
    assert [cells(list(group)) for group in gather(found)] == [["G4:G5", "G9", "G12"], ["D9"]]
