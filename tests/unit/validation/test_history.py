"""Whether a deal went back in the funnel."""

import pytest

from daysheet.validation.history import OUTSIDE_THE_FUNNEL, moved_back
from tests.unit.validation.books import daily

STAGES = daily().lists["stage"]
FUNNEL = [item.code for item in STAGES.items if item.code not in OUTSIDE_THE_FUNNEL]


@pytest.mark.parametrize("at", range(1, len(FUNNEL)))
def test_a_deal_that_goes_to_an_earlier_stage_went_back(at: int) -> None:
    assert moved_back(STAGES, FUNNEL[at], FUNNEL[at - 1])
    assert not moved_back(STAGES, FUNNEL[at - 1], FUNNEL[at])
    assert not moved_back(STAGES, FUNNEL[at], FUNNEL[at])


@pytest.mark.parametrize("outside", sorted(OUTSIDE_THE_FUNNEL))
def test_a_deal_may_be_won_lost_or_paused_and_taken_up_again_at_any_time(outside: str) -> None:
    assert not moved_back(STAGES, FUNNEL[-1], outside)
    assert not moved_back(STAGES, outside, FUNNEL[0])


def test_a_stage_that_is_no_longer_in_the_list_is_not_compared() -> None:
    assert not moved_back(STAGES, "dreamt_of", FUNNEL[0])
    assert not moved_back(STAGES, FUNNEL[-1], "dreamt_of")


def test_every_stage_outside_the_funnel_is_in_the_list() -> None:
    assert {item.code for item in STAGES.items} >= OUTSIDE_THE_FUNNEL
