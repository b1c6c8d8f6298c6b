"""What a name lacks: every code that asks for more, where it is raised, where not, and what it says."""

import pytest

from daysheet.i18n import verdict_text
from daysheet.model.issues import IssueCode
from daysheet.model.names import Status, VerdictCode
from daysheet.model.text import Language
from daysheet.naming import verdicts
from daysheet.naming.engine import NamingEngine
from daysheet.naming.rulebook import CODES
from tests.unit.naming.conftest import Engine

RAISED = [
    ("C01", "汉诚集团"),
    ("C01", "海棠科技"),
    ("C01", "北京建工"),
    ("C01", "Acme Widgets"),
    ("C02", "腾讯"),
    ("C02", "3M"),
    ("C02", "Siemens"),
    ("C02", "91440300708461136T"),
    ("C03", "工行"),
    ("C03", "中国移动"),
    ("C03", "桐庐工行"),
    ("C04", "朝阳区教育局"),
    ("C04", "朝阳农行"),
    ("C04", "吉林移动"),
    ("C05", "王建国"),
    ("C05", "欧阳锋"),
    ("C06", "教育局"),
    ("C06", "人民医院"),
    ("C06", "第一中学"),
    ("C07", "北京分公司"),
    ("C07", "城东支行"),
    ("C07", "华东办事处"),
    ("C08", "人大"),
    ("C08", "中石油"),
    ("C08", "协和医院"),
]

NOT_RAISED = [
    ("C01", "海棠科技有限公司"),
    ("C01", "海棠五金店"),  # a sole trader has no legal form
    ("C01", "海棠公司"),  # 公司 alone counts
    ("C01", "University of Oslo"),
    ("C01", "Universidad de Norvel"),
    ("C01", "Norvel GmbH & Co. KG"),
    ("C02", "Acme Ltd"),
    ("C03", "无锡农商行"),  # one legal person
    ("C03", "无锡银行"),
    ("C03", "中国工商银行股份有限公司"),
    ("C03", "中国建行总行"),
    ("C03", "北京工行"),
    ("C04", "北京市朝阳区教育局"),
    ("C05", "王府井百货"),
    ("C05", "徐工"),
    ("C05", "腾讯"),
    ("C06", "桐庐县教育局"),  # the only one of its name
    ("C06", "国家统计局"),
    ("C06", "北京协和医院"),
    ("C07", "西湖街道办事处"),
    ("C07", "工行北京分行"),
    ("C07", "海棠电器有限公司北京分公司"),
    ("C08", "中国人民大学"),
]


def codes_of(engine: NamingEngine, typed: str) -> list[str]:
    return [code.code for code in engine.parse(typed).verdict.codes]


@pytest.mark.parametrize(("code", "typed"), RAISED)
def test_a_code_asks_for_what_is_missing(engine: NamingEngine, code: str, typed: str) -> None:
    assert code in codes_of(engine, typed)
    parse = engine.parse(typed)
    assert parse.verdict.status is Status.NEEDS_COMPLETION
    assert not parse.is_rejected


@pytest.mark.parametrize(("code", "typed"), NOT_RAISED)
def test_a_code_is_not_raised_for_a_name_that_has_it(engine: NamingEngine, code: str, typed: str) -> None:
    assert code not in codes_of(engine, typed)


def test_a_bank_with_a_place_alone_is_taken_as_its_branch(engine: NamingEngine) -> None:
    parse = engine.parse("石家庄工行")
    assert [code.code for code in parse.verdict.codes] == ["FIXED", "BR_ASSUMED"]
    assert parse.verdict.status is Status.AUTO_FIXED
    assert parse.verdict.suggestions == ("中国工商银行股份有限公司河北省分行营业部",)


def test_what_an_ambiguous_place_may_be_is_suggested(engine: NamingEngine) -> None:
    verdict = engine.parse("朝阳区教育局").verdict
    assert "北京市朝阳区教育局" in verdict.suggestions
    assert "长春市朝阳区教育局" in verdict.suggestions
    assert "北京市朝阳区、长春市朝阳区" in verdict.codes[0].params["list_zh"]


def test_what_an_ambiguous_short_name_may_be_is_suggested(engine: NamingEngine) -> None:
    assert engine.parse("人大").verdict.suggestions == ("中国人民大学", "人民代表大会")
    assert engine.parse("桐庐工行").verdict.suggestions == ("中国工商银行股份有限公司桐庐支行",)
    assert engine.parse("工行").verdict.suggestions == ("中国工商银行股份有限公司",)


# ---- what they say -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", CODES)
def test_every_code_says_something_in_both_languages(code: str, language: Language) -> None:
    params = {
        "x": "海棠",
        "region": "北京",
        "canonical": "海棠有限公司",
        "steps": "WS FORM",
        "list_zh": "甲",
        "list_en": "A",
    }
    said = verdict_text(VerdictCode(code, params), language)
    assert said
    assert "{" not in said


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("code", "typed"), RAISED)
def test_a_raised_code_fills_its_text(engine: NamingEngine, code: str, typed: str, language: Language) -> None:
    (finding,) = (one for one in engine.parse(typed).verdict.codes if one.code == code)
    said = verdict_text(finding, language)
    assert "“”" not in said
    assert '""' not in said
    assert not said.endswith(("：", ": "))


def test_a_fixed_name_says_why(engine: NamingEngine) -> None:
    (finding,) = engine.parse("客户:海棠 电器有线公司").verdict.codes
    assert verdict_text(finding, Language.ZH) == (
        "已按规则改为“海棠电器有限公司”（去掉名称前的文字、整理空格、更正组织形式）"
    )
    assert "legal form corrected" in verdict_text(finding, Language.EN)


@pytest.mark.parametrize("number", range(1, 9))
def test_every_code_that_asks_is_told_as_an_issue_of_its_own(number: int) -> None:
    code = verdicts.issue_code(VerdictCode(f"C0{number}"))
    assert isinstance(code, IssueCode)
    assert code.value == f"SD-NC0{number}"


# ---- softened ------------------------------------------------------------------------------------


def test_a_code_can_be_switched_off(engine_with: Engine) -> None:
    verdict = engine_with(verdict_overrides={"C02": "off"}).parse("腾讯").verdict
    assert verdict.status is Status.CONFORMANT
    assert [code.code for code in verdict.codes] == ["OK"]


def test_a_code_can_be_a_warning_only(engine_with: Engine) -> None:
    verdict = engine_with(verdict_overrides={"C02": "warn_only"}).parse("腾讯").verdict
    assert verdict.status is Status.CONFORMANT
    assert [code.code for code in verdict.codes] == ["C02"]


def test_a_company_may_say_it_in_its_own_words(engine_with: Engine) -> None:
    engine = engine_with(messages={"C02": {"zh": "“{x}”是谁？"}})
    (finding,) = engine.parse("腾讯").verdict.codes
    assert verdict_text(finding, Language.ZH, engine.lexicon.messages) == "“腾讯”是谁？"
    assert "registered name" in verdict_text(finding, Language.EN, engine.lexicon.messages)


# ---- other steps that need the parts -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "typed", "canonical"),
    [
        ("ALIAS", "北医三院", "北京大学第三医院"),
        ("ALIAS", "深圳发展银行青岛分行", "平安银行股份有限公司青岛分行"),
        ("ALIAS", "上海大众汽车有限公司宁波分公司", "上汽大众汽车有限公司宁波分公司"),
        ("REG", "襄樊市财政局", "襄阳市财政局"),
        ("DEPT", "扬州市第一人民医院采购部", "扬州市第一人民医院"),
        ("DEPT", "海棠大学信息中心", "海棠大学"),
        ("DEPT", "海棠电器有限公司采购部", "海棠电器有限公司"),
    ],
)
def test_a_step_writes_the_name_of_the_customer(
    engine: NamingEngine, engine_with: Engine, code: str, typed: str, canonical: str
) -> None:
    parse = engine.parse(typed)
    assert parse.canonical == canonical
    assert code in {edit.code for edit in parse.edits}
    off = engine_with(steps={code: "off"}).parse(typed)
    assert code not in {edit.code for edit in off.edits}


def test_a_department_is_kept(engine: NamingEngine) -> None:
    assert engine.parse("扬州市第一人民医院采购部").departments == ("采购部",)
    assert engine.parse("工行扬州分行办公室").departments == ("办公室",)


@pytest.mark.parametrize(
    "name", ["北京市信息中心", "扬州市人民政府办公室", "襄樊海棠电器有限公司", "中国人民解放军某部队"]
)
def test_what_only_looks_like_a_part_is_left_alone(engine: NamingEngine, name: str) -> None:
    assert engine.parse(name).canonical == name


@pytest.mark.parametrize(
    ("typed", "registered"),
    [
        ("重庆工行", "中国工商银行股份有限公司重庆市分行"),
        ("大连工行", "中国工商银行股份有限公司大连市分行"),
        ("徐州工行", "中国工商银行股份有限公司徐州分行"),
        ("重庆招行", "招商银行股份有限公司重庆分行"),
        ("重庆邮储银行", "中国邮政储蓄银行股份有限公司重庆分行"),
        ("徐州邮储银行", "中国邮政储蓄银行股份有限公司徐州市分行"),
        ("吉林市工行", "中国工商银行股份有限公司吉林市分行"),  # 吉林分行 could be the province's
        ("海棠银行徐州分行", "海棠银行徐州分行"),  # a bank nobody listed keeps the form it is written with
        ("海棠银行股份有限公司徐州分行", "海棠银行股份有限公司徐州分行"),
    ],
)
def test_a_bank_registers_its_branches_in_its_own_way(engine: NamingEngine, typed: str, registered: str) -> None:
    assert engine.parse(typed).canonical == registered


def test_a_centre_of_a_bank_is_a_unit_of_its_own(engine: NamingEngine) -> None:
    assert engine.parse("中国银行数据中心").canonical == "中国银行股份有限公司数据中心"


def test_a_place_that_was_joined_to_another_has_its_successor_as_candidate(engine: NamingEngine) -> None:
    region = engine.parse("上海市卢湾区教育局").regions[-1]
    assert (region.code, region.candidates) == ("310103", ("310101",))


def test_a_credit_code_of_another_kind_of_body_is_flagged(engine: NamingEngine) -> None:
    assert "K01" in engine.parse("扬州市教育局（91440300708461136T）").flags
    assert "K01" not in engine.parse("海棠电器有限公司（91440300708461136T）").flags


def test_a_steward_adds_aliases(engine_with: Engine) -> None:
    engine = engine_with(
        aliases=[
            {
                "alias": "海棠",
                "target": "深圳市海棠光电有限公司",
                "type": "short",
                "by": "steward",
                "when": "2026-03-02",
            },
            {"alias": "木槿", "candidates": ["木槿电器有限公司", "木槿物业有限公司"], "type": "ambiguous"},
        ]
    )
    assert engine.parse("海棠").canonical == "深圳市海棠光电有限公司"
    assert engine.parse("海棠").verdict.status is Status.AUTO_FIXED
    assert codes_of(engine, "木槿") == ["C08"]
