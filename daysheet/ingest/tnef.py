"""
The files inside ``winmail.dat``: what Outlook makes of a message it sends as rich text.

Only attachments are looked for, one level deep, by the layout of [MS-OXTNEF]. Damaged containers
give what was whole before the damage; nothing here raises.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress

from daysheet.ingest.charset import decode_bytes, safe_name
from daysheet.model.mail import Attachment

MAGIC = b"\x78\x9f\x3e\x22"
MAX_FILES = 100
MAX_ENTRIES = 5000
"""Attributes of a container, or properties and values of an attachment, that are looked at: files have a few dozen."""

_CODEPAGE = 0x00069007
_NEW_ATTACHMENT = 0x00069002
_TITLE = 0x00018010
_DATA = 0x0006800F
_PROPERTIES = 0x00069005

_LONG_NAME = 0x3707
_NAME = 0x3704
_FIXED_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE = 0x1E, 0x1F
_VARIABLE = (_STRING8, _UNICODE, 0x0D, 0x102)


def attachments(container: bytes) -> tuple[Attachment, ...]:
    """Return the files of *container*, a winmail.dat."""
    found: list[tuple[str, bytes]] = []
    codepage, name, content = "", "", b""
    for attribute, data in _attributes(container):
        if attribute == _CODEPAGE and len(data) >= 4:
            codepage = f"cp{int.from_bytes(data[:4], 'little')}"
        elif attribute == _NEW_ATTACHMENT:
            found.append((name, content))
            name, content = "", b""
        elif attribute == _TITLE:
            name = name or _text(data, codepage)
        elif attribute == _DATA:
            content = data
        elif attribute == _PROPERTIES:
            name = _long_name(data, codepage) or name
    found.append((name, content))
    files = [Attachment(safe_name(name) or "attachment", data) for name, data in found if data]
    return tuple(files[:MAX_FILES])


def _attributes(container: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each attribute's id and data: level, id, length, data, checksum follow one another."""
    at = len(MAGIC) + 2
    for _ in range(MAX_ENTRIES):
        if at + 9 > len(container):
            return
        _, attribute, length = struct.unpack_from("<BII", container, at)
        at += 9
        if at + length > len(container):
            return  # cut off: a workbook that lacks its end is none
        yield attribute, container[at : at + length]
        at += length + 2


def _long_name(data: bytes, codepage: str) -> str:
    """Return the attachment's full name from its MAPI properties; the title may be cut to 8.3 letters."""
    names: dict[int, str] = {}
    with suppress(struct.error, IndexError):
        for kind, number, value in _properties(data):
            if number in (_LONG_NAME, _NAME):
                names[number] = (
                    value.decode("utf-16-le", "replace").rstrip("\0") if kind == _UNICODE else _text(value, codepage)
                )
    return names.get(_LONG_NAME) or names.get(_NAME) or ""


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give type, number and first value of each property; raises struct.error where the list breaks off."""
    (count,) = struct.unpack_from("<I", data)
    at, left = 4, MAX_ENTRIES
    for _ in range(min(count, MAX_ENTRIES)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:
            at = _after_name(data, at)
        is_several, kind = bool(kind & 0x1000), kind & 0x0FFF
        values = 1
        if is_several or kind in _VARIABLE:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        left -= values
        if left < 0:
            raise struct.error("more than anything has")
        first: bytes | None = None
        for _ in range(values):
            size = _FIXED_SIZES.get(kind)
            if size is None:
                (size,) = struct.unpack_from("<I", data, at)
                at += 4
            if at + size > len(data):
                raise struct.error("cut off")
            first = data[at : at + size] if first is None else first
            at += size + -size % 4
        yield kind, number, first or b""


def _after_name(data: bytes, at: int) -> int:
    """Return where a named property's name ends: a GUID, then a number or a padded string."""
    kind, length = struct.unpack_from("<II", data, at + 16)
    at += 24
    return at if kind == 0 else at + length + -length % 4


def _text(data: bytes, codepage: str) -> str:
    return decode_bytes(data.partition(b"\0")[0], codepage)
