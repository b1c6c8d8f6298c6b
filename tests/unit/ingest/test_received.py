from daysheet.ingest import received
from daysheet.ingest.received import Received


def test_a_line_says_who_wrote_it_whom_it_had_the_message_from_and_how() -> None:
    line = received.parse(
        "from phone (home.net.example [203.0.113.9]) (Authenticated sender: wang.li) by mx.corp.example (Postfix)"
        " with ESMTPSA id 4F1; Wed, 4 Mar 2026 10:00:00 +0800"
    )
    assert (line.by, line.names, line.way) == ("mx.corp.example", ("phone", "home.net.example"), "ESMTPSA")
    assert [str(one) for one in line.addresses] == ["203.0.113.9"]
    assert line.is_signed_in
    assert line.is_verified
    assert not line.is_from_private
    assert not line.is_from_this_machine


def test_who_calls_itself_by_does_not_name_the_server() -> None:
    line = received.parse("from by (by [203.0.113.9]) by mx.corp.example with ESMTP; Wed, 4 Mar 2026 10:00:00 +0800")
    assert line.by == "mx.corp.example"


def test_what_stands_in_a_comment_names_no_server_and_no_way() -> None:
    line = received.parse("from x (by mx.corp.example with ESMTPSA (by mx.corp.example)) by evil.example with SMTP; x")
    assert (line.by, line.way) == ("evil.example", "SMTP")
    assert received.parse("(by mx.corp.example with ESMTPSA") == Received(has_from=True)


def test_what_stands_behind_the_semicolon_names_nothing() -> None:
    assert received.parse("from x by evil.example; with ESMTPSA").way == ""
    assert received.parse("from x by evil.example with SMTP; by mx.corp.example").by == "evil.example"


def test_a_line_without_a_server_is_nobodys() -> None:
    for text in (
        "(qmail 123 invoked by uid 0); 4 Mar 2026",
        "",
        "by",
        "from by",
        "from a by mx\rby b",
        "from a by \0x",
    ):
        assert received.parse(text) == Received(has_from=True), text


def test_addresses_of_every_notation_are_found() -> None:
    lines = {
        "from x (x [IPv6:2001:db8::1]) by y": ["2001:db8::1"],
        "from [192.168.1.5] (unknown [203.0.113.9]) by y": ["192.168.1.5", "203.0.113.9"],
        "from EX1.corp.example (10.1.1.1) by y": ["10.1.1.1"],
        "from EX1 ([fe80::1:2:3%4]) by y": ["fe80::1:2:3"],
        "from unknown (HELO 10.0.0.1) (203.0.113.9) by y": ["10.0.0.1", "203.0.113.9"],
        "from x ([203.0.113.9] helo=10.0.0.1) by y": ["203.0.113.9", "10.0.0.1"],
        "from x by y (10.0.0.1)": [],
        "by 2002:a05:7300:1:b0:1a:2b3c with SMTP": [],
    }
    assert {text: [str(one) for one in received.parse(text).addresses] for text in lines} == lines


def test_one_address_from_outside_is_enough_to_be_from_outside() -> None:
    assert received.parse("from [10.0.0.1] (pc [192.168.1.7]) by y").is_from_private
    assert not received.parse("from [10.0.0.1] (evil [203.0.113.9]) by y").is_from_private
    assert not received.parse("from localhost by y with ESMTP").is_from_private


def test_only_a_loopback_address_or_a_local_protocol_is_this_machine() -> None:
    assert received.parse("from localhost (localhost [127.0.0.1]) by y with ESMTP").is_from_this_machine
    assert received.parse("from mx.corp.example by mx.corp.example with LMTP id 1").is_from_this_machine
    assert received.parse("by mx.corp.example (Postfix, from userid 0) id 1").is_from_this_machine
    assert not received.parse("from localhost (localhost [203.0.113.9]) by y with LMTP").is_from_this_machine
    assert not received.parse("from localhost by y with ESMTP").is_from_this_machine
    assert not received.parse("from mx.corp.example by mx.corp.example with SMTP").is_from_this_machine


def test_every_name_of_the_other_side_must_be_ours() -> None:
    own = ("*.corp.example",)
    assert received.parse("from gw.corp.example (gw.corp.example [198.51.100.7]) by y").is_from(own)
    assert not received.parse("from gw.corp.example (unknown [203.0.113.9]) by y").is_from(own)
    assert not received.parse("from evil.example (gw.corp.example [203.0.113.9]) by y").is_from(own)
    assert not received.parse("by y").is_from(own)


def test_a_line_in_which_a_name_may_have_become_words_of_the_server_is_nobodys() -> None:
    for said in (
        "x by mx.corp.example with LMTP (",
        "x by mx.corp.example with ESMTPSA",
        "localhost by mx.corp.example with LMTP; Wed",
        "x) by mx.corp.example (",
        ")",
        "(x (",
        "x (\\",
    ):
        line = received.parse(f"from {said} (evil.example [203.0.113.66]) by mx.corp.example with ESMTP id 1; Wed")
        assert line == Received(has_from=True), said


def test_where_the_other_side_only_says_that_it_is_is_not_where_it_was_seen() -> None:
    for said in ("[127.0.0.1]", "127.0.0.1", "[10.0.0.1]"):
        line = received.parse(f"from {said} by mx.corp.example with ESMTP; Wed")
        assert not line.is_from_this_machine
        assert not line.is_from_private
        assert not line.is_from_neighbour


def test_servers_whose_addresses_have_the_same_beginning_are_neighbours() -> None:
    assert received.parse("from a (2603:10a6:1::1) by b (2603:10a6:2::2) with X").is_from_neighbour
    assert received.parse("from a (198.51.100.7) by b (198.51.100.9) with X").is_from_neighbour
    assert not received.parse("from a (203.0.113.9) by b (198.51.100.9) with X").is_from_neighbour
    assert not received.parse("from a (203.0.113.9) by b with X (203.0.113.7)").is_from_neighbour
    assert not received.parse("from a (203.0.113.9) (198.51.100.7) by b (198.51.100.9) with X").is_from_neighbour
    assert not received.parse("from a (198.51.100.7) by b with X").is_from_neighbour
