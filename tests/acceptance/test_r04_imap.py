"""Faults of the line and of the server, one of each kind; ./run figures tries them at every place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.frame import Stage
from tests.reliability.r04_imap import QUICK, trials


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(Path(tmp_path_factory.mktemp("faults")))
    yield made
    made.close()


@pytest.mark.parametrize("key", QUICK)
def test_a_mailbox_in_trouble_loses_nothing_and_keeps_nobody_waiting(stage: Stage, key: str) -> None:
    (trial,) = (one for one in trials(stage) if one.key == key)
    counts = trial.run(stage)
    assert counts["faults"] >= 1
    assert {counts[name] for name in ("lost", "twice", "missing", "left")} == {0}
