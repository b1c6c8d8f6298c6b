"""
The tables of the template's sheets: built from the specs, only ever added to.

One table per sheet key, shared by every template that has the sheet; its columns are the union of
theirs. A table is created and a column added by ``daysheet db upgrade`` after the core revisions;
what a template no longer has stays where it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from daysheet.errors import ConfigError, StoreError
from daysheet.model.rows import Record
from daysheet.model.template import ColumnSpec, ColumnType, Meaning, SheetMeaning, SheetSpec, TemplateSpec
from daysheet.store import tables as core
from daysheet.store.engine import Connection, storable
from daysheet.store.template_history import RecordedTemplate, check_change, record, recorded

MAX_DIGITS = 100
"""Digits before or after the point; 1E+999999999 is eleven characters in a cell and a gigabyte written out."""


class ExactNumber(sa.types.TypeDecorator[Decimal]):
    """
    A decimal without loss: NUMERIC on PostgreSQL; on SQLite, which has only floats, its digits as text.

    In SQL, sort and sum it on SQLite through ``sa.cast(column, sa.REAL)``; the values given back are exact.
    """

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the database's own type."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Numeric())

    def process_bind_param(self, value: Decimal | int | None, dialect: sa.Dialect) -> Any:
        """Write plain digits, never an exponent; ValueError for what would be no number or fill the disk."""
        if value is None:
            return None
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
            raise ValueError(f"{value!r} is not a number that can be stored")
        return format(number, "f") if dialect.name == "sqlite" else number

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Give the decimal back, its trailing zeros included."""
        return None if value is None else Decimal(value)


_TYPES: Mapping[ColumnType, sa.types.TypeEngine[Any]] = {
    ColumnType.TEXT: sa.Text(),
    ColumnType.INT: sa.BigInteger(),
    ColumnType.DECIMAL: ExactNumber(),
    ColumnType.DATE: sa.Date(),
    ColumnType.TIME: sa.Time(),
    ColumnType.ENUM: sa.Text(),  # the item's code
    ColumnType.BOOL: sa.Boolean(),
    ColumnType.PHONE: sa.JSON(none_as_null=True),  # a list: one cell may hold several numbers
    ColumnType.EMAIL: sa.Text(),
    ColumnType.CUSTOMER: sa.Text(),  # as typed; who it is stands in customer_id
}


def _fixed() -> list[sa.schema.SchemaItem]:
    def ref(name: str, target: sa.Table, *, nullable: bool = True, index: bool = False) -> sa.Column[int]:
        return sa.Column(name, core.Id, sa.ForeignKey(target.c.id), nullable=nullable, index=index)

    return [
        sa.Column("id", core.Id, primary_key=True, autoincrement=True),
        # the unique constraint below begins with submission_id and serves as its index
        ref("submission_id", core.submission, nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        ref("customer_id", core.customer),  # the index below begins with it
        ref("contact_id", core.contact),
        ref("opportunity_id", core.opportunity, index=True),
        sa.Column("ref", sa.Text),
        sa.Column("raw", sa.JSON, nullable=False),
        sa.Column("extra", sa.JSON(none_as_null=True)),
        sa.UniqueConstraint("submission_id", "row_number"),
        # with the state: counting the rows of a queue's customers then reads no row
        sa.Index(None, "customer_id", "state"),
    ]


WAITS = sa.text("state = 'parked'")
"""As the index of the rows that wait has it: a bound value would not use it."""


def _waiting(key: str) -> sa.Index:
    """Return the index of the rows that wait, few among very many."""
    return sa.Index(f"ix_{key}_parked", "submission_id", sqlite_where=WAITS, postgresql_where=WAITS)


def _read_alone(key: str, sheets: Sequence[SheetSpec]) -> Iterator[sa.Index]:
    """
    Yield the indexes by which digests count without reading rows: visits by their day, deals by their stage.

    They are named by hand: a name made from all columns might be too long for PostgreSQL.
    """
    for about, meaning, columns in _COUNTED:
        found = (sheet.meaning(meaning) for sheet in sheets if sheet.about is about)
        for name in dict.fromkeys(column.key for column in found if column is not None):
            yield sa.Index(f"ix_{key}_{name}"[:63], *(column or name for column in columns))


_COUNTED = (
    (SheetMeaning.VISITS, Meaning.ROW_DATE, ("", "state", "customer_id", "submission_id")),
    (SheetMeaning.DEALS, Meaning.STAGE, ("opportunity_id", "state", "submission_id", "row_number", "")),
)
"""What a sheet is about, the meaning of its column and the index's columns, "" being that one."""


FIXED = tuple(item.name for item in _fixed() if isinstance(item, sa.Column))
"""The columns every sheet's table has; a template's column may not be called so."""


class SheetTables:
    """
    The tables of every sheet of *specs*.

    Raises ConfigError where two templates type a column of one sheet differently, or where a sheet
    or column is called like one of the database's own.
    """

    def __init__(self, specs: Sequence[TemplateSpec]) -> None:
        self.specs = tuple(specs)
        self.columns: Mapping[str, Mapping[str, ColumnSpec]] = _united(self.specs)
        """Sheet key → column key → its spec, the first template's where several have it."""
        self.metadata = sa.MetaData(naming_convention=core.metadata.naming_convention)
        for key, columns in self.columns.items():
            made = (sa.Column(column.key, _TYPES[column.type]) for column in columns.values())
            sheets = [sheet for spec in self.specs for sheet in spec.sheets if sheet.key == key]
            indexes = (_waiting(key), *_read_alone(key, sheets))
            sa.Table(key, self.metadata, *_fixed(), *made, *indexes, sqlite_autoincrement=True)

    @property
    def keys(self) -> tuple[str, ...]:
        """The sheet keys, covers included."""
        return tuple(self.columns)

    def table(self, key: str) -> sa.Table:
        """Return the table of the sheet called *key*; KeyError if no template has it."""
        return self.metadata.tables[key]

    # ---- evolution -----------------------------------------------------------------------------

    def pending(self, connection: Connection) -> tuple[str, ...]:
        """
        Return what ``evolve`` would do, one sentence each.

        Raises TemplateChangeRefused where a template dropped or retyped a column.
        """
        known = recorded(connection) if sa.inspect(connection).has_table(core.template_version.name) else ()
        check_change(known, self.specs)
        added = [change.sentence for change in self._changes(connection)]
        noted = [f"record template {s.id} version {s.version}" for s in _unrecorded(self.specs, known)]
        return (*added, *noted)

    def evolve(self, connection: Connection, now: datetime) -> tuple[str, ...]:
        """
        Create missing tables, add missing columns and indexes, record the templates; return what was done.

        Raises TemplateChangeRefused, naming sheet and column, where a template dropped a column
        without marking it ``removed``, or retyped one.
        """
        done = self.pending(connection)
        for change in self._changes(connection):
            change.apply(connection)
        for spec in _unrecorded(self.specs, recorded(connection)):
            record(connection, spec, now)
        return done

    def _changes(self, connection: Connection) -> list["_Change"]:
        inspector = sa.inspect(connection)
        existing = set(inspector.get_table_names())
        changes = []
        for key, table in self.metadata.tables.items():
            if key not in existing:
                changes.append(_Change(table))
                continue
            there = {column["name"] for column in inspector.get_columns(key)}
            changes += [_Change(table, column) for column in table.c if column.name not in there]
            indexed = {index["name"] for index in inspector.get_indexes(key)}
            changes += [_Change(table, index=index) for index in table.indexes if index.name not in indexed]
        return changes

    # ---- values --------------------------------------------------------------------------------

    def values_of(self, key: str, record: Record) -> dict[str, Any]:
        """
        Return the typed columns of *record* as the table of sheet *key* takes them, each of them present.

        Raises KeyError for a sheet no template has, StoreError for a value that has no column: a bug
        of the caller's, which must not lose what was typed.
        """
        columns = self.columns[key]
        if not record.values.keys() <= columns.keys():
            unknown = sorted(record.values.keys() - columns.keys())
            raise StoreError(f"sheet {key} has no column {', '.join(unknown)}")
        values = record.values
        return {name: _stored(values[name]) if name in values else None for name in columns}

    def to_row(self, record: Record) -> dict[str, Any]:
        """Return *record* as columns, without submission_id, state and the links; raises like ``values_of``."""
        return self.values_of(record.sheet, record) | {
            "row_number": record.row_number,
            "ref": record.ref,
            "raw": dict(record.raw),
            "extra": dict(record.extra) or None,
        }

    def given(self, key: str, row: Mapping[str, Any]) -> dict[str, object]:
        """Return the typed values that *row*, a mapping of at least the spec's columns, holds."""
        return {name: _given(column, row[name]) for name, column in self.columns[key].items()}

    def from_row(self, key: str, row: Mapping[str, Any]) -> Record:
        """Return the record that *row*, a mapping of the table's columns, holds; parked rows are not ok."""
        return Record(
            sheet=key,
            row_number=row["row_number"],
            values=self.given(key, row),
            raw=row["raw"],
            extra=row["extra"] or {},
            ref=row["ref"],
            is_ok=row["state"] != "parked",
        )


@dataclass(frozen=True, slots=True)
class _Change:
    """A table, or one column or index of it, that is missing."""

    table: sa.Table
    column: sa.Column[Any] | None = None
    index: sa.Index | None = None

    @property
    def sentence(self) -> str:
        if self.index is not None:
            return f"index table {self.table.name}: {', '.join(column.name for column in self.index.columns)}"
        if self.column is None:
            return f"create table {self.table.name}"
        return f"add column {self.table.name}.{self.column.name}"

    def apply(self, connection: Connection) -> None:
        if self.index is not None:
            self.index.create(connection)
            return
        if self.column is None:
            self.table.create(connection)
            return
        table = connection.dialect.identifier_preparer.format_table(self.table)
        column = sa.schema.CreateColumn(self.column).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column}")


def _unrecorded(specs: Sequence[TemplateSpec], known: Sequence[RecordedTemplate]) -> list[TemplateSpec]:
    """Return the templates that are not the ones last applied under their id."""
    latest = {version.template_id: version.digest for version in known}
    return [spec for spec in specs if latest.get(spec.id) != spec.digest]


def _united(specs: Sequence[TemplateSpec]) -> dict[str, dict[str, ColumnSpec]]:
    united: dict[str, dict[str, ColumnSpec]] = {}
    for spec in specs:
        for sheet in spec.sheets:
            if sheet.key in core.metadata.tables or sheet.key == "alembic_version":
                raise ConfigError(f"template {spec.id}: no sheet may be called {sheet.key!r}: the database has its own")
            columns = united.setdefault(sheet.key, {})
            for column in sheet.columns:
                if column.key in FIXED:
                    raise ConfigError(
                        f"template {spec.id}: sheet {sheet.key}: no column may be called {column.key!r}: "
                        f"the database has its own"
                    )
                other = columns.setdefault(column.key, column)
                if other.type is not column.type:
                    raise ConfigError(
                        f"template {spec.id}: sheet {sheet.key}: column {column.key} is {column.type} here "
                        f"and {other.type} in another template; give one of them another key"
                    )
    return united


def _stored(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    return list(value) if isinstance(value, tuple) else value


def _given(column: ColumnSpec, value: Any) -> object:
    return tuple(value) if column.type is ColumnType.PHONE and value is not None else value
