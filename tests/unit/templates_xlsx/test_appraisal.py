"""The appraisal sheet as a file: numbers are numbers, names are never formulas, both languages, fit to print."""

import io
from datetime import date
from itertools import pairwise

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from daysheet.model.appraisal import Appraisal, Line, Lines
from daysheet.model.figures import Figures, total
from daysheet.model.periods import Period
from daysheet.model.text import Language
from daysheet.templates_xlsx import appraisal
from daysheet.templates_xlsx.appraisal_columns import GROUPS

FIGURES: Figures = {
    "discipline.due": 21,
    "discipline.leave": 1,
    "discipline.on_time": 15,
    "discipline.late": 3,
    "discipline.missing": 2,
    "rows.sent": 80,
    "rows.accepted": 60,
    "cells.wanted": 1000,
    "cells.filled": 900,
    "reports.corrected": 4,
    "reports.correction_minutes": 360,
    "reports.open": 1,
    "spot.customers": 10,
    "spot.customers_wrong": 2,
    "visits.done": 77,
}
SHOWN = [21, 1, 15, 3, 2, 0.75, 80, 0.75, 0.9, 4, 1.5, 1, 10, 0.8, 77]


def made(
    *reps: Line,
    language: Language = Language.ZH,
    whose: str = "",
    company: str = "星河仪器",
    below: int = 1,
    is_part: bool = False,
) -> Workbook:
    everybody = Line("", figures=total(line.figures for line in reps))
    lines = Lines(
        reps, (Line("一组", region="浙江", figures=FIGURES),), (Line("浙江", below=below, is_part=is_part),), everybody
    )
    told = Appraisal(lines, Period.parse("2026-11"), company, date(2026, 12, 1), "09:00", whose)
    return load_workbook(io.BytesIO(appraisal.build(told, language)))


WANG = Line("王丽", "E1", "一组", "浙江", figures=FIGURES)


def test_each_number_stands_under_its_heading() -> None:
    sheet = made(WANG)["个人"]
    assert [cell.value for cell in sheet[5]] == ["E1", "王丽", "一组", "浙江", *SHOWN]
    headings = [cell.value for cell in sheet[4]]
    assert headings[4:10] == ["应报", "请假", "按时", "迟交", "缺交", "按时率"]


def test_a_region_of_which_only_some_are_the_readers_is_marked() -> None:
    assert made(WANG, whose="赵敏", is_part=True)["大区"]["A5"].value == "浙江（其中您负责的）"
    assert made(WANG, whose="Ann", language=Language.EN, is_part=True)["Regions"]["A5"].value == "浙江 (yours of it)"
    assert made(WANG)["大区"]["A5"].value == "浙江"


def test_shares_are_percentages_and_hours_are_numbers() -> None:
    sheet = made(WANG)["个人"]
    formats = {sheet.cell(4, cell.column).value: cell.number_format.split("_")[0] for cell in sheet[5]}
    assert {formats[name] for name in ("按时率", "一次入库率", "完整率", "正确率")} == {"0.0%"}
    assert (formats["更正小时数"], formats["应报"]) == ("0.0", "#,##0")


def test_what_has_no_rate_shows_a_dash_and_no_zero() -> None:
    sheet = made(Line("陈静", "E2", figures={"discipline.due": 1, "discipline.leave": 1}))["个人"]
    values = {sheet.cell(4, cell.column).value: cell.value for cell in sheet[5]}
    assert {values[name] for name in ("按时率", "完整率", "更正小时数", "正确率")} == {"–"}
    assert (values["应报"], values["按时"]) == (1, 0)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_no_name_becomes_a_formula(text: str) -> None:
    book = made(Line(text, text, text, text, figures=FIGURES), whose=text, company=text)
    for cell in book["个人"]["A5":"D5"][0]:
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_last_line_is_the_sum_and_stays_out_of_the_filter() -> None:
    sheet = made(WANG, Line("陈静", "E2", figures={"discipline.due": 4}))["个人"]
    assert (sheet["A7"].value, sheet["E7"].value) == ("合计", 25)
    assert sheet.auto_filter.ref == "A4:S6"


def test_an_empty_sheet_is_still_a_sheet() -> None:
    sheet = made()["个人"]
    assert (sheet["A5"].value, sheet["E5"].value) == ("合计", 0)
    assert sheet.auto_filter.ref is None


def test_headings_stay_in_sight_and_the_page_is_as_wide_as_the_table() -> None:
    for sheet in made(WANG).worksheets[:3]:
        assert sheet.freeze_panes in ("B5", "C5")
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
            "landscape",
            1,
            0,
        )
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$4"


def test_both_languages_say_the_same() -> None:
    chinese, english = made(WANG), made(WANG, language=Language.EN)
    assert [sheet.title for sheet in english] == ["Reps", "Teams", "Regions", "How it is made"]
    for one, other in zip(chinese, english, strict=True):
        assert (one.max_row, one.max_column) == (other.max_row, other.max_column)
    has_chinese = [
        cell.value
        for sheet in english
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and any("\u4e00" <= char <= "\u9fff" for char in cell.value)
    ]
    assert set(has_chinese) <= {"王丽", "一组", "浙江", english["Reps"]["A2"].value}


def test_every_column_says_how_it_is_made() -> None:
    sheet = made(WANG)["说明"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=4) if row[0].value}
    for group in GROUPS:
        for column in group.columns:
            assert told[column.label.zh], column.label
    assert "09:00" in told["按时"]


def test_the_title_says_what_it_is_of() -> None:
    assert made(WANG)["个人"]["A1"].value == "日报考核表 2026-11 · 个人"
    subtitle = made(WANG, whose="赵敏")["个人"]["A2"].value
    assert subtitle == "星河仪器 · 2026-11-01 至 2026-11-30 · 范围：赵敏所管人员 · 制表 2026-12-01"
    assert "全公司" in made(WANG)["个人"]["A2"].value


def test_a_region_further_down_stands_further_in() -> None:
    book = made(WANG)
    assert book["大区"]["A5"].alignment.indent > book["团队"]["A5"].alignment.indent
    assert made(WANG, below=300)["大区"]["A5"].alignment.indent < 20


def test_columns_have_labels_of_their_own() -> None:
    for language in Language:
        labels = sorted(column.label.in_(language) for group in GROUPS for column in group.columns)
        assert all(one != other for one, other in pairwise(labels))
