"""Some of figure R8: broken workbooks end with a code, and packages of any shape."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import books, desk, shapes
from tests.reliability import r08_workbooks
from tests.reliability.frame import Stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[desk.Desk]:
    with desk.opened(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.mark.parametrize("first", [0, 5_000])
def test_broken_workbooks_end_with_a_code(first: int, stage: Stage) -> None:
    counted = r08_workbooks.mutations(stage, first, first + 49)
    assert counted["mutations"] == 50
    assert counted["answers made"] > 0
    assert not any(counted.get(name) for name in r08_workbooks.SWEEP.zeros)


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(file=shapes.packages())
def test_a_package_of_any_shape_ends_with_a_code(file: tuple[str, bytes], table: desk.Desk) -> None:
    table.failures.clear()
    table.feed(file[1], file[0])
    assert not table.failures


def test_a_seed_means_the_same_workbook_in_every_run() -> None:
    assert books.mutated(7) == books.mutated(7)
    assert shapes.drawn(shapes.packages(), 5, 3) == shapes.drawn(shapes.packages(), 5, 3)


def test_the_whole_figure_tries_enough(stage: Stage) -> None:
    keys = [trial.key for trial in r08_workbooks.trials(stage)]
    assert sum(key.startswith("seeds/") for key in keys) * r08_workbooks.BATCH >= 10_000
    assert len(set(keys)) == len(keys)
