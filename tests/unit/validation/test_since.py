"""A column that came with a later version of the form is not asked of an older workbook."""

from dataclasses import replace
from datetime import date

import pytest

from daysheet.model.rows import Checked
from daysheet.model.template import ColumnSpec, ColumnType, Condition, RowRule, RuleKind, TemplateSpec
from daysheet.model.text import Bilingual
from daysheet.validation import identify
from daysheet.validation.sheets import Context, Validator
from tests.unit.validation.books import DAY, VISIT, a_book, a_table, a_visit, daily, rows_of, said

NEW = ColumnSpec("attendees", Bilingual("到场人数", "Attendees"), ColumnType.INT, required=True, since=2)


def second_version(column: ColumnSpec = NEW, *rules: RowRule) -> TemplateSpec:
    """The daily report with a further column of the visits, required from version 2 on."""
    form = daily()
    visits = form.sheet("visits")
    longer = replace(visits, columns=(*visits.columns, column), row_rules=(*visits.row_rules, *rules))
    return replace(form, version=2, sheets=tuple(longer if sheet is visits else sheet for sheet in form.sheets))


def check(form: TemplateSpec, version: int | None, **visit: object) -> tuple[Checked, list[str]]:
    marked = {} if version is None else {"properties": {"daysheet.template": form.id, "daysheet.version": str(version)}}
    book = a_book(a_table({**VISIT, **visit}), **({"properties": {}} | marked))  # type: ignore[dict-item]
    choice = identify.choose(book, [form])
    assert choice.spec is form
    checked = Validator(form).check(book, Context(DAY, version=choice.version))
    return checked, [code for code, _ in said((*choice.issues, *checked.issues))]


def test_an_older_workbook_needs_neither_the_new_column_nor_its_cells() -> None:
    checked, codes = check(second_version(), 1)
    assert (checked.is_usable, codes) == (True, ["SD-T003"])
    (record,) = rows_of(checked)
    assert (record.is_ok, record.values["attendees"]) == (True, None)
    _, codes = check(second_version(), 1, 到场人数=None)
    assert codes == ["SD-T003"]


def test_what_an_older_workbook_has_of_the_new_column_is_read() -> None:
    checked, _ = check(second_version(), 1, 到场人数=12)
    assert rows_of(checked)[0].values["attendees"] == 12


@pytest.mark.parametrize("version", [2, None])
def test_a_workbook_of_the_new_version_or_of_none_needs_it(version: int | None) -> None:
    checked, codes = check(second_version(), version)
    assert not checked.is_usable
    assert "SD-S002" in codes
    _, codes = check(second_version(), version, 到场人数=None)
    assert "SD-C001" in codes


def test_the_older_workbooks_other_columns_are_asked_as_ever() -> None:
    _, codes = check(second_version(), 1, 联系人=None)
    assert codes == ["SD-T003", "SD-C001"]


def test_a_new_column_that_another_one_requires_is_not_asked_either() -> None:
    column = replace(NEW, required=False, required_if=Condition("way", frozenset({"visit"})))
    assert check(second_version(column), 1)[1] == ["SD-T003"]
    assert check(second_version(column), 2)[1] == ["SD-C001"]


def test_a_rule_asks_an_older_workbook_only_for_what_it_could_have() -> None:
    alone = RowRule("SD-R007", RuleKind.NEED_ANY, ("attendees",))
    either = RowRule("SD-R007", RuleKind.NEED_ANY, ("attendees", "next_step"))
    column = replace(NEW, required=False)
    assert check(second_version(column, alone), 1)[1] == ["SD-T003"]
    assert check(second_version(column, either), 1)[1] == ["SD-T003", "SD-R007"]
    assert check(second_version(column, alone), 2)[1] == ["SD-R007"]


def test_both_versions_can_be_checked_in_turn_by_one_validator() -> None:
    form = second_version()
    validator = Validator(form)
    book = a_book(a_table(a_visit()))
    usable = [validator.check(book, Context(date(2026, 3, 4), version=version)).is_usable for version in (1, 2, 1)]
    assert usable == [True, False, True]
