"""Amounts, quantities and percentages as people write them."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnType
from daysheet.validation import numbers
from tests.unit.validation.books import a_column, codes, typed

AMOUNT = a_column(ColumnType.DECIMAL, minimum=0, maximum=1e11)
PERCENT = a_column(ColumnType.DECIMAL, minimum=0, maximum=100, unit="%")
WHOLE = a_column(ColumnType.INT)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120000", "120000"),
        ("120,000", "120000"),
        ("1,200.00元", "1200"),
        ("１，２００．５", "1200.5"),
        ("12 000", "12000"),
        ("1,0000", "10000"),
        ("50万", "500000"),
        ("50 万元", "500000"),
        ("50W", "500000"),
        ("3.2亿", "320000000"),
        ("1.5千万", "15000000"),
        ("2百万", "2000000"),
        ("300k", "300000"),
        ("1.2M", "1200000"),
        ("¥50,000", "50000"),
        ("￥50,000.00", "50000"),
        ("$ 1.2M", "1200000"),
        ("US$500", "500"),
        ("RMB 3000", "3000"),
        ("3000 CNY", "3000"),
        ("约50万左右", "500000"),
        ("合计：500元整", "500"),
        ("12台", "12"),
        (".5", "0.5"),
        ("5.", "5"),
        ("\u00a050\u00a0", "50"),
        ("1\u200b00", "100"),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, number: str) -> None:
    value, notes = typed(text, AMOUNT)
    assert value == Decimal(number)
    assert "SD-C008" in codes(notes)
    assert all(note.is_fixed for note in notes)


@pytest.mark.parametrize(
    "text",
    [
        "很多",
        "五十万",
        "50-60万",
        "1,5",
        "1.200,00",
        "12 34",
        "1,20,000",
        "50万60",
        "50 apples",
        "--5",
        "1e5",
        "5" * 200,
    ],
)
def test_what_may_be_another_number_is_not_guessed(text: str) -> None:
    value, notes = typed(text, AMOUNT)
    assert value is None
    assert codes(notes) == ["SD-C002"]
    assert notes[0].found == text


@pytest.mark.parametrize("cell", [True, date(2026, 3, 4), time(9, 30), float("inf"), float("nan")])
def test_what_is_no_number_in_excel_either_is_told(cell: Cell) -> None:
    value, notes = typed(cell, AMOUNT)
    assert value is None
    assert codes(notes) == ["SD-C002"]


@pytest.mark.parametrize(
    ("cell", "number"), [(500000.0, "500000"), (0.1, "0.1"), (0, "0"), (1200.55, "1200.55"), (10**11, "100000000000")]
)
def test_a_number_is_taken_exactly_and_without_a_word(cell: Cell, number: str) -> None:
    assert typed(cell, AMOUNT) == (Decimal(number), [])


@pytest.mark.parametrize("cell", [None, "", "-", "/", "无", "N/A", "待定", "\u200b"])
def test_a_struck_out_amount_is_empty(cell: Cell) -> None:
    assert typed(cell, AMOUNT) == (None, [])


@pytest.mark.parametrize("cell", [-5, "-5", 2e11, "3000亿"])
def test_an_amount_out_of_range_says_the_range(cell: Cell) -> None:
    value, notes = typed(cell, AMOUNT)
    assert value is None
    assert codes(notes)[-1] == "SD-C011"
    assert notes[-1].params["choices_en"] == "between 0 and 100,000,000,000"
    assert notes[-1].params["choices_zh"] == "在 0 到 100,000,000,000 之间"


@pytest.mark.parametrize(
    ("bounds", "cell", "english"),
    [
        ({"minimum": 0}, -1, "at least 0"),
        ({"maximum": 9.5}, 10, "at most 9.5"),
        ({"minimum": 1_000_000, "maximum": 2_000_000}, 1, "between 1,000,000 and 2,000,000"),
        ({}, 1e300, "at most 1,000,000,000,000,000"),
        ({}, "9" * 50, "at most 1,000,000,000,000,000"),
        ({}, -(10**16), "at most 1,000,000,000,000,000"),
    ],
)
def test_bounds_are_said_as_people_say_them(bounds: dict[str, Any], cell: Cell, english: str) -> None:
    value, notes = typed(cell, a_column(ColumnType.DECIMAL, **bounds))
    assert value is None
    assert [note.params.get("choices_en") for note in notes] == [english]


@pytest.mark.parametrize(
    ("cell", "number", "told"),
    [
        (0.6, "60", []),
        (60, "60", []),
        (60.0, "60", []),
        ("60%", "60", []),
        ("60", "60", []),
        ("0.6", "60", []),
        ("0.6%", "0.6", []),
        (0, "0", []),
        (1.0, "100", ["SD-C008"]),  # Excel keeps 100 % so
        ("1%", "1", []),
        ("１００％", "100", []),
    ],
)
def test_a_percentage_is_60_whether_excel_keeps_60_or_0_6(cell: Cell, number: str, told: list[str]) -> None:
    value, notes = typed(cell, PERCENT)
    assert value == Decimal(number)
    assert codes(notes) == told


def test_a_percentage_above_100_is_out_of_range() -> None:
    assert codes(typed("160%", PERCENT)[1]) == ["SD-C011"]


@pytest.mark.parametrize(("cell", "number"), [(12.0, 12), ("12", 12), ("1万", 10000), (-3, -3)])
def test_a_whole_number_is_an_int(cell: Cell, number: int) -> None:
    value, _ = typed(cell, WHOLE)
    assert value == number
    assert isinstance(value, int)


@pytest.mark.parametrize("cell", [12.5, "12.5"])
def test_half_a_piece_is_no_whole_number(cell: Cell) -> None:
    value, notes = typed(cell, WHOLE)
    assert value is None
    assert codes(notes)[-1] == "SD-C002"


@pytest.mark.parametrize(
    ("number", "text"), [("500000", "500,000"), ("1200.50", "1,200.5"), ("0", "0"), ("0.00", "0"), ("-1E+3", "-1,000")]
)
def test_a_number_is_written_grouped(number: str, text: str) -> None:
    assert numbers.written(Decimal(number)) == text
