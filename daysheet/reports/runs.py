"""The same fault in many cells said once: D4:D19, and D4、D9、D12."""

from collections.abc import Iterable
from dataclasses import replace

from daysheet.model.issues import Issue


def collapse(issues: Iterable[Issue]) -> list[Issue]:
    """Return *issues* with runs of one fault in one column, line after line, as one issue over a range."""
    found: list[Issue] = []
    open_runs: dict[tuple[object, ...], int] = {}
    for issue in issues:
        place = issue.place
        kind = fault(issue)
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


def gather(issues: Iterable[Issue]) -> list[tuple[Issue, ...]]:
    """Return *issues*, collapsed, with those of one fault in one column together, in the order of the first."""
    groups: dict[tuple[object, ...], list[Issue]] = {}
    for issue in collapse(issues):
        groups.setdefault(fault(issue), []).append(issue)
    return [tuple(group) for group in groups.values()]


def fault(issue: Issue) -> tuple[object, ...]:
    """Return what makes two issues the same but for their line."""
    return (
        issue.code,
        issue.severity,
        issue.found,
        tuple(sorted(issue.params.items())),
        issue.suggestions,
        issue.place.sheet,
        issue.place.column,
    )
