"""Spot checks: the samples drawn, what came back of them, and the figures they come to."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.figures import Figures, Number, add
from daysheet.store.tables import customer, spot_item


def figures(connection: Connection, first: date, last: date) -> dict[int, Figures]:
    """
    Return ``spot.*`` of every customer reached by a check of these days, by root.

    One that was checked twice, or merged after it was drawn, counts once, with all of its fields.
    """
    query = (
        sa.select(customer.c.root_id, spot_item.c.judged, spot_item.c.wrong)
        .join_from(spot_item, customer, customer.c.id == spot_item.c.customer_id)
        .where(spot_item.c.outcome == "reached", spot_item.c.checked_on.between(first, last))
    )
    checked: dict[int, int] = {}
    faults: dict[int, int] = {}
    for root, judged, wrong in connection.execute(query):
        checked[root] = checked.get(root, 0) + len(judged)
        faults[root] = faults.get(root, 0) + sum(field in wrong for field in judged)
    return {root: _figures(number, faults[root]) for root, number in checked.items()}


def _figures(fields: int, wrong: int) -> Figures:
    counted: dict[str, Number] = {}
    add(
        counted,
        {
            "spot.customers": 1,
            "spot.customers_wrong": int(wrong > 0),
            "spot.fields": fields,
            "spot.fields_wrong": wrong,
            "spot.fields_squared": fields * fields,
            "spot.wrong_squared": wrong * wrong,
            "spot.wrong_times_fields": fields * wrong,
        },
    )
    return counted
