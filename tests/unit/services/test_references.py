"""The hidden reference of a prefilled row: believed where it agrees with the typed customer, ignored where not."""

from collections.abc import Mapping
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


def prefilled(content: bytes, refs: Mapping[str, str]) -> bytes:
    """Return the workbook with a reference on the first row of each sheet named."""
    book = load_workbook(BytesIO(content))
    for key, ref in refs.items():
        sheet = daily().sheet(key)
        book[sheet.label.zh][f"{ref_letter(sheet)}3"] = ref
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def feed(pipeline: Pipeline, refs: Mapping[str, str], *, day: int = 4, **sheets: Any) -> list[Issue]:
    """Feed a report and return what was said of references."""
    visits = sheets.pop("visits", [a_visit(visit_date=date(2026, 3, day))])
    content = a_workbook(visits, cover={"rep_number": "E1", "report_date": date(2026, 3, day)}, **sheets)
    line = pipeline.feed(a_mail(prefilled(content, refs)))
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
