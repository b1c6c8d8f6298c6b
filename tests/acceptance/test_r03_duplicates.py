"""A part of R3: a mail goes out once more only where the server had it and no committed mark said so."""

import pytest

from daysheet.points import Point
from tests.reliability.frame import Stage
from tests.reliability.r03_duplicates import kill

COPIES = "copies where the server had it and no mark said so"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("database", "point", "number", "kills", "copies"),
    [
        ("postgresql", Point.MAIL_ACCEPTED, 1, 2, 2),
        ("sqlite", Point.MAIL_MARKED, 3, 1, 1),
        ("postgresql", Point.MAIL_SENT, 2, 1, 0),
    ],
)
def test_a_mail_is_sent_once_more_for_each_death_in_that_stretch_and_never_elsewhere(
    stage: Stage, database: str, point: Point, number: int, kills: int, copies: int
) -> None:
    counts = kill(stage, database, point, number, kills)
    assert (counts[COPIES], counts["copies elsewhere"]) == (copies, 0)
