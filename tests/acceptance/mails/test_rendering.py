"""
Every mail in a real browser: at a phone's width and at a desk's, as it is, and with all style and pictures gone.

Set DAYSHEET_SCREENSHOTS to a folder to look at them.
"""

import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from daysheet.model.text import Language
from daysheet.reports.charts import HEIGHT, WIDTH
from daysheet.reports.periodic import render
from tests.unit.reports.periodic_mails import COMPANY, a_digest

UNIT = Path(__file__).parents[2] / "unit" / "reports"
MAILS = sorted(path for folder in ("golden", "golden_periodic") for path in (UNIT / folder).glob("*.html"))
UNBROKEN = [path for path in MAILS if not path.name.startswith(("long.", "hostile."))]
"""Those without a word longer than a phone is wide: only a style breaks such a one."""
WIDTHS = (360, 640)
SMALLEST = 12
"""Pixels of the smallest letters."""

_MEASURE = """smallest => {
  const small = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.replace(/\\u00a0/g, ' ').trim();
    const size = parseFloat(getComputedStyle(walker.currentNode.parentElement).fontSize);
    if (words && size < smallest) small.push(words);
  }
  const told = one => one.tagName + ' ' + one.textContent.trim().slice(0, 40);
  const all = [...document.body.querySelectorAll('*')];
  const wide = all.filter(one => one.getBoundingClientRect().right > innerWidth + 0.5).map(told);
  const cut = [...document.body.querySelectorAll('td, th, p')].filter(one => one.scrollWidth > one.clientWidth + 1);
  const mute = [...document.images].filter(one => !one.alt.trim()).length;
  const scroll = document.documentElement.scrollWidth - innerWidth;
  return { small, wide, cut: cut.map(told), mute, scroll };
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page of Debian's Chromium that fetches nothing."""
    page = chromium.new_page()
    asked: list[str] = []
    page.route("**/*", lambda route: (asked.append(route.request.url), route.abort()))
    yield page
    page.close()
    assert asked == [], "a mail must not fetch anything"


def shown(page: Page, html: str, width: int, name: str) -> dict[str, object]:
    """Show *html*, keep a picture where one is asked for, and return what was measured."""
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(html)
    if folder := os.environ.get("DAYSHEET_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.{width}.png", full_page=True)
    found: dict[str, object] = page.evaluate(_MEASURE, SMALLEST)
    return found


def bare(html: str) -> str:
    """Return *html* as a webmail shows it that drops every ``<style>`` and all comments, and blocks pictures."""
    without = re.sub(r"<!--.*?-->|<style.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r' src="[^"]*"', ' src=""', without)


def as_text(html: str) -> str:
    """Return *html* with every style taken away, inline ones too: what is left is the structure."""
    return re.sub(r' style="[^"]*"', "", bare(html))


GOOD = {"small": [], "wide": [], "cut": [], "mute": 0, "scroll": 0}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_mail_fits_and_can_be_read(path: Path, width: int, page: Page) -> None:
    html = path.read_text(encoding="utf-8")
    assert shown(page, html, width, path.stem) == GOOD
    assert shown(page, bare(html), width, f"{path.stem}.bare") == GOOD


@pytest.mark.parametrize("path", UNBROKEN, ids=lambda path: path.name)
def test_a_mail_without_any_style_still_fits_a_phone(path: Path, page: Page) -> None:
    found = shown(page, as_text(path.read_text(encoding="utf-8")), WIDTHS[0], f"{path.stem}.plain")
    assert found["scroll"] == 0
    assert found["wide"] == []


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_mail_passes_the_rules_of_accessibility(path: Path, page: Page) -> None:
    shown(page, path.read_text(encoding="utf-8"), WIDTHS[0], path.stem)
    options = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}  # a mail has none
    found = Axe().run(page, options=options).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", Language)
def test_pictures_fit_and_their_numbers_are_read_where_they_are_blocked(
    language: Language, width: int, page: Page
) -> None:
    made = render(a_digest(language), COMPANY, unsubscribe=True, charts=True)
    assert len(made.images) == 3
    blocked = shown(page, bare(made.html), width, f"pictures.{language}.bare")
    assert {**blocked, "cut": []} == GOOD
    read = page.evaluate("document.body.innerText + [...document.images].map(one => one.alt).join()")
    assert all(image.alt in read for image in made.images)
    html = made.html
    for image in made.images:
        html = html.replace(f"cid:{image.cid}", f"data:image/png;base64,{b64encode(image.png).decode()}")
    assert shown(page, html, width, f"pictures.{language}") == GOOD
    assert page.evaluate("[...document.images].map(one => [one.width, one.height, one.naturalWidth])") == [
        [WIDTH, HEIGHT, 2 * WIDTH]
    ] * len(made.images)
