"""A few runs of figure R10: whatever the order of deliveries, crashes and corrections, nothing is lost or doubled."""

from tests.reliability import r10_model


def test_the_program_does_what_the_reference_says() -> None:
    counted = r10_model.try_out(10, 12)
    assert counted["runs"] >= 12
    assert counted["crashes"] > 0
    assert counted["divergences"] == 0
