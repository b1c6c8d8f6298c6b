"""Wilson's interval, against figures worked out by hand, and what clustering does to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.model.figures import Figures, total
from daysheet.model.intervals import Interval, design_effect, of_customers, of_fields, wilson


def of(*customers: tuple[int, int]) -> Figures:
    """The figures of customers with (wrong, judged) fields each, as the store makes them."""
    return total(
        {
            "spot.customers": 1,
            "spot.customers_wrong": int(wrong > 0),
            "spot.fields": judged,
            "spot.fields_wrong": wrong,
            "spot.fields_squared": judged * judged,
            "spot.wrong_squared": wrong * wrong,
            "spot.wrong_times_fields": wrong * judged,
        }
        for wrong, judged in customers
    )


@pytest.mark.parametrize(
    ("wrong", "checked", "low", "high"),
    [
        (19, 94, 0.1334, 0.2943),  # the founding case: customers
        (36, 248, 0.1067, 0.1944),  # and records
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_is_wilsons(wrong: int, checked: int, low: float, high: float) -> None:
    found = wilson(wrong, checked)
    assert found is not None
    assert found.rate == wrong / checked
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_nothing_checked_says_nothing() -> None:
    assert wilson(0, 0) is None
    assert of_customers({}) is None
    assert of_fields({}) is None


@given(st.integers(0, 400), st.integers(1, 400), st.floats(1, 20))
def test_the_rate_lies_within_its_interval_and_a_design_effect_only_widens_it(a: int, b: int, effect: float) -> None:
    wrong, checked = min(a, b), b
    plain, wider = wilson(wrong, checked), wilson(wrong, checked, design_effect=effect)
    assert isinstance(plain, Interval)
    assert isinstance(wider, Interval)
    assert 0 <= wider.low <= plain.low + 1e-12 <= plain.rate + 1e-12
    assert plain.rate <= plain.high <= wider.high + 1e-12 <= 1 + 1e-12


def test_the_customers_of_the_founding_case_are_counted_once_each() -> None:
    figures = of(*[(1, 2)] * 10, *[(2, 3)] * 9, *[(0, 3)] * 75)
    assert of_customers(figures) == wilson(19, 94)


def test_fields_that_go_wrong_independently_are_as_good_as_drawn_one_by_one() -> None:
    figures = of(*[(0, 2)] * 81, *[(1, 2)] * 18, *[(2, 2)] * 1)  # as often as chance has it at one in ten
    assert design_effect(figures) == pytest.approx(1.0, abs=0.02)


def test_fields_that_go_wrong_together_tell_no_more_than_their_customers() -> None:
    figures = of(*[(4, 4)] * 10, *[(0, 4)] * 90)
    assert design_effect(figures) == pytest.approx(4.0, rel=0.02)
    found, customers = of_fields(figures), of_customers(figures)
    assert found is not None
    assert customers is not None
    assert (found.low, found.high) == (pytest.approx(customers.low, abs=2e-3), pytest.approx(customers.high, abs=2e-3))


def test_of_one_customer_all_fields_tell_as_much_as_one() -> None:
    assert of_fields(of((3, 6))) == wilson(3, 6, design_effect=6)


def test_none_or_all_wrong_tells_no_more_than_so_many_customers() -> None:
    assert of_fields(of(*[(0, 5)] * 20)) == wilson(0, 100, design_effect=5)
    assert of_fields(of(*[(5, 5)] * 20)) == wilson(100, 100, design_effect=5)
