"""Build the workbook that reps fill in: blank, or a rep's own."""

from collections.abc import Sequence

from daysheet.errors import UsageError
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.services import personal as personal_books
from daysheet.services.forms import chosen, file_name
from daysheet.services.personal import Personal
from daysheet.services.tools import Tools
from daysheet.store import people
from daysheet.templates_xlsx.build import build


def blank(specs: Sequence[TemplateSpec], form: str | None, language: Language) -> tuple[str, bytes]:
    """Return a file name and the blank workbook of *form*; raises UsageError for an unknown form."""
    spec = chosen(specs, form)
    return file_name(spec.title.in_(language)), build(spec, language)


def personal(tools: Tools, number: str, form: str | None, language: Language | None) -> Personal:
    """
    Return one rep's workbook for today: name and number, own customers and contacts, open deals and plans.

    Raises UsageError where nobody has the employee number *number*, or for an unknown form.
    """
    spec = chosen(tools.specs, form)
    with tools.database.reading() as connection:
        person = people.find_by_number(connection, number)
        if person is None:
            raise UsageError(f"nobody has the employee number {number!r}; see: daysheet people import")
        today = tools.day_of(tools.clock(), person)
        return personal_books.workbook(connection, tools, person, form=spec.id, language=language, on=today)
