"""
What the reader is given instead of the file: the inspected parts, and no more of them than it needs.

Thus it reads the very bytes that preflight has seen (two zip readers may disagree about a hostile
file), need not inflate them a second time, and is spared the formatted but empty rows that
spreadsheet programs leave below the data, often hundreds.
"""

import re
import struct
import zlib
from collections.abc import Mapping

_SHEET_END, _ROW_END, _CELL_END = b"</sheetData>", b"</row>", b"</c>"
_OTHER_END = re.compile(rb"</(?!row>)")
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _UTF8, _NEW_YEAR_1980 = 20, 1 << 11, 0x21


def shortened(sheet: bytes) -> bytes:
    """
    Return a worksheet part without the rows below its last filled cell.

    A filled cell has an end tag, one that is only formatted has none. Where the rest holds any
    other end tag, or a comment, nothing is cut.
    """
    end = sheet.rfind(_SHEET_END)
    last = sheet.rfind(_CELL_END, 0, end) if end > 0 else -1
    cut = sheet.find(_ROW_END, last, end) + len(_ROW_END)
    if last < 0 or not last < cut < end:
        return sheet
    if _OTHER_END.search(sheet, cut, end) or sheet.find(b"!", cut, end) >= 0:
        return sheet
    return sheet[:cut] + sheet[end:]


def stored(parts: Mapping[str, bytes]) -> bytes:
    """Return *parts* as a zip file in which nothing is packed."""
    chunks: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, content in parts.items():
        encoded, size = name.encode("utf-8", "surrogatepass"), len(content)
        known = (zlib.crc32(content), size, size, len(encoded), 0)
        chunks += (
            _LOCAL.pack(b"PK\x03\x04", _VERSION, _UTF8, 0, 0, _NEW_YEAR_1980, *known),
            encoded,
            content,
        )
        directory += (
            _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, _UTF8, 0, 0, _NEW_YEAR_1980, *known, 0, 0, 0, 0, at),
            encoded,
        )
        at += _LOCAL.size + len(encoded) + size
    listed = b"".join(directory)
    count = len(parts)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), at, 0)
    return b"".join((*chunks, listed, end))
