"""What holds for any text whatever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.model.names import Status
from daysheet.naming.edits import Draft, replay, undo
from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import load
from tests.effort import examples

PIECES = [
    *"华信科技北京第1２①㈱⻓⼯囯內為術（）()【】〔《》[]<>－—–·•・.。,，、；;:：/+&和及|",
    *"-'’“”\"★●*#客无王李总工\n\t \u3000\u200b\ufeff®é\u0301",
    "有限公司",
    "股份有限公司",
    "有线公司",
    "有限责任",
    "公司",
    "集团",
    "银行",
    "分公司",
    "客户：",
    "拜访",
    "跟进",
    "单位:",
    "1.",
    "1、",
    "(1)",
    "2026年3月2日",
    "3月2号",
    "-王经理",
    " 李建国主任",
    "(欧阳老师)",
    "王工",
    "（重点）",
    "【VIP】",
    "(原名 旧名)",
    "(简称华信)",
    "(曾用名",
    "（武汉）",
    "第12",
    "No.3",
    "No. 4 ",
    "華為技術",
    "香港",
    "乾安",
    "昇兴",
    "360",
    "3M",
    "Acme",
    " Co., Ltd.",
    " Inc.",
    "S.A.",
    " & ",
    "Johnson",
    "McDonald's",
    "13800138000",
    "a@b.com",
    "91440300708461136T",
    "#REF!",
    "某公司",
]
messy = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
anything = st.text(max_size=60)
long_ones = st.builds(lambda text, times: text * times, messy, st.integers(1, 60))

ENGINE = NamingEngine(load())
SWITCHES = ("CTRL", "NFKC", "BRKT", "PUNC", "NPRE", "CONT", "PAR", "WS", "T2S", "NUM", "FORM")
WITHOUT = {step: NamingEngine(load({"steps": {step: "off"}})) for step in SWITCHES}


@settings(max_examples=examples(600), deadline=None)
@given(messy | anything | long_ones)
def test_replaying_the_edits_gives_the_canonical_name_and_undoing_them_what_was_typed(raw: str) -> None:
    parse = ENGINE.parse(raw)
    assert parse.raw == raw
    assert replay(raw, parse.edits) == parse.canonical
    assert undo(parse.canonical, parse.edits) == raw


@settings(max_examples=examples(600), deadline=None)
@given(messy | anything)
def test_a_canonical_name_is_its_own_canonical_name(raw: str) -> None:
    once = ENGINE.parse(raw)
    if once.is_rejected:
        return
    twice = ENGINE.parse(once.canonical)
    assert twice.canonical == once.canonical
    assert twice.key == once.key
    assert twice.edits == ()
    assert "FIXED" not in {finding.code for finding in twice.verdict.codes}
    if once.verdict.status in (Status.CONFORMANT, Status.AUTO_FIXED):
        assert twice.verdict.status is Status.CONFORMANT


@settings(max_examples=examples(400), deadline=None)
@given(messy | anything)
def test_a_name_that_is_not_rejected_has_a_canonical_form_and_a_key(raw: str) -> None:
    parse = ENGINE.parse(raw)
    assert parse.is_rejected == (parse.key == "")
    if not parse.is_rejected:
        assert parse.canonical.strip() == parse.canonical != ""


@settings(max_examples=examples(300), deadline=None)
@given(messy | anything)
def test_the_same_text_always_gives_the_same_result(raw: str) -> None:
    assert NamingEngine(load()).parse(raw) == ENGINE.parse(raw)


@pytest.mark.parametrize("step", SWITCHES)
@settings(max_examples=examples(80), deadline=None)
@given(raw=messy)
def test_a_step_that_is_switched_off_never_appears(step: str, raw: str) -> None:
    parse = WITHOUT[step].parse(raw)
    assert step not in {edit.code for edit in parse.edits}
    assert replay(raw, parse.edits) == parse.canonical
    assert undo(parse.canonical, parse.edits) == raw


@settings(max_examples=examples(100), deadline=None)
@given(messy)
def test_a_cell_is_never_split_with_splitting_switched_off(raw: str) -> None:
    parse = NamingEngine(load({"steps": {"SPLIT": "off"}})).parse(raw)
    assert "X05" not in {finding.code for finding in parse.verdict.codes}


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_draft_that_becomes_another_text_can_be_undone(before: str, after: str) -> None:
    draft = Draft(before)
    draft.become(after, 2, "NFKC")
    assert draft.text == after
    assert replay(before, draft.edits) == after
    assert undo(after, draft.edits) == before
    assert bool(draft.edits) == (before != after)


@given(st.text(max_size=20))
def test_a_change_that_changes_nothing_is_not_recorded(text: str) -> None:
    draft = Draft(text)
    draft.replace(0, len(text), text, 1, "CTRL")
    assert draft.edits == []
