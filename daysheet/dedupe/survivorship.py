"""
Which value of each field a merged customer shows, and whose it is.

Registered full name > steward > longest valid > most frequent > newest. Of two registered names, that
of a confirmed customer, of one with a valid credit code, of the one that stays: neither length nor age
says which of two complete names is right. The records themselves are left as they are: what survives
is laid over the winner's, so that undoing the merge has nothing to put back. Notes are united;
contacts and aliases are so by reading them together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from daysheet.model.customers import CustomerStatus
from daysheet.naming.scans import is_credit_code

NAME = "display_name"
WITH_NAME = ("short_name", "kind")
"""Fields that say something of the name: they come from whoever the name comes from."""
FIELDS = (NAME, "credit_code", "region_code", "city", "industry", "level", "address", "phone")
"""Fields of which one value survives, in the order they are shown."""
NOTE = "note"
PARENT = "parent"
"""Not a field of the record, but chosen like one: whose parent is shown."""
MAY_KEEP = (*FIELDS, PARENT)
"""What may be chosen by hand."""
_PEOPLE = frozenset({"steward", "manager"})
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Why(StrEnum):
    """What decided for a value."""

    CHOSEN = "chosen"
    ONLY = "only"
    EQUAL = "equal"
    UNITED = "united"
    VALID = "valid"
    REGISTERED = "registered"
    STEWARD = "steward"
    CONFIRMED = "confirmed"
    WITH_CODE = "with-code"
    LONGEST = "longest"
    MOST_FREQUENT = "most-frequent"
    NEWEST = "newest"
    WINNER = "winner"


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one record's field, with where it comes from and how often it was said."""

    text: str
    source: str = ""
    count: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One of the records that are one customer: its own values, whatever is shown."""

    id: int
    values: Mapping[str, Value]
    status: CustomerStatus = CustomerStatus.CONFIRMED
    is_registered: bool = False  # its name is a complete registered name

    def text(self, name: str) -> str:
        """Return its own value of a field, "" where it has none."""
        value = self.values.get(name)
        return value.text if value else ""


@dataclass(frozen=True, slots=True)
class Survivor:
    """The value of a field that is shown, whose it is (several, where united), and why."""

    text: str
    owners: tuple[int, ...]
    why: Why


_ORDER = (
    Why.VALID,
    Why.REGISTERED,
    Why.STEWARD,
    Why.CONFIRMED,
    Why.WITH_CODE,
    Why.LONGEST,
    Why.MOST_FREQUENT,
    Why.NEWEST,
)
"""What is compared, in this order; the first difference decides."""


def survivors(root_id: int, members: Sequence[Member], kept: Mapping[str, int]) -> dict[str, Survivor]:
    """Return what is shown of the customer made of *members*, by field; *kept* says whose value was chosen by hand."""
    found: dict[str, Survivor] = {}
    for name in FIELDS:
        survivor = _survivor(name, root_id, members, kept.get(name))
        if survivor is not None:
            found[name] = survivor
    by_id = {member.id: member for member in members}
    if NAME in found:
        owner = by_id[found[NAME].owners[0]]
        for name in WITH_NAME:
            if owner.text(name):
                found[name] = Survivor(owner.text(name), (owner.id,), found[NAME].why)
    notes: dict[str, int] = {}
    for member in _root_first(root_id, members):
        if member.text(NOTE):
            notes.setdefault(member.text(NOTE), member.id)
    if notes:
        found[NOTE] = Survivor("\n".join(notes), tuple(notes.values()), Why.UNITED)
    known = [m for m in _root_first(root_id, members) if m.status is not CustomerStatus.PROVISIONAL]
    if known:
        found["status"] = Survivor(str(known[0].status), (known[0].id,), Why.VALID)
    if kept.get(PARENT) in by_id:
        found[PARENT] = Survivor(str(kept[PARENT]), (kept[PARENT],), Why.CHOSEN)
    return found


def overlay(root_id: int, members: Sequence[Member], kept: Mapping[str, int]) -> dict[str, Survivor]:
    """Return what has to be laid over the root's own record: the survivors that are not its own values."""
    if len(members) < 2:
        return {}
    root = next(member for member in members if member.id == root_id)
    own = {name: root.text(name) for name in (*FIELDS, *WITH_NAME, NOTE)} | {"status": str(root.status)}
    shown = survivors(root_id, members, kept)
    return {name: survivor for name, survivor in shown.items() if survivor.text != own.get(name, "")}


def valid_codes(members: Iterable[Member]) -> dict[str, int]:
    """Return the valid credit codes of *members*, each with who has it."""
    found: dict[str, int] = {}
    for member in members:
        code = member.text("credit_code")
        if is_credit_code(code):
            found.setdefault(code, member.id)
    return found


def _survivor(name: str, root_id: int, members: Sequence[Member], kept: int | None) -> Survivor | None:
    having = [member for member in _root_first(root_id, members) if member.text(name)]
    chosen = next((member for member in having if member.id == kept), None)
    if chosen is not None:
        return Survivor(chosen.text(name), (chosen.id,), Why.CHOSEN)
    if not having:
        return None
    counts: dict[str, int] = {}
    for member in having:
        counts[member.text(name)] = counts.get(member.text(name), 0) + max(member.values[name].count, 1)
    ranked = sorted(having, key=lambda m: _rank(name, m, counts), reverse=True)  # stable: the root first
    best = ranked[0]
    others = [member for member in ranked if member.text(name) != best.text(name)]
    why = _why(_rank(name, best, counts), _rank(name, others[0], counts)) if others else Why.ONLY
    if not others and len(having) > 1:
        why = Why.EQUAL
    return Survivor(best.text(name), (best.id,), why)


def _root_first(root_id: int, members: Sequence[Member]) -> list[Member]:
    return sorted(members, key=lambda member: (member.id != root_id, member.id))


def _rank(
    name: str, member: Member, counts: Mapping[str, int]
) -> tuple[bool, bool, bool, bool, bool, int, int, datetime]:
    """Return how good the member's value is, in the order of ``_ORDER``."""
    value = member.values[name]
    is_whole = name == NAME and member.is_registered
    return (
        _is_valid(name, value.text),
        is_whole,
        value.source in _PEOPLE,
        is_whole and member.status is not CustomerStatus.PROVISIONAL,
        is_whole and is_credit_code(member.text("credit_code")),
        0 if is_whole else len(value.text),
        0 if is_whole else counts[value.text],
        _BEGINNING if is_whole else value.at or _BEGINNING,
    )


def _why(best: Sequence[object], other: Sequence[object]) -> Why:
    return next((why for why, mine, theirs in zip(_ORDER, best, other, strict=True) if mine != theirs), Why.WINNER)


def _is_valid(name: str, text: str) -> bool:
    if name == "credit_code":
        return is_credit_code(text)
    if name == "phone":
        return len(re.sub(r"\D", "", text)) >= 7
    return True
