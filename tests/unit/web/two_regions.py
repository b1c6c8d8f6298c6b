"""A company with a north and a south: everything of the north bears its mark, so that a leak can be seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.services import import_customers, linking, merging
from daysheet.store import alarms, tables
from tests.builders import a_deal, a_mail, a_plan, a_visit, a_workbook
from tests.unit.web.conftest import Console
from tests.unit.web.statements import counted

MARK = "北冥"
"""In every name, subject, note and file name of the north, and nowhere else."""
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
SOUTH = "珠海海岳精密仪器有限公司"
LIST = f"""\
id,name,aliases,credit_code
N1,{MARK}重工集团有限公司,{MARK}集团,
N2,苏州{MARK}精密机械有限公司,,
N3,无锡{MARK}精密机械有限公司,,
N4,{MARK}重工集团上海有限公司,,
N5,苏州{MARK}泵业有限公司,,
N6,苏州{MARK}泵阀业有限公司,,
P1,{SOUTH},,
P2,珠海海岳光学有限公司,,
"""


@dataclass
class World:
    """The two regions' ids: of the north by what a route calls them."""

    console: Console
    north: dict[str, list[object]]
    kept: dict[str, list[Any]] | None = None

    @contextmanager
    def unchanged(self, what: str) -> Iterator[None]:
        """Fail where something else is stored afterwards than before; look only where something was written."""
        if self.kept is None:
            self.kept = self.snapshot()
        with counted(self.console.tools.database) as statements:
            yield
        if any(statement.startswith(WRITES) and "web_session" not in statement for statement in statements):
            now = self.snapshot()
            changed = {name for name, rows in now.items() if rows != self.kept[name]}
            assert changed == set(), what

    def snapshot(self) -> dict[str, list[Any]]:
        """Return every row of every table but what signing in and looking leave behind."""
        kept = [table for name, table in tables.metadata.tables.items() if name not in ("web_session", "api_token")]
        kept += list(self.console.tools.tables.metadata.tables.values())
        return {
            table.name: [tuple(row) for row in self.console.select(sa.select(table).order_by(*table.primary_key))]
            for table in kept
        }


def make(console: Console) -> None:
    """Feed both regions through the pipeline, with something of the north in every queue."""
    tools = console.tools
    import_customers.import_file(tools, "list.csv", LIST.encode())
    ids = {row.display_name: row.id for row in console.select(sa.select(tables.customer))}
    # the north: E1
    names = [
        f"{MARK}重工集团有限公司",
        f"苏州{MARK}精密机械有限公司",
        f"无锡{MARK}精密机械有限公司",
        f"苏州{MARK}泵业有限公司",
    ]
    visits = [a_visit(name, contact=f"{MARK}联系人", content=f"{MARK}的计划") for name in names]
    day_before = {"rep_number": "E1", "report_date": a_day(3)}
    console.feed(
        a_mail(
            a_workbook(
                [visit | {"visit_date": a_day(3)} for visit in visits],
                cover=day_before,
                opportunities=[a_deal(names[0], project=f"{MARK}二期")],
                plans=[a_plan(names[0], purpose=f"{MARK}报价")],
            ),
            subject=f"{MARK}日报",
            file_name=f"{MARK}.xlsx",
        )
    )
    # a question whose name is the north's, and a row that was not accepted
    unclear = [a_visit(f"{MARK}精密机械"), a_visit(names[0], visit_date=f"{MARK}日")]
    console.feed(a_mail(a_workbook([*unclear, *visits[:3]]), subject=f"{MARK}日报二", file_name=f"{MARK}2.xlsx"))
    # a second report of the day that would take most of the first away: it waits
    console.feed(a_mail(a_workbook([a_visit(names[1])]), subject=f"{MARK}日报三", file_name=f"{MARK}3.xlsx"))
    # a message set aside, one of a stranger, an answer that could not be sent
    console.feed(a_mail(None, subject=f"{MARK}没有附件", text=f"{MARK}"))
    stranger = a_mail(a_workbook([a_visit(names[0])]), sender="unknown@elsewhere.example", subject=f"{MARK}陌生")
    console.feed(stranger)
    # the south: E2
    console.report(a_visit(SOUTH, contact="南联系人"), by="E2")
    with tools.database.writing() as connection:
        last = sa.select(sa.func.max(tables.inbound.c.id)).where(tables.inbound.c.subject == f"{MARK}没有附件")
        connection.execute(
            tables.inbound.update()
            .where(tables.inbound.c.id == last.scalar_subquery())
            .values(state="quarantined", reason="internal-error", detail=f"{MARK}")
        )
        to_north = tables.outbox.c.recipient == "wang.li@corp.example"
        connection.execute(tables.outbox.update().where(to_north).values(state="failed", last_error=f"550 {MARK}"))
        alarms.raise_once(
            connection, "stranger-with-template", "unknown@elsewhere.example", f"{MARK}陌生", tools.clock()
        )
        _ask(connection, tools.clock(), "duplicate", ids[names[3]], [ids[f"苏州{MARK}泵阀业有限公司"]])
        _ask(connection, tools.clock(), "parent", ids[names[1]], [ids[names[0]]])
    linking.link(tools, ids[f"{MARK}重工集团上海有限公司"], ids[names[0]])
    merging.merge(tools, merging.Request(ids[names[2]], ids[f"苏州{MARK}泵阀业有限公司"], {}))


def mix(console: Console) -> None:
    """
    Ask whether a southern customer is a northern one, or belongs under it; and put it there.

    The northern rep reports of it too: the customer is the south's to see, that report is not.
    """
    visit = a_visit(SOUTH, contact="南联系人", content=f"{MARK}去过", visit_date=a_day(2))
    cover = {"rep_number": "E1", "report_date": a_day(2)}
    console.feed(a_mail(a_workbook([visit], cover=cover), subject=f"{MARK}日报四", file_name=f"{MARK}4.xlsx"))
    ids = {row.display_name: row.id for row in console.select(sa.select(tables.customer))}
    south, north = ids[SOUTH], ids[f"{MARK}重工集团有限公司"]
    with console.tools.database.writing() as connection:
        _ask(connection, console.clock(), "duplicate", south, [north])
        _ask(connection, console.clock(), "parent", south, [north])
    linking.link(console.tools, south, north)


def read(console: Console) -> World:
    """Return the world that was made in this console's database."""
    return World(console, _north(console))


def a_day(day: int) -> date:
    return date(2026, 3, day)


def _ask(connection: Any, now: Any, kind: str, customer_id: int, candidates: list[int]) -> None:
    shown = {row.id: row.display_name for row in connection.execute(sa.select(tables.customer))}
    named = [
        {"customer_id": one, "display_name": shown[one], "score": 0.9, "reasons": ["likely"]} for one in candidates
    ]
    values = {"kind": kind, "customer_id": customer_id, "state": "open", "opened_at": now}
    detail = {"candidates": named, "versions": {}}
    connection.execute(tables.review.insert().values(**values, detail=detail))


def _north(console: Console) -> dict[str, list[object]]:
    """Return the north's ids by the names that routes give to them."""
    person = console.select(sa.select(tables.person.c.id).where(tables.person.c.number == "E1"))[0].id
    owned = tables.customer.c.display_name.contains(MARK)
    reports = tables.submission.c.rep_id == person

    def ids(column: Any, *where: Any) -> list[object]:
        return [row[0] for row in console.select(sa.select(column).where(*where).order_by(column))]

    customers = ids(tables.customer.c.id, owned)
    inbound = ids(tables.inbound.c.id, tables.inbound.c.subject.contains(MARK))
    visits = console.tools.tables.table("visits")
    return {
        "customer_id": customers,
        "review_id": ids(tables.review.c.id, tables.review.c.customer_id.in_(customers)),
        "submission_id": ids(tables.submission.c.id, reports),
        "inbound_id": inbound,
        "message_id": inbound,
        "row_id": ids(visits.c.id, visits.c.submission_id.in_(sa.select(tables.submission.c.id).where(reports))),
        "mail_id": ids(tables.outbox.c.id, tables.outbox.c.recipient == "wang.li@corp.example"),
        "alarm_id": ids(tables.alarm.c.id),
        "event_id": ids(tables.merge_event.c.id),
        "contact_id": ids(tables.contact.c.id, tables.contact.c.customer_id.in_(customers)),
        "sheet": ["visits"],
        "number": ["E1"],
    }
