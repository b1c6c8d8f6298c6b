"""Whom a customer list names as the owners of its customers."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from daysheet.services import customers, import_customers, merging, people
from daysheet.services.import_customers import CustomersImported
from daysheet.store.tables import assignment, customer, person
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.test_personal import offered, own

TIDE, HILL = "宁波听潮泵业有限公司", "象山远山阀门有限公司"
SPRUCE, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"  # known, and nobody's


def listed(pipeline: Pipeline, *lines: str, head: str = "name,owner", **options: Any) -> CustomersImported:
    content = "\n".join((head, *lines)).encode()
    return import_customers.import_file(pipeline.tools, "list.csv", content, **options)


def told(result: CustomersImported) -> list[tuple[int, str]]:
    return [(line.row, line.outcome) for line in result.lines if line.outcome.startswith("owner")]


def held(pipeline: Pipeline) -> list[tuple[str, str, str, str]]:
    """Every standing assignment: the customer's name, the person's number, the role, the source."""
    query = (
        sa.select(customer.c.display_name, person.c.number, assignment.c.role, assignment.c.source)
        .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
        .join(person, person.c.id == assignment.c.person_id)
        .where(assignment.c.to_on.is_(None))
        .order_by(customer.c.id, assignment.c.id)
    )
    return [tuple(row) for row in pipeline.select(query)]


def test_a_list_gives_new_and_known_customers_to_the_reps_it_names(pipeline: Pipeline) -> None:
    result = listed(pipeline, f"{TIDE},E1", f"{SPRUCE},e2", f"{HILL},")
    assert (result.added, result.owned, told(result)) == (2, 2, [])
    assert held(pipeline) == [(SPRUCE, "E2", "owner", "import"), (TIDE, "E1", "owner", "import")]
    days = pipeline.select(sa.select(assignment.c.from_on, assignment.c.last_report_on))
    assert [tuple(row) for row in days] == [(TODAY, None)] * 2


def test_a_name_that_one_person_has_does_as_well(pipeline: Pipeline) -> None:
    result = listed(pipeline, f"{TIDE},王丽", head="客户名称,负责人")
    assert result.owned == 1
    assert held(pipeline) == [(TIDE, "E1", "owner", "import")]


def test_of_both_the_employee_number_counts(pipeline: Pipeline) -> None:
    listed(pipeline, f"{TIDE},E2,王丽", head="客户名称,负责人工号,负责人")
    assert held(pipeline) == [(TIDE, "E2", "owner", "import")]


def test_an_owner_whom_nobody_knows_is_told_and_the_customer_taken(pipeline: Pipeline) -> None:
    head = "number,name,role,addresses,active\n"
    more = (
        "E5,王丽,rep,wang5@corp.example,yes\nE6,钱进,rep,qian@corp.example,no\nE7,孙静,steward,sun@corp.example,yes\n"
    )
    people.import_file(pipeline.tools, "people.csv", (head + more).encode())
    lines = [f"{TIDE},E77", f"{HILL},王丽", f"{SPRUCE},E6", f"{WHALE},E7"]
    result = listed(pipeline, *lines)
    assert (result.added, result.matched, result.rejected, result.owned) == (2, 2, 0, 0)
    assert told(result) == [(2, "owner unknown"), (3, "owner unknown"), (4, "owner unknown"), (5, "owner unknown")]
    notes = [line.note for line in result.lines if line.outcome == "owner unknown"]
    assert ["E77" in notes[0], "E1, E5" in notes[1], "钱进" in notes[2], "孙静" in notes[3]] == [True] * 4
    assert held(pipeline) == []


def test_whoever_owns_a_customer_keeps_it(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(SPRUCE)])))
    result = listed(pipeline, f"{SPRUCE},E2")
    assert (result.owned, told(result)) == (0, [(2, "owner kept")])
    assert "王丽 (E1)" in result.lines[-1].note
    assert held(pipeline) == [(SPRUCE, "E1", "owner", "report")]


def test_the_same_list_again_changes_nothing(pipeline: Pipeline) -> None:
    lines = [f"{TIDE},E1", f"{SPRUCE},E2"]
    listed(pipeline, *lines)
    before = pipeline.select(sa.select(assignment).order_by(assignment.c.id))
    pipeline.clock.now += timedelta(days=1)
    result = listed(pipeline, *lines)
    assert (result.owned, told(result)) == (0, [])
    assert pipeline.select(sa.select(assignment).order_by(assignment.c.id)) == before


def test_of_two_lines_of_one_customer_the_first_counts(pipeline: Pipeline) -> None:
    result = listed(pipeline, f"{TIDE},", f"{TIDE},E2", f"{TIDE},E1", "暂无,E1")
    assert (result.owned, told(result)) == (1, [(4, "owner kept")])
    assert held(pipeline) == [(TIDE, "E2", "owner", "import")]


def test_a_dry_run_says_it_and_gives_nothing(pipeline: Pipeline) -> None:
    result = listed(pipeline, f"{TIDE},E1", f"{SPRUCE},E77", dry_run=True)
    assert (result.owned, told(result)) == (1, [(3, "owner unknown")])
    assert held(pipeline) == []


def test_who_took_part_goes_on_as_the_owner(pipeline: Pipeline) -> None:
    for sender in ("wang.li@corp.example", "tom@corp.example"):
        number = {"wang.li@corp.example": "E1", "tom@corp.example": "E2"}[sender]
        pipeline.feed(a_mail(a_workbook([a_visit(SPRUCE)], cover={"rep_number": number}), sender=sender))
    with pipeline.tools.database.writing() as connection:
        connection.execute(assignment.update().where(assignment.c.role == "owner").values(to_on=TODAY))
    listed(pipeline, f"{SPRUCE},E2")
    assert held(pipeline) == [(SPRUCE, "E2", "owner", "import")]
    last = sa.select(assignment.c.last_report_on).where(assignment.c.to_on.is_(None))
    assert [row.last_report_on for row in pipeline.select(last)] == [TODAY]


def test_a_merged_customer_has_the_owner_of_what_it_became(pipeline: Pipeline) -> None:
    listed(pipeline, f"{SPRUCE},E1")
    listed(pipeline, f"{TIDE},")
    ids = {row.display_name: row.id for row in pipeline.select(sa.select(customer.c.id, customer.c.display_name))}
    merging.merge(pipeline.tools, merging.Request(ids[SPRUCE], ids[TIDE], {}))
    result = listed(pipeline, f"{TIDE},E2")
    assert told(result) == [(2, "owner kept")]
    assert held(pipeline) == [(SPRUCE, "E1", "owner", "import")]


def test_an_export_names_the_owners_and_can_be_imported_again(pipeline: Pipeline) -> None:
    listed(pipeline, f"{TIDE},E1", f"{SPRUCE},E2")
    exported = list(customers.export_rows(pipeline.tools))
    assert {row["name"]: row["owner"] for row in exported} == {TIDE: "E1", SPRUCE: "E2", WHALE: ""}
    with pipeline.tools.database.writing() as connection:
        connection.execute(assignment.delete())
    listed(pipeline, *(f"{row['name']},{row['owner']}" for row in exported))
    assert held(pipeline) == [(SPRUCE, "E2", "owner", "import"), (TIDE, "E1", "owner", "import")]


def test_the_reps_own_workbook_then_offers_them(pipeline: Pipeline) -> None:
    listed(pipeline, f"{TIDE},E1", f"{HILL},E1", f"{SPRUCE},E2")
    assert sorted(offered(own(pipeline), "list_customers")) == sorted([TIDE, HILL])


def test_the_number_of_queries_does_not_grow_with_the_list(pipeline: Pipeline) -> None:
    asked: list[str] = []

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def ask(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "assignment" in statement.split("RETURNING")[0]:
            asked.append(statement)

    try:
        listed(pipeline, f"{TIDE}一号,E1")
        few = len(asked)
        asked.clear()
        listed(
            pipeline,
            *(f"{place}远山阀门有限公司,E{1 + n % 2}" for n, place in enumerate(("宁波", "舟山", "台州", "温州"))),
        )
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", ask)
    assert 0 < len(asked) <= few
