"""Some of figure R7: broken mails end with a code, and mails of any shape."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import desk, mails, shapes
from tests.reliability import r07_mails
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


@pytest.mark.parametrize("first", [5_000])
def test_broken_mails_end_with_a_code(first: int, stage: Stage) -> None:
    counted = r07_mails.mutations(stage, first, first + 49)
    assert counted["mutations"] == 50
    assert counted["answers made"] > 0
    assert not any(counted.get(name) for name in r07_mails.SWEEP.zeros)


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(raw=shapes.mails())
def test_a_mail_of_any_shape_ends_with_a_code(raw: bytes, table: desk.Desk) -> None:
    table.failures.clear()
    table.feed(raw, "shaped.eml")
    assert not table.failures


def test_a_seed_means_the_same_mail_in_every_run() -> None:
    assert mails.mutated(7) == mails.mutated(7)
    assert shapes.drawn(shapes.mails(), 5, 3) == shapes.drawn(shapes.mails(), 5, 3)


def test_the_whole_figure_tries_enough(stage: Stage) -> None:
    keys = [trial.key for trial in r07_mails.trials(stage)]
    assert sum(key.startswith("seeds/") for key in keys) * r07_mails.BATCH >= 10_000
    assert len(set(keys)) == len(keys)
