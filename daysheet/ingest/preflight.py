"""
What a file is by its bytes, and whether it may be opened at all.

Everything is decided before a reader sees the file: the zip directory, every byte that comes out of
it (counted while inflating, never believed from the directory), and the few things in the XML that
make readers allocate without bound.
"""

import codecs
import io
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from daysheet.ingest.repack import shortened
from daysheet.model.issues import IssueCode
from daysheet.model.mail import FileKind
from daysheet.model.rows import Refusal


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What a workbook may be, and what reading it may take."""

    inflated_bytes: int = 64 * 2**20
    ratio: int = 100  # inflated to packed, of one entry above ratio_floor
    ratio_floor: int = 2**20
    entries: int = 2000
    merges: int = 1000
    cells: int = 20_000 * 100  # rows × columns of a sheet's extent
    columns: int = 1000  # that hold something: colour often runs to the last one
    csv_bytes: int = 16 * 2**20
    memory_bytes: int = 512 * 2**20
    cpu_seconds: int = 5
    wall_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Package:
    """The inflated parts of an OOXML or ODF file, by name; sheets without the empty rows at their end."""

    parts: Mapping[str, bytes] = field(default_factory=dict)


OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_MACRO_NAMES = (".xlsm", ".xltm", ".xlam")
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
        return (
            FileKind.CSV
            if lower.endswith((".csv", ".tsv", ".txt", ".xls", ".xlsx")) and _is_table(data)
            else FileKind.OTHER
        )
    if lower.endswith(_OFFICE_NAMES) and _entropy(data[:65536]) > 7.0:
        return FileKind.CIPHERTEXT
    return FileKind.OTHER


_BROKEN_ZIP = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError, RuntimeError)
_DIRECTORY_END = b"PK\x05\x06"
MAX_DIRECTORY = 512 * 1024
"""Bytes of a zip directory that are looked at: 2,000 entries take a quarter of it."""


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    """Return the zip directory; raises one of ``_BROKEN_ZIP``, also where it is too large to be listed."""
    end = data.rfind(_DIRECTORY_END, -65_600)
    if end >= 0 and len(data) >= end + 16 and struct.unpack_from("<L", data, end + 12)[0] > MAX_DIRECTORY:
        raise OverflowingDirectory(f"{struct.unpack_from('<H', data, end + 10)[0]} entries")
    return zipfile.ZipFile(io.BytesIO(data)).infolist()


class OverflowingDirectory(zipfile.BadZipFile):
    """A zip directory that no workbook has."""


def _zip_kind(data: bytes, lower: str) -> FileKind:
    try:
        names = {entry.filename for entry in _entries(data)}
    except _BROKEN_ZIP:
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


_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _is_text(data: bytes) -> bool:
    if data.startswith(_UTF16_MARKS):
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
    if sample.startswith(_UTF16_MARKS):
        sample = sample.decode("utf-16", "replace").encode()
    lines = [line for line in sample.splitlines()[:20] if line.strip()]
    return bool(lines) and any(sum(mark in line for line in lines) * 2 >= len(lines) for mark in (b",", b"\t", b";"))


def _entropy(sample: bytes) -> float:
    total = len(sample)
    return -sum(n / total * math.log2(n / total) for n in Counter(sample).values()) if total else 0.0


# ---- refusals ----------------------------------------------------------------------------------

_BY_KIND = {
    FileKind.EMPTY: IssueCode.FILE_EMPTY,
    FileKind.OLE_ENCRYPTED: IssueCode.FILE_PASSWORD,
    FileKind.XLSM: IssueCode.FILE_MACROS,
    FileKind.HTML: IssueCode.FILE_NOT_A_WORKBOOK,
    FileKind.XML: IssueCode.FILE_NOT_A_WORKBOOK,
    FileKind.ZIP: IssueCode.FILE_NOT_A_WORKBOOK,
    FileKind.OTHER: IssueCode.FILE_NOT_A_WORKBOOK,
    FileKind.CIPHERTEXT: IssueCode.FILE_COMPANY_ENCRYPTED,
}


def check(data: bytes, kind: FileKind, name: str, limits: ReadLimits) -> Package | Refusal:
    """Return the file's inflated parts (none for formats that are no zip), or why it is not opened."""
    if kind is FileKind.XLSX and name.lower().endswith(_MACRO_NAMES):
        return Refusal(IssueCode.FILE_MACROS)
    code = _BY_KIND.get(kind)
    if code is not None:
        return Refusal(code)
    if kind is FileKind.CSV:
        return Refusal(IssueCode.FILE_TOO_LARGE) if len(data) > limits.csv_bytes else Package()
    if kind in (FileKind.XLS, FileKind.ET):
        return Refusal(IssueCode.FILE_TOO_LARGE) if len(data) > limits.inflated_bytes else Package()
    parts = _inflate(data, limits)
    if isinstance(parts, Refusal):
        return parts
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        return Refusal(IssueCode.FILE_PASSWORD)
    if kind is FileKind.XLSX:
        parts = {part: shortened(content) if "worksheets/" in part else content for part, content in parts.items()}
    refused = _check_xml(parts, limits) if kind is not FileKind.XLSB else None
    return refused or Package(parts)


def _inflate(data: bytes, limits: ReadLimits) -> dict[str, bytes] | Refusal:
    try:
        entries = _entries(data)
    except OverflowingDirectory as error:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": str(error)})
    except _BROKEN_ZIP:
        return Refusal(IssueCode.FILE_EMPTY)
    names = [entry.filename for entry in entries]
    if len(entries) > limits.entries:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{len(entries)} entries"})
    if len(set(names)) != len(names) or any(n.startswith(("/", "\\")) or ".." in n.split("/") for n in names):
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "entry names"})
    if any(entry.flag_bits & 1 for entry in entries):
        return Refusal(IssueCode.FILE_PASSWORD)
    parts: dict[str, bytes] = {}
    left = limits.inflated_bytes
    for entry in entries:
        content = _entry(data, entry, min(left, _allowed(entry, limits)))
        if isinstance(content, Refusal):
            return content
        left -= len(content)
        parts[entry.filename] = content
    return parts


def _allowed(entry: zipfile.ZipInfo, limits: ReadLimits) -> int:
    return max(limits.ratio_floor, entry.compress_size * limits.ratio)


def _entry(data: bytes, entry: zipfile.ZipInfo, most: int) -> bytes | Refusal:
    """Return one entry's content, inflated no further than *most* bytes."""
    at = entry.header_offset
    if data[at : at + 4] != ZIP_MAGIC:
        return Refusal(IssueCode.FILE_EMPTY)
    name_length, extra_length = struct.unpack_from("<HH", data, at + 26) if at + 30 <= len(data) else (0, 0)
    start = at + 30 + name_length + extra_length
    packed = data[start : start + entry.compress_size]
    if len(packed) < entry.compress_size:
        return Refusal(IssueCode.FILE_EMPTY)
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed if len(packed) <= most else Refusal(IssueCode.FILE_TOO_LARGE)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "compression"})
    inflater = zlib.decompressobj(-15)
    try:
        content = inflater.decompress(packed, most + 1)
    except zlib.error:
        return Refusal(IssueCode.FILE_EMPTY)
    if len(content) > most:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": "inflates without end"})
    return content if inflater.eof else Refusal(IssueCode.FILE_EMPTY)


_UNREAD = "customXml/"
"""What other programs keep in a workbook, in whatever charset; no reader of ours opens it."""
_SST = re.compile(rb"<(?:\w+:)?sst\b([^>]*)>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)")
_ATTRIBUTE = re.compile(rb"\s*=\s*(?:'([^'\"<>]*)'|\"([^\"<>]*)\")")
_FAR = re.compile(rb'r="(?![A-C]?[A-Z]?\d{1,4}")')
"""A row or cell right of column CZ or below line 9,999: nearer ones cannot make an extent over the budget."""
_REFERENCE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')


def _check_xml(parts: Mapping[str, bytes], limits: ReadLimits) -> Refusal | None:
    sheets = longest = 0
    for name, content in parts.items():
        if not name.endswith((".xml", ".rels", ".vml")) or name.startswith(_UNREAD):
            continue
        if b"!" in content and (b"<!DOCTYPE" in content or b"<!ENTITY" in content):
            return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "DOCTYPE"})
        if not _is_utf8(content[:200]):
            return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "charset"})
        head = content[:2000]
        if "worksheets/" in name or b"worksheet" in head:
            sheets += len(content)
            refused = _check_sheet(double_quoted(content), limits)
            if refused is not None:
                return refused
        elif found := _SST.search(double_quoted(head)):
            sheets += len(content)
            longest = max([longest, *(int(number[:12]) for number in re.findall(rb'[cC]ount="(\d+)"', found[1]))])
    # a reference takes at least 8 bytes somewhere: a larger count only makes readers allocate
    return Refusal(IssueCode.FILE_TOO_LARGE, {"why": "shared strings"}) if longest > sheets // 8 else None


def _is_utf8(head: bytes) -> bool:
    """Say whether a part that begins with *head* is read as UTF-8 by every reader."""
    declared = _ENCODING.search(head)
    return b"\0" not in head and not (
        head.startswith(_UTF16_MARKS)
        or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"))
    )


def end_of_cells(content: bytes) -> int:
    """Return where a worksheet's cells end; its own end where nothing says so."""
    tag = content.rfind(b"<", 0, max(content.rfind(b"sheetData"), 0))
    return tag if tag >= 0 and content.startswith(b"</", tag) else len(content)


def double_quoted(content: bytes) -> bytes:
    """Return XML with its attributes written the usual way, which is the only one looked for here and in ``scan``."""
    is_usual = not (b"='" in content or b"= " in content or b" =" in content)
    return content if is_usual else _ATTRIBUTE.sub(rb'="\1\2"', content)


def _check_sheet(content: bytes, limits: ReadLimits) -> Refusal | None:
    if content.count(b"mergeCell ") > limits.merges:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": "merged cells"})
    if _FAR.search(content, 0, end_of_cells(content)) is None:
        return None
    rows, columns = _extent(content)
    if rows * columns > limits.cells:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{rows} rows, {columns} columns"})
    return None


def _extent(content: bytes) -> tuple[int, int]:
    """Return the last row and column that any cell names; the declared dimension is not believed."""
    references = _REFERENCE.findall(content)
    rows = max((int(row) for row in {row for _, row in references}), default=0)
    columns = max((_column(letters) for letters in {letters for letters, _ in references}), default=0)
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
