"""A part of R2: processes are killed again and again at random, and every mail has counted once all the same."""

import random

import pytest

from tests.reliability import crashes
from tests.reliability import r02_random_kills as r02
from tests.reliability.frame import Stage
from tests.reliability.r02_random_kills import SWEEP, Death, draw, run


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("database", "seed"), [("sqlite", 50)])
def test_killed_at_random_every_mail_counts_once_all_the_same(stage: Stage, database: str, seed: int) -> None:
    assert 3 <= run(stage, database, seed)["kills"] <= 5


def test_the_whole_sweep_is_a_hundred_runs_on_each_database(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(set(keys)) == len(keys)
    for database in crashes.DATABASES:
        assert sum(key.startswith(database) for key in keys) >= 100


@pytest.mark.timeout(240)
def test_no_message_or_mail_is_drawn_often_enough_to_be_set_aside_by_design(stage: Stage) -> None:
    wanted = crashes.reference(stage, "sqlite", r02.REPS)
    for seed in range(50):
        lot, kills = random.Random(seed), list[Death]()
        while len(kills) < 5:
            kills.append(draw(lot, wanted, kills, len(kills)))
        assert sum(death.is_at_work for death in kills) <= r02.MOST_AT_WORK
        assert sum(death.is_at_sending for death in kills) <= r02.MOST_AT_SENDING
