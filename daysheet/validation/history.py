"""What only the earlier reports can tell."""

from daysheet.model.template import ListSpec

OUTSIDE_THE_FUNNEL = frozenset({"won", "lost", "on_hold"})
"""Stages one may come from or go to at any time."""


def moved_back(stages: ListSpec, was: str, now: str) -> bool:
    """Say whether a deal went from stage *was* to an earlier one; the list's order is the funnel's."""
    order = [item.code for item in stages.items if item.code not in OUTSIDE_THE_FUNNEL]
    return was in order and now in order and order.index(now) < order.index(was)
