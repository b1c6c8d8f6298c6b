"""
What a message says of a mail of ours that did not arrive: a delivery status notification, or a bounce without one.

Reports by RFC 3464 are read by their fields. Others (qmail, old Exim, providers' own) only where they bring the
header of the mail back, or name its Message-ID, and clearly say that it failed for good. Nothing here can be proven:
what comes of it must be no more than a sign to the operator.
"""

import re
from email.message import Message

from daysheet.ingest import charset
from daysheet.ingest.automatic import OWN_MESSAGE_ID
from daysheet.model.mail import Bounce

MOST_IDS = 10
MOST_PARTS = 30
LONGEST = 300
_SCANNED = 64 * 1024

_OWN_ID = re.compile(r"<daysheet\.[A-Za-z0-9._-]{1,200}@[A-Za-z0-9.-]{1,200}>")
_RETURNED_ID = re.compile(rf"^[> \t]*message-id:\s*({_OWN_ID.pattern})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])|(?<!\d)5[0-5]\d(?=[ -])")
_DELAY = re.compile(
    r"\bdelay(?:ed)?\b|\bwarning\b|will (?:be retried|keep trying|continue to)|not yet been delivered"
    r"|延迟|延遲|仍在尝试|继续尝试|將繼續|将继续",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def read_bounce(message: Message) -> Bounce | None:
    """Return what *message*, known to be a bounce, says of a failed mail; None where none failed, or none is ours."""
    parts = _parts(message)
    own_ids = _own_ids(message, parts)
    if not own_ids:
        return None
    is_report = message.get_content_type() == "multipart/report"
    said = _of_report(parts) if is_report else _of_text(message, parts)
    return Bounce(own_ids, said) if said else None


def returned_ids(message: Message) -> tuple[str, ...]:
    """Return the Message-IDs, in the form of ours, of the mails that *message* carries whole."""
    return tuple(dict.fromkeys(_id for part in _parts(message) if (_id := _id_of(part))))


def _parts(message: Message) -> list[Message]:
    """Return the parts of the message itself: what stands in a mail it carries is not its own word."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart":
            waiting += _children(part)
        else:
            found.append(part)
    return found


# ---- which mail --------------------------------------------------------------------------------


def _own_ids(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """The returned mail names itself best; then what the bounce replies to, the newest last; then its text."""
    found = [_id for part in parts if (_id := _id_of(part))]
    if not found:
        found += _OWN_ID.findall(_header(message, "in-reply-to"))
        found += reversed(_OWN_ID.findall(_header(message, "references")))
        for part in parts:
            if part.get_content_type() == "message/delivery-status":
                found += [
                    i for block in _children(part) for i in _OWN_ID.findall(_header(block, "original-envelope-id"))
                ]
            elif part.get_content_maintype() == "text":
                found += _RETURNED_ID.findall(_text(part))
    return tuple(dict.fromkeys(found))[:MOST_IDS]


def _id_of(part: Message) -> str:
    """Return the Message-ID of the mail, or the header of one, that *part* carries, where it has the form of ours."""
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        said = next((_header(carried, "message-id") for carried in _children(part)), "")
        found = _OWN_ID.search(said)
        return found[0] if found and said.strip().startswith(OWN_MESSAGE_ID) else ""
    if kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
        named = _RETURNED_ID.search(_text(part))
        return named[1] if named else ""
    return ""


# ---- what became of it -------------------------------------------------------------------------


def _of_report(parts: list[Message]) -> str:
    """Return why a recipient of a report has it not, "" where it is only late, or on its way, or there."""
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            for block in _children(part):
                if _header(block, "action").partition("(")[0].strip().lower() == "failed":
                    return _line(
                        _typed(_header(block, "final-recipient") or _header(block, "original-recipient")),
                        _header(block, "status"),
                        _typed(_header(block, "diagnostic-code")),
                    )
    return ""


def _of_text(message: Message, parts: list[Message]) -> str:
    """Return why, from a bounce in words: only where it says so for good, and not that it goes on trying."""
    words = next((_text(part) for part in parts if part.get_content_maintype() == "text"), "")
    words = re.split(r"^-{3}|^[> \t]*(?:received|return-path):", words, maxsplit=1, flags=re.IGNORECASE | re.MULTILINE)[
        0
    ]
    subject = charset.decode_header(_raw(message, "subject"))
    if _DELAY.search(subject) or _DELAY.search(words):
        return ""
    status = _STATUS.search(words)
    failed = _header(message, "x-failed-recipients")
    if status is None and not failed:
        return ""
    line = next((line for line in words.splitlines() if status and status[0] in line), "")
    return _line(failed, line or subject)


# ---- pieces ------------------------------------------------------------------------------------


def _line(*pieces: str) -> str:
    return (
        "; ".join(kept for piece in pieces if (kept := " ".join(_CONTROLS.sub(" ", piece).split())))[:LONGEST]
        or "failed"
    )


def _children(part: Message) -> list[Message]:
    payload = part.get_payload() if part.is_multipart() else ()
    return [one for one in payload if isinstance(one, Message)]


def _typed(field: str) -> str:
    """Return a field without its type: ``rfc822; a@b`` is a@b."""
    kind, semicolon, value = field.partition(";")
    return value.strip() if semicolon and re.fullmatch(r"\s*[\w.-]+\s*", kind) else field


def _raw(message: Message, name: str) -> bytes:
    value = next((value for key, value in message.raw_items() if key.lower() == name), "")
    return str(value).encode("utf-8", "surrogateescape")


def _header(message: Message, name: str) -> str:
    return charset.decode_bytes(_raw(message, name))


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return charset.decode_bytes(content[:_SCANNED], "") if isinstance(content, bytes) else ""
