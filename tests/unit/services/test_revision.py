"""A second report for the same day: what it changes, and when it is held back."""

from dataclasses import replace

import pytest

from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.rows import Record, RowState
from daysheet.model.template import ColumnSpec, ColumnType, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Bilingual
from daysheet.services import revision
from daysheet.services.revision import EarlierRow, Mode

SPEC = TemplateSpec(
    id="t",
    version=1,
    min_accepted=1,
    title=Bilingual("日报", "Report"),
    sheets=(
        SheetSpec(
            "visits",
            Bilingual("拜访", "Visits"),
            SheetRole.DATA,
            (
                ColumnSpec("customer", Bilingual("客户", "Customer"), ColumnType.CUSTOMER),
                ColumnSpec("content", Bilingual("内容", "Content"), ColumnType.TEXT),
            ),
            row_key=("customer",),
        ),
    ),
    lists={},
    digest="d",
)

TWO_KEYS = replace(SPEC, sheets=(replace(SPEC.sheets[0], row_key=("customer", "contact")),))


def earlier(number: int, customer: str, state: RowState = RowState.LANDED) -> EarlierRow:
    return EarlierRow("visits", number, {"customer": customer}, state)


def now(number: int, customer: str) -> Record:
    return Record("visits", number, {}, {"customer": customer})


@pytest.mark.parametrize(
    ("subject", "mode"),
    [
        ("日报 2026-11-20", Mode.UNSAID),
        ("Re: 日报 替换", Mode.REPLACE),
        ("REPLACE daily report", Mode.REPLACE),
        ("日报（追加）", Mode.ADD),
        ("please add these", Mode.ADD),
        ("Additional address", Mode.UNSAID),
        ("替换还是追加？", Mode.UNSAID),
    ],
)
def test_the_subject_says_replace_or_add(subject: str, mode: Mode) -> None:
    assert revision.mode_of(subject) is mode


def test_a_row_that_is_still_there_is_not_gone_even_on_another_line() -> None:
    assert revision.gone(SPEC, [earlier(4, "甲公司")], [now(9, " 甲 公司")]) == ()


def test_a_row_that_left_is_gone() -> None:
    missing = revision.gone(SPEC, [earlier(4, "甲公司"), earlier(5, "乙公司")], [now(4, "甲公司")])
    assert [row.row_number for row in missing] == [5]


def test_a_corrected_customer_on_the_same_line_is_a_correction_not_a_loss() -> None:
    assert revision.gone(SPEC, [earlier(4, "甲公私")], [now(4, "甲公司")]) == ()


@pytest.mark.parametrize(
    ("customer", "contact", "lost"), [("乙公司", "周敏", 0), ("甲公司", "江总", 0), ("乙公司", "江总", 1)]
)
def test_a_line_is_corrected_where_one_key_cell_differs_and_no_more(customer: str, contact: str, lost: int) -> None:
    was = EarlierRow("visits", 4, {"customer": "甲公司", "contact": "周敏"}, RowState.LANDED)
    is_now = Record("visits", 4, {}, {"customer": customer, "contact": contact})
    assert len(revision.gone(TWO_KEYS, [was], [is_now])) == lost


def test_a_line_taken_by_a_row_that_moved_up_does_not_hide_the_loss() -> None:
    missing = revision.gone(SPEC, [earlier(4, "甲公司"), earlier(5, "乙公司")], [now(4, "乙公司")])
    assert [row.raw["customer"] for row in missing] == ["甲公司"]


def test_a_row_that_never_landed_cannot_be_gone() -> None:
    assert revision.gone(SPEC, [earlier(4, "甲公司", RowState.PARKED)], []) == ()


def test_a_row_that_is_gone_is_named_by_its_sheet_as_people_know_it() -> None:
    (line,) = revision.gone_lines(SPEC, [earlier(4, "甲公司")])
    assert (line.label_zh, line.label_en, line.row_number, line.summary) == ("拜访", "Visits", 4, "甲公司")


def test_where_rows_are_added_only_one_that_says_the_same_is_the_same() -> None:
    was = [EarlierRow("visits", n, {"customer": "甲公司", "content": text}, RowState.LANDED) for n, text in SAID]
    is_now = [Record("visits", 4, {}, {"customer": "甲公司", "content": " 谈技术", "note": ""})]
    assert [row.row_number for row in revision.kept(SPEC, was, is_now)] == [5]


SAID = [(4, "谈技术"), (5, "谈价格")]


def test_of_two_equal_rows_one_stays_where_one_is_sent_again() -> None:
    was = [earlier(4, "甲公司"), earlier(5, "甲公司")]
    assert [row.row_number for row in revision.kept(SPEC, was, [now(4, "甲公司")])] == [5]


@pytest.mark.parametrize(("content", "stays"), [("谈技术", False), ("谈价格", True)])
def test_a_parked_row_gives_way_to_one_that_differs_in_its_wrong_cells_alone(content: str, *, stays: bool) -> None:
    raw = {"customer": "暂无", "content": "谈技术"}
    was = EarlierRow("visits", 4, raw, RowState.PARKED, frozenset({"customer"}))
    is_now = Record("visits", 9, {}, {"customer": "甲公司", "content": content})
    assert bool(revision.kept(SPEC, [was], [is_now])) is stays


@pytest.mark.parametrize(
    ("landed", "missing", "held"),
    [(4, 3, True), (6, 3, False), (2, 2, False), (3, 3, True), (10, 6, True)],
)
def test_only_a_report_that_lost_most_of_its_rows_is_held_back(landed: int, missing: int, held: bool) -> None:
    rows = [earlier(number, f"客户{number}") for number in range(landed)]
    assert revision.is_half_empty(rows, rows[:missing]) is held


def test_fixed_and_open_errors_are_counted() -> None:
    def wrong(row: int) -> object:
        return issue(IssueCode.CELL_NOT_A_DATE, Place(sheet_key="visits", row=row, field="date"))

    assert revision.settled([wrong(4), wrong(5)], [wrong(5)]) == (1, 1)
