from dataclasses import replace

import pytest

from daysheet.errors import ConfigError
from daysheet.model.template import ColumnType
from daysheet.store.sheets import FIXED, SheetTables
from tests.contract.store.specs import COVER, SPECS, VISITS, a_column, a_sheet, a_template


def test_every_sheet_has_a_table_with_the_fixed_and_its_own_columns() -> None:
    tables = SheetTables(SPECS)
    assert tables.keys == ("cover", "visits", "opportunities")
    assert [column.name for column in tables.table("visits").c] == [*FIXED, *(c.key for c in VISITS.columns)]


def test_templates_that_share_a_sheet_share_its_table() -> None:
    lite = a_template([a_sheet("visits", [VISITS.columns[2], a_column("mood")])], template_id="lite", digest="l1")
    columns = SheetTables([*SPECS, lite]).columns["visits"]
    assert list(columns) == [*(c.key for c in VISITS.columns), "mood"]


def test_two_types_for_one_column_are_refused_with_both_named() -> None:
    lite = a_template([a_sheet("visits", [a_column("people", ColumnType.TEXT)])], template_id="lite", digest="l1")
    with pytest.raises(ConfigError, match="template lite: sheet visits: column people is text here and int in another"):
        SheetTables([*SPECS, lite])


@pytest.mark.parametrize("key", FIXED)
def test_a_column_may_not_take_a_name_of_the_databases_own(key: str) -> None:
    with pytest.raises(ConfigError, match=f"no column may be called '{key}'"):
        SheetTables([a_template([replace(COVER, columns=(a_column(key),))])])


@pytest.mark.parametrize("key", ["customer", "submission", "outbox", "alembic_version"])
def test_a_sheet_may_not_take_a_name_of_the_databases_own(key: str) -> None:
    with pytest.raises(ConfigError, match=f"no sheet may be called '{key}'"):
        SheetTables([a_template([a_sheet(key, [a_column("note")])])])


def test_an_unknown_sheet_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        SheetTables(SPECS).table("nothing")
