"""What ``doctor`` says about how a mailbox believes its senders, read off real messages."""

from pathlib import Path

import pytest

from daysheet.ingest.maildir import MaildirMailbox
from daysheet.model.trust import Relaxed, Trust, Way
from daysheet.services import trusting
from daysheet.services.trusting import Seen, Unbelievable, describe, look

OWN = Trust(Way.AUTHSERV, "mx.corp.example")
UNSET = Trust(Way.AUTHSERV)
GATEWAY = Trust(Way.INTERNAL, internal_header=("x-org-auth", "Internal"))


def stamped(authserv_id: str, by: str = "mx.corp.example", more: str = "") -> bytes:
    """A header block as a server of ours leaves it."""
    lines = [f"Received: from a.example (a.example [192.0.2.1]) by {by}; Mon, 1 Jun 2026 10:00:00 +0800"]
    lines += [f"Authentication-Results: {authserv_id}; dmarc=pass header.from=corp.example"] if authserv_id else []
    return "\r\n".join([more, *lines] if more else lines).encode() + b"\r\nFrom: a@corp.example\r\n\r\n"


def test_the_id_of_our_own_server_is_proposed() -> None:
    seen = look(UNSET, [stamped("mx.corp.example"), stamped("mx.corp.example"), stamped("")])
    with pytest.raises(Unbelievable, match=r"2 of 3 messages say: mailboxes.reports.authserv_id: mx.corp.example;"):
        describe("reports", UNSET, seen)


def test_a_strangers_id_is_not_proposed() -> None:
    forged = b"Authentication-Results: evil.example; dmarc=pass\r\n" + stamped("")
    below = stamped("") + b"Authentication-Results: evil.example; dmarc=pass\r\n"
    assert look(UNSET, [forged, below]).ids == ()


def test_an_id_that_no_message_carries_is_told_with_the_one_they_do() -> None:
    wrong = Trust(Way.AUTHSERV, "mail.other.example")
    with pytest.raises(Unbelievable, match=r"none of 1 messages has results of mail.other.example .* mx.corp.example"):
        describe("reports", wrong, look(wrong, [stamped("mx.corp.example")]))


def test_where_no_server_writes_findings_another_way_is_named() -> None:
    with pytest.raises(Unbelievable, match=r"topmost Received lines are by mx.corp.example.*trust: internal"):
        describe("reports", UNSET, look(UNSET, [stamped("")]))


def test_without_a_message_it_is_said_how_to_get_one() -> None:
    with pytest.raises(Unbelievable, match="mail the mailbox from a listed address"):
        describe("reports", UNSET, Seen(0))


@pytest.mark.parametrize(
    ("trust", "headers", "said"),
    [
        (OWN, [], "authserv mx.corp.example, no message to look at yet"),
        (OWN, [stamped("mx.corp.example"), stamped("")], "authserv mx.corp.example, found in 1 of 2 messages"),
        (
            Trust(Way.AUTHSERV, "mx.corp.example", relaxed={Relaxed.ALIGNMENT}),
            [],
            "authserv mx.corp.example, no message to look at yet; goes without: alignment",
        ),
        (Trust(), [stamped("")], "none: every listed address is believed"),
        (GATEWAY, [stamped("", more="X-Org-Auth: Internal")], "internal by x-org-auth, found in 1 of 1 messages"),
        (Trust(Way.INTERNAL, own_hosts=("*.corp.example",)), [], "internal, who signed in to *.corp.example"),
    ],
)
def test_what_works_is_said(trust: Trust, headers: list[bytes], said: str) -> None:
    assert describe("reports", trust, look(trust, headers)) == said


def test_a_gateways_header_that_nothing_carries_is_told() -> None:
    with pytest.raises(Unbelievable, match=r"none of 1 messages has the header x-org-auth; .* mx.corp.example"):
        describe("reports", GATEWAY, look(GATEWAY, [stamped("")]))


def test_internal_with_nothing_to_go_by_is_told() -> None:
    bare = Trust(Way.INTERNAL)
    with pytest.raises(Unbelievable, match=r"internal_header is not set, nor are own_hosts"):
        describe("reports", bare, look(bare, [stamped("")]))


def test_headers_of_waiting_messages_are_read_and_the_messages_left(tmp_path: Path) -> None:
    box = MaildirMailbox("reports", tmp_path / "box")
    box.open()
    for number in range(trusting.MOST_READ + 5):
        (tmp_path / "box" / "new" / str(number)).write_bytes(stamped("mx.corp.example") + b"body")
    assert len(trusting.waiting(box)) == trusting.MOST_READ
    assert box.count() == trusting.MOST_READ + 5
    box.close()
