"""Search customers in the console, and hand what was found out as a list."""

from daysheet.model.access import Scope
from daysheet.services.tools import Tools
from daysheet.store import search
from daysheet.store.search import Hit, Wanted

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
