"""A steward's repair and a later report of the same day: who wins."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.model.access import EVERYTHING, Account
from daysheet.model.people import Person, Role
from daysheet.model.rows import RowState
from daysheet.services import repairing
from daysheet.services.access import Visitor
from daysheet.services.repairing import Done, RowPage
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

STEWARD = Visitor(Account(Person(4, "E9", "赵敏", Role.STEWARD), sees_all=True), EVERYTHING)
OTHER = "苏州蓝鲸精密机械有限公司"


def report(pipeline: Pipeline, *visits: dict[str, Any], subject: str = "日报", **sheets: Any) -> None:
    pipeline.feed(a_mail(a_workbook(visits, **sheets), subject=subject))


def waiting(pipeline: Pipeline, sheet: str = "visits", state: str = "parked") -> RowPage:
    row = pipeline.rows(sheet, state)[-1]
    found = repairing.page(pipeline.tools, STEWARD, sheet, row["id"])
    assert found is not None
    return found


def repaired(pipeline: Pipeline, sheet: str = "visits", **edits: str) -> int:
    shown = waiting(pipeline, sheet)
    done = repairing.repair_row(pipeline.tools, STEWARD, sheet, shown.row.id, edits, shown.seen)
    assert isinstance(done, Done)
    return shown.row.id


def states(pipeline: Pipeline, sheet: str = "visits") -> list[tuple[str, str | None]]:
    """State and way of each row that is no history."""
    rows = pipeline.rows(sheet, "landed", "repaired", "parked", "dropped")
    return [(row["state"], row["way"]) for row in rows]


WRONG = a_visit(contact="午", way="打球")


def test_a_repair_is_applied_again_where_the_rep_sends_the_old_wrong_value(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(contact="早"), WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, a_visit(contact="早", content="改了一个字"), WRONG)
    assert states(pipeline) == [("landed", "visit"), ("repaired", "phone")]
    answer = pipeline.answers()[-1]
    assert (answer.rows_landed, answer.rows_parked, [one for one in answer.issues if one.is_error]) == (2, 0, [])


def test_a_repair_outlives_any_number_of_revisions_and_a_change_elsewhere_in_the_row(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(contact="早"), WRONG)
    repaired(pipeline, way="电话")
    for text in ("甲", "乙", "丙"):
        report(pipeline, a_visit(contact="早"), WRONG | {"content": text})
        assert states(pipeline) == [("landed", "visit"), ("repaired", "phone")]
        assert pipeline.rows("visits", "repaired")[0]["content"] == text


def test_a_repair_finds_its_row_on_another_line(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, a_visit(OTHER, contact="早"), WRONG)
    assert states(pipeline) == [("landed", "visit"), ("repaired", "phone")]


@pytest.mark.parametrize(
    ("way", "expected"),
    [("线上会议", ("landed", "online")), ("爬山", ("parked", None))],
)
def test_the_rep_wins_who_writes_another_value(pipeline: Pipeline, way: str, expected: tuple[str, str | None]) -> None:
    report(pipeline, WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, WRONG | {"way": way})
    assert states(pipeline) == [expected]


def test_a_row_that_is_gone_is_not_brought_back_by_its_repair(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(contact="早"), WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, a_visit(contact="早"))
    assert states(pipeline) == [("landed", "visit")]


def test_of_two_equal_wrong_rows_only_the_repaired_one_is_repaired_again(pipeline: Pipeline) -> None:
    report(pipeline, WRONG, WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, WRONG, WRONG, a_visit(contact="晚"))
    assert sorted(state for state, _ in states(pipeline)) == ["landed", "parked", "repaired"]


def test_a_repair_goes_with_the_row_that_stays_where_rows_are_added(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, a_visit(OTHER, contact="晚"), subject="追加")
    assert states(pipeline) == [("landed", "visit"), ("repaired", "phone")]
    report(pipeline, a_visit(OTHER, contact="晚"), WRONG, subject="替换")
    assert states(pipeline) == [("landed", "visit"), ("repaired", "phone")]


def test_a_repair_of_a_row_that_stayed_does_not_make_the_report_stand_alone(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    report(pipeline, a_visit(OTHER, contact="晚"), subject="追加")
    repaired(pipeline, way="电话")
    report(pipeline, a_visit(OTHER, contact="晚"), subject="日报 替换")
    assert states(pipeline) == [("landed", "visit")]


def test_an_undone_repair_is_not_applied_again(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    row_id = repaired(pipeline, way="电话")
    decision = waiting(pipeline, state="repaired").row.decisions[0]
    assert isinstance(repairing.undo(pipeline.tools, STEWARD, "visits", row_id, decision.id), Done)
    report(pipeline, WRONG, a_visit(contact="晚"))
    assert sorted(state for state, _ in states(pipeline)) == ["landed", "parked"]


def test_a_repair_that_was_applied_again_can_be_undone_and_the_row_waits_as_the_rep_wrote_it(
    pipeline: Pipeline,
) -> None:
    report(pipeline, WRONG)
    repaired(pipeline, way="电话")
    report(pipeline, WRONG, a_visit(contact="晚"))
    shown = waiting(pipeline, state="repaired")
    assert shown.row.decisions[0].actor == "E9"
    undone = repairing.undo(pipeline.tools, STEWARD, "visits", shown.row.id, shown.row.decisions[0].id)
    assert isinstance(undone, Done)
    row = pipeline.rows("visits", "parked")[0]
    assert (row["way"], row["raw"]["way"], row["customer_id"], row["contact"]) == (None, "打球", None, "午")


def test_a_repaired_name_stands_too(pipeline: Pipeline) -> None:
    wrong = a_visit("暂无", contact="午")
    report(pipeline, wrong)
    repaired(pipeline, customer=OTHER)
    report(pipeline, wrong, a_visit(contact="晚"))
    row = pipeline.rows("visits", "repaired")[0]
    assert (row["customer"], row["raw"]["customer"]) == (OTHER, "暂无")
    assert row["customer_id"] is not None
    assert all(line.typed != "暂无" for line in pipeline.answers()[-1].customers)


def test_a_report_of_which_only_a_repaired_row_can_land_still_takes_the_place_of_the_earlier(
    pipeline: Pipeline,
) -> None:
    report(pipeline, *(a_visit(contact=f"早{n}", way="打球") for n in range(3)))
    for _ in range(3):
        repaired(pipeline, way="电话")
    report(pipeline, *(a_visit(contact=f"早{n}", way="打球", content="再来") for n in range(3)))
    assert states(pipeline) == [("repaired", "phone")] * 3


def test_a_row_given_up_waits_anew_when_the_rep_sends_it_again(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    shown = waiting(pipeline)
    assert isinstance(repairing.drop(pipeline.tools, STEWARD, "visits", shown.row.id, "测试行", shown.seen), Done)
    assert states(pipeline) == [("dropped", None)]
    report(pipeline, WRONG, a_visit(contact="晚"))
    assert sorted(state for state, _ in states(pipeline)) == ["landed", "parked"]


def test_a_row_given_up_stays_so_where_rows_are_added_and_does_not_count_as_added(pipeline: Pipeline) -> None:
    report(pipeline, WRONG, a_visit(contact="早"))
    shown = waiting(pipeline)
    repairing.drop(pipeline.tools, STEWARD, "visits", shown.row.id, "测试行", shown.seen)
    report(pipeline, a_visit(OTHER, contact="晚"), subject="追加")
    assert sorted(state for state, _ in states(pipeline)) == ["dropped", "landed", "landed"]


def test_what_was_sent_back_is_still_said_to_be_when_it_comes_again_unchanged(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    shown = waiting(pipeline)
    repairing.send_back(pipeline.tools, STEWARD, "visits", shown.row.id, "是电话吗？", shown.seen)
    report(pipeline, WRONG, a_visit(contact="晚"))
    again = waiting(pipeline).row.standing
    assert again is not None
    assert (again.kind, again.note) == ("returned", "是电话吗？")
    report(pipeline, WRONG | {"content": "另写"}, a_visit(contact="晚"))
    assert waiting(pipeline).row.standing is None


def test_what_nobody_touched_keeps_the_value_it_was_read_as(pipeline: Pipeline) -> None:
    """50 below 金额（万元） is half a million; its text alone does not say so."""
    book = load_workbook(BytesIO(a_workbook([a_visit()], opportunities=[a_deal(stage="不知道", amount=50)])))
    sheet = book["商机"]
    heading = next(cell for row in sheet.iter_rows(max_row=3) for cell in row if str(cell.value).startswith("金额"))
    heading.value = "金额（万元）"
    changed = BytesIO()
    book.save(changed)
    pipeline.feed(a_mail(changed.getvalue()))
    repaired(pipeline, "opportunities", stage="已报价")
    row = pipeline.rows("opportunities", "repaired")[0]
    assert (row["raw"]["amount"], str(row["amount"]), row["stage"]) == ("50", "500000", "quoted")
    assert row["opportunity_id"] is not None


@pytest.mark.parametrize(
    "act",
    [
        lambda p, page: repairing.repair_row(p.tools, STEWARD, "visits", page.row.id, {"way": "电话"}, page.seen),
        lambda p, page: repairing.send_back(p.tools, STEWARD, "visits", page.row.id, "？", page.seen),
        lambda p, page: repairing.drop(p.tools, STEWARD, "visits", page.row.id, "？", page.seen),
    ],
)
def test_nothing_is_decided_of_a_row_that_a_newer_report_has_replaced(
    pipeline: Pipeline, act: Callable[[Pipeline, RowPage], object]
) -> None:
    report(pipeline, WRONG)
    shown = waiting(pipeline)
    report(pipeline, WRONG | {"way": "线上会议"})
    moved = act(pipeline, shown)
    assert isinstance(moved, repairing.MovedOn)
    assert moved.page.row.state is RowState.SUPERSEDED
    newer = pipeline.rows("visits", "landed")[0]
    assert moved.page.newer_id == newer["id"]
    assert states(pipeline) == [("landed", "online")]
