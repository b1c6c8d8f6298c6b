"""Rows, reports, messages and answers that wait: repaired, sent back, decided, worked again, in a browser."""

import sqlalchemy as sa
from playwright.sync_api import expect

from daysheet.model.rows import RowState
from tests.acceptance.console.desk import SECOND, Desk, press_on


def states(desk: Desk) -> dict[int, str]:
    visits = desk.tools.tables.table("visits").c
    return {row.id: row.state for row in desk.select(sa.select(visits.id, visits.state))}


def test_a_row_is_repaired_by_keyboard_and_the_repair_taken_back(desk: Desk) -> None:
    page = desk.page(path="/queue/rows?text=打球")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rows/visits/*")
    row = int(page.url.split("?")[0].rpartition("/")[2])
    assert states(desk)[row] == RowState.PARKED
    # the wrong cell has the focus; what is still wrong is said at it
    assert page.evaluate("document.activeElement.name") == "cell.way"
    page.keyboard.press("Escape")
    press_on(page, "s")
    expect(page.get_by_role("alert")).to_be_visible()
    assert states(desk)[row] == RowState.PARKED
    page.get_by_label("Way").first.select_option("visit")
    page.keyboard.press("Escape")
    press_on(page, "s")
    expect(page.locator("#said .notice.good")).to_be_visible()
    assert states(desk)[row] == RowState.REPAIRED
    press_on(page, "z")
    expect(page.locator("h1")).to_be_visible()
    assert states(desk)[row] == RowState.PARKED


def test_a_row_goes_back_to_its_rep_with_a_note(desk: Desk) -> None:
    page = desk.page(path="/queue/rows?text=陪同")
    page.locator("tr[data-item] a").first.click()
    page.wait_for_url("**/rows/visits/*")
    page.locator("#f-note").fill("请写实际的拜访目的。")
    page.locator("form[action$='/return'] button").click()
    expect(page.locator("#said")).to_contain_text("唐悦")
    outbox = desk.select(sa.text("SELECT kind, recipient, payload FROM outbox WHERE state = 'queued'"))  # type: ignore[arg-type]
    (mail,) = outbox
    assert mail.recipient == "tang.yue@xinghe.example"
    assert "请写实际的拜访目的" in mail.payload


def test_a_half_sent_report_is_added_to_the_earlier_one(desk: Desk) -> None:
    page = desk.page(path="/queue/waiting")
    rows = states(desk)
    page.locator("tr[data-item] a").first.click()
    page.wait_for_url("**/waiting/*")
    press_on(page, "a")
    expect(page.locator("#said .notice")).to_be_visible()
    now = states(desk)
    landed = sum(state == RowState.LANDED for state in now.values())
    assert landed == sum(state == RowState.LANDED for state in rows.values()) + 1


def test_a_report_the_program_died_on_is_worked_again(desk: Desk) -> None:
    (message,) = desk.select(sa.text("SELECT id FROM inbound WHERE reason = 'crash-loop'"))  # type: ignore[arg-type]
    page = desk.page(path=f"/messages/{message.id}")
    expect(page.locator("main")).to_contain_text("not opened here")
    press_on(page, "r")
    expect(page.locator("#said .notice")).to_be_visible()
    desk.work()
    (now,) = desk.select(sa.text(f"SELECT state FROM inbound WHERE id = {message.id}"))  # type: ignore[arg-type]
    assert now.state == "accepted"


def test_two_at_one_row_do_not_overwrite_each_other(desk: Desk) -> None:
    first, second = desk.page(path="/queue/rows?text=打球"), desk.page(SECOND, "/queue/rows?text=打球")
    for page in (first, second):
        page.locator("tr[data-item] a").first.click()
        page.wait_for_url("**/rows/visits/*")
        page.get_by_label("Way").first.select_option("visit" if page is first else "phone")
        page.keyboard.press("Escape")
    press_on(first, "s")
    press_on(second, "s")
    expect(second.get_by_role("alert").first).to_contain_text("林婉")
    visits = desk.tools.tables.table("visits").c
    row = int(second.url.split("?")[0].split("/")[5])
    (now,) = desk.select(sa.select(visits.way).where(visits.id == row))
    assert now.way == "visit"
