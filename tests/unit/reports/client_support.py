"""
What mail programs make of HTML and CSS: facts written down by us, and what a mail asks for that they lack.

Three stand for all. *Outlook* for Windows, the classic one, lays mails out with Word's engine. *Gmail*
takes much, and drops a property it does not know. *Inline* is the floor under webmails of which nobody
publishes a table (QQ, 163, WeCom): what stands in ``<style>`` may be gone, and only what has worked in
every mail for twenty years is taken for granted.

Sources, read in 2026:
  https://www.caniemail.com/ (each property under /features/css-NAME/): padding, margin, width, height,
      max-width, table-layout, border-radius, font-weight, line-height, word-break, vertical-align
  https://learn.microsoft.com/previous-versions/office/developer/office-2007/aa338200(v=office.12) and
      aa338201: Word 2007's HTML and CSS in Outlook 2007; the engine is the same up to Outlook 2024 classic
  https://developers.google.com/workspace/gmail/design/css: what Gmail supports
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

CELLS = frozenset({"td", "th"})
BLOCKS = frozenset({"p", "h1", "h2"})
WORDS = frozenset({"b", "span", "a"})
ANY = CELLS | BLOCKS | WORDS | {"table", "img", "body"}


@dataclass(frozen=True)
class Known:
    """On which elements a property works, and what it is for; what is for looks alone may fail."""

    meaning: str  # colour, size, visibility, layout; spacing and looks carry none
    outlook: frozenset[str]
    gmail: frozenset[str] = ANY
    inline: frozenset[str] = ANY


PROPERTIES = {
    "color": Known("colour", ANY),
    "background-color": Known("colour", CELLS | {"table", "body"}),  # beside bgcolor, see below
    "font-size": Known("size", ANY),
    "line-height": Known("size", CELLS | BLOCKS),
    "font-weight": Known("size", ANY),
    "font-family": Known("looks", ANY),
    "text-align": Known("layout", CELLS | BLOCKS | {"table"}),
    "text-decoration": Known("looks", ANY),
    "vertical-align": Known("layout", CELLS),
    "width": Known("layout", CELLS | {"table"}),  # not on pictures: these need the attribute
    "height": Known("layout", CELLS | {"table"}),
    "padding": Known("spacing", CELLS),
    "margin": Known("spacing", BLOCKS | {"table"}),
    "border": Known("looks", CELLS | {"table"}),
    "border-collapse": Known("looks", frozenset({"table"})),
    "table-layout": Known("layout", frozenset(), frozenset({"table"}), frozenset({"table"})),
    "max-width": Known("layout", frozenset(), frozenset({"table"}), frozenset({"table"})),
    "word-wrap": Known("looks", frozenset()),
    "word-break": Known("looks", frozenset()),
}
"""Whatever is not here is supported nowhere."""

GRACEFUL = {
    "table-layout": "cells have their widths as attributes, which Outlook goes by",
    "max-width": "Outlook gets a table of 640 pixels around it, in a conditional comment",
    "width": "a picture has it as an attribute too",
    "height": "a picture has it as an attribute too",
    "background-color": "only on pictures, behind their alternative text",
}
"""Properties with a meaning that one of the three lacks on an element, and why nothing is lost; each is checked."""

ELEMENTS = ANY | {"html", "head", "meta", "title", "tbody", "tr", "br"}
LONGHANDS = ("padding", "margin", "border")
_VALUE = re.compile(r"(?:#[0-9a-f]{6}|-?\d+(?:px|%)?|[a-z-]+|\"[^\"]+\"|'[^']+'|[A-Z][A-Za-z ]+)(?:,? ?)")
_CONDITIONAL = re.compile(r"<!--\[if mso\]>.*?<!\[endif\]-->", re.DOTALL)


class _Reader(HTMLParser):
    """Collects what a mail asks for: elements with attributes, and everything in a ``<style>``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.tables: list[list[list[dict[str, str]]]] = []  # of those with a fixed layout, their rows of cells
        self._open: list[list[list[dict[str, str]]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "table":
            self._open.append([])
            if ("table-layout", "fixed") in declarations(given.get("style", "")):
                self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._open[-1].append([])
        elif tag in CELLS and self._open and self._open[-1]:
            self._open[-1][-1].append(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._open.pop()


def declarations(style: str) -> Iterator[tuple[str, str]]:
    """Yield the properties of a ``style`` attribute with their values."""
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def complaints(html: str) -> list[str]:
    """Return what in *html* one of the three clients does not do, although it carries meaning."""
    bare = _CONDITIONAL.sub("", html)
    page = _Reader(bare)
    found = [f"<{tag}> is not for mails" for tag, _ in page.elements if tag not in ELEMENTS]
    for tag, attributes in page.elements:
        for name, value in declarations(attributes.get("style", "")):
            found += _of_property(tag, attributes, name, value)
    if "max-width" in bare and '<!--[if mso]><table role="presentation" width="640"' not in html:
        found.append("max-width without a table for Outlook")
    for rows in page.tables:
        widest = max(rows, key=len, default=[])  # the first of the longest rows
        if sum("width" not in cell for cell in widest) > 1:
            found.append("table-layout without the widths of the cells")
    return found


def _of_property(tag: str, attributes: dict[str, str], name: str, value: str) -> list[str]:
    base = next((one for one in LONGHANDS if name == one or name.startswith(f"{one}-")), name)
    known = PROPERTIES.get(name) or PROPERTIES.get(base if name != "border-radius" else name)
    if name == "border-radius":
        return []  # round corners are looks
    if known is None:
        return [f"{name} on <{tag}> is known to none"]
    if not _VALUE.match(value) or "(" in value or "!" in value:
        return [f"{name}: {value} is no plain value"]
    if name.startswith("margin") and "-" in value:
        return [f"{name}: {value} is negative"]
    wrong = []
    for client in ("outlook", "gmail", "inline"):
        works_on: frozenset[str] = getattr(known, client)
        if (
            tag not in works_on
            and known.meaning not in ("spacing", "looks")
            and not _is_graceful(tag, attributes, name)
        ):
            wrong.append(f"{client} has no {name} on <{tag}>")
    if name == "background-color" and tag in CELLS | {"table"} and attributes.get("bgcolor", "") != value:
        wrong.append(f"background-color {value} without the same bgcolor")
    return wrong


def _is_graceful(tag: str, attributes: dict[str, str], name: str) -> bool:
    """Say whether *name* is one of the ``GRACEFUL``, and has here what makes it so."""
    if name not in GRACEFUL:
        return False
    if name in ("width", "height"):
        return tag == "img" and name in attributes
    if name == "background-color":
        return tag == "img"
    return tag == "table"
