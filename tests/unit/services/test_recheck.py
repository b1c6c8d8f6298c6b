"""Looking at all known customers again: what is proposed, and what binds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from daysheet.model.customers import CustomerStatus
from daysheet.model.memory import RefusalCode, ReviewKind, ReviewState, Says
from daysheet.naming import lexicon
from daysheet.naming.engine import NamingEngine
from daysheet.services import import_customers, linking, merging, renewing, reviews
from daysheet.services import recheck as service
from daysheet.services.recheck import Change, Line
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import names, relations, tables
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import CODE, OTHER_CODE, add, ask, everything, merge, refused

FULL = "宁波听潮泵业有限公司"
SLIPPED = "宁波听潮潮泵业有限公司"
"""The same with a character typed twice."""
BRANCH = "中国工商银行股份有限公司北京市分行"


def recheck(tools: Tools, **options: bool) -> Sequence[Line]:
    return service.recheck(tools, **options).lines


def pairs(lines: Sequence[Line], change: Change = Change.EQUAL) -> list[tuple[int, int | None]]:
    return [(line.customer_id, line.other_id) for line in lines if line.change is change]


def by_other_rules(tools: Tools, **own: object) -> Tools:
    """Tools whose rules have been changed."""
    return replace(tools, naming=NamingEngine(lexicon.load(own)))


# ---- newly equal -------------------------------------------------------------------------------


def test_two_customers_that_are_probably_one_become_a_question_and_nothing_is_merged(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, FULL, SLIPPED)
    [line] = recheck(pipeline.tools)
    assert (line.change, line.customer_id, line.other_id, line.asked) == (Change.EQUAL, b, a, True)
    assert line.why.startswith("slip")
    [review] = reviews.listed(pipeline.tools)
    assert (review.kind, review.customer_id) == (ReviewKind.DUPLICATE, b)
    assert [candidate.customer_id for candidate in review.candidates] == [a]
    assert review.versions == {"ruleset": pipeline.tools.naming.version}
    assert pipeline.select(sa.select(tables.merge_event)) == []


def test_a_second_run_finds_nothing_new_and_nothing_to_renew(pipeline: Pipeline) -> None:
    add(pipeline.tools, FULL, SLIPPED, BRANCH)
    first = service.recheck(pipeline.tools)
    assert (first.renewed, len(first.lines)) == (3, 1)
    before = everything(pipeline.tools)
    again = service.recheck(pipeline.tools)
    assert (again.renewed, again.judged, again.lines) == (0, 5, ())
    assert everything(pipeline.tools) == before


def test_a_dry_run_says_the_same_and_stores_nothing(pipeline: Pipeline) -> None:
    add(pipeline.tools, FULL, SLIPPED, "中国工商银行股份有限公司", BRANCH)
    before = pipeline.select(sa.select(tables.customer_alias)), pipeline.select(sa.select(tables.name_key))
    lines = recheck(pipeline.tools, dry_run=True)
    assert {line.change for line in lines} == {Change.EQUAL, Change.PARENT}
    assert reviews.listed(pipeline.tools) == ()
    assert pipeline.select(sa.select(tables.customer_relation)) == []
    assert before == (pipeline.select(sa.select(tables.customer_alias)), pipeline.select(sa.select(tables.name_key)))
    assert recheck(pipeline.tools) == lines


def test_what_a_rep_typed_before_the_list_came_is_asked_about_after_it(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit("听潮泵业")])))
    import_customers.import_file(pipeline.tools, "list.csv", f"id,name\nX1,{FULL}\n".encode())
    [(typed, listed)] = pairs(recheck(pipeline.tools))
    names_of = dict(pipeline.select(sa.select(tables.customer.c.id, tables.customer.c.display_name)))
    assert names_of[listed] == FULL
    assert typed != listed
    [review] = reviews.listed(pipeline.tools)
    assert (review.customer_id, review.rows_waiting) == (typed, 1)


def test_a_provisional_customer_becomes_part_of_a_confirmed_one_whichever_came_first(pipeline: Pipeline) -> None:
    [provisional] = add(pipeline.tools, SLIPPED, status=CustomerStatus.PROVISIONAL)
    pipeline.feed(a_mail(a_workbook([a_visit(SLIPPED)])))  # without rows it would not be listed
    [confirmed] = add(pipeline.tools, FULL)
    assert pairs(recheck(pipeline.tools)) == [(provisional, confirmed)]


def test_a_provisional_customer_without_rows_is_neither_asked_about_nor_offered(pipeline: Pipeline) -> None:
    add(pipeline.tools, SLIPPED, status=CustomerStatus.PROVISIONAL)
    add(pipeline.tools, FULL)
    assert recheck(pipeline.tools) == ()


def test_the_same_credit_code_is_a_question_and_another_valid_one_is_none(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, "宁波听潮泵业有限公司", "象山远山阀门有限公司", credit_code=CODE)
    [c] = add(pipeline.tools, SLIPPED, credit_code=OTHER_CODE)
    [line] = recheck(pipeline.tools)
    assert (line.customer_id, line.other_id, line.why, line.score) == (b, a, "credit-code", 1.0)
    assert c not in (line.customer_id, line.other_id), "one slip apart, and two legal persons"


def test_names_that_are_merely_similar_are_no_question(pipeline: Pipeline) -> None:
    add(
        pipeline.tools, "中铁十局集团有限公司", "中铁十一局集团有限公司", "宁波听潮泵业有限公司", "宁波听涛泵业有限公司"
    )
    assert recheck(pipeline.tools) == ()


def test_new_pairs_join_the_question_that_is_open_and_keep_what_it_asked(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, FULL, SLIPPED)
    [other] = add(pipeline.tools, "象山远山阀门有限公司")
    review = ask(pipeline.tools, b, other, kind=ReviewKind.DUPLICATE)
    assert pairs(recheck(pipeline.tools)) == [(b, a)]
    [found] = reviews.listed(pipeline.tools)
    assert found.id == review
    assert {candidate.customer_id for candidate in found.candidates} == {a, other}


def test_a_pair_that_is_being_asked_about_already_is_not_asked_again_in_another_way(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, FULL, SLIPPED)
    ask(pipeline.tools, a, b)  # the other way round, and as a question about a name
    assert recheck(pipeline.tools) == ()
    assert len(reviews.listed(pipeline.tools)) == 1


# ---- what binds --------------------------------------------------------------------------------


@pytest.mark.parametrize("says", [Says.DIFFERENT, Says.RELATED])
def test_what_was_judged_is_never_proposed_again_under_any_rules(pipeline: Pipeline, says: Says) -> None:
    tools = pipeline.tools
    add(tools, FULL, SLIPPED)
    recheck(tools)
    [review] = reviews.listed(tools)
    reviews.decide(tools, review.id, Answer(says))
    assert pairs(recheck(tools)) == []
    assert pairs(recheck(by_other_rules(tools, titles=["工长"]))) == []
    import_customers.import_file(tools, "list.csv", f"id,name\nX1,{FULL}\nX2,{SLIPPED}\n".encode())
    assert pairs(recheck(tools)) == []
    assert len(reviews.listed(tools, ReviewState.DECIDED)) == 1


def test_what_was_merged_is_one_and_is_asked_again_only_when_the_merge_is_undone(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    a, b = add(tools, FULL, SLIPPED)
    done = merge(tools, a, b)
    assert recheck(tools) == ()
    assert done.event is not None
    merging.unmerge(tools, event_id=done.event.id)
    assert pairs(recheck(tools)) == [(b, a)]


def test_a_chain_pulls_nobody_together_against_a_judgement(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    a, b, c = add(tools, FULL, SLIPPED, "宁波听潮泵业业有限公司")
    with tools.database.writing() as connection:
        actor = reviews.stewards.actor(connection, None)
        assert reviews.judge_within(connection, tools, actor, reviews.Said(a, c, Says.DIFFERENT)) is None
    merge(tools, a, b)
    assert (b, c) not in pairs(recheck(tools)), "b is a now"
    assert not any(c in pair for pair in pairs(recheck(tools)))
    refusal = refused(merging.merge(tools, merging.Request(b, c, {})))
    assert refusal.code is RefusalCode.JUDGED_DIFFERENT


def test_parent_and_child_are_not_asked_about_as_one(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, FULL, SLIPPED)
    linking.link(pipeline.tools, b, a)
    assert recheck(pipeline.tools) == ()


# ---- newly split -------------------------------------------------------------------------------


def test_a_name_that_the_rules_take_from_its_customer_is_told_and_stays_where_it_is(pipeline: Pipeline) -> None:
    typed = "宁波听潮泵业有线公司"
    pipeline.feed(a_mail(a_workbook([a_visit(typed)])))
    without = by_other_rules(pipeline.tools, steps={"FORM": "off"})
    [line] = [line for line in recheck(without) if line.change is Change.SPLIT]
    assert (line.name, line.other, line.why, line.asked) == (FULL, typed, "key", False)
    [owner] = pipeline.select(
        sa.select(tables.customer_alias.c.customer_id).where(tables.customer_alias.c.text == typed)
    )
    assert owner.customer_id == line.customer_id
    assert [line for line in recheck(without) if line.change is Change.SPLIT] == [], "told once"


def test_a_name_that_the_rules_reject_now_is_told_and_found_by_its_spelling_only(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit("听潮泵业")])))
    strict = by_other_rules(pipeline.tools, placeholders=["听潮泵业"])
    result = service.recheck(strict)
    assert result.renewed == 3
    [row] = pipeline.select(sa.select(tables.customer_alias).where(tables.customer_alias.c.text == "听潮泵业"))
    assert (row.key, row.profile) == ("", None)
    assert service.recheck(strict).renewed == 0, "a name without profile is not described again for ever"


# ---- parents -----------------------------------------------------------------------------------


def test_branches_are_put_under_their_bank_and_under_a_nearer_branch_that_came_later(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    head, far = add(tools, "中国工商银行股份有限公司", "中国工商银行股份有限公司北京西单支行")
    assert pairs(recheck(tools), Change.PARENT) == [(far, head)]
    [near] = add(tools, BRANCH)
    lines = [line for line in recheck(tools) if line.change is Change.PARENT]
    assert {(line.customer_id, line.other_id) for line in lines} == {(near, head), (far, near)}
    [relinked] = [line for line in lines if line.customer_id == far]
    assert relinked.former == "中国工商银行股份有限公司"
    with tools.database.reading() as connection:
        shown = relations.parents_of(connection, [far, near])
    assert {child: edge.parent_root for child, edge in shown.items()} == {far: near, near: head}


def test_a_link_that_a_steward_cut_or_made_is_left_alone(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    head, branch, other = add(tools, "中国工商银行股份有限公司", BRANCH, FULL)
    recheck(tools)
    linking.unlink(tools, branch, head)
    assert recheck(tools) == ()
    linking.link(tools, branch, other)
    assert recheck(tools) == ()
    assert reviews.listed(tools) == ()


def test_where_two_rules_contradict_each_other_a_steward_is_asked_once(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    head, branch, other = add(tools, "中国工商银行股份有限公司", BRANCH, FULL)
    with tools.database.writing() as connection:
        linking.propose(connection, tools, [linking.Link(branch, other)])  # as earlier rules read it
    [line] = recheck(tools)
    assert (line.customer_id, line.other_id, line.former, line.asked) == (branch, head, FULL, True)
    [review] = reviews.listed(tools)
    assert (review.kind, review.customer_id) == (ReviewKind.PARENT, branch)
    assert recheck(tools) == ()


# ---- in parts ----------------------------------------------------------------------------------


def test_work_that_was_interrupted_goes_on_where_it_stood(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = pipeline.tools
    add(tools, *(f"宁波听潮{n}号泵业有限公司" for n in range(1, 8)))
    monkeypatch.setattr(renewing, "STRIPE", 3)
    monkeypatch.setattr(service, "CHUNK", 2)
    seen: list[int] = []

    def stop(done: int) -> None:
        seen.append(done)
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.recheck(tools, on_progress=stop)
    assert seen == [3, 6]
    seen.clear()
    total = service.size(tools)
    done = service.recheck(tools, on_progress=seen.append)
    assert (done.renewed, done.judged) == (1, 9)
    assert seen[-1] == total == 10


def test_lookup_keys_are_exactly_those_of_the_present_names(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    [a] = add(tools, FULL)
    with tools.database.writing() as connection:
        names.file_under(connection, {a: [1, 2, 3]})  # as earlier rules had it
    recheck(tools)
    fresh = {key for key, owner in pipeline.select(sa.select(tables.name_key)) if owner == a}
    assert fresh
    assert not fresh & {1, 2, 3}
    import_customers.import_file(tools, "list.csv", "id,name\nX1,舟山听潮泵业有限公司\n".encode())
    [b] = [row.id for row in pipeline.select(sa.select(tables.customer)) if row.display_name.startswith("舟山")]
    assert {key for key, owner in pipeline.select(sa.select(tables.name_key)) if owner == b}
