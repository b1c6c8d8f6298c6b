"""The match key: equal for written forms of one name, unequal for two names."""

import pytest

from daysheet.naming.engine import NamingEngine

ONE_NAME = [
    ("小米科技有限责任公司", "小米科技有限公司"),
    ("華為技術有限公司", "华为技术有限公司"),
    ("香港華潤有限公司", "香港华润有限公司"),
    ("北京第1医院", "北京第一医院"),
    ("第12中学", "第十二中学"),
    ("北京 IBM 有限公司", "北京ibm有限公司"),
    ("约翰·迪尔有限公司", "约翰迪尔有限公司"),
    ("中国地质大学(武汉)", "中国地质大学（武汉）"),
    ("Acme Ltd.", "ACME Limited"),
    ("Acme Ltd.", "Acme Co., Ltd"),
    ("Johnson & Johnson", "JOHNSON AND JOHNSON"),
    ("The Coca-Cola Company", "Coca Cola Company"),
    ("McDonald’s Corp", "McDonalds Corp."),
    ("Siemens A.G.", "Siemens AG"),
    ("Acme Pte Ltd", "Acme (Pte) Ltd".replace("(", "").replace(")", "")),
]

TWO_NAMES = [
    ("华信科技有限公司", "华信科技股份有限公司"),
    ("华为技术有限公司", "华为终端有限公司"),
    ("中铁十局集团有限公司", "中铁十一局集团有限公司"),
    ("北京第一医院", "北京第二医院"),
    ("中国地质大学（武汉）", "中国地质大学（北京）"),
    ("贵州银行", "贵阳银行"),
    ("Acme Ltd", "Acme Inc."),
    ("Acme Inc", "Acme Corp"),
    ("Acme Ltd", "Acme Group Ltd"),
    ("华信有限公司", "华信"),
]


@pytest.mark.parametrize(("left", "right"), ONE_NAME)
def test_written_forms_of_one_name_have_one_key(engine: NamingEngine, left: str, right: str) -> None:
    assert engine.parse(left).key == engine.parse(right).key != ""


@pytest.mark.parametrize(("left", "right"), TWO_NAMES)
def test_two_names_have_two_keys(engine: NamingEngine, left: str, right: str) -> None:
    assert engine.parse(left).key != engine.parse(right).key
