"""Customers: found as people type them, merged, taken apart, handed over; hostile text stays text."""

import sqlalchemy as sa
from playwright.sync_api import expect

from daysheet.store import tables
from tests.acceptance.console.desk import SOUTHERN, Desk, press_on

HEAD = "广州听雨智能装备有限公司"
TAKEN_IN = "广州听雨装备有限公司"
NORTHERN = "北京澄观测控技术有限公司"


def found(desk: Desk, number: str, text: str) -> list[str]:
    page = desk.page(number)
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers?q=*")
    return page.locator("tbody tr th").all_inner_texts()


def test_a_customer_is_found_by_name_alias_initials_and_credit_code(desk: Desk) -> None:
    code = desk.select(sa.select(tables.customer.c.credit_code).where(tables.customer.c.display_name == HEAD))[0][0]
    for text in ("听雨智能装备", "听雨装备", "gzty", code, "GZTYZNZB"):
        names = found(desk, "E1030", text)
        assert any(name.startswith(HEAD) for name in names), f"{text}: {names}"


def test_another_regions_customer_is_not_found_and_not_shown(desk: Desk) -> None:
    assert found(desk, SOUTHERN, "测控") == []
    page = desk.page(SOUTHERN)
    answer = page.goto(f"/customers/{desk.customer(NORTHERN)}")
    assert answer is not None
    assert answer.status == 404
    assert "测控" not in page.content()


def test_a_merge_is_taken_apart_again_from_the_customers_page(desk: Desk) -> None:
    loser, winner = desk.customer(TAKEN_IN), desk.customer(HEAD)
    page = desk.page(path=f"/customers/{winner}")
    root = sa.select(tables.customer.c.root_id).where(tables.customer.c.id == loser)
    assert desk.select(root)[0][0] == winner
    page.locator("form[action*='/unmerge/'] button").first.click()
    expect(page.locator("#said .notice.good")).to_be_visible()
    assert desk.select(root)[0][0] == loser


def test_two_customers_are_merged_from_the_page_of_one_and_undone(desk: Desk) -> None:
    one, other = desk.customer("Blue Harbor Trading Pte. Ltd."), desk.customer("Blue Harbour Trading Limited")
    page = desk.page(path=f"/customers/{one}/merge?with={other}")
    expect(page.locator("table")).to_be_visible()
    press_on(page, "m")
    expect(page.locator("#said .notice.good")).to_be_visible()
    roots = sa.select(tables.customer.c.root_id).where(tables.customer.c.id.in_([one, other]))
    assert len({row[0] for row in desk.select(roots)}) == 1
    press_on(page, "z")
    assert len({row[0] for row in desk.select(roots)}) == 2


def test_a_leaving_reps_customers_go_to_another_and_can_come_back(desk: Desk) -> None:
    page = desk.page(path="/handover?from=E1009&to=E1011")
    person, assigned, own = tables.person.c, tables.assignment.c, tables.customer.c
    owned = (
        sa.select(sa.func.count(own.root_id.distinct()))
        .select_from(tables.assignment)
        .join(tables.person, person.id == assigned.person_id)
        .join(tables.customer, own.id == assigned.customer_id)
        .where(assigned.role == "owner", assigned.to_on.is_(None))
    )

    def owners(number: str) -> int:
        return int(desk.select(owned.where(person.number == number))[0][0])

    before = owners("E1009"), owners("E1011")
    assert before[0] >= 7
    page.locator("button[name=which][value=some]").click()
    expect(page.locator("#said .notice.good")).to_be_visible()
    assert (owners("E1009"), owners("E1011")) == (0, sum(before))
    press_on(page, "z")
    assert (owners("E1009"), owners("E1011")) == before


def test_what_somebody_typed_to_break_a_page_is_shown_as_text(desk: Desk) -> None:
    (row,) = desk.select(sa.text("SELECT customer_id, submission_id FROM visits WHERE raw LIKE '%onerror%'"))  # type: ignore[arg-type]
    (message,) = desk.select(sa.select(tables.submission.c.inbound_id).where(tables.submission.c.id == row[1]))
    page = desk.page(path=f"/customers/{row[0]}")
    expect(page.locator("main")).to_contain_text("<img src=x onerror=alert(1)> {{ 7 * 7 }}")
    assert page.locator("main img, main script").count() == 0
    page.goto(f"/messages/{message[0]}")
    expect(page.locator("h1")).to_contain_text("<b>补</b>")
    # marks that would turn the text around are shown as what they are
    page.goto("/customers?q=script")
    assert "\u202e" not in page.content()
