"""Whatever happens between merges and their undoing, nothing of it remains: random stories on SQLite."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daysheet.model.memory import LinkSource
from tests.effort import examples
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import Everything, everything_in
from tests.unit.services.world import Differ, Merge, NewName, Put, Row, Step, Unmerge, live_through

numbers = st.integers(0, 11)
sources = st.sampled_from([LinkSource.LATTICE, LinkSource.PARSED_CHAIN, LinkSource.STEWARD])
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Row, st.integers(0, 15), st.integers(0, 2), st.integers(0, 2), st.integers(0, 7)),
    st.builds(NewName, numbers),
    st.builds(Merge, numbers, numbers, st.booleans()),
    st.builds(Merge, numbers, numbers),
    st.builds(Unmerge, numbers),
    st.builds(Differ, numbers, numbers),
    st.builds(Put, numbers, numbers, sources),
)

JUDGED_OF_WHAT_IT_WAS_MERGED_WITH = [Differ(1, 3), Merge(8, 5), Differ(1, 0), Unmerge(0), Merge(1, 5)]
PARENTS_THAT_WERE_ONE = [Merge(3, 4), Put(0, 0, LinkSource.LATTICE), Put(0, 1, LinkSource.PARSED_CHAIN)]


@pytest.fixture
def after(pipeline: Pipeline) -> Callable[..., Everything]:
    """Live through a story, and say what is in the database then; nothing of it stays."""

    def told(story: list[Step], *, merges: bool) -> Everything:
        with pipeline.tools.database.rehearsing() as connection:
            live_through(story, pipeline.tools, connection, merges=merges)
            return everything_in(connection, pipeline.tools.tables)

    return told


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=4, max_size=24))
@example(JUDGED_OF_WHAT_IT_WAS_MERGED_WITH)
@example(PARENTS_THAT_WERE_ONE)
def test_after_undoing_all_merges_everything_is_as_if_there_had_been_none(
    after: Callable[..., Everything], story: list[Step]
) -> None:
    assert after(story, merges=True) == after(story, merges=False)
