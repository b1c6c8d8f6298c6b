"""Which column is which field: strongest evidence first, wherever the heading stands."""

import pytest

from daysheet.model.rows import Cell, Sheet
from daysheet.model.template import ColumnType
from daysheet.model.text import Bilingual
from daysheet.validation.columns import Header, HeaderFinder, sheet_forms
from tests.unit.validation.books import (
    VISIT,
    a_column,
    a_grid,
    a_sheet_spec,
    a_table,
    a_visit,
    check_sheet,
    daily,
    said,
)

VISITS = daily().sheet("visits")
DEALS = daily().sheet("opportunities")


def find(sheet: Sheet, memory: dict[str, str] | None = None, *, deals: bool = False) -> Header:
    found = HeaderFinder(DEALS if deals else VISITS).find(sheet, memory or {})
    assert found is not None
    return found


def fields(sheet: Sheet, memory: dict[str, str] | None = None) -> dict[str, int]:
    return dict(find(sheet, memory).columns)


# ---- how strong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "客户名称",
        "Customer",
        "CUSTOMER",
        "客户名称 *\nCustomer",
        "客户名称（全称）",
        "客户\n名称",
        " 客户 名称：",
        "★客户名称",
        "客户",
        "单位名称",
        "customer name",
    ],
)
def test_a_heading_is_known_by_label_by_both_labels_and_by_alias(heading: str) -> None:
    assert fields(a_grid(["拜访日期", heading], ["2026-03-04", "x"])) == {"visit_date": 1, "customer": 2}


def test_a_close_spelling_is_taken_and_told() -> None:
    header = find(a_grid(["拜访日期", "Customer nmae", "结果"], ["2026-03-04", "x", "有进展"]))
    assert header.columns["customer"] == 2
    assert header.renamed == ((2, "Customer nmae", "customer"),)


def test_a_spelling_close_to_two_fields_is_neither() -> None:
    twins = a_sheet_spec(
        a_column().__class__("one", Bilingual("甲", "Delivery date one"), ColumnType.TEXT),
        a_column().__class__("two", Bilingual("乙", "Delivery date two"), ColumnType.TEXT),
        a_column().__class__("key", Bilingual("丙", "Key"), ColumnType.TEXT),
    )
    header = HeaderFinder(twins).find(a_grid(["Key", "Delivery date twe"], ["x", "y"]), {})
    assert header is not None
    assert header.columns == {"key": 1}
    assert header.unknown == ((2, "Delivery date twe"),)


def test_another_heading_is_unknown() -> None:
    header = find(a_grid(["拜访日期", "天气"], ["2026-03-04", "晴"]))
    assert header.unknown == ((2, "天气"),)


def test_what_this_sender_called_it_before_is_remembered() -> None:
    sheet = a_grid(["拜访日期", "东家"], ["2026-03-04", "x"])
    assert fields(sheet, {"东家": "customer"}) == {"visit_date": 1, "customer": 2}
    assert fields(sheet, {"东家": "no_such_field"}) == {"visit_date": 1}


def test_memory_gives_way_to_the_label() -> None:
    header = find(a_grid(["拜访日期", "东家", "客户名称"], ["2026-03-04", "x", "y"]), {"东家": "customer"})
    assert header.columns["customer"] == 3
    assert header.duplicates == ()
    assert header.unknown == ((2, "东家"),)


def test_an_alias_gives_way_to_the_label() -> None:
    header = find(a_grid(["单位", "客户名称"], ["一车间", "云杉"]))
    assert header.columns == {"customer": 2}
    assert header.unknown == ((1, "单位"),)
    assert header.duplicates == ()


def test_the_keys_decide_against_the_labels() -> None:
    sheet = a_grid(["联系人", "客户名称"], ["customer", "contact"], ["云杉", "周敏"])
    assert fields(sheet) == {"customer": 1, "contact": 2}


# ---- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", range(15))
def test_the_heading_may_stand_in_any_of_the_first_rows(above: int) -> None:
    rows: list[list[Cell]] = [["王丽的日报"], *([[]] * 13)][:above]
    header = find(a_grid(*rows, list(VISIT), list(VISIT.values())))
    assert (header.row, header.first_row) == (above + 1, above + 2)


def test_a_heading_further_down_is_not_looked_for() -> None:
    rows: list[list[Cell]] = [["x"]] * 15
    assert HeaderFinder(VISITS).find(a_grid(*rows, list(VISIT)), {}) is None


def test_a_form_above_the_table_is_not_its_heading() -> None:
    sheet = a_grid(["姓名", "王丽", "日期", "2026-03-04"], [], list(VISIT), list(VISIT.values()))
    assert find(sheet).row == 3


def test_columns_may_stand_in_any_order_with_empty_ones_between() -> None:
    sheet = a_grid([None, "结果", None, None, "客户名称", "拜访日期"], [None, "有进展", None, None, "x", "2026-03-04"])
    assert fields(sheet) == {"outcome": 2, "customer": 5, "visit_date": 6}


def test_a_sheet_without_any_heading_has_none() -> None:
    assert HeaderFinder(VISITS).find(a_grid(["x", "y"], [1, 2]), {}) is None
    assert HeaderFinder(VISITS).find(a_grid(), {}) is None


def test_the_score_is_the_number_of_fields_named() -> None:
    finder = HeaderFinder(VISITS)
    assert finder.score(a_table(VISIT)) == 7
    assert finder.score(a_grid(["x"])) == 0


# ---- headings in two rows ------------------------------------------------------------------------


def test_a_group_over_two_columns_belongs_to_their_names() -> None:
    sheet = a_grid(
        ["拜访日期", "客户", None, "联系人"],
        [None, "名称", "城市", None],
        ["2026-03-04", "云杉", "杭州", "周敏"],
        merges=((1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 2, 4)),
    )
    header = find(sheet)
    assert header.columns == {"visit_date": 1, "customer": 2, "city": 3, "contact": 4}
    assert (header.row, header.first_row) == (1, 3)


def test_a_group_row_is_read_where_nothing_is_merged_downwards() -> None:
    sheet = a_grid(
        [None, "客户", None, "结果如何"],
        ["拜访日期", "名称", "城市", "结果"],
        ["2026-03-04", "云杉", "杭州", "有进展"],
        merges=((1, 2, 1, 3),),
    )
    header = find(sheet)
    assert header.columns == {"visit_date": 1, "customer": 2, "city": 3, "outcome": 4}
    assert header.first_row == 3


def test_a_title_merged_over_the_whole_table_groups_nothing() -> None:
    sheet = a_grid(["客户", None, None], ["拜访日期", "名称", "结果"], ["2026-03-04", "x", "y"], merges=((1, 1, 1, 3),))
    header = find(sheet)
    assert "customer" not in header.columns
    assert header.unknown == ((2, "名称"),)


def test_a_heading_merged_sideways_is_its_first_column() -> None:
    sheet = a_grid(["拜访日期", "客户名称", None, "结果"], ["2026-03-04", "x", None, "y"], merges=((1, 2, 1, 3),))
    assert fields(sheet) == {"visit_date": 1, "customer": 2, "outcome": 4}


def test_merges_far_below_are_not_part_of_the_heading() -> None:
    sheet = a_grid(list(VISIT), list(VISIT.values()), list(VISIT.values()), merges=((2, 1, 3, 1),))
    assert find(sheet).first_row == 2


# ---- twice ---------------------------------------------------------------------------------------


def test_two_columns_of_one_name_are_told() -> None:
    header = find(a_grid(["拜访日期", "客户名称", "客户名称"], ["2026-03-04", "x", "y"]))
    assert header.columns["customer"] == 2
    assert header.duplicates == ((3, "客户名称", "customer"),)


def test_of_two_columns_the_one_that_holds_something_is_meant() -> None:
    header = find(a_grid(["客户名称", "拜访日期", "客户名称"], [None, "2026-03-04", "y"]))
    assert header.columns["customer"] == 3
    assert header.duplicates == ()


def test_a_time_beside_a_date_is_the_time_of_day() -> None:
    header = find(a_grid(["日期", "时间", "客户"], ["2026-03-04", "9:30", "x"], ["2026-03-04", 0.5, "y"]))
    assert header.columns == {"visit_date": 1, "start_time": 2, "customer": 3}
    assert header.renamed == ((2, "时间", "start_time"),)
    assert header.duplicates == ()


def test_a_second_date_is_no_time_of_day() -> None:
    header = find(a_grid(["日期", "时间", "客户"], ["2026-03-04", "2026-03-05", "x"]))
    assert header.duplicates == ((2, "时间", "visit_date"),)


# ---- the hidden keys -----------------------------------------------------------------------------

KEYED = [["拜访日期", "客户名称", "备注"], ["visit_date", "customer", None], ["2026-03-04", "x", "y"]]


def test_below_the_keys_the_data_begin() -> None:
    header = find(a_grid(*KEYED))
    assert (header.row, header.first_row) == (1, 2), "the row of keys itself is passed over as such"
    assert header.unknown == ((3, "备注"),)


def test_a_column_added_beside_the_keys_is_taken_by_its_label() -> None:
    sheet = a_grid(["拜访日期", "客户名称", "电话"], ["visit_date", "customer", None], ["2026-03-04", "x", "138"])
    assert fields(sheet) == {"visit_date": 1, "customer": 2, "phone": 3}


def test_a_second_column_of_a_field_with_a_key_is_extra() -> None:
    sheet = a_grid(["拜访日期", "客户名称", "客户"], ["visit_date", "customer", None], ["2026-03-04", "x", "y"])
    assert find(sheet).unknown == ((3, "客户"),)


def test_a_key_that_stands_twice_is_told() -> None:
    sheet = a_grid(["甲", "乙", "丙"], ["visit_date", "customer", "customer"], ["2026-03-04", "x", "y"])
    assert find(sheet).duplicates == ((3, "丙", "customer"),)


def test_keys_without_labels_are_enough() -> None:
    header = find(a_grid(["visit_date", "customer", "_ref", "mood"], ["2026-03-04", "x", "K1", "good"]))
    assert (header.row, header.first_row, header.ref_column) == (1, 2, 3)
    assert header.unknown == ((4, "mood"),)


def test_a_heading_that_happens_to_be_spelt_like_the_keys_has_a_form_above_it() -> None:
    keys = ["visit_date", "customer", "contact", "way", "purpose", "content", "outcome"]
    sheet = a_grid(["Date", "2026-03-04"], ["Area", "East", "North"], keys, list(VISIT.values()))
    checked = check_sheet(sheet)
    assert [record.row_number for record in checked.records] == [4]
    assert checked.issues == ()


def test_rows_sorted_above_the_hidden_keys_are_data_all_the_same() -> None:
    good = a_visit()
    rows = [list(good), list(good.values()), ["visit_date", "customer", "contact"], list(good.values())]
    checked = check_sheet(a_grid(*rows, hidden_rows=frozenset({3})))
    assert [record.row_number for record in checked.records] == [2, 4]
    assert said(checked.issues) == [("SD-X001", "4:4")]


def test_the_reference_column_is_known_without_keys_too() -> None:
    assert find(a_grid(["拜访日期", "_ref", "客户"], ["2026-03-04", "K1", "x"])).ref_column == 2


# ---- units, names --------------------------------------------------------------------------------


def test_a_heading_in_ten_thousands_scales_its_numbers() -> None:
    header = find(a_grid(["客户名称", "项目名称", "阶段", "金额（万元）"], ["x", "y", "暂停", 50]), deals=True)
    assert header.columns["amount"] == 4
    assert header.scales == {"amount": 10_000}


def test_a_required_column_that_is_not_there_is_missing() -> None:
    missing = find(a_grid(["拜访日期", "客户名称"], ["2026-03-04", "x"])).missing(VISITS)
    assert [column.key for column in missing] == ["contact", "way", "purpose", "content", "outcome"]


def test_a_sheet_is_known_by_its_label_its_key_and_its_aliases() -> None:
    assert {"拜访", "visits", "拜访visits", "拜访记录", "visitlog"} <= sheet_forms(VISITS)
