"""What comes back to a rep: decisions, customers to visit, the month so far."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.errors import StoreUnreachable
from daysheet.model.access import EVERYTHING, Account
from daysheet.model.answers import AnswerKind
from daysheet.model.calendars import WorkCalendar
from daysheet.model.documents import answer_from_document
from daysheet.model.memory import ReviewKind, Says
from daysheet.model.people import Person
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.text import Language
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import customer_edit, customer_people, figures, organisation, outbox, repairing, returns, reviews
from daysheet.services.access import Visitor
from daysheet.services.repairing import Done
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import lookup, people, rep_figures, tables
from tests.builders import NOW, TODAY, a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import add, ask, merge, unmerge

CLOUD, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"
TYPED = "宁波听潮泵业有限公司"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def prepared(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline with a steward, in a world without public holidays, where everybody has been for long."""
    run(pipeline, tables.person.update().where(tables.person.c.number == "E9").values(role="steward"))
    run(pipeline, tables.posting.update().values(from_on=date(2026, 1, 1)))
    policy = replace(pipeline.tools.policy, calendars=lambda: {"default": WorkCalendar()})
    return replace(pipeline, tools=replace(pipeline.tools, policy=policy))


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """A prepared pipeline."""
    return prepared(pipeline)


def person(tools: Tools, number: str) -> Person:
    with tools.database.reading() as connection:
        found = people.find_by_number(connection, number)
    assert found is not None
    return found


def of(pipeline: Pipeline, number: str = "E1", *, since: datetime = NOW, until: date = TODAY) -> Returns:
    tools = pipeline.tools
    with tools.database.reading() as connection:
        whole = organisation.load(connection, tools)
        rep = whole.by_number[number]
        return returns.of_rep(connection, tools, whole, rep, since, until, pipeline.clock())


def told(pipeline: Pipeline, number: str = "E1", **more: Any) -> list[Decided]:
    return list(of(pipeline, number, **more).decided)


def report(pipeline: Pipeline, *visits: dict[str, Any], on: date = TODAY, by: str = "E1", **sheets: Any) -> None:
    """Feed a report; its visits are of the report's day unless they say otherwise."""
    content = a_workbook(
        [{**one, "visit_date": on, "contact": f"李{at}"} for at, one in enumerate(visits)],
        cover={"rep_number": by, "report_date": on},
        **sheets,
    )
    pipeline.feed(content, as_number=by, name=f"{next(pipeline.numbers):03d}.xlsx")
    pipeline.clock.now += HOUR


def steward(tools: Tools) -> Visitor:
    return Visitor(Account(person(tools, "E9"), sees_all=True), EVERYTHING)


def id_of(tools: Tools, name: str) -> int:
    with tools.database.reading() as connection:
        return lookup.by_aliases(connection, [name])[name][0].id


def run(pipeline: Pipeline, statement: Any) -> None:
    with pipeline.tools.database.writing() as connection:
        connection.execute(statement)


def answered(pipeline: Pipeline, typed: str, says: Says, of_: str = CLOUD, kind: ReviewKind = ReviewKind.NAME) -> int:
    """Ask whether a reported name is another customer, and answer; return the question."""
    tools = pipeline.tools
    review = ask(tools, id_of(tools, typed), id_of(tools, of_), kind=kind)
    assert isinstance(reviews.decide(tools, review, Answer(says), by="E9"), reviews.Decided)
    return review


# ---- names -------------------------------------------------------------------------------------


def test_a_name_said_to_be_a_known_customers_comes_back_with_the_name_of_that(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    answered(pipeline, TYPED, Says.SAME)
    assert told(pipeline) == [Decided(DecidedKind.SAME, TYPED, CLOUD, "赵敏", on=TODAY)]


@pytest.mark.parametrize("says", [Says.DIFFERENT, Says.RELATED])
def test_a_name_of_its_own_comes_back_without_whom_it_was_compared_to(pipeline: Pipeline, says: Says) -> None:
    report(pipeline, a_visit(TYPED))
    answered(pipeline, TYPED, says)
    assert told(pipeline) == [Decided(DecidedKind.DIFFERENT, TYPED, "", "赵敏", on=TODAY)]


def test_an_answer_that_was_taken_back_is_not_told(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    review = answered(pipeline, TYPED, Says.SAME)
    reviews.take_back(pipeline.tools, review, by="E9")
    assert told(pipeline) == []


def test_a_decision_is_told_to_whom_it_concerns_and_since_when_was_asked(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    answered(pipeline, TYPED, Says.SAME)
    assert told(pipeline, "E2") == []
    assert told(pipeline, since=pipeline.clock()) != []
    assert told(pipeline, since=pipeline.clock() + timedelta(microseconds=1)) == []


def test_a_customer_that_the_rep_has_no_part_in_is_not_named(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    typed = id_of(pipeline.tools, TYPED)
    with pipeline.tools.database.writing() as connection:
        connection.execute(tables.assignment.update().values(to_on=TODAY))
        connection.execute(
            tables.review.insert().values(
                kind="name",
                customer_id=typed,
                submission_id=1,
                state="open",
                detail={"candidates": [{"customer_id": 1, "display_name": CLOUD, "score": 0.8}]},
                opened_at=NOW,
            )
        )
    reviews.decide(pipeline.tools, 1, Answer(Says.SAME), by="E9")
    assert told(pipeline) == [Decided(DecidedKind.SAME, TYPED, "", "赵敏", on=TODAY)]


def test_a_merge_of_an_own_customer_is_told_until_it_is_undone(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED))
    report(pipeline, a_visit(CLOUD), by="E2")
    done = merge(pipeline.tools, id_of(pipeline.tools, CLOUD), id_of(pipeline.tools, TYPED))
    assert told(pipeline) == [Decided(DecidedKind.MERGED, TYPED, CLOUD, on=TODAY)]
    assert told(pipeline, "E2") == []  # nothing has changed for who knows it under that name
    unmerge(pipeline.tools, done)
    assert told(pipeline) == []
    merge(pipeline.tools, id_of(pipeline.tools, WHALE), id_of(pipeline.tools, TYPED))
    assert [one.now for one in told(pipeline)] == [WHALE]


def test_a_merge_that_carried_an_own_customer_along_is_told_and_an_older_one_is_not(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(TYPED))
    (between, third, alone) = add(tools, "温州听潮泵业有限公司", "台州听潮泵业有限公司", "湖州听潮泵业有限公司")
    merge(tools, between, id_of(tools, TYPED))
    pipeline.clock.now += DAY
    merge(tools, third, between)
    merge(tools, third, alone)  # of the same family now, and not the rep's
    only = told(pipeline, since=pipeline.clock())
    assert [(one.kind, one.about, one.now) for one in only] == [(DecidedKind.MERGED, TYPED, "台州听潮泵业有限公司")]
    assert len(told(pipeline)) == 2


def test_known_customers_said_to_be_the_same_are_told_as_merged_and_once(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(WHALE))
    answered(pipeline, WHALE, Says.SAME, kind=ReviewKind.DUPLICATE)
    assert [(one.kind, one.about, one.now) for one in told(pipeline)] == [(DecidedKind.MERGED, WHALE, CLOUD)]


def test_a_renamed_customer_is_told_under_both_names_as_long_as_it_is_called_so(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(CLOUD))
    visitor, cloud = steward(tools), id_of(tools, CLOUD)

    def call(name: str) -> int:
        opened = customer_edit.opened(tools, visitor, cloud)
        assert opened is not None
        done = customer_edit.edit(tools, visitor, cloud, {"display_name": name}, opened)
        assert isinstance(done, customer_edit.Done)
        pipeline.clock.now += HOUR
        return done.entry_id

    call("杭州云杉智能有限公司")
    last = call("杭州云杉智造有限公司")
    renamed = Decided(DecidedKind.RENAMED, "杭州云杉智能有限公司", "杭州云杉智造有限公司", "赵敏", on=TODAY)
    assert told(pipeline) == [renamed]
    customer_people.undo(tools, visitor, cloud, last)
    assert [(one.about, one.now) for one in told(pipeline)] == [(CLOUD, "杭州云杉智能有限公司")]


def test_another_field_that_was_edited_is_no_renaming(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    report(pipeline, a_visit(CLOUD))
    visitor, cloud = steward(tools), id_of(tools, CLOUD)
    opened = customer_edit.opened(tools, visitor, cloud)
    assert opened is not None
    assert isinstance(customer_edit.edit(tools, visitor, cloud, {"city": "杭州"}, opened), customer_edit.Done)
    assert told(pipeline) == []


def test_ten_decisions_are_told_the_newest_first_and_the_others_counted(pipeline: Pipeline) -> None:
    names = [f"宁波听潮{'甲乙丙丁戊己庚辛壬癸子丑'[at]}泵业有限公司" for at in range(12)]
    report(pipeline, *(a_visit(name) for name in names))
    for name in names:
        answered(pipeline, name, Says.DIFFERENT)
        pipeline.clock.now += timedelta(minutes=1)
    came = of(pipeline)
    assert [one.about for one in came.decided] == names[:1:-1]
    assert came.more_decided == 2


# ---- rows --------------------------------------------------------------------------------------

WRONG = a_visit(way="打球")
Deed = Callable[[Pipeline], int]


def a_row(pipeline: Pipeline) -> repairing.RowPage:
    tools, row = pipeline.tools, pipeline.rows("visits", "parked")[-1]
    shown = repairing.page(tools, steward(tools), "visits", row["id"])
    assert shown is not None
    return shown


def repair(pipeline: Pipeline) -> int:
    shown, tools = a_row(pipeline), pipeline.tools
    done = repairing.repair_row(tools, steward(tools), "visits", shown.row.id, {"way": "电话"}, shown.seen)
    assert isinstance(done, Done)
    return done.decision_id


def send_back(pipeline: Pipeline) -> int:
    shown, tools = a_row(pipeline), pipeline.tools
    done = repairing.send_back(tools, steward(tools), "visits", shown.row.id, "怎么联系的？", shown.seen)
    assert isinstance(done, Done)
    return done.decision_id


def drop(pipeline: Pipeline) -> int:
    shown, tools = a_row(pipeline), pipeline.tools
    done = repairing.drop(tools, steward(tools), "visits", shown.row.id, "写了两遍", shown.seen)
    assert isinstance(done, Done)
    return done.decision_id


@pytest.mark.parametrize(
    ("deed", "kind", "note"),
    [
        (repair, DecidedKind.REPAIRED, ""),
        (send_back, DecidedKind.RETURNED, "怎么联系的？"),
        (drop, DecidedKind.DROPPED, "写了两遍"),
    ],
)
def test_what_was_done_about_a_row_comes_back_with_its_place(
    pipeline: Pipeline, deed: Deed, kind: DecidedKind, note: str
) -> None:
    report(pipeline, a_visit(WHALE), WRONG)
    deed(pipeline)
    about = f"{CLOUD}（拜访第 4 行）"
    assert told(pipeline) == [Decided(kind, about, "", "赵敏", note, TODAY)]
    assert told(pipeline, "E2") == []


def test_a_repair_that_was_undone_is_not_told(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    shown = a_row(pipeline)
    made = repair(pipeline)
    repairing.undo(pipeline.tools, steward(pipeline.tools), "visits", shown.row.id, made)
    assert told(pipeline) == []


def test_a_repair_that_a_later_revision_took_along_is_told_once(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(WHALE), WRONG)
    repair(pipeline)
    report(pipeline, a_visit(WHALE, content="改了一个字"), WRONG)
    assert [one.kind for one in told(pipeline)] == [DecidedKind.REPAIRED]


def test_a_row_sent_back_that_the_rep_has_corrected_is_not_told(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(WHALE), WRONG)
    send_back(pipeline)
    report(pipeline, a_visit(WHALE), WRONG | {"way": "电话"})
    assert told(pipeline) == []


# ---- customers to visit --------------------------------------------------------------------------


def level(pipeline: Pipeline, name: str, said: str) -> None:
    run(pipeline, tables.customer.update().where(tables.customer.c.display_name == name).values(level=said))


def test_an_own_customer_visited_less_than_its_level_promises_is_named(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(CLOUD), on=TODAY - DAY)
    report(pipeline, a_visit(CLOUD), a_visit(WHALE))
    level(pipeline, CLOUD, "A")
    level(pipeline, WHALE, "B")
    assert of(pipeline).overdue == (Overdue(CLOUD, "A", TODAY, 2, 3, 0, 7),)
    assert of(pipeline, "E2").overdue == ()


def test_who_has_waited_longest_comes_first_however_long_ago_that_was(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(CLOUD), on=TODAY - 40 * DAY)
    report(pipeline, a_visit(WHALE), on=TODAY - 50 * DAY)
    report(pipeline, a_visit(TYPED), on=TODAY - 2 * DAY)
    for name in (CLOUD, WHALE, TYPED):
        level(pipeline, name, "A")
    overdue = [(one.customer, one.visits, one.days, one.last_on) for one in of(pipeline).overdue]
    assert overdue == [
        (WHALE, 0, 50, TODAY - 50 * DAY),
        (CLOUD, 0, 40, TODAY - 40 * DAY),
        (TYPED, 1, 2, TODAY - 2 * DAY),
    ]


def test_a_visit_by_somebody_else_counts_and_the_first_to_report_is_the_one_who_owes(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(WHALE), on=TODAY - 30 * DAY)
    level(pipeline, WHALE, "B")
    assert [one.customer for one in of(pipeline).overdue] == [WHALE]
    report(pipeline, a_visit(WHALE), by="E2")
    assert of(pipeline).overdue == ()
    assert of(pipeline, "E2").overdue == ()


def test_a_customer_of_which_only_a_deal_was_told_has_never_been_visited(pipeline: Pipeline) -> None:
    report(pipeline, opportunities=[a_deal(WHALE)])
    level(pipeline, WHALE, "C")
    assert of(pipeline).overdue == (Overdue(WHALE, "C", None, 0, 1, 0, 28),)


@pytest.mark.parametrize(
    "change", [{"level": "D"}, {"level": None}, {"level": "A", "status": "inactive"}], ids=["D", "none", "inactive"]
)
def test_nothing_is_promised_without_a_level_with_a_cadence_or_to_who_is_inactive(
    pipeline: Pipeline, change: dict[str, Any]
) -> None:
    report(pipeline, a_visit(CLOUD), on=TODAY - 30 * DAY)
    run(pipeline, tables.customer.update().where(tables.customer.c.display_name == CLOUD).values(**change))
    assert of(pipeline).overdue == ()


def test_merged_customers_are_visited_together_under_the_level_that_is_shown(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(CLOUD), on=TODAY - 3 * DAY)
    report(pipeline, a_visit(WHALE), on=TODAY - DAY)
    level(pipeline, WHALE, "A")
    merge(pipeline.tools, id_of(pipeline.tools, CLOUD), id_of(pipeline.tools, WHALE))
    (only,) = of(pipeline).overdue
    assert (only.customer, only.level, only.visits) == (CLOUD, "A", 2)


def test_five_customers_are_named_and_the_others_counted(pipeline: Pipeline) -> None:
    names = [f"宁波听潮{'甲乙丙丁戊己庚'[at]}泵业有限公司" for at in range(7)]
    report(pipeline, *(a_visit(name) for name in names), on=TODAY - 30 * DAY)
    for name in names:
        level(pipeline, name, "A")
    came = of(pipeline)
    assert [one.customer for one in came.overdue] == sorted(names)[:5]
    assert came.more_overdue == 2


# ---- the month so far ----------------------------------------------------------------------------


def test_the_month_counts_what_stands_once(pipeline: Pipeline) -> None:
    policy = replace(pipeline.tools.policy, owed_since=date(2026, 2, 27))
    pipeline.tools = replace(pipeline.tools, policy=policy)
    report(pipeline, a_visit(CLOUD), on=date(2026, 2, 27))
    report(pipeline, a_visit(CLOUD), on=date(2026, 3, 2))
    report(pipeline, a_visit(CLOUD), a_visit(WHALE), opportunities=[a_deal()])
    report(pipeline, a_visit(CLOUD), a_visit(WHALE, content="改过"), opportunities=[a_deal()])
    assert of(pipeline).month == {
        "discipline.due": 3,
        "discipline.late": 1,  # Monday's came on Wednesday
        "discipline.missing": 1,
        "discipline.on_time": 1,
        "visits.done": 3,
        "visits.customers": 2,
        "rows.landed": 4,
        "deals.quoted.count": 1,
    }


def test_a_deal_counts_where_it_stands_now_and_for_who_told_of_it_last(pipeline: Pipeline) -> None:
    def deals(on: date, *stages: tuple[str, str], by: str = "E1") -> None:
        rows = [a_deal(project=project, stage=stage, reason="价格") for project, stage in stages]
        report(pipeline, on=on, by=by, opportunities=rows)

    deals(date(2026, 2, 20), ("一", "赢单"), ("二", "已报价"), ("三", "已报价"), ("四", "已报价"))
    deals(date(2026, 3, 2), ("一", "赢单"), ("二", "赢单"), ("三", "投标"), ("四", "丢单"))
    deals(TODAY, ("三", "投标"), by="E2")
    own = {name: number for name, number in of(pipeline).month.items() if "count" in name}
    assert own == {"deals.won.count": 2, "deals.lost.count": 1, "won.count": 1, "lost.count": 1}
    assert of(pipeline, "E2").month["deals.tender.count"] == 1


def test_a_deal_repeated_for_months_is_not_put_in_order_event_by_event(pipeline: Pipeline) -> None:
    """Every event from before the month costs a look, and no more: a workbook brings each open deal every day."""
    report(pipeline, on=date(2026, 3, 2), opportunities=[a_deal()])
    tools = pipeline.tools

    def repeat(since: int, until: int) -> None:
        """Repeat the report on so many days before the month."""
        rows = tools.tables.table("opportunities")
        with tools.database.writing() as connection:
            first = connection.execute(sa.select(tables.submission)).mappings().first()
            event = connection.execute(sa.select(rows)).mappings().first()
            assert first is not None
            assert event is not None
            old = [
                {**first, "id": 1000 + back, "position": back + 1, "report_date": date(2026, 3, 1) - back * DAY}
                for back in range(since, until)
            ]
            connection.execute(tables.submission.insert(), old)
            connection.execute(rows.insert(), [{**event, "id": one["id"], "submission_id": one["id"]} for one in old])

    def steps() -> int:
        """How many hundreds of steps of SQLite's machine the month takes."""
        ticks: list[int] = []
        with tools.database.reading() as connection:
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(lambda: ticks.append(1), 100)
            found = rep_figures.month(connection, tools.tables, [1], date(2026, 3, 1), TODAY)
            raw.set_progress_handler(None, 0)
        assert found[1]["deals.quoted.count"] == 1
        return len(ticks)

    repeat(0, 100)
    few = steps()
    repeat(100, 1000)
    assert steps() - few < 900 * 80 / 100, "eighty steps an event: one to be put in order takes 180"


def test_the_month_agrees_with_the_digests(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(CLOUD), on=date(2026, 3, 2), opportunities=[a_deal(stage="已报价")])
    report(pipeline, a_visit(CLOUD), a_visit(WHALE), opportunities=[a_deal(stage="赢单", reason="价格")])
    tools = pipeline.tools
    with tools.database.reading() as connection:
        whole = organisation.load(connection, tools)
        period = Period(date(2026, 3, 1), TODAY, PeriodKind.MONTH)
        theirs = figures.of_person(connection, tools, whole, whole.by_number["E1"], period, pipeline.clock())
    month = of(pipeline).month
    for name in ("visits.done", "rows.landed", "won.count"):
        assert month[name] == theirs[name] > 0, name


# ---- with an answer ------------------------------------------------------------------------------


def flush(pipeline: Pipeline) -> list[Any]:
    """Send what waits and return every mail's kind, recipient, copies and answer, oldest first."""
    outbox.flush(pipeline.tools, FolderDelivery(pipeline.folder / "sent"))
    rows = pipeline.select(sa.select(tables.outbox).order_by(tables.outbox.c.id))
    return [(row.kind, row.recipient, tuple(row.cc), answer_from_document(row.payload)) for row in rows]


def test_an_answer_is_sent_with_what_came_back_and_queued_without(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    assert pipeline.answers()[0].returns is None
    answered(pipeline, TYPED, Says.SAME)
    ((_, _, _, answer),) = flush(pipeline)
    assert answer.returns is not None
    assert [one.now for one in answer.returns.decided] == [CLOUD]
    assert answer.returns.month["visits.done"] == 1
    (sent,) = (pipeline.folder / "sent").glob("*.eml")
    assert sent.stat().st_size > 0


def test_an_answer_made_again_says_the_same(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    flush(pipeline)
    stored = pipeline.select(sa.select(tables.outbox))[0]
    answered(pipeline, TYPED, Says.SAME)
    run(pipeline, tables.outbox.update().values(state="queued"))
    flush(pipeline)
    assert pipeline.select(sa.select(tables.outbox))[0].payload == stored.payload


def test_a_decision_is_told_with_one_answer_only(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    answered(pipeline, TYPED, Says.SAME)
    pipeline.clock.now += HOUR
    flush(pipeline)
    pipeline.clock.now += HOUR
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED), a_visit(WHALE)])))
    answered(pipeline, WHALE, Says.DIFFERENT)
    *_, (_, _, _, answer) = flush(pipeline)
    assert answer.returns is not None
    assert [one.about for one in answer.returns.decided] == [WHALE]


def test_what_the_morning_mail_has_told_is_not_told_again(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    answered(pipeline, TYPED, Says.SAME)
    pipeline.clock.now += HOUR
    run(
        pipeline,
        tables.digest.insert().values(
            kind="morning",
            first_on=TODAY,
            last_on=TODAY,
            person_id=1,
            figures={},
            outbox_id=1,
            made_at=pipeline.clock(),
        ),
    )
    (answer,) = (one[3] for one in flush(pipeline))
    assert answer.returns is not None
    assert answer.returns.decided == ()


def test_who_was_told_nothing_for_long_is_told_of_a_fortnight(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    flush(pipeline)
    answered(pipeline, TYPED, Says.SAME)
    pipeline.clock.now += 15 * DAY
    pipeline.feed(a_mail(a_workbook([a_visit(WHALE)], cover={"report_date": TODAY + 14 * DAY})))
    *_, (_, _, _, answer) = flush(pipeline)
    assert answer.returns is not None
    assert answer.returns.decided == ()


def test_whoever_sends_for_a_rep_gets_the_reps_returns(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)]), sender="chen@corp.example"))
    answered(pipeline, TYPED, Says.SAME)
    ((_, recipient, copies, answer),) = flush(pipeline)
    assert (recipient, copies) == ("chen@corp.example", ("wang.li@corp.example",))
    assert answer.returns is not None
    assert [one.about for one in answer.returns.decided] == [TYPED]


def test_nothing_comes_back_with_a_refusal(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(b"not a workbook"))
    ((kind, _, _, answer),) = flush(pipeline)
    assert (kind, answer.returns) == (AnswerKind.REFUSED, None)


def test_an_answer_leaves_though_its_returns_cannot_be_worked_out(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Returns:
        raise ZeroDivisionError

    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    monkeypatch.setattr(returns, "of_rep", broken)
    ((_, _, _, answer),) = flush(pipeline)
    assert answer.returns is None
    assert [row.state for row in pipeline.select(sa.select(tables.outbox.c.state))] == ["sent"]


def test_an_answer_waits_for_a_database_that_does_not_answer(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> Returns:
        raise StoreUnreachable("the database is locked")

    pipeline.feed(a_mail(a_workbook([a_visit(TYPED)])))
    monkeypatch.setattr(returns, "of_rep", away)
    flush(pipeline)
    assert [row.state for row in pipeline.select(sa.select(tables.outbox.c.state))] == ["queued"]


def test_rows_are_told_of_in_the_language_of_the_answer(pipeline: Pipeline) -> None:
    report(pipeline, WRONG)
    drop(pipeline)
    tools = pipeline.tools
    with tools.database.reading() as connection:
        whole = organisation.load(connection, tools)
        rep = whole.by_number["E1"]
        came = returns.of_rep(connection, tools, whole, rep, NOW, TODAY, pipeline.clock(), Language.EN)
    assert came.decided[0].about == f"{CLOUD} (Visits row 3)"


def test_many_are_worked_out_in_as_many_queries_as_one(pipeline: Pipeline) -> None:
    report(pipeline, a_visit(TYPED), on=TODAY - 30 * DAY)
    report(pipeline, a_visit(WHALE), by="E2")
    answered(pipeline, TYPED, Says.SAME)
    for name in (CLOUD, WHALE):
        level(pipeline, name, "A")
    tools = pipeline.tools

    def number(*reps: str) -> int:
        asked: list[str] = []
        with tools.database.reading() as connection:
            whole = organisation.load(connection, tools)
            some = [returns.Asked(whole.by_number[rep], NOW, Language.ZH) for rep in reps]
            sa.event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
            returns.of_reps(connection, tools, whole, some, TODAY, pipeline.clock())
        return len(asked)

    assert number("E1") == number("E1", "E2") <= 16
