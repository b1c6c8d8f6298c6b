"""A message taken apart: senders, subject, threads, text, links and files, whatever the bytes."""

import base64
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.model.mail import Reason
from tests import builders
from tests.unit.ingest.mails import mail, multipart, part, read

# ---- senders -----------------------------------------------------------------------------------


def test_one_sender_is_read_with_name_and_address() -> None:
    envelope = read(mail(sender="From: =?utf-8?B?546L5Li9?= <Wang.Li@Corp.Example>"))
    assert envelope.senders == ("wang.li@corp.example",)
    assert envelope.sender_name == "王丽"


def test_a_raw_gb18030_name_does_not_hide_the_address() -> None:
    raw = "From: 王丽 <wang.li@corp.example>\r\nSubject: 日报\r\n\r\n".encode("gb18030")
    envelope = read(raw)
    assert (envelope.senders, envelope.sender_name, envelope.subject) == (("wang.li@corp.example",), "王丽", "日报")


def test_every_address_of_every_from_field_is_a_sender() -> None:
    raw = mail("from: C <c@corp.example>", "FROM : d@corp.example", sender="From: A <a@corp.example>, b@corp.example")
    assert read(raw).senders == ("a@corp.example", "c@corp.example", "d@corp.example")


def test_a_group_in_from_gives_its_members() -> None:
    assert read(mail(sender="From: Sales: a@corp.example, b@corp.example;")).senders == (
        "a@corp.example",
        "b@corp.example",
    )


def test_an_empty_group_in_from_or_to_is_nobody() -> None:
    raw = mail("To: undisclosed-recipients:;", sender="From: nobody:;")
    envelope = read(raw)
    assert (envelope.senders, envelope.to, envelope.failure) == ((), (), None)


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?Q?<rep@corp.example>?=",
        "=?utf-8?Q?=22?=",
        '"rep@corp.example"',
        "rep@corp.example",
    ],
)
def test_a_display_name_cannot_put_another_address_in_the_place_of_the_sender(name: str) -> None:
    assert read(mail(sender=f"From: {name} <evil@else.example>")).senders == ("evil@else.example",)


def test_encoded_quotes_cannot_hide_the_real_sender() -> None:
    raw = mail(sender="From: =?utf-8?Q?=22?= <evil@else.example> =?utf-8?Q?=22_<rep@corp.example>?=")
    assert read(raw).senders == ("evil@else.example",)


def test_a_from_that_is_encoded_whole_is_still_read() -> None:
    encoded = base64.b64encode("王丽 <rep@corp.example>".encode("gb18030")).decode()
    assert read(mail(sender=f"From: =?gb18030?B?{encoded}?=")).senders == ("rep@corp.example",)


def test_a_mail_without_from_has_no_sender() -> None:
    assert read(mail("Subject: x", sender="")).senders == ()


def test_a_folded_from_is_read_whole() -> None:
    assert read(mail(sender="From: A\r\n <a@corp.example>,\r\n\tB <b@corp.example>")).senders == (
        "a@corp.example",
        "b@corp.example",
    )


# ---- threads and dates -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<a.b@corp.example>", "<a.b@corp.example>"),
        ("  <a@corp.example> (added by the server)", "<a@corp.example>"),
        ("\r\n <a@corp.example>", "<a@corp.example>"),
        ("<tencent_1A2B@qq.com>", "<tencent_1A2B@qq.com>"),
        ("a@corp.example", ""),
        ("<>", ""),
        ("<with space@corp.example>", ""),
        ("<" + "a" * 400 + "@corp.example>", ""),
    ],
)
def test_a_message_id_is_what_stands_in_angle_brackets(written: str, found: str) -> None:
    envelope = read(mail(f"Message-ID: {written}", f"In-Reply-To: {written}"))
    assert (envelope.message_id, envelope.in_reply_to) == (found, found)


def test_references_are_kept_to_the_newest_fifty() -> None:
    written = " ".join(f"<{number}@corp.example>" for number in range(80))
    references = read(mail(f"References: {written}")).references
    assert len(references) == 50
    assert references[-1] == "<79@corp.example>"


@pytest.mark.parametrize(
    ("written", "sent_at"),
    [
        ("Wed, 4 Mar 2026 18:00:00 +0800", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("Wed, 4 Mar 2026 10:00:00 -0000", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("Wed, 99 Mar 2026 10:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
        ("Wed, 4 Mar 99999 10:00:00 +0000", None),
        ("Wed, 4 Mar 2026 10:00:00 +9999999", None),
    ],
)
def test_a_date_is_aware_or_missing(written: str, sent_at: datetime | None) -> None:
    assert read(mail(f"Date: {written}")).sent_at == sent_at


# ---- text --------------------------------------------------------------------------------------


def test_plain_text_is_read_in_its_charset() -> None:
    raw = mail("Content-Type: text/plain; charset=gb2312", body="请查收日报。".encode("gb18030"))
    assert read(raw).text == "请查收日报。"


@pytest.mark.parametrize("charset", ["x-unknown", "punycode", '"', "", "=?utf-8?Q?utf-8?="])
def test_text_of_an_unknown_charset_is_read_by_its_bytes(charset: str) -> None:
    raw = mail(f"Content-Type: text/plain; charset={charset}", body="请查收日报。".encode())
    assert read(raw).text == "请查收日报。"


def test_a_mail_of_html_only_has_a_text() -> None:
    body = "<html><style>p {color: red}</style><p>请查收&amp;回复</p><div>谢谢</div></html>"
    assert read(mail("Content-Type: text/html; charset=utf-8", body=body.encode())).text == "请查收&回复\n谢谢"


def test_plain_text_is_preferred_to_html() -> None:
    raw = multipart(
        part(b"plain", "Content-Type: text/plain"), part(b"<p>html", "Content-Type: text/html"), subtype="alternative"
    )
    assert read(raw).text == "plain"


def test_a_long_text_is_cut_at_a_line_and_not_in_a_character() -> None:
    body = ("日报" * 20 + "\n").encode("gb18030") * 10_000
    text = read(mail("Content-Type: text/plain; charset=gb18030", body=body)).text
    assert len(text) == 64 * 1024
    assert set(text) == {"日", "报", "\n"}


def test_a_link_to_a_cloud_disk_is_found_in_text_and_in_html() -> None:
    body = b'<a href="https://pan.baidu.com/s/1abc?pwd=x">file</a> and https://www.corp.example/'
    assert read(mail("Content-Type: text/html", body=body)).links == ("https://pan.baidu.com/s/1abc?pwd=x",)
    assert read(mail(body="见 https://docs.qq.com/sheet/XYZ，谢谢".encode())).links


# ---- files -------------------------------------------------------------------------------------


def test_a_mail_as_programs_write_it_gives_its_workbook() -> None:
    envelope = read(builders.a_mail(b"PK", file_name="三月四日日报.xlsx", text="请查收。"))
    (file,) = envelope.attachments
    assert (file.name, file.content, envelope.text.strip()) == ("三月四日日报.xlsx", b"PK", "请查收。")


def test_a_file_is_found_in_a_forwarded_message() -> None:
    inner = multipart(
        part(b"UEs=", 'Content-Disposition: attachment; filename="a.xlsx"', "Content-Transfer-Encoding: base64")
    )
    raw = multipart(part(b"see below", "Content-Type: text/plain"), part(inner, "Content-Type: message/rfc822"))
    envelope = read(raw)
    assert [(file.name, file.content) for file in envelope.attachments] == [("a.xlsx", b"PK")]
    assert envelope.senders == ("rep@corp.example",)


def test_a_mail_that_is_nothing_but_a_file_is_read() -> None:
    raw = mail("Content-Type: application/vnd.ms-excel; name=a.xls", "Content-Transfer-Encoding: base64", body=b"UEs=")
    assert [(file.name, file.content) for file in read(raw).attachments] == [("a.xls", b"PK")]


def test_a_file_without_a_name_is_an_attachment_all_the_same() -> None:
    raw = multipart(part(b"PK", "Content-Type: application/octet-stream"))
    assert [(file.name, file.content) for file in read(raw).attachments] == [("attachment", b"PK")]


def test_the_names_of_both_headers_are_read_the_disposition_first() -> None:
    both = part(b"x", 'Content-Type: text/csv; name="b.csv"', 'Content-Disposition: attachment; filename="a.csv"')
    only = part(b"x", b"Content-Type: text/csv; name=" + "日报.csv".encode("gb18030"))
    assert [file.name for file in read(multipart(both, only)).attachments] == ["a.csv", "日报.csv"]


def test_a_name_is_shown_without_path_or_line_breaks() -> None:
    raw = multipart(part(b"x", "Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%0D%0ABcc%3A.xlsx"))
    assert [file.name for file in read(raw).attachments] == ["aBcc:.xlsx"]


def test_the_last_of_many_files_is_not_lost() -> None:
    images = [part(b"x", "Content-Type: image/png") for _ in range(80)]
    raw = multipart(*images, part(b"PK", 'Content-Type: application/zip; name="a.xlsx"'))
    assert read(raw).attachments[-1].name == "a.xlsx"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "binary", "nonsense", ""])
def test_a_body_that_is_not_in_its_encoding_is_no_error(encoding: str) -> None:
    raw = multipart(part(b"\xff=ZZ!", f"Content-Transfer-Encoding: {encoding}", "Content-Type: image/png"))
    envelope = read(raw)
    assert (envelope.failure, len(envelope.attachments)) == (None, 1)


def test_a_uuencoded_file_is_decoded() -> None:
    content = b"begin 644 a.xls\n#4$L#\n`\nend\n"
    raw = multipart(part(content, "Content-Transfer-Encoding: x-uuencode", "Content-Type: x/y; name=a.xls"))
    assert [file.content for file in read(raw).attachments] == [b"PK\x03"]


def test_a_multipart_whose_boundary_never_comes_has_its_text() -> None:
    envelope = read(mail('Content-Type: multipart/mixed; boundary="x"', body=b"no parts at all"))
    assert envelope.failure is None
    assert envelope.attachments == ()


def test_a_multipart_without_its_last_boundary_keeps_its_files() -> None:
    raw = multipart(part(b"PK", 'Content-Type: x/y; name="a.xlsx"')).removesuffix(b"--=_x--\r\n")
    assert [file.content for file in read(raw).attachments] == [b"PK"]


# ---- what cannot be taken apart ----------------------------------------------------------------


def test_what_fails_keeps_its_headers() -> None:
    nested = b"x"
    for _ in range(15):
        nested = mail("Content-Type: message/rfc822", body=nested)
    envelope = read(
        mail("Subject: Report", "Message-ID: <a@corp.example>", "Content-Type: message/rfc822", body=nested)
    )
    assert (envelope.failure, envelope.defects) == (Reason.MALFORMED, ("_BeyondLimits: nested too deeply",))
    assert (envelope.senders, envelope.subject) == (("rep@corp.example",), "Report")
    assert envelope.message_id == "<a@corp.example>"


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_are_an_error(raw: bytes) -> None:
    read(raw)


_PIECES = st.sampled_from(
    [
        b"From: ",
        b"a@b.example",
        b"Subject: ",
        b"=?utf-8?B?",
        b"?=",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: message/rfc822",
        b"Content-Type: multipart/report",
        b"Content-Type: text/html; charset=",
        b"Content-Type: ",
        b"Content-Disposition: attachment; filename*0*=",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"begin 644 a\n",
        b"--x",
        b"--x--",
        b"<![",
        b"<!--",
        b"\x78\x9f\x3e\x22\x01\x00",
        b";",
        b"=",
        b'"',
        b" ",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\xce\xd2",
        b"\x00",
        b"utf-8",
        b"hz",
    ]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=60).map(b"".join))
def test_no_bytes_that_look_like_mail_are_an_error(raw: bytes) -> None:
    read(raw)


@settings(deadline=None)
@given(st.data())
def test_a_mutilated_mail_is_no_error(data: st.DataObject) -> None:
    raw = bytearray(builders.a_mail(b"PK" * 50))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=5))
    read(bytes(raw))


def test_a_file_of_megabytes_is_taken_out_without_being_held_many_times() -> None:
    content = bytes(range(256)) * (24 * 1024)
    headers = ("Content-Type: application/octet-stream; name=a.xlsx", "Content-Transfer-Encoding: base64")
    raw = multipart(part(base64.encodebytes(content), *headers))
    tracemalloc.start()
    try:
        (found,) = read(raw).attachments
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.content == content
    assert peak < 5 * len(raw)


@pytest.mark.parametrize("damage", [b"A", b"=", b"!\xff", b"\r\n\r\n"])
@pytest.mark.parametrize("charset", ["utf-8", "undefined", "punycode"])
def test_damaged_base64_gives_what_there_is_of_it(damage: bytes, charset: str) -> None:
    encoded = base64.b64encode(b"PK" * 60)
    body = encoded[:80] + damage + encoded[80:]
    headers = (f"Content-Type: text/csv; name=a.csv; charset={charset}", "Content-Transfer-Encoding: base64")
    (found,) = read(multipart(part(body, *headers))).attachments
    assert found.content.startswith(b"PK" * 20)
