"""Whose mail it is: the addresses of a From field, and no others."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest.addresses import addresses


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("wang.li@corp.example", ["wang.li@corp.example"]),
        ("王丽 <Wang.Li@Corp.Example>", ["wang.li@corp.example"]),
        ("<  wang.li@corp.example >", ["wang.li@corp.example"]),
        ('"boss@corp.example" <rep@corp.example>', ["rep@corp.example"]),
        ('"a \\" boss@corp.example" <rep@corp.example>', ["rep@corp.example"]),
        ("rep@corp.example (boss@corp.example)", ["rep@corp.example"]),
        ("(a (nested) boss@corp.example) rep@corp.example", ["rep@corp.example"]),
        ("boss@corp.example <rep@corp.example>", ["rep@corp.example"]),
        ("a@corp.example, B <b@corp.example>", ["b@corp.example"]),
        ("A <a@corp.example>, B <b@corp.example>", ["a@corp.example", "b@corp.example"]),
        ("a@corp.example, b@corp.example", ["a@corp.example", "b@corp.example"]),
        ("A <a@corp.example>, again <A@corp.example>", ["a@corp.example"]),
        ("Team: a@corp.example, b@corp.example;", ["a@corp.example", "b@corp.example"]),
        ("undisclosed-recipients:;", []),
        ("王丽", []),
        ("@corp.example", []),
        ("", []),
        ("rep@corp.example.", ["rep@corp.example"]),
    ],
)
def test_a_field_gives_its_addresses(field: str, found: list[str]) -> None:
    assert list(addresses(field)) == found


def test_an_address_with_two_signs_is_nobodys_but_counts() -> None:
    assert addresses("rep@corp.example@evil.example") == ("rep@corp.example@evil.example",)


@pytest.mark.parametrize("opening", ['"', "("])
def test_a_quote_or_comment_never_closed_hides_no_address(opening: str) -> None:
    field = f"{opening}x <evil@else.example> <rep@corp.example>"
    assert addresses(field) == ("evil@else.example", "rep@corp.example")


@settings(deadline=None)
@given(st.text(alphabet='ab@.<>()",\\: ', max_size=60))
def test_whatever_is_found_has_two_sides(field: str) -> None:
    assert all(address.partition("@")[0] and address.partition("@")[2] for address in addresses(field))


@pytest.mark.parametrize("filler", ["a", "<", '"\\', "(", "< ", "a@", '"', "\\"])
def test_a_hostile_field_takes_no_time(filler: str) -> None:
    began = time.process_time()
    addresses("<" + filler * 100_000 + "x")
    assert time.process_time() - began < 0.5


def test_an_apostrophe_belongs_to_an_address_unless_it_stands_around_it() -> None:
    assert addresses("'a@b.example' <'a@b.example'>") == ("a@b.example",)
    assert addresses("Pat O'Brien <pat.o'brien@b.example>") == ("pat.o'brien@b.example",)
    assert addresses("o'a@b.example") == ("o'a@b.example",)
