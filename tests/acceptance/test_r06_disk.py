"""A part of R6, without small disks: a database that is locked, full or read-only, and files that may not grow."""

import pytest

from tests.reliability.frame import Stage
from tests.reliability.r06_disk import SWEEP

QUICK = (
    "1-locked/2-seconds/take/sqlite",
    "1-locked/2-seconds/work/postgresql",
    "2-spool-full/limit/take",
    "3-database-full/sqlite/take",
    "3-database-full/sqlite/work",
    "5-read-only/postgresql/send",
)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("key", QUICK)
def test_the_mailbox_is_left_alone_and_all_goes_on_by_itself(stage: Stage, key: str) -> None:
    (trial,) = [one for one in SWEEP.trials(stage) if one.key == key]
    assert trial.run(stage)["faults"] >= 1


def test_all_five_are_tried_at_every_moment(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(set(keys)) == len(keys)
    for number in "12345":
        moments = {moment for key in keys if key[0] == number for moment in ("take", "work", "send") if moment in key}
        assert moments >= {"take", "work"}
