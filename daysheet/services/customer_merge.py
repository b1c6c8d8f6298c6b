"""Merging two customers from their page: side by side, whose value stays, what moves; within what is seen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from daysheet.dedupe.merge import FieldLine
from daysheet.model.customers import Customer
from daysheet.model.memory import MergeEvent, Refusal, RefusalCode
from daysheet.services import merging
from daysheet.services.access import Visitor
from daysheet.services.merging import Request
from daysheet.services.tools import Tools
from daysheet.store import customer_rows, customer_view, customers
from daysheet.store.customer_view import Family
from daysheet.store.engine import Connection

CODE = "credit_code"


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a merge would do: each field of the two and of the one they become.

    *refusal* says why it may not be done. *must_choose* are fields of which somebody has to say whose stays.
    *seen* stands for all of it: it changes as soon as something of the two does.
    """

    winner: Customer
    loser: Customer
    lines: tuple[FieldLine, ...] = ()
    moves: Mapping[str, int] = field(default_factory=dict)
    must_choose: frozenset[str] = frozenset()
    refusal: Refusal | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two customers that are one now; *event* is None where they were one already."""

    root_id: int
    event: MergeEvent | None = None


def preview(tools: Tools, visitor: Visitor, winner_id: int, loser_id: int) -> Preview | None:
    """Return what merging *loser_id* into *winner_id* would do; None where one of them is not seen."""
    with tools.database.reading() as connection:
        winner = customer_view.family(connection, visitor.scope, winner_id)
        loser = customer_view.family(connection, visitor.scope, loser_id)
        if winner is None or loser is None:
            return None
        return _preview(connection, tools, winner, loser)


def _preview(connection: Connection, tools: Tools, winner: Family, loser: Family) -> Preview:
    request = Request(winner.root.id, loser.root.id, {})
    planned = merging.plan(connection, tools, request)
    must: frozenset[str] = frozenset()
    if isinstance(planned, Refusal) and planned.code is RefusalCode.TWO_CREDIT_CODES:
        # whoever says which code is wrong may merge: shown with the winner's, to be chosen by hand
        must = frozenset({CODE})
        planned = merging.plan(connection, tools, Request(winner.root.id, loser.root.id, {CODE: "winner"}))
    if isinstance(planned, Refusal):
        return Preview(winner.root, loser.root, refusal=planned)
    moves = customer_rows.count_hanging(connection, tools.tables, loser.ids)
    told = [winner.ids, loser.ids, [(line.field, line.winner, line.loser) for line in planned.lines]]
    seen = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]
    return Preview(winner.root, loser.root, planned.lines, moves, must, None, seen)


def merge(
    tools: Tools, visitor: Visitor, winner_id: int, loser_id: int, keep: Mapping[str, str], reason: str, seen: str
) -> Merged | Preview | Refusal | None:
    """
    Merge as it was shown; a Preview comes back where one of the two has changed since *seen*.

    Whose value stays is said in *keep*: winner or loser, by field.
    """
    with tools.database.writing() as connection:
        customers.guard(connection)  # what is compared with what was shown is what is merged
        winner = customer_view.family(connection, visitor.scope, winner_id)
        loser = customer_view.family(connection, visitor.scope, loser_id)
        if winner is None or loser is None:
            return None
        if winner.root.id == loser.root.id:
            return Merged(winner.root.id)
        now = _preview(connection, tools, winner, loser)
        if now.refusal is not None:
            return now.refusal
        if now.seen != seen:
            return now
        wanted = {name: side for name, side in keep.items() if name in merging.MAY_KEEP and side in ("winner", "loser")}
        request = Request(winner.root.id, loser.root.id, wanted, reason)
        done = merging.merge_within(connection, tools, request, visitor.actor)
        return done if isinstance(done, Refusal) else Merged(winner.root.id, done.event)
