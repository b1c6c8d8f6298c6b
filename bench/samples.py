"""What the benches are fed with: invented reps, customers, workbooks and mails, alike for both sides."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, time, timedelta
from email.message import EmailMessage
from functools import cache
from xml.sax.saxutils import escape

from openpyxl import load_workbook
from openpyxl.styles import Border, Side

from daysheet.demo.workbooks import filled
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import spec as specs

REPS = 25
CUSTOMERS_PER_REP = 60
ROWS = 30
FIRST_DAY = date(2026, 3, 2)
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_SERIAL = (FIRST_DAY - _EXCEL_DAY_ZERO).days
_NEXT = timedelta(days=7)

CITIES = ("杭州", "苏州", "宁波", "无锡", "合肥", "南京", "常州", "绍兴", "嘉兴", "芜湖")
BRANDS = ("云杉", "蓝鲸", "远帆", "新禾", "启明", "恒川", "瑞岭", "天沐", "博涵", "嘉砚", "凌波", "正阳", "柏舟")
TRADES = ("自动化", "精密机械", "生物科技", "新材料", "环保设备", "电子", "医疗器械", "包装", "仪表", "化工")


@cache
def daily() -> TemplateSpec:
    """The packaged daily report."""
    return specs.load("daily_report")


def customer_name(number: int) -> str:
    """Return the registered name of customer *number*, each another one."""
    number, city = divmod(number, len(CITIES))
    number, trade = divmod(number, len(TRADES))
    number, brand = divmod(number, len(BRANDS))
    more = BRANDS[number % len(BRANDS)] if number else ""
    return f"{CITIES[city]}{BRANDS[brand]}{more}{TRADES[trade]}有限公司"


@dataclass(frozen=True, slots=True)
class Visit:
    """One row, as far as rows differ."""

    customer: str
    city: str
    industry: str
    contact: str
    phone: str
    content: str


@dataclass(frozen=True, slots=True)
class Report:
    """One rep's day."""

    rep: int
    day: date
    visits: tuple[Visit, ...]

    @property
    def address(self) -> str:
        """Who sends it."""
        return f"rep{self.rep}@bench.example"


def report(number: int) -> Report:
    """
    Return report *number*: every rep once, then the next day.

    29 of 30 customers are on the imported list, one is nobody's yet: what a normal day looks like.
    """
    day, rep = divmod(number, REPS)
    own = [rep * CUSTOMERS_PER_REP + (day * 7 + place * 2) % CUSTOMERS_PER_REP for place in range(ROWS - 1)]
    visits = [_visit(customer, number) for customer in own]
    return Report(rep, FIRST_DAY + timedelta(days=day), (*visits, _visit(REPS * CUSTOMERS_PER_REP + number, number)))


def _visit(customer: int, number: int) -> Visit:
    return Visit(
        customer_name(customer),
        CITIES[customer % len(CITIES)],
        TRADES[customer // len(CITIES) % len(TRADES)],
        f"周{BRANDS[customer % len(BRANDS)]}",
        f"138{customer:08d}",
        f"第{number}次谈了{TRADES[customer % len(TRADES)]}产线的改造计划，对方希望下月看样机",
    )


def people() -> bytes:
    """The reps as a list for ``people import``."""
    lines = [f"R{rep},{'李王张赵陈'[rep % 5]}{rep},rep,rep{rep}@bench.example,zh" for rep in range(REPS)]
    return "\n".join(("number,name,role,addresses,language", *lines)).encode()


def customers() -> bytes:
    """The customer list for ``customers import``."""
    lines = [f"K{number},{customer_name(number)}" for number in range(REPS * CUSTOMERS_PER_REP)]
    return "\n".join(("id,name", *lines)).encode()


# ---- workbooks -----------------------------------------------------------------------------------


@cache
def _pattern(rows: int) -> bytes:
    """A workbook with a mark where the reports differ: building each with openpyxl takes a tenth of a second."""
    typed = [
        {
            "visit_date": FIRST_DAY,
            "start_time": time(9 + row % 8, 30),
            "customer": f"@K{row}@",
            "city": f"@T{row}@",
            "industry": f"@I{row}@",
            "level": "B 重要 important",
            "contact": f"@N{row}@",
            "title": "采购经理",
            "phone": f"@P{row}@",
            "way": "上门拜访 Visit",
            "purpose": "需求沟通 Needs",
            "content": f"@C{row}@",
            "outcome": "有进展 Progress",
            "next_step": "报价并约样机演示",
            "next_date": FIRST_DAY + _NEXT,
        }
        for row in range(rows)
    ]
    cover = {"rep_number": "@R@", "report_date": FIRST_DAY, "summary": "拜访老客户，一家新客户"}
    return filled(daily(), Language.ZH, cover, {"visits": typed})


def workbook(report: Report) -> bytes:
    """Return *report* as the template's workbook: five sheets, the main one 30 rows × 15 columns."""
    marks = {"@R@": f"R{report.rep}"}
    for row, visit in enumerate(report.visits):
        marks |= {f"@K{row}@": visit.customer, f"@T{row}@": visit.city, f"@I{row}@": visit.industry}
        marks |= {f"@N{row}@": visit.contact, f"@P{row}@": visit.phone, f"@C{row}@": visit.content}
    serial = (report.day - _EXCEL_DAY_ZERO).days
    days = {f"<v>{_SERIAL}</v>": f"<v>{serial}</v>", f"<v>{_SERIAL + 7}</v>": f"<v>{serial + 7}</v>"}
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_pattern(len(report.visits)))) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if "worksheets/" in entry.filename:
                text = content.decode()
                for mark, value in marks.items():
                    text = text.replace(f">{mark}<", f">{escape(value)}<", 1)
                content = _replaced(text, days).encode()
            target.writestr(entry, content)
    return changed.getvalue()


def _replaced(text: str, pairs: dict[str, str]) -> str:
    parts = {old: f"\0{number}\0" for number, old in enumerate(pairs)}
    for old, place in parts.items():
        text = text.replace(old, place)
    for place, new in zip(parts.values(), pairs.values(), strict=True):
        text = text.replace(place, new)
    return text


def preformatted(content: bytes, rows: int = 300) -> bytes:
    """Return the workbook with *rows* empty but formatted rows on each visible sheet, as many companies' forms have."""
    book = load_workbook(io.BytesIO(content))
    border = Border(*[Side("thin")] * 4)
    for sheet in book.worksheets[:5]:
        for row in range(sheet.max_row + 1, sheet.max_row + rows + 1):
            for column in range(1, sheet.max_column + 1):
                sheet.cell(row, column).border = border
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


def long_workbook(rows: int) -> bytes:
    """Return one workbook whose main sheet has *rows* rows × 15 columns."""
    with zipfile.ZipFile(io.BytesIO(workbook(report(0)))) as source:
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                content = source.read(entry)
                if entry.filename == "xl/worksheets/sheet2.xml":
                    content = _lengthened(content.decode(), rows).encode()
                target.writestr(entry, content)
    return changed.getvalue()


def _lengthened(text: str, rows: int) -> str:
    """Repeat the first row, each with a customer and a content of its own."""
    start, end = text.index('<row r="3"'), text.index("</sheetData>")
    model = re.sub(r'r="([A-Z]*)3"', r'r="\1@"', text[start : text.index('<row r="4"')])
    model = model.replace(customer_name(0), "云杉@号仓储有限公司").replace("谈了", "谈了@：")
    return text[:start] + "".join(model.replace("@", str(number)) for number in range(3, 3 + rows)) + text[end:]


# ---- mails ---------------------------------------------------------------------------------------


def mail(number: int) -> bytes:
    """Return report *number* as a mail program sends it."""
    sent = report(number)
    message = EmailMessage()
    message["From"] = sent.address
    message["To"] = "daily@bench.example"
    message["Subject"] = f"日报 {sent.day:%Y-%m-%d}"
    message["Date"] = f"{sent.day:%a, %d %b %Y} 18:0{number % 10}:00 +0800"
    message["Message-ID"] = f"<{number}@bench.example>"
    message.set_content("领导好，今天的日报请查收。\n")
    message.add_attachment(
        workbook(sent),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename=f"日报-{sent.rep}-{sent.day:%Y-%m-%d}.xlsx",
    )
    return message.as_bytes()
