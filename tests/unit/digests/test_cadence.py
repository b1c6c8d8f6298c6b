"""What a cadence promises in a window of days, and who was visited less."""

from datetime import date, timedelta

import pytest

from daysheet.digests.cadence import Promise, promise, promises, window
from daysheet.model.calendars import WorkCalendar
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.policy import Cadence

WEEK = Period.parse("2026-W10")  # 2 to 8 March
MONTH = Period.parse("2026-03")
EVERY_WEEKEND_OFF = WorkCalendar()


def off(first: date, days: int) -> WorkCalendar:
    return WorkCalendar(holidays={first + timedelta(days=number): "假" for number in range(days)})


def test_a_week_is_looked_at_by_itself_for_what_is_promised_a_week() -> None:
    assert window(Cadence(3, "week"), WEEK) == (date(2026, 3, 2), date(2026, 3, 8))


def test_a_promise_by_the_month_looks_back_four_weeks_from_a_weeks_end() -> None:
    assert window(Cadence(1, "month"), WEEK) == (date(2026, 2, 9), date(2026, 3, 8))


def test_a_longer_period_is_looked_at_whole() -> None:
    assert window(Cadence(3, "week"), MONTH) == (date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(("said", "visits"), [("3/week", 3), ("1/month", 1), ("2/quarter", 2)])
def test_without_holidays_what_was_said_is_promised(said: str, visits: int) -> None:
    number, per = said.split("/")
    assert promise(Cadence(int(number), per), WEEK, EVERY_WEEKEND_OFF).visits == visits


def test_a_month_promises_more_weeks_worth() -> None:
    assert promise(Cadence(3, "week"), MONTH, EVERY_WEEKEND_OFF).visits == 13  # 22 workdays: 13.2


def test_a_holiday_promises_less_and_half_a_visit_is_one() -> None:
    assert promise(Cadence(3, "week"), WEEK, off(date(2026, 3, 2), 2)).visits == 2  # 1.8
    assert promise(Cadence(5, "month"), WEEK, off(date(2026, 2, 9), 5)).visits == 4  # 3.75
    assert promise(Cadence(1, "month"), WEEK, off(date(2026, 2, 9), 12)).visits == 1  # exactly a half


def test_where_nothing_is_promised_nobody_is_short_or_neglected() -> None:
    made = promise(Cadence(3, "week"), WEEK, off(date(2026, 3, 2), 7))
    assert made.visits == 0
    assert not made.is_short(0)
    assert not made.is_neglected(0)


def test_who_was_not_visited_is_neglected_and_who_was_less_than_promised_is_short() -> None:
    made = Promise(WEEK.first, WEEK.last, 3)
    assert (made.is_neglected(0), made.is_short(0)) == (True, True)
    assert (made.is_neglected(2), made.is_short(2)) == (False, True)
    assert (made.is_neglected(3), made.is_short(3)) == (False, False)


def test_each_level_has_its_own_window() -> None:
    day = Period.of(PeriodKind.DAY, date(2026, 3, 6))
    made = promises({"A": Cadence(3, "week"), "C": Cadence(1, "month")}, day, EVERY_WEEKEND_OFF)
    assert {level: (one.first, one.visits) for level, one in made.items()} == {
        "A": (date(2026, 2, 28), 3),
        "C": (date(2026, 2, 7), 1),
    }
