"""Texts: length, pattern, what cannot be seen; names of customers and contacts."""

from datetime import datetime
from typing import Any

import pytest

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnType, Meaning
from daysheet.model.text import Bilingual
from tests.unit.validation.books import a_column, codes, typed

TEXT = a_column(max_length=10)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("谈了计划", "谈了计划"),
        ("  谈了计划\n", "谈了计划"),
        ("谈了\n计划", "谈了\n计划"),
        ("a\u00a0b", "a b"),
        ("\u3000周　敏 ", "周 敏"),
        (417.0, "417"),
        (True, "TRUE"),
        (datetime(2026, 3, 4), "2026-03-04"),
        ("无", "无"),
        ("00417", "00417"),
    ],
)
def test_a_text_is_taken_as_it_is_shown(cell: Cell, text: str) -> None:
    assert typed(cell, TEXT) == (text, [])


@pytest.mark.parametrize("cell", [None, "", " ", "\u3000", "\u00a0", "-", "——", "/", "…"])
def test_a_struck_out_text_is_empty(cell: Cell) -> None:
    assert typed(cell, TEXT) == (None, [])


@pytest.mark.parametrize("mark", ["\x07", "\x00", "\x1f", "\x7f", "\u200b", "\u200e", "\u202e", "\ufeff", "\u00ad"])
def test_what_cannot_be_seen_is_removed_and_told(mark: str) -> None:
    value, notes = typed(f"周{mark}敏", TEXT)
    assert value == "周敏"
    assert codes(notes) == ["SD-C010"]
    assert notes[0].is_fixed
    assert notes[0].found == "周敏"


def test_nothing_is_told_where_nothing_else_was_there() -> None:
    assert typed("\u200b", TEXT) == (None, [])


def test_a_text_may_be_as_long_as_the_template_allows_and_no_longer() -> None:
    assert typed("字" * 10, TEXT) == ("字" * 10, [])
    value, notes = typed("字" * 11, TEXT)
    assert value is None
    assert codes(notes) == ["SD-C007"]
    assert notes[0].params == {"length": 11, "limit": 10}


def test_without_a_limit_a_text_may_be_as_long_as_a_cell() -> None:
    assert typed("字" * 32_767, a_column())[0] == "字" * 32_767


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({"example": Bilingual("SH-001", "SH-001")}, "SH-001"),
        (
            {"example": Bilingual("SH-001", "SH-001"), "help": Bilingual("两个字母加数字", "two letters and digits")},
            "two letters and digits",
        ),
        ({}, "[A-Z]{2}-\\d+"),
    ],
)
def test_what_does_not_fit_the_pattern_is_told_with_what_does(more: dict[str, Any], english: str) -> None:
    column = a_column(pattern=r"[A-Z]{2}-\d+", **more)
    assert typed("SH-001", column) == ("SH-001", [])
    value, notes = typed("上海一号", column)
    assert value is None
    assert codes(notes) == ["SD-C015"]
    assert notes[0].params["choices_en"] == english


def test_the_customers_name_keeps_what_the_naming_rules_judge() -> None:
    column = a_column(ColumnType.CUSTOMER, max_length=120)
    for name in ("-", "无", "杭州云杉\n自动化有限公司", "Nordlicht GmbH"):
        assert typed(name, column) == (name, [])
    assert codes(typed("公司" * 61, column)[1]) == ["SD-C007"]


@pytest.mark.parametrize("cell", ["无", "暂无", "N/A", "-", "不详"])
def test_nobody_is_no_contact(cell: str) -> None:
    assert typed(cell, a_column(meaning=Meaning.CONTACT_NAME)) == (None, [])
