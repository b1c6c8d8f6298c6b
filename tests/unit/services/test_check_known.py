"""``workbook check --db``: what a workbook would be answered with, and nothing of it kept."""

import pytest
import sqlalchemy as sa

from daysheet.errors import UsageError
from daysheet.services.check_known import check_with_database
from daysheet.store import tables
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


def check(pipeline: Pipeline, book: bytes, number: str = "E1") -> list[str]:
    return [str(found.code) for found in check_with_database(pipeline.tools, "日报.xlsx", book, number).issues]


def test_names_are_checked_against_the_known_customers_and_nothing_is_stored(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit("宁波听潮泵业有限公司"), a_visit(way="打球")])
    assert sorted(check(pipeline, book)) == ["SD-C004", "SD-M001"]
    for table in (tables.inbound, tables.submission, tables.outbox, tables.audit):
        assert pipeline.select(sa.select(sa.func.count()).select_from(table)) == [(0,)], table.name


def test_a_workbook_that_has_been_mailed_already_can_be_checked(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit(), a_visit(way="打球", contact="江总")])
    pipeline.feed(a_mail(book))
    assert check(pipeline, book) == ["SD-C004"]


def test_a_file_that_cannot_be_read_is_told_too(pipeline: Pipeline) -> None:
    assert check(pipeline, b"") == ["SD-F001"]


def test_nobodys_employee_number_is_a_usage_error(pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="'E99' is nobody's"):
        check(pipeline, a_workbook([a_visit()]), "E99")
