"""What is not parsed at all, and that saying so takes no time."""

import time

import pytest

from daysheet.ingest.bounds import MessageLimits, beyond
from daysheet.model.mail import Reason
from tests.unit.ingest.mails import LIMITS, mail, multipart, part, read

SMALL = MessageLimits(message_bytes=3000, header_bytes=500, field_bytes=200, lines=200, parts=5, depth=3)


def refused(raw: bytes, limits: MessageLimits = SMALL) -> str:
    """Return why *raw* is refused, "" where it is not."""
    envelope = read(raw, limits)
    return f"{envelope.failure}: {envelope.defects[0]}" if envelope.failure else ""


def test_an_ordinary_mail_is_within_the_limits() -> None:
    assert beyond(multipart(part(b"a"), part(b"b")), SMALL) is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (mail(body=b"x" * 3000), "too-large: more than 0 MiB"),
        (mail("X: " + "y" * 600), "malformed: header block too large"),
        (mail(*["X: y"] * 150), "malformed: header block too large"),
        (mail(body=b"\n" * 250), "malformed: more than 200 lines"),
        (mail(body=b"\r" * 250), "malformed: more than 200 lines"),
        (multipart(*[part(b"a", "Content-Type: a/b")] * 6), "malformed: more than 5 parts"),
        (multipart(*[part(b"a", "Content-Disposition: inline")] * 16), "malformed: more than 5 parts"),
        (multipart(*[b"a"] * 6), "malformed: _BeyondLimits: more than 5 parts"),
        (multipart(*[b"a"] * 16), "malformed: more than 5 parts"),
        (mail("Content-Type: text/plain" + ";" * 250), "malformed: a header field too large"),
        (mail("Content-Type: text/plain" + ";\r\n " * 60), "malformed: a header field too large"),
        (mail("X: y\rContent-Type: text/plain" + ";" * 250), "malformed: a header field too large"),
        (multipart(part(b"a", "Content-Disposition: inline" + " " * 250)), "malformed: a header field too large"),
        (mail(body=b"".join(b"boundary=%d\n" % n for n in range(10))), "malformed: nested too deeply"),
    ],
)
def test_what_is_beyond_a_limit_is_not_opened(raw: bytes, why: str) -> None:
    assert refused(raw) == why


def test_parts_nested_too_deeply_are_refused_and_not_dropped_in_silence() -> None:
    raw = part(b"PK", "Content-Type: x/y; name=a.xlsx")
    for number in range(4):
        raw = multipart(raw, boundary=f"b{number}")
    assert refused(raw) == "malformed: _BeyondLimits: nested too deeply"
    assert read(raw).attachments[0].content == b"PK"


def test_lines_of_dashes_are_not_boundaries() -> None:
    assert not refused(mail('Content-Type: multipart/mixed; boundary="="', body=b"a --= b --= c\n" * 40))


def test_a_header_of_the_largest_size_is_read() -> None:
    assert not refused(mail("X: " + "y" * 400))


def test_the_parts_of_the_mail_are_counted_with_their_own_boundaries_only() -> None:
    assert not refused(multipart(part(b"--- a\n--- b\n" * 20), part(b"b")))


K = 1024
BOMBS = {
    "a million headers": b"From: a@b.example\r\n" + b"X: y\r\n" * 1_000_000 + b"\r\n",
    "a million headers in a part": multipart(b"X: y\r\n" * 1_000_000 + b"\r\n"),
    "ten thousand parts": multipart(*[b"\r\nx"] * 10_000),
    "five hundred levels": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500)
    ),
    "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 500,
    "empty lines": mail(body=b"\n" * (20 * K * K)),
    "carriage returns": mail(body=b"\r" * (20 * K * K)),
    "a from without end": mail(sender="From: " + "a" * 200 * K),
    "quotes in from": mail(sender="From: " + '"\\' * 100 * K),
    "brackets in from": mail(sender="From: <" + "  <" * 60 * K + "x"),
    "one long fold": mail("X: y" + "\r\n " * 80 * K),
    "semicolons": mail("Content-Type: text/plain" + ";" * 200 * K),
    "quoted semicolons": mail('Content-Type: text/plain; a="' + ';"' * 100 * K),
    "spaces in a part": multipart(part(b"", "Content-Disposition: attachment;" + " " * 1000 * K)),
    "odd names": multipart(*[part(b"", "Content-Disposition: attachment;" + " a==?" * 1500)] * 90),
    "continued names": mail("Content-Disposition: a;" + "".join(f" filename*{n}*=a;" for n in range(900))),
    "links": mail(body=b"http://" * 200 * K),
    "links in html": mail("Content-Type: text/html", body=b"http://" * 200 * K),
    "open tags": mail("Content-Type: text/html", body=b"<a " * 200 * K),
    "open comments": mail("Content-Type: text/html", body=b"<!--" * 200 * K),
    "open scripts": mail("Content-Type: text/html", body=b"<script>" * 200 * K),
    "declarations": mail("Content-Type: text/html", body=b"<![" * 200 * K),
    "words in the subject": mail("Subject: " + "=?utf-8?B?" * 20 * K),
    "references": mail("References: <" + "a" * 200 * K),
    "punycode": mail("Content-Type: text/plain; charset=punycode", body=b"-" + b"9" * 200 * K),
    "boundaries": mail(body=b"".join(b"boundary=%d\n" % n for n in range(100 * K))),
}


def seconds(raw: bytes) -> float:
    """Return the processor seconds that reading *raw* takes; a pause for the garbage of other tests may be in it."""
    began = time.process_time()
    read(raw, LIMITS)
    return time.process_time() - began


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_less_than_a_second(name: str) -> None:
    assert any(seconds(BOMBS[name]) < 1 for _ in range(3))


@pytest.mark.parametrize("name", ["a million headers", "ten thousand parts", "five hundred levels"])
def test_a_bomb_is_refused(name: str) -> None:
    assert read(BOMBS[name]).failure is Reason.MALFORMED


def test_text_may_have_any_bytes_but_not_megabytes_that_mail_has_to_encode() -> None:
    limits = MessageLimits(eight_bit_bytes=1000)
    assert beyond(mail(body=b"\xd6\xd0" * 490 + b"a" * 5000), limits) is None
    assert beyond(mail(body=b"\xd6\xd0" * 510), limits) == (Reason.MALFORMED, "more than 0 MiB that are not encoded")
