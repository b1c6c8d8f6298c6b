"""Workbooks that cannot be rewritten whole are refused, and answered with a fresh one that holds their values."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference

from daysheet.errors import CannotMark
from daysheet.i18n import issue_text
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.rows import Record
from daysheet.model.text import Language
from daysheet.templates_xlsx.layout import letters
from daysheet.templates_xlsx.mark import mark, report_workbook
from daysheet.templates_xlsx.marks import ERROR_FILL, REPORT_SHEET
from tests.builders import a_visit, a_workbook, daily
from tests.unit.templates_xlsx.compare import values
from tests.unit.templates_xlsx.rich import patched, with_part

FIRST = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module")
def plain() -> bytes:
    book = Workbook()
    book.worksheets[0].append(["客户", "金额"])
    book.worksheets[0].append(["甲公司", 1.5])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def refused(content: bytes) -> str:
    """Return why *content* is not rewritten."""
    with pytest.raises(CannotMark) as caught:
        mark(content, [], Language.ZH, spec=daily(), describe=issue_text)
    return str(caught.value)


def test_a_plain_workbook_is_not_refused(plain: bytes) -> None:
    assert mark(plain, [], Language.ZH, spec=daily(), describe=issue_text)


# ---- what would be lost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        "xl/media/image1.png",
        "xl/drawings/drawing1.xml",
        "xl/charts/chart1.xml",
        "xl/cellimages.xml",  # WPS's pictures in cells
        "xl/vbaProject.bin",
        "xl/pivotTables/pivotTable1.xml",
        "xl/pivotCache/pivotCacheDefinition1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/threadedComments/threadedComment1.xml",
        "xl/activeX/activeX1.xml",
        "xl/ctrlProps/ctrlProp1.xml",
        "xl/slicers/slicer1.xml",
        "xl/connections.xml",
        "xl/metadata.xml",
        "xl/embeddings/oleObject1.bin",
        "_xmlsignatures/sig1.xml",
    ],
)
def test_a_part_that_would_be_lost_is_named(plain: bytes, part: str) -> None:
    assert refused(with_part(plain, part)) == f"it has a part that would be lost: {part}"


@pytest.mark.parametrize(
    "part", ["xl/calcChain.xml", "docProps/thumbnail.jpeg", "xl/printerSettings/printerSettings1.bin"]
)
def test_a_part_of_no_account_may_go(plain: bytes, part: str) -> None:
    assert mark(with_part(plain, part), [], Language.ZH, spec=daily(), describe=issue_text)


@pytest.mark.parametrize(
    "element",
    [
        '<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId9"/>',
        '<picture xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId9"/>',
        '<protectedRanges><protectedRange name="a" sqref="A1"/></protectedRanges>',
        '<legacyDrawingHF xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId9"/>',
        "<oleObjects/>",
        "<controls/>",
        "<customSheetViews/>",
        '<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}"/></extLst>',  # newer conditional formats
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst>',  # newer validation
        '<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"/></extLst>',  # sparklines
    ],
)
def test_an_element_that_would_be_lost_is_refused(plain: bytes, element: str) -> None:
    said = refused(patched(plain, FIRST, lambda xml: xml.replace("</worksheet>", f"{element}</worksheet>")))
    assert "would be lost" in said


def _replace(old: str, new: str) -> Callable[[str], str]:
    def change(xml: str) -> str:
        assert old in xml
        return xml.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<c r="B2" t="n"><v>1.5</v></c>', '<c r="B2" t="d"><v>2026-11-20</v></c>', "B2 holds a kind of value"),
        ('<c r="B2" t="n">', '<c r="B2" t="n" vm="1">', "B2 holds a kind of value"),
        ('<c r="B2" t="n">', '<c t="n">', "carry no addresses"),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A2:B2"/></mergeCells>', "a value under merged cells"),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD9"/></mergeCells>', "too large to rewrite"),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A:B"/></mergeCells>', "range without end"),
        ("</sheetData>", '</sheetData><hyperlinks><hyperlink ref="D4" location="A1"/></hyperlinks>', "a link on D4"),
        ("<worksheet ", "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet ", "declares a document type"),
        ("</sheetData>", "", "one of its sheets is broken"),
        ("<worksheet", "<chartsheet", ""),
    ],
)
def test_a_sheet_that_would_change_is_refused(plain: bytes, old: str, new: str, said: str) -> None:
    assert said in refused(patched(plain, FIRST, _replace(old, new)))


def test_a_header_that_openpyxl_cannot_read_is_refused(plain: bytes) -> None:
    header = "</sheetData><headerFooter><oddHeader>Page &amp;P</oddHeader></headerFooter>"
    assert "header" in refused(patched(plain, FIRST, _replace("</sheetData>", header)))


def test_a_chart_is_refused(plain: bytes) -> None:
    book = load_workbook(io.BytesIO(plain))
    chart = BarChart()
    chart.add_data(Reference(book.worksheets[0], min_col=2, min_row=1, max_row=2))
    book.worksheets[0].add_chart(chart, "D1")
    content = io.BytesIO()
    book.save(content)
    assert "would be lost" in refused(content.getvalue())


def test_macros_are_refused(plain: bytes) -> None:
    types = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    content = patched(plain, "[Content_Types].xml", lambda xml: xml.replace("</Types>", f"<!--{types}--></Types>"))
    assert refused(content) == "it has macros"


def test_form_controls_are_refused(plain: bytes) -> None:
    vml = '<xml><x:ClientData xmlns:x="urn:schemas-microsoft-com:office:excel" ObjectType="Button"/></xml>'
    assert "form controls" in refused(with_part(plain, "xl/drawings/vmlDrawing1.vml", vml))


def test_a_sheet_too_large_to_rewrite_in_time_is_refused(plain: bytes) -> None:
    blanks = " " * (17 << 20)
    content = patched(plain, FIRST, lambda xml: xml.replace("</sheetData>", f"{blanks}</sheetData>"))
    assert "too large to rewrite: 17 MiB" in refused(content)


def test_very_many_parts_are_refused(plain: bytes) -> None:
    target = io.BytesIO(plain)
    with zipfile.ZipFile(target, "a") as package:
        for number in range(500):
            package.writestr(f"xl/tables/table{number}.xml", "")
    assert "parts" in refused(target.getvalue())


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, "日期,客户\n".encode()],
    ids=["empty", "cut", "xls", "csv"],
)
def test_what_is_no_xlsx_is_refused(content: bytes) -> None:
    assert refused(content) == "it is not an .xlsx workbook"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml", "_rels/.rels", FIRST])
def test_a_package_with_a_part_missing_or_broken_is_refused_or_survives(plain: bytes, part: str) -> None:
    """Whatever openpyxl stumbles over, what comes out is CannotMark and nothing else."""
    broken = [patched(plain, part, lambda _, text=text: text) for text in ("", "<", "<a/>")]
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
    for content in (*broken, target.getvalue()):
        with suppress(CannotMark):
            mark(content, [], Language.ZH, spec=daily(), describe=issue_text)


def test_a_legacy_workbook_and_a_csv_are_refused_before_anything_is_read() -> None:
    assert refused(b"\x09\x08" * 600)


# ---- the fresh one -------------------------------------------------------------------------------


def a_record(row: int = 7, **changes: Any) -> Record:
    """Return a row of visits as the reader would have typed it; *changes* name raw texts, values or extra."""
    raw = {
        "visit_date": "11.20",
        "start_time": "9:30",
        "customer": "=HYPERLINK(1)",
        "contact": "周敏",
        "phone": "0571-8700 0000",
        "way": "打球",
        "content": "第一行\n第二行",
    }
    typed: dict[str, Any] = {"visit_date": date(2026, 11, 20), "start_time": time(9, 30), "way": None}
    return Record("visits", row, typed, raw | changes.pop("raw", {}), **changes)


def fresh(
    *records: Record, cover: Record | None = None, issues: tuple[Any, ...] = (), language: Language = Language.ZH
) -> bytes:
    return report_workbook(daily(), records, cover, issues, language, issue_text)


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def test_a_fresh_workbook_holds_what_they_wrote_in_rows_without_gaps() -> None:
    sheet = opened(fresh(a_record(40), a_record(7, raw={"contact": "江总"})))["拜访"]
    at = letters(daily().sheet("visits"))
    assert [sheet[f"{at['contact']}{row}"].value for row in (3, 4, 5)] == ["江总", "周敏", None]
    assert sheet[f"{at['visit_date']}3"].value.date() == date(2026, 11, 20)
    assert sheet[f"{at['start_time']}3"].value == time(9, 30)
    assert sheet[f"{at['way']}3"].value == "打球"
    assert sheet[f"{at['phone']}3"].value == "0571-8700 0000"


def test_prefilled_cells_are_as_open_and_formatted_as_their_column() -> None:
    sheet = opened(fresh(a_record()))["拜访"]
    for letter in letters(daily().sheet("visits")).values():
        cell, column = sheet[f"{letter}3"], sheet.column_dimensions[letter]
        if cell.value is not None:
            assert not cell.protection.locked
            assert cell.number_format == column.number_format


def test_what_begins_like_a_formula_is_prefilled_as_text() -> None:
    at = letters(daily().sheet("visits"))["customer"]
    cell = opened(fresh(a_record()))["拜访"][f"{at}3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK(1)", "s", True)


def test_issues_move_to_where_their_cells_went() -> None:
    part = daily().sheet("visits")
    labels = {"label_zh": "拜访方式", "label_en": "Way"}
    wrong = issue(
        IssueCode.CELL_NOT_IN_LIST,
        Place(file="a.xls", sheet="Sheet1", row=40, column="C", field="way", sheet_key="visits"),
        "打球",
        params=labels,
    )
    nowhere = issue(
        IssueCode.CELL_REQUIRED, Place(sheet="Sheet1", row=999, column="C", field="way", sheet_key="visits")
    )
    content = fresh(a_record(40), issues=(wrong, nowhere), language=Language.EN)
    at = letters(part)["way"]
    cell = opened(content)["Visits"][f"{at}3"]
    assert cell.fill.fgColor.rgb == f"FF{ERROR_FILL}"
    assert cell.comment is not None
    told = opened(content)[REPORT_SHEET]
    assert [told[f"D{row}"].value for row in (5, 6)] == [f"Visits {at}3", "Visits"]
    assert told["D5"].hyperlink.location == f"'Visits'!{at}3"


def test_a_run_of_one_fault_moves_with_its_rows() -> None:
    labels = {"label_zh": "联系人", "label_en": "Contact"}
    place = Place(sheet="Sheet1", row=10, column="C", last_row=14, field="contact", sheet_key="visits")
    wrong = issue(IssueCode.CELL_REQUIRED, place, params=labels)
    sheet = opened(fresh(a_record(10), a_record(12), a_record(14), issues=(wrong,)))["拜访"]
    at = letters(daily().sheet("visits"))["contact"]
    assert [sheet[f"{at}{row}"].comment is not None for row in (3, 4, 5, 6)] == [True, True, True, False]


def test_the_cover_and_its_issues_are_carried_over() -> None:
    cover = Record(
        "cover", 1, {"report_date": None}, {"rep_name": "王丽", "rep_number": "00417", "report_date": "昨天"}
    )
    wrong = issue(
        IssueCode.CELL_NOT_A_DATE,
        Place(sheet="Sheet9", row=2, column="H", field="report_date", sheet_key="cover"),
        "昨天",
        params={"label_zh": "日报日期", "label_en": "Report date", "example": "2026-11-20"},
    )
    sheet = opened(fresh(cover=cover, issues=(wrong,)))["封面"]
    assert [sheet[f"C{row}"].value for row in (4, 5, 7)] == ["王丽", "00417", "昨天"]
    assert sheet["C7"].comment is not None


def test_their_own_columns_and_references_come_along() -> None:
    sheet = opened(fresh(a_record(extra={"天气": "=晴"}, ref="customer:12"), a_record(8, extra={"心情": "好"})))["拜访"]
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet[f"{heads['天气']}3"].value == "=晴"
    assert sheet[f"{heads['天气']}3"].quotePrefix
    assert sheet[f"{heads['心情']}4"].value == "好"
    assert sheet[f"{heads['_ref']}3"].value == "customer:12"


def test_amounts_that_were_understood_are_numbers_and_others_what_they_wrote() -> None:
    deals = [
        Record("opportunities", 3, {"amount": Decimal("500000")}, {"customer": "甲公司", "amount": "50万"}),
        Record("opportunities", 4, {"amount": None}, {"customer": "甲公司", "amount": "很多"}),
    ]
    at = letters(daily().sheet("opportunities"))["amount"]
    sheet = opened(fresh(*deals))["商机"]
    assert [sheet[f"{at}{row}"].value for row in (3, 4)] == [500000, "很多"]


def test_a_fresh_workbook_is_the_template_and_byte_stable() -> None:
    first, second = fresh(a_record()), fresh(a_record())
    assert first == second
    names = {found.name: found.value for found in opened(first).custom_doc_props.props}
    assert names["daysheet.template"] == "daily_report"
    assert opened(first)["拜访"].protection.sheet


def test_a_fresh_workbook_can_be_marked_again() -> None:
    after = mark(fresh(a_record()), [], Language.ZH, spec=daily(), describe=issue_text)
    assert values(after, "拜访") == values(fresh(a_record()), "拜访")


def test_thousands_of_rows_are_carried_over() -> None:
    found = fresh(*[a_record(row) for row in range(3, 1503)])
    assert len(values(found, "拜访")) == 1502


def test_an_ordinary_report_needs_no_fresh_workbook() -> None:
    assert mark(a_workbook([a_visit()]), [], Language.ZH, spec=daily(), describe=issue_text)
