"""What the reader drops and our own look at the XML finds, with and without prefixes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest.scan import column, defined_names, properties, scan_sheet, sheet_parts
from daysheet.model.rows import CellFault
from tests.unit.ingest.files import a_sheet, xlsx_parts

REF = "#REF!"


def prefixed(rows: str, prefix: str) -> str:
    """Return *rows* with its elements under *prefix*."""
    if not prefix:
        return rows
    return rows.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")


def faults(rows: str, prefix: str = "") -> dict[tuple[int, int], tuple[CellFault, str]]:
    return dict(scan_sheet(a_sheet(prefixed(rows, prefix), prefix=prefix)).faults)


@pytest.mark.parametrize("prefix", ["", "x"])
@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ('<c r="B3" t="e"><v>#REF!</v></c>', (CellFault.ERROR, REF)),
        ('<c t="e" s="2" r="B3"><v>#REF!</v></c>', (CellFault.ERROR, REF)),
        ("<c r='B3' t='e'><v>#REF!</v></c>", (CellFault.ERROR, REF)),
        ('<c r="B3" t="e"><f>A1/0</f><v>#DIV/0!</v></c>', (CellFault.ERROR, "#DIV/0!")),
        ('<c r="B3" t="e"/>', (CellFault.ERROR, "#ERROR")),
        ('<c r="B3"><f>A1+1</f></c>', (CellFault.UNCALCULATED, "=A1+1")),
        ('<c r="B3"><f>A1+1</f><v></v></c>', (CellFault.UNCALCULATED, "=A1+1")),
        ('<c r="B3"><f>A1+1</f><v/></c>', (CellFault.UNCALCULATED, "=A1+1")),
        ('<c r="B3"><f t="shared" si="0"/></c>', (CellFault.UNCALCULATED, "=")),
        ('<c r="B3"><f>IF(A1&gt;1,"a","b")</f></c>', (CellFault.UNCALCULATED, '=IF(A1>1,"a","b")')),
        (
            '<c r="B3" t="str"><f>DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>',
            (CellFault.IMAGE, 'DISPIMG("ID_1",1)'),
        ),
        ('<c r="B3" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>x</v></c>', (CellFault.IMAGE, '_xlfn.DISPIMG("ID_1",1)')),
        ('<c r="B3"><f>A1+1</f><v>5</v></c>', None),
        ('<c r="B3" t="str"><f>A1&amp;""</f><v></v></c>', None),
        ('<c r="B3" t="str"><v>#REF!</v></c>', None),
        ('<c r="B3"><v>5</v></c>', None),
    ],
)
def test_a_cell_has_its_fault(cell: str, fault: tuple[CellFault, str] | None, prefix: str) -> None:
    neighbours = '<c r="A3" s="1"/>', '<c r="C3"><v>1</v></c>'
    found = faults(f'<row r="3">{neighbours[0]}{cell}{neighbours[1]}</row>', prefix)
    assert found == ({(3, 2): fault} if fault else {})


def test_formulas_below_the_cells_are_not_those_of_cells() -> None:
    sheet = a_sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        after="<dataValidations><dataValidation><formula1>a</formula1></dataValidation></dataValidations>",
    )
    assert not scan_sheet(sheet).faults


def test_formulas_are_found_in_a_sheet_whose_end_is_written_in_another_way() -> None:
    sheet = a_sheet('<row r="1"><c r="A1"><f>B1</f></c></row>').replace(b"</sheetData>", b"</sheetData >")
    assert (1, 1) in scan_sheet(sheet).faults


@pytest.mark.parametrize("prefix", ["", "x"])
def test_hidden_rows_are_known_wherever_the_mark_stands(prefix: str) -> None:
    rows = (
        '<row r="1" hidden="1"/><row hidden="true" r="2"/><row r="3" hidden="0"/><row r="4" ht="3" hidden="1" s="1">'
        '<c r="A4"/></row><row r="5"/>'
    )
    assert scan_sheet(a_sheet(prefixed(rows, prefix), prefix=prefix)).hidden_rows == {1, 2, 4}


def test_a_declaration_in_single_quotes_says_nothing_of_the_rest() -> None:
    sheet = b"<?xml version='1.0' encoding='UTF-8'?>" + a_sheet('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>')
    assert (1, 1) in scan_sheet(sheet).faults


def test_hidden_columns_are_no_rows() -> None:
    sheet = a_sheet().replace(b"<sheetData>", b'<cols><col min="1" max="2" hidden="1"/></cols><sheetData>')
    assert not scan_sheet(sheet).hidden_rows


@pytest.mark.parametrize("prefix", ["", "x"])
def test_merged_ranges_are_read(prefix: str) -> None:
    after = prefixed('<mergeCells count="2"><mergeCell ref="A1:C2"/><mergeCell ref="AA10:AB11"/></mergeCells>', prefix)
    assert scan_sheet(a_sheet(after=after, prefix=prefix)).merges == ((1, 1, 2, 3), (10, 27, 11, 28))


def test_an_ordinary_sheet_has_nothing_to_find() -> None:
    found = scan_sheet(a_sheet())
    assert (dict(found.faults), found.hidden_rows, found.merges) == ({}, frozenset(), ())


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["<c ", 'r="A1"', ' t="e"', ">", "/>", "<f>", "</f>", "<v>", "</c>", "<row ", '"', "'"]))
)
def test_no_xml_is_an_error(pieces: list[str]) -> None:
    scan_sheet(a_sheet("".join(pieces)))


# ---- the workbook's own parts ------------------------------------------------------------------

RELATIONS = '<Relationship Id="rId1" Target="{}"/><Relationship Target="worksheets/b.xml" Id="rId2" Type="x"/>'
SHEETS = '<sheet name="甲 &amp; 乙" sheetId="1" r:id="rId1"/><sheet r:id="rId2" state="veryHidden" name="lists"/>'


def parts(workbook: str, relations: str, path: str = "xl/workbook.xml") -> dict[str, bytes]:
    folder, _, name = path.rpartition("/")
    return {
        "other/myworkbook.xml": b"<sheet name='x'/>",
        path: f"<workbook><sheets>{workbook}</sheets></workbook>".encode(),
        f"{folder}/_rels/{name}.rels": f"<Relationships>{relations}</Relationships>".encode(),
    }


@pytest.mark.parametrize("target", ["worksheets/a.xml", "/xl/worksheets/a.xml", "./worksheets/../worksheets/a.xml"])
@pytest.mark.parametrize("path", ["xl/workbook.xml", "xl/workbook2.xml"])
def test_sheets_lead_to_their_parts(target: str, path: str) -> None:
    assert sheet_parts(parts(SHEETS, RELATIONS.format(target), path)) == [
        ("甲 & 乙", "xl/worksheets/a.xml", False),
        ("lists", "xl/worksheets/b.xml", True),
    ]


def test_sheets_under_a_prefix_or_in_single_quotes_lead_to_their_parts() -> None:
    workbook = SHEETS.replace("<sheet", "<x:sheet").replace('"', "'")
    found = sheet_parts(parts(workbook, RELATIONS.format("worksheets/a.xml").replace("<R", "<p:R")))
    assert [part for _, part, _ in found] == ["xl/worksheets/a.xml", "xl/worksheets/b.xml"]


def test_a_sheet_without_a_relation_has_no_part() -> None:
    assert sheet_parts(parts('<sheet name="a" r:id="rId9"/>', "")) == [("a", "", False)]
    assert sheet_parts({}) == []


def test_custom_properties_are_read() -> None:
    custom = (
        '<property fmtid="{D5}" pid="2" name="daysheet.template"><vt:lpwstr>daily &amp; more</vt:lpwstr></property>'
        "<property name='version' pid='3'>\n<vt:i4>7</vt:i4></property><property name='none'><vt:empty/></property>"
    )
    assert properties({"docProps/custom.xml": custom.encode()}) == {"daysheet.template": "daily & more", "version": "7"}
    assert properties({}) == {}


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_defined_names_are_read(prefix: str) -> None:
    workbook = (
        f"<workbook><{prefix}definedNames>"
        f'<{prefix}definedName hidden="1" name="daysheet_id">"a&amp;b"</{prefix}definedName>'
        f'<{prefix}definedName name="stage">lists!$A$1:$A$9</{prefix}definedName></{prefix}definedNames></workbook>'
    )
    assert defined_names(xlsx_parts() | {"xl/workbook.xml": workbook.encode()}) == {
        "daysheet_id": '"a&b"',
        "stage": "lists!$A$1:$A$9",
    }
    assert defined_names(xlsx_parts()) == {}


@pytest.mark.parametrize(("letters", "number"), [(b"A", 1), (b"Z", 26), (b"AA", 27), (b"CV", 100), (b"XFD", 16384)])
def test_letters_are_a_column_s_number(letters: bytes, number: int) -> None:
    assert column(letters) == number
