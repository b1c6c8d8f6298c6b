"""The stewards' queues: what waits, for whom, and how the deciding goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from daysheet.model.access import Right, rights_of
from daysheet.model.decisions import Candidate
from daysheet.model.memory import Review
from daysheet.model.people import Person
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import accounts, queue, reviews
from daysheet.store.engine import Connection
from daysheet.store.queue import Counts, Figures, View

__all__ = ["PAGE", "Counts", "Figures", "Item", "Page", "Shown", "View", "counts"]

PAGE = 50
"""Entries on a page of a list."""
DAYS = 30
"""Days that the figures about answers look back."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate as a visitor sees it: one of another region has neither name nor id."""

    customer_id: int
    name: str
    score: float
    reasons: tuple[str, ...] = ()

    @property
    def is_hidden(self) -> bool:
        """True where the visitor does not see this customer."""
        return not self.customer_id


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list, with how many questions and rows its brand has in that list."""

    review: Review
    candidates: tuple[Shown, ...]
    brand_questions: int
    brand_rows: int


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    items: tuple[Item, ...]
    number: int
    has_more: bool

    @property
    def groups(self) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """The entries by brand; those that are alone of theirs, one after the other, stand under none."""
        grouped = groupby(self.items, lambda item: item.review.brand if item.brand_questions > 1 else "")
        return tuple((brand, tuple(some)) for brand, some in grouped)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes after a question; *brand_rows* says where its brand stands, 0 where it is alone of it."""

    ids: tuple[int, ...]
    brand_rows: int = 0


def counts(tools: Tools, visitor: Visitor) -> Counts:
    """Return how much waits in each queue of what the visitor sees."""
    with tools.database.reading() as connection:
        return queue.counts(connection, tools.tables, visitor.scope)


def figures(tools: Tools, visitor: Visitor) -> Figures:
    """Return how the deciding goes, today where the visitor is, and over the last days."""
    now = tools.clock()
    zone = ZoneInfo(visitor.person.timezone or tools.house.zone)
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    with tools.database.reading() as connection:
        return queue.figures(connection, visitor.scope, today, now - timedelta(days=DAYS))


def listed(tools: Tools, visitor: Visitor, view: View, number: int = 1) -> Page:
    """Return a page of the questions of *view* that the visitor sees."""
    with tools.database.reading() as connection:
        found = queue.places(connection, tools.tables, visitor.scope, view, (number - 1) * PAGE, PAGE + 1)
        return Page(items(connection, tools, visitor, found[:PAGE]), number, len(found) > PAGE)


def items(connection: Connection, tools: Tools, visitor: Visitor, places: Sequence[queue.Place]) -> tuple[Item, ...]:
    """Return entries for *places*, their candidates as the visitor sees them."""
    at = {place.review_id: place for place in places}
    found = reviews.by_ids(connection, tools.tables, list(at))
    seen = queue.visible(connection, {c.customer_id for review in found for c in review.candidates}, visitor.scope)
    return tuple(
        Item(review, shown(review.candidates, seen), at[review.id].brand_questions, at[review.id].brand_rows)
        for review in found
    )


def shown(candidates: Sequence[Candidate], seen: Collection[int]) -> tuple[Shown, ...]:
    """Return *candidates* as somebody sees them who sees the customers *seen*."""
    return tuple(
        Shown(one.customer_id, one.display_name, one.score, one.reasons)
        if one.customer_id in seen
        else Shown(0, "", one.score)
        for one in candidates
    )


def ahead(tools: Tools, visitor: Visitor, view: View, after: int, skipped: Collection[int] = ()) -> Ahead:
    """
    Return what comes after a question in *view*; behind the last the list begins anew.

    What was skipped is not given again.
    """
    with tools.database.reading() as connection:
        places = queue.places(connection, tools.tables, visitor.scope, view)
    start = next((number + 1 for number, place in enumerate(places) if place.review_id == after), 0)
    order = [place.review_id for place in (*places[start:], *places[:start])]
    rows = places[start - 1].brand_rows if start and places[start - 1].brand_questions > 1 else 0
    return Ahead(tuple(one for one in order if one != after and one not in skipped), rows)


def first_open(tools: Tools, ids: Sequence[int]) -> int | None:
    """Return the first of *ids* that still waits for an answer, None where none does."""
    with tools.database.reading() as connection:
        return queue.first_open(connection, ids)


def ids(tools: Tools, visitor: Visitor, view: View, limit: int) -> Sequence[int]:
    """Return the first questions of *view*."""
    with tools.database.reading() as connection:
        return queue.order(connection, tools.tables, visitor.scope, view)[:limit]


def deciders(tools: Tools) -> tuple[Person, ...]:
    """Return who may be given a question: everybody who may sign in and decide."""
    with tools.database.reading() as connection:
        known = accounts.all_accounts(connection)
    return tuple(one.person for one in known if one.may_enter and Right.DECIDE in rights_of(one.person.role))
