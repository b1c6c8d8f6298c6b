"""The stewards' queues as lists and figures, each kept to what somebody may see."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.mail import MessageState
from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.store.outbox import STUCK
from daysheet.store.scope import sees_customer, sees_mail, sees_message
from daysheet.store.tables import customer, inbound, outbox, review, submission


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


_QUEUES = {ReviewKind.NAME: "names", ReviewKind.DUPLICATE: "duplicates", ReviewKind.PARENT: "parents"}


def counts(connection: Connection, scope: Scope) -> Counts:
    """Return how much of each kind waits within *scope*."""
    found = {_QUEUES[ReviewKind(row.kind)]: row.number for row in connection.execute(_open_by_kind(scope))}
    is_own = sa.true() if scope.sees_all else submission.c.rep_id.in_(sorted(scope.person_ids))
    parked = sa.select(sa.func.coalesce(sa.func.sum(submission.c.rows_parked), 0)).where(
        submission.c.is_current, submission.c.rows_parked > 0, is_own
    )
    waiting = sa.select(sa.func.count()).select_from(submission).where(submission.c.is_waiting, is_own)
    messages = sa.select(sa.func.count()).where(
        inbound.c.state == MessageState.QUARANTINED, sees_message(inbound.c.id, inbound.c.sender, scope)
    )
    answers = sa.select(sa.func.count()).where(
        outbox.c.state.in_(STUCK), sees_mail(outbox.c.recipient, outbox.c.submission_id, scope)
    )
    query = sa.select(
        parked.scalar_subquery(), waiting.scalar_subquery(), messages.scalar_subquery(), answers.scalar_subquery()
    )
    names = ("rows", "waiting", "messages", "answers")
    found |= dict(zip(names, connection.execute(query).one(), strict=True))
    return Counts(**{name: int(number) for name, number in found.items()})


def _open_by_kind(scope: Scope) -> sa.Select[tuple[str, int]]:
    query = sa.select(review.c.kind, sa.func.count().label("number")).where(
        review.c.state == ReviewState.OPEN, review.c.customer_id.is_not(None)
    )
    if not scope.sees_all:
        query = query.join(customer, customer.c.id == review.c.customer_id)
        query = query.where(sees_customer(customer.c.root_id, scope))
    return query.group_by(review.c.kind)
