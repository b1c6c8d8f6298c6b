"""Rules over one row and over the rows of a sheet."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from daysheet.model.rows import Cell, Record
from daysheet.model.template import ColumnSpec, ColumnType, Condition, RowRule, RuleKind
from daysheet.model.text import Bilingual
from daysheet.validation import rules
from tests.unit.validation.books import DAY, a_sheet_spec

LATER = date(2026, 3, 9)


def column(key: str, type_: ColumnType = ColumnType.TEXT, **more: Any) -> ColumnSpec:
    return ColumnSpec(key, Bilingual(f"{key}栏", key.title()), type_, **more)


SHEET = a_sheet_spec(
    column("day", ColumnType.DATE),
    column("next", ColumnType.DATE),
    column("stage"),
    column("amount", ColumnType.DECIMAL),
    column("reason"),
    row_rules=(
        RowRule("SD-R001", RuleKind.NOT_BEFORE, ("next",), other="day"),
        RowRule("SD-R005", RuleKind.NOT_AFTER_TODAY, ("day",)),
        RowRule("SD-R003", RuleKind.NEED_ANY, ("amount", "reason"), when=Condition("stage", frozenset({"lost"}))),
        RowRule("SD-R004", RuleKind.NEED_ROW_IN, ("day",), other="plans"),
    ),
)


def found(**values: Any) -> list[tuple[str, str]]:
    empty = dict.fromkeys(("day", "next", "stage", "amount", "reason"))
    return [(str(note.code), note.column.key) for note in rules.row_notes(SHEET, empty | values, DAY)]


def test_a_row_in_order_breaks_no_rule() -> None:
    assert found(day=DAY, next=LATER, stage="won") == []


def test_not_before() -> None:
    assert found(day=LATER, next=DAY)[0] == ("SD-R001", "next")
    assert found(day=DAY, next=DAY) == []
    assert found(next=DAY) == []
    assert found(day=DAY) == []


def test_not_after_today() -> None:
    assert found(day=LATER) == [("SD-R005", "day")]
    assert found(day=DAY) == []
    assert found(day=None) == []


def test_need_any() -> None:
    assert found(stage="lost") == [("SD-R003", "amount")]
    assert found(stage="lost", reason="price") == []
    assert found(stage="lost", amount=Decimal(0)) == [], "nothing at all is an amount too"
    assert found(stage="won") == []


def test_only_days_are_compared() -> None:
    assert found(day=datetime(2030, 1, 1), next="2020") == []


@pytest.mark.parametrize("kind", [RuleKind.NOT_BEFORE, RuleKind.NOT_AFTER_TODAY, RuleKind.NEED_ANY])
def test_a_companys_own_rule_names_the_fields_it_is_about(kind: RuleKind) -> None:
    other = "day" if kind is RuleKind.NOT_BEFORE else None
    own = a_sheet_spec(*SHEET.columns, row_rules=(RowRule("SD-R007", kind, ("next",), other=other),))
    values = {"day": date(2030, 1, 2), "next": None if kind is RuleKind.NEED_ANY else date(2030, 1, 1)}
    (note,) = rules.row_notes(own, values, DAY)
    assert (note.params["fields_zh"], note.params["fields_en"]) == ("next栏", "Next")


# ---- rows of another sheet -----------------------------------------------------------------------


def a_record(number: int, sheet: str = "sheet", raw: dict[str, str] | None = None, **values: Any) -> Record:
    return Record(sheet, number, values, raw or {})


def unmatched(rule: RowRule, records: list[Record], others: list[Record]) -> list[int]:
    return [record.row_number for record in rules.unmatched(rule, records, others)]


OPEN = RowRule(
    "SD-R004", RuleKind.NEED_ROW_IN, ("customer",), other="plans", when=Condition("stage", frozenset({"quoted"}))
)


def test_an_open_deal_needs_a_plan_with_its_customer() -> None:
    deals = [a_record(2, customer="云杉", stage="quoted"), a_record(3, customer="蓝鲸", stage="quoted")]
    assert unmatched(OPEN, deals, [a_record(2, "plans", customer=" 云 杉")]) == [3]
    assert unmatched(OPEN, deals, []) == [2, 3]


def test_a_closed_deal_and_one_without_a_customer_need_none() -> None:
    assert unmatched(OPEN, [a_record(2, customer="云杉", stage="won"), a_record(3, stage="quoted")], []) == []


# ---- the same row twice --------------------------------------------------------------------------

KEYED = a_sheet_spec(
    column("day", ColumnType.DATE, required=True),
    column("customer", required=True),
    column("time", ColumnType.TIME),
    row_key=("day", "customer", "time"),
)


def repeated(*records: Record) -> list[tuple[int, int]]:
    return [(record.row_number, other) for record, other in rules.repeated(KEYED, records)]


def test_a_row_entered_twice_is_told_with_the_first_one() -> None:
    row = {"day": DAY, "customer": "云杉", "time": None}
    assert repeated(*(a_record(number, **row) for number in (4, 7, 9))) == [(7, 4), (9, 4)]


def test_rows_that_differ_in_their_key_are_two() -> None:
    assert repeated(a_record(4, day=DAY, customer="云杉"), a_record(5, day=DAY, customer="蓝鲸")) == []
    nine, ten = datetime(2026, 3, 4, 9).time(), datetime(2026, 3, 4, 10).time()
    assert repeated(*(a_record(n, day=DAY, customer="云杉", time=at) for n, at in ((4, nine), (5, ten)))) == []


def test_rows_that_lack_what_they_must_have_are_not_compared() -> None:
    assert repeated(a_record(4, day=DAY, customer=None), a_record(5, day=DAY, customer=None)) == []


def test_a_sheet_without_a_row_key_repeats_nothing() -> None:
    rows = [a_record(4, day=DAY), a_record(5, day=DAY)]
    assert list(rules.repeated(a_sheet_spec(*KEYED.columns), rows)) == []


# ---- totals and remarks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        ["合计"],
        [None, None, "合计：", 5],
        ["总计"],
        ["小计"],
        ["Total"],
        ["本日合计"],
        ["合计（元）"],
        ["  ", "合 计", 3],
    ],
)
def test_a_line_of_totals_says_so_first(cells: list[Cell]) -> None:
    assert rules.is_total(cells)


@pytest.mark.parametrize(
    "cells", [[], [None], ["2026-03-04", "合计"], ["小计算机公司"], ["合计以上各项之后还要补充说明"], [5], ["总部"]]
)
def test_other_rows_do_not(cells: list[Cell]) -> None:
    assert not rules.is_total(cells)


@pytest.mark.parametrize(
    "cell",
    [
        "备注：以上为本周",
        "备 注",
        "注：明天补",
        "注1、x",
        "说明：略",
        "填表人：王丽",
        "审核：",
        "※ 见附件",
        "* draft",
        "Note: x",
        "Prepared by: Tom",
        "Signature",
    ],
)
def test_a_remark_to_the_reader_is_known(cell: str) -> None:
    assert rules.is_remark(cell)


@pytest.mark.parametrize("cell", ["注册中", "杭州云杉", "备注册资料", "审核部", "Notebook GmbH", "2026-03-04", 5, None])
def test_what_only_begins_so_is_none(cell: Cell) -> None:
    assert not rules.is_remark(cell)


def totals(cell: Cell, *amounts: Any, summed: int = 0) -> list[tuple[str, Decimal, Decimal]]:
    records = [
        a_record(
            n, raw={} if value is None else {"amount": str(value)}, amount=value if isinstance(value, int) else None
        )
        for n, value in enumerate(amounts)
    ]
    return list(rules.wrong_totals({"amount": cell}, records, summed))


def test_a_total_that_is_right_is_fine() -> None:
    assert totals(30, 10, 20) == []
    assert totals(30.004, 10, 20) == []
    assert totals(10, 10, None) == []


def test_a_total_that_differs_is_told_with_the_sum() -> None:
    assert totals(31, 10, 20) == [("amount", Decimal(31), Decimal(30))]


def test_a_subtotal_adds_up_the_rows_since_the_last_one() -> None:
    assert totals(20, 10, 20, summed=1) == []
    assert totals(30, 10, 20, summed=1) == []
    assert totals(25, 10, 20, summed=1) != []


def test_nothing_is_added_up_where_a_row_could_not_be_read() -> None:
    assert totals(30, 10, "很多") == []


@pytest.mark.parametrize("cell", [None, "30", True, float("nan"), float("inf")])
def test_only_a_number_is_a_total(cell: Cell) -> None:
    assert totals(cell, 10) == []


def test_a_sheet_without_numbers_has_no_totals() -> None:
    assert totals(30) == []
    assert totals(30, None) == []
