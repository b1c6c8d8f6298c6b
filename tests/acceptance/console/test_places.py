"""Every page, looked at by a machine: readable by everybody, in both themes, on a small phone, by nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.acceptance.console.desk import ADMIN, Desk
from tests.acceptance.console.places import pages

pytestmark = pytest.mark.timeout(300)  # dozens of pages each; the first test also makes the demo
SERIOUS = ("serious", "critical")
IN_THE_DARK = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
"""Colours are all that the dark theme changes."""


def violations(page: Page, options: dict[str, Any] | None = None) -> Iterator[str]:
    """Give what axe finds; asked a second time of one page, it is there already."""
    found = Axe().run(page).response if options is None else page.evaluate("options => axe.run(options)", options)
    for one in found["violations"]:
        if one["impact"] in SERIOUS:
            where = ", ".join(str(node["target"]) for node in one["nodes"][:3])
            yield f"{one['id']}: {one['help']}: {where}"


def opened(page: Page, desk: Desk) -> Iterator[str]:
    """Open every page once; addresses that lead on to one that was seen are not looked at again."""
    seen = set()
    for path in dict.fromkeys(pages(desk.tools)):
        page.goto(path)
        if page.url not in seen:
            seen.add(page.url)
            yield path


def test_no_page_shuts_anybody_out_in_light_or_dark(desk: Desk) -> None:
    page = desk.page(ADMIN, "/account", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    found = []
    for path in opened(page, desk):
        found += [f"{path}: {one}" for one in violations(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{path}, dark: {one}" for one in violations(page, IN_THE_DARK)]
        page.emulate_media(color_scheme="light")
    assert found == []


def test_the_doors_shut_nobody_out_either(desk: Desk) -> None:
    page = desk.page(path="/account", reduced_motion="reduce")
    page.context.clear_cookies()
    for path in ("/sign-in", "/enter?token=none", "/queue"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(path)
            assert list(violations(page)) == [], path


def test_no_page_has_to_be_scrolled_sideways_on_a_small_phone(desk: Desk) -> None:
    page = desk.page(ADMIN, "/account", viewport={"width": 320, "height": 640}, language="zh")
    wide = {}
    for path in opened(page, desk):
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    assert wide == {}
