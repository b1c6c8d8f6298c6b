"""Two names compared: the pair table in both orders, and what holds for any two names whatever."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.i18n import text
from daysheet.model.names import Kind
from daysheet.model.text import Language
from daysheet.naming.compare import Comparison, Relation, compare
from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import load
from tests.effort import examples
from tests.unit.naming.pairs import PAIRS, Row

LEXICON = load()
ENGINE = NamingEngine(LEXICON)


def compared(left: str, right: str) -> Comparison:
    return compare(ENGINE.parse(left), ENGINE.parse(right), LEXICON)


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: f"{row.number}")
def test_a_pair_of_the_table_is_what_it_says(row: Row) -> None:
    found = compared(row.left, row.right)
    assert found.relation is row.relation
    assert found.child == ("a" if row.relation is Relation.PARENT_CHILD else "")
    assert ("same_brand" in found.hints) or not row.is_same_brand


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: f"{row.number}")
def test_the_order_of_a_pair_does_not_matter(row: Row) -> None:
    found = compared(row.right, row.left)
    assert found.relation is row.relation
    assert found.child == ("b" if row.relation is Relation.PARENT_CHILD else "")
    assert ("same_brand" in found.hints) or not row.is_same_brand


def test_the_table_is_whole() -> None:
    assert [row.number for row in PAIRS] == list(range(1, 77))


# ---- what decides --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("veto", "left", "right"),
    [
        ("V1", "杭州华信科技有限公司", "南京华信科技有限公司"),
        ("V1", "Acme (China) Ltd", "Acme (Japan) Ltd"),
        ("V2", "第一机床有限公司", "第二机床有限公司"),
        ("V4", "中国矿业大学（徐州）", "中国矿业大学（北京）"),
        ("V5", "华东机电有限公司", "华北机电有限公司"),
        ("V5", "东山实业有限公司", "西山实业有限公司"),
        ("V6", "海棠医院", "海棠学院"),
        ("V7", "海南省中医院", "海口市中医院"),
        ("V8", "南京大学附属中学", "苏州大学附属中学"),
        ("V9", "汉诚集团有限公司", "汉诚有限公司"),
        ("V10", "汉诚电缆有限公司", "汉诚物业有限公司"),
    ],
)
def test_a_veto_keeps_two_names_apart(veto: str, left: str, right: str) -> None:
    found = compared(left, right)
    assert veto in found.vetoes
    assert found.relation in (Relation.DIFFERENT, Relation.SIBLING)


@pytest.mark.parametrize(
    ("cap", "left", "right"),
    [
        ("A1", "海棠之家有限公司", "海堂之家有限公司"),
        ("A1", "东方海棠光电有限公司", "东方海裳光电有限公司"),
        ("A2", "杭州海棠电器有限公司", "海棠电器有限公司"),
        ("A2", "浙江海棠电器有限公司", "杭州海棠电器有限公司"),
        ("A2", "Acme Pte Ltd", "Acme Ltd"),
        ("A3", "海棠电器有限公司", "海棠电器股份有限公司"),
        ("A3", "Acme Inc", "Acme Corp"),
        ("A4", "海棠", "海棠电器有限公司"),
        ("A5", "朝阳区财政局", "北京市朝阳区财政局"),
        ("A5", "上海市卢湾区财政局", "上海市黄浦区财政局"),
        ("A6", "杭州海棠电器有限公司", "海棠电器（杭州）有限公司"),
        ("A7", "昇辉电器有限公司", "升辉电器有限公司"),
        ("A9", "海棠（中国）有限公司", "海棠（中国）网络技术有限公司"),
        ("A10", "工行杭州文晖支行", "工行杭州文晖"),
        ("A10", "工行杭州文晖路支行", "工行杭州文晖"),
    ],
)
def test_a_cap_leaves_a_question(cap: str, left: str, right: str) -> None:
    found = compared(left, right)
    assert cap in found.caps
    assert found.relation is Relation.AMBIGUOUS


@pytest.mark.parametrize(
    ("left", "right"), [("山西海棠有限公司", "陕西海棠有限公司"), ("苏州移动", "宿州移动"), ("福州工行", "抚州工行")]
)
def test_places_that_sound_alike_are_other_places(left: str, right: str) -> None:
    assert compared(left, right).relation in (Relation.SIBLING, Relation.DIFFERENT)


def test_equal_credit_codes_make_one_and_others_never() -> None:
    one, other = ENGINE.parse("海棠电器有限公司（91440300708461136T）"), ENGINE.parse("海棠（91440300708461136T）")
    third = ENGINE.parse("海棠电器有限公司（914403001922038216）")
    assert compare(one, other, LEXICON).relation is Relation.SAME
    assert compare(one, third, LEXICON).relation is Relation.DIFFERENT


def test_a_branch_with_a_code_of_its_own_is_still_a_branch() -> None:
    whole = ENGINE.parse("海棠电器有限公司（91440300708461136T）")
    branch = ENGINE.parse("海棠电器有限公司北京分公司（914403001922038216）")
    assert compare(branch, whole, LEXICON).relation is Relation.PARENT_CHILD


def test_a_former_name_in_brackets_makes_one() -> None:
    assert compared("海棠电器有限公司（原名：木槿电器有限公司）", "木槿电器有限公司").relation is Relation.SAME


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("慈溪工行", "宁波工行"),
        ("宁波工行", "中国工商银行"),
        ("招行杭州凤起支行", "招商银行杭州分行"),
        ("海棠电器有限公司北京分公司", "海棠电器有限公司"),
        ("富阳联通", "杭州联通"),
        ("杭州供电公司", "国家电网"),
        ("中国铁路上海局集团有限公司", "中国国家铁路集团有限公司"),
        ("人保财险余杭支公司", "人保财险杭州市分公司"),
        ("浙江省人民政府驻北京办事处", "浙江省人民政府"),
        ("中国科学院自动化研究所", "中国科学院"),
    ],
)
def test_one_belongs_under_the_other(child: str, parent: str) -> None:
    found = compared(child, parent)
    assert (found.relation, found.child) == (Relation.PARENT_CHILD, "a")
    assert found.parent is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("宁波工行", "浙江省工行"),  # a planned city reports to the head office
        ("苏州建行", "江苏省建行"),  # so does this one
        ("慈溪工行", "浙江省工行"),  # and what is under such a branch is not under the province
        ("杭州招行", "浙江招行"),  # a joint-stock bank has one tier of branches
        ("海棠电器有限公司北京分公司", "海棠电器有限公司上海分公司"),
        ("南京大学附属鼓楼医院", "南京大学附属口腔医院"),
        ("平安产险宁波分公司", "平安产险杭州分公司"),
        ("慈溪移动", "余姚移动"),
    ],
)
def test_two_are_sisters(left: str, right: str) -> None:
    assert compared(left, right).relation is Relation.SIBLING


@pytest.mark.parametrize(
    ("left", "right", "relation"),
    [
        ("杭州市卫生局", "杭州市卫生健康委员会", Relation.SAME),
        ("杭州市建设局", "杭州市住房和城乡建设局", Relation.SAME),
        ("杭州市国土资源局", "杭州市自然资源局", Relation.AMBIGUOUS),
        ("杭州市国土资源局", "南京市自然资源局", Relation.DIFFERENT),
        ("杭州市公安消防支队", "杭州市消防救援支队", Relation.AMBIGUOUS),
    ],
)
def test_an_authority_that_was_renamed_is_the_same_and_one_that_was_joined_a_question(
    left: str, right: str, relation: Relation
) -> None:
    assert compared(left, right).relation is relation


def test_a_county_of_one_character_is_a_place() -> None:
    assert compared("萧县云帆建材有限公司", "砀山县云帆建材有限公司").vetoes == ("V1",)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("工行青岛市南支行", "市南"),  # the district, not the city and 南
        ("工行济宁市中支行", "市中"),
        ("青岛市南区教育局", "市南区"),
        ("工行青岛市南京路支行", "青岛市"),  # the street
        ("济南市中医医院", "济南市"),
        ("长春市南关区教育局", "南关区"),
    ],
)
def test_a_district_may_begin_with_the_last_character_of_its_city(name: str, place: str, engine: NamingEngine) -> None:
    assert engine.parse(name).regions[-1].text == place


def test_a_rejected_name_is_nobody() -> None:
    assert compared("无", "无").relation is Relation.DIFFERENT


# ---- for any two names ---------------------------------------------------------------------------

PLACES = [
    "",
    "北京",
    "浙江省",
    "杭州市",
    "余杭",
    "慈溪",
    "吉林",
    "吉林市",
    "朝阳",
    "上海市卢湾区",
    "上海市黄浦区",
    "宁波",
]
BRANDS = ["海棠", "海堂", "昇辉", "升辉", "华东木槿", "华北木槿", "第一机床", "第二机床", "一汽海棠"]
TRADES = ["", "电器", "科技", "物业", "网络技术"]
GROUPS = ["", "集团", "（集团）", "控股"]
FORMS = ["", "有限公司", "有限责任公司", "股份有限公司", "公司"]
BANKS = ["工行", "中国工商银行股份有限公司", "建行", "招行", "农商行", "海棠银行"]
UNITS = ["", "分行", "支行", "文晖支行", "文晖路支行", "文晖", "富阳支行龙山分理处", "数据中心", "总行"]
SYSTEMS = ["移动", "联通", "电信", "邮政", "供电公司", "烟草", "人保财险", "平安产险"]
BODIES = [
    "教育局",
    "人民医院",
    "第一医院",
    "海棠大学",
    "国土资源局",
    "自然资源局",
    "海棠大学附属医院",
    "海棠大学（宁波）",
]


def joined(*lists: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.sampled_from(words) for words in lists)).map("".join)


NAMES = (
    joined(PLACES, BRANDS, TRADES, GROUPS, FORMS)
    | joined(BRANDS, ["（北京）", "（杭州）", "（中国）"], TRADES, FORMS)
    | joined(PLACES, BRANDS, TRADES, ["有限公司"], PLACES, ["分公司", "办事处"])
    | joined(PLACES, BANKS, UNITS)
    | joined(BANKS, PLACES, UNITS)
    | joined(PLACES, SYSTEMS)
    | joined(PLACES, BODIES)
    | st.sampled_from([row.left for row in PAIRS] + [row.right for row in PAIRS])
)


@settings(max_examples=examples(800), deadline=None)
@given(NAMES, NAMES)
def test_the_outcome_is_the_same_from_both_sides(left: str, right: str) -> None:
    there, back = compared(left, right), compared(right, left)
    assert there.relation is back.relation
    assert there.child == {"a": "b", "b": "a", "": ""}[back.child]
    assert there.score == back.score
    assert set(there.vetoes) == set(back.vetoes)
    assert set(there.caps) == set(back.caps)
    assert set(there.hints) == set(back.hints)


@settings(max_examples=examples(800), deadline=None)
@given(NAMES, NAMES)
def test_nothing_is_one_across_a_veto_or_under_a_cap(left: str, right: str) -> None:
    found = compared(left, right)
    if found.vetoes:
        assert found.relation in (Relation.DIFFERENT, Relation.SIBLING)
    if found.relation is Relation.SAME:
        assert not found.caps
    assert 0.0 <= found.score <= 1.0


@settings(max_examples=examples(400), deadline=None)
@given(NAMES)
def test_a_name_is_itself_or_a_question(name: str) -> None:
    parse = ENGINE.parse(name)
    if not parse.is_rejected:
        found = compared(name, name)
        assert found.relation is Relation.SAME or (found.relation is Relation.AMBIGUOUS and found.caps)


@settings(max_examples=examples(400), deadline=None)
@given(NAMES)
def test_a_name_and_its_canonical_form_are_never_told_apart(name: str) -> None:
    parse = ENGINE.parse(name)
    if not parse.is_rejected:
        assert compared(name, parse.canonical).relation in (Relation.SAME, Relation.AMBIGUOUS)


@settings(max_examples=examples(400), deadline=None)
@given(joined(BRANDS, TRADES, FORMS), st.sampled_from(PLACES[1:6]))
def test_a_place_left_out_never_tells_two_apart(name: str, place: str) -> None:
    if ENGINE.parse(name).kind is Kind.ENTERPRISE:
        assert compared(f"{place}{name}", name).relation is Relation.AMBIGUOUS


@pytest.mark.parametrize("bank", ["工行", "招行"])
@pytest.mark.parametrize("place", ["杭州", "宁波", "北京", "浙江省"])
def test_an_assumed_branch_type_never_tells_two_apart(bank: str, place: str) -> None:
    assumed = compared(f"{place}{bank}", f"{bank}{place}支行")
    assert assumed.relation is Relation.AMBIGUOUS
    assert assumed.caps == ("A10",)


@pytest.mark.parametrize(
    ("left", "right"),
    [("人民医院", "杭州市人民医院"), ("附属医院", "海棠大学附属医院"), ("海棠大学", "海棠大学（宁波）")],
)
def test_a_missing_place_or_host_is_a_question(left: str, right: str) -> None:
    assert compared(left, right).relation in (Relation.AMBIGUOUS, Relation.PARENT_CHILD)


@settings(max_examples=examples(300), deadline=None)
@given(NAMES, NAMES)
def test_every_reason_can_be_told_in_both_languages(left: str, right: str) -> None:
    found = compared(left, right)
    assert found.reasons
    for reason in found.reasons:
        for language in Language:
            assert text(reason, language)


def test_a_veto_can_be_switched_off(engine_with: Callable[..., NamingEngine]) -> None:
    engine = engine_with(matching={"vetoes": ["V1"]})
    a, b = engine.parse("汉诚电缆有限公司"), engine.parse("汉诚物业有限公司")
    assert compare(a, b, engine.lexicon).vetoes == ()
    assert compare(a, b, LEXICON).vetoes == ("V10",)
