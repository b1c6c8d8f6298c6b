"""One answer of every verdict, for the tests and the golden files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, GoneRow, SheetCount
from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language

COMPANY = "汉诚集团"


def a_problem(code: IssueCode, row: int, column: str, found: str = "", **more: Any) -> Issue:
    """Return an issue of the visits sheet."""
    place = Place(file="日报.xlsx", sheet="拜访", row=row, column=column, field="visit_date", sheet_key="visits")
    labels = {"label_zh": "拜访日期", "label_en": "Visit date"}
    return issue(code, place, found, suggestions=more.pop("suggestions", ()), params=labels | more)


ERROR = a_problem(IssueCode.CELL_NOT_A_DATE, 4, "D", "下周", suggestions=("2026-03-09",))
WARNING = a_problem(IssueCode.CELL_LEADING_ZEROS_LOST, 6, "F", "1062345678")
INFO = a_problem(IssueCode.NAME_FIXED, 7, "B", "華信科技有限公司", canonical="华信科技有限公司")
CUSTOMERS = (
    CustomerLine("华信科技有限公司", "华信科技有限公司", CustomerOutcome.KNOWN, 2),
    CustomerLine("华信", "华信科技有限公司", CustomerOutcome.RENAMED),
    CustomerLine("东方实业", "东方实业", CustomerOutcome.NEW),
    CustomerLine("人大", "人大", CustomerOutcome.REVIEW),
)
VISITS = SheetCount("拜访记录", "Visits", 16, 0)
DEALS = SheetCount("商机", "Opportunities", 2, 0)


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


def every_answer(language: Language) -> Mapping[str, Answer]:
    """Return an answer of each verdict by its name."""
    zh_file = Place(file="日报.xls")
    rejected = MessageState.REJECTED
    partly = an_answer(
        language,
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        sheets=(replace(VISITS, landed=14, parked=2), DEALS),
        issues=(ERROR, replace(ERROR, place=replace(ERROR.place, row=5)), WARNING, INFO),
    )
    return {
        "accepted": an_answer(language, issues=(INFO,)),
        "accepted-empty": an_answer(language, sheets=(), customers=(), issues=()),
        "accepted-to-check": an_answer(language, issues=(WARNING,)),
        "partly": partly,
        "partly-again": replace(
            partly,
            revision=2,
            replaces=1,
            fixed=3,
            still_open=1,
            gone=(GoneRow("拜访", 9, "南方集团，初访"),),
        ),
        "cover": an_answer(language, state=MessageState.PARTLY, reason=Reason.HAS_ISSUES, issues=(ERROR,)),
        "rejected": an_answer(
            language,
            state=rejected,
            reason=Reason.HAS_ISSUES,
            sheets=(replace(VISITS, landed=0, parked=16),),
            customers=(),
            issues=(ERROR,),
        ),
        "waiting": an_answer(
            language,
            kind=AnswerKind.WAITING,
            state=rejected,
            reason=Reason.WAITS_FOR_REPLACE,
            sheets=(),
            customers=(),
            issues=(issue(IssueCode.CROSS_REVISION_WAITS, Place(), missing=12, earlier=18),),
            revision=2,
            replaces=1,
            gone=tuple(GoneRow("拜访", row, f"客户{row}") for row in range(4, 28)),
        ),
        "unreadable": refused(
            language, rejected, Reason.UNREADABLE, issue(IssueCode.FILE_PASSWORD, zh_file), file_name="日报.xls"
        ),
        "rep-unknown": refused(
            language, rejected, Reason.REP_UNKNOWN, issue(IssueCode.REP_UNKNOWN, Place(), "E999"), rep_name=""
        ),
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
        "quarantined": refused(language, MessageState.QUARANTINED, Reason.INTERNAL_ERROR),
        "hostile": hostile(language),
    }


EVIL = '<script>alert("x")</script>\r\nBcc: evil@example.com\r\n\r\n<img src=http://evil.example/ onerror=x>'


def hostile(language: Language) -> Answer:
    """Return an answer in which everything a sender can write is an attack."""
    found = issue(
        IssueCode.CELL_NOT_IN_LIST,
        Place(file=EVIL, sheet=EVIL, row=4, column="D", field=EVIL),
        EVIL,
        suggestions=(EVIL,),
        label_zh=EVIL,
        label_en=EVIL,
        choices=EVIL,
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
        gone=(GoneRow(EVIL, 4, EVIL),),
    )


NAMES = tuple(every_answer(Language.EN))
