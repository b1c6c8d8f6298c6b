"""The forms that a company accepts, by their id, and what a workbook of one is called."""

import re
from collections.abc import Sequence

from daysheet.errors import UsageError
from daysheet.model.template import TemplateSpec

_NO_NAME = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]+')
"""What no file may be called on one system or another; a slash would even be a folder."""


def file_name(*parts: str) -> str:
    """Return what a workbook is called after *parts*, a form's title or a person's name among them."""
    return _NO_NAME.sub(" ", "-".join(parts)).strip(" .") + ".xlsx"


def chosen(specs: Sequence[TemplateSpec], form: str | None) -> TemplateSpec:
    """Return the form called *form*, or the first; raises UsageError where there is none."""
    for spec in specs:
        if form in (None, spec.id):
            return spec
    raise UsageError(f"there is no form {form!r}; the settings name: {', '.join(spec.id for spec in specs)}")
