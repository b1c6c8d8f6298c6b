"""What a bounce says of a mail of ours: by the standard, and in the words of servers that keep none."""

import time

import pytest

from daysheet.model.mail import Bounce, Reason
from tests.unit.ingest.mails import mail, multipart, part, read

OURS = "<daysheet.report.0123456789abcdef01234567@corp.example>"
OTHER = "<daysheet.report.ffffffffffffffffffffffff@corp.example>"
RETURNED = mail(f"Message-ID: {OURS}", f"References: {OTHER}", "Subject: Re: x", sender="From: daily@corp.example")
NOBODY = "rfc822; wang@corp.example"


def report(
    action: str = "failed",
    *,
    returned: bytes = RETURNED,
    kind: str = "message/rfc822",
    fields: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
) -> bytes:
    """A delivery status notification about one recipient."""
    status = "\r\n".join(
        [
            "Reporting-MTA: dns; mx.corp.example",
            *fields,
            "",
            f"Final-Recipient: {NOBODY}",
            f"Action: {action}",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 no such user",
            "",
        ]
    ).encode()
    parts = [part(b"It failed.", "Content-Type: text/plain"), part(status, "Content-Type: message/delivery-status")]
    if returned:
        parts.append(part(returned, f"Content-Type: {kind}"))
    raw = multipart(*parts, subtype="report", headers=["Return-Path: <>", *headers])
    return raw.replace(b"multipart/report;", b"multipart/report; report-type=delivery-status;", 1)


def bounce(raw: bytes) -> Bounce | None:
    envelope = read(raw)
    assert envelope.automatic is Reason.BOUNCE
    return envelope.bounce


def test_a_failed_mail_is_named_with_recipient_status_and_diagnostic() -> None:
    assert bounce(report()) == Bounce((OURS,), "wang@corp.example; 5.1.1; 550 5.1.1 no such user")


def test_a_header_alone_names_the_mail() -> None:
    found = bounce(report(kind="text/rfc822-headers"))
    assert found is not None
    assert found.own_ids == (OURS,)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_is_late_or_on_its_way_has_not_failed(action: str) -> None:
    assert bounce(report(action)) is None


def test_a_word_behind_the_action_is_no_matter() -> None:
    assert bounce(report("Failed (permanently)")) is not None


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ((), (f"In-Reply-To: {OURS}",)),
        ((), (f"References: {OTHER} {OURS}",)),
        ((f"Original-Envelope-Id: {OURS}",), ()),
    ],
)
def test_without_the_mail_its_traces_name_it(fields: tuple[str, ...], headers: tuple[str, ...]) -> None:
    found = bounce(report(returned=b"", fields=fields, headers=headers))
    assert found is not None
    assert found.own_ids[0] == OURS


def test_a_bounce_of_somebody_elses_mail_says_nothing_of_ours() -> None:
    theirs = mail("Message-ID: <1@corp.example>", f"In-Reply-To: {OURS}", f"References: {OURS}")
    assert bounce(report(returned=theirs)) is None


def test_other_reports_are_no_bounces_of_mails() -> None:
    raw = multipart(
        part(b"Spam.", "Content-Type: text/plain"),
        part(b"Feedback-Type: abuse\r\n", "Content-Type: message/feedback-report"),
        part(RETURNED, "Content-Type: message/rfc822"),
        subtype="report",
    )
    assert bounce(raw) is None


QMAIL = f"""\
Hi. This is the qmail-send program at mx.corp.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<wang@corp.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown

--- Below this line is a copy of the message.

Return-Path: <daily@corp.example>
Message-ID: {OURS}
Subject: Re: x
"""
EXIM = f"""\
This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

  wang@corp.example
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

Message-ID: {OURS}
"""


def daemon(body: str, *headers: str) -> bytes:
    return mail("Return-Path: <>", *headers, body=body.encode(), sender="From: MAILER-DAEMON@mx.corp.example")


def test_a_bounce_in_words_counts_where_it_says_that_it_is_for_good() -> None:
    found = bounce(daemon(QMAIL, "Subject: failure notice"))
    assert found == Bounce((OURS,), "Remote host said: 550 5.1.1 User unknown")
    found = bounce(daemon(EXIM, "Subject: Mail delivery failed", "X-Failed-Recipients: wang@corp.example"))
    assert found == Bounce((OURS,), "wang@corp.example; Mail delivery failed")


@pytest.mark.parametrize(
    "raw",
    [
        daemon(EXIM, "Subject: Mail delivery failed"),  # neither a status nor a recipient
        daemon(QMAIL, "Subject: Warning: message delayed 24 hours"),
        daemon(QMAIL.replace("I've given up", "it will be retried"), "Subject: failure notice"),
        daemon(QMAIL.replace(OURS, "<1@corp.example>"), "Subject: failure notice"),
        daemon(f"See {OURS}: 550 5.1.1 gone", "Subject: failure notice"),  # named in passing
        daemon("", "Subject: failure notice", "X-Failed-Recipients: wang@corp.example"),
    ],
)
def test_a_bounce_in_words_that_is_not_clear_changes_nothing(raw: bytes) -> None:
    assert bounce(raw) is None


def test_a_person_who_quotes_a_bounce_is_a_person() -> None:
    envelope = read(mail("Subject: failure notice", body=QMAIL.encode()))
    assert (envelope.automatic, envelope.bounce) == (None, None)


def test_what_a_bounce_says_is_one_short_line() -> None:
    hostile = report().replace(b"550 5.1.1 no such user", b"550 \x1b[31m\xe2\x80\xaered <b>" + b"x" * 5000)
    found = bounce(hostile)
    assert found is not None
    assert "\x1b" not in found.said
    assert "\u202e" not in found.said
    assert len(found.said) == 300


@pytest.mark.parametrize("seed", range(40))
def test_damaged_reports_never_raise(seed: int) -> None:
    import random

    drawn = random.Random(seed)
    raw = bytearray(report())
    for _ in range(drawn.randrange(1, 30)):
        raw[drawn.randrange(len(raw))] = drawn.randrange(256)
    assert "Error" not in " ".join(read(bytes(raw)).defects)


def test_a_bounce_of_tens_of_thousands_of_quoted_empty_lines_takes_no_time() -> None:
    began = time.perf_counter()
    quoted = b">\r\n" * 21_000 + b"550 no such user\r\n"
    bounce(mail("Return-Path: <>", f"In-Reply-To: {OURS}", body=quoted))
    bounce(mail("Return-Path: <>", body=quoted))
    assert time.perf_counter() - began < 1
