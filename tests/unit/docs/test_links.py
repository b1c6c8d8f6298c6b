"""Links lead somewhere, and nothing names a developer's machine."""

import re
from pathlib import Path

import pytest

from tests.unit.docs import pages

TEXTS = [*pages.every_page(), pages.ROOT / "config.yaml", *sorted((pages.ROOT / "docs" / "examples").glob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(pages.ROOT))


@pytest.mark.parametrize("page", pages.every_page(), ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in pages.links(pages.text(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            there = {pages.slug(heading) for heading in pages.headings(pages.text(target))}
            assert anchor in there, f"{name_of(target)} has no heading {anchor!r}; it has {sorted(there)}"


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_nothing_names_a_developers_machine(path: Path) -> None:
    found = re.findall(r"(?<![\w.~])/(?:home|root|Users|work|tmp|private)/\S*", pages.text(path))
    assert found == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    start = (pages.ROOT / "README.md").resolve()
    seen, waiting = {start}, [start]
    while waiting:
        page = waiting.pop()
        for link in pages.links(pages.text(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in seen:
                seen.add(target)
                waiting.append(target)
    assert {name_of(page) for page in pages.every_page()} <= {name_of(page) for page in seen}


def test_pages_named_in_comments_exist() -> None:
    for source in (pages.ROOT / "daysheet").rglob("*.*"):
        if source.suffix in (".py", ".yaml"):
            for named in re.findall(r"docs/[\w/-]+\.md", source.read_text(encoding="utf-8")):
                assert (pages.ROOT / named).exists(), f"{source.name} names {named}"


def test_pictures_are_small() -> None:
    for picture in (pages.ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 200_000, picture.name
