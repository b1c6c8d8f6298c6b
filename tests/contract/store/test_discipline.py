"""When reports arrived and which days were leave, on both databases: fed by mails, as in life."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from daysheet.digests.discipline import LONGEST_LEAVE
from daysheet.model.mail import MessageState, Reason
from daysheet.services.ingest import ingest_file
from daysheet.services.tools import Tools
from daysheet.store import discipline
from daysheet.store.discipline import OnLeave
from tests import builders
from tests.builders import NOW, TODAY, Clock, a_mail, a_visit, a_workbook

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REP, OTHER = "E1", "E2"


@dataclass
class House:
    """What a test feeds, and asks."""

    tools: Tools
    clock: Clock
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def feed(self, content: bytes, at: datetime = NOW, **mail: Any) -> tuple[MessageState, Reason]:
        self.clock.now = at
        path = self.folder / f"{next(self.numbers):03d}.eml"
        path.write_bytes(a_mail(content, message_id=f"<{path.stem}@corp.example>", **mail))
        line = ingest_file(self.tools, path, "")
        return line.state, line.reason

    def ids(self) -> dict[str, int]:
        with self.tools.database.reading() as connection:
            return {row.number: row.id for row in connection.execute(sa.text("SELECT id, number FROM person"))}

    def sendings(self, first: date = TODAY - 9 * DAY, last: date = TODAY + 9 * DAY) -> dict[str, dict[date, datetime]]:
        numbers = {number: name for name, number in self.ids().items()}
        with self.tools.database.reading() as connection:
            return {numbers[rep]: days for rep, days in discipline.first_sendings(connection, first, last)}

    def leaves(self, first: date, last: date) -> tuple[OnLeave, ...]:
        with self.tools.database.reading() as connection:
            tools = self.tools
            return discipline.leaves(connection, tools.tables, tools.specs, first, last, LONGEST_LEAVE)


@pytest.fixture
def house(prepared_url: str, tmp_path: Path) -> Iterator[House]:
    """A house on a fresh database, whose clock stands where a mail is fed."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield House(tools, clock, tmp_path)


def on(day: date, *visits: Mapping[str, Any], rep: str = REP, **cover: Any) -> bytes:
    return a_workbook(visits, cover={"rep_number": rep, "report_date": day, **cover})


def test_the_first_sending_of_a_day_counts_whatever_replaced_it(house: House) -> None:
    house.feed(on(TODAY, a_visit()))
    house.feed(on(TODAY, a_visit(content="改过的内容")), NOW + 30 * HOUR)
    assert house.sendings() == {REP: {TODAY: NOW}}


def test_each_rep_and_day_has_its_own_in_the_order_of_reps(house: House) -> None:
    yesterday = TODAY - DAY
    tom = {"sender": "tom@corp.example"}
    house.feed(on(yesterday, a_visit(visit_date=yesterday), rep=OTHER), NOW + HOUR, **tom)
    house.feed(on(TODAY, a_visit()), NOW + 2 * HOUR)
    house.feed(on(yesterday, a_visit(visit_date=yesterday)), NOW + 3 * HOUR)
    assert house.sendings() == {
        REP: {yesterday: NOW + 3 * HOUR, TODAY: NOW + 2 * HOUR},
        OTHER: {yesterday: NOW + HOUR},
    }
    assert house.sendings(TODAY, TODAY) == {REP: {TODAY: NOW + 2 * HOUR}}
    [own] = {house.ids()[OTHER]}
    with house.tools.database.reading() as connection:
        found = dict(discipline.first_sendings(connection, yesterday, TODAY, [own]))
    assert found == {own: {yesterday: NOW + HOUR}}


def test_a_report_all_of_whose_rows_wait_was_sent_and_stays_so_when_it_is_replaced(house: House) -> None:
    wrong = on(TODAY, a_visit(visit_date="昨天下午"))
    assert house.feed(wrong) == (MessageState.REJECTED, Reason.HAS_ISSUES)
    assert house.sendings() == {REP: {TODAY: NOW}}
    house.feed(on(TODAY, a_visit()), NOW + 30 * HOUR)
    assert house.sendings() == {REP: {TODAY: NOW}}


def test_a_file_that_cannot_be_read_has_not_been_sent(house: House) -> None:
    state, _ = house.feed(b"PK\x03\x04 no workbook")
    assert state is not MessageState.ACCEPTED
    assert house.sendings() == {}


def test_a_report_of_nobody_we_know_has_not_been_sent(house: House) -> None:
    state, reason = house.feed(on(TODAY, a_visit(), rep="E77"))
    assert (state, reason) == (MessageState.REJECTED, Reason.REP_UNKNOWN)
    assert house.sendings() == {}


def test_a_form_without_its_columns_has_not_been_sent_although_we_know_whose_and_when_it_is(house: House) -> None:
    book = load_workbook(io.BytesIO(on(TODAY, a_visit())))
    visits = book["拜访"]
    [heading] = [cell for row in visits.iter_rows(max_row=5) for cell in row if str(cell.value).startswith("客户名称")]
    visits.delete_cols(heading.column)
    content = io.BytesIO()
    book.save(content)
    assert house.feed(content.getvalue()) == (MessageState.REJECTED, Reason.HAS_ISSUES)
    with house.tools.database.reading() as connection:
        found = connection.execute(sa.text("SELECT rep_id, report_date, is_current FROM submission")).one()
    assert (found.rep_id, bool(found.is_current)) == (house.ids()[REP], False)
    assert house.sendings() == {}


def test_a_report_that_waits_for_a_word_changes_nothing_about_the_first(house: House) -> None:
    visits = [a_visit(contact=name) for name in ("周一", "周二", "周三", "周四")]
    house.feed(on(TODAY, *visits))
    evening = on(TODAY, a_visit("苏州蓝鲸精密机械有限公司", contact="钱五"))
    assert house.feed(evening, NOW + HOUR) == (MessageState.PARTLY, Reason.WAITS_FOR_REPLACE)
    assert house.sendings() == {REP: {TODAY: NOW}}


def test_an_answer_for_another_day_is_not_a_report_of_this_one(house: House) -> None:
    house.feed(on(TODAY - DAY, a_visit(visit_date=TODAY - DAY)))
    assert TODAY not in house.sendings()[REP]


def test_leave_is_told_by_the_cover_for_a_day_or_until_one(house: House) -> None:
    until = TODAY + 3 * DAY
    house.feed(on(TODAY, work_type="请假", leave_until=until))
    house.feed(on(TODAY, work_type="休假", rep=OTHER), sender="tom@corp.example")
    ids = house.ids()
    assert house.leaves(TODAY, TODAY) == (OnLeave(ids[REP], TODAY, until), OnLeave(ids[OTHER], TODAY, None))
    assert house.leaves(until, until + DAY) == (OnLeave(ids[REP], TODAY, until),)
    assert house.leaves(until + DAY, until + 2 * DAY) == ()
    assert house.leaves(TODAY - 5 * DAY, TODAY - DAY) == ()
    with house.tools.database.reading() as connection:
        own = discipline.leaves(
            connection, house.tools.tables, house.tools.specs, TODAY, TODAY, LONGEST_LEAVE, [ids[OTHER]]
        )
    assert own == (OnLeave(ids[OTHER], TODAY, None),)


def test_leave_that_was_taken_back_is_none(house: House) -> None:
    house.feed(on(TODAY, work_type="请假"))
    house.feed(on(TODAY, a_visit(), work_type="外勤"), NOW + HOUR)
    assert house.leaves(TODAY, TODAY) == ()


def test_a_day_of_field_work_is_no_leave(house: House) -> None:
    house.feed(on(TODAY, a_visit(), work_type="外勤", leave_until=TODAY + DAY))
    assert house.leaves(TODAY - DAY, TODAY + DAY) == ()


def test_leave_that_began_more_than_a_year_ago_is_over(house: House) -> None:
    house.feed(on(TODAY, work_type="请假", leave_until=date(2062, 3, 5)))
    assert len(house.leaves(TODAY + LONGEST_LEAVE, TODAY + LONGEST_LEAVE)) == 1
    assert house.leaves(TODAY + LONGEST_LEAVE + DAY, TODAY + LONGEST_LEAVE + DAY) == ()


def test_the_last_day_reported_is_found_for_many_at_once(house: House) -> None:
    house.feed(on(TODAY - DAY, a_visit(visit_date=TODAY - DAY)))
    house.feed(on(TODAY, a_visit()), NOW + HOUR)
    ids = house.ids()
    with house.tools.database.reading() as connection:
        found = discipline.last_reported(connection, [*ids.values(), *range(10_000, 11_200)])
    assert found == {ids[REP]: TODAY}


def test_an_instant_comes_back_aware_and_in_utc(house: House) -> None:
    house.feed(on(TODAY, a_visit()))
    [(_, days)] = house.sendings().items()
    assert days[TODAY].tzinfo is UTC or days[TODAY].utcoffset() == timedelta()
