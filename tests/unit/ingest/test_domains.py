import pytest

from daysheet.ingest import domains


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("corp.example", "CORP.example."),
        ("mail.corp.example", "corp.example"),
        ("a.corp.com.cn", "b.corp.com.cn"),
        ("公司.example", "xn--55qx5d.example"),
    ],
)
def test_domains_of_one_organisation_are_aligned(one: str, other: str) -> None:
    assert domains.are_aligned(one, other)
    assert domains.are_aligned(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("corp.example", "evilcorp.example"),
        ("corp.example", "corp.example.evil.example"),
        ("one.com.cn", "two.com.cn"),
        ("com.cn", "one.com.cn"),
        ("one.github.io", "two.github.io"),
        ("ban\u212a.example", "bank.example"),  # the Kelvin sign
        ("strasse.example", "straße.example"),
        ("c\u043erp.example", "corp.example"),  # a Cyrillic o
        ("\uff43orp.example", "corp.example"),  # a wide c
        ("corp.example\0", "corp.example"),
        ("", ""),
        ("..", ".."),
        ("corp .example", "corp .example"),
    ],
)
def test_domains_that_only_look_alike_are_not_aligned(one: str, other: str) -> None:
    assert not domains.are_aligned(one, other)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("wang.li@corp.example", "corp.example"),
        ("@corp.example", "corp.example"),
        ("corp.example", "corp.example"),
        ("a@corp.example@evil.example", ""),
        ("a@", ""),
        ("", ""),
        ("a@corp.example (evil.example)", ""),
    ],
)
def test_the_domain_of_an_address_is_what_stands_behind_its_only_at_sign(address: str, domain: str) -> None:
    assert domains.of_address(address) == domain


def test_a_star_means_every_host_below_a_domain_and_not_one_that_ends_alike() -> None:
    names = ("*.corp.example", "relay.other.example")
    assert domains.is_among("mx.corp.example", names)
    assert domains.is_among("corp.example.", names)
    assert domains.is_among("RELAY.other.example", names)
    assert not domains.is_among("mx.evilcorp.example", names)
    assert not domains.is_among("x.relay.other.example", names)
    assert not domains.is_among("", names)


def test_a_name_of_thousands_of_labels_is_no_domain() -> None:
    assert domains.canonical("a." * 5000 + "example") == ""
    assert domains.canonical("世" * 5000 + ".example") == ""
