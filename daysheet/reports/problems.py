"""
Issues as a rep reads them: one problem per cell, or per fault that many cells share.

A cell with two faults is one problem with two sentences; nine cells with one fault are one problem
with nine places. What is counted in the subject is problems.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daysheet.i18n import issue_text, text
from daysheet.model.issues import Issue, IssueCode, Place
from daysheet.model.text import Language
from daysheet.reports.runs import gather

MOST_PLACES = 6
"""Cells (or ranges) named for one fault."""

_MAYBE = frozenset({IssueCode.CUSTOMER_UNKNOWN, IssueCode.CUSTOMER_AMBIGUOUS, IssueCode.NAME_AMBIGUOUS})
"""Here the suggestions are other customers it could be, not what to write."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One problem as shown: where, in which field, what is wrong, what to write instead.

    *wrote* is what the sender typed, "" where a sentence of *messages* quotes it anyway; *hint* says
    what *suggestion* is.
    """

    where: str
    field: str
    wrote: str
    messages: tuple[str, ...]
    hint: str = ""
    suggestion: str = ""


def problems(issues: Iterable[Issue], language: Language) -> list[Problem]:
    """Return *issues* as problems, in their order."""
    cells: dict[object, list[tuple[Issue, ...]]] = {}
    for number, group in enumerate(gather(issues)):
        places = tuple(found.place for found in group)
        is_one_cell = len(places) == 1 and places[0].column is not None
        cells.setdefault(places if is_one_cell else number, []).append(group)
    return [_problem(groups, language) for groups in cells.values()]


def _problem(groups: Sequence[Sequence[Issue]], language: Language) -> Problem:
    """Return what *groups*, the faults of the same place, have to say together."""
    faults = [group[0] for group in groups]
    first = faults[0]
    messages = tuple(dict.fromkeys(issue_text(found, language) for found in faults))
    suggestions = dict.fromkeys(one for found in faults if not found.is_fixed for one in found.suggestions)
    is_maybe = any(found.code in _MAYBE for found in faults if found.suggestions)
    hint = text("problem.maybe" if is_maybe else "problem.suggest", language) if suggestions else ""
    return Problem(
        where=where([found.place for found in groups[0]], language),
        field=first.params.get(f"label_{language}", ""),
        wrote="" if any(first.found in message for message in messages) else first.found,
        messages=messages,
        hint=hint,
        suggestion=joined(suggestions, language),
    )


def joined(parts: Iterable[str], language: Language) -> str:
    """Return *parts* as a list within a sentence."""
    return ("、" if language is Language.ZH else "; ").join(parts)


def where(places: Sequence[Place], language: Language) -> str:
    """Return sheet and cells: 拜访 D4:D9、D12."""
    cells = [cell for place in places[:MOST_PLACES] if (cell := _cell(place, language))]
    said = ("、" if language is Language.ZH else ", ").join(cells)
    if len(places) > MOST_PLACES:
        said = text("where.more", language, n=len(places) - MOST_PLACES, cells=said)
    return " ".join(part for part in (places[0].sheet, said) if part)


def _cell(place: Place, language: Language) -> str:
    if place.row is not None and place.column is None:
        return text("row.whole", language, row=place.row)
    return place.cell
