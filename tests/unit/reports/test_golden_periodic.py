"""
Every mail that goes out by the clock, as it leaves, in both languages, compared with a kept copy.

After a change that is meant:

    DAYSHEET_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/unit/reports/test_golden_periodic.py
    git diff tests/unit/reports/golden_periodic
"""

from pathlib import Path

import pytest

from daysheet.model.text import Language
from daysheet.reports.periodic import render
from tests.unit.reports.periodic_mails import COMPANY, NAMES, every_mail
from tests.unit.reports.test_golden import compare

GOLDEN = Path(__file__).parent / "golden_periodic"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_by_the_clock_looks_as_it_did(name: str, language: Language) -> None:
    rendered = render(every_mail(language)[name], COMPANY, unsubscribe=True)
    compare(GOLDEN / f"{name}.{language}.txt", f"Subject: {rendered.subject}\n\n{rendered.text}")
    compare(GOLDEN / f"{name}.{language}.html", rendered.html)


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}.{language}.{kind}" for name in NAMES for language in Language for kind in ("txt", "html")}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
