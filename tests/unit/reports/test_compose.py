"""The headers and parts of a mail: nothing a sender writes can begin one of its own."""

from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from daysheet.model.answers import Addressing
from daysheet.reports.compose import Attached, Bulk, Mailer, compose
from daysheet.reports.render import Image, Rendered

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


# ---- mails by the clock --------------------------------------------------------------------------

PICTURES = (Image("trend.1@daysheet", b"\x89PNG 1", "按时率"), Image("trend.2@daysheet", b"\x89PNG 2", "质量"))
SERIES = Bulk(
    "weekly.daysheet.corp.example", "daily@corp.example", "退订 weekly 12", "<daysheet.weekly.root@corp.example>"
)


def raw_digest_mail(
    bulk: Bulk | None = SERIES, images: tuple[Image, ...] = PICTURES, attached: Attached | None = None
) -> bytes:
    addressing = Addressing(to="zhou.lan@corp.example", message_id="<daysheet.weekly.1@corp.example>")
    rendered = Rendered("周报", '<img src="cid:trend.1@daysheet">', "周报", images)
    return compose(rendered, addressing, OURS, NOW, attached, bulk)


def a_digest_mail(
    bulk: Bulk | None = SERIES, images: tuple[Image, ...] = PICTURES, attached: Attached | None = None
) -> EmailMessage:
    mail = message_from_bytes(raw_digest_mail(bulk, images, attached), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def structure(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def test_a_mail_by_the_clock_says_which_series_it_is_of_and_how_to_leave_it() -> None:
    mail = a_digest_mail()
    assert mail["List-Id"] == "<weekly.daysheet.corp.example>"
    assert mail["List-Unsubscribe"] == "<mailto:daily@corp.example?subject=%E9%80%80%E8%AE%A2%20weekly%2012>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == mail["In-Reply-To"] == "<daysheet.weekly.root@corp.example>"
    assert mail["X-Daysheet-Loop"] == "loop"


def test_the_way_out_stands_in_one_line_however_long_it_is() -> None:
    raw = raw_digest_mail(Bulk("weekly.x", "daily@corp.example", "unsubscribe weekly " + "0" * 60))
    assert b"\nList-Unsubscribe: <mailto:daily@corp.example?subject=unsubscribe%20weekly%20" + b"0" * 60 + b">" in raw


def test_a_mail_nobody_may_leave_says_no_way_out() -> None:
    mail = a_digest_mail(Bulk("reminder.daysheet.corp.example"))
    assert mail["List-Id"] == "<reminder.daysheet.corp.example>"
    assert mail["List-Unsubscribe"] is None
    assert mail["References"] is None


def test_an_answer_is_of_no_series() -> None:
    mail = message_from_bytes(a_mail(), policy=default)
    assert mail["List-Id"] is None
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize("evil", [f"weekly\r\nBcc: e@x{EVIL}", "weekly>, <mailto:e@x", hidden("x")])
def test_nothing_in_a_series_becomes_a_header(evil: str) -> None:
    mail = a_digest_mail(Bulk(evil, "daily@corp.example", evil, evil))
    assert mail["Bcc"] is None
    assert str(mail["List-Id"]).count("<") == 1
    assert str(mail["List-Unsubscribe"]).count("<") == 1
    assert len(str(mail["List-Unsubscribe"]).splitlines()) == 1


def test_pictures_are_related_to_the_html_and_the_workbook_stands_outside() -> None:
    mail = a_digest_mail(attached=Attached("日报.xlsx", b"x", "application/x"))
    assert structure(mail) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
        "application/x",
    ]
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in pictures] == ["<trend.1@daysheet>", "<trend.2@daysheet>"]
    assert [part.get_content() for part in pictures] == [image.png for image in PICTURES]
    assert {part.get_content_disposition() for part in pictures} == {"inline"}
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["日报.xlsx"]


def test_a_mail_without_pictures_has_nothing_related() -> None:
    assert structure(a_digest_mail(images=())) == ["multipart/alternative", "text/plain", "text/html"]


def test_the_same_mail_by_the_clock_is_the_same_bytes() -> None:
    first, second = raw_digest_mail(), raw_digest_mail()
    assert first == second
    assert len({line for line in first.splitlines() if line.startswith(b"--=_") and not line.endswith(b"--")}) == 2
