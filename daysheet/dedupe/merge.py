"""
What merging two customers would do: pointers, surviving values, or why it must not be done.

Pure: the service hands in both clusters with what was judged of them and how they are linked;
``store/merges`` carries the plan out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from daysheet.dedupe import survivorship
from daysheet.dedupe.links import Graph
from daysheet.dedupe.survivorship import Member, Survivor
from daysheet.model.memory import Judgement, Link, MergeEvent, Refusal, RefusalCode, Says

WINNER, LOSER = "winner", "loser"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a customer with all that was merged into it; *kept* are values chosen by hand before."""

    id: int
    name: str
    members: tuple[Member, ...]
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[int]:
        """Everyone in it."""
        return frozenset(member.id for member in self.members)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the resulting record beside what both showed before."""

    field: str
    winner: str
    loser: str
    result: Survivor


@dataclass(frozen=True, slots=True)
class MergePlan:
    """
    What is to be written: *moved* get *winner_id* as their root, the winner shows *overlay*.

    *silent* are links between the two, which say nothing while they are one.
    """

    winner_id: int
    loser_id: int
    moved: frozenset[int]
    overlay: Mapping[str, Survivor]
    kept: Mapping[str, int]
    lines: tuple[FieldLine, ...]
    silent: tuple[Link, ...] = ()


def plan(
    winner: Side,
    loser: Side,
    judgements: Iterable[Judgement],
    graph: Graph,
    keep: Mapping[str, str],
) -> MergePlan | Refusal:
    """
    Return what merging *loser* into *winner* does; *keep* says per field whose value stays.

    *judgements* are those that stand between anyone of the one and anyone of the other: one pair
    judged different keeps whole clusters apart, so that no chain of sames brings it together.
    """
    if winner.id == loser.id:
        return Refusal(RefusalCode.ALREADY_ONE, {"customer": winner.id, "name": winner.name})
    against = next((j for j in judgements if j.says in (Says.DIFFERENT, Says.RELATED)), None)
    if against is not None:
        code = RefusalCode.JUDGED_DIFFERENT if against.says is Says.DIFFERENT else RefusalCode.JUDGED_RELATED
        return Refusal(code, _judged(against))
    chosen = _chosen(winner, loser, keep, graph)
    if isinstance(chosen, Refusal):
        return chosen
    refusal = _two_codes(winner, loser, chosen) or _cycle(winner, loser, graph)
    if refusal is not None:
        return refusal
    members = (*winner.members, *loser.members)
    kept = {**loser.kept, **winner.kept, **chosen}
    return MergePlan(
        winner_id=winner.id,
        loser_id=loser.id,
        moved=loser.ids,
        overlay=survivorship.overlay(winner.id, members, kept),
        kept=chosen,
        lines=_lines(winner, loser, members, kept),
        silent=tuple(
            link
            for link in graph.own.values()
            if {graph.root(link.child_id), graph.root(link.parent_id)} == {winner.id, loser.id}
        ),
    )


def blocking(event: MergeEvent, later: Sequence[MergeEvent], judgements: Mapping[int, Judgement]) -> MergeEvent | None:
    """
    Return the merge that has to be undone before *event*, or None.

    Later merges into the same winner stand on their own, except where the pair that was named
    leans on what *event* brought in. Where the winner itself was merged on, the last such step
    has to be undone first: it was decided on both as one.
    """
    for candidate in later:
        named = judgements.get(candidate.judgement_id or 0)
        leans = named is not None and bool(event.moved & {named.left_id, named.right_id})
        if candidate.id > event.id and (candidate.loser_id == event.winner_id or leans):
            return blocking(candidate, later, judgements) or candidate
    return None


def _judged(judgement: Judgement) -> dict[str, object]:
    return {
        "left": judgement.left_id,
        "right": judgement.right_id,
        "judgement": judgement.id,
        "actor": judgement.actor,
        "on": judgement.at,
        "reason": judgement.reason or "–",
    }


def _chosen(winner: Side, loser: Side, keep: Mapping[str, str], graph: Graph) -> dict[str, int] | Refusal:
    """Return whose value was chosen, by field: the member that the chosen side's value comes from."""
    chosen: dict[str, int] = {}
    for name, which in keep.items():
        side = winner if which == WINNER else loser
        if name == survivorship.PARENT:
            link = graph.shown.get(side.id)
            owner = link.child_id if link else None
        else:
            survivor = survivorship.survivors(side.id, side.members, side.kept).get(name)
            owner = survivor.owners[0] if survivor else None
        if owner is None:
            return Refusal(RefusalCode.NOTHING_TO_KEEP, {"field": name, "customer": side.id, "name": side.name})
        chosen[name] = owner
    return chosen


def _two_codes(winner: Side, loser: Side, chosen: Mapping[str, int]) -> Refusal | None:
    """
    Two valid credit codes are two legal persons.

    Only who says which of the codes is wrong has seen that there are two: choosing one by hand is
    what it takes, and all it takes.
    """
    if "credit_code" in chosen:
        return None
    mine, theirs = survivorship.valid_codes(winner.members), survivorship.valid_codes(loser.members)
    if not mine or not theirs or mine.keys() & theirs.keys():
        return None
    params = {"winner": winner.id, "winner_code": next(iter(mine)), "loser": loser.id, "loser_code": next(iter(theirs))}
    return Refusal(RefusalCode.TWO_CREDIT_CODES, params)


def _cycle(winner: Side, loser: Side, graph: Graph) -> Refusal | None:
    """A customer may be merged with its own parent, whose link falls silent; not with one farther up."""
    for low, high in ((winner, loser), (loser, winner)):
        above = graph.ancestors(low.id)
        if high.id in above[1:]:
            params = {"winner": winner.id, "loser": loser.id, "between": above[above.index(high.id) - 1]}
            return Refusal(RefusalCode.MERGE_MAKES_CYCLE, params)
    return None


def _lines(winner: Side, loser: Side, members: Sequence[Member], kept: Mapping[str, int]) -> tuple[FieldLine, ...]:
    before = survivorship.survivors(winner.id, winner.members, winner.kept)
    other = survivorship.survivors(loser.id, loser.members, loser.kept)
    after = survivorship.survivors(winner.id, members, kept)
    return tuple(
        FieldLine(
            name,
            before[name].text if name in before else "",
            other[name].text if name in other else "",
            survivor,
        )
        for name, survivor in after.items()
    )
