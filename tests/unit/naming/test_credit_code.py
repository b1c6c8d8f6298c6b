"""The credit code: its two check characters, and the kinds of body that each registry has."""

import pytest

from daysheet.model.names import Kind
from daysheet.naming.credit_code import is_at_odds, is_valid


@pytest.mark.parametrize(
    "code", ["91440300708461136T", "914403001922038216", "91110000100017707H", "91350100M000100Y43"]
)
def test_a_right_code_is_valid(code: str) -> None:
    assert is_valid(code)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y4Z", "91440300708461136S", "9144030070846113", "", "914403007084611360"]
)
def test_a_wrong_code_is_not(code: str) -> None:
    assert not is_valid(code)


@pytest.mark.parametrize("place", range(18))
def test_no_single_wrong_digit_passes(place: int) -> None:
    right = "914403001922038216"
    for digit in "0123456789":
        wrong = right[:place] + digit + right[place + 1 :]
        assert is_valid(wrong) == (wrong == right)


@pytest.mark.parametrize(
    ("code", "kind", "is_odd"),
    [
        ("12", Kind.ENTERPRISE, True),
        ("12", Kind.HOSPITAL, False),
        ("91", Kind.GOVERNMENT, True),
        ("91", Kind.BANK, False),
        ("11", Kind.SCHOOL, True),
        ("A1", Kind.MILITARY, False),
        ("71", Kind.ENTERPRISE, False),  # not checked
        ("12", Kind.UNKNOWN, False),
    ],
)
def test_a_code_and_a_kind_may_be_at_odds(code: str, kind: Kind, is_odd: bool) -> None:
    assert is_at_odds(f"{code}440300708461136T", kind) is is_odd
