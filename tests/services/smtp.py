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


@dataclass
class SmtpSink:
    """
    A running server. *replies* may be changed by a test: it is asked before a mail (or recipient)
    is taken, with "RCPT" or "DATA" and the address, and returns an answer such as "450 later" or None.
    """

    port: int
    mails: list[Received] = field(default_factory=list)
    reply: Callable[[str, str], str | None] = lambda command, address: None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Called by the server for each recipient."""
        refused = self.reply("RCPT", address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the server once the whole mail has come."""
        refused = self.reply("DATA", envelope.rcpt_tos[0])
        if refused is not None:
            return refused
        content = cast("bytes", envelope.content)
        self.mails.append(Received(str(envelope.mail_from), tuple(envelope.rcpt_tos), content))
        return "250 OK"


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
