"""One answer of every verdict, for the tests and the golden files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, GoneRow, SheetCount, Workbook
from daysheet.model.issues import Issue, IssueCode, Place, Severity, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.spot_checks import Refused, Returned, Unread, Why
from daysheet.model.text import Language
from daysheet.services.spot_checks import told

COMPANY = "汉诚集团"


def a_problem(code: IssueCode, row: int, column: str, found: str = "", **more: Any) -> Issue:
    """Return an issue of the visits sheet."""
    place = Place(file="日报.xlsx", sheet="拜访", row=row, column=column, field="visit_date", sheet_key="visits")
    labels = {"label_zh": "拜访日期", "label_en": "Visit date"}
    return issue(code, place, found, suggestions=more.pop("suggestions", ()), params=labels | more)


ERROR = a_problem(IssueCode.CELL_NOT_A_DATE, 4, "D", "下周", suggestions=("2026-03-09",))
WARNING = a_problem(
    IssueCode.NAME_REGION_AMBIGUOUS,
    6,
    "C",
    "朝阳医院",
    list="北京朝阳、辽宁朝阳",
    label_zh="客户名称",
    label_en="Customer",
)
INFO = a_problem(IssueCode.CELL_NUMBER_AS_TEXT, 7, "F", "50万", value="500,000")
TIDIED = a_problem(IssueCode.NAME_FIXED, 7, "B", "華信科技有限公司", canonical="华信科技有限公司")
MERGED = issue(IssueCode.SHEET_MERGED_CELLS, Place(file="日报.xlsx", sheet="商机", sheet_key="opportunities"), "A4:B5")
CUSTOMERS = (
    CustomerLine("华信科技有限公司", "华信科技有限公司", CustomerOutcome.KNOWN, 2),
    CustomerLine("華信科技有限公司", "华信科技有限公司", CustomerOutcome.KNOWN),
    CustomerLine("华信", "华信科技有限公司", CustomerOutcome.RENAMED),
    CustomerLine("东方实业有限公司", "东方实业有限公司", CustomerOutcome.NEW),
    CustomerLine("人大", "人大", CustomerOutcome.REVIEW),
)
VISITS = SheetCount("拜访", "Visits", 16, 0)
DEALS = SheetCount("商机", "Opportunities", 2, 0)
GONE = GoneRow("visits", 9, "南方集团 · 2026-03-02 · 周敏", "拜访", "Visits")

RETURNS = Returns(
    since=date(2026, 3, 1),
    until=date(2026, 3, 4),
    month={
        "discipline.due": 4,
        "discipline.on_time": 1,
        "discipline.late": 1,
        "discipline.missing": 1,
        "discipline.leave": 1,
        "visits.done": 16,
        "visits.customers": 7,
        "rows.landed": 21,
        "won.count": 1,
        "lost.count": 1,
        "deals.quoted.count": 3,
        "deals.tender.count": 1,
        "deals.won.count": 9,
    },
    decided=(
        Decided(DecidedKind.SAME, "华信", "华信科技有限公司", "林婉", on=date(2026, 3, 3)),
        Decided(DecidedKind.DIFFERENT, "东方实业有限公司", by="林婉", on=date(2026, 3, 3)),
        Decided(DecidedKind.MERGED, "南方集团（杭州）", "", "", on=date(2026, 3, 3)),
        Decided(DecidedKind.RENAMED, "听潮泵业", "宁波听潮泵业有限公司", "何川", on=date(2026, 3, 2)),
        Decided(DecidedKind.RETURNED, "拜访第 9 行", by="林婉", note="见面是哪一天？", on=date(2026, 3, 2)),
        Decided(DecidedKind.REPAIRED, "拜访第 11 行", by="林婉", on=date(2026, 3, 2)),
        Decided(DecidedKind.DROPPED, "拜访第 12 行", by="林婉", note="写了两遍", on=date(2026, 3, 2)),
    ),
    overdue=(
        Overdue("华信科技有限公司", "A", None, 0, 3, within=7),
        Overdue("苏州蓝鲸精密机械有限公司", "A", date(2026, 2, 20), 0, 3, 12, 7),
        Overdue("宁波听潮泵业有限公司", "B", date(2026, 3, 3), 0, 1, 1, 7),
    ),
    more_decided=2,
    more_overdue=4,
)
"""What comes back to a rep on a busy day."""


def an_answer(language: Language = Language.EN, **more: Any) -> Answer:
    """Return an accepted report; *more* changes it."""
    return Answer(
        **{
            "kind": AnswerKind.REPORT,
            "language": language,
            "state": MessageState.ACCEPTED,
            "reason": Reason.OK,
            "rep_name": "李薇",
            "file_name": "日报 3月2日.xlsx",
            "subject": "日报 2026-03-02 李薇",
            "report_date": date(2026, 3, 2),
            "template_id": "standard",
            "sheets": (VISITS, DEALS),
            "customers": CUSTOMERS,
        }
        | more
    )


def refused(language: Language, state: MessageState, reason: Reason, *issues: Issue, **more: Any) -> Answer:
    """Return an answer to a message nothing could be taken from."""
    bare: dict[str, Any] = {"sheets": (), "customers": (), "report_date": None, "issues": issues}
    return an_answer(language, kind=AnswerKind.REFUSED, state=state, reason=reason, **bare | more)


def chosen(language: Language, reason: Reason, digest: str) -> Answer:
    """Return the confirmation that a digest was left or asked for."""
    return Answer(AnswerKind.SUBSCRIPTION, language, MessageState.IGNORED, reason, rep_name="李薇", digest=digest)


def every_answer(language: Language) -> Mapping[str, Answer]:
    """Return an answer of each verdict by its name: all that the services can bring forth."""
    rejected = MessageState.REJECTED
    partly = an_answer(
        language,
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        sheets=(replace(VISITS, landed=14, parked=2), DEALS),
        issues=(ERROR, replace(ERROR, place=replace(ERROR.place, row=5)), WARNING, INFO, TIDIED),
    )
    gone = issue(IssueCode.CROSS_ROWS_MISSING, Place(file="日报.xlsx"), missing=1)
    return {
        "accepted": an_answer(language, issues=(INFO, TIDIED)),
        "accepted-returns": an_answer(language, returns=RETURNS),
        "accepted-empty": an_answer(language, sheets=(), customers=(), issues=()),
        "leave": an_answer(language, sheets=(), customers=(), leave=(date(2026, 3, 2), date(2026, 3, 4))),
        "accepted-to-check": an_answer(language, issues=(WARNING,)),
        "added": an_answer(language, revision=2, replaces=1, kept=12),
        "partly": partly,
        "partly-returns": replace(partly, returns=replace(RETURNS, month={}, overdue=(), more_overdue=0)),
        "partly-again": replace(
            partly, revision=2, replaces=1, fixed=3, still_open=1, gone=(GONE,), issues=(gone, *partly.issues)
        ),
        "open": an_answer(language, state=MessageState.PARTLY, reason=Reason.HAS_ISSUES, issues=(MERGED,)),
        "rejected": an_answer(
            language,
            state=rejected,
            reason=Reason.HAS_ISSUES,
            sheets=(replace(VISITS, landed=0, parked=16),),
            customers=(),
            issues=(ERROR,),
        ),
        "rejected-whole": an_answer(
            language,
            state=rejected,
            reason=Reason.HAS_ISSUES,
            report_date=None,
            sheets=(),
            customers=(),
            issues=(
                issue(
                    IssueCode.CELL_REQUIRED,
                    Place(sheet="封面", row=4, column="C"),
                    label_zh="日报日期",
                    label_en="Report date",
                ),
            ),
        ),
        "waiting": an_answer(
            language,
            kind=AnswerKind.WAITING,
            state=MessageState.PARTLY,
            reason=Reason.WAITS_FOR_REPLACE,
            sheets=(replace(VISITS, landed=0, parked=6),),
            customers=(),
            issues=(issue(IssueCode.CROSS_REVISION_WAITS, Place(), missing=24, earlier=28),),
            replaces=1,
            gone=tuple(replace(GONE, row_number=row, summary=f"客户{row}") for row in range(4, 28)),
        ),
        "returned": an_answer(
            language,
            kind=AnswerKind.RETURNED,
            state=MessageState.PARTLY,
            reason=Reason.HAS_ISSUES,
            sheets=(),
            customers=(),
            issues=(ERROR,),
            note="见面是哪一天？\n请写成 2026-03-09 这样。",
            by="林婉",
        ),
        "question": an_answer(
            language,
            kind=AnswerKind.QUESTION,
            state=MessageState.PARTLY,
            reason=Reason.HAS_ISSUES,
            sheets=(),
            customers=(CustomerLine("华信", "华信", CustomerOutcome.REVIEW, 2),),
            note="您这里的“华信”是哪一家？",
            by="林婉",
            review=7,
            candidates=("华信科技有限公司", ""),
        ),
        "unsubscribed": chosen(language, Reason.UNSUBSCRIBED, "weekly"),
        "unsubscribed-morning": chosen(language, Reason.UNSUBSCRIBED, "morning"),
        "subscribed": chosen(language, Reason.SUBSCRIBED, "monthly"),
        "subscribed-steward": chosen(language, Reason.SUBSCRIBED, "steward"),
        "kept": an_answer(
            language,
            kind=AnswerKind.KEPT,
            state=MessageState.PARTLY,
            reason=Reason.DISMISSED,
            sheets=(),
            customers=(),
            note="已和您电话确认，上午那份是完整的。",
            by="林婉",
        ),
        "unreadable": refused(
            language, rejected, Reason.UNREADABLE, issue(IssueCode.FILE_PASSWORD, Place(file="日报.xls"))
        ),
        "rep-unknown": refused(language, rejected, Reason.REP_UNKNOWN, issue(IssueCode.REP_UNKNOWN, Place(), "E999")),
        "no-workbook": refused(
            language, rejected, Reason.NO_WORKBOOK, issue(IssueCode.FILE_MISSING, Place()), file_name=""
        ),
        "link-only": refused(
            language,
            rejected,
            Reason.LINK_ONLY,
            issue(IssueCode.FILE_LINK_ONLY, Place(), "https://pan.example.com/s/1"),
            file_name="",
            link="https://pan.example.com/s/1",
        ),
        "quarantined": refused(
            language,
            MessageState.QUARANTINED,
            Reason.INTERNAL_ERROR,
            issue(IssueCode.FILE_READER_FAILED, Place()),
            file_name="",
        ),
        "spot-check": spot_check(language, MessageState.ACCEPTED, Returned(3, 12, 2, 4, waiting=6)),
        "spot-check-partly": spot_check(language, MessageState.PARTLY, Returned(3, 1, 0, 1, unread=UNREAD)),
        "spot-check-refused": spot_check(language, rejected, Returned(3, refused=Refused.NOT_ALLOWED)),
        "long": long(language),
        "hostile": hostile(language),
    }


UNREAD = (Unread(8, Why.MARK, "大概对"), Unread(11, Why.DATE, "2月30日"), Unread(12, Why.NOTHING_JUDGED))


def spot_check(language: Language, state: MessageState, returned: Returned) -> Answer:
    """Return what somebody is told who mailed a spot check back."""
    return Answer(
        kind=AnswerKind.SPOT_CHECK,
        language=language,
        state=state,
        reason=Reason.SPOT_CHECK if returned.refused is None else Reason.SPOT_CHECK_REFUSED,
        rep_name="林婉",
        subject="日报 2026-03-02 李薇",
        note="\n".join(told(returned, language)),
    )


LONG = "华东联合石油化工装备集团股份有限公司西北油田分公司第二采油厂物资采购管理中心（驻杭州办事处）"


def long(language: Language) -> Answer:
    """Return an answer of a bad day: many problems, two to a cell, long names, values without a space."""
    issues = (
        *(a_problem(IssueCode.CELL_REQUIRED, row, "G") for row in (4, 6, 9, 12, 15, 18, 22, 31)),
        a_problem(IssueCode.CELL_NOT_A_DATE, 5, "J", "2月30日", suggestions=("2026-02-28",)),
        a_problem(IssueCode.NAME_SEVERAL, 6, "C", "甲公司/乙公司", list="甲公司、乙公司"),
        a_problem(IssueCode.CELL_NOT_A_NUMBER, 7, "F", "x" * 80),
        a_problem(IssueCode.NAME_BRAND_ONLY, 8, "C", "云杉"),
        a_problem(IssueCode.CUSTOMER_AMBIGUOUS, 8, "C", "云杉", suggestions=("杭州云杉阀门厂", "苏州云杉软件有限公司")),
        a_problem(IssueCode.CUSTOMER_UNKNOWN, 9, "C", LONG, suggestions=("华东联合石化装备有限公司",)),
        INFO,
    )
    known = [f"杭州云杉{number}号自动化有限公司" for number in range(1, 10)]
    return an_answer(
        language,
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        subject="回复：Re: 销售日报（华东大区杭州办事处）李薇 2026年3月2日",
        file_name=f"销售日报_华东大区_杭州办事处_李薇_2026-03-02_{'最终版_' * 10}.xlsx",
        sheets=(replace(VISITS, landed=14, parked=11), DEALS),
        issues=issues,
        customers=(
            CustomerLine("Harbour  light optics", "Harbour Light Optics Pte. Ltd.", CustomerOutcome.RENAMED),
            CustomerLine("云杉", "云杉", CustomerOutcome.REVIEW),
            CustomerLine(LONG, LONG, CustomerOutcome.NEW),
            CustomerLine("Longname" * 10, "Longname" * 10, CustomerOutcome.NEW),
            *(CustomerLine(name, name, CustomerOutcome.KNOWN) for name in known),
        ),
        gone=(replace(GONE, summary=LONG),),
    )


EVIL = (
    '<script>alert("x")</script>\r\nBcc: evil@example.com\r\n\r\n'
    "<img src=http://evil.example/ onerror=x>\u202e{{ 7 * 7 }}"
)
"""Markup, a header, a tag that fetches, a mark that turns the text around, and a template's brackets."""


def hostile(language: Language) -> Answer:
    """Return an answer in which everything a sender can write is an attack."""
    found = issue(
        IssueCode.NAME_SEVERAL,
        Place(file=EVIL, sheet=EVIL, row=4, column="D", field=EVIL),
        EVIL,
        suggestions=(EVIL,),
        label_zh=EVIL,
        label_en=EVIL,
        list=EVIL,
    )
    return an_answer(
        language,
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        rep_name=EVIL,
        file_name=EVIL,
        subject=EVIL,
        sheets=(SheetCount(EVIL, EVIL, 1, 1),),
        issues=(found,),
        customers=(CustomerLine(EVIL, EVIL + "!", CustomerOutcome.NEW),),
        gone=(GoneRow(EVIL, 4, EVIL, EVIL, EVIL),),
        link=EVIL,
        note=EVIL,
        by=EVIL,
        returns=replace(
            RETURNS,
            decided=(Decided(DecidedKind.SAME, EVIL, EVIL, EVIL, EVIL),),
            overdue=(Overdue(EVIL, EVIL, None, 0, 1),),
        ),
    )


def carried(answer: Answer) -> Workbook:
    """Return the workbook that the services attach to *answer*."""
    if answer.kind is not AnswerKind.REFUSED and any(one.severity is not Severity.INFO for one in answer.issues):
        return "marked"
    return "tomorrow" if answer.returns is not None else ""


NAMES = tuple(every_answer(Language.EN))
