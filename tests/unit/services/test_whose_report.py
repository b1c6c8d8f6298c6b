"""Whose report a workbook is, and which day is today for it."""

from datetime import UTC, datetime

import pytest

from daysheet.model.mail import MessageState
from daysheet.store import tables
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


def test_a_colleagues_report_without_a_number_is_not_taken_for_the_senders_own(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact="我的")])))
    book = a_workbook([a_visit(contact="他的")], cover={"rep_number": None, "rep_name": "tom  baker"})
    line = pipeline.feed(a_mail(book, subject="Fwd: Tom"))
    assert (line.state, line.codes) == (MessageState.REJECTED, ("SD-M005",))
    assert [row["raw"]["contact"] for row in pipeline.rows("visits")] == ["我的"]


@pytest.mark.parametrize("name", ["Wang Li", "王丽 (一组)"])
def test_a_rep_who_writes_the_own_name_in_another_way_is_still_the_rep(pipeline: Pipeline, name: str) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit()], cover={"rep_number": None, "rep_name": name})))
    assert line.submissions[0].rep == "E1"


def test_today_is_the_reps_though_an_assistant_in_another_zone_mails_the_report(pipeline: Pipeline) -> None:
    with pipeline.tools.database.writing() as connection:
        mailer = tables.person.c.number == "E3"
        connection.execute(tables.person.update().where(mailer).values(timezone="America/Los_Angeles"))
    pipeline.clock.now = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)  # in Shanghai the 4th, in Los Angeles the 3rd
    line = pipeline.feed(a_mail(a_workbook([a_visit()]), sender="chen@corp.example"))
    assert (line.state, line.codes) == (MessageState.ACCEPTED, ())
