"""Which workbook a mail carries: the marked one, the next day's, or none; never two."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.errors import StoreUnreachable
from daysheet.model.returns import Morning, Returns
from daysheet.model.text import Language
from daysheet.services import attaching, outbox
from daysheet.store import outbox as outbox_store
from daysheet.store.outbox import OutboxMail
from daysheet.templates_xlsx.marks import REPORT_SHEET
from tests.builders import TODAY, a_deal, a_mail, a_plan, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

MORNING = Morning(Language.EN, "王丽", "E1", date(2026, 3, 5), Returns(TODAY, TODAY), has_workbook=True)


class Broken(dict[Any, Any]):
    """Blanks that cannot be had."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get(self, key: Any, default: Any = None) -> Any:
        raise self._error


def report(day: date = TODAY, **more: Any) -> bytes:
    visits = more.pop("visits", [a_visit(visit_date=day)])
    return a_workbook(visits, cover={"rep_number": "E1", "report_date": day}, **more)


def carried(mail: EmailMessage) -> Any:
    """The workbook a mail carries, None for none; never more than one."""
    files = list(mail.iter_attachments())
    assert len(files) <= 1
    return load_workbook(io.BytesIO(files[0].get_content())) if files else None


def day_of(book: Any) -> date:
    return next(sheet for sheet in book.worksheets)["C7"].value.date()


def the_mail(pipeline: Pipeline) -> OutboxMail:
    with pipeline.tools.database.reading() as connection:
        return outbox_store.waiting(connection)[-1]


def test_where_all_is_well_the_next_days_workbook_goes_out(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(report(opportunities=[a_deal()], plans=[a_plan()])))
    mail = pipeline.mails()[-1]
    book = carried(mail)
    assert REPORT_SHEET not in book.sheetnames
    assert (day_of(book), book["商机"]["O3"].value) == (date(2026, 3, 5), "o:1")
    assert "附件是下一份日报用的表" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "wrong",
    [
        {"visits": [a_visit(way="打球")]},  # an error
        {"visits": [a_visit(), a_visit()]},  # a warning: written twice
    ],
)
def test_where_there_is_something_to_look_at_the_reps_own_goes_back_marked(
    pipeline: Pipeline, wrong: dict[str, Any]
) -> None:
    pipeline.feed(a_mail(report(**wrong)))
    book = carried(pipeline.mails()[-1])
    assert book.sheetnames[-1] == REPORT_SHEET
    assert day_of(book) == TODAY


def test_a_new_customer_is_news_and_nothing_to_look_at(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(report(visits=[a_visit("宁波听潮泵业有限公司")])))
    assert line.codes == ("SD-M001",)
    assert day_of(carried(pipeline.mails()[-1])) == date(2026, 3, 5)


def test_a_refused_mail_carries_none(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(None))
    pipeline.feed(a_mail(b"%PDF-1.7 not a workbook"))
    assert [carried(mail) for mail in pipeline.mails()] == [None, None]


def test_the_day_is_the_next_workday_that_has_no_report_yet(pipeline: Pipeline) -> None:
    for day in (date(2026, 2, 26), date(2026, 3, 2), date(2026, 2, 25)):
        pipeline.feed(a_mail(report(day)))
    days = [day_of(carried(mail)) for mail in pipeline.mails()]
    assert days == [date(2026, 2, 27), date(2026, 3, 3), date(2026, 2, 27)], (
        "Friday is missing, a weekend is no workday"
    )


def test_whoever_mails_for_a_rep_gets_the_reps_workbook(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(report(), sender="chen@corp.example"))
    assert carried(pipeline.mails()[-1])["封面"]["C4"].value == "王丽"


def test_a_workbook_that_cannot_be_made_keeps_no_answer_back(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(report()))
    pipeline.tools = replace(pipeline.tools, blanks=Broken(RuntimeError("a bug of ours")))
    mail = pipeline.mails()[-1]
    assert carried(mail) is None
    assert "附件" not in mail.get_body(("plain",)).get_content()


def test_a_database_that_is_away_is_waited_for(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(report()))
    tools = replace(pipeline.tools, blanks=Broken(StoreUnreachable("gone")))
    with pytest.raises(StoreUnreachable):
        outbox.make(tools, the_mail(pipeline))


def test_the_morning_mail_brings_the_days_workbook_unless_it_need_not(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(report(opportunities=[a_deal()], plans=[a_plan()])))
    mail = the_mail(pipeline)
    said, attached = attaching.for_morning(pipeline.tools, mail, MORNING)
    assert attached is not None
    assert (said.has_workbook, said.customers, said.deals, said.plans) == (True, 1, 1, 1)
    book = load_workbook(io.BytesIO(attached.content))
    assert (day_of(book), book["Opportunities"]["O3"].value) == (date(2026, 3, 5), "o:1")
    others: list[Callable[[Morning], Morning]] = [
        lambda one: replace(one, has_workbook=False),
        lambda one: replace(one, number="nobody"),
    ]
    for change in others:
        said, attached = attaching.for_morning(pipeline.tools, mail, change(MORNING))
        assert (said.has_workbook, said.customers, attached) == (False, 0, None)
