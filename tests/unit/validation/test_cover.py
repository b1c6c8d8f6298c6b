"""The cover: a form, label beside value, drawn by us or by somebody else."""

from datetime import date

import pytest

from daysheet.model.rows import Cell, CellFault
from daysheet.validation.cover import CoverFinder, cell_at
from tests.unit.validation.books import DAY, a_book, a_grid, check, daily, said

COVER = daily().cover
assert COVER is not None


def read(*rows: list[Cell]) -> dict[str, Cell]:
    sheet = a_grid(*rows, name="封面")
    finder = CoverFinder(COVER)
    return {key: finder.read(sheet, key, place) for key, place in finder.find(sheet).items()}


def test_the_hidden_keys_say_where_the_values_stand() -> None:
    rows: list[list[Cell]] = [
        [None, "销售日报"],
        [],
        ["rep_name", "姓名", "王丽", "hint"],
        ["report_date", "日报日期", "2026-03-04"],
        ["region", "大区"],
    ]
    assert read(*rows) == {"rep_name": "王丽", "report_date": "2026-03-04", "region": None}


@pytest.mark.parametrize(
    "label", ["日报日期", "日报日期 *\nReport date", "Report date:", "日期：", "填报日期", " 日 期 "]
)
def test_a_label_is_known_by_its_names(label: str) -> None:
    assert read([label, "2026-03-04"]) == {"report_date": "2026-03-04"}


def test_the_value_stands_to_the_right_be_it_after_empty_cells() -> None:
    assert read(["姓名", None, None, "王丽", "工号", "E1"]) == {"rep_name": "王丽", "rep_number": "E1"}


def test_the_value_may_stand_below() -> None:
    assert read(["姓名", "工号", "日期"], ["王丽", "E1", "2026-03-04"]) == {
        "rep_name": "王丽",
        "rep_number": "E1",
        "report_date": "2026-03-04",
    }


def test_a_label_is_never_taken_for_the_value_of_another() -> None:
    found = read(["姓名", "工号"], ["日期", "大区"])
    assert not {"姓名", "工号", "日期", "大区"} & set(found.values())


def test_label_and_value_may_share_a_cell() -> None:
    assert read(["姓名：王丽", None, "日期: 2026-03-04"]) == {"rep_name": "王丽", "report_date": "2026-03-04"}


def test_another_label_within_a_text_is_left_alone() -> None:
    found = read(["summary", "小结", "日期：还没定"], ["rep_name", "姓名", "姓名：王丽"])
    assert found == {"summary": "日期：还没定", "rep_name": "王丽"}


def test_the_templates_own_hint_is_no_value() -> None:
    column = COVER.column("rep_number")
    assert column.help is not None
    assert read(["工号", None, column.help.zh]) == {"rep_number": None}


def test_the_first_of_two_equal_labels_counts() -> None:
    assert read(["姓名", "王丽"], ["姓名", "李强"]) == {"rep_name": "王丽"}


def test_a_text_is_no_label() -> None:
    assert read(["日期" * 40, "x"], ["天气", "晴"], [5, "x"]) == {}
    assert read() == {}


def test_outside_the_sheet_there_is_nothing() -> None:
    sheet = a_grid(["a"])
    assert [cell_at(sheet, *place) for place in ((0, 1), (1, 0), (1, 2), (2, 1), (1, 1))] == [None] * 4 + ["a"]


# ---- in the check --------------------------------------------------------------------------------


def test_the_cover_is_one_typed_record() -> None:
    cover = check(a_book()).cover
    assert cover is not None
    assert cover.is_ok
    assert (cover.values["rep_name"], cover.values["report_date"]) == ("王丽", DAY)
    assert cover.raw["report_date"] == "2026-03-04"


def test_what_is_wrong_on_the_cover_is_told_where_it_stands() -> None:
    cover = a_grid(["日报日期", "下周三"], ["大区", "火星"], name="封面")
    checked = check(a_book(cover=cover))
    assert said(checked.issues) == [("SD-C003", "B1"), ("SD-C004", "B2")]
    assert checked.cover is not None
    assert not checked.cover.is_ok


def test_a_formula_without_a_value_on_the_cover_is_told() -> None:
    cover = a_grid(["日报日期", None], name="封面", faults={(1, 2): (CellFault.UNCALCULATED, "=TODAY()")})
    assert said(check(a_book(cover=cover)).issues) == [("SD-C006", "B1")]


def test_in_january_the_cover_may_say_december_without_a_year() -> None:
    cover = a_grid(["日报日期", "12.31"], name="封面")
    checked = check(a_book(cover=cover), today=date(2027, 1, 2))
    assert checked.cover is not None
    assert checked.cover.values["report_date"] == date(2026, 12, 31)
