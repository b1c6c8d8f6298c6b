"""The workbooks of the builders without the clock in them: the same bytes in every run, so that a seed names a file."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from daysheet.model.text import Language
from daysheet.templates_xlsx.package import joined, pack, parts_of
from tests.builders import a_workbook

Rows = Sequence[Mapping[str, object]]
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def stilled(workbook: bytes) -> bytes:
    """Return *workbook* with fixed dates in its properties and its directory."""
    parts = {
        name: content if "xl/" in name else _STAMP.sub(b"2026-01-01T00:00:00Z", content)
        for name, content in parts_of(workbook).items()
    }
    return joined({name: pack(content) for name, content in parts.items()})


def still_workbook(visits: Rows = (), *, language: Language = Language.ZH, **sheets: Rows) -> bytes:
    """Return the daily report filled with *visits* and *sheets*."""
    return _stilled(a_workbook(visits, language=language, **sheets))  # type: ignore[arg-type]


@cache
def _stilled(workbook: bytes) -> bytes:
    return stilled(workbook)
