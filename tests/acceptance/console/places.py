"""Every page of the console, found by asking the application, with addresses that lead to something."""

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.services import reviews
from daysheet.services.tools import Tools
from daysheet.store import tables
from daysheet.web.app import ROUTERS

NO_PAGES = ("/api/", "/healthz", "/readyz", "/metrics")
FILES = re.compile(r"\.csv$|\.xlsx$|/raw$|/file|/part|/export")
"""Paths that lead to a file rather than a page."""
DEEDS = {"/people/": "view", "/customers/": "links", "/reviews/": "decide"}
"""Where forms are sent to; asked for by itself such an address leads back to its page."""
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")


def routes() -> Iterator[str]:
    """Give the route of every page."""
    for router in ROUTERS:
        for route in router.routes:
            path = getattr(route, "path", "")
            if "GET" in getattr(route, "methods", ()) and not path.startswith(NO_PAGES) and not FILES.search(path):
                yield path


def pages(tools: Tools) -> Iterator[str]:
    """Give addresses for every page; a part of a path that is unknown here is a page that nobody looks at."""
    found = samples(tools)
    for route in routes():
        known = {**found, "deed": [next((deed for at, deed in DEEDS.items() if route.startswith(at)), "")]}
        if route.startswith("/customers/"):
            known["number"] = [1]
        names = _PART.findall(route)
        unknown = [name for name in names if name not in known]
        assert not unknown, f"{route}: no sample of {unknown} in tests/acceptance/console/places.py"
        # one customer with every section, else as many addresses as there are samples
        for turn in range(max((len(known[name]) for name in names), default=1)):
            values = {name: known[name][turn % len(known[name])] for name in names}
            values |= {"customer_id": known["customer_id"][0]} if "section" in names else {}
            yield _PART.sub(lambda part, values=values: str(values[part[1]]), route)  # type: ignore[misc]


def samples(tools: Tools) -> Mapping[str, Sequence[object]]:
    """Return what the parts of paths may be, by their names; those of one path belong together by their place."""
    asked = [next(one.id for one in reviews.listed(tools, kind=kind)) for kind in ReviewKind]
    asked.append(reviews.listed(tools, ReviewState.DECIDED)[0].id)
    names = ("广州听雨智能装备有限公司", "北京澄观测控技术有限公司")
    visits = tools.tables.table("visits").c
    with tools.database.reading() as connection:

        def ids(query: sa.Select[tuple[int]]) -> list[int]:
            return list(connection.scalars(query))

        parked = connection.execute(
            sa.select(visits.id, visits.submission_id, visits.row_number).where(visits.state == "parked").limit(1)
        ).one()
        messages = ids(sa.select(tables.inbound.c.id).where(tables.inbound.c.state == "quarantined"))
        messages += ids(sa.select(tables.inbound.c.id).where(tables.inbound.c.state == "ignored"))[-1:]
        waiting = ids(sa.select(tables.submission.c.id).where(tables.submission.c.is_waiting))[:1]
        failed = ids(sa.select(tables.outbox.c.id).where(tables.outbox.c.state == "failed"))[:1]
        return {
            "customer_id": ids(sa.select(tables.customer.c.id).where(tables.customer.c.display_name.in_(names))),
            "review_id": asked,
            "inbound_id": messages,
            "message_id": messages,
            "mail_id": failed,
            "outbox_id": failed,
            "submission_id": waiting,
            "row_id": [parked.id],
            "sheet": ["visits"],
            "row_number": [parked.row_number],
            "event_id": ids(sa.select(tables.merge_event.c.id))[:1],
            "number": ["E1031", "E1009"],
            "rest": ["preview"],
            "section": ["names", "people", "sources"],
            "entry_id": [1],
        }
