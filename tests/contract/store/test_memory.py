"""Merges, judgements, reviews and links on both databases: long stories with fixed beginnings, and what is read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from daysheet.dedupe.links import Added, Relinked
from daysheet.model.decisions import Candidate
from daysheet.model.memory import OPERATOR, Link, LinkSource, Question, RelationType, ReviewKind, ReviewState, Says
from daysheet.services import customers as customers_service
from daysheet.services import linking, merging, reviews
from daysheet.services.merging import Merged, Request
from daysheet.services.tools import Tools
from daysheet.store import assignments, judgements, merges, relations, tables
from daysheet.store import reviews as reviews_store
from daysheet.store.engine import Connection
from tests import builders
from tests.builders import NOW
from tests.unit.services.memory import add, everything_in
from tests.unit.services.world import Differ, Merge, NewName, Put, Row, Step, Unmerge, live_through

SOURCES = (LinkSource.LATTICE, LinkSource.PARSED_CHAIN, LinkSource.STEWARD)


@pytest.fixture
def tools(prepared_url: str, tmp_path: Path) -> Iterator[Tools]:
    """Tools on a fresh database with the packaged forms."""
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url})) as opened:
        yield opened


def a_story(seed: int, length: int = 60) -> list[Step]:
    random = Random(seed)

    def number() -> int:
        return random.randint(0, 11)

    makers = (
        lambda: Row(random.randint(0, 15), number(), random.randint(0, 2), random.randint(0, 7)),
        lambda: NewName(number()),
        lambda: Merge(number(), number(), random.random() < 0.5),
        lambda: Unmerge(number()),
        lambda: Differ(number(), number()),
        lambda: Put(number(), number(), random.choice(SOURCES)),
    )
    return [random.choices(makers, (6, 1, 4, 2, 1, 2))[0]() for _ in range(length)]


@pytest.mark.parametrize("seed", range(4))
def test_after_undoing_all_merges_everything_is_as_if_there_had_been_none(
    tools: Tools, tmp_path: Path, seed: int
) -> None:
    with tools.database.writing() as connection:
        world = live_through(a_story(seed), tools, connection, merges=True)
        found = everything_in(connection, tools.tables)
        events = connection.execute(sa.select(sa.func.count()).select_from(tables.merge_event)).scalar_one()
    assert events > 3, "the story has merges"
    other = tmp_path / "other"
    other.mkdir()
    with builders.open_tools(builders.settings(other)) as never, never.database.writing() as connection:
        live_through(a_story(seed), never, connection, merges=False)
        expected = everything_in(connection, never.tables)
    assert found == expected
    assert world.rows > 10


def merge(connection: Connection, tools: Tools, winner: int, loser: int) -> Merged:
    done = merging.merge_within(connection, tools, Request(winner, loser, {}), OPERATOR)
    assert isinstance(done, Merged), done
    return done


def test_the_before_image_holds_every_touched_record(tools: Tools) -> None:
    [a] = add(tools, "云杉甲行", city="杭州")
    b, c = add(tools, "云杉乙行", "云杉丙行")
    with tools.database.writing() as connection:
        merge(connection, tools, b, c)
        done = merge(connection, tools, a, b)
        assert done.event is not None
        event = merges.get(connection, done.event.id)
    assert event == done.event
    assert event is not None
    assert event.moved == {b, c}
    assert (event.before["winner"]["city"], event.before["winner"]["root_id"]) == ("杭州", a)
    assert [(one["id"], one["root_id"], one["merged_into"]) for one in event.before["moved"]] == [
        (b, b, None),
        (c, b, b),
    ]


def test_merged_roots_are_found_in_one_question(tools: Tools) -> None:
    a, b, c = add(tools, "云杉甲行", "云杉乙行", "云杉丙行")
    with tools.database.writing() as connection:
        assert merges.merged_roots(connection, [a, b, c]) == frozenset()
        merge(connection, tools, a, b)
        assert merges.merged_roots(connection, [b, c]) == {a}
        assert merges.roots_of(connection, [a, b, c, 404]) == {a: a, b: a, c: c}


def test_a_record_keeps_its_provenance(tools: Tools) -> None:
    [a] = add(tools, "云杉甲行", city="杭州")
    with tools.database.reading() as connection:
        [record] = merges.families(connection, [a])[a]
    assert (record.told["city", "杭州"].source, record.told["city", "杭州"].count) == ("import", 1)


def test_one_open_question_of_a_kind_per_customer_is_the_databases_rule_too(tools: Tools) -> None:
    a, b = add(tools, "云杉甲行", "云杉乙行")
    asked = Question(b, ReviewKind.NAME, (Candidate(a, "云杉甲行", 0.8, ("key",)),), versions={"rules": "t"})
    with tools.database.writing() as connection:
        [number] = reviews_store.open_many(connection, [asked, asked], NOW).values()
        again = {"kind": "name", "customer_id": b, "state": "open", "detail": {}, "opened_at": NOW}
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            connection.execute(tables.review.insert().values(again))
        reviews_store.decide(connection, number, Says.DIFFERENT, "", OPERATOR, NOW)
        [newer] = reviews_store.open_many(connection, [asked], NOW).values()
        assert newer != number
        [found] = reviews_store.listed(connection, tools.tables)
        assert (found.id, found.versions, found.candidates[0].reasons) == (newer, {"rules": "t"}, ("key",))
        [decided] = reviews_store.listed(connection, tools.tables, ReviewState.DECIDED)
        assert (decided.id, decided.decided_at) == (number, NOW)
        assert reviews_store.listed(connection, tools.tables, kind=ReviewKind.PARENT) == ()


def test_what_binds_is_found_from_either_side_and_through_merges(tools: Tools) -> None:
    a, b, c, d = add(tools, "云杉甲行", "云杉乙行", "云杉丙行", "云杉丁行")
    with tools.database.writing() as connection:
        number = judgements.add(connection, judgements.Said(c, b, Says.DIFFERENT, "两家"), OPERATOR, NOW)
        merge(connection, tools, a, b)
        for one, other in ((a, c), (c, a), (b, c)):
            [said] = judgements.between(connection, {one}, {other})
            assert (said.id, said.reason, said.at) == (number, "两家", NOW)
        assert judgements.between(connection, {a}, {d}) == ()
        judgements.revoke(connection, [number], NOW)
        assert judgements.between(connection, {a}, {c}) == ()


def test_surroundings_reach_up_and_count_down(tools: Tools) -> None:
    ids = add(tools, *(f"云杉第{n}级" for n in range(6)))
    twin, outside = add(tools, "云杉第二级分身", "云栖")
    with tools.database.writing() as connection:
        linking.propose(connection, tools, [Link(ids[n + 1], ids[n]) for n in range(5)])
        merge(connection, tools, ids[2], twin)
        around = relations.surroundings(connection, [(twin, outside), (ids[5], ids[0])])
        assert around.heights == {ids[2]: 3}
        assert around.own.keys() == {ids[2], ids[5]}, "every record of a child that is asked about"
        assert {ids[5], ids[4], ids[3], ids[2], ids[1]} == around.shown.keys()
        assert around.roots[twin] == ids[2]


def test_relinking_closes_the_old_link_and_a_cut_is_remembered(tools: Tools) -> None:
    head, branch, child = add(tools, "云杉总行", "云杉分行", "云杉支行")
    with tools.database.writing() as connection:
        linking.propose(connection, tools, [Link(child, head, RelationType.SUBSIDIARY_OF)])
        outcomes = linking.propose(connection, tools, [Link(branch, head), Link(child, branch)])
        assert [type(outcome) for outcome in outcomes] == [Added, Relinked]
        linking.unlink_within(connection, tools, OPERATOR, child, branch)
        assert relations.parents_of(connection, {child}) == {}
        [cut] = relations.cuts_between(connection, child, branch)
        [ended] = relations.ended_by(connection, [cut])
        assert (ended.child_id, ended.parent_id) == (child, branch)


def test_the_earliest_owner_is_the_owner(tools: Tools) -> None:
    a, b = add(tools, "云杉甲行", "云杉乙行")
    with tools.database.writing() as connection:
        people = list(connection.execute(sa.select(tables.person.c.id).order_by(tables.person.c.id)).scalars())
        for customer_id, person, day in ((a, people[0], 3), (b, people[1], 2)):
            values = {"customer_id": customer_id, "person_id": person, "role": "owner", "source": "report"}
            on = date(2026, 3, day)
            connection.execute(tables.assignment.insert().values(values | {"from_on": on, "last_report_on": on}))
        merge(connection, tools, a, b)
        years_later = date(2028, 1, 1)
        assert assignments.own_customers(connection, people[0], years_later) == ()
        assert [one.id for one in assignments.own_customers(connection, people[1], years_later)] == [a]


def test_merged_customers_are_listed_once_whichever_of_them_is_confirmed(tools: Tools) -> None:
    a, b = add(tools, "云杉甲行", "云杉乙行")
    with tools.database.writing() as connection:
        connection.execute(tables.customer.update().where(tables.customer.c.id == a).values(status="provisional"))
        merge(connection, tools, a, b)
    assert [one.id for one in customers_service.search(tools, "云杉", 10) if one.id in (a, b)] == [a]
    exported = {row["id"]: row for row in customers_service.export_rows(tools)}
    assert (exported[a]["status"], exported[a]["merged_ids"]) == ("confirmed", str(b))
    assert b not in exported


def test_a_decision_and_a_rehearsed_one_need_nothing_but_their_transaction(tools: Tools) -> None:
    a, b = add(tools, "云杉甲行", "云杉乙行")
    moved = replace(tools, clock=builders.Clock())
    assert isinstance(merging.merge(moved, Request(a, b, {}), dry_run=True), Merged)
    with tools.database.writing() as connection:
        said = judgements.Said(a, b, Says.DIFFERENT)
        assert reviews.judge_within(connection, moved, OPERATOR, said) is None
