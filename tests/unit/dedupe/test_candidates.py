"""The few who share a name's rarest keys; judging them is as good as judging everybody."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.dedupe.candidates import BUDGET, MOST, RARITY, propose
from daysheet.dedupe.judge import NEAR_CHINESE, Judged
from daysheet.store.names import ResidentPostings
from tests.unit.dedupe.conftest import Master

FILED = st.lists(st.frozensets(st.integers(0, 12), max_size=6), max_size=60)
ASKED = st.dictionaries(st.integers(0, 14), st.sampled_from([1.0, 2.0, 5.0]), max_size=8)


def postings_of(filed: list[frozenset[int]]) -> ResidentPostings:
    """File customers 1, 2, … under keys."""
    made = ResidentPostings()
    for owner, keys in enumerate(filed, start=1):
        made.add(owner, keys)
    return made


@given(FILED, ASKED)
def test_candidates_are_ranked_by_the_keys_they_share(filed: list[frozenset[int]], asked: dict[int, float]) -> None:
    found, used = propose(asked, postings_of(filed))
    counts = Counter(key for keys in filed for key in keys)
    votes = {
        owner: sum(asked[key] / counts[key] ** RARITY for key in sorted(keys & asked.keys()))
        for owner, keys in enumerate(filed, start=1)
        if keys & asked.keys()
    }
    assert used == {key for key in asked if counts[key]}
    assert len(found) == min(MOST, len(votes))
    assert len(set(found)) == len(found)
    ranked = [votes[owner] for owner in found]
    assert ranked == pytest.approx(sorted(votes.values(), reverse=True)[: len(found)])


def test_nothing_asked_or_nothing_known_gives_nobody() -> None:
    assert propose({}, postings_of([frozenset({1})])) == ([], frozenset())
    assert propose({1: 1.0}, postings_of([])) == ([], frozenset())


def test_equals_are_ranked_by_their_numbers() -> None:
    found, _ = propose({1: 1.0}, postings_of([frozenset({1})] * 5))
    assert found == [1, 2, 3, 4, 5]


def test_a_rare_key_comes_before_a_common_one_and_a_heavy_one_before_a_light_one() -> None:
    filed = [*[frozenset({1})] * 9, frozenset({2}), frozenset({3})]
    found, _ = propose({1: 1.0, 2: 1.0, 3: 5.0}, postings_of(filed))
    assert found[:2] == [11, 10]


class _Counting(ResidentPostings):
    """Remembers how much was fetched."""

    fetched = 0

    def fetch(self, wanted):  # type: ignore[no-untyped-def]
        found = super().fetch(wanted)
        self.fetched += sum(map(len, found.values()))
        return found


def test_common_keys_never_cost_more_than_the_budget() -> None:
    made = _Counting()
    for owner in range(1, BUDGET):
        made.add(owner, range(5))
    propose(dict.fromkeys(range(5), 1.0), made)
    assert 0 < made.fetched <= BUDGET


# ---- brute force is the oracle -----------------------------------------------------------------

TOWNS = ("杭州", "苏州市", "宁波", "南京市", "无锡", "嘉兴市", "")
BRANDS = ("云帆", "海天", "远山", "恒泰达", "明润", "瑞丰源", "启航", "中铁十", "中铁十一")
TRADES = ("建材", "商贸", "国际货运代理", "信息技术", "纺织", "工程")
FORMS = ("有限公司", "股份有限公司", "集团有限公司", "有限责任公司")
BODIES = ("第一人民医院", "第二人民医院", "人民医院", "中医院", "第一中学", "水利局", "教育局")
BANKS = ("工行", "中国建设银行", "招商银行", "宁波银行")
SITES = ("延安路", "西湖", "富阳", "迎宾路", "城南", "")
TYPES = ("支行", "分行", "分理处", "")
WORDS = ("Tavalor", "Zendor", "Marine", "Optics", "Services", "Foods", "Nordic", "Group")
ENDINGS = (" Ltd", " GmbH", "")


def invented(dice: random.Random) -> str:
    """Return a name by rule."""
    kind = dice.random()
    if kind < 0.45:
        return dice.choice(TOWNS) + dice.choice(BRANDS) + dice.choice(TRADES) + dice.choice(FORMS)
    if kind < 0.6:
        return dice.choice(TOWNS[:-1]) + dice.choice(BODIES)
    if kind < 0.85:
        return dice.choice(BANKS) + dice.choice(TOWNS) + dice.choice(SITES) + dice.choice(TYPES)
    return " ".join(dice.sample(WORDS, dice.randint(2, 3))) + dice.choice(ENDINGS)


def varied(name: str, dice: random.Random) -> str:
    """Return a name as somebody may write it."""
    kind = dice.randrange(6)
    at = dice.randrange(max(len(name) - 1, 1))
    if kind == 0:
        return name.removesuffix("有限公司")
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
    if kind == 3:
        return name[: at + 1] + name[at:]
    if kind == 4:
        return name.removeprefix(next((town for town in TOWNS if name.startswith(town)), ""))
    return name


@pytest.fixture(scope="module")
def crowd() -> tuple[list[str], list[str]]:
    """Some hundred names that resemble each other, and variants of them and of others."""
    dice = random.Random(11)
    names = sorted({invented(dice) for _ in range(420)})
    asked = [varied(dice.choice(names), dice) for _ in range(250)] + [invented(dice) for _ in range(150)]
    return names, sorted(set(asked))


def test_judging_the_candidates_is_as_good_as_judging_everybody(
    master: Callable[..., Master], crowd: tuple[list[str], list[str]]
) -> None:
    names, asked = crowd
    known = master(*(name for name in names if _is_name(master, name)))
    readable = [name for name in asked if _is_name(master, name)]
    pairs = {name: (known.find(name), known.judge(name)) for name in readable}
    differing = {name: both for name, both in pairs.items() if _outcome(both[0]) != _outcome(both[1])}
    # a slip in the one word that tells may hide a customer; never does it make a wrong one
    assert len(differing) <= len(readable) / 100, differing
    assert not [name for name, (found, oracle) in differing.items() if found.match not in (None, oracle.match)]
    assert sum(found.match is not None for found, _ in pairs.values()) > len(readable) / 3


def _is_name(master: Callable[..., Master], name: str) -> bool:
    try:
        master().read(name)
    except AssertionError:
        return False
    return True


def _outcome(judged: Judged) -> object:
    """Return what decides: the match, else who is asked about, those apart that are shown only to fill the list."""
    if judged.match is not None:
        return judged.match
    asked = [one.customer_id for one in judged.candidates if one.score >= NEAR_CHINESE]
    return (judged.is_question, judged.parent, asked)


@given(st.integers(0, 10_000))
def test_a_customers_own_name_is_always_proposed_first(seed: int) -> None:
    dice = random.Random(seed)
    filed = [frozenset(dice.sample(range(40), 6)) for _ in range(30)]
    own = dice.randrange(30)
    found, _ = propose(dict.fromkeys(filed[own], 1.0), postings_of(filed))
    assert own + 1 in found[: 1 + sum(filed[own] <= other for other in filed)]
