import sqlalchemy as sa

from daysheet.dedupe.links import Added, Kept, Outcome, Relinked, Why
from daysheet.model.memory import Link, LinkSource, LinkStatus, RefusalCode, RelationType
from daysheet.services import customers, linking
from daysheet.services.linking import Unlinked
from daysheet.services.tools import Tools
from daysheet.store import relations, tables
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import add, merge, refused, unmerge

HEAD, PROVINCE, CITY, COUNTY = "云杉银行股份有限公司", "云杉银行浙江省分行", "云杉银行杭州分行", "云杉银行西湖支行"


def four(pipeline: Pipeline) -> tuple[int, int, int, int]:
    a, b, c, d = add(pipeline.tools, HEAD, PROVINCE, CITY, COUNTY)
    return a, b, c, d


def propose(tools: Tools, *pairs: tuple[int, int], source: LinkSource = LinkSource.LATTICE) -> list[Outcome]:
    with tools.database.writing() as connection:
        return linking.propose(connection, tools, [Link(*pair, source=source) for pair in pairs])


def parents(pipeline: Pipeline, customer_id: int) -> list[int]:
    view = customers.show(pipeline.tools, customer_id)
    assert view is not None
    return [one.id for one in view.parents]


def test_a_nearer_parent_that_appears_later_takes_over_and_the_old_link_is_closed(pipeline: Pipeline) -> None:
    head, province, _, county = four(pipeline)
    propose(pipeline.tools, (county, head))
    later = propose(pipeline.tools, (province, head), (county, province))
    assert [type(outcome) for outcome in later] == [Added, Relinked]
    assert parents(pipeline, county) == [province]
    closed = pipeline.select(
        sa.select(tables.customer_relation).where(tables.customer_relation.c.valid_to.is_not(None))
    )
    assert [(row.child_id, row.parent_id) for row in closed] == [(county, head)]


def test_what_one_batch_makes_and_replaces_is_stored_once(pipeline: Pipeline) -> None:
    head, province, _, county = four(pipeline)
    propose(pipeline.tools, (county, head), (province, head), (county, province), (county, province))
    rows = pipeline.select(sa.select(tables.customer_relation))
    assert sorted((row.child_id, row.parent_id) for row in rows) == [(province, head), (county, province)]


def test_the_way_up_is_seen_over_links_that_were_stored_before(pipeline: Pipeline) -> None:
    head, province, city, county = four(pipeline)
    propose(pipeline.tools, (province, head), (city, province), (county, city))
    [outcome] = propose(pipeline.tools, (head, county))
    assert refused(outcome).code is RefusalCode.CYCLE
    [outcome] = propose(pipeline.tools, (county, head))
    assert outcome == Kept(Link(county, head), Why.FARTHER)


def test_too_deep_a_tree_is_refused_from_above_and_from_below(pipeline: Pipeline) -> None:
    ids = add(pipeline.tools, *(f"云杉第{n}级" for n in range(10)))
    for n in range(7):
        propose(pipeline.tools, (ids[n + 1], ids[n]))
    [outcome] = propose(pipeline.tools, (ids[8], ids[7]))
    assert refused(outcome).code is RefusalCode.TOO_DEEP
    [outcome] = propose(pipeline.tools, (ids[0], ids[9]))
    assert refused(outcome).code is RefusalCode.TOO_DEEP


def test_a_cut_is_remembered_until_a_steward_links_again(pipeline: Pipeline) -> None:
    head, _, _, county = four(pipeline)
    propose(pipeline.tools, (county, head))
    assert linking.unlink(pipeline.tools, county, head) == Unlinked(county, head, 1)
    [outcome] = propose(pipeline.tools, (county, head))
    assert isinstance(outcome, Kept)
    assert outcome.why is Why.CUT
    assert parents(pipeline, county) == []
    assert isinstance(linking.link(pipeline.tools, county, head), Added)
    assert parents(pipeline, county) == [head]
    linking.unlink(pipeline.tools, county, head)
    assert parents(pipeline, county) == []


def test_a_link_that_is_not_there_can_be_forbidden(pipeline: Pipeline) -> None:
    head, _, _, county = four(pipeline)
    assert linking.unlink(pipeline.tools, county, head) == Unlinked(county, head, 0)
    [outcome] = propose(pipeline.tools, (county, head))
    assert isinstance(outcome, Kept)


def test_a_steward_confirms_a_proposed_link_with_its_type(pipeline: Pipeline) -> None:
    head, _, _, county = four(pipeline)
    with pipeline.tools.database.writing() as connection:
        linking.propose(connection, pipeline.tools, [Link(county, head, RelationType.AFFILIATED_TO)])
    outcome = linking.link(pipeline.tools, county, head, reason="章程")
    assert isinstance(outcome, Relinked)
    assert (outcome.link.type, outcome.link.status) == (RelationType.AFFILIATED_TO, LinkStatus.CONFIRMED)
    [entry] = pipeline.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.linked"))
    assert (entry.before, entry.after) == ({"parent": head}, {"parent": head, "reason": "章程"})


def test_a_stewards_refusals_have_their_codes(pipeline: Pipeline) -> None:
    head, province, city, county = four(pipeline)
    linking.link(pipeline.tools, county, head)
    assert refused(linking.link(pipeline.tools, head, county)).code is RefusalCode.CYCLE
    assert refused(linking.link(pipeline.tools, county, province)).code is RefusalCode.SECOND_PARENT
    assert refused(linking.link(pipeline.tools, city, city)).code is RefusalCode.OWN_PARENT
    assert refused(linking.link(pipeline.tools, city, 404)).code is RefusalCode.UNKNOWN_CUSTOMER
    assert refused(linking.unlink(pipeline.tools, 404, city)).code is RefusalCode.UNKNOWN_CUSTOMER
    assert refused(linking.unlink(pipeline.tools, city, city)).code is RefusalCode.NO_LINK


def test_links_lead_through_merges_and_come_back_when_they_are_undone(pipeline: Pipeline) -> None:
    head, province, city, county = four(pipeline)
    propose(pipeline.tools, (county, city))
    done = merge(pipeline.tools, province, city)
    assert parents(pipeline, county) == [province]
    propose(pipeline.tools, (city, head))
    assert parents(pipeline, province) == [head]
    unmerge(pipeline.tools, done)
    assert (parents(pipeline, county), parents(pipeline, city), parents(pipeline, province)) == ([city], [head], [])


def test_a_cut_binds_what_the_two_have_become(pipeline: Pipeline) -> None:
    head, province, city, county = four(pipeline)
    linking.unlink(pipeline.tools, county, city)
    merge(pipeline.tools, province, city)
    [outcome] = propose(pipeline.tools, (county, province))
    assert isinstance(outcome, Kept)
    assert outcome.why is Why.CUT
    assert head not in parents(pipeline, county)


def test_orders_roll_up_over_branches_and_not_over_affiliation(pipeline: Pipeline) -> None:
    head, province, city, county = four(pipeline)
    [clinic] = add(pipeline.tools, "云杉银行医院")
    propose(pipeline.tools, (province, head), (city, province), (county, city))
    with pipeline.tools.database.writing() as connection:
        linking.propose(connection, pipeline.tools, [Link(clinic, head, RelationType.AFFILIATED_TO)])
    [twin] = add(pipeline.tools, "云杉银行杭州市分行")
    merge(pipeline.tools, city, twin)
    with pipeline.tools.database.reading() as connection:
        assert relations.rolled_up(connection, head) == (head, province, city, county)
        tree = relations.tree_below(connection, head)
        assert {edge.child_root for edge in tree} == {province, city, county, clinic}
        assert [edge.parent_root for edge in relations.ancestors_of(connection, county)] == [city, province, head]
