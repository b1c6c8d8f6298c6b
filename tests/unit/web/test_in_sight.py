"""What a steward of one region neither reads, nor changes, of an answer about another region's customer."""

from datetime import date

import pytest

from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.services import linking, reviews
from daysheet.services.reviews import Answer
from tests.builders import a_visit
from tests.unit.web.conftest import Console
from tests.unit.web.questions import SUZHOU, WUXI, asked, id_of, known, open_ones, the

NEAR = "珠海海岳精密仪器有限公司"
"""The south's; WUXI is the north's, SUZHOU nobody's."""
SECRET = "北方的那一家"


@pytest.fixture
def near(console: Console) -> int:
    """The southern customer."""
    known(console, NEAR, WUXI, SUZHOU)
    console.report(a_visit(NEAR), by="E2")
    console.report(a_visit(WUXI), by="E1")
    return id_of(console, NEAR)


def test_a_reason_given_of_a_customer_of_another_region_is_not_told(console: Console, near: int) -> None:
    number = asked(console, NEAR, WUXI, kind=ReviewKind.PARENT)
    reviews.decide(console.tools, number, Answer(Says.RELATED, customer_id=id_of(console, WUXI), reason=SECRET))
    pages = (
        f"/reviews/{number}",
        f"/customers/{near}",
        f"/customers/{near}/all/log",
        f"/customers/{near}/all/decisions",
    )
    southern, everybodys = console.browser("S3"), console.browser("S1")
    assert [SECRET in southern.get(path) for path in pages] == [False] * 4
    assert all(SECRET in everybodys.get(path) for path in pages)


@pytest.mark.parametrize("says", [Says.RELATED, Says.DIFFERENT])
def test_an_answer_about_a_customer_of_another_region_is_not_taken_back(
    console: Console, near: int, says: Says
) -> None:
    number = asked(console, NEAR, WUXI, kind=ReviewKind.PARENT)
    other = id_of(console, WUXI) if says is Says.RELATED else None
    reviews.decide(console.tools, number, Answer(says, customer_id=other))
    southern = console.browser("S3")
    southern.get("/account")
    assert "对方是其他区域的客户" in southern.post(f"/reviews/{number}/undo")
    assert the(console, number).state is ReviewState.DECIDED


def test_a_candidate_of_another_region_that_was_left_out_is_not_put_back(console: Console, near: int) -> None:
    number = asked(console, NEAR, WUXI, SUZHOU)
    hidden = id_of(console, WUXI)
    reviews.decide(console.tools, number, Answer(Says.DIFFERENT, customer_id=hidden))
    southern = console.browser("S3")
    southern.get("/account")
    told = [southern.post(f"/reviews/{number}/undo?candidate={one}") for one in (hidden, 999_999)]
    assert [one.customer_id for one in the(console, number).left_out] == [hidden]
    # nothing tells it from one that there is not
    assert all(f"问题 {number} 没有这样被排除的候选客户" in page for page in told)


def test_a_link_to_a_customer_of_another_region_is_not_replaced(console: Console, near: int) -> None:
    console.report(a_visit(SUZHOU), by="E2", report_date=date(2026, 3, 1))
    hidden, shown = id_of(console, WUXI), id_of(console, SUZHOU)
    linking.link(console.tools, near, hidden)
    southern = console.browser("S3")
    southern.get("/account")
    southern.post(f"/customers/{near}/links", do="put", parent=str(shown), kind="branch_of")
    with console.tools.database.reading() as connection:
        assert linking.is_linked(connection, near, hidden)
        assert not linking.is_linked(connection, near, shown)
    everybodys = console.browser("S1")
    everybodys.get("/account")
    everybodys.post(f"/customers/{near}/links", do="put", parent=str(shown), kind="branch_of")
    with console.tools.database.reading() as connection:
        assert linking.is_linked(connection, near, shown)


def test_a_batch_with_a_candidate_of_another_region_is_not_taken_back(console: Console, near: int) -> None:
    number, batch = asked(console, NEAR, SUZHOU, WUXI), "0123456789abcdef"
    console.report(a_visit(SUZHOU), by="E2", report_date=date(2026, 3, 1))
    reviews.decide(console.tools, number, Answer(Says.DIFFERENT, batch=batch))
    southern = console.browser("S3")
    southern.get("/account")
    southern.post(f"/queue/bulk/{batch}/undo", 404)
    assert number not in [one.id for one in open_ones(console)]
