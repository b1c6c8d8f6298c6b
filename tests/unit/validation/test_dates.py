"""Dates as people write them, and the date a report is of."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.rows import Cell, Checked, Record
from daysheet.validation import dates
from tests.unit.validation.books import DAY, daily, lite

THE_20TH = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "2026/11/20",
        "2026.11.20",
        "2026年11月20日",
        "2026 年 11 月 20 日",
        "2026年11月20号",
        "２０２６－１１－２０",
        "２０２６年１１月２０日",
        "20261120",
        "26-11-20",
        "26/11/20",
        "11-20",
        "11.20",
        "11/20",
        "11月20日",
        "11月20号",
        "１１．２０",
        "11/20/2026",
        "20/11/2026",
        "20.11.2026",
        "20 Nov 2026",
        "20-Nov-26",
        "20th November 2026",
        "Nov 20, 2026",
        "November 20",
        "20 Nov",
        "2026-11-20 09:30",
        "2026-11-20T09:30:00",
        "2026/11/20 9:30:15",
        "2026/11/20 下午2:30",
        "2026-11-20 2:30 PM",
        "2026年11月20日 星期五",
        "11月20日（周五）",
        "Fri, 20 Nov 2026",
        "Friday 20 November 2026",
        " 2026-11-20 ",
    ],
)
def test_a_date_is_read_however_it_is_written(text: str) -> None:
    assert dates.parse(text, DAY) == THE_20TH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "下周三",
        "同上",
        "2026-13-20",
        "2026-02-29",
        "2月30日",
        "11月",
        "2026年11月",
        "2026",
        "11.20-11.22",
        "5/6/2026",  # the sixth of May to some, the fifth of June to others
        "20 Foo 2026",
        "20 Nov 0001",
        "1900-01-20",
        "2206-11-20",
        "13812345678",
        "0571-8700",
        "2026-11-20" * 10,
        "2026-11-20" + " " * 90 + "或者更晚",
        "2026-11-20 x",
        "①",
        "二〇二六年",
    ],
)
def test_what_is_no_date_or_may_be_two_is_not_guessed(text: str) -> None:
    assert dates.parse(text, DAY) is None


@pytest.mark.parametrize(
    ("text", "near", "is_past", "day"),
    [
        ("11.21", DAY, False, date(2026, 11, 21)),
        ("11.21", DAY, True, date(2026, 11, 21)),
        ("12.31", date(2027, 1, 2), True, date(2026, 12, 31)),
        ("12.31", date(2027, 1, 2), False, date(2027, 12, 31)),
        ("1.5", date(2026, 12, 30), False, date(2027, 1, 5)),
        ("1.5", date(2026, 12, 30), True, date(2026, 1, 5)),
        ("Dec 31", date(2027, 1, 2), True, date(2026, 12, 31)),
        ("2.29", date(2027, 1, 2), True, None),
        ("2.29", date(2028, 1, 2), True, date(2028, 2, 29)),
    ],
)
def test_a_day_without_a_year_is_the_one_around_the_report(text: str, near: date, is_past: bool, day: Any) -> None:
    assert dates.parse(text, near, is_past=is_past) == day


@pytest.mark.parametrize(
    ("number", "day"),
    [
        (46346, date(2026, 11, 20)),
        (46346.4, date(2026, 11, 20)),
        (20261120, date(2026, 11, 20)),
        (11.21, date(2026, 11, 21)),
        (3.4, date(2026, 3, 4)),
        (3.3, date(2026, 3, 3)),
        (20261399, None),
        (11.0, None),
        (13.5, None),
        (11.45, None),
        (500000, None),
        (0, None),
        (-46346, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_bare_number_may_be_a_date(number: float, day: date | None) -> None:
    assert dates.from_number(number, DAY) == day


def test_of_the_2nd_and_the_20th_the_nearer_to_the_report_is_meant() -> None:
    assert dates.from_number(11.2, date(2026, 11, 20)) == date(2026, 11, 20)
    assert dates.from_number(11.2, date(2026, 11, 3)) == date(2026, 11, 2)
    assert dates.from_number(2.3, date(2026, 2, 27)) == date(2026, 2, 3), "there is no 30 February"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (date(1900, 1, 20), 20),
        (datetime(1900, 1, 11, 5, 2, 24), 11.21),
        (date(1900, 2, 28), 59),
        (date(1900, 3, 1), 61),
        (date(1902, 7, 18), 930),
        (date(1910, 1, 1), None),
        (date(2026, 3, 4), None),
    ],
)
def test_a_day_of_1900_is_a_number_that_excel_shows_as_a_date(cell: date, number: float | None) -> None:
    assert dates.serial(cell) == number


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2026, 3, 4, 9, 30), DAY),
        (DAY, DAY),
        (date(1900, 1, 11), None),
        (date(9999, 12, 31), None),
        (time(9, 30), None),
        ("2026-03-04", None),
        (None, None),
    ],
)
def test_only_a_date_that_can_be_meant_is_a_date(cell: Cell, day: date | None) -> None:
    assert dates.as_date(cell) == day


# ---- in subjects and file names ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("日报 2026-03-04", DAY),
        ("日报-王丽-20260304.xlsx", DAY),
        ("Re: 日报 3月4日 王丽", DAY),
        ("日报3.4", DAY),
        ("日报（2025年12月31日）", date(2025, 12, 31)),
        ("日报 1.31", date(2026, 1, 31)),
        ("日报", None),
        ("日报v1.2.xlsx", None),
        ("日报 7-8组", None),
        ("日报 2.0", None),
        ("日报 99-99", None),
        ("0571-8700 0000", None),
        ("日报 20269999 2026-03-04", DAY),
        ("项目 1234-05-06", None),
    ],
)
def test_a_subject_names_a_day_or_none(text: str, day: date | None) -> None:
    assert dates.date_in_text(text, DAY) == day


def test_around_new_year_a_subject_means_the_day_that_is_near() -> None:
    assert dates.date_in_text("日报 12.31", date(2027, 1, 2)) == date(2026, 12, 31)
    assert dates.date_in_text("日报 1.1", date(2026, 12, 31)) == date(2027, 1, 1)


# ---- the report's date -------------------------------------------------------------------------


def checked_with(cover: date | str | None = None, *days: date) -> Checked:
    records = tuple(Record("visits", n, {"visit_date": day}, {}) for n, day in enumerate(days, start=2))
    values = {"report_date": cover if isinstance(cover, date) else None}
    raw = {} if cover is None else {"report_date": str(cover)}
    return Checked("daily_report", 1, Record("cover", 1, values, raw), records, (), is_usable=True)


def test_the_cover_says_of_which_day_a_report_is() -> None:
    assert dates.report_date(checked_with(DAY), daily(), date(2026, 3, 1)) == DAY


def test_without_a_date_on_the_cover_the_subject_says_it() -> None:
    assert dates.report_date(checked_with(), daily(), DAY) == DAY


def test_without_both_the_only_day_of_the_visits_says_it() -> None:
    assert dates.report_date(checked_with(None, DAY, DAY), daily(), None) == DAY
    assert dates.report_date(checked_with(None, DAY, date(2026, 3, 3)), daily(), None) is None


def test_a_cover_that_says_something_else_is_mended_and_not_guessed_around() -> None:
    assert dates.report_date(checked_with("下周三", DAY), daily(), DAY) is None


def test_a_form_without_a_cover_takes_the_subject_or_the_visits() -> None:
    bare = replace(checked_with(None, DAY), cover=None)
    assert dates.report_date(bare, lite(), None) == DAY
    assert dates.report_date(bare, lite(), date(2026, 3, 1)) == date(2026, 3, 1)


def test_only_the_covers_own_date_counts_as_the_missing_one() -> None:
    place = Place(sheet_key="cover", field="report_date")
    assert dates.is_missing_report_date(issue(IssueCode.CELL_REQUIRED, place), daily())
    assert not dates.is_missing_report_date(issue(IssueCode.CELL_NOT_A_DATE, place), daily())
    assert not dates.is_missing_report_date(issue(IssueCode.CELL_REQUIRED, replace(place, field="x")), daily())
    assert not dates.is_missing_report_date(issue(IssueCode.CELL_REQUIRED, place), lite())
