from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.ingest import authentication_results
from daysheet.ingest.authentication_results import NotUnderstood


def found(text: str) -> list[tuple[str, str, dict[str, str]]]:
    return [(one.method, one.result, dict(one.properties)) for one in authentication_results.parse(text).results]


def test_results_are_read_with_their_properties_whatever_the_spelling() -> None:
    text = (
        'MX.corp.example 1 (rspamd; see "us" at (home));'.replace('"us"', "us")
        + '\tDKIM=Pass (2048-bit key) header.d=corp.example header.b="a/b=";'
        + ' spf = pass smtp.mailfrom=<a@corp.example> ; dmarc/1=pass reason="it is" header.from = corp.example;'
    )
    assert authentication_results.parse(text).authserv_id == "mx.corp.example"
    assert found(text) == [
        ("dkim", "pass", {"header.d": "corp.example", "header.b": "a/b="}),
        ("spf", "pass", {"smtp.mailfrom": "a@corp.example"}),
        ("dmarc", "pass", {"reason": "it is", "header.from": "corp.example"}),
    ]


def test_a_server_that_found_nothing_says_none() -> None:
    assert found("mx.corp.example; none") == []
    assert found("mx.corp.example; spf=none smtp.mailfrom=;dkim=none") == [
        ("spf", "none", {"smtp.mailfrom": ""}),
        ("dkim", "none", {}),
    ]


def test_what_a_quoted_value_holds_is_no_result() -> None:
    text = r'mx.corp.example; spf=pass smtp.mailfrom="a; dmarc=pass header.from=corp.example \"x"@evil.example'
    value = 'a; dmarc=pass header.from=corp.example "x@evil.example'
    assert found(text) == [("spf", "pass", {"smtp.mailfrom": value})]


def test_what_a_comment_holds_is_no_result() -> None:
    assert found("mx.corp.example; spf=fail (x; dmarc=pass (y) header.from=corp.example\\)) smtp.mailfrom=a") == [
        ("spf", "fail", {"smtp.mailfrom": "a"})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "; dmarc=pass",
        "mx.corp.example",
        "spf=pass smtp.mailfrom=a@corp.example; dmarc=pass",  # without a server's name, as Exchange Online writes it
        "mx.corp.example 2; dmarc=pass",
        "mx.corp.example dmarc=pass",
        "mx.corp.example; dmarc/2=pass",
        "mx.corp.example; dmarc=pass header.from=corp.example (",
        'mx.corp.example; dmarc=pass header.from="corp.example',
        "mx.corp.example; dmarc=pass header.from=corp.example header.from=evil.example",
        "mx.corp.example; dmarc=pass header.from=corp.example; dkim",
        "mx.corp.example; none; dmarc=pass",
        "mx.corp.example; dmarc=pass\rheader.from=corp.example",
        "mx.corp.example; dmarc=pass\0header.from=corp.example",
        # a sender's address that was copied without quoting it
        "mx.corp.example; spf=pass (domain of a);dmarc=pass(x)header.from=corp.example;(b@evil.example)",
        'mx.corp.example; spf=pass (domain of "a) ; dmarc=pass header.from=corp.example ; x=y (b"@evil.example)',
        "mx.corp.example;" + " spf=pass;" * 51,
    ],
)
def test_what_is_not_as_the_standard_says_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(NotUnderstood):
        authentication_results.parse(text)


@given(st.text(alphabet=st.sampled_from('ab.;= ()"\\<>@/1\t\x00é'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NotUnderstood):
        authentication_results.parse(text)


def test_a_very_long_field_takes_no_time() -> None:
    for text in ("(" * 200_000, '"' * 200_000, "mx; a=b" + " x=y" * 60_000, "mx; a=" + "\\" * 200_000, "a" * 250_000):
        with suppress(NotUnderstood):
            authentication_results.parse(text)


def test_a_folded_line_that_begins_with_a_semicolon_may_be_the_senders() -> None:
    assert authentication_results.parse('mx; dkim=none;\n\tspf=pass (a\n b) smtp.mailfrom="x\n y";').results[
        1
    ].properties == {"smtp.mailfrom": "x y"}
    for text in (
        "mx; dkim=none\n ;dkim=pass",
        "mx; dkim=none\n (x) ; dkim=pass",
        "mx\n ; dkim=pass",
        "mx; a=b \n\n;c=d",
    ):
        with pytest.raises(NotUnderstood):
            authentication_results.parse(text)
