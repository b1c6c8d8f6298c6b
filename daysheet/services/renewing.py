"""Describe customers by the present rules: profile and match key of every name, and the keys they are found by."""

from collections.abc import Sequence
from dataclasses import dataclass

from daysheet.services.finding import described
from daysheet.services.tools import Tools
from daysheet.store import customers, renewal
from daysheet.store.engine import Connection
from daysheet.store.renewal import Rewritten, Written

STRIPE = 5_000
"""Customers described in one transaction: about a second, for one pass over the index."""


@dataclass(frozen=True, slots=True)
class Split:
    """A name that the rules held to be a written form of its customer's own, and do so no longer."""

    customer_id: int
    display_name: str
    text: str
    is_rejected: bool


def renew(connection: Connection, tools: Tools, ids: Sequence[int]) -> list[Split]:
    """
    Describe *ids* anew within the caller's transaction, and tell whose names the rules take apart now.

    No name moves: it stays where it was, and is recognised there by its exact spelling.
    """
    customers.guard(connection)
    display_names = renewal.named(connection, ids)
    stored = renewal.written(connection, ids)
    changed: list[Rewritten] = []
    wanted: dict[int, frozenset[int]] = {}
    splits: list[Split] = []
    for owner in ids:
        names = stored.get(owner, [])
        parses = {name.id: tools.naming.parse(name.text) for name in names}
        profiles, wanted[owner] = described(tools, parses.values())
        made = {one.id: Rewritten(one.id, parses[one.id].key, profiles.get(one.text)) for one in names}
        changed += [made[one.id] for one in names if (made[one.id].key, made[one.id].profile) != (one.key, one.profile)]
        splits += _splits(display_names[owner], names, made)
    renewal.rewrite(connection, changed)
    renewal.file_anew(connection, wanted)
    renewal.stamp(connection, ids, tools.naming.version)
    return splits


def _splits(display_name: str, names: Sequence[Written], made: dict[int, Rewritten]) -> list[Split]:
    own = next((name for name in names if name.text == display_name), None)
    if own is None:
        return []
    return [
        Split(name.customer_id, display_name, name.text, is_rejected=not made[name.id].key)
        for name in names
        if name is not own and name.key and name.key == own.key and made[name.id].key != made[own.id].key
    ]
