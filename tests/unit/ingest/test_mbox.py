"""Files of several messages: each is found, and no text is torn in two."""

import time

import pytest

from daysheet.ingest.mbox import messages
from tests.unit.ingest.mails import mail

FROM = b"From rep@corp.example Wed Mar  4 18:00:00 2026\n"


def one(text: bytes) -> bytes:
    return b"Subject: x\n\n" + text


def test_every_message_is_found_without_the_line_it_begins_with() -> None:
    assert messages(FROM + one(b"a\n") + b"\n" + FROM + one(b"b\n")) == (one(b"a\n"), one(b"b\n"))


def test_lines_may_end_in_either_way() -> None:
    raw = FROM + one(b"a\n") + b"\n" + FROM + one(b"b\n")
    assert messages(raw.replace(b"\n", b"\r\n")) == tuple(m.replace(b"\n", b"\r\n") for m in (one(b"a\n"), one(b"b\n")))


@pytest.mark.parametrize(
    "beginning",
    [
        b"From - Wed Mar 04 18:00:00 2026\n",
        b"From wang at corp.example  Wed Mar  4 18:00 2026\n",
        b"From a@b.example Wed, 4 Mar 2026 18:00:00 +0800\n",
        b"From a@b.example Wed Mar  4 18:00:00 +0800 2026\n",
        b"From - \n",
        b"From 1844347792@xxx\n",
    ],
)
def test_a_beginning_may_be_written_in_several_ways(beginning: bytes) -> None:
    assert messages(beginning + one(b"a\n")) == (one(b"a\n"),)


def test_a_quoted_from_in_the_text_is_what_the_sender_wrote() -> None:
    assert messages(FROM + one(b">From here\n>>From there\n> From\n")) == (one(b"From here\n>From there\n> From\n"),)


@pytest.mark.parametrize(
    "text",
    [
        b"\nFrom here on Wed we met.\nPlace: Hangzhou\n",
        b"\nFrom then on\nNote: none\n",
        b"\nFrom a@b.example Wed Mar  4 18:00:00 2026\nno header follows\n",
        b"no empty line\n" + FROM + b"Subject: y\n",
    ],
)
def test_a_line_that_only_looks_like_a_beginning_is_text(text: bytes) -> None:
    assert messages(FROM + one(text)) == (one(text),)


@pytest.mark.parametrize("raw", [b"", b"From", mail(), b"From the board: all is well\n", b"\n" + FROM + b"a: b\n"])
def test_another_file_has_no_messages(raw: bytes) -> None:
    assert messages(raw) == ()


@pytest.mark.parametrize("filler", [b"From ", b"\n\nFrom a Wed ", b"\n\n" + FROM, b"\n"])
def test_a_hostile_file_takes_no_time(filler: bytes) -> None:
    began = time.process_time()
    messages(FROM + b"a: b\n" + filler * 50_000)
    assert time.process_time() - began < 0.5


def test_a_mail_is_not_searched_for_messages() -> None:
    raw = b"Subject: x\r\n\r\n" + b"From me to you\n\n" * 1_000_000
    began = time.process_time()
    assert messages(raw) == ()
    assert time.process_time() - began < 0.1
