"""The forms that a company accepts, by their id."""

from collections.abc import Sequence

from daysheet.errors import UsageError
from daysheet.model.template import TemplateSpec


def chosen(specs: Sequence[TemplateSpec], form: str | None) -> TemplateSpec:
    """Return the form called *form*, or the first; raises UsageError where there is none."""
    for spec in specs:
        if form in (None, spec.id):
            return spec
    raise UsageError(f"there is no form {form!r}; the settings name: {', '.join(spec.id for spec in specs)}")
