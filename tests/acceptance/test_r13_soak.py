"""A small part of figure R13: a hundred mails while the servers fail."""

import pytest

from tests.reliability import r13_soak
from tests.reliability.frame import Stage


@pytest.mark.timeout(180)
def test_a_hundred_mails_are_answered_while_servers_fail(stage: Stage) -> None:
    # a service that has just begun still grows: its memory is looked at in the whole day only
    counted = r13_soak.soak(stage, "sqlite", 100, 7, growth=10)
    assert counted["messages"] >= 99
    assert (counted["lost"], counted["twice"], counted["missing"]) == (0, 0, 0)
