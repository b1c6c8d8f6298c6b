"""When a mail by the clock is due, and what it is about: clocks that are put on and back, years that end."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.digests.moments import instant, latest
from daysheet.model.digests import DigestKind
from daysheet.model.periods import PeriodKind

SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
WEEKLY, MONTHLY, REMINDER = DigestKind.WEEKLY, DigestKind.MONTHLY, DigestKind.REMINDER


def there(zone: ZoneInfo, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "said", "now", "period"),
    [
        (REMINDER, "18:00", there(SHANGHAI, 2026, 11, 24, 18), "2026-11-24"),
        (REMINDER, "18:00", there(SHANGHAI, 2026, 11, 24, 17, 59), "2026-11-23"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2026, 11, 23, 8), "2026-W47"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2026, 11, 23, 7, 59), "2026-W46"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2026, 11, 29, 23), "2026-W47"),
        (WEEKLY, "sun 20:00", there(SHANGHAI, 2026, 11, 29, 23), "2026-W47"),
        (WEEKLY, "tue 00:00", there(SHANGHAI, 2026, 11, 24, 0, 1), "2026-W47"),
        (MONTHLY, "1 08:00", there(SHANGHAI, 2026, 11, 1, 8), "2026-10"),
        (MONTHLY, "28 08:00", there(SHANGHAI, 2026, 3, 27, 8), "2026-01"),
    ],
)
def test_the_latest_moment_gives_the_period_before_or_the_day_itself(
    kind: DigestKind, said: str, now: datetime, period: str
) -> None:
    assert latest(kind, said, SHANGHAI, now).period.label == period


@pytest.mark.parametrize(
    ("kind", "said", "now", "period"),
    [
        # 2026 has 53 ISO weeks; the last one ends in January 2027
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2027, 1, 4, 8), "2026-W53"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2027, 1, 3, 8), "2026-W52"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2027, 1, 11, 8), "2027-W01"),
        (WEEKLY, "fri 08:00", there(SHANGHAI, 2027, 1, 1, 8), "2026-W52"),
        (WEEKLY, "mon 08:00", there(SHANGHAI, 2024, 12, 30, 9), "2024-W52"),
        (MONTHLY, "1 08:00", there(SHANGHAI, 2027, 1, 1, 8), "2026-12"),
        (MONTHLY, "1 08:00", there(SHANGHAI, 2027, 1, 1, 7), "2026-11"),
        (REMINDER, "18:00", there(SHANGHAI, 2027, 1, 1, 3), "2026-12-31"),
    ],
)
def test_years_end(kind: DigestKind, said: str, now: datetime, period: str) -> None:
    assert latest(kind, said, SHANGHAI, now).period.label == period


def test_the_same_instant_is_another_day_elsewhere() -> None:
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai, Sunday evening in New York
    assert latest(WEEKLY, "mon 08:00", SHANGHAI, now).period.label == "2026-W47"
    assert latest(WEEKLY, "mon 08:00", NEW_YORK, now).period.label == "2026-W46"
    assert latest(WEEKLY, "mon 08:00", NEW_YORK, now + timedelta(hours=12)).period.label == "2026-W47"


def test_a_time_the_day_does_not_have_is_moved_forward_by_what_is_left_out() -> None:
    # 29 March 2026: two o'clock becomes three in Berlin
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    before = latest(REMINDER, "02:30", BERLIN, datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
    at = latest(REMINDER, "02:30", BERLIN, datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert (before.period.label, at.period.label) == ("2026-03-28", "2026-03-29")
    assert at.at.astimezone(BERLIN).time() == time(3, 30)


def test_of_a_time_the_day_has_twice_the_first_counts_and_only_that() -> None:
    # 25 October 2026: three o'clock becomes two in Berlin
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == first
    both = [latest(REMINDER, "02:30", BERLIN, first + timedelta(minutes=minutes)) for minutes in (0, 59, 60, 61)]
    assert {one.at for one in both} == {first}, "the second half past two is no moment of its own"


def test_half_an_hour_is_put_on_too() -> None:
    # 4 October 2026: two o'clock becomes half past two on Lord Howe Island
    at = instant(date(2026, 10, 4), time(2, 15), LORD_HOWE)
    assert at.astimezone(LORD_HOWE).time() == time(2, 45)


def test_a_day_that_a_place_leaves_out_is_no_trouble() -> None:
    # Samoa had no 30 December 2011: its moment falls on that of the 31st, which is the later day
    on = instant(date(2011, 12, 31), time(8), APIA)
    assert instant(date(2011, 12, 30), time(8), APIA) == on
    assert latest(REMINDER, "08:00", APIA, on).period.label == "2011-12-31"
    assert latest(REMINDER, "08:00", APIA, on - timedelta(seconds=1)).period.label == "2011-12-29"


def test_what_is_about_a_day_is_late_as_soon_as_the_day_is_over_there() -> None:
    steward = DigestKind.STEWARD
    assert not latest(steward, "08:30", SHANGHAI, there(SHANGHAI, 2026, 11, 24, 23, 59)).is_late
    assert latest(steward, "08:30", SHANGHAI, there(SHANGHAI, 2026, 11, 25)).is_late
    assert latest(REMINDER, "23:30", SHANGHAI, there(SHANGHAI, 2026, 11, 25)).is_late
    assert not latest(WEEKLY, "mon 08:00", SHANGHAI, there(SHANGHAI, 2026, 11, 29, 23)).is_late


@pytest.mark.parametrize(("kind", "said", "hours"), [(DigestKind.MORNING, "08:00", 6), (REMINDER, "18:00", 4)])
def test_a_good_morning_is_not_wished_in_the_evening(kind: DigestKind, said: str, hours: int) -> None:
    on_time = there(SHANGHAI, 2026, 11, 24, int(said[:2]))
    still = on_time + timedelta(hours=hours) - timedelta(minutes=1)
    assert not latest(kind, said, SHANGHAI, on_time).is_late
    assert not latest(kind, said, SHANGHAI, still).is_late
    assert latest(kind, said, SHANGHAI, still + timedelta(minutes=1)).is_late


@given(
    zone=st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE, APIA, ZoneInfo("America/Sao_Paulo"), ZoneInfo("UTC")]),
    kind_and_said=st.sampled_from(
        [(REMINDER, "02:30"), (REMINDER, "00:00"), (REMINDER, "23:59"), (WEEKLY, "sun 02:15"), (MONTHLY, "28 02:30")]
    ),
    now=st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
)
def test_the_latest_moment_has_passed_and_the_next_one_has_not(
    zone: ZoneInfo, kind_and_said: tuple[DigestKind, str], now: datetime
) -> None:
    kind, said = kind_and_said
    found = latest(kind, said, zone, now)
    assert found.at <= now
    longest = {PeriodKind.DAY: 2, PeriodKind.WEEK: 8, PeriodKind.MONTH: 32}[kind.period]
    assert now - found.at < timedelta(days=longest)
    assert latest(kind, said, zone, found.at) == latest(kind, said, zone, found.at + timedelta(microseconds=1))
    again = latest(kind, said, zone, now + timedelta(days=longest))
    assert again.at > found.at
    assert again.period > found.period
