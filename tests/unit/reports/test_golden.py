"""
Every answer as it leaves: subject, text and HTML, in both languages, compared with a kept copy.

After a change that is meant, renew the copies and read the difference before committing it:

    DAYSHEET_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/unit/reports/test_golden.py
    git diff tests/unit/reports/golden
"""

import os
from pathlib import Path

import pytest

from daysheet.model.text import Language
from daysheet.reports.render import render
from tests.unit.reports.answers import COMPANY, NAMES, carried, every_answer

GOLDEN = Path(__file__).parent / "golden"
RENEW = "DAYSHEET_RENEW_GOLDEN"


def compare(path: Path, content: str) -> None:
    """Compare *content* with the kept copy, or make it the kept copy where that was asked for."""
    if os.environ.get(RENEW) == "1":
        path.write_text(content, encoding="utf-8", newline="")
        return
    assert path.exists(), f"{path.name} is missing; {RENEW}=1 writes it"
    kept = path.read_bytes().decode("utf-8")
    assert content == kept, f"{path.name} has changed; if that is meant, {RENEW}=1 renews it"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_looks_as_it_did(name: str, language: Language) -> None:
    answer = every_answer(language)[name]
    rendered = render(answer, COMPANY, workbook=carried(answer))
    compare(GOLDEN / f"{name}.{language}.txt", f"Subject: {rendered.subject}\n\n{rendered.text}")
    compare(GOLDEN / f"{name}.{language}.html", rendered.html)


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}.{language}.{kind}" for name in NAMES for language in Language for kind in ("txt", "html")}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
