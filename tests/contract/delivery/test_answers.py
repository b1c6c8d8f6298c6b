"""The answers themselves, as a server receives them, and what the outbox makes of a server's moods."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest

from daysheet.model.answers import Addressing
from daysheet.model.mail import Reason
from daysheet.reports.compose import Attached, compose
from daysheet.reports.render import Rendered
from daysheet.services import outbox
from daysheet.services.ingest import FileLine, ingest_file
from daysheet.services.tools import Tools
from daysheet.store import outbox as outbox_store
from tests import builders
from tests.builders import NOW, Clock, a_mail, a_visit, a_workbook
from tests.contract.delivery.conftest import delivery_to, knows
from tests.contract.delivery.test_ways import MAILER, XLSX
from tests.services import smtp
from tests.services.smtp import Received, SmtpSink

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@pytest.fixture
def tools(prepared_sqlite: Path, tmp_path: Path) -> Iterator[Tools]:
    shutil.copy(prepared_sqlite, tmp_path / "daysheet.db")
    with builders.reopen_tools(builders.settings(tmp_path)) as opened:
        yield opened


def feed(tools: Tools, folder: Path, raw: bytes) -> FileLine:
    path = folder / f"{abs(hash(raw))}.eml"
    path.write_bytes(raw)
    return ingest_file(tools, path)


def flush(tools: Tools, sink: SmtpSink) -> outbox.Flushed:
    delivery = delivery_to(sink.port)
    try:
        return outbox.flush(tools, delivery)
    finally:
        delivery.close()


def answered(tools: Tools, sink: SmtpSink, folder: Path, raw: bytes) -> Received:
    feed(tools, folder, raw)
    flush(tools, sink)
    return sink.mails[-1]


def states(tools: Tools) -> dict[str, int]:
    with tools.database.reading() as connection:
        return outbox_store.counts(connection)


def later(tools: Tools, **passed: float) -> None:
    clock = tools.clock
    assert isinstance(clock, Clock)
    clock.now += timedelta(**passed)


REPORT = {"file_name": "日报 三月四日.xlsx", "message_id": "<first@corp.example>"}


# ---- headers -----------------------------------------------------------------------------------


def test_an_answer_says_that_a_machine_wrote_it(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    mail = answered(tools, sink, tmp_path, a_mail(a_workbook([a_visit()]))).mail
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Daysheet-Loop"] == tools.house.loop_id
    assert mail["Reply-To"] is None


def test_an_answer_stands_in_its_mails_thread(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    headers = {"In-Reply-To": "<before@corp.example>", "References": "<start@corp.example> <before@corp.example>"}
    raw = a_mail(a_workbook([a_visit()]), headers=headers, message_id="<now@corp.example>")
    mail = answered(tools, sink, tmp_path, raw).mail
    assert mail["In-Reply-To"] == "<now@corp.example>"
    assert mail["References"] == "<start@corp.example> <before@corp.example> <now@corp.example>"


def test_the_message_id_is_derived_from_the_bytes_that_are_answered(sink: SmtpSink, tmp_path: Path) -> None:
    raw, ids = a_mail(a_workbook([a_visit()])), []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with builders.open_tools(builders.settings(tmp_path / name)) as tools:
            ids.append(answered(tools, sink, tmp_path, raw).mail["Message-ID"])
    assert ids[0] == ids[1]
    assert re.fullmatch(r"<daysheet\.report-\d+\.[0-9a-f]{24}@corp\.example>", ids[0])
    with_other_bytes = answered_elsewhere(tmp_path, sink, raw + b"\r\n")
    assert with_other_bytes != ids[0]


def answered_elsewhere(folder: Path, sink: SmtpSink, raw: bytes) -> str:
    (folder / "three").mkdir()
    with builders.open_tools(builders.settings(folder / "three")) as tools:
        return str(answered(tools, sink, folder, raw).mail["Message-ID"])


def test_a_bounce_comes_to_an_address_that_never_answers_one(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    received = answered(tools, sink, tmp_path, a_mail(a_workbook([a_visit()])))
    assert received.sender == tools.house.address == parseaddr(str(received.mail["From"]))[1]
    bounce = (
        b"From: MAILER-DAEMON@mail.corp.example\r\nTo: daily@corp.example\r\nSubject: Undelivered\r\n"
        b"Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nunknown user\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + received.raw + b"\r\n--b--\r\n"
    )
    assert feed(tools, tmp_path, bounce).reason == Reason.BOUNCE
    assert feed(tools, tmp_path, received.raw).reason == Reason.OWN_MAIL
    assert flush(tools, sink).sent == 0


def test_no_line_ends_in_a_bare_line_feed_and_none_is_too_long(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    raw = answered(tools, sink, tmp_path, a_mail(a_workbook([a_visit(way="打球")]), **REPORT)).raw
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.isascii()


# ---- names -------------------------------------------------------------------------------------

NAMES = [
    "report.xlsx",
    "日报-王丽.xlsx",
    'a "quoted\\name".xlsx',
    "José — 100%.xlsx",
    "很长的名字" * 20 + ".xlsx",
    "更长的名字" * 40 + ".xlsx",
    "a;b=c's, (d).xlsx",
]


def shown(name: str) -> str:
    """Return *name* as an answer carries it: very long ones are cut before their ending."""
    return name if len(name) <= 120 else name[:115] + ".xlsx"


def made(name: str) -> bytes:
    addressing = Addressing("wang.li@corp.example", (), "<daysheet.report-1.0@corp.example>")
    return compose(Rendered("日报 三月", "<p>好</p>", "好"), addressing, MAILER, NOW, Attached(name, b"PK", XLSX))


def naively(raw: bytes, pattern: bytes) -> str:
    """Read a header as a simple mail program does: unfold, take what is quoted, decode the words."""
    unfolded = re.sub(rb"\r\n[ \t]", b" ", raw)
    found = re.search(pattern, unfolded)
    assert found is not None
    text = found.group(1).replace(rb"\"", b'"').replace(b"\\\\", b"\\").decode("ascii")
    return str(make_header(decode_header(text)))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_readable_by_the_standard_library(name: str) -> None:
    (attachment,) = Received("", (), made(name)).mail.iter_attachments()
    assert attachment.get_filename() == shown(name)
    assert attachment.get_content() == b"PK"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_readable_by_a_mail_program_that_knows_only_encoded_words(name: str) -> None:
    found = naively(made(name), rb'application/vnd[^;]*; name="((?:[^"\\]|\\.)*)"')
    assert found == shown(name)


def test_the_senders_name_and_the_subject_are_readable_by_both() -> None:
    raw = made("日报.xlsx")
    mail = Received("", (), raw).mail
    assert parseaddr(str(mail["From"])) == ("星河仪器", "daily@corp.example")
    assert mail["Subject"] == naively(raw, rb"Subject: (.*?)\r\n") == "日报 三月"
    assert naively(raw, rb"From: (.*?) <") == "星河仪器"


@pytest.mark.parametrize("name", ["", "\r\nBcc: all@corp.example\r\n", "\ud800.xlsx", "a\0b.xlsx"])
def test_a_hostile_file_name_adds_no_header(name: str) -> None:
    raw = made(name)
    assert b"\nBcc:" not in raw
    (attachment,) = Received("", (), raw).mail.iter_attachments()
    assert attachment.get_filename()


def test_the_same_answer_is_made_of_the_same_bytes() -> None:
    assert made("日报.xlsx") == made("日报.xlsx")


# ---- the outbox and the server's moods ----------------------------------------------------------


def test_what_was_refused_for_good_has_failed(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    feed(tools, tmp_path, a_mail(a_workbook([a_visit()])))
    sink.reply = lambda command, _: "550 no such user" if command == "RCPT" else None
    assert flush(tools, sink).failed == 1
    assert states(tools) == {"failed": 1}


def test_what_was_put_off_leaves_when_its_time_has_come(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    feed(tools, tmp_path, a_mail(a_workbook([a_visit()])))
    sink.reply = lambda command, _: "451 greylisted" if command == "RCPT" else None
    assert flush(tools, sink).deferred == 1
    sink.reply = lambda command, _: None
    assert flush(tools, sink) == outbox.Flushed()
    later(tools, minutes=1)
    assert flush(tools, sink).sent == 1
    assert states(tools) == {"sent": 1}


def test_one_bad_address_keeps_nobody_else_waiting(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    feed(tools, tmp_path, a_mail(a_workbook([a_visit()])))
    feed(tools, tmp_path, a_mail(a_workbook([a_visit()], cover={"rep_number": "E2"}), sender="tom@corp.example"))
    sink.reply = lambda command, address: "550 no" if address.startswith("wang") and command == "RCPT" else None
    assert flush(tools, sink) == outbox.Flushed(sent=1, failed=1)


def test_an_expired_password_fails_no_answer(tools: Tools, tmp_path: Path) -> None:
    feed(tools, tmp_path, a_mail(a_workbook([a_visit()])))
    with smtp.running(authenticator=knows, auth_required=True, auth_require_tls=False) as sink:
        expired = delivery_to(sink.port, username="daily@corp.example", password="expired")
        assert outbox.flush(tools, expired).deferred == 1
    assert states(tools) == {"queued": 1}


def test_a_crash_while_sending_leaves_only_that_mail_in_doubt(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    for number in range(3):
        feed(tools, tmp_path, a_mail(a_workbook([a_visit(contact=f"联系人{number}")]), subject=f"日报 {number}"))

    class Dying:
        def send(self, message: bytes, sender: str, recipients: object) -> None:
            raise SystemExit

        def check(self) -> str:
            return ""

        def close(self) -> None:
            pass

    with pytest.raises(SystemExit):
        outbox.flush(tools, Dying())
    assert states(tools) == {"sending": 1, "queued": 2}
    assert flush(tools, sink).sent == 3


def test_a_service_that_is_told_to_stop_sends_no_further_mail(tools: Tools, sink: SmtpSink, tmp_path: Path) -> None:
    for number in range(3):
        feed(tools, tmp_path, a_mail(a_workbook([a_visit(contact=f"联系人{number}")]), subject=f"日报 {number}"))
    delivery = delivery_to(sink.port)
    assert outbox.flush(tools, delivery, should_stop=lambda: bool(sink.mails)).sent == 1
    delivery.close()
    assert states(tools) == {"sent": 1, "queued": 2}
