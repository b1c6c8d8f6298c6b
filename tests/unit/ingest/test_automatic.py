"""Mail that must never be answered, each with its reason (RFC 3834), and mail that only looks like it."""

import pytest

from daysheet.model.mail import Reason
from tests.unit.ingest.mails import LOOP_ID, mail, multipart, part, read


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([f"X-Daysheet-Loop: {LOOP_ID}"], Reason.OWN_MAIL),
        (["Message-ID: <daysheet.0123.report@corp.example>"], Reason.OWN_MAIL),
        (["Return-Path: <>"], Reason.BOUNCE),
        (["X-Failed-Recipients: rep@corp.example"], Reason.BOUNCE),
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=x"], Reason.BOUNCE),
        (["Content-Type: multipart/report; boundary=x"], Reason.BOUNCE),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=x"], Reason.RECEIPT),
        (["Content-Type: text/calendar"], Reason.CALENDAR),
        (["Content-Type: text/calendar; method=REPLY"], Reason.CALENDAR),
        (["Content-Type: multipart/alternative; boundary=x; method=REPLY"], Reason.CALENDAR),
        (["Auto-Submitted: auto-replied"], Reason.AUTO_REPLY),
        (["Auto-Submitted: auto-generated; type=x"], Reason.AUTO_REPLY),
        (["auto-submitted: AUTO-NOTIFIED"], Reason.AUTO_REPLY),
        (["X-Autoreply: yes"], Reason.AUTO_REPLY),
        (["X-Autorespond: out of office"], Reason.AUTO_REPLY),
        (["Precedence: auto_reply"], Reason.AUTO_REPLY),
        (["List-Id: sales <sales.corp.example>"], Reason.MAILING_LIST),
        (["List-Unsubscribe: <mailto:off@corp.example>"], Reason.MAILING_LIST),
        (["Precedence: list"], Reason.MAILING_LIST),
        (["Precedence: bulk"], Reason.BULK),
        (["Precedence: Junk"], Reason.BULK),
    ],
)
def test_a_mark_of_automatic_mail_gives_its_reason(headers: list[str], reason: Reason) -> None:
    assert read(mail(*headers)).automatic is reason


@pytest.mark.parametrize("local", ["MAILER-DAEMON", "postmaster"])
def test_mail_of_a_mail_server_is_a_bounce(local: str) -> None:
    assert read(mail(sender=f"From: Mail <{local}@corp.example>")).automatic is Reason.BOUNCE


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["X-Auto-Response-Suppress: All"],
        ["X-Auto-Response-Suppress: DR, OOF, AutoReply"],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No (typed by hand)"],
        ["Auto-Submitted:"],
        ["Precedence: normal"],
        ["Return-Path: <rep@corp.example>"],
        ["X-Daysheet-Loop: other@else.example"],
        ["Message-ID: <daysheeting@corp.example>"],
        ["Disposition-Notification-To: rep@corp.example"],
    ],
)
def test_mail_of_a_person_is_not_taken_for_automatic(headers: list[str]) -> None:
    assert read(mail(*headers)).automatic is None


def test_an_invitation_beside_a_report_is_no_calendar_reply() -> None:
    raw = multipart(part(b"hello", "Content-Type: text/plain"), part(b"BEGIN:VCALENDAR", "Content-Type: text/calendar"))
    assert read(raw).automatic is None


def test_a_mark_inside_a_forwarded_message_says_nothing_of_the_message_itself() -> None:
    inner = mail("Auto-Submitted: auto-replied", "List-Id: <x.corp.example>")
    assert read(multipart(part(inner, "Content-Type: message/rfc822"))).automatic is None


def test_our_own_mark_counts_more_than_any_other() -> None:
    assert read(mail("List-Id: <x>", f"X-Daysheet-Loop: {LOOP_ID}")).automatic is Reason.OWN_MAIL
