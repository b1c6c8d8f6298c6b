"""Merging from the customer's page: side by side, whose value stays, and back again."""

import re

import pytest
import sqlalchemy as sa

from daysheet.services import reviews
from daysheet.store import tables
from tests.builders import a_visit
from tests.unit.services.memory import CODE, OTHER_CODE, add, ask, everything, merge
from tests.unit.web.conftest import Browser, Console

LONG, SHORT = "宁波听潮泵业有限公司", "宁波听潮泵业"


@pytest.fixture
def steward(console: Console) -> Browser:
    """A steward who sees all."""
    return console.browser("S1")


def two(console: Console) -> tuple[int, int]:
    [winner] = add(console.tools, LONG, city="宁波", address="江东北路一号")
    [loser] = add(console.tools, SHORT, city="宁波", address="江东北路一号二楼", phone="13812345678")
    return winner, loser


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def root(console: Console, customer_id: int) -> int:
    [row] = console.select(sa.select(tables.customer.c.root_id).where(tables.customer.c.id == customer_id))
    return int(row.root_id)


def test_the_other_is_found_by_search_and_never_itself(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    page = steward.get(f"/customers/{winner}/merge", q="听潮")
    assert f"/customers/{winner}/merge?with={loser}" in page
    assert f"with={winner}" not in page


def test_both_and_what_they_become_stand_side_by_side(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    console.report(a_visit(SHORT))
    page = steward.get(f"/customers/{winner}/merge?with={loser}")
    assert "<mark>江东北路一号</mark>" in page
    assert "<b>江东北路一号二楼</b>" in page  # the longer
    assert "更完整" in page
    assert "1 个名称、1 行日报、1 位联系人、0 个上下级关系、1 位跟进人" in page
    assert root(console, loser) == loser, "looking merges nothing"


def test_merged_as_chosen_once_and_undone_from_the_page_as_if_never(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    before = everything(console.tools)
    page = steward.get(f"/customers/{winner}/merge?with={loser}")
    fields = {"with": loser, "seen": seen(page), "keep.address": "winner", "reason": "电话核实"}
    done = steward.post(f"/customers/{winner}/merge", **fields)
    assert steward.at == f"/customers/{winner}"
    assert "已合并" in done
    assert root(console, loser) == winner
    assert "江东北路一号二楼" not in steward.get(f"/customers/{winner}/edit")
    assert "已经是同一个客户" in steward.post(f"/customers/{winner}/merge", **fields)
    [event] = console.select(sa.select(tables.merge_event))
    [undo] = re.findall(r'action="(/customers/\d+/unmerge/\d+)" method="post" data-swap>\s*<input[^>]*><input', done)
    assert undo == f"/customers/{winner}/unmerge/{event.id}"
    assert "重新独立" in steward.post(undo)
    assert "已经撤销过" in steward.post(undo)
    assert everything(console.tools) == before


def test_what_moved_since_it_was_shown_is_shown_anew_and_nothing_is_merged(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    page = steward.get(f"/customers/{winner}/merge?with={loser}")
    second = console.browser("S2")
    second.get(f"/customers/{loser}/edit")
    form = dict(re.findall(r'name="(was\.[a-z_]+)" value="([^"]*)"', second.get(f"/customers/{loser}/edit")))
    second.post(f"/customers/{loser}/edit", **form, address="新址")
    fields = {"with": loser, "seen": seen(page), "keep.address": "loser", "reason": "写好的原因"}
    again = steward.post(f"/customers/{winner}/merge", 409, **fields)
    assert "尚未合并" in again
    assert "新址" in again
    assert 'value="写好的原因"' in again
    assert 'name="keep.address" value="loser" checked' in again
    assert root(console, loser) == loser
    steward.post(f"/customers/{winner}/merge", **fields | {"seen": seen(again)})
    assert root(console, loser) == winner


def test_two_valid_codes_are_merged_only_when_one_is_chosen(console: Console, steward: Browser) -> None:
    [winner] = add(console.tools, LONG, credit_code=CODE)
    [loser] = add(console.tools, SHORT, credit_code=OTHER_CODE)
    page = steward.get(f"/customers/{winner}/merge?with={loser}")
    assert "两个信用代码都有效" in page
    assert re.search(r'name="keep.credit_code" value="winner" required', page)
    refused = steward.post(f"/customers/{winner}/merge", 409, **{"with": loser, "seen": seen(page)})
    assert CODE in refused
    assert root(console, loser) == loser
    steward.post(f"/customers/{winner}/merge", **{"with": loser, "seen": seen(page), "keep.credit_code": "winner"})
    assert root(console, loser) == winner


def test_what_was_judged_different_is_refused_with_the_judgement(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    review = ask(console.tools, loser, winner)
    reviews.decide(console.tools, review, reviews.Answer(reviews.Says.DIFFERENT, reason="两家厂"))
    page = steward.get(f"/customers/{winner}/merge?with={loser}")
    assert "两家厂" in page
    assert 'name="seen"' not in page
    steward.post(f"/customers/{winner}/merge", 409, **{"with": loser, "seen": ""})
    assert root(console, loser) == loser


def test_a_merge_that_a_later_one_leans_on_names_it(console: Console, steward: Browser) -> None:
    one, two_, three = add(console.tools, LONG, SHORT, "听潮泵业总公司")
    first = merge(console.tools, two_, one)
    later = merge(console.tools, three, two_)
    assert first.event
    assert later.event
    steward.get(f"/customers/{three}")
    page = steward.post(f"/customers/{three}/unmerge/{first.event.id}")
    assert f"m{later.event.id}" in page
    assert root(console, one) == three
    steward.post(f"/customers/{three}/unmerge/{later.event.id}")
    steward.post(f"/customers/{two_}/unmerge/{first.event.id}")
    assert root(console, one) == one


def test_a_merge_of_others_is_not_undone_from_here(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    done = merge(console.tools, winner, loser)
    assert done.event
    steward.get("/customers/1")
    steward.post(f"/customers/1/unmerge/{done.event.id}", 404)
    steward.post(f"/customers/{winner}/unmerge/9999", 404)
    assert root(console, loser) == winner


def test_merges_both_standing_and_undone_are_told(console: Console, steward: Browser) -> None:
    winner, loser = two(console)
    done = merge(console.tools, winner, loser)
    assert done.event
    page = steward.get(f"/customers/{winner}")
    assert "撤销合并" in page
    assert f"#{loser}" in page
    steward.post(f"/customers/{winner}/unmerge/{done.event.id}")
    assert "合并已撤销" in steward.get(f"/customers/{loser}")


@pytest.mark.parametrize("other", ["", "0", "abc", "-1", "²", "9" * 40])
def test_no_other_customer_is_no_page(console: Console, steward: Browser, other: str) -> None:
    steward.get("/customers/1")
    steward.post("/customers/1/merge", 404, **{"with": other})
