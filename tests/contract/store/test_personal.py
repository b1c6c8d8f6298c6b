"""
What a rep's own workbook is filled with, and what its references mean, alike on both databases.

The tests are those of the services; here each runs on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests import builders
from tests.builders import Clock
from tests.unit.services.conftest import Pipeline
from tests.unit.services.test_personal import (
    test_a_corrected_report_leaves_its_plans_the_same,
    test_a_customer_given_to_a_rep_who_has_not_reported_it_yet_comes_last,
    test_a_customer_handed_over_takes_its_deals_and_plans_along,
    test_a_deal_that_its_reporter_goes_on_with_no_more_is_the_owners,
    test_a_late_report_of_an_earlier_day_does_not_bring_back_what_was,
    test_a_plan_repeated_every_day_is_one_plan,
    test_a_plan_that_a_visit_has_followed_is_over,
    test_a_teams_own_calendar_counts,
    test_it_is_the_form_the_rep_reported_on_last_unless_another_is_asked_for,
    test_it_offers_own_customers_and_their_contacts_and_nobody_elses,
    test_merged_customers_are_one_with_one_name_and_one_deal,
    test_of_a_shared_customer_each_gets_the_deals_they_reported_last,
    test_whoever_reads_of_a_repeated_plan_sees_it_once_as_it_is_now,
    test_whom_a_colleague_knows_at_a_customer_is_offered_to_its_owner_only,
)
from tests.unit.services.test_references import (
    test_a_colleagues_deal_is_not_renamed,
    test_a_deal_sent_back_as_it_was_is_not_asked_for_a_plan_every_day,
    test_a_deal_that_was_renamed_may_be_called_by_either_name,
    test_a_plan_keeps_its_first_reference_however_often_it_is_moved,
    test_how_a_colleagues_deal_stands_is_not_told_to_who_names_it,
)

__all__ = [
    "test_a_colleagues_deal_is_not_renamed",
    "test_a_corrected_report_leaves_its_plans_the_same",
    "test_a_customer_given_to_a_rep_who_has_not_reported_it_yet_comes_last",
    "test_a_customer_handed_over_takes_its_deals_and_plans_along",
    "test_a_deal_sent_back_as_it_was_is_not_asked_for_a_plan_every_day",
    "test_a_deal_that_its_reporter_goes_on_with_no_more_is_the_owners",
    "test_a_deal_that_was_renamed_may_be_called_by_either_name",
    "test_a_late_report_of_an_earlier_day_does_not_bring_back_what_was",
    "test_a_plan_keeps_its_first_reference_however_often_it_is_moved",
    "test_a_plan_repeated_every_day_is_one_plan",
    "test_a_plan_that_a_visit_has_followed_is_over",
    "test_a_teams_own_calendar_counts",
    "test_how_a_colleagues_deal_stands_is_not_told_to_who_names_it",
    "test_it_is_the_form_the_rep_reported_on_last_unless_another_is_asked_for",
    "test_it_offers_own_customers_and_their_contacts_and_nobody_elses",
    "test_merged_customers_are_one_with_one_name_and_one_deal",
    "test_of_a_shared_customer_each_gets_the_deals_they_reported_last",
    "test_whoever_reads_of_a_repeated_plan_sees_it_once_as_it_is_now",
    "test_whom_a_colleague_knows_at_a_customer_is_offered_to_its_owner_only",
]


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield Pipeline(tools, clock, tmp_path, count(1))
