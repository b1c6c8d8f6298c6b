"""Deals: put together from what was told, and the forecast's windows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from daysheet.digests.pipeline import joined, window_of
from daysheet.model.facts import Told

LAST = date(2026, 3, 8)


def told(root: int, key: str, stage: str = "lead") -> Told:
    return Told(root, key, 1, LAST, "", "", key, stage, Decimal(1), "", None, None, "", "", "")


@pytest.mark.parametrize(
    ("days", "window"),
    [(-1, "overdue"), (0, "overdue"), (1, "0"), (14, "0"), (15, "1"), (28, "1"), (29, "2"), (42, "2"), (43, "later")],
)
def test_windows_of_the_forecast_begin_the_day_after_the_period(days: int, window: str) -> None:
    assert window_of(LAST + timedelta(days=days), LAST) == window


def test_a_deal_without_a_date_is_in_a_window_of_its_own() -> None:
    assert window_of(None, LAST) == "none"


def test_what_was_and_what_came_are_put_together_by_customer_and_project() -> None:
    before = [told(1, "a"), told(1, "b"), told(3, "a")]
    came = [told(1, "b", "quoted"), told(1, "c"), told(1, "b", "won"), told(2, "a"), told(4, "a")]
    deals = list(joined(before, came))
    assert [(d.now.root_id, d.now.key, d.before is not None, [t.stage for t in d.told]) for d in deals] == [
        (1, "a", True, []),
        (1, "b", True, ["quoted", "won"]),
        (1, "c", False, ["lead"]),
        (2, "a", False, ["lead"]),
        (3, "a", True, []),
        (4, "a", False, ["lead"]),
    ]
    assert deals[1].now.stage == "won"
    assert deals[0].now.stage == "lead"


def test_nothing_told_is_no_deal() -> None:
    assert list(joined([], [])) == []
