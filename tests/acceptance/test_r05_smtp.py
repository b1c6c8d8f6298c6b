"""A part of R5: a mail server in trouble; every answer comes to an end, and reports are worked meanwhile."""

import pytest

from tests.reliability.frame import Stage
from tests.reliability.r05_smtp import SWEEP

QUICK = (
    "01-down/after-1/postgresql",
    "03-4xx/MAIL/1+4/sqlite",
    "04-4xx/RCPT/2+1/postgresql",
    "06-5xx/RCPT/3+2/sqlite",
    "07-not-now/3/postgresql",
    "08-greylisted/10-minutes/sqlite",
    "09-slow/2.0-seconds/sqlite",
    "10-cut/TAKEN/4+4/postgresql",
    "11-recipient/1/550/sqlite",
)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("key", QUICK)
def test_every_answer_ends_sent_or_with_a_reason(stage: Stage, key: str) -> None:
    (trial,) = [one for one in SWEEP.trials(stage) if one.key == key]
    assert trial.run(stage)["faults"] >= 1


def test_all_eleven_faults_are_tried_on_both_databases(stage: Stage) -> None:
    keys = [trial.key for trial in SWEEP.trials(stage)]
    assert len(set(keys)) == len(keys)
    for database in ("sqlite", "postgresql"):
        assert {key[:2] for key in keys if key.endswith(database)} == {f"{number:02}" for number in range(1, 12)}
