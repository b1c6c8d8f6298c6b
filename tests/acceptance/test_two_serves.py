"""A part of the figure of two services: they share a mailbox, and one of them dies."""

import pytest

from tests.reliability.frame import Stage
from tests.reliability.two_serves import SWEEP


@pytest.mark.timeout(240)
@pytest.mark.parametrize("key", ["killed/mail-claimed/first"])
def test_two_services_do_nothing_twice_and_lose_nothing(stage: Stage, key: str) -> None:
    (trial,) = [one for one in SWEEP.trials(stage) if one.key == key]
    counts = trial.run(stage)
    assert counts["messages"] >= 18
    assert (counts["lost"], counts["twice"], counts["missing"], counts["digests again"]) == (0, 0, 0, 0)


def test_either_dies_on_this_machine_and_on_another(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(set(keys)) == len(keys)
    assert sum(key.startswith(("killed", "moment")) for key in keys) >= 35
