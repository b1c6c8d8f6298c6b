"""The stewards' queue: put questions, list them, take the answers, take an answer back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from daysheet.errors import UsageError
from daysheet.model.memory import (
    Actor,
    MergeEvent,
    Question,
    Refusal,
    RefusalCode,
    RelationType,
    Review,
    ReviewKind,
    ReviewState,
    Says,
)
from daysheet.services import linking, merging, stewards
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, judgements, lookup, merges, reviews
from daysheet.store.engine import Connection
from daysheet.store.judgements import Said


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a steward says of a question; *customer_id* says of which candidate, where that is not clear.

    *keep* says of "same", by field, whose value stays: the candidate's is the "winner".
    """

    says: Says
    customer_id: int | None = None
    reason: str = ""
    type: RelationType | None = None  # of a relation; default: as proposed, else branch_of
    keep: Mapping[str, str] = field(default_factory=dict)
    batch: str = ""  # given together with others


@dataclass(frozen=True, slots=True)
class Decided:
    """The question as it is now, and the merge where the answer was "same"."""

    review: Review
    event: MergeEvent | None = None


def ask(connection: Connection, tools: Tools, questions: Sequence[Question]) -> dict[int, int]:
    """
    Put *questions* within the caller's transaction; return the review of each customer that is asked about.

    Candidates that were judged different or related already are not asked about again; a question
    with no candidate left is none.
    """
    names = [question for question in questions if question.kind is not ReviewKind.PARENT]
    ids = {question.customer_id for question in names}
    apart = judgements.apart(connection, ids) if ids else {}
    roots = merges.roots_of(connection, ids | {c.customer_id for q in names for c in q.candidates}) if apart else {}
    left = []
    for question in questions:
        never = apart.get(roots.get(question.customer_id, 0), frozenset())
        if question.kind is ReviewKind.PARENT or not never:
            left.append(question)
            continue
        candidates = tuple(c for c in question.candidates if roots.get(c.customer_id) not in never)
        if candidates or not question.candidates:
            left.append(replace(question, candidates=candidates))
    return reviews.open_many(connection, _branded(connection, tools, left), tools.clock())


def _branded(connection: Connection, tools: Tools, questions: Sequence[Question]) -> list[Question]:
    """Return *questions* with the brand that the customer's name carries, so that those of one brand stand together."""
    if not questions:
        return []
    names = lookup.by_ids(connection, {question.customer_id for question in questions})
    return [
        replace(question, brand=tools.naming.parse(names[question.customer_id].display_name).brand)
        for question in questions
    ]


def listed(
    tools: Tools, state: ReviewState = ReviewState.OPEN, kind: ReviewKind | None = None, limit: int = 500
) -> tuple[Review, ...]:
    """Return questions: the open ones by the rows that wait for them, the others newest first."""
    with tools.database.reading() as connection:
        return reviews.listed(connection, tools.tables, state, kind, limit)


def decide(tools: Tools, review_id: int, answer: Answer, *, by: str | None = None) -> Decided | Refusal:
    """Take an answer, or say why it cannot be taken; raises UsageError or NotAllowed where *by* may not."""
    with tools.database.writing() as connection:
        return decide_within(connection, tools, review_id, answer, stewards.actor(connection, by))


def decide_within(
    connection: Connection, tools: Tools, review_id: int, answer: Answer, actor: Actor
) -> Decided | Refusal:
    """Take an answer within the caller's transaction: a merge, judgements or a link, and the closed question."""
    customers.guard(connection)
    review = reviews.get(connection, tools.tables, review_id)
    if review is None:
        return Refusal(RefusalCode.UNKNOWN_REVIEW, {"review": review_id})
    if review.state is not ReviewState.OPEN:
        return _closed(review)
    done = _ANSWERS[answer.says](connection, tools, review, answer, actor)
    if isinstance(done, Refusal):
        return done
    entry = audit.Entry(
        action="review.answered",
        entity="review",
        entity_id=review.id,
        before={"state": str(review.state)},
        after={"says": str(answer.says), "customer": answer.customer_id, "reason": answer.reason},
        actor=actor.name,
    )
    audit.append(connection, [entry], tools.clock())
    if answer.batch:
        reviews.set_batch(connection, review.id, answer.batch)
    now = reviews.get(connection, tools.tables, review_id)
    assert now is not None
    return Decided(now, done if isinstance(done, MergeEvent) else None)


def _closed(review: Review) -> Refusal:
    if review.state is ReviewState.WITHDRAWN:
        return Refusal(RefusalCode.WITHDRAWN, {"review": review.id})
    on = review.decided_at or ""
    params = {
        "review": review.id,
        "says": review.says or "",
        "actor": review.actor,
        "on": on,
        "reason": review.reason or "–",
    }
    return Refusal(RefusalCode.ALREADY_DECIDED, params)


# ---- the answers ---------------------------------------------------------------------------------


def _same(connection: Connection, tools: Tools, review: Review, answer: Answer, actor: Actor) -> MergeEvent | Refusal:
    candidate = _which(review, answer)
    if isinstance(candidate, Refusal):
        return candidate
    # closed first: the merge withdraws the other questions about this customer
    reviews.decide(connection, review.id, Says.SAME, answer.reason, actor, tools.clock())
    request = merging.Request(candidate, review.customer_id, answer.keep, answer.reason, review.id)
    done = merging.merge_within(connection, tools, request, actor)
    if isinstance(done, Refusal):
        reviews.reopen(connection, [review.id])
        return done
    assert done.event is not None
    return done.event


def _different(connection: Connection, tools: Tools, review: Review, answer: Answer, actor: Actor) -> Refusal | None:
    """Keep the customer and every candidate apart, or only the one that was named: the others stay in question."""
    ids = [candidate.customer_id for candidate in review.candidates]
    apart = ids if answer.customer_id is None else [answer.customer_id]
    for other in apart:
        if review.kind is ReviewKind.PARENT:
            cut = linking.unlink_within(connection, tools, actor, review.customer_id, other, reason=answer.reason)
            refusal = cut if isinstance(cut, Refusal) else None
        else:
            said = Said(review.customer_id, other, Says.DIFFERENT, answer.reason, review.id)
            refusal = judge_within(connection, tools, actor, said)
        if refusal is not None:
            return refusal
    if review.kind is not ReviewKind.PARENT:  # nobody is asked the same in another question
        both_ways = {review.customer_id: set(apart), **{other: {review.customer_id} for other in apart}}
        reviews.settle(connection, both_ways, review.id, tools.clock())
    if any(candidate.customer_id not in apart for candidate in review.candidates):
        reviews.leave_out(connection, review.id, apart)
    else:
        reviews.decide(connection, review.id, Says.DIFFERENT, answer.reason, actor, tools.clock())
    return None


def _related(connection: Connection, tools: Tools, review: Review, answer: Answer, actor: Actor) -> Refusal | None:
    parent = _which(review, answer)
    if isinstance(parent, Refusal):
        return parent
    outcome = linking.link_within(
        connection,
        tools,
        actor,
        review.customer_id,
        parent,
        type_=answer.type,
        reason=answer.reason,
        review_id=review.id,
    )
    if isinstance(outcome, Refusal):
        return outcome
    reviews.decide(connection, review.id, Says.RELATED, answer.reason, actor, tools.clock())
    return None


def _unsure(connection: Connection, tools: Tools, review: Review, answer: Answer, actor: Actor) -> None:
    reviews.note(connection, review.id, answer.reason or str(Says.UNSURE), actor, tools.clock())


_ANSWERS = {Says.SAME: _same, Says.DIFFERENT: _different, Says.RELATED: _related, Says.UNSURE: _unsure}


def _which(review: Review, answer: Answer) -> int | Refusal:
    """Return the customer an answer is about: the one that is named, else the only candidate."""
    if answer.customer_id is not None:
        return answer.customer_id
    if len(review.candidates) == 1:
        return review.candidates[0].customer_id
    names = ", ".join(f"{c.customer_id} {c.display_name}" for c in review.candidates)
    return Refusal(RefusalCode.WHICH_CUSTOMER, {"review": review.id, "candidates": names})


def judge_within(connection: Connection, tools: Tools, actor: Actor, said: Said) -> Refusal | None:
    """Record within the caller's transaction that two customers are different; not of two that are one."""
    roots = merges.roots_of(connection, [said.left_id, said.right_id])
    for one in (said.left_id, said.right_id):
        if one not in roots:
            return Refusal(RefusalCode.UNKNOWN_CUSTOMER, {"customer": one})
    if said.left_id == said.right_id:
        return Refusal(RefusalCode.ABOUT_ITSELF, {"customer": said.left_id})
    if roots[said.left_id] == roots[said.right_id]:
        root = roots[said.left_id]
        event = merges.standing(connection, {root})[-1]
        return Refusal(RefusalCode.MERGED_ALREADY, {"left": said.left_id, "right": said.right_id, "merge": event.id})
    # of this very pair: what others say of the two holds only as long as those are merged with them
    pair = {said.left_id, said.right_id}
    standing = judgements.between(connection, {said.left_id}, {said.right_id})
    if not any(known.says is said.says and {known.left_id, known.right_id} == pair for known in standing):
        judgements.add(connection, said, actor, tools.clock())
    return None


# ---- taking an answer back -----------------------------------------------------------------------


def take_back(tools: Tools, review_id: int, *, reason: str = "", by: str | None = None) -> Decided | Refusal:
    """Undo what a question's answer did, and ask again; raises UsageError or NotAllowed where *by* may not."""
    with tools.database.writing() as connection:
        return take_back_within(connection, tools, review_id, stewards.actor(connection, by), reason)


def take_back_within(
    connection: Connection, tools: Tools, review_id: int, actor: Actor, reason: str = ""
) -> Decided | Refusal:
    """Undo an answer within the caller's transaction: the merge, the judgements, the link or the cut."""
    customers.guard(connection)
    review = reviews.get(connection, tools.tables, review_id)
    if review is None:
        return Refusal(RefusalCode.UNKNOWN_REVIEW, {"review": review_id})
    if review.state is not ReviewState.DECIDED:
        return Refusal(RefusalCode.NOT_DECIDED, {"review": review_id})
    for said in judgements.of_review(connection, review_id):
        if said.says is Says.SAME and (event := merges.of_judgement(connection, said.id)) is not None:
            undone = merging.unmerge_within(connection, tools, actor, event_id=event.id, reason=reason)
            if isinstance(undone, Refusal):
                return undone
        elif said.says is Says.RELATED:
            linking.withdraw_within(connection, tools, actor, said.left_id, said.right_id, reason=reason)
    judgements.revoke(connection, [said.id for said in judgements.of_review(connection, review_id)], tools.clock())
    if review.kind is ReviewKind.PARENT and review.says is Says.DIFFERENT:
        for candidate in review.candidates:
            linking.lift_within(connection, tools, actor, review.customer_id, candidate.customer_id, reason=reason)
    reviews.reopen(connection, [review_id])
    about = {candidate.customer_id for candidate in (*review.candidates, *review.left_out)}
    reviews.unsettle(connection, {review.customer_id} | about, review_id)
    entry = audit.Entry(
        action="review.reopened",
        entity="review",
        entity_id=review_id,
        before={"says": str(review.says), "actor": review.actor},
        after={"reason": reason},
        actor=actor.name,
    )
    audit.append(connection, [entry], tools.clock())
    now = reviews.get(connection, tools.tables, review_id)
    assert now is not None
    return Decided(now)


def put_back_within(
    connection: Connection, tools: Tools, review_id: int, customer_ids: Collection[int], actor: Actor, reason: str = ""
) -> Decided | Refusal:
    """Take back within the caller's transaction that some candidates of an open question were left out."""
    customers.guard(connection)
    review = reviews.get(connection, tools.tables, review_id)
    if review is None:
        return Refusal(RefusalCode.UNKNOWN_REVIEW, {"review": review_id})
    if review.state is not ReviewState.OPEN:
        return _closed(review)
    wanted = {candidate.customer_id for candidate in review.left_out} & set(customer_ids)
    if not wanted:
        return Refusal(RefusalCode.NOT_LEFT_OUT, {"review": review_id})
    if review.kind is ReviewKind.PARENT:
        for one in wanted:
            linking.lift_within(connection, tools, actor, review.customer_id, one, reason=reason)
    standing = judgements.of_review(connection, review_id)
    roots = merges.roots_of(connection, {one for said in standing for one in (said.left_id, said.right_id)})
    said_of = [said.id for said in standing if {roots[said.left_id], roots[said.right_id]} & wanted]
    judgements.revoke(connection, said_of, tools.clock())
    reviews.put_back(connection, review_id, wanted)
    reviews.unsettle(connection, {review.customer_id} | wanted, review_id)
    entry = audit.Entry(
        action="review.put-back",
        entity="review",
        entity_id=review_id,
        after={"customers": sorted(wanted), "reason": reason},
        actor=actor.name,
    )
    audit.append(connection, [entry], tools.clock())
    now = reviews.get(connection, tools.tables, review_id)
    assert now is not None
    return Decided(now)


def revoke(tools: Tools, judgement_id: int, *, by: str | None = None) -> None:
    """Let a judgement bind no longer; one that led to a merge is undone by undoing the merge."""
    with tools.database.writing() as connection:
        actor = stewards.actor(connection, by)
        said = judgements.by_ids(connection, [judgement_id]).get(judgement_id)
        if said is None or said.revoked_at is not None:
            raise UsageError(f"there is no judgement {judgement_id} that binds")
        if said.says is not Says.DIFFERENT:
            command = "unmerge" if said.says is Says.SAME else "unlink"
            raise UsageError(f"judgement {judgement_id} says {said.says}; undo it with: daysheet customers {command}")
        judgements.revoke(connection, [judgement_id], tools.clock())
        entry = audit.Entry("judgement.revoked", "judgement", judgement_id, {"says": str(said.says)}, None, actor.name)
        audit.append(connection, [entry], tools.clock())
