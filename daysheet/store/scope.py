"""The conditions that keep a query to what somebody may see (data.md 10)."""

import sqlalchemy as sa

from daysheet.model.access import Scope
from daysheet.store.tables import assignment, customer, person_address, submission


def sees_customer(root_id: sa.ColumnElement[int], scope: Scope) -> sa.ColumnElement[bool]:
    """The customer *root_id*, or one merged into it, has an owner or participant within *scope*."""
    if scope.sees_all:
        return sa.true()
    member = customer.alias()
    return sa.exists().where(
        member.c.root_id == root_id,
        assignment.c.customer_id == member.c.id,
        assignment.c.to_on.is_(None),
        assignment.c.person_id.in_(sorted(scope.person_ids)),
    )


def sees_submission(submission_id: sa.ColumnElement[int], scope: Scope) -> sa.ColumnElement[bool]:
    """The submission is a report of somebody within *scope*."""
    if scope.sees_all:
        return sa.true()
    own = submission.alias()
    return sa.exists().where(own.c.id == submission_id, own.c.rep_id.in_(sorted(scope.person_ids)))


def seen_customers(ids: list[int], scope: Scope) -> sa.Select[tuple[int]]:
    """Select those of *ids* whose customer is within *scope*."""
    return sa.select(customer.c.id).where(customer.c.id.in_(ids), sees_customer(customer.c.root_id, scope))


def _addresses(scope: Scope) -> sa.Select[tuple[str]]:
    return sa.select(person_address.c.address).where(person_address.c.person_id.in_(sorted(scope.person_ids)))


def sees_message(
    inbound_id: sa.ColumnElement[int], sender: sa.ColumnElement[str], scope: Scope
) -> sa.ColumnElement[bool]:
    """The message came from somebody within *scope*, or a report in it is one of theirs."""
    if scope.sees_all:
        return sa.true()
    own = submission.alias()
    # "+ 0" keeps SQLite from going through every report of these reps, for each message anew
    is_theirs = sa.exists().where(own.c.inbound_id == inbound_id, (own.c.rep_id + 0).in_(sorted(scope.person_ids)))
    return sa.or_(sender.in_(_addresses(scope)), is_theirs)


def sees_mail(
    recipient: sa.ColumnElement[str], submission_id: sa.ColumnElement[int | None], scope: Scope
) -> sa.ColumnElement[bool]:
    """The mail of ours goes to somebody within *scope*, or answers a report of theirs."""
    if scope.sees_all:
        return sa.true()
    own = submission.alias()
    is_theirs = sa.exists().where(own.c.id == submission_id, own.c.rep_id.in_(sorted(scope.person_ids)))
    return sa.or_(recipient.in_(_addresses(scope)), is_theirs)


def seen_roots(scope: Scope) -> sa.Select[tuple[int]]:
    """Select the customers within *scope*, as read: for long lists, where asking for each costs more."""
    return (
        sa.select(customer.c.root_id)
        .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
        .where(assignment.c.to_on.is_(None), assignment.c.person_id.in_(sorted(scope.person_ids)))
    )
