"""The stewards' queues: what waits, for whom, and how the deciding goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from daysheet.model.access import Right, rights_of
from daysheet.model.decisions import Candidate
from daysheet.model.memory import Review, Says
from daysheet.model.people import Person
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import accounts, desk, queue, reviews
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
    """
    An entry of a list, with how many questions and rows its brand has in that list.

    *answer* is whom a settled one was said to be the same as, or to belong under.
    """

    review: Review
    candidates: tuple[Shown, ...]
    brand_questions: int
    brand_rows: int
    answer: Shown | None = None


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
    named = {c.customer_id for review in found for c in (*review.candidates, *review.left_out)}
    seen = queue.visible(connection, named, visitor.scope)
    answers = answers_of(connection, visitor, found)
    return tuple(
        Item(
            # a reason may well name whoever it is about
            review if _sees_all_of(review, seen) else replace(review, reason=""),
            shown(review.candidates, seen),
            at[review.id].brand_questions,
            at[review.id].brand_rows,
            answers.get(review.id),
        )
        for review in found
    )


def _sees_all_of(review: Review, seen: Collection[int]) -> bool:
    return all(one.customer_id in seen for one in (*review.candidates, *review.left_out))


def answers_of(connection: Connection, visitor: Visitor, found: Sequence[Review]) -> dict[int, Shown]:
    """
    Return by question whom its answer, the same or related, named.

    By the name of its own: one may have become the other since, name and all. Its id leads to what it is now.
    """
    said = [review for review in found if review.says in (Says.SAME, Says.RELATED)]
    if not said:
        return {}
    about = {one.id: one.candidates[0].customer_id for one in said if len(one.candidates) == 1}
    about |= desk.answers(connection, [one.id for one in said])
    seen = queue.visible(connection, set(about.values()), visitor.scope)
    called = reviews.own_names(connection, seen)
    return {
        one: Shown(customer, called[customer], 0.0) if customer in called else Shown(0, "", 0.0)
        for one, customer in about.items()
    }


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
