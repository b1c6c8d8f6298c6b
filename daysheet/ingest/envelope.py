"""
Take a message apart: who, what about, in answer to what, and its files.

Limits are checked on the bytes before the parser sees them; header text goes through ``charset``,
because the standard parser loses what is not ASCII. Nothing here raises, whatever the bytes.
"""

import email.policy
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

from daysheet.ingest import charset
from daysheet.ingest.automatic import automatic_reason
from daysheet.model.mail import Attachment, Envelope, Reason

MAX_TEXT = 64 * 1024
MAX_REFERENCES = 50
MAX_SENDERS = 20


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """What a message may be, in bytes and counts; beyond, it is not opened."""

    message_bytes: int = 25 * 2**20
    header_bytes: int = 256 * 2**10
    parts: int = 100
    depth: int = 10
    attachments: int = 50


CLOUD_LINKS = re.compile(
    r"https?://[^\s<>\"'（）()]*?(?:"
    # network disks
    r"pan\.baidu\.com|yun\.baidu\.com|weiyun\.com|kdocs\.cn|docs\.qq\.com|alipan\.com|aliyundrive\.com|pan\.quark\.cn|"
    r"115\.com|lanzou\w?\.com|ctfile\.com|jianguoyun\.com|cloud\.189\.cn|caiyun\.139\.com|feishu\.cn|"
    r"1drv\.ms|onedrive\.live\.com|sharepoint\.com|drive\.google\.com|docs\.google\.com|dropbox\.com|box\.com|icloud\.com|"
    # senders of large files, the mail providers' own "oversized attachments" among them
    r"cowtransfer\.com|wetransfer\.com|we\.tl|mail\.qq\.com/cgi-bin/ftn|wx\.mail\.qq\.com/ftn|fs\.163\.com|"
    r"mail\.163\.com/large-attachment|dashi\.163\.com|file\.exmail\.qq\.com"
    r")[^\s<>\"'（）]*",
    re.IGNORECASE,
)

_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"'@]+@[^\s<>()\[\]:;,\"'@]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")


def read_envelope(raw: bytes, limits: MessageLimits, own_loop_id: str) -> Envelope:
    """Return *raw* taken apart; ``failure`` is set where it is beyond the limits or cannot be parsed."""
    refused = _beyond(raw, limits)
    head = _headers(raw[: limits.header_bytes])
    if refused is not None:
        return _without_parts(head, *refused)
    try:
        message = BytesParser(policy=email.policy.compat32).parsebytes(raw)
        return _read(message, head, limits, own_loop_id)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, IndexError, KeyError) as error:
        # the standard parser's own ways of giving up on broken mail
        return _without_parts(head, Reason.MALFORMED, f"{type(error).__name__}: {error}")


def _beyond(raw: bytes, limits: MessageLimits) -> tuple[Reason, str] | None:
    """Return why *raw* is not parsed: cheap counts over the bytes."""
    if len(raw) > limits.message_bytes:
        return Reason.TOO_LARGE, f"more than {limits.message_bytes // 2**20} MiB"
    end = re.search(rb"\r?\n\r?\n", raw[: limits.header_bytes + 4])
    if end is None and len(raw) > limits.header_bytes:
        return Reason.MALFORMED, "header block too large"
    if len(re.findall(rb"(?mi)^content-type[ \t]*:", raw)) > limits.parts:
        return Reason.MALFORMED, f"more than {limits.parts} parts"
    boundaries = set(re.findall(rb"(?i)boundary\s*=\s*\"?([^\";\s]+)", raw))
    markers = sum(raw.count(b"--" + boundary) for boundary in list(boundaries)[: limits.parts])
    if len(boundaries) > limits.depth * 3 or markers > limits.parts * 3:
        return Reason.MALFORMED, f"more than {limits.parts} parts, or nested too deeply"
    return None


def _without_parts(head: dict[str, list[bytes]], reason: Reason, why: str) -> Envelope:
    return Envelope(
        senders=_senders(head),
        subject=charset.decode_header(_first(head, "subject")),
        message_id=_message_id(_first(head, "message-id")),
        defects=(why[:200],),
        failure=reason,
    )


# ---- headers -----------------------------------------------------------------------------------


def _headers(raw: bytes) -> dict[str, list[bytes]]:
    """Return the top header fields as raw bytes, by lower-case name."""
    block = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    found: dict[str, list[bytes]] = {}
    name = ""
    for line in block.splitlines():
        if line[:1] in (b" ", b"\t"):
            if name:
                found[name][-1] += b"\n" + line
            continue
        key, colon, value = line.partition(b":")
        name = key.strip().decode("ascii", "replace").lower() if colon else ""
        if name:
            found.setdefault(name, []).append(value.strip())
    return found


def _first(head: dict[str, list[bytes]], name: str) -> bytes:
    return head.get(name, [b""])[0]


def _senders(head: dict[str, list[bytes]]) -> tuple[str, ...]:
    """Return every address of every From field, group syntax and comments taken off."""
    found: list[str] = []
    for value in head.get("from", ()):
        text = charset.decode_header(value)
        text = re.sub(r'"(?:[^"\\]|\\.)*"', " ", text)  # a quoted name may hold an address that is none
        angled = re.findall(r"<\s*([^<>]*)\s*>", text)
        for part in angled or [re.sub(r"\([^()]*\)", " ", text)]:
            found += [address.lower().strip(".") for address in _ADDRESS.findall(part)]
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
    defects = [type(defect).__name__ for defect in message.defects]
    for part in _leaves(message, limits.depth):
        name = _name_of(part)
        if not name and part.get_content_type() in ("text/plain", "text/html"):
            text = charset.decode_bytes(_payload(part), str(part.get_param("charset", "", unquote=True) or ""))
            (plain if part.get_content_type() == "text/plain" else html).append(text)
        elif len(attachments) < limits.attachments and (name or part.get_content_maintype() != "multipart"):
            attachments.append(Attachment(name or "attachment", _payload(part), part.get_content_type()))
    text = "\n".join(plain) or _text_of("\n".join(html))
    links = dict.fromkeys(CLOUD_LINKS.findall(f"{text}\n{' '.join(html)}"))
    return Envelope(
        senders=senders,
        sender_name=_sender_name(head),
        to=tuple(_ADDRESS.findall(charset.decode_header(_first(head, "to"))))[:50],
        subject=charset.decode_header(_first(head, "subject"))[:500],
        message_id=_message_id(_first(head, "message-id")),
        in_reply_to=_message_id(_first(head, "in-reply-to")),
        references=tuple(_MESSAGE_ID.findall(charset.decode_bytes(_first(head, "references")))[-MAX_REFERENCES:]),
        sent_at=_date(head),
        automatic=automatic_reason(
            lambda name: charset.decode_header(_first(head, name)),
            senders[0] if senders else "",
            message.get_content_type(),
            own_loop_id,
        ),
        attachments=tuple(attachments),
        text=text[:MAX_TEXT],
        links=tuple(links)[:10],
        defects=tuple(defects[:10]),
    )


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    """Give the parts that hold something, forwarded messages opened, no deeper than *depth*."""
    if message.is_multipart() and depth > 0:
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part, depth - 1)
    elif not message.is_multipart():
        yield message


def _payload(part: Message) -> bytes:
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


class _Text(HTMLParser):
    """The text of an HTML body, a line per block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Skip style and script; a block begins a line."""
        del attrs
        self._is_hidden = tag in ("style", "script")
        if tag in ("p", "div", "br", "tr", "li"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """What follows style and script is seen again."""
        self._is_hidden = self._is_hidden and tag not in ("style", "script")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._is_hidden:
            self.parts.append(data)


def _text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html[: MAX_TEXT * 4])
    return re.sub(r"\n\s*\n+", "\n", "".join(parser.parts)).strip()
