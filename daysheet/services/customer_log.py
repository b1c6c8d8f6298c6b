"""The log of a customer in words: who changed what, from what to what, and what may be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from daysheet.i18n import text
from daysheet.model.text import Language
from daysheet.store.customer_view import Logged

FIELDS = (
    "display_name",
    "short_name",
    "status",
    "level",
    "credit_code",
    "city",
    "industry",
    "address",
    "phone",
    "note",
)
"""What is shown of a customer and may be edited, in this order."""
UNDOABLE = frozenset(
    {
        "customer.edited",
        "customer.alias-added",
        "customer.alias-removed",
        "customer.owner-set",
        "customer.participant-added",
        "customer.participant-ended",
        "customer.linked",
        "customer.unlinked",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry of the log changed: a field or relation, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the log as it is told."""

    id: int
    at: datetime | None
    actor: str
    action: str
    changes: tuple[Change, ...] = ()
    may_undo: bool = False


def told(entries: Sequence[Logged], names: Mapping[int, str], language: Language) -> list[LogLine]:
    """Return entries as they are told; customers that *names* lacks are of another region."""
    undone = {(one.entry.after or {}).get("undoes") for one in entries}
    return [
        LogLine(
            one.id,
            one.entry.at,
            one.actor,
            one.entry.action,
            tuple(_changes(one, names, language)),
            one.entry.action in UNDOABLE and one.id not in undone,
        )
        for one in entries
    ]


def mentioned(entries: Sequence[Logged]) -> set[int]:
    """Return the customers that entries are about besides."""
    return {
        value
        for one in entries
        for side in (one.entry.before or {}, one.entry.after or {})
        for key, value in side.items()
        if key in ("parent", "root_id") and isinstance(value, int)
    }


def _changes(logged: Logged, names: Mapping[int, str], language: Language) -> list[Change]:
    before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
    before |= before.pop("fields", {})
    after |= after.pop("fields", {})
    found = []
    for key in (*FIELDS, "alias", "owner", "participant", "parent", "root_id", "reason"):
        old, new = before.get(key), after.get(key)
        if old == new or (key == "reason" and not new):
            continue
        if key in ("parent", "root_id"):
            old, new = (_customer(one, names, language) for one in (old, new))
        found.append(Change(key, str(old or ""), str(new or "")))
    return found


def _customer(value: object, names: Mapping[int, str], language: Language) -> str:
    if not isinstance(value, int):
        return ""
    return f"{names[value]} #{value}" if value in names else text("customer.of-elsewhere", language)
