"""
Whether a parent link may be made, given the links there are.

Links are stored on the customer they were said of and read through what those were merged into. So
a child has one parent of its own; cycles and depth are those of the tree as it is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from daysheet.model.memory import Link, LinkSource, LinkStatus, Refusal, RefusalCode

DEEPEST = 8
"""Levels of a tree."""


class Why(StrEnum):
    """Why a proposed link changes nothing."""

    KNOWN = "known"
    CUT = "cut"  # a steward cut it
    PINNED = "pinned"  # what a person or a register said is not replaced by a rule
    FARTHER = "farther"  # the present parent lies below the proposed one


@dataclass(frozen=True, slots=True)
class Added:
    """The link is new."""

    link: Link


@dataclass(frozen=True, slots=True)
class Relinked:
    """The link takes the place of another, which is closed, not deleted."""

    link: Link
    closes: Link


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything stays as it is."""

    link: Link
    why: Why


Outcome = Added | Relinked | Kept | Refusal


@dataclass(slots=True)
class Graph:
    """
    The links there are, as far as some proposals touch them.

    *roots* says what each customer has become; *own* is the standing link of a customer itself,
    *shown* that of what it has become; *cuts* are (child, parent), and *heights* how many levels
    lie below, both of what they have become. A customer that is not mentioned stands alone.
    """

    roots: Mapping[int, int] = field(default_factory=dict)
    own: dict[int, Link] = field(default_factory=dict)
    shown: dict[int, Link] = field(default_factory=dict)
    cuts: set[tuple[int, int]] = field(default_factory=set)
    heights: dict[int, int] = field(default_factory=dict)

    def root(self, customer_id: int) -> int:
        """Return what a customer has become."""
        return self.roots.get(customer_id, customer_id)

    def ancestors(self, customer_id: int) -> tuple[int, ...]:
        """Return the parents of *customer_id*, nearest first; ends where they would repeat."""
        found: list[int] = []
        at = self.root(customer_id)
        while (link := self.shown.get(at)) is not None:
            at = self.root(link.parent_id)
            if at in found:
                break
            found.append(at)
        return tuple(found)

    def put(self, link: Link) -> None:
        """Take a link that was accepted into account, so that the next proposal sees it."""
        child, former = self.root(link.child_id), self.own.get(link.child_id)
        self.own[link.child_id] = link
        shown = self.shown.get(child)
        if self.root(link.parent_id) != child and (shown is None or shown == former):
            self.shown[child] = link
        below = self.heights.get(child, 0)
        for above, parent in enumerate(self.ancestors(child), start=1):
            self.heights[parent] = max(self.heights.get(parent, 0), below + above)


def judge(proposed: Link, graph: Graph) -> Outcome:
    """Say what becomes of *proposed*; *graph* is left as it is."""
    child, parent = graph.root(proposed.child_id), graph.root(proposed.parent_id)
    is_person = proposed.source is LinkSource.STEWARD
    if proposed.child_id == proposed.parent_id or (child == parent and is_person):
        return _refused(RefusalCode.OWN_PARENT, proposed)
    if (child, parent) in graph.cuts and not is_person:
        return Kept(proposed, Why.CUT)
    own = graph.own.get(proposed.child_id)
    if own is not None and graph.root(own.parent_id) == parent:
        return _again(proposed, own)
    if child != parent and (refusal := _misplaced(proposed, child, parent, graph)) is not None:
        return refusal
    return Added(proposed) if own is None else _instead(proposed, own, graph)


def judge_all(proposed: Iterable[Link], graph: Graph) -> list[Outcome]:
    """Say what becomes of each of *proposed*, one after the other; *graph* takes in what is accepted."""
    outcomes = []
    for link in proposed:
        outcome = judge(link, graph)
        if isinstance(outcome, (Added, Relinked)):
            graph.put(outcome.link)
        outcomes.append(outcome)
    return outcomes


def _again(proposed: Link, own: Link) -> Outcome:
    """The same link once more, or one to what its parent was merged with: a firmer word takes the place of a weaker."""
    is_confirmed = own.status is LinkStatus.PROPOSED and proposed.status is LinkStatus.CONFIRMED
    is_firmer = proposed.source.strength > own.source.strength or (is_confirmed and own.parent_id == proposed.parent_id)
    return Relinked(proposed, own) if is_firmer else Kept(proposed, Why.KNOWN)


def _misplaced(proposed: Link, child: int, parent: int, graph: Graph) -> Refusal | None:
    above = graph.ancestors(parent)
    if child in above:
        return _refused(RefusalCode.CYCLE, proposed)
    if len(above) + 1 + graph.heights.get(child, 0) + 1 > DEEPEST:
        return _refused(RefusalCode.TOO_DEEP, proposed, deepest=DEEPEST)
    return None


def _instead(proposed: Link, own: Link, graph: Graph) -> Outcome:
    """The child has another parent: a person's word stands; among rules the nearer parent, then the firmer word."""
    if proposed.source.strength > max(own.source.strength, _RULES):
        return Relinked(proposed, own)
    parent, former = graph.root(proposed.parent_id), graph.root(own.parent_id)
    if former in graph.ancestors(parent):
        is_pinned = own.source.strength > max(_RULES, proposed.source.strength)
        return Kept(proposed, Why.PINNED) if is_pinned else Relinked(proposed, own)
    if parent in graph.ancestors(former) and proposed.source is not LinkSource.STEWARD:
        return Kept(proposed, Why.FARTHER)
    if proposed.source.strength > own.source.strength:
        return Relinked(proposed, own)
    return _refused(RefusalCode.SECOND_PARENT, proposed, present=own.parent_id)


_RULES = LinkSource.PARSED_CHAIN.strength
"""Up to here a link was made by a rule."""


def _refused(code: RefusalCode, link: Link, **params: object) -> Refusal:
    return Refusal(code, {"child": link.child_id, "parent": link.parent_id, **params})
