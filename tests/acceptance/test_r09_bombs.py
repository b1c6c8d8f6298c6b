"""Some of figure R9: bombs of every family are refused quickly and small."""

from collections.abc import Iterator

import pytest

from tests.reliability import r09_bombs
from tests.reliability.frame import Stage

QUICK = (
    "bombs/inflate-1-gib",
    "bombs/ods-repeated",
    "bombs/1m-headers",
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.mark.parametrize("key", QUICK)
def test_a_bomb_is_refused_quickly_and_small(key: str, stage: Stage) -> None:
    trial = next(one for one in r09_bombs.trials(stage) if one.key == key)
    counted = trial.run(stage)
    assert counted["refused"] == 1
    assert not any(counted[name] for name in r09_bombs.SWEEP.zeros)


def test_the_whole_figure_throws_enough(stage: Stage) -> None:
    assert sum(1 for _ in r09_bombs.trials(stage)) >= 5 * r09_bombs.SWEEP.least["bombs"]
