"""Build the workbook that reps fill in: blank, or with a rep's own customers."""

from collections.abc import Sequence

from daysheet.errors import UsageError
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.services.tools import Tools
from daysheet.store import assignments, people
from daysheet.templates_xlsx.build import build

MOST_CUSTOMERS = 500
"""Names offered in a rep's dropdown; nobody scrolls further."""


def blank(specs: Sequence[TemplateSpec], form: str | None, language: Language) -> tuple[str, bytes]:
    """Return a file name and the blank workbook of *form*; raises UsageError for an unknown form."""
    spec = chosen(specs, form)
    return f"{spec.title.in_(language)}.xlsx", build(spec, language)


def chosen(specs: Sequence[TemplateSpec], form: str | None) -> TemplateSpec:
    """Return the form called *form*, or the first; raises UsageError where there is none."""
    for spec in specs:
        if form in (None, spec.id):
            return spec
    raise UsageError(f"there is no form {form!r}; the settings name: {', '.join(spec.id for spec in specs)}")


def personal(tools: Tools, number: str, form: str | None, language: Language | None) -> tuple[str, bytes]:
    """
    Return a file name and the workbook of one rep: name and number filled in, own customers in the dropdown.

    Raises UsageError where nobody has the employee number *number*, or for an unknown form.
    """
    spec = chosen(tools.specs, form)
    with tools.database.reading() as connection:
        person = people.find_by_number(connection, number)
        if person is None:
            raise UsageError(f"nobody has the employee number {number!r}; see: daysheet people import")
        today = tools.day_of(tools.clock(), person)
        own = assignments.own_customers(connection, person.id, today, MOST_CUSTOMERS)
    chosen_language = language or tools.language_of(person)
    content = build(spec, chosen_language, customers=[customer.display_name for customer in own], person=person)
    return f"{spec.title.in_(chosen_language)}-{person.name}.xlsx", content
