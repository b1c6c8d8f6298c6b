"""The stewards' queues on both databases: what waits, in which order, for whom, and how the deciding goes."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from daysheet.model.access import EVERYTHING, Scope
from daysheet.model.decisions import Candidate
from daysheet.model.memory import OPERATOR, Question, Refusal, ReviewKind, ReviewState, Says
from daysheet.services import import_customers, reviews
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import desk, lookup, people, queue
from daysheet.store import reviews as stored
from daysheet.store.queue import View
from daysheet.store.tables import review
from tests import builders
from tests.builders import Clock, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

SUZHOU, WUXI, LATIN = "苏州蓝鲸精密机械有限公司", "无锡蓝鲸精密机械有限公司", "Nordlicht Maschinenbau GmbH"
A, B, C = "宁波听潮泵业有限公司", "杭州听潮泵业有限公司", "北京青禾包装有限公司"


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database, with a few customers."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        content = "id,name\n" + "".join(f"{name},{name}\n" for name in (WUXI, LATIN, A, B, C))
        import_customers.import_file(tools, "list.csv", content.encode())
        yield Pipeline(tools, clock, tmp_path, count(1))


@pytest.fixture
def tools(pipeline: Pipeline) -> Tools:
    """Its tools."""
    return pipeline.tools


def id_of(tools: Tools, name: str) -> int:
    with tools.database.reading() as connection:
        return lookup.by_aliases(connection, [name])[name][0].id


def scope_of(tools: Tools, *numbers: str) -> Scope:
    with tools.database.reading() as connection:
        found = [people.find_by_number(connection, number) for number in numbers]
    return Scope(person_ids=frozenset(one.id for one in found if one))


def ask(tools: Tools, name: str, other: str, kind: ReviewKind = ReviewKind.DUPLICATE) -> int:
    question = Question(id_of(tools, name), kind, (Candidate(id_of(tools, other), other, 0.9, ("slip",)),))
    with tools.database.writing() as connection:
        return next(iter(reviews.ask(connection, tools, [question]).values()))


def order(tools: Tools, view: View, scope: Scope = EVERYTHING) -> list[int]:
    with tools.database.reading() as connection:
        return list(queue.order(connection, tools.tables, scope, view))


def report(pipeline: Pipeline, *names: str, by: str = "E1", days: int = 0) -> None:
    """Feed a report of *by* that visits each of *names*."""
    day = builders.TODAY - timedelta(days=days)
    visits = [a_visit(name, contact=f"李{number}", visit_date=day) for number, name in enumerate(names)]
    raw = a_workbook(visits, cover={"rep_number": by, "report_date": day})
    pipeline.feed(raw, as_number=by, name=f"{next(pipeline.numbers):03d}.xlsx")


def test_brands_stand_together_by_their_rows_then_by_age(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    lonely, tide, older = ask(tools, C, SUZHOU), ask(tools, A, SUZHOU), ask(tools, LATIN, SUZHOU)
    pipeline.clock.now += timedelta(days=1)
    other_tide = ask(tools, B, SUZHOU)
    report(pipeline, C, C, A, A, B)
    assert order(tools, View()) == [tide, other_tide, lonely, older]
    with tools.database.reading() as connection:
        first, second, *_ = queue.places(connection, tools.tables, EVERYTHING, View(), 0, 50)
        [last] = queue.places(connection, tools.tables, EVERYTHING, View(), 3, 50)
    assert (first.brand, first.brand_questions, first.brand_rows) == ("听潮", 2, 3)
    assert (second.review_id, second.brand_rows) == (other_tide, 3)
    assert last.review_id == older


def test_a_brand_that_is_held_keeps_its_place_when_fewer_rows_wait_for_it(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    lonely, tide, other_tide = ask(tools, C, SUZHOU), ask(tools, A, SUZHOU), ask(tools, B, SUZHOU)
    report(pipeline, C, C, A, B)
    assert order(tools, View()) == [tide, other_tide, lonely], "brands before what stands alone"
    stored_as = {"state": ReviewState.DECIDED, "decided_at": pipeline.clock.now}
    with tools.database.writing() as connection:
        connection.execute(review.update().where(review.c.id == tide).values(stored_as))
    assert order(tools, View()) == [lonely, other_tide]
    assert order(tools, View(held=((tide, 2),))) == [other_tide, lonely]
    assert order(tools, View(held=((tide, 1), (99_999, 9)))) == [lonely, other_tide]


def test_the_first_that_is_open_is_found_among_those_that_are_not(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    first, second = ask(tools, C, SUZHOU), ask(tools, A, SUZHOU)
    with tools.database.writing() as connection:
        connection.execute(review.update().where(review.c.id == first).values(state=ReviewState.WITHDRAWN))
    with tools.database.reading() as connection:
        assert queue.first_open(connection, [99_999, first, second]) == second
        assert queue.first_open(connection, [first]) is None
        assert queue.first_open(connection, []) is None


def test_a_view_leaves_out_what_it_does_not_ask_for(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    first = ask(tools, WUXI, SUZHOU)
    pipeline.clock.now += timedelta(days=3)
    latin, parent = ask(tools, LATIN, WUXI), ask(tools, A, B, ReviewKind.PARENT)
    with tools.database.writing() as connection:
        person = people.find_by_number(connection, "E9")
        assert person is not None
        stored.assign(connection, [latin], person.id)
    since = pipeline.clock.now - timedelta(days=1)
    for view, found in (
        (View(), {first, latin, parent}),
        (View(ReviewKind.PARENT), {parent}),
        (View(assignee_id=person.id), {latin}),
        (View(assignee_id=0), {first, parent}),
        (View(opened_before=since), {first}),
        (View(script="zh"), {first, parent}),
        (View(script="en"), {latin}),
        (View(text="无锡"), {first, latin}),
        (View(text="NORDLICHT"), {latin}),
        (View(text="%"), set()),
        (View(text='"'), set()),
        (View(state=ReviewState.DECIDED), set()),
    ):
        assert set(order(tools, view)) == found, view


def test_settled_questions_come_newest_first_and_are_found_by_batch(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    numbers = [ask(tools, name, SUZHOU) for name in (A, B, C)]
    for number in numbers:
        pipeline.clock.now += timedelta(minutes=1)
        answer = Answer(Says.DIFFERENT, batch="b" if number != numbers[1] else "")
        with tools.database.writing() as connection:
            done = reviews.decide_within(connection, tools, number, answer, OPERATOR)
        assert not isinstance(done, Refusal)
    assert order(tools, View(state=ReviewState.DECIDED)) == numbers[::-1]
    with tools.database.reading() as connection:
        assert stored.of_batch(connection, "b") == (numbers[2], numbers[0])
    reviews.take_back(tools, numbers[2])
    with tools.database.reading() as connection:
        assert stored.of_batch(connection, "b") == (numbers[0],)


def test_who_does_not_see_a_customer_finds_nothing_of_it(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, A, SUZHOU)
    report(pipeline, B, WUXI, by="E2")
    northern, southern = ask(tools, A, SUZHOU), ask(tools, B, SUZHOU)
    south = scope_of(tools, "E2")
    assert order(tools, View(), south) == [southern]
    assert order(tools, View(text="苏州"), south) == []
    assert order(tools, View(text="苏州"), scope_of(tools, "E1")) == [northern]
    with tools.database.reading() as connection:
        ids = {id_of(tools, name) for name in (A, B, SUZHOU, WUXI)}
        assert queue.visible(connection, ids, south) == {id_of(tools, B), id_of(tools, WUXI)}
        assert queue.counts(connection, tools.tables, south).duplicates == 1
        assert queue.counts(connection, tools.tables, EVERYTHING).duplicates == 2
        assert queue.counts(connection, tools.tables, Scope()).total == 0


def test_every_queue_is_counted_for_whom_it_is(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, A, "暂无")
    report(pipeline, "暂无", "暂无", by="E2", days=1)
    ask(tools, A, SUZHOU, ReviewKind.PARENT)
    with tools.database.reading() as connection:
        everything = queue.counts(connection, tools.tables, EVERYTHING)
        south = queue.counts(connection, tools.tables, scope_of(tools, "E2"))
    assert (everything.rows, everything.parents, everything.total) == (3, 1, 4)
    assert (south.rows, south.parents, south.total) == (2, 0, 2)


def test_the_figures_tell_answers_from_those_taken_back_and_from_the_best_candidate(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    same, other, unsure = ask(tools, A, B), ask(tools, WUXI, SUZHOU), ask(tools, C, SUZHOU)
    parent = ask(tools, LATIN, SUZHOU, ReviewKind.PARENT)
    for number, says in (
        (same, Says.SAME),
        (other, Says.DIFFERENT),
        (unsure, Says.UNSURE),
        (parent, Says.RELATED),
    ):
        assert not isinstance(reviews.decide(tools, number, Answer(says)), Refusal)
    reviews.take_back(tools, other)
    now = pipeline.clock.now
    with tools.database.reading() as connection:
        figures = queue.figures(connection, EVERYTHING, now - timedelta(hours=1), now - timedelta(days=30))
        later = queue.figures(connection, EVERYTHING, now + timedelta(days=1), now + timedelta(days=1))
        nobodys = queue.figures(connection, Scope(), now - timedelta(hours=1), now - timedelta(days=30))
    assert figures == queue.Figures(now, 2, 3, 1, 2, 0)
    assert later == queue.Figures(now, 0, 0, 0, 0, 0)
    assert nobodys == queue.Figures(None, 0, 0, 0, 0, 0)
    reviews.decide(tools, other, Answer(Says.DIFFERENT))
    with tools.database.reading() as connection:
        figures = queue.figures(connection, EVERYTHING, now, now - timedelta(days=30))
    assert (figures.compared, figures.differed) == (3, 1)


def test_what_lies_beside_a_question_is_read_at_once(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, A, A, SUZHOU)
    report(pipeline, A, by="E2", days=1)
    number, one, other = ask(tools, A, B), id_of(tools, A), id_of(tools, B)
    reviews.decide(tools, number, Answer(Says.UNSURE, reason="?"))
    with tools.database.reading() as connection:
        rows = desk.waiting_rows(connection, tools.tables, one, EVERYTHING, 2)
        southern = desk.waiting_rows(connection, tools.tables, one, scope_of(tools, "E2"), 9)
        assert desk.aliases(connection, {one, other}) == {one: (A,), other: (B,)}
        assert desk.owners(connection, {one, other}) == {one: ("王丽", "Tom Baker"), other: ()}
        [entry] = desk.happened(connection, number, {one, other})
    assert [(row.rep_name, row.row_number) for row in rows] == [("Tom Baker", 3), ("王丽", 3)]
    assert [row.rep_name for row in southern] == ["Tom Baker"]
    assert (entry.action, entry.after) == ("review.answered", {"says": "unsure", "customer": None, "reason": "?"})


def test_candidates_are_left_out_and_put_back_by_what_they_have_become(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    one, other = id_of(tools, A), id_of(tools, B)
    candidates = (Candidate(one, A, 0.7), Candidate(other, B, 0.9))
    with tools.database.writing() as connection:
        [number] = reviews.ask(
            connection, tools, [Question(id_of(tools, C), ReviewKind.DUPLICATE, candidates)]
        ).values()
        stored.leave_out(connection, number, [other])
        found = stored.get(connection, tools.tables, number)
        assert found is not None
        assert ([c.customer_id for c in found.candidates], [c.customer_id for c in found.left_out]) == ([one], [other])
        stored.put_back(connection, number, [other])
        found = stored.get(connection, tools.tables, number)
        assert found is not None
        assert [c.customer_id for c in found.candidates] == [other, one], "by score"
        assert found.left_out == ()
