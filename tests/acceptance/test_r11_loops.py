"""A part of R11: programs that answer our answers are answered once, or once an hour, and never from the null path."""

import pytest

from tests.reliability.frame import Stage
from tests.reliability.r11_loops import SWEEP

QUICK = (
    "two of ours: as they are, after report",
    "two of ours: no mark but the id, after no report",
    "vacation: plain, after report",
    "vacation: from the null path, after no report",
    "bounce: whole, after report",
    "bounce: in words, after no report",
    "bounce: delayed, after no report",
    "list: rewritten, with its path, after report",
    "receipt: bare, after report",
    "returned: carried, after report",
    "returned: carried by a server, after no report",
    "together: all of them, after report",
)


@pytest.mark.parametrize("key", QUICK)
def test_a_loop_ends_or_is_held_by_the_caps(stage: Stage, key: str) -> None:
    trial = next(one for one in SWEEP.trials(stage) if one.key == key)
    counted = trial.run(stage)
    assert not any(counted.get(name) for name in SWEEP.zeros)


def test_the_whole_sweep_has_every_kind_often_enough(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(keys) == len(set(keys)) >= 120
    for kind, least in SWEEP.least.items():
        assert sum(key.startswith(f"{kind}:") for key in keys) >= least
