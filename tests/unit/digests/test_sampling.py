"""Each region gets its share, the same seed draws the same, and nobody is rung up twice in a row."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.digests.sampling import draw, shares

SIZES = st.dictionaries(st.text("东南西北", min_size=1, max_size=3), st.integers(0, 500), min_size=1, max_size=12)


@given(SIZES, st.integers(0, 600))
def test_shares_come_to_what_was_wanted_and_none_is_larger_than_its_stratum(sizes: dict[str, int], n: int) -> None:
    given_ = shares(sizes, n)
    assert sum(given_.values()) == min(n, sum(sizes.values()))
    assert all(0 <= given_[name] <= sizes[name] for name in sizes)
    if n >= sum(map(bool, sizes.values())):
        assert all(given_[name] for name, number in sizes.items() if number)


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        ({"east": 500, "north": 300, "south": 200}, 10, {"east": 5, "north": 3, "south": 2}),
        ({"east": 41, "north": 33, "south": 26}, 10, {"east": 4, "north": 3, "south": 3}),  # the largest remainder: .6
        ({"east": 990, "north": 9, "south": 1}, 10, {"east": 8, "north": 1, "south": 1}),  # one at least
        ({"east": 990, "north": 9, "south": 1}, 2, {"east": 2, "north": 0, "south": 0}),  # too few for that
        ({"east": 3, "north": 0}, 9, {"east": 3, "north": 0}),
    ],
)
def test_shares_are_in_proportion(sizes: dict[str, int], wanted: int, expected: dict[str, int]) -> None:
    assert shares(sizes, wanted) == expected


PEOPLE = {number: "east" if number % 10 < 7 else "north" for number in range(1000)}


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    backwards = dict(reversed(PEOPLE.items()))
    for by_stratum in (True, False):
        first = draw(PEOPLE, 40, 7, by_stratum=by_stratum)
        assert draw(backwards, 40, 7, by_stratum=by_stratum) == first
        assert draw(PEOPLE, 40, 8, by_stratum=by_stratum) != first
        assert len(set(first)) == 40


def test_by_stratum_each_has_its_share() -> None:
    assert Counter(PEOPLE[one] for one in draw(PEOPLE, 40, 7, by_stratum=True)) == {"east": 28, "north": 12}


def test_whoever_was_drawn_lately_is_left_alone_while_there_are_others() -> None:
    recent = range(500)
    assert not set(draw(PEOPLE, 100, 1, by_stratum=True, recent=recent)) & set(recent)
    few = set(range(990))
    drawn = set(draw(PEOPLE, 15, 1, by_stratum=False, recent=few))
    assert len(drawn) == 15
    assert set(PEOPLE) - few < drawn, "the ten others come first"


def test_more_than_there_are_is_all_of_them() -> None:
    assert draw(PEOPLE, 5000, 1, by_stratum=True) == sorted(PEOPLE, key=lambda one: (PEOPLE[one], one))
    assert draw({}, 5, 1, by_stratum=True) == []
