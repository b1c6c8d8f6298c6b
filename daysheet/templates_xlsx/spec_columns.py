"""Read the columns of a sheet from a template's YAML."""

import re
from collections.abc import Mapping, Sequence

import yaml

from daysheet.model.issues import IssueCode, Severity
from daysheet.model.template import ColumnSpec, ColumnType, Condition, ListSpec, Meaning
from daysheet.model.text import Bilingual
from daysheet.templates_xlsx.nodes import Fields, Item, folded, key_text

RESERVED_COLUMN_KEYS = frozenset(
    {"id", "submission_id", "row_number", "state", "customer_id", "contact_id", "opportunity_id", "raw", "extra", "ref"}
)
"""Columns that every sheet's table has for the program's own use."""

_TEXTUAL = frozenset({ColumnType.TEXT, ColumnType.PHONE, ColumnType.EMAIL, ColumnType.CUSTOMER})
_NUMERIC = frozenset({ColumnType.INT, ColumnType.DECIMAL})
_MOST_COLUMNS = 60
_LONGEST_CELL = 32_767  # characters Excel keeps in a cell
_WIDEST = 120  # characters
_LONGEST_PROMPT = 255  # characters of an input prompt in Excel
_OPTIONAL = (
    "meaning",
    "aliases",
    "required",
    "required_if",
    "list",
    "min",
    "max",
    "max_length",
    "pattern",
    "unit",
    "width",
    "help",
    "example",
    "severities",
    "since",
    "removed",
)


def read_columns(item: Item, lists: Mapping[str, ListSpec], version: int) -> tuple[ColumnSpec, ...]:
    """Return the columns in order; no heading and no meaning may stand for two of them."""
    entries = item.items()
    if not 1 <= len(entries) <= _MOST_COLUMNS:
        item.fail(f"a sheet has 1 to {_MOST_COLUMNS} columns, not {len(entries)}")
    columns: list[ColumnSpec] = []
    for entry in entries:
        column = _column(entry, lists, version)
        _check_neighbours(entry, column, columns)
        columns.append(column)
    for entry, column in zip(entries, columns, strict=True):
        if column.required_if is not None:
            check_condition(entry.entries()["required_if"], column.required_if, columns, lists)
    return tuple(columns)


def names_of(column: ColumnSpec) -> frozenset[str]:
    """Return every heading that means *column*, folded."""
    return frozenset(folded(name) for name in (column.key, column.label.zh, column.label.en, *column.aliases))


def _check_neighbours(entry: Item, column: ColumnSpec, earlier: Sequence[ColumnSpec]) -> None:
    for other in earlier:
        if other.key == column.key:
            entry.fail(f"the column {column.key!r} is given twice")
        if other.meaning is not None and other.meaning is column.meaning:
            entry.fail(f"the meaning {column.meaning!s} belongs to the column {other.key!r} already")
        if shared := names_of(other) & names_of(column):
            entry.fail(f"{min(shared)!r} would mean both {other.key!r} and {column.key!r}")


def _column(item: Item, lists: Mapping[str, ListSpec], version: int) -> ColumnSpec:
    fields = item.fields(*_OPTIONAL, required=("key", "label", "type"))
    key = key_text(fields["key"])
    if key in RESERVED_COLUMN_KEYS:
        fields["key"].fail(f"{key!r} is kept for the program; choose another key")
    type_ = ColumnType(fields["type"].choice(ColumnType, "type"))
    _check_kind(fields, type_)
    if fields.flag("required") and "required_if" in fields:
        fields["required_if"].fail("the column is required anyway; keep one of required and required_if")
    minimum, maximum = fields.number("min"), fields.number("max")
    if minimum is not None and maximum is not None and minimum > maximum:
        fields["max"].fail(f"max {maximum:g} is less than min {minimum:g}")
    return ColumnSpec(
        key=key,
        label=fields["label"].bilingual(),
        type=type_,
        meaning=Meaning(fields["meaning"].choice(Meaning, "meaning")) if "meaning" in fields else None,
        aliases=fields.texts("aliases"),
        required=fields.flag("required"),
        required_if=read_condition(fields["required_if"]) if "required_if" in fields else None,
        list=fields["list"].choice(lists, "list") if "list" in fields else None,
        minimum=minimum,
        maximum=maximum,
        max_length=fields.integer("max_length", 1, _LONGEST_CELL),
        pattern=_pattern(fields["pattern"]) if "pattern" in fields else None,
        unit=fields.text("unit"),
        width=fields.integer("width", 3, _WIDEST) or 14,
        help=_help(fields["help"]) if "help" in fields else None,
        example=_example(fields["example"]) if "example" in fields else None,
        severities=_severities(fields["severities"]) if "severities" in fields else {},
        since=fields.integer("since", 1, version) or 1,
        removed=_removed(fields, version),
    )


def _check_kind(fields: Fields, type_: ColumnType) -> None:
    """Refuse bounds that *type_* would silently ignore."""
    if type_ is ColumnType.ENUM and "list" not in fields:
        fields.item.fail("a column of type enum needs the key 'list'")
    for key, types in (
        ("list", {ColumnType.ENUM}),
        ("min", _NUMERIC),
        ("max", _NUMERIC),
        ("unit", _NUMERIC),
        ("max_length", _TEXTUAL),
        ("pattern", {ColumnType.TEXT}),
    ):
        if key in fields and type_ not in types:
            fields[key].fail(f"only columns of type {' or '.join(sorted(types))} have it, not {type_}")


def _pattern(item: Item) -> str:
    text = item.text()
    try:
        re.compile(text)
    except re.error as error:
        item.fail(f"not a regular expression: {error}")
    return text


def _help(item: Item) -> Bilingual:
    text = item.bilingual()
    for part in (text.zh, text.en):
        if len(part) > _LONGEST_PROMPT:
            item.fail(f"is shown as an input prompt and may have {_LONGEST_PROMPT} characters, not {len(part)}")
    return text


def _example(item: Item) -> Bilingual:
    """Return the example, written once for both languages or once for each."""
    if isinstance(item.node, yaml.MappingNode):
        return item.bilingual()
    return Bilingual(zh=item.text(), en=item.text())


def _severities(item: Item) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, severity in item.entries().items():
        severity.known(code, IssueCode, "issue code")
        found[code] = severity.choice(Severity, "severity")
    return found


def _removed(fields: Fields, version: int) -> int | None:
    removed = fields.integer("removed", 1, version)
    if removed is not None and removed <= (fields.integer("since", 1, version) or 1):
        fields["removed"].fail("the version that drops a column must come after the one that brought it")
    return removed


# ---- conditions --------------------------------------------------------------------------------


def read_condition(item: Item) -> Condition:
    """Return {column: KEY, in: [codes]}; ``check_condition`` sees that it means something."""
    fields = item.fields(required=("column", "in"))
    values = fields.texts("in")
    if not values:
        fields["in"].fail("needs at least one value")
    return Condition(fields["column"].text(), frozenset(values))


def check_condition(
    item: Item, condition: Condition, columns: Sequence[ColumnSpec], lists: Mapping[str, ListSpec]
) -> None:
    """See that the condition's column exists and, where it has a list, that its values are codes of it."""
    fields = item.entries()
    fields["column"].choice((column.key for column in columns), "column")
    column = next(column for column in columns if column.key == condition.column)
    if column.list is not None:
        for value in fields["in"].items():
            value.choice((choice.code for choice in lists[column.list].items), f"code of the list {column.list}")
