"""A part of R1: the process is killed at a point, another goes on, and every mail has counted once."""

import pytest

from daysheet.points import Point
from tests.reliability import crashes
from tests.reliability.frame import Stage
from tests.reliability.r01_kills import SWEEP, kill

DANGEROUS = [
    ("sqlite", Point.FILE_NAMED, 3, None),
    ("postgresql", Point.MOVED, 1, None),
    ("sqlite", Point.ROWS_WRITTEN, 5, None),
    ("postgresql", Point.MAIL_ACCEPTED, 2, None),
    ("sqlite", Point.SETTLED, 4, 1),
    ("postgresql", Point.DIGEST_WRITTEN, 1, None),
]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", crashes.DATABASES)
def test_every_point_is_come_by_in_the_story_of_eight_mails(stage: Stage, database: str) -> None:
    assert set(crashes.reference(stage, database, 2).passings) == set(Point)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("database", "point", "number", "batch"), DANGEROUS)
def test_killed_at_a_point_every_mail_counts_once_all_the_same(
    stage: Stage, database: str, point: Point, number: int, batch: int | None
) -> None:
    assert kill(stage, database, point, number, batch)[f"kills on {database}"] == 1


@pytest.mark.timeout(240)
def test_the_whole_sweep_kills_often_enough_on_each_database(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    for database in crashes.DATABASES:
        of_it = [key for key in keys if key.startswith(database)]
        assert len(of_it) >= 200
        assert len({key.split("/")[1] for key in of_it}) >= 20
