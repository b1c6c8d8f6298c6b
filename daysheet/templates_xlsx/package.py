"""Write a workbook to bytes that depend on its content alone."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl.workbook import Workbook
from openpyxl.writer.excel import ExcelWriter

EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001 -- openpyxl takes naive UTC; any fixed instant does
_ENTRY_DATE = (1980, 1, 1, 0, 0, 0)  # the first a zip can state

Rewrite = Callable[[str, bytes], bytes]


class _StillZip(zipfile.ZipFile):
    """A zip whose entries carry no clock; *rewrite* may change a part as it is written."""

    def __init__(self, target: io.BytesIO, rewrite: Rewrite | None) -> None:
        super().__init__(target, "w", zipfile.ZIP_DEFLATED)
        self._rewrite = rewrite

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_: Any, **__: Any) -> None:
        """Write one part under a fixed date."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        content = data.encode() if isinstance(data, str) else bytes(data)
        entry = zipfile.ZipInfo(name, _ENTRY_DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        super().writestr(entry, self._rewrite(name, content) if self._rewrite else content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write one part from the temporary file that openpyxl made for it."""
        with open(filename, "rb") as file:
            self.writestr(str(arcname).lstrip("/"), file.read())


def to_bytes(book: Workbook, rewrite: Rewrite | None = None) -> bytes:
    """
    Return *book* as a file: the same content gives the same bytes.

    openpyxl's own save stamps the hour into the properties and into every zip entry.
    """
    target = io.BytesIO()
    ExcelWriter(book, _StillZip(target, rewrite)).save()
    return target.getvalue()


# ---- a package made of parts ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Packed:
    """A part as it stands in the file: deflated, with the length and sum of what it was."""

    content: bytes
    size: int
    crc: int


_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _UNIX, _UTF8, _DEFLATED, _NEW_YEAR_1980 = 20, 3 << 8, 1 << 11, 8, 0x21
_OWNERS_FILE = 0o600 << 16


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {entry.filename: package.read(entry) for entry in package.infolist()}


def pack(part: bytes) -> Packed:
    """Deflate a part."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return Packed(deflater.compress(part) + deflater.flush(), len(part), zlib.crc32(part))


def joined(parts: Mapping[str, Packed]) -> bytes:
    """
    Return the file of *parts*, under a fixed date.

    The library packs every part anew; most of a rep's workbook is the same for everybody.
    """
    chunks: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, part in parts.items():
        encoded = name.encode("ascii")
        known = (_UTF8, _DEFLATED, 0, _NEW_YEAR_1980, part.crc, len(part.content), part.size, len(encoded), 0)
        chunks += (_LOCAL.pack(b"PK\x03\x04", _VERSION, *known), encoded, part.content)
        directory += (
            _CENTRAL.pack(b"PK\x01\x02", _UNIX | _VERSION, _VERSION, *known, 0, 0, 0, _OWNERS_FILE, at),
            encoded,
        )
        at += _LOCAL.size + len(encoded) + len(part.content)
    listed = b"".join(directory)
    count = len(parts)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), at, 0)
    return b"".join((*chunks, listed, end))
