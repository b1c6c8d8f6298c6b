"""The rep's own workbook with its mistakes marked: all else stays as it was."""

import io
import re
import time
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from daysheet.i18n import issue_text
from daysheet.model.issues import Issue, IssueCode, Place, Severity, issue
from daysheet.model.text import Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.check_report import MOST_ISSUES
from daysheet.templates_xlsx.mark import mark
from daysheet.templates_xlsx.marks import (
    ERROR_FILL,
    MARKS_SHEET,
    MOST_MARKS,
    MOST_SAID,
    REPORT_SHEET,
    WARNING_FILL,
)
from tests.builders import a_deal, a_visit, a_workbook, daily
from tests.unit.templates_xlsx.compare import assert_same_but_for_marks, sheet_xml, snapshot, values
from tests.unit.templates_xlsx.rich import a_rich_workbook, patched

VISITS = "拜访"
RED, YELLOW = f"FF{ERROR_FILL}", f"FF{WARNING_FILL}"


def a_place(cell: str, sheet: str = VISITS, *, last_row: int | None = None) -> Place:
    """Return the place of an A1 address; "4" alone is the whole row."""
    column, row = re.fullmatch(r"([A-Z]*)(\d+)", cell).groups()  # type: ignore[union-attr]
    return Place(
        sheet=sheet, row=int(row), column=column or None, field="contact", last_row=last_row, sheet_key="visits"
    )


def missing(cell: str, sheet: str = VISITS, *, last_row: int | None = None) -> Issue:
    labels = {"label_zh": "联系人", "label_en": "Contact"}
    return issue(IssueCode.CELL_REQUIRED, a_place(cell, sheet, last_row=last_row), params=labels)


def unlisted(cell: str, found: str = "打球") -> Issue:
    params = {"label_zh": "拜访方式", "label_en": "Way", "choices_zh": "上门拜访、电话", "choices_en": "Visit, Phone"}
    return issue(IssueCode.CELL_NOT_IN_LIST, a_place(cell), found, suggestions=("上门拜访 Visit",), params=params)


def doubtful(cell: str) -> Issue:
    return issue(IssueCode.CUSTOMER_UNKNOWN, a_place(cell), "某公司", suggestions=("甲公司", "乙公司"))


def noted(cell: str) -> Issue:
    return issue(IssueCode.CELL_NUMBER_AS_TEXT, a_place(cell), "30万", is_fixed=True)


def marked(content: bytes, *issues: Issue, language: Language = Language.ZH) -> bytes:
    return mark(content, issues, language, spec=daily(), describe=issue_text)


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def cell(content: bytes, address: str, sheet: str = VISITS) -> Any:
    return opened(content)[sheet][address]


@pytest.fixture(scope="module")
def filled() -> bytes:
    visits = [a_visit(), a_visit(way="打球", contact="", phone="0571-8700 0000"), a_visit("=1+1", content="长" * 2000)]
    return a_workbook(visits, opportunities=[a_deal()])


@pytest.fixture(scope="module")
def rich() -> bytes:
    return a_rich_workbook()


# ---- marks ---------------------------------------------------------------------------------------


def test_wrong_cells_are_filled_by_how_grave_they_are_and_an_info_is_not(filled: bytes) -> None:
    after = marked(filled, missing("G4"), doubtful("C3"), noted("I3"))
    assert cell(after, "G4").fill.fgColor.rgb == RED
    assert cell(after, "C3").fill.fgColor.rgb == YELLOW
    assert cell(after, "I3").fill.fill_type is None
    assert cell(after, "I3").comment is None


def test_a_comment_says_it_in_both_languages_the_readers_first(filled: bytes) -> None:
    zh = cell(marked(filled, unlisted("J4")), "J4").comment.text
    en = cell(marked(filled, unlisted("J4"), language=Language.EN), "J4").comment.text
    first, second = issue_text(unlisted("J4"), Language.ZH), issue_text(unlisted("J4"), Language.EN)
    assert zh.index(first) < zh.index(second)
    assert en.index(second) < en.index(first)
    assert "上门拜访 Visit" in zh
    assert zh.startswith("【需修改 Please correct】")


def test_a_cell_with_several_mistakes_says_them_all_the_gravest_first(filled: bytes) -> None:
    found = cell(marked(filled, doubtful("C3"), missing("C3")), "C3")
    assert found.fill.fgColor.rgb == RED
    assert found.comment.text.index("Please correct") < found.comment.text.index("Please check")


def test_a_run_of_the_same_fault_is_marked_on_every_row(filled: bytes) -> None:
    after = marked(filled, missing("G3", last_row=5))
    assert [cell(after, f"G{row}").fill.fgColor.rgb for row in (3, 4, 5)] == [RED] * 3
    assert cell(after, "G6").fill.fill_type is None


def test_an_issue_of_a_whole_row_is_marked_on_its_first_visible_cell(filled: bytes, rich: bytes) -> None:
    assert cell(marked(filled, missing("3")), "A3").comment is not None
    hidden = io.BytesIO()
    book = opened(filled)
    book[VISITS].column_dimensions["A"].hidden = True
    book.save(hidden)
    assert cell(marked(hidden.getvalue(), missing("3")), "B3").comment is not None


def test_a_mark_on_merged_cells_goes_to_their_corner(rich: bytes) -> None:
    after = marked(rich, missing("E2", "It's 50%"))
    assert cell(after, "D1", "It's 50%").fill.fgColor.rgb == RED


def test_an_empty_marked_cell_stays_open_to_writing(filled: bytes) -> None:
    found = cell(marked(filled, missing("H4")), "H4")
    assert not found.protection.locked
    assert found.number_format == "@"


def test_the_same_arguments_give_the_same_bytes(filled: bytes) -> None:
    assert marked(filled, missing("G4"), doubtful("C3")) == marked(filled, missing("G4"), doubtful("C3"))


# ---- all else ------------------------------------------------------------------------------------


def test_a_filled_template_is_unchanged_but_for_its_marks(filled: bytes) -> None:
    after = marked(filled, missing("G4"), unlisted("J4"), doubtful("C3"), missing("H5"))
    assert_same_but_for_marks(filled, after, [(VISITS, at) for at in ("G4", "J4", "C3", "H5")])


def test_a_workbook_with_nearly_everything_in_it_is_unchanged_but_for_its_marks(rich: bytes) -> None:
    places = [(VISITS, at) for at in ("A2", "B3", "C2", "E3", "B7", "H9")] + [("It's 50%", "B3"), ("It's 50%", "D1")]
    after = marked(rich, *(missing(at, sheet) for sheet, at in places))
    assert_same_but_for_marks(rich, after, places)


def test_the_comparison_sees_what_it_should(rich: bytes) -> None:
    """A test of the test: each of these is a loss that openpyxl could cause."""
    after = marked(rich)
    for old, new in (
        ("<v>0.30000000000000004</v>", "<v>0.3</v>"),
        ("<v>46100</v>", "<v></v>"),
        ('formatCells="0"', 'formatCells="1"'),
        ("机密", " 机密"),
        ('type="whole"', 'type="decimal"'),
        ('stopIfTrue="1"', ""),
        ('ht="41.25"', 'ht="15"'),
        ('state="frozen"', 'state="split"'),
    ):
        spoilt = patched(after, "xl/worksheets/sheet1.xml", lambda xml, o=old, n=new: _replaced(xml, o, n))
        with pytest.raises(AssertionError):
            assert_same_but_for_marks(rich, spoilt)


def _replaced(xml: str, old: str, new: str) -> str:
    assert old in xml, old
    return xml.replace(old, new)


def test_nothing_to_say_changes_nothing_but_adds_the_report(rich: bytes) -> None:
    after = marked(rich)
    assert_same_but_for_marks(rich, after)
    assert opened(after).sheetnames[-1] == REPORT_SHEET


def test_results_of_formulas_stay_so_that_a_reader_without_a_calculator_sees_them(rich: bytes) -> None:
    found = load_workbook(io.BytesIO(marked(rich, missing("C2"))), data_only=True)[VISITS]
    assert [found[at].value for at in ("E2", "B4")] == [0.2, "46100a <b>"]


def test_a_cell_the_sender_coloured_like_a_mark_stays_so(filled: bytes) -> None:
    book = opened(filled)
    book[VISITS]["D3"].fill = PatternFill("solid", RED)
    content = io.BytesIO()
    book.save(content)
    assert cell(marked(content.getvalue()), "D3").fill.fgColor.rgb == RED


# ---- a second time -------------------------------------------------------------------------------


def test_marks_of_an_earlier_answer_are_taken_back_first(filled: bytes) -> None:
    first = marked(filled, missing("G4"), unlisted("J4"), missing("H5"))
    second = marked(first, unlisted("J4"))
    assert_same_but_for_marks(filled, second, [(VISITS, "J4")])
    assert opened(second).sheetnames.count(REPORT_SHEET) == 1
    assert_same_but_for_marks(filled, marked(second))


def test_marking_the_marked_gives_what_marking_the_original_gives(rich: bytes) -> None:
    issues = [missing("B3"), missing("C2"), missing("H9")]
    once, twice = marked(rich, *issues), marked(marked(rich, *issues, missing("A2")), *issues)
    assert snapshot(once) == snapshot(twice)


def test_the_senders_own_comment_comes_back_when_the_mark_goes(rich: bytes) -> None:
    first = marked(rich, missing("B3"))
    assert "联系人" in cell(first, "B3").comment.text
    back = cell(marked(first), "B3").comment
    assert (back.author, back.text) == ("赵敏", "请核实\n— 经理")


def test_marks_are_found_again_after_rows_were_inserted_and_sorted(filled: bytes) -> None:
    book = opened(marked(filled, missing("G4"), unlisted("J4")))
    sheet = book[VISITS]
    for row in (3, 4, 5):  # rows 3 and 4 change places, as sorting does
        for column in "GJ":
            here, there = sheet[f"{column}{row}"], sheet[f"{column}{ {3: 4, 4: 3, 5: 5}[row] }"]
            if row == 3:
                here._style, there._style = there._style, here._style
                here.value, there.value = there.value, here.value
                here.comment, there.comment = _copied(there.comment), _copied(here.comment)
    content = io.BytesIO()
    book.save(content)
    after = marked(content.getvalue())
    assert all(cell(after, at).fill.fill_type is None for at in ("G3", "G4", "J3", "J4"))
    assert all(cell(after, at).comment is None for at in ("G3", "G4", "J3", "J4"))
    assert cell(after, "J3").value == "打球"


def _copied(comment: Comment | None) -> Comment | None:
    return Comment(comment.text, comment.author) if comment else None


def test_what_the_sender_corrected_and_coloured_since_is_theirs(filled: bytes) -> None:
    book = opened(marked(filled, missing("G4")))
    book[VISITS]["G4"].value = "周敏"
    book[VISITS]["G4"].fill = PatternFill("solid", "FF00B050")
    content = io.BytesIO()
    book.save(content)
    found = cell(marked(content.getvalue()), "G4")
    assert (found.value, found.fill.fgColor.rgb, found.comment) == ("周敏", "FF00B050", None)


def test_marks_copied_with_their_cell_are_taken_back_in_both_places(filled: bytes) -> None:
    book = opened(marked(filled, missing("G4")))
    source, copy = book[VISITS]["G4"], book[VISITS]["G9"]
    copy._style, copy.comment = source._style, _copied(source.comment)
    content = io.BytesIO()
    book.save(content)
    after = marked(content.getvalue())
    assert [cell(after, at).comment for at in ("G4", "G9")] == [None, None]
    assert [cell(after, at).fill.fill_type for at in ("G4", "G9")] == [None, None]


def test_marks_go_even_where_somebody_removed_the_sheet_that_remembers_them(filled: bytes) -> None:
    book = opened(marked(filled, missing("G4")))
    del book[MARKS_SHEET]
    content = io.BytesIO()
    book.save(content)
    found = cell(marked(content.getvalue()), "G4")
    assert (found.fill.fill_type, found.comment) == (None, None)


# ---- the report sheet ----------------------------------------------------------------------------


def report(content: bytes) -> Any:
    return opened(content)[REPORT_SHEET]


def lines(content: bytes) -> list[list[Any]]:
    return [[found.value for found in row] for row in report(content).iter_rows(min_row=5, min_col=2)]


def test_the_report_is_last_in_front_and_lists_every_issue(filled: bytes) -> None:
    after = marked(filled, missing("G4"), doubtful("C3"), noted("I3"))
    book = opened(after)
    assert book.sheetnames[-1] == REPORT_SHEET
    assert book.active.title == REPORT_SHEET
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == [REPORT_SHEET]
    number, severity, where, field, found, said, suggestions, code = lines(after)[1]
    assert (number, severity, where, field, found) == ("2", "请核对", "拜访 C3", "联系人", "某公司")
    assert said == issue_text(doubtful("C3"), Language.ZH)
    assert (suggestions, code) == ("甲公司\n乙公司", "SD-M001")
    assert [row[1] for row in lines(after)] == ["需修改", "请核对", "供参考（已自动更正）"]


def test_the_report_shows_how_grave_a_line_is_by_word_and_colour_and_its_link_as_one(filled: bytes) -> None:
    sheet = report(marked(filled, missing("G4"), doubtful("C3"), missing("A1", "没有这张表")))
    for row, color in ((5, RED), (6, YELLOW), (7, RED)):
        fills = {found.column_letter: found.fill.fgColor.rgb for found in sheet[row] if found.fill.fill_type}
        assert fills == {"C": color}
    assert [bool(sheet[f"C{row}"].font.b) for row in (5, 6)] == [True, False]
    assert [sheet[f"D{row}"].font.color.rgb == f"FF{look.LINK}" for row in (5, 6, 7)] == [True, True, False]


def test_the_report_counts_what_there_is_and_nothing_else(filled: bytes) -> None:
    assert report(marked(filled, missing("G4"), noted("I3")))["B2"].value == "需修改 1 处 · 供参考 1 条"
    told = marked(filled, missing("G4"), doubtful("C3"), language=Language.EN)
    assert report(told)["B2"].value == "1 to correct · 1 to check"
    assert report(marked(filled))["B2"].value == "没有发现问题"


def test_a_place_is_a_link_to_its_cell_whatever_the_sheet_is_called(rich: bytes) -> None:
    after = report(marked(rich, missing("B3", "It's 50%"), missing("G4", last_row=9), missing("4")))
    links = [after[f"D{row}"].hyperlink.location for row in (5, 6, 7)]
    assert links == ["'It''s 50%'!B3", "'拜访'!G4", "'拜访'!A4"]
    assert [after[f"D{row}"].value for row in (5, 6, 7)] == ["It's 50% B3", "拜访 G4:G9", "拜访 第 4 行"]


def test_a_place_without_a_sheet_or_a_cell_is_told_without_a_link(filled: bytes) -> None:
    nowhere = [
        issue(IssueCode.SHEET_MISSING, Place(sheet_key="plans"), label_zh="计划", label_en="Plan"),
        missing("A1", "没有这张表"),
        issue(IssueCode.SHEET_NO_ROWS, Place(sheet=VISITS, sheet_key="visits")),
        issue(IssueCode.FILE_CHARSET_GUESSED, Place(file="日报.csv"), charset="gb18030"),
    ]
    after = marked(filled, *nowhere)
    assert_same_but_for_marks(filled, after)
    assert [row[2] for row in lines(after)] == [None, "没有这张表 A1", VISITS, "日报.csv"]
    links = [report(after)[f"D{row}"].hyperlink for row in range(5, 9)]
    assert [link.location if link else None for link in links] == [None, None, "'拜访'!A1", None]


@pytest.mark.parametrize("cell", ["A0", "A1048577", "XFE3", "ZZZZ3", "0"])
def test_a_cell_that_no_sheet_has_is_told_and_not_marked(filled: bytes, cell: str) -> None:
    after = marked(filled, missing(cell), missing("G4"))
    assert_same_but_for_marks(filled, after, [(VISITS, "G4")])
    assert len(lines(after)) == 2


def test_a_place_far_below_the_rows_is_marked_there(filled: bytes) -> None:
    assert cell(marked(filled, missing("G1048576")), "G1048576").comment is not None


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0", '=HYPERLINK("x")']
)
def test_what_begins_like_a_formula_stays_text(filled: bytes, text: str) -> None:
    after = marked(filled, issue(IssueCode.CELL_NOT_IN_LIST, a_place("J4"), text, suggestions=(text,)))
    for column in "FH":
        found = report(after)[f"{column}5"]
        assert found.value == text.replace("\r", "\n") or found.value == text
        assert found.data_type == "s"
        assert found.quotePrefix
    package = zipfile.ZipFile(io.BytesIO(after))
    sheets = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    assert b"<f>" not in sheets[-1]


@pytest.mark.parametrize("text", ["\x00\x0b\x1f", "a\ud800b", "\ufffe\uffff", "]]>", "<b>&amp;", "😀" * 40])
def test_whatever_was_found_the_package_stays_well_formed(filled: bytes, text: str) -> None:
    after = marked(filled, unlisted("J4", found=text))
    with zipfile.ZipFile(io.BytesIO(after)) as package:
        for name in package.namelist():
            assert ET.fromstring(package.read(name)) is not None
    kept = "".join(char for char in text if char >= " " and char not in "\ud800\ufffe\uffff")
    assert (report(after)["F5"].value or "") == kept
    assert kept in cell(after, "J4").comment.text


def test_long_texts_stay_within_what_excel_takes(filled: bytes) -> None:
    long = Issue(
        IssueCode.CELL_NOT_IN_LIST,
        Severity.ERROR,
        a_place("J4"),
        found="长" * 80,
        params={"choices_zh": "选" * 40_000, "choices_en": "choice " * 9_000},
        suggestions=("建议" * 20_000,),
    )
    after = marked(filled, long)
    assert len(cell(after, "J4").comment.text) < 32_767
    assert all(len(str(value or "")) <= 32_767 for value in lines(after)[0])
    assert report(after).row_dimensions[5].height <= 409


def test_a_cell_with_very_many_issues_says_the_gravest_and_how_many_more(filled: bytes) -> None:
    after = marked(filled, *[doubtful("C3")] * 40, missing("C3"))
    text = cell(after, "C3").comment.text
    assert text.startswith("【需修改")
    assert text.count("【") == MOST_SAID
    assert f"还有 {41 - MOST_SAID} 条" in text
    assert f"{41 - MOST_SAID} more" in text
    assert len(lines(after)) == 41


def test_thousands_of_issues_are_coloured_listed_and_counted_up_to_a_limit(filled: bytes) -> None:
    many = [missing(f"G{row}") for row in range(3, MOST_ISSUES + 203)]
    began = time.process_time()
    after = marked(filled, *many)
    assert time.process_time() - began < 10
    told = values(after, REPORT_SHEET)
    assert told[1][1] == f"需修改 {len(many)} 处"
    assert "没有涂色" in told[2][1]
    assert len(told) == 4 + MOST_ISSUES + 1
    assert told[-1][1] == "还有 200 条未列出。"
    assert _comments(after) == MOST_MARKS


def _comments(content: bytes) -> int:
    """Count them without opening the workbook: with thousands that would take seconds."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [package.read(name) for name in package.namelist() if name.startswith("xl/comments")]
    return sum(part.count(b"<comment ") for part in parts)


def test_a_run_over_the_whole_sheet_does_not_fill_it(filled: bytes) -> None:
    after = marked(filled, missing("G3", last_row=1_048_576))
    assert _comments(after) == MOST_MARKS


def test_the_report_prints_with_its_headings_on_every_page(filled: bytes) -> None:
    sheet = report(marked(filled, missing("G4")))
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.freeze_panes == "A5"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_the_frames_under_merged_cells_are_not_redrawn(rich: bytes) -> None:
    """openpyxl gives every cell of a merge the frame of its corner, in what it reads as in what it writes."""
    assert _frame(marked(rich, missing("B3")), "It's 50%", "E1") == _frame(rich, "It's 50%", "E1")
    assert 'style="thick"' in _frame(rich, "It's 50%", "D1")


def _frame(content: bytes, title: str, address: str) -> str:
    """Return the frame of a cell as the file says, openpyxl not asked."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        styles = ET.fromstring(package.read("xl/styles.xml"))
    space = styles.tag.removesuffix("styleSheet")
    cells = {found.get("r"): found for found in dict(sheet_xml(content))[title].iter(f"{space}c")}
    number = int(cells[address].get("s", "0")) if address in cells else 0
    frame = int(styles.findall(f"{space}cellXfs/{space}xf")[number].get("borderId", "0"))
    sides = styles.findall(f"{space}borders/{space}border")[frame]
    return "".join(ET.tostring(side, encoding="unicode") for side in sides if side.get("style"))
