"""The templates the database has been given: what their columns were, so that none is lost or retyped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from daysheet.errors import TemplateChangeRefused
from daysheet.model.template import TemplateSpec
from daysheet.store.engine import Connection, insert
from daysheet.store.tables import template_version


@dataclass(frozen=True, slots=True)
class RecordedTemplate:
    """A template as it was applied. *columns* maps sheet key → column key → type."""

    template_id: str
    version: int
    digest: str
    columns: Mapping[str, Mapping[str, str]]
    removed: frozenset[tuple[str, str]]  # sheet and column marked as removed


def recorded(connection: Connection) -> tuple[RecordedTemplate, ...]:
    """Return every template ever applied, the one last applied last."""
    table = template_version
    rows = connection.execute(sa.select(table).order_by(table.c.applied_at, table.c.version, table.c.digest))
    return tuple(_recorded(row) for row in rows.mappings())


def _recorded(row: sa.RowMapping) -> RecordedTemplate:
    sheets = row["spec"]["sheets"]
    return RecordedTemplate(
        row["template_id"],
        row["version"],
        row["digest"],
        {sheet["key"]: {column["key"]: column["type"] for column in sheet["columns"]} for sheet in sheets},
        frozenset((s["key"], c["key"]) for s in sheets for c in s["columns"] if c["removed"] is not None),
    )


def record(connection: Connection, spec: TemplateSpec, now: datetime) -> None:
    """Note that *spec* applies from *now* on; the same one again only renews its date."""
    row = {
        "template_id": spec.id,
        "digest": spec.digest,
        "version": spec.version,
        "spec": as_json(spec),
        "applied_at": now,
    }
    statement = insert(connection, template_version).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["template_id", "digest"], set_={"applied_at": statement.excluded.applied_at}
        )
    )


def as_json(spec: TemplateSpec) -> dict[str, Any]:
    """Return what has to be known of a template later: its sheets, columns, types and labels."""
    return {
        "id": spec.id,
        "version": spec.version,
        "sheets": [
            {
                "key": sheet.key,
                "role": str(sheet.role),
                "columns": [
                    {
                        "key": column.key,
                        "type": str(column.type),
                        "zh": column.label.zh,
                        "en": column.label.en,
                        "meaning": str(column.meaning) if column.meaning else None,
                        "list": column.list,
                        "since": column.since,
                        "removed": column.removed,
                    }
                    for column in sheet.columns
                ],
            }
            for sheet in spec.sheets
        ],
        "lists": {
            key: [{"code": item.code, "zh": item.label.zh, "en": item.label.en} for item in entries.items]
            for key, entries in spec.lists.items()
        },
    }


def check_change(known: Sequence[RecordedTemplate], specs: Sequence[TemplateSpec]) -> None:
    """
    Raise TemplateChangeRefused where a template lost or retyped a column.

    A type is compared with every template ever applied, for their sheets share tables; a column
    may go only after it was marked ``removed``, and the mark may go with it.
    """
    types = {
        (sheet, column): type_
        for template in known
        for sheet, columns in template.columns.items()
        for column, type_ in columns.items()
    }
    last = {template.template_id: template for template in known}
    for spec in specs:
        for sheet in spec.sheets:
            for column in sheet.columns:
                former = types.get((sheet.key, column.key), str(column.type))
                if former != column.type:
                    raise TemplateChangeRefused(
                        f"template {spec.id}: sheet {sheet.key}: column {column.key} was {former} and cannot become "
                        f"{column.type}, for it holds data; give the new column another key and mark the old one "
                        f"removed: {spec.version}"
                    )
        if spec.id in last:
            _check_removed(last[spec.id], spec)


def _check_removed(former: RecordedTemplate, spec: TemplateSpec) -> None:
    there = {(sheet.key, column.key) for sheet in spec.sheets for column in sheet.columns}
    for sheet, columns in former.columns.items():
        for column in columns:
            if (sheet, column) not in there and (sheet, column) not in former.removed:
                raise TemplateChangeRefused(
                    f"template {spec.id}: sheet {sheet}: column {column} ({columns[column]}) is gone, but older "
                    f"workbooks still carry it; keep it in the template and mark it removed: {spec.version}"
                )
