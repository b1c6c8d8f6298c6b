"""
Take a message apart: who, what about, in answer to what, and its files.

Limits are checked on the bytes before the parser sees them; header text goes through ``charset``,
because the standard parser loses what is not ASCII. Nothing here raises, whatever the bytes.
"""

import binascii
import email.policy
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesFeedParser
from email.utils import parsedate_to_datetime

from daysheet.ingest import charset, dsn, tnef
from daysheet.ingest.addresses import addresses
from daysheet.ingest.automatic import LOOP_HEADER, OWN_MESSAGE_ID, automatic_reason, looks_automatic
from daysheet.ingest.bounds import MessageLimits, beyond
from daysheet.ingest.html_text import cloud_links, text_of
from daysheet.model.mail import Attachment, Envelope, Reason
from daysheet.model.redaction import told

__all__ = ["MessageLimits", "read_envelope"]

MAX_TEXT = 64 * 1024
MAX_MARKUP = 4 * MAX_TEXT
MAX_REFERENCES = 50
MAX_SENDERS = 20
_PIECE = 64 * 1024

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")


class _BeyondLimits(ValueError):
    """The message turned out, while being taken apart, to be more than may be opened."""


def read_envelope(raw: bytes, limits: MessageLimits, own_loop_id: str) -> Envelope:
    """Return *raw* taken apart; ``failure`` is set where it is beyond the limits or cannot be parsed."""
    refused = beyond(raw, limits)
    block = header_block(raw[: limits.header_bytes])
    head = _headers(block)
    if refused is not None:
        return _without_parts(head, *refused)
    try:
        return replace(_read(_parsed(raw), head, limits, own_loop_id), header=block)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        # the standard parser's own ways of giving up on broken mail
        return _without_parts(head, Reason.MALFORMED, told(error))


def _parsed(raw: bytes) -> Message:
    """Return the standard parser's message of *raw*, fed piece by piece: whole, it would be held six times over."""
    parser = BytesFeedParser(policy=email.policy.compat32)
    for start in range(0, len(raw), _PIECE):
        parser.feed(raw[start : start + _PIECE])
    return parser.close()


def _without_parts(head: dict[str, list[bytes]], reason: Reason, why: str) -> Envelope:
    return Envelope(
        senders=_senders(head),
        subject=charset.decode_header(_first(head, "subject")),
        message_id=_message_id(_first(head, "message-id")),
        defects=(why[:200],),
        failure=reason,
    )


# ---- headers -----------------------------------------------------------------------------------


def header_block(raw: bytes) -> bytes:
    """Return the bytes above the first empty line."""
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]


def _headers(block: bytes) -> dict[str, list[bytes]]:
    """Return the top header fields as raw bytes, folded as they came, by lower-case name."""
    found: dict[str, list[list[bytes]]] = {}
    lines: list[bytes] = []
    for line in block.splitlines():
        if line[:1] in (b" ", b"\t"):
            lines.append(line)
            continue
        key, colon, value = line.partition(b":")
        name = key.strip().decode("ascii", "replace").lower() if colon else ""
        lines = [value.strip()]
        if name:
            found.setdefault(name, []).append(lines)
    return {name: [b"\n".join(field) for field in fields] for name, fields in found.items()}


def _first(head: dict[str, list[bytes]], name: str) -> bytes:
    return head.get(name, [b""])[0]


def _senders(head: dict[str, list[bytes]]) -> tuple[str, ...]:
    """
    Return every address of every From field, group syntax and comments taken off.

    Encoded words are left out: they may name people, and an address decoded from one would let the
    name decide whose mail this is. Only where nothing else stands there are they looked into.
    """
    fields = head.get("from", [])
    found = [address for field in fields for address in addresses(charset.without_encoded_words(field))]
    if not found:
        found = [address for field in fields for address in addresses(charset.decode_header(field))]
    return tuple(dict.fromkeys(found))[:MAX_SENDERS]


def _sender_name(head: dict[str, list[bytes]]) -> str:
    text = charset.decode_header(_first(head, "from"))
    return re.sub(r"<[^<>]*>", "", text).strip().strip('"').strip()[:200]


def _message_id(raw: bytes) -> str:
    found = _MESSAGE_ID.search(charset.decode_bytes(raw))
    return found[0] if found else ""


def _date(head: dict[str, list[bytes]]) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        sent = parsedate_to_datetime(charset.decode_bytes(_first(head, "date")))
        return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return None


# ---- the whole message -------------------------------------------------------------------------


def _read(message: Message, head: dict[str, list[bytes]], limits: MessageLimits, own_loop_id: str) -> Envelope:
    senders = _senders(head)
    attachments: list[Attachment] = []
    plain: list[str] = []
    html: list[str] = []
    is_invitation = False
    for number, part in enumerate(_leaves(message, limits.depth, own_loop_id)):
        if number >= limits.parts:
            raise _BeyondLimits(f"more than {limits.parts} parts")
        name = _name_of(part)
        kind = part.get_content_type()
        is_invitation = is_invitation or (kind == "text/calendar" and bool(part.get_param("method")))
        if not name and kind == "text/plain":
            plain.append(_text(part))
        elif not name and kind == "text/html":
            html.append(_text(part))
        elif name or part.get_content_maintype() != "multipart":
            attachments += _unwrapped(Attachment(name or "attachment", _payload(part), kind))
    markup = "\n".join(html)[:MAX_MARKUP]
    text = "\n".join(plain)[:MAX_MARKUP] or text_of(markup)
    subject = charset.decode_header(_first(head, "subject"))[:500]
    automatic = automatic_reason(
        lambda name: [charset.decode_header(value) for value in head.get(name, ())],
        senders[0] if senders else "",
        message.get_content_type(),
        own_loop_id,
    )
    return Envelope(
        senders=senders,
        sender_name=_sender_name(head),
        to=addresses(charset.without_encoded_words(_first(head, "to")))[:50],
        subject=subject,
        message_id=_message_id(_first(head, "message-id")),
        in_reply_to=_message_id(_first(head, "in-reply-to")),
        references=tuple(_MESSAGE_ID.findall(charset.decode_bytes(_first(head, "references")))[-MAX_REFERENCES:]),
        sent_at=_date(head),
        automatic=automatic,
        bounce=dsn.read_bounce(message) if automatic is Reason.BOUNCE else None,
        looks_automatic=_looks_automatic(message, subject, is_invitation=is_invitation),
        attachments=tuple(attachments),
        text=text[:MAX_TEXT],
        links=cloud_links(f"{text}\n{markup}")[:10],
        defects=tuple(type(defect).__name__ for defect in message.defects[:10]),
    )


def _looks_automatic(message: Message, subject: str, *, is_invitation: bool) -> Reason | None:
    if looks_automatic(subject):
        return Reason.AUTO_REPLY
    if is_invitation:
        return Reason.CALENDAR
    return Reason.OWN_MAIL if dsn.returned_ids(message) else None


def _leaves(message: Message, depth: int, own_loop_id: str) -> Iterator[Message]:
    """
    Give the parts that hold something, forwarded messages opened; raises where they go deeper than *depth*.

    A mail of ours that comes back whole is not opened: its workbook is what we sent, and no report.
    """
    if not message.is_multipart():
        yield message
        return
    if depth == 0:
        raise _BeyondLimits("nested too deeply")
    is_carrier = message.get_content_maintype() == "message"
    for part in message.get_payload():
        if isinstance(part, Message) and not (is_carrier and _is_ours(part, own_loop_id)):
            yield from _leaves(part, depth - 1, own_loop_id)


def _is_ours(message: Message, own_loop_id: str) -> bool:
    values = {key.lower(): str(value).strip() for key, value in reversed(list(message.raw_items()))}
    return values.get("message-id", "").startswith(OWN_MESSAGE_ID) or values.get(LOOP_HEADER) == own_loop_id


def _unwrapped(file: Attachment) -> tuple[Attachment, ...]:
    """Return the files inside a winmail.dat, anything else as it is."""
    inside = tnef.attachments(file.content) if file.content.startswith(tnef.MAGIC) else ()
    return inside or (file,)


def _text(part: Message) -> str:
    content = _payload(part)
    if len(content) > MAX_MARKUP:
        # cut at the end of a line, so that no character is torn
        content = content[: content.rfind(b"\n", 0, MAX_MARKUP) + 1 or MAX_MARKUP]
    return charset.decode_bytes(content, str(part.get_param("charset", "", unquote=True) or ""))


def _decoded(text: str) -> bytes:
    """Return what base64 *text* says, as much of it as there is."""
    try:
        return binascii.a2b_base64(text)
    except ValueError:  # a letter too many, or too few at the end: the library would give the text itself
        letters = re.sub(r"[^A-Za-z0-9+/]", "", text)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def _payload(part: Message) -> bytes:
    text = vars(part).get("_payload")  # get_payload() would decode it, by whatever charset it names
    if isinstance(text, str) and str(part.get("content-transfer-encoding", "")).lower() == "base64":
        return _decoded(text)
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name_of(part: Message) -> str:
    """Return the file name, taken from the raw header bytes."""
    for header, name in (("content-disposition", "filename"), ("content-type", "name")):
        value = next((v for k, v in part.raw_items() if k.lower() == header), None)
        if value is not None:
            raw = str(value).encode("ascii", "surrogateescape")
            found = charset.safe_name(charset.parameter(raw, name))
            if found:
                return found
    return ""
