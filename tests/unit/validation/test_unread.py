"""Sheets that are not read are spoken of, where they hold something to report."""

from collections.abc import Callable

import pytest

from daysheet.i18n import issue_text
from daysheet.model.issues import Severity
from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from daysheet.model.text import Language
from daysheet.templates_xlsx.layout import GUIDE_SHEET, LISTS_SHEET
from daysheet.templates_xlsx.marks import REPORT_SHEET
from tests.unit.validation.books import (
    DEAL,
    PLAN,
    VISIT,
    a_book,
    a_cover,
    a_deal,
    a_grid,
    a_table,
    a_visit,
    check,
    rows_of,
    said,
)

HEAD = list(VISIT)
PRICES = (["品名", "型号", "单价"], ["泵", "P1", 1200], ["阀", "V1", 300])


def codes(*sheets: Sheet, form: str = "daily_report") -> list[str]:
    return [str(one.code) for one in check(a_book(*sheets), form).issues]


@pytest.mark.parametrize("name", ["拜访 (2)", "拜访（2）", "拜访2", "拜访 - 副本", "3月4日", "Sheet3"])
def test_a_second_sheet_of_visits_is_told_by_its_name(name: str) -> None:
    checked = check(a_book(a_table(VISIT), a_table(a_visit(联系人="李华"), name=name)))
    (one,) = checked.issues
    assert (str(one.code), one.severity, one.place.sheet, one.place.sheet_key) == (
        "SD-S010",
        Severity.WARNING,
        name,
        "visits",
    )
    assert issue_text(one, Language.EN).startswith(f'"{name}" looks like another "Visits" sheet and was not read.')
    assert f"“{name}”" in issue_text(one, Language.ZH)
    assert "“拜访”里" in issue_text(one, Language.ZH), "where the rows belong"
    assert len(rows_of(checked)) == 1


def test_a_sheet_per_day_is_told_in_one_line() -> None:
    days = [a_table(a_visit(联系人=f"周敏{day}"), name=f"3月{day}日") for day in range(1, 31)]
    checked = check(Workbook(FileKind.XLSX, (a_cover(), *days)))
    (one,) = checked.issues
    text = issue_text(one, Language.ZH)
    assert "3月2日, 3月3日" in text
    assert "(29)" in text
    assert "“3月1日”里" in text


def test_each_kind_of_sheet_is_told_by_itself() -> None:
    sheets = [a_table(DEAL, name="商机"), a_table(DEAL, name="商机 (2)"), a_table(PLAN, name="计划")]
    checked = check(a_book(a_table(VISIT), *sheets, a_table(PLAN, name="下周计划"), a_table(VISIT, name="拜访 (2)")))
    assert [(str(one.code), one.place.sheet) for one in checked.issues] == [
        ("SD-S010", "拜访 (2)"),
        ("SD-S010", "商机 (2)"),
        ("SD-S010", "下周计划"),
    ]


def test_the_copy_of_a_sheet_may_lack_columns() -> None:
    copy = a_grid(HEAD[:3], ["2026-03-04", "云杉", "李华"], name="拜访 (2)")
    assert codes(a_table(VISIT), copy) == ["SD-S010"]
    own = a_grid(*copy.rows, name="联系人清单")
    assert codes(a_table(VISIT), a_table(PLAN, name="计划"), own) == ["SD-S011"], "it may be the rep's own list"


def test_a_table_that_nothing_resembles_is_told_for_information() -> None:
    checked = check(a_book(a_grid(*PRICES, name="价目表"), a_grid(*PRICES, name="旧价目表")))
    (one,) = checked.issues
    assert (str(one.code), one.severity, one.place.sheet) == ("SD-S011", Severity.INFO, "价目表")
    assert issue_text(one, Language.EN).startswith('"价目表, 旧价目表" resembles no sheet of the template')


def test_a_renamed_main_sheet_with_other_headings_is_missing_and_named() -> None:
    own = a_grid(["何时", "何地", "何人"], ["周三", "杭州", "周敏"], name="流水")
    checked = check(Workbook(FileKind.XLSX, (a_cover(), own), {"daysheet.template": "daily_report"}))
    assert said(checked.issues) == [("SD-S011", ""), ("SD-S001", "")]


def test_on_the_phone_form_it_is_the_same() -> None:
    visit = {key: value for key, value in VISIT.items() if key != "拜访目的"}
    assert codes(a_table(visit), a_table(visit, name="拜访 (2)"), form="lite") == ["SD-S010"]
    assert codes(a_table(visit), a_grid(*PRICES, name="价目表"), form="lite") == ["SD-S011"]


def _empty() -> Sheet:
    return Sheet("Sheet2", ())


def _only_headings() -> Sheet:
    return a_grid(HEAD, name="拜访 (2)")


def _only_dates() -> Sheet:
    return a_grid(HEAD, ["2026-03-04"], ["2026-03-05"], name="拜访 (2)")


def _only_keys() -> Sheet:
    return a_grid(HEAD, ["visit_date", "customer", "contact", "way", "purpose", "content", "outcome"], name="拜访 (2)")


def _only_a_total() -> Sheet:
    return a_grid(list(a_deal(金额=1)), ["合计", None, None, 0], name="商机 (2)")


def _hidden() -> Sheet:
    return Sheet("拜访 (2)", a_table(VISIT).rows, is_hidden=True)


def _cover_again() -> Sheet:
    return Sheet("日报", a_cover().rows)


def _wide_cover() -> Sheet:
    return a_grid(["姓名", "王丽", "工号", "E1"], ["日报日期", "2026-03-04", "部门", "华东"], name="首页2")


def _guide() -> Sheet:
    return a_grid(["列", "栏目", "例子"], ["A", "日期", "2026-03-04"], name=GUIDE_SHEET.zh)


def _english_guide() -> Sheet:
    return a_grid(["Col.", "Field", "Example"], ["A", "Date", "2026-03-04"], name=GUIDE_SHEET.en)


def _lists() -> Sheet:
    return a_grid(["level", "way", "purpose"], ["A", "电话", "报价"], name=LISTS_SHEET)


def _check_report() -> Sheet:
    return a_grid(["#", "级别", "位置"], ["1", "需修改", "A2"], name=REPORT_SHEET)


def _two_columns() -> Sheet:
    return a_grid(["本月", "次数"], ["拜访", 12], ["电话", 30], name="统计")


def _text() -> Sheet:
    return a_grid(["本周心得"], ["客户都忙"], [None, "下周再约"], name="随笔")


@pytest.mark.parametrize(
    "make",
    [
        _empty,
        _only_headings,
        _only_dates,
        _only_keys,
        _only_a_total,
        _hidden,
        _cover_again,
        _wide_cover,
        _guide,
        _english_guide,
        _lists,
        _check_report,
        _two_columns,
        _text,
    ],
)
def test_nothing_is_said_of_what_holds_no_rows(make: Callable[[], Sheet]) -> None:
    assert codes(a_table(VISIT), a_table(a_deal(), name="商机"), make()) == []


def test_nothing_is_said_of_a_csv() -> None:
    assert check(Workbook(FileKind.CSV, (a_table(VISIT),))).issues == ()
