"""Some of figure R12: mails that pretend to be a listed person's get nothing, genuine ones do."""

from collections.abc import Iterator

import pytest

from tests.reliability import forged, r12_forgeries
from tests.reliability.frame import Stage

QUICK = (
    "genuine/gmail",
    "genuine/postfix",
    "genuine/exchange",
    "from-only/gmail",
    "results-below-the-true-ones/qq",
    "results-of-nobody/postfix",
    "from-that-is-read-in-two-ways/amavis",
    "pretended-sign-in/submission",
    "mark-of-nobody/exchange",
    "genuine/opendmarc-above-opendkim",
    "genuine/exchange-online",
    "names-that-become-a-line/postfix",
    "the-name-of-a-server-inside/exchange",
    "sly-from/gmail",
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.mark.parametrize("key", QUICK)
def test_who_only_pretends_to_be_listed_gets_nothing(key: str, stage: Stage) -> None:
    trial = next(one for one in r12_forgeries.trials(stage) if one.key == key)
    counted = trial.run(stage)
    assert counted.get("genuine") or counted["forgeries"] > 0
    assert not any(counted.get(name) for name in r12_forgeries.SWEEP.zeros)


def test_the_whole_figure_tries_enough() -> None:
    kinds = forged.kinds()
    assert len(kinds) >= r12_forgeries.SWEEP.least["kinds"]
    assert sum(1 for kind in kinds for _ in forged.of_kind(kind)) >= r12_forgeries.SWEEP.least["forgeries"]
