"""Choices from lists, yes and no."""

import pytest

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnType
from daysheet.validation.cells import LONGEST_CHOICE
from tests.unit.validation.books import a_column, a_list, codes, typed

WAYS = a_list(
    ("visit", "上门拜访", "Visit"),
    ("phone", "电话", "Phone"),
    ("online", "线上会议", "Online meeting"),
    ("none", "无", "No contact"),
    ("CNY", "人民币", "CNY"),
    visit=("拜访", "On site"),
    CNY=("¥", "RMB"),
)
WAY = a_column(ColumnType.ENUM, list="list")
BOOL = a_column(ColumnType.BOOL)


@pytest.mark.parametrize(
    "cell",
    [
        "visit",
        "VISIT",
        "上门拜访",
        "Visit",
        "上门拜访 Visit",
        "上门拜访 / Visit",
        "上门拜访\nVisit",
        "拜访",
        "on site",
        "On-site",
        " 上门拜访 ",
        "上门　拜访",
        "上门拜访。",
        "ｖｉｓｉｔ",
    ],
)
def test_a_choice_is_known_by_code_by_either_label_by_both_and_by_alias(cell: str) -> None:
    assert typed(cell, WAY, choices=WAYS) == ("visit", [])


def test_an_alias_may_be_a_sign() -> None:
    assert typed("¥", WAY, choices=WAYS) == ("CNY", [])


def test_what_is_not_in_the_list_is_told_with_what_is_and_the_nearest() -> None:
    value, notes = typed("上门拜放", WAY, choices=WAYS)
    assert value is None
    assert codes(notes) == ["SD-C004"]
    assert notes[0].suggestions == ("上门拜访 Visit",)
    assert notes[0].params["choices_zh"] == "上门拜访、电话、线上会议、无、人民币"
    assert notes[0].params["choices_en"] == "Visit, Phone, Online meeting, No contact, CNY"


def test_nothing_is_suggested_for_what_resembles_nothing() -> None:
    assert typed("打球", WAY, choices=WAYS)[1][0].suggestions == ()


def test_at_most_three_choices_are_suggested_each_once() -> None:
    many = a_list(*((f"c{n}", f"选项{n}", f"Choice {n}") for n in range(9)))
    suggested = typed("Choice", WAY, choices=many)[1][0].suggestions
    assert len(suggested) == 3
    assert len(set(suggested)) == 3


def test_a_novel_in_a_dropdown_is_compared_by_its_beginning() -> None:
    value, notes = typed("谈" * 30_000, WAY, choices=WAYS)
    assert value is None
    assert codes(notes) == ["SD-C004"]
    assert LONGEST_CHOICE < 30_000


@pytest.mark.parametrize("cell", [None, "", "-", "/", "n/a", "\u200b"])
def test_a_struck_out_choice_is_empty(cell: Cell) -> None:
    assert typed(cell, WAY, choices=WAYS) == (None, [])


def test_a_list_may_have_a_choice_for_nothing() -> None:
    assert typed("无", WAY, choices=WAYS) == ("none", [])


def test_a_number_may_be_a_choice() -> None:
    grades = a_list(("1", "一级", "First"), ("2", "二级", "Second"))
    assert typed(2.0, WAY, choices=grades) == ("2", [])


@pytest.mark.parametrize(
    "cell", [True, "是", "有", "Y", "yes", "YES", "是 Yes", "√", "☑", "1", 1, 1.0, "TRUE", "已开票"]
)
def test_yes(cell: Cell) -> None:
    assert typed(cell, BOOL) == (True, [])


@pytest.mark.parametrize(
    "cell", [False, "否", "无", "没有", "n", "No", "否 No", "否/No", "×", "x", "0", 0, "FALSE", "☐"]
)
def test_no(cell: Cell) -> None:
    assert typed(cell, BOOL) == (False, [])


@pytest.mark.parametrize("cell", ["也许", "Y/N", "是 否", 2, "2026-03-04"])
def test_what_is_neither_is_told(cell: Cell) -> None:
    value, notes = typed(cell, BOOL)
    assert value is None
    assert codes(notes) == ["SD-C004"]
    assert notes[0].suggestions == ("是 Yes", "否 No")


@pytest.mark.parametrize("cell", [None, "", "-", "/", "待定"])
def test_neither_yes_nor_no_is_empty(cell: Cell) -> None:
    assert typed(cell, BOOL) == (None, [])
