"""Comparable forms, units in headings, and what a cell shows."""

from datetime import date, datetime, time, timedelta

import pytest

from daysheet.model.rows import Cell
from daysheet.validation.text import (
    header_forms,
    header_scale,
    is_blank,
    is_dash,
    is_ditto,
    letters,
    plain,
    says_nothing,
    shown,
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("客户名称 *", "客户名称"),
        ("ＣＵＳＴＯＭＥＲ　Name", "customername"),
        ("拜访\n日期", "拜访日期"),
        ("金额（元）", "金额元"),
        ("Follow-up_date", "followupdate"),
        ("★", ""),
    ],
)
def test_width_case_spaces_and_punctuation_do_not_count(text: str, form: str) -> None:
    assert plain(text) == form
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("金额（万元）", "金额"),
        ("金额(元)", "金额"),
        ("金额/万元", "金额"),
        ("金额 单位：元", "金额"),
        ("成交概率 (%)\nProbability", "成交概率"),
        ("成交概率 (%)\nProbability", "probability"),
        ("客户名称 *\nCustomer", "客户名称customer"),
        ("Amount, CNY", "amount"),
    ],
)
def test_a_heading_is_known_without_its_unit_and_by_each_of_its_lines(heading: str, form: str) -> None:
    assert form in header_forms(heading)


def test_a_long_text_is_no_heading() -> None:
    assert header_forms("拜访" * 200) == ()
    assert header_scale("（万元）" * 200) == 1
    assert header_forms(" \n ") == ()


@pytest.mark.parametrize(
    ("heading", "scale"),
    [
        ("金额", 1),
        ("金额（元）", 1),
        ("金额（万元）", 10_000),
        ("金额(万)*", 10_000),
        ("金额/千元", 1000),
        ("金额 单位：亿元", 10**8),
        ("预计金额【百万元】\nAmount", 10**6),
        ("Amount (K)", 1000),
        ("Amount (M)", 10**6),
        ("长度(m)", 1),
        ("重量（千克）", 1),
        ("千万别写错", 1),
    ],
)
def test_a_heading_says_what_one_unit_is_worth(heading: str, scale: int) -> None:
    assert header_scale(heading) == scale


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "\u00a0\n", "\u200b\ufeff", "\x07"])
def test_what_cannot_be_seen_is_blank(cell: Cell) -> None:
    assert is_blank(cell)


@pytest.mark.parametrize("cell", [0, False, "0", "-", "无"])
def test_what_can_be_seen_is_not_blank(cell: Cell) -> None:
    assert not is_blank(cell)


@pytest.mark.parametrize(
    "text",
    ["无", "暂无", "N/A", "n/a", "none", "TBD", "待定", "ＮＡ", "ｎｉｌ", "Null", "-", "——", "/", "？", "…", "--"],
)
def test_a_struck_out_cell_says_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["无锡", "50", "none of them", "N", "是", "无" * 20])
def test_a_word_that_only_begins_so_says_something(text: str) -> None:
    assert not says_nothing(text)


def test_a_dash_is_struck_out_and_a_word_is_not() -> None:
    assert is_dash("—")
    assert not is_dash("无")


@pytest.mark.parametrize("cell", ["同上", " 同上。", "同前", "Ditto", "same as above", "〃", '"', "”", "↑"])
def test_a_cell_may_repeat_the_one_above(cell: str) -> None:
    assert is_ditto(cell)


@pytest.mark.parametrize("cell", ["同上海分公司", "同济大学", None, 5, "", "同" * 30, "A", "同上，另加两台"])
def test_a_cell_that_says_more_repeats_nothing(cell: Cell) -> None:
    assert not is_ditto(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (417.0, "417"),
        (0.5, "0.5"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (13812345678.0, "13812345678"),
        (datetime(2026, 3, 4), "2026-03-04"),
        (datetime(2026, 3, 4, 9, 30), "2026-03-04 09:30"),
        (date(2026, 3, 4), "2026-03-04"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=9), "9:00:00"),
        ("a", "a"),
    ],
)
def test_a_cell_is_shown_as_the_sender_sees_it(cell: Cell, text: str) -> None:
    assert shown(cell) == text


@pytest.mark.parametrize(("number", "text"), [(0, ""), (1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")])
def test_columns_have_letters(number: int, text: str) -> None:
    assert letters(number) == text
