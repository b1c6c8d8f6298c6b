"""Header text and file names, as Chinese and other mail programs write them: whole, split and broken."""

import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest.charset import (
    MAX_NAME,
    decode_bytes,
    decode_header,
    parameter,
    safe_name,
    without_encoded_words,
)


def word(text: str, charset: str = "utf-8", label: str = "") -> bytes:
    """Return an encoded word in base64."""
    return b"=?" + (label or charset).encode() + b"?B?" + base64.b64encode(text.encode(charset)) + b"?="


# ---- header text -------------------------------------------------------------------------------


def test_raw_gb18030_bytes_are_read() -> None:
    assert decode_header("十一月销售日报㐂".encode("gb18030")) == "十一月销售日报㐂"


def test_raw_utf8_bytes_are_read() -> None:
    assert decode_header("销售日报".encode()) == "销售日报"


def test_bytes_of_no_charset_are_kept_as_far_as_they_go() -> None:
    assert decode_header(b"report \xff\xff") == "report ��"


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "gb18030", "big5", "utf-16"])
def test_an_encoded_word_is_read_in_its_charset(charset: str) -> None:
    assert decode_header(word("日報", charset) if charset == "big5" else word("日报", charset)) in ("日报", "日報")


def test_a_rare_character_under_the_label_gb2312_is_read_by_the_wider_set() -> None:
    assert decode_header(word("周喆", "gb18030", label="gb2312")) == "周喆"


def test_a_word_in_q_encoding_has_underscores_for_spaces() -> None:
    assert decode_header(b"=?utf-8?q?daily_report=3A_=E6=97=A5?=") == "daily report: 日"


def test_the_language_in_an_encoded_word_is_passed_over() -> None:
    assert decode_header(b"=?utf-8*zh-CN?Q?=E6=97=A5=E6=8A=A5?=") == "日报"


@pytest.mark.parametrize("between", [b" ", b"\r\n ", b"\n\t", b" \r\n  "])
def test_a_character_split_across_two_words_is_whole_again(between: bytes) -> None:
    content = "日报".encode("gb18030")
    first, second = (b"=?gb18030?B?" + base64.b64encode(part) + b"?=" for part in (content[:3], content[3:]))
    assert decode_header(first + between + second) == "日报"


def test_words_of_different_charsets_are_each_read_in_their_own() -> None:
    assert decode_header(word("日", "gbk") + b" " + word("报")) == "日报"


def test_text_between_two_words_keeps_its_spaces() -> None:
    assert decode_header(word("王") + b" and " + word("李")) == "王 and 李"


def test_a_word_of_an_unknown_charset_is_read_by_its_bytes() -> None:
    assert decode_header(word("日报", label="x-nobody-knows")) == "日报"


@pytest.mark.parametrize("label", ["base64", "rot13", "zlib", "punycode", "idna", "undefined"])
def test_a_codec_that_is_no_charset_is_not_used(label: str) -> None:
    assert decode_header(word("日报", label=label)) == "日报"


@pytest.mark.parametrize(
    ("broken", "read"),
    [
        (b"=?utf-8?B?5pel5oql", "=?utf-8?B?5pel5oql"),  # never closed
        (b"=?utf-8?B?5pel5oq?=", "日"),  # a byte is missing
        (b"=?utf-8?B?5p el!5oql?=", "日报"),  # what is no base64 is passed over
        (b"=?utf-8?B?A?=", ""),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?=E6=97=A5=ZZ?=", "日=ZZ"),
    ],
)
def test_a_broken_word_gives_what_is_whole(broken: bytes, read: str) -> None:
    assert decode_header(broken).startswith(read)


def test_a_word_inside_quotes_is_read_though_the_standard_forbids_it() -> None:
    assert decode_header(b'"' + word("王丽") + b'" <wang.li@corp.example>') == '"王丽" <wang.li@corp.example>'


def test_line_breaks_cannot_be_smuggled_in_by_a_word() -> None:
    assert decode_header(word("日报\r\nBcc: all@corp.example")) == "日报Bcc: all@corp.example"


def test_control_and_direction_characters_are_taken_out() -> None:
    assert decode_header("a\u202eb\u200b\ufeffc\x00\x07d".encode()) == "abcd"


def test_a_folded_header_is_one_line() -> None:
    assert decode_header(b"daily\r\n report\r\n\tagain\r\n") == "daily report again"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_text_without_line_breaks(raw: bytes) -> None:
    text = decode_header(raw)
    assert "\n" not in text
    assert "\r" not in text


@settings(deadline=None)
@given(st.binary(max_size=80), st.text(max_size=20))
def test_any_charset_label_is_bearable(raw: bytes, label: str) -> None:
    assert isinstance(decode_bytes(raw, label), str)


def test_addresses_are_looked_for_outside_encoded_words() -> None:
    raw = word("boss@corp.example") + b"\r\n <rep@corp.example>"
    assert without_encoded_words(raw).split() == ["<rep@corp.example>"]


# ---- parameters --------------------------------------------------------------------------------


def filename(raw: bytes) -> str:
    """Return the file name in a Content-Disposition of *raw*."""
    return parameter(b"attachment; " + raw, "filename")


@pytest.mark.parametrize(
    "raw",
    [
        b'filename="\xe6\x97\xa5\xe6\x8a\xa5.xlsx"',
        b"filename=\xe6\x97\xa5\xe6\x8a\xa5.xlsx",
        'filename="日报.xlsx"'.encode("gb18030"),
        b'filename="' + word("日报.xlsx") + b'"',
        b"filename=" + word("日报.xlsx"),
        b"filename=" + word("日报", "gb18030") + b"\r\n " + word(".xlsx") + b"; size=3",
        b"filename=" + word("日报") + b".xlsx",
        b"filename*=UTF-8''%E6%97%A5%E6%8A%A5.xlsx",
        b"filename*=utf-8'zh-CN'%E6%97%A5%E6%8A%A5.xlsx",
        b"filename*=GB18030''%C8%D5%B1%A8.xlsx",
        b"filename*=x-unknown''%E6%97%A5%E6%8A%A5.xlsx",
        b"filename*=%E6%97%A5%E6%8A%A5.xlsx",
        b"filename*0*=UTF-8''%E6%97%A5; filename*1*=%E6%8A%A5; filename*2=.xlsx",
        b"filename*2=.xlsx;\r\n filename*1*=%E6%8A%A5;\r\n filename*0*=UTF-8''%E6%97%A5",
        b"filename*0*=UTF-8''%E6%97; filename*1*=%A5%E6%8A%A5.xlsx",
        b'FileName = "\xe6\x97\xa5\xe6\x8a\xa5.xlsx"',
    ],
)
def test_a_file_name_is_read_however_it_is_written(raw: bytes) -> None:
    assert filename(raw) == "日报.xlsx"


@pytest.mark.parametrize(
    "raw",
    [
        b"filename=\"report.xlsx\"; filename*=UTF-8''%E6%97%A5%E6%8A%A5.xlsx",
        b"filename*=UTF-8''%E6%97%A5%E6%8A%A5.xlsx; filename=\"report.xlsx\"",
    ],
)
def test_the_extended_file_name_is_preferred_to_the_plain_one(raw: bytes) -> None:
    assert filename(raw) == "日报.xlsx"


def test_a_semicolon_inside_quotes_begins_no_parameter() -> None:
    raw = b'attachment; filename="a; name=b.xlsx"; size=3'
    assert parameter(raw, "filename") == "a; name=b.xlsx"
    assert parameter(raw, "name") == ""


def test_escaped_quotes_belong_to_the_name() -> None:
    assert filename(rb'filename="the \"new\" report.xlsx"') == 'the "new" report.xlsx'


@pytest.mark.parametrize("raw", [b"", b"attachment", b"attachment;", b"attachment; filename", b"; = ;;= *=*"])
def test_a_missing_name_is_empty(raw: bytes) -> None:
    assert parameter(raw, "filename") == ""


def test_a_quote_that_is_never_closed_ends_with_the_header() -> None:
    assert filename(b'filename="report.xlsx') == "report.xlsx"


def test_a_percent_sign_that_encodes_nothing_stays() -> None:
    assert filename(b"filename*=UTF-8''100%25%zz.xlsx") == "100%%zz.xlsx"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_header_gives_a_name_or_none(raw: bytes) -> None:
    assert isinstance(filename(raw), str)


@pytest.mark.parametrize("filler", [b" ", b"\n  ", b";", b" a==?", b' a="', b" filename*1*=x;", b"=?utf-8?B?"])
def test_a_hostile_header_takes_no_time(filler: bytes) -> None:
    began = time.process_time()
    parameter(b"attachment;" + filler * 200_000, "filename")
    assert time.process_time() - began < 0.5


# ---- names that are shown ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\wang\\日报.xlsx", "日报.xlsx"),
        ("..", ""),
        ("/", ""),
        (" .report.xlsx. ", "report.xlsx"),
        ("a\r\nBcc: x@y.xlsx", "aBcc: x@y.xlsx"),
        ("report\u202excod.xlsx", "reportxcod.xlsx"),
        ("a\u2066b\u2069.xlsx", "ab.xlsx"),
        ("e\u0301.xlsx", "é.xlsx"),
        ("a\x00.xlsx", "a.xlsx"),
    ],
)
def test_a_name_holds_no_path_and_no_tricks(given_name: str, shown: str) -> None:
    assert safe_name(given_name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = safe_name("报" * 500 + ".xlsx")
    assert len(shown) == MAX_NAME
    assert shown.endswith("报.xlsx")


def test_a_long_name_without_an_ending_is_cut() -> None:
    assert len(safe_name("a" * 500)) == MAX_NAME
    assert len(safe_name("a." + "b" * 500)) == MAX_NAME


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_safe_name_is_safe_already(name: str) -> None:
    shown = safe_name(name)
    assert not set(shown) & set("/\\\r\n\0")
    assert len(shown) <= MAX_NAME
