"""Read the row rules of a sheet from a template's YAML."""

from collections.abc import Mapping, Sequence

from daysheet.model.issues import IssueCode
from daysheet.model.template import ColumnSpec, ColumnType, ListSpec, RowRule, RuleKind, SheetSpec
from daysheet.templates_xlsx.nodes import Fields, Item
from daysheet.templates_xlsx.spec_columns import check_condition, read_condition

_MUST_HAVE = {
    RuleKind.NOT_BEFORE: ("other",),
    RuleKind.NOT_AFTER_TODAY: (),
    RuleKind.NEED_ANY: (),
    RuleKind.NEED_ROW_IN: ("other",),
}
_OF_DATES = (RuleKind.NOT_BEFORE, RuleKind.NOT_AFTER_TODAY)


def read_rules(item: Item, columns: Sequence[ColumnSpec], lists: Mapping[str, ListSpec]) -> tuple[RowRule, ...]:
    """Return the rules of a sheet that has *columns*."""
    return tuple(_rule(entry, columns, lists) for entry in item.items())


def column_keys(item: Item, columns: Sequence[ColumnSpec]) -> tuple[str, ...]:
    """Return a list of column keys that all exist, each once."""
    known = [column.key for column in columns]
    entries = item.items()
    if not entries:
        item.fail("needs at least one column")
    keys = tuple(entry.choice(known, "column") for entry in entries)
    for entry, key in zip(entries, keys, strict=True):
        if keys.count(key) > 1:
            entry.fail(f"the column {key!r} is given twice")
    return keys


def _rule(item: Item, columns: Sequence[ColumnSpec], lists: Mapping[str, ListSpec]) -> RowRule:
    fields = item.fields("other", "when", required=("code", "kind", "columns"))
    kind = RuleKind(fields["kind"].choice(RuleKind, "kind of rule"))
    for key in _MUST_HAVE[kind]:
        if key not in fields:
            item.fail(f"a rule of kind {kind} needs the key {key!r}")
    if "other" in fields and "other" not in _MUST_HAVE[kind]:
        fields["other"].fail(f"a rule of kind {kind} has no 'other'")
    rule = RowRule(
        code=fields["code"].choice(IssueCode, "issue code"),
        kind=kind,
        columns=column_keys(fields["columns"], columns),
        other=fields.text("other"),
        when=read_condition(fields["when"]) if "when" in fields else None,
    )
    if rule.when is not None:
        check_condition(fields["when"], rule.when, columns, lists)
    if kind in _OF_DATES:
        _check_dates(fields, columns)
    return rule


def _check_dates(fields: Fields, columns: Sequence[ColumnSpec]) -> None:
    """See that a rule about dates names columns that hold dates."""
    dates = [column.key for column in columns if column.type is ColumnType.DATE]
    for entry in fields["columns"].items():
        entry.choice(dates, "date column")
    if "other" in fields:
        fields["other"].choice(dates, "date column")


def check_other_sheets(item: Item, sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> None:
    """See that every rule that looks into another sheet finds it there, with the same columns."""
    if not sheet.row_rules:
        return
    for entry, rule in zip(item.entries()["row_rules"].items(), sheet.row_rules, strict=True):
        if rule.kind is not RuleKind.NEED_ROW_IN:
            continue
        fields = entry.entries()
        fields["other"].choice((s.key for s in sheets), "sheet")
        other = next(s for s in sheets if s.key == rule.other)
        for column in fields["columns"].items():
            column.choice((c.key for c in other.columns), f"column of the sheet {other.key}")
