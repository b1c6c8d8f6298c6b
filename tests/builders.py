"""The smallest valid things: a report, a mail, and tools on a database of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

from daysheet import wiring
from daysheet.config import Settings
from daysheet.demo.workbooks import Typed, filled
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.services import import_customers, people, setup
from daysheet.services.tools import Tools
from daysheet.templates_xlsx import spec

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
"""Wednesday, 18:00 in Shanghai."""
TODAY = date(2026, 3, 4)
XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"

PEOPLE = """\
number,name,role,addresses,team,language,manager,may_submit_for,since
E1,王丽,rep,wang.li@corp.example,一组,zh,E9,,2025-09-01
E2,Tom Baker,rep,tom@corp.example;tom@home.example,二组,en,E9,,2025-09-01
E3,陈静,assistant,chen@corp.example,一组,zh,E9,team:一组,2025-09-01
E9,赵敏,manager,zhao@corp.example,,zh,,,2025-09-01
"""
CUSTOMERS = "id,name,aliases\nK1,杭州云杉自动化有限公司,云杉\nK2,苏州蓝鲸精密机械有限公司,\n"


@cache
def daily() -> TemplateSpec:
    """The packaged daily report."""
    return spec.load("daily_report")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def settings(folder: Path, **changes: Any) -> Settings:
    """Return settings whose every file lies in *folder*."""
    base: dict[str, Any] = {
        "company": {"name": "星河仪器"},
        "data_dir": folder / "var",
        "database": {"url": f"sqlite:///{folder / 'daysheet.db'}"},
        "smtp": {"sender": "daily@corp.example", "folder": folder / "answers"},
        "log": {"level": "error", "format": "console"},
    }
    return Settings(**base | changes)


def make_database(chosen: Settings) -> None:
    """Make the tables."""
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    database, specs = wiring.open_database(chosen), wiring.load_specs(chosen)
    path, key = database.path, tuple(one.digest for one in specs)
    is_new = path is not None and not path.exists()
    try:
        if is_new and path is not None and key in _DATABASES:
            path.touch(0o600)
            path.write_bytes(_DATABASES[key])
            return
        setup.upgrade(database, specs, NOW)
    finally:
        database.close()
    if is_new and path is not None:
        _DATABASES[key] = path.read_bytes()


_DATABASES: dict[tuple[str, ...], bytes] = {}
"""Empty SQLite files by the templates they were made for: making one takes twenty times as long as copying it."""


@contextmanager
def open_tools(chosen: Settings, clock: Callable[[], datetime] | None = None) -> Iterator[Tools]:
    """Give tools with people and customers in the database, and a clock that stands."""
    make_database(chosen)
    with reopen_tools(chosen, clock) as tools:
        people.import_file(tools, "people.csv", PEOPLE.encode())
        import_customers.import_file(tools, "customers.csv", CUSTOMERS.encode())
        yield tools


@contextmanager
def reopen_tools(chosen: Settings, clock: Callable[[], datetime] | None = None) -> Iterator[Tools]:
    """Give tools on a database that is made already, and a clock that stands."""
    with wiring.open_tools(chosen) as tools:
        yield replace(tools, clock=clock or Clock())


def a_visit(customer: str = "杭州云杉自动化有限公司", **changes: Typed) -> dict[str, Typed]:
    """Return a row of the Visits sheet with what is required."""
    row: dict[str, Typed] = {
        "visit_date": TODAY,
        "start_time": time(9, 0),
        "customer": customer,
        "contact": "周敏",
        "way": "上门拜访",
        "purpose": "需求沟通",
        "content": "谈了明年的计划",
        "outcome": "有进展",
    }
    return row | changes


def a_deal(customer: str = "杭州云杉自动化有限公司", **changes: Typed) -> dict[str, Typed]:
    """Return a row of the Opportunities sheet with what is required."""
    return {"customer": customer, "project": "涂装线二期", "stage": "已报价", "amount": 500000} | changes


def a_plan(customer: str = "杭州云杉自动化有限公司", **changes: Typed) -> dict[str, Typed]:
    """Return a row of the Plan sheet with what is required."""
    return {"plan_date": date(2026, 3, 9), "customer": customer, "purpose": "报价"} | changes


def a_workbook(
    visits: Sequence[Mapping[str, Typed]] = (),
    *,
    cover: Mapping[str, Typed] | None = None,
    language: Language = Language.ZH,
    **sheets: Sequence[Mapping[str, Typed]],
) -> bytes:
    """Return the daily report, filled by E1 for ``TODAY`` unless *cover* says otherwise."""
    written: dict[str, Typed] = {"rep_number": "E1", "report_date": TODAY}
    content = written | dict(cover or {}), {"visits": visits, **sheets}
    key = repr((language, content))
    if key not in _WORKBOOKS:
        _WORKBOOKS[key] = filled(daily(), language, *content)
    return _WORKBOOKS[key]


_WORKBOOKS: dict[str, bytes] = {}
"""What was built by what it holds: the same few workbooks are wanted by very many tests."""


def a_mail(
    content: bytes | None = None,
    *,
    sender: str = "wang.li@corp.example",
    subject: str = "日报",
    text: str = "请查收。",
    file_name: str = "日报.xlsx",
    message_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a mail as a mail program writes it, with *content* attached."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "daily@corp.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(NOW)
    mail["Message-ID"] = message_id or f"<{abs(hash((content, subject, text, sender)))}@corp.example>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    if content is not None:
        mail.add_attachment(content, maintype="application", subtype=XLSX, filename=file_name)
    return mail.as_bytes()
