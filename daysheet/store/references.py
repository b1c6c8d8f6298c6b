"""
What the hidden ``_ref`` of a prefilled row means.

``c:12`` is a customer, ``o:12`` an opportunity, ``p:12`` an earlier row of the sheet it stands on (a
plan). People copy rows and type over them, so a reference proves nothing by itself.
"""

import re
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from daysheet.store.engine import Connection, chunks
from daysheet.store.merges import roots_of
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, opportunity

_REFERENCE = re.compile(r"([cop]):(\d{1,18})", re.ASCII)  # what an integer of either database holds


def parse(ref: str | None) -> tuple[str, int] | None:
    """Return kind (c, o or p) and id of a reference, None where it is none."""
    match = _REFERENCE.fullmatch(ref.strip()) if ref else None
    return (match[1], int(match[2])) if match else None


def written(kind: str, number: int) -> str:
    """Return the reference of a customer (c), opportunity (o) or row (p)."""
    return f"{kind}:{number}"


def roots(connection: Connection, tables: SheetTables, refs: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return, by sheet key and reference, which customer it is of today; what nobody knows is left out."""
    wanted: dict[tuple[str, str], set[int]] = {}
    parsed = {place: found for place in refs if (found := parse(place[1])) is not None}
    for (sheet, _), (kind, number) in parsed.items():
        wanted.setdefault((kind, sheet if kind == "p" else ""), set()).add(number)
    owners: dict[tuple[str, str, int], int] = {}
    for (kind, sheet), numbers in wanted.items():
        table = {"c": customer, "o": opportunity}.get(kind)
        id_, owner = _columns(tables.table(sheet) if table is None else table)
        for some in chunks(sorted(numbers)):
            query = sa.select(id_, owner).where(id_.in_(some), owner.is_not(None))
            owners |= {(kind, sheet, found): customer_id for found, customer_id in connection.execute(query)}
    became = roots_of(connection, set(owners.values()))
    return {
        place: became[owners[key]]
        for place, (kind, number) in parsed.items()
        if (key := (kind, place[0] if kind == "p" else "", number)) in owners
    }


def _columns(table: sa.Table) -> tuple[sa.Column[Any], sa.Column[Any]]:
    return table.c.id, table.c.id if table is customer else table.c.customer_id
