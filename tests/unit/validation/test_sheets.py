"""A whole workbook against the spec: what is missing, what disagrees, whether anything can land."""

from datetime import date

import pytest

from daysheet.model.issues import Severity
from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from tests.unit.validation.books import (
    DAY,
    DEAL,
    PLAN,
    SERVICE,
    VISIT,
    a_book,
    a_cover,
    a_deal,
    a_grid,
    a_table,
    a_visit,
    check,
    daily,
    rows_of,
    said,
)

EVERY = (a_table(DEAL, name="商机"), a_table(PLAN, name="计划"), a_table(SERVICE, name="服务与费用"))


def test_a_workbook_in_order_has_no_issues_and_a_record_a_row() -> None:
    checked = check(a_book(*EVERY))
    assert checked.issues == ()
    assert checked.is_usable
    assert not checked.has_errors
    assert [record.sheet for record in checked.records] == ["visits", "opportunities", "plans", "service"]
    assert (checked.template_id, checked.template_version) == ("daily_report", 1)
    assert set(checked.columns) == {"cover", "visits", "opportunities", "plans", "service"}
    assert checked.columns["cover"]["report_date"] == "B"


def test_records_come_in_the_templates_order_whatever_the_order_of_the_sheets() -> None:
    mixed = check(a_book(*reversed(EVERY)))
    assert [record.sheet for record in mixed.records] == ["visits", "opportunities", "plans", "service"]


# ---- sheets ----------------------------------------------------------------------------------------


def test_without_the_main_sheet_nothing_can_land() -> None:
    checked = check(Workbook(FileKind.XLSX, (a_cover(), a_table(DEAL, name="商机"))))
    assert said(checked.issues) == [("SD-S001", "")]
    assert checked.issues[0].place.sheet_key == "visits"
    assert not checked.is_usable


def test_another_sheet_may_be_left_out() -> None:
    assert check(a_book()).issues == ()


def test_without_any_visit_the_report_is_taken_all_the_same() -> None:
    checked = check(a_book(a_grid(list(VISIT))))
    assert said(checked.issues) == [("SD-S007", "")]
    assert checked.is_usable


def test_an_empty_main_sheet_has_no_visits() -> None:
    checked = check(a_book(a_grid()))
    assert said(checked.issues) == [("SD-S007", "")]
    assert checked.is_usable


def test_an_empty_main_sheet_is_no_matter_where_another_one_has_rows() -> None:
    assert check(a_book(a_grid(list(VISIT)), a_table(DEAL, name="商机"))).issues == ()


def test_who_is_on_leave_has_nothing_to_report() -> None:
    assert check(a_book(a_grid(list(VISIT)), cover=a_cover(工作类型="请假"))).issues == ()
    assert said(check(a_book(a_grid(list(VISIT)), cover=a_cover(工作类型="外勤"))).issues) == [("SD-S007", "")]


def test_a_sheet_in_disorder_leaves_the_others_in_peace() -> None:
    broken = {key: value for key, value in DEAL.items() if key != "阶段"}
    checked = check(a_book(a_table(broken, name="商机")))
    assert said(checked.issues) == [("SD-S002", "1:1")]
    assert checked.is_usable
    assert [record.is_ok for record in checked.records] == [True, False]


# ---- formats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FileKind.XLS, FileKind.ET, FileKind.ODS, FileKind.XLSB])
def test_an_old_format_is_read_and_told(kind: FileKind) -> None:
    checked = check(a_book(kind=kind))
    assert said(checked.issues) == [("SD-F006", "")]
    assert checked.issues[0].severity is Severity.INFO


def test_a_csv_whose_charset_was_guessed_is_told() -> None:
    book = Workbook(FileKind.CSV, (a_table(VISIT),), charset="GB18030")
    assert said(check(book).issues) == [("SD-F008", "")]
    assert check(Workbook(FileKind.CSV, (a_table(VISIT),))).issues == ()


# ---- the report's date -----------------------------------------------------------------------------


def test_a_date_that_the_subject_says_is_not_missing_on_the_cover() -> None:
    assert check(a_book(cover=a_cover(日报日期=None)), expected_date=DAY).issues == ()


def test_a_date_that_all_visits_share_is_not_missing_on_the_cover() -> None:
    assert check(a_book(cover=a_cover(日报日期=None))).issues == ()


def test_a_date_that_nothing_tells_is_missing() -> None:
    visits = a_table(a_visit(), a_visit(拜访日期="2026-03-03"))
    checked = check(a_book(visits, cover=a_cover(日报日期=None)))
    assert said(checked.issues) == [("SD-C001", "")]
    assert checked.issues[0].place.field == "report_date"


def test_a_date_that_nothing_tells_is_missing_on_a_cover_that_is_not_there_too() -> None:
    visits = a_table(a_visit(), a_visit(拜访日期="2026-03-03"))
    checked = check(Workbook(FileKind.XLSX, (visits,)))
    assert said(checked.issues) == [("SD-C001", "")]
    assert checked.issues[0].place.sheet_key == "cover"


def test_a_phone_form_whose_day_nothing_tells_is_told_at_the_visits() -> None:
    rows = [a_visit(), a_visit(拜访日期="2026-03-03")]
    checked = check(Workbook(FileKind.XLSX, (a_table(*rows),)), "lite")
    missing = [one for one in checked.issues if str(one.code) == "SD-C001"]
    assert [(one.place.sheet_key, one.place.field) for one in missing] == [("visits", "visit_date")]


def test_a_date_on_the_cover_that_is_no_date_is_told_once() -> None:
    checked = check(a_book(cover=a_cover(日报日期="下周三")), expected_date=DAY)
    assert said(checked.issues) == [("SD-C003", "B3")]


def test_two_dates_that_differ_are_told_and_the_cover_counts() -> None:
    checked = check(a_book(), expected_date=date(2026, 3, 3))
    assert said(checked.issues) == [("SD-X004", "B3")]
    assert checked.issues[0].params["expected"] == "2026-03-03"
    assert check(a_book(), expected_date=DAY).issues == ()


def test_days_without_a_year_are_of_the_reports_year_and_not_of_todays() -> None:
    visits = a_table(a_visit(拜访日期="11.21"))
    checked = check(a_book(visits, cover=a_cover(日报日期="2025-11-21")))
    assert rows_of(checked)[0].values["visit_date"] == date(2025, 11, 21)


# ---- rules across sheets ---------------------------------------------------------------------------


def test_an_open_deal_without_a_plan_is_told_at_its_customer() -> None:
    deals = a_table(a_deal(阶段="已报价"), a_deal(阶段="已报价", 客户名称="苏州蓝鲸", 项目名称="二"), name="商机")
    checked = check(a_book(deals, a_table(PLAN, name="计划")))
    assert said(checked.issues) == [("SD-R004", "A3")]
    assert checked.issues[0].severity is Severity.WARNING
    assert all(record.is_ok for record in checked.records), "a warning blocks nothing"


def test_without_a_plan_sheet_every_open_deal_lacks_one() -> None:
    assert said(check(a_book(a_table(a_deal(阶段="已报价"), name="商机"))).issues) == [("SD-R004", "A2")]


# ---- all at once, in order -------------------------------------------------------------------------


def test_everything_is_said_at_once_by_sheet_row_and_column() -> None:
    visits = a_table(
        a_visit(结果="不知道", 拜访日期="下周三"),
        a_visit(联系人="李华"),
        a_visit(拜访方式="打球"),
        a_visit(联系人="李华"),
    )
    deals = a_table(a_deal(金额="很多", 成交概率=160), a_deal(项目名称=None), name="商机")
    checked = check(a_book(deals, visits, cover=a_cover(日报日期="?!x")), expected_date=DAY)
    assert [(one.place.sheet, str(one.code), one.place.cell) for one in checked.issues] == [
        ("封面", "SD-C003", "B3"),
        ("拜访", "SD-C003", "A2"),
        ("拜访", "SD-C004", "G2"),
        ("拜访", "SD-C004", "D4"),
        ("拜访", "SD-X001", "5:5"),
        ("商机", "SD-C002", "D2"),
        ("商机", "SD-C011", "E2"),
        ("商机", "SD-C001", "B3"),
    ]


def test_columns_beyond_z_come_after_z() -> None:
    head = [*VISIT, *[None] * 19, "电话", "下次日期"]
    body = [*a_visit(结果="不知道").values(), *[None] * 19, "打总机", "下周三"]
    assert [cell for _, cell in said(check(a_book(a_grid(head, body))).issues)] == ["G2", "AA2", "AB2"]


def test_what_is_about_the_file_comes_first_and_about_a_sheet_before_its_rows() -> None:
    visits = a_grid([*VISIT, "天气"], [*a_visit(拜访方式="打球").values(), "晴"])
    codes = [code for code, _ in said(check(a_book(visits, kind=FileKind.XLS)).issues)]
    assert codes == ["SD-F006", "SD-S005", "SD-C004"]


def test_one_fault_in_one_column_comes_line_after_line_so_that_it_can_be_said_once() -> None:
    rows = [a_visit(拜访方式="打球", 结果="不知道", 联系人=f"周敏{n}") for n in range(16)]
    issues = [one for one in check(a_book(a_table(*rows))).issues if one.place.column == "D"]
    assert [one.place.row for one in issues] == list(range(2, 18))
    first = issues[0]
    for one in issues:
        assert (one.code, one.severity, one.found, one.params, one.suggestions) == (
            first.code,
            first.severity,
            first.found,
            first.params,
            first.suggestions,
        )


def test_the_same_workbook_twice_gives_the_same_answer() -> None:
    book = a_book(a_table(a_visit(拜访方式="打球")), *EVERY)
    assert check(book) == check(book)


def test_the_answer_does_not_depend_on_the_day_it_is_processed() -> None:
    book = a_book(a_table(a_visit(拜访日期="2026-03-05")))
    assert said(check(book, today=DAY).issues) == [("SD-R005", "A2")]
    assert check(book, today=date(2026, 3, 5)).issues == ()


def test_sheets_of_the_template_alone_are_enough_for_the_phone_form() -> None:
    checked = check(Workbook(FileKind.XLSX, (a_table(VISIT, name="拜访"), Sheet("x", ()))), "lite")
    assert checked.cover is None
    assert said(checked.issues) == [("SD-S005", "E1")], "the phone form does not ask for the purpose"
    assert daily().cover is not None
