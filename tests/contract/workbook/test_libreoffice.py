"""
The marked workbook in another program: LibreOffice opens it, and what the rep typed is as it was.

Every workbook goes through a real, headless LibreOffice. What it saves of the marked one is compared,
through openpyxl and calamine, with what it saves of the unmarked one: whatever LibreOffice itself
changes is the same in both. Values are compared with what was typed. Only the name of the typeface is
left out: LibreOffice writes the Chinese or the Latin one, by the first cell it meets in a style.
"""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from daysheet.i18n import issue_text
from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.people import Person, Role
from daysheet.model.rows import Record
from daysheet.model.template import ColumnType, SheetRole
from daysheet.model.text import Language
from daysheet.templates_xlsx import spec
from daysheet.templates_xlsx.build import build
from daysheet.templates_xlsx.cells import write_text
from daysheet.templates_xlsx.layout import LISTS_SHEET, letters
from daysheet.templates_xlsx.mark import mark, report_workbook
from daysheet.templates_xlsx.marks import ERROR_FILL, MARKS_SHEET, REPORT_SHEET, WARNING_FILL
from tests.builders import TODAY, a_deal, a_plan, a_visit, a_workbook, daily
from tests.unit.templates_xlsx.compare import assert_same_but_for_marks, snapshot, values

PATIENCE = 120  # seconds for one conversion on a busy machine
INSTALL = "apt-get install -y --no-install-recommends libreoffice-calc"
VISITS, DEALS = "拜访", "商机"
RED, YELLOW = f"FF{ERROR_FILL}", f"FF{WARNING_FILL}"

Convert = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Open a workbook in LibreOffice and save it as .xlsx, as a colleague without Excel does."""
    program = shutil.which("soffice")
    if program is None:
        pytest.fail(f"LibreOffice is not installed; install it with: {INSTALL}")
    home = tmp_path_factory.mktemp("libreoffice")

    @cache
    def through(content: bytes) -> bytes:
        source, target = home / "in" / "book.xlsx", home / "out"
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(content)
        shutil.rmtree(target, ignore_errors=True)
        profile = f"-env:UserInstallation={(home / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), str(source)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        made = target / "book.xlsx"
        assert made.exists(), f"LibreOffice made nothing of it: {ran.stdout} {ran.stderr}"
        return made.read_bytes()

    return through


# ---- workbooks -----------------------------------------------------------------------------------


@cache
def filled() -> bytes:
    """A day's report as a rep fills it, good rows and bad."""
    visits = [
        a_visit(phone="0571-8700 0000", city="杭州", level="B 重要 important", title="科长"),
        a_visit(way="打球", contact="", next_step="  前后有空格  "),
        a_visit("-甲公司", content="第一行\n第二行 😀", start_time=time(23, 59), visit_date="下周三"),
        a_visit("苏州蓝鲸精密机械有限公司", content="长" * 1500, phone="00123"),
    ]
    deals = [
        a_deal(amount="很多"),
        a_deal("苏州蓝鲸精密机械有限公司", amount=1234567.89, probability=60, expected_date=TODAY),
    ]
    cover = {"rep_name": "王丽", "rep_number": "00417", "summary": "走访三家客户。", "work_type": "外勤 Field work"}
    book = opened(a_workbook(visits, cover=cover, opportunities=deals, plans=[a_plan()]))
    write_text(book[VISITS]["N3"], "=1+1 是他们的原话")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def an_issue(code: IssueCode, sheet: str, cell: str, found: str = "") -> Issue:
    left, top, _, _ = range_boundaries(cell)
    assert left is not None
    key = {VISITS: "visits", DEALS: "opportunities", "封面": "cover"}[sheet]
    place = Place(sheet=sheet, row=top, column=cell.rstrip("0123456789"), field="customer", sheet_key=key)
    labels = {"label_zh": "栏目", "label_en": "Field", "choices_zh": "甲、乙", "choices_en": "A, B"}
    return issue(code, place, found, params=labels, suggestions=("上门拜访 Visit",))


ISSUES = (
    an_issue(IssueCode.CELL_REQUIRED, VISITS, "G4"),
    an_issue(IssueCode.CELL_NOT_IN_LIST, VISITS, "J4", "打球"),
    an_issue(IssueCode.CELL_NOT_A_DATE, VISITS, "A5", "下周三"),
    an_issue(IssueCode.CUSTOMER_UNKNOWN, VISITS, "C5", "-甲公司"),
    an_issue(IssueCode.CELL_NOT_A_NUMBER, DEALS, "F3", "很多"),
    an_issue(IssueCode.CELL_REQUIRED, DEALS, "N4"),  # a cell nobody has written in
    an_issue(IssueCode.CROSS_REPORT_DATE_DIFFERS, "封面", "C7"),
)
MARKED = {(found.place.sheet, found.place.cell): RED if found.is_error else YELLOW for found in ISSUES}


def marked(content: bytes, *issues: Issue) -> bytes:
    return mark(content, issues, Language.ZH, spec=daily(), describe=issue_text)


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


# ---- what the rep typed --------------------------------------------------------------------------


def _cells(content: bytes) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (sheet, address) → what is in a cell, how it looks and what it lets do."""
    found = {place: dict(it) for place, it in snapshot(content).items() if isinstance(it, dict) and "value" in it}
    for it in found.values():
        it["font"] = re.sub(r"(name|charset)=[^,]*, ", "", it["font"])
    return found


def assert_cells_are_unchanged(before: bytes, after: bytes) -> int:
    """Compare cell by cell, but for the fill and comment of what was marked; return how many there were."""
    old, new = _cells(before), _cells(after)
    for place in sorted({*old, *new}):
        here, there = dict(new.get(place, {})), dict(old.get(place, {}))
        if not (here and there) and (here or there)["value"] is None:
            continue  # an empty cell that one of them does not spell out looks like its column, tested below
        if place in MARKED:
            here |= {"fill": None, "comment": None}
            there |= {"fill": None, "comment": None}
        assert here == there, place
    return len(old)


def test_what_the_rep_typed_is_unchanged_cell_by_cell(convert: Convert) -> None:
    after = convert(marked(filled(), *ISSUES))
    assert assert_cells_are_unchanged(convert(filled()), after) > 150
    for title in opened(filled()).sheetnames:
        assert values(after, title) == values(filled(), title)


def test_before_any_other_program_only_fill_and_comment_differ() -> None:
    assert_same_but_for_marks(filled(), marked(filled(), *ISSUES), MARKED)


def test_wrong_cells_show_their_fill_and_comment(convert: Convert) -> None:
    book = opened(convert(marked(filled(), *ISSUES)))
    for (title, address), color in MARKED.items():
        cell = book[title][address]
        assert cell.fill.fgColor.rgb == color, address
        assert cell.comment is not None, address
    assert "打球" in book[VISITS]["J4"].comment.text
    told = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(told) == len(MARKED)


def test_the_report_is_last_with_its_links(convert: Convert) -> None:
    book = opened(convert(marked(filled(), *ISSUES)))
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert visible[-1] == REPORT_SHEET
    sheet = book[REPORT_SHEET]
    links = {sheet[f"D{row}"].value: sheet[f"D{row}"].hyperlink for row in range(5, 5 + len(ISSUES))}
    for found in ISSUES:
        link = links[f"{found.place.sheet} {found.place.cell}"]
        assert link is not None
        target = (link.location or link.target).lstrip("#").replace("'", "").replace("$", "")
        assert target in (f"{found.place.sheet}!{found.place.cell}", f"{found.place.sheet}.{found.place.cell}")
    assert "请核对" in {sheet[f"C{row}"].value for row in range(5, 5 + len(ISSUES))}
    texts = [row[5] for row in values(convert(marked(filled(), *ISSUES)), REPORT_SHEET)[4:]]
    assert texts[3] == "-甲公司", "what begins like a formula is shown, not computed"


def _dropdowns(content: bytes) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return (sheet, ranges) → what is offered there, what is said about it, and what else is refused."""
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for sheet in opened(content).worksheets:
        for check in sheet.data_validations.dataValidation:
            offered = _bare(check.formula1 or "") if check.type == "list" else ""
            kind = check.errorStyle if check.showErrorMessage else ""
            found[sheet.title, str(check.sqref)] = (offered, check.prompt, check.promptTitle, check.error, kind)
    return found


def _offered(content: bytes) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what is offered and said in the first row of each range: LibreOffice ends them after a thousand rows."""
    return {(title, ranges.partition(":")[0]): told for (title, ranges), told in _dropdowns(content).items()}


def test_dropdowns_and_prompts_are_unchanged(convert: Convert) -> None:
    after = convert(marked(filled(), *ISSUES))
    assert _dropdowns(after) == _dropdowns(convert(filled()))
    assert _offered(after) == _offered(filled())
    assert len(_offered(after)) > 30


def test_lists_and_names_are_unchanged(convert: Convert) -> None:
    before, after = (opened(content) for content in (filled(), convert(marked(filled(), *ISSUES))))
    for name, defined in before.defined_names.items():
        assert _bare(after.defined_names[name].attr_text) == _bare(defined.attr_text), name
    assert values(convert(marked(filled(), *ISSUES)), LISTS_SHEET) == values(filled(), LISTS_SHEET)
    assert after[LISTS_SHEET].sheet_state == "hidden"
    assert after[MARKS_SHEET].sheet_state in ("hidden", "veryHidden")
    told = {found.name: found.value for found in after.custom_doc_props.props}
    assert told["daysheet.template"] == "daily_report"


def _bare(reference: str) -> str:
    """Return a reference or constant without the signs that are a matter of taste."""
    return reference.replace("$", "").replace("'", "")


def test_protection_and_locks_are_unchanged(convert: Convert) -> None:
    after = opened(convert(marked(filled(), *ISSUES)))
    for part in daily().sheets:
        sheet = after[part.label.zh]
        assert sheet.protection.sheet
        assert not sheet.protection.password
        if part.role is SheetRole.DATA:
            assert sheet["A1"].protection.locked
            for letter in letters(part).values():
                assert not _column(sheet, letter).protection.locked, (part.key, letter)
            guard = sheet.protection
            assert (guard.insertRows, guard.deleteRows) == (False, False)  # the file says what is forbidden


def _column(sheet: Any, letter: str) -> Any:
    """Return the column's dimension, or the group that holds it."""
    at, _, _, _ = range_boundaries(f"{letter}1")
    for name, group in sheet.column_dimensions.items():
        first = group.min or range_boundaries(f"{name}1")[0]
        if first <= at <= (group.max or first):
            return group
    raise AssertionError(f"{sheet.title} says nothing of column {letter}")


def test_text_columns_widths_hidden_parts_and_reminders_are_unchanged(convert: Convert) -> None:
    before, after = (opened(content) for content in (filled(), convert(marked(filled(), *ISSUES))))
    for part in daily().data_sheets:
        old, new = before[part.label.zh], after[part.label.zh]
        assert new.row_dimensions[2].hidden
        for column in part.columns:
            letter = letters(part)[column.key]
            group = _column(new, letter)
            assert (group.number_format == "@") == (old.column_dimensions[letter].number_format == "@")
            assert group.width == pytest.approx(old.column_dimensions[letter].width, abs=0.4)
        rules = {str(ranges.sqref) for ranges in new.conditional_formatting}
        assert {str(ranges.sqref) for ranges in old.conditional_formatting} <= rules


def test_the_reader_reads_the_same_report_from_it(convert: Convert) -> None:
    from daysheet.ingest.preflight import ReadLimits
    from daysheet.ingest.reading import read_here
    from daysheet.model.rows import Workbook
    from daysheet.validation.sheets import Context, Validator

    found = []
    for content in (filled(), convert(marked(filled(), *ISSUES))):
        read = read_here(content, "日报.xlsx", ReadLimits())
        assert isinstance(read, Workbook)
        found.append(Validator(daily()).check(read, Context(today=TODAY)))
    assert found[0].records == found[1].records
    assert found[0].issues == found[1].issues


# ---- through LibreOffice first -------------------------------------------------------------------


def test_a_workbook_that_libreoffice_saved_is_marked_and_marked_again(convert: Convert) -> None:
    theirs = convert(filled())
    once = marked(theirs, *ISSUES)
    assert_same_but_for_marks(theirs, once, MARKED)
    fewer = ISSUES[:2]
    twice = marked(once, *fewer)
    assert_same_but_for_marks(theirs, twice, [(found.place.sheet, found.place.cell) for found in fewer])
    assert_same_but_for_marks(theirs, marked(twice))


def test_marks_are_taken_back_after_libreoffice_saved_them(convert: Convert) -> None:
    """It forgets the comments' author and renumbers styles; nothing of the marks may stay."""
    there_and_back = convert(marked(filled(), *ISSUES))
    after = opened(marked(there_and_back))
    assert REPORT_SHEET in after.sheetnames
    assert MARKS_SHEET not in after.sheetnames
    for sheet in after.worksheets:
        if sheet.title == REPORT_SHEET:
            continue
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.comment is None, (sheet.title, cell.coordinate)
                assert cell.fill.fgColor.rgb not in (RED, YELLOW), (sheet.title, cell.coordinate)
    assert_cells_are_unchanged(convert(filled()), marked(there_and_back))


def test_a_second_round_through_libreoffice_marks_only_what_is_wrong_now(convert: Convert) -> None:
    there_and_back = convert(marked(filled(), *ISSUES))
    after = opened(convert(marked(there_and_back, ISSUES[1])))
    told = [
        (sheet.title, cell.coordinate)
        for sheet in after.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]
    assert told == [(VISITS, "J4")]
    assert after.sheetnames.count(REPORT_SHEET) == 1


# ---- the blank and the fresh ---------------------------------------------------------------------


@pytest.mark.parametrize("name", spec.PACKAGED)
def test_the_blank_workbook_opens_with_everything(convert: Convert, name: str) -> None:
    template = spec.load(name)
    person = Person(1, "00417", "王丽", Role.REP, region="华东")
    content = build(template, Language.ZH, customers=["杭州云杉自动化有限公司", "=1+1"], person=person)
    before, after = opened(content), opened(convert(content))
    assert after.sheetnames == before.sheetnames
    for title in after.sheetnames:
        assert values(convert(content), title) == values(content, title)
    assert _offered(convert(content)) == _offered(content)
    for part in template.data_sheets:
        sheet = after[part.label.zh]
        for column in part.columns:
            if column.type in (ColumnType.TEXT, ColumnType.PHONE, ColumnType.CUSTOMER):
                assert _column(sheet, letters(part)[column.key]).number_format == "@"


def test_the_fresh_workbook_opens_with_what_they_wrote(convert: Convert) -> None:
    raw = {"customer": "=1+1", "contact": "周敏", "phone": "00123", "way": "打球"}
    content = report_workbook(daily(), [Record("visits", 9, {}, raw)], None, [], Language.EN, issue_text)
    after = opened(convert(content))
    at = letters(daily().sheet("visits"))
    assert {key: after["Visits"][f"{at[key]}3"].value for key in raw} == raw
    assert after.sheetnames[-1] == REPORT_SHEET


def test_nothing_is_left_running_and_the_profile_was_our_own(convert: Convert, tmp_path: Path) -> None:
    """A conversion must neither use nor lock the profile of whoever runs the tests."""
    before = {path: path.stat().st_mtime for path in Path.home().glob(".config/libreoffice/*")}
    convert(build(spec.load("lite"), Language.EN))
    assert {path: path.stat().st_mtime for path in Path.home().glob(".config/libreoffice/*")} == before
