"""People at the console: browsers that are signed in, and what the database says afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from daysheet.model.memory import OPERATOR, Review, ReviewKind, ReviewState
from daysheet.services import access, reviews
from daysheet.services.process import process_pending
from daysheet.services.tools import Tools
from daysheet.store import tables

STEWARD, SOUTHERN, SECOND, ADMIN = "E1030", "E1031", "E1032", "E1040"
GRANTS: dict[str, dict[str, Any]] = {
    STEWARD: {"sees_all": True},
    SOUTHERN: {"regions": ("华南",)},
    SECOND: {"sees_all": True},
    ADMIN: {},
    "E1020": {},
}
PATIENCE = 10_000
"""Milliseconds a page has for what it should do at once."""


@dataclass
class Desk:
    """A console that is served at *url*. *complaints* holds whatever a browser or the server complained of."""

    url: str
    tools: Tools
    chromium: Browser
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, number: str = STEWARD, path: str = "/", *, language: str = "en", **options: Any) -> Page:
        """Open *path* as whoever has the employee *number*; *options* are the browser's."""
        context = self.chromium.new_context(base_url=self.url, **options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        token = access.grant(self.tools, number, **GRANTS[number], by=OPERATOR)
        entered = access.use_link(self.tools, token)
        assert entered is not None
        cookies = {"daysheet": entered.token, "lang": language}
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", self._answered)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}") or dialog.dismiss())
        page.goto(path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # a page that answers 401, 403, 409 … is what a test wanted; what it refuses to run is not
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")

    def expire(self) -> None:
        """Let every session run out."""
        with self.tools.database.writing() as connection:
            connection.execute(tables.web_session.delete())

    def choose_password(self, number: str, password: str) -> None:
        """Give somebody a password, as their first link lets them."""
        entered = access.use_link(self.tools, access.new_link(self.tools, number, OPERATOR))
        assert entered is not None
        access.set_password(self.tools, entered.visitor, password)

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()

    # ---- what is stored --------------------------------------------------------------------------

    def review(self, name: str, kind: ReviewKind = ReviewKind.NAME) -> Review:
        """Return the open question about the customer called *name*."""
        return next(one for one in reviews.listed(self.tools, kind=kind) if one.name == name)

    def state(self, review_id: int) -> Review:
        """Return a question as it is now."""
        states = (reviews.listed(self.tools, state) for state in ReviewState)
        return next(one for some in states for one in some if one.id == review_id)

    def customer(self, name: str) -> int:
        """Return the id of the customer whose own name is *name*."""
        query = sa.select(tables.customer.c.id).where(tables.customer.c.display_name == name)
        (row,) = self.select(query)
        return int(row.id)

    def work(self) -> None:
        """Work the messages that wait, as the service does beside the console."""
        list(process_pending(self.tools))

    def select(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Whatever a test wants to see of the database."""
        with self.tools.database.reading() as connection:
            return list(connection.execute(query))


def press_on(page: Page, key: str) -> None:
    """Press *key* and wait until the page's answer has taken its place."""
    before = page.locator("main").element_handle()
    page.keyboard.press(key)
    page.wait_for_function("before => !before.isConnected", arg=before)
