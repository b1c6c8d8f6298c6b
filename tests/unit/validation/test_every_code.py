"""
Each code the check of a workbook can raise, by the smallest value that raises it and nothing else.

A rep reads these texts and nothing else: each says where, what, and what to write instead.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

import daysheet
from daysheet.i18n import issue_text
from daysheet.model.issues import Issue, IssueCode, Severity
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, CellFault, Workbook
from daysheet.model.template import RowRule, RuleKind, TemplateSpec
from daysheet.model.text import Bilingual, Language
from daysheet.validation.identify import choose
from daysheet.validation.sheets import Context, Validator
from tests.unit.validation.books import (
    DAY,
    PLAN,
    VISIT,
    a_book,
    a_cover,
    a_deal,
    a_grid,
    a_table,
    a_visit,
    daily,
    lite,
)

HEAD, GOOD = list(VISIT), list(VISIT.values())


@dataclass(frozen=True)
class Case:
    """A workbook, the template it is checked against, and the one issue there must be."""

    book: Callable[[], Workbook]
    cell: str
    sheet: str = "拜访"
    says: str = ""  # what the English text must hold: what to write instead, or what was done
    spec: Callable[[], TemplateSpec] = daily
    expected_date: date | None = None


def visit(**changes: Cell) -> Callable[[], Workbook]:
    return lambda: a_book(a_table(a_visit(**changes)))


def deal(**changes: Cell) -> Callable[[], Workbook]:
    return lambda: a_book(a_table(a_deal(**changes), name="商机"))


def grid(*rows: list[Cell], **more: object) -> Callable[[], Workbook]:
    return lambda: a_book(a_grid(*rows, **more))  # type: ignore[arg-type]


def fault(kind: CellFault, text: str) -> Callable[[], Workbook]:
    return grid(HEAD, [*GOOD[:-1], None], faults={(2, 7): (kind, text)})


def third_version() -> TemplateSpec:
    """The daily report two versions on; the first is too old by then."""
    return replace(daily(), version=3, min_accepted=2)


def own_template() -> TemplateSpec:
    """A company's template: a column with a pattern, a rule of its own, and few rows."""
    visits = daily().sheet("visits")
    columns = tuple(
        replace(c, pattern=r"[A-Z]{2}\d{3}", example=Bilingual("SH001", "SH001")) if c.key == "city" else c
        for c in visits.columns
    )
    rule = RowRule("SD-R007", RuleKind.NOT_BEFORE, ("next_date",), other="visit_date")
    changed = replace(visits, columns=columns, row_rules=(rule,), max_rows=2)
    sheets = tuple(changed if sheet.key == "visits" else sheet for sheet in daily().sheets)
    return replace(daily(), sheets=sheets)


def three_visits() -> Workbook:
    return a_book(a_table(*(a_visit(联系人=f"周敏{n}") for n in range(3))))


OLD = {"daysheet.template": "daily_report", "daysheet.version": "1"}

CASES: Mapping[str, Case] = {
    "SD-F006": Case(lambda: a_book(kind=FileKind.XLS), "", "", ".xlsx template next time"),
    "SD-F008": Case(
        lambda: Workbook(FileKind.CSV, (a_table(VISIT),), charset="GB18030"), "", "", "GB18030; if names look wrong"
    ),
    "SD-T001": Case(
        lambda: Workbook(FileKind.XLSX, (a_grid(["品名", "单价"]),)), "", "", "fill in the company's template"
    ),
    "SD-T002": Case(lambda: a_book(properties={}), "", "", "fill in the template itself"),
    "SD-T003": Case(
        lambda: a_book(properties={**OLD, "daysheet.version": "2"}), "", "", "version 2, now 3", spec=third_version
    ),
    "SD-T004": Case(lambda: a_book(properties=OLD), "", "", "fill in version 3", spec=third_version),
    "SD-S001": Case(
        lambda: Workbook(FileKind.XLSX, (a_cover(), a_table(PLAN, name="计划")), OLD), "", "", 'The sheet "Visits"'
    ),
    "SD-S002": Case(grid(HEAD[:-1], GOOD[:-1]), "1:1", says='with the heading "Outcome"'),
    "SD-S003": Case(
        grid(["Customer nmae", *HEAD[::6], *HEAD[2:6]], [GOOD[1], *GOOD[::6], *GOOD[2:6]]),
        "A1",
        says='taken as "Customer"',
    ),
    "SD-S004": Case(grid([*HEAD, "结果"], [*GOOD, "无进展"]), "H1", says="rename or delete the other"),
    "SD-S005": Case(grid([*HEAD, "天气"], [*GOOD, "晴"]), "H1", says="kept but not used"),
    "SD-S006": Case(
        grid(HEAD, GOOD, [None, *GOOD[1:2], "李华", *GOOD[3:]], merges=((2, 1, 3, 1),)), "A2", says="(A2:A3)"
    ),
    "SD-S007": Case(grid(HEAD), "", says="nothing to report, ignore this"),
    "SD-S008": Case(grid(HEAD, GOOD, hidden_rows=frozenset({2})), "2:2", says="show and delete them"),
    "SD-S009": Case(three_visits, "4:4", says="more than 2 rows", spec=own_template),
    "SD-S010": Case(
        lambda: a_book(a_table(VISIT, name="拜访 (2)")),
        "",
        "拜访 (2)",
        'Please move its rows into "拜访" and send it again',
    ),
    "SD-S011": Case(
        lambda: a_book(a_grid(["品名", "型号", "单价"], ["泵", "P1", 1200], name="价目表")),
        "",
        "价目表",
        "move that to the template's own sheet",
    ),
    "SD-S012": Case(
        lambda: a_book(a_grid(["单位：万元"], [*a_deal(金额=1)], [*a_deal(金额=10).values()], name="商机")),
        "A1",
        "商机",
        'says "单位：万元": the numbers in Amount that name no unit of their own were multiplied by 10,000',
    ),
    "SD-C001": Case(visit(联系人=None), "C2", says='"Contact" is required. Please fill it in.'),
    "SD-C002": Case(deal(金额="很多"), "D2", "商机", "such as 120000 or 1,200.50"),
    "SD-C003": Case(visit(拜访日期="下周三"), "A2", says="such as 2026-11-20"),
    "SD-C004": Case(visit(拜访方式="打球"), "D2", says="Visit, Phone, Online meeting"),
    "SD-C005": Case(fault(CellFault.ERROR, "#REF!"), "G2", says='(#REF!). Type the result in "Outcome"'),
    "SD-C006": Case(fault(CellFault.UNCALCULATED, "=A1"), "G2", says="Open and save the file in Excel"),
    "SD-C007": Case(visit(联系人="敏" * 41), "C2", says="(41 characters). Please shorten it to at most 40"),
    "SD-C008": Case(deal(金额="50万"), "D2", "商机", '"50万" was taken as the number 500,000'),
    "SD-C009": Case(visit(电话=57187001122.0), "H2", says="for example 0571-87001122"),
    "SD-C010": Case(visit(联系人="周\u200b敏"), "C2", says='removed from "Contact"'),
    "SD-C011": Case(deal(成交概率=160), "D2", "商机", "between 0 and 100"),
    "SD-C012": Case(visit(电话="打总机"), "H2", says="Write it like 13812345678"),
    "SD-C013": Case(fault(CellFault.IMAGE, '=DISPIMG("ID_1",1)'), "G2", says="Please type the text"),
    "SD-C014": Case(visit(拜访日期=46085), "A2", says="the date 2026-03-04"),
    "SD-C015": Case(visit(城市="上海"), "H2", says="Write it like this: SH001", spec=own_template),
    "SD-C017": Case(
        grid(HEAD, GOOD, ["2026-03-04", "云杉", "同上", "电话", "报价", "谈了", "有进展"]),
        "C3",
        says='"同上" in "Contact" was taken as "周敏"',
    ),
    "SD-R001": Case(visit(下次日期="2026-03-01"), "H2", says='before "Visit date"'),
    "SD-R002": Case(deal(阶段="赢单"), "2:2", "商机", 'needs "Amount"'),
    "SD-R003": Case(deal(阶段="丢单"), "2:2", "商机", "at least one of: Competitor, Win or loss reason"),
    "SD-R004": Case(deal(阶段="已报价"), "A2", "商机", "add a row to the plan"),
    "SD-R005": Case(visit(拜访日期="2026-03-05"), "A2", says="what is planned goes on the plan sheet"),
    "SD-R006": Case(grid(HEAD, GOOD[:2]), "C2", says="missing: Contact, Way, Purpose, What was said, Outcome."),
    "SD-R007": Case(visit(下次日期="2026-03-01"), "H2", says="check and correct: Next date", spec=own_template),
    "SD-X001": Case(grid(HEAD, GOOD, GOOD), "3:3", says="The same as row 2"),
    "SD-X002": Case(
        lambda: a_book(a_grid([*a_deal(金额=1)], [*a_deal(金额=10).values()], ["合计", None, None, 11], name="商机")),
        "D3",
        "商机",
        "The total says 11, but the rows above add up to 10",
    ),
    "SD-X004": Case(a_book, "B3", "封面", "2026-03-03; the cover's date was used", expected_date=date(2026, 3, 3)),
}


@cache
def found(code: str) -> tuple[Issue, ...]:
    """Every issue of a case, found as the pipeline does: first the template, then the check."""
    case = CASES[code]
    book = case.book()
    choice = choose(book, [case.spec(), lite()])
    if choice.spec is None:
        return choice.issues
    checked = Validator(choice.spec).check(book, Context(DAY, case.expected_date))
    return (*choice.issues, *checked.issues)


@pytest.mark.parametrize("code", CASES)
def test_the_smallest_cause_raises_this_code_and_no_other(code: str) -> None:
    assert [str(one.code) for one in found(code)] == [code]


@pytest.mark.parametrize("code", CASES)
def test_it_says_sheet_and_cell_and_how_bad_it_is(code: str) -> None:
    (one,) = found(code)
    assert one.place.cell == CASES[code].cell
    assert one.place.sheet == CASES[code].sheet
    assert one.severity is IssueCode(code).severity


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", CASES)
def test_its_text_is_whole(code: str, language: Language) -> None:
    said = issue_text(found(code)[0], language)
    assert not re.search(r"[{}]|None|  |“”|\"\"|（）|\(\)|: ?\.|：。|[，,、]。", said), said
    assert said.endswith(("。", ".")), said
    assert (re.search("[\u4e00-\u9fff]", said) is not None) or language is Language.EN


@pytest.mark.parametrize("code", CASES)
def test_its_text_says_what_to_write_or_what_was_done(code: str) -> None:
    (one,) = found(code)
    english, chinese = issue_text(one, Language.EN), issue_text(one, Language.ZH)
    assert CASES[code].says
    assert CASES[code].says in english
    if one.severity is not Severity.INFO:
        assert re.search(r"请|应|可|建议", chinese), f"what should be done instead? {chinese}"


@pytest.mark.parametrize("code", [code for code in CASES if code[3] == "C"])
def test_a_cells_text_calls_the_column_by_its_name(code: str) -> None:
    (one,) = found(code)
    for language in Language:
        label = one.params[f"label_{language}"]
        assert label in issue_text(one, language) or IssueCode(code) in (
            IssueCode.CELL_NUMBER_AS_TEXT,
            IssueCode.CELL_DATE_AS_SERIAL,
        )


# ---- the list of codes is whole ----------------------------------------------------------------------

OF_SERVICES = {
    "SD-C016": "needs the customers",
    "SD-X003": "needs the deal's history",
    "SD-X005": "needs the earlier report",
    "SD-X006": "needs the earlier report",
}
NOWHERE: set[str] = set()
"""Raised by nothing yet; a code that begins to be raised leaves this set."""


def sources() -> dict[str, str]:
    folder = Path(daysheet.__file__).parent
    paths = [*folder.rglob("*.py"), *(folder / "templates_xlsx").glob("*.yaml")]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths if path.name != "issues.py"}


def test_every_code_of_a_workbook_has_its_case() -> None:
    mine = {str(code) for code in IssueCode if re.match(r"SD-[TSCRX]\d", code)}
    assert set(CASES) - {"SD-F006", "SD-F008"} | set(OF_SERVICES) | NOWHERE == mine


def test_every_code_is_raised_somewhere() -> None:
    texts = sources().values()
    raised = {
        str(code)
        for code in IssueCode
        if any(f"IssueCode.{code.name}" in text or f"code: {code}" in text for text in texts)
    }
    # a rule of a company's own template: no packaged template has one
    assert {str(code) for code in IssueCode} - raised - {"SD-R007"} == NOWHERE


def test_codes_that_need_a_history_are_raised_by_services() -> None:
    services = "".join(text for path, text in sources().items() if path.startswith("services"))
    for code in OF_SERVICES:
        assert f"IssueCode.{IssueCode(code).name}" in services
