"""A known name is found again under the keys that its variants ask for."""

from collections.abc import Callable

import pytest

from daysheet.dedupe.keys import asked_for, certain, filed_under, grams, key, pairs
from daysheet.dedupe.profiles import Profile

Read = Callable[[str], Profile]
MOST_KEYS = 16
"""Keys that one everyday name may take; each takes room for every customer."""


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("杭州云帆建材", "杭州云帆建材有限公司"),  # form dropped
        ("云帆建材有限公司", "杭州云帆建材有限公司"),  # region dropped
        ("云帆（杭州）建材有限公司", "杭州云帆建材有限公司"),  # region moved
        ("杭州云帆", "杭州云帆建材有限公司"),  # trade dropped
        ("云帆", "杭州云帆建材有限公司"),
        ("云建", "云帆建材有限公司"),
        ("杭云", "杭州云帆建材有限公司"),
        ("云翻建材有限公司", "杭州云帆建材有限公司"),  # one slip
        ("杭州帆云建材有限公司", "杭州云帆建材有限公司"),
        ("杭州云云帆建材有限公司", "杭州云帆建材有限公司"),
        ("杭州云建材有限公司", "杭州云帆建材有限公司"),
        ("抗州云帆建材有限公司", "杭州云帆建材有限公司"),
        ("杭州市第一人名医院", "杭州市第一人民医院"),
        ("杭州市医中院", "杭州市中医院"),
        ("杭杭州市中医院", "杭州市中医院"),
        ("东医二院", "东医第二医院"),
        ("川航", "四川航空有限公司"),
        ("工行富阳支行", "中国工商银行股份有限公司杭州富阳支行"),  # a branch in short
        ("工行", "中国工商银行股份有限公司"),
        ("建行杭州延安支行", "中国建设银行杭州延安路支行"),
        ("Tavalor Marine Service Ltd", "Tavalor Marine Services Ltd"),
        ("Marine Services Tavalor", "Tavalor Marine Services Ltd"),
        ("Tavelor Marine Services", "Tavalor Marine Services Ltd"),
        ("Zenmiel Systems", "Zenriel Systems"),  # in the middle, which both halves lose
        ("Ritdi Systems", "Ritri Systems"),  # in a short word, which has no halves
        ("Riti Systems", "Ritri Systems"),
        ("Rittri Systems", "Ritri Systems"),
        ("海云舟物流有限公司", "海云帆舟物流有限公司"),  # the middle of three
        ("TIM", "TIM - Tavalor Institute of Management"),
        ("TMS", "Tavalor Marine Services Ltd"),
        ("Hangzhou Water Resources Bureau", "杭州市水利局"),  # from the other language
        ("Hangzhou No.2 Middle School", "杭州市第二中学"),
    ],
)
def test_a_variant_asks_for_a_key_of_the_known_name(read: Read, typed: str, known: str) -> None:
    assert asked_for(read(typed)).keys() & filed_under(read(known))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("杭州云帆建材", "杭州云帆建材有限公司"),
        ("云帆建材有限公司", "杭州云帆建材有限公司"),
        ("云帆建材有限公司", "饶平云帆建材有限公司"),  # a county's short name is not read as a place
        ("云帆（杭州）建材有限公司", "杭州云帆建材有限公司"),
        ("工行富阳支行", "中国工商银行股份有限公司杭州富阳支行"),
        ("工行", "中国工商银行股份有限公司"),
        ("杭州第一人民医院", "杭州市第一人民医院"),
        ("Marine Services Tavalor", "Tavalor Marine Services Ltd"),
    ],
)
def test_what_decides_by_itself_is_among_the_certain_keys(read: Read, typed: str, known: str) -> None:
    assert certain(read(typed)).keys() & filed_under(read(known))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("宁波银行城西支行", "宁波银行城西支行"),
        ("中国农业银行杭州（西湖支行）", "中国农业银行杭州西湖支行"),  # the site in brackets
        ("（杭州西湖）农业银行", "中国农业银行杭州西湖支行"),
        ("西湖农行", "中国农业银行西湖支行"),  # before the bank
        ("杭州农行西湖支行", "中国农业银行杭州西湖支行"),
    ],
)
def test_a_branch_is_found_wherever_its_site_is_written(read: Read, typed: str, known: str) -> None:
    assert asked_for(read(typed)).keys() & filed_under(read(known))


@pytest.mark.parametrize(
    "parent", ["中国工商银行股份有限公司", "中国工商银行杭州分行", "中国工商银行浙江省杭州市富阳支行"]
)
def test_a_branch_asks_for_its_parents_too(read: Read, parent: str) -> None:
    typed = read("中国工商银行杭州富阳迎宾路支行")
    assert certain(typed).keys() & filed_under(read(parent))


def test_the_certain_keys_are_among_those_asked_for(read: Read) -> None:
    for name in ("杭州云帆建材有限公司", "工行富阳支行", "工行", "杭州市中医院", "Tavalor Marine Services Ltd"):
        assert certain(read(name)).keys() <= asked_for(read(name)).keys()


def test_a_name_asks_for_most_of_what_it_is_filed_under(read: Read) -> None:
    for name in ("杭州云帆建材有限公司", "工行富阳支行", "杭州市中医院", "Tavalor Marine Services Ltd"):
        own = read(name)
        assert len(filed_under(own) & asked_for(own).keys()) > len(filed_under(own)) / 2


def test_a_whole_name_weighs_more_than_a_pair_of_characters(read: Read) -> None:
    asked = asked_for(read("杭州云帆建材有限公司"))
    assert asked[key("S", "云帆建材")] > asked[key("c", "云帆")] > asked[key("g", "帆建")]


@pytest.mark.parametrize(
    "name",
    ["杭州云帆建材有限公司", "云帆国际货运代理有限公司", "中国工商银行杭州富阳支行", "Tavalor Marine Services Ltd"],
)
def test_a_name_takes_few_keys(read: Read, name: str) -> None:
    assert len(filed_under(read(name))) <= MOST_KEYS


def test_a_key_fits_the_column_and_depends_on_its_tag() -> None:
    assert -(2**23) <= key("c", "云帆") < 2**23 <= key("S", "云帆") < 2**31
    assert key("S", "云帆") == key("S", "云帆")
    assert key("S", "云帆") != key("c", "云帆")


def test_pairs_are_neighbours_and_grams_also_leave_one_out() -> None:
    assert pairs("云帆建材") == {"云帆", "帆建", "建材"}
    assert grams("云帆建材") == {"云帆", "帆建", "建材", "云建", "帆材"}
    assert pairs("云") == grams("云") == set()


def test_the_shortest_names_have_keys(read: Read) -> None:
    for name in ("云帆", "IBM", "工行"):
        assert filed_under(read(name))
        assert asked_for(read(name))
