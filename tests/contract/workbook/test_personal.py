"""
A rep's own workbook in another program: changed in LibreOffice and mailed back, it updates what it brought.

Each one goes out with an answer, through a real, headless LibreOffice, and in again by mail.
"""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.builders import a_deal, a_mail, a_plan, a_visit, a_workbook, daily
from tests.services.libreoffice import Copied, Office, Typed
from tests.unit.services.conftest import Pipeline, pipeline, prepared

__all__ = ["pipeline", "prepared"]

SPRUCE, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"
VISITS, DEALS, PLANS = "拜访", "商机", "计划"
TOMORROW = date(2026, 3, 5)
ALL_OF_A_DEAL = {
    "product": "solution",
    "quantity": 2.5,
    "amount": 1234567.89,
    "currency": "USD",
    "probability": 60,
    "expected_date": date(2026, 6, 30),
    "decision_maker": "@分管副总",
    "competitor": "-某品牌",
    "competitor_price": 480000,
    "support_needed": "请售前下周到场讲解。\n带上样机。",
}
A_VISIT = [
    Typed(VISITS, "A3", TOMORROW),
    Typed(VISITS, "C3", SPRUCE),
    Typed(VISITS, "G3", "周敏"),
    Typed(VISITS, "J3", "上门拜访 Visit"),
    Typed(VISITS, "K3", "需求沟通 Needs"),
    Typed(VISITS, "L3", "谈了验收"),
    Typed(VISITS, "M3", "有进展 Progress"),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A LibreOffice of this file's own."""
    return Office(tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture
def brought(pipeline: Pipeline) -> bytes:
    """The workbook that came with the answer to a report of two deals and two plans."""
    deals = [a_deal(**ALL_OF_A_DEAL), a_deal(WHALE, project="清洗线", stage="qualified")]
    plans = [a_plan(), a_plan(WHALE, plan_date=date(2026, 3, 10), target="确认预算")]
    line = pipeline.feed(a_mail(a_workbook([a_visit()], opportunities=deals, plans=plans)))
    assert (line.state, line.codes) == ("accepted", ())
    (attached,) = pipeline.mails()[-1].iter_attachments()
    pipeline.clock.now = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
    return bytes(attached.get_content())


def feed(pipeline: Pipeline, content: bytes) -> Sequence[str]:
    line = pipeline.feed(a_mail(content, file_name="日报 3-5.xlsx", subject="今天的日报"))
    assert line.state == "accepted"
    return line.codes


def of(pipeline: Pipeline, sheet: str, report: int) -> list[dict[str, Any]]:
    """The rows of a report: 1 the first."""
    return [row for row in pipeline.rows(sheet) if row["submission_id"] == report]


def test_it_is_filled_in_as_far_as_is_known(brought: bytes) -> None:
    book = load_workbook(io.BytesIO(brought))
    assert book["封面"]["C4"].value == "王丽"
    assert book["封面"]["C7"].value.date() == TOMORROW
    assert [row[0].value for row in book[DEALS].iter_rows(min_row=3)] == [SPRUCE, WHALE]
    assert [row[0].value.date() for row in book[PLANS].iter_rows(min_row=3)] == [date(2026, 3, 9), date(2026, 3, 10)]
    assert list(book[VISITS].iter_rows(min_row=3)) == []


def test_sent_back_as_it_was_it_confirms_every_row_and_says_nothing(
    pipeline: Pipeline, office: Office, brought: bytes
) -> None:
    codes = feed(pipeline, office.changed(brought, A_VISIT))
    assert codes == ()
    columns = [column.key for column in daily().sheet("opportunities").columns]
    first, second = of(pipeline, "opportunities", 1), of(pipeline, "opportunities", 2)
    assert [row["opportunity_id"] for row in second] == [row["opportunity_id"] for row in first]
    assert [[row[key] for key in columns] for row in second] == [[row[key] for key in columns] for row in first]
    assert [row["ref"] for row in of(pipeline, "plans", 2)] == [f"p:{row['id']}" for row in of(pipeline, "plans", 1)]
    assert [row["id"] for row in of(pipeline, "visits", 2)]


def test_what_was_changed_updates_the_same_deals_and_plans(pipeline: Pipeline, office: Office, brought: bytes) -> None:
    changes = [
        *A_VISIT,
        Typed(DEALS, "E3", "商务谈判 Negotiation"),
        Typed(DEALS, "F3", 1500000.5),
        Typed(DEALS, "B4", "清洗线一期"),
        Typed(PLANS, "A3", date(2026, 3, 12)),
    ]
    assert feed(pipeline, office.changed(brought, changes)) == ()
    first, second = of(pipeline, "opportunities", 1), of(pipeline, "opportunities", 2)
    assert [row["opportunity_id"] for row in second] == [row["opportunity_id"] for row in first]
    assert (second[0]["stage"], float(second[0]["amount"])) == ("negotiation", 1500000.5)
    assert second[1]["project"] == "清洗线一期"
    moved = of(pipeline, "plans", 2)[0]
    assert (moved["ref"], moved["plan_date"]) == ("p:1", date(2026, 3, 12))


def test_the_next_day_it_brings_what_was_changed_once(pipeline: Pipeline, office: Office, brought: bytes) -> None:
    changes = [*A_VISIT, Typed(DEALS, "E3", "商务谈判 Negotiation"), Typed(PLANS, "A3", date(2026, 3, 12))]
    feed(pipeline, office.changed(brought, changes))
    (attached,) = pipeline.mails()[-1].iter_attachments()
    book = load_workbook(io.BytesIO(attached.get_content()))
    assert book["封面"]["C7"].value.date() == date(2026, 3, 6)
    assert book[DEALS]["E3"].value == "商务谈判 Negotiation"
    refs = [(row[0].value.date().day, row[-1].value) for row in book[PLANS].iter_rows(min_row=3)]
    assert refs == [(10, "p:2"), (12, "p:1")]


def test_a_row_copied_onto_another_customer_is_caught(pipeline: Pipeline, office: Office, brought: bytes) -> None:
    changes = [*A_VISIT, Copied(DEALS, "A3:O3", "A5"), Typed(DEALS, "A5", WHALE)]
    assert feed(pipeline, office.changed(brought, changes)) == ("SD-C016",)
    known, other, copied = of(pipeline, "opportunities", 2)
    assert copied["customer_id"] == other["customer_id"] != known["customer_id"]
    assert copied["opportunity_id"] not in (known["opportunity_id"], other["opportunity_id"])
    assert copied["ref"] is None
