"""A customer list that meets customers who are known already."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from daysheet.model.customers import CustomerStatus
from daysheet.services import import_customers, merging
from daysheet.services.customers import show
from daysheet.store.customers import CustomerView
from daysheet.store.tables import customer, customer_external_id, customer_field
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

NAME = "宁波听潮泵业有限公司"
HEAD = "id,name,city,industry,level,credit_code,phone\n"


def listed(pipeline: Pipeline, *lines: str, **options: bool) -> import_customers.CustomersImported:
    return import_customers.import_file(pipeline.tools, "list.csv", (HEAD + "\n".join(lines)).encode(), **options)


def reported(pipeline: Pipeline, **said: str) -> int:
    """A provisional customer, as a report brings it; its id."""
    pipeline.feed(a_mail(a_workbook([a_visit(NAME, **said)])))
    return int(pipeline.select(sa.select(customer.c.id).where(customer.c.display_name == NAME))[0].id)


def shown(pipeline: Pipeline, customer_id: int) -> CustomerView:
    found = show(pipeline.tools, customer_id)
    assert found is not None
    return found


def test_a_list_confirms_a_customer_that_a_report_brought_and_fills_what_it_lacks(pipeline: Pipeline) -> None:
    known = reported(pipeline, industry="机械")
    assert shown(pipeline, known).customer.status is CustomerStatus.PROVISIONAL
    result = listed(pipeline, f"K9,{NAME},宁波,泵,A,,0574-87654321")
    assert (result.added, result.matched) == (0, 1)
    found = shown(pipeline, known)
    record = found.customer
    assert record.status is CustomerStatus.CONFIRMED
    assert (record.city, record.industry, record.level, record.phone) == ("宁波", "机械", "A", "0574-87654321")
    kept = {(one.field, one.value, one.source, one.is_proposal) for one in found.fields}
    assert {
        ("city", "宁波", "import", False),
        ("industry", "机械", "report", False),
        ("industry", "泵", "import", True),
        ("level", "A", "import", False),
    } <= kept


def test_the_lists_level_counts_where_a_report_proposed_another(pipeline: Pipeline) -> None:
    known = reported(pipeline, level="D")
    listed(pipeline, f"K9,{NAME},,,B,,")
    assert shown(pipeline, known).customer.level == "B"
    pipeline.clock.now += timedelta(days=1)
    pipeline.feed(a_mail(a_workbook([a_visit(NAME, level="C", content="又谈了一次")], cover={"report_date": None})))
    assert shown(pipeline, known).customer.level == "B"


def test_what_a_steward_has_set_stays(pipeline: Pipeline) -> None:
    known = reported(pipeline)
    with pipeline.tools.database.writing() as connection:
        connection.execute(customer.update().where(customer.c.id == known).values(level="A", city="舟山"))
    listed(pipeline, f"K9,{NAME},宁波,,C,,")
    record = shown(pipeline, known).customer
    assert (record.level, record.city) == ("A", "舟山")


def test_the_same_list_again_changes_and_records_nothing(pipeline: Pipeline) -> None:
    reported(pipeline, industry="机械")
    every = sa.select(customer_field.c.customer_id, customer_field.c.field, customer_field.c.value)
    listed(pipeline, f"K9,{NAME},宁波,泵,A,,")
    once = pipeline.select(every)
    listed(pipeline, f"K9,{NAME},宁波,泵,A,,")
    assert pipeline.select(every) == once


def test_a_rehearsed_list_leaves_a_known_customer_as_it_was(pipeline: Pipeline) -> None:
    known = reported(pipeline)
    listed(pipeline, f"K9,{NAME},宁波,,A,,", dry_run=True)
    record = shown(pipeline, known).customer
    assert (record.status, record.city) == (CustomerStatus.PROVISIONAL, None)


def test_two_lines_of_one_customer_complete_each_other(pipeline: Pipeline) -> None:
    listed(pipeline, f"K9,{NAME},宁波,,,,", f"K10,{NAME},舟山,泵,B,,")
    (found,) = pipeline.select(sa.select(customer).where(customer.c.display_name == NAME))
    assert (found.city, found.industry, found.level) == ("宁波", "泵", "B")


def test_a_list_completes_the_merged_customer_whose_name_it_has(pipeline: Pipeline) -> None:
    known = reported(pipeline)
    winner = pipeline.select(sa.select(customer.c.id).where(customer.c.display_name.like("杭州%")))[0].id
    merging.merge(pipeline.tools, merging.Request(winner, known, {}))
    listed(pipeline, f",{NAME},宁波,,,,")
    assert shown(pipeline, winner).customer.city == "宁波"
    merging.unmerge(pipeline.tools, customer_id=known)
    assert shown(pipeline, known).customer.city == "宁波"
    assert shown(pipeline, winner).customer.city is None


def test_every_line_of_a_customer_that_stands_several_times_in_a_list_gives_its_id(pipeline: Pipeline) -> None:
    result = listed(pipeline, f"K8,{NAME},,,,,", "K9,宁波听潮泵业有线公司,,,,,", "K9,象山远山阀门有限公司,,,,,")
    assert (result.added, result.matched) == (2, 1)
    [found] = [one for one in pipeline.select(sa.select(customer)) if one.display_name == NAME]
    ids = pipeline.select(sa.select(customer_external_id).where(customer_external_id.c.customer_id == found.id))
    assert {row.value for row in ids} == {"K8", "K9"}


def test_every_line_is_seen_with_what_it_was_taken_for_even_in_a_dry_run(pipeline: Pipeline) -> None:
    seen: list[import_customers.Seen] = []
    content = f"id,name\nX1,{NAME}\nX2,{NAME}\nX3,暂无\nX4,杭州云杉自动化有限公司\n".encode()

    def look(connection: sa.Connection, lines: Sequence[import_customers.Seen]) -> None:
        assert connection.execute(sa.select(customer).where(customer.c.display_name == NAME)).first() is not None
        seen.extend(lines)

    import_customers.import_file(pipeline.tools, "list.csv", content, dry_run=True, inspect=look)
    told = [(one.row, one.outcome, one.customer_id is None) for one in sorted(seen, key=lambda one: one.row)]
    assert told == [(2, "added", False), (3, "known", False), (4, "rejected", True), (5, "known", False)]
    assert pipeline.select(sa.select(customer).where(customer.c.display_name == NAME)) == []
