"""Days, weeks and months by their names and by the days they hold."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.model.periods import Period, PeriodKind

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
KINDS = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2026-11-24", date(2026, 11, 24), date(2026, 11, 24)),
        ("2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
        ("2026-w01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_known_by_its_name(label: str, first: date, last: date) -> None:
    found = Period.parse(label)
    assert (found.first, found.last) == (first, last)
    assert found.label == label.upper()


@pytest.mark.parametrize(
    "label",
    [
        "",
        "2026",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-13",
        "2026-11-31",
        "２０２６-11",
        "9999-12",
        "9999-W52",
        "0001-01",
        "1899-12-31",
    ],
)
def test_what_is_no_period_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Period.parse(label)


def test_the_week_of_new_year_belongs_to_the_year_of_its_thursday() -> None:
    assert Period.of(PeriodKind.WEEK, date(2027, 1, 1)).label == "2026-W53"
    assert Period.of(PeriodKind.WEEK, date(2025, 12, 31)).label == "2026-W01"


@given(KINDS, DAYS)
def test_periods_follow_each_other_without_gap_or_overlap(kind: PeriodKind, day: date) -> None:
    period = Period.of(kind, day)
    assert day in period
    assert period.days == len(list(period))
    assert Period.parse(period.label) == period
    assert period.previous.last + timedelta(days=1) == period.first
    assert period.following.first - timedelta(days=1) == period.last
    assert period.previous.following == period
    assert period.first - timedelta(days=1) not in period
