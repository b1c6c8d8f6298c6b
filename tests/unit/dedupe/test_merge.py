from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from daysheet.dedupe.links import Graph
from daysheet.dedupe.merge import MergePlan, Side, blocking, plan
from daysheet.dedupe.survivorship import Member, Value
from daysheet.model.memory import Judgement, Link, MergeEvent, Refusal, RefusalCode, Says

AT = datetime(2026, 3, 4, tzinfo=UTC)
VALID, OTHER_VALID = "91440300708461136T", "914403001922038216"


def a_side(number: int, *others: int, kept: Mapping[str, int] | None = None, **values: str) -> Side:
    members = [Member(number, {name: Value(text) for name, text in values.items()})]
    return Side(number, f"客户{number}", (*members, *(Member(one, {}) for one in others)), kept or {})


def a_judgement(left: int, right: int, says: Says, number: int = 7) -> Judgement:
    return Judgement(number, left, right, says, "", "E9", AT)


def an_event(number: int, winner: int, loser: int, *also: int, judgement: int | None = None) -> MergeEvent:
    before = {"winner": {"id": winner}, "moved": [{"id": one} for one in (loser, *also)]}
    return MergeEvent(number, winner, loser, before, {}, "E9", AT, judgement)


def refused(outcome: object) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def planned(outcome: object) -> MergePlan:
    assert isinstance(outcome, MergePlan), outcome
    return outcome


def test_everyone_in_the_losers_cluster_moves() -> None:
    done = planned(plan(a_side(1, 2), a_side(3, 4, 5), [], Graph(), {}))
    assert (done.winner_id, done.loser_id, done.moved) == (1, 3, {3, 4, 5})


@pytest.mark.parametrize(
    ("says", "code"),
    [(Says.DIFFERENT, RefusalCode.JUDGED_DIFFERENT), (Says.RELATED, RefusalCode.JUDGED_RELATED)],
)
def test_a_judgement_between_anyone_of_both_keeps_them_apart(says: Says, code: RefusalCode) -> None:
    refusal = refused(plan(a_side(1, 2), a_side(3, 4), [a_judgement(2, 4, says)], Graph(), {}))
    assert refusal.code is code
    assert refusal.params == {
        "left": 2, "right": 4, "judgement": 7, "actor": "E9", "on": AT, "reason": "–"
    }  # fmt: skip


def test_what_was_judged_the_same_stands_in_nobodys_way() -> None:
    planned(plan(a_side(1), a_side(3), [a_judgement(1, 3, Says.SAME)], Graph(), {}))


def test_the_same_valid_code_in_both_clusters_is_no_conflict() -> None:
    planned(plan(a_side(1, credit_code=VALID), a_side(2, credit_code=VALID), [], Graph(), {}))
    planned(plan(a_side(1, credit_code=VALID), a_side(2, credit_code="000"), [], Graph(), {}))
    assert (
        refused(plan(a_side(1, credit_code=VALID), a_side(2, credit_code=OTHER_VALID), [], Graph(), {})).code
        is RefusalCode.TWO_CREDIT_CODES
    )


def test_keeping_the_losers_value_names_whose_it_is() -> None:
    loser = Side(3, "客户3", (Member(3, {}), Member(4, {"city": Value("杭州")})))
    done = planned(plan(a_side(1, city="浙江省杭州市"), loser, [], Graph(), {"city": "loser"}))
    assert done.kept == {"city": 4}
    assert done.overlay["city"].text == "杭州"


def test_the_lines_show_both_and_the_result() -> None:
    done = planned(plan(a_side(1, city="杭州"), a_side(2, city="杭州市", phone="88880000"), [], Graph(), {}))
    assert [
        (line.field, line.winner, line.loser, line.result.text) for line in done.lines if line.field != "status"
    ] == [
        ("city", "杭州", "杭州市", "杭州市"),
        ("phone", "", "88880000", "88880000"),
    ]


def test_a_parent_that_is_not_there_cannot_be_kept() -> None:
    assert refused(plan(a_side(1), a_side(2), [], Graph(), {"parent": "loser"})).code is RefusalCode.NOTHING_TO_KEEP


def test_merging_past_a_customer_in_between_would_make_it_its_own_ancestor() -> None:
    graph = Graph()
    graph.put(Link(3, 2))
    graph.put(Link(2, 1))
    for one, other in ((1, 3), (3, 1)):
        assert refused(plan(a_side(one), a_side(other), [], graph, {})).params["between"] == 2
    planned(plan(a_side(1), a_side(2), [], graph, {}))


def test_the_last_merge_on_top_blocks() -> None:
    first, second, third = an_event(1, 10, 11), an_event(2, 12, 10, 11), an_event(3, 13, 12, 10, 11)
    assert blocking(first, (first, second, third), {}) == third
    assert blocking(second, (first, second, third), {}) == third
    assert blocking(third, (first, second, third), {}) is None


def test_earlier_merges_and_merges_beside_it_do_not_block() -> None:
    first, second, third = an_event(1, 10, 11), an_event(2, 10, 12), an_event(3, 10, 13, judgement=7)
    assert blocking(second, (first, second, third), {7: a_judgement(10, 13, Says.SAME)}) is None


def test_a_merge_that_named_what_was_brought_in_blocks() -> None:
    first, second = an_event(1, 10, 11), an_event(2, 10, 12, judgement=7)
    assert blocking(first, (first, second), {7: a_judgement(11, 12, Says.SAME)}) == second
