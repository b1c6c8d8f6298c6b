from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.errors import StoreError, TemplateChangeRefused
from daysheet.model.rows import Record, RowState
from daysheet.model.template import ColumnType, SheetMeaning, TemplateSpec
from daysheet.store import migrate
from daysheet.store import tables as core
from daysheet.store.engine import Connection, Database
from daysheet.store.sheets import SheetTables
from tests.contract.store.specs import COVER, OPPORTUNITIES, SPECS, VISITS, a_column, a_sheet, a_template

NOW = datetime(2026, 3, 2, tzinfo=UTC)
EVERYTHING: Mapping[str, Any] = {
    "visit_date": date(2026, 2, 27),
    "start_time": time(9, 30),
    "customer": "杭州市第一人民医院",
    "city": "杭州",
    "contact": "王丽",
    "phone": ("13800000000", "0571-87060000"),
    "email": "wang.li@example.com",
    "way": "onsite",
    "people": 4_000_000_000,
    "is_invoiced": True,
    "content": "第二行\n有换行 = 公式? '引号' \"双引号\" 😀",
}


@pytest.fixture
def submission_id(connection: Connection) -> int:
    """A submission for rows to belong to."""
    inbound_id = connection.scalar(
        core.inbound.insert()
        .values(raw_sha256="0" * 64, source="file", size=1, state="accepted", first_seen_at=NOW)
        .returning(core.inbound.c.id)
    )
    values = {"inbound_id": inbound_id, "state": "accepted", "received_at": NOW}
    new_id = connection.scalar(core.submission.insert().values(values).returning(core.submission.c.id))
    assert isinstance(new_id, int)
    return new_id


def a_record(sheet: str = "visits", row_number: int = 4, **rest: Any) -> Record:
    return Record(sheet, row_number, rest.pop("values", {}), rest.pop("raw", {}), **rest)


def stored(connection: Connection, tables: SheetTables, submission_id: int, records: Sequence[Record]) -> list[Record]:
    """What comes back of *records*, all of one sheet, in the order of their rows."""
    sheet = records[0].sheet
    table = tables.table(sheet)
    rows = [tables.to_row(record) | {"submission_id": submission_id, "state": RowState.LANDED} for record in records]
    connection.execute(table.insert(), rows)
    back = connection.execute(sa.select(table).order_by(table.c.row_number)).mappings()
    return [tables.from_row(sheet, row) for row in back]


def test_a_row_comes_back_as_it_was(connection: Connection, tables: SheetTables, submission_id: int) -> None:
    record = a_record(
        values=EVERYTHING, raw={"visit_date": "2月27日", "phone": "138 0000 0000"}, extra={"备注": "急"}, ref="c12"
    )
    assert stored(connection, tables, submission_id, [record]) == [record]


def test_empty_cells_come_back_empty(connection: Connection, tables: SheetTables, submission_id: int) -> None:
    record = a_record(values=dict.fromkeys(EVERYTHING))
    assert stored(connection, tables, submission_id, [record]) == [record]
    assert connection.execute(sa.text("SELECT count(*) FROM visits WHERE phone IS NULL AND extra IS NULL")).scalar_one()


@pytest.mark.parametrize("digits", ["0.10", "123456789012345678901234567890.123456789", "-1E+3", "0", "1E-9", "3.2e8"])
def test_no_digit_of_a_decimal_is_lost(
    connection: Connection, tables: SheetTables, submission_id: int, digits: str
) -> None:
    record = a_record("opportunities", values={"amount": Decimal(digits)})
    (back,) = stored(connection, tables, submission_id, [record])
    assert back.values["amount"] == Decimal(digits)
    assert isinstance(back.values["amount"], Decimal)


@pytest.mark.parametrize("digits", ["1E+999999999", "1E-999999999", "Infinity", "NaN"])
def test_a_number_that_would_fill_the_disk_is_refused(
    connection: Connection, tables: SheetTables, submission_id: int, digits: str
) -> None:
    with pytest.raises(sa.exc.StatementError, match="is not a number that can be stored"):
        stored(connection, tables, submission_id, [a_record("opportunities", values={"amount": Decimal(digits)})])


def test_rows_of_different_fill_go_in_together(connection: Connection, tables: SheetTables, submission_id: int) -> None:
    records = [a_record(row_number=number, values={"people": number} if number % 2 else {}) for number in range(4, 34)]
    back = stored(connection, tables, submission_id, records)
    assert [record.values["people"] for record in back] == [n if n % 2 else None for n in range(4, 34)]


def test_one_row_of_a_submission_is_stored_once(
    connection: Connection, tables: SheetTables, submission_id: int
) -> None:
    with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
        stored(connection, tables, submission_id, [a_record(), a_record()])


def test_text_that_no_database_takes_does_not_stop_a_row(
    connection: Connection, tables: SheetTables, submission_id: int
) -> None:
    record = a_record(values={"content": "a\0b"}, raw={"content": "a\ud800"})
    (back,) = stored(connection, tables, submission_id, [record])
    assert (back.values["content"], back.raw["content"]) == ("ab", "a?")


def test_a_parked_row_is_not_ok(tables: SheetTables) -> None:
    row = tables.to_row(a_record()) | {"state": RowState.PARKED}
    assert not tables.from_row("visits", row).is_ok


def test_a_value_without_a_column_is_a_bug_and_said(tables: SheetTables) -> None:
    with pytest.raises(StoreError, match="sheet visits has no column color"):
        tables.to_row(a_record(values={"color": "red"}))
    with pytest.raises(KeyError):
        tables.to_row(a_record("nothing"))


# ---- evolution ---------------------------------------------------------------------------------


def evolved(database: Database, *specs: TemplateSpec, days: int = 1) -> tuple[str, ...]:
    return migrate.upgrade(database, specs, NOW + timedelta(days=days)).changes


def with_columns(*columns: Any, digest: str = "d2", version: int = 2) -> TemplateSpec:
    return a_template([COVER, replace(VISITS, columns=tuple(columns)), OPPORTUNITIES], digest=digest, version=version)


def column_types(database: Database, table: str) -> dict[str, str]:
    with database.reading() as connection:
        return {column["name"]: str(column["type"]) for column in sa.inspect(connection).get_columns(table)}


def test_a_new_column_is_added_and_filled(database: Database) -> None:
    spec = with_columns(*VISITS.columns, a_column("weather"), a_column("bonus", ColumnType.DECIMAL))
    assert SheetTables([spec]).pending(database.reading().__enter__()) if False else True
    assert evolved(database, spec) == (
        "add column visits.weather",
        "add column visits.bonus",
        "record template daily version 2",
    )
    assert column_types(database, "visits")["bonus"] == ("TEXT" if database.dialect == "sqlite" else "NUMERIC")
    tables = SheetTables([spec])
    with database.rehearsing() as connection:
        row = tables.to_row(a_record(values={"weather": "雨", "bonus": Decimal("1.10")}))
        assert (row["weather"], row["bonus"]) == ("雨", Decimal("1.10"))
        assert tables.pending(connection) == ()


def test_every_type_of_column_can_be_added_later(database: Database) -> None:
    new = [a_column(f"new_{type_}", type_) for type_ in ColumnType]
    evolved(database, with_columns(*VISITS.columns, *new))
    added_later = column_types(database, "visits")
    evolved(database, a_template([a_sheet("fresh", new)], template_id="other", digest="x"))
    assert {key: added_later[key] for key in (c.key for c in new)} == {
        key: type_ for key, type_ in column_types(database, "fresh").items() if key.startswith("new_")
    }


def test_a_new_sheet_gets_a_table(database: Database) -> None:
    spec = a_template(
        [COVER, VISITS, OPPORTUNITIES, a_sheet("plans", [a_column("plan_date", ColumnType.DATE)])], digest="d2"
    )
    assert evolved(database, spec) == ("create table plans", "record template daily version 1")


def test_another_template_may_share_a_sheet_and_add_to_it(database: Database) -> None:
    lite = a_template([replace(VISITS, columns=(VISITS.columns[0], a_column("mood")))], template_id="lite", digest="l1")
    assert evolved(database, *SPECS, lite) == ("add column visits.mood", "record template lite version 1")
    migrate.check(database, [*SPECS, lite])


@pytest.mark.parametrize(
    ("index", "columns"), [("ix_visits_customer_id_state", "customer_id, state"), ("ix_visits_parked", "submission_id")]
)
def test_an_index_that_an_older_version_did_not_make_is_added(database: Database, index: str, columns: str) -> None:
    with database.writing() as connection:
        connection.execute(sa.text(f"DROP INDEX {index}"))
    assert evolved(database, *SPECS) == (f"index table visits: {columns}",)
    assert evolved(database, *SPECS) == ()


def test_the_days_of_visits_and_the_stages_of_deals_get_an_index(database: Database) -> None:
    visits, deals = replace(VISITS, about=SheetMeaning.VISITS), replace(OPPORTUNITIES, about=SheetMeaning.DEALS)
    spec = a_template([COVER, visits, deals], digest="d2")
    assert evolved(database, spec) == (
        "index table visits: visit_date, state, customer_id, submission_id",
        "index table opportunities: opportunity_id, state, submission_id, row_number, stage",
        "record template daily version 1",
    )
    assert evolved(database, spec) == ()


def test_a_column_that_is_simply_gone_is_refused(database: Database) -> None:
    with pytest.raises(TemplateChangeRefused, match=r"sheet visits: column content \(text\) is gone.*removed: 2"):
        evolved(database, with_columns(*VISITS.columns[:-1]))


def test_a_sheet_that_is_simply_gone_is_refused(database: Database) -> None:
    with pytest.raises(TemplateChangeRefused, match="sheet opportunities: column customer"):
        evolved(database, a_template([COVER, VISITS], digest="d2"))


def test_a_column_marked_as_removed_stays_in_the_table_and_may_then_go(database: Database) -> None:
    *kept, last = VISITS.columns
    assert evolved(database, with_columns(*kept, replace(last, removed=2))) == ("record template daily version 2",)
    assert "content" in column_types(database, "visits")
    assert evolved(database, with_columns(*kept, digest="d3", version=3), days=2) == (
        "record template daily version 3",
    )
    assert "content" in column_types(database, "visits")


@pytest.mark.parametrize("with_the_mark_first", [False, True])
def test_a_column_keeps_its_type_for_ever(database: Database, with_the_mark_first: bool) -> None:
    *kept, last = VISITS.columns
    if with_the_mark_first:
        evolved(database, with_columns(*kept, replace(last, removed=2), digest="d2"))
        evolved(database, with_columns(*kept, digest="d3"), days=2)
    retyped = with_columns(*kept, replace(last, type=ColumnType.INT), digest="d4", version=4)
    with pytest.raises(TemplateChangeRefused, match="sheet visits: column content was text and cannot become int"):
        evolved(database, retyped, days=3)


def test_a_type_that_another_template_gave_a_shared_sheet_is_kept_too(database: Database) -> None:
    other = a_template([a_sheet("visits", [a_column("content", ColumnType.INT)])], template_id="other", digest="o1")
    with pytest.raises(TemplateChangeRefused, match="template other: sheet visits: column content was text"):
        evolved(database, other)


def test_going_back_to_an_earlier_template_is_compared_with_the_one_in_between(database: Database) -> None:
    evolved(database, with_columns(*VISITS.columns, a_column("weather")))
    with pytest.raises(TemplateChangeRefused, match="column weather"):
        evolved(database, *SPECS, days=2)
    evolved(database, with_columns(*VISITS.columns, a_column("weather", removed=3), digest="d3"), days=2)
    assert evolved(database, *SPECS, days=3) == ("record template daily version 1",)
    assert evolved(database, *SPECS, days=4) == ()
