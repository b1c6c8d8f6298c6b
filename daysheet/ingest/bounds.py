"""
Whether a message may be parsed at all: cheap counts over its bytes.

The standard parser takes time that grows with the square of a header field's length, and memory by
the line; what would make it slow is refused before it begins. Every search here is linear.
"""

import re
from dataclasses import dataclass

from daysheet.model.mail import Reason


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """What a message may be, in bytes and counts; beyond, it is not opened."""

    message_bytes: int = 25 * 2**20
    header_bytes: int = 256 * 2**10
    field_bytes: int = 8 * 2**10  # of one Content-Type or Content-Disposition
    lines: int = 500_000  # of base64, 25 MiB are 345,000
    eight_bit_bytes: int = 8 * 2**20  # texts are never so long, and files come encoded; they take twice the memory
    parts: int = 100
    depth: int = 10


# each begins with letters as they are, which are looked for far faster than anything else; the
# look-behind says that they begin a line; the two with letters are for bytes in lower case
_CONTENT_FIELD = re.compile(rb"content-(?<![^\r\n]content-)(type|disposition):")
_ASCII = bytes(range(128))
_FIELD_END = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?![ \t])")
_BOUNDARY = re.compile(rb"boundary\s{0,20}=\s{0,20}\"?([^\";\s]{1,200})")
_MARKER = re.compile(rb"--(?<![^\r\n]--)([^\r\n]{1,200})")


def beyond(raw: bytes, limits: MessageLimits) -> tuple[Reason, str] | None:
    """Return why *raw* is not parsed, or None."""
    if len(raw) > limits.message_bytes:
        return Reason.TOO_LARGE, f"more than {limits.message_bytes // 2**20} MiB"
    if max(raw.count(b"\n"), raw.count(b"\r")) >= limits.lines:
        return Reason.MALFORMED, f"more than {limits.lines} lines"
    if len(raw) > limits.header_bytes and re.search(rb"\r?\n\r?\n", raw[: limits.header_bytes + 4]) is None:
        return Reason.MALFORMED, "header block too large"
    if len(raw) > limits.eight_bit_bytes and len(raw.translate(None, _ASCII)) > limits.eight_bit_bytes:
        return Reason.MALFORMED, f"more than {limits.eight_bit_bytes // 2**20} MiB that are not encoded"
    lower = raw.lower()
    return _fields(lower, limits) or _parts(raw, lower, limits)


def _fields(lower: bytes, limits: MessageLimits) -> tuple[Reason, str] | None:
    types = 0
    for number, field in enumerate(_CONTENT_FIELD.finditer(lower)):
        types += field[1] == b"type"
        if types > limits.parts or number > limits.parts * 3:
            return Reason.MALFORMED, f"more than {limits.parts} parts"
        last = field.end() + limits.field_bytes
        end = _FIELD_END.search(lower, field.end(), last)
        if last < len(lower) and (end is None or end.end() == last):
            return Reason.MALFORMED, "a header field too large"
    return None


def _parts(raw: bytes, lower: bytes, limits: MessageLimits) -> tuple[Reason, str] | None:
    boundaries = {raw[found.start(1) : found.end(1)] for found in _BOUNDARY.finditer(lower)}
    if len(boundaries) > limits.depth * 3:
        return Reason.MALFORMED, "nested too deeply"
    longest_first = tuple(sorted(boundaries, key=len, reverse=True))
    markers = sum(marker.startswith(longest_first) for marker in _MARKER.findall(raw)) if longest_first else 0
    if markers > limits.parts * 3:
        return Reason.MALFORMED, f"more than {limits.parts} parts"
    return None
