"""From mails to the appraisal sheet: discipline as it arrived, for whom it is meant."""

import io
from dataclasses import replace
from datetime import date, timedelta

from openpyxl import load_workbook

from daysheet.model.periods import Period
from daysheet.model.text import Language
from daysheet.services import appraisal
from daysheet.store import people
from tests.builders import NOW, TODAY, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

WEEK = Period.parse("2026-W10")
"""Monday, 2 March, to Sunday: five workdays, of which the clock of the tests stands on the third."""
TOM = "tom@corp.example"
AFTER = NOW + timedelta(days=30)


def feed(pipeline: Pipeline, day: date, late_by: timedelta = timedelta(), number: str = "E1", **cover: object) -> None:
    pipeline.clock.now = NOW + (day - TODAY) + late_by
    sender = TOM if number == "E2" else "wang.li@corp.example"
    visits = () if "work_type" in cover else (a_visit(visit_date=day),)
    book = a_workbook(visits, cover={"rep_number": number, "report_date": day, **cover})  # type: ignore[arg-type]
    pipeline.feed(a_mail(book, sender=sender, text=f"{day} {number}"))


def owe_since(pipeline: Pipeline, day: date) -> None:
    policy = replace(pipeline.tools.policy, owed_since=day)
    pipeline.tools = replace(pipeline.tools, policy=policy)


def test_what_arrived_stands_in_the_sheet_and_corrections_keep_it_on_time(pipeline: Pipeline) -> None:
    wednesday, thursday, friday = (TODAY + timedelta(days=number) for number in range(3))
    feed(pipeline, wednesday)
    feed(pipeline, thursday, timedelta(days=1))
    feed(pipeline, wednesday, timedelta(days=5), summary="补充")  # a correction, long after the cut-off
    feed(pipeline, wednesday, number="E2")
    feed(pipeline, thursday, number="E2", work_type="请假", leave_until=friday)
    pipeline.clock.now = AFTER
    made = appraisal.appraisal_of(pipeline.tools, WEEK, None)
    told = {
        line.number: [line.count(f"discipline.{name}") for name in ("due", "on_time", "late", "missing", "leave")]
        for line in made.lines.reps
    }
    assert told == {"E1": [3, 1, 1, 1, 0], "E2": [3, 1, 0, 0, 2]}, "from Wednesday on, when the first report came"
    assert [line.on_time for line in made.lines.reps] == [1 / 3, 1]
    assert made.lines.everybody.count("discipline.due") == 6
    assert [line.count("visits.done") for line in made.lines.reps] == [2, 1]


def test_a_week_that_is_not_over_counts_what_is_due_or_here(pipeline: Pipeline) -> None:
    owe_since(pipeline, WEEK.first)
    feed(pipeline, TODAY)
    made = appraisal.appraisal_of(pipeline.tools, WEEK, None)
    assert [(line.number, line.count("discipline.due")) for line in made.lines.reps] == [("E1", 3), ("E2", 2)]


def test_the_day_the_settings_name_comes_before_that_of_the_first_report(pipeline: Pipeline) -> None:
    feed(pipeline, TODAY)
    pipeline.clock.now = AFTER
    for since, due in ((WEEK.first, 5), (TODAY + timedelta(days=2), 1), (WEEK.last, 0)):
        owe_since(pipeline, since)
        made = appraisal.appraisal_of(pipeline.tools, WEEK, None)
        assert [line.count("discipline.due") for line in made.lines.reps if line.number == "E1"] == [due]


def test_a_manager_gets_their_own_and_a_rep_nobody(pipeline: Pipeline) -> None:
    owe_since(pipeline, WEEK.first)
    pipeline.clock.now = AFTER
    with pipeline.tools.database.reading() as connection:
        manager, rep = (people.find_by_number(connection, number) for number in ("E9", "E1"))
    book = load_workbook(io.BytesIO(appraisal.workbook(pipeline.tools, WEEK, Language.ZH, manager)))
    assert [book["个人"].cell(row, 1).value for row in (5, 6, 7)] == ["E1", "E2", "合计"]
    assert "赵敏" in book["个人"]["A2"].value
    alone = load_workbook(io.BytesIO(appraisal.workbook(pipeline.tools, WEEK, Language.EN, rep)))
    assert alone["Reps"]["A5"].value == "All"
