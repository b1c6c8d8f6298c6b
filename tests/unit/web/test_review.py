"""One question: what its page shows, the answers, one after the other, and taking them back."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from daysheet.model.memory import OPERATOR, ReviewKind, ReviewState, Says
from daysheet.services import merging
from daysheet.services.merging import Merged, Request
from daysheet.store.tables import customer, judgement, merge_event, review
from tests.builders import a_visit
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.questions import (
    SUZHOU,
    UNCLEAR,
    WUXI,
    answer,
    asked,
    carried,
    id_of,
    known,
    root_of,
    text_of,
    the,
    unclear,
)
from tests.unit.web.test_queue import statements

A, B, C = "宁波听潮泵业有限公司", "宁波听潮潮泵业有限公司", "杭州海棠泵业有限公司"
BRANCH = "中国工商银行股份有限公司杭州西湖支行"
LATER = timedelta(days=200)


def set_fields(console: Console, name: str, **values: str) -> None:
    with console.tools.database.writing() as connection:
        connection.execute(customer.update().where(customer.c.id == id_of(console, name)).values(values))


def merges_of(console: Console) -> int:
    return len(console.select(sa.select(merge_event.c.id).where(merge_event.c.undone_at.is_(None))))


# ---- the page ----------------------------------------------------------------------------------


def test_both_stand_side_by_side_with_what_differs_marked_and_the_result(console: Console) -> None:
    known(console, A, B)
    set_fields(console, A, city="宁波", phone="0574-87651234")
    set_fields(console, B, city="宁波", phone="0574-87651235", address="中山东路 100 号")
    page = console.browser("S1").get(f"/reviews/{asked(console, B, A)}")
    assert "宁波听<mark>潮</mark>潮泵业有限公司" in page
    assert "0574-<mark>87651235</mark>" in page
    assert '<td class="lines result" data-label="合并后">中山东路 100 号</td>' in page
    assert 'value="winner" checked' in page, "the candidate's name stays, and can be changed by key"
    assert 'value="loser" data-choose data-key="1"' in page
    assert "候选客户的值" in page
    assert f"“{B}”以后一律视为 {A}" in text_of(page)


def test_why_it_is_asked_is_told_by_parts_of_the_name_and_rule_versions(console: Console) -> None:
    known(console, WUXI)
    page = console.browser("S1").get(f"/reviews/{unclear(console)}")
    assert '<summary data-key="w"' in page
    assert page.count("<meter") >= 4
    said = text_of(page)
    for part in ("字号", "权重", "候选得分93%", f"ruleset {console.tools.naming.version}"):
        assert part in said


def test_the_rows_that_wait_are_shown_with_their_rep_and_their_mail(console: Console) -> None:
    page = console.browser("S1").get(f"/reviews/{unclear(console)}")
    assert 'href="/messages/1">拜访 3</a>' in page
    assert "王丽 · 2026年3月4日 周三" in text_of(page)


def test_a_page_asks_no_more_for_more_candidates_and_rows(console: Console) -> None:
    known(console, A, B, C, WUXI, "北京青禾包装有限公司", "北京云杉包装有限公司")
    few = asked(console, B, A)
    many = asked(console, WUXI, SUZHOU, A, C, "北京青禾包装有限公司", "北京云杉包装有限公司")
    console.report(*[a_visit(WUXI, contact=f"李{number}") for number in range(30)])
    browser = console.browser("S1")
    asked_of = []
    for one in (few, many):
        browser.get(f"/reviews/{one}")
        with statements(console) as seen:
            browser.get(f"/reviews/{one}")
        asked_of.append(len(seen))
    assert abs(asked_of[0] - asked_of[1]) <= 2, "names of people and parents are asked for where there are some"
    assert max(asked_of) < 70


def test_one_candidate_of_several_is_chosen_by_its_tab(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    page = browser.get(f"/reviews/{number}?in=names&with={id_of(console, WUXI)}")
    assert carried(page)["candidate"] == str(id_of(console, WUXI))
    assert f"视为 {WUXI}" in text_of(page)
    browser.post(f"/reviews/{number}/decide", **carried(page), says="same")
    assert root_of(console, the(console, number).customer_id) == id_of(console, WUXI)


def test_what_does_not_exist_is_not_there(console: Console) -> None:
    browser = console.browser("S1")
    browser.get("/reviews/99", 404)
    browser.get("/reviews/nobody", 422)
    number = unclear(console)
    browser.get(f"/reviews/{number}?with=99999&in=nowhere&skip=a.b.99999999999999999999")
    for sent in ({}, {"says": "perhaps"}, {"says": "same", "candidate": "x"}):
        browser.post(f"/reviews/{number}/decide", 422, **sent)
    browser.get(f"/reviews/{number}/decide")
    assert browser.at == f"/reviews/{number}"
    browser.get(f"/reviews/{number}/elsewhere", 404)


def test_a_settled_question_names_both_by_their_own_names_though_they_are_one(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    browser = console.browser("S1")
    answer(browser, number, "same")
    page = text_of(browser.get(f"/reviews/{number}?in=decided"))
    assert f"“{B}”与“{A}”是同一家吗？" in page
    assert f"判定：{B} 与 {A} 相同。" in page


def test_of_a_single_candidate_it_is_said_that_it_is_not_it(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    browser = console.browser("S1")
    page = browser.get(f"/reviews/{number}?in=duplicates")
    assert "不是它 n" in text_of(page)
    assert "都不是" not in page
    answer(browser, number, "different")
    page = text_of(browser.get(f"/reviews/{number}?in=decided"))
    assert f"判定：{B} 不是 {A}。" in page
    assert "任何候选" not in page


def test_customers_are_numbered_so_that_a_number_is_seen_as_one(console: Console) -> None:
    known(console, A, B)
    page = text_of(console.browser("S1").get(f"/reviews/{asked(console, B, A)}"))
    assert f"待认的客户 #{id_of(console, B)}" in page
    assert f"候选客户 #{id_of(console, A)}" in page


# ---- answers -----------------------------------------------------------------------------------


def test_same_makes_them_one_and_leads_to_the_next_with_an_undo(console: Console) -> None:
    known(console, A, B, C, WUXI)
    first, second = asked(console, B, A), asked(console, WUXI, SUZHOU)
    browser = console.browser("S1")
    page = answer(browser, first, "same", reason="同一家")
    assert browser.at.startswith(f"/reviews/{second}?in=duplicates")
    assert f"{B} 与 {A} 已合为一个客户" in text_of(page)
    assert f'action="/reviews/{first}/undo"' in page
    assert root_of(console, id_of(console, B)) == id_of(console, A)
    settled = the(console, first)
    assert (settled.says, settled.actor, settled.reason) == (Says.SAME, "S1", "同一家")


def test_undo_asks_again_where_it_was_and_nothing_is_left_of_the_answer(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    browser = console.browser("S1")
    answer(browser, number, "same", query="in=duplicates&age=")
    page = browser.post(f"/reviews/{number}/undo", to="/queue/duplicates")
    assert browser.at == f"/reviews/{number}?in=duplicates"
    assert "已撤销" in page
    assert the(console, number).state is ReviewState.OPEN
    assert root_of(console, id_of(console, B)) == id_of(console, B)
    assert merges_of(console) == 0


def test_not_the_same_is_remembered_and_reversible_months_later(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    browser = console.browser("S1")
    assert "已记住" in answer(browser, number, "different", reason="两家")
    assert not list(console.select(sa.select(review.c.id).where(review.c.state == "open")))
    console.clock.now += LATER
    browser = console.browser("S1")
    page = browser.get(f"/reviews/{number}?in=decided")
    assert "林婉 于 2026-03-04 18:00 判定" in page
    browser.post(f"/reviews/{number}/undo", to=f"/reviews/{number}?in=decided")
    assert the(console, number).state is ReviewState.OPEN
    assert not list(console.select(sa.select(judgement.c.id).where(judgement.c.revoked_at.is_(None))))


def test_none_of_several_keeps_all_of_them_apart(console: Console) -> None:
    number = unclear(console)
    assert "不是任何候选客户" in answer(console.browser("S1"), number, "different", query="in=names")
    assert len(console.select(sa.select(judgement.c.id))) == 2


def test_related_puts_it_under_the_candidate(console: Console) -> None:
    known(console, "中国工商银行股份有限公司", BRANCH)
    number = asked(console, BRANCH, "中国工商银行股份有限公司", kind=ReviewKind.PARENT)
    browser = console.browser("S1")
    page = answer(browser, number, "related", query="in=parents", type="unit_of")
    assert "名下" in page
    assert the(console, number).says is Says.RELATED
    browser.post(f"/reviews/{number}/undo", to=browser.at)
    assert the(console, number).state is ReviewState.OPEN


def test_a_chosen_value_stays_and_what_the_rules_keep_is_no_choice(console: Console) -> None:
    known(console, A, B)
    set_fields(console, A, phone="0574-87651234", city="宁波")
    set_fields(console, B, phone="0574-87651235", city="宁波市")
    number = asked(console, B, A)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=duplicates"))
    assert sent["keep.phone"] == "winner"
    browser.post(f"/reviews/{number}/decide", **sent | {"keep.phone": "loser"}, says="same")
    [event] = console.select(sa.select(merge_event.c.kept))
    assert event.kept == {"phone": id_of(console, B)}
    with console.tools.database.reading() as connection:
        from daysheet.store import lookup

        assert lookup.by_ids(connection, [id_of(console, A)])[id_of(console, A)].phone == "0574-87651235"


def test_two_credit_codes_are_one_customer_only_once_one_is_chosen(console: Console) -> None:
    known(console, A, B)
    set_fields(console, A, credit_code="91440300708461136T")
    set_fields(console, B, credit_code="914403001922038216")
    number = asked(console, B, A)
    browser = console.browser("S1")
    page = browser.get(f"/reviews/{number}?in=duplicates")
    sent = carried(page)
    if "keep.credit_code" in sent:
        pytest.fail("a code is chosen already")
    refused = browser.post(f"/reviews/{number}/decide", 409, **sent, says="same", reason="看过执照")
    assert "看过执照" in refused
    assert merges_of(console) == 0
    browser.post(f"/reviews/{number}/decide", **carried(refused) | {"keep.credit_code": "loser"}, says="same")
    assert merges_of(console) == 1


def test_one_candidate_is_left_out_and_can_be_put_back(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    page = answer(browser, number, "out", query="in=names")
    assert f"排除 {SUZHOU}" in text_of(page)
    assert [one.display_name for one in the(console, number).candidates] == [WUXI]
    assert f"{UNCLEAR}”与“{WUXI}”是同一家吗" in page
    browser.post(f"/reviews/{number}/undo?candidate={id_of(console, SUZHOU)}", to=f"/reviews/{number}?in=names")
    assert {one.display_name for one in the(console, number).candidates} == {SUZHOU, WUXI}
    assert not list(console.select(sa.select(judgement.c.id).where(judgement.c.revoked_at.is_(None))))
    page = browser.post(f"/reviews/{number}/undo?candidate={id_of(console, SUZHOU)}", to="")
    assert "没有这样被排除的候选客户" in page


def test_what_is_skipped_does_not_come_back_at_once_and_the_end_is_said(console: Console) -> None:
    known(console, A, B, C, WUXI, "北京青禾包装有限公司")
    numbers = {asked(console, name, SUZHOU) for name in (A, C, WUXI)}
    browser = console.browser("S1")
    first = min(numbers)
    seen = [first]
    answer(browser, first, "unsure")
    while browser.at.startswith("/reviews/"):
        seen.append(int(browser.at.split("/")[2].split("?")[0]))
        at = browser.at
        page = browser.get(at)
        browser.post(f"/reviews/{seen[-1]}/decide", **carried(page), says="unsure")
        assert len(seen) <= 3
    assert set(seen) == numbers
    assert "最后一个问题" in browser.get("/queue/duplicates") or browser.at == "/queue/duplicates"
    assert all(not the(console, one).notes for one in numbers)


TIDE = ("宁波听潮泵业有限公司", "杭州听潮泵业有限公司", "绍兴听潮泵业有限公司")
GREEN = ("北京青禾包装有限公司", "天津青禾包装有限公司")
ALONE = ("南京云杉仪器有限公司", "合肥松石阀门有限公司")


def several_brands(console: Console) -> list[int]:
    """Ask of two brands and two that stand alone, with 6, 4, 3 and 0 rows waiting; return the list's order."""
    known(console, *TIDE, *GREEN, *ALONE)
    rows = {TIDE[0]: 3, TIDE[1]: 2, TIDE[2]: 1, GREEN[0]: 2, GREEN[1]: 2, ALONE[0]: 3}
    visits = [a_visit(name, contact=f"李{number}") for name, count in rows.items() for number in range(count)]
    console.report(*visits)
    for name in reversed((*TIDE, *GREEN, *ALONE)):
        asked(console, name, SUZHOU)
    return listed(console)


def listed(console: Console, query: str = "") -> list[int]:
    page = console.browser("S1").get(f"/queue/duplicates{query}")
    return [int(one) for one in re.findall(r'<th scope="row"><a href="/reviews/(\d+)', page)]


def number_at(browser: Browser) -> int:
    return int(browser.at.split("/")[2].split("?")[0])


def go_through(browser: Browser, first: int, says: str, *, most: int = 9) -> list[int]:
    """Give the same answer from *first* on as each question leads to the next; return which were shown."""
    page = browser.get(f"/reviews/{first}?in=duplicates")
    shown = []
    while browser.at.startswith("/reviews/") and len(shown) < most:
        shown.append(number_at(browser))
        page = browser.post(f"/reviews/{shown[-1]}/decide", **carried(page), says=says)
    return shown


@pytest.mark.parametrize("says", ["same", "different", "related", "unsure"])
def test_one_question_leads_to_the_next_of_the_list_though_its_brand_has_fewer_rows_by_then(
    console: Console, says: str
) -> None:
    order = several_brands(console)
    named = [the(console, one).name for one in order]
    assert named[:3] == list(TIDE)
    assert set(named[3:5]) == set(GREEN)
    assert named[5:] == list(ALONE)
    assert go_through(console.browser("S1"), order[0], says) == order


def test_from_the_middle_it_goes_on_to_the_end_and_then_to_what_was_left_before(console: Console) -> None:
    order = several_brands(console)
    assert go_through(console.browser("S1"), order[1], "same") == [*order[1:], order[0]]


def test_taking_back_what_ended_a_brand_keeps_the_place_in_the_list(console: Console) -> None:
    order = several_brands(console)
    browser = console.browser("S1")
    assert go_through(browser, order[0], "same", most=3) == order[:3]
    page = browser.post(f"/reviews/{order[2]}/undo", to=browser.at)
    assert number_at(browser) == order[2]
    browser.post(f"/reviews/{order[2]}/decide", **carried(page), says="same")
    assert number_at(browser) == order[3]


def test_the_next_one_is_of_the_same_filters(console: Console) -> None:
    several_brands(console)
    order = listed(console, "?q=有限公司&lang=zh")
    order = [one for one in order if "青禾" in the(console, one).name]
    browser = console.browser("S1")
    answer(browser, order[0], "different", query="in=duplicates&q=青禾")
    assert number_at(browser) == order[1]
    page = browser.get(browser.at)
    browser.post(f"/reviews/{order[1]}/decide", **carried(page), says="different")
    assert browser.at == "/queue/duplicates?q=%E9%9D%92%E7%A6%BE"


def test_a_held_place_that_says_nothing_is_left_out(console: Console) -> None:
    order = several_brands(console)
    browser = console.browser("S1")
    held = f"x.-.9-.{order[3]}-9.99999-5.{'9' * 30}-1.{order[4]}-x.1-2-3.²-1"
    page = answer(browser, order[4], "different", query=f"in=duplicates&held={held}")
    assert f"held={order[3]}-9.99999-5" in page
    assert number_at(browser) == order[0], "a brand with as many rows as that comes first"


def test_skipping_with_a_reason_leaves_it_as_a_note(console: Console) -> None:
    number = unclear(console)
    answer(console.browser("S1"), number, "unsure", query="in=names", reason="等执照")
    assert [note.text for note in the(console, number).notes] == ["等执照"]


def test_a_reason_for_skipping_sent_twice_is_one_note(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=names"))
    for _ in range(2):
        browser.post(f"/reviews/{number}/decide", **sent, says="unsure", reason="等执照")
    assert len(the(console, number).notes) == 1


def test_what_is_answered_anew_from_the_settled_ones_leads_back_to_them(console: Console) -> None:
    known(console, A, B, C, WUXI)
    first, second = asked(console, B, A), asked(console, WUXI, SUZHOU)
    browser = console.browser("S1")
    for number in (first, second):
        answer(browser, number, "different")
    browser.post(f"/reviews/{first}/undo", to="/queue/decided")
    assert browser.at == f"/reviews/{first}?in=decided"
    answer(browser, first, "same", query="in=decided")
    assert browser.at == "/queue/decided"


def test_the_next_one_is_of_the_same_view(console: Console) -> None:
    known(console, A, B, C, WUXI)
    first, other = asked(console, B, A), asked(console, WUXI, SUZHOU)
    assert other
    browser = console.browser("S1")
    answer(browser, first, "same", query="in=duplicates&q=听潮")
    assert browser.at.startswith("/queue/duplicates?q="), "nothing else is in it"


# ---- two at once -------------------------------------------------------------------------------


def test_the_second_sees_what_the_first_did_and_nothing_is_overwritten(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    first, second = console.browser("S1"), console.browser("S2")
    page = second.get(f"/reviews/{number}?in=duplicates")
    answer(first, number, "same", reason="同一家")
    late = second.post(f"/reviews/{number}/decide", 409, **carried(page), says="different")
    assert "林婉" in late
    assert "2026-03-04 18:00" in late
    assert "the same" in late, "in S2's language"
    assert the(console, number).says is Says.SAME


def test_a_form_sent_twice_has_one_effect(console: Console) -> None:
    known(console, A, B, C, WUXI)
    number, other = asked(console, B, A), asked(console, WUXI, SUZHOU)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=duplicates"))
    for _ in range(2):
        browser.post(f"/reviews/{number}/decide", **sent, says="same")
        assert browser.at.startswith(f"/reviews/{other}")
    assert merges_of(console) == 1
    number = unclear(console)
    sent = carried(browser.get(f"/reviews/{number}?in=names"))
    for _ in range(2):
        browser.post(f"/reviews/{number}/decide", **sent, says="out")
    assert len(the(console, number).candidates) == 1


def test_a_candidate_that_was_merged_meanwhile_is_not_decided_on_unseen(console: Console) -> None:
    known(console, A, B, C)
    number = asked(console, B, A)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=duplicates"))
    done = merging.merge(console.tools, Request(id_of(console, C), id_of(console, A), {}, "改名"), by="S2")
    assert isinstance(done, Merged)
    page = browser.post(f"/reviews/{number}/decide", 409, **sent, says="same", reason="我的理由")
    assert "您打开之后情况已有变化" in page
    assert "我的理由" in page
    assert the(console, number).state is ReviewState.OPEN
    assert C in text_of(page)


def test_a_new_note_is_read_before_deciding(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=names"))
    console.browser("S2").get("/")
    other = console.browser("S2")
    other.get(f"/reviews/{number}")
    other.post(f"/reviews/{number}/note", text="是无锡那家")
    page = browser.post(f"/reviews/{number}/decide", 409, **sent, says="same")
    assert "Ann Cole" in page
    assert "是无锡那家" in page
    assert the(console, number).state is ReviewState.OPEN
    browser.post(f"/reviews/{number}/decide", **carried(page), says="same")
    assert the(console, number).says is Says.SAME


def test_a_question_that_a_report_has_changed_is_shown_anew(console: Console) -> None:
    known(console, A, B, C)
    number = asked(console, B, A)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=duplicates"))
    assert asked(console, B, A, C) == number
    assert "改变了这个问题的内容" in browser.post(f"/reviews/{number}/decide", 409, **sent, says="same")


def test_an_undo_that_a_later_merge_blocks_names_it(console: Console) -> None:
    known(console, A, B, C)
    number = asked(console, B, A)
    browser = console.browser("S1")
    answer(browser, number, "same")
    later = merging.merge(console.tools, Request(id_of(console, C), id_of(console, A), {}), by="S2")
    assert isinstance(later, Merged)
    assert later.event is not None
    page = browser.post(f"/reviews/{number}/undo", to="")
    assert f"m{later.event.id}" in page
    assert the(console, number).state is ReviewState.DECIDED


def test_an_answer_taken_back_twice_is_taken_back_once(console: Console) -> None:
    known(console, A, B)
    number = asked(console, B, A)
    browser = console.browser("S1")
    answer(browser, number, "different")
    browser.post(f"/reviews/{number}/undo", to="")
    assert "没有" in browser.post(f"/reviews/{number}/undo", to="")


# ---- whose it is, notes ------------------------------------------------------------------------


def test_a_question_is_taken_and_given_back(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    page = browser.get(f"/reviews/{number}?in=names")
    assert 'name="was" value=""' in page
    assert "由 林婉 处理" in browser.post(f"/reviews/{number}/assign", assignee="me", was="", view="in=names")
    assert browser.at == f"/reviews/{number}?in=names"
    assert the(console, number).assignee == "S1"
    browser.post(f"/reviews/{number}/assign", assignee="", was="S1")
    assert the(console, number).assignee == ""
    browser.post(f"/reviews/{number}/assign", 422, assignee="E9", was="")


def test_who_was_faster_keeps_it(console: Console) -> None:
    number = unclear(console)
    first, second = console.browser("S1"), console.browser("S2")
    for one in (first, second):
        one.get(f"/reviews/{number}")
    first.post(f"/reviews/{number}/assign", assignee="me", was="")
    assert "林婉 has taken it meanwhile" in second.post(f"/reviews/{number}/assign", assignee="me", was="")
    assert the(console, number).assignee == "S1"


def test_a_note_is_kept_once_as_text(console: Console) -> None:
    number = unclear(console)
    browser = console.browser("S1")
    browser.get("/")
    for _ in range(2):
        page = browser.post(f"/reviews/{number}/note", text="<b>等执照</b>")
    browser.post(f"/reviews/{number}/note", text="  ")
    assert "&lt;b&gt;等执照&lt;/b&gt;" in page
    assert len(the(console, number).notes) == 1


# ---- who sees and does what --------------------------------------------------------------------

POSTS = ("decide", "undo", "assign", "note", "ask")


@pytest.mark.parametrize("deed", POSTS)
def test_only_those_who_decide_may(console: Console, deed: str) -> None:
    number = unclear(console)
    console.nobody().post(f"/reviews/{number}/{deed}", 401, says="same", text="x")
    manager = console.browser("E9")
    manager.get("/")
    manager.post(f"/reviews/{number}/{deed}", 403, says="same", text="x")
    manager.get(f"/reviews/{number}", 403)
    assert the(console, number).state is ReviewState.OPEN
    assert not the(console, number).notes


@pytest.mark.parametrize("deed", POSTS)
def test_a_northern_question_does_not_exist_for_a_southern_steward(console: Console, deed: str) -> None:
    number = unclear(console, by="E1")
    south = console.browser("S3")
    south.get("/")
    south.get(f"/reviews/{number}", 404)
    for says in ("same", "unsure"):
        south.post(f"/reviews/{number}/{deed}", 404, says=says, text="x", assignee="me")
    assert the(console, number).state is ReviewState.OPEN
    assert not the(console, number).notes
    assert the(console, number).assignee == ""


def test_a_candidate_of_another_region_has_no_name_and_is_not_decided_on(console: Console) -> None:
    console.report(a_visit(SUZHOU), by="E1")
    number = unclear(console, by="E2")
    console.report(a_visit(WUXI), by="E2")
    south = console.browser("S3")
    northern = id_of(console, SUZHOU)
    page = south.get(f"/reviews/{number}?in=names&with={northern}")
    assert SUZHOU not in page
    assert f'&amp;with={northern}" data-item' not in page
    assert "其他区域的客户" in page
    sent = carried(page)
    assert sent["candidate"] == str(id_of(console, WUXI))
    assert 'value="different"' not in page
    assert SUZHOU not in south.post(f"/reviews/{number}/decide", 409, **sent, says="different")
    for says in ("same", "related", "out"):
        south.post(f"/reviews/{number}/decide", 409, **sent | {"candidate": str(northern)}, says=says, reason=says)
    assert the(console, number).state is ReviewState.OPEN
    assert len(the(console, number).candidates) == 2
    page = answer(south, number, "same", query="in=names")
    assert root_of(console, the(console, number).customer_id) == id_of(console, WUXI)
    assert SUZHOU not in page


def test_an_operators_merge_is_told_by_who_did_it(console: Console) -> None:
    known(console, A, B, C)
    number = asked(console, B, A)
    merging.merge(console.tools, Request(id_of(console, A), id_of(console, C), {}, "清理"))
    page = text_of(console.browser("S1").get(f"/reviews/{number}"))
    assert OPERATOR.name not in page, "it is about another customer"
    merging.merge(console.tools, Request(id_of(console, C), id_of(console, A), {}, "清理"))
    assert A in page


def test_another_answer_of_the_same_steward_is_not_taken_for_the_first(console: Console) -> None:
    third = "常州蓝鲸精密机械有限公司"
    ids = known(console, SUZHOU, WUXI, third)
    number = asked(console, SUZHOU, WUXI, third)
    browser = console.browser("S1")
    first, second = (carried(browser.get(f"/reviews/{number}?in=duplicates&with={one}")) for one in ids[1:])
    browser.post(f"/reviews/{number}/decide", says="same", **first)
    browser.post(f"/reviews/{number}/decide", 409, says="same", **second)
    browser.post(f"/reviews/{number}/decide", says="same", **first)
    assert root_of(console, ids[0]) == ids[1]


def test_leaving_out_the_last_candidate_is_an_answer_and_its_undo_asks_again(console: Console) -> None:
    known(console, SUZHOU, WUXI)
    number = asked(console, SUZHOU, WUXI)
    browser = console.browser("S1")
    page = answer(browser, number, "out")
    assert the(console, number).state is ReviewState.DECIDED
    assert f'action="/reviews/{number}/undo"' in page
    browser.post(f"/reviews/{number}/undo")
    assert the(console, number).state is ReviewState.OPEN


@pytest.mark.parametrize("says", ["same", "out"])
def test_a_made_up_form_is_refused(console: Console, says: str) -> None:
    known(console, SUZHOU)
    number = asked(console, SUZHOU)
    browser = console.browser("S1")
    sent = carried(browser.get(f"/reviews/{number}?in=duplicates"))
    browser.post(f"/reviews/{number}/decide", 409, **sent, says=says)
    browser.post(f"/reviews/{number}/decide", 409, **sent | {"seen": "x." + "9" * 5000}, says=says)
    browser.post(f"/reviews/{number}/note", text="x", view="//[")
    assert the(console, number).state is ReviewState.OPEN
