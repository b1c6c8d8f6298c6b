"""How good the reports are: right at once, put right since, and how soon."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from daysheet.digests.attribution import Attribution
from daysheet.digests.cells import Cells
from daysheet.model.facts import Landed, Sending
from daysheet.model.figures import Number


def count_reports(cells: Cells, attribution: Attribution, sendings: Iterable[Sending]) -> None:
    """Count reports; *sendings* come by rep, day and form, the revisions of one in their order."""
    for (rep_id, day, _), some in groupby(sendings, key=lambda one: (one.rep_id, one.day, one.template_id)):
        cells.add_all(attribution.posting(rep_id, day), of_report(tuple(some)))


def of_report(revisions: Sequence[Sending]) -> dict[str, Number]:
    """Return the figures of one report by its revisions, the first one first."""
    first = revisions[0]
    waited = first.rows_parked + first.repaired + first.dropped
    found: dict[str, Number] = {
        "reports.sent": 1,
        "rows.sent": first.rows_landed + first.rows_parked + first.dropped,
        "rows.accepted": first.rows_landed - first.repaired,
    }
    if not first.has_error and not waited:
        return found | {"reports.clean": 1}
    if not _is_right(revisions[-1]):
        return found | {"reports.open": 1}
    right_at = min(_right_at(one) for one in revisions if _is_right(one))
    minutes = int((right_at - first.received_at).total_seconds() // 60)
    return found | {"reports.corrected": 1, "reports.correction_minutes": max(minutes, 0)}


def _is_right(one: Sending) -> bool:
    return not one.is_wrong and one.rows_parked == 0


def _right_at(one: Sending) -> datetime:
    """Return since when nothing is wrong with a revision: its arrival, or what a steward settled last."""
    needed_help = one.has_error or one.repaired or one.dropped
    return max(one.received_at, one.settled_at) if needed_help and one.settled_at else one.received_at


def count_rows(cells: Cells, attribution: Attribution, landed: Iterable[Landed]) -> None:
    """Count the rows that are in, their names and their cells."""
    for one in landed:
        cells.add_all(attribution.posting(one.rep_id, one.day), of_rows(one))


def of_rows(one: Landed) -> dict[str, Number]:
    """Return the figures of some rows."""
    return {
        "rows.landed": one.rows,
        "names.typed": one.typed,
        "names.standard": one.standard,
        "cells.wanted": one.wanted,
        "cells.filled": one.filled,
    }
