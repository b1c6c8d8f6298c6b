"""A company's own rules: added to the packaged ones, and every mistake is told."""

from typing import Any

import pytest

from daysheet.errors import ConfigError
from daysheet.naming.lexicon import load
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
