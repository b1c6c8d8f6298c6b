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
        return customers.search(connection, tools.tables, text, limit)


def export_rows(tools: Tools) -> Iterator[dict[str, object]]:
    """Give every listed customer as a flat row, a page at a time, so that memory stays small."""
    with tools.database.reading() as connection:
        yield from export.rows(connection, tools.tables)


def safe_cell(value: object) -> object:
    """Return *value* so that a spreadsheet does not run it: a text that begins like a formula gets an apostrophe."""
    if isinstance(value, str) and value.startswith(RISKY_STARTS):
        return f"'{value}"
    return value


def lines(view: CustomerView) -> Iterator[tuple[str, str]]:
    """Give everything known of a customer as label and value, for a terminal."""
    customer = view.customer
    yield "id", str(customer.id)
    yield "name", customer.display_name
    yield "status", customer.status
    for name in ("credit_code", "city", "industry", "level", "address", "phone", "note"):
        if value := getattr(customer, name):
            yield name, value
    if view.merged_ids:
        yield "merged", ", ".join(str(one) for one in view.merged_ids)
    for system, value in view.external_ids.items():
        yield f"id in {system}", value
    for alias in view.aliases:
        yield f"alias ({alias.source})", alias.text
    for parent in view.parents:
        yield "parent", f"{parent.id} {parent.display_name}"
    for child in view.children:
        yield "child", f"{child.id} {child.display_name}"
    for field in view.fields:
        said = f"{field.value} ({field.source}{', a proposal' if field.is_proposal else ''}, {field.at:%Y-%m-%d})"
        yield f"said of {field.field}", said
