"""
Files made to take all time or all memory, each of a different kind, and texts on which careless patterns run for ever.

Each is built whole in memory by whoever wants it; none is larger than what may come by mail.
"""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial

from daysheet.ingest import tnef
from tests.builders import a_visit
from tests.fuzz.books import File, an_ods, zipped
from tests.fuzz.mails import attached
from tests.fuzz.still import still_workbook
from tests.unit.ingest.files import DECLARATION, a_sheet, an_xlsx, ole, xlsx_parts
from tests.unit.ingest.mails import mail, multipart, part

MIB = 2**20
_NS = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LONGEST_CELL = 32_767
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
Build = Callable[[], File]


def _book(sheet: bytes | None = None, **more: bytes) -> File:
    """Return a workbook of *sheet* and more parts, by their names below xl/ ("workbook" is replaced)."""
    return _packed(xlsx_parts(sheet) | {f"xl/{name}.xml": content for name, content in more.items()})


def _packed(parts: Mapping[str, bytes], name: str = "bomb.xlsx") -> File:
    """
    Return a zip of *parts*, each packed no better than a real one is.

    What shrinks to less than a hundredth is known by that alone; a bomb that is built with care is not.
    """
    return name, _raw_zip([(part, _dense(content), len(content), 8, None) for part, content in parts.items()], parts)


def _dense(content: bytes) -> bytes:
    """Deflate *content*, its last fiftieth not packed at all."""
    split = len(content) - len(content) // 50 - 1
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content[:split]) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = [content[at : at + 0xFFFF] for at in range(split, len(content), 0xFFFF)] or [b""]
    blocks = (struct.pack("<BHH", piece is rest[-1], len(piece), len(piece) ^ 0xFFFF) + piece for piece in rest)
    return packed + b"".join(blocks)


def _many(element: str, number: int, around: str = "{}") -> bytes:
    """Return *element* so often, each with its number, as XML behind the cells."""
    return "".join(element.replace("@", str(at)) for at in range(1, number + 1)).join(around.split("{}")).encode()


def _after_cells(element: str, number: int, around: str) -> File:
    return _book(a_sheet(after=_many(element, number, around).decode()))


# ---- zip -----------------------------------------------------------------------------------------


def _inflating(total: int = 1024 * MIB) -> File:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(total // MIB)) + packer.flush()
    return "bomb.xlsx", _raw_zip([*_stored_parts(), ("xl/worksheets/sheet2.xml", packed, total, 8, None)], xlsx_parts())


def _stored_parts() -> list[tuple[str, bytes, int, int, int | None]]:
    """Return the parts of a whole workbook, so that what is added to them is looked at at all."""
    return [(name, content, len(content), 0, None) for name, content in xlsx_parts().items()]


def _raw_zip(entries: list[tuple[str, bytes, int, int, int | None]], known_as: Mapping[str, bytes] = {}) -> bytes:
    """Return a zip of (name, packed, size, method, place of another's header or None), whatever it means."""
    body, directory, offsets = b"", b"", []
    for name, packed, size, method, place in entries:
        encoded = name.encode()
        crc = zlib.crc32(known_as.get(name, b""))
        known = struct.pack("<HHHHHLLLHH", 20, 0, method, 0, 33, crc, len(packed), size, len(encoded), 0)
        offsets.append(len(body) if place is None else offsets[place])
        if place is None:
            body += b"PK\x03\x04" + known + encoded + packed
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + known + bytes(10) + struct.pack("<L", offsets[-1]) + encoded
        )
    number = min(len(entries), 0xFFFF)
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number, number, len(directory), len(body), 0)


def _overlapping() -> File:
    """Two thousand entries whose content is the same megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(MIB)) + packer.flush()
    listed = [*_stored_parts(), ("xl/worksheets/s.xml", packed, MIB, 8, None)]
    listed += [(f"xl/worksheets/s{at}.xml", packed, MIB, 8, len(listed) - 1) for at in range(1900)]
    return "bomb.xlsx", _raw_zip(
        listed, xlsx_parts() | dict.fromkeys((name for name, *_ in listed[-1901:]), bytes(MIB))
    )


def _nested_zip() -> File:
    content = zipped({"x": bytes(10 * MIB)})
    for _ in range(30):
        content = zipped(xlsx_parts() | {"xl/embeddings/b.xml": content, "xl/embeddings/b.zip": content[: MIB // 4]})
    return "bomb.xlsx", content


def _quine_like() -> File:
    """A zip whose entry is stored and begins with the very same headers, each entry holding the rest."""
    listed: list[tuple[str, bytes, int, int, int | None]] = [("xl/workbook.xml", b"", 0, 0, None)]
    whole = _raw_zip(listed)
    for _ in range(12):
        whole = _raw_zip(
            [("xl/workbook.xml", whole, len(whole), 0, None), ("[Content_Types].xml", whole, len(whole), 0, 0)]
        )
    return "bomb.xlsx", whole


def _many_parts(number: int) -> File:
    return "bomb.xlsx", zipped(xlsx_parts() | {f"xl/media/{at}.png": b"" for at in range(number)})


def _zip64_lies() -> File:
    """A directory that says by its 64-bit fields that everything is endless."""
    book = an_xlsx()
    start = book.index(b"PK\x01\x02")
    end = book.index(b"PK\x05\x06")
    endless = 2**63 - 1
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, endless, endless, endless, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return "bomb.xlsx", book[:end] + record + locator + last


def _zip64_sizes() -> File:
    """A workbook whose last part is said to be 2**60 bytes, in the 64-bit fields of its entry in the directory."""
    book = bytearray(an_xlsx())
    entry, end = book.rindex(b"PK\x01\x02"), book.index(b"PK\x05\x06")
    extra = struct.pack("<2H2Q", 1, 16, 2**60, 2**60)
    name_length = struct.unpack_from("<H", book, entry + 28)[0]
    struct.pack_into("<LL2xH", book, entry + 20, 0xFFFFFFFF, 0xFFFFFFFF, len(extra))
    struct.pack_into("<L", book, end + 12, struct.unpack_from("<L", book, end + 12)[0] + len(extra))
    at = entry + 46 + name_length
    return "bomb.xlsx", bytes(book[:at] + extra + book[at:])


# ---- entities ------------------------------------------------------------------------------------


def _with_doctype(doctype: str, used: str) -> File:
    body = a_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{used}</t></is></c></row>').partition(b"?>\n")[2]
    return _book(DECLARATION + doctype.encode() + body)


def _laughs() -> File:
    rest = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return _with_doctype(f'<!DOCTYPE x [<!ENTITY l0 "ha">{rest}]>', "&l11;")


def _quadratic() -> File:
    return _with_doctype(f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>', "&a;" * 100_000)


def _external() -> File:
    return _with_doctype('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///dev/zero">]>', "&a;")


def _external_dtd() -> File:
    return _with_doctype(
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>', "x"
    )


# ---- sheets --------------------------------------------------------------------------------------


def _rows(number: int, cell: str = '<c r="A@"><v>1</v></c>') -> File:
    return _book(a_sheet(_many(f'<row r="@">{cell}</row>', number).decode()))


def _wide(rows: int) -> File:
    row = "".join(f"<c><v>{at}</v></c>" for at in range(16_384))
    return _book(a_sheet("".join(f"<row>{row}</row>" for _ in range(rows))))


def _no_references(number: int) -> File:
    """Cells that do not say where they are, so that no extent is seen before they are read."""
    return _book(a_sheet("<row><c><v>1</v></c></row>" * number))


def _strings(number: int, text: str, cells: int, columns: int = 15) -> File:
    """A few shared strings, each referred to by very many cells."""
    shared = DECLARATION + b"<sst " + _NS + b">" + f"<si><t>{text}</t></si>".encode() * number + b"</sst>"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:columns]
    rows = (
        f'<row r="{row}">' + "".join(f'<c r="{letter}{row}" t="s"><v>0</v></c>' for letter in letters) + "</row>"
        for row in range(1, cells // columns + 1)
    )
    parts = xlsx_parts(a_sheet("".join(rows))) | {"xl/sharedStrings.xml": shared}
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'sharedStrings" '
        b'Target="sharedStrings.xml"/></Relationships>',
    )
    return _packed(parts)


def _lying_count() -> File:
    return _book(sharedStrings=DECLARATION + b"<sst " + _NS + b' count="4294967295" uniqueCount="4294967295"></sst>')


def _styles(number: int) -> File:
    fonts = b"<fonts>" + b'<font><sz val="11"/></font>' * 3 + b"</fonts>"
    formats = b"<cellXfs>" + b'<xf numFmtId="14" fontId="2"/>' * number + b"</cellXfs>"
    return _book(styles=DECLARATION + b"<styleSheet " + _NS + b">" + fonts + formats + b"</styleSheet>")


def _number_formats(number: int) -> File:
    listed = _many('<numFmt numFmtId="@" formatCode="[$-804]yyyy/m/d;@"/>', number, "<numFmts>{}</numFmts>")
    return _book(styles=DECLARATION + b"<styleSheet " + _NS + b">" + listed + b"</styleSheet>")


def _names(number: int) -> File:
    parts = xlsx_parts()
    listed = _many('<definedName name="n@">Sheet!$A$1</definedName>', number, "<definedNames>{}</definedNames>")
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", listed + b"</workbook>")
    return _packed(parts)


def _sheets(number: int) -> File:
    parts = xlsx_parts()
    listed = _many('<sheet name="s@" sheetId="@" r:id="rId1"/>', number)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", listed + b"</sheets>")
    return _packed(parts)


def _relations(number: int) -> File:
    parts = xlsx_parts()
    listed = _many('<Relationship Id="x@" Type="t" Target="worksheets/sheet1.xml"/>', number)
    key = "xl/_rels/workbook.xml.rels"
    parts[key] = parts[key].replace(b"</Relationships>", listed + b"</Relationships>")
    return _packed(parts)


def _properties(number: int) -> File:
    listed = _many('<property name="p@"><vt:lpwstr>x</vt:lpwstr></property>', number, "<Properties>{}</Properties>")
    return _packed(xlsx_parts() | {"docProps/custom.xml": DECLARATION + listed})


def _comments(number: int) -> File:
    listed = _many('<comment ref="A@"><text><t>x</t></text></comment>', number, "<commentList>{}</commentList>")
    return _book(comments1=DECLARATION + b"<comments " + _NS + b">" + listed + b"</comments>")


def _deep(number: int) -> File:
    return _book(a_sheet(f"<row><c><is>{'<r>' * number}{'</r>' * number}</is></c></row>"))


def _one_cell(text: str) -> File:
    return _book(a_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'))


def _runs(number: int) -> File:
    return _book(a_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is>{"<r><t>a</t></r>" * number}</is></c></row>'))


def _numbers() -> File:
    texts = ["1" * 1_000_000, "0." + "3" * 1_000_000, "1e308", "1e999999", "-1e-999999", "9" * 309, "Infinity", "NaN"]
    cells = "".join(f'<c r="{letter}1"><v>{text}</v></c>' for letter, text in zip("ABCDEFGH", texts, strict=True))
    return _book(a_sheet(f'<row r="1">{cells}</row>'))


def _dates(number: int) -> File:
    """Numbers shown as dates, at and beyond the ends of what a date may be."""
    serials = (
        "-1",
        "0",
        "60",
        "0.99999999999",
        "2958465.999",
        "2958466",
        "1e9",
        "1e308",
        "-1e308",
        "1e-320",
        "9" * 300,
    )
    cells = "".join(f'<c s="1"><v>{serials[at % len(serials)]}</v></c>' for at in range(number))
    formats = b'<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    styles = DECLARATION + b"<styleSheet " + _NS + b">" + formats + b"</styleSheet>"
    return _book(a_sheet(cells.replace("<c ", "<row><c ").replace("</c>", "</c></row>")), styles=styles)


def _chain(number: int) -> File:
    """Formulas each of which needs the one before it, all of them shared ones of one."""
    first = f'<row r="1"><c r="A1"><f t="shared" ref="A1:A{number}" si="0">A2+1</f><v>1</v></c></row>'
    rest = _many('<row r="@0"><c r="A@0"><f t="shared" si="0"/><v>1</v></c></row>', number).decode()
    return _book(a_sheet(first + rest))


def _drawings(number: int) -> File:
    listed = _many(
        '<xdr:twoCellAnchor><xdr:pic><a:blip r:embed="rId@"/></xdr:pic></xdr:twoCellAnchor>', number, "<x>{}</x>"
    )
    return _packed(xlsx_parts() | {"xl/drawings/drawing1.xml": DECLARATION + listed})


def _formulas(number: int, formula: str) -> File:
    return _rows(number, f'<c r="A@"><f>{formula}</f><v></v></c>')


def _attributes(number: int) -> File:
    listed = " ".join(f'a{at}="1"' for at in range(number))
    return _book(a_sheet(f"<row {listed}><c><v>1</v></c></row>"))


def _long_attribute(number: int) -> File:
    return _book(a_sheet(f'<row r="1" x="{"r=" * number}"><c r="A1"><v>1</v></c></row>'))


def _open_tags(opening: bytes, number: int) -> File:
    """Tags that begin and never end: for whoever looks for the end of each."""
    return _book(a_sheet().replace(b"</sheetData>", opening * number + b"</sheetData>"))


# ---- other formats -------------------------------------------------------------------------------


def _ods(rows: int, columns: int, *, filled: bool = True) -> File:
    content = zipfile.ZipFile(io.BytesIO(an_ods())).read("content.xml").decode()
    inside = ">x</table:table-cell>" if filled else "/>"
    cell = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}"{inside}'
    bomb = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row></table:table>'
    changed = content.replace("</table:table>", bomb, 1).encode()
    return _packed({"mimetype": _ODS, "content.xml": changed}, "bomb.ods")


def _ods_rows(number: int) -> File:
    content = zipfile.ZipFile(io.BytesIO(an_ods())).read("content.xml").decode()
    row = '<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    changed = content.replace("</table:table>", row * number + "</table:table>", 1).encode()
    return _packed({"mimetype": _ODS, "content.xml": changed}, "bomb.ods")


def _xls(megabytes: int) -> File:
    """A compound file whose allocation table runs in a circle, with a stream that never ends."""
    table = struct.pack("<128L", *(at % 7 for at in range(128)))
    return "bomb.xls", ole("Workbook", content=table) + table * (megabytes * MIB // 512)


def _xlsb(megabytes: int) -> File:
    return _packed(xlsx_parts() | {"xl/workbook.bin": b"\x00\x01\xff" * (megabytes * MIB // 3)}, "bomb.xlsb")


def _encrypted(megabytes: int) -> File:
    """A compound file that says it holds an encrypted package of so much."""
    return "bomb.xlsx", ole("EncryptionInfo", "EncryptedPackage", content=bytes(range(256)) * (megabytes * 4096))


# ---- mails ---------------------------------------------------------------------------------------

_HEADS = ("Message-ID: <bomb@corp.example>", "Subject: bomb")


def _mail(*headers: str | bytes, body: bytes = b"") -> File:
    return "bomb.eml", mail(*headers, *_HEADS, body=body)


def _deep_mail(depth: int) -> File:
    raw = part(b"x", "Content-Type: text/plain")
    for at in range(depth):
        raw = multipart(raw, boundary=f"=_{at}", headers=_HEADS if at == depth - 1 else ())
    return "bomb.eml", raw


def _forwarded(depth: int) -> File:
    raw = mail(*_HEADS)
    for _ in range(depth):
        raw = mail("Content-Type: message/rfc822", body=raw)
    return "bomb.eml", raw


def _many_mail_parts(number: int) -> File:
    return "bomb.eml", multipart(*[b"\r\nx"] * number, headers=_HEADS)


def _winmail(content: bytes) -> File:
    return "bomb.eml", multipart(attached(tnef.MAGIC + b"\x01\x00" + content, "filename=winmail.dat"), headers=_HEADS)


def _tnef_attributes() -> File:
    return _winmail(
        struct.pack("<BII", 2, 0x00069002, 0) + b"\0\0" + struct.pack("<BIIcH", 2, 0x6800F, 1, b"x", 0) * 1_200_000
    )


def _tnef_properties(listed: bytes) -> File:
    return _winmail(struct.pack("<BII", 2, 0x00069005, len(listed)) + listed + b"\0\0")


def _encoded(kind: str, body: bytes, content_type: str = "application/octet-stream; name=a.xlsx") -> File:
    return _mail(f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {kind}", body=body)


def _boundaries(number: int) -> File:
    """A body of lines that all but are the boundary."""
    name = "=_" + "x" * 60
    return "bomb.eml", mail(
        f'Content-Type: multipart/mixed; boundary="{name}"',
        *_HEADS,
        body=(b"--" + name[:-1].encode() + b"\r\n") * number,
    )


def _in_a_mail(build: Build, copies: int) -> File:
    name, content = build()
    return "bomb.eml", multipart(*[attached(content, f"filename={at}-{name}") for at in range(copies)], headers=_HEADS)


# ---- texts ---------------------------------------------------------------------------------------

TEXTS: Mapping[str, str] = {
    "digits": "1" * _LONGEST_CELL,
    "spaces": "a" + " " * (_LONGEST_CELL - 2) + "a",
    "brackets": "(" * _LONGEST_CELL,
    "pairs": "()" * (_LONGEST_CELL // 2),
    "nested": "（(" * 8000 + "）)" * 8000,
    "groups": "1,234" + ",234" * 8000 + "x",
    "phones": "0571-8700 0000 / " * 1900,
    "phone-like": "1 " * (_LONGEST_CELL // 2),
    "dates": "2026-03-0" * 3600,
    "date-words": "Mar " * 8000,
    "at-signs": "a@" * (_LONGEST_CELL // 2),
    "host": "a@" + "a." * 16_000 + "!",
    "companies": "杭州有限公司" * 5400,
    "branches": "分公司第二" * 6500,
    "university": "大学" * 10_000 + "附属",
    "places": "杭州市西湖区" * 5400,
    "banks": "中国工商银行股份有限公司" * 2700,
    "co": "Co., Ltd. " * 3200,
    "initials": "A. " * 10_000,
    "quotes": "'" * _LONGEST_CELL,
    "dashes": "-" * _LONGEST_CELL,
    "colons": "客户：" * 10_000,
    "replies": "Re: " * 8000 + "回复：" * 100,
    "verdicts": " – " * 10_000,
    "on-wrote": "on " + "a " * 15_000 + "wrote",
    "writes": "在" * 16_000 + "写道",
    "zero-width": "\u200b" * _LONGEST_CELL,
    "combining": "a" + "\u0301" * (_LONGEST_CELL - 1),
    "expanding": "\ufdfa" * _LONGEST_CELL,
    "newlines": "\n" * _LONGEST_CELL,
    "links": "https://pan.baidu.com/" * 1400,
    "encoded-words": "=?utf-8?q?a?= " * 2300,
    "units": "万元(" * 8000,
    "ampersands": "&amp;" * 6000,
    "underscores": "_x0041_" * 4600,
    "emails": "a.b@c.example;" * 2300,
}
"""Each a cell's worth of what some pattern of ours looks for, again and again, and never quite right."""


def _text(words: str) -> File:
    """Return a mail with *words* as its subject, its sender's name, its body, a file's name and in every cell."""
    rows = [dict.fromkeys(a_visit(), words) | {"visit_date": "2026-03-04"}, dict.fromkeys(a_visit(), words)]
    rows += [a_visit(customer=words), a_visit(contact=words), a_visit(phone=words), a_visit(content=words)]
    shortened = words.replace("\n", " ")[:8000]
    book = still_workbook([dict(row.items()) for row in rows])
    subject = base64.b64encode(words.encode("utf-8", "replace")).decode()
    line = words.replace("\n", " ").encode()
    return "bomb.eml", multipart(
        part(line * 4, "Content-Type: text/plain; charset=utf-8"),
        part(line * 4, "Content-Type: text/html; charset=utf-8"),
        attached(book, f'filename="{shortened[:2000]}.xlsx"'),
        headers=[f"Subject: =?utf-8?B?{subject}?=", f"In-Reply-To: {shortened}", f"References: {shortened}"],
    )


# ---- all of them ---------------------------------------------------------------------------------

_A = "a" * 30
BOMBS: Mapping[str, Build] = {
    # zip
    "inflate-1-gib": _inflating,
    "inflate-many-entries": lambda: (
        "bomb.xlsx",
        zipped(xlsx_parts() | {f"xl/worksheets/{at}.xml": bytes(MIB) for at in range(300)}),
    ),
    "overlapping-members": _overlapping,
    "nested-zip": _nested_zip,
    "quine-like-zip": _quine_like,
    "10k-parts": partial(_many_parts, 10_000),
    "60k-parts": partial(_many_parts, 60_000),
    "zip64-directory-that-lies": _zip64_lies,
    "zip64-sizes-that-lie": _zip64_sizes,
    # entities
    "billion-laughs": _laughs,
    "quadratic-entities": _quadratic,
    "external-entity": _external,
    "external-dtd": _external_dtd,
    # sheets
    "1m-rows": partial(_rows, 1_000_000),
    "190k-rows": partial(_rows, 190_000),
    "1m-empty-rows": partial(_rows, 1_000_000, ""),
    "1m-hidden-rows": lambda: _book(a_sheet(_many('<row r="@" hidden="1"/>', 1_000_000).decode())),
    "16k-columns-by-200": partial(_wide, 200),
    "500k-rows-without-references": partial(_no_references, 500_000),
    "2m-rows-without-references": partial(_no_references, 2_000_000),
    "two-far-corners": lambda: _book(a_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')),
    "whole-sheet-merge": lambda: _book(a_sheet(after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
    "1m-merges": partial(_after_cells, '<mergeCell ref="A@:C@"/>', 1_000_000, "<mergeCells>{}</mergeCells>"),
    "500k-styles": partial(_styles, 500_000),
    "1m-styles": partial(_styles, 1_000_000),
    "500k-number-formats": partial(_number_formats, 500_000),
    "700k-shared-strings": partial(_strings, 700_000, "x", 15),
    "1m-shared-strings": partial(_strings, 1_000_000, "x", 15),
    "shared-strings-that-lie": _lying_count,
    "one-string-in-30k-cells": partial(_strings, 1, "长" * _LONGEST_CELL, 30_000),
    "one-string-in-160-cells": partial(_strings, 1, "长" * _LONGEST_CELL, 160),
    "one-string-in-1500-cells": partial(_strings, 1, "长" * _LONGEST_CELL, 1500),
    "19k-defined-names": partial(_names, 19_000),
    "1m-defined-names": partial(_names, 1_000_000),
    "180k-conditional-formats": partial(
        _after_cells, '<conditionalFormatting sqref="A@"><cfRule type="x"/></conditionalFormatting>', 180_000, "{}"
    ),
    "1m-conditional-formats": partial(
        _after_cells, '<conditionalFormatting sqref="A@"><cfRule type="x"/></conditionalFormatting>', 600_000, "{}"
    ),
    "1m-data-validations": partial(
        _after_cells, '<dataValidation type="list" sqref="A@"/>', 1_000_000, "<dataValidations>{}</dataValidations>"
    ),
    "300k-data-validations": partial(
        _after_cells, '<dataValidation type="list" sqref="A@"/>', 300_000, "<dataValidations>{}</dataValidations>"
    ),
    "1m-hyperlinks": partial(_after_cells, '<hyperlink ref="A@"/>', 1_000_000, "<hyperlinks>{}</hyperlinks>"),
    "1m-comments": partial(_comments, 1_000_000),
    "20k-sheets": partial(_sheets, 20_000),
    "800k-sheets": partial(_sheets, 800_000),
    "500k-relations": partial(_relations, 500_000),
    "500k-properties": partial(_properties, 500_000),
    "16k-columns-by-15": partial(_wide, 15),
    "xml-1m-deep": partial(_deep, 1_000_000),
    "xml-8m-deep": partial(_deep, 8_000_000),
    "one-cell-of-15-mib": lambda: _one_cell("x" * (15 * MIB)),
    "one-cell-of-60-mib": lambda: _one_cell("x" * (60 * MIB)),
    "one-cell-of-10m-zero-width": lambda: _one_cell("\u200b" * 10_000_000),
    "700k-runs-in-one-cell": partial(_runs, 700_000),
    "3m-runs-in-one-cell": partial(_runs, 3_000_000),
    "numbers-of-a-million-digits": _numbers,
    "dates-beyond-all-calendars": partial(_dates, 100_000),
    "chain-of-40k-formulas": partial(_chain, 40_000),
    "chain-of-300k-formulas": partial(_chain, 300_000),
    "100k-drawings": partial(_drawings, 100_000),
    "1m-drawings": partial(_drawings, 1_000_000),
    "nested-formula": partial(_formulas, 1, "(" * 1_000_000 + ")" * 1_000_000),
    "49k-formulas": partial(_formulas, 49_000, "SUM(A1:A2)"),
    "500k-formulas": partial(_formulas, 500_000, "SUM(A1:A2)"),
    "400k-attributes": partial(_attributes, 400_000),
    "1m-attributes": partial(_attributes, 1_000_000),
    "attribute-of-20-mib": partial(_long_attribute, 10 * MIB),
    "open-cells": partial(_open_tags, b"<c ", 1_000_000),
    "open-cells-with-errors": partial(_open_tags, b'<c t="e" r="A1">', 500_000),
    "open-merges": partial(_open_tags, b"<mergeCell", 1_000_000),
    "hidden-without-end": partial(_open_tags, b'<row hidden="1"', 1_000_000),
    # other formats
    "ods-repeated": partial(_ods, 1_048_576, 16_384),
    "ods-repeated-empty": partial(_ods, 1_048_576, 16_384, filled=False),
    "ods-repeated-just-allowed": partial(_ods, 500, 400),
    "ods-110k-rows": partial(_ods_rows, 110_000),
    "ods-600k-rows": partial(_ods_rows, 600_000),
    "csv-without-line-breaks": lambda: ("bomb.csv", b"a," + b"x" * (25 * MIB)),
    "csv-one-line-of-15-mib": lambda: ("bomb.csv", b"a,b\n" + b"x" * (15 * MIB)),
    "csv-15-mib-of-commas": lambda: ("bomb.csv", b"a,b\n" + b"," * (15 * MIB)),
    "csv-15m-empty-lines": lambda: ("bomb.csv", b"a,b\n" + b"\n" * (15 * MIB)),
    "csv-of-120k-rows": lambda: ("bomb.csv", b"a,b\n" * 120_000),
    "csv-7-mib-of-one-line": lambda: ("bomb.csv", b"a,b\n" + b"x," * (3 * MIB)),
    "csv-of-1m-rows": lambda: ("bomb.csv", b"a,b\n" * 1_000_000),
    "csv-of-4m-rows": lambda: ("bomb.csv", b"a,b\n" * 4_000_000),
    "csv-quote-never-closed": lambda: ("bomb.csv", b'a,b\n"' + b"x\n" * (7 * MIB)),
    "csv-gb18030": lambda: ("bomb.csv", b"a,b\n" + "㐀,\n".encode("gb18030") * 2_000_000),
    "csv-utf-16": lambda: ("bomb.csv", b"\xff\xfe" + "a,b\n".encode("utf-16-le") * 1_900_000),
    "html-table": lambda: ("bomb.xls", b"<html><table>" + b"<tr><td>1</td></tr>" * 1_300_000),
    "encrypted-of-20-mib": partial(_encrypted, 20),
    "xls-in-a-circle": partial(_xls, 20),
    "xlsb-of-60-mib": partial(_xlsb, 60),
    "xlsb-of-15-mib": partial(_xlsb, 15),
    # mails
    "mime-500-deep": partial(_deep_mail, 500),
    "forwarded-500-deep": partial(_forwarded, 500),
    "10k-mime-parts": partial(_many_mail_parts, 10_000),
    "1m-headers": lambda: _mail(*["X: y"] * 1_000_000),
    "header-of-20-mib": lambda: _mail("X: " + "y" * (20 * MIB)),
    "folded-header": lambda: _mail("X: y" + "\r\n y" * 60_000),
    "1m-recipients": lambda: _mail("To: " + ", ".join(["a@corp.example"] * 1_000_000)),
    "15k-recipients": lambda: _mail("To: " + ", ".join(["a@corp.example"] * 15_000)),
    "15k-senders": lambda: _mail("To: x", "From: " + ", ".join(f"a{at}@corp.example" for at in range(12_000))),
    "comments-in-from": lambda: _mail("From: " + "(" * 200_000),
    "angles-in-from": lambda: _mail("From: " + "<" * 200_000),
    "20k-references": lambda: _mail("References: " + "<a@b> " * 40_000),
    "encoded-words": lambda: _mail("Subject: " + "=?utf-8?Q?a?= " * 17_000),
    "encoded-words-of-many-charsets": lambda: _mail("Subject: " + "=?big5?Q?=a4?= =?gbk?Q?=a4?= " * 8000),
    "parameters": lambda: _mail("Content-Type: text/plain" + "; a=b" * 1600),
    "parameters-of-encoded-words": lambda: _mail("Content-Disposition: attachment; filename=" + "=?a?q??= " * 900),
    "continued-parameter": lambda: _mail("Content-Type: a/b" + "".join(f"; name*{n}*=x" for n in range(550))),
    "content-fields": lambda: _mail(body=(b"Content-Type: text/plain; boundary=" + b"x" * 100 + b"\r\n") * 100_000),
    "boundaries": partial(_boundaries, 350_000),
    "base64-of-24-mib": lambda: _encoded("base64", (b"A" * 76 + b"\r\n") * (24 * MIB // 78)),
    "base64-of-garbage": lambda: _encoded("base64", bytes(range(256)) * (24 * MIB // 256)),
    "base64-in-one-line": lambda: _encoded("base64", b"A" * (24 * MIB)),
    "quoted-printable-of-24-mib": lambda: _encoded("quoted-printable", b"=3D" * (8 * MIB)),
    "uuencoded": lambda: _encoded("x-uuencode", b"begin 644 a\n" + (b"M" + b"!" * 60 + b"\n") * 380_000),
    "450k-lines": lambda: _mail(body=b"a\r\n" * 450_000),
    "carriage-returns": lambda: _mail(body=b"\r" * (24 * MIB)),
    "body-of-24-mib-utf-7": lambda: _encoded("8bit", b"+AGE-" * (4 * MIB), "text/plain; charset=utf-7"),
    "body-of-24-mib-gb18030": lambda: _encoded("8bit", b"\x81\x30\x81\x30" * (6 * MIB), "text/plain; charset=gb18030"),
    "html-of-open-tags": lambda: _encoded("8bit", b"<" * (20 * MIB), "text/html"),
    "html-of-comments": lambda: _encoded("8bit", b"<!--" * (5 * MIB), "text/html"),
    "html-of-entities": lambda: _encoded("8bit", b"&#1;&lt" * (3 * MIB), "text/html"),
    "links": lambda: _encoded("8bit", b"https://" * (2 * MIB), "text/plain"),
    "tnef-attributes": _tnef_attributes,
    "tnef-values": lambda: _tnef_properties(struct.pack("<IHHI", 1, 0x101F, 0x3707, 0xFFFFFFFF) + bytes(12 * MIB)),
    "tnef-properties": lambda: _tnef_properties(
        struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHI", 3, 1, 1) * 1_500_000
    ),
    "five-inflate-bombs": partial(_in_a_mail, _inflating, 5),
    "99-workbooks": partial(_in_a_mail, lambda: ("a.xlsx", an_xlsx()), 99),
    **{f"text-{name}": partial(_text, words) for name, words in TEXTS.items()},
}
