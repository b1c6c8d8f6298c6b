"""Lay an answer out as HTML and as plain text."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from daysheet.i18n import text
from daysheet.model.answers import Answer, Workbook
from daysheet.model.text import Language
from daysheet.reports.feedback import view

if TYPE_CHECKING:
    import css_inline
    import jinja2


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a mail: the HTML names it as ``cid:``; *alt* says what it shows, numbers and all."""

    cid: str
    png: bytes = field(repr=False)
    alt: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's subject, both its bodies, and the pictures of the HTML one."""

    subject: str
    html: str
    text: str
    images: tuple[Image, ...] = ()


_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_TAG = re.compile(r"""<[a-z](?:[^<>"]|"[^"]*")*>""")
_CLASS = re.compile(r' class="[^"]*"')  # no attribute of a value's: in its own there is no bare quote

_MARKS = {Language.ZH: ("【", "】"), Language.EN: ("== ", " ==")}


def _one_line(value: object) -> object:
    """
    Keep a sender's line breaks from making lines of ours, and their direction marks from turning ours.

    A cell must not look like a section, nor a name make the rest of its line read backwards. What a
    macro made is markup of ours, whose values have been here already.
    """
    is_words = isinstance(value, str) and not hasattr(value, "__html__")
    return _TURNS.sub("", _BREAKS.sub(" ", str(value))) if is_words else value


@cache
def _environment() -> "jinja2.Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("daysheet.reports"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        finalize=_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _inliner(*, is_compact: bool) -> "css_inline.CSSInliner":
    import css_inline

    # mail programs drop <style>, so every rule moves into the elements; nothing is fetched
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, minify_css=is_compact)


def render(answer: Answer, company: str, *, workbook: Workbook) -> Rendered:
    """Return *answer* as a mail's subject, HTML (styles inline) and plain text."""
    shown = view(answer, company, workbook=workbook)
    return lay_out("answer", shown, shown.subject, answer.language)


def lay_out(template: str, shown: object, subject: str, language: Language, *, is_compact: bool = False) -> Rendered:
    """
    Return what *shown* says as HTML and text, laid out by *template*.

    *is_compact* leaves out of the styles what only people read: a long mail must stay below the
    hundred kilobytes after which Gmail cuts it off.
    """
    opening, closing = _MARKS[language]
    words = {
        "view": shown,
        "colon": text("sep.colon", language),
        "comma": "、" if language is Language.ZH else ", ",
        "wrote": text("problem.wrote", language),
        "opening": opening,
        "closing": closing,
    }
    environment = _environment()
    html = _inliner(is_compact=is_compact).inline(environment.get_template(f"{template}.html.j2").render(words))
    if is_compact:
        html = _TAG.sub(lambda tag: _CLASS.sub("", tag[0]), html)
    plain = environment.get_template(f"{template}.txt.j2").render(words)
    return Rendered(str(_one_line(subject)), html, plain)
