"""Every route of the app with who may use it, as the app itself declares them; and a browser that follows all links."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from inspect import getclosurevars
from typing import Any
from urllib.parse import urljoin, urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from daysheet.model.access import Right
from daysheet.web import visitors
from tests.unit.web.conftest import Browser

PUBLIC = frozenset({"/sign-in", "/enter", "/healthz", "/readyz", "/metrics", "/openapi.json"})
"""What answers those who are not signed in; a new one must be named here."""
MOST_PAGES = 600


@dataclass(frozen=True)
class Route:
    """A path with a method. *right* is None where being signed in is enough; *is_open*: nobody needs to be."""

    path: str
    method: str
    right: Right | None
    is_open: bool
    fields: tuple[str, ...]  # of its form, as declared
    queries: tuple[str, ...]  # what it can be asked with

    @property
    def params(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"\{(\w+)(?::\w+)?\}", self.path)

    def at(self, values: Mapping[str, object]) -> str:
        """Return the path filled in."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(values[found[1]]), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: FastAPI) -> list[Route]:
    """Return every route but the static files."""
    found = []
    for context in iter_route_contexts(app.routes):
        if context.path == "/static":
            continue
        dependant = getattr(context, "dependant", None)
        declared = set(_declared(dependant)) if dependant else set()
        rights = {right for right in declared if isinstance(right, Right)}
        assert len(rights) <= 1, f"{context.path} declares {rights}"
        fields = tuple(one.alias for one in dependant.body_params) if dependant else ()
        queries = tuple(one.alias for one in dependant.query_params) if dependant else ()
        for method in (context.methods or set()) - {"HEAD"}:
            found.append(Route(context.path or "", method, next(iter(rights), None), not declared, fields, queries))
    return found


def _declared(dependant: Any) -> Iterator[object]:
    """Yield what a route says of its visitor: a right, or that there must be one."""
    for one in dependant.dependencies:
        if one.call is visitors.program_of:
            yield Right.READ
        elif one.call is visitors.visitor_of:
            yield "somebody"
        elif getattr(one.call, "__module__", "") == visitors.__name__:
            yield from (value for value in getclosurevars(one.call).nonlocals.values() if isinstance(value, Right))
        yield from _declared(one)


# ---- following links -----------------------------------------------------------------------------


@dataclass
class Form:
    """A form of a page with the values it would be sent with; *choices*: its buttons and what else can be chosen."""

    action: str
    method: str
    page: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)

    @property
    def content(self) -> str:
        """What it would send, but for whose page it is on."""
        return str(sorted(pair for pair in self.fields if pair[0] != "csrf"))

    def sendings(self) -> Iterator[dict[str, list[str]]]:
        """Yield what it can be sent with: by each of its buttons, with everything ticked that can be."""
        for choice in self.choices or [("", "")]:
            values: dict[str, list[str]] = {}
            for name, value in [*self.fields, choice]:
                if name and name != "csrf":
                    values.setdefault(name, []).append(value)
            yield values


class _Page(HTMLParser):
    """Collects links and forms."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._path = path
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in at:
            self.links.append(urljoin(self._path, at["href"]))
        elif tag == "form":
            self._form = Form(urljoin(self._path, at.get("action", self._path)), at.get("method", "get"), self._path)
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, at)

    def _field(self, form: Form, tag: str, at: dict[str, str]) -> None:
        name = at.get("name", "")
        if tag == "button" and name:
            form.choices.append((name, at.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in at:
            form.fields.append((self._select, at.get("value", "")))
        elif tag == "textarea" and name:
            form.fields.append((name, "written"))
        elif tag == "input" and name:
            form.fields.append((name, at.get("value", "") or ("" if at.get("type") == "hidden" else "written")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def text_of(answer: Response) -> str:
    """Return what an answer says: a workbook unpacked, escapes undone."""
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return html.unescape("\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist()))
    if answer.headers.get("content-type", "").startswith("application/json"):
        return str(answer.json())
    return html.unescape(answer.text)


@dataclass
class Seen:
    """What following all links has shown: path → what it said; forms by what they do."""

    pages: dict[str, str] = field(default_factory=dict)
    forms: dict[tuple[str, str], Form] = field(default_factory=dict)


def follow(browser: Browser, starts: list[str]) -> Seen:
    """Open *starts* and whatever can be reached from there by links and by forms that only look."""
    seen, waiting = Seen(), list(dict.fromkeys(starts))
    known = set(waiting)
    while waiting:
        assert len(seen.pages) < MOST_PAGES, "there is no end to the pages; do links grow by following them?"
        path = waiting.pop(0)
        answer = browser.client.get(path, follow_redirects=True)
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        seen.pages[path] = text_of(answer)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = _Page(path)
        page.feed(answer.text)
        for form in page.forms:
            if form.method == "post":
                seen.forms.setdefault((_shape(form.action), form.content), form)
        for link in (*page.links, *(form.action for form in page.forms if form.method == "get")):
            target = link.partition("#")[0]
            is_ours = target.startswith("/") and not target.startswith(("//", "/static", "/sign-"))
            if is_ours and target not in known:
                known.add(target)
                waiting.append(target)
    return seen


def _shape(action: str) -> str:
    return urlsplit(action).path
