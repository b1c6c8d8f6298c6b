"""Spot checks on both databases: drawn, mailed back, counted, and true to whom customers have become."""

import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from daysheet.errors import NotAllowed, UsageError
from daysheet.model.answers import AnswerKind
from daysheet.model.mail import MessageState, Reason
from daysheet.model.memory import OPERATOR
from daysheet.model.spot_checks import Outcome, Refused, Why
from daysheet.services import import_customers, merging, people, sampling, spot_checks
from daysheet.services.merging import Merged, Request
from daysheet.services.tools import Tools
from daysheet.store import spot_checks as store
from daysheet.store import tables
from daysheet.templates_xlsx.spot_check import FIRST_ROW
from tests import builders
from tests.builders import NOW, TODAY, Clock, a_mail, a_visit, a_workbook
from tests.spot_sheets import customers_of, filled
from tests.unit.services.conftest import Pipeline

PEOPLE = """\
number,name,role,addresses,team,region,manager
E1,王丽,rep,wang.li@corp.example,一组,华东,E9
E2,Tom Baker,rep,tom@corp.example,二组,华北,E9
E9,赵敏,manager,zhao@corp.example,,,
S1,林婉,steward,lin@corp.example,,,
"""
SPRUCE, WHALE = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"
MANAGER, STEWARD, REP = "zhao@corp.example", "lin@corp.example", "wang.li@corp.example"


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database, its two customers reported by E1."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        people.import_file(tools, "people.csv", PEOPLE.encode())
        made = Pipeline(tools, clock, tmp_path, count(1))
        made.feed(
            a_mail(a_workbook([a_visit(SPRUCE, phone="0571-87000000", city="杭州"), a_visit(WHALE, contact="钱进")]))
        )
        yield made


@pytest.fixture
def tools(pipeline: Pipeline) -> Tools:
    """Its tools."""
    return pipeline.tools


def draw(tools: Tools, size: int = 2, **more: Any) -> sampling.Sample:
    return sampling.sample(tools, size, OPERATOR, **more)


def ids(tools: Tools) -> dict[str, int]:
    with tools.database.reading() as connection:
        return dict(connection.execute(sa.select(tables.customer.c.display_name, tables.customer.c.id)).fetchall())


def items(tools: Tools, check_id: int = 1) -> dict[str, Any]:
    return {item.name: item for item in spot_checks.show(tools, check_id).items}


def figures(tools: Tools, first: date = TODAY, last: date = TODAY) -> dict[int, Any]:
    with tools.database.reading() as connection:
        return store.figures(connection, first, last)


def counts(customers: int, wrong: int, fields: int, fields_wrong: int) -> dict[str, int]:
    return {
        "spot.customers": customers,
        "spot.customers_wrong": wrong,
        "spot.fields": fields,
        "spot.fields_wrong": fields_wrong,
        "spot.fields_squared": fields**2,
        "spot.wrong_squared": fields_wrong**2,
        "spot.wrong_times_fields": fields * fields_wrong,
    }


def returned(content: bytes, sender: str = MANAGER) -> bytes:
    return a_mail(content, sender=sender, subject="抽查", file_name="抽查.xlsx")


# ---- drawing -------------------------------------------------------------------------------------


def test_what_is_known_is_handed_out(tools: Tools) -> None:
    drawn = draw(tools)
    assert set(customers_of(drawn.content).values()) == {SPRUCE, WHALE}
    printed = items(tools)[SPRUCE].drawn.printed
    assert (printed["contact"], printed["phone"], printed["city"]) == ("周敏", "0571-87000000", "杭州")
    assert (printed["owner"], items(tools)[SPRUCE].drawn.stratum) == ("王丽", "华东")
    assert items(tools)[WHALE].drawn.printed["contact"] == "钱进"


def test_the_contact_is_the_one_reported_last(pipeline: Pipeline) -> None:
    pipeline.clock.now += timedelta(days=1)
    later = a_workbook([a_visit(SPRUCE, contact="孙莉", phone="13800000000")], cover={"report_date": date(2026, 3, 5)})
    pipeline.feed(a_mail(later))
    draw(pipeline.tools)
    printed = items(pipeline.tools)[SPRUCE].drawn.printed
    assert (printed["contact"], printed["phone"]) == ("孙莉", "13800000000")


def test_each_region_gets_its_share(tools: Tools) -> None:
    listed = "name\n" + "".join(f"宁波听潮{a}{b}泵业有限公司\n" for a in "甲乙丙丁戊己" for b in "春夏秋冬")
    import_customers.import_file(tools, "list.csv", listed.encode())
    drawn = draw(tools, 13, by_region=True, seed=5)
    assert drawn.regions == {"": 12, "华东": 1}
    again = draw(tools, 13, by_region=True, seed=5)
    assert customers_of(again.content) == customers_of(drawn.content)
    other = draw(tools, 13, by_region=True, seed=6)
    assert not set(customers_of(other.content)) & set(customers_of(drawn.content)), "13 of 26 were left"


def test_who_was_drawn_lately_is_left_alone_for_ninety_days(pipeline: Pipeline) -> None:
    first = next(iter(customers_of(draw(pipeline.tools, 1, seed=1).content)))
    for days, seed in ((0, 2), (89, 3)):
        pipeline.clock.now = NOW + timedelta(days=days)
        second = next(
            iter(customers_of(sampling.sample(pipeline.tools, 1, OPERATOR, seed=seed, rehearses=True).content))
        )
        assert second != first
    pipeline.clock.now = NOW + timedelta(days=90)
    found = Counter(
        next(iter(customers_of(sampling.sample(pipeline.tools, 1, OPERATOR, seed=seed, rehearses=True).content)))
        for seed in range(10, 30)
    )
    assert first in found


def test_a_rehearsal_leaves_nothing(tools: Tools) -> None:
    assert draw(tools, rehearses=True).id == 0
    assert spot_checks.listed(tools, 10) == ()


def test_a_merged_customer_is_drawn_once_and_a_name_without_rows_never(pipeline: Pipeline) -> None:
    known = ids(pipeline.tools)
    assert isinstance(merging.merge(pipeline.tools, Request(known[SPRUCE], known[WHALE], {})), Merged)
    assert draw(pipeline.tools, 9).size == 1


def test_without_customers_there_is_nothing_to_draw(prepared_url: str, tmp_path: Path) -> None:
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url})) as tools:
        with tools.database.writing() as connection:
            connection.execute(tables.customer.update().values(status="inactive"))
        with pytest.raises(UsageError, match="no customer to draw"):
            draw(tools)
        assert spot_checks.listed(tools, 10) == ()


# ---- coming back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [MANAGER, STEWARD])
def test_a_sheet_is_mailed_back_and_confirmed(pipeline: Pipeline, sender: str) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    said = {
        known[SPRUCE]: {
            "reached": "是 yes",
            "name.mark": "对 right",
            "phone.mark": "错 wrong",
            "phone.right": "0571-1",
        },
        known[WHALE]: {"reached": "否 no", "note": "空号"},
    }
    line = pipeline.feed(returned(filled(drawn.content, said), sender))
    assert (line.state, line.reason, line.submissions) == (MessageState.ACCEPTED, Reason.SPOT_CHECK, ())
    answer = pipeline.answers()[-1]
    assert answer.kind is AnswerKind.SPOT_CHECK
    assert answer.note == "第 1 次抽查：收下 2 行，联系上 1 户，其中 1 户有错；没联系上 1 户。"
    assert pipeline.mails()[-1]["To"] == sender
    assert figures(pipeline.tools) == {known[SPRUCE]: counts(1, 1, 2, 1)}
    finding = items(pipeline.tools)[SPRUCE].finding
    assert (finding.outcome, finding.wrong, finding.checked_on) == (Outcome.REACHED, {"phone": "0571-1"}, TODAY)
    assert items(pipeline.tools)[WHALE].finding.note == "空号"
    logged = pipeline.select(
        sa.select(tables.audit.c.actor, tables.audit.c.after).where(tables.audit.c.action == "spot_check.returned")
    )
    assert [tuple(row) for row in logged] == [
        ({MANAGER: "E9", STEWARD: "S1"}[sender], {"lines": 2, "not_taken": 0, "wrong": 1})
    ]


def test_nothing_is_changed_by_what_was_found(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    before = pipeline.select(sa.select(tables.customer))
    pipeline.feed(returned(filled(drawn.content, {known[SPRUCE]: {"city.right": "苏州"}})))
    assert pipeline.select(sa.select(tables.customer)) == before
    assert spot_checks.wrong_values(items(pipeline.tools)[SPRUCE]) == {"city": ("杭州", "苏州")}


def test_a_rep_may_not_return_one(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    line = pipeline.feed(returned(filled(drawn.content, {known[SPRUCE]: {"name.mark": "对"}}), REP))
    assert (line.state, line.reason) == (MessageState.REJECTED, Reason.SPOT_CHECK_REFUSED)
    assert "只能由数据管家、经理或管理员" in pipeline.answers()[-1].note
    assert figures(pipeline.tools) == {}


def test_of_a_check_that_was_never_drawn_nothing_is_taken(pipeline: Pipeline) -> None:
    drawn = draw(pipeline.tools, rehearses=True)
    line = pipeline.feed(returned(drawn.content))
    assert (line.state, line.reason) == (MessageState.REJECTED, Reason.SPOT_CHECK_REFUSED)


def test_it_comes_back_in_parts_and_the_later_one_counts_line_by_line(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    first, second = known[SPRUCE], known[WHALE]
    pipeline.feed(returned(filled(drawn.content, {first: {"name.mark": "对", "city.mark": "错"}})))
    assert "还有 1 户没有结果" in pipeline.answers()[-1].note
    pipeline.feed(returned(filled(drawn.content, {second: {"name.mark": "错"}})))
    assert figures(pipeline.tools) == {first: counts(1, 1, 2, 1), second: counts(1, 1, 1, 1)}
    pipeline.feed(returned(filled(drawn.content, {first: {"name.mark": "对"}})))
    assert figures(pipeline.tools) == {first: counts(1, 0, 1, 0), second: counts(1, 1, 1, 1)}


def test_several_sheets_come_back_in_one_mail_and_what_is_none_is_named(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    mail = message_from_bytes(returned(filled(drawn.content, {known[SPRUCE]: {"name.mark": "对"}})), policy=default)
    files = {
        "抽查2.xlsx": filled(drawn.content, {known[WHALE]: {"name.mark": "错"}}),
        "日报.xlsx": a_workbook([a_visit(SPRUCE)]),
    }
    for name, content in files.items():
        mail.add_attachment(content, maintype="application", subtype=builders.XLSX, filename=name)
    line = pipeline.feed(mail.as_bytes())
    assert (line.state, line.reason) == (MessageState.PARTLY, Reason.SPOT_CHECK)
    assert figures(pipeline.tools) == {known[SPRUCE]: counts(1, 0, 1, 0), known[WHALE]: counts(1, 1, 1, 1)}
    assert "另有 1 个附件不是抽查表，没有读取：日报.xlsx。" in pipeline.answers()[-1].note


def test_a_copy_of_the_sheet_in_the_same_workbook_is_read_too(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    book = load_workbook(io.BytesIO(filled(drawn.content, {known[SPRUCE]: {"name.mark": "对"}})))
    copy = book.copy_worksheet(book.worksheets[0])
    keys = {cell.value: cell.column for cell in copy[FIRST_ROW - 1]}
    for row in (FIRST_ROW, FIRST_ROW + 1):
        mark = "错" if copy.cell(row, keys["spot.id"]).value == known[WHALE] else None
        copy.cell(row, keys["name.mark"]).value = mark
    saved = io.BytesIO()
    book.save(saved)
    assert pipeline.feed(returned(saved.getvalue())).state is MessageState.ACCEPTED
    assert figures(pipeline.tools) == {known[SPRUCE]: counts(1, 0, 1, 0), known[WHALE]: counts(1, 1, 1, 1)}


def test_lines_that_cannot_be_taken_are_named_and_the_others_count(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    said = {known[SPRUCE]: {"name.mark": "对"}, known[WHALE]: {"name.mark": "大概"}}
    line = pipeline.feed(returned(filled(drawn.content, said)))
    assert (line.state, line.reason) == (MessageState.PARTLY, Reason.SPOT_CHECK)
    assert "没有收下：“大概”既不是“对”也不是“错”。" in pipeline.answers()[-1].note
    assert list(figures(pipeline.tools)) == [known[SPRUCE]]


def test_an_operator_takes_a_file_back(tools: Tools) -> None:
    drawn, known = draw(tools), ids(tools)
    content = filled(drawn.content, {known[SPRUCE]: {"name.mark": "对"}, 99: {"name.mark": "对"}})
    back = spot_checks.give_back(tools, "back.xlsx", content, "S1")
    assert (back.reached, back.unreached, back.wrong, back.waiting, back.unread) == (1, 0, 0, 1, ())
    assert items(tools)[SPRUCE].by == "S1"
    with pytest.raises(NotAllowed, match="only stewards"):
        spot_checks.give_back(tools, "back.xlsx", content, "E1")
    with pytest.raises(UsageError, match="nobody has"):
        spot_checks.give_back(tools, "back.xlsx", content, "X")
    with pytest.raises(UsageError, match="not the sheet of a spot check"):
        spot_checks.give_back(tools, "report.xlsx", a_workbook([a_visit()]))


def test_a_sheet_without_its_lines_is_refused(pipeline: Pipeline) -> None:
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(draw(pipeline.tools).content))
    book.worksheets[0].delete_rows(5)
    content = io.BytesIO()
    book.save(content)
    assert spot_checks.give_back(pipeline.tools, "back.xlsx", content.getvalue()).refused is Refused.NO_LINES


# ---- what it comes to ----------------------------------------------------------------------------


def test_the_day_of_the_call_decides_where_it_counts(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    pipeline.clock.now = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
    content = filled(drawn.content, {known[SPRUCE]: {"name.mark": "对", "checked_on": date(2026, 3, 6)}})
    pipeline.feed(returned(content))
    assert figures(pipeline.tools, date(2026, 3, 7), date(2026, 3, 31)) == {}
    assert set(figures(pipeline.tools, date(2026, 3, 6), date(2026, 3, 6))) == {known[SPRUCE]}


def test_a_customer_that_was_merged_counts_once_and_after_the_unmerge_as_before(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    drawn, known = draw(tools), ids(tools)
    winner, loser = known[SPRUCE], known[WHALE]
    pipeline.feed(
        returned(filled(drawn.content, {winner: {"name.mark": "对"}, loser: {"name.mark": "错", "contact.mark": "对"}}))
    )
    before = figures(tools)
    done = merging.merge(tools, Request(winner, loser, {}))
    assert isinstance(done, Merged)
    assert done.event is not None
    assert figures(tools) == {winner: counts(1, 1, 3, 1)}
    shown = spot_checks.show(tools, 1)
    assert {item.root_id for item in shown.items} == {winner}
    assert shown.figures == counts(1, 1, 3, 1), "what is shown is what a digest counts"
    merging.unmerge(tools, event_id=done.event.id)
    assert figures(tools) == before == {winner: counts(1, 0, 1, 0), loser: counts(1, 1, 2, 1)}


def test_merged_customers_with_faults_each_are_one_with_faults(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    drawn, known = draw(tools), ids(tools)
    pipeline.feed(
        returned(filled(drawn.content, {known[SPRUCE]: {"name.mark": "错"}, known[WHALE]: {"name.mark": "错"}}))
    )
    assert spot_checks.listed(tools, 1)[0].wrong == 2
    merging.merge(tools, Request(known[SPRUCE], known[WHALE], {}))
    shown = spot_checks.show(tools, 1)
    assert (shown.check.reached, shown.check.wrong, shown.check.waiting) == (2, 1, 0)
    assert shown.figures["spot.customers_wrong"] == 1


def test_what_had_not_been_known_is_news_and_no_fault(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    said = {"name.mark": "错", "name.right": "蓝鲸集团", "contact.mark": "对", "phone.right": "021-58000000"}
    pipeline.feed(returned(filled(drawn.content, {known[WHALE]: said})))
    found = {item.root_id: item for item in spot_checks.show(pipeline.tools, 1).items}
    assert spot_checks.wrong_values(found[known[WHALE]]) == {"name": (WHALE, "蓝鲸集团")}
    assert spot_checks.news(found[known[WHALE]]) == {"phone": "021-58000000"}
    assert (spot_checks.wrong_values(found[known[SPRUCE]]), spot_checks.news(found[known[SPRUCE]])) == ({}, {})


def test_a_check_still_comes_back_after_its_customer_was_merged(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    merging.merge(pipeline.tools, Request(known[SPRUCE], known[WHALE], {}))
    line = pipeline.feed(returned(filled(drawn.content, {known[WHALE]: {"name.mark": "错"}})))
    assert line.state == MessageState.ACCEPTED
    assert figures(pipeline.tools) == {known[SPRUCE]: counts(1, 1, 1, 1)}


def test_a_check_shows_its_rates(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    empty = spot_checks.show(pipeline.tools, 1)
    assert (empty.customers, empty.fields, empty.check.waiting) == (None, None, 2)
    pipeline.feed(
        returned(filled(drawn.content, {known[SPRUCE]: {"name.mark": "对"}, known[WHALE]: {"name.mark": "错"}}))
    )
    shown = spot_checks.show(pipeline.tools, 1)
    assert shown.customers is not None
    assert shown.customers.rate == 0.5
    assert (shown.check.reached, shown.check.wrong, shown.check.waiting) == (2, 1, 0)
    with pytest.raises(UsageError, match="no spot check 2"):
        spot_checks.show(pipeline.tools, 2)


def test_the_reasons_are_told_in_order(pipeline: Pipeline) -> None:
    drawn, known = draw(pipeline.tools), ids(pipeline.tools)
    content = filled(drawn.content, {known[SPRUCE]: {"reached": "是"}, known[WHALE]: {"reached": "?"}})
    back = spot_checks.give_back(pipeline.tools, "back.xlsx", content)
    assert {one.why for one in back.unread} == {Why.NOTHING_JUDGED, Why.REACHED}
    assert [one.line for one in back.unread] == [6, 7]
