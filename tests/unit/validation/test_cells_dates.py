"""Date and time cells, as the reader delivers them and as people type them."""

from datetime import date, datetime, time, timedelta

import pytest

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnType, Meaning
from tests.unit.validation.books import DAY, a_column, codes, typed

DATE = a_column(ColumnType.DATE)
TIME = a_column(ColumnType.TIME)
THE_21ST = date(2026, 11, 21)


@pytest.mark.parametrize(
    "cell",
    [
        THE_21ST,
        datetime(2026, 11, 21),
        datetime(2026, 11, 21, 9, 30),
        "2026-11-21",
        "2026年11月21日",
        "11.21",
        "１１．２１",
    ],
)
def test_a_date_is_taken_without_a_word(cell: Cell) -> None:
    assert typed(cell, DATE) == (THE_21ST, [])


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (46347, "46347"),
        (46347.0, "46347"),
        ("46347", "46347"),
        (11.21, "11.21"),
        (20261121.0, "20261121"),
        (datetime(1900, 1, 11, 5, 2, 24), "11.21"),  # 11.21 typed into a cell formatted as a date
    ],
)
def test_a_bare_number_is_taken_for_a_date_and_told(cell: Cell, found: str) -> None:
    value, notes = typed(cell, DATE)
    assert value == THE_21ST
    assert codes(notes) == ["SD-C014"]
    assert notes[0].found == found
    assert notes[0].is_fixed
    assert notes[0].params["value"] == "2026-11-21"


@pytest.mark.parametrize(
    "cell",
    [
        "下周三",
        "①",
        "²",
        "9" * 400,
        500000,
        True,
        date(1900, 1, 20),
        date(9999, 12, 31),
        time(9, 30),
        1e300,
        float("inf"),
    ],
)
def test_what_is_no_date_is_told(cell: Cell) -> None:
    value, notes = typed(cell, DATE)
    assert value is None
    assert codes(notes) == ["SD-C003"]


def test_what_excel_shows_is_what_the_message_repeats() -> None:
    assert typed(date(1900, 1, 20), DATE)[1][0].found == "1900-01-20"
    assert typed(46347, DATE)[1][0].found == "46347"


@pytest.mark.parametrize("cell", [None, "", " ", "-", "/", "无", "待定", "TBD", "\u200b"])
def test_a_struck_out_date_is_empty(cell: Cell) -> None:
    assert typed(cell, DATE) == (None, [])


def test_invisible_characters_in_a_date_are_dropped_and_told() -> None:
    value, notes = typed("2026-11-21\u200b", DATE)
    assert value == THE_21ST
    assert codes(notes) == ["SD-C010"]


def test_a_report_of_january_may_hold_visits_of_december() -> None:
    january = date(2027, 1, 2)
    assert typed("12.31", DATE, day=january, is_past=True)[0] == date(2026, 12, 31)
    assert typed("12.31", DATE, day=january)[0] == date(2027, 12, 31)
    of_report = a_column(ColumnType.DATE, meaning=Meaning.REPORT_DATE)
    assert typed("12.31", of_report, day=january)[0] == date(2026, 12, 31)


@pytest.mark.parametrize(
    "cell",
    [
        time(9, 30),
        datetime(2026, 3, 4, 9, 30),
        timedelta(hours=9, minutes=30),
        timedelta(days=3, hours=9, minutes=30),
        0.3958333333,
        "9:30",
        "09:30",
        "9：30",
        "０９：３０",
        "9:30:15",
        "9点30",
        "9点30分",
        "9点半",
        "9时30分",
        "上午9:30",
        "上午 9:30",
        "9:30 am",
        "9:30AM",
        "AM 9:30",
        "9:30-11:00",
        "9:30 至 11:00",
        "0930",
        "930",
        930.0,
        date(1902, 7, 18),  # 930 typed into a cell formatted as a time
    ],
)
def test_a_time_is_read_however_it_is_written(cell: Cell) -> None:
    value, notes = typed(cell, TIME)
    assert value is not None
    assert (value.hour, value.minute) == (9, 30)
    assert notes == []


@pytest.mark.parametrize(
    ("cell", "hour"),
    [
        ("下午2点", 14),
        ("晚上8:00", 20),
        ("2 pm", 14),
        ("12 pm", 12),
        ("12 am", 0),
        ("中午12点", 12),
        ("9", 9),
        (9, 9),
        (date(1900, 1, 9), 9),
        (0.99999999, 0),
        (0, 0),
    ],
)
def test_an_hour_alone_is_a_time(cell: Cell, hour: int) -> None:
    assert typed(cell, TIME) == (time(hour), [])


@pytest.mark.parametrize(
    "cell", ["一大早", "25:00", "9:75", "9.30", 9.5, 99, 2460, -1, 1e300, float("nan"), True, "9:30" * 20, "9999"]
)
def test_what_is_no_time_says_how_to_write_one(cell: Cell) -> None:
    value, notes = typed(cell, TIME)
    assert value is None
    assert codes(notes) == ["SD-C015"]
    assert "09:30" in str(notes[0].params["choices_zh"])


@pytest.mark.parametrize("cell", [timedelta(days=999999999), timedelta(days=-999999999)])
def test_an_absurd_duration_breaks_nothing(cell: Cell) -> None:
    assert typed(cell, TIME) == (time(0), [])


@pytest.mark.parametrize("cell", [None, "", "-", "无"])
def test_a_struck_out_time_is_empty(cell: Cell) -> None:
    assert typed(cell, TIME) == (None, [])


def test_seconds_are_kept_and_fractions_are_not() -> None:
    assert typed(datetime(2026, 3, 4, 9, 30, 15, 999), TIME)[0] == time(9, 30, 15)
    assert typed(time(9, 30, 15, 999), TIME)[0] == time(9, 30, 15)
    assert typed(DAY, TIME)[0] is None, "a day is no time"
