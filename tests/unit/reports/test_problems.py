"""What a rep reads of an issue: where, what is wrong, what to write instead."""

import pytest

from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.text import Language
from daysheet.reports.problems import MOST_PLACES, problems
from tests.unit.reports.answers import ERROR, a_problem


def test_a_problem_says_where_what_and_what_instead() -> None:
    (problem,) = problems([ERROR], Language.EN)
    assert (problem.where, problem.field) == ("拜访 D4", "Visit date")
    assert problem.messages == ('"下周" is not a date. For "Visit date" write a date such as 2026-11-20.',)
    assert (problem.hint, problem.suggestion) == ("Suggestion", "2026-03-09")


def test_what_was_written_is_not_said_twice() -> None:
    quoted = a_problem(IssueCode.CELL_NOT_A_DATE, 4, "D", "下周")
    unquoted = a_problem(IssueCode.CELL_FORMULA_UNCALCULATED, 4, "F", "=A1*3")
    assert [one.wrote for one in problems([quoted, unquoted], Language.ZH)] == ["", "=A1*3"]


def test_two_faults_of_one_cell_are_one_problem() -> None:
    faults = [
        a_problem(IssueCode.NAME_BRAND_ONLY, 8, "C", "云杉", suggestions=("甲公司",)),
        a_problem(IssueCode.CUSTOMER_AMBIGUOUS, 8, "C", "云杉", suggestions=("甲公司", "乙公司")),
    ]
    (problem,) = problems(faults, Language.ZH)
    assert len(problem.messages) == 2
    assert (problem.hint, problem.suggestion) == ("可能是", "甲公司、乙公司")


def test_two_faults_of_a_file_stay_two_problems() -> None:
    faults = [issue(code, Place(file="x.xlsx")) for code in (IssueCode.TEMPLATE_OUTDATED, IssueCode.FILE_TOO_MANY)]
    assert len(problems(faults, Language.EN)) == 2


@pytest.mark.parametrize(
    ("language", "where"),
    [
        (Language.ZH, "拜访 G2、G4、G6、G8、G10、G12 等，另有 2 处"),
        (Language.EN, "拜访 G2, G4, G6, G8, G10, G12 and 2 more"),
    ],
)
def test_only_the_first_cells_are_named(language: Language, where: str) -> None:
    scattered = [a_problem(IssueCode.CELL_REQUIRED, 2 * row, "G") for row in range(1, MOST_PLACES + 3)]
    assert [one.where for one in problems(scattered, language)] == [where]


def test_a_whole_row_is_named_in_words() -> None:
    row = issue(IssueCode.ROW_PARTLY_FILLED, Place(sheet="拜访", row=7))
    assert [one.where for one in problems([row], Language.ZH)] == ["拜访 第 7 行"]
    assert [one.where for one in problems([row], Language.EN)] == ["拜访 row 7"]


def test_a_sheet_or_a_file_has_no_cell() -> None:
    sheet = issue(IssueCode.SHEET_MERGED_CELLS, Place(file="x.xlsx", sheet="拜访"), "A4:B5")
    file = issue(IssueCode.FILE_PASSWORD, Place(file="x.xlsx"))
    assert [one.where for one in problems([sheet, file], Language.EN)] == ["拜访", ""]


def test_what_was_put_right_needs_no_suggestion() -> None:
    fixed = issue(IssueCode.NAME_FIXED, ERROR.place, "華信", suggestions=("华信",), is_fixed=True, canonical="华信")
    (problem,) = problems([fixed], Language.ZH)
    assert (problem.hint, problem.suggestion) == ("", "")
