"""
Turn the cells of a row into typed values.

One pydantic model per sheet, made from the spec: a field per column, validated by that column's
parser. Parsers note what is wrong instead of raising, so that one pass finds every problem of a row.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationInfo, create_model

from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, CellFault, Value
from daysheet.model.template import ColumnSpec, ColumnType, Condition, ListSpec, RuleKind, SheetSpec
from daysheet.validation.cells import Note, Notes, Parser, parser_for

_PYTHON: Mapping[ColumnType, Any] = {
    ColumnType.TEXT: str,
    ColumnType.INT: int,
    ColumnType.DECIMAL: Decimal,
    ColumnType.DATE: date,
    ColumnType.TIME: time,
    ColumnType.ENUM: str,
    ColumnType.BOOL: bool,
    ColumnType.PHONE: tuple[str, ...],
    ColumnType.EMAIL: str,
    ColumnType.CUSTOMER: str,
}
_FAULTS = {
    CellFault.ERROR: IssueCode.CELL_FORMULA_ERROR,
    CellFault.UNCALCULATED: IssueCode.CELL_FORMULA_UNCALCULATED,
    CellFault.IMAGE: IssueCode.CELL_IMAGE_ONLY,
}


def row_model(sheet: SheetSpec, lists: Mapping[str, ListSpec]) -> type[BaseModel]:
    """Return the pydantic model of one row of *sheet*; its validation context is the row's ``Notes``."""
    past = {key for rule in sheet.row_rules if rule.kind is RuleKind.NOT_AFTER_TODAY for key in rule.columns}
    fields: dict[str, Any] = {
        column.key: (
            Annotated[
                _PYTHON[column.type] | None,
                PlainValidator(_validator(parser_for(column, lists, is_past=column.key in past))),
            ],
            None,
        )
        for column in sheet.columns
    }
    return create_model(f"{sheet.key.title()}Row", __config__=ConfigDict(frozen=True), **fields)


def _validator(parser: Parser) -> Any:
    def validate(cell: Cell, info: ValidationInfo) -> Value:
        assert isinstance(info.context, Notes)
        return parser(cell, info.context)

    return validate


class RowTyper:
    """Types the rows of one sheet; compiled once per spec."""

    def __init__(self, sheet: SheetSpec, lists: Mapping[str, ListSpec]) -> None:
        self._sheet = sheet
        self._columns = {column.key: column for column in sheet.columns}
        self.model = row_model(sheet, lists)
        self._validate = self.model.__pydantic_validator__.validate_python
        self._empty: dict[str, Value] = dict.fromkeys(self._columns)
        self._required = [c for c in sheet.columns if c.required and c.removed is None]
        self._conditional = [c for c in sheet.columns if c.required_if is not None and c.removed is None]

    def type_row(
        self,
        cells: Mapping[str, Cell],
        faults: Mapping[str, tuple[CellFault, str]],
        day: date,
        unseen: Collection[str] = (),
    ) -> tuple[dict[str, Value], list[Note]]:
        """
        Return the typed values of every column and the notes of the row.

        *cells* holds the filled cells by field key, *faults* what the reader could not give; *day* is
        the report's. The fields in *unseen* have no column or lie under a merged cell, which is told
        by itself: they are not called missing.
        """
        notes = Notes(day)
        for key, (fault, text) in faults.items():
            notes.add(self._columns[key], _FAULTS[fault], text)
        usable = {key: cell for key, cell in cells.items() if key not in faults}
        values = self._empty | self._validate(usable, context=notes).__dict__
        noted = {note.column.key for note in notes.items if not note.is_fixed}
        missing = [
            c for c in self._must(values) if values[c.key] is None and c.key not in noted and c.key not in unseen
        ]
        notes.items += _missing(missing, self._required)
        return values, notes.items

    def _must(self, values: Mapping[str, Value]) -> list[ColumnSpec]:
        extra = [c for c in self._conditional if c.required_if is not None and holds(c.required_if, values)]
        return self._required + extra if extra else self._required


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Say whether *condition* is true of a row."""
    return values.get(condition.column) in condition.values


def _missing(missing: Sequence[ColumnSpec], required: Sequence[ColumnSpec]) -> list[Note]:
    """One note per missing field, or one for the row where most of what is required is missing."""
    if len(missing) >= 2 and len(missing) * 2 > len(required) and len(required) > 2:
        named = {
            "fields_zh": "、".join(column.label.zh for column in missing),
            "fields_en": ", ".join(column.label.en for column in missing),
        }
        return [Note(missing[0], IssueCode.ROW_PARTLY_FILLED, "", named)]
    return [Note(column, IssueCode.CELL_REQUIRED, "") for column in missing]
