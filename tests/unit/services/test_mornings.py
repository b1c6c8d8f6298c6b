"""Who gets a morning mail, with a workbook or without, and what it says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.memory import Says
from daysheet.model.returns import DecidedKind, Morning
from daysheet.model.text import Language
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import mornings, organisation, outbox, reviews
from daysheet.services.reviews import Answer
from daysheet.store import lookup, tables
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import ask
from tests.unit.services.test_returns import CLOUD, TYPED, prepared, run

DAY = timedelta(days=1)
WEDNESDAY, THURSDAY, FRIDAY, MONDAY = TODAY, TODAY + DAY, TODAY + 2 * DAY, TODAY + 5 * DAY


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """A prepared pipeline."""
    return prepared(pipeline)


def morning_of(day: date) -> datetime:
    """Half past seven in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=30)


def mornings_on(pipeline: Pipeline, day: date, *numbers: str) -> dict[str, Morning]:
    """Return the morning mails of a day to the reps with these numbers, by number."""
    tools = pipeline.tools
    pipeline.clock.now = morning_of(day)
    with tools.database.reading() as connection:
        whole = organisation.load(connection, tools)
        receivers = [whole.by_number[number] for number in numbers or ("E1", "E2")]
        built = mornings.build(connection, tools, whole, receivers, day, pipeline.clock())
        return {person.number: morning for person, morning in built}


def report(pipeline: Pipeline, *names: str, at: datetime, send: bool = True, **cover: Any) -> None:
    pipeline.clock.now = at
    day = (at + timedelta(hours=8)).date()
    visits = [a_visit(name, visit_date=day, contact=f"李{number}") for number, name in enumerate(names)]
    pipeline.feed(a_mail(a_workbook(visits, cover={"report_date": day, **cover})))
    if send:
        outbox.flush(pipeline.tools, FolderDelivery(pipeline.folder / "sent"))


def decide(pipeline: Pipeline, at: datetime) -> None:
    pipeline.clock.now = at
    with pipeline.tools.database.reading() as connection:
        found = lookup.by_aliases(connection, [TYPED, CLOUD])
    review = ask(pipeline.tools, found[TYPED][0].id, found[CLOUD][0].id)
    assert isinstance(reviews.decide(pipeline.tools, review, Answer(Says.SAME), by="E9"), reviews.Decided)


def evening(day: date) -> datetime:
    """Six in Shanghai."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def test_who_has_had_no_answer_gets_a_workbook(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(WEDNESDAY))
    (only,) = mornings_on(pipeline, THURSDAY).items()
    assert only[0] == "E2"
    morning = only[1]
    assert (morning.has_workbook, morning.language, morning.name) == (True, Language.EN, "Tom Baker")
    assert (morning.day, morning.returns.until) == (THURSDAY, WEDNESDAY)


def test_an_answer_of_the_day_before_the_last_morning_is_none_of_today(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(WEDNESDAY))
    assert mornings_on(pipeline, FRIDAY, "E1")["E1"].has_workbook


def test_an_answer_that_still_waits_brings_its_workbook(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(WEDNESDAY), send=False)
    assert mornings_on(pipeline, THURSDAY, "E1") == {}


def test_who_was_sent_a_marked_workbook_only_gets_todays_in_the_morning(pipeline: Pipeline) -> None:
    pipeline.clock.now = evening(WEDNESDAY)
    wrong = a_visit(CLOUD, visit_date="soon")
    pipeline.feed(a_mail(a_workbook([wrong], cover={"report_date": WEDNESDAY})))
    outbox.flush(pipeline.tools, FolderDelivery(pipeline.folder / "sent"))
    assert mornings_on(pipeline, THURSDAY, "E1")["E1"].has_workbook


def test_an_answer_that_could_not_be_sent_brings_none(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(WEDNESDAY), send=False)
    run(pipeline, tables.outbox.update().values(state="failed"))
    assert mornings_on(pipeline, THURSDAY, "E1")["E1"].has_workbook


def test_a_refused_file_brings_none(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(b"not a workbook"))
    assert mornings_on(pipeline, THURSDAY, "E1")["E1"].has_workbook


def test_what_was_decided_after_the_answer_comes_in_the_morning_without_a_workbook(pipeline: Pipeline) -> None:
    report(pipeline, TYPED, at=evening(WEDNESDAY))
    decide(pipeline, evening(WEDNESDAY) + timedelta(hours=1))
    morning = mornings_on(pipeline, THURSDAY, "E1")["E1"]
    assert not morning.has_workbook
    assert [(one.kind, one.about, one.now) for one in morning.returns.decided] == [(DecidedKind.SAME, TYPED, CLOUD)]


def test_what_the_answer_has_told_is_not_told_in_the_morning(pipeline: Pipeline) -> None:
    report(pipeline, TYPED, at=evening(WEDNESDAY), send=False)
    decide(pipeline, evening(WEDNESDAY) + timedelta(hours=1))
    pipeline.clock.now += timedelta(minutes=1)
    outbox.flush(pipeline.tools, FolderDelivery(pipeline.folder / "sent"))
    assert mornings_on(pipeline, THURSDAY, "E1") == {}


def test_a_decision_is_told_on_one_morning_only(pipeline: Pipeline) -> None:
    report(pipeline, TYPED, at=evening(WEDNESDAY))
    decide(pipeline, evening(WEDNESDAY) + timedelta(hours=1))
    assert mornings_on(pipeline, THURSDAY, "E1")["E1"].returns.decided
    values = {"kind": "morning", "first_on": THURSDAY, "last_on": THURSDAY, "person_id": 1, "figures": {}}
    run(pipeline, tables.digest.insert().values(**values, outbox_id=1, made_at=morning_of(THURSDAY)))
    assert mornings_on(pipeline, FRIDAY, "E1")["E1"].returns.decided == ()


def test_mondays_mail_looks_back_to_friday_morning(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(FRIDAY))
    assert mornings_on(pipeline, MONDAY, "E1") == {}


def test_nobody_is_written_to_on_a_day_off(pipeline: Pipeline) -> None:
    assert mornings_on(pipeline, FRIDAY + DAY) == {}


def test_nobody_is_written_to_on_leave(pipeline: Pipeline) -> None:
    report(pipeline, at=evening(WEDNESDAY), work_type="请假", leave_until=FRIDAY)
    assert list(mornings_on(pipeline, THURSDAY)) == ["E2"]
    assert list(mornings_on(pipeline, FRIDAY)) == ["E2"]
    assert list(mornings_on(pipeline, MONDAY)) == ["E1", "E2"]


def test_on_the_first_of_a_month_the_last_one_is_told_whole(pipeline: Pipeline) -> None:
    report(pipeline, CLOUD, at=evening(WEDNESDAY))
    morning = mornings_on(pipeline, date(2026, 4, 1), "E1")["E1"]
    assert (morning.returns.since, morning.returns.until) == (date(2026, 3, 1), date(2026, 3, 31))
    assert morning.returns.month["visits.done"] == 1


def test_many_take_as_many_queries_as_one(pipeline: Pipeline) -> None:
    report(pipeline, TYPED, at=evening(WEDNESDAY))
    decide(pipeline, evening(WEDNESDAY) + timedelta(hours=1))
    tools = pipeline.tools
    pipeline.clock.now = morning_of(THURSDAY)

    def number(*reps: str) -> int:
        asked: list[str] = []
        with tools.database.reading() as connection:
            whole = organisation.load(connection, tools)
            some = [whole.by_number[rep] for rep in reps]
            sa.event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
            assert len(list(mornings.build(connection, tools, whole, some, THURSDAY, pipeline.clock()))) == len(reps)
        return len(asked)

    assert number("E1") == number("E1", "E2")
