"""Show, search and export the master data."""

from collections.abc import Iterator

from daysheet.model.customers import Customer
from daysheet.services.tools import Tools
from daysheet.store import customers, export
from daysheet.store.customers import CustomerView

RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")


def show(tools: Tools, customer_id: int) -> CustomerView | None:
    """Return everything known of a customer, or None; a merged one's id leads to what it became."""
    with tools.database.reading() as connection:
        return customers.get(connection, customer_id)


def search(tools: Tools, text: str, limit: int) -> tuple[Customer, ...]:
    """Return the customers whose name or alias contains *text*, or whose credit code it is."""
    with tools.database.reading() as connection:
        return customers.search(connection, text, limit)


def export_rows(tools: Tools) -> Iterator[dict[str, object]]:
    """Give every listed customer as a flat row, a page at a time, so that memory stays small."""
    with tools.database.reading() as connection:
        yield from export.rows(connection)


def safe_cell(value: object) -> object:
    """Return *value* so that a spreadsheet does not run it: a text that begins like a formula gets an apostrophe."""
    if isinstance(value, str) and value.startswith(RISKY_STARTS):
        return f"'{value}"
    return value
