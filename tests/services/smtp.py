"""A real SMTP server for the tests, which keeps what it is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.dovecot import free_port

HANG_UP = "hang up"
"""An answer: close the connection without a word."""


@dataclass(frozen=True)
class Received:
    """One mail as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def mail(self) -> EmailMessage:
        """The mail, taken apart."""
        return cast("EmailMessage", message_from_bytes(self.raw, policy=default))

    @property
    def message_id(self) -> str:
        """Its Message-ID, without the space of a line that was folded before it."""
        return str(self.mail["Message-ID"]).strip()


@dataclass
class SmtpSink:
    """
    A running server. *reply* may be changed by a test: it is asked before a sender, a recipient or a
    mail is taken, with "MAIL", "RCPT" or "DATA" and the address, and returns an answer such as
    "450 later", or HANG_UP, or None. After "DATA" comes "TAKEN", when the mail has been kept.
    """

    port: int
    mails: list[Received] = field(default_factory=list)
    reply: Callable[[str, str], str | None] = lambda command, address: None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Called by the server for the sender."""
        refused = self._asked(server, "MAIL", address)
        if refused is not None:
            return refused
        envelope.mail_from = address
        return "250 OK"

    def _asked(self, server: SMTP, command: str, address: str) -> str | None:
        answer = self.reply(command, address)
        if answer == HANG_UP and server.transport is not None:
            server.transport.close()
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Called by the server for each recipient."""
        refused = self._asked(server, "RCPT", address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the server once the whole mail has come."""
        refused = self._asked(server, "DATA", envelope.rcpt_tos[0])
        if refused is not None:
            return refused
        content = cast("bytes", envelope.content)
        self.mails.append(Received(str(envelope.mail_from), tuple(envelope.rcpt_tos), content))
        return self._asked(server, "TAKEN", envelope.rcpt_tos[0]) or "250 OK"


@contextmanager
def running(**options: Any) -> Iterator[SmtpSink]:
    """Run a server for the block."""
    sink = SmtpSink(free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
