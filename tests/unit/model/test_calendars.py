"""Which days are worked: weekends, a company's own days, and China's year with its days worked instead."""

from datetime import date, timedelta

import pytest

from daysheet import wiring
from daysheet.config import CalendarSettings, Settings
from daysheet.errors import ConfigError
from daysheet.model.calendars import WorkCalendar
from daysheet.model.periods import Period


def calendar_of(**settings: object) -> WorkCalendar:
    return wiring.calendars(Settings(calendars={"default": CalendarSettings(**settings)}))["default"]  # type: ignore[arg-type]


CHINA = calendar_of(country="CN")


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_without_anything_said_weekdays_are_worked() -> None:
    plain = WorkCalendar()
    assert [plain.is_workday(day) for day in Period.parse("2026-W48")] == [True] * 5 + [False] * 2


def test_the_week_of_national_day_is_off_and_two_weekend_days_are_worked_instead() -> None:
    assert not any(CHINA.is_workday(day) for day in days(date(2026, 10, 1), date(2026, 10, 7)))
    assert CHINA.is_workday(date(2026, 9, 20)), "a Sunday worked instead"
    assert CHINA.is_workday(date(2026, 10, 10)), "a Saturday worked instead"
    assert not CHINA.is_workday(date(2026, 10, 11))
    assert CHINA.next_workday(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CHINA.next_workday(date(2026, 10, 9)) == date(2026, 10, 10)
    assert CHINA.workdays_between(date(2026, 9, 28), date(2026, 10, 11)) == 6


def test_a_year_ends_without_a_seam() -> None:
    assert CHINA.next_workday(date(2025, 12, 31)) == date(2026, 1, 4), "the Sunday is worked for the Friday"
    assert CHINA.workdays_between(date(2025, 12, 29), date(2026, 1, 4)) == 4
    assert calendar_of(country="DE").next_workday(date(2026, 12, 31)) == date(2027, 1, 4)


def test_a_year_that_is_not_announced_yet_has_its_statutory_days_only() -> None:
    far = [day for day in days(date(2031, 10, 1), date(2031, 10, 31)) if CHINA.is_workday(day)]
    assert date(2031, 10, 1) not in far
    assert all(day.weekday() < 5 for day in far)


def test_the_companys_own_days_have_the_last_word() -> None:
    own = calendar_of(
        country="CN",
        holidays={date(2026, 10, 10): "搬家", date(2026, 12, 31): "盘点", date(2026, 11, 2): "庆典"},
        workdays={date(2026, 10, 6), date(2026, 11, 2)},
    )
    assert not own.is_workday(date(2026, 10, 10)), "worked by the country, off by the company"
    assert own.is_workday(date(2026, 10, 6)), "off by the country, worked by the company"
    assert own.is_workday(date(2026, 11, 2)), "in both lists: worked"
    assert not own.is_workday(date(2026, 12, 31))
    assert own.holidays.get(date(2026, 12, 31)) == "盘点"
    assert date(2026, 10, 1) in own.holidays
    assert date(2026, 10, 8) not in own.holidays


def test_a_company_without_a_country_has_its_own_days_only() -> None:
    own = calendar_of(weekend={"fri", "sat"}, holidays={date(2026, 10, 5): "庆典"}, workdays={date(2026, 10, 2)})
    week = {day: own.is_workday(day) for day in days(date(2026, 10, 1), date(2026, 10, 5))}
    assert list(week.values()) == [True, True, False, True, False]


def test_another_country_has_other_days() -> None:
    hong_kong = calendar_of(country="HK", weekend={"sun"})
    assert hong_kong.is_workday(date(2026, 10, 3)), "a Saturday"
    assert not hong_kong.is_workday(date(2026, 10, 1))
    assert hong_kong.is_workday(date(2026, 10, 5))


def test_settings_that_name_no_default_have_the_packaged_one() -> None:
    found = wiring.calendars(Settings(calendars={"海外": CalendarSettings()}))
    assert set(found) == {"default", "海外"}
    assert not found["default"].is_workday(date(2026, 10, 5))
    assert found["海外"].is_workday(date(2026, 10, 5))


def test_a_country_nobody_knows_is_named_with_its_setting() -> None:
    with pytest.raises(ConfigError, match=r"calendars\.海外\.country: .*'XX'"):
        wiring.calendars(Settings(calendars={"海外": CalendarSettings(country="XX")}))


def test_a_calendar_without_a_workday_ends_the_search_within_a_year() -> None:
    never = WorkCalendar(frozenset(range(7)))
    assert never.next_workday(date(2026, 11, 24)) == date(2026, 11, 25)
    assert never.workdays_between(date(2026, 1, 1), date(2026, 12, 31)) == 0


def test_what_has_no_end_cannot_be_gone_through() -> None:
    with pytest.raises(TypeError):
        list(CHINA.holidays)
    with pytest.raises(TypeError):
        len(CHINA.holidays)
