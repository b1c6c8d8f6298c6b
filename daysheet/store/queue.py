"""The stewards' queues as lists and figures, each kept to what somebody may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.mail import MessageState
from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.model.rows import COUNTING
from daysheet.model.template import ColumnType
from daysheet.store import repair
from daysheet.store.engine import chunks, to_json
from daysheet.store.outbox import STUCK
from daysheet.store.scope import seen_customers, sees_customer, sees_mail, sees_message
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import audit, customer, inbound, judgement, outbox, review, submission


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits in each queue."""

    names: int = 0  # which customer a name means
    duplicates: int = 0  # known customers that may be one
    parents: int = 0  # whether one belongs under another
    rows: int = 0  # rows that were not accepted
    waiting: int = 0  # reports that would wipe most of an earlier one
    messages: int = 0  # messages set aside
    answers: int = 0  # answers that could not be sent

    @property
    def total(self) -> int:
        """Everything that waits."""
        return sum(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class View:
    """
    Which questions a list shows; what is None or empty leaves nothing out.

    *assignee_id* 0 means nobody's. *script* is "zh" for names with Chinese characters, "en" for
    those without. *held* keeps brands where they stood while they are worked through: question → the
    rows that its brand had then.
    """

    kind: ReviewKind | None = None
    state: ReviewState = ReviewState.OPEN
    assignee_id: int | None = None
    opened_before: datetime | None = None
    script: str = ""
    text: str = ""
    held: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A question's place in a list: how many questions and rows its brand has there."""

    review_id: int
    brand: str
    brand_questions: int
    brand_rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How the deciding goes."""

    oldest_at: datetime | None
    decided_today: int
    answered: int  # answers of the last days, those taken back since included
    taken_back: int
    compared: int  # answers of the last days to questions with a best candidate
    differed: int  # those of them that were not "it is the best candidate"


# ---- figures -----------------------------------------------------------------------------------

_QUEUES = {ReviewKind.NAME: "names", ReviewKind.DUPLICATE: "duplicates", ReviewKind.PARENT: "parents"}


def counts(connection: Connection, tables: SheetTables, scope: Scope) -> Counts:
    """Return how much of each kind waits within *scope*."""
    found = {_QUEUES[ReviewKind(row.kind)]: row.number for row in connection.execute(_open_by_kind(scope))}
    is_own = sa.true() if scope.sees_all else submission.c.rep_id.in_(sorted(scope.person_ids))
    waiting = sa.select(sa.func.count()).select_from(submission).where(submission.c.is_waiting, is_own)
    messages = sa.select(sa.func.count()).where(
        inbound.c.state == MessageState.QUARANTINED, sees_message(inbound.c.id, inbound.c.sender, scope)
    )
    answers = sa.select(sa.func.count()).where(
        outbox.c.state.in_(STUCK), sees_mail(outbox.c.recipient, outbox.c.submission_id, scope)
    )
    query = sa.select(waiting.scalar_subquery(), messages.scalar_subquery(), answers.scalar_subquery())
    found["rows"] = repair.count(connection, tables, scope)
    names = ("waiting", "messages", "answers")
    found |= dict(zip(names, connection.execute(query).one(), strict=True))
    return Counts(**{name: int(number) for name, number in found.items()})


def _open_by_kind(scope: Scope) -> sa.Select[str, int]:
    query = sa.select(review.c.kind, sa.func.count().label("number")).where(
        review.c.state == ReviewState.OPEN, review.c.customer_id.is_not(None)
    )
    return _within(query, scope).group_by(review.c.kind)


def _within(query: sa.Select[*tuple[Any, ...]], scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    """Keep a query over reviews to those whose customer is seen."""
    if scope.sees_all:
        return query
    query = query.join(customer, customer.c.id == review.c.customer_id)
    return query.where(sees_customer(customer.c.root_id, scope))


def figures(connection: Connection, scope: Scope, today: datetime, since: datetime) -> Figures:
    """Return how the deciding goes: *today* is when the day began, *since* when the last days did."""
    oldest = _within(sa.select(sa.func.min(review.c.opened_at)).select_from(review), scope).where(
        review.c.state == ReviewState.OPEN, review.c.customer_id.is_not(None)
    )
    decided = _within(sa.select(sa.func.count()).select_from(review), scope).where(
        review.c.state == ReviewState.DECIDED, review.c.decided_at >= today
    )
    done = dict.fromkeys(("review.answered", "review.reopened"), 0)
    events = _within(
        sa.select(audit.c.action, sa.func.count().label("number")).join_from(
            audit, review, review.c.id == audit.c.entity_id
        ),
        scope,
    ).where(
        audit.c.entity == "review",
        audit.c.action.in_(tuple(done)),
        audit.c.at >= since,
        sa.or_(audit.c.action == "review.reopened", audit.c.after["says"].as_string() != Says.UNSURE),
    )
    for row in connection.execute(events.group_by(audit.c.action)):
        done[row.action] = row.number
    compared, agreed = connection.execute(_agreement(scope, since)).one()
    return Figures(
        oldest_at=connection.execute(oldest).scalar_one(),
        decided_today=connection.execute(decided).scalar_one(),
        answered=done["review.answered"],
        taken_back=done["review.reopened"],
        compared=compared,
        differed=compared - (agreed or 0),
    )


def _agreement(scope: Scope, since: datetime) -> sa.Select[int, int]:
    """Count answers, and those of them that say what the best candidate suggests."""
    best, named = customer.alias("best"), customer.alias("named")
    is_it = (
        sa.exists()
        .where(judgement.c.review_id == review.c.id, judgement.c.says == Says.SAME, named.c.id == judgement.c.left_id)
        .where(named.c.root_id == best.c.root_id)
    )
    agrees = sa.or_(
        sa.and_(review.c.kind == ReviewKind.PARENT, review.c.says == Says.RELATED),
        sa.and_(review.c.kind != ReviewKind.PARENT, review.c.says == Says.SAME, is_it),
    )
    query = sa.select(sa.func.count(), sa.func.sum(sa.case((agrees, 1), else_=0))).join_from(
        review, best, best.c.id == review.c.detail[("candidates", 0, "customer_id")].as_integer()
    )
    return _within(query, scope).where(review.c.state == ReviewState.DECIDED, review.c.decided_at >= since)


# ---- lists -------------------------------------------------------------------------------------


def order(connection: Connection, tables: SheetTables, scope: Scope, view: View) -> Sequence[int]:
    """Return the questions of *view*, all of them, in the order of its list."""
    return list(connection.execute(_listed(connection, tables, scope, view)).scalars())


def places(
    connection: Connection, tables: SheetTables, scope: Scope, view: View, offset: int = 0, limit: int | None = None
) -> tuple[Place, ...]:
    """
    Return a part of the list of *view*; all of it with a *limit* of None.

    Open questions: brands by the rows that wait for them, within a brand the same, then the oldest
    first; of as many rows, brands with several questions before questions that stand alone. Others:
    the newest answer first.
    """
    rows = connection.execute(_listed(connection, tables, scope, view).offset(offset).limit(limit))
    return tuple(Place(row.id, row.brand, row.brand_questions, int(row.brand_rows)) for row in rows)


def _listed(connection: Connection, tables: SheetTables, scope: Scope, view: View) -> sa.Select[*tuple[Any, ...]]:
    waiting: sa.ColumnElement[int] = sa.literal(0)
    if view.state is ReviewState.OPEN:
        waiting = sum((_rows_of(tables.table(key)) for key in with_customers(tables)), sa.literal(0))
    chosen = (
        _filtered(sa.select(review.c.id, review.c.brand, review.c.opened_at, review.c.decided_at), scope, view)
        .add_columns(waiting.label("waiting"))
        .where(*_with_text(connection, scope, view))
        .subquery()
    )
    if view.state is not ReviewState.OPEN:
        return sa.select(
            chosen.c.id, chosen.c.brand, sa.literal(1).label("brand_questions"), sa.literal(0).label("brand_rows")
        ).order_by(chosen.c.decided_at.desc(), chosen.c.id.desc())
    # a question without a brand is a group of its own
    group = sa.case((chosen.c.brand == "", " " + sa.cast(chosen.c.id, sa.Text)), else_=chosen.c.brand)
    brand_rows = sa.func.sum(chosen.c.waiting).over(partition_by=group).label("brand_rows")
    brand_questions = sa.func.count().over(partition_by=group).label("brand_questions")
    ordered = sa.select(
        chosen.c.id, chosen.c.brand, brand_questions, brand_rows, chosen.c.waiting, chosen.c.opened_at
    ).subquery()
    rows: sa.ColumnElement[int] = ordered.c.brand_rows
    is_alone: sa.ColumnElement[bool] = ordered.c.brand_questions == 1
    held = _held(connection, view)
    if held:
        rows = sa.case(*((ordered.c.brand == brand, number) for brand, number in held.items()), else_=rows)
        is_alone = sa.and_(is_alone, ordered.c.brand.not_in(list(held)))
    alone = sa.case((is_alone, 1), else_=0)
    return sa.select(ordered.c.id, ordered.c.brand, ordered.c.brand_questions, rows.label("brand_rows")).order_by(
        rows.desc(),
        alone,
        sa.case((is_alone, ""), else_=ordered.c.brand),
        ordered.c.waiting.desc(),
        ordered.c.opened_at,
        ordered.c.id,
    )


def _held(connection: Connection, view: View) -> dict[str, int]:
    """Return the brands that are kept in their place, with the rows that say where it is."""
    if not view.held:
        return {}
    query = sa.select(review.c.id, review.c.brand).where(review.c.id.in_([one for one, _ in view.held]))
    brands = {row.id: row.brand for row in connection.execute(query)}
    return {brands[one]: rows for one, rows in view.held if brands.get(one)}


def first_open(connection: Connection, ids: Sequence[int]) -> int | None:
    """Return the first of *ids* that still waits for an answer."""
    for some in chunks(list(ids)):
        query = sa.select(review.c.id).where(review.c.id.in_(some), review.c.state == ReviewState.OPEN)
        waiting = set(connection.execute(query).scalars())
        found = next((one for one in some if one in waiting), None)
        if found is not None:
            return found
    return None


def with_customers(tables: SheetTables) -> list[str]:
    """Return the sheets whose rows name a customer: no cover does."""
    return [
        key
        for key, columns in tables.columns.items()
        if any(column.type is ColumnType.CUSTOMER for column in columns.values())
    ]


def _rows_of(table: sa.Table) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(table.c.customer_id == review.c.customer_id, table.c.state.in_(COUNTING))
        .correlate(review)
        .scalar_subquery()
    )


def _filtered(query: sa.Select[*tuple[Any, ...]], scope: Scope, view: View) -> sa.Select[*tuple[Any, ...]]:
    query = query.join_from(review, customer, customer.c.id == review.c.customer_id)
    query = query.where(review.c.state == view.state)
    if not scope.sees_all:
        query = query.where(sees_customer(customer.c.root_id, scope))
    if view.kind is not None:
        query = query.where(review.c.kind == view.kind)
    if view.assignee_id is not None:
        query = query.where(review.c.assignee_id == view.assignee_id if view.assignee_id else _IS_NOBODYS)
    if view.opened_before is not None:
        query = query.where(review.c.opened_at < view.opened_before)
    if view.script:
        has_chinese = customer.c.display_name.regexp_match("[\u3400-\u9fff]")
        query = query.where(has_chinese if view.script == "zh" else ~has_chinese)
    return query


_IS_NOBODYS = review.c.assignee_id.is_(None)


def _with_text(connection: Connection, scope: Scope, view: View) -> list[sa.ColumnElement[bool]]:
    """
    Return the condition that a question's customer, a candidate or a note of it is called so.

    A candidate is looked for in what the question keeps of it. Where some customers are not to be
    seen, only candidates that are count: nobody learns by searching that a customer exists.
    """
    text = view.text.strip()
    if not text:
        return []
    inside = sa.cast(review.c.detail, sa.Text).icontains(to_json(text)[1:-1], autoescape=True)
    is_called_so = sa.or_(customer.c.display_name.icontains(text, autoescape=True), inside)
    if scope.sees_all:
        return [is_called_so]
    query = _filtered(sa.select(review.c.id, review.c.detail, customer.c.display_name), scope, view)
    rows = connection.execute(query.where(is_called_so)).all()
    wanted = text.casefold()
    named = {
        row.id: [one["customer_id"] for one in row.detail["candidates"] if wanted in one["display_name"].casefold()]
        for row in rows
    }
    seen = visible(connection, {one for some in named.values() for one in some}, scope)
    found = [row.id for row in rows if wanted in row.display_name.casefold() or seen.intersection(named[row.id])]
    return [review.c.id.in_(found)]


# ---- what may be seen --------------------------------------------------------------------------


def visible(connection: Connection, ids: Collection[int], scope: Scope) -> frozenset[int]:
    """Return those of *ids* whose customer is within *scope*."""
    if scope.sees_all:
        return frozenset(ids)
    found: set[int] = set()
    for some in chunks(sorted(ids)):
        found |= {int(row.id) for row in connection.execute(seen_customers(list(some), scope))}
    return frozenset(found)
