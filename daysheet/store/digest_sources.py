"""
Where the facts of a digest stand: sheets and columns found by what they mean, never by name.

A table is shared by every template that has the sheet. Where these call a column of one meaning
differently, its value is that of whichever is filled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.model.rows import COUNTING
from daysheet.model.template import ColumnSpec, ColumnType, Meaning, SheetMeaning, SheetSpec
from daysheet.store.engine import Connection
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, customer, submission

AT_ONCE = 2_000
"""Rows fetched at a time: what is read is never held whole."""

FORMS = 8
"""Sets of forms whose statements are kept; a process has one."""

COLUMN = sa.ColumnElement[Any]

FIRST, LAST = sa.bindparam("first_on", type_=sa.Date), sa.bindparam("last_on", type_=sa.Date)
"""The period, in statements that are made once: to build one takes longer than to run it for one rep."""
REP = sa.bindparam("rep_id", type_=sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Days:
    """Whose reports are meant, and of which days: everybody's, or one rep's."""

    first: date
    last: date
    rep_id: int | None = None

    @property
    def is_of_one(self) -> bool:
        """True for one rep's."""
        return self.rep_id is not None

    @property
    def values(self) -> dict[str, Any]:
        """What goes in the place of FIRST, LAST and REP."""
        found: dict[str, Any] = {"first_on": self.first, "last_on": self.last}
        return found | ({} if self.rep_id is None else {"rep_id": self.rep_id})


def reports_of(*, of_one: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition for reports of the days meant."""
    days = submission.c.report_date.between(FIRST, LAST)
    return (submission.c.rep_id == REP, days) if of_one else (days,)


@dataclass(frozen=True, slots=True)
class Source:
    """The table of a sheet, with every template's *sheets* that it serves, by template id."""

    table: sa.Table
    sheets: tuple[tuple[str, SheetSpec], ...]

    @property
    def counts(self) -> sa.ColumnElement[bool]:
        """The condition for a row that counts."""
        return self.table.c.state.in_(COUNTING)

    def column(self, meaning: Meaning) -> COLUMN | None:
        """Return the value of *meaning*; None where no template has it."""
        found = [spec.meaning(meaning) for _, spec in self.sheets]
        return self._filled([column for column in found if column is not None])

    def value(self, meaning: Meaning, type_: Any) -> COLUMN:
        """Return the value of *meaning*, empty where no template has it."""
        found = self.column(meaning)
        return sa.cast(sa.null(), type_) if found is None else found

    def text(self, meaning: Meaning) -> COLUMN:
        """Return the text of *meaning*, "" where it is empty."""
        found = self.column(meaning)
        return sa.literal("", sa.Text) if found is None else sa.func.coalesce(found, "")

    @property
    def customer(self) -> COLUMN | None:
        """The customer's name as it was typed."""
        return self._filled([column for _, spec in self.sheets for column in spec.of_type(ColumnType.CUSTOMER)])

    @property
    def day(self) -> COLUMN:
        """The day of a row: its own, or that of its report where a form asks for none."""
        own = self.column(Meaning.ROW_DATE)
        if own is None:
            return submission.c.report_date
        has_all = all(spec.meaning(Meaning.ROW_DATE) for _, spec in self.sheets)
        return own if has_all else sa.func.coalesce(own, submission.c.report_date)

    def _filled(self, columns: Sequence[ColumnSpec]) -> COLUMN | None:
        keys = list(dict.fromkeys(column.key for column in columns))
        if not keys:
            return None
        return self.table.c[keys[0]] if len(keys) == 1 else sa.func.coalesce(*(self.table.c[key] for key in keys))


def about(tables: SheetTables, meaning: SheetMeaning) -> tuple[Source, ...]:
    """Return the tables about *meaning*."""
    return _sources(tables, [(spec.id, sheet) for spec in tables.specs if (sheet := spec.about(meaning))])


def data(tables: SheetTables) -> tuple[Source, ...]:
    """Return the tables of all data sheets."""
    return _sources(tables, [(spec.id, sheet) for spec in tables.specs for sheet in spec.data_sheets])


def covers(tables: SheetTables) -> tuple[Source, ...]:
    """Return the tables of the covers."""
    return _sources(tables, [(spec.id, spec.cover) for spec in tables.specs if spec.cover])


def _sources(tables: SheetTables, sheets: Sequence[tuple[str, SheetSpec]]) -> tuple[Source, ...]:
    keys = dict.fromkeys(sheet.key for _, sheet in sheets)
    return tuple(
        Source(tables.table(key), tuple((form, sheet) for form, sheet in sheets if sheet.key == key)) for key in keys
    )


def shown(record: sa.FromClause, name: str) -> COLUMN:
    """Return what a customer shows of a field, "" where nothing: of a merged one, what survived."""
    own, survived = record.c[name], record.c.survived
    kept = sa.func.coalesce(survived[(name, "value")].as_string(), own, "")
    return sa.case((survived.is_(None), sa.func.coalesce(own, "")), else_=kept)


def owners(last: Any, roots: sa.Select[tuple[int]] | None = None) -> sa.Subquery:
    """
    Select the one owner of each customer at the end of *last*: root_id, person_id; of *roots* only, if given.

    Of the owners of merged customers the earliest is the owner.
    """
    place = sa.func.row_number().over(partition_by=customer.c.root_id, order_by=(assignment.c.from_on, assignment.c.id))
    ranked = (
        sa.select(customer.c.root_id, assignment.c.person_id, place.label("place"))
        .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
        .where(
            assignment.c.role == "owner",
            assignment.c.from_on <= last,
            sa.or_(assignment.c.to_on.is_(None), assignment.c.to_on > last),
            *([] if roots is None else [customer.c.root_id.in_(roots)]),
        )
        .subquery()
    )
    return sa.select(ranked.c.root_id, ranked.c.person_id).where(ranked.c.place == 1).subquery()


def prepare(connection: Connection) -> None:
    """
    Have PostgreSQL plan for whole answers.

    For a cursor it would plan to give the first tenth quickly.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1.0")


def streamed(connection: Connection, query: Any, values: Mapping[str, Any] | None = None) -> Iterable[Any]:
    """Run a query whose rows are read as they are asked for; those of one rep are few, and come at once."""
    values = values or {}
    is_small = REP.key in values
    return connection.execute(query, values, execution_options={} if is_small else {"yield_per": AT_ONCE})
