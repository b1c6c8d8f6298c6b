"""Which known customer a typed name is, a question, or new: every situation, seen against a whole master."""

from collections.abc import Callable

import pytest

from daysheet.dedupe.judge import SHOWN, Judged
from tests.unit.dedupe.conftest import Master

Make = Callable[..., Master]
ICBC = "中国工商银行股份有限公司"


def ids(judged: Judged) -> list[int]:
    """Return the customers a question names."""
    return [one.customer_id for one in judged.candidates]


@pytest.mark.parametrize(
    ("typed", "known", "why"),
    [
        ("杭州云帆建材", "杭州云帆建材有限公司", "same"),
        ("杭州云帆建材有限公司", "杭州云帆建材有限责任公司", "same"),
        ("云帆（杭州）建材有限公司", "杭州云帆建材有限公司", "moved"),
        ("杭州人民医院", "杭州市人民医院", "moved"),
        ("云帆建材有限公司", "杭州云帆建材有限公司", "unplaced"),
        ("云帆建材", "杭州云帆建材有限公司", "unplaced"),
        ("海天云帆", "海天云帆建材有限公司", "short"),
        ("杭州云翻建材有限公司", "杭州云帆建材有限公司", "slip homophone"),
        ("杭州云云帆建材有限公司", "杭州云帆建材有限公司", "slip doubled"),
        ("杭州云建材有限公司", "杭州云帆建材有限公司", "slip lost"),
        ("杭州帆云建材有限公司", "杭州云帆建材有限公司", "slip swapped"),
        ("工行", ICBC, "bank"),
        ("北京工行", f"{ICBC}北京市分行", "unit"),
        ("建行杭州延安路", "建行杭州延安路支行", "unit"),
        ("建行延安路支行", "建行杭州延安路支行", "unit"),
        ("建行杭州延鞍路支行", "建行杭州延安路支行", "slip homophone"),
        ("Tavalor Optics", "Tavalor Optics Ltd", "same"),
        ("Tavelor Marine Services", "Tavalor Marine Services", "slip other"),
    ],
)
def test_what_is_certain_matches_by_itself(master: Make, typed: str, known: str, why: str) -> None:
    judged = master("临安远山纺织有限公司", known).judge(typed)
    assert (judged.match, judged.why) == (2, why)
    assert not judged.is_question


@pytest.mark.parametrize(
    ("typed", "known", "why"),
    [
        ("杭州云帆建材股份有限公司", "杭州云帆建材有限公司", "moved"),  # another legal form
        ("中铁十局", "中铁十局集团有限公司", "slip"),  # short, with a number
        ("云帆", "杭州云帆建材有限公司", "short"),  # two characters
        ("云帆股份", "云帆建材股份有限公司", "short"),
        ("中国云帆", "中国云帆建材有限公司", "short"),
        ("杭州云舟国际货运代理有限公司", "杭州云帆国际货运代理有限公司", "slip"),  # another character
        ("杭州云帆建材有限公司", "云帆建材有限公司", "placed"),  # a place more
        ("浙江云帆建材有限公司", "杭州云帆建材有限公司", "placed"),  # a wider place
        ("人民医院", "杭州市人民医院", "placed"),  # a name that every town has
        ("建行杭州延安支行", "建行杭州延安路支行", "unit"),  # the street left out
        ("建行城南支行", "建行杭州城南支行", "unit"),  # a site that every town has
        ("IBM", "Indigo Boat Makers Ltd", "spelling"),  # three letters are anybody's
        ("TMS", "TMS Ltd", "same"),
        ("Optics Tavalor", "Tavalor Optics", "spelling"),
        ("Tavalor Optics Inc", "Tavalor Optics GmbH", "same"),
        ("Hangzhou Water Resources Bureau", "杭州市水利局", "near"),
    ],
)
def test_what_is_doubtful_is_a_question(master: Make, typed: str, known: str, why: str) -> None:
    judged = master("临安远山纺织有限公司", known).judge(typed)
    assert judged.match is None
    assert judged.is_question
    assert judged.why == why
    assert ids(judged)[0] == 2


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("中铁十局", "中铁十一局集团有限公司"),
        ("中铁十局集团有限公司", "中铁十一局集团有限公司"),
        ("杭州市第一人民医院", "杭州市第二人民医院"),
        ("苏州云帆建材有限公司", "杭州云帆建材有限公司"),
        ("杭州云帆集团有限公司", "杭州云帆有限公司"),
        ("杭州云帆建筑有限公司", "杭州云帆建材有限公司"),
        ("云海纺织有限公司", "杭州云帆建材有限公司"),
        ("东海大学", "东海大学附属第一医院"),
        ("建行杭州凤起路支行", "建行杭州延安路支行"),
        ("工行杭州延安路支行", "建行杭州延安路支行"),
        ("杭州工行", f"{ICBC}浙江省分行"),
        ("Tavalor Foods", "Zendor Marine Services"),
    ],
)
def test_what_is_somebody_else_is_new_and_no_question(master: Make, typed: str, known: str) -> None:
    judged = master(known).judge(typed)
    assert judged.match is None
    assert not judged.is_question


@pytest.mark.parametrize(
    ("typed", "first", "second"),
    [
        ("杭州云帆建材", "杭州云帆建材有限公司", "杭州云帆建材有限责任公司"),
        ("云帆建材有限公司", "杭州云帆建材有限公司", "苏州云帆建材有限公司"),
        ("云帆建材", "杭州云帆建材有限公司", "云帆新型建材有限公司"),
        ("海天云帆", "海天云帆建材有限公司", "海天云帆纺织有限公司"),
        ("杭州云翻建材有限公司", "杭州云帆建材有限公司", "杭州云凡建材有限公司"),
        ("建行延安路支行", "建行杭州延安路支行", "建行苏州延安路支行"),
        ("建行杭州延安路", "建行杭州延安路支行", "建行杭州延安路分理处"),
        ("工行", ICBC, "工商银行"),
        ("Tavalor Optics", "Tavalor Optics Ltd", "Tavalor Optics GmbH"),
    ],
)
def test_two_customers_that_a_name_may_mean_are_a_question(master: Make, typed: str, first: str, second: str) -> None:
    judged = master(first, second).judge(typed)
    assert judged.match is None
    assert set(ids(judged)) == {1, 2}
    # with one of them alone the same name is no question
    assert master(first).judge(typed).match == 1


def test_a_word_of_another_customer_is_no_slip(master: Make) -> None:
    judged = master("Tavalor Marine Services", "Tavelor Foods Ltd").judge("Tavelor Marine Services")
    assert judged.match is None
    assert ids(judged)[0] == 1


def test_the_right_number_is_asked_about_and_the_wrong_one_never(master: Make) -> None:
    judged = master("中铁十一局集团有限公司", "中铁十局集团有限公司").judge("中铁十局")
    assert ids(judged) == [2]


def test_every_name_of_a_customer_counts(master: Make) -> None:
    known = master("临安远山纺织有限公司")
    renamed = known.add("杭州云帆建材有限公司", "杭州海天新材料有限公司")
    assert known.judge("海天新材料有限公司").match == renamed
    assert known.judge("杭州云帆建材").match == renamed


def test_a_new_branch_has_the_nearest_known_one_above_it(master: Make) -> None:
    known = master(ICBC, f"{ICBC}杭州分行", f"{ICBC}杭州富阳支行")
    assert known.judge("工行杭州富阳迎宾路支行").parent == 3
    assert known.judge("工行杭州延安路支行").parent == 2
    assert known.judge("工行苏州观前街支行").parent == 1
    assert known.judge("建行杭州延安路支行").parent is None


@pytest.mark.parametrize(
    ("typed", "parent"),
    [
        ("杭州工行", 2),
        ("工行杭州西湖支行", 2),  # no branch of the town is known
        ("宁波工行", 1),  # planned separately: it answers to the head office
        ("南京工行", 1),  # another province
    ],
)
def test_a_town_is_under_its_provinces_branch_or_the_head_office(master: Make, typed: str, parent: int) -> None:
    judged = master(ICBC, f"{ICBC}浙江省分行").judge(typed)
    assert (judged.match, judged.parent) == (None, parent)


def test_a_joint_stock_banks_town_is_under_the_head_office(master: Make) -> None:
    assert master("招商银行股份有限公司", "招商银行浙江分行").judge("招行杭州分行").parent == 1


def test_a_site_that_many_towns_have_is_not_the_one_town_whose_district_it_is(master: Make) -> None:
    judged = master(ICBC, "工行杭州城西支行").judge("工行城西支行")
    assert judged.match is None
    assert ids(judged) == [2]


def test_only_a_banks_branch_gets_a_parent(master: Make) -> None:
    known = master(ICBC, f"{ICBC}杭州分行")
    typed = known.read("工行杭州延安路支行")
    assert known.decider.parent(typed, known.entries) == 2
    assert known.decider.parent(known.read("杭州云帆建材有限公司"), known.entries) is None


def test_no_more_are_shown_than_a_steward_can_look_at(master: Make) -> None:
    towns = ("杭州", "苏州", "宁波", "南京", "无锡", "常州", "嘉兴")
    judged = master(*(f"{town}云帆建材有限公司" for town in towns)).judge("云帆建材有限公司")
    assert len(judged.candidates) == SHOWN


def test_with_nobody_known_every_name_is_new(master: Make) -> None:
    for name in ("杭州云帆建材有限公司", "工行杭州分行", "工行", "Tavalor Optics"):
        judged = master().judge(name)
        assert (judged.match, judged.candidates, judged.parent) == (None, (), None)


def test_a_left_out_region_is_asked_about_where_another_name_ends_alike(master: Make) -> None:
    judged = master("杭州云帆建材有限公司", "陌上村云帆建材有限公司").judge("云帆建材有限公司")
    assert judged.match is None
    assert ids(judged) == [1, 2]


@pytest.mark.parametrize(
    ("typed", "is_certain"),
    [
        ("杭州云帆建材", True),
        ("云帆建材有限公司", True),
        ("杭州云翻建材有限公司", False),
        ("杭州云舟建材有限公司", False),
    ],
)
def test_only_whole_names_are_beyond_doubt_at_the_first_look(master: Make, typed: str, is_certain: bool) -> None:
    assert master("杭州云帆建材有限公司").judge(typed).is_certain is is_certain
