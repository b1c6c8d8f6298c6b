"""What of an answer a visitor may know and take back who does not see every customer it is about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from daysheet.model.access import Scope
from daysheet.model.memory import Review, Says
from daysheet.store import judgements, queue
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection

REASON = "reason"
_OTHERS = ("parent", "root_id")
"""Under which an entry of the log names another customer."""


def others_of(entry: Entry) -> set[int]:
    """Return the customers that an entry of the log names besides the one it is about."""
    sides = (entry.before or {}, entry.after or {})
    return {value for side in sides for key in _OTHERS if isinstance(value := side.get(key), int)}


def without_reasons(
    connection: Connection, scope: Scope, review: Review, entries: Sequence[Entry], seen: Collection[int]
) -> tuple[Review, tuple[Entry, ...]]:
    """
    Return a question and what happened to it without the reasons given of customers that are not seen.

    Such a text may well name them. *seen* are those of the question's candidates that are.
    """
    others = {one for entry in entries for one in others_of(entry)}
    known = queue.visible(connection, others, scope)
    is_whole = {one.customer_id for one in (*review.candidates, *review.left_out)} <= set(seen)
    kept = tuple(
        entry
        if (is_whole or entry.entity != "review") and others_of(entry) <= known
        else replace(entry, after=_without(entry.after))
        for entry in entries
    )
    return (review if is_whole else replace(review, reason="")), kept


def _without(document: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (document or {}).items() if key != REASON}


def sees_answer(connection: Connection, scope: Scope, review: Review) -> bool:
    """Say whether somebody sees every customer that an answer is about."""
    about = {one for said in judgements.of_review(connection, review.id) for one in (said.left_id, said.right_id)}
    if review.says is Says.DIFFERENT:
        about |= {one.customer_id for one in review.candidates}
    return about <= queue.visible(connection, about, scope)
