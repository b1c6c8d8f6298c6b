"""
Which figures make the lines of an appraisal sheet. Pure.

A rep's line holds what they did wherever they stood; a team's what was done there, whoever
has moved since. So a rep who moved stands once with all of theirs, and each team keeps its own.
"""

from collections.abc import Container, Iterable, Mapping

from daysheet.model.appraisal import Line, Lines
from daysheet.model.figures import Figures, Number, add, total
from daysheet.model.organisation import NOBODY, Organisation, Posting
from daysheet.model.people import Person

_TOLD_OF = ("discipline.", "reports.", "rows.", "cells.", "spot.", "visits.done")
"""What a sheet shows; who has none of it does not stand there."""


def appraise(organisation: Organisation, cells: Mapping[int, Figures], scope: Person | None) -> Lines:
    """
    Return the lines of *cells* (figures by posting) that are within *scope*: below that person; None sees all.

    Nobody's own line is in their scope.
    """
    seen = {
        posting_id: shown
        for posting_id, figures in cells.items()
        if posting_id != NOBODY
        and _is_seen(organisation, organisation.posting_by_id.get(posting_id), scope)
        and (shown := _shown(figures))
    }
    unseen = [
        organisation.posting_by_id[posting_id]
        for posting_id, figures in cells.items()
        if posting_id in organisation.posting_by_id and posting_id not in seen and _shown(figures)
    ]
    postings = [organisation.posting_by_id[posting_id] for posting_id in seen]
    postings.sort(key=lambda one: (one.person_id, one.from_on))
    return Lines(
        reps=_reps(organisation, postings, seen),
        teams=_teams(organisation, postings, seen, {one.team for one in unseen}),
        regions=_regions(organisation, postings, seen, {name for one in unseen for name in _up(organisation, one)}),
        everybody=Line("", figures=total(seen.values())),
    )


def _is_seen(organisation: Organisation, posting: Posting | None, scope: Person | None) -> bool:
    return posting is not None and (scope is None or scope.id in organisation.above(posting))


def _shown(figures: Figures) -> dict[str, Number]:
    return {name: number for name, number in figures.items() if number and name.startswith(_TOLD_OF)}


def _region(organisation: Organisation, posting: Posting) -> str:
    team = organisation.teams.get(posting.team)
    return posting.region or (team.region if team else "")


def _summed(postings: Iterable[tuple[str, Posting]], seen: Mapping[int, Figures]) -> dict[str, dict[str, Number]]:
    summed: dict[str, dict[str, Number]] = {}
    for name, posting in postings:
        add(summed.setdefault(name, {}), seen[posting.id])
    return summed


def _reps(organisation: Organisation, postings: Iterable[Posting], seen: Mapping[int, Figures]) -> tuple[Line, ...]:
    own: dict[int, list[Posting]] = {}
    for posting in postings:
        own.setdefault(posting.person_id, []).append(posting)
    lines = []
    for person_id, several in own.items():
        person = organisation.people[person_id]
        teams = dict.fromkeys(one.team for one in several if one.team)
        regions = dict.fromkeys(region for one in several if (region := _region(organisation, one)))
        figures = total(seen[one.id] for one in several)
        line = Line(person.name, person.number, " → ".join(teams), " → ".join(regions), figures=figures)
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: (line.region, line.team, line.number)))


def _teams(
    organisation: Organisation, postings: Iterable[Posting], seen: Mapping[int, Figures], parts: Container[str]
) -> tuple[Line, ...]:
    def region(name: str) -> str:
        team = organisation.teams.get(name)
        return team.region if team else ""

    summed = _summed(((one.team, one) for one in postings), seen)
    lines = [
        Line(name, region=region(name), is_part=name in parts, figures=figures) for name, figures in summed.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.region, line.name)))


def _up(organisation: Organisation, posting: Posting) -> tuple[str, ...]:
    """Return the regions a posting is in, its own first."""
    own = _region(organisation, posting)
    return tuple(one.name for one in organisation.line_of(own)) or (own,)


def _regions(
    organisation: Organisation, postings: Iterable[Posting], seen: Mapping[int, Figures], parts: Container[str]
) -> tuple[Line, ...]:
    """Return each region with all below it, under the one it is part of."""
    lines_up: dict[str, tuple[str, ...]] = {}
    placed: list[tuple[str, Posting]] = []
    for posting in postings:
        own = _region(organisation, posting)
        up = lines_up.setdefault(own, _up(organisation, posting))
        placed += [(name, posting) for name in up]
    for up in list(lines_up.values()):
        for at, name in enumerate(up):
            lines_up.setdefault(name, up[at:])
    summed = _summed(placed, seen)
    ordered = sorted(summed, key=lambda name: tuple(reversed(lines_up[name])))
    return tuple(
        Line(
            name,
            region=lines_up[name][1] if len(lines_up[name]) > 1 else "",
            below=len(lines_up[name]) - 1,
            is_part=name in parts,
            figures=summed[name],
        )
        for name in ordered
    )
