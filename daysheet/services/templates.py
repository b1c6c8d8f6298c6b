"""Build the workbook that reps fill in: blank, or with a rep's own customers."""

from collections.abc import Sequence

from daysheet.errors import UsageError
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx.build import build

MOST_CUSTOMERS = 500
"""Names offered in a rep's dropdown; nobody scrolls further."""


def blank(specs: Sequence[TemplateSpec], form: str | None, language: Language) -> tuple[str, bytes]:
    """Return a file name and the blank workbook of *form* (default: the first); raises UsageError for an unknown form."""
    spec = chosen(specs, form)
    return f"{spec.title.in_(language)}.xlsx", build(spec, language)


def chosen(specs: Sequence[TemplateSpec], form: str | None) -> TemplateSpec:
    """Return the form called *form*, or the first; raises UsageError where there is none."""
    for spec in specs:
        if form in (None, spec.id):
            return spec
    raise UsageError(f"there is no form {form!r}; the settings name: {', '.join(spec.id for spec in specs)}")
