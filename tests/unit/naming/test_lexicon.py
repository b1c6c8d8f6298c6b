"""A company's own rules: added to the packaged ones, and every mistake is told."""

import re
from importlib.resources import files
from typing import Any

import pytest
import yaml

from daysheet.errors import ConfigError
from daysheet.naming.lexicon import FILES, load
from tests.unit.naming.conftest import Engine


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"step": {}}, "naming_rules.step: unknown naming rule; did you mean 'steps'"),
        ({"placeholder": []}, "naming_rules.placeholder: unknown naming rule; did you mean 'placeholders'"),
        ({"noise": {"prefix": []}}, "naming_rules.noise.prefix: unknown naming rule; did you mean 'prefixes'"),
        ({"steps": {"T25": "off"}}, "naming_rules.steps.T25: unknown naming rule; did you mean 'T2S'"),
        ({"forms": {"LTD": {"typo": {}}}}, "naming_rules.forms.LTD.typo: unknown naming rule; did you mean 'typos'"),
        ({"???": 1}, "naming_rules.???: unknown naming rule; known: version, steps, noise"),
        ({"titles": "经理"}, "naming_rules.titles: a list is expected here"),
        ({"titles": None}, "naming_rules.titles: a list is expected here"),
        ({"noise": []}, "naming_rules.noise: a mapping is expected here"),
        ({"version": []}, "naming_rules.version: a text is expected here"),
        (
            {"steps": {"T2S": "gate"}},
            "naming_rules.steps.T2S: 'gate' is neither 'gated' nor 'off'; did you mean 'gated'",
        ),
        ({"steps": {"CTRL": "offf"}}, "naming_rules.steps.CTRL: 'offf' is neither 'on' nor 'off'; did you mean 'off'"),
    ],
)
def test_a_wrong_rule_is_an_error_that_names_the_nearest(own: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(own)
    assert message in str(caught.value)


def test_lists_are_added_to(engine_with: Engine) -> None:
    engine = engine_with(placeholders=["没客户"], noise={"tags": ["战略"], "prefixes": ["终端"]}, titles=["掌柜"])
    assert engine.parse("没客户").is_rejected
    assert engine.parse("无").is_rejected
    assert engine.parse("华信科技有限公司（战略）").canonical == "华信科技有限公司"
    assert engine.parse("终端：华信科技有限公司").canonical == "华信科技有限公司"
    assert engine.parse("华信科技有限公司-王掌柜").contact == "王掌柜"


@pytest.mark.parametrize(("form", "typo", "right"), [("LTD", "有限工司", "有限公司"), ("GEN", "公私", "公司")])
def test_misspelt_forms_are_added_to(engine_with: Engine, form: str, typo: str, right: str) -> None:
    engine = engine_with(forms={form: {"typos": {typo: right}}})
    assert engine.parse(f"华信科技{typo}").canonical == f"华信科技{right}"
    assert engine.parse("华信科技有线公司").canonical == "华信科技有限公司"


def test_forms_and_words_of_latin_names_are_added_to(engine_with: Engine) -> None:
    engine = engine_with(
        english_forms={"LTD": ["nol"]}, english_leading={"qj": "LTD"}, english_cognates={"university": ["norversity"]}
    )
    assert engine.parse("Tavalor Nol").form_class == engine.parse("QJ Tavalor").form_class == "LTD"
    assert engine.parse("OOO Tavalor").form_class == "OOO"
    assert not [code for code in engine.parse("Norversity of Tavalor").verdict.codes if code.code == "C01"]
    assert [code for code in engine.parse("Norversity of Tavalor").verdict.codes if code.code == "OK"]


def test_a_company_may_keep_a_brand_of_its_own(engine_with: Engine) -> None:
    assert engine_with().parse("李工").is_rejected
    assert not engine_with(brand_whitelist=["李工"]).parse("李工").is_rejected


def test_a_step_switched_on_works_in_its_usual_mode() -> None:
    assert load({"steps": {"T2S": True, "SPLIT": "on"}}).steps == load().steps
    assert load({"steps": {"T2S": False}}).steps["T2S"] == "off"


def test_every_step_can_be_switched_off() -> None:
    lexicon = load({"steps": dict.fromkeys(load().steps, False)})
    assert not any(lexicon.is_on(step) for step in lexicon.steps)


def test_the_version_changes_with_the_rules_and_with_nothing_else() -> None:
    assert load().version == load({}).version == load({"placeholders": ["无"]}).version
    assert load().version != load({"placeholders": ["没客户"]}).version
    assert load().version != load({"steps": {"WS": "off"}}).version
    assert load({"version": "2027.1"}).version.startswith("2027.1+")


def test_own_rules_do_not_change_the_packaged_ones() -> None:
    load({"placeholders": ["没客户"], "forms": {"LTD": {"typos": {"有限工司": "有限公司"}}}})
    assert "没客户" not in load().placeholders
    assert "有限工司" not in {typo for form in load().forms for typo in form.typos}


# ---- the rules as the specification writes them --------------------------------------------------

WHOLE = """
version: 2026.1
display: {brackets: fullwidth_for_cjk, bank_name: full, keep_short_name: true}
steps: {T2S: gated, CONT: true, DEPT: contact_unit, X05: reject}
noise: {prefixes: [终端], verbs: [约见], tags: [战略]}
placeholders: [没客户]
short_allow: [BP]
own_names: [汉诚]
titles: [掌柜]
forms:
  LTD: {canon: 有限公司, same_as: [有限责任公司], typos: {有限工司: 有限公司}}
  GEN: {canon: 公司, same_as: [集团公司, 总公司]}
brand_whitelist: [海工]
distinctive: {macro: [华东], groups: [一汽]}
regions: {always_ambiguous: [吉林, 朝阳]}
region_history:
  - {text: 卢湾, code: "310103", now: ["310101"], kind: merge}
btypes:
  bank: {便民点: 0}
  centre: [远程银行中心]
  insurer: {服务站: 0}
  enterprise: [研发基地]
  firm: [分所]
  rail: [工务段]
  gov: [分院]
bank_templates:
  state: {province: "{full}分行"}
banks:
  - {id: HAITANG, full: 海棠商业银行股份有限公司, short: [海棠银行, 海行], class: city, direct: ["320500"]}
systems:
  - {id: CUSTOMS, lattice: none}
successors:
  - {from: [农机局], to: 农业农村局, since: 2018, kind: merge}
independent_colleges: [海棠学院]
aliases:
  - {alias: 木槿, target: 木槿电器有限公司, type: short, by: steward, when: "2026-03-02"}
same_institution: [[海棠院, 海棠所]]
departments: [器材科]
hierarchy: {create_missing_parents: never, auto_confirm: [parsed_chain], rollup: [branch_of]}
matching: {same: 0.95, review: 0.65, weights: {brand: 0.55}, vetoes: [V1, V2]}
verdict_overrides: {C01: warn_only, C05: ask}
messages: {C02: {zh: "?", en: "?"}}
"""


def test_every_rule_of_the_specification_is_accepted(engine_with: Engine) -> None:
    engine = engine_with(**yaml.safe_load(WHOLE))
    lexicon = engine.lexicon
    assert engine.parse("苏州海行").canonical == "海棠商业银行股份有限公司苏州分行"
    assert engine.parse("海棠电器有限公司器材科").departments == ("器材科",)
    assert engine.parse("中国银行远程银行中心").campus == "远程银行中心"
    assert engine.parse("木槿").canonical == "木槿电器有限公司"
    assert engine.parse("海棠电器有限公司研发基地").branches[0].branch_type == "研发基地"
    assert lexicon.matching["vetoes"] == ["V1", "V2"]
    assert (lexicon.matching["same"], lexicon.matching["weights"]["form"]) == (0.95, 0.10)
    assert lexicon.hierarchy["rollup"] == ["branch_of"]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"btypes": {"banks": {}}}, "naming_rules.btypes.banks: unknown naming rule; did you mean 'bank'"),
        (
            {"banks": [{"id": "X", "ful": "海棠银行"}]},
            "naming_rules.banks[0].ful: unknown naming rule; did you mean 'full'",
        ),
        ({"banks": [{"id": "X", "full": "海棠银行"}]}, "naming_rules.banks[0]: class is missing"),
        ({"aliases": ["海棠"]}, "naming_rules.aliases[0]: a mapping is expected here"),
        ({"aliases": [{"alis": "海棠"}]}, "did you mean 'alias'"),
        ({"verdict_overrides": {"X06": "ask"}}, "naming_rules.verdict_overrides.X06: unknown naming rule"),
        ({"verdict_overrides": {"C01": "warn"}}, "'warn' is none of ask, warn_only, off"),
        ({"messages": {"C99": {}}}, "naming_rules.messages.C99: unknown naming rule"),
        ({"messages": {"C01": "?"}}, "naming_rules.messages.C01: zh and en are expected here"),
        ({"matching": {"weight": {}}}, "did you mean 'weights'"),
        ({"matching": {"same": "high"}}, "naming_rules.matching.same: a number is expected here"),
        ({"display": {"bracket": "x"}}, "did you mean 'brackets'"),
        ({"hierarchy": {"roll_up": []}}, "did you mean 'rollup'"),
    ],
)
def test_a_wrong_rule_inside_a_list_or_a_table_is_told(own: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(own)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_every_lexicon_says_when_and_from_what_it_was_written(name: str) -> None:
    content = (files("daysheet.naming.lexicons") / f"{name}.yaml").read_text(encoding="utf-8")
    comment = " ".join(re.findall(r"^# (.*)$", content, re.MULTILINE))
    assert re.search(r"Written for Daysheet, 20\d\d", comment)
    assert re.search(r"\b(?:from|after|follow)\b", comment)
    assert yaml.safe_load(content)


def test_no_key_is_in_two_lexicons() -> None:
    seen: list[str] = []
    for name in FILES:
        seen += yaml.safe_load((files("daysheet.naming.lexicons") / f"{name}.yaml").read_text(encoding="utf-8"))
    assert len(seen) == len(set(seen))
