"""Every step: what it changes under its code, and what it must leave alone."""

import pytest

from daysheet.model.names import Annotation, Confidence
from daysheet.naming.edits import replay, undo
from daysheet.naming.engine import LONGEST, NamingEngine
from tests.unit.naming.conftest import Engine

CHANGED = [
    ("CTRL", "\ufeff华信科技有限公司", "华信科技有限公司"),
    ("CTRL", "华信\u200b科\u00ad技有限公司", "华信科技有限公司"),
    ("CTRL", "华信科技®有限公司™", "华信科技有限公司"),
    ("CTRL", "华信科技\x07有限公司", "华信科技有限公司"),
    ("CTRL", "①华信科技有限公司", "华信科技有限公司"),  # 1. is then the numbering of step 7
    ("CTRL", "⑳华信科技有限公司", "华信科技有限公司"),
    ("NFKC", "Ｓｉｅｍｅｎｓ ＡＧ", "Siemens AG"),
    ("NFKC", "㈱东芝", "（株）东芝"),
    ("NFKC", "华信Ⅱ期工程有限公司", "华信II期工程有限公司"),
    ("NFKC", "中国⼯商银⾏股份有限公司", "中国工商银行股份有限公司"),
    ("NFKC", "⼯商银⾏北京市分⾏", "中国工商银行股份有限公司北京市分行"),
    ("NFKC", "⻓城⻋业有限公司", "长城车业有限公司"),
    ("NFKC", "Ne\u0301stor SA", "Néstor SA"),
    ("BRKT", "华信【北京】科技有限公司", "华信（北京）科技有限公司"),
    ("BRKT", "华信〔北京〕科技有限公司", "华信（北京）科技有限公司"),
    ("BRKT", "华信《北京》科技有限公司", "华信（北京）科技有限公司"),
    ("BRKT", "华信[北京]科技有限公司", "华信（北京）科技有限公司"),
    ("BRKT", "华信<北京>科技有限公司", "华信（北京）科技有限公司"),
    ("BRKT", "Siemens [China] AG", "Siemens (China) AG"),
    ("BRKT", "中国地质大学(武汉", "中国地质大学（武汉）"),
    ("PUNC", "“华信”科技有限公司", "华信科技有限公司"),
    ("PUNC", "华信科技有限公司。", "华信科技有限公司"),
    ("PUNC", "华信科技有限公司,", "华信科技有限公司"),
    ("PUNC", "Coca—Cola Ltd", "Coca-Cola Ltd"),
    ("PUNC", "约翰•迪尔有限公司", "约翰·迪尔有限公司"),
    ("PUNC", "McDonald’s Corp", "McDonald's Corp"),
    ("PUNC", "Acme Widgets, Inc.;", "Acme Widgets, Inc."),
    ("NPRE", "客户：华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "公司名称: Acme Ltd.", "Acme Ltd."),
    ("NPRE", "1. 华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "1、华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "(1)华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "★华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "2026年3月2日 华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "3月2日：华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "拜访华信科技有限公司", "华信科技有限公司"),
    ("NPRE", "●1. 客户：拜访了华信科技有限公司", "华信科技有限公司"),
    ("CONT", "华信科技有限公司-王经理", "华信科技有限公司"),
    ("CONT", "华信科技有限公司 李建国主任", "华信科技有限公司"),
    ("CONT", "华信科技有限公司（欧阳老师）", "华信科技有限公司"),
    ("PAR", "华信科技有限公司（重点）", "华信科技有限公司"),
    ("PAR", "【VIP】华信科技有限公司", "华信科技有限公司"),
    ("PAR", "华信科技有限公司（原名：旧华信公司）", "华信科技有限公司"),
    ("PAR", "华信科技有限公司（简称华信）", "华信科技有限公司"),
    ("WS", "华 信 科技  有限公司", "华信科技有限公司"),
    ("WS", "华信科技\t有限公司", "华信科技有限公司"),
    ("WS", "Siemens   AG", "Siemens AG"),
    ("WS", "北京 IBM 公司", "北京IBM公司"),
    ("WS", "中国地质大学 (武汉)", "中国地质大学（武汉）"),
    ("T2S", "華為技術有限公司", "华为技术有限公司"),
    ("T2S", "囯家电网有限公司", "国家电网有限公司"),
    ("T2S", "天津內燃机有限公司", "天津内燃机有限公司"),
    ("NUM", "北京第1医院", "北京第一医院"),
    ("NUM", "第１２中学", "第十二中学"),
    ("NUM", "第20建筑公司", "第二十建筑公司"),
    ("NUM", "第105医院", "第一百零五医院"),
    ("NUM", "No.3中学", "第三中学"),
    ("FORM", "华信科技有线公司", "华信科技有限公司"),
    ("FORM", "华信科技有限责任", "华信科技有限责任公司"),
    ("FORM", "华信股份有线公司", "华信股份有限公司"),
    ("FORM", "华信股分有限公司", "华信股份有限公司"),
]

LEFT_ALONE = [
    # CTRL
    "华信科技有限公司",
    # NFKC touches nothing that is ordinary already
    "Nestlé S.A.",
    "Øresund Logistik AS",
    # BRKT, display brackets
    "百度在线网络技术（北京）有限公司",
    "Siemens (China) AG",
    # PUNC: an abbreviation keeps its dot
    "Acme Co., Ltd.",
    "Acme Inc.",
    "Siemens S.A.",
    "Norvel A.Ş.",
    "Norvel Ltda.",
    "Coca-Cola Ltd",
    "McDonald's Corp",
    # SPLIT
    "一汽/大众",
    "Johnson & Johnson",
    "Merck & Co., Inc.",
    "一汽-大众汽车有限公司",
    # NPRE: digits, labels and verbs that belong to the name
    "360科技有限公司",
    "3M中国有限公司",
    "58同城信息技术有限公司",
    "客户世界传媒有限公司",
    "单位食堂管理有限公司",
    "项目管理咨询有限公司",
    # CONT: without a separator never, and never a brand
    "北京建工",
    "三一重工",
    "海尔电工",
    "徐工",
    "北京徐工",
    # PAR: part of the name
    "中国地质大学（武汉）",
    "立信会计师事务所（特殊普通合伙）",
    "汉诚（集团）有限公司",
    "华信科技（亚太）有限公司",
    # WS
    "Siemens Healthineers AG",
    # T2S: Hong Kong, mixed writing, characters kept on purpose
    "香港華潤有限公司",
    "台灣積體電路製造股份有限公司",
    "华為技術有限公司",
    "昇兴集团股份有限公司",
    "乾安县人民医院",
    "王品后里餐饮有限公司",
    # NUM: numerals of brands
    "三一重工股份有限公司",
    "四川长虹电器股份有限公司",
    "第一汽车集团有限公司",
    "No.1 Steel Works Ltd",
    # FORM: other wordings of one class are kept
    "小米科技有限责任公司",
    "华信股份公司",
    "汉诚集团公司",
    "Acme Limited",
    # X01 and X04 look at the whole cell
    "无锡银行",
    "无锡银行股份有限公司",
    "Test Rite Ltd",
    "3M",
    "LG",
]


@pytest.mark.parametrize(("code", "raw", "canonical"), CHANGED)
def test_a_step_puts_right_what_is_its_business_under_its_code(
    engine: NamingEngine, code: str, raw: str, canonical: str
) -> None:
    parse = engine.parse(raw)
    assert parse.canonical == canonical
    assert code in {edit.code for edit in parse.edits}
    assert parse.verdict.codes[0].code == "FIXED"
    assert code in parse.verdict.codes[0].params["steps"].split()


@pytest.mark.parametrize("raw", LEFT_ALONE)
def test_a_name_as_it_should_be_is_left_alone(engine: NamingEngine, raw: str) -> None:
    parse = engine.parse(raw)
    assert parse.canonical == raw
    assert parse.edits == ()
    assert "FIXED" not in {finding.code for finding in parse.verdict.codes}


@pytest.mark.parametrize(("code", "raw", "canonical"), CHANGED)
def test_a_step_switched_off_leaves_its_code_out(engine_with: Engine, code: str, raw: str, canonical: str) -> None:
    parse = engine_with(steps={code: "off"}).parse(raw)
    assert code not in {edit.code for edit in parse.edits}
    assert code not in parse.verdict.codes[0].params.get("steps", "").split()


def test_a_name_is_trimmed(engine: NamingEngine) -> None:
    assert engine.parse(" \t华信科技有限公司\n ").canonical == "华信科技有限公司"


def test_edits_come_with_their_place_in_the_text_before_them(engine: NamingEngine) -> None:
    parse = engine.parse("1. 华信 科技有线公司")
    assert [(e.step, e.code, e.start, e.end, e.before, e.after) for e in parse.edits] == [
        (7, "NPRE", 0, 3, "1. ", ""),
        (11, "WS", 2, 3, " ", ""),
        (17, "FORM", 4, 8, "有线公司", "有限公司"),
    ]
    assert parse.edits[-1].confidence is Confidence.HIGH


def test_steps_run_in_their_order(engine: NamingEngine) -> None:
    parse = engine.parse("\u200b客户：【VIP】華信 第1工廠－李经理。")
    assert parse.canonical == "华信第一工厂"
    steps = [edit.step for edit in parse.edits]
    assert steps == sorted(steps)


def test_the_contact_is_kept(engine: NamingEngine) -> None:
    assert engine.parse("华信科技有限公司-王经理").contact == "王经理"
    assert engine.parse("华信科技有限公司（李建国主任）").contact == "李建国主任"
    assert engine.parse("华信科技有限公司-王经理-李主任").contact == "王经理、李主任"


def test_what_stands_before_a_contact_is_cleaned_too(engine: NamingEngine) -> None:
    assert engine.parse("华信科技有限公司, - 王经理").canonical == "华信科技有限公司"


def test_what_brackets_say_is_kept(engine: NamingEngine) -> None:
    parse = engine.parse("华信科技有限公司（原旧华信公司）（简称华信）（重点）")
    assert parse.canonical == "华信科技有限公司"
    assert parse.former_names == ("旧华信公司",)
    assert parse.aliases == ("华信",)
    assert parse.annotations == (Annotation("tag", "重点"),)


def test_an_unbalanced_bracket_is_flagged(engine: NamingEngine) -> None:
    assert engine.parse("中国地质大学(武汉").flags == ("bracket_unbalanced",)
    assert engine.parse("华信）科技有限公司").flags == ("bracket_unbalanced",)
    assert engine.parse("中国地质大学(武汉)").flags == ()


def test_a_boundless_text_is_cut_and_can_be_had_back(engine: NamingEngine) -> None:
    raw = "华" * (LONGEST + 50)
    parse = engine.parse(raw)
    assert parse.canonical == "华" * LONGEST
    assert "cut" in parse.flags
    assert replay(raw, parse.edits) == parse.canonical
    assert undo(parse.canonical, parse.edits) == raw


@pytest.mark.parametrize(
    ("typed", "script"),
    [
        ("华为技术有限公司", "hans"),
        ("香港華潤有限公司", "hant"),
        ("Siemens AG", "latin"),
        ("北京IBM公司", "mixed"),
    ],
)
def test_the_script_is_told(engine: NamingEngine, typed: str, script: str) -> None:
    assert engine.parse(typed).script == script


@pytest.mark.parametrize(
    ("typed", "form_class"),
    [
        ("小米科技有限责任公司", "LTD"),
        ("小米科技有限公司", "LTD"),
        ("华信股份有限公司", "JSC"),
        ("汉诚集团公司", "GEN"),
        ("腾讯", ""),
        ("Acme Co., Ltd.", "LTD"),
        ("Acme Pte. Ltd.", "LTD"),
        ("Acme Co.,Ltd.", "LTD"),
        ("Acme Co.,Ltd", "LTD"),
        ("Acme Co.Ltd", "LTD"),
        ("Acme Inc.", "INC"),
        ("Acme Corp", "CORP"),
        ("Siemens AG", "AG"),
        ("Nestlé S.A.", "SA"),
        ("Acme G.m.b.H.", "GMBH"),
        ("Norvel GmbH & Co. KG", "KG"),
        ("Norvel GmbH & Co.KG", "KG"),
        ("Norvel GmbH & Co. OHG", "OHG"),
        ("Norvel AG & Co. KGaA", "KGAA"),
        ("Norvel gGmbH", "GGMBH"),
        ("Norvel Gesellschaft mbH", "GMBH"),
        ("Norvelfreunde e. V.", "EV"),
        ("Norvel EV", ""),
        ("Norvel S.A.S.", "SAS"),
        ("Norvel S.p.A.", "SPA"),
        ("Norvel Soc. Coop.", "COOP"),
        ("Norvel A/S", "AS"),
        ("Norvel Sp. z o.o.", "SP_ZOO"),
        ("Norvel spol. s r.o.", "SRO"),
        ("Norvel OÜ", "OU"),
        ("Norvel OU", ""),
        ("Norvel A.Ş.", "AS"),
        ("Norvel Ltd. Şti.", "LTD_STI"),
        ("Norvel S.A. de C.V.", "SA_DE_CV"),
        ("Norvel S. de R.L.", "S_DE_RL"),
        ("Norvel Ltda.", "LTDA"),
        ("Norvel W.L.L.", "WLL"),
        ("Norvel Sdn. Bhd.", "LTD"),
        ("Norvel Pvt. Ltd.", "LTD"),
        ("Norvel P.C.", "PC"),
        ("Norvel Gaming PC", ""),
        ("Norvel Limited Liability Company", "LLC"),
        ("S.C. Norvel SRL", "SRL"),
        ("OOO Norvel", "OOO"),
        ('PrJSC "Norvel"', "JSC"),
        ("PT Norvel Jaya", "PT"),
        ("PT. Norvel Jaya Tbk", "PT"),
        ("Công ty TNHH Norvel", "TNHH"),
        ("Pt Norvel Jaya", ""),
        ("PT Norvel Jaya Inc", "INC"),
        ("Siemens", ""),
    ],
)
def test_the_class_of_the_legal_form_is_told(engine: NamingEngine, typed: str, form_class: str) -> None:
    assert engine.parse(typed).form_class == form_class


@pytest.mark.parametrize(
    "typed",
    [
        "Norvel GmbH & Co. KG",
        "Norvel Co.,Ltd.",
        "Norvel Co.Ltd",
        "PT Norvel Tbk",
        "PT Norvel",
        "S.C. Norvel SRL",
        "OOO Norvel",
        "Norvel Sp. z o. o.",
        "JSC Norvel",
    ],
)
def test_a_legal_form_is_no_part_of_the_name(engine: NamingEngine, typed: str) -> None:
    parse = engine.parse(typed)
    assert parse.stem == "norvel"
    assert parse.key.startswith("norvel|")


@pytest.mark.parametrize(
    ("typed", "nation"),
    [
        ("Norvel Optics, China", "CN"),
        ("Norvel Optics Germany Ltd", "DE"),
        ("University of New Mexico", ""),
        ("Government of Western Australia", ""),
        ("Electricité de France", ""),
        ("Bank of the Philippines", ""),
    ],
)
def test_a_country_at_the_end_is_a_place_unless_the_name_runs_into_it(
    engine: NamingEngine, typed: str, nation: str
) -> None:
    parse = engine.parse(typed)
    assert parse.nation == nation
    assert nation or parse.stem.split()[-1] == typed.split()[-1].casefold()


@pytest.mark.parametrize("typed", ["JSC", "LLC", "PT Ltd", "S.C. Norvel Inc", "Sc Norvel SRL"])
def test_what_is_left_of_a_name_is_never_nothing_or_less_than_its_own(engine: NamingEngine, typed: str) -> None:
    parse = engine.parse(typed)
    assert parse.stem
    assert parse.stem.split()[0] == typed.replace(".", "").casefold().split()[0]
