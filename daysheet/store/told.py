"""What reps have been told lately, by answers and in the morning."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.answers import AnswerKind
from daysheet.model.digests import DigestKind
from daysheet.store.engine import chunks
from daysheet.store.tables import digest, outbox, submission

RECENT = timedelta(days=31)
"""How much older than its arrival the day of a report may be for its answer to count."""
TOLD_AT = "told_at"
"""Beside an answer in the outbox, until when it tells of decisions."""
BROUGHT = "brought"
"""Beside it too, once it was made: which workbook it carries."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    When the latest answer with the next day's workbook was written, and until when a rep was told of decisions.

    An answer that waits to be made may bring it, and counts.
    """

    supplied_at: datetime | None = None
    told_at: datetime | None = None


def lately(connection: Connection, reps: Collection[int], since: datetime) -> Mapping[int, Told]:
    """
    Return what each of *reps* has been told since an instant; two queries for some hundreds of reps.

    What was given up or could not be sent does not count, what still waits does.
    """
    found: dict[int, Told] = dict.fromkeys(reps, Told())
    for some in chunks(sorted(reps)):
        values = {"reps": some, "since": since, "since_on": since.date() - RECENT}
        for row in connection.execute(_ANSWERS, values):
            told_at = datetime.fromisoformat(row.told_at) if row.told_at else None
            known = found[row.rep_id]
            supplied_at = row.created_at if row.brought in (None, "tomorrow") else None
            found[row.rep_id] = Told(_later(known.supplied_at, supplied_at), _later(known.told_at, told_at))
        for row in connection.execute(_MORNINGS, values):
            known = found[row.person_id]
            found[row.person_id] = Told(known.supplied_at, _later(known.told_at, row.made_at))
    return found


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


_SINCE_ON = sa.bindparam("since_on", type_=sa.Date)
_ANSWERS = (
    sa.select(
        submission.c.rep_id,
        outbox.c.created_at,
        outbox.c.payload[TOLD_AT].as_string().label("told_at"),
        outbox.c.payload[BROUGHT].as_string().label("brought"),
    )
    .join_from(submission, outbox, outbox.c.submission_id == submission.c.id)
    .where(
        submission.c.rep_id.in_(sa.bindparam("reps", expanding=True)),
        submission.c.report_date >= _SINCE_ON,
        outbox.c.created_at >= sa.bindparam("since", type_=outbox.c.created_at.type),
        outbox.c.kind == AnswerKind.REPORT,
        outbox.c.state.in_(("queued", "sending", "sent")),
    )
)
_MORNINGS = sa.select(digest.c.person_id, digest.c.made_at).where(
    digest.c.person_id.in_(sa.bindparam("reps", expanding=True)),
    digest.c.kind == DigestKind.MORNING,
    digest.c.first_on >= _SINCE_ON,
    digest.c.made_at >= sa.bindparam("since", type_=digest.c.made_at.type),
    digest.c.outbox_id.is_not(None),
)
