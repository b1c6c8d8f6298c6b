"""Mails as they should not be: our own, and others where there are any, broken in ways that are drawn by a seed."""

import base64
import quopri
import random
import re
import struct
from collections.abc import Callable, Sequence
from functools import cache

from tests.builders import a_deal, a_plan, a_visit
from tests.fuzz.still import still_workbook
from tests.unit.ingest.mails import mail, multipart, part
from tests.unit.ingest.test_tnef import PROPERTIES, a_file, container, properties, text_property

Mutation = Callable[[bytes, random.Random, Sequence[bytes]], bytes]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 4
"""Mutations that one mail suffers at most."""
_LARGEST = 400_000
"""Bytes of a mutation: what is large is the business of the bombs."""


# ---- whole ones ----------------------------------------------------------------------------------


def attached(content: bytes, name: str = "filename=report.xlsx", kind: str = _XLSX) -> bytes:
    """Return a part with *content* as a file; *name* as it stands in the header."""
    return part(
        base64.encodebytes(content).replace(b"\n", b"\r\n"),
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment; {name}",
    )


def _text(words: str = "请查收今天的日报。", charset: str = "utf-8") -> bytes:
    return part(
        base64.encodebytes(words.encode(charset)),
        f"Content-Type: text/plain; charset={charset}",
        "Content-Transfer-Encoding: base64",
    )


@cache
def ours() -> tuple[bytes, ...]:
    """Mails of every kind that the program knows, the same bytes in every run."""
    book = still_workbook([a_visit(), a_visit("苏州蓝鲸精密机械有限公司", phone="0512-8700 0000", way="打球")])
    full = still_workbook([a_visit()], opportunities=[a_deal()], plan=[a_plan()])
    csv = "拜访日期,客户名称,联系人\r\n2026-03-04,杭州云杉自动化有限公司,周敏\r\n".encode("gb18030")
    inside = multipart(_text(), attached(book), headers=["Subject: inner"], boundary="=_inner")
    winmail = container(*a_file("SANYUE~1.XLS", full, properties(text_property(0x3707, "三月四日销售日报.xlsx"))))
    html = part(
        quopri.encodestring("<p>日报</p><a href='https://pan.baidu.com/s/1'>x</a>".encode()),
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    )
    heads = [
        "Message-ID: <one@corp.example>",
        "Date: Wed, 4 Mar 2026 18:00:00 +0800",
        "To: daily@corp.example",
        "References: <a@corp.example> <b@corp.example>",
        "In-Reply-To: <b@corp.example>",
    ]
    encoded = f"=?gb18030?B?{base64.b64encode('日报 王丽 2026-03-04'.encode('gb18030')).decode()}?="
    long_name = "filename*0*=utf-8''%E6%97%A5%E6%8A%A5; filename*1*=%20of; filename*2=\".xlsx\""
    return (
        multipart(_text(), attached(book), headers=[f"Subject: {encoded}", *heads]),
        multipart(_text(charset="gb18030"), html, attached(full, long_name), headers=[f"Subject: {encoded}", *heads]),
        multipart(
            multipart(_text(), html, boundary="=_alt", subtype="alternative"),
            attached(full, 'filename="=?utf-8?B?5pel5oqlLnhsc3g=?="'),
            attached(csv, "filename=日报.csv", "text/csv"),
            headers=heads,
        ),
        multipart(_text(), part(inside, "Content-Type: message/rfc822"), headers=["Subject: Fwd: inner", *heads]),
        multipart(_text(), attached(winmail, "filename=winmail.dat", "application/ms-tnef"), headers=heads),
        mail(f"Content-Type: {_XLSX}; name=a.xlsx", "Content-Transfer-Encoding: base64", body=base64.encodebytes(book)),
        mail("Subject: no workbook at all", *heads, body="只有文字\r\n".encode("gb18030")),
        mail("Content-Type: text/html", body=b"<table><tr><td>a<br>https://we.tl/abc</td></tr></table>"),
        multipart(_text(), attached(csv, "filename=a.csv", "text/csv"), attached(b"", "filename=b.xls"), headers=heads),
    )


# ---- bytes ---------------------------------------------------------------------------------------


def _flip(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(raw)
    for _turn in range(rng.randint(1, 12) if raw else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _truncate(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)] if rng.random() < 0.8 else raw[rng.randrange(len(raw) + 1) :]


def _splice(raw: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return raw[: rng.randrange(len(raw) + 1)] + other[rng.randrange(len(other) + 1) :]


def _repeat(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(raw) + 1)
    piece = raw[at : at + rng.choice((1, 20, 300, 5000))]
    return raw[:at] + piece * rng.choice((2, 3, 50)) + raw[at:]


def _cut_out(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + raw[at + rng.choice((1, 10, 200, 3000)) :]


_ENDS = (b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\0\r\n", b"\x0b", b"\x0c", b"\x85", b"\xe2\x80\xa8", b"")


def _line_ends(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    wanted = rng.choice(_ENDS)
    if rng.random() < 0.5:
        return raw.replace(b"\r\n", wanted)
    lines = raw.split(b"\n")
    for _turn in range(3):
        lines[rng.randrange(len(lines))] += wanted
    return b"\n".join(lines)


_BYTES = (
    b"\0",
    b"\0" * 40,
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1b$B",
    b"\x80",
    b"\r\n\r\n",
    b"\r\n ",
    b"\r\n.\r\n",
    b"--",
)


def _insert(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(min(len(raw), 3000) + 1)
    return raw[:at] + rng.choice(_BYTES) + raw[at:]


# ---- headers -------------------------------------------------------------------------------------

_NAMES = (
    b"From",
    b"To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"References",
    b"In-Reply-To",
    b"Content-Type",
    b"Content-Transfer-Encoding",
    b"Content-Disposition",
    b"MIME-Version",
    b"Auto-Submitted",
    b"List-Id",
    b"Return-Path",
    b"X-Daysheet-Loop",
    b"Precedence",
    b"Received",
    b"",
    b" ",
    b"Bad Name",
    "主题".encode(),
)
_VALUES = (
    b"",
    b" ",
    b"x" * 5000,
    b"a@b" * 800,
    b"<" * 600,
    b"(" * 600,
    b'"' * 601,
    b'"' + b"\\" * 501,
    b"undisclosed-recipients:;",
    b"Group: a@x.example, b@x.example;, c@x.example",
    b"=?utf-8?B?" + base64.b64encode(b"a\r\nBcc: everybody@corp.example\r\n\r\nbody") + b"?=",
    b"=?utf-8?Q?=0D=0AX-Evil:_1?=",
    b"=?utf-7?Q?+AA0ACg-X?=",
    b"=?idna?B?eA==?=",
    b"=?rot13?Q?abc?=",
    b"=?unknown-8bit?Q?=ff=fe?=",
    b"=?utf-16?B?//4=?=",
    b"=??Q??=",
    b"=?utf-8?B?====?=" * 40,
    b"=?utf-8*en?q?a?==?utf-8*de?q?b?=",
    b"=?hz-gb-2312?B?fnt+fQ==?=",
    b"=?iso-2022-cn?B?GyQpQRsk?=",
    b"multipart/mixed",
    b"multipart/mixed; boundary=",
    b'multipart/mixed; boundary=""',
    b"multipart/mixed; boundary=-",
    b'multipart/mixed; boundary="a\r\n b"',
    b"multipart/digest; boundary==_x",
    b"multipart/report; report-type=delivery-status; boundary==_x",
    b"multipart/alternative; boundary*0==_; boundary*1=x",
    b"multipart/signed; protocol=x; boundary==_x; boundary=other",
    b"message/rfc822",
    b"message/partial; id=x; number=1; total=2",
    b"message/external-body; access-type=URL",
    b"message/delivery-status",
    b"text/plain; charset=utf-8; charset=utf-16",
    b'text/plain; charset="' + b"a" * 300 + b'"',
    b"text/plain; charset*=x'y'z",
    b"text/calendar; method=reply",
    b"application/ms-tnef; name=winmail.dat",
    b"application/octet-stream; name*=gb18030'zh'%C8%D5%B1%A8.xlsx",
    b"/",
    b"text",
    b";;;;===;;;",
    b"attachment; filename=../../../etc/passwd.xlsx",
    b"attachment; filename*0*=utf-8''%E6; filename*99999999999999999999=x; filename*1=y.xlsx",
    b"attachment; filename*=utf-8''%00%0d%0aX: y.xlsx",
    b"attachment; filename*=%ZZ'%'%",
    b'attachment; filename="a\\"b\\\r\n c.xlsx"',
    b"attachment; filename=" + "‮xslx.日报".encode(),
    b"attachment; filename=" + "日报".encode("gb18030") + b".xlsx",
    b"inline; filename==?gbk?B?yNWxqC54bHN4?=",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"uuencode",
    b"8bit, base64",
    b"BASE64 (really)",
    b"gzip",
    b"Wed, 99 Foo 99999 99:99:99 +9999",
    b"Thu, 01 Jan 0000 00:00:00 -0000",
    b"-1",
    b"Wed, 4 Mar 2026 18:00:00 +080000000000000000000",
    b"<" + b"m" * 400 + b"@x>",
    b"<a@b> " * 500,
    b"<daysheet.report.000000000000000000000000@corp.example>",
    "日报\ud800".encode("utf-8", "surrogatepass"),
    "a\u2028b\u202ec".encode(),
    b"unsubscribe weekly 0123456789abcdef01234567",
    b"\xff\xfe\x00",
)


def _parted(raw: bytes) -> tuple[list[bytes], bytes]:
    """Return header lines, and the rest from the empty line on."""
    head, empty, rest = raw.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), empty + rest


def _set_header(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines, rest = _parted(raw)
    line = rng.choice(_NAMES) + rng.choice((b":", b": ", b" : ", b"")) + rng.choice(_VALUES)
    at = rng.randrange(len(lines) + 1)
    lines[at : at + rng.randint(0, 1)] = [line]
    return b"\r\n".join(lines) + rest


def _set_part_header(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    """Give a field anywhere in the mail another value: mostly those of parts."""
    fields = list(re.finditer(rb"(?im)^(content-[a-z-]{1,30}|subject|from|to|date):([^\r\n]*)", raw))
    if not fields:
        return raw
    chosen = rng.choice(fields)
    return raw[: chosen.start(2)] + b" " + rng.choice(_VALUES) + raw[chosen.end(2) :]


def _shuffle_headers(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines, rest = _parted(raw)
    rng.shuffle(lines)
    return b"\r\n".join([*lines, *rng.choices(lines, k=rng.choice((0, 1, 100)))]) + rest


def _fold(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines, rest = _parted(raw)
    at = rng.randrange(len(lines))
    cut = rng.randrange(len(lines[at]) + 1)
    folded = rng.choice((b"\r\n ", b"\r\n\t", b"\n ", b"\r ", b"\r\n \r\n ", b"\r\n" + b" " * 900, b"\r\n\r\n "))
    lines[at] = lines[at][:cut] + folded + lines[at][cut:]
    return b"\r\n".join(lines) + rest


_CHARSETS = (
    b"gb2312 gbk gb18030 big5 utf-7 utf-16 utf-16le utf-32 hz iso-2022-jp iso-2022-kr euc-kr shift_jis koi8-r cp037 "
    b"idna punycode undefined unicode-escape rot13 base64 hex zlib bz2 uu mbcs ascii latin-1 none \xff\xfe utf8"
).split()


def _lie_about_charset(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    label = rng.choice(_CHARSETS)
    return re.sub(rb"(?i)(charset=|=\?)[A-Za-z0-9-]+", lambda found: found[1] + label, raw, count=rng.randint(1, 3))


def _huge_header(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    line = rng.choice(_NAMES) + b": " + rng.choice(_VALUES) * rng.choice((1, 10)) + b"\r\n"
    return line * rng.choice((1, 30)) + raw


# ---- MIME ----------------------------------------------------------------------------------------


def _play_with_boundaries(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    markers = list(re.finditer(rb"(?m)^--(=_\w+)(--)?[ \t]*\r?$", raw))
    if not markers:
        return raw
    chosen = rng.choice(markers)
    name = chosen[1]
    instead = rng.choice(
        (
            b"",
            b"--" + name + b"--",
            b"--" + name + b" \t ",
            b"--" + name + b"x",
            b" --" + name,
            b"--" + name + b"\r\n--" + name,
            (b"--" + name + b"\r\n\r\n") * 60,
            b"--" + name + b"--\r\n--" + name + b"\r\n\r\nepilogue",
            b"--" + name.upper(),
            b'--=_x\r\nContent-Type: multipart/mixed; boundary="' + name + b'"\r\n',
        )
    )
    return raw[: chosen.start()] + instead + raw[chosen.end() :]


def _damage_encoding(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines = raw.split(b"\n")
    places = [at for at, line in enumerate(lines) if len(line) > 60 and b":" not in line]
    for _turn in range(rng.randint(1, 4) if places else 0):
        at = rng.choice(places)
        line = lines[at]
        cut = rng.randrange(len(line) + 1)
        lines[at] = rng.choice(
            (
                line[:cut],
                line[:cut] + b"=" + line[cut:],
                line[:cut] + b"!*-_ \0" + line[cut:],
                b"=" * 70,
                b"=3",
                line * 2,
            )
        )
    return b"\n".join(lines)


def _nest(raw: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    for _turn in range(rng.choice((1, 2, 5, 12))):
        raw = multipart(
            part(rng.choice(others), "Content-Type: message/rfc822"),
            part(raw, rng.choice(("Content-Type: message/rfc822", "Content-Type: multipart/mixed", "X: y"))),
            boundary=f"=_{rng.randrange(3)}",
        )
        if len(raw) > _LARGEST:
            break
    return raw


def _winmail(raw: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    """Put a damaged winmail.dat in."""
    content = rng.choice((b"PK\x03\x04", still_workbook([a_visit()]), raw[:2000]))
    listed = bytearray(container(*a_file("日报.xlsx", content, properties(text_property(0x3707, "a" * 90 + ".xlsx")))))
    for _turn in range(rng.randint(1, 6)):
        at = rng.randrange(min(len(listed), 400)) if rng.random() < 0.5 else rng.randrange(len(listed))
        listed[at] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))
    more = container((PROPERTIES, struct.pack("<IHHI", 0xFFFFFF, 0x101F, 0x3707, rng.choice((0, 7, 0xFFFFFFFF)))))
    whole = bytes(listed) if rng.random() < 0.7 else bytes(listed) + more[6:]
    return multipart(part(raw, "Content-Type: message/rfc822"), attached(whole, "filename=winmail.dat"))


MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _truncate,
    _splice,
    _repeat,
    _cut_out,
    _line_ends,
    _insert,
    _set_header,
    _set_header,
    _set_part_header,
    _set_part_header,
    _shuffle_headers,
    _fold,
    _lie_about_charset,
    _huge_header,
    _play_with_boundaries,
    _damage_encoding,
    _nest,
    _winmail,
)


def mutated(seed: int, more: Sequence[bytes] = ()) -> bytes:
    """Return the mail of *seed*: one of ours (or, half of the time, one of *more*), broken in up to MOST ways."""
    rng = random.Random(f"mail/{seed}")
    bases = ours()
    raw = rng.choice(more) if more and rng.random() < 0.5 else rng.choice(bases)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, MOST))):
        raw = rng.choice(MUTATIONS)(raw, rng, bases)[:_LARGEST]
    return raw
