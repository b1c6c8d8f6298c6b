"""Questions to the stewards: one open question of a kind per customer, however many rows wait for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.decisions import Candidate
from daysheet.model.memory import Actor, Note, Question, Review, ReviewKind, ReviewState, Says
from daysheet.model.rows import COUNTING
from daysheet.store import lookup
from daysheet.store.engine import chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, person, review

# ---- asking ------------------------------------------------------------------------------------


def open_many(connection: Connection, questions: Sequence[Question], now: datetime) -> dict[int, int]:
    """
    Put *questions*, and return the review of each customer.

    A question that is open already keeps its age and notes; only its candidates are brought up to
    date.
    """
    wanted = {(question.customer_id, str(question.kind)): question for question in questions}
    known = _open(connection, {customer_id for customer_id, _ in wanted})
    ids: dict[int, int] = {}
    for key, question in wanted.items():
        if (row := known.get(key)) is not None:
            ids[question.customer_id] = row.id
            detail = row.detail | _detail(question.candidates, question.versions)
            if detail != row.detail:
                connection.execute(review.update().where(review.c.id == row.id).values(detail=detail))
    new = [question for key, question in wanted.items() if key not in known]
    if new:
        rows = [
            {
                "kind": question.kind,
                "customer_id": question.customer_id,
                "submission_id": question.submission_id,
                "state": ReviewState.OPEN,
                "detail": _detail(question.candidates, question.versions),
                "opened_at": now,
                "brand": question.brand,
            }
            for question in new
        ]
        connection.execute(review.insert(), rows)
        added = _open(connection, {question.customer_id for question in new})
        ids |= {question.customer_id: added[question.customer_id, str(question.kind)].id for question in new}
    return ids


def _open(connection: Connection, customer_ids: Collection[int]) -> dict[tuple[int, str], Any]:
    """Return the open questions about these customers, by customer and kind."""
    found: dict[tuple[int, str], Any] = {}
    for some in chunks(sorted(customer_ids)):
        query = sa.select(review).where(review.c.customer_id.in_(some), review.c.state == ReviewState.OPEN)
        found |= {(row.customer_id, row.kind): row for row in connection.execute(query)}
    return found


def _detail(candidates: Sequence[Candidate], versions: Mapping[str, str]) -> dict[str, Any]:
    return {"candidates": [_stored(candidate) for candidate in candidates], "versions": dict(versions)}


def _stored(candidate: Candidate) -> dict[str, Any]:
    return asdict(candidate) | {"reasons": list(candidate.reasons)}  # as JSON gives it back


# ---- deciding ----------------------------------------------------------------------------------


def decide(connection: Connection, review_id: int, says: Says, reason: str, actor: Actor, now: datetime) -> None:
    """Close a question with an answer."""
    connection.execute(
        review.update()
        .where(review.c.id == review_id)
        .values(
            state=ReviewState.DECIDED,
            says=says,
            reason=reason,
            actor=actor.name,
            person_id=actor.person_id,
            decided_at=now,
        )
    )


def set_batch(connection: Connection, review_id: int, batch: str) -> None:
    """Remember that an answer was given together with others."""
    connection.execute(review.update().where(review.c.id == review_id).values(batch=batch))


def of_batch(connection: Connection, batch: str) -> tuple[int, ...]:
    """Return the questions that were answered together and still are, the last one first."""
    query = (
        sa.select(review.c.id).where(review.c.batch == batch).order_by(review.c.decided_at.desc(), review.c.id.desc())
    )
    return tuple(connection.execute(query).scalars())


def assign(connection: Connection, ids: Collection[int], person_id: int | None) -> None:
    """Give open questions to a steward, or to nobody."""
    for some in chunks(sorted(ids)):
        statement = review.update().where(review.c.id.in_(some), review.c.state == ReviewState.OPEN)
        connection.execute(statement.values(assignee_id=person_id))


def leave_out(connection: Connection, review_id: int, customer_ids: Collection[int]) -> None:
    """Take candidates out of an open question, by what they have become; they can be put back."""
    _move(connection, review_id, customer_ids, "candidates", "left_out")


def put_back(connection: Connection, review_id: int, customer_ids: Collection[int]) -> None:
    """Put candidates that were left out into the question again, where their score says."""
    _move(connection, review_id, customer_ids, "left_out", "candidates")


def _move(connection: Connection, review_id: int, customer_ids: Collection[int], source: str, target: str) -> None:
    detail = connection.execute(sa.select(review.c.detail).where(review.c.id == review_id)).scalar_one()
    roots = _roots(connection, detail.get(source, []))
    moved = [one for one in detail.get(source, []) if roots.get(one["customer_id"]) in customer_ids]
    kept = [one for one in detail.get(source, []) if one not in moved]
    joined = sorted([*detail.get(target, []), *moved], key=lambda one: -one["score"])
    connection.execute(
        review.update().where(review.c.id == review_id).values(detail=detail | {source: kept, target: joined})
    )


def settle(connection: Connection, apart: Mapping[int, Collection[int]], by: int, now: datetime) -> None:
    """
    Leave out of other open questions what the question *by* has answered.

    *apart* says per customer from whom it was judged different. A question with no candidate left is
    withdrawn. ``unsettle`` takes it back.
    """
    query = sa.select(review.c.id, review.c.customer_id, review.c.detail).where(
        review.c.customer_id.in_(sorted(apart)),
        review.c.state == ReviewState.OPEN,
        review.c.kind.in_((ReviewKind.NAME, ReviewKind.DUPLICATE)),
        review.c.id != by,
    )
    for row in connection.execute(query).all():
        roots = _roots(connection, row.detail["candidates"])
        gone = [c for c in row.detail["candidates"] if roots.get(c["customer_id"]) in apart[row.customer_id]]
        if not gone:
            continue
        left = [c for c in row.detail["candidates"] if c not in gone]
        settled = [*row.detail.get("settled", []), *({**c, "by": by} for c in gone)]
        values: dict[str, Any] = {"detail": row.detail | {"candidates": left, "settled": settled}}
        if not left:
            values |= {"state": ReviewState.WITHDRAWN, "decided_at": now}
        connection.execute(review.update().where(review.c.id == row.id).values(**values))


def unsettle(connection: Connection, customer_ids: Collection[int], by: int) -> None:
    """Ask again, in the questions about these customers, what the question *by* had answered for them."""
    query = sa.select(review.c.id, review.c.state, review.c.detail).where(
        review.c.customer_id.in_(sorted(customer_ids)), review.c.state.in_((ReviewState.OPEN, ReviewState.WITHDRAWN))
    )
    for row in connection.execute(query).all():
        settled = row.detail.get("settled", [])
        back = [{k: v for k, v in c.items() if k != "by"} for c in settled if c["by"] == by]
        if not back:
            continue
        candidates = sorted([*row.detail["candidates"], *back], key=lambda one: -one["score"])
        detail = row.detail | {"candidates": candidates, "settled": [c for c in settled if c["by"] != by]}
        connection.execute(review.update().where(review.c.id == row.id).values(detail=detail))
        if row.state == ReviewState.WITHDRAWN and "merge_id" not in detail:
            reopen(connection, [row.id])


def _roots(connection: Connection, candidates: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return what the customers of stored candidates have become."""
    query = sa.select(customer.c.id, customer.c.root_id).where(
        customer.c.id.in_([one["customer_id"] for one in candidates])
    )
    return {row.id: row.root_id for row in connection.execute(query)}


def note(connection: Connection, review_id: int, text: str, actor: Actor, now: datetime) -> None:
    """Write something on a question."""
    detail = connection.execute(sa.select(review.c.detail).where(review.c.id == review_id)).scalar_one()
    notes = [*detail.get("notes", []), {"actor": actor.name, "at": now.isoformat(), "text": text}]
    connection.execute(review.update().where(review.c.id == review_id).values(detail=detail | {"notes": notes}))


def withdraw(connection: Connection, customer_ids: Collection[int], merge_id: int, now: datetime) -> None:
    """Close the open questions who these customers are: a merge has answered them."""
    for some in chunks(sorted(customer_ids)):
        query = sa.select(review.c.id, review.c.detail).where(
            review.c.customer_id.in_(some),
            review.c.state == ReviewState.OPEN,
            review.c.kind.in_((ReviewKind.NAME, ReviewKind.DUPLICATE)),
        )
        for row in connection.execute(query).all():
            connection.execute(
                review.update()
                .where(review.c.id == row.id)
                .values(state=ReviewState.WITHDRAWN, decided_at=now, detail=row.detail | {"merge_id": merge_id})
            )


def withdrawn_by(connection: Connection, customer_ids: Collection[int], merge_id: int) -> tuple[int, ...]:
    """Return the questions about these customers that a merge answered."""
    found: list[int] = []
    for some in chunks(sorted(customer_ids)):
        query = sa.select(review.c.id, review.c.detail).where(
            review.c.customer_id.in_(some), review.c.state == ReviewState.WITHDRAWN
        )
        found += [row.id for row in connection.execute(query) if row.detail.get("merge_id") == merge_id]
    return tuple(found)


def reopen(connection: Connection, ids: Sequence[int]) -> None:
    """Ask again, as if there had been no answer; where the customer has a newer open question, that one stays."""
    other = review.alias("other")
    is_asked = sa.exists().where(
        other.c.customer_id == review.c.customer_id,
        other.c.kind == review.c.kind,
        other.c.state == ReviewState.OPEN,
    )
    for some in chunks(ids):
        connection.execute(
            review.update()
            .where(review.c.id.in_(some), ~is_asked)
            .values(
                state=ReviewState.OPEN,
                says=None,
                reason=None,
                actor=None,
                person_id=None,
                decided_at=None,
                batch=None,
            )
        )


# ---- reading -----------------------------------------------------------------------------------


def get(connection: Connection, tables: SheetTables, review_id: int) -> Review | None:
    """Return a question, or None."""
    row = connection.execute(sa.select(review).where(review.c.id == review_id)).first()
    return None if row is None else _reviews(connection, tables, [row])[0]


def by_ids(connection: Connection, tables: SheetTables, ids: Sequence[int]) -> tuple[Review, ...]:
    """Return questions in the order of *ids*, at most as many as fit on a page."""
    rows = {row.id: row for row in connection.execute(sa.select(review).where(review.c.id.in_(ids)))}
    return _reviews(connection, tables, [rows[one] for one in ids if one in rows])


def listed(
    connection: Connection,
    tables: SheetTables,
    state: ReviewState = ReviewState.OPEN,
    kind: ReviewKind | None = None,
    limit: int = 500,
) -> tuple[Review, ...]:
    """Return questions: the open ones by the rows that wait for them, the others newest first."""
    query = sa.select(review).where(review.c.state == state, review.c.customer_id.is_not(None))
    if kind is not None:
        query = query.where(review.c.kind == kind)
    if state is not ReviewState.OPEN:
        query = query.order_by(review.c.decided_at.desc(), review.c.id.desc()).limit(limit)
        return _reviews(connection, tables, connection.execute(query).all())
    rows = connection.execute(query).all()
    waiting = rows_waiting(connection, tables, {row.customer_id for row in rows})
    rows = sorted(rows, key=lambda row: (-waiting.get(row.customer_id, 0), row.opened_at, row.id))[:limit]
    return _reviews(connection, tables, rows)


def open_of(connection: Connection, tables: SheetTables, submission_id: int) -> tuple[int, ...]:
    """Return the open questions that a submission put, or whose customers its rows are stored on."""
    customers: set[int] = set()
    for key in tables.keys:
        table = tables.table(key)
        query = sa.select(table.c.customer_id).where(
            table.c.submission_id == submission_id, table.c.customer_id.is_not(None)
        )
        customers.update(connection.execute(query.distinct()).scalars())
    found: set[int] = set()
    for some in [*chunks(sorted(customers)), []]:
        is_its = sa.or_(review.c.submission_id == submission_id, review.c.customer_id.in_(some))
        query = sa.select(review.c.id).where(review.c.state == ReviewState.OPEN, is_its)
        found.update(connection.execute(query).scalars())
    return tuple(sorted(found))


def waiting(
    connection: Connection, customer_ids: Collection[int]
) -> dict[tuple[int, ReviewKind], dict[int, Candidate]]:
    """Return what is being asked about some customers: by customer and kind, the candidates as they were named."""
    found: dict[tuple[int, ReviewKind], dict[int, Candidate]] = {}
    for some in chunks(sorted(customer_ids)):
        query = sa.select(review.c.customer_id, review.c.kind, review.c.detail).where(
            review.c.customer_id.in_(some), review.c.state == ReviewState.OPEN
        )
        for row in connection.execute(query):
            found[row.customer_id, ReviewKind(row.kind)] = {
                item["customer_id"]: Candidate(
                    item["customer_id"], item["display_name"], item["score"], tuple(item.get("reasons", ()))
                )
                for item in row.detail["candidates"]
            }
    return found


def _reviews(connection: Connection, tables: SheetTables, rows: Sequence[Any]) -> tuple[Review, ...]:
    about = {row.customer_id for row in rows}
    named = about | {
        candidate["customer_id"]
        for row in rows
        for candidate in (*row.detail["candidates"], *row.detail.get("left_out", ()))
    }
    shown = lookup.by_ids(connection, named)
    own = own_names(connection, about)
    waiting = rows_waiting(connection, tables, about)
    numbers = _numbers(connection, {row.assignee_id for row in rows if row.assignee_id is not None})
    return tuple(
        Review(
            id=row.id,
            kind=ReviewKind(row.kind),
            customer_id=row.customer_id,
            name=own[row.customer_id],
            state=ReviewState(row.state),
            candidates=_candidates(row.detail["candidates"], shown),
            opened_at=row.opened_at,
            submission_id=row.submission_id,
            rows_waiting=waiting.get(row.customer_id, 0),
            notes=tuple(
                Note(said["actor"], datetime.fromisoformat(said["at"]), said["text"])
                for said in row.detail.get("notes", [])
            ),
            versions=row.detail.get("versions", {}),
            says=Says(row.says) if row.says else None,
            reason=row.reason or "",
            actor=row.actor or "",
            decided_at=row.decided_at,
            brand=row.brand,
            assignee=numbers.get(row.assignee_id, ""),
            batch=row.batch or "",
            left_out=_candidates(row.detail.get("left_out", ()), shown),
        )
        for row in rows
    )


def _numbers(connection: Connection, person_ids: Collection[int]) -> dict[int, str]:
    if not person_ids:
        return {}
    query = sa.select(person.c.id, person.c.number).where(person.c.id.in_(sorted(person_ids)))
    return {row.id: row.number for row in connection.execute(query)}


def _candidates(stored: Sequence[Mapping[str, Any]], shown: Mapping[int, Any]) -> tuple[Candidate, ...]:
    """Return the candidates as what they have become since, each once, best first."""
    found: dict[int, Candidate] = {}
    for item in stored:
        customer_now = shown.get(item["customer_id"])
        if customer_now is not None:
            candidate = Candidate(
                customer_now.id, customer_now.display_name, item["score"], tuple(item.get("reasons", ()))
            )
            found.setdefault(customer_now.id, candidate)
    return tuple(found.values())


def own_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return what customers are called themselves, whatever they have become."""
    found: dict[int, str] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.display_name).where(customer.c.id.in_(some))
        found |= {row.id: row.display_name for row in connection.execute(query)}
    return found


def rows_waiting(connection: Connection, tables: SheetTables, ids: Collection[int]) -> dict[int, int]:
    """Return how many rows count that were stored on each of these customers: one query per sheet and chunk."""
    found: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        for key in tables.keys:
            table = tables.table(key)
            query = (
                sa.select(table.c.customer_id, sa.func.count())
                .where(table.c.customer_id.in_(some), table.c.state.in_(COUNTING))
                .group_by(table.c.customer_id)
            )
            for customer_id, count in connection.execute(query):
                found[customer_id] = found.get(customer_id, 0) + count
    return found
