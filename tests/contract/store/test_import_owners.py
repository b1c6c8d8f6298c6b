"""
The owners that a customer list names, alike on both databases.

The tests are those of the services; here each runs on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests import builders
from tests.builders import Clock
from tests.unit.services.conftest import Pipeline
from tests.unit.services.test_import_owners import (
    test_a_list_gives_new_and_known_customers_to_the_reps_it_names,
    test_a_merged_customer_has_the_owner_of_what_it_became,
    test_an_export_names_the_owners_and_can_be_imported_again,
    test_of_two_lines_of_one_customer_the_first_counts,
    test_the_reps_own_workbook_then_offers_them,
    test_the_same_list_again_changes_nothing,
    test_who_took_part_goes_on_as_the_owner,
)

__all__ = [
    "test_a_list_gives_new_and_known_customers_to_the_reps_it_names",
    "test_a_merged_customer_has_the_owner_of_what_it_became",
    "test_an_export_names_the_owners_and_can_be_imported_again",
    "test_of_two_lines_of_one_customer_the_first_counts",
    "test_the_reps_own_workbook_then_offers_them",
    "test_the_same_list_again_changes_nothing",
    "test_who_took_part_goes_on_as_the_owner",
]


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield Pipeline(tools, clock, tmp_path, count(1))
