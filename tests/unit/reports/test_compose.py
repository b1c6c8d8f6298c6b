"""The headers of an answer: nothing a sender writes can begin one of its own."""

from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from daysheet.model.answers import Addressing
from daysheet.reports.compose import Attached, Mailer, compose
from daysheet.reports.render import Rendered

OURS = Mailer("daily@corp.example", "星河仪器", "corp.example", "loop")
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def hidden(text: str) -> str:
    """Return *text* as an encoded word, which a mail program, and Python, would decode."""
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


EVIL = hidden("\r\nReply-To: evil@evil.example\r\n\r\nYour password has expired: http://evil.example")


def a_mail(
    subject: str = "日报", in_reply_to: str = "", references: tuple[str, ...] = (), file_name: str = "日报.xlsx"
) -> bytes:
    addressing = Addressing(
        to="wang.li@corp.example",
        cc=(),
        message_id="<daysheet.report-1.0@corp.example>",
        in_reply_to=in_reply_to,
        references=references,
    )
    rendered = Rendered(subject=subject, text="已收下", html="<p>已收下</p>")
    return compose(rendered, addressing, OURS, NOW, Attached(file_name, b"x", "application/x"))


@pytest.mark.parametrize("evil", [EVIL, f"a{EVIL}b", EVIL.replace("=?u", "==?u"), EVIL.replace("=?u", "=\u2028?u")])
def test_no_encoded_word_of_a_sender_becomes_a_header_or_a_body(evil: str) -> None:
    raw = a_mail(subject=evil, in_reply_to=f"<{evil}@x>", references=(f"<{evil}@x>", "<1@x>"), file_name=f"{evil}.xlsx")
    mail = message_from_bytes(raw, policy=default)
    assert b"evil.example" not in raw
    assert mail["Reply-To"] is None
    assert "evil" not in str(mail["Subject"])
    assert mail["From"].addresses[0].addr_spec == "daily@corp.example"
    assert mail["References"] == "<1@x>", "the ids that are ids stay"


def test_an_encoded_word_in_a_subject_is_shown_as_it_was_written() -> None:
    assert message_from_bytes(a_mail(subject="日报 =?x?="), policy=default)["Subject"] == "日报 = ?x?="


@pytest.mark.parametrize(
    "message_id", ["<a b@x>", "<a<b@x>", "<é@x>", "<a\x0b@x>", "<a\r\nBcc: e@x>", "<=?utf-8?q?a?=@x>", "<>", "a@x", ""]
)
def test_a_message_id_that_is_none_is_left_out_of_the_thread(message_id: str) -> None:
    mail = message_from_bytes(a_mail(in_reply_to=message_id, references=(message_id,)), policy=default)
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


@pytest.mark.parametrize("message_id", ["<1@x>", "<a=b?c@[192.0.2.1]>", "<CAF+_=x!#$%&'*/^`{|}~@mail.example>"])
def test_a_message_id_is_repeated_as_it_came(message_id: str) -> None:
    mail = message_from_bytes(a_mail(in_reply_to=message_id, references=("<0@x>", message_id)), policy=default)
    assert mail["In-Reply-To"] == message_id
    assert mail["References"] == f"<0@x> {message_id}"
