"""
Whether a file may be opened at all.

Everything is decided before a reader sees the file: the zip directory, every byte that comes out of
it (counted while inflating, never believed from the directory), and the few things in the XML that
make readers allocate without bound.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from daysheet.ingest.kinds import (
    BROKEN_ZIP,
    OLE_MAGIC,
    UTF16_MARKS,
    ZIP_MAGIC,
    OverflowingDirectory,
    entries,
    identify,
)
from daysheet.ingest.repack import shortened
from daysheet.model.issues import IssueCode
from daysheet.model.mail import FileKind
from daysheet.model.rows import Refusal

__all__ = ["OLE_MAGIC", "Package", "ReadLimits", "check", "double_quoted", "end_of_cells", "identify"]


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
    parsed_bytes: int = 16 * 2**20  # of all parts that a reader parses, without the empty rows below the data
    rows: int = 200_000  # of all sheets together
    filled: int = 250_000  # cells that hold something, of all sheets together
    formulas: int = 50_000  # of all sheets together; each is looked at for its result
    text_bytes: int = 16 * 2**20  # of all cells together: one long text may be shown by very many
    tags_listing: int = 40_000  # of sheets, names, relations and properties
    csv_bytes: int = 8 * 2**20
    memory_bytes: int = 512 * 2**20
    cpu_seconds: int = 5
    wall_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of an OOXML or ODF file that are read, inflated; sheets without the empty rows at their end."""

    parts: Mapping[str, bytes] = field(default_factory=dict)


_MACRO_NAMES = (".xlsm", ".xltm", ".xlam")
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
    if kind in (FileKind.CSV, FileKind.XLS, FileKind.ET):
        most = limits.csv_bytes if kind is FileKind.CSV else limits.inflated_bytes
        too_large = Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{len(data) / 2**20:.1f} MiB"})
        return too_large if len(data) > most else Package()
    parts = _inflate(data, limits)
    if isinstance(parts, Refusal):
        return parts
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        return Refusal(IssueCode.FILE_PASSWORD)
    if kind is FileKind.XLSX:
        parts = {part: shortened(content) if "worksheets/" in part else content for part, content in parts.items()}
    if (size := sum(map(len, parts.values()))) > limits.parsed_bytes:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{size / 2**20:.1f} MiB of cells"})
    refused = _check_xml(parts, limits) if kind is not FileKind.XLSB else None
    if refused is None and kind is FileKind.ODS:
        refused = _check_repeats(parts["content.xml"], limits)
    return refused or Package(parts)


_PARSED = (".xml", ".rels", ".vml", ".bin", "mimetype")


def _inflate(data: bytes, limits: ReadLimits) -> dict[str, bytes] | Refusal:
    try:
        listed = entries(data)
    except OverflowingDirectory as error:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": str(error)})
    except BROKEN_ZIP:
        return Refusal(IssueCode.FILE_EMPTY)
    names = [entry.filename for entry in listed]
    if len(listed) > limits.entries:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{len(listed)} entries"})
    if len(set(names)) != len(names) or any(n.startswith(("/", "\\")) or ".." in n.split("/") for n in names):
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "entry names"})
    if any(entry.flag_bits & 1 for entry in listed):
        return Refusal(IssueCode.FILE_PASSWORD)
    parts: dict[str, bytes] = {}
    left = limits.inflated_bytes
    for entry in listed:
        if not entry.filename.lower().endswith(_PARSED):
            continue  # a picture, a printer's settings: no reader of ours opens them
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
        content, is_whole = packed, True
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(packed, most + 1)
        except zlib.error:
            return Refusal(IssueCode.FILE_EMPTY)
        is_whole = inflater.eof
    else:
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "compression"})
    if len(content) > most:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": "inflates without end"})
    # a flipped bit may well inflate, to another figure in some cell
    return content if is_whole and zlib.crc32(content) == entry.CRC else Refusal(IssueCode.FILE_EMPTY)


_UNREAD = "customXml/"
"""What other programs keep in a workbook, in whatever charset; no reader of ours opens it."""
_SST = re.compile(rb"<(?:\w+:)?sst\b([^>]*)>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)")
_ATTRIBUTE = re.compile(rb"\s*=\s*(?:'([^'\"<>]*)'|\"([^\"<>]*)\")")
_SPACE_AFTER, _SPACE_BEFORE = re.compile(b"= "), re.compile(b" =")  # quicker than "in" for two bytes
_FAR = re.compile(rb'r="(?![A-C]?[A-Z]?\d{1,4}")')
"""A row or cell right of column CZ or below line 9,999: nearer ones cannot make an extent over the budget."""
_REFERENCE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')


def _check_xml(parts: Mapping[str, bytes], limits: ReadLimits) -> Refusal | None:
    sheets: dict[str, bytes] = {}
    longest, strings = 0, b""
    for name, content in parts.items():
        if not name.endswith((".xml", ".rels", ".vml")) or name.startswith(_UNREAD):
            continue
        if b"!" in content and (b"<!DOCTYPE" in content or b"<!ENTITY" in content):
            return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "DOCTYPE"})
        if not _is_utf8(content[:200]):
            return Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "charset"})
        head = content[:1000]
        if "worksheets/" in name or b"worksheet" in head:
            sheets[name] = double_quoted(content)
            refused = _check_sheet(sheets[name], limits)
            if refused is not None:
                return refused
        elif b"sst" in head and (found := _SST.search(double_quoted(head))):
            strings = content
            longest = max([longest, *(int(number[:12]) for number in re.findall(rb'[cC]ount="(\d+)"', found[1]))])
    # a reference takes at least 8 bytes somewhere: a larger count only makes readers allocate
    if longest > (len(strings) + sum(map(len, sheets.values()))) // 8:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": "shared strings"})
    return _check_names(parts, limits) or _check_filled(tuple(sheets.values()), strings, limits)


_NAMING = ("workbook.xml", "workbook.xml.rels", "docProps/custom.xml")


def _check_names(parts: Mapping[str, bytes], limits: ReadLimits) -> Refusal | None:
    """Refuse what lists more than any workbook has: readers keep all of it, and so does ``scan``."""
    listed = sum(content.count(b"<") for name, content in parts.items() if name.endswith(_NAMING))
    return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{listed} names"}) if listed > limits.tags_listing else None


_ROWS, _FILLED = (b"<row", b":row"), (b"</c>", b":c>")
_FORMULAS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")
_STRING = re.compile(rb"<(?:\w{1,20}:)?si[\s/>]")
_SHOWN = re.compile(rb't="s"[^<>]*>\s*<(?:\w{1,20}:)?v>(\d{1,9})<')


def _check_filled(sheets: Sequence[bytes], strings: bytes, limits: ReadLimits) -> Refusal | None:
    """Refuse more rows, cells or text than can be handed over quickly, of all sheets together."""
    rows, filled, formulas = (_count(sheets, elements) for elements in (_ROWS, _FILLED, _FORMULAS))
    if rows > limits.rows or filled > limits.filled or formulas > limits.formulas:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{rows} rows, {filled} cells, {formulas} formulas"})
    sizes = [len(string) for string in _STRING.split(strings)[1:]]
    if max(sizes, default=0) * filled <= limits.text_bytes:
        return None
    numbers = (int(number) for sheet in sheets for number in _SHOWN.findall(sheet))
    text = sum(sizes[number] for number in numbers if number < len(sizes))
    is_too_long = text > limits.text_bytes
    return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{text / 2**20:.1f} MiB of text"}) if is_too_long else None


def _count(sheets: Sequence[bytes], elements: Sequence[bytes]) -> int:
    """Return how often any of *elements* stands in *sheets*; a pattern would take ten times as long."""
    return sum(sheet.count(element) for sheet in sheets for element in elements)


def _is_utf8(head: bytes) -> bool:
    """Say whether a part that begins with *head* is read as UTF-8 by every reader."""
    declared = _ENCODING.search(head)
    return b"\0" not in head and not (
        head.startswith(UTF16_MARKS)
        or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"))
    )


def end_of_cells(content: bytes) -> int:
    """Return where a worksheet's cells end; its own end where nothing says so."""
    tag = content.rfind(b"<", 0, max(content.rfind(b"sheetData"), 0))
    return tag if tag >= 0 and content.startswith(b"</", tag) else len(content)


def double_quoted(content: bytes) -> bytes:
    """
    Return XML with its attributes written the usual way, which is the only one looked for here and in ``scan``.

    A program writes them all alike, so its first ones tell. What changes its manner later gets past these checks, and
    the reader's child has its limits.
    """
    first = content[:600].partition(b"?>")
    head = first[2] or first[0]
    is_usual = not (b"='" in head or b"= " in head or b" =" in head)
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


_ODS_ELEMENT = re.compile(rb"<(?:\w+:)?table-(row|cell)\b([^>]*)>")
_ODS_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d{1,12})')


def _check_repeats(content: bytes, limits: ReadLimits) -> Refusal | None:
    """Refuse an ODS sheet whose filled cells, each written once and repeated, are more than may be read."""
    rows, cells, lines = 1, 0, 0
    for element, attributes in _ODS_ELEMENT.findall(double_quoted(content)):
        found = _ODS_REPEATED.search(attributes)
        times = int(found[1]) if found else 1
        if element == b"row":
            rows, lines = times, lines + 1
        elif not attributes.endswith(b"/"):  # an empty one ends here, and is repeated to the end of the sheet
            cells += rows * times
    is_too_large = cells > limits.filled or lines > limits.rows
    return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{lines} rows, {cells} cells"}) if is_too_large else None


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
