"""What an SMTP server may answer, and what becomes of the mail."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from daysheet import wiring
from daysheet.config import Settings
from daysheet.errors import ConfigError, DeliveryDeferred, DeliveryRefused
from daysheet.reports.delivery import Delivery, SmtpDelivery, SmtpSettings
from tests.contract.delivery.conftest import Certificates, delivery_to, knows
from tests.contract.delivery.test_ways import a_mail
from tests.services import smtp
from tests.services.smtp import HANG_UP, SmtpSink

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

TO = ["wang.li@corp.example", "tom@corp.example", "chen@corp.example"]


def send(delivery: Delivery, number: int = 1, to: list[str] = TO) -> None:
    delivery.send(a_mail(number), "daily@corp.example", to)


@pytest.fixture
def delivery(sink: SmtpSink) -> Iterator[Delivery]:
    opened = delivery_to(sink.port)
    yield opened
    opened.close()


def answering(command: str, answer: str, address: str = "") -> object:
    """Return a reply function that gives *answer* to *command* (for *address*, or for anybody)."""

    def reply(asked: str, about: str) -> str | None:
        return answer if asked == command and address in ("", about) else None

    return reply


def say(sink: SmtpSink, command: str, answer: str, address: str = "") -> None:
    sink.reply = answering(command, answer, address)  # type: ignore[assignment]


# ---- what the server says ----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["421 closing", "450 greylisted, come back", "451 local error", "452 full"])
def test_not_now_is_deferred_and_the_next_mail_leaves(
    sink: SmtpSink, delivery: Delivery, command: str, answer: str
) -> None:
    say(sink, command, answer)
    with pytest.raises(DeliveryDeferred, match=answer):
        send(delivery)
    say(sink, "", "")
    send(delivery, 2)
    assert [received.raw for received in sink.mails] == [a_mail(2)]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["550 no such user", "554 spam", "553 sender must be the login"])
def test_no_is_refused_and_the_next_mail_leaves(sink: SmtpSink, delivery: Delivery, command: str, answer: str) -> None:
    say(sink, command, answer)
    with pytest.raises(DeliveryRefused, match=answer):
        send(delivery)
    say(sink, "", "")
    send(delivery, 2)
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "550 Mailbox unavailable. Sending frequency limited",
        "550 User has no permission: daily sending quota exceeded",
        "554 MI:SFQ sending frequently",
        "550 5.7.1 RP:TRL message rate",
        "552 too many messages in this session",
        "554 try again later",
    ],
)
def test_a_providers_limit_is_deferred_although_it_comes_as_5xx(
    sink: SmtpSink, delivery: Delivery, answer: str
) -> None:
    say(sink, "DATA", answer)
    with pytest.raises(DeliveryDeferred):
        send(delivery)


def test_a_text_of_the_settings_means_not_now_too(sink: SmtpSink) -> None:
    say(sink, "DATA", "550 Quotenlimit erreicht")
    delivery = delivery_to(sink.port, retry_patterns=["quotenlimit"])
    with pytest.raises(DeliveryDeferred):
        send(delivery)
    delivery.close()


# ---- several recipients ------------------------------------------------------------------------


def test_where_a_copys_recipient_is_unknown_the_others_get_the_mail(sink: SmtpSink, delivery: Delivery) -> None:
    say(sink, "RCPT", "550 no such user", TO[1])
    send(delivery)
    assert [received.recipients for received in sink.mails] == [(TO[0], TO[2])]


@pytest.mark.parametrize(("answer", "kind"), [("550 no such user", DeliveryRefused), ("450 later", DeliveryDeferred)])
def test_where_the_first_recipient_is_refused_nobody_gets_a_copy(
    sink: SmtpSink, delivery: Delivery, answer: str, kind: type[Exception]
) -> None:
    say(sink, "RCPT", answer, TO[0])
    with pytest.raises(kind):
        send(delivery)
    assert sink.mails == []
    say(sink, "", "")
    send(delivery)
    assert [received.recipients for received in sink.mails] == [tuple(TO)]


# ---- connections that break --------------------------------------------------------------------


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_mail_was_taken_is_deferred(
    sink: SmtpSink, delivery: Delivery, command: str
) -> None:
    say(sink, command, HANG_UP)
    with pytest.raises(DeliveryDeferred):
        send(delivery)
    assert sink.mails == []
    say(sink, "", "")
    send(delivery)
    assert len(sink.mails) == 1


def test_a_connection_lost_after_the_mail_was_taken_brings_the_same_mail_once_more(
    sink: SmtpSink, delivery: Delivery
) -> None:
    say(sink, "TAKEN", HANG_UP)
    with pytest.raises(DeliveryDeferred):
        send(delivery)
    say(sink, "", "")
    send(delivery)
    first, second = sink.mails
    assert first.raw == second.raw
    assert first.mail["Message-ID"] == second.mail["Message-ID"]


def test_nobody_listening_is_deferred() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(DeliveryDeferred, match="does not answer"):
        send(delivery_to(port))


@contextmanager
def greeting(said: bytes) -> Iterator[int]:
    """Run a server that says *said* to whoever comes, and nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                taken.append(connection)
                connection.sendall(said)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in taken:
            connection.close()


def test_a_server_that_never_speaks_is_given_up_in_time() -> None:
    with greeting(b"") as port:
        began = time.monotonic()
        with pytest.raises(DeliveryDeferred):
            send(delivery_to(port, timeout_seconds=0.3))
        assert time.monotonic() - began < 1


def test_a_server_that_wants_nobody_lets_the_mail_wait() -> None:
    with greeting(b"554 no service for you\r\n") as port, pytest.raises(DeliveryDeferred, match="no service"):
        send(delivery_to(port))


def test_a_server_that_is_no_mail_server_lets_the_mail_wait() -> None:
    with greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port, pytest.raises(DeliveryDeferred):
        send(delivery_to(port, timeout_seconds=0.3))


# ---- who we are, whom we trust -----------------------------------------------------------------


def test_a_refused_login_lets_the_mail_wait_for_the_operator() -> None:
    with smtp.running(authenticator=knows, auth_required=True, auth_require_tls=False) as sink:
        delivery = delivery_to(sink.port, username="daily@corp.example", password="expired-code")
        with pytest.raises(DeliveryDeferred, match=r"refused the login of daily@corp.example: 535") as caught:
            send(delivery)
        assert "expired-code" not in str(caught.value)


def test_a_password_file_that_is_gone_lets_the_mail_wait(sink: SmtpSink, tmp_path: Path) -> None:
    delivery = delivery_to(sink.port, username="u", password_file=tmp_path / "gone")
    with pytest.raises(DeliveryDeferred, match="smtp password_file"):
        send(delivery)


def test_a_certificate_nobody_vouches_for_lets_the_mail_wait(certificates: Certificates) -> None:
    for security, options in (("tls", "ssl_context"), ("starttls", "tls_context")):
        with smtp.running(**{options: certificates.server}) as sink:
            with pytest.raises(DeliveryDeferred, match="its certificate is not trusted"):
                send(delivery_to(sink.port, security=security))
            assert sink.mails == []


def test_a_server_without_starttls_gets_no_mail(sink: SmtpSink) -> None:
    with pytest.raises(DeliveryDeferred, match="STARTTLS"):
        send(delivery_to(sink.port, security="starttls"))
    assert sink.mails == []


def test_a_missing_file_of_certificates_is_named(sink: SmtpSink, tmp_path: Path) -> None:
    with pytest.raises(DeliveryDeferred, match=r"smtp.ca_file: .*none.pem"):
        send(delivery_to(sink.port, security="tls", ca_file=tmp_path / "none.pem"))


def test_a_password_is_never_sent_readable_off_the_loopback() -> None:
    with pytest.raises(ConfigError, match=r"smtp.security: plain would send the password readable"):
        wiring.open_delivery(Settings(smtp={"host": "mail.corp.example", "username": "u", "security": "plain"}))


def test_without_a_server_or_a_folder_the_settings_are_incomplete() -> None:
    with pytest.raises(ConfigError, match=r"smtp\.host is not set"):
        wiring.open_delivery(Settings())


# ---- pace --------------------------------------------------------------------------------------


def test_mails_leave_no_faster_than_the_server_allows(sink: SmtpSink) -> None:
    waits: list[float] = []
    settings = SmtpSettings(host="127.0.0.1", port=sink.port, security="plain", per_minute=30)
    delivery = SmtpDelivery(settings, sleep=waits.append)
    for number in range(3):
        send(delivery, number)
        delivery.close()  # the pace outlives the connection
    assert len(waits) == 2
    assert all(1.5 < wait <= 2 for wait in waits)


def test_without_a_limit_nobody_waits(sink: SmtpSink) -> None:
    waits: list[float] = []
    settings = SmtpSettings(host="127.0.0.1", port=sink.port, security="plain")
    delivery = SmtpDelivery(settings, sleep=waits.append)
    for number in range(3):
        send(delivery, number)
    delivery.close()
    assert waits == []


def test_the_envelopes_sender_is_ours_and_the_recipients_are_those_given(sink: SmtpSink, delivery: Delivery) -> None:
    send(delivery)
    (received,) = sink.mails
    assert (received.sender, received.recipients) == ("daily@corp.example", tuple(TO))
