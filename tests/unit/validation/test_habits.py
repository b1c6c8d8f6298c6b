"""What reps do with a form: the odd habits, each of which a person would understand at once."""

from datetime import date, datetime

import pytest

from daysheet.i18n import issue_text
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, CellFault, Sheet, Workbook
from daysheet.model.text import Language
from daysheet.reports.runs import collapse
from tests.unit.validation.books import (
    DAY,
    VISIT,
    a_book,
    a_deal,
    a_grid,
    a_table,
    a_visit,
    check,
    check_sheet,
    rows_of,
    said,
)

HEAD = list(VISIT)
GOOD = list(VISIT.values())
ENGLISH = ["Visit date", "Customer", "Contact", "Way", "Purpose", "What was said", "Outcome"]


def row(number: int) -> list[Cell]:
    return list(a_visit(联系人=f"周敏{number}").values())


def test_a_title_stands_above_the_table() -> None:
    checked = check_sheet(
        a_grid(["销售日报"], ["姓名：王丽", None, "日期：2026-03-04"], HEAD, GOOD, merges=((1, 1, 1, 7),))
    )
    assert checked.issues == ()
    assert [record.row_number for record in rows_of(checked)] == [4]


@pytest.mark.parametrize(
    "note", ["备注：以上客户均已联系", "注：明天补发票", "填表人：王丽", "审核：", "※ 见附件", "Note: see attachment"]
)
def test_remarks_stand_below_the_table(note: str) -> None:
    checked = check_sheet(a_grid(HEAD, GOOD, [], [note]))
    assert checked.issues == ()
    assert len(rows_of(checked)) == 1


def test_a_line_merged_across_the_table_is_a_heading_between_the_rows() -> None:
    sheet = a_grid(HEAD, ["上午"], row(1), ["下午"], row(2), merges=((2, 1, 2, 7), (4, 1, 4, 7)))
    checked = check_sheet(sheet)
    assert checked.issues == ()
    assert [record.row_number for record in rows_of(checked)] == [3, 5]


def test_same_as_above_is_what_stands_above() -> None:
    ditto = ["同上", "同上", "李华", "〃", '"', "同上", "ditto"]
    checked = check_sheet(a_grid(HEAD, GOOD, ditto))
    assert said(checked.issues) == [("SD-C017", f"{letter}3") for letter in "ABDEFG"]
    first, second = rows_of(checked)
    assert {**second.values, "contact": None} == {**first.values, "contact": None}
    assert second.values["contact"] == "李华"
    assert second.raw["visit_date"] == "同上", "what was written is kept"


def test_same_as_above_goes_through_several_rows() -> None:
    rows = [["同上", "同上", f"周敏{n}", *["同上"] * 4] for n in (2, 3)]
    checked = check_sheet(a_grid(HEAD, GOOD, *rows))
    assert [record.values["visit_date"] for record in rows_of(checked)] == [DAY] * 3


def test_same_as_a_mistake_is_the_same_mistake() -> None:
    checked = check_sheet(a_grid(HEAD, ["下周三", *GOOD[1:]], ["同上", "同上", "李华", *["同上"] * 4]))
    wrong = [one for one in checked.issues if one.is_error]
    assert said(wrong) == [("SD-C003", "A2"), ("SD-C003", "A3")]
    assert {one.found for one in wrong} == {"下周三"}
    assert ("SD-C017", "A3") not in said(checked.issues), "one word of one cell"


def test_same_as_above_is_told_once_for_a_column() -> None:
    rows = [["同上", "云杉", f"周敏{n}", "电话", "报价", "谈了 " + "很多" * 20, "有进展"] for n in (2, 3, 4)]
    checked = check_sheet(a_grid(HEAD, GOOD, *rows))
    (told,) = collapse(checked.issues)
    assert (str(told.code), told.place.cell, told.is_fixed) == ("SD-C017", "A3:A5", True)
    assert issue_text(told, Language.ZH) == "“拜访日期”的“同上”已按上一行的“2026-03-04”处理。"


def test_a_long_text_is_not_repeated_whole() -> None:
    rows = [["2026-03-04", "云杉", "周敏", "电话", "报价", "很多" * 40, "有进展"], list(VISIT.values())]
    (told,) = check_sheet(a_grid(HEAD, *rows[:1], [*rows[1][:5], "〃", rows[1][6]])).issues
    assert told.params["value"] == "很多" * 15 + "…"


def test_above_the_first_row_there_is_nothing() -> None:
    assert said(check_sheet(a_grid(HEAD, ["同上", *GOOD[1:]])).issues) == [("SD-C003", "A2")]


def test_the_heading_is_in_english_and_the_rows_are_in_chinese() -> None:
    checked = check_sheet(a_grid(ENGLISH, GOOD))
    assert checked.issues == ()
    assert rows_of(checked)[0].values["purpose"] == "needs"


def test_columns_are_moved_and_empty_ones_stand_between() -> None:
    order = [6, 3, 0, 5, 1, 4, 2]
    head: list[Cell] = [cell for at in order for cell in (HEAD[at], None)]
    body: list[Cell] = [cell for at in order for cell in (GOOD[at], None)]
    checked = check_sheet(a_grid(head, body))
    assert checked.issues == ()
    assert rows_of(checked)[0].values["visit_date"] == DAY


def test_names_are_broken_over_two_lines() -> None:
    checked = check_sheet(a_table(a_visit(客户名称="杭州云杉\n自动化有限公司", 沟通内容="谈了\r\n两件事")))
    assert checked.issues == ()
    assert rows_of(checked)[0].values["customer"] == "杭州云杉\n自动化有限公司", "as typed: naming puts it together"


def test_headings_are_broken_and_starred_and_carry_units() -> None:
    head = ["拜访\n日期 *", "客户名称（全称）", "联 系 人", "★拜访方式", "拜访目的：", "沟通内容\n(必填)", "结果[必选]"]
    checked = check_sheet(a_grid(head, GOOD))
    assert checked.issues == ()


@pytest.mark.parametrize(
    "typed", ["11.20", "2026年3月4日", "3月4日", "2026/3/4", datetime(2026, 3, 4), "3.4", "20260304"]
)
def test_dates_are_typed_as_ever(typed: Cell) -> None:
    checked = check_sheet(a_table(a_visit(下次日期=typed)))
    assert isinstance(rows_of(checked)[0].values["next_date"], date)


def test_a_date_typed_as_a_number_is_understood_and_told() -> None:
    checked = check_sheet(a_table(a_visit(下次日期=datetime(1900, 3, 9, 2, 24))))
    assert [str(one.code) for one in checked.issues] == ["SD-C003"], "69.1 is no day"
    checked = check_sheet(a_table(a_visit(下次日期=datetime(1900, 1, 3, 12, 0))))
    assert rows_of(checked)[0].values["next_date"] == date(2026, 3, 5)
    assert said(checked.issues) == [("SD-C014", "H2")]


@pytest.mark.parametrize("nothing", ["/", "-", "无", "——", "N/A", "待定"])
def test_fields_that_may_stay_empty_are_struck_out(nothing: str) -> None:
    checked = check_sheet(a_table(a_visit(电话=nothing, 开始时间=nothing, 下次日期=nothing, 客户级别=nothing)))
    assert checked.issues == ()
    deal = a_table(
        a_deal(金额=nothing, 数量=nothing, 成交概率=nothing, 预计成交日期=nothing, 币种=nothing), name="商机"
    )
    assert check(a_book(deal)).issues == ()


def test_a_required_field_that_is_struck_out_is_missing() -> None:
    checked = check_sheet(a_table(a_visit(联系人="/", 拜访方式="-")))
    assert said(checked.issues) == [("SD-C001", "C2"), ("SD-C001", "D2")]


def test_the_table_of_visits_is_the_only_sheet_and_called_daily_report() -> None:
    sheet = a_table(VISIT, name="日报")
    checked = check(Workbook(FileKind.XLSX, (sheet, Sheet("Sheet2", ()), Sheet("Sheet3", ()))))
    assert checked.is_usable
    assert checked.issues == ()
    assert len(rows_of(checked)) == 1


def test_a_wps_picture_in_a_cell_is_no_text() -> None:
    sheet = a_grid(HEAD, [*GOOD[:5], None, GOOD[6]], faults={(2, 6): (CellFault.IMAGE, '=DISPIMG("ID_1",1)')})
    assert said(check_sheet(sheet).issues) == [("SD-C013", "F2")]


def test_a_csv_is_all_text() -> None:
    head = ["拜访日期", "客户名称", "联系人", "电话", "拜访方式", "拜访目的", "沟通内容", "结果"]
    body: list[Cell] = ["4-Mar-26", "云杉", "周敏", "13812345678", "电话", "报价", "谈了", "有进展"]
    book = Workbook(FileKind.CSV, (Sheet("CSV", (tuple(head), tuple(body))),))
    checked = check(book)
    assert checked.issues == ()
    assert rows_of(checked)[0].values["visit_date"] == DAY
