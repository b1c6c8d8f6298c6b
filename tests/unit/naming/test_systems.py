"""Telecoms, grid, tobacco, post, rail and insurers: what people write, and how it is registered."""

import pytest

from daysheet.model.names import Kind
from daysheet.naming.engine import NamingEngine
from tests.unit.naming.conftest import Engine

WRITTEN_IN_FULL = [
    ("江苏移动", "中国移动通信集团江苏有限公司", "CMCC.320000"),
    ("中国移动江苏公司", "中国移动通信集团江苏有限公司", "CMCC.320000"),
    ("泉州移动", "中国移动通信集团福建有限公司泉州分公司", "CMCC.350000"),
    ("深圳移动", "中国移动通信集团广东有限公司深圳分公司", "CMCC.440000"),
    ("吉林市移动", "中国移动通信集团吉林有限公司吉林分公司", "CMCC.220000"),
    ("中国联通贵州", "中国联合网络通信有限公司贵州省分公司", "CUCC"),
    ("洛阳电信", "中国电信股份有限公司洛阳分公司", "CTC"),
    ("中国铁塔绵阳市分公司", "中国铁塔股份有限公司绵阳市分公司", "TOWER"),
    ("国网福建电力", "国网福建省电力有限公司", "SGCC.350000"),
    ("厦门供电公司", "国网福建省电力有限公司厦门供电公司", "SGCC.350000"),
    ("扬州供电公司", "国网江苏省电力有限公司扬州供电分公司", "SGCC.320000"),
    ("国网北京电力", "国网北京市电力公司", "SGCC.110000"),
    ("通辽供电公司", "国网内蒙古东部电力有限公司通辽供电公司", "SGEM"),
    ("乌海供电局", "内蒙古电力（集团）有限责任公司乌海供电公司", "IMPC"),
    ("佛山供电局", "广东电网有限责任公司佛山供电局", "CSG.440000"),
    ("深圳供电局", "深圳供电局有限公司", "CSG.440300"),
    ("云南电网", "云南电网有限责任公司", "CSG.530000"),
    ("云南中烟", "云南中烟工业有限责任公司", "CHINATOBACCO.530000"),
    ("安徽烟草", "中国烟草总公司安徽省公司", "TOBACCO.340000"),
    ("烟台烟草", "山东省烟草公司烟台市公司", "TOBACCO.370000"),
    ("河南邮政", "中国邮政集团有限公司河南省分公司", "POST"),
    ("成都铁路局", "中国铁路成都局集团有限公司", "RAIL.成都"),
    ("广铁集团", "中国铁路广州局集团有限公司", "RAIL.广州"),
    ("中石化湖北石油分公司", "中国石化销售股份有限公司湖北石油分公司", "SINOPECSALES"),
    ("人保财险徐州市分公司", "中国人民财产保险股份有限公司徐州市分公司", "PICCPC"),
    ("平安产险大连分公司", "中国平安财产保险股份有限公司大连分公司", "PAPC"),
    ("太保寿险临海支公司", "中国太平洋人寿保险股份有限公司临海支公司", "CPICLI"),
]

LEFT_ALONE = [
    "移动医疗科技有限公司",
    "城建移动",
    "东方铁塔",
    "北京移动互联科技有限公司",
    "浙江电信工程有限公司",
    "中国移动通信有限公司",  # another legal person of the group
    "中国电信集团有限公司",
    "南方电网综合能源股份有限公司",
    "江苏省烟草专卖局",  # the other plate of one body
    "太平洋建设集团有限公司",
    "平安好医生有限公司",
    "华信铁路器材有限公司",
    "中铁上海工程局集团有限公司",
]


@pytest.mark.parametrize(("typed", "registered", "entity"), WRITTEN_IN_FULL)
def test_a_system_is_written_as_it_is_registered(
    engine: NamingEngine, typed: str, registered: str, entity: str
) -> None:
    parse = engine.parse(typed)
    assert (parse.canonical, parse.entity_id) == (registered, entity)
    assert parse.kind in (Kind.SYSTEM, Kind.INSURER)
    assert "SYS" in {edit.code for edit in parse.edits}


@pytest.mark.parametrize(("typed", "registered", "entity"), WRITTEN_IN_FULL)
def test_the_registered_name_reads_as_the_same_unit(
    engine: NamingEngine, typed: str, registered: str, entity: str
) -> None:
    again = engine.parse(registered)
    assert again.canonical == registered
    assert again.entity_id == entity
    assert again.key == engine.parse(typed).key
    assert again.edits == ()


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_a_short_word_inside_another_name_is_left_alone(engine: NamingEngine, name: str) -> None:
    assert engine.parse(name).canonical == name


def test_a_place_that_is_one_of_several_leaves_the_name_as_typed(engine: NamingEngine) -> None:
    parse = engine.parse("吉林移动")
    assert parse.canonical == "吉林移动"
    assert (parse.entity_id, parse.group_id) == ("", "CMCC")
    assert "C04" in {code.code for code in parse.verdict.codes}


def test_an_insurers_open_tier_is_not_guessed(engine: NamingEngine) -> None:
    parse = engine.parse("平安产险嘉兴")
    assert parse.canonical == "平安产险嘉兴"
    assert [code.code for code in parse.verdict.codes] == ["C03"]


def test_two_plates_of_one_body_have_one_key(engine: NamingEngine) -> None:
    assert engine.parse("安徽省烟草专卖局").key == engine.parse("中国烟草总公司安徽省公司").key


def test_systems_are_not_written_in_full_where_that_is_switched_off(engine_with: Engine) -> None:
    assert engine_with(steps={"SYS": "off"}).parse("江苏移动").canonical == "江苏移动"
    assert engine_with(display={"bank_name": "typed"}).parse("北京工行").canonical == "北京工行"


def test_a_company_may_add_a_system_of_its_own(engine_with: Engine) -> None:
    own = {
        "id": "WATER",
        "group": "WATER",
        "short": ["海棠水务"],
        "province": "海棠水务集团{prov}有限公司",
        "city": "{province_company}{city}分公司",
        "links": {"province": "subsidiary_of", "city": "branch_of"},
    }
    engine = engine_with(systems=[own])
    assert engine.parse("江苏海棠水务").canonical == "海棠水务集团江苏有限公司"
    assert engine.parse("海棠水务扬州").canonical == "海棠水务集团江苏有限公司扬州分公司"
    assert engine.parse("江苏移动").canonical == "中国移动通信集团江苏有限公司"
