"""
Write everything out in open formats: a table as JSON lines, a mail as it came, and a description of both.

JSON lines are exact: a number, a date, an empty text and nothing at all stay different, and no spreadsheet
takes a cell for a formula. CSV comes beside them where it is asked for, and is made harmless there.
"""

import csv
import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from daysheet.errors import StoreError, UsageError
from daysheet.model.text import Language
from daysheet.services.customers import safe_cell
from daysheet.services.tools import Tools
from daysheet.store import dumping, everything
from daysheet.store.engine import Connection

MAILS = "mails"

README = """# Daysheet: everything / 全部数据

{at} UTC

English: every table is a file in `tables/`, one JSON object per line (UTF-8); instants are UTC, dates ISO 8601, exact
numbers are texts. `schema.json` lists tables, columns, types and references. `mails/` holds the raw mails as they came,
named by the SHA-256 that the column `inbound.raw_sha256` has. CSV files (if any, UTF-8 with a mark) are for
spreadsheets: a text that would be run as a formula has an apostrophe before it; the JSON lines are exact. Passwords,
sessions, links, tokens and what only the program's search needs ({left_out}) are left out.

中文：每张表是 `tables/` 里的一个文件，每行一个 JSON 对象（UTF-8）；时刻为 UTC，日期为 ISO 8601，精确数字写成文本。
`schema.json` 列出表、列、类型与引用关系。`mails/` 是原始邮件，以其 SHA-256 命名（即 `inbound.raw_sha256` 列）。
CSV 文件（如有，UTF-8 带 BOM）供电子表格使用：会被当作公式的文本前加了撇号；JSON 行为准确原文。
不含密码、会话、链接、令牌，以及仅供程序检索的表（{left_out}）。
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows by table, and raw mails. *lost*: mails whose bytes are missing or damaged."""

    tables: Mapping[str, int]
    mails: int = 0
    lost: int = 0
    folder: Path = field(default=Path())


def export(
    tools: Tools,
    folder: Path,
    *,
    with_csv: bool = False,
    with_mails: bool = True,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Exported:
    """Write everything into the new folder *folder*, as it is at one moment; raises UsageError where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "tables").mkdir()
        with tools.database.reading() as connection:
            tables = everything.tables(connection, tools.tables)
            counts, done = {}, 0
            for table in tables:
                counts[table.name] = _table(connection, table, folder / "tables", with_csv=with_csv)
                done += counts[table.name]
                on_progress(done)
            _text(folder / "schema.json", json.dumps(_schema(tools, tables), ensure_ascii=False, indent=1))
            mails, lost = _mails(tools, connection, folder / MAILS, on_progress) if with_mails else (0, 0)
        left_out = ", ".join(sorted(everything.LEFT_OUT))
        _text(folder / "README.md", README.format(at=f"{tools.clock():%F %T}", left_out=left_out))
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {error.strerror or error}") from error
    return Exported(counts, mails, lost, folder)


def _table(connection: Connection, table: sa.Table, folder: Path, *, with_csv: bool) -> int:
    number = 0
    names = [column.name for column in table.c]
    with ExitStack() as files:
        lines = files.enter_context(_opened(folder / f"{table.name}.jsonl"))
        sheet = None
        if with_csv:
            out = files.enter_context(_opened(folder / f"{table.name}.csv", "utf-8-sig"))
            sheet = csv.writer(out)
            sheet.writerow(names)
        for row in everything.rows(connection, table):
            values = [plain(value) for value in row]
            lines.write(json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False) + "\n")
            if sheet is not None:
                sheet.writerow([_cell(value) for value in values])
            number += 1
    return number


def plain(value: object) -> Any:
    """Return a stored value as JSON has it; exact numbers as texts."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _cell(value: object) -> object:
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return safe_cell(value)


def _schema(tools: Tools, tables: tuple[sa.Table, ...]) -> dict[str, Any]:
    """Describe the tables; what a column of a form means is what the form calls it."""
    labels = {
        (sheet.key, column.key): {str(one): column.label.in_(one) for one in Language}
        for spec in tools.specs
        for sheet in spec.sheets
        for column in sheet.columns
    }
    return {
        "tables": {
            table.name: {
                "key": [column.name for column in table.primary_key],
                "columns": {column.name: _column(column, labels.get((table.name, column.name))) for column in table.c},
            }
            for table in tables
        }
    }


def _column(column: "sa.Column[Any]", label: Mapping[str, str] | None) -> dict[str, Any]:
    said: dict[str, Any] = {"type": str(column.type), "may_be_null": bool(column.nullable)}
    if column.foreign_keys:
        said["references"] = [key.target_fullname for key in column.foreign_keys]
    if label:
        said["label"] = dict(label)
    return said


def _mails(tools: Tools, connection: Connection, folder: Path, on_progress: Callable[[int], None]) -> tuple[int, int]:
    folder.mkdir()
    done = lost = 0
    files = everything.bare_files(connection)
    for digest in dumping.spooled(connection):
        try:
            write(folder / f"{digest}.{'bin' if digest in files else 'eml'}", tools.spool.get(digest))
            done += 1
        except StoreError:
            lost += 1
        on_progress(done)
    return done, lost


def write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _text(path: Path, text: str) -> None:
    write(path, text.encode())


def _opened(path: Path, encoding: str = "utf-8") -> IO[str]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding=encoding, newline="")
