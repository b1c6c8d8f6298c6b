"""The verdicts: every X code, and what comes close without being one."""

import pytest

from daysheet.model.issues import IssueCode
from daysheet.model.names import Status, VerdictCode
from daysheet.naming import verdicts
from daysheet.naming.engine import NamingEngine
from daysheet.naming.numerals import chinese_number
from tests.unit.naming.conftest import Engine

_REJECTED = {
    "X01": [
        "",
        "   ",
        "无",
        "暂无",
        "同上",
        "N/A",
        "None",
        "TBD",
        "#REF!",
        "-",
        "——",
        "。。。",
        "？",
        "客户：无",
        "★ 暂无 ★",
        "0",
        "测试",
        "#NAME?",
        "＃VALUE！",
        "#N/A",
        "无。",
        "\u200b",
        "（）",
    ],
    "X02": [
        "13800138000",
        "138 0013 8000",
        "010-62345678",
        "+86 10 6234 5678",
        "电话：62345678",
        "li.wei@example.com",
        "LI@EXAMPLE.CN",
        "客户：13800138000",
        "008613801231000",
    ],
    "X03": [
        "王经理",
        "李工",
        "欧阳老师",
        "李建国主任",
        "客户：周先生",
        "张总",
    ],
    "X04": [
        "中",
        "A",
        "A1",
        "12",
        "中1",
    ],
    "X05": [
        "华信公司、东方公司",
        "华信；东方",
        "华信\n东方公司、南方公司",
        "华信|东方",
        "华信科技有限公司/东方实业有限公司",
        "华信科技有限公司和东方实业有限公司",
        "Acme Ltd & Bolt Inc",
    ],
    "X06": [
        "11010519491231002X",
        "110101199003074477",
        "11010519491231002x",
        "110105491231002",
        "110105 19491231 002X",
        "客户：11010519491231002X",
    ],
    "X07": [
        "北京",
        "华东区",
        "某公司",
        "医院",
        "北京客户",
        "浙江省",
        "beijing",
        "Hospital",
    ],
}
REJECTED = [(code, typed) for code, cells in _REJECTED.items() for typed in cells]

NOT_REJECTED = [
    ("X01", "无锡银行"),
    ("X01", "Test Rite Ltd"),
    ("X01", "同上文化传播有限公司"),
    ("X02", "12345热线服务中心"),
    ("X02", "51job.com有限公司"),
    ("X03", "徐工"),
    ("X03", "华工"),
    ("X03", "北京王工机械厂"),
    ("X04", "3M"),
    ("X04", "lg"),
    ("X04", "腾讯"),
    ("X05", "一汽/大众"),
    ("X05", "Johnson & Johnson"),
    ("X05", "和记黄埔有限公司"),
    ("X05", "普及教育集团"),
    ("X05", "华信（北京、上海）科技有限公司"),
    ("X06", "914403001922038216"),  # a credit code of digits only
    ("X07", "北京医院"),
    ("X07", "东区软件有限公司"),
]


@pytest.mark.parametrize(("code", "typed"), REJECTED)
def test_what_is_no_customer_is_rejected_with_its_code(engine: NamingEngine, code: str, typed: str) -> None:
    parse = engine.parse(typed)
    assert [finding.code for finding in parse.verdict.codes] == [code]
    assert parse.verdict.status is Status.REJECTED
    assert parse.is_rejected
    assert parse.key == ""


@pytest.mark.parametrize(("code", "typed"), NOT_REJECTED)
def test_what_only_resembles_one_is_not_rejected(engine: NamingEngine, code: str, typed: str) -> None:
    assert not engine.parse(typed).is_rejected


@pytest.mark.parametrize(
    "typed", ["汉诚", "汉诚集团", "汉诚有限公司", "汉诚北京分公司", "客户：汉诚", "汉诚集团（重点）"]
)
def test_the_own_company_and_its_branches_are_no_customers(engine_with: Engine, typed: str) -> None:
    parse = engine_with(own_names=["汉诚"]).parse(typed)
    assert [finding.code for finding in parse.verdict.codes] == ["X08"]


@pytest.mark.parametrize("typed", ["汉诚信科技有限公司", "武汉诚信有限公司", "汉诚大酒店有限公司"])
def test_a_name_that_only_begins_like_the_own_is_a_customer(engine_with: Engine, typed: str) -> None:
    assert not engine_with(own_names=["汉诚"]).parse(typed).is_rejected


def test_several_customers_in_a_cell_are_named(engine: NamingEngine) -> None:
    finding = engine.parse("华信公司、东方公司；南方公司").verdict.codes[0]
    assert finding == VerdictCode(
        "X05", {"list_zh": "华信公司、东方公司、南方公司", "list_en": "华信公司; 东方公司; 南方公司"}
    )


def test_splitting_can_be_switched_off(engine_with: Engine) -> None:
    assert not engine_with(steps={"SPLIT": "off"}).parse("华信公司、东方公司").is_rejected


@pytest.mark.parametrize(
    "typed",
    [
        "91440300708461136T",
        "91440300708461136t",
        "9144 0300 7084 6113 6T",
        "客户：91440300708461136T",
        "914403001922038216",
        "91110000100017707H",
    ],
)
def test_a_credit_code_in_the_place_of_a_name_is_one(engine: NamingEngine, typed: str) -> None:
    parse = engine.parse(typed)
    assert not parse.is_rejected
    assert len(parse.uscc) == 18
    assert parse.uscc in typed.upper().replace(" ", "")


def test_a_credit_code_with_a_wrong_check_character_is_none(engine: NamingEngine) -> None:
    assert engine.parse("91350100M000100Y4Z").uscc == ""
    assert engine.parse("91350100M000100Y43").uscc == "91350100M000100Y43"


def test_the_worst_code_decides_the_status() -> None:
    def codes(*names: str) -> list[VerdictCode]:
        return [VerdictCode(name) for name in names]

    assert verdicts.status_of(codes()) is Status.CONFORMANT
    assert verdicts.status_of(codes("OK")) is Status.CONFORMANT
    assert verdicts.status_of(codes("FIXED")) is Status.AUTO_FIXED
    assert verdicts.status_of(codes("FIXED", "C01")) is Status.NEEDS_COMPLETION
    assert verdicts.status_of(codes("C01", "X05", "FIXED")) is Status.REJECTED


@pytest.mark.parametrize("number", range(1, 9))
def test_every_code_that_rejects_is_told_as_an_issue_of_its_own(number: int) -> None:
    code = verdicts.issue_code(VerdictCode(f"X0{number}"))
    assert code is not None
    assert code.value == f"SD-NX0{number}"


def test_a_name_put_right_is_told_and_a_right_one_is_not() -> None:
    assert verdicts.issue_code(VerdictCode("FIXED")) is IssueCode.NAME_FIXED
    assert verdicts.issue_code(VerdictCode("OK")) is None


@pytest.mark.parametrize(
    ("number", "numeral"),
    [
        (1, "一"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (99, "九十九"),
        (100, "一百"),
        (105, "一百零五"),
        (312, "三百一十二"),
    ],
)
def test_numbers_become_chinese_numerals(number: int, numeral: str) -> None:
    assert chinese_number(number) == numeral
