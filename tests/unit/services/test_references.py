"""The hidden reference of a prefilled row: believed where it agrees with the typed customer, ignored where not."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.i18n import issue_text
from daysheet.model.issues import Issue
from daysheet.model.text import Language
from daysheet.templates_xlsx.layout import ref_letter
from tests.builders import a_deal, a_mail, a_plan, a_visit, a_workbook, daily
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import merge

SPRUCE, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"  # customers 1 and 2


def prefilled(content: bytes, refs: Mapping[str, str | Sequence[str]]) -> bytes:
    """Return the workbook with a reference on the first rows of each sheet named."""
    book = load_workbook(BytesIO(content))
    for key, some in refs.items():
        sheet = daily().sheet(key)
        for row, ref in enumerate([some] if isinstance(some, str) else some, 3):
            book[sheet.label.zh][f"{ref_letter(sheet)}{row}"] = ref
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def feed(
    pipeline: Pipeline, refs: Mapping[str, str | Sequence[str]], *, day: int = 4, rep: str = "E1", **sheets: Any
) -> list[Issue]:
    """Feed a report and return what was said of references."""
    visits = sheets.pop("visits", [a_visit(visit_date=date(2026, 3, day))])
    content = a_workbook(visits, cover={"rep_number": rep, "report_date": date(2026, 3, day)}, **sheets)
    sender = {"E1": "wang.li@corp.example", "E2": "tom@corp.example"}[rep]
    line = pipeline.feed(a_mail(prefilled(content, refs), sender=sender))
    assert line.state == "accepted"
    return [one for one in pipeline.answers()[-1].issues if one.code == "SD-C016"]


def the_deal_of_yesterday(pipeline: Pipeline, customer: str = SPRUCE) -> int:
    feed(pipeline, {}, day=3, opportunities=[a_deal(customer, stage="暂停")])
    return int(pipeline.rows("opportunities")[-1]["opportunity_id"])


def test_a_reference_that_agrees_is_the_deal_whatever_its_name_is_now(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline)
    assert feed(pipeline, {"opportunities": f"o:{deal}"}, opportunities=[a_deal(project="改名了", stage="暂停")]) == []
    assert pipeline.rows("opportunities")[-1]["opportunity_id"] == deal


def test_a_row_copied_from_another_customer_lands_by_its_words(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline)
    (said,) = feed(pipeline, {"opportunities": f"o:{deal}"}, opportunities=[a_deal(WHALE, stage="暂停")])
    row = pipeline.rows("opportunities")[-1]
    assert row["customer_id"] == 2
    assert row["opportunity_id"] not in (None, deal)
    assert (str(said.severity), said.place.cell, said.place.field) == ("warning", "A3", "customer")
    assert said.place.sheet == "商机"
    assert "不属于“苏州蓝鲸精密机械有限公司”" in issue_text(said, Language.ZH)
    assert 'please check "Customer"' in issue_text(said, Language.EN)


@pytest.mark.parametrize(
    "ref", ["o:999999", "o:", "o:²", "o:" + "9" * 30, "o:-1", "x:1", "12", "deal", "c:999999", "p:999999"]
)
def test_a_reference_that_nobody_knows_is_ignored_and_told(pipeline: Pipeline, ref: str) -> None:
    deal = the_deal_of_yesterday(pipeline)
    (said,) = feed(pipeline, {"opportunities": ref}, opportunities=[a_deal(stage="暂停")])
    assert said.found == SPRUCE
    assert pipeline.rows("opportunities")[-1]["opportunity_id"] == deal, "customer and project say it as well"


def test_a_visit_may_carry_its_customer(pipeline: Pipeline) -> None:
    assert feed(pipeline, {"visits": "c:1"}) == []
    (said,) = feed(pipeline, {"visits": "c:2"}, day=3)
    assert said.place.sheet_key == "visits"
    assert pipeline.rows("visits")[-1]["customer_id"] == 1


def test_a_plan_may_carry_the_row_it_was(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=3, plans=[a_plan()])
    row = pipeline.rows("plans")[-1]["id"]
    assert feed(pipeline, {"plans": f"p:{row}"}, plans=[a_plan()]) == []
    (said,) = feed(pipeline, {"plans": f"p:{row}"}, day=2, plans=[a_plan(WHALE)])
    assert said.found == WHALE


def test_merged_customers_are_one(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline, WHALE)
    merge(pipeline.tools, 1, 2)
    assert feed(pipeline, {"opportunities": f"o:{deal}", "visits": "c:2"}, opportunities=[a_deal(stage="暂停")]) == []
    assert pipeline.rows("opportunities")[-1]["opportunity_id"] == deal


def test_a_customer_nobody_knows_yet_has_no_references(pipeline: Pipeline) -> None:
    (said,) = feed(pipeline, {"visits": "c:1"}, visits=[a_visit("宁波听潮泵业有限公司")])
    assert said.found == "宁波听潮泵业有限公司"


def test_a_row_that_waits_is_not_spoken_of(pipeline: Pipeline) -> None:
    content = prefilled(a_workbook([a_visit(way="打球"), a_visit(contact="李华")]), {"visits": "c:2"})
    assert "SD-C016" not in pipeline.feed(a_mail(content)).codes


def test_a_row_without_a_customer_is_not_spoken_of(pipeline: Pipeline) -> None:
    service = [{"service_type": "费用", "description": "打车"}]
    assert feed(pipeline, {"service": "c:2"}, service=service) == []


# ---- the same customer, another deal -------------------------------------------------------------


def deals_of_today(pipeline: Pipeline) -> list[int]:
    rows = pipeline.rows("opportunities")
    return [row["opportunity_id"] for row in rows if row["submission_id"] == rows[-1]["submission_id"]]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_copy_of_a_deals_row_for_another_project_is_another_deal(pipeline: Pipeline, is_first: bool) -> None:
    deal = the_deal_of_yesterday(pipeline)
    rows = [a_deal(stage="暂停"), a_deal(project="三期", stage="暂停")]
    rows = rows[::-1] if is_first else rows
    (said,) = feed(pipeline, {"opportunities": [f"o:{deal}"] * 2}, opportunities=rows)
    assert (said.place.field, said.found) == ("project", "三期")
    found = deals_of_today(pipeline)
    assert (found.index(deal), len(set(found))) == (1 if is_first else 0, 2)


def test_a_copy_whose_original_waits_for_a_correction_takes_nothing_from_it(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline)
    rows = [a_deal(amount="很多"), a_deal(project="三期", stage="暂停")]
    content = a_workbook([a_visit()], opportunities=rows)
    line = pipeline.feed(a_mail(prefilled(content, {"opportunities": [f"o:{deal}"] * 2})))
    assert "SD-C016" in line.codes
    assert deals_of_today(pipeline) not in ([deal], [])


def test_a_reference_left_in_a_row_typed_over_with_a_known_deal_is_not_followed(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=3, opportunities=[a_deal(stage="暂停"), a_deal(project="三期", stage="暂停")])
    first, second = (row["opportunity_id"] for row in pipeline.rows("opportunities"))
    (said,) = feed(pipeline, {"opportunities": f"o:{first}"}, opportunities=[a_deal(project="三期", stage="暂停")])
    assert said.place.field == "project"
    assert deals_of_today(pipeline) == [second]


def test_a_deal_that_was_renamed_may_be_called_by_either_name(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline)
    assert feed(pipeline, {"opportunities": f"o:{deal}"}, opportunities=[a_deal(project="新名", stage="暂停")]) == []
    both = [a_deal(project="新名", stage="暂停"), a_deal(project="四期", stage="暂停")]
    (said,) = feed(pipeline, {"opportunities": [f"o:{deal}"] * 2}, day=2, opportunities=both)
    assert said.found == "四期"
    assert deals_of_today(pipeline)[0] == deal


def test_a_colleagues_deal_is_not_renamed(pipeline: Pipeline) -> None:
    deal = the_deal_of_yesterday(pipeline)
    refs = {"opportunities": f"o:{deal}"}
    (said,) = feed(pipeline, refs, rep="E2", opportunities=[a_deal(project="另一个", stage="暂停")])
    assert said.place.field == "project"
    assert deals_of_today(pipeline) != [deal]
    assert feed(pipeline, refs, rep="E2", day=3, opportunities=[a_deal(stage="暂停")]) == []
    assert deals_of_today(pipeline) == [deal], "called as it is, it is the one deal of both"


def test_how_a_colleagues_deal_stands_is_not_told_to_who_names_it(pipeline: Pipeline) -> None:
    def moved_back() -> bool:
        return any(one.code == "SD-X003" for one in pipeline.answers()[-1].issues)

    feed(pipeline, {}, day=2, opportunities=[a_deal(stage="商务谈判")])
    feed(pipeline, {}, rep="E2", day=3, opportunities=[a_deal(stage="线索")])
    assert not moved_back(), "only the names were known, or guessed"
    feed(pipeline, {}, day=3, opportunities=[a_deal(stage="商务谈判")])
    feed(pipeline, {}, rep="E2", opportunities=[a_deal(stage="线索")])
    assert moved_back(), "the rep has reported the deal, too"


# ---- plans ---------------------------------------------------------------------------------------


def refs_of_plans(pipeline: Pipeline) -> list[str | None]:
    rows = pipeline.rows("plans")
    return [row["ref"] for row in rows if row["submission_id"] == rows[-1]["submission_id"]]


def test_a_plan_keeps_its_first_reference_however_often_it_is_moved(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=2, plans=[a_plan()])
    assert feed(pipeline, {"plans": "p:1"}, day=3, plans=[a_plan(plan_date=date(2026, 3, 11))]) == []
    assert feed(pipeline, {"plans": "p:2"}, day=4, plans=[a_plan(plan_date=date(2026, 3, 12))]) == []
    assert [row["ref"] for row in pipeline.rows("plans")] == [None, "p:1", "p:1"]


def test_a_plan_copied_to_make_another_is_another_and_nothing_is_said(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=3, plans=[a_plan()])
    rows = [a_plan(plan_date=date(2026, 3, 20)), a_plan()]
    assert feed(pipeline, {"plans": ["p:1", "p:1"]}, plans=rows) == []
    assert refs_of_plans(pipeline) == [None, "p:1"], "the one that has its day is it"


def test_a_colleagues_plan_is_no_plan_of_the_rep(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=3, plans=[a_plan()])
    assert feed(pipeline, {"plans": "p:1"}, rep="E2", plans=[a_plan()]) == []
    assert refs_of_plans(pipeline) == [None]


def test_a_plan_typed_again_with_another_purpose_is_another(pipeline: Pipeline) -> None:
    feed(pipeline, {}, day=3, plans=[a_plan()])
    assert feed(pipeline, {}, plans=[a_plan(purpose="演示"), a_plan()]) == []
    assert refs_of_plans(pipeline) == [None, "p:1"]


# ---- a deal without a next plan ------------------------------------------------------------------


def feed_deal(pipeline: Pipeline, day: int, ref: str = "", **changes: Any) -> Sequence[str]:
    when = date(2026, 3, day)
    cover = {"rep_number": "E1", "report_date": when}
    content = a_workbook([a_visit(visit_date=when)], cover=cover, opportunities=[a_deal(**changes)])
    return pipeline.feed(a_mail(prefilled(content, {"opportunities": ref} if ref else {}))).codes


def test_a_deal_sent_back_as_it_was_is_not_asked_for_a_plan_every_day(pipeline: Pipeline) -> None:
    assert feed_deal(pipeline, 2) == ("SD-R004",)
    assert feed_deal(pipeline, 3, "o:1") == ()
    assert feed_deal(pipeline, 4, "o:1", amount=1) == ("SD-R004",), "it moved, and nobody goes there"
    assert feed_deal(pipeline, 4) == ("SD-R004",), "typed by hand it was not prefilled"
