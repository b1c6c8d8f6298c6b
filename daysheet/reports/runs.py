"""The same fault in D4:D19 said once."""

from collections.abc import Iterable
from dataclasses import replace

from daysheet.model.issues import Issue


def collapse(issues: Iterable[Issue]) -> list[Issue]:
    """Return *issues* with runs of one fault in one column, line after line, as one issue over a range."""
    found: list[Issue] = []
    open_runs: dict[tuple[object, ...], int] = {}
    for issue in issues:
        place = issue.place
        kind = (
            issue.code,
            issue.severity,
            issue.found,
            tuple(sorted(issue.params.items())),
            issue.suggestions,
            place.sheet,
            place.column,
        )
        at = open_runs.get(kind)
        if at is not None and place.row is not None and place.column is not None:
            first = found[at].place
            last = first.last_row or first.row or 0
            if place.row == last + 1:
                found[at] = replace(found[at], place=replace(first, last_row=place.last_row or place.row))
                continue
        open_runs[kind] = len(found)
        found.append(issue)
    return found
