"""Branches of banks: which is which, and what belongs under what."""

from collections.abc import Callable

import pytest

from daysheet.dedupe.profiles import Profile
from daysheet.dedupe.units import Fit, Sister, fit, parent_of
from daysheet.naming.lexicon import Lexicon

Read = Callable[[str], Profile]
Fits = Callable[[str, str], Fit | None]


@pytest.fixture
def fits(read: Read, lexicon: Lexicon) -> Fits:
    """Fit a typed branch to a known one."""

    def one(typed: str, known: str) -> Fit | None:
        left, right = read(typed).unit, read(known).unit
        assert left is not None, typed
        assert right is not None, known
        return fit(left, right, lexicon.regions)

    return one


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("工行富阳支行", "中国工商银行股份有限公司杭州富阳支行"),
        ("中国工商银行（富阳支行）", "中国工商银行股份有限公司杭州富阳支行"),
        ("建行杭州延安路支行", "中国建设银行股份有限公司杭州延安路支行"),
        ("交行第二支行", "交通银行股份有限公司第二支行"),
        ("北京工行", "中国工商银行股份有限公司北京市分行"),
        ("招行信用卡中心", "招商银行股份有限公司信用卡中心"),
    ],
)
def test_a_branch_in_other_words_is_the_same(fits: Fits, typed: str, known: str) -> None:
    assert fits(typed, known) == Fit()


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("工行富阳支行", "建行富阳支行"),  # another bank
        ("工行杭州西湖支行", "工行杭州富阳支行"),  # another place
        ("建行杭州延安路支行", "建行杭州凤起路支行"),  # another site
        ("建行杭州延安路支行", "建行苏州延安路支行"),  # the same street elsewhere
        ("建行杭州延安路支行", "建行杭州延安路分理处"),  # another type
        ("交行第二支行", "交行第三支行"),  # another number
        ("招行信用卡中心", "招行私人银行中心"),  # another centre
        ("招行信用卡中心", "招行杭州分行"),
        ("北京工行", "北京工行海淀支行"),
    ],
)
def test_a_sister_is_another_branch_from_both_sides(fits: Fits, typed: str, known: str) -> None:
    assert fits(typed, known) is None
    assert fits(known, typed) is None


@pytest.mark.parametrize(
    ("typed", "known", "lacks"),
    [
        ("建行杭州延安路", "建行杭州延安路支行", ("type",)),
        ("建行延安路支行", "建行杭州延安路支行", ("region",)),
        ("建行杭州延安支行", "建行杭州延安路支行", ("street",)),
        ("中行杭州分行延安路支行", "中行杭州延安路支行", ("outer",)),
        ("建行浙江延安路支行", "建行杭州延安路支行", ("level",)),
        ("建行城南支行", "建行杭州城南支行", ("region", "common site")),
        ("海宁农行", "中国农业银行杭州海宁支行", ("place or site", "type")),  # the town, or a site called so
    ],
)
def test_what_one_of_the_two_does_not_say_is_named(fits: Fits, typed: str, known: str, lacks: tuple[str, ...]) -> None:
    found = fits(typed, known)
    assert found is not None
    assert found.lacks == lacks


def test_an_open_type_is_no_outlet(fits: Fits) -> None:
    assert fits("建行杭州延安路", "建行杭州延安路支行") is not None
    assert fits("建行杭州延安路", "建行杭州延安路分理处") is None


@pytest.fixture
def above(read: Read, lexicon: Lexicon) -> Callable[..., str]:
    """Return the name that a typed branch belongs under among known ones, "" for none."""

    def one(typed: str, *known: str, is_flat: bool = False) -> str:
        unit = read(typed).unit
        assert unit is not None
        sisters = [Sister(number, read(name)) for number, name in enumerate(known, start=1)]
        found = parent_of(unit, sisters, lexicon.regions, is_flat=is_flat)
        return known[found - 1] if found else ""

    return one


HEAD, PROVINCE, TOWN, COUNTY = "中国工商银行", "工行浙江省分行", "工行杭州分行", "工行杭州富阳支行"


def test_the_branch_it_is_written_under_is_its_parent(above: Callable[..., str]) -> None:
    assert above("工行杭州分行延安路支行", HEAD, COUNTY, TOWN) == TOWN


def test_without_that_it_belongs_under_its_countys_branch(above: Callable[..., str]) -> None:
    assert above("工行杭州富阳迎宾路支行", HEAD, TOWN, COUNTY) == COUNTY


def test_without_a_county_branch_it_belongs_under_its_towns(above: Callable[..., str]) -> None:
    assert above("工行杭州富阳迎宾路支行", HEAD, TOWN) == TOWN


def test_without_a_town_branch_it_belongs_under_the_head_office(above: Callable[..., str]) -> None:
    assert above("工行杭州富阳迎宾路支行", "工行苏州分行", HEAD) == HEAD


def test_another_banks_branch_is_never_its_parent(above: Callable[..., str]) -> None:
    assert above("工行杭州富阳迎宾路支行", "建行杭州分行", "建设银行") == ""


def test_the_county_is_learnt_from_other_banks_at_the_same_site(above: Callable[..., str]) -> None:
    assert above("工行杭州迎宾路支行", HEAD, TOWN, COUNTY) == TOWN
    assert above("工行杭州迎宾路支行", HEAD, TOWN, COUNTY, "建行杭州富阳迎宾路支行") == COUNTY


def test_a_county_is_not_learnt_where_others_disagree(above: Callable[..., str]) -> None:
    others = ("建行杭州富阳迎宾路支行", "农行杭州临安迎宾路支行")
    assert above("工行杭州迎宾路支行", HEAD, TOWN, COUNTY, *others) == TOWN


def test_a_joint_stock_bank_skips_the_county(above: Callable[..., str]) -> None:
    known = ("招商银行", "招行杭州分行", "招行杭州富阳支行")
    assert above("招行杭州富阳迎宾路支行", *known) == "招行杭州富阳支行"
    assert above("招行杭州富阳迎宾路支行", *known, is_flat=True) == "招行杭州分行"


def test_a_branch_is_not_its_own_parent(above: Callable[..., str]) -> None:
    assert above(COUNTY, COUNTY, TOWN) == TOWN
    assert above(TOWN, TOWN) == ""


def test_an_outlet_is_nobodys_parent(above: Callable[..., str]) -> None:
    assert above("工行杭州富阳迎宾路支行", "工行杭州富阳分理处", HEAD) == HEAD
