"""Workbooks inside winmail.dat, whole and damaged."""

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest import tnef
from tests.unit.ingest.mails import multipart, part, read

RENDERING, TITLE, DATA, PROPERTIES, CODEPAGE = 0x00069002, 0x00018010, 0x0006800F, 0x00069005, 0x00069007


def attribute(number: int, data: bytes) -> bytes:
    return struct.pack("<BII", 2, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def container(*attributes: tuple[int, bytes]) -> bytes:
    """Return a winmail.dat of the given attributes."""
    return tnef.MAGIC + b"\x01\x00" + b"".join(attribute(number, data) for number, data in attributes)


def a_file(name: str, content: bytes, *more: tuple[int, bytes]) -> tuple[tuple[int, bytes], ...]:
    return ((RENDERING, b"\0" * 14), (TITLE, name.encode("gb18030") + b"\0"), (DATA, content), *more)


def text_property(number: int, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*listed: bytes) -> tuple[int, bytes]:
    return PROPERTIES, struct.pack("<I", len(listed)) + b"".join(listed)


NUMBER = struct.pack("<HHI", 0x03, 0x3705, 1)
BOOLEAN = struct.pack("<HHI", 0x0B, 0x7FFF, 1)
SEVERAL = struct.pack("<HHI", 0x1003, 0x6000, 2) + struct.pack("<II", 1, 2)
NAMED = struct.pack("<HH16sIIHHII", 0x03, 0x8001, b"\0" * 16, 1, 4, 65, 0, 7, 0)[:-4]


def names(raw: bytes) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in tnef.attachments(raw)]


def test_every_file_is_found_with_its_title() -> None:
    assert names(container(*a_file("a.xlsx", b"PK1"), *a_file("b.txt", b"two"))) == [
        ("a.xlsx", b"PK1"),
        ("b.txt", b"two"),
    ]


def test_the_long_name_is_preferred_to_the_short_title() -> None:
    listed = properties(NUMBER, BOOLEAN, SEVERAL, NAMED, text_property(0x3707, "三月四日销售日报.xlsx"))
    assert names(container(*a_file("SANYUE~1.XLS", b"PK", listed))) == [("三月四日销售日报.xlsx", b"PK")]


def test_a_title_is_read_in_the_container_s_codepage() -> None:
    raw = container((CODEPAGE, struct.pack("<II", 936, 0)), *a_file("日报.xlsx", b"PK"))
    assert names(raw) == [("日报.xlsx", b"PK")]


def test_a_title_without_a_codepage_is_read_by_its_bytes() -> None:
    assert names(container(*a_file("日报.xlsx", b"PK"))) == [("日报.xlsx", b"PK")]


def test_a_file_without_any_name_is_kept() -> None:
    assert names(container((RENDERING, b""), (DATA, b"PK"))) == [("attachment", b"PK")]


def test_properties_that_break_off_do_not_cost_the_file() -> None:
    listed = PROPERTIES, struct.pack("<I", 0xFFFFFFFF) + text_property(0x3707, "a.xlsx") + b"\x1f"
    assert names(container(*a_file("short.xls", b"PK", listed))) == [("a.xlsx", b"PK")]


def test_a_file_that_is_cut_off_is_left_out() -> None:
    whole = container(*a_file("a.xlsx", b"PK1"), *a_file("b.xlsx", b"PK" * 50))
    assert names(whole[:-30]) == [("a.xlsx", b"PK1")]


def test_a_name_is_made_safe() -> None:
    assert names(container(*a_file("..\\..\\a\r\n.xlsx", b"PK"))) == [("a.xlsx", b"PK")]


def test_no_more_than_a_hundred_files_are_taken() -> None:
    assert len(tnef.attachments(container(*a_file("a", b"x") * 150))) == tnef.MAX_FILES


@pytest.mark.parametrize("content_type", ["application/ms-tnef", "application/octet-stream"])
def test_a_mail_with_a_container_gives_the_files_inside(content_type: str) -> None:
    raw = container(*a_file("a.xlsx", b"PK"))
    envelope = read(multipart(part(raw, f'Content-Type: {content_type}; name="winmail.dat"')))
    assert [(file.name, file.content) for file in envelope.attachments] == [("a.xlsx", b"PK")]


def test_a_container_without_files_stays_as_it_is() -> None:
    envelope = read(multipart(part(container(), 'Content-Type: application/ms-tnef; name="winmail.dat"')))
    assert [file.name for file in envelope.attachments] == ["winmail.dat"]


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200), st.binary(max_size=10))
def test_a_damaged_container_is_no_error(noise: bytes, place: int, change: bytes) -> None:
    listed = properties(NUMBER, SEVERAL, NAMED, text_property(0x3707, "a.xlsx"))
    raw = bytearray(container(*a_file("a.xlsx", b"PK" * 5, listed)))
    raw[place : place + len(change)] = change
    tnef.attachments(bytes(raw))
    tnef.attachments(tnef.MAGIC + noise)
    tnef.attachments(container(*a_file("a", b"x", (PROPERTIES, noise))))


def test_what_has_more_attributes_or_properties_than_any_message_is_left_soon() -> None:
    began = time.process_time()
    endless = PROPERTIES, struct.pack("<IHHI", 1, 0x101F, 0x3707, 0xFFFFFFFF) + bytes(4 * 2**20)
    assert names(container(*a_file("a.xlsx", b"PK", endless))) == [("a.xlsx", b"PK")]
    many = PROPERTIES, struct.pack("<I", 0xFFFFFFFF) + NUMBER * 400_000
    assert names(container(*a_file("b.xlsx", b"PK", many))) == [("b.xlsx", b"PK")]
    assert names(container(*a_file("c.xlsx", b"PK"), *[(0x00060001, b"")] * 300_000)) == [("c.xlsx", b"PK")]
    assert time.process_time() - began < 0.5
