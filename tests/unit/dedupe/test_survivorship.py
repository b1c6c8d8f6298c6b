from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.dedupe.survivorship import FIELDS, Member, Value, Why, overlay, survivors, valid_codes
from daysheet.model.customers import CustomerStatus

VALID, OTHER_VALID, INVALID = "91440300708461136T", "914403001922038216", "91350100M000100Y4Z"
OLD, NEW = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def a_member(number: int, registered: bool = False, *, status: str = "confirmed", **values: Value | str) -> Member:
    told = {name: value if isinstance(value, Value) else Value(value) for name, value in values.items()}
    return Member(number, told, CustomerStatus(status), registered)


def shown(field: str, *members: Member, **kept: int) -> tuple[str, Why]:
    survivor = survivors(members[0].id, members, kept)[field]
    return survivor.text, survivor.why


@pytest.mark.parametrize(
    ("field", "first", "second", "expected"),
    [
        ("display_name", a_member(1, display_name="云杉电"), a_member(2, True, display_name="云杉厂"), Why.REGISTERED),
        ("city", a_member(1, city=Value("杭州市", "import")), a_member(2, city=Value("杭", "steward")), Why.STEWARD),
        ("address", a_member(1, address="文三路"), a_member(2, address="文三路 90 号"), Why.LONGEST),
        ("credit_code", a_member(1, credit_code=INVALID), a_member(2, credit_code=VALID), Why.VALID),
        ("phone", a_member(1, phone="见名片，前台转接"), a_member(2, phone="88880000"), Why.VALID),
        ("city", a_member(1, city=Value("苏州", count=1)), a_member(2, city=Value("杭州", count=3)), Why.MOST_FREQUENT),
        ("level", a_member(1, level=Value("A", at=OLD)), a_member(2, level=Value("B", at=NEW)), Why.NEWEST),
        ("industry", a_member(1), a_member(2, industry="电子"), Why.ONLY),
    ],
)  # fmt: skip
def test_the_better_value_survives_whoever_the_winner_is(
    field: str, first: Member, second: Member, expected: Why
) -> None:
    assert shown(field, first, second) == (second.text(field), expected)
    assert shown(field, second, first) == (second.text(field), expected)


def test_where_nothing_decides_the_winners_value_stays() -> None:
    assert shown("city", a_member(2, city="苏州"), a_member(1, city="杭州")) == ("苏州", Why.WINNER)


def test_of_two_registered_names_that_of_a_known_customer_stays_however_long_the_other_is() -> None:
    known = a_member(1, True, display_name="云杉厂")
    typed = a_member(2, True, status="provisional", display_name="杭州云杉电子厂")
    for root_first in ((known, typed), (typed, known)):
        assert shown("display_name", *root_first) == ("云杉厂", Why.CONFIRMED)


def test_of_two_known_customers_the_name_with_a_valid_code_stays_else_the_winners() -> None:
    coded = a_member(1, True, display_name="云杉厂", credit_code=VALID)
    longer = a_member(2, True, display_name="杭州云杉电子厂")
    assert shown("display_name", longer, coded) == ("云杉厂", Why.WITH_CODE)
    assert shown("display_name", longer, a_member(3, True, display_name="云杉厂")) == ("杭州云杉电子厂", Why.WINNER)


def test_equal_values_are_no_choice() -> None:
    assert shown("city", a_member(1, city="杭州"), a_member(2, city="杭州")) == ("杭州", Why.EQUAL)


def test_two_that_say_the_same_outweigh_one() -> None:
    members = (a_member(1, city="苏州"), a_member(2, city="杭州"), a_member(3, city="杭州"))
    assert shown("city", *members) == ("杭州", Why.MOST_FREQUENT)


def test_what_was_chosen_by_hand_beats_everything_until_its_owner_leaves() -> None:
    members = (a_member(1, city="苏"), a_member(2, city=Value("苏州市", "steward")))
    assert shown("city", *members, city=1) == ("苏", Why.CHOSEN)
    assert shown("city", *members, city=9) == ("苏州市", Why.STEWARD)


def test_the_short_name_and_the_kind_come_with_the_name() -> None:
    members = (
        a_member(1, display_name="云杉", short_name="云杉电子工业", kind="unknown"),
        a_member(2, display_name="杭州云杉电子有限公司", short_name="云杉电子", kind="enterprise"),
    )
    found = survivors(1, members, {})
    assert (found["short_name"].text, found["kind"].text) == ("云杉电子", "enterprise")


def test_notes_are_united_and_none_is_said_twice() -> None:
    members = (a_member(1, note="先款后货"), a_member(2, note="年度框架"), a_member(3, note="先款后货"))
    found = survivors(1, members, {})["note"]
    assert found.text == "先款后货\n年度框架"


def test_a_confirmed_one_makes_the_whole_confirmed() -> None:
    assert shown("status", a_member(1, status="provisional"), a_member(2))[0] == "confirmed"
    assert shown("status", a_member(1, status="inactive"), a_member(2))[0] == "inactive", "the winner's own word"
    assert "status" not in survivors(1, (a_member(1, status="provisional"),), {})


def test_one_record_alone_shows_itself() -> None:
    assert overlay(1, (a_member(1, city="杭州"),), {"city": 1}) == {}


def test_the_overlay_holds_only_what_is_not_the_roots_own() -> None:
    found = overlay(1, (a_member(1, city="杭州", display_name="云杉电子"), a_member(2, phone="88880000")), {})
    assert {name: value.owners for name, value in found.items()} == {"phone": (2,)}


def test_a_parent_is_chosen_only_from_those_who_are_there() -> None:
    members = (a_member(1), a_member(2))
    assert overlay(1, members, {"parent": 2})["parent"].text == "2"
    assert overlay(1, members, {"parent": 3}) == {}


def test_only_valid_codes_tell_two_legal_persons_apart() -> None:
    members = [a_member(1, credit_code=VALID), a_member(2, credit_code=INVALID), a_member(3, credit_code=OTHER_VALID)]
    assert valid_codes(members) == {VALID: 1, OTHER_VALID: 3}


values = st.builds(
    Value,
    st.text("云杉a1", min_size=1, max_size=4),
    st.sampled_from(["steward", "import", "report"]),
    st.integers(0, 3),
    st.sampled_from([OLD, NEW]),
)
records = st.dictionaries(st.sampled_from((*FIELDS, "note")), values, max_size=9)


@given(st.lists(records, min_size=4, max_size=4), st.permutations(range(4)))
def test_the_order_of_the_merges_does_not_matter(given_records: list[dict[str, Value]], order: list[int]) -> None:
    members = [Member(number, record) for number, record in enumerate(given_records)]
    assert survivors(0, members, {}) == survivors(0, [members[number] for number in order], {})


@given(st.lists(records, min_size=1, max_size=5))
def test_a_value_survives_wherever_somebody_has_one_and_it_is_somebodys(given_records: list[dict[str, Value]]) -> None:
    members = [Member(number, record) for number, record in enumerate(given_records, start=1)]
    found = survivors(1, members, {})
    for name in FIELDS:
        texts = {member.text(name) for member in members} - {""}
        assert (name in found) is bool(texts)
        assert not texts or found[name].text in texts
