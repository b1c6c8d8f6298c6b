"""
What a file is by its bytes, whatever it is called.

Runs where mail is taken apart, outside the reader's child: it lists a zip directory of bounded size and
inflates nothing.
"""

import codecs
import io
import math
import re
import struct
import zipfile
from collections import Counter

from daysheet.model.mail import FileKind

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_TABLE_NAMES = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_OFFICE_NAMES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".ods", ".csv")


_BLANK = re.compile(rb"[\0 \r\n\t]*")


def identify(data: bytes, name: str) -> FileKind:
    """Return what *data* is by its first bytes; *name* only decides between kinds that look alike."""
    lower = name.lower()
    if _BLANK.fullmatch(data):
        return FileKind.EMPTY
    if data.startswith((ZIP_MAGIC, b"PK\x05\x06")):
        return _zip_kind(data, lower)
    if data.startswith(OLE_MAGIC):
        return _ole_kind(data, lower)
    if data[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00") and len(data) > 8:
        return FileKind.XLS  # a bare BIFF stream, as very old programs wrote
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"mime-version:")):
        return FileKind.HTML
    if head.startswith((b"<?xml", b"<workbook", b"<")):
        return FileKind.HTML if b"<html" in head else FileKind.XML
    if _is_text(data):
        return FileKind.CSV if lower.endswith(_TABLE_NAMES) and _is_table(data) else FileKind.OTHER
    if lower.endswith(_OFFICE_NAMES) and _entropy(data[:65536]) > 7.0:
        return FileKind.CIPHERTEXT
    return FileKind.OTHER


BROKEN_ZIP = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError, RuntimeError)
_DIRECTORY_END = b"PK\x05\x06"
MAX_DIRECTORY = 512 * 1024
"""Bytes of a zip directory that are looked at: 2,000 entries take a quarter of it."""


def entries(data: bytes) -> list[zipfile.ZipInfo]:
    """Return the zip directory; raises one of ``BROKEN_ZIP``, also where it is too large to be listed."""
    end = data.rfind(_DIRECTORY_END, -65_600)
    if end >= 0 and len(data) >= end + 16 and struct.unpack_from("<L", data, end + 12)[0] > MAX_DIRECTORY:
        raise OverflowingDirectory(f"{struct.unpack_from('<H', data, end + 10)[0]} entries")
    return zipfile.ZipFile(io.BytesIO(data)).infolist()


class OverflowingDirectory(zipfile.BadZipFile):
    """A zip directory that no workbook has."""


def _zip_kind(data: bytes, lower: str) -> FileKind:
    try:
        names = {entry.filename for entry in entries(data)}
    except BROKEN_ZIP:
        is_ours = lower.endswith(_OFFICE_NAMES) or b"xl/" in data[:4096] or b"[Content_Types]" in data[:4096]
        return FileKind.XLSX if is_ours else FileKind.ZIP
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    if any(part.endswith("vbaProject.bin") for part in names):
        return FileKind.XLSM
    if "content.xml" in names and "mimetype" in names:
        return FileKind.ODS
    if "[Content_Types].xml" in names and any(part.startswith("xl/") or "workbook" in part for part in names):
        return FileKind.XLSX
    return FileKind.ZIP


def _ole_kind(data: bytes, lower: str) -> FileKind:
    """Tell OLE files apart by the names in their directory and the FILEPASS record of the stream."""
    if _has_stream(data, "EncryptedPackage"):
        return FileKind.OLE_ENCRYPTED
    if _has_stream(data, "WordDocument") or _has_stream(data, "PowerPoint Document"):
        return FileKind.OTHER  # even with a workbook embedded in it
    if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
        if _has_file_pass(data):
            return FileKind.OLE_ENCRYPTED
        return FileKind.ET if lower.endswith((".et", ".ett")) else FileKind.XLS
    return FileKind.OTHER


def _has_stream(data: bytes, name: str) -> bool:
    """Say whether an OLE directory entry is called *name*, in any case: 128 bytes, the name first, then its length."""
    encoded = name.encode("utf-16-le")
    return any(
        found.start() % 128 == 0
        and data[found.start() + 64 : found.start() + 66] == struct.pack("<H", len(encoded) + 2)
        for found in re.finditer(re.escape(encoded), data, re.IGNORECASE)
    )


def _has_file_pass(data: bytes) -> bool:
    """Say whether a BIFF stream begins with BOF … FILEPASS (record 0x002F), within its first records."""
    for start in (m.start() for m in re.finditer(rb"\x09\x08(?:\x10\x00|\x08\x00)", data)):
        at = start
        for _ in range(8):
            if at + 4 > len(data):
                break
            record, length = struct.unpack_from("<HH", data, at)
            if record == 0x2F:
                return True
            at += 4 + length
        if start > 8 * 2**20:
            break
        return False  # only the workbook's own stream counts
    return False


UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _is_text(data: bytes) -> bool:
    if data.startswith(UTF16_MARKS):
        return True
    sample = data[: 64 * 1024]
    if b"\0" in sample:
        return False
    return _decodes(sample, "utf-8") or _decodes(sample, "gb18030")


def _decodes(sample: bytes, charset: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(charset)().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    odd = sum(1 for c in text if ord(c) < 32 and c not in "\r\n\t") + sum(1 for c in text if "\ue000" <= c <= "\uf8ff")
    return odd * 50 <= len(text)


def _is_table(data: bytes) -> bool:
    sample = data[: 64 * 1024]
    if sample.startswith(UTF16_MARKS):
        sample = sample.decode("utf-16", "replace").encode()
    lines = [line for line in sample.splitlines()[:20] if line.strip()]
    return bool(lines) and any(sum(mark in line for line in lines) * 2 >= len(lines) for mark in (b",", b"\t", b";"))


def _entropy(sample: bytes) -> float:
    total = len(sample)
    return -sum(n / total * math.log2(n / total) for n in Counter(sample).values()) if total else 0.0
