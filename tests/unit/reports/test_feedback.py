"""What an answer says, and that it says each thing once."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from daysheet import i18n
from daysheet.i18n import keys
from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, Workbook
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language
from daysheet.reports.feedback import LONGEST_FACT, MOST_LINES, MOST_NAMES, MOST_PROBLEMS, View, view
from daysheet.reports.render import render
from tests.unit.reports.answers import (
    COMPANY,
    DEALS,
    ERROR,
    GONE,
    INFO,
    NAMES,
    RETURNS,
    TIDIED,
    VISITS,
    WARNING,
    a_problem,
    an_answer,
    carried,
    every_answer,
    refused,
)

EN, ZH = Language.EN, Language.ZH
WORKBOOKS: tuple[Workbook, ...] = get_args(Workbook)


def seen(answer: Answer, *, workbook: Workbook = "marked") -> View:
    return view(answer, COMPANY, workbook=workbook)


def partly(language: Language = EN, **more: object) -> Answer:
    base = {"state": MessageState.PARTLY, "reason": Reason.HAS_ISSUES, "issues": (ERROR,)}
    return an_answer(language, **base | {"sheets": (replace(VISITS, landed=14, parked=2), DEALS)} | more)


def block(answer: Answer, title: str) -> list[tuple[str, str]]:
    found = [one for one in seen(answer).blocks if one.title == title]
    return [(line.about, line.said) for one in found for line in one.lines]


# ---- the verdict -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("accepted", "all 18 rows accepted", "已收下 18 行"),
        ("accepted-empty", "accepted, but there was nothing in it", "已收下，里面没有内容"),
        ("accepted-to-check", "all 18 rows accepted, 1 to check", "已收下 18 行，1 项请核对"),
        ("partly", "2 of 18 rows need you", "18 行中 2 行需修改"),
        ("open", "18 rows accepted, 1 to correct", "已收下 18 行，另有 1 项需修改"),
        ("rejected", "all 16 rows need you", "16 行全部需修改"),
        ("rejected-whole", "not accepted, please correct and resend", "未能入库，请修改后重发"),
        ("waiting", "one question before we file it", "有一个问题，请您确认"),
        ("unreadable", "attachment not usable, please resend", "附件无法使用，请重发"),
        ("rep-unknown", "please check the employee number", "请核对封面的工号"),
        ("no-workbook", "no report attached", "没有收到日报附件"),
        ("link-only", "a link came, please attach the file", "收到的是链接，请发附件"),
        ("returned", "one row came back to you", "有一行请您再看一下"),
        ("kept", "the earlier report stands", "仍以上一份为准"),
        ("quarantined", "delayed, no need to resend", "暂时无法处理，不用重发"),
        ("spot-check", "spot check received", "抽查结果已收下"),
        ("spot-check-partly", "spot check received, some lines need you", "抽查结果已收下，有几行请再看"),
        ("spot-check-refused", "spot check not accepted", "抽查表未能收下"),
    ],
)
def test_the_subject_is_the_verdict(name: str, english: str, chinese: str) -> None:
    assert seen(every_answer(EN)[name]).subject == f"Re: 日报 2026-03-02 李薇 – {english}"
    assert seen(every_answer(ZH)[name]).subject == f"Re: 日报 2026-03-02 李薇 – {chinese}"


@pytest.mark.parametrize(("kind", "state", "reason"), list(product(AnswerKind, MessageState, Reason)))
def test_every_kind_state_and_reason_has_words(kind: AnswerKind, state: MessageState, reason: Reason) -> None:
    for language, sheets, issues in product(Language, ((), (VISITS,)), ((), (ERROR, WARNING, INFO))):
        answer = an_answer(language, kind=kind, state=state, reason=reason, sheets=sheets, issues=issues)
        shown = seen(answer, workbook=carried(answer))
        assert all((shown.subject, shown.headline, shown.todo, shown.tone, shown.footer))


def test_the_golden_answers_are_all_that_the_services_bring_forth() -> None:
    assert {(one.kind, one.state, one.reason) for one in every_answer(EN).values()} == {
        (AnswerKind.REPORT, MessageState.ACCEPTED, Reason.OK),
        (AnswerKind.REPORT, MessageState.PARTLY, Reason.HAS_ISSUES),
        (AnswerKind.REPORT, MessageState.REJECTED, Reason.HAS_ISSUES),
        (AnswerKind.WAITING, MessageState.PARTLY, Reason.WAITS_FOR_REPLACE),
        (AnswerKind.RETURNED, MessageState.PARTLY, Reason.HAS_ISSUES),
        (AnswerKind.KEPT, MessageState.PARTLY, Reason.DISMISSED),
        (AnswerKind.QUESTION, MessageState.PARTLY, Reason.HAS_ISSUES),
        (AnswerKind.REFUSED, MessageState.QUARANTINED, Reason.INTERNAL_ERROR),
        (AnswerKind.SUBSCRIPTION, MessageState.IGNORED, Reason.UNSUBSCRIBED),
        (AnswerKind.SUBSCRIPTION, MessageState.IGNORED, Reason.SUBSCRIBED),
        (AnswerKind.SPOT_CHECK, MessageState.ACCEPTED, Reason.SPOT_CHECK),
        (AnswerKind.SPOT_CHECK, MessageState.PARTLY, Reason.SPOT_CHECK),
        (AnswerKind.SPOT_CHECK, MessageState.REJECTED, Reason.SPOT_CHECK_REFUSED),
        *(
            (AnswerKind.REFUSED, MessageState.REJECTED, reason)
            for reason in (
                Reason.UNREADABLE,
                Reason.REP_UNKNOWN,
                Reason.NO_WORKBOOK,
                Reason.LINK_ONLY,
            )
        ),
    }


@pytest.mark.parametrize(
    ("name", "tone"),
    [("accepted-to-check", "good"), ("partly", "mixed"), ("waiting", "mixed"), ("quarantined", "mixed")]
    + [(name, "bad") for name in ("rejected", "unreadable", "no-workbook")],
)
def test_the_tone_goes_with_the_verdict(name: str, tone: str) -> None:
    assert seen(every_answer(EN)[name]).tone == tone


@pytest.mark.parametrize(
    ("landed", "parked", "headline"),
    [
        (1, 0, "Your report is in: 1 row accepted"),
        (2, 0, "Your report is in: all 2 rows accepted"),
        (1, 1, "1 of 2 rows needs you; the rest (1) is in"),
        (0, 1, "The only row needs you; nothing is in yet"),
        (0, 2, "All 2 rows need you; nothing is in yet"),
    ],
)
def test_one_row_and_many_rows_are_counted_in_english(landed: int, parked: int, headline: str) -> None:
    state = MessageState.REJECTED if not landed else MessageState.PARTLY if parked else MessageState.ACCEPTED
    answer = an_answer(EN, state=state, sheets=(replace(VISITS, landed=landed, parked=parked),))
    assert seen(answer).headline == headline


def test_a_message_beyond_the_limit_is_an_attachment_that_cannot_be_used() -> None:
    found = issue(IssueCode.FILE_TOO_LARGE, Place(), limit=25)
    shown = seen(refused(ZH, MessageState.REJECTED, Reason.TOO_LARGE, found, file_name=""), workbook="")
    assert shown.subject.endswith("附件无法使用，请重发")
    assert len(shown.sections[0].problems) == 1


def test_what_is_open_beside_the_rows_is_not_taken_for_the_cover() -> None:
    shown = seen(every_answer(ZH)["open"])
    assert shown.headline == "18 行已入库，另有 1 项需修改"
    assert "封面" not in shown.subject


# ---- what to do --------------------------------------------------------------------------------


def test_the_attachment_is_named_only_where_there_is_one() -> None:
    assert "attached" in seen(partly(), workbook="marked").todo
    assert "attached" not in seen(partly(), workbook="").todo


def test_nothing_to_do_is_said_so() -> None:
    assert seen(an_answer(ZH)).todo == "不用再做什么，辛苦了。"


@pytest.mark.parametrize(("number", "words"), [(1, "at the point below"), (2, "at the 2 points below")])
def test_the_points_to_check_are_counted_as_they_are_shown(number: int, words: str) -> None:
    warnings = tuple(a_problem(IssueCode.CELL_LEADING_ZEROS_LOST, 6 + row, "F", str(row)) for row in range(number))
    shown = seen(an_answer(EN, issues=warnings))
    assert words in shown.todo
    assert len(shown.sections[0].problems) == number


def test_two_faults_of_one_cell_are_one_point() -> None:
    faults = (
        a_problem(IssueCode.NAME_BRAND_ONLY, 8, "C", "云杉"),
        a_problem(IssueCode.CUSTOMER_UNKNOWN, 8, "C", "云杉", canonical="云杉"),
    )
    assert seen(an_answer(EN, issues=faults)).subject.endswith("1 to check")


def test_a_held_back_report_asks_for_replace_or_add() -> None:
    assert all(word in seen(every_answer(EN)["waiting"]).todo for word in ("REPLACE", "ADD"))
    assert all(word in seen(every_answer(ZH)["waiting"]).todo for word in ("替换", "追加"))


def test_new_customers_are_told_once_among_the_customers_and_are_nothing_to_check() -> None:
    names = [f"宁波听潮{number}号泵业有限公司" for number in range(10)]
    shown = seen(
        an_answer(
            EN,
            customers=tuple(CustomerLine(name, name, CustomerOutcome.NEW) for name in names),
            issues=tuple(a_problem(IssueCode.CUSTOMER_UNKNOWN, 4 + n, "C", name) for n, name in enumerate(names)),
        )
    )
    assert shown.subject.endswith("all 18 rows accepted")
    assert shown.sections == ()
    (block,) = [one for one in shown.blocks if one.title == "Customers"]
    assert [(line.about, line.said) for line in block.lines] == [("New", name) for name in names]
    assert "next time" in block.intro


def test_a_new_customer_that_is_like_a_known_one_asks_whether_it_is_that_one() -> None:
    lines = (CustomerLine("听潮泵业", "听潮泵业", CustomerOutcome.NEW),)
    like = a_problem(IssueCode.CUSTOMER_UNKNOWN, 4, "C", "听潮泵业", suggestions=("宁波听潮泵业有限公司",))
    shown = seen(an_answer(EN, customers=lines, issues=(like,)))
    (block,) = [one for one in shown.blocks if one.title == "Customers"]
    assert block.lines[0].said == "听潮泵业 (or is it 宁波听潮泵业有限公司?)"


def test_a_new_customer_that_no_line_tells_of_is_told_by_its_issue() -> None:
    shown = seen(an_answer(EN, customers=(), issues=(a_problem(IssueCode.CUSTOMER_UNKNOWN, 4, "C", "听潮泵业"),)))
    assert len(shown.sections[0].problems) == 1


def test_the_number_that_nobody_has_is_named() -> None:
    assert "E999" in seen(every_answer(ZH)["rep-unknown"]).todo


def test_a_sender_whose_message_broke_us_is_not_asked_to_mend_anything() -> None:
    shown = seen(every_answer(ZH)["quarantined"])
    assert shown.todo.startswith("不用重发")
    assert shown.sections == ()


# ---- which report ------------------------------------------------------------------------------


def test_the_report_is_named_in_one_line() -> None:
    assert seen(an_answer(ZH)).facts == ("李薇 · 2026年3月2日 周一 · 日报 3月2日.xlsx",)
    assert seen(an_answer(EN)).facts == ("李薇 · Mon 2 Mar 2026 · 日报 3月2日.xlsx",)


def test_an_endless_file_name_or_link_is_cut() -> None:
    shown = seen(refused(EN, MessageState.REJECTED, Reason.LINK_ONLY, file_name="n" * 200, link="l" * 200))
    assert shown.facts == (f"李薇 · {'n' * (LONGEST_FACT - 1)}… · {'l' * (LONGEST_FACT - 1)}…",)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "Version 2, in the place of version 1"),
        ({"fixed": 1}, "Version 2, in the place of version 1 · 1 earlier problem is fixed"),
        ({"fixed": 3}, "Version 2, in the place of version 1 · 3 earlier problems are fixed"),
        (
            {"fixed": 3, "still_open": 1},
            "Version 2, in the place of version 1 · earlier problems: 3 fixed, 1 still open",
        ),
        ({"kept": 1}, "Version 2, added to version 1: 1 earlier row stays"),
        ({"kept": 4, "fixed": 1}, "Version 2, added to version 1: 4 earlier rows stay · 1 earlier problem is fixed"),
    ],
)
def test_a_later_version_says_what_became_of_the_earlier_one(counts: dict[str, int], said: str) -> None:
    assert seen(an_answer(EN, revision=2, replaces=1, **counts)).facts[1:] == (said,)


def test_a_report_that_waits_has_replaced_nothing() -> None:
    assert len(seen(every_answer(EN)["waiting"]).facts) == 1


def test_a_stewards_note_is_said_with_who_wrote_it() -> None:
    shown = seen(an_answer(EN, kind=AnswerKind.RETURNED, note="Which day?\n\n- the 4th?", by="Ann Cole"))
    assert [(one.title, [line.said for line in one.lines]) for one in shown.gone] == [
        ("Note from Ann Cole", ["Which day?", "- the 4th?"])
    ]


# ---- problems ----------------------------------------------------------------------------------


def test_errors_come_before_warnings_and_infos_last() -> None:
    shown = seen(partly(ZH, issues=(INFO, WARNING, ERROR)))
    assert [one.title for one in shown.sections] == ["需要修改", "请核对"]
    assert shown.blocks[-1].title == "已为您处理"


def test_at_most_fifty_problems_are_shown_and_the_errors_first() -> None:
    errors = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", f"坏{row}") for row in range(48))
    warnings = tuple(a_problem(IssueCode.CELL_BAD_CONTACT, row, "H", f"坏{row}") for row in range(48))
    shown = seen(partly(issues=(*warnings, *errors)))
    assert [len(one.problems) for one in shown.sections] == [48, MOST_PROBLEMS - 48]
    assert [one.more for one in shown.sections] == ["", "46 more are in the check report of the attachment."]


@pytest.mark.parametrize(("extra", "more"), [(0, ""), (1, "1 more is in the check report of the attachment.")])
def test_the_fifty_first_problem_is_counted(extra: int, more: str) -> None:
    errors = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", f"坏{row}") for row in range(MOST_PROBLEMS + extra))
    assert seen(partly(issues=errors)).sections[0].more == more


def test_warnings_that_find_no_room_are_counted_all_the_same() -> None:
    errors = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", f"坏{row}") for row in range(MOST_PROBLEMS))
    section = seen(partly(ZH, issues=(*errors, WARNING))).sections[1]
    assert (section.problems, section.more) == ((), "另有 1 项，见附件里的“检查报告”。")


def test_without_an_attachment_nobody_is_sent_to_look_there() -> None:
    errors = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", f"坏{row}") for row in range(60))
    assert seen(partly(issues=errors), workbook="").sections[0].more == "10 more."


@pytest.mark.parametrize("name", ["link-only", "no-workbook", "rep-unknown", "quarantined"])
def test_what_the_verdict_says_is_no_problem_of_its_own(name: str) -> None:
    assert seen(every_answer(EN)[name]).sections == ()


def test_the_lines_of_a_section_and_a_block_are_never_empty() -> None:
    for name, language in product(NAMES, Language):
        shown = seen(every_answer(language)[name])
        assert all(one.problems or one.more for one in shown.sections)
        assert all(line.said for one in (*shown.gone, *shown.blocks) for line in one.lines)


# ---- what is gone ------------------------------------------------------------------------------


def test_vanished_rows_are_listed_and_not_told_twice() -> None:
    warning = issue(IssueCode.CROSS_ROWS_MISSING, Place(), missing=1)
    shown = seen(an_answer(ZH, gone=(GONE,), issues=(warning,), revision=2, replaces=1))
    assert shown.sections == ()
    assert [(line.about, line.said) for line in shown.gone[0].lines] == [
        ("拜访 第 9 行", "南方集团 · 2026-03-02 · 周敏")
    ]
    assert shown.subject.endswith("1 项请核对")


def test_vanished_rows_carry_the_sheets_name_in_the_readers_language() -> None:
    (gone,) = seen(an_answer(EN, gone=(GONE,))).gone
    assert gone.lines[0].about == "Visits row 9"
    assert "history" in gone.intro


def test_rows_of_a_report_that_waits_are_not_called_removed() -> None:
    (gone,) = seen(every_answer(EN)["waiting"]).gone
    assert gone.intro == ""
    assert (len(gone.lines), gone.more) == (MOST_LINES, "4 more.")


# ---- what was accepted -------------------------------------------------------------------------


def test_the_rows_of_each_sheet_are_counted() -> None:
    sheets = (replace(VISITS, landed=1, parked=0), replace(DEALS, landed=3, parked=2))
    assert block(partly(sheets=sheets), "What was accepted") == [
        ("Visits", "1 row in"),
        ("Opportunities", "3 rows in, 2 to correct"),
    ]
    assert block(partly(ZH, sheets=sheets), "入库情况") == [("拜访", "1 行已入库"), ("商机", "3 行已入库，2 行待修改")]


def test_rows_that_wait_for_a_word_are_not_said_to_need_correcting() -> None:
    assert seen(every_answer(EN)["waiting"]).blocks == ()


def line(typed: str, canonical: str, outcome: CustomerOutcome) -> CustomerLine:
    return CustomerLine(typed, canonical, outcome)


def test_a_name_that_was_changed_has_its_own_line() -> None:
    customers = (
        line("云杉", "杭州云杉自动化有限公司", CustomerOutcome.RENAMED),
        line("東方實業有限公司", "东方实业有限公司", CustomerOutcome.NEW),
        line("華信科技有限公司", "华信科技有限公司", CustomerOutcome.KNOWN),
    )
    assert block(an_answer(ZH, customers=customers), "客户名称") == [
        ("库内名称", "云杉 → 杭州云杉自动化有限公司"),
        ("新客户", "東方實業有限公司 → 东方实业有限公司"),
        ("已规范", "華信科技有限公司 → 华信科技有限公司"),
    ]


def test_names_that_were_kept_share_a_line_and_the_many_are_counted() -> None:
    customers = tuple(line(f"客户{n}", f"客户{n}", CustomerOutcome.KNOWN) for n in range(MOST_NAMES + 3))
    assert block(an_answer(ZH, customers=customers), "客户名称") == [
        ("已有客户", "客户0、客户1、客户2、客户3、客户4，另有 3 个")
    ]
    assert block(an_answer(EN, customers=customers), "Customers") == [
        ("Known", "客户0; 客户1; 客户2; 客户3; 客户4 and 3 more")
    ]


def test_a_hundred_changed_names_stay_short_and_the_kept_ones_are_still_named() -> None:
    customers = (
        *(line(f"简{n}", f"全称{n}", CustomerOutcome.RENAMED) for n in range(100)),
        line("人大", "人大", CustomerOutcome.REVIEW),
    )
    shown = next(one for one in seen(an_answer(EN, customers=customers)).blocks if one.title == "Customers")
    assert len(shown.lines) == MOST_LINES + 1
    assert (shown.lines[-1].about, shown.lines[-1].said, shown.more) == ("With steward", "人大", "80 more.")


def test_a_tidied_name_is_told_once() -> None:
    customers = (line("華信科技有限公司", "华信科技有限公司", CustomerOutcome.KNOWN),)
    titles = [one.title for one in seen(an_answer(ZH, customers=customers, issues=(TIDIED,))).blocks]
    assert titles == ["入库情况", "客户名称"]
    assert "已为您处理" in [one.title for one in seen(an_answer(ZH, customers=(), issues=(TIDIED,))).blocks]


def test_what_was_done_is_told_in_a_line_each() -> None:
    assert block(an_answer(ZH, issues=(INFO,)), "已为您处理") == [("拜访 F7", "“50万”已按数字 500,000 处理。")]


# ---- the rest ----------------------------------------------------------------------------------


def test_only_an_accepted_report_is_told_how_to_change_it() -> None:
    assert len(seen(an_answer(EN)).footer) == 2
    assert seen(partly(EN)).footer == ("汉诚集团 · sent automatically by Daysheet, the daily-report system",)


# ---- what came back ----------------------------------------------------------------------------


def returned(language: Language, **more: object) -> dict[str, tuple[list[tuple[str, str]], str]]:
    """Return the blocks of an answer with returns that one without has not: their lines and what is left out."""
    plain = {one.title for one in seen(an_answer(language)).blocks}
    blocks = seen(an_answer(language, returns=replace(RETURNS, **more))).blocks
    return {one.title: ([(line.about, line.said) for line in one.lines], one.more) for one in blocks[len(plain) :]}


def test_decisions_come_after_what_was_accepted_five_of_them() -> None:
    lines, more = returned(ZH)["处理结果"]
    assert lines == [
        ("确认为", "华信 → 华信科技有限公司（林婉）"),
        ("是新客户", "东方实业有限公司（林婉）"),
        ("已合并", "南方集团（杭州） → 其他区域已有的客户"),
        ("已更名", "听潮泵业 → 宁波听潮泵业有限公司（何川）"),
        ("已退回给您", "拜访第 9 行：见面是哪一天？（林婉）"),
    ]
    assert more == "另有 4 项。"


def test_a_customer_to_visit_is_named_with_what_was_promised() -> None:
    lines, more = returned(EN)["Customers to visit"]
    assert lines == [
        ("Level A", "华信科技有限公司: 0 of 3 visits in 7 days, no visit on record"),
        ("Level A", "苏州蓝鲸精密机械有限公司: 0 of 3 visits in 7 days, last 12 days ago"),
        ("Level B", "宁波听潮泵业有限公司: 0 of 1 visit in 7 days, last visited yesterday"),
    ]
    assert more == "4 more."


def test_the_month_is_told_in_numbers_and_a_closed_deal_is_not_open() -> None:
    lines, _ = returned(ZH)["您的月度情况（3月1日至4日）"]
    assert lines == [
        ("日报", "按时 1 份，迟交 1 份，缺 1 份，请假 1 天"),
        ("拜访", "16 次，7 家客户"),
        ("入库", "21 行"),
        ("商机", "赢单 1 个，丢单 1 个，进行中 4 个"),
    ]


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert returned(EN, decided=(), overdue=(), month={}) == {}
    assert list(returned(EN, decided=(), overdue=(), month={"visits.done": 1, "visits.customers": 1})) == [
        "Your month (1–4 Mar)"
    ]


@pytest.mark.parametrize("kind", [one for one in AnswerKind if one is not AnswerKind.REPORT])
def test_nothing_comes_back_with_a_refusal_or_a_question(kind: AnswerKind) -> None:
    bare = an_answer(EN, kind=kind, note="?", by="x")
    assert seen(replace(bare, returns=RETURNS)) == seen(bare)


def test_a_long_note_is_cut() -> None:
    long_note = replace(RETURNS.decided[4], note="x" * 500)
    (_, said), *_ = returned(ZH, decided=(long_note,))["处理结果"][0]
    assert len(said) < 160
    assert "…" in said


def test_the_next_reports_workbook_is_told_of_where_it_is_attached() -> None:
    told = "Attached is the workbook for your next report"
    assert told in seen(an_answer(EN), workbook="tomorrow").todo
    assert told not in seen(an_answer(EN), workbook="").todo
    assert told not in seen(an_answer(EN, issues=(WARNING,)), workbook="marked").todo


def test_every_text_of_the_answers_is_used() -> None:
    asked: set[str] = set()
    forms = i18n._forms

    def noting(key: str, language: Language) -> tuple[str, ...]:
        asked.add(key)
        return forms(key, language)

    many = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "A", f"坏{row}") for row in range(60))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(i18n, "_forms", noting)
        today = an_answer(ZH, returns=replace(RETURNS, overdue=(replace(RETURNS.overdue[1], days=0),)))
        others = (partly(ZH, issues=many), an_answer(ZH, replaces=1, fixed=1), today)
        for answer in (*every_answer(ZH).values(), *others):
            for workbook in WORKBOOKS:
                render(answer, COMPANY, workbook=workbook)
    assert keys(ZH, "answers") <= asked
    assert {key for key in keys(ZH, "returns") if not key.startswith("decided.row")} <= asked


@pytest.mark.parametrize(
    ("days", "en", "zh"),
    [
        (0, "last visited today", "最近一次是今天"),
        (1, "last visited yesterday", "最近一次是昨天"),
        (2, "last 2 days ago", "上次在 2 天前"),
    ],
)
def test_a_visit_of_today_or_yesterday_is_said_as_one_says_it(days: int, en: str, zh: str) -> None:
    overdue = (replace(RETURNS.overdue[1], days=days),)
    for language, title, said in ((EN, "Customers to visit", en), (ZH, "待拜访的客户", zh)):
        assert said in returned(language, overdue=overdue, more_overdue=0)[title][0][0][1]
