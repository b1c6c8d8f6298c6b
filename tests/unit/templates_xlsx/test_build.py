"""The blank workbook: what a rep opens."""

import io
import os
import subprocess
import sys
import zipfile
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string

from daysheet.model.people import Person, Role
from daysheet.model.template import REF_KEY, ColumnSpec, ColumnType, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import look, spec
from daysheet.templates_xlsx.build import build
from daysheet.templates_xlsx.layout import GUIDE_SHEET, LISTS_SHEET, TEMPLATE_NAME, letters, ref_letter, shown
from tests.builders import daily
from tests.unit.templates_xlsx.compare import sheet_xml

LASTING = ColumnType.TEXT, ColumnType.ENUM, ColumnType.PHONE, ColumnType.EMAIL, ColumnType.CUSTOMER, ColumnType.BOOL
"""Types whose cells are text, so that nothing typed into them is turned into a number or a date."""
WANG = Person(1, "00417", "王丽", Role.REP, Language.ZH, ("wang@corp.example",), "一组", "华东区")
CUSTOMERS = ("杭州云杉自动化有限公司", "=HYPERLINK(1)", "  ", "苏州蓝鲸精密机械有限公司", "杭州云杉自动化有限公司")


@cache
def lite() -> TemplateSpec:
    return spec.load("lite")


@cache
def opened(language: Language = Language.ZH) -> Any:
    """The blank daily report; tests look and do not touch."""
    return load_workbook(io.BytesIO(build(daily(), language)))


def data_sheets(language: Language = Language.ZH) -> list[tuple[SheetSpec, Any]]:
    return [(part, opened(language)[part.label.in_(language)]) for part in daily().data_sheets]


def every_column() -> list[tuple[SheetSpec, Any, ColumnSpec, str]]:
    return [
        (part, sheet, column, letters(part)[column.key]) for part, sheet in data_sheets() for column in part.columns
    ]


# ---- the same bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_building_twice_gives_the_same_bytes(language: Language) -> None:
    first, second = (build(daily(), language, customers=CUSTOMERS, person=WANG) for _ in range(2))
    assert first == second


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    script = (
        "import sys; from daysheet.templates_xlsx import spec; from daysheet.templates_xlsx.build import build;"
        "from daysheet.model.text import Language;"
        "sys.stdout.buffer.write(b''.join(build(spec.load(n), l) for n in spec.PACKAGED for l in Language))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "America/Lima"}
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=environment)
    assert other.stdout == b"".join(build(spec.load(name), lang) for name in spec.PACKAGED for lang in Language)


def test_no_part_carries_the_clock() -> None:
    package = zipfile.ZipFile(io.BytesIO(build(daily(), Language.ZH)))
    assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr for entry in package.infolist()} == {0o600 << 16}
    assert b"2026-01-01T00:00:00Z</dcterms:modified>" in package.read("docProps/core.xml")


# ---- sheets and labels ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_the_sheets_are_named_in_the_language_and_followed_by_the_guide(language: Language) -> None:
    names = [sheet.label.in_(language) for sheet in daily().sheets]
    assert opened(language).sheetnames == [*names, GUIDE_SHEET.in_(language), LISTS_SHEET]
    assert opened(language)[LISTS_SHEET].sheet_state == "hidden"


@pytest.mark.parametrize("language", Language)
def test_labels_stand_in_row_one_in_both_languages_whatever_the_language(language: Language) -> None:
    for part, sheet in data_sheets(language):
        for column in part.columns:
            label = sheet[f"{letters(part)[column.key]}1"].value
            first, _, second = label.partition("\n")
            assert first.removesuffix(" *").startswith(column.label.zh)
            assert second == column.label.en
            assert first.endswith(" *") == column.required


def test_row_two_is_hidden_and_holds_the_keys() -> None:
    for part, sheet in data_sheets():
        assert sheet.row_dimensions[2].hidden
        assert [cell.value for cell in sheet[2]] == [*(column.key for column in part.columns), REF_KEY]


def test_every_data_sheet_has_a_hidden_reference_column_after_its_own() -> None:
    for part, sheet in data_sheets():
        group = sheet.column_dimensions[ref_letter(part)]
        assert group.hidden
        assert group.number_format == "@"
        assert not group.protection.locked


def test_labels_and_the_customer_stay_in_sight() -> None:
    at = {part.key: sheet.freeze_panes for part, sheet in data_sheets()}
    assert at == {"visits": "D3", "opportunities": "B3", "plans": "C3", "service": "C3"}


def test_the_cursor_stands_where_writing_begins() -> None:
    assert {selection.sqref for selection in opened()["封面"].sheet_view.selection} == {"C7"}  # the report date
    for _, sheet in data_sheets():
        assert {selection.sqref for selection in sheet.sheet_view.selection} == {"A3"}
        assert sheet.sheet_view.pane.activePane == "bottomLeft"


# ---- columns -------------------------------------------------------------------------------------


def test_text_columns_keep_leading_zeros() -> None:
    for _, sheet, column, letter in every_column():
        is_text = sheet.column_dimensions[letter].number_format == "@"
        assert is_text == (column.type in LASTING), column.key


def test_dates_times_and_large_amounts_are_shown_as_such() -> None:
    formats = {
        (part.key, column.key): sheet.column_dimensions[at].number_format for part, sheet, column, at in every_column()
    }
    assert formats["visits", "visit_date"] == "yyyy-mm-dd"
    assert formats["visits", "start_time"] == "hh:mm"
    assert formats["opportunities", "amount"] == "#,##0.00"
    assert formats["opportunities", "quantity"] == "General"


def test_only_labels_and_keys_are_locked() -> None:
    for part, sheet in data_sheets():
        assert all(not sheet.column_dimensions[letter].protection.locked for letter in letters(part).values())
        assert all(cell.protection.locked for row in sheet["1:2"] for cell in row)


def test_a_row_has_no_locked_cell_so_that_excel_can_delete_it() -> None:
    for part, sheet in data_sheets():
        rest = sheet.column_dimensions[_next(ref_letter(part))]
        assert (rest.min, rest.max) == (column_index_from_string(ref_letter(part)) + 1, 16_384)
        assert not rest.protection.locked


def _next(letter: str) -> str:
    return chr(ord(letter) + 1)


def test_no_row_is_formatted_beforehand() -> None:
    """Hundreds of formatted rows would cost threefold at every later step."""
    content = build(daily(), Language.ZH)
    for title, root in sheet_xml(content):
        if title in {sheet.label.zh for sheet in daily().data_sheets}:
            rows = [element.get("r") for element in root.iter() if element.tag.endswith("}row")]
            assert rows == ["1", "2"]
    assert len(content) < 40_000


def test_everything_of_a_data_sheet_fits_a_full_hd_screen() -> None:
    for part, _ in data_sheets():
        pixels = sum(column.width * 7 + 5 for column in part.columns)
        assert pixels < 1900, part.key


# ---- protection ----------------------------------------------------------------------------------


def test_sheets_are_protected_without_a_password_and_rows_may_be_inserted_sorted_and_filtered() -> None:
    visible = [sheet for sheet in opened().worksheets if sheet.sheet_state == "visible"]
    assert visible
    for sheet in visible:
        guard = sheet.protection
        assert guard.sheet
        assert guard.password is None
        assert guard.hashValue is None
        allowed = (guard.sort, guard.autoFilter, guard.insertRows, guard.deleteRows, guard.formatCells)
        assert allowed == (False,) * 5  # the file says what is *forbidden*


def test_the_cover_is_open_at_its_values_only() -> None:
    sheet = opened()["封面"]
    for row in sheet.iter_rows(min_row=4):
        assert [cell.column_letter for cell in row if not cell.protection.locked] == ["C"]
    assert sheet.column_dimensions["A"].hidden


# ---- dropdowns and prompts -----------------------------------------------------------------------


def _checks(sheet: Any, address: str) -> list[Any]:
    return [check for check in sheet.data_validations.dataValidation if address in check.sqref]


def test_every_list_is_a_plain_range_behind_a_defined_name() -> None:
    book = opened()
    for key, choices in daily().lists.items():
        (title, cells), *rest = book.defined_names[f"list_{key}"].destinations
        assert not rest
        assert title == LISTS_SHEET
        assert [row[0].value for row in book[title][cells]] == [shown(item.label) for item in choices.items]


def test_every_list_column_offers_its_list_on_every_row() -> None:
    for part, sheet, column, letter in every_column():
        if column.list is None:
            continue
        for row in (3, part.max_rows + 2):
            (check,) = _checks(sheet, f"{letter}{row}")
            assert (check.type, check.formula1) == ("list", f"list_{column.list}")
            assert not check.showDropDown  # which, in the file, hides the arrow
            assert check.errorStyle == "warning"
        assert not _checks(sheet, f"{letter}2")


def test_nothing_in_the_workbook_calls_for_a_macro_or_an_indirect_reference() -> None:
    package = zipfile.ZipFile(io.BytesIO(build(daily(), Language.ZH, customers=CUSTOMERS)))
    assert not [name for name in package.namelist() if "vba" in name.lower()]
    assert not [name for name in package.namelist() if b"INDIRECT" in package.read(name)]


@pytest.mark.parametrize("language", Language)
def test_prompts_are_short_enough_for_excel_and_in_the_language(language: Language) -> None:
    checks = [c for sheet in opened(language).worksheets for c in sheet.data_validations.dataValidation]
    told = [check for check in checks if check.showInputMessage]
    assert told
    for check in told:
        assert 0 < len(check.promptTitle) <= 32
        assert 0 < len(check.prompt) <= 255
        assert len(check.error or "") <= 255
        has_chinese = any("\u4e00" <= char <= "\u9fff" for char in check.promptTitle)
        assert has_chinese == (language is Language.ZH)


def test_required_cells_of_a_begun_row_are_framed() -> None:
    for part, sheet, column, letter in every_column():
        rules = [
            rule for ranges in sheet.conditional_formatting if f"{letter}3" in ranges.sqref for rule in ranges.rules
        ]
        assert bool(rules) == (column.required or column.required_if is not None), column.key
        for rule in rules:
            assert f"LEN(TRIM(${letter}3))=0" in rule.formula[0]
            assert rule.dxf.fill is None, "a fill would hide the one that marks a mistake"
            assert rule.dxf.border.left.color.rgb == f"FF{look.NEEDED}"
        assert not part.columns[0].removed


def test_a_condition_is_true_however_its_value_is_spelt() -> None:
    (rule,) = [
        rule
        for ranges in opened()["服务与费用"].conditional_formatting
        if "B3" in ranges.sqref
        for rule in ranges.rules
    ]
    for spelling in ("投诉 Complaint", "投诉", "Complaint", "complaint"):
        assert f'$A3="{spelling}"' in rule.formula[0]


# ---- a rep's own ---------------------------------------------------------------------------------


@cache
def personal() -> Any:
    return load_workbook(io.BytesIO(build(daily(), Language.ZH, customers=CUSTOMERS, person=WANG)))


def test_a_rep_finds_their_customers_in_the_dropdown_each_once() -> None:
    (title, cells), *_ = personal().defined_names["list_customers"].destinations
    found = [row[0].value for row in personal()[title][cells]]
    assert found == ["杭州云杉自动化有限公司", "=HYPERLINK(1)", "苏州蓝鲸精密机械有限公司"]
    (check,) = _checks(personal()["拜访"], "C3")
    assert check.formula1 == "list_customers"


def test_a_customer_who_is_not_in_the_dropdown_may_be_typed() -> None:
    for part in daily().data_sheets:
        (check,) = _checks(personal()[part.label.zh], f"{letters(part)['customer']}3")
        assert not check.showErrorMessage


def test_a_name_that_begins_like_a_formula_stays_text() -> None:
    cell = next(c for row in personal()[LISTS_SHEET].iter_rows() for c in row if c.value == "=HYPERLINK(1)")
    assert cell.data_type == "s" or cell.quotePrefix
    raw = zipfile.ZipFile(io.BytesIO(build(daily(), Language.ZH, customers=CUSTOMERS)))
    sheets = [raw.read(name) for name in raw.namelist() if name.startswith("xl/worksheets/")]
    assert not any(b"<f>" in content for content in sheets)


def test_the_rep_stands_on_the_cover_with_number_and_region() -> None:
    sheet = personal()["封面"]
    assert [sheet[f"C{row}"].value for row in (4, 5, 6, 7)] == ["王丽", "00417", "华东 East China", None]


@pytest.mark.parametrize("region", ["华东", "华东区", "east china", "ＥＡＳＴ"])
def test_a_region_is_recognised_however_the_list_of_people_spells_it(region: str) -> None:
    person = Person(1, "1", "王丽", Role.REP, region=region)
    assert (
        load_workbook(io.BytesIO(build(daily(), Language.ZH, person=person)))["封面"]["C6"].value == "华东 East China"
    )


def test_a_region_the_template_does_not_list_is_written_as_it_is() -> None:
    person = Person(1, "1", "王丽", Role.REP, region="胶东")
    book = load_workbook(io.BytesIO(build(daily(), Language.ZH, person=person)))
    assert book["封面"]["C6"].value == "胶东"


def test_a_blank_workbook_offers_no_empty_customer_list() -> None:
    assert "list_customers" not in opened().defined_names


# ---- identity ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", spec.PACKAGED)
def test_the_identity_is_left_twice(name: str) -> None:
    template = spec.load(name)
    book = load_workbook(io.BytesIO(build(template, Language.EN)))
    properties = {found.name: found.value for found in book.custom_doc_props.props}
    assert properties == {
        "daysheet.template": template.id,
        "daysheet.version": str(template.version),
        "daysheet.digest": template.digest,
    }
    mark = book.defined_names[TEMPLATE_NAME]
    assert mark.hidden
    assert mark.attr_text == f'"{template.id}/{template.version}/{template.digest}"'


# ---- the guide -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_the_guide_shows_the_rules_the_sheets_and_one_filled_line(language: Language) -> None:
    sheet = opened(language)[GUIDE_SHEET.in_(language)]
    rows = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows(min_col=2, max_col=5)]
    lines = {row[1]: row for row in rows}
    numbered = [row for row in rows if row[0].isdigit()]
    assert len(numbered) == len(daily().guide) == 6
    assert all(row[1] and row[2] for row in numbered), "a sentence has its first words in bold before it"
    for part in daily().sheets:
        assert part.help is not None
        assert lines[part.label.in_(language)][2] == part.help.in_(language)
    filled = [row for row in rows if row[0].isascii() and row[0].isalpha() and len(row[0]) == 1]
    assert [row[0] for row in filled] == list(letters(daily().data_sheets[0]).values())
    assert all(row[2] for row in filled)
    customer = daily().sheet("visits").column("customer")
    assert customer.example is not None
    assert filled[2][2] == customer.example.in_(language)


def test_the_guide_speaks_no_chinese_to_an_english_reader_but_in_labels_and_lists() -> None:
    sheet = opened(Language.EN)["Guide"]
    known = {shown(item.label) for choices in daily().lists.values() for item in choices.items}
    for row in sheet.iter_rows(min_col=4, max_col=5):
        for cell in row:
            text = str(cell.value or "")
            assert text in known or not any("\u4e00" <= char <= "\u9fff" for char in text), cell.coordinate


def test_the_guides_links_lead_to_the_sheets() -> None:
    sheet = opened()[GUIDE_SHEET.zh]
    found = {cell.value: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert found == {part.label.zh: f"'{part.label.zh}'!A1" for part in daily().sheets}


# ---- on paper ------------------------------------------------------------------------------------


def test_every_sheet_prints_on_a4_as_wide_as_the_page_with_its_labels_on_each() -> None:
    for sheet in opened().worksheets:
        if sheet.sheet_state != "visible":
            continue
        setup = sheet.page_setup
        assert (int(setup.paperSize), setup.orientation, setup.fitToWidth) == (9, "landscape", 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for _, sheet in data_sheets():
        assert sheet.print_title_rows == "$1:$1"


# ---- phones --------------------------------------------------------------------------------------


def test_the_phone_form_has_nothing_a_phone_stumbles_over() -> None:
    book = load_workbook(io.BytesIO(build(lite(), Language.ZH)))
    sheet = book["拜访"]
    assert book.sheetnames == ["拜访", LISTS_SHEET]
    assert not sheet.protection.sheet
    assert not [number for number, line in sheet.row_dimensions.items() if line.hidden]
    assert sheet.max_row == 1
    assert sum(cell.value is not None for cell in sheet[1]) == 8 + 1  # and the hidden reference
    assert sheet.freeze_panes == "A2", "frozen columns would leave a phone no width"
    assert _checks(sheet, "E2")[0].formula1 == "list_way"


def test_a_dropped_column_is_not_in_a_new_workbook() -> None:
    text = """\
id: mine
version: 2
title: {zh: 甲, en: A}
sheets:
  - key: notes
    label: {zh: 记录, en: Notes}
    columns:
      - {key: old, label: {zh: 旧, en: Old}, type: text, removed: 2}
      - {key: day, label: {zh: 日期, en: Day}, type: date}
"""
    sheet = load_workbook(io.BytesIO(build(spec.parse(text, "mine.yaml"), Language.EN)))["Notes"]
    assert [cell.value for cell in sheet[2]] == ["day", REF_KEY]


def test_the_packages_parts_are_well_formed() -> None:
    package = zipfile.ZipFile(io.BytesIO(build(daily(), Language.ZH, customers=CUSTOMERS, person=WANG)))
    for name in package.namelist():
        assert ET.fromstring(package.read(name)) is not None
