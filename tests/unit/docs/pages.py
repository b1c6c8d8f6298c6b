"""Read our Markdown: sections, tables, code blocks, links."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
TESTED = "<!-- tested"


def every_page() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def reference(name: str) -> str:
    return text(REFERENCE / f"{name}.md")


def without_code(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def headings(page: str) -> list[str]:
    return re.findall(r"^#{1,6} (.+)$", without_code(page), flags=re.MULTILINE)


def section(page: str, heading: str) -> str:
    """The text below the heading (its whole text), up to the next heading of any level; fails where there is none."""
    found = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {heading!r}"
    return found[1]


def table_rows(page: str) -> list[list[str]]:
    """The rows of every table, their cells stripped; headings and rules left out."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    rows = [[_cell(cell) for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    rules = {number for number, row in enumerate(rows) if set("".join(row)) <= set("-: ")}
    return [row for number, row in enumerate(rows) if number not in rules and number + 1 not in rules]


def _cell(text: str) -> str:
    return text.strip().replace(r"\|", "|")


def code_spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def first_cells(page: str) -> list[str]:
    """The code spans of every table row's first cell, in order: what the page documents."""
    return [span for row in table_rows(page) for span in code_spans(row[0])]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def links(page: str) -> Iterator[str]:
    yield from re.findall(r"\]\(([^)\s]+)\)", without_code(page))


def slug(heading: str) -> str:
    """The anchor a heading has."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", lambda m: m[1] or "", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
