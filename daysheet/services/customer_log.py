"""The log of a customer in words: who changed what, from what to what, and what may be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from daysheet.i18n import text
from daysheet.model.text import Language
from daysheet.services.in_sight import others_of
from daysheet.store.audit import Entry
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
OF_ITS_RECORD = frozenset({"customer.edited", "customer.linked", "customer.unlinked"})
"""Of those, what is undone only as long as the record it was done to stands for itself."""


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


def told(entries: Sequence[Logged], names: Mapping[int, str], language: Language, root_id: int) -> list[LogLine]:
    """Return the entries of *root_id*'s family as told; customers that *names* lacks are of another region."""
    undone = {(one.entry.after or {}).get("undoes") for one in entries}
    return [
        LogLine(
            one.id,
            one.entry.at,
            one.actor,
            one.entry.action,
            tuple(_changes(one, names, language)),
            one.id not in undone and _may_undo(one.entry, root_id),
        )
        for one in entries
    ]


def _may_undo(entry: Entry, root_id: int) -> bool:
    return entry.action in UNDOABLE and (entry.action not in OF_ITS_RECORD or entry.entity_id == root_id)


def mentioned(entries: Sequence[Logged]) -> set[int]:
    """Return the customers that entries are about besides."""
    return {other for one in entries for other in others_of(one.entry)}


def _changes(logged: Logged, names: Mapping[int, str], language: Language) -> list[Change]:
    before, after = dict(logged.entry.before or {}), dict(logged.entry.after or {})
    before |= before.pop("fields", {})
    after |= after.pop("fields", {})
    is_whole = others_of(logged.entry) <= names.keys()  # a reason may well name the other one
    found = []
    for key in (*FIELDS, "alias", "owner", "participant", "parent", "root_id", "reason"):
        old, new = before.get(key), after.get(key)
        if old == new or (key == "reason" and not (new and is_whole)):
            continue
        if key in ("parent", "root_id"):
            old, new = (_customer(one, names, language) for one in (old, new))
        found.append(Change(key, str(old or ""), str(new or "")))
    return found


def _customer(value: object, names: Mapping[int, str], language: Language) -> str:
    if not isinstance(value, int):
        return ""
    return f"{names[value]} #{value}" if value in names else text("customer.of-elsewhere", language)
