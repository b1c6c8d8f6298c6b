"""What administrators, monitors and programs ask of the store, on both databases, from reports that were fed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from daysheet.model.access import EVERYTHING, Scope
from daysheet.model.memory import OPERATOR, ReviewKind, ReviewState
from daysheet.model.people import Role
from daysheet.services import access, import_customers, merging, people
from daysheet.services.staff import AccountState, Trouble, View, Wanted
from daysheet.services.tools import Tools
from daysheet.store import accounts, audit, figures, reading, staff
from daysheet.store.audit import Entry
from daysheet.store.people import find_by_number
from tests import builders
from tests.builders import NOW, Clock, a_deal, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

STEWARDS = """\
number,name,role,team,region
S1,林婉,steward,总部,
A1,罗敏,admin,总部,
A2,程远,admin,总部,
"""
NORTH, SOUTH = "北方重工集团有限公司", "南海仪表科技有限公司"


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database, with stewards and administrators."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        people.import_file(tools, "stewards.csv", STEWARDS.encode())
        yield Pipeline(tools, clock, tmp_path, count(1))


@pytest.fixture
def tools(pipeline: Pipeline) -> Tools:
    """Its tools."""
    return pipeline.tools


def reported(pipeline: Pipeline) -> None:
    """E1 has visited the north and E2 the south, with a deal each."""
    for number, name, sender in (("E1", NORTH, "wang.li@corp.example"), ("E2", SOUTH, "tom@corp.example")):
        book = a_workbook(
            [a_visit(name), a_visit(name, contact="李雷")],
            cover={"rep_number": number},
            opportunities=[a_deal(name, amount="0.10")],
        )
        assert pipeline.feed(builders.a_mail(book, sender=sender)).state == "accepted"


def scope_of(tools: Tools, *numbers: str) -> Scope:
    with tools.database.reading() as connection:
        found = [find_by_number(connection, number) for number in numbers]
    return Scope(person_ids=frozenset(one.id for one in found if one))


# ---- people --------------------------------------------------------------------------------------


def test_an_account_stands_as_what_became_of_it(tools: Tools) -> None:
    def state(number: str) -> AccountState:
        with tools.database.reading() as connection:
            found = staff.member(connection, number)
        assert found is not None
        return found.state

    assert state("S1") is AccountState.NONE
    token = access.grant(tools, "S1", sees_all=True, by=OPERATOR)
    assert state("S1") is AccountState.INVITED
    entered = access.use_link(tools, token)
    assert entered is not None
    access.set_password(tools, entered.visitor, "a long enough secret")
    assert state("S1") is AccountState.ACTIVE
    people.import_file(tools, "left.csv", "number,name,role,active\nS1,林婉,steward,no\n".encode())
    assert state("S1") is AccountState.BARRED
    access.disable(tools, "S1", OPERATOR)
    assert state("S1") is AccountState.CLOSED


def test_people_are_found_by_every_filter(tools: Tools) -> None:
    access.grant(tools, "S1", regions=["华东"], teams=["一组"], by=OPERATOR)
    with tools.database.reading() as connection:

        def found(**wanted: str) -> list[str]:
            return [one.number for one in staff.members(connection, Wanted(**wanted), 50)]

        assert found()[0] == "S1", "who has an account comes first"
        assert found(text="BAKER") == ["E2"]
        assert found(text="tom@HOME") == ["E2"]
        assert found(text="100%") == []
        assert found(text="_") == []
        assert found(role="admin") == ["A1", "A2"]
        assert found(team="一组") == ["E1", "E3"]
        assert found(state="invited") == ["S1"]
        assert set(found(state="none")) >= {"E1", "A1"}
        (one,) = staff.members(connection, Wanted(text="S1"), 50)
        assert (one.role, one.sees_all, one.regions, one.teams) == (Role.STEWARD, False, ("华东",), ("一组",))
        first = staff.members(connection, Wanted(), 3)
        assert [p.number for p in staff.members(connection, Wanted(), 50)][3:] == [
            p.number for p in staff.members(connection, Wanted(), 50, len(first))
        ]
        assert staff.numbers_like(connection, "婉") == ("S1",)
        assert staff.names_of(connection, {"S1", "E404"}) == {"S1": "林婉"}


def test_sessions_and_tokens_are_listed_until_they_end(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    entered = access.use_link(tools, access.grant(tools, "S1", sees_all=True, by=OPERATOR))
    assert entered is not None
    own = entered.visitor.person.id
    access.new_token(tools, "S1", "报表", OPERATOR)
    with tools.database.writing() as connection:
        (session,) = staff.sessions(connection, own, NOW)
        assert (session.created_at, session.expires_at) == (NOW, NOW + access.SESSION_LASTS)
        assert staff.sessions(connection, own, NOW + timedelta(days=1)) == ()
        assert [one.name for one in staff.tokens(connection, own)] == ["报表"]
        assert staff.link_until(connection, own, NOW) is None, "it was used"
        assert staff.revoke_tokens(connection, own, "报表", NOW) == 1
        assert staff.revoke_tokens(connection, own, "报表", NOW) == 0
        assert staff.tokens(connection, own) == ()
        found = staff.member(connection, "S1")
        assert found is not None
        assert found.entered_at == NOW


def test_the_last_administrator_stays(tools: Tools) -> None:
    from daysheet.services import staff as service

    visitors = {}
    for number in ("A1", "A2"):
        entered = access.use_link(tools, access.grant(tools, number, by=OPERATOR))
        assert entered is not None
        visitors[number] = entered.visitor
    assert service.disable(tools, visitors["A1"], "A1") is Trouble.YOURSELF
    assert service.disable(tools, visitors["A1"], "A2") is None
    # A2's page was opened before
    assert service.disable(tools, visitors["A2"], "A1") is Trouble.LAST_ADMIN
    with tools.database.writing() as connection:
        assert staff.lock_administrators(connection) == {visitors["A1"].person.id}


def test_a_view_is_changed_once_and_not_over_another_change(tools: Tools) -> None:
    from daysheet.services import staff as service

    access.grant(tools, "S1", sees_all=True, by=OPERATOR)
    entered = access.use_link(tools, access.grant(tools, "A1", by=OPERATOR))
    assert entered is not None
    shown = service.profile(tools, "S1")
    assert shown is not None
    assert service.change_view(tools, entered.visitor, "S1", View(teams=("一组",)), shown.seen) is None
    assert service.change_view(tools, entered.visitor, "S1", View(teams=("二组",)), shown.seen) is Trouble.MOVED
    assert service.change_view(tools, entered.visitor, "S1", View(teams=("一组",)), shown.seen) is None
    after = service.profile(tools, "S1")
    assert after is not None
    assert (after.member.sees_all, after.member.teams) == (False, ("一组",))
    assert after.last_change is not None
    assert after.last_change.before == {"sees_all": True, "regions": [], "teams": []}


# ---- the log -------------------------------------------------------------------------------------


def test_the_log_is_narrowed_and_turned_alike(tools: Tools) -> None:
    with tools.database.writing() as connection:
        audit.append(connection, [Entry("a.one", "customer", n, actor="S1") for n in range(1, 6)], NOW)
        audit.append(connection, [Entry("b.two", "review", 1, actor="S2")], NOW + timedelta(hours=1))

        def found(limit: int = 50, **rest: object) -> list[tuple[str, int | None]]:
            places = {name: rest.pop(name) for name in ("before", "after") if name in rest}
            entries = audit.entries(connection, audit.Wanted(**rest), limit, **places)  # type: ignore[arg-type]
            return [(one.action, one.entity_id) for one in entries]

        assert found(2) == [("b.two", 1), ("a.one", 5)]
        newest = audit.entries(connection, audit.Wanted(), 1)[0].id
        assert newest is not None
        assert found(2, before=newest) == [("a.one", 5), ("a.one", 4)]
        assert found(2, after=newest - 3) == [("a.one", 5), ("a.one", 4)]
        assert found(actors=["S2"]) == [("b.two", 1)]
        assert found(action="a.one", entity="customer", entity_id=3) == [("a.one", 3)]
        assert found(since=NOW + timedelta(minutes=1)) == [("b.two", 1)]
        assert found(until=NOW + timedelta(minutes=1), limit=1) == [("a.one", 5)]
        actions, entities = audit.kinds(connection)
        assert {"a.one", "b.two"} <= set(actions)
        assert list(entities) == sorted(set(entities))


def test_an_empty_log_has_no_kinds(empty_url: str) -> None:
    from daysheet.store import migrate
    from daysheet.store.engine import Database

    database = Database(empty_url)
    migrate.upgrade(database, [builders.daily()], NOW)
    with database.reading() as connection:
        assert audit.kinds(connection) == ((), ())
    database.close()


# ---- figures -------------------------------------------------------------------------------------


def test_everything_is_counted(pipeline: Pipeline) -> None:
    reported(pipeline)
    with pipeline.tools.database.reading() as connection:
        found = figures.all_figures(connection)
        assert found.messages == {"accepted": 2}
        assert found.customers == {"confirmed": 2, "provisional": 2}
        assert (found.rows_parked, found.alarms, found.sessions) == (0, {}, 0)
        assert found.outbox.by_state == {"queued": 2}
        assert (found.outbox.queued, found.outbox.oldest_at) == (2, NOW)
        size = figures.size(connection, pipeline.tools.database.path)
        assert size is not None
        assert size > 100_000


def test_of_nothing_everything_is_none(tools: Tools) -> None:
    with tools.database.reading() as connection:
        found = figures.all_figures(connection)
    assert (found.messages, found.reviews, found.outbox.queued, found.outbox.oldest_at) == ({}, {}, 0, None)


# ---- what programs read --------------------------------------------------------------------------


def test_customers_come_by_id_within_a_scope(pipeline: Pipeline) -> None:
    reported(pipeline)
    tools = pipeline.tools
    with tools.database.reading() as connection:
        everybody = reading.customers_after(connection, tools.tables, EVERYTHING, 0, 50)
        assert [one.id for one in everybody] == sorted(one.id for one in everybody)
        assert {NORTH, SOUTH} <= {one.display_name for one in everybody}
        rest = reading.customers_after(connection, tools.tables, EVERYTHING, everybody[0].id, 1)
        assert rest == everybody[1:2]
        southern = reading.customers_after(connection, tools.tables, scope_of(tools, "E2"), 0, 50)
        assert [one.display_name for one in southern] == [SOUTH]
        assert reading.customers_after(connection, tools.tables, Scope(), 0, 50) == ()


def test_rows_come_typed_with_whom_they_are_of(pipeline: Pipeline) -> None:
    reported(pipeline)
    tools = pipeline.tools
    with tools.database.reading() as connection:
        ids = {one.display_name: one.id for one in reading.customers_after(connection, tools.tables, EVERYTHING, 0, 50)}
    merging.merge(tools, merging.Request(ids[NORTH], ids[SOUTH], {}))
    with tools.database.reading() as connection:
        all_rows = reading.rows_of(connection, tools.tables, EVERYTHING, ids[NORTH], first=0, most=50)
        assert [row.rep for row in all_rows].count("E1") == 3
        assert [row.rep for row in all_rows].count("E2") == 3
        amounts = {str(row.values["amount"]) for row in all_rows if row.sheet == "opportunities"}
        assert amounts == {"0.10"}
        own = reading.rows_of(connection, tools.tables, scope_of(tools, "E1"), ids[NORTH], first=0, most=50)
        assert {row.rep for row in own} == {"E1"}
        assert reading.rows_of(connection, tools.tables, EVERYTHING, ids[NORTH], first=2, most=2) == all_rows[2:4]
        assert reading.rows_of(connection, tools.tables, EVERYTHING, 10**9, first=0, most=2) == ()


def test_reports_come_by_rep_and_day(pipeline: Pipeline) -> None:
    reported(pipeline)
    tools = pipeline.tools
    with tools.database.reading() as connection:
        both = reading.submissions_after(connection, EVERYTHING)
        assert [one.rep for one in both] == ["E1", "E2"]
        day = both[0].report_date
        assert day is not None
        later = day + timedelta(days=1)
        assert reading.submissions_after(connection, EVERYTHING, since=later) == ()
        assert reading.submissions_after(connection, EVERYTHING, until=day, rep="E2", after=both[0].id) == both[1:]
        assert reading.submissions_after(connection, scope_of(tools, "E2")) == both[1:]
        assert reading.submissions_after(connection, EVERYTHING, limit=1) == both[:1]


def test_questions_come_within_a_scope(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    people.import_file(tools, "more.csv", "number,name,addresses\nE5,五,w@corp.example\n".encode())
    import_customers.import_file(tools, "list.csv", "id,name\nK9,无锡蓝鲸精密机械有限公司\n".encode())
    book = a_workbook([a_visit("蓝鲸精密机械")], cover={"rep_number": "E5"})
    pipeline.feed(builders.a_mail(book, sender="w@corp.example"))
    with tools.database.reading() as connection:
        asked = reading.reviews_after(connection, EVERYTHING, ReviewState.OPEN, None, 0, 50)
        assert len(asked) == 1
        assert reading.reviews_after(connection, scope_of(tools, "E5"), None, ReviewKind.NAME, 0, 50) == asked
        assert reading.reviews_after(connection, scope_of(tools, "E2"), None, None, 0, 50) == ()
        assert reading.reviews_after(connection, EVERYTHING, ReviewState.DECIDED, None, 0, 50) == ()
        assert reading.reviews_after(connection, EVERYTHING, None, None, asked[0], 50) == ()


def test_the_use_of_a_token_is_noted_now_and_then(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    access.grant(tools, "S1", sees_all=True, by=OPERATOR)
    token = access.new_token(tools, "S1", "报表", OPERATOR)

    def used() -> object:
        with tools.database.reading() as connection:
            owner = accounts.token_owner(connection, access.hashed(token))
        assert owner is not None
        return owner[1]

    assert used() is None
    assert access.program(tools, token) is not None
    assert used() == NOW
    later = replace(tools, clock=Clock(NOW + timedelta(minutes=1)))
    access.program(later, token)
    assert used() == NOW
    access.program(replace(tools, clock=Clock(NOW + timedelta(hours=1))), token)
    assert used() == NOW + timedelta(hours=1)
