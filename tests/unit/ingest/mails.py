"""Mails written byte by byte, for what a mail library would refuse to write."""

from collections.abc import Sequence

from daysheet.ingest.bounds import MessageLimits
from daysheet.ingest.envelope import read_envelope
from daysheet.model.mail import Envelope

LIMITS = MessageLimits()
LOOP_ID = "daily@corp.example"


def mail(*headers: str | bytes, body: bytes = b"hello", sender: str = "From: rep@corp.example") -> bytes:
    """Return a mail of the given header lines."""
    lines = [sender, *headers] if sender else [*headers]
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines) + b"\r\n\r\n" + body


def part(content: bytes, *headers: str | bytes) -> bytes:
    """Return one part of a multipart mail."""
    return mail(*headers, body=content, sender="")


def multipart(*parts: bytes, headers: Sequence[str] = (), boundary: str = "=_x", subtype: str = "mixed") -> bytes:
    """Return a mail of the given parts."""
    marker = f"--{boundary}".encode()
    body = b"".join(marker + b"\r\n" + piece + b"\r\n" for piece in parts) + marker + b"--\r\n"
    return mail(f'Content-Type: multipart/{subtype}; boundary="{boundary}"', *headers, body=body)


def read(raw: bytes, limits: MessageLimits = LIMITS) -> Envelope:
    """Return *raw* taken apart."""
    return read_envelope(raw, limits, LOOP_ID)
