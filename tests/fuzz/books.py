"""
Workbooks as they should not be: our own ones, and others where there are any, broken in ways that are drawn by a seed.

On four levels: the bytes, the zip directory, the parts and their XML, the values of cells.
"""

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from daysheet.model.text import Language
from daysheet.templates_xlsx.package import parts_of
from tests.builders import a_deal, a_plan, a_visit
from tests.fuzz.still import still_workbook, stilled
from tests.unit.ingest.files import DECLARATION, an_xlsx
from tests.unit.templates_xlsx.rich import a_rich_workbook

File = tuple[str, bytes]
Parts = dict[str, bytes]
_MOST_BYTES = 2_000_000


# ---- whole ones ----------------------------------------------------------------------------------


def an_ods() -> bytes:
    """Return the smallest ODF spreadsheet with a few kinds of value."""
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for prefix, space in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    cells = (
        '<table:table-cell office:value-type="date" office:date-value="2026-03-04">'
        "<text:p>x</text:p></table:table-cell>"
        '<table:table-cell office:value-type="string"><text:p>杭州云杉自动化有限公司</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="1.5"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT09H30M00S"/>'
        '<table:table-cell table:number-columns-repeated="3"/>'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="拜访"><table:table-row>{cells}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="5">{cells}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest})


_CSV = (
    "姓名,王丽\r\n工号,E1\r\n日报日期,2026-03-04\r\n\r\n拜访日期,客户名称,联系人,拜访方式,拜访目的,沟通内容,结果\r\n"
    '2026-03-04,杭州云杉自动化有限公司,周敏,上门拜访,需求沟通,"谈了,明年",有进展\r\n'
)


@cache
def ours() -> tuple[File, ...]:
    """Workbooks of every kind that the project can write or has."""
    packaged = files("daysheet.demo") / "files"
    visits = [a_visit(), a_visit("苏州蓝鲸精密机械有限公司", phone="0512-8700 0000", way="打球", content="")]
    return (
        ("zh.xlsx", still_workbook(visits, opportunities=[a_deal()], plan=[a_plan()])),
        ("en.xlsx", still_workbook(visits, language=Language.EN)),
        ("empty.xlsx", still_workbook()),
        ("rich.xlsx", stilled(a_rich_workbook())),
        ("small.xlsx", an_xlsx()),
        ("libreoffice.xlsx", (packaged / "libreoffice.xlsx").read_bytes()),
        ("legacy.xls", (packaged / "legacy.xls").read_bytes()),
        ("legacy.et", (packaged / "legacy.xls").read_bytes()),
        ("encrypted.xlsx", (packaged / "encrypted.xlsx").read_bytes()),
        ("book.ods", an_ods()),
        ("report.csv", _CSV.encode()),
    )


# ---- bytes ---------------------------------------------------------------------------------------


def _damaged(raw: bytes, rng: random.Random, others: Sequence[File]) -> bytes:
    kind = rng.randrange(5)
    if kind == 0 or not raw:
        return raw[: rng.randrange(len(raw) + 1)]
    if kind == 1:
        other = rng.choice(others)[1]
        return raw[: rng.randrange(len(raw))] + other[rng.randrange(len(other) + 1) :]
    if kind == 2:
        at = rng.randrange(len(raw))
        return raw[:at] + raw[at : at + rng.choice((4, 512, 4096))] + raw[at:]
    changed = bytearray(raw)
    first = rng.choice((0, max(len(raw) - 600, 0)))  # headers and directories are at the ends
    for _turn in range(rng.randint(1, 20)):
        at = rng.randrange(len(changed)) if kind == 3 else min(first + rng.randrange(600), len(changed) - 1)
        changed[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(changed)


# ---- the zip -------------------------------------------------------------------------------------


def zipped(parts: Parts | Sequence[tuple[str, bytes]]) -> bytes:
    """Return a zip file without a clock in it, a name twice if it is listed twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items() if isinstance(parts, dict) else parts:
            entry = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            entry.filename = name  # past the checks of the constructor
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.NameToInfo.pop(name, None)  # a part twice is what is wanted
            package.writestr(entry, content)
    return target.getvalue()


_LIES = (0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x04034B50)


def _lying(raw: bytes, rng: random.Random, _: Sequence[File]) -> bytes:
    """Write lies into the headers of a zip: sizes, sums, methods, flags, offsets, counts."""
    magic, length = rng.choice(((b"PK\x03\x04", 30), (b"PK\x01\x02", 46), (b"PK\x05\x06", 22)))
    places = [found.start() for found in re.finditer(re.escape(magic), raw)]
    if not places:
        return raw
    changed = bytearray(raw)
    for _turn in range(rng.randint(1, 3)):
        at = rng.choice(places) + rng.randrange(4, length)
        size = rng.choice((1, 2, 4))
        lie = rng.choice((*_LIES, rng.randrange(2**32)))
        changed[at : at + size] = struct.pack("<L", lie)[:size]
    return bytes(changed)


_NAMES = (
    "xl/worksheets/sheet1.xml",
    "XL/Workbook.xml",
    "xl\\workbook.xml",
    "/xl/workbook.xml",
    "../../etc/passwd",
    "",
    "a" * 5000,
    "日报/\ud800.xml",
    "xl/vbaProject.bin",
    "xl/workbook.bin",
    "mimetype",
    "content.xml",
    "[Content_Types].xml",
    "xl/drawings/vmlDrawing1.vml",
    "customXml/item1.xml",
    "con.xml\0.xml",
)


def _rearranged(parts: Parts, rng: random.Random) -> bytes:
    """Drop, double, rename, empty, swap or shuffle parts."""
    listed = list(parts.items())
    for _turn in range(rng.randint(1, 3)):
        at = rng.randrange(len(listed))
        name, content = listed[at]
        kind = rng.randrange(7)
        if kind == 0 and len(listed) > 1:
            del listed[at]
        elif kind == 1:
            listed.insert(rng.randrange(len(listed) + 1), (name, rng.choice((content, b"", content[:50]))))
        elif kind == 2:
            listed[at] = (rng.choice(_NAMES), content)
        elif kind == 3:
            listed[at] = (
                name,
                rng.choice((b"", b"\0" * 100, b"<", content[: len(content) // 2], b"\xff\xfe" + content)),
            )
        elif kind == 4:
            listed[at] = (name, rng.choice(listed)[1])
        elif kind == 5:
            rng.shuffle(listed)
        else:
            listed.append((rng.choice(_NAMES), rng.choice((b"", b"<a/>", content))))
    # a lone surrogate or a null in a name cannot be written; the rest may be anything
    return zipped([(name.encode("utf-8", "replace").decode().replace("\0", "_"), content) for name, content in listed])


# ---- XML -----------------------------------------------------------------------------------------

_TAG = re.compile(rb"<(/?)([\w:]+)([^<>]*?)(/?)>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_ODD = (
    b"",
    b"0",
    b"-1",
    b"1e308",
    b"1E-400",
    b"NaN",
    b"INF",
    b"-0",
    b"99999999999999999999999999",
    b"2147483648",
    b"4294967296",
    b"1" * 400,
    b"0x10",
    b"true",
    b"A0",
    b"A1048577",
    b"XFE1",
    b"ZZZZZZ1",
    b"A1:XFD1048576",
    b"a1",
    b"1A",
    b"$A$1",
    b"B2:A1",
    b"rId999",
    b"../../../x",
    b"http://x.example/",
    b"&#0;",
    b"&amp;amp;",
    b"&unknown;",
    b"&#x110000;",
    b"&#55296;",
    "日报\u202e".encode(),
    b"\xff",
    b" ",
    b"\n",
    b"a" * 40_000,
    b"inlineStr",
    b"s",
    b"str",
    b"b",
    b"e",
    b"d",
    b"veryHidden",
    b"preserve",
    b"_x0000_",
    b"_xD800_",
    b"=1+1",
    b"2958466",
    b"2026-02-30",
    b"2026-03-04T25:61:61Z",
)
_INSERTED = (
    b"<!-- x -->",
    b"<!-- -- -->",
    b"<?x y?>",
    b'<![CDATA[<c r="A1"><v>1</v></c>]]>',
    b"<x/>",
    b"<x",
    b"</x>",
    b"<c/>",
    b'<c r="B3" t="s"><v>-5</v></c>',
    b'<c r="C3"><f>SUM(</f><v/></c>',
    b'<c r="C4"><f t="shared" ref="C4:C9" si="9999"/></c>',
    b'<row r="0" hidden="1"/>',
    b'<row r="5" hidden="true" spans="1:16384"><c r="A4"><v>1</v></c></row>',
    b'<mergeCells count="9"><mergeCell ref="A2:D9"/><mergeCell ref="C5:Z60"/></mergeCells>',
    b'<sheetProtection password="CC1A" sheet="1"/>',
    b'<dimension ref="A1:XFD1048576"/>',
    b"&lt;",
    b"&x;",
    b"\0",
    b"\xef\xbb\xbf",
)


def _edited(content: bytes, rng: random.Random) -> bytes:
    """Return a part with an element, an attribute or a text changed, doubled, moved or taken out."""
    tags = list(_TAG.finditer(content))
    if not tags:
        return content + rng.choice(_INSERTED)
    chosen = rng.choice(tags)
    start, end = chosen.span()
    kind = rng.randrange(8)
    if kind == 0:
        return content[:start] + content[end:]
    if kind == 1:
        return content[:end] + content[start:end] * rng.choice((1, 1, 200)) + content[end:]
    if kind == 2 and (attributes := list(_ATTRIBUTE.finditer(chosen[0]))):
        found = rng.choice(attributes)
        changed = chosen[0][: found.start(2)] + rng.choice(_ODD) + chosen[0][found.end(2) :]
        return content[:start] + changed + content[end:]
    if kind == 3:
        stop = content.find(b"<", end)
        return content[:end] + rng.choice(_ODD) + content[stop if stop >= 0 else len(content) :]
    if kind == 4:
        return content[:end] + rng.choice(_INSERTED) + content[end:]
    if kind == 5:
        other = rng.choice(tags).span()
        first, second = sorted(((start, end), other))
        if first[1] <= second[0]:
            return (
                content[: first[0]]
                + content[second[0] : second[1]]
                + content[first[1] : second[0]]
                + content[first[0] : first[1]]
                + content[second[1] :]
            )
        return content
    if kind == 6:
        return _rewritten(content, rng)
    return content.replace(chosen[2], rng.choice((chosen[2].upper(), b"x:" + chosen[2], chosen[2] + b"1")))


def _rewritten(content: bytes, rng: random.Random) -> bytes:
    """Write the same otherwise: other quotes, another charset, another version, a document type."""
    body = content.partition(b"?>")[2] or content
    return rng.choice(
        (
            content.replace(b'"', b"'"),
            content.replace(b"=", b" = "),
            body,
            b"\xef\xbb\xbf" + content,
            b'<?xml version="1.0" encoding="UTF-16"?>' + body,
            b'<?xml version="1.1" encoding="gb18030"?>' + body,
            ("\ufeff" + content.decode("utf-8", "replace")).encode("utf-16-le"),
            DECLARATION + b'<!DOCTYPE a [<!ENTITY b "c">]>' + body,
            content.replace(b"><", b">\r\n\t<"),
            content + content,
            content + b"\0" * 10,
        )
    )


def _with_edits(parts: Parts, rng: random.Random) -> bytes:
    names = [name for name in parts if name.endswith((".xml", ".rels", ".vml"))]
    # what holds the rows is drawn as often as all the rest
    weights = [5 if "sheet" in name or "workbook" in name or "content" in name else 1 for name in names]
    for _turn in range(rng.choice((1, 1, 2, 4))):
        name = rng.choices(names, weights)[0]
        parts[name] = _edited(parts[name], rng)[:_MOST_BYTES]
    return zipped(parts)


# ---- values --------------------------------------------------------------------------------------

_VALUE = re.compile(rb"<(v|t|f)\b([^<>]*)>([^<>]*)</\1>")
_ROW = re.compile(rb"<row\b[^<>]*?>")
_TEXTS = (
    "同上",
    "=HYPERLINK(1)",
    "1e308",
    "９９９９９９９９９９９９",
    "-" * 300,
    "1" * 70,
    "２０２６年２月３０日",
    "45/13/2026",
    "2026-03-04 25:00",
    "13800138000/13900139000/" * 40,
    "+86 (0571) 8700-0000 转 8001",
    "a@b@c",
    "@" * 200,
    "、" * 500,
    "有限公司" * 60,
    "\u200b" * 300,
    "👨‍👩‍👧‍👦" * 30,
    "٣٤٥",
    "②③",
    "NaN",
    "00:00",
    "24:00",
    "((((((((((" * 20,
    "A" * 33_000,
    "_x0041_",
    "<b>x</b>&amp;",
    "是否",
    "50万",
    "1,5",
    "¥-3.2亿元整左右",
)


def _revalued(parts: Parts, rng: random.Random) -> bytes:
    """Write odd values into cells, hide rows, merge cells, repeat rows."""
    sheets = [name for name in parts if "worksheets/sheet" in name or name in ("xl/sharedStrings.xml", "content.xml")]
    for name in rng.sample(sheets, min(2, len(sheets))):
        content = parts[name]
        values = list(_VALUE.finditer(content))
        for found in sorted(rng.sample(values, min(4, len(values))), key=lambda one: -one.start()):
            text = rng.choice(_TEXTS).replace("<", "&lt;").encode() if rng.random() < 0.6 else rng.choice(_ODD[:40])
            content = content[: found.start(3)] + text + content[found.end(3) :]
        rows = list(_ROW.finditer(content))
        if rows and rng.random() < 0.5:
            chosen = rng.choice(rows)
            hidden = chosen[0][:-1].rstrip(b"/") + b' hidden="1"' + (b"/>" if chosen[0].endswith(b"/>") else b">")
            content = content[: chosen.start()] + hidden + content[chosen.end() :]
        if rng.random() < 0.3:
            top = rng.randint(1, 9)
            area = f"{rng.choice('ABCD')}{top}:H{top + rng.randint(0, 40)}"
            merge = f'<mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
            content = content.replace(b"</sheetData>", b"</sheetData>" + merge.encode(), 1)
        parts[name] = content[:_MOST_BYTES]
    return zipped(parts)


# ---- text ----------------------------------------------------------------------------------------


def _as_text(raw: bytes, rng: random.Random) -> bytes:
    """Return delimited text in an odd charset, or with odd quotes, marks and lines."""
    text = raw.decode("utf-8", "replace")
    for _turn in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        text = rng.choice(
            (
                text.replace(",", rng.choice("\t;|，,")),
                text.replace("\r\n", rng.choice(("\r", "\n", "\n\n\n", "\0\n"))),
                text[:at] + '"' + text[at:],
                text[:at] + rng.choice(_TEXTS) + text[at:],
                text[:at] + "," * rng.choice((1, 999, 5000)) + text[at:],
                text * rng.choice((2, 30)),
                f"sep={rng.choice(',;|')}\r\n{text}",
                text[:at] + "\u2028\x85\x0b\x0c\x1c" + text[at:],
            )
        )[: _MOST_BYTES // 4]
    charset = rng.choice(
        (
            "utf-8",
            "utf-8-sig",
            "gb18030",
            "gbk",
            "big5",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "utf-7",
            "cp1252",
            "shift_jis",
        )
    )
    return text.encode(charset, "replace")


# ---- all of it -----------------------------------------------------------------------------------

_ENDINGS = (".xlsx", ".xls", ".xlsm", ".csv", ".ods", ".et", ".xlsb", ".txt", ".xltx", ".tmp", "")
Level = Callable[[Parts, random.Random], bytes]
_LEVELS: tuple[Level, ...] = (_rearranged, _with_edits, _with_edits, _with_edits, _revalued, _revalued)


def _parts(raw: bytes) -> Parts | None:
    try:
        parts = parts_of(raw)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        return None
    has_xml = any(name.endswith(".xml") for name in parts)
    return parts if has_xml and sum(map(len, parts.values())) <= _MOST_BYTES else None


def mutated(seed: int, more: Sequence[File] = ()) -> File:
    """Return the workbook of *seed*: one of ours (or, a third of the time, one of *more*), broken."""
    rng = random.Random(f"book/{seed}")
    others = ours()
    name, raw = rng.choice(more) if more and rng.random() < 0.33 else rng.choice(others)
    parts = _parts(raw)
    if name.endswith(".csv") and rng.random() < 0.8:
        raw = _as_text(raw, rng)
    elif parts is not None and rng.random() < 0.8:
        raw = rng.choice(_LEVELS)(parts, rng)
    elif parts is not None and rng.random() < 0.5:
        raw = _lying(raw, rng, others)
    else:
        raw = _damaged(raw, rng, others)
    if rng.random() < 0.08:
        name = name.rpartition(".")[0] + rng.choice(_ENDINGS)
    return name, raw[:_MOST_BYTES]
