"""Many questions answered alike: what would happen, then exactly that, and one undo for all of it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.memory import (
    Link,
    LinkSource,
    LinkStatus,
    Refusal,
    RefusalCode,
    RelationType,
    Review,
    ReviewKind,
    ReviewState,
    Says,
)
from daysheet.services import linking, merging, queue, reviews
from daysheet.services.access import Visitor
from daysheet.services.queue import Shown
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import queue as lists
from daysheet.store import reviews as stored
from daysheet.store.engine import Connection, chunks

CAP = 500
"""Questions answered at once."""
CHUNK = 50
"""Questions of one transaction."""
_BATCH = re.compile(r"[0-9a-f]{16}")


class Deed(StrEnum):
    """What is done to all of them."""

    SAME = "same"  # each with its best candidate
    RELATED = "related"  # each belongs under its best candidate
    DIFFERENT = "different"
    ASSIGN = "assign"


class Fate(StrEnum):
    """What would become of one question."""

    WILL = "will"
    SETTLED = "settled"  # it has an answer, which stays
    REFUSED = "refused"
    LATER = "later"  # another one of the batch changes what it is about; it stays open


@dataclass(frozen=True, slots=True)
class Step:
    """What would happen to one question. *candidate* is the one it would be answered with."""

    review: Review
    fate: Fate
    candidate: Shown | None = None
    refusal: Refusal | None = None

    @property
    def key(self) -> str:
        """What the form brings back of it: nothing is done where the candidate has become another one."""
        return f"{self.review.id}.{self.candidate.customer_id if self.candidate else 0}"


@dataclass(frozen=True, slots=True)
class Left:
    """A question that nothing was done to, and why."""

    review: Review
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Result:
    """What was done to how many, and what was not."""

    done: int
    left: tuple[Left, ...] = ()


def is_batch(text: str) -> bool:
    """Say whether *text* can be the name of a batch."""
    return _BATCH.fullmatch(text) is not None


# ---- before ------------------------------------------------------------------------------------


def preview(tools: Tools, visitor: Visitor, deed: Deed, review_ids: Sequence[int]) -> tuple[Step, ...]:
    """Return what *deed* would do to questions that the visitor sees, at most ``CAP`` of them."""
    with tools.database.reading() as connection:
        return _steps(connection, tools, visitor, deed, list(dict.fromkeys(review_ids))[:CAP])


def _steps(
    connection: Connection, tools: Tools, visitor: Visitor, deed: Deed, review_ids: Sequence[int]
) -> tuple[Step, ...]:
    found = _visible(connection, tools, visitor, review_ids)
    seen = lists.visible(connection, {c.customer_id for review in found for c in review.candidates}, visitor.scope)
    steps = [_first_look(review, deed, seen) for review in found]
    if deed is Deed.SAME:
        return _with_merges(connection, tools, steps)
    if deed is Deed.RELATED:
        return _with_links(connection, steps)
    return tuple(steps)


def _visible(connection: Connection, tools: Tools, visitor: Visitor, ids: Sequence[int]) -> tuple[Review, ...]:
    found = stored.by_ids(connection, tools.tables, ids)
    seen = lists.visible(connection, {review.customer_id for review in found}, visitor.scope)
    return tuple(review for review in found if review.customer_id in seen)


def _first_look(review: Review, deed: Deed, seen: Collection[int]) -> Step:
    if review.state is not ReviewState.OPEN:
        # what was said of a customer that is not seen stays unsaid
        is_whole = all(one.customer_id in seen for one in review.candidates)
        refusal = None if is_whole else Refusal(RefusalCode.OUT_OF_SIGHT, {"review": review.id})
        return Step(review, Fate.SETTLED, refusal=refusal)
    if deed is Deed.ASSIGN:
        return Step(review, Fate.WILL)
    candidates = queue.shown(review.candidates, seen)
    about = candidates if deed is Deed.DIFFERENT else candidates[:1]
    if any(one.is_hidden for one in about):
        return Step(review, Fate.REFUSED, None, Refusal(RefusalCode.OUT_OF_SIGHT, {"review": review.id}))
    if not candidates or (review.kind is ReviewKind.PARENT and deed is Deed.SAME):
        params = {"review": review.id, "candidates": "–"}
        return Step(review, Fate.REFUSED, None, Refusal(RefusalCode.WHICH_CUSTOMER, params))
    return Step(review, Fate.WILL, candidates[0])


def _with_merges(connection: Connection, tools: Tools, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Look at what each merge would do, and leave those for later that an earlier one of them changes."""
    pairs = {s.review.id: (s.candidate.customer_id, s.review.customer_id) for s in steps if s.candidate}
    requests = [merging.Request(winner, loser, {}) for winner, loser in pairs.values()]
    planned = dict(zip(pairs, merging.plans(connection, tools, requests), strict=True))
    losers: set[int] = set()
    touched: set[int] = set()
    looked_at = []
    for step in steps:
        plan = planned.get(step.review.id)
        if plan is None:
            looked_at.append(step)
        elif isinstance(plan, Refusal):
            looked_at.append(Step(step.review, Fate.REFUSED, step.candidate, plan))
        elif plan.loser_id in touched or plan.winner_id in losers:
            looked_at.append(Step(step.review, Fate.LATER, step.candidate))
        else:
            losers.add(plan.loser_id)
            touched |= {plan.loser_id, plan.winner_id}
            looked_at.append(step)
    return tuple(looked_at)


def _with_links(connection: Connection, steps: Sequence[Step]) -> tuple[Step, ...]:
    links = {
        step.review.id: Link(
            step.review.customer_id,
            step.candidate.customer_id,
            RelationType.BRANCH_OF,
            LinkSource.STEWARD,
            LinkStatus.CONFIRMED,
            "certain",
        )
        for step in steps
        if step.candidate
    }
    outcomes = dict(zip(links, linking.judged(connection, list(links.values())), strict=True))
    return tuple(
        Step(step.review, Fate.REFUSED, step.candidate, outcome)
        if isinstance(outcome := outcomes.get(step.review.id), Refusal)
        else step
        for step in steps
    )


# ---- doing it ----------------------------------------------------------------------------------


def carry_out(
    tools: Tools, visitor: Visitor, deed: Deed, wanted: Mapping[int, int], batch: str, reason: str = ""
) -> Result:
    """
    Answer the questions *wanted*, each with the candidate that was previewed (0: with none), as one *batch*.

    One that has got an answer since, or another best candidate, is left alone. A batch that was
    carried out already is not carried out again.
    """
    with tools.database.reading() as connection:
        before = stored.of_batch(connection, batch)
    if before:
        return Result(len(before))
    done = 0
    left: list[Left] = []
    for some in chunks(list(wanted)[:CAP], CHUNK):
        with tools.database.writing() as connection:
            for step in _steps(connection, tools, visitor, deed, list(some)):
                refusal = _done(connection, tools, visitor, deed, step, wanted[step.review.id], batch, reason)
                if refusal is None:
                    done += 1
                else:
                    left.append(Left(step.review, refusal))
    return Result(done, tuple(left))


def _done(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    deed: Deed,
    step: Step,
    candidate_id: int,
    batch: str,
    reason: str,
) -> Refusal | None:
    if step.refusal is not None:
        return step.refusal
    is_as_shown = (step.candidate.customer_id if step.candidate else 0) == candidate_id
    if step.fate is not Fate.SETTLED and (step.fate is Fate.LATER or not is_as_shown):
        return Refusal(RefusalCode.MOVED_ON, {"review": step.review.id})
    answer = Answer(
        says=Says(deed),
        customer_id=None if deed is Deed.DIFFERENT else candidate_id,
        reason=reason,
        batch=batch,
    )
    done = reviews.decide_within(connection, tools, step.review.id, answer, visitor.actor)
    return done if isinstance(done, Refusal) else None


# ---- taking it back ----------------------------------------------------------------------------


def take_back(tools: Tools, visitor: Visitor, batch: str) -> Result | None:
    """
    Take back what a batch did, the last first, and say what cannot be; None for a batch the visitor sees nothing of.

    What was answered anew since is no longer of the batch and stays.
    """
    with tools.database.reading() as connection:
        found = {review.id: review for review in _of(connection, tools, visitor, batch)}
    if not found:
        return None
    done = 0
    left: list[Left] = []
    for some in chunks(list(found), CHUNK):
        with tools.database.writing() as connection:
            for review_id in some:
                undone = reviews.take_back_within(connection, tools, review_id, visitor.actor)
                if isinstance(undone, Refusal):
                    left.append(Left(found[review_id], undone))
                else:
                    done += 1
    return Result(done, tuple(left))


def _of(connection: Connection, tools: Tools, visitor: Visitor, batch: str) -> list[Review]:
    """Return the questions of a batch that the visitor sees whole: the candidates that were meant, too."""
    found = _visible(connection, tools, visitor, stored.of_batch(connection, batch))
    meant = {r.id: {c.customer_id for c in r.candidates[: None if r.says is Says.DIFFERENT else 1]} for r in found}
    seen = lists.visible(connection, {one for some in meant.values() for one in some}, visitor.scope)
    return [review for review in found if meant[review.id] <= seen]
