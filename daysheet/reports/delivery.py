"""How mails leave: by SMTP, or as files into a folder."""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Protocol

from daysheet.errors import DeliveryDeferred, DeliveryRefused


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
                (self.folder / f"{stem}.html").write_text(html.get_content(), encoding="utf-8")
            for part in mail.iter_attachments():
                (self.folder / f"{stem}.xlsx").write_bytes(part.get_content())
        except OSError as error:
            raise DeliveryDeferred(f"cannot write into {self.folder}: {error.strerror}") from error

    def check(self) -> str:
        """Say where the files go."""
        return f"answers are written as files into {self.folder}"

    def close(self) -> None:
        """Nothing is held."""


# ---- SMTP --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """
    A mail server. *security*: tls, starttls or plain. *retry_patterns*: texts of 5xx answers that
    mean "not now", besides ``NOT_NOW``. *password* is asked for at login.
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

_SECURE_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpDelivery:
    """Sends over one connection, kept open between mails, no faster than the server allows."""

    def __init__(self, settings: SmtpSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._connection: smtplib.SMTP | None = None
        self._last_at = 0.0

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Hand *message* over; where one recipient of several is refused, the others still get it."""
        self._pace()
        try:
            connection = self._open()
            refused = connection.sendmail(sender, list(recipients), message)
        except smtplib.SMTPRecipientsRefused as error:
            self._reset()
            raise self._of_codes([(code, text) for code, text in error.recipients.values()]) from error
        except smtplib.SMTPResponseException as error:
            self.close()
            raise self._of_codes([(error.smtp_code, error.smtp_error)]) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DeliveryDeferred(f"{self._settings.host}: {error}") from error
        if refused and recipients[0] in refused:
            # the copy went out, the sender's own did not: that is what counts
            raise self._of_codes([refused[recipients[0]]])

    def check(self) -> str:
        """Connect and log in."""
        try:
            self._open().noop()
        except smtplib.SMTPResponseException as error:
            self.close()
            raise self._of_codes([(error.smtp_code, error.smtp_error)]) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DeliveryDeferred(f"{self._settings.host}:{self._settings.port} does not answer: {error}") from error
        return f"{self._settings.host}:{self._settings.port} takes our mails ({self._settings.security})"

    def close(self) -> None:
        """Say goodbye, without waiting for an answer that may never come."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                if connection.sock is not None:
                    connection.sock.settimeout(5)
                connection.quit()
            with suppress(OSError):
                connection.close()

    def _open(self) -> smtplib.SMTP:
        if self._connection is not None:
            try:
                if self._connection.noop()[0] == 250:
                    return self._connection
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        settings = self._settings
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        name = socket.gethostname() or "localhost"
        if settings.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, local_hostname=name, timeout=settings.timeout, context=context
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.port, local_hostname=name, timeout=settings.timeout)
        self._connection = connection
        if settings.security == "starttls":
            connection.starttls(context=context)
        if settings.username:
            if settings.security == "plain" and settings.host not in _SECURE_LOOPBACK:
                raise DeliveryRefused(
                    f"{settings.host}: no password is sent over a plain connection; set smtp.security"
                )
            connection.login(settings.username, settings.password())
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

    def _of_codes(self, answers: Sequence[tuple[int, bytes | str]]) -> DeliveryDeferred | DeliveryRefused:
        """4xx, and 5xx with a text that means "not now", is deferred; any other 5xx is refused."""
        code, answer = answers[0]
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        said = f"{self._settings.host}: {code} {' '.join(text.split())[:300]}"
        if 400 <= code < 500 or self._is_not_now(text):
            return DeliveryDeferred(said)
        return DeliveryRefused(said)
