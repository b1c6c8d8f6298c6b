"""Workbooks and zip files put together by hand, for what no program would write."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook as Book

from daysheet.ingest.preflight import ReadLimits

LIMITS = ReadLimits()
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(parts: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> bytes:
    """Return a zip file of *parts*, a name twice if it is listed twice."""
    target = io.BytesIO()
    listed = parts.items() if isinstance(parts, Mapping) else parts
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in listed:
            info = zipfile.ZipInfo("x")
            info.filename = name  # past the checks of the constructor
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return target.getvalue()


def a_sheet(rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>', after: str = "", prefix: str = "") -> bytes:
    """Return a worksheet part, its elements under *prefix* if one is given."""
    x = f"{prefix}:" if prefix else ""
    names = f'xmlns:{prefix}="{_MAIN}"' if prefix else f'xmlns="{_MAIN}"'
    return DECLARATION + f"<{x}worksheet {names}><{x}sheetData>{rows}</{x}sheetData>{after}</{x}worksheet>".encode()


def xlsx_parts(sheet: bytes | None = None, **more: bytes) -> dict[str, bytes]:
    """Return the parts of the smallest workbook; *more* replaces or adds parts (dots in names as "__")."""
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": DECLARATION
        + (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/></Types>'
        ).encode(),
        "_rels/.rels": DECLARATION
        + (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": DECLARATION
        + (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="拜访" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": DECLARATION
        + (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ).encode(),
        "xl/worksheets/sheet1.xml": sheet if sheet is not None else a_sheet(),
    }
    return parts | more


def an_xlsx(sheet: bytes | None = None, more: Mapping[str, bytes] | None = None) -> bytes:
    """Return the smallest workbook, with *sheet* as its only sheet and *more* parts."""
    return zipped(xlsx_parts(sheet) | dict(more or {}))


def a_book(*rows: Sequence[Any], title: str = "Sheet") -> bytes:
    """Return a workbook as a library writes it."""
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def patched(data: bytes, name: str, *, local: Mapping[int, int] = {}, central: Mapping[int, int] = {}) -> bytes:
    """Return a zip file with 32-bit fields of one entry's two headers overwritten, by their offsets there."""
    raw = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        info = package.getinfo(name)
    for offset, value in local.items():
        struct.pack_into("<L", raw, info.header_offset + offset, value)
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46 : at + 46 + length] == name.encode():
            for offset, value in central.items():
                struct.pack_into("<L", raw, at + offset, value)
        at = raw.find(b"PK\x01\x02", at + 4)
    return bytes(raw)


def ole(*streams: str, content: bytes = b"") -> bytes:
    """Return something with the header and the directory of an OLE file, and *content* as its first sector."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    entries = b""
    for name in ("Root Entry", *streams):
        encoded = name.encode("utf-16-le")
        entry = bytearray(128)
        entry[: len(encoded)] = encoded
        struct.pack_into("<HB", entry, 64, len(encoded) + 2, 5 if name == "Root Entry" else 2)
        entries += entry
    return bytes(header) + content.ljust(512, b"\0") + entries


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()
