"""How mails leave: by SMTP, or as files into a folder."""

import re
import smtplib
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Protocol

from daysheet import patience
from daysheet.errors import (
    ConfigError,
    DaysheetError,
    DeliveryDeferred,
    DeliveryRefused,
    DeliveryUnknown,
    ServerUnusable,
)
from daysheet.model import sasl


class Delivery(Protocol):
    """Hands mails over, one at a time."""

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """
        Hand *message* over for all *recipients*; returns once it is accepted.

        Raises DeliveryDeferred where trying later can help, DeliveryRefused where it cannot.
        """

    def check(self) -> str:
        """Say in a sentence how mails leave; raises DeliveryError where they would not."""

    def close(self) -> None:
        """Let go of the connection."""


# ---- a folder ----------------------------------------------------------------------------------


class FolderDelivery:
    """Writes each mail as ``.eml``, with its HTML and its workbook beside it, for reading without a mail program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Write the mail; the same mail again overwrites itself."""
        mail = message_from_bytes(message, policy=default)
        identity = re.sub(r"[^A-Za-z0-9]+", "", str(mail["Message-ID"]).partition("@")[0])[-12:]
        user = re.sub(r"[^\w.-]+", "_", recipients[0].partition("@")[0]) if recipients else "nobody"
        stem = f"{user}-{identity}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{stem}.eml").write_bytes(message)
            html = mail.get_body(("html",))
            if html is not None:
                (self.folder / f"{stem}.html").write_text(_with_pictures(html.get_content(), mail), encoding="utf-8")
            for part in mail.iter_attachments():
                (self.folder / f"{stem}.xlsx").write_bytes(part.get_content())
        except OSError as error:
            raise DeliveryDeferred(f"cannot write into {self.folder}: {error.strerror}") from error

    def check(self) -> str:
        """Say where the files go."""
        return f"answers are written as files into {self.folder}"

    def close(self) -> None:
        """Nothing is held."""


def _with_pictures(html: str, mail: Message) -> str:
    """Return *html* with the mail's pictures in it: a browser finds none under ``cid:``."""
    for part in mail.walk():
        if part.get_content_maintype() == "image" and (cid := str(part["Content-ID"] or "").strip("<>")):
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            content = b64encode(payload).decode("ascii")
            html = html.replace(f'"cid:{cid}"', f'"data:{part.get_content_type()};base64,{content}"')
    return html


# ---- SMTP --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """
    A mail server. *security*: tls, starttls or plain. *retry_patterns*: texts of 5xx answers that
    mean "not now", besides ``NOT_NOW``. *password* is asked for at login, like *token*, which takes its
    place: called with a token that was refused it gives another.
    """

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: Callable[[], str] = field(default=lambda: "", repr=False)
    timeout: float = 60.0
    per_minute: int = 0
    retry_patterns: Sequence[str] = ()
    ca_file: Path | None = None
    token: Callable[[str], str] | None = field(default=None, repr=False)


NOT_NOW = (
    r"frequen(?:cy|t)",
    r"rate limit",
    r"too many (?:messages|mails|recipients|connections|requests)",
    r"(?:daily|hourly|sending) (?:limit|quota)",
    r"try again later",
    r"\bRP:[A-Z]{3}\b",
    r"发送.{0,6}(?:频繁|超限|上限)",
)
"""Texts of 5xx answers that mean "not now": the limits by minute, hour and day of Tencent's and NetEase's
servers come so (their published lists of return codes, 2026)."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_GOODBYE_SECONDS = 5
_REPLY_BYTES = 2**20
"""More than any reply."""
_PIECE = 2**16
_DOUBT_TIMES = 8
_DOUBT_SECONDS = 240
"""How much longer, and how long at the most, a server may think about a mail it has (RFC 5321 asks for ten
minutes, which is longer than the lease of sending)."""


class SmtpDelivery:
    """Sends over one connection, kept open between mails, no faster than the server allows."""

    def __init__(self, settings: SmtpSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        if settings.security == "plain" and settings.username and settings.host not in _LOOPBACK:
            raise ConfigError("smtp.security: plain would send the password readable; use tls or starttls")
        self._settings = settings
        self._sleep = sleep
        self._connection: _Patient | None = None
        self._last_at = 0.0

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """
        Hand *message* over; where a copy's recipient is refused, the others still get it.

        Where the first recipient is refused nobody gets it: a second try would be a second copy to the others.
        """
        self._pace()
        connection = self._connected()
        try:
            self._hand_over(connection, message, sender, recipients)
        except smtplib.SMTPResponseException as error:
            self._reset()
            raise self._of_code(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            said = f"{self._settings.host}: {error or type(error).__name__}"
            is_in_doubt = connection.is_in_doubt
            self.close()
            if is_in_doubt:
                raise DeliveryUnknown(f"{said}; it had got the whole mail and said nothing of it") from error
            raise DeliveryDeferred(said) from error
        except UnicodeError as error:
            raise DeliveryRefused(f"an address of {', '.join(recipients)} cannot be sent to: {error}") from error

    def _hand_over(self, connection: "_Patient", message: bytes, sender: str, recipients: Sequence[str]) -> None:
        connection.ehlo_or_helo_if_needed()
        options = [f"size={len(message)}"] if connection.does_esmtp and connection.has_extn("size") else []
        _demand(250, connection.mail(sender, options))
        for number, recipient in enumerate(recipients):
            code, text = connection.rcpt(recipient)
            if code not in (250, 251, 252) and (number == 0 or code == 421):
                raise smtplib.SMTPResponseException(code, text)
        code, text = connection.data(message)
        if not 400 <= code < 600 and not 200 <= code < 300:
            self.close()  # nobody knows what its next words would be an answer to
            raise DeliveryUnknown(f"{self._settings.host} said of the mail: {code} {_text(text)}")
        if code >= 400:
            raise smtplib.SMTPResponseException(code, text)

    def check(self) -> str:
        """Connect and log in."""
        self._connected()
        return f"{self._settings.host}:{self._settings.port} takes our mails ({self._settings.security})"

    def close(self) -> None:
        """Say goodbye, without waiting for an answer that may never come."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.timeout = min(_GOODBYE_SECONDS, connection.timeout)
                connection.quit()
            with suppress(OSError):
                connection.close()

    def _connected(self) -> "_Patient":
        """
        Return a connection that works.

        Raises ServerUnusable, whatever the server says: a refused login, or a password file that
        cannot be read, is no fault of the mail at hand, which must wait until it is mended.
        """
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._connection.noop()[0] == 250:
                    return self._connection
            self.close()
        host = f"{self._settings.host}:{self._settings.port}"
        try:
            return self._open()
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            said = _text(error.smtp_error)
            raise ServerUnusable(
                f"{host} refused the login of {self._settings.username}: {error.smtp_code} {said}"
            ) from error
        except smtplib.SMTPResponseException as error:
            self.close()
            raise ServerUnusable(f"{host} refused us: {error.smtp_code} {_text(error.smtp_error)}") from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise ServerUnusable(f"{host}: its certificate is not trusted: {error.verify_message}") from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            raise ServerUnusable(f"{host} does not answer as it should: {error or type(error).__name__}") from error
        except DaysheetError as error:
            self.close()
            raise ServerUnusable(str(error)) from error

    def _open(self) -> "_Patient":
        """Connect and log in; a token that was thought good and is refused is renewed, once."""
        token = self._settings.token
        if token is None:
            return self._logged_in(lambda connection: connection.login(*self._credentials()))
        given = token("")
        try:
            return self._logged_in(lambda connection: self._login_with(connection, given))
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                raise
            self.close()
            renewed = token(given)
            return self._logged_in(lambda connection: self._login_with(connection, renewed))

    def _credentials(self) -> tuple[str, str]:
        return self._settings.username, self._settings.password()

    def _login_with(self, connection: smtplib.SMTP, token: str) -> None:
        connection.ehlo_or_helo_if_needed()
        offered = connection.esmtp_features.get("auth", "").upper().split()
        mechanism = next((one for one in sasl.MECHANISMS if one in offered), None)
        if mechanism is None:
            raise ConfigError(f"smtp.oauth: {self._settings.host} takes no logins with OAuth2; use a password")
        words = iter([sasl.first_words(mechanism, self._settings.username, token)])
        connection.auth(mechanism, lambda _=None: next(words, sasl.last_words(mechanism)))

    def _logged_in(self, login: Callable[[smtplib.SMTP], object]) -> "_Patient":
        settings = self._settings
        context = _context(settings.ca_file)
        name = socket.gethostname() or "localhost"
        if settings.security == "tls":
            connection: _Patient = _PatientTls(
                settings.host, settings.port, local_hostname=name, timeout=settings.timeout, context=context
            )
        else:
            connection = _Patient(settings.host, settings.port, local_hostname=name, timeout=settings.timeout)
        self._connection = connection
        if settings.security == "starttls":
            _demand(220, connection.starttls(context=context))
        if settings.username:
            login(connection)
        return connection

    def _reset(self) -> None:
        if self._connection is not None:
            try:
                self._connection.rset()
            except (smtplib.SMTPException, OSError):
                self.close()

    def _pace(self) -> None:
        if self._settings.per_minute > 0:
            wait = self._last_at + 60.0 / self._settings.per_minute - time.monotonic()
            if self._last_at and wait > 0:
                self._sleep(wait)
        self._last_at = time.monotonic()

    def _is_not_now(self, text: str) -> bool:
        return any(re.search(p, text, re.IGNORECASE) for p in (*NOT_NOW, *self._settings.retry_patterns))

    def _of_code(self, code: int, answer: bytes | str) -> DeliveryDeferred | DeliveryRefused:
        """4xx, and 5xx with a text that means "not now", is deferred; any other 5xx is refused."""
        text = _text(answer)
        said = f"{self._settings.host}: {code} {text}"
        if 500 <= code < 600 and not self._is_not_now(text):
            return DeliveryRefused(said)
        return DeliveryDeferred(said)


class _Patient(smtplib.SMTP):
    """A client that waits *timeout* seconds for a whole reply, not for each of its bytes; so it is with sending."""

    timeout: float
    is_in_doubt: bool = False
    """The server has a whole mail, and has not said whether it takes it."""

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's next reply; that about a mail may take longer: it is scanned, and would come twice."""
        longer = max(self.timeout, min(_DOUBT_TIMES * self.timeout, _DOUBT_SECONDS))
        waiting = patience.Patience(longer if self.is_in_doubt else self.timeout)
        waiting.begin(_REPLY_BYTES)
        if self.sock is not None:
            # a new one each time: what came together with the last reply is no answer to what was said since
            self.file = patience.reader(self.sock, waiting)
        reply = super().getreply()
        self.is_in_doubt = False
        return reply

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        """Send a command, or a mail; it may take longer the longer it is."""
        content = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        waiting = patience.Patience(self.timeout)
        waiting.begin(len(content))
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            if self.sock is not None:
                self.sock.settimeout(waiting.left())
            super().send(piece)
            waiting.arrived(len(piece))
        self.is_in_doubt = content.endswith(b"\r\n.\r\n")


class _PatientTls(_Patient, smtplib.SMTP_SSL):
    """The same, over TLS from the first byte."""


def _demand(wanted: int, answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code != wanted:
        raise smtplib.SMTPResponseException(code, text)


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:300]


def _context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and those in *ca_file*."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"smtp.ca_file: {ca_file} is no readable file of certificates: {error}") from error
    return context
