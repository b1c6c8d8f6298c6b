"""
Mails and workbooks grown from their grammar, by hypothesis: whole in the small, odd in how they are put together.

Mutations break files that a program wrote; these are files that no program writes and every reader must take: MIME
trees of any nesting with headers that lie, and our own report in parts, namespaces and kinds of cell of every sort.
"""

import base64
import quopri
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any, TypeVar
from xml.sax.saxutils import escape, quoteattr

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.rows import Workbook
from daysheet.templates_xlsx.package import parts_of
from tests.builders import a_deal, a_visit
from tests.fuzz.books import File, zipped
from tests.fuzz.still import still_workbook

T = TypeVar("T")
MOST = 4
"""Odd cells of each sheet of a workbook whose sheets, names and relations are odd as well."""


def drawn(strategy: st.SearchStrategy[T], number: int, start: int) -> Sequence[T]:
    """Return *number* examples of *strategy*, the same ones for the same *start*."""
    found: list[T] = []

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(one: T) -> None:
        found.append(one)

    take()
    return found


# ---- mails ---------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    (
        "",
        "请查收今天的日报。",
        "日报 2026-03-04",
        "=" * 90,
        "From here\r\n.\r\n--x\r\n--=_0",
        "<p>日报<br>https://pan.baidu.com/s/1</p>",
        "\u202exslx\u2028\u0000\ufeff",
        "拜访日期,客户名称\r\n2026-03-04,杭州云杉自动化有限公司\r\n",
        "> On Wed, 4 Mar 2026 wrote:\r\n> x",
    )
)
_CHARSETS = st.sampled_from(
    ("utf-8", "gb18030", "gb2312", "big5", "utf-16", "iso-2022-jp", "us-ascii", "utf-7", "hz", "latin-1")
)
_LABELS = _CHARSETS | st.sampled_from(("", "unknown-8bit", "x-gbk", "cp936", "utf8", '"', "utf-8'en'", "idna", "rot13"))
_TYPES = st.sampled_from(
    (
        "text/plain",
        "text/html",
        "TEXT/PLAIN",
        "text/csv",
        "text/calendar",
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/ms-tnef",
        "application/x-zip-compressed",
        "image/png",
        "message/rfc822",
        "message/delivery-status",
        "message/external-body; access-type=url",
        "message/partial; id=a; number=1",
        "multipart/mixed",
        "multipart/mixed; boundary=",
        "text",
        "",
        ";",
    )
)
_ENCODINGS = st.sampled_from(("base64", "quoted-printable", "7bit", "8bit", "binary", "x-uuencode", "BASE64 ", "x", ""))
_FILES = st.sampled_from(
    (
        "filename=report.xlsx",
        'filename="日报.xlsx"',
        "filename*=utf-8''%E6%97%A5%E6%8A%A5.xlsx",
        "filename*=gb18030''%C8%D5%B1%A8.xls",
        "filename*0*=utf-8''%E6%97; filename*1*=%A5; filename*3=.xlsx",
        'filename="=?utf-8?B?5pel5oqlLnhsc3g=?="',
        'filename="=?gbk?Q?=C8=D5?= =?gbk?Q?=B1=A8?=.xlsx"',
        "filename=winmail.dat",
        "filename=../../a.xlsx; filename=b.csv",
        'filename="a\\"b.xlsx',
        "filename*=x''%",
        "filename=",
        "",
    )
)
_ODD_FIELDS = st.sampled_from(
    (
        b"Content-Length: 3",
        b"Content-ID: <>",
        b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: inline",
        b"Content-Description: =?utf-8?B?5pel?=",
        b"MIME-Version: 2.0 (odd)",
        b"no colon at all",
        b" folded: from nothing",
        b": nameless",
        b"X-\xff\xfe: \x80",
        b"Subject: =?gb18030?B?yNWxqA==?= =?x?y?z?=",
    )
)
_HEADS = st.sampled_from(
    (
        b"From: =?gbk?B?zfXA9g==?= <wang.li@corp.example>",
        b"From: a@corp.example, b@corp.example",
        b"From: (comment (in) it) <@relay:a@corp.example>",
        b"From: ",
        b"To: undisclosed-recipients:;",
        b"Subject: =?utf-8?B?5pel5oql?=",
        b"Subject: \xc8\xd5\xb1\xa8",
        b"Subject: =?utf-8?Q?=0D=0ABcc:_x@x.example?=",
        b"Date: Wed, 4 Mar 2026 18:00:00 +0800",
        b"Date: 32 Foo -1 99:99 +99999",
        b"Message-ID: <one@corp.example>",
        b"Message-ID: one two <three> <four",
        b"References: <a@b> <c",
        b"In-Reply-To: x",
        b"Auto-Submitted: no",
        b"Received: from x by y; z",
        b"MIME-Version: 1.0",
    )
)
_ENDS = st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"))


def _encode(content: bytes, encoding: str) -> bytes:
    kind = encoding.strip().lower()
    if kind == "base64":
        return base64.encodebytes(content).replace(b"\n", b"\r\n")
    return quopri.encodestring(content).replace(b"\n", b"\r\n") if kind == "quoted-printable" else content


@cache
def _contents() -> tuple[bytes, ...]:
    book = still_workbook([a_visit(way="打球")])
    return (book, book[:900], b"PK\x03\x04", b"", b"a,b\r\n1,2\r\n", b"\x78\x9f\x3e\x22" + bytes(40))


@st.composite
def _leaves(draw: st.DrawFn) -> bytes:
    """Text or a file; one in four says of itself what it is not."""
    lies = draw(st.integers(0, 3)) == 0
    encoding = draw(_ENCODINGS)
    if draw(st.booleans()):
        charset = draw(_CHARSETS)
        content = draw(_WORDS).encode(charset, "replace")
        label = draw(_LABELS) if lies else charset
        fields = [f"Content-Type: {draw(_TYPES) if lies else 'text/plain'}; charset={label}".encode()]
    else:
        content = draw(st.sampled_from(_contents()) | packages().map(lambda file: file[1]))
        fields = [f"Content-Type: {draw(_TYPES)}".encode()]
        fields += [
            f"Content-Disposition: {draw(st.sampled_from(('attachment', 'inline', 'x')))}; {draw(_FILES)}".encode()
        ]
    fields += [f"Content-Transfer-Encoding: {draw(_ENCODINGS) if lies else encoding}".encode()]
    fields += draw(st.lists(_ODD_FIELDS, max_size=2))
    return b"\r\n".join(fields) + b"\r\n\r\n" + _encode(content, encoding)


def _branches(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return _multiparts(children) | _forwards(children)


@st.composite
def _multiparts(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    """Children between boundaries that may be another's, be written oddly, never come or never end."""
    kinds = ("mixed", "alternative", "related", "signed", "digest", "report", "x", "")
    kind = draw(st.sampled_from(kinds))
    boundary = draw(st.sampled_from(("=_0", "=_0x", "=_1", "a b", "-", "日", "x" * 80)))
    written = draw(st.sampled_from(('"{}"', '"{}"', "{}", '"{} "', "'{}'", '"{}'))).format(boundary)
    between = f"--{boundary}{draw(st.sampled_from(('', '', '', ' ', 'x')))}\r\n".encode()
    parts = b"".join(between + child + b"\r\n" for child in draw(st.lists(children, max_size=4)))
    end = draw(st.sampled_from((f"--{boundary}--\r\n", f"--{boundary}--\r\n", f"--{boundary}", ""))).encode()
    around = draw(st.sampled_from((b"", b"preamble\r\n", b"\r\n\r\n")))
    more = draw(st.lists(_ODD_FIELDS, max_size=1))
    head = b"\r\n".join([f"Content-Type: multipart/{kind}; boundary={written}".encode(), *more])
    return head + b"\r\n\r\n" + around + parts + end + around


@st.composite
def _forwards(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    """A mail in a mail, which may be encoded though it must not be."""
    encoding = draw(st.sampled_from(("7bit", "7bit", "base64", "quoted-printable")))
    inner = b"".join(line + b"\r\n" for line in draw(st.lists(_HEADS, max_size=3))) + draw(children)
    kind = draw(st.sampled_from(("message/rfc822", "message/global", "text/rfc822-headers", "message/x")))
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    return head + _encode(inner, encoding)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A whole mail: its own fields in any order and number, and a tree."""
    tree = draw(st.recursive(_leaves(), _branches, max_leaves=8))
    heads = draw(st.lists(_HEADS, max_size=8))
    end = draw(_ENDS)
    raw = b"".join(line + b"\r\n" for line in heads) + tree
    return raw if end == b"\r\n" else raw.replace(b"\r\n", end)


# ---- workbooks -----------------------------------------------------------------------------------

_TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}


@cache
def _report() -> tuple[tuple[str, tuple[tuple[Any, ...], ...], bool], ...]:
    """Return our own report as it is read: the name, the rows and whether it is hidden, of every sheet."""
    visits = [a_visit(), a_visit("苏州蓝鲸精密机械有限公司", phone="0512-8700 0000", way="打球")]
    book = read_here(still_workbook(visits, opportunities=[a_deal()]), "report.xlsx", ReadLimits())
    assert isinstance(book, Workbook)
    return tuple((sheet.name, sheet.rows, sheet.is_hidden) for sheet in book.sheets)


@cache
def _properties() -> bytes:
    return parts_of(still_workbook([a_visit()])).get("docProps/custom.xml", b"")


def _number(value: Any, *, is_1904: bool) -> str:
    """Return *value* as the number that a sheet holds."""
    if isinstance(value, datetime):
        return str((value - _EPOCHS[is_1904]).total_seconds() / 86_400)
    if isinstance(value, date):
        return str((datetime(value.year, value.month, value.day) - _EPOCHS[is_1904]).days)
    if isinstance(value, time):
        return str((value.hour * 60 + value.minute) / 1440)
    return str(value)


_ODD_CELLS = st.sampled_from(
    (
        "<c{}/>",
        '<c{} t="s"><v>99999</v></c>',
        '<c{} t="s"><v>-1</v></c>',
        '<c{} t="s"><v>x</v></c>',
        '<c{} t="s"/>',
        '<c{} t="b"><v>2</v></c>',
        '<c{} t="e"><v>#DIV/0!</v></c>',
        '<c{} t="e"><v>#BUSY!</v></c>',
        '<c{} t="d"><v>2026-03-04</v></c>',
        '<c{} t="d"><v>2026-02-30T25:00</v></c>',
        '<c{} t="str"><f>A1&amp;""</f><v>x</v></c>',
        "<c{}><f>1/0</f></c>",
        '<c{}><f t="array" ref="A1:B2">ROW()</f><v>1</v></c>',
        '<c{} t="inlineStr"><is><r><t>分</t></r><r><rPr><b/></rPr><t>行</t></r><rPh><t>x</t></rPh></is></c>',
        '<c{} t="inlineStr"><v>7</v></c>',
        '<c{} t="n"><v>1E400</v></c>',
        '<c{} t="n"><v> 1 </v></c>',
        '<c{} s="9999"><v>46085</v></c>',
        '<c{} s="1"><v>-1</v></c>',
        '<c{} s="1"><v>60</v></c>',
        '<c{} s="1"><v>2958466</v></c>',
        '<c{} t="zzz"><v>1</v></c>',
        "<c{}><v>1</v><v>2</v></c>",
    )
)
_MERGES = st.sampled_from(("A1:B2", "C1:C9", "A5:Z9", "A1:XFD1048576"))
_ODD_MERGES = _MERGES | st.sampled_from(("B2:A1", "A1", "", "x", "A0:B0"))
_REFERENCES: Sequence[Callable[[int, int], str]] = (
    lambda row, column: f' r="{_letters(column)}{row}"',
    lambda row, column: f' r="{_letters(column)}{row}"',
    lambda row, column: "",
)
_ODD_REFERENCES = st.sampled_from(("", ' r=""', ' r="A0"', ' r="a1"', ' r="$A$1"', ' r="XFE1"', ' r="1A"', ' r="C3"'))


def _letters(column: int) -> str:
    return _letters((column - 1) // 26) + chr(65 + (column - 1) % 26) if column else ""


class _Writer:
    """Writes one workbook; what it draws decides how."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.strings: list[str] = []
        self.is_1904 = self._one_in(4)
        self.is_shared = draw(st.booleans())
        self.reference = draw(st.sampled_from(_REFERENCES))
        self.oddness = draw(st.sampled_from((0, 0, 0, 1, 2, MOST)))

    def _one_in(self, number: int) -> bool:
        return self._draw(st.integers(1, number)) == number

    def sheet(self, rows: Sequence[Sequence[Any]]) -> str:
        odd = {
            (self._draw(st.integers(1, max(len(rows), 1))), self._draw(st.integers(1, 12))) for _ in range(self.oddness)
        }
        written = "".join(self._row(number, row, odd) for number, row in enumerate(rows, 1))
        merges = self._draw(st.lists(_ODD_MERGES if self.oddness == MOST else _MERGES, max_size=2))
        merged = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
        before = self._draw(
            st.sampled_from(
                ("", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>', '<sheetPr codeName="x"/>')
            )
        )
        return f"{before}<sheetData>{written}</sheetData>{f'<mergeCells>{merged}</mergeCells>' if merged else ''}"

    def _row(self, number: int, row: Sequence[Any], odd: set[tuple[int, int]]) -> str:
        cells = "".join(
            self._odd(number, at) if (number, at) in odd else self._cell(number, at, value)
            for at, value in enumerate(row, 1)
        )
        hidden = ' hidden="1"' if self.oddness and self._one_in(30) else ""
        said = f' r="{number}"' if self.reference(1, 1) or self.oddness < MOST else ""
        return f"<row{said}{hidden}>{cells}</row>" if cells or not said else ""

    def _odd(self, row: int, column: int) -> str:
        where = self._draw(_ODD_REFERENCES) if self._one_in(3) else f' r="{_letters(column)}{row}"'
        return self._draw(_ODD_CELLS).format(where)

    def _cell(self, row: int, column: int, value: Any) -> str:
        where = self.reference(row, column)
        if value is None:
            return "" if where else "<c/>"
        if isinstance(value, bool):
            return f'<c{where} t="b"><v>{int(value)}</v></c>'
        if not isinstance(value, str):
            style = "" if isinstance(value, (int, float)) else ' s="1"'
            return f"<c{where}{style}><v>{_number(value, is_1904=self.is_1904)}</v></c>"
        if not self.is_shared:
            return f'<c{where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        self.strings.append(value)
        return f'<c{where} t="s"><v>{len(self.strings) - 1}</v></c>'


_STATES = st.sampled_from(("", "", "", "", "", "", "", "", ' state="hidden"', ' state="veryHidden"', ' state="x"'))
_NAMES = st.sampled_from(("", "Sheet", "拜访", "a" * 40, "a/b:c*?", "'", "\u202e"))
_TARGETS = st.sampled_from(
    (
        "worksheets/sheet{}.xml",
        "worksheets/sheet{}.xml",
        "worksheets/sheet{}.xml",
        "/xl/worksheets/sheet{}.xml",
        "../xl/worksheets/sheet{}.xml",
        "worksheets\\sheet{}.xml",
        "worksheets/none.xml",
        "styles.xml",
        "",
    )
)
_DROPPED = st.sampled_from(
    (
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "docProps/custom.xml",
    )
)


@st.composite
def packages(draw: st.DrawFn) -> File:
    """Our own report as a package that nobody writes so: parts, relations, namespaces and cells of every kind."""
    is_strict = draw(st.integers(1, 4)) == 1
    space, links = (_STRICT, _STRICT_RELATIONS) if is_strict else (_TRANSITIONAL, _RELATIONS)
    prefix = draw(st.sampled_from(("", "", "x:")))
    writer = _Writer(draw)
    sheets = list(_report()) if draw(st.booleans()) else [draw(st.sampled_from(_report()))]
    parts: dict[str, str] = {}
    listed = related = ""
    for number, (name, rows, is_hidden) in enumerate(sheets, 1):
        is_odd = writer.oddness == MOST
        named = draw(_NAMES) if is_odd and draw(st.booleans()) else name
        state = draw(_STATES) if is_odd else ' state="hidden"' if is_hidden else ""
        target = draw(_TARGETS) if is_odd else f"worksheets/sheet{number}.xml"
        listed += f'<sheet name={quoteattr(named)} sheetId="{number}"{state} r:id="rId{number}"/>'
        related += f'<Relationship Id="rId{number}" Type="{links}/worksheet" Target="{target.format(number)}"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet>{writer.sheet(rows)}</worksheet>"
    for kind, file in (("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")):
        related += f'<Relationship Id="r{kind}" Type="{links}/{kind}" Target="{file}"/>'
    dangling = draw(st.sampled_from(("rId99", "rId1"))) if writer.oddness == MOST else "rId99"
    related += f'<Relationship Id="{dangling}" Type="{links}/theme" Target="none.xml"/>'
    count = draw(st.sampled_from(("", ' count="1"', ' uniqueCount="0"', f' count="{len(writer.strings)}"')))
    strings = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in writer.strings)
    parts["xl/sharedStrings.xml"] = f"<sst{count}>{strings}</sst>"
    code = draw(st.sampled_from(("yyyy/m/d", "[$-804]yyyy年m月d日", "h:mm", "General", "@", '"日"0', "")))
    parts["xl/styles.xml"] = (
        f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode={quoteattr(code)}/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    switches = '<workbookPr date1904="1"/>' if writer.is_1904 else ""
    parts["xl/workbook.xml"] = f"<workbook>{switches}<sheets>{listed}</sheets></workbook>"
    made = {name: (_XML + _spaced(content, prefix, space, links)).encode() for name, content in parts.items()}
    made["xl/_rels/workbook.xml.rels"] = _relationships(related)
    made["_rels/.rels"] = _relationships(
        f'<Relationship Id="rId1" Type="{links}/officeDocument" Target="xl/workbook.xml"/>'
    )
    made["[Content_Types].xml"] = _content_types()
    made["docProps/custom.xml"] = _properties()
    for name in draw(st.lists(_DROPPED, max_size=2)) if draw(st.integers(1, 8)) == 1 else ():
        made.pop(name, None)
    order = draw(st.permutations(sorted(made))) if draw(st.booleans()) else sorted(made)
    return f"shaped{draw(st.sampled_from(('.xlsx', '.xlsx', '.xlsx', '.xls', '.et', '')))}", zipped(
        [(name, made[name]) for name in order]
    )


def _spaced(content: str, prefix: str, space: str, links: str) -> str:
    """Return XML in its namespace, with *prefix* before every element."""
    root = content[1:].partition(">")[0].partition(" ")[0]
    if prefix:
        content = content.replace("</", f"</{prefix}").replace("<", f"<{prefix}").replace(f"<{prefix}/", "</")
        root = prefix + root
    named = f'xmlns:{prefix.rstrip(":")}="{space}"' if prefix else f'xmlns="{space}"'
    return content.replace(f"<{root}", f'<{root} {named} xmlns:r="{links}"', 1)


def _relationships(listed: str) -> bytes:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}relationships">{listed}</Relationships>'.encode()


def _content_types() -> bytes:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/></Types>'
    ).encode()
