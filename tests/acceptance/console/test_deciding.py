"""Questions are settled in a browser: by mouse, by keyboard, together, without JavaScript, and after a pause."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.services import reviews
from tests.acceptance.console.desk import SECOND, STEWARD, Desk, press_on

ONE_CANDIDATE = "附属第一医院"
SEVERAL = "鹿鸣食品"


def notice(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#said")).to_contain_text(text)


def open_question(desk: Desk, page: Page, name: str, kind: ReviewKind = ReviewKind.NAME) -> int:
    review = desk.review(name, kind)
    page.goto(f"/reviews/{review.id}")
    return review.id


def button(page: Page, text: str) -> Any:
    return page.get_by_role("button", name=text)


def answer(page: Page, says: str) -> Any:
    return page.locator(f"button[name=says][value={says}]")


def open_first(page: Page) -> None:
    page.locator("tr[data-item] a").first.click()
    page.wait_for_url("**/reviews/**")


# ---- by mouse ------------------------------------------------------------------------------------


def test_two_are_one_and_undo_makes_them_two_again(desk: Desk) -> None:
    page = desk.page()
    review = open_question(desk, page, ONE_CANDIDATE)
    answer(page, "same").click()
    notice(page, f"{ONE_CANDIDATE} and 中山大学附属第一医院 are one now")
    now = desk.state(review)
    assert (now.state, now.says, now.actor) == (ReviewState.DECIDED, Says.SAME, STEWARD)
    assert not page.url.endswith(str(review)), "the next question is shown"
    button(page, "Undo").click()
    notice(page, f"{ONE_CANDIDATE} is open again")
    assert desk.state(review).state is ReviewState.OPEN
    expect(page.get_by_role("heading", level=1)).to_contain_text(ONE_CANDIDATE)


def test_two_are_not_the_same_and_that_is_remembered(desk: Desk) -> None:
    page = desk.page()
    review = open_question(desk, page, ONE_CANDIDATE)
    page.get_by_label("Reason").fill("另一家医院，电话核实")
    answer(page, "different").click()
    notice(page, f"{ONE_CANDIDATE} is not 中山大学附属第一医院")
    now = desk.state(review)
    assert (now.says, now.reason) == (Says.DIFFERENT, "另一家医院，电话核实")


def test_one_belongs_under_the_other(desk: Desk) -> None:
    page = desk.page()
    review = open_question(desk, page, "惠州星澜电子科技有限公司")
    answer(page, "related").click()
    notice(page, "belongs under 惠州市星澜电子有限公司 now")
    assert desk.state(review).says is Says.RELATED


def test_a_proposed_parent_is_confirmed_and_another_cut(desk: Desk) -> None:
    page = desk.page(path="/queue/parents")
    asked = [one.id for one in reviews.listed(desk.tools, kind=ReviewKind.PARENT)]
    open_first(page)
    press_on(page, "r")
    notice(page, "belongs under")
    press_on(page, "n")
    notice(page, "is not")
    assert sorted(str(desk.state(one).says or "") for one in asked) == ["", "different", "related"]


# ---- by keyboard ---------------------------------------------------------------------------------


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_a_steward_gets_through_the_queue_by_keyboard_alone(desk: Desk) -> None:
    page = desk.page()
    page.keyboard.press("g")
    page.wait_for_url("**/queue/names")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/**")
    first = heading(page)
    # the help says the keys there are
    page.keyboard.press("?")
    expect(page.locator("dialog#help")).to_be_visible()
    said = page.locator("dialog#help").inner_text()
    assert all(re.search(rf"^{key}$", said, re.MULTILINE) for key in "mnruw")
    page.keyboard.press("Escape")
    # the evidence
    page.keyboard.press("w")
    expect(page.locator("details.why")).to_have_attribute("open", "")
    # skipped, and the next one settled, and that undone
    press_on(page, "u")
    second = heading(page)
    assert second != first
    press_on(page, "m")
    assert heading(page) not in (first, second)
    press_on(page, "z")
    assert heading(page) == second
    notice(page, "open again")
    # a reason is typed in its field: there letters are letters
    page.keyboard.press("Tab")
    page.locator("#f-reason").focus()
    page.keyboard.type("nmu z")
    assert heading(page) == second
    page.keyboard.press("Escape")
    press_on(page, "n")
    (decided,) = [one for one in reviews.listed(desk.tools, ReviewState.DECIDED) if one.reason == "nmu z"]
    assert decided.says is Says.DIFFERENT


def test_j_and_k_show_one_candidate_after_the_other(desk: Desk) -> None:
    page = desk.page()
    open_question(desk, page, SEVERAL)
    shown = page.locator(".candidates [aria-current]")
    names = page.locator(".candidates a").all_inner_texts()
    assert len(names) > 1
    for key, at in (("j", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(shown).to_have_text(names[at])
    page.keyboard.press("?")
    expect(page.locator("dialog#help")).to_contain_text("Next candidate / previous candidate")
    page.goto("/queue/names")
    page.keyboard.press("?")
    assert re.search(r"^Enter\s+Open$", page.locator("dialog#help").inner_text(), re.MULTILINE)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1366, 768)])
def test_what_a_key_opens_or_tab_reaches_is_in_sight(desk: Desk, width: int, height: int) -> None:
    page = desk.page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    open_question(desk, page, SEVERAL)
    page.keyboard.press("w")
    why = page.locator("details.why")
    expect(why.locator("summary")).to_be_focused()
    expect(why.locator("table")).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo(0, 0)")
    inside = "() => { const row = document.activeElement.getBoundingClientRect(); return [row.top, row.bottom]; }"
    for field in page.locator(".pair input[type=radio]:checked").all():
        field.focus()
        top, bottom = page.evaluate(inside)
        bar, head = page.locator(".verdict").bounding_box(), page.locator("header.top").bounding_box()
        assert bar
        assert head
        assert head["y"] + head["height"] <= top
        assert bottom <= bar["y"]


def test_twenty_questions_take_twenty_keystrokes(desk: Desk) -> None:
    before = {one.id for one in reviews.listed(desk.tools)}
    page = desk.page(path="/queue/names")
    open_first(page)
    for number in range(20):
        press_on(page, "nm"[number % 2])
    decided = [one for one in reviews.listed(desk.tools, ReviewState.DECIDED) if one.id in before]
    assert len(decided) == 20


def test_letters_can_be_switched_off(desk: Desk) -> None:
    page = desk.page()
    page.context.add_cookies([{"name": "keys", "value": "off", "url": desk.url}])
    review = open_question(desk, page, ONE_CANDIDATE)
    page.keyboard.press("m")
    page.keyboard.press("n")
    expect(page.locator("#said")).to_be_empty()
    assert desk.state(review).state is ReviewState.OPEN


def test_in_chinese_what_an_input_method_composes_is_no_key(desk: Desk) -> None:
    page = desk.page(language="zh")
    review = open_question(desk, page, ONE_CANDIDATE)
    press = "init => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...init}))"
    for key in "mnruz":
        page.evaluate(press, {"key": key, "isComposing": True})
        page.evaluate(press, {"key": key, "keyCode": 229})
    page.locator("#f-reason").focus()
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "fen'yuan", "selectionStart": 8, "selectionEnd": 8})
    page.evaluate(press, {"key": "Escape", "isComposing": True})
    assert page.evaluate("document.activeElement.id") == "f-reason", "Escape ends the composing, not the typing"
    method.send("Input.insertText", {"text": "分院，不是一家"})
    assert desk.state(review).state is ReviewState.OPEN
    expect(page.locator("#f-reason")).to_have_value("分院，不是一家")
    page.keyboard.press("Escape")
    press_on(page, "n")
    assert desk.state(review).reason == "分院，不是一家"
    notice(page, "不是")


# ---- with trouble ----------------------------------------------------------------------------------


def test_of_two_stewards_the_second_sees_what_the_first_did(desk: Desk) -> None:
    first, second = desk.page(STEWARD), desk.page(SECOND)
    review = open_question(desk, first, SEVERAL)
    open_question(desk, second, SEVERAL)
    press_on(first, "m")
    second.get_by_label("Reason").fill("两家厂")
    second.keyboard.press("Escape")
    press_on(second, "n")
    expect(second.get_by_role("alert").first).to_contain_text("Nothing was done")
    expect(second.locator("main")).to_contain_text("林婉")
    now = desk.state(review)
    assert (now.says, now.actor) == (Says.SAME, STEWARD)


def test_a_form_that_is_sent_twice_has_one_effect(desk: Desk) -> None:
    page = desk.page()
    review = open_question(desk, page, ONE_CANDIDATE)
    page.evaluate("() => { const b = document.querySelector('button[value=same]'); b.click(); b.click(); b.click(); }")
    notice(page, "are one now")
    assert desk.state(review).says is Says.SAME
    open_now = [one.id for one in reviews.listed(desk.tools)]
    assert len(open_now) == len(set(open_now)) >= 30, "only this one question was answered"


def test_a_session_that_ends_keeps_what_was_typed(desk: Desk) -> None:
    desk.choose_password(STEWARD, "correct horse battery")
    page = desk.page()
    review = open_question(desk, page, ONE_CANDIDATE)
    page.get_by_label("Reason").fill("打过电话，是分院")
    desk.expire()
    page.keyboard.press("Escape")
    press_on(page, "n")
    assert desk.state(review).state is ReviewState.OPEN
    page.get_by_label("Employee number").fill(STEWARD)
    page.get_by_label("Password").fill("correct horse battery")
    page.locator("main form button.main").click()
    expect(page.locator("main")).to_contain_text("打过电话，是分院")
    page.locator("main form button.main").click()
    notice(page, "is not")
    assert desk.state(review).reason == "打过电话，是分院"


def test_without_javascript_plain_forms_decide(desk: Desk) -> None:
    page = desk.page(java_script_enabled=False)
    review = open_question(desk, page, ONE_CANDIDATE)
    page.get_by_label("Reason").fill("简称")
    answer(page, "same").click()
    notice(page, "are one now")
    now = desk.state(review)
    assert (now.says, now.reason) == (Says.SAME, "简称")
    button(page, "Undo").click()
    assert desk.state(review).state is ReviewState.OPEN
