"""Which sheet of a workbook is which sheet of the template."""

import pytest

from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from daysheet.validation.match import SheetMatcher
from tests.unit.validation.books import DEAL, PLAN, VISIT, a_cover, a_grid, a_table, a_visit, daily, lite


def match(*sheets: Sheet, kind: FileKind = FileKind.XLSX) -> dict[str, str]:
    found = SheetMatcher(daily()).match(Workbook(kind, sheets))
    return {key: sheet.name for key, sheet in found.items()}


@pytest.mark.parametrize(
    "name", ["拜访", "Visits", "visits", "拜访 ", "拜访记录", "Visit log", "拜访 / Visits", "ＶＩＳＩＴＳ"]
)
def test_a_sheet_is_known_by_its_name(name: str) -> None:
    assert match(a_grid(name=name)) == {"visits": name}


def test_a_sheet_of_another_name_is_known_by_its_headings() -> None:
    assert match(a_table(VISIT, name="Sheet1"), a_table(DEAL, name="Sheet2"), a_table(PLAN, name="Sheet3")) == {
        "visits": "Sheet1",
        "opportunities": "Sheet2",
        "plans": "Sheet3",
    }


def test_a_sheet_that_nothing_points_to_is_left_out() -> None:
    assert match(a_table(VISIT), a_grid(["天气", "晴"], name="Sheet2")) == {"visits": "拜访"}


def test_half_of_what_is_required_must_be_there() -> None:
    half = {key: VISIT[key] for key in ("拜访日期", "客户名称", "联系人", "结果")}
    less = {key: VISIT[key] for key in ("联系人", "沟通内容", "结果")}
    assert match(a_table(half, name="x")) == {"visits": "x"}
    assert match(a_table(less, name="x")) == {}


def test_a_hidden_sheet_is_not_looked_at() -> None:
    assert match(Sheet("拜访", a_table(VISIT).rows, is_hidden=True)) == {}


def test_of_two_sheets_with_names_of_one_the_better_headings_count() -> None:
    assert match(a_grid(["说明"], name="拜访"), a_table(VISIT, name="拜访记录")) == {"visits": "拜访记录"}


def test_one_word_in_a_row_of_its_own_is_no_table() -> None:
    assert match(a_grid(["说明"], ["先填封面"], ["再填拜访"], name="须知")) == {}


def test_one_sheet_is_not_taken_twice() -> None:
    assert match(a_table(VISIT, name="拜访")) == {"visits": "拜访"}
    twin = a_table(VISIT, name="x")
    assert match(twin, twin)["visits"] == "x"


def test_the_list_of_visits_may_be_called_daily_report() -> None:
    assert match(a_table(VISIT, name="日报")) == {"visits": "日报"}


def test_beside_a_sheet_of_visits_the_daily_report_is_the_cover() -> None:
    cover = Sheet("日报", a_cover().rows)
    assert match(cover, a_table(VISIT)) == {"cover": "日报", "visits": "拜访"}
    assert match(cover) == {"cover": "日报"}


def test_a_csv_is_the_main_sheet_whatever_its_name() -> None:
    assert match(a_grid(["x"], name="CSV"), kind=FileKind.CSV) == {"visits": "CSV"}
    assert match(kind=FileKind.CSV) == {}


def test_the_phone_form_has_one_sheet() -> None:
    found = SheetMatcher(lite()).match(Workbook(FileKind.XLSX, (a_table(a_visit(), name="Sheet1"),)))
    assert list(found) == ["visits"]


def test_visits_of_another_day_are_no_plan() -> None:
    assert match(a_table(VISIT, name="3月4日"), a_table(VISIT, name="3月5日")) == {"visits": "3月4日"}
    assert match(a_table(VISIT), a_table(a_visit(), name="拜访 (2)")) == {"visits": "拜访"}


def test_a_plan_with_some_columns_of_visits_is_a_plan() -> None:
    plan = a_grid(["日期", "客户名称", "城市", "联系人", "目的"], name="下周")
    assert match(a_table(VISIT), plan) == {"visits": "拜访", "plans": "下周"}
