"""
Measure a rep's own workbook; run it by hand:

    .venv/bin/python bench/personal.py

One rep with few and with many customers on a SQLite database of its own, who has sent every open deal
and plan back with every report of the last half year. Prints CPU times of a workbook, all queries
included, and their target. Ends 1 where it was missed.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import samples
import sqlalchemy as sa
from table import Figure, show

from daysheet import wiring
from daysheet.config import Settings
from daysheet.model.customers import CustomerStatus, NewCustomerFields
from daysheet.model.people import Person
from daysheet.services import people, personal, setup
from daysheet.services.tools import Tools
from daysheet.store import assignments, contacts, customers, opportunities
from daysheet.store import people as people_store
from daysheet.store import tables as core
from daysheet.store.contacts import ContactSeen
from daysheet.store.engine import Connection
from daysheet.store.opportunities import OpportunitySeen

TODAY = date(2026, 9, 1)
DAYS = 125
"""Workdays of half a year, each with a report."""
ROUNDS = 15


def settings(folder: Path) -> Settings:
    """Return settings whose every file lies in *folder*."""
    return Settings.model_validate(
        {
            "company": {"name": "星河仪器"},
            "data_dir": folder / "var",
            "database": {"url": f"sqlite:///{folder / 'daysheet.db'}"},
            "smtp": {"sender": "daily@bench.example", "folder": folder / "answers"},
            "log": {"level": "error"},
        }
    )


def fill(connection: Connection, tools: Tools, rep: Person, many: int) -> None:
    """Give *rep* so many customers, with three contacts each, and half a year of reports."""
    names = [samples.customer_name(number) for number in range(many)]
    new = [NewCustomerFields(name, name) for name in names]
    now = tools.clock()
    made = customers.add_many(
        connection,
        new,
        status=CustomerStatus.CONFIRMED,
        source="import",
        submission_id=None,
        ruleset_version="",
        now=now,
    )
    ids = [one.id for one in made]
    deals = opportunities.resolve(
        connection, [OpportunitySeen(ids[n % many], f"项目 {n}") for n in range(min(many, 200))], now
    )
    plans = min(many // 3, 100)
    for back in range(DAYS, 0, -1):
        day = TODAY - timedelta(days=back * 7 // 5)
        submission = _submission(connection, rep, day, tools)
        base = {"submission_id": submission, "state": "landed", "raw": {}}
        connection.execute(
            tools.tables.table("opportunities").insert(),
            [
                base
                | {"row_number": n + 3, "customer_id": ids[n % many], "opportunity_id": deal}
                | {"customer": names[n % many], "project": f"项目 {n}", "stage": "quoted", "amount": 500_000 + n}
                | {"currency": "CNY", "probability": 60, "expected_date": TODAY, "competitor": "某品牌"}
                for n, deal in enumerate(deals)
            ],
        )
        connection.execute(
            tools.tables.table("plans").insert(),
            [
                base
                | {"row_number": n + 3, "customer_id": ids[n], "ref": None if back == DAYS else f"p:{n + 1}"}
                | {"plan_date": TODAY + timedelta(days=n % 20), "customer": names[n], "purpose": "quote"}
                for n in range(plans)
            ],
        )
        if back == DAYS:
            seen = [ContactSeen(one, f"联系人{one}{k}", "", "科长") for one in ids for k in "甲乙丙"]
            contacts.resolve(connection, seen, submission, now)
            assignments.record_reports(connection, rep.id, ids, day, submission)


def _submission(connection: Connection, rep: Person, day: date, tools: Tools) -> int:
    now = tools.clock()
    inbound = {"raw_sha256": day.isoformat(), "source": "file", "size": 1, "state": "accepted", "first_seen_at": now}
    number = connection.scalar(core.inbound.insert().values(inbound).returning(core.inbound.c.id))
    values = {
        "inbound_id": number,
        "rep_id": rep.id,
        "sender_id": rep.id,
        "state": "accepted",
        "received_at": now,
        "report_date": day,
        "template_id": "daily_report",
        "is_current": True,
    }
    made = connection.scalar(core.submission.insert().values(values).returning(core.submission.c.id))
    assert made is not None
    return int(made)


def cpu(work: Callable[[], object]) -> float:
    """Return the median CPU time of *work* in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def measure(many: int) -> list[Figure]:
    """Return the figures of a rep with so many customers."""
    with tempfile.TemporaryDirectory(prefix="daysheet-bench-") as name:
        chosen = settings(Path(name))
        chosen.data_dir.mkdir(parents=True)
        database = wiring.open_database(chosen)
        setup.upgrade(database, wiring.load_specs(chosen), wiring.now())
        database.close()
        with wiring.open_tools(chosen) as tools:
            listed = "number,name,role,addresses,team\nE1,王丽,rep,wang@bench.example,一组\n"
            people.import_file(tools, "people.csv", listed.encode())
            with tools.database.writing() as connection:
                rep = people_store.find_by_number(connection, "E1")
                assert rep is not None
                fill(connection, tools, rep, many)
                connection.execute(sa.text("ANALYZE"))
            with tools.database.reading() as connection:
                first = time.process_time()
                book = personal.workbook(connection, tools, rep, on=TODAY)
                once = (time.process_time() - first) * 1000
                whole = cpu(lambda: personal.workbook(connection, tools, rep, on=TODAY))
                day = cpu(lambda: personal.next_workday(connection, tools, rep, TODAY))
    said = f"{book.customers} customers, {book.deals} deals, {book.plans} plans"
    return [
        Figure(f"a workbook: {said}", whole, "ms", most=60),
        Figure("  the first of a form and language", once, "ms"),
        Figure("  the next workday", day, "ms"),
        Figure("  its size", len(book.content) / 1024, "KiB"),
    ]


def main() -> int:
    """Measure both and print the table."""
    figures = [figure for many in (30, 500) for figure in measure(many)]
    show("personal workbooks: CPU", figures)
    return 0 if all(figure.has_met_its_target for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
