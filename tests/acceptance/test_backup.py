"""A part of the sweep of backups: made under traffic and put back elsewhere; what is no backup is refused."""

import pytest

from tests.reliability import crashes
from tests.reliability.backups import SWEEP
from tests.reliability.frame import Counts, Stage


def counted(stage: Stage, key: str) -> Counts:
    (trial,) = [one for one in SWEEP.trials(stage) if one.key == key]
    return trial.run(stage)


@pytest.mark.timeout(240)
def test_mails_taken_since_a_backup_under_traffic_are_recovered(stage: Stage) -> None:
    counts = counted(stage, "at/recorded/sqlite")
    # seven messages are known, for one of the eight mails came twice
    assert (counts["known"], counts["recovered"]) == (7, 8)


@pytest.mark.timeout(240)
def test_what_is_damaged_or_would_overwrite_something_is_refused(stage: Stage) -> None:
    assert counted(stage, "damaged/sqlite")["refused"] == 11


def test_twenty_backups_are_made_on_each_database(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(set(keys)) == len(keys)
    for database in crashes.DATABASES:
        assert sum(key.endswith(database) and not key.startswith("damaged") for key in keys) >= 20
