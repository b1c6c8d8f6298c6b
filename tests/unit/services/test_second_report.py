"""Mornings and evenings: what a second report of a day does to the rows of the first."""

from datetime import time
from typing import Any

import pytest

from daysheet.model.mail import MessageState, Reason
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

ELSEWHERE = "苏州蓝鲸精密机械有限公司"


def contacts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["raw"]["contact"] for row in rows]


# ---- held back ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(5, 5), (10, 6)])
def test_the_evening_in_a_fresh_workbook_waits_though_it_stands_on_the_mornings_lines(
    pipeline: Pipeline, before: int, after: int
) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact=f"早{n}") for n in range(before)])))
    line = pipeline.feed(a_mail(a_workbook([a_visit(ELSEWHERE, contact=f"晚{n}") for n in range(after)])))
    assert line.reason == Reason.WAITS_FOR_REPLACE
    assert len(pipeline.answers()[-1].gone) == before
    assert contacts(pipeline.rows("visits")) == [f"早{n}" for n in range(before)]


def test_names_corrected_on_every_line_replace_at_once(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact=f"早{n}") for n in range(5)])))
    line = pipeline.feed(a_mail(a_workbook([a_visit(contact=f"晚{n}") for n in range(5)])))
    assert (line.state, pipeline.answers()[-1].gone) == (MessageState.ACCEPTED, ())


@pytest.mark.parametrize("wrong", [{"way": "打球"}, {"customer": "暂无"}])
def test_a_report_of_which_nothing_can_land_does_not_take_the_place_of_one_that_landed(
    pipeline: Pipeline, wrong: dict[str, str]
) -> None:
    rows = [a_visit(contact=f"早{n}") for n in range(3)]
    pipeline.feed(a_mail(a_workbook(rows)))
    line = pipeline.feed(a_mail(a_workbook([row | wrong for row in rows])))
    assert line.reason == Reason.WAITS_FOR_REPLACE
    assert len(pipeline.rows("visits")) == 3


def test_two_rows_give_way_to_a_report_of_which_nothing_can_land(pipeline: Pipeline) -> None:
    rows = [a_visit(contact=f"早{n}") for n in range(2)]
    pipeline.feed(a_mail(a_workbook(rows)))
    line = pipeline.feed(a_mail(a_workbook([row | {"way": "打球"} for row in rows])))
    assert (line.state, pipeline.rows("visits")) == (MessageState.REJECTED, [])


# ---- added -------------------------------------------------------------------------------------


def test_a_parked_row_stays_parked_where_rows_are_added_and_its_fault_is_still_open(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact="早"), a_visit(contact="午", way="打球")])))
    pipeline.feed(a_mail(a_workbook([a_visit(ELSEWHERE, contact="晚")]), subject="日报 追加"))
    answer = pipeline.answers()[-1]
    assert (answer.kept, answer.fixed, answer.still_open) == (2, 0, 1)
    assert contacts(pipeline.rows("visits")) == ["晚", "早"]
    assert contacts(pipeline.rows("visits", "parked")) == ["午"]


def test_a_parked_row_that_was_carried_over_is_fixed_by_its_correction(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact="早"), a_visit(contact="午", way="打球")])))
    pipeline.feed(a_mail(a_workbook([a_visit(ELSEWHERE, contact="晚")]), subject="日报 追加"))
    pipeline.feed(a_mail(a_workbook([a_visit(contact="午")]), subject="追加"))
    answer = pipeline.answers()[-1]
    assert (answer.kept, answer.fixed, answer.still_open) == (2, 1, 0)
    assert sorted(contacts(pipeline.rows("visits"))) == ["午", "早", "晚"]
    assert pipeline.rows("visits", "parked") == []


def test_a_second_visit_to_the_same_customer_is_another_row(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(start_time=None, content="早上谈技术")])))
    pipeline.feed(a_mail(a_workbook([a_visit(start_time=None, content="晚上谈价格")]), subject="日报 追加"))
    assert [row["content"] for row in pipeline.rows("visits")] == ["晚上谈价格", "早上谈技术"]


def test_a_deal_that_is_added_again_is_the_same_deal_further_on(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()], opportunities=[a_deal(stage="已报价"), a_deal(project="三期")])))
    pipeline.feed(a_mail(a_workbook([a_visit()], opportunities=[a_deal(stage="谈判")]), subject="日报 追加"))
    assert [row["raw"]["stage"] for row in pipeline.rows("opportunities")] == ["谈判", "已报价"]
    assert [row["project"] for row in pipeline.rows("opportunities")] == ["涂装线二期", "三期"]


def test_adding_is_taken_back_by_the_same_workbook_with_replace(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact=f"早{n}") for n in range(5)])))
    evening = a_workbook([a_visit(ELSEWHERE, contact="晚")])
    pipeline.feed(a_mail(evening, subject="日报 追加"))
    again = pipeline.feed(a_mail(evening, subject="收到了吗"))
    assert again.state == MessageState.DUPLICATE
    line = pipeline.feed(a_mail(evening, subject="日报 替换"))
    assert line.state == MessageState.ACCEPTED
    assert contacts(pipeline.rows("visits")) == ["晚"]


def test_the_current_workbook_with_replace_is_a_duplicate_where_nothing_was_carried_over(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit(), a_visit(contact="江总", way="打球")])
    pipeline.feed(a_mail(book))
    assert pipeline.feed(a_mail(book, subject="日报 替换")).reason == Reason.SAME_WORKBOOK


def test_a_carried_row_stands_on_no_line_of_either_workbook(pipeline: Pipeline) -> None:
    deals = [a_deal(project=f"项目{n}") for n in range(2)]
    pipeline.feed(a_mail(a_workbook([a_visit(start_time=time(9, n)) for n in range(3)], opportunities=deals)))
    before = {sheet: pipeline.rows(sheet)[-1]["row_number"] for sheet in ("visits", "opportunities")}
    pipeline.feed(a_mail(a_workbook([a_visit(ELSEWHERE)]), subject="追加"))
    for sheet, count in (("visits", 3), ("opportunities", 2)):
        carried = [row["row_number"] for row in pipeline.rows(sheet)][-count:]
        assert carried == [before[sheet] + 1 + n for n in range(count)]
