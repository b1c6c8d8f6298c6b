"""What comes back to reps, on both databases: the queries find the same, and one rep's are told from another's."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from daysheet.model.memory import ReviewKind, Says
from daysheet.services import customer_edit
from daysheet.store import rep_figures, told
from daysheet.store import returns as store
from daysheet.store.rep_figures import Owned, Visits
from daysheet.store.returns import Became, Judged
from daysheet.store.row_decisions import RowDecisionKind
from daysheet.store.tables import digest, outbox
from daysheet.store.told import Told
from tests import builders
from tests.builders import NOW, TODAY, Clock, a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import merge, unmerge
from tests.unit.services.test_returns import (
    CLOUD,
    DAY,
    HOUR,
    TYPED,
    WHALE,
    WRONG,
    answered,
    drop,
    id_of,
    level,
    prepared,
    report,
    steward,
)

ONE, TWO, STRANGER = 1, 2, 9_000_000
REPS = (ONE, TWO, STRANGER)


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield prepared(Pipeline(tools, clock, tmp_path, count(1)))


def test_an_answered_question_is_found_by_its_report_and_by_its_customer(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    report(pipeline, a_visit(TYPED), by="E2")
    at = pipeline.clock()
    number = answered(pipeline, TYPED, Says.SAME)
    with pipeline.tools.database.reading() as connection:
        found = sorted(store.judged(connection, REPS, at), key=lambda one: one.person_id)
        assert found == [Judged(rep, number, TYPED, CLOUD, True, True, "E9", at) for rep in (ONE, TWO)]
        assert list(store.judged(connection, REPS, at + timedelta(microseconds=1))) == []


def test_a_merge_is_found_by_whom_it_moved_until_it_is_undone(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(WHALE))
    report(pipeline, a_visit(TYPED), by="E2")
    at = pipeline.clock()
    number = answered(pipeline, TYPED, Says.SAME, WHALE, ReviewKind.DUPLICATE)
    root = id_of(tools, WHALE)
    with tools.database.reading() as connection:
        assert list(store.merged(connection, REPS, at)) == [Became(TWO, root, TYPED, WHALE, "E9", at, number)]
    done = merge(tools, id_of(tools, CLOUD), root)
    with tools.database.reading() as connection:
        both = {(one.person_id, one.name, one.now) for one in store.merged(connection, REPS, at)}
    assert both == {(ONE, WHALE, CLOUD), (TWO, TYPED, CLOUD)}
    unmerge(tools, done)
    with tools.database.reading() as connection:
        assert [one.person_id for one in store.merged(connection, REPS, at)] == [TWO]


def test_a_renaming_is_found_in_the_log(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(CLOUD))
    cloud, visitor, at = id_of(tools, CLOUD), steward(tools), pipeline.clock()
    opened = customer_edit.opened(tools, visitor, cloud)
    assert opened is not None
    customer_edit.edit(tools, visitor, cloud, {"display_name": "杭州云杉智能有限公司", "city": "杭州"}, opened)
    with tools.database.reading() as connection:
        found = list(store.renamed(connection, REPS, at))
    assert found == [Became(ONE, cloud, CLOUD, "杭州云杉智能有限公司", "E9", at)]


def test_what_was_done_about_a_row_is_found_with_the_name_in_it(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(WHALE), WRONG)
    at = pipeline.clock()
    drop(pipeline)
    with pipeline.tools.database.reading() as connection:
        (found,) = store.handled(connection, pipeline.tools.tables, REPS, at)
    assert (found.person_id, found.kind, found.sheet, found.typed) == (ONE, RowDecisionKind.DROPPED, "visits", CLOUD)
    assert (found.note, found.actor, found.at) == ("写了两遍", "E9", at)


def test_what_was_told_is_until_when_the_latest_answer_or_morning_mail_told_it(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    with pipeline.tools.database.writing() as connection:
        assert told.lately(connection, REPS, NOW)[ONE] == Told(NOW)
        payload = dict(connection.execute(outbox.select()).one().payload) | {told.TOLD_AT: (NOW + HOUR).isoformat()}
        connection.execute(outbox.update().values(payload=payload))
        assert told.lately(connection, REPS, NOW) == {ONE: Told(NOW, NOW + HOUR), TWO: Told(), STRANGER: Told()}
        values = {"kind": "morning", "first_on": TODAY, "last_on": TODAY, "person_id": ONE, "figures": {}}
        connection.execute(digest.insert().values(**values, outbox_id=1, made_at=NOW + 2 * HOUR))
        assert told.lately(connection, REPS, NOW)[ONE] == Told(NOW, NOW + 2 * HOUR)
        connection.execute(outbox.update().values(state="failed"))
        assert told.lately(connection, REPS, NOW)[ONE] == Told(None, NOW + 2 * HOUR)
        assert told.lately(connection, REPS, NOW + 3 * HOUR)[ONE] == Told()


def test_own_customers_and_their_visits_are_found_by_what_they_have_become(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(CLOUD), on=TODAY - 40 * DAY)
    report(pipeline, a_visit(WHALE), on=TODAY - 2 * DAY, by="E2")
    level(pipeline, CLOUD, "A")
    merge(tools, id_of(tools, CLOUD), id_of(tools, WHALE))
    cloud = id_of(tools, CLOUD)
    with tools.database.reading() as connection:
        own = list(rep_figures.owned(connection, REPS, "ABC"))
        assert own == [Owned(ONE, cloud, CLOUD, "A", TODAY - 40 * DAY)]
        begins = [TODAY - 6 * DAY, TODAY - DAY]
        made = rep_figures.visits(connection, tools.tables, [cloud, STRANGER], begins, TODAY)
        assert made == {cloud: Visits((1, 0), TODAY - 2 * DAY)}
        assert rep_figures.last_visits(connection, tools.tables, [cloud, STRANGER]) == {cloud: TODAY - 2 * DAY}


def test_a_month_is_counted_by_rep(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(CLOUD), on=TODAY - 40 * DAY, opportunities=[a_deal(stage="已报价")])
    report(pipeline, a_visit(CLOUD), a_visit(WHALE), opportunities=[a_deal(stage="赢单", reason="价格")])
    report(pipeline, a_visit(CLOUD), by="E2")
    with pipeline.tools.database.reading() as connection:
        found = rep_figures.month(connection, pipeline.tools.tables, REPS, date(2026, 3, 1), TODAY)
    assert found == {
        ONE: {
            "visits.done": 2,
            "visits.customers": 2,
            "rows.landed": 3,
            "deals.won.count": 1,
            "won.count": 1,
        },
        TWO: {"visits.done": 1, "visits.customers": 1, "rows.landed": 1},
        STRANGER: {},
    }
