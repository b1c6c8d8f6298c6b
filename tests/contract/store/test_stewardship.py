"""Questions, judgements and re-checks on both databases, from the mail to the steward's word and back."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from daysheet.i18n import issue_text
from daysheet.model.memory import OPERATOR, Refusal, RefusalCode, ReviewKind, Says
from daysheet.model.text import Language
from daysheet.naming import lexicon
from daysheet.naming.engine import NamingEngine
from daysheet.services import import_customers, merging, recheck, reviews
from daysheet.services.merging import Merged, Request
from daysheet.services.recheck import Change
from daysheet.services.recognising import ELSEWHERE
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store.judgements import Said
from tests import builders
from tests.builders import Clock, a_deal, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import add, everything

SUZHOU, WUXI, UNCLEAR = "苏州蓝鲸精密机械有限公司", "无锡蓝鲸精密机械有限公司", "蓝鲸精密机械"
A, B, C = "宁波听潮泵业有限公司", "宁波听潮潮泵业有限公司", "宁波听潮泵业业有限公司"
TOM = "tom@corp.example"


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield Pipeline(tools, clock, tmp_path, count(1))


@pytest.fixture
def tools(pipeline: Pipeline) -> Tools:
    """Its tools."""
    return pipeline.tools


def listed(tools: Tools, *names: str) -> None:
    content = "id,name\n" + "".join(f"{name},{name}\n" for name in names)
    import_customers.import_file(tools, "list.csv", content.encode())


def equals(tools: Tools) -> set[tuple[int, int | None]]:
    lines = recheck.recheck(tools).lines
    return {(line.customer_id, line.other_id) for line in lines if line.change is Change.EQUAL}


# ---- a question --------------------------------------------------------------------------------


def test_a_name_that_waits_for_a_decision_blocks_no_row_and_is_asked_about_once(pipeline: Pipeline) -> None:
    listed(pipeline.tools, WUXI)
    book = a_workbook([a_visit(UNCLEAR), a_visit(UNCLEAR, contact="李明")], opportunities=[a_deal(UNCLEAR)])
    assert pipeline.feed(a_mail(book)).state == "accepted"
    cover = {"rep_number": "E2"}
    other = a_workbook([a_visit(UNCLEAR)], cover=cover)
    assert pipeline.feed(a_mail(other, sender=TOM)).state == "accepted"
    assert len(pipeline.rows("visits")) == 3
    assert len(pipeline.rows("opportunities")) == 1
    owners = {row["customer_id"] for row in (*pipeline.rows("visits"), *pipeline.rows("opportunities"))}
    [review] = reviews.listed(pipeline.tools)
    assert (review.kind, {review.customer_id}, review.rows_waiting) == (ReviewKind.NAME, owners, 4)
    assert {candidate.display_name for candidate in review.candidates} == {SUZHOU, WUXI}
    assert recheck.recheck(pipeline.tools).lines == (), "it is being asked about"


def test_a_rep_is_told_that_it_was_asked_and_no_customer_of_another_region(pipeline: Pipeline) -> None:
    listed(pipeline.tools, WUXI)
    pipeline.feed(a_mail(a_workbook([a_visit(SUZHOU)])))  # E1 visits the one; nobody of E1's visits the other
    pipeline.clock.now = pipeline.clock.now.replace(hour=11)
    cover = {"rep_number": "E1", "report_date": builders.TODAY.replace(day=3)}
    pipeline.feed(a_mail(a_workbook([a_visit(UNCLEAR, visit_date=cover["report_date"])], cover=cover)))
    answer = pipeline.answers()[-1]
    [found] = [issue for issue in answer.issues if issue.code == "SD-M002"]
    assert set(found.suggestions) == {SUZHOU, ELSEWHERE}
    for language in Language:
        assert WUXI not in issue_text(found, language)
    parts = [part for mail in pipeline.mails() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert parts
    assert not any(WUXI in part.get_content() for part in parts)


def test_a_rep_is_told_the_name_that_is_used_and_why(pipeline: Pipeline) -> None:
    listed(pipeline.tools, "中国工商银行股份有限公司北京市分行")
    pipeline.feed(a_mail(a_workbook([a_visit("北京工行")])))
    [answer] = pipeline.answers()
    [line] = answer.customers
    assert (line.typed, line.canonical) == ("北京工行", "中国工商银行股份有限公司北京市分行")
    [mail] = pipeline.mails()
    [text] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain"]
    assert "北京工行 → 中国工商银行股份有限公司北京市分行" in text
    [said] = [issue for issue in answer.issues if issue.found == "北京工行"]
    assert issue_text(said, Language.ZH).endswith("（补全系统名称）。")
    assert issue_text(said, Language.EN).endswith(").")
    assert reviews.listed(pipeline.tools) == ()


def test_the_answer_of_a_steward_takes_the_rows_along_and_can_be_taken_back(pipeline: Pipeline) -> None:
    listed(pipeline.tools, WUXI)
    pipeline.feed(a_mail(a_workbook([a_visit(UNCLEAR)])))
    before = everything(pipeline.tools)
    [review] = reviews.listed(pipeline.tools)
    wuxi = next(one.customer_id for one in review.candidates if one.display_name == WUXI)
    reviews.decide(pipeline.tools, review.id, Answer(Says.SAME, wuxi))
    assert everything(pipeline.tools) != before
    cover = {"rep_number": "E2"}
    pipeline.feed(a_mail(a_workbook([a_visit(UNCLEAR)], cover=cover), sender=TOM))  # arrives in between
    assert reviews.listed(pipeline.tools) == (), "it is known now"
    reviews.take_back(pipeline.tools, review.id)
    [again] = reviews.listed(pipeline.tools)
    assert (again.id, again.rows_waiting) == (review.id, 2), "the row in between is on the side whose name it bears"


# ---- what binds --------------------------------------------------------------------------------


def test_a_recheck_proposes_once_on_both_databases_and_merges_nothing(tools: Tools) -> None:
    a, b = add(tools, A, B)
    head, branch = add(tools, "中国工商银行股份有限公司", "中国工商银行股份有限公司北京市分行")
    rehearsed = recheck.recheck(tools, dry_run=True)
    before = everything(tools)
    assert reviews.listed(tools) == ()
    done = recheck.recheck(tools)
    assert done == rehearsed
    changes = {(line.change, line.customer_id, line.other_id) for line in done.lines}
    assert changes == {(Change.EQUAL, b, a), (Change.PARENT, branch, head)}
    after = everything(tools)
    assert [row["root_id"] for row in after.customers] == [row["root_id"] for row in before.customers]
    again = recheck.recheck(tools)
    assert (again.renewed, again.lines) == (0, ())
    assert everything(tools) == after


def test_different_survives_a_recheck_an_import_a_report_and_a_change_of_the_rules(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    a, b = add(tools, A, B)
    assert equals(tools) == {(b, a)}
    [review] = reviews.listed(tools)
    reviews.decide(tools, review.id, Answer(Says.DIFFERENT, reason="两家"))
    changed = replace(tools, naming=NamingEngine(lexicon.load({"titles": ["工长"]})))
    assert equals(tools) == set()
    listed(tools, A, B)
    pipeline.feed(a_mail(a_workbook([a_visit(A), a_visit(B)])))
    assert {row["customer_id"] for row in pipeline.rows("visits")} == {a, b}
    assert equals(changed) == set()
    assert reviews.listed(tools) == ()
    done = merging.merge(tools, Request(a, b, {}))
    assert isinstance(done, Refusal)
    assert done.code is RefusalCode.JUDGED_DIFFERENT


def test_a_chain_of_likenesses_pulls_nobody_together_against_a_judgement(tools: Tools) -> None:
    a, b, c = add(tools, A, B, C)
    with tools.database.writing() as connection:
        assert reviews.judge_within(connection, tools, OPERATOR, Said(a, c, Says.DIFFERENT)) is None
    assert equals(tools) <= {(b, a), (c, b)}
    assert isinstance(merging.merge(tools, Request(a, b, {})), Merged)
    assert equals(tools) == set(), "b is a now, and c was kept from a"
    refusal = merging.merge(tools, Request(b, c, {}))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.JUDGED_DIFFERENT
    assert all(c not in {one.customer_id for one in review.candidates} for review in reviews.listed(tools))
