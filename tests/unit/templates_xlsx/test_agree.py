"""The spec is the only list of columns: workbook, header finder, row model, table and texts agree with it."""

import io
from collections.abc import Mapping
from datetime import date, time
from functools import cache
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.demo.workbooks import Typed, filled
from daysheet.i18n import issue_text, keys
from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.issues import IssueCode, Place, Severity, issue
from daysheet.model.rows import Workbook
from daysheet.model.template import ColumnSpec, ColumnType, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.store.sheets import SheetTables
from daysheet.templates_xlsx import spec
from daysheet.templates_xlsx.build import build
from daysheet.templates_xlsx.check_report import add_report
from daysheet.templates_xlsx.layout import letters, live_columns, shown, spellings
from daysheet.validation.columns import HeaderFinder
from daysheet.validation.cover import CoverFinder
from daysheet.validation.identify import choose
from daysheet.validation.rows import row_model
from daysheet.validation.sheets import Context, Validator

TODAY = date(2026, 11, 20)
PACKAGED = [(name, language) for name in spec.PACKAGED for language in Language]


def read(content: bytes) -> Workbook:
    found = read_here(content, "日报.xlsx", ReadLimits())
    assert isinstance(found, Workbook)
    return found


@cache
def blank(name: str, language: Language) -> Workbook:
    return read(build(spec.load(name), language))


def places(part: SheetSpec) -> dict[str, int]:
    return {column.key: at for at, column in enumerate(live_columns(part), 1)}


@pytest.mark.parametrize(("name", "language"), PACKAGED)
def test_a_blank_workbook_is_recognised_as_its_own_template(name: str, language: Language) -> None:
    everyone = [spec.load(other) for other in spec.PACKAGED]
    found = choose(blank(name, language), everyone)
    assert found.spec is not None
    assert (found.spec.id, found.version, found.issues) == (name, found.spec.version, ())


@pytest.mark.parametrize(("name", "language"), PACKAGED)
def test_the_header_finder_finds_every_column_where_the_builder_put_it(name: str, language: Language) -> None:
    sheets = {sheet.name: sheet for sheet in blank(name, language).sheets}
    for part in spec.load(name).data_sheets:
        header = HeaderFinder(part).find(sheets[part.label.in_(language)], {})
        assert header is not None
        assert dict(header.columns) == places(part)
        assert header.ref_column == len(places(part)) + 1
        assert (header.renamed, header.duplicates, header.unknown, header.missing(part)) == ((), (), (), ())


@pytest.mark.parametrize("language", Language)
def test_labels_alone_find_the_same_columns(language: Language) -> None:
    """Somebody copied the sheet without its hidden row."""
    daily = spec.load("daily_report")
    book = load_workbook(io.BytesIO(build(daily, language)))
    for part in daily.data_sheets:
        book[part.label.in_(language)].delete_rows(2)
    content = io.BytesIO()
    book.save(content)
    sheets = {sheet.name: sheet for sheet in read(content.getvalue()).sheets}
    for part in daily.data_sheets:
        header = HeaderFinder(part).find(sheets[part.label.in_(language)], {})
        assert header is not None
        assert dict(header.columns) == places(part)
        assert not header.renamed


@pytest.mark.parametrize("language", Language)
def test_every_field_of_the_cover_is_found_beside_its_label(language: Language) -> None:
    cover = spec.load("daily_report").cover
    assert cover is not None
    sheet = next(s for s in blank("daily_report", language).sheets if s.name == cover.label.in_(language))
    assert dict(CoverFinder(cover).find(sheet)) == {c.key: (row, 3) for row, c in enumerate(cover.columns, 4)}


@pytest.mark.parametrize("name", spec.PACKAGED)
def test_the_row_model_has_the_columns_of_the_spec_and_no_other(name: str) -> None:
    template = spec.load(name)
    for part in template.sheets:
        assert list(row_model(part, template.lists).model_fields) == [column.key for column in part.columns]


def test_every_column_has_its_place_in_the_tables() -> None:
    everyone = [spec.load(name) for name in spec.PACKAGED]
    tables = SheetTables(everyone)
    for template in everyone:
        for part in template.sheets:
            assert {column.key for column in part.columns} <= set(tables.table(part.key).c.keys())


def test_every_code_a_template_names_has_a_text_in_both_languages() -> None:
    for language in Language:
        assert keys(language, "issues") == {code.value for code in IssueCode}
    for name in spec.PACKAGED:
        for part in spec.load(name).sheets:
            named = {rule.code for rule in part.row_rules} | {c for column in part.columns for c in column.severities}
            assert named <= {code.value for code in IssueCode}


# ---- what the guide shows, the checks accept -----------------------------------------------------


def _typed(column: ColumnSpec, template: TemplateSpec, language: Language) -> Typed:
    """Return a column's example as a rep would type it."""
    assert column.example is not None, f"{column.key} has no example"
    text = column.example.in_(language)
    if column.type is ColumnType.DATE:
        return date.fromisoformat(text)
    if column.type is ColumnType.TIME:
        return time.fromisoformat(text)
    for item in template.lists[column.list].items if column.list else ():
        if item.code == text:
            return shown(item.label)
    return text


def _examples(part: SheetSpec, template: TemplateSpec, language: Language) -> dict[str, Typed]:
    return {column.key: _typed(column, template, language) for column in part.columns}


@pytest.mark.parametrize(("name", "language"), PACKAGED)
def test_the_examples_of_every_field_pass_the_checks(name: str, language: Language) -> None:
    template = spec.load(name)
    cover = _examples(template.cover, template, language) if template.cover else {}
    rows: Mapping[str, Any] = {part.key: [_examples(part, template, language)] for part in template.data_sheets}
    checked = Validator(template).check(read(filled(template, language, cover, rows)), Context(today=TODAY))
    said = [issue_text(found, Language.EN) for found in checked.issues if found.severity is not Severity.INFO]
    assert said == []
    assert len(checked.records) == len(template.data_sheets)
    for record in checked.records:
        assert all(value is not None for value in record.values.values()), record.values


def test_every_choice_is_accepted_as_shown_in_either_language_and_as_its_code() -> None:
    template = spec.load("daily_report")
    for part in template.data_sheets:
        for column in part.columns:
            if column.list is None:
                continue
            items = template.lists[column.list].items
            tried = [(spelling, item.code) for item in items for spelling in (*spellings(item), *item.aliases)]
            rows = [{**_examples(part, template, Language.ZH), column.key: spelling} for spelling, _ in tried]
            book = read(filled(template, Language.ZH, {"report_date": TODAY}, {part.key: rows}))
            found = Validator(template).check(book, Context(today=TODAY))
            codes = [record.values[column.key] for record in found.records]
            assert codes == [code for _, code in tried], column.key


# ---- a company's own column ----------------------------------------------------------------------


def test_a_column_added_to_the_yaml_is_everywhere_at_once() -> None:
    text = spec.__file__.replace("spec.py", "daily_report.yaml")
    with open(text, encoding="utf-8") as file:
        own = file.read().replace(
            "      - key: next_step\n",
            "      - {key: weather, label: {zh: 天气, en: Weather}, type: text, required: true}\n"
            "      - key: next_step\n",
        )
    template = spec.parse(own, "own.yaml")
    part = template.sheet("visits")
    book = load_workbook(io.BytesIO(build(template, Language.ZH)))
    at = letters(part)["weather"]
    assert book["拜访"][f"{at}1"].value == "天气 *\nWeather"
    assert book["拜访"][f"{at}2"].value == "weather"
    assert "weather" in row_model(part, template.lists).model_fields
    assert "weather" in SheetTables([template]).table("visits").c
    rows = [{k: v for k, v in _examples_of_packaged().items() if k != "weather"}]
    checked = Validator(template).check(
        read(filled(template, Language.ZH, {"report_date": TODAY}, {"visits": rows})), Context(today=TODAY)
    )
    (missing,) = [found for found in checked.issues if found.is_error]
    assert (missing.code, missing.place.field, missing.place.cell) == (IssueCode.CELL_REQUIRED, "weather", f"{at}3")
    assert "天气" in issue_text(missing, Language.ZH)
    add_report(book, checked.issues, Language.ZH, template, issue_text, is_all_coloured=True)
    assert "天气" in {cell.value for cell in book.worksheets[-1]["E"]}


def _examples_of_packaged() -> dict[str, Typed]:
    template = spec.load("daily_report")
    return _examples(template.sheet("visits"), template, Language.ZH)


def test_an_issue_about_a_field_the_template_dropped_is_still_told() -> None:
    book = load_workbook(io.BytesIO(build(spec.load("daily_report"), Language.ZH)))
    gone = issue(IssueCode.CELL_REQUIRED, Place(sheet="拜访", row=3, column="B", field="gone", sheet_key="visits"))
    add_report(book, [gone], Language.ZH, spec.load("daily_report"), issue_text, is_all_coloured=True)
    assert book.worksheets[-1]["E5"].value == "gone"


def test_only_one_sheet_is_a_cover() -> None:
    roles = [sheet.role for sheet in spec.load("daily_report").sheets]
    assert roles.count(SheetRole.COVER) == 1
