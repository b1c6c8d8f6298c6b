"""Lay a page out: texts in the visitor's language, times in their zone, nothing unescaped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from daysheet import i18n
from daysheet.model.access import Right
from daysheet.model.memory import Refusal
from daysheet.model.text import Language
from daysheet.services import access
from daysheet.services.access import Visitor
from daysheet.web.security import local_path
from daysheet.web.visitors import tools_of

if TYPE_CHECKING:
    import jinja2

THEMES = ("auto", "light", "dark")
_TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NO_SIGN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the navigation."""

    key: str  # of its text, nav.KEY, and what a page names to be marked in it
    path: str
    right: Right = Right.READ


NAVIGATION = (
    Entry("home", "/"),
    Entry("queue", "/queue", Right.DECIDE),
    Entry("customers", "/customers"),
    Entry("operations", "/operations", Right.DECIDE),
    Entry("people", "/people", Right.ADMINISTER),
    Entry("audit", "/audit", Right.ADMINISTER),
)


def as_shown(value: object) -> object:
    """Show a sender's control signs and direction marks as what they are: nothing that turns our text."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value  # what a macro returns was shown piece by piece already, and stays markup
    return _TURNS.sub("␣", _NO_SIGN.sub("␣", value))


@cache
def environment() -> "jinja2.Environment":
    """Return the templates' environment."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("daysheet.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=as_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["query"] = lambda values: urlencode({k: v for k, v in values.items() if v not in (None, "")})
    return made


def language_of(request: Request, visitor: Visitor | None) -> Language:
    """Return the language of the page: as chosen in this browser, else the person's, else the company's."""
    chosen = request.cookies.get("lang")
    if chosen in tuple(Language):
        return Language(chosen)
    tools = tools_of(request)
    return tools.language_of(visitor.person if visitor else None)


class Words:
    """What templates say texts and times with, in one language and zone."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language = language
        self.zone = zone
        self._zone = ZoneInfo(zone)

    def __call__(self, key: str, n: int | None = None, /, **params: object) -> str:
        """Return the text of *key*."""
        return i18n.text(key, self.language, n, **params)

    def moment(self, at: datetime | None) -> str:
        """Return an instant as date and time where the visitor is."""
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}" if at else ""

    def day(self, on: date | None) -> str:
        """Return a date in words."""
        return i18n.format_date(on, self.language) if on else ""

    def age(self, since: datetime | None, now: datetime) -> str:
        """Return how long ago *since* is, in the largest unit that fits."""
        if since is None:
            return ""
        seconds = max(0, int((now - since).total_seconds()))
        for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= length:
                return self(f"age.{unit}", seconds // length)
        return self("age.now")

    def refusal(self, refusal: Refusal) -> str:
        """Return why a decision cannot be carried out."""
        return i18n.refusal_text(refusal, self.language, self._zone)


def page(
    request: Request, visitor: Visitor | None, template: str, *, at: str = "", status: int = 200, **values: Any
) -> HTMLResponse:
    """
    Return *template* filled; *at* is the place of the navigation to mark.

    Templates have besides: ``t`` (Words), ``now``, ``visitor``, ``csrf``, ``notice``, ``nav``, ``path``.
    """
    tools = tools_of(request)
    zone = (visitor.person.timezone if visitor else None) or tools.house.zone
    language = language_of(request, visitor)
    theme = request.cookies.get("theme", "auto")
    notice = visitor.session.notice if visitor and visitor.session else None
    if notice and visitor and visitor.session:
        access.say_next(tools, visitor.session, None)
    shell: dict[str, Any] = {
        "t": Words(language, zone),
        "Language": Language,
        "now": tools.clock(),
        "company": tools.house.name,
        "visitor": visitor,
        "can": partial(_can, visitor),
        "csrf": visitor.session.csrf if visitor and visitor.session else "",
        "notice": notice,
        "nav": [entry for entry in NAVIGATION if visitor and visitor.may(entry.right)],
        "at": at,
        "path": request.url.path,
        "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "theme": theme if theme in THEMES else "auto",
        "has_keys": request.cookies.get("keys", "on") != "off",
    }
    html = environment().get_template(template).render(shell | values)
    return HTMLResponse(html, status)


def _can(visitor: Visitor | None, right: str) -> bool:
    return visitor is not None and visitor.may(Right(right))


def words_of(request: Request, visitor: Visitor | None) -> Words:
    """Return the visitor's words, for a view that makes a text itself."""
    zone = (visitor.person.timezone if visitor else None) or tools_of(request).house.zone
    return Words(language_of(request, visitor), zone)


def go(request: Request, visitor: Visitor, to: str, notice: Mapping[str, Any] | None = None) -> RedirectResponse:
    """Answer a form: on to the page *to*, which says *notice* (see ``said``) once."""
    if notice is not None and visitor.session is not None:
        access.say_next(tools_of(request), visitor.session, notice)
    return RedirectResponse(local_path(to), 303)


def said(key: str, undo: str | None = None, tone: str = "good", **params: object) -> dict[str, Any]:
    """
    Return a notice: a text by key with its parameters, "good", "warn" or "bad".

    *undo* is the path that a POST to undoes it by.
    """
    return {"key": key, "params": {k: str(v) for k, v in params.items()}, "undo": undo, "tone": tone}


def refused(words: Words, refusal: Refusal) -> dict[str, Any]:
    """Return the notice that a decision cannot be carried out."""
    return {"text": words.refusal(refusal), "undo": None, "tone": "bad", "params": {}}
