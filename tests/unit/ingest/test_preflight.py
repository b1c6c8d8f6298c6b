"""What a file is by its bytes, and what is refused before any reader sees it."""

import io
import random
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest.preflight import Package, ReadLimits, check, identify
from daysheet.model.issues import IssueCode
from daysheet.model.mail import FileKind
from daysheet.model.rows import Refusal
from tests.unit.ingest.files import LIMITS, a_book, a_sheet, an_xlsx, ole, patched, xlsx_parts, zipped

SHEET = "xl/worksheets/sheet1.xml"
BIFF_BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 12
FILE_PASS = b"\x2f\x00\x04\x00\0\0\0\0"


def verdict(data: bytes, name: str = "a.xlsx", limits: ReadLimits = LIMITS) -> tuple[IssueCode | None, str]:
    """Return the code a file is refused with (None where it is not) and why."""
    found = check(data, identify(data, name), name, limits)
    return (found.code, found.params.get("why", "")) if isinstance(found, Refusal) else (None, "")


def code(data: bytes, name: str = "a.xlsx", limits: ReadLimits = LIMITS) -> IssueCode | None:
    return verdict(data, name, limits)[0]


# ---- kinds -------------------------------------------------------------------------------------

CSV = "日期,客户\n2026-03-04,云杉\n"
NOISE = random.Random(7).randbytes(8192)

KINDS = [
    (b"", "a.xlsx", FileKind.EMPTY),
    (b"\0" * 500, "a.xlsx", FileKind.EMPTY),
    (b" \r\n\t", "a.csv", FileKind.EMPTY),
    (a_book([1]), "a.xlsx", FileKind.XLSX),
    (a_book([1]), "invoice.pdf", FileKind.XLSX),
    (a_book([1])[:300], "a.xlsx", FileKind.XLSX),
    (zipped(xlsx_parts() | {"xl/vbaProject.bin": b"x"}), "a.xlsx", FileKind.XLSM),
    (zipped({"xl/workbook.bin": b"x", "[Content_Types].xml": b"x"}), "a.xlsx", FileKind.XLSB),
    (zipped({"mimetype": b"x", "content.xml": b"<a/>"}), "a.ods", FileKind.ODS),
    (zipped({"word/document.xml": b"x", "[Content_Types].xml": b"x"}), "a.xlsx", FileKind.ZIP),
    (zipped({"photo.jpg": b"x"}), "a.xlsx", FileKind.ZIP),
    (b"PK\x05\x06" + b"\0" * 18, "a.zip", FileKind.ZIP),
    (ole("Workbook"), "a.xls", FileKind.XLS),
    (ole("WORKBOOK"), "a.xls", FileKind.XLS),
    (ole("Book"), "a.xls", FileKind.XLS),
    (ole("Workbook"), "a.et", FileKind.ET),
    (ole("Workbook", content=BIFF_BOF + FILE_PASS), "a.xls", FileKind.OLE_ENCRYPTED),
    (ole("Workbook", content=BIFF_BOF), "a.xls", FileKind.XLS),
    (ole("EncryptionInfo", "EncryptedPackage"), "a.xlsx", FileKind.OLE_ENCRYPTED),
    (ole("WordDocument"), "a.xls", FileKind.OTHER),
    (ole("WordDocument", "Workbook"), "a.doc", FileKind.OTHER),
    (ole("x", content="the Workbook of …".encode("utf-16-le")), "a.doc", FileKind.OTHER),
    (BIFF_BOF, "a.xls", FileKind.XLS),
    (b"<html><table>", "a.xls", FileKind.HTML),
    (b"\xef\xbb\xbf \r\n<HTML>", "a.xls", FileKind.HTML),
    (b"<?xml version='1.0'?><html>", "a.xls", FileKind.HTML),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a.xls", FileKind.HTML),
    (b"<?xml version='1.0'?><Workbook>", "a.xls", FileKind.XML),
    (CSV.encode(), "a.csv", FileKind.CSV),
    (CSV.encode("gb18030"), "a.csv", FileKind.CSV),
    (CSV.encode("utf-16"), "a.csv", FileKind.CSV),
    (CSV.replace(",", "\t").encode(), "a.xls", FileKind.CSV),
    (CSV.replace(",", ";").encode(), "a.TXT", FileKind.CSV),
    (CSV.encode(), "a.log", FileKind.OTHER),
    (b"one line of prose\nand another\n", "a.txt", FileKind.OTHER),
    (b"a,b\x00c,d\n", "a.csv", FileKind.OTHER),
    (NOISE, "日报.xlsx", FileKind.CIPHERTEXT),
    (b"%TSD-Header-###%" + NOISE, "日报.xls", FileKind.CIPHERTEXT),
    (NOISE, "photo.jpg", FileKind.OTHER),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "a.xlsx", FileKind.OTHER),
    (b"%PDF-1.7\n\xff\xff\xff\xff", "a.xlsx", FileKind.OTHER),
]


@pytest.mark.parametrize(("data", "name", "kind"), KINDS, ids=[f"{k}-{n}-{i}" for i, (_, n, k) in enumerate(KINDS)])
def test_a_file_is_what_its_bytes_say(data: bytes, name: str, kind: FileKind) -> None:
    assert identify(data, name) is kind


@settings(deadline=None)
@given(st.sampled_from([d for d, _, _ in KINDS]), st.sampled_from(["a.xlsx", "a.csv", ""]), st.data())
def test_a_damaged_file_is_identified_and_checked_all_the_same(data: bytes, name: str, draws: st.DataObject) -> None:
    raw = bytearray(data)
    if raw:
        place = draws.draw(st.integers(0, len(raw) - 1))
        raw[place : place + draws.draw(st.integers(0, 30))] = draws.draw(st.binary(max_size=8))
    identify(bytes(raw), name)
    check(bytes(raw), identify(bytes(raw), name), name, LIMITS)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.xlsx", IssueCode.FILE_EMPTY),
        (b"<html>", "a.xls", IssueCode.FILE_NOT_A_WORKBOOK),
        (b"<?xml?><Workbook>", "a.xls", IssueCode.FILE_NOT_A_WORKBOOK),
        (zipped({"photo.jpg": b"x"}), "a.xlsx", IssueCode.FILE_NOT_A_WORKBOOK),
        (ole("WordDocument"), "a.xls", IssueCode.FILE_NOT_A_WORKBOOK),
        (ole("EncryptedPackage"), "a.xlsx", IssueCode.FILE_PASSWORD),
        (ole("Workbook", content=BIFF_BOF + FILE_PASS), "a.xls", IssueCode.FILE_PASSWORD),
        (zipped(xlsx_parts() | {"xl/vbaProject.bin": b"x"}), "a.xlsx", IssueCode.FILE_MACROS),
        (an_xlsx(), "a.XLSM", IssueCode.FILE_MACROS),
        (an_xlsx(), "a.xltm", IssueCode.FILE_MACROS),
        (NOISE, "a.xlsx", IssueCode.FILE_COMPANY_ENCRYPTED),
        (an_xlsx(), "a.xlsx", None),
        (ole("Workbook"), "a.xls", None),
        (CSV.encode(), "a.csv", None),
    ],
)
def test_a_kind_that_is_not_opened_has_its_code(data: bytes, name: str, expected: IssueCode | None) -> None:
    assert code(data, name) is expected


def test_an_encrypted_ods_file_is_known_by_its_manifest() -> None:
    manifest = b'<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    data = zipped({"mimetype": b"x", "content.xml": b"\x00", "META-INF/manifest.xml": manifest})
    assert code(data, "a.ods") is IssueCode.FILE_PASSWORD


# ---- zip traps ---------------------------------------------------------------------------------


def test_a_part_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([*xlsx_parts().items(), (SHEET, a_sheet())])
    assert verdict(data) == (IssueCode.FILE_NOT_A_WORKBOOK, "entry names")


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "xl/../../x", "\\\\server\\x"])
def test_a_part_with_the_name_of_a_place_elsewhere_is_refused(name: str) -> None:
    assert verdict(an_xlsx(more={name: b"x"})) == (IssueCode.FILE_NOT_A_WORKBOOK, "entry names")


def test_a_part_with_dots_in_its_name_is_none_of_these() -> None:
    assert code(an_xlsx(more={"xl/a..b.bin": b"x"})) is None


def test_an_encrypted_part_means_a_password() -> None:
    flags_at = 8
    data = patched(an_xlsx(), SHEET, central={flags_at: 0x00080001})
    assert code(data) is IssueCode.FILE_PASSWORD


def test_too_many_parts_are_refused() -> None:
    data = an_xlsx(more={f"xl/media/{number}": b"" for number in range(2001)})
    assert verdict(data) == (IssueCode.FILE_TOO_LARGE, "2006 entries")


def test_a_directory_beyond_measure_is_not_even_listed() -> None:
    data = an_xlsx(more={f"xl/media/{number:0200}": b"" for number in range(9000)})
    tracemalloc.start()
    began = time.process_time()
    assert identify(data, "a.xlsx") is FileKind.XLSX
    assert verdict(data) == (IssueCode.FILE_TOO_LARGE, "9005 entries")
    assert time.process_time() - began < 0.1
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_part_that_inflates_beyond_its_ratio_is_refused() -> None:
    data = an_xlsx(more={"xl/media/image.bin": b"\0" * (3 * 2**20)})
    assert len(data) < 10_000
    assert verdict(data) == (IssueCode.FILE_TOO_LARGE, "inflates without end")


def test_a_part_that_claims_to_be_small_is_measured_while_it_inflates() -> None:
    honest = an_xlsx(more={"bomb.bin": b"\0" * (30 * 2**20)})
    lying = patched(honest, "bomb.bin", local={22: 10}, central={24: 10})
    began = time.process_time()
    assert verdict(lying) == (IssueCode.FILE_TOO_LARGE, "inflates without end")
    assert time.process_time() - began < 0.5


def test_a_part_that_claims_to_be_large_is_believed_in_nothing() -> None:
    data = patched(an_xlsx(), SHEET, central={24: 0xFFFFFFF0})
    package = check(data, FileKind.XLSX, "a.xlsx", LIMITS)
    assert isinstance(package, Package)
    assert package.parts[SHEET] == a_sheet()


def test_all_parts_together_are_bounded() -> None:
    parts = {f"xl/{number}.xml": b"%03d" % number * 300 for number in range(20)}
    limits = ReadLimits(inflated_bytes=16_000)
    assert code(an_xlsx(more=dict(list(parts.items())[:5])), limits=limits) is None
    assert code(an_xlsx(more=parts), limits=limits) is IssueCode.FILE_TOO_LARGE
    assert code(an_xlsx(more=parts), limits=ReadLimits(parsed_bytes=16_000)) is IssueCode.FILE_TOO_LARGE


def test_pictures_are_not_even_unpacked() -> None:
    data = an_xlsx(more={f"xl/media/{number}.png": bytes([number]) * 900 for number in range(20)})
    package = check(data, FileKind.XLSX, "a.xlsx", ReadLimits(inflated_bytes=16_000))
    assert isinstance(package, Package)
    assert not any("media" in name for name in package.parts)


def test_a_workbook_that_is_cut_off_says_so() -> None:
    whole = an_xlsx()
    for length in range(40, len(whole), 97):
        assert code(whole[:length]) in (IssueCode.FILE_EMPTY, IssueCode.FILE_NOT_A_WORKBOOK)
    assert code(whole[:-40]) is IssueCode.FILE_EMPTY


def test_a_part_whose_data_are_missing_is_refused() -> None:
    assert code(patched(an_xlsx(), SHEET, central={20: 10**6})) is IssueCode.FILE_EMPTY
    assert code(patched(an_xlsx(), SHEET, central={42: 10**6})) is IssueCode.FILE_EMPTY
    assert code(patched(an_xlsx(), SHEET, central={42: 3})) is IssueCode.FILE_EMPTY


def test_a_part_that_is_damaged_is_refused() -> None:
    data = bytearray(an_xlsx())
    at = data.find(SHEET.encode()) + len(SHEET)
    data[at : at + 4] = b"\xff\xff\xff\xff"
    assert code(bytes(data)) is IssueCode.FILE_EMPTY


def test_a_part_in_which_a_bit_has_flipped_is_not_read_with_another_figure() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        for name, content in xlsx_parts().items():
            package.writestr(name, content)
    data = target.getvalue()
    assert code(data) is None
    assert code(data.replace(b"<v>1</v>", b"<v>9</v>")) is IssueCode.FILE_EMPTY


def test_a_packing_other_than_deflate_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_BZIP2) as package:
        for name, content in xlsx_parts().items():
            package.writestr(name, content)
    assert verdict(target.getvalue()) == (IssueCode.FILE_NOT_A_WORKBOOK, "compression")


def test_parts_that_are_stored_as_they_are_are_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        for name, content in xlsx_parts().items():
            package.writestr(name, content)
    assert code(target.getvalue()) is None
    assert code(target.getvalue(), limits=ReadLimits(inflated_bytes=100)) is IssueCode.FILE_TOO_LARGE


# ---- XML that makes readers allocate -----------------------------------------------------------


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "xl/_rels/workbook.xml.rels", "docProps/core.xml"])
@pytest.mark.parametrize("trap", [b'<!DOCTYPE a [<!ENTITY b "c">]>', b"<!DOCTYPE a>"])
def test_a_doctype_is_refused_in_every_part_that_a_reader_opens(part: str, trap: bytes) -> None:
    content = xlsx_parts().get(part, b"<a/>")
    assert verdict(an_xlsx(more={part: trap + content})) == (IssueCode.FILE_NOT_A_WORKBOOK, "DOCTYPE")


@pytest.mark.parametrize(
    "content",
    [
        "<a/>".encode("utf-16"),
        "<a/>".encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b"<?xml version='1.0' encoding = 'gb18030' ?><a/>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
    ],
)
def test_a_part_in_another_charset_is_refused(content: bytes) -> None:
    assert verdict(an_xlsx(more={"xl/styles.xml": content})) == (IssueCode.FILE_NOT_A_WORKBOOK, "charset")


@pytest.mark.parametrize("label", ["utf-8", "UTF8", "us-ascii"])
def test_a_part_in_utf8_under_any_of_its_names_is_taken(label: str) -> None:
    content = f'<?xml version="1.0" encoding="{label}"?><a/>'.encode()
    assert code(an_xlsx(more={"xl/styles.xml": content})) is None


def test_what_other_programs_keep_in_the_workbook_may_be_in_any_charset() -> None:
    assert code(an_xlsx(more={"customXml/item1.xml": "<a/>".encode("utf-16")})) is None


@pytest.mark.parametrize(
    "attribute", ['count="4000000000"', "count='4000000000'", 'count="1" uniqueCount="4000000000"']
)
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/SHAREDSTRINGS.xml", "xl/s.xml"])
def test_more_shared_strings_than_there_can_be_are_refused(attribute: str, part: str) -> None:
    content = f"<sst {attribute}><si><t>a</t></si></sst>".encode()
    assert verdict(an_xlsx(more={part: content})) == (IssueCode.FILE_TOO_LARGE, "shared strings")


def test_as_many_shared_strings_as_there_may_be_are_taken() -> None:
    data = a_book(*[[f"text {number}"] * 5 for number in range(50)])
    assert code(data) is None


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>',
        "<row r='1'><c r='A1'/></row><row r='1048576'><c r='XFD1048576'/></row>",
        '<row r="1"><c r = "A1"/></row><row r = "1048576"><c r = "XFD1048576"/></row>',
        '<row r="30000"><c r="CW30000"/></row>',
        '<row r="999999"><c r="C999999"/></row>',
        '<row r="9999"><c r="ZZ9999"/></row>',
    ],
)
def test_an_extent_over_the_budget_is_refused(rows: str) -> None:
    found, why = verdict(an_xlsx(a_sheet(rows)))
    assert found is IssueCode.FILE_TOO_LARGE
    assert why.endswith("columns")


def test_an_extent_is_refused_in_a_sheet_of_any_name_or_ending() -> None:
    far = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"/></row></sheetData ></worksheet>'
    assert code(an_xlsx(far)) is IssueCode.FILE_TOO_LARGE
    assert code(an_xlsx(more={"xl/other.xml": far})) is IssueCode.FILE_TOO_LARGE


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="20000"><c r="CV20000"/></row>',
        '<row r="1"><c r="XFD1" s="3"/></row>',  # a row coloured to its very end
        '<row r="1048576"><c r="A1048576"/></row>',
    ],
)
def test_an_extent_within_the_budget_is_taken(rows: str) -> None:
    assert code(an_xlsx(a_sheet(rows))) is None


def an_ods(rows: str) -> bytes:
    content = f"<table:table>{rows}</table:table>".encode()
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('<t:table-row t:number-rows-repeated="9999999"><t:table-cell>a</t:table-cell></t:table-row>', True),
        ("<t:table-row><t:table-cell t:number-columns-repeated='9999999'>a</t:table-cell></t:table-row>", True),
        (
            '<t:table-row t:number-rows-repeated="9999"><t:table-cell t:number-columns-repeated="999">a'
            "</t:table-cell></t:table-row>",
            True,
        ),
        ('<t:table-row t:number-rows-repeated="1048576"><t:table-cell t:number-columns-repeated="16384"/>', False),
        ('<t:table-row t:number-rows-repeated="99"><t:table-cell>a</t:table-cell></t:table-row>' * 2, False),
    ],
)
def test_filled_cells_repeated_without_end_are_refused(rows: str, expected: bool) -> None:
    assert code(an_ods(rows), "a.ods") is (IssueCode.FILE_TOO_LARGE if expected else None)


def test_the_declared_dimension_is_not_believed() -> None:
    assert code(an_xlsx(a_sheet().replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'))) is None


@pytest.mark.parametrize("prefix", ["", "x"])
def test_too_many_merged_ranges_are_refused(prefix: str) -> None:
    x = f"{prefix}:" if prefix else ""
    merges = "".join(f'<{x}mergeCell ref="A{n}:B{n}"/>' for n in range(1, 1002))
    assert verdict(an_xlsx(a_sheet(after=f"<{x}mergeCells>{merges}</{x}mergeCells>", prefix=prefix))) == (
        IssueCode.FILE_TOO_LARGE,
        "merged cells",
    )


def test_a_csv_beyond_its_size_is_refused() -> None:
    limits = ReadLimits(csv_bytes=100)
    assert code(b"a,b\n" * 20, "a.csv", limits) is None
    assert code(b"a,b\n" * 30, "a.csv", limits) is IssueCode.FILE_TOO_LARGE


# ---- what is quick to pack and slow to read ------------------------------------------------------

MANY = [
    ("rows", a_sheet("<row/>" * 11), {}, ReadLimits(rows=10)),
    ("prefixed rows", a_sheet("<x:row/>" * 11, prefix="x"), {}, ReadLimits(rows=10)),
    ("cells", a_sheet("<row>" + "<c><v>1</v></c>" * 11 + "</row>"), {}, ReadLimits(filled=10)),
    ("formulas", a_sheet("<row>" + "<c><f>A1</f><v/></c>" * 11 + "</row>"), {}, ReadLimits(formulas=10)),
    ("bytes", a_sheet("<row><c><v>" + "1" * 3000 + "</v></c></row>"), {}, ReadLimits(parsed_bytes=3000)),
    ("names", None, {"xl/workbook.xml": b"<a>" + b"<definedName/>" * 50}, ReadLimits(tags_listing=50)),
    ("properties", None, {"docProps/custom.xml": b"<a>" + b"<property/>" * 50}, ReadLimits(tags_listing=50)),
]


@pytest.mark.parametrize(("sheet", "more", "limits"), [one[1:] for one in MANY], ids=[one[0] for one in MANY])
def test_more_than_can_be_read_quickly_is_too_large(
    sheet: bytes | None, more: dict[str, bytes], limits: ReadLimits
) -> None:
    data = an_xlsx(sheet, more)
    assert code(data, limits=limits) is IssueCode.FILE_TOO_LARGE
    assert code(data) is None


def test_a_text_counts_as_often_as_it_is_shown() -> None:
    strings = b"<sst><si><t>" + b"x" * 1000 + b"</t></si><si><t>y</t></si></sst>"
    limits = ReadLimits(text_bytes=5000)

    def shown(number: int, times: int) -> bytes:
        sheet = a_sheet("<row>" + f'<c t="s"><v>{number}</v></c>' * times + "</row>")
        return an_xlsx(sheet, {"xl/sharedStrings.xml": strings})

    assert verdict(shown(0, 5), limits=limits) == (IssueCode.FILE_TOO_LARGE, "0.0 MiB of text")
    assert code(shown(0, 4), limits=limits) is None
    assert code(shown(1, 100), limits=limits) is None


def test_lines_of_an_ods_file_are_counted_too() -> None:
    data = zipped({"mimetype": b"x", "content.xml": b"<table:table-row/>" * 11})
    assert code(data, "a.ods", ReadLimits(rows=10)) is IssueCode.FILE_TOO_LARGE
    assert code(data, "a.ods", ReadLimits(rows=11)) is None
