import pytest
import sqlalchemy as sa

from daysheet.errors import NotAllowed, UsageError
from daysheet.model.customers import CustomerStatus
from daysheet.model.decisions import Candidate
from daysheet.model.memory import (
    OPERATOR,
    Link,
    LinkStatus,
    Question,
    RefusalCode,
    RelationType,
    ReviewKind,
    ReviewState,
    Says,
)
from daysheet.services import customers, linking, merging, reviews
from daysheet.services.merging import Request
from daysheet.services.reviews import Answer, Decided
from daysheet.services.tools import Tools
from daysheet.store import judgements, tables
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import add, ask, everything, merge, refused, unmerge

KNOWN, OTHER, ASKED = "北京云杉银行", "北京云栖银行", "北京云山银行"
PROVISIONAL = CustomerStatus.PROVISIONAL


def decide(tools: Tools, review: int, says: Says, customer_id: int | None = None, **rest: str) -> Decided:
    done = reviews.decide(tools, review, Answer(says, customer_id, **rest))
    assert isinstance(done, Decided), done
    return done


def root(tools: Tools, customer_id: int) -> int:
    found = customers.show(tools, customer_id)
    assert found is not None
    return found.customer.id


def said(pipeline: Pipeline) -> list[tuple[int, int, str]]:
    """The judgements that bind."""
    rows = pipeline.select(sa.select(tables.judgement).where(tables.judgement.c.revoked_at.is_(None)))
    return [(row.left_id, row.right_id, row.says) for row in rows]


@pytest.fixture
def case(pipeline: Pipeline) -> tuple[int, int, int, int]:
    """Two known customers, a provisional one, and the question which of them it is."""
    a, b = add(pipeline.tools, KNOWN, OTHER)
    [p] = add(pipeline.tools, ASKED, status=PROVISIONAL)
    return a, b, p, ask(pipeline.tools, p, a, b)


def test_one_question_per_customer_however_often_it_is_asked(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    assert ask(pipeline.tools, p, a) == review
    [found] = reviews.listed(pipeline.tools)
    assert [candidate.customer_id for candidate in found.candidates] == [a], "brought up to date"
    assert ask(pipeline.tools, p, a, kind=ReviewKind.PARENT) != review


def test_the_rows_that_wait_are_counted_when_the_queue_is_read(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    _, _, p, review = case
    [q] = add(pipeline.tools, "云上银行", status=PROVISIONAL)
    ask(pipeline.tools, q, case[0])
    content = a_workbook([a_visit(ASKED), a_visit(ASKED, contact="李明")])
    assert pipeline.feed(a_mail(content)).state == "accepted"
    found = reviews.listed(pipeline.tools)
    assert [(one.customer_id, one.rows_waiting) for one in found] == [(p, 2), (q, 0)], "most rows first"
    assert found[0].id == review
    assert found[0].name == ASKED


def test_same_merges_and_remembers(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    done = decide(pipeline.tools, review, Says.SAME, a, reason="名片")
    assert done.event is not None
    assert root(pipeline.tools, p) == a
    assert said(pipeline) == [(a, p, "same")]
    assert (done.review.state, done.review.says, done.review.actor, done.review.reason) == (
        ReviewState.DECIDED,
        Says.SAME,
        "operator",
        "名片",
    )
    assert reviews.listed(pipeline.tools) == ()


def test_same_needs_to_know_which(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, _, review = case
    refusal = refused(reviews.decide(pipeline.tools, review, Answer(Says.SAME)))
    assert refusal.code is RefusalCode.WHICH_CUSTOMER
    assert refusal.params["candidates"] == f"{a} {KNOWN}, {b} {OTHER}"
    assert reviews.listed(pipeline.tools)[0].state is ReviewState.OPEN


def test_different_keeps_the_customer_apart_from_every_candidate(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    done = decide(pipeline.tools, review, Says.DIFFERENT)
    assert done.review.state is ReviewState.DECIDED
    assert said(pipeline) == [(p, a, "different"), (p, b, "different")]
    assert root(pipeline.tools, p) == p
    assert refused(merging.merge(pipeline.tools, Request(a, p, {}))).code is RefusalCode.JUDGED_DIFFERENT


def test_different_from_one_leaves_the_others_in_question(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    done = decide(pipeline.tools, review, Says.DIFFERENT, a)
    assert done.review.state is ReviewState.OPEN
    assert [candidate.customer_id for candidate in done.review.candidates] == [b]
    assert decide(pipeline.tools, review, Says.DIFFERENT, b).review.state is ReviewState.DECIDED
    assert said(pipeline) == [(p, a, "different"), (p, b, "different")]


def test_what_was_answered_in_one_question_is_not_asked_in_another(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    other = ask(pipeline.tools, a, p, kind=ReviewKind.DUPLICATE)
    third = ask(pipeline.tools, b, p, a, kind=ReviewKind.DUPLICATE)

    def asked() -> dict[int, set[int]]:
        return {one.id: {c.customer_id for c in one.candidates} for one in reviews.listed(pipeline.tools)}

    before = asked()
    decide(pipeline.tools, review, Says.DIFFERENT)
    assert asked() == {third: {a}}
    taken = reviews.take_back(pipeline.tools, review)
    assert isinstance(taken, Decided)
    assert asked() == before
    decide(pipeline.tools, other, Says.DIFFERENT)
    assert asked() == {review: {b}, third: before[third]}


def test_a_candidate_that_was_left_out_and_put_back_is_asked_about_everywhere_again(
    pipeline: Pipeline, case: tuple[int, ...]
) -> None:
    a, _, p, review = case
    other = ask(pipeline.tools, a, p, kind=ReviewKind.DUPLICATE)
    decide(pipeline.tools, review, Says.DIFFERENT, a)
    assert {one.id for one in reviews.listed(pipeline.tools)} == {review}
    with pipeline.tools.database.writing() as connection:
        reviews.put_back_within(connection, pipeline.tools, review, {a}, OPERATOR)
    assert {one.id for one in reviews.listed(pipeline.tools)} == {review, other}


def test_related_pins_a_link(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    done = reviews.decide(pipeline.tools, review, Answer(Says.RELATED, a, type=RelationType.SUBSIDIARY_OF))
    assert isinstance(done, Decided)
    view = customers.show(pipeline.tools, p)
    assert view is not None
    assert [one.id for one in view.parents] == [a]
    assert said(pipeline) == [(p, a, "related")]
    assert refused(merging.merge(pipeline.tools, Request(a, p, {}))).code is RefusalCode.JUDGED_RELATED


def test_unsure_leaves_it_open_with_a_note(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    review = case[3]
    decide(pipeline.tools, review, Says.UNSURE, reason="等业务员回复")
    done = decide(pipeline.tools, review, Says.UNSURE, reason="再等一天")
    assert done.review.state is ReviewState.OPEN
    assert [(note.actor, note.text) for note in done.review.notes] == [
        ("operator", "等业务员回复"),
        ("operator", "再等一天"),
    ]
    assert said(pipeline) == []


def test_notes_outlive_a_question_that_is_asked_again(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    decide(pipeline.tools, review, Says.UNSURE, reason="等业务员回复")
    ask(pipeline.tools, p, a)
    [found] = reviews.listed(pipeline.tools)
    assert [note.text for note in found.notes] == ["等业务员回复"]


def test_whoever_comes_second_is_told_what_was_decided_and_by_whom(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    review = case[3]
    decide(pipeline.tools, review, Says.DIFFERENT, reason="两家银行")
    for says in Says:
        refusal = refused(reviews.decide(pipeline.tools, review, Answer(says, case[0])))
        assert refusal.code is RefusalCode.ALREADY_DECIDED
        assert (refusal.params["says"], refusal.params["actor"], refusal.params["reason"]) == (
            "different",
            "operator",
            "两家银行",
        )


def test_a_refused_merge_leaves_the_question_open(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    with pipeline.tools.database.writing() as connection:
        different = judgements.Said(p, a, Says.DIFFERENT)
        assert reviews.judge_within(connection, pipeline.tools, reviews.stewards.OPERATOR, different) is None
    assert refused(reviews.decide(pipeline.tools, review, Answer(Says.SAME, a))).code is RefusalCode.JUDGED_DIFFERENT
    [found] = reviews.listed(pipeline.tools)
    assert (found.state, found.says) == (ReviewState.OPEN, None)
    decide(pipeline.tools, review, Says.SAME, b)


def test_what_was_judged_different_is_not_asked_again(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    decide(pipeline.tools, review, Says.DIFFERENT)
    [twin] = add(pipeline.tools, "云杉银行")
    merge(pipeline.tools, a, twin)
    asked = Question(p, ReviewKind.NAME, tuple(Candidate(one, "", 0.8) for one in (twin, b)))
    with pipeline.tools.database.writing() as connection:
        assert reviews.ask(connection, pipeline.tools, [asked]) == {}, "not of what it has become either"
    assert reviews.listed(pipeline.tools) == ()


def test_a_new_candidate_is_a_new_question(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, p, review = case
    decide(pipeline.tools, review, Says.DIFFERENT)
    [new] = add(pipeline.tools, "云杉银行")
    again = ask(pipeline.tools, p, a, b, new)
    assert again != review
    [found] = reviews.listed(pipeline.tools)
    assert [candidate.customer_id for candidate in found.candidates] == [new]


def test_a_candidate_that_was_merged_is_shown_as_what_it_became(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, _, _ = case
    merge(pipeline.tools, a, b)
    [found] = reviews.listed(pipeline.tools)
    assert [(candidate.customer_id, candidate.display_name) for candidate in found.candidates] == [(a, KNOWN)]


def test_a_merge_answers_the_question_and_undoing_it_asks_again(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    done = merge(pipeline.tools, a, p)
    assert reviews.listed(pipeline.tools) == ()
    assert refused(reviews.decide(pipeline.tools, review, Answer(Says.DIFFERENT))).code is RefusalCode.WITHDRAWN
    assert unmerge(pipeline.tools, done).reopened == (review,)
    [found] = reviews.listed(pipeline.tools)
    assert (found.id, found.state) == (review, ReviewState.OPEN)


def test_undoing_the_merge_of_an_answer_asks_again(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    before = everything(pipeline.tools)
    done = decide(pipeline.tools, review, Says.SAME, a)
    assert done.event is not None
    merging.unmerge(pipeline.tools, customer_id=p)
    assert everything(pipeline.tools) == before
    [found] = reviews.listed(pipeline.tools)
    assert (found.id, found.says, found.actor) == (review, None, "")


@pytest.mark.parametrize("says", [Says.SAME, Says.DIFFERENT, Says.RELATED])
def test_an_answer_can_be_taken_back_and_leaves_nothing(pipeline: Pipeline, case: tuple[int, ...], says: Says) -> None:
    a, _, _, review = case
    before = everything(pipeline.tools)
    decide(pipeline.tools, review, says, a if says is not Says.DIFFERENT else None)
    done = reviews.take_back(pipeline.tools, review, reason="看错了")
    assert isinstance(done, Decided)
    assert done.review.state is ReviewState.OPEN
    assert said(pipeline) == []
    after = everything(pipeline.tools)
    standing = [row for row in after.relations if row["valid_to"] is None]
    assert (after.customers, after.aliases, standing, after.rows) == (before.customers, before.aliases, [], before.rows)
    decide(pipeline.tools, review, Says.DIFFERENT)


def test_an_answer_is_not_taken_back_while_a_later_merge_rests_on_it(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, b, _, review = case
    decide(pipeline.tools, review, Says.SAME, a)
    merge(pipeline.tools, b, a)
    assert refused(reviews.take_back(pipeline.tools, review)).code is RefusalCode.LATER_MERGE
    assert reviews.listed(pipeline.tools) == ()


def test_what_was_not_answered_cannot_be_taken_back(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    assert refused(reviews.take_back(pipeline.tools, case[3])).code is RefusalCode.NOT_DECIDED
    assert refused(reviews.take_back(pipeline.tools, 404)).code is RefusalCode.UNKNOWN_REVIEW
    assert refused(reviews.decide(pipeline.tools, 404, Answer(Says.SAME))).code is RefusalCode.UNKNOWN_REVIEW


def test_the_same_question_is_not_reopened_beside_a_newer_one(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    a, _, p, review = case
    decide(pipeline.tools, review, Says.DIFFERENT)
    [new] = add(pipeline.tools, "云杉银行")
    newer = ask(pipeline.tools, p, new)
    reviews.take_back(pipeline.tools, review)
    assert [one.id for one in reviews.listed(pipeline.tools)] == [newer]
    assert a not in {pair[1] for pair in said(pipeline)}


def test_only_stewards_decide(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    with pytest.raises(NotAllowed):
        reviews.decide(pipeline.tools, case[3], Answer(Says.DIFFERENT), by="E2")
    assert reviews.listed(pipeline.tools)[0].state is ReviewState.OPEN


def test_every_answer_is_in_the_log(pipeline: Pipeline, case: tuple[int, ...]) -> None:
    decide(pipeline.tools, case[3], Says.DIFFERENT, reason="两家银行")
    reviews.take_back(pipeline.tools, case[3], reason="看错了")
    rows = pipeline.select(sa.select(tables.audit).where(tables.audit.c.entity == "review").order_by(tables.audit.c.id))
    assert [(row.action, row.actor, row.after["reason"]) for row in rows] == [
        ("review.answered", "operator", "两家银行"),
        ("review.reopened", "operator", "看错了"),
    ]


# ---- judgements ----------------------------------------------------------------------------------


def judge(tools: Tools, left: int, right: int) -> object:
    with tools.database.writing() as connection:
        different = judgements.Said(left, right, Says.DIFFERENT)
        return reviews.judge_within(connection, tools, reviews.stewards.OPERATOR, different)


def test_different_comes_too_late_for_what_is_one(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, KNOWN, OTHER)
    done = merge(pipeline.tools, a, b)
    assert done.event
    refusal = refused(judge(pipeline.tools, a, b))
    assert (refusal.code, refusal.params["merge"]) == (RefusalCode.MERGED_ALREADY, done.event.id)


def test_nobody_is_different_from_themselves_or_from_nobody(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, KNOWN)
    assert refused(judge(pipeline.tools, a, a)).code is RefusalCode.ABOUT_ITSELF
    assert refused(judge(pipeline.tools, a, 404)).code is RefusalCode.UNKNOWN_CUSTOMER


def test_the_same_judgement_twice_is_one(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, KNOWN, OTHER)
    judge(pipeline.tools, a, b)
    judge(pipeline.tools, b, a)
    assert said(pipeline) == [(a, b, "different")]


def test_a_revoked_judgement_binds_no_longer(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, KNOWN, OTHER)
    judge(pipeline.tools, a, b)
    reviews.revoke(pipeline.tools, 1)
    merge(pipeline.tools, a, b)
    with pytest.raises(UsageError, match="no judgement 1 that binds"):
        reviews.revoke(pipeline.tools, 1)
    with pytest.raises(UsageError, match=r"says same; undo it with: daysheet customers unmerge"):
        reviews.revoke(pipeline.tools, 2)


def test_recognition_can_ask_who_must_be_kept_apart(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, KNOWN, OTHER, ASKED)
    judge(pipeline.tools, b, c)
    merge(pipeline.tools, a, b)
    with pipeline.tools.database.reading() as connection:
        assert judgements.apart(connection, [a]) == {a: {c}, c: {a}}
        assert judgements.apart(connection, [c, b]) == {a: {c}, c: {a}}


# ---- links that were proposed --------------------------------------------------------------------


def propose(tools: Tools, child: int, parent: int) -> None:
    with tools.database.writing() as connection:
        linking.propose(connection, tools, [Link(child, parent, RelationType.CAMPUS_OF)])


def standing(pipeline: Pipeline) -> list[tuple[int, int, str, str, str]]:
    table = tables.customer_relation
    rows = pipeline.select(sa.select(table).where(table.c.valid_to.is_(None)))
    return [(row.child_id, row.parent_id, row.type, row.source, row.status) for row in rows]


def test_a_proposed_parent_is_confirmed(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, KNOWN, OTHER)
    propose(pipeline.tools, b, a)
    review = ask(pipeline.tools, b, a, kind=ReviewKind.PARENT)
    decide(pipeline.tools, review, Says.RELATED)
    assert standing(pipeline) == [(b, a, "campus_of", "steward", "confirmed")]
    reviews.take_back(pipeline.tools, review)
    assert standing(pipeline) == [(b, a, "campus_of", "lattice", "proposed")]
    assert said(pipeline) == []


def test_a_proposed_parent_is_cut_without_saying_that_they_may_not_be_one(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, KNOWN, OTHER)
    propose(pipeline.tools, b, a)
    review = ask(pipeline.tools, b, a, kind=ReviewKind.PARENT)
    decide(pipeline.tools, review, Says.DIFFERENT)
    propose(pipeline.tools, b, a)
    assert (standing(pipeline), said(pipeline)) == ([], [])
    reviews.take_back(pipeline.tools, review)
    assert standing(pipeline) == [(b, a, "campus_of", "lattice", "proposed")]
    [cut] = pipeline.select(
        sa.select(tables.customer_relation).where(tables.customer_relation.c.status == LinkStatus.LIFTED)
    )
    assert cut.valid_to is not None
