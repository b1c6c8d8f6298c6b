"""Which template a workbook is, and which version."""

from dataclasses import replace

import pytest

from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from daysheet.model.template import TemplateSpec
from daysheet.validation.identify import choose
from tests.unit.validation.books import DEAL, VISIT, a_cover, a_grid, a_table, daily, lite, said

PHONE_FORM = {key: value for key, value in VISIT.items() if key != "拜访目的"}


def specs(**changes: int) -> list[TemplateSpec]:
    return [replace(daily(), **changes), lite()]


def book(*sheets: Sheet, kind: FileKind = FileKind.XLSX, **properties: str) -> Workbook:
    return Workbook(kind, sheets, {f"daysheet.{key}": value for key, value in properties.items()})


def test_the_marker_says_which_template_it_is() -> None:
    choice = choose(book(template="lite", version="1"), specs())
    assert (choice.spec, choice.issues, choice.version) == (lite(), (), 1)


def test_the_hidden_name_says_it_too() -> None:
    named = Workbook(FileKind.XLSX, (), names={"daysheet_template": '"lite/1/abc"'})
    assert choose(named, specs()).spec == lite()


@pytest.mark.parametrize("name", ["", '"lite"', "lite", "=#REF!"])
def test_a_name_without_a_version_says_nothing(name: str) -> None:
    choice = choose(Workbook(FileKind.XLSX, (), names={"daysheet_template": name}), specs())
    assert said(choice.issues) == [("SD-T001", "")]


def test_without_a_marker_the_headings_say_it() -> None:
    choice = choose(book(a_table(VISIT, name="Sheet1")), specs())
    assert choice.spec == daily()
    assert said(choice.issues) == [("SD-T002", "")]


def test_names_of_sheets_tell_two_templates_apart_that_share_a_sheet() -> None:
    assert choose(book(a_cover(), a_table(VISIT), a_table(DEAL, name="商机")), specs()).spec == daily()
    assert choose(book(a_table(PHONE_FORM)), specs()).spec == lite()


@pytest.mark.parametrize("kind", [FileKind.CSV, FileKind.XLS, FileKind.ET])
def test_a_format_that_carries_no_marker_lacks_none(kind: FileKind) -> None:
    choice = choose(book(a_table(VISIT, name="CSV"), kind=kind), specs())
    assert choice.spec == daily()
    assert choice.issues == ()


def test_a_marker_of_another_program_is_none() -> None:
    assert said(choose(book(a_table(VISIT), template="other", version="1"), specs()).issues) == [("SD-T002", "")]


def test_another_workbook_is_no_report() -> None:
    choice = choose(book(a_grid(["品名", "单价"], ["螺丝", 2])), specs())
    assert choice.spec is None
    assert said(choice.issues) == [("SD-T001", "")]
    assert choose(book(), []).spec is None


def test_headings_on_a_hidden_sheet_do_not_count() -> None:
    assert choose(book(Sheet("x", a_table(VISIT).rows, is_hidden=True)), specs()).spec is None


def test_an_older_version_is_accepted_and_told() -> None:
    choice = choose(book(template="daily_report", version="2"), specs(version=3, min_accepted=2))
    assert choice.spec is not None
    assert said(choice.issues) == [("SD-T003", "")]
    assert choice.issues[0].params == {"version": "2", "current": "3"}


def test_a_version_that_is_too_old_is_refused() -> None:
    choice = choose(book(template="daily_report", version="1"), specs(version=3, min_accepted=2))
    assert choice.spec is None
    assert choice.version == 1
    assert said(choice.issues) == [("SD-T004", "")]


@pytest.mark.parametrize("version", ["3", "4", "", "abc", "9" * 30, "²"])
def test_a_version_that_is_current_newer_or_unreadable_is_taken(version: str) -> None:
    choice = choose(book(template="daily_report", version=version), specs(version=3, min_accepted=2))
    assert choice.spec is not None
    assert choice.issues == ()
