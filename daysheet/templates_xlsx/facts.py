"""What openpyxl would change in a sheet, and how it is put back into what it wrote."""

import re
from dataclasses import dataclass, field

PAGE_TEXTS = frozenset({"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"})


@dataclass(slots=True)
class Facts:
    """
    What openpyxl would change in one sheet, to be put back.

    *results* maps the address of a formula to the type and text of its stored result; *numbers* those
    of numbers that openpyxl would round to their text; *styles* the style ids of all styled cells;
    *page_texts* the headers and footers, into which openpyxl puts blanks of its own.
    """

    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)
    valued: set[str] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    page_texts: dict[str, str] = field(default_factory=dict)


_FORMULA = re.compile(r'<c r="([A-Z]+\d+)"([^>]*)>(<f[^>]*?(?:/>|>[^<]*</f>))<v ?/></c>')
_PAGE_TEXT = re.compile(r"<((?:odd|even|first)(?:Header|Footer))>[^<]*</")
_NUMBER = re.compile(r'(<c r="([A-Z]+\d+)"[^>]* t="n"><v>)[^<]*(</v>)')


def put_back(content: bytes, facts: Facts) -> bytes:
    """Return a sheet as openpyxl wrote it with the facts it does not keep: results, digits, headers and footers."""
    if not facts.results and not facts.numbers and not facts.page_texts:
        return content

    def formula(match: re.Match[str]) -> str:
        kind, text = facts.results.get(match[1], ("", ""))
        if not text:
            return match[0]
        type_ = "" if kind == "n" else f' t="{kind}"'
        return f'<c r="{match[1]}"{match[2]}{type_}>{match[3]}<v>{_escaped(text)}</v></c>'

    def number(match: re.Match[str]) -> str:
        exact = facts.numbers.get(match[2])
        return f"{match[1]}{exact}{match[3]}" if exact else match[0]

    def page_text(match: re.Match[str]) -> str:
        known = facts.page_texts.get(match[1])
        return match[0] if known is None else f"<{match[1]}>{_escaped(known)}</"

    xml = _NUMBER.sub(number, _FORMULA.sub(formula, content.decode("utf-8")))
    return _PAGE_TEXT.sub(page_text, xml).encode("utf-8")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
