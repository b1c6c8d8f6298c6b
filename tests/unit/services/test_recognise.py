"""Which names of a report become customers, and what the sender is told of them."""

import pytest
import sqlalchemy as sa

from daysheet.i18n import issue_text
from daysheet.model.answers import CustomerOutcome
from daysheet.model.text import Language
from daysheet.store.tables import customer
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

NEW = "宁波听潮泵业有限公司"


def names(pipeline: Pipeline) -> list[str]:
    return [row.display_name for row in pipeline.select(sa.select(customer.c.display_name).order_by(customer.c.id))]


def test_a_row_that_waits_for_another_reason_brings_no_customer(pipeline: Pipeline) -> None:
    before = names(pipeline)
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(NEW, visit_date="下周")])))
    assert (line.state, line.codes) == ("partly", ("SD-C003",))
    assert names(pipeline) == before
    (answer,) = pipeline.answers()
    assert [one.typed for one in answer.customers] == ["杭州云杉自动化有限公司"]


def test_what_is_wrong_with_the_name_of_a_waiting_row_is_said_all_the_same(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit("暂无", visit_date="下周")])))
    assert set(line.codes) == {"SD-C003", "SD-NX01"}


def test_a_known_customer_of_a_waiting_row_is_recognised(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit("云杉", visit_date="下周"), a_visit()])))
    assert "SD-M003" in line.codes


def test_the_corrected_row_brings_its_customer(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(NEW, visit_date="下周")])))
    line = pipeline.feed(a_mail(a_workbook([a_visit(NEW)])))
    assert (line.state, line.codes) == ("accepted", ("SD-M001",))
    assert names(pipeline)[-1] == NEW


def test_a_name_that_lands_once_is_filed_though_it_waits_elsewhere(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit(NEW, visit_date="下周")], opportunities=[a_deal(NEW)])
    pipeline.feed(a_mail(book))
    assert names(pipeline)[-1] == NEW
    assert pipeline.rows("opportunities")[0]["customer_id"] is not None


def test_the_customers_are_told_in_the_order_of_the_rows(pipeline: Pipeline) -> None:
    typed = [f"宁波听潮{number}号泵业有限公司" for number in (7, 3, 9, 1, 8, 2)]
    pipeline.feed(a_mail(a_workbook([a_visit(name) for name in typed])))
    (answer,) = pipeline.answers()
    assert [one.typed for one in answer.customers] == typed
    assert {one.outcome for one in answer.customers} == {CustomerOutcome.NEW}


@pytest.mark.parametrize("language", Language)
def test_a_new_customers_name_is_said_once(pipeline: Pipeline, language: Language) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(NEW)])))
    (found,) = pipeline.answers()[0].issues
    assert issue_text(found, language).count(NEW) == 1
