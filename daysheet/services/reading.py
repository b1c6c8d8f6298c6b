"""What programs read through the API; everything within the visitor's scope, nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from daysheet.model.access import Right
from daysheet.model.customers import Alias, Customer
from daysheet.model.memory import Review, ReviewKind, ReviewState
from daysheet.services import access
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import customers as master
from daysheet.store import people as people_store
from daysheet.store import queue, reading, search, staff
from daysheet.store import reviews as review_store
from daysheet.store.engine import storable
from daysheet.store.reading import ReadRow, ReadSubmission
from daysheet.store.staff import Member

__all__ = ["Known", "Listed", "Outlook", "Question", "ReadRow", "ReadSubmission"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page. *next* is what the following one is asked for with, None at the end."""

    items: tuple[T, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """One customer; of its relatives those that the visitor sees."""

    customer: Customer
    aliases: tuple[Alias, ...]
    merged_ids: tuple[int, ...]
    parents: tuple[Customer, ...]
    children: tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A candidate of a question; None where it is a customer of another region."""

    customer_id: int | None
    name: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with the candidates as the visitor may know them."""

    review: Review
    candidates: tuple[Outlook, ...]


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person with their addresses."""

    member: Member
    addresses: tuple[str, ...]


def customers(tools: Tools, visitor: Visitor, text: str, after: int, limit: int) -> Listed[Customer]:
    """Return customers: those a text finds, best first (*after* counts them), or all by id (*after* is the last id)."""
    wanted = storable(text).strip()
    with tools.database.reading() as connection:
        if not wanted:
            by_id = reading.customers_after(connection, tools.tables, visitor.scope, after, limit + 1)
            return _page(by_id, [one.id for one in by_id], limit)
        hits = search.find(
            connection, tools.tables, visitor.scope, search.Wanted(text=wanted), first=after, most=limit + 1
        )
        found = tuple(hit.customer for hit in hits)
        return _page(found, [after + number for number in range(1, len(found) + 1)], limit)


def customer(tools: Tools, visitor: Visitor, customer_id: int) -> Known | None:
    """Return a customer; None where there is none or it lies outside. A merged one's id leads to what it became."""
    with tools.database.reading() as connection:
        if customer_id not in queue.visible(connection, [customer_id], visitor.scope):
            return None
        view = master.get(connection, customer_id)
        if view is None:
            return None
        relatives = [one.id for one in (*view.parents, *view.children)]
        near = queue.visible(connection, relatives, visitor.scope)
        return Known(
            customer=view.customer,
            aliases=view.aliases,
            merged_ids=view.merged_ids,
            parents=tuple(one for one in view.parents if one.id in near),
            children=tuple(one for one in view.children if one.id in near),
        )


def rows(tools: Tools, visitor: Visitor, customer_id: int, after: int, limit: int) -> Listed[ReadRow] | None:
    """Return a customer's rows, newest report first (*after* counts them); None as ``customer``."""
    with tools.database.reading() as connection:
        if customer_id not in queue.visible(connection, [customer_id], visitor.scope):
            return None
        view = master.get(connection, customer_id)
        if view is None:
            return None
        found = reading.rows_of(connection, tools.tables, visitor.scope, view.customer.id, first=after, most=limit + 1)
        return _page(found, [after + number for number in range(1, len(found) + 1)], limit)


def questions(
    tools: Tools, visitor: Visitor, state: ReviewState | None, kind: ReviewKind | None, after: int, limit: int
) -> Listed[Question]:
    """Return questions by id; raises NotAllowed for those who may not decide them."""
    access.require(visitor, Right.DECIDE)
    with tools.database.reading() as connection:
        ids = reading.reviews_after(connection, visitor.scope, state, kind, after, limit + 1)
        by_id = {one.id: one for one in review_store.by_ids(connection, tools.tables, ids[:limit])}
        wanted = {candidate.customer_id for one in by_id.values() for candidate in one.candidates}
        near = queue.visible(connection, wanted, visitor.scope)
        found = tuple(Question(by_id[one], _outlooks(by_id[one], near)) for one in ids if one in by_id)
        return Listed(found, ids[limit - 1] if len(ids) > limit else None)


def _outlooks(review: Review, near: frozenset[int]) -> tuple[Outlook, ...]:
    return tuple(
        Outlook(one.customer_id, one.display_name, one.score) if one.customer_id in near else Outlook(None, None, None)
        for one in review.candidates
    )


def submissions(
    tools: Tools, visitor: Visitor, rep: str, since: date | None, until: date | None, after: int, limit: int
) -> Listed[ReadSubmission]:
    """Return reports by id."""
    with tools.database.reading() as connection:
        found = reading.submissions_after(
            connection, visitor.scope, rep=storable(rep), since=since, until=until, after=after, limit=limit + 1
        )
    return _page(found, [one.id for one in found], limit)


def people(tools: Tools, visitor: Visitor, after: int, limit: int) -> Listed[Colleague]:
    """Return people by id; raises NotAllowed for everybody but administrators."""
    access.require(visitor, Right.ADMINISTER)
    with tools.database.reading() as connection:
        found = staff.people_after(connection, after, limit + 1)
        known = people_store.find_by_ids(connection, [one.id for one in found])
    colleagues = tuple(Colleague(one, known[one.id].addresses) for one in found)
    return _page(colleagues, [one.id for one in found], limit)


def _page(found: tuple[T, ...], marks: Sequence[int], limit: int) -> Listed[T]:
    """Cut one that was asked for to see whether there are more."""
    return Listed(found[:limit], marks[limit - 1] if len(found) > limit else None)
