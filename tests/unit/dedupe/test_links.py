import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.dedupe.links import DEEPEST, Added, Graph, Kept, Relinked, Why, judge, judge_all
from daysheet.model.memory import Link, LinkSource, LinkStatus, Refusal, RefusalCode

HEAD, PROVINCE, CITY, COUNTY, OTHER = 1, 2, 3, 4, 5
RULES = (LinkSource.LATTICE, LinkSource.LEXICON, LinkSource.PARSED_CHAIN)
FIRM = (LinkSource.IMPORT, LinkSource.REGISTRY, LinkSource.STEWARD)


def a_link(child: int, parent: int, source: LinkSource = LinkSource.LATTICE, **rest: object) -> Link:
    return Link(child, parent, source=source, **rest)  # type: ignore[arg-type]


def a_graph(*links: Link, **rest: object) -> Graph:
    graph = Graph(**rest)  # type: ignore[arg-type]
    for link in links:
        graph.put(link)
    return graph


def code(outcome: object) -> RefusalCode:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_a_link_to_a_parent_is_added() -> None:
    assert judge(a_link(COUNTY, HEAD), Graph()) == Added(a_link(COUNTY, HEAD))


def test_the_same_link_again_changes_nothing() -> None:
    assert judge(a_link(COUNTY, HEAD), a_graph(a_link(COUNTY, HEAD))) == Kept(a_link(COUNTY, HEAD), Why.KNOWN)


def test_a_firmer_word_for_a_link_takes_its_place() -> None:
    guessed, said = a_link(COUNTY, HEAD), a_link(COUNTY, HEAD, LinkSource.STEWARD, status=LinkStatus.CONFIRMED)
    assert judge(said, a_graph(guessed)) == Relinked(said, guessed)
    assert judge(guessed, a_graph(said)) == Kept(guessed, Why.KNOWN)
    written = a_link(COUNTY, HEAD, status=LinkStatus.CONFIRMED)
    assert judge(written, a_graph(guessed)) == Relinked(written, guessed)


def test_nobody_is_their_own_parent() -> None:
    assert code(judge(a_link(CITY, CITY), Graph())) is RefusalCode.OWN_PARENT


def test_a_steward_does_not_put_a_customer_under_what_it_was_merged_into() -> None:
    graph = Graph(roots={CITY: HEAD})
    assert code(judge(a_link(CITY, HEAD, LinkSource.STEWARD), graph)) is RefusalCode.OWN_PARENT


def test_a_rule_may_for_the_link_says_nothing_until_the_merge_is_undone() -> None:
    graph = Graph(roots={CITY: HEAD})
    assert judge(a_link(CITY, HEAD), graph) == Added(a_link(CITY, HEAD))
    graph.put(a_link(CITY, HEAD))
    assert graph.ancestors(CITY) == ()


def test_a_parent_from_below_makes_a_cycle() -> None:
    graph = a_graph(a_link(CITY, PROVINCE), a_link(PROVINCE, HEAD))
    assert code(judge(a_link(HEAD, CITY), graph)) is RefusalCode.CYCLE


def test_a_cycle_through_a_merge_is_one_too() -> None:
    graph = a_graph(a_link(CITY, PROVINCE), roots={OTHER: PROVINCE})
    assert code(judge(a_link(OTHER, CITY), graph)) is RefusalCode.CYCLE


@pytest.mark.parametrize("source", RULES)
def test_a_nearer_parent_takes_the_place_of_a_farther_one(source: LinkSource) -> None:
    far = a_link(COUNTY, HEAD, source)
    graph = a_graph(a_link(PROVINCE, HEAD), far)
    assert judge(a_link(COUNTY, PROVINCE), graph) == Relinked(a_link(COUNTY, PROVINCE), far)


def test_a_farther_parent_changes_nothing() -> None:
    graph = a_graph(a_link(PROVINCE, HEAD), a_link(COUNTY, PROVINCE))
    assert judge(a_link(COUNTY, HEAD), graph) == Kept(a_link(COUNTY, HEAD), Why.FARTHER)


@pytest.mark.parametrize("source", FIRM)
def test_what_a_person_or_a_register_said_is_not_relinked_by_a_rule(source: LinkSource) -> None:
    graph = a_graph(a_link(PROVINCE, HEAD), a_link(COUNTY, HEAD, source))
    assert judge(a_link(COUNTY, PROVINCE), graph) == Kept(a_link(COUNTY, PROVINCE), Why.PINNED)


def test_a_steward_may_choose_a_nearer_parent_than_the_steward_before() -> None:
    far, near = a_link(COUNTY, HEAD, LinkSource.STEWARD), a_link(COUNTY, PROVINCE, LinkSource.STEWARD)
    assert judge(near, a_graph(a_link(PROVINCE, HEAD), far)) == Relinked(near, far)
    assert code(judge(far, a_graph(a_link(PROVINCE, HEAD), near))) is RefusalCode.SECOND_PARENT


def test_what_the_name_says_replaces_an_unrelated_guess_but_not_a_nearer_one() -> None:
    guessed, written = a_link(COUNTY, PROVINCE), a_link(COUNTY, OTHER, LinkSource.PARSED_CHAIN)
    assert judge(written, a_graph(guessed)) == Relinked(written, guessed)
    farther = a_link(COUNTY, HEAD, LinkSource.PARSED_CHAIN)
    assert judge(farther, a_graph(a_link(PROVINCE, HEAD), guessed)) == Kept(farther, Why.FARTHER)


def test_a_link_to_what_the_parent_was_merged_with_is_no_second_parent() -> None:
    own = a_link(COUNTY, CITY)
    graph = a_graph(own, roots={CITY: PROVINCE})
    assert judge(a_link(COUNTY, PROVINCE), graph) == Kept(a_link(COUNTY, PROVINCE), Why.KNOWN)


@pytest.mark.parametrize("source", RULES)
def test_a_second_parent_is_refused_and_the_first_is_named(source: LinkSource) -> None:
    refusal = judge(a_link(COUNTY, OTHER), a_graph(a_link(COUNTY, HEAD, source)))
    assert code(refusal) is RefusalCode.SECOND_PARENT
    assert isinstance(refusal, Refusal)
    assert refusal.params["present"] == HEAD


@pytest.mark.parametrize("source", FIRM)
def test_a_firm_word_replaces_a_rules_parent(source: LinkSource) -> None:
    guessed, said = a_link(COUNTY, HEAD), a_link(COUNTY, OTHER, source)
    assert judge(said, a_graph(guessed)) == Relinked(said, guessed)


def test_a_cut_is_kept_from_rules_and_lifted_by_a_steward() -> None:
    graph = Graph(cuts={(COUNTY, HEAD)})
    for source in (*RULES, LinkSource.IMPORT, LinkSource.REGISTRY):
        assert judge(a_link(COUNTY, HEAD, source), graph) == Kept(a_link(COUNTY, HEAD, source), Why.CUT)
    said = a_link(COUNTY, HEAD, LinkSource.STEWARD)
    assert judge(said, graph) == Added(said)
    assert isinstance(judge(a_link(COUNTY, PROVINCE), graph), Added), "only that very link was cut"


def test_a_tree_has_eight_levels_and_no_more() -> None:
    chain = [a_link(n, n + 1) for n in range(1, DEEPEST)]
    graph = a_graph(*chain)
    assert len(graph.ancestors(1)) == DEEPEST - 1
    assert code(judge(a_link(DEEPEST, DEEPEST + 1), graph)) is RefusalCode.TOO_DEEP, (
        "on top: its tree is as deep already"
    )
    assert code(judge(a_link(100, 1), graph)) is RefusalCode.TOO_DEEP, "below the lowest"
    assert isinstance(judge(a_link(100, 2), graph), Added)


def test_proposals_of_one_batch_see_each_other() -> None:
    graph = Graph()
    outcomes = judge_all([a_link(COUNTY, HEAD), a_link(PROVINCE, HEAD), a_link(COUNTY, PROVINCE)], graph)
    assert outcomes[2] == Relinked(a_link(COUNTY, PROVINCE), a_link(COUNTY, HEAD))
    assert graph.ancestors(COUNTY) == (PROVINCE, HEAD)
    assert graph.heights == {HEAD: 2, PROVINCE: 1}


def test_a_merged_childs_link_does_not_displace_the_one_that_is_shown() -> None:
    graph = a_graph(a_link(CITY, PROVINCE), roots={OTHER: CITY})
    assert judge(a_link(OTHER, HEAD), graph) == Added(a_link(OTHER, HEAD)), "a parent of its own, for after the merge"
    graph.put(a_link(OTHER, HEAD))
    assert graph.ancestors(CITY) == (PROVINCE,)


proposals = st.lists(st.builds(a_link, st.integers(1, 9), st.integers(1, 9), st.sampled_from(LinkSource)), max_size=40)


@given(proposals)
def test_whatever_is_proposed_the_tree_stays_a_tree(proposed: list[Link]) -> None:
    graph = Graph()
    judge_all(proposed, graph)
    for customer_id in range(1, 10):
        above = graph.ancestors(customer_id)
        assert customer_id not in above
        assert len(set(above)) == len(above) < DEEPEST


@given(proposals)
def test_judging_again_what_was_accepted_changes_nothing(proposed: list[Link]) -> None:
    graph = Graph()
    judge_all(proposed, graph)
    for link in graph.own.values():
        assert judge(link, graph) == Kept(link, Why.KNOWN)
