"""Several questions at once: a preview first, one undo for all."""

from playwright.sync_api import expect

from daysheet.model.memory import ReviewState, Says
from daysheet.services import reviews
from tests.acceptance.console.desk import Desk, press_on

BRAND = "鹿鸣"


def test_several_are_settled_together_after_a_preview_and_taken_back_together(desk: Desk) -> None:
    page = desk.page(path=f"/queue/names?q={BRAND}")
    asked = [one.id for one in reviews.listed(desk.tools) if BRAND in one.name]
    for box in page.locator("tr[data-item] input[type=checkbox]").all()[:3]:
        box.check()
    page.locator("button[name=does][value=different]").click()
    expect(page.locator("tr[data-item]")).to_have_count(3)
    assert {desk.state(one).state for one in asked} == {ReviewState.OPEN}, "a preview decides nothing"
    press_on(page, "m")
    expect(page.locator("#said .notice.good")).to_be_visible()
    settled = [one for one in asked if desk.state(one).state is ReviewState.DECIDED]
    assert len(settled) == 3
    press_on(page, "z")
    assert {desk.state(one).state for one in asked} == {ReviewState.OPEN}


def test_a_whole_view_is_settled_but_for_what_somebody_settled_meanwhile(desk: Desk) -> None:
    page = desk.page(path=f"/queue/names?q={BRAND}")
    asked = [one.id for one in reviews.listed(desk.tools) if BRAND in one.name]
    page.locator("input[name=all]").check()
    page.locator("button[name=does][value=different]").click()
    expect(page.locator("tr[data-item]").first).to_be_visible()
    other = reviews.decide(desk.tools, asked[0], reviews.Answer(Says.DIFFERENT, None, "schon"), by="E1032")
    assert isinstance(other, reviews.Decided)
    press_on(page, "m")
    now = [desk.state(one) for one in asked]
    assert now[0].actor == "E1032", "what was settled is left alone"
    assert {one.actor for one in now[1:] if one.state is ReviewState.DECIDED} == {"E1030"}
