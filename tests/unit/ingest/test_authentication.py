"""What proves a sender, field by field; whole mails and forgeries are in tests/reliability/forgeries.py."""

import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daysheet.ingest import authentication
from daysheet.model.trust import Relaxed, Trust, Way
from tests import mail_routes
from tests.mail_routes import DATE, INSIDE, PROVEN, ROUTES
from tests.reliability import forgeries
from tests.reliability.forgeries import BOSS, FOUND, FROM

MX = Trust(Way.AUTHSERV, "mx.corp.example")
LINE = f"Received: from a (a [203.0.113.5]) by mx.corp.example with ESMTPS id 1; {DATE}"
FOREIGN = f"Received: from b (b [203.0.113.6]) by relay.evil.example with ESMTP id 1; {DATE}"
PASS = "Authentication-Results: mx.corp.example; dmarc=pass header.from=corp.example"


def is_proven(trust: Trust, *fields: str, sender: str = BOSS) -> bool:
    return authentication.prove(trust, "\r\n".join(fields).encode(), sender).is_given


def why(trust: Trust, *fields: str) -> str:
    return authentication.prove(trust, "\r\n".join(fields).encode(), BOSS).why


@pytest.mark.parametrize("name", mail_routes.genuine())
def test_genuine_mails_of_many_servers_are_believed(name: str) -> None:
    trust, header = mail_routes.genuine()[name]
    assert is_proven(trust, header)


def test_without_trust_everything_is_believed_and_that_is_said() -> None:
    assert authentication.prove(Trust(), b"", BOSS).why == "none"


# ---- where it stands -------------------------------------------------------------------------------


def test_findings_above_our_own_line_or_directly_below_it_are_ours() -> None:
    assert why(MX, PASS, LINE, FROM) == "dmarc=pass mx.corp.example"
    assert is_proven(MX, LINE, "X-Other: 1", PASS, FOREIGN, FROM)


def test_findings_behind_another_servers_line_are_anybodys() -> None:
    assert not is_proven(MX, LINE, FOREIGN, PASS, FROM)
    assert not is_proven(MX, FOREIGN, PASS, FROM)
    assert not is_proven(MX, FOREIGN, LINE, PASS, FROM)
    assert "no Authentication-Results of mx.corp.example" in why(MX, LINE, FOREIGN, PASS, FROM)


def test_a_second_line_of_ours_below_the_one_from_outside_was_there_when_the_message_came() -> None:
    assert not is_proven(MX, LINE, LINE, PASS, FROM)
    assert not is_proven(MX, LINE, "Received: by mx.corp.example with LMTP id 1", PASS, FROM)


def test_a_message_without_a_line_of_our_servers_is_not_believed() -> None:
    assert not is_proven(MX, PASS, FROM)
    assert not is_proven(MX, PASS, FOREIGN, FROM)
    assert not is_proven(MX, "Received: from a by 10.0.0.1", PASS, FROM)
    assert "no Received line of our own servers" in why(MX, PASS, FROM)


def test_servers_with_other_names_are_ours_once_they_are_named() -> None:
    store = f"Received: from mx.corp.example (mx [10.1.1.5]) by store.provider.example with ESMTP id 1; {DATE}"
    assert not is_proven(MX, store, LINE, PASS, FROM)
    named = replace(MX, own_hosts=("store.provider.example",))
    assert not is_proven(named, store, LINE, PASS, FROM)  # "mx" is not one of them, so that line may be anybody's
    named = replace(MX, own_hosts=("*.provider.example", "mx"))
    assert is_proven(named, store, LINE, PASS, FROM)
    assert is_proven(named, store, PASS, LINE, FROM)


def test_only_the_topmost_findings_of_ours_count() -> None:
    fails = PASS.replace("dmarc=pass", "dmarc=fail")
    assert not is_proven(MX, fails, PASS, LINE, FROM)
    assert not is_proven(MX, PASS.replace("dmarc=pass", "dmarc=none"), LINE, PASS, FROM)
    assert is_proven(MX, PASS.replace("mx.corp", "mx.other"), PASS, LINE, FROM)


def test_a_no_of_ours_further_down_is_still_a_no() -> None:
    signed = "Authentication-Results: mx.corp.example; dkim=pass header.d=corp.example"
    assert is_proven(MX, signed, LINE, FROM)
    assert not is_proven(MX, signed, PASS.replace("dmarc=pass", "dmarc=fail"), LINE, FROM)


def test_each_program_of_ours_may_have_a_field_of_its_own_above_our_line_but_not_below_it() -> None:
    first = PASS.replace("dmarc=pass", "dmarc=none")
    second = "Authentication-Results: mx.corp.example; dkim=pass header.d=corp.example"
    assert why(MX, first, second, LINE, FROM) == "dkim=pass corp.example mx.corp.example"
    assert not is_proven(MX, first, LINE, second, FROM)
    assert not is_proven(MX, LINE, first, second, FROM)


def test_below_our_line_our_id_must_be_written_as_it_is() -> None:
    assert is_proven(MX, LINE, PASS.replace("mx.corp", "MX.corp"), FROM)
    assert not is_proven(MX, LINE, PASS.replace("mx.corp.example", '"mx.corp.example"'), FROM)
    assert not is_proven(MX, LINE, PASS.replace("mx.corp", "(x) mx.corp"), FROM)
    assert is_proven(MX, PASS.replace("mx.corp.example", '"mx.corp.example"'), LINE, FROM)


def test_what_is_folded_below_a_line_that_is_no_field_belongs_to_none() -> None:
    none = "Authentication-Results: mx.corp.example; dkim=none;"
    assert is_proven(MX, LINE, none, " dkim=pass header.d=corp.example", FROM)  # as servers fold
    assert not is_proven(MX, LINE, none, "no field", " dkim=pass header.d=corp.example", FROM)


def test_findings_of_ours_that_cannot_be_read_keep_those_below_from_counting() -> None:
    broken = "Authentication-Results: mx.corp.example; dmarc=fail (header.from=corp.example"
    assert "cannot be read" in why(MX, broken, PASS, LINE, FROM)
    assert is_proven(MX, "Authentication-Results: spf=pass (of no name) smtp.mailfrom=x", PASS, LINE, FROM)


def test_without_an_id_nothing_is_believed() -> None:
    assert not is_proven(Trust(Way.AUTHSERV), PASS, LINE, FROM)
    assert not is_proven(
        Trust(Way.AUTHSERV), "Authentication-Results: ; dmarc=pass header.from=corp.example", LINE, FROM
    )


# ---- what it says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("found", FOUND.values())
def test_what_an_honest_server_says_of_a_forged_mail_is_no_proof(found: str) -> None:
    assert not is_proven(MX, f"Authentication-Results: mx.corp.example; {found}", LINE, FROM)


def test_dmarc_is_about_the_very_domain_of_from() -> None:
    assert not is_proven(MX, PASS, LINE, "From: a@mail.corp.example", sender="a@mail.corp.example")
    assert is_proven(MX, PASS, LINE, "From: a@CORP.example.", sender="a@corp.example.")
    idn = "Authentication-Results: mx.corp.example; dmarc=pass header.from=xn--55qx5d.example"
    assert is_proven(MX, idn, LINE, "From: a@公司.example", sender="a@公司.example")


def test_a_signature_of_ones_provider_is_no_proof_of_another_customer_of_it() -> None:
    signed = "Authentication-Results: mx.corp.example; dkim=pass header.d=two.github.io"
    assert not is_proven(MX, signed, LINE, "From: a@one.github.io", sender="a@one.github.io")


# ---- relaxed ---------------------------------------------------------------------------------------


def test_without_position_findings_count_wherever_they_stand() -> None:
    relaxed = replace(MX, relaxed=frozenset({Relaxed.POSITION}))
    assert is_proven(relaxed, LINE, FOREIGN, PASS, FROM)
    assert is_proven(relaxed, PASS, FROM)
    assert not is_proven(relaxed, PASS.replace("=pass", "=fail"), LINE, PASS, FROM)


def test_without_alignment_any_signature_will_do_but_not_against_dmarc() -> None:
    relaxed = replace(MX, relaxed=frozenset({Relaxed.ALIGNMENT}))
    signed = "Authentication-Results: mx.corp.example; dkim=pass header.d=provider.example"
    assert not is_proven(MX, signed, LINE, FROM)
    assert why(relaxed, signed, LINE, FROM) == "dkim=pass provider.example mx.corp.example"
    assert not is_proven(relaxed, f"{signed}; dmarc=fail header.from=corp.example", LINE, FROM)


# ---- From ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        FROM,
        "FROM:wang.li@corp.example",
        "From: Wang Li <Wang.Li@Corp.Example>",
        "From: =?gb2312?B?zfXA9g==?= <wang.li@corp.example>",
        'From: "Li, Wang; \\"x\\"" <wang.li@corp.example>',
        'From: "wang.li@corp.example" <wang.li@corp.example>',
        "From: wang.li@corp.example <wang.li@corp.example>",
        "From: Wang\r\n Li\r\n\t<wang.li@corp.example>",
        "From: 王丽（一组） <wang.li@corp.example>",
        "From: wang.li@corp.example (Wang Li)",
    ],
)
def test_one_plain_address_may_be_written_in_many_ways(text: str) -> None:
    assert is_proven(MX, PASS, LINE, text)


@pytest.mark.parametrize("text", [text for text in forgeries.two_sided_from() if "Sender:" not in text])
def test_an_address_that_two_servers_may_read_differently_is_not_believed(text: str) -> None:
    fine = ("Reply-To", "Resent-From", "Return-Path", "X-Original-From")
    expected = text.startswith(FROM + "\nResent")  # there the address is plain, and the findings are about it
    assert is_proven(MX, PASS, LINE, text) is expected or text.startswith(fine)


# ---- inside ----------------------------------------------------------------------------------------

MARK = "X-Corp-Inside: yes"
GATE = INSIDE["gateway-header"].trust
OURS = f"Received: from pc (pc [10.1.1.9]) by gw.corp.example with ESMTP id 1; {DATE}"
CAME_IN = f"Received: from a (a [203.0.113.5]) by gw.corp.example with ESMTP id 1; {DATE}"


def test_the_gateways_mark_counts_in_what_our_own_servers_wrote() -> None:
    assert why(GATE, MARK, OURS, FROM) == "internal x-corp-inside"
    assert is_proven(GATE, OURS, FROM, MARK)
    assert is_proven(GATE, MARK, CAME_IN, FROM)  # the gateway itself put it above its line
    assert not is_proven(GATE, CAME_IN, MARK, FROM)
    assert not is_proven(GATE, OURS, FOREIGN, MARK, FROM)
    assert not is_proven(GATE, FOREIGN, MARK, OURS, FROM)
    assert not is_proven(GATE, MARK, FROM)


def test_a_server_that_only_calls_itself_one_of_ours_is_outside() -> None:
    for other in ("gw.corp.example (203.0.113.66)", "gw.corp.example (unknown [203.0.113.66])", "[10.0.0.1]"):
        line = f"Received: from {other} by mx.corp.example (198.51.100.9) with SMTP id 1; {DATE}"
        assert not is_proven(GATE, OURS, line, MARK, FROM), other
        assert not is_proven(replace(GATE, own_hosts=()), OURS, line, MARK, FROM), other


def test_the_gateways_mark_counts_once_and_with_its_value() -> None:
    assert not is_proven(GATE, MARK, MARK, OURS, FROM)
    assert not is_proven(GATE, MARK, OURS, FOREIGN, MARK, FROM)
    assert not is_proven(GATE, "X-Corp-Inside: no", OURS, FROM)
    assert not is_proven(GATE, MARK, "X-Corp-Inside : yes", OURS, FROM)
    assert not is_proven(GATE, OURS, FROM)


def test_without_names_the_servers_in_the_domain_of_the_topmost_line_are_ours() -> None:
    unnamed = replace(GATE, own_hosts=())
    assert is_proven(unnamed, OURS.replace("gw", "store"), OURS, MARK, FROM)
    assert not is_proven(unnamed, OURS.replace("gw", "store"), CAME_IN, MARK, FROM)
    assert not is_proven(unnamed, OURS, FOREIGN, MARK, FROM)


def test_who_signed_in_is_believed_where_no_other_server_had_the_message() -> None:
    trust = INSIDE["submission"].trust
    signed_in = f"Received: from phone (x [203.0.113.9]) by mx.corp.example with ESMTPSA id 1; {DATE}"
    assert why(trust, signed_in, FROM) == "signed in at mx.corp.example"
    assert not is_proven(trust, signed_in, FOREIGN, FROM)
    assert not is_proven(trust, FOREIGN, signed_in, FROM)
    assert not is_proven(trust, signed_in, LINE, FROM)  # the gateway that signs in to relay what came from outside
    assert not is_proven(trust, LINE, signed_in, FROM)
    assert not is_proven(trust, FROM)


# ---- whatever stands below -------------------------------------------------------------------------

TEMPTING = (
    *(line for route in (ROUTES["postfix"], INSIDE["gateway-header"]) for line in forgeries.lines(route)),
    *forgeries.spellings("mx.corp.example"),
    *(
        MARK,
        f"{MARK}\r\n{MARK}",
        "X-Corp-Inside: no",
        PASS,
        LINE,
        OURS,
        CAME_IN,
        "",
        " folded",
        "X: y\rX-Corp-Inside: yes",
    ),
    "DKIM-Signature: v=1; d=corp.example; b=x",
)
BELOW = st.lists(st.one_of(st.sampled_from(TEMPTING), st.text(max_size=40)), max_size=12)


@given(below=BELOW, found=st.sampled_from([*FOUND.values(), ""]), route=st.sampled_from(sorted(ROUTES)))
@example(below=[PASS], found=FOUND["none"], route="postfix")
def test_nothing_below_another_servers_line_turns_a_no_into_a_yes(below: list[str], found: str, route: str) -> None:
    """What a stranger's server, or whoever pretended to be one, was given or wrote is worth nothing."""
    way_in = ROUTES[route]
    mine = forgeries.spellings(way_in.trust.authserv_id)
    data = "\n".join([FOREIGN, FROM, *below, *mine[: len(below) % 3]])
    header = way_in.around(data, found, is_silent=not found)
    assert not authentication.prove(way_in.trust, header.encode("utf-8", "replace"), BOSS).is_given


@given(below=BELOW, found=st.sampled_from(list(FOUND.values())), route=st.sampled_from(sorted(ROUTES)))
def test_nothing_a_sender_writes_turns_the_no_of_an_honest_server_into_a_yes(
    below: list[str], found: str, route: str
) -> None:
    way_in = ROUTES[route]
    mine = forgeries.spellings(way_in.trust.authserv_id)
    header = way_in.around("\n".join([*mine[: len(below) % 4], *below, FROM]), found)
    assert not authentication.prove(way_in.trust, header.encode("utf-8", "replace"), BOSS).is_given


@given(below=BELOW, route=st.sampled_from(sorted(INSIDE)))
def test_nothing_a_sender_outside_writes_makes_him_one_inside(below: list[str], route: str) -> None:
    way_in = INSIDE[route]
    header = way_in.around("\n".join([*below, FROM, *forgeries.marks(way_in)[: len(below) % 3]]), "")
    assert not authentication.prove(way_in.trust, header.encode("utf-8", "replace"), BOSS).is_given


@given(st.binary(max_size=400), st.sampled_from([route.trust for route in (*ROUTES.values(), *INSIDE.values())]))
def test_any_bytes_are_judged(header: bytes, trust: Trust) -> None:
    assert not authentication.prove(trust, header, BOSS).is_given


def test_a_header_as_large_as_may_be_takes_no_time() -> None:
    for line in (LINE, PASS, "Received: " + "(" * 200_000, "Received: " + "1:" * 100_000, "From: " + "<" * 200_000):
        block = f"{LINE}\n" + f"{line}\n" * (256_000 // len(line))
        assert not authentication.prove(MX, (block + FROM).encode(), BOSS).is_given or line == PASS


@pytest.mark.parametrize("text", ["1.", "=?a?q?", "5.1.", "x", "<", "(", '"', "a@", ", "])
def test_a_from_as_long_as_may_be_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    is_proven(MX, PASS, LINE, f"From: {text * (250_000 // len(text))} <{BOSS}>")
    assert time.perf_counter() - began < 2


def test_an_id_is_offered_where_its_findings_would_be_believed() -> None:
    header = mail_routes.genuine()["gmail"][1].encode()
    assert authentication.ids_in(header) == ("mx.google.com",)
    assert authentication.ids_in(f"{LINE}\n{FOREIGN}\n{PASS}\n{FROM}".encode()) == ()
    evil = "Authentication-Results: mx.evil.example; dmarc=pass header.from=corp.example"
    assert authentication.ids_in(f"{LINE}\n{evil}\n{FROM}".encode()) == ()
    assert PROVEN in mail_routes.genuine()["postfix"][1]
    assert authentication.servers_in(f"{LINE}\n{FOREIGN}".encode()) == ("mx.corp.example", "relay.evil.example")


def test_an_id_that_the_sender_may_have_written_below_our_line_is_not_offered() -> None:
    invented = "Authentication-Results: {}; dmarc=pass header.from=corp.example"
    below = [PASS, invented.format("other.corp.example"), invented.format("mail")]
    assert authentication.ids_in("\n".join((LINE, *below, FROM)).encode()) == ("mx.corp.example",)
    assert authentication.ids_in("\n".join((LINE, below[2], FROM)).encode()) == ()
    assert authentication.ids_in("\n".join((LINE, below[2], FROM)).encode(), known="mail") == ("mail",)
    assert authentication.ids_in("\n".join((below[2], LINE, FROM)).encode()) == ("mail",)
    named = authentication.ids_in("\n".join((LINE, below[2], FROM)).encode(), ("mx.corp.example",))
    assert named == ("mail",)
