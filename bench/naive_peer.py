"""
What one would write in an afternoon: imaplib, email, openpyxl, SQLAlchemy's ORM.

Fair as far as it goes: openpyxl in its quick read-only mode, the same columns kept, a commit per
message, an answer queued. It skips what Daysheet promises besides (a spool, limits, a reader that
may die, naming rules, revisions, audit), which only makes it quicker.
"""

import imaplib
import io
import re
from datetime import date, datetime, time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any, cast

import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from daysheet.model.template import ColumnType, TemplateSpec


class Base(DeclarativeBase):
    """The naive program's tables."""


class Report(Base):
    """One mail's workbook."""

    __tablename__ = "report"
    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str]
    report_date: Mapped[date | None]
    file_name: Mapped[str]


class Customer(Base):
    """A customer by its name."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Visit(Base):
    """One row of the main sheet."""

    __tablename__ = "visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    row_number: Mapped[int]
    visit_date: Mapped[date]
    start_time: Mapped[time | None]
    city: Mapped[str | None]
    industry: Mapped[str | None]
    level: Mapped[str | None]
    contact: Mapped[str]
    title: Mapped[str | None]
    phone: Mapped[str | None]
    way: Mapped[str]
    purpose: Mapped[str]
    content: Mapped[str]
    outcome: Mapped[str]
    next_step: Mapped[str | None]
    next_date: Mapped[date | None]
    report: Mapped[Report] = relationship()
    customer: Mapped[Customer] = relationship()


class Problem(Base):
    """Something wrong with a cell."""

    __tablename__ = "problem"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"))
    text: Mapped[str]


class Reply(Base):
    """An answer that waits to be sent."""

    __tablename__ = "reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]


def open_workbook(content: bytes) -> Workbook:
    """
    Return *content* as openpyxl gives it, in the form our validator takes: the reader alone is another one.

    Its read-only mode would save a tenth, and does not know merged cells and hidden rows.
    """
    book = load_workbook(io.BytesIO(content), data_only=True)
    sheets = []
    for sheet in book.worksheets:
        is_hidden = sheet.sheet_state != "visible"
        rows = [] if is_hidden else [_cut(row) for row in sheet.iter_rows(values_only=True)]
        while rows and not rows[-1]:
            rows.pop()
        hidden_rows = frozenset(number for number, row in sheet.row_dimensions.items() if row.hidden)
        merges = tuple((one.min_row, one.min_col, one.max_row, one.max_col) for one in sheet.merged_cells.ranges)
        sheets.append(Sheet(sheet.title, tuple(rows), is_hidden, hidden_rows, merges))
    properties = {one.name: str(one.value) for one in book.custom_doc_props.props}
    names = {name: str(defined.attr_text) for name, defined in book.defined_names.items()}
    return Workbook(FileKind.XLSX, tuple(sheets), properties, names)


def _cut(row: tuple[Any, ...]) -> tuple[Any, ...]:
    last = len(row)
    while last and row[last - 1] is None:
        last -= 1
    return row[:last]


class NaivePeer:
    """Polls a mailbox and files its reports."""

    def __init__(self, url: str, spec: TemplateSpec, customers: list[str]) -> None:
        self.engine = sa.create_engine(url)
        Base.metadata.create_all(self.engine)
        with Session(self.engine) as session:
            session.execute(sa.insert(Customer), [{"name": name} for name in customers])
            session.commit()
        self.sheet = spec.data_sheets[0]
        self.choices = {
            one.key: {
                text: item.code
                for item in spec.lists[one.list or ""].items
                for text in (item.code, item.label.zh, item.label.en, f"{item.label.zh} {item.label.en}", *item.aliases)
            }
            for one in self.sheet.columns
            if one.type is ColumnType.ENUM
        }

    def poll(self, host: str, port: int, user: str, password: str, limit: int) -> int:
        """File up to *limit* unseen messages; returns how many."""
        mailbox = imaplib.IMAP4(host, port)
        mailbox.login(user, password)
        mailbox.select("INBOX")
        uids = mailbox.uid("search", "UNSEEN")[1][0].split()[:limit]
        for uid in uids:
            answer = mailbox.uid("fetch", uid, "(BODY.PEEK[])")[1]
            with Session(self.engine) as session:
                self.file(session, cast("EmailMessage", message_from_bytes(answer[0][1], policy=default)))
                session.commit()
            mailbox.uid("store", uid, "+FLAGS", "(\\Seen)")
        mailbox.logout()
        return len(uids)

    def file(self, session: Session, mail: EmailMessage) -> None:
        """Store the workbook of *mail* row by row and queue an answer."""
        sender = parseaddr(str(mail["From"]))[1]
        for part in mail.iter_attachments():
            name = part.get_filename() or ""
            if not name.endswith(".xlsx"):
                continue
            book = load_workbook(io.BytesIO(part.get_payload(decode=True)), read_only=True, data_only=True)
            report = Report(sender=sender, report_date=self._report_date(book.worksheets[0]), file_name=name)
            session.add(report)
            session.flush()
            landed, problems = self._rows(session, report, book.worksheets[1])
            text = f"{landed} rows filed, {problems} problems"
            session.add(Reply(to=sender, subject=f"Re: {mail['Subject']}", text=text))

    def _report_date(self, cover: Any) -> date | None:
        for row in cover.iter_rows(values_only=True):
            if row[0] == "report_date" and isinstance(row[2], datetime):
                return row[2].date()
        return None

    def _rows(self, session: Session, report: Report, sheet: Any) -> tuple[int, int]:
        landed = wrong = 0
        keys: list[str] = []
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number == 2:
                keys = [str(key) for key in row]
            if number <= 2 or not any(cell is not None for cell in row):
                continue
            values = dict(zip(keys, row, strict=False))
            values.pop("_ref", None)
            problems = self._check(values)
            for text in problems:
                session.add(Problem(report_id=report.id, text=f"row {number}: {text}"))
            if problems:
                wrong += len(problems)
                continue
            typed = str(values.pop("customer")).strip()
            customer = session.scalar(sa.select(Customer).where(Customer.name == typed))
            if customer is None:
                customer = Customer(name=typed)
                session.add(customer)
            session.add(Visit(report=report, customer=customer, row_number=number, **values))
            landed += 1
        return landed, wrong

    def _check(self, values: dict[str, Any]) -> list[str]:
        problems = []
        for one in self.sheet.columns:
            value = values.get(one.key)
            if value is None:
                if one.required:
                    problems.append(f"{one.key} is missing")
            elif one.type is ColumnType.DATE:
                if isinstance(value, datetime):
                    values[one.key] = value.date()
                else:
                    problems.append(f"{one.key} is not a date")
            elif one.type is ColumnType.ENUM:
                code = self.choices[one.key].get(str(value).strip())
                values[one.key] = code
                if code is None:
                    problems.append(f"{one.key} is not in the list")
            elif one.type is ColumnType.PHONE:
                values[one.key] = str(value)
                if not re.fullmatch(r"[\d+ ()/-]{7,20}", str(value)):
                    problems.append(f"{one.key} is not a phone number")
            elif one.max_length is not None and len(str(value)) > one.max_length:
                problems.append(f"{one.key} is too long")
        return problems
