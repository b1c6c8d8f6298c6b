"""A row's cells become typed values; what is missing is said once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from daysheet.model.rows import CellFault
from daysheet.model.template import ColumnType, Condition
from daysheet.validation.rows import RowTyper, holds, row_model
from tests.unit.validation.books import DAY, codes, daily

VISITS = RowTyper(daily().sheet("visits"), daily().lists)
SERVICE = RowTyper(daily().sheet("service"), daily().lists)
GOOD: dict[str, Any] = {
    "visit_date": "2026-03-04",
    "customer": "云杉",
    "contact": "周敏",
    "way": "电话",
    "purpose": "报价",
    "content": "谈了",
    "outcome": "有进展",
}


def test_a_row_is_typed_by_the_spec_with_every_column_there() -> None:
    values, notes = VISITS.type_row({**GOOD, "start_time": "9:30", "phone": 13812345678.0}, {}, DAY)
    assert notes == []
    assert set(values) == {column.key for column in daily().sheet("visits").columns}
    assert values["visit_date"] == DAY
    assert values["way"] == "phone"
    assert values["phone"] == ("13812345678",)
    assert values["city"] is None


def test_there_is_one_model_per_sheet_with_a_field_per_column() -> None:
    for sheet in daily().sheets:
        model = row_model(sheet, daily().lists)
        assert list(model.model_fields) == [column.key for column in sheet.columns]


@pytest.mark.parametrize("key", GOOD)
def test_a_required_field_that_is_empty_is_told(key: str) -> None:
    _, notes = VISITS.type_row({k: v for k, v in GOOD.items() if k != key}, {}, DAY)
    assert [(str(note.code), note.column.key) for note in notes] == [("SD-C001", key)]


def test_a_row_that_lacks_most_is_told_once() -> None:
    _, notes = VISITS.type_row({"customer": "云杉", "content": "谈了"}, {}, DAY)
    assert codes(notes) == ["SD-R006"]
    assert notes[0].params["fields_zh"] == "拜访日期、联系人、拜访方式、拜访目的、结果"
    assert notes[0].params["fields_en"] == "Visit date, Contact, Way, Purpose, Outcome"


def test_a_field_that_is_wrong_is_not_called_missing_as_well() -> None:
    values, notes = VISITS.type_row({**GOOD, "visit_date": "下周三"}, {}, DAY)
    assert codes(notes) == ["SD-C003"]
    assert values["visit_date"] is None


def test_a_field_of_invisible_characters_is_missing() -> None:
    assert codes(VISITS.type_row({**GOOD, "contact": "\u200b"}, {}, DAY)[1]) == ["SD-C001"]


def test_a_field_may_be_required_by_another() -> None:
    complaint = {"service_type": "投诉", "description": "坏了"}
    assert codes(SERVICE.type_row(complaint, {}, DAY)[1]) == ["SD-C001"]
    assert SERVICE.type_row({**complaint, "service_type": "费用"}, {}, DAY)[1] == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [(CellFault.ERROR, "SD-C005"), (CellFault.UNCALCULATED, "SD-C006"), (CellFault.IMAGE, "SD-C013")],
)
def test_what_the_reader_could_not_give_is_told_and_nothing_else_of_it(fault: CellFault, code: str) -> None:
    values, notes = VISITS.type_row({**GOOD, "contact": "stale"}, {"contact": (fault, "#REF!")}, DAY)
    assert codes(notes) == [code]
    assert notes[0].found == "#REF!"
    assert values["contact"] is None


def test_only_visits_are_never_in_the_future() -> None:
    january = date(2027, 1, 2)
    values, _ = VISITS.type_row({**GOOD, "visit_date": "12.31", "next_date": "12.31"}, {}, january)
    assert (values["visit_date"], values["next_date"]) == (date(2026, 12, 31), date(2027, 12, 31))


def test_a_condition_holds_for_its_codes() -> None:
    condition = Condition("stage", frozenset({"won"}))
    assert holds(condition, {"stage": "won"})
    assert not holds(condition, {"stage": None})
    assert not holds(condition, {})


def test_values_have_the_types_the_store_expects() -> None:
    deals = RowTyper(daily().sheet("opportunities"), daily().lists)
    cells = {"customer": "云杉", "project": "二期", "stage": "赢单", "amount": "50万", "expected_date": "2026-12-31"}
    values, _ = deals.type_row(cells, {}, DAY)
    assert values["amount"] == Decimal(500000)
    kinds = {column.key: column.type for column in daily().sheet("opportunities").columns}
    assert kinds["expected_date"] is ColumnType.DATE
    assert isinstance(values["expected_date"], date)
