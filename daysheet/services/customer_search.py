"""Search customers in the console, and hand what was found out as a list."""

from collections.abc import Sequence

from daysheet.i18n import text
from daysheet.model.access import Scope
from daysheet.model.text import Language
from daysheet.services.customers import safe_cell
from daysheet.services.tools import Tools
from daysheet.store import search
from daysheet.store.search import Hit
from daysheet.store.search import Wanted as Wanted
from daysheet.templates_xlsx import listing

PAGE = 50
MOST_EXPORTED = 10_000


def find(tools: Tools, visible: Scope, wanted: Wanted, page: int, size: int = PAGE) -> tuple[tuple[Hit, ...], bool]:
    """Return a page of the customers that fit, within what is seen, and whether there are more."""
    with tools.database.reading() as connection:
        found = search.find(connection, tools.tables, visible, wanted, first=(page - 1) * size, most=size + 1)
    return found[:size], len(found) > size


def export(tools: Tools, visible: Scope, wanted: Wanted) -> list[tuple[Hit, tuple[str, ...]]]:
    """Return the customers that fit with their other names, up to ``MOST_EXPORTED``."""
    with tools.database.reading() as connection:
        hits = search.find(connection, tools.tables, visible, wanted, most=MOST_EXPORTED)
        names = search.aliases_of(connection, [hit.customer.id for hit in hits])
    return [
        (hit, tuple(one for one in names.get(hit.customer.id, ()) if one != hit.customer.display_name)) for hit in hits
    ]


_COLUMNS = (
    ("customers.id", 10),
    ("customer.field.display_name", 40),
    ("customer.field.short_name", 20),
    ("customer.field.status", 12),
    ("customer.field.level", 8),
    ("customer.field.city", 12),
    ("customer.field.industry", 14),
    ("customer.field.credit_code", 22),
    ("customers.owner", 14),
    ("customers.owner-number", 12),
    ("customers.last-report", 14),
    ("customers.questions", 10),
    ("customers.other-names", 60),
)


def table(tools: Tools, visible: Scope, wanted: Wanted, language: Language) -> tuple[list[str], list[list[object]]]:
    """Return headings and lines of what a search shows, safe in a spreadsheet."""
    lines = [
        [safe_cell(value) for value in _line(hit, names, language)] for hit, names in export(tools, visible, wanted)
    ]
    return [text(key, language) for key, _ in _COLUMNS], lines


def _line(hit: Hit, names: Sequence[str], language: Language) -> list[object]:
    one = hit.customer
    last = hit.last_report_on.isoformat() if hit.last_report_on else ""
    plain = (one.id, one.display_name, one.short_name, text(f"customer.status.{one.status}", language), one.level or "")
    more = (one.city or "", one.industry or "", one.credit_code or "", hit.owner, hit.owner_number)
    return [*plain, *more, last, hit.questions, " | ".join(names)]


def workbook(tools: Tools, visible: Scope, wanted: Wanted, language: Language) -> bytes:
    """Return the same as a workbook."""
    heads, lines = table(tools, visible, wanted, language)
    columns = [(head, width) for head, (_, width) in zip(heads, _COLUMNS, strict=True)]
    cells = [[value if isinstance(value, int) else str(value) for value in line] for line in lines]
    return listing.build(text("nav.customers", language), columns, cells)
