"""
Read a template's YAML into a TemplateSpec, or say exactly what is wrong with it.

The form of the file is explained at the top of ``daily_report.yaml``; its columns are read by
``spec_columns.py``, its row rules by ``spec_rules.py``.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from daysheet.errors import ConfigError
from daysheet.model.template import ListItem, ListSpec, SheetMeaning, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Bilingual
from daysheet.templates_xlsx.nodes import Item, folded, key_text, read
from daysheet.templates_xlsx.spec_columns import RESERVED_COLUMN_KEYS, read_columns
from daysheet.templates_xlsx.spec_rules import check_other_sheets, column_keys, read_rules

__all__ = ["PACKAGED", "RESERVED_COLUMN_KEYS", "RESERVED_SHEET_KEYS", "load", "parse"]

PACKAGED = ("daily_report", "lite")
"""The templates that come with the program."""

RESERVED_SHEET_KEYS = frozenset(
    {
        "account",
        "alarm",
        "alembic_version",
        "api_token",
        "assignment",
        "audit",
        "column_memory",
        "contact",
        "contact_field",
        "customer",
        "customer_alias",
        "customer_external_id",
        "customer_field",
        "customer_relation",
        "delivery",
        "digest",
        "digest_run",
        "inbound",
        "issue",
        "judgement",
        "lease",
        "login_link",
        "mailbox",
        "merge_event",
        "name_key",
        "opportunity",
        "outbox",
        "person",
        "person_address",
        "person_proxy",
        "posting",
        "region",
        "review",
        "row_decision",
        "row_result",
        "ruleset",
        "sighting",
        "spot_check",
        "spot_item",
        "submission",
        "subscription",
        "team",
        "template",
        "template_version",
        "web_session",
    }
)
"""Names of core tables: a sheet's key names its own table, and must not be one of them."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_MOST_VERSIONS = 9999
_MOST_ROWS = 50_000  # what the reader's preflight lets through
_LONGEST_TITLE = 31  # characters of a sheet's name in Excel
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]|^'|'$")


def load(name_or_path: str | Path) -> TemplateSpec:
    """
    Return the packaged template of that name, or the one in the file of that path.

    Raises ConfigError, naming file, line, key and the nearest valid key, for any mistake in it, and
    where there is no such file.
    """
    if str(name_or_path) in PACKAGED:
        return _packaged(str(name_or_path))
    return parse(source(name_or_path), str(name_or_path))


@cache
def _packaged(name: str) -> TemplateSpec:
    """The packaged templates do not change while the program runs, and reading YAML takes its time."""
    return parse(source(name), f"{name}.yaml")


def source(name_or_path: str | Path) -> str:
    """Return the YAML of the packaged template of that name, or of the file of that path; raises ConfigError."""
    is_packaged = str(name_or_path) in PACKAGED
    path = Path(__file__).with_name(f"{name_or_path}.yaml") if is_packaged else Path(name_or_path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no template {name_or_path}; packaged: {', '.join(PACKAGED)}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the template must be saved as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def parse(text: str, source: str) -> TemplateSpec:
    """Return the template written in *text*; *source* names it in the ConfigError raised for any mistake."""
    root = read(text, source)
    fields = root.fields("min_accepted", "protected", "guide", "lists", required=("id", "version", "title", "sheets"))
    version = fields["version"].integer(1, _MOST_VERSIONS)
    lists = _lists(fields["lists"]) if "lists" in fields else {}
    return TemplateSpec(
        id=key_text(fields["id"]),
        version=version,
        min_accepted=fields.integer("min_accepted", 1, version) or 1,
        title=fields["title"].bilingual(),
        sheets=_sheets(fields["sheets"], lists, version),
        lists=lists,
        digest=_digest(root),
        is_protected=fields.flag("protected", default=True),
        guide=tuple(item.bilingual() for item in fields["guide"].items()) if "guide" in fields else (),
    )


def _digest(root: Item) -> str:
    """Hash the content: comments and layout do not count, every value does."""
    plain = json.dumps(root.plain(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


# ---- lists -------------------------------------------------------------------------------------


def _lists(item: Item) -> dict[str, ListSpec]:
    found: dict[str, ListSpec] = {}
    for key, entry in item.entries().items():
        key_text(entry, key)
        found[key] = ListSpec(key, _list_items(entry))
    return found


def _list_items(entry: Item) -> tuple[ListItem, ...]:
    """Read the items of a list; no code, label or alias may mean two of them."""
    items: list[ListItem] = []
    owner: dict[str, str] = {}
    for item in entry.items():
        fields = item.fields("aliases", required=("code", "zh", "en"))
        code = fields["code"].text()
        if not _CODE.fullmatch(code):
            fields["code"].fail(f"a code is made of letters, digits, _ . and - (at most 40), not {code!r}")
        if any(other.code == code for other in items):
            fields["code"].fail(f"the code {code!r} is given twice")
        label = Bilingual(zh=fields["zh"].text(), en=fields["en"].text())
        made = ListItem(code, label, fields.texts("aliases"))
        for name in (code, label.zh, label.en, *made.aliases):
            if (first := owner.setdefault(folded(name), code)) != code:
                item.fail(f"{name!r} names the item {first!r} already")
        items.append(made)
    if not items:
        entry.fail("a list needs at least one item")
    return tuple(items)


# ---- sheets ------------------------------------------------------------------------------------


def _sheets(item: Item, lists: Mapping[str, ListSpec], version: int) -> tuple[SheetSpec, ...]:
    """Read every sheet and see that they can stand in one workbook."""
    entries = item.items()
    sheets: list[SheetSpec] = []
    for entry in entries:
        sheet = _sheet(entry, lists, version)
        _check_neighbours(entry, sheet, sheets)
        sheets.append(sheet)
    if not any(sheet.role is SheetRole.DATA for sheet in sheets):
        item.fail("a template needs at least one sheet with role data")
    for entry, sheet in zip(entries, sheets, strict=True):
        check_other_sheets(entry, sheet, sheets)
    return tuple(sheets)


def _check_neighbours(entry: Item, sheet: SheetSpec, earlier: list[SheetSpec]) -> None:
    for other in earlier:
        if other.key == sheet.key:
            entry.fail(f"the sheet {sheet.key!r} is given twice")
        if other.role is sheet.role is SheetRole.COVER:
            entry.fail(f"only one sheet may be the cover, and {other.key!r} is")
        if sheet.about is not None and other.about is sheet.about:
            entry.fail(f"only one sheet may have the meaning {sheet.about}, and {other.key!r} has")
        for name in (sheet.label.zh, sheet.label.en):
            if folded(name) in {folded(other.label.zh), folded(other.label.en)}:
                entry.fail(f"{name!r} is the sheet {other.key!r} already")


def _sheet(item: Item, lists: Mapping[str, ListSpec], version: int) -> SheetSpec:
    optional = ("role", "meaning", "aliases", "required", "max_rows", "help", "row_rules", "row_key")
    fields = item.fields(*optional, required=("key", "label", "columns"))
    key = key_text(fields["key"])
    if key in RESERVED_SHEET_KEYS:
        fields["key"].fail(f"{key!r} is the name of a table of the program; choose another key")
    label = fields["label"].bilingual()
    for name in (label.zh, label.en):
        if len(name) > _LONGEST_TITLE or _FORBIDDEN_IN_TITLE.search(name):
            fields["label"].fail(f"{name!r} cannot name a sheet: at most {_LONGEST_TITLE} characters, none of []:*?/\\")
    columns = read_columns(fields["columns"], lists, version)
    return SheetSpec(
        key=key,
        label=label,
        role=SheetRole(fields["role"].choice(SheetRole, "role")) if "role" in fields else SheetRole.DATA,
        columns=columns,
        aliases=fields.texts("aliases"),
        required=fields.flag("required"),
        max_rows=fields.integer("max_rows", 1, _MOST_ROWS) or 2000,
        row_rules=read_rules(fields["row_rules"], columns, lists) if "row_rules" in fields else (),
        row_key=column_keys(fields["row_key"], columns) if "row_key" in fields else (),
        help=fields.bilingual("help"),
        about=SheetMeaning(fields["meaning"].choice(SheetMeaning, "meaning")) if "meaning" in fields else None,
    )
