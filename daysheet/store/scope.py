"""The conditions that keep a query to what somebody may see (data.md 10)."""

import sqlalchemy as sa

from daysheet.model.access import Scope
from daysheet.store.tables import assignment, customer, submission


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
