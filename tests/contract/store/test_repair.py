"""Rows that wait, and decisions about them: what both databases must answer alike."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.access import EVERYTHING, Scope
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.memory import Actor
from daysheet.model.rows import Record, RowState
from daysheet.store import repair, row_decisions, submissions
from daysheet.store import tables as core
from daysheet.store.engine import Connection
from daysheet.store.repair import RowFilter
from daysheet.store.row_decisions import RowDecisionKind
from daysheet.store.sheets import SheetTables
from daysheet.store.submissions import StoredRow

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
File = Callable[..., int]


@pytest.fixture
def people(connection: Connection) -> Mapping[str, int]:
    """Two reps in two teams."""
    found = {}
    for number, name, team in (("E1", "王丽", "一组"), ("E2", "Tom Baker", "二组")):
        team_id = connection.scalar(core.team.insert().values(name=team).returning(core.team.c.id))
        values = {"number": number, "name": name, "role": "rep", "team_id": team_id}
        found[number] = connection.scalar(core.person.insert().values(values).returning(core.person.c.id))
    return found


@pytest.fixture
def file(connection: Connection, tables: SheetTables, people: Mapping[str, int]) -> File:
    """File a report of which every row waits."""
    count = 0

    def filed(rep: str = "E1", *, rows: int = 1, sheet: str = "visits", at: datetime = NOW, **more: Any) -> int:
        nonlocal count
        count += 1
        values = {"raw_sha256": f"{count:064d}", "source": "mail", "size": 1, "state": "partly", "first_seen_at": at}
        inbound_id = connection.scalar(core.inbound.insert().values(values).returning(core.inbound.c.id))
        values = {
            "inbound_id": inbound_id,
            "rep_id": people[rep],
            "report_date": date(2026, 3, 1) - timedelta(days=count),
            "state": "partly",
            "received_at": at,
            "is_current": True,
            "rows_parked": rows,
        }
        new_id = connection.scalar(core.submission.insert().values(values | more).returning(core.submission.c.id))
        assert isinstance(new_id, int)
        records = [Record(sheet, 3 + n, {}, {"customer": f"客户{n}", "way": "100%_打球"}) for n in range(rows)]
        stored = [StoredRow(record, RowState.PARKED) for record in records]
        submissions.add_rows(connection, tables, new_id, stored)
        found = [
            issue(IssueCode.CELL_NOT_IN_LIST, Place(row=r.row_number, field="way", sheet_key=sheet), "打球")
            for r in records
        ]
        submissions.add_issues(connection, new_id, found)
        return new_id

    return filed


def listed(connection: Connection, tables: SheetTables, scope: Scope = EVERYTHING, **wanted: Any) -> list[Any]:
    rows = repair.parked(connection, tables, scope, RowFilter(**wanted), limit=100)
    return [(row.submission_id, row.sheet, row.row_number) for row in rows]


def test_rows_of_current_reports_come_oldest_report_first(
    connection: Connection, tables: SheetTables, file: File
) -> None:
    first, _, third = file(rows=2), file(is_current=False), file("E2", sheet="opportunities")
    assert listed(connection, tables) == [(first, "visits", 3), (first, "visits", 4), (third, "opportunities", 3)]
    assert listed(connection, tables, after=(first, "visits", 3)) == [
        (first, "visits", 4),
        (third, "opportunities", 3),
    ]
    assert listed(connection, tables, after=(third, "opportunities", 3)) == []
    assert repair.count(connection, tables, EVERYTHING) == 3


def test_a_row_that_was_sent_back_waits_for_its_rep_and_is_not_counted(
    connection: Connection, tables: SheetTables, file: File
) -> None:
    one = file(rows=2)
    place, other = (one, "visits", 3), (one, "visits", 4)
    returned = row_decisions.add_decision(connection, place, RowDecisionKind.RETURNED, Actor("S1"), NOW)
    dropped = row_decisions.add_decision(connection, other, RowDecisionKind.DROPPED, Actor("S1"), NOW)
    row_decisions.undo_decision(connection, dropped, NOW)
    assert listed(connection, tables, is_returned=True) == [place]
    assert listed(connection, tables, is_returned=False) == [other]
    assert listed(connection, tables) == [place, other]
    assert repair.count(connection, tables, EVERYTHING) == 1
    row_decisions.undo_decision(connection, returned, NOW)
    assert listed(connection, tables, is_returned=True) == []
    assert repair.count(connection, tables, EVERYTHING) == 2


def test_each_filter_asks_for_its_own(connection: Connection, tables: SheetTables, file: File) -> None:
    old, new = file(at=NOW - timedelta(days=5)), file("E2", sheet="opportunities")
    for wanted, expected in (
        ({"rep": "E1"}, [old]),
        ({"rep": "tom"}, [new]),
        ({"team": "二组"}, [new]),
        ({"sheet": "visits"}, [old]),
        ({"sheet": "cover"}, []),
        ({"code": "SD-C004"}, [old, new]),
        ({"code": "SD-C003"}, []),
        ({"received_before": NOW - timedelta(days=3)}, [old]),
        ({"text": "100%_打"}, [old, new]),
        ({"text": "100__打"}, []),
    ):
        assert [place[0] for place in listed(connection, tables, **wanted)] == expected, wanted


def test_a_scope_keeps_rows_teams_and_counts_apart(
    connection: Connection, tables: SheetTables, file: File, people: Mapping[str, int]
) -> None:
    mine, other = file("E2"), file("E1")
    scope = Scope(person_ids=frozenset({people["E2"]}))
    assert [place[0] for place in listed(connection, tables, scope)] == [mine]
    assert repair.count(connection, tables, scope) == 1
    assert repair.teams(connection, scope) == ("二组",)
    table = tables.table("visits")
    hidden = connection.scalar(sa.select(table.c.id).where(table.c.submission_id == other))
    assert repair.row_at(connection, tables, "visits", hidden or 0, scope) is None
    assert repair.row_at(connection, tables, "visits", hidden or 0, EVERYTHING) is not None


def test_a_row_without_an_error_of_its_own_has_its_sheets(
    connection: Connection, tables: SheetTables, file: File
) -> None:
    new = file(rows=2)
    connection.execute(core.issue.delete().where(core.issue.c.row_number == 4))
    merged = issue(IssueCode.SHEET_MERGED_CELLS, Place(row=1, sheet_key="visits"), "A3:B4")
    submissions.add_issues(connection, new, [merged])
    own, whole = repair.parked(connection, tables, EVERYTHING, RowFilter(), limit=10)
    assert [one.code for one in own.issues] == [IssueCode.CELL_NOT_IN_LIST]
    assert [one.code for one in whole.issues] == [IssueCode.SHEET_MERGED_CELLS]


def test_a_decision_is_known_by_its_place_and_goes_with_a_copy(
    connection: Connection, tables: SheetTables, file: File, people: Mapping[str, int]
) -> None:
    new = file(rows=2)
    place, copied = (new, "visits", 3), (new, "visits", 4)
    steward = Actor("E2", people["E2"])
    kind = RowDecisionKind.REPAIRED
    edits, before = {"way": "电话"}, {"people": 3}
    made = row_decisions.add_decision(connection, place, kind, steward, NOW, edits=edits, before=before, note="a")
    (found,) = row_decisions.decisions_at(connection, [place])[place]
    assert (found.id, found.edits, found.before, found.note, found.actor, found.at) == (
        made,
        edits,
        before,
        "a",
        "E2",
        NOW,
    )
    row_decisions.carry_decisions(connection, [(found, copied)])
    (copy,) = row_decisions.decisions_at(connection, [copied])[copied]
    assert (copy.actor, copy.person_id, copy.at, copy.edits) == ("E2", people["E2"], NOW, edits)
    assert row_decisions.undo_decision(connection, made, NOW)
    assert not row_decisions.undo_decision(connection, made, NOW)
    assert row_decisions.standing_of(connection, new) == (copy,)
    rows = repair.parked(connection, tables, EVERYTHING, RowFilter(), limit=10)
    assert [row.decision for row in rows] == [None, copy]


def test_counts_follow_a_row_and_never_fall_below_nothing(connection: Connection, file: File) -> None:
    new = file(rows=1)
    for parked, expected in ((-1, (1, 0)), (-1, (1, 0)), (1, (0, 1)), (1, (0, 1))):
        repair.shift_counts(connection, new, landed=-parked, parked=parked)
        counts = connection.execute(sa.select(core.submission.c.rows_landed, core.submission.c.rows_parked)).one()
        assert tuple(counts) == expected


def test_the_rows_that_wait_are_found_by_their_index(connection: Connection, tables: SheetTables, file: File) -> None:
    """Among a million rows a few thousand wait: no list and no count reads the others."""
    file()
    if connection.dialect.name != "sqlite":
        indexes = {index["name"] for index in sa.inspect(connection).get_indexes("visits")}
        assert "ix_visits_parked" in indexes
        return
    statements: list[tuple[str, Any]] = []

    @sa.event.listens_for(connection, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        statements.append((statement, parameters))

    repair.parked(connection, tables, EVERYTHING, RowFilter(), limit=50)
    repair.count(connection, tables, EVERYTHING)
    sa.event.remove(connection, "before_cursor_execute", note)
    seen = []
    for statement, parameters in statements:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        seen += [row[3] for row in plan]
    assert any("ix_visits_parked" in line for line in seen)
    assert not [line for line in seen if line in ("SCAN visits", "SCAN opportunities", "SCAN submission")]
