"""What leaves a rep's computer: a mail around a file, and a report as CSV."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from daysheet.demo.company import DOMAIN, MAILBOX
from daysheet.demo.workbooks import Typed
from daysheet.model.template import TemplateSpec

XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail before it is sent; without *content* it has no attachment."""

    name: str
    user: str  # before the @
    subject: str
    text: str
    content: bytes | None = field(default=None, repr=False)
    file_name: str = ""
    subtype: str = XLSX
    domain: str = DOMAIN
    headers: Mapping[str, str] = field(default_factory=dict)

    def written(self, at: datetime, identity: str = "") -> bytes:
        """Return the mail as a mail program writes it; *identity* tells mails of one subject apart."""
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.user}@{self.domain}>"
        mail["To"] = MAILBOX
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(at)
        told_apart = f"{self.user}{self.subject}{identity}"
        mail["Message-ID"] = f"<{hashlib.sha256(told_apart.encode()).hexdigest()[:16]}@{self.domain}>"
        for key, value in self.headers.items():
            mail[key] = value
        mail.set_content(self.text)
        if self.content is not None:
            mail.add_attachment(self.content, maintype="application", subtype=self.subtype, filename=self.file_name)
        return mail.as_bytes()


def csv_of(form: TemplateSpec, rows: Sequence[Mapping[str, Typed]]) -> bytes:
    """Return *rows* of the Visits sheet as a spreadsheet program saves them as CSV."""
    sheet = form.sheet("visits")
    labels = {column.key: column.label.zh for column in sheet.columns}
    keys = [key for key in labels if any(row.get(key) is not None for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([labels[key] for key in keys])
    writer.writerows([_cell(row.get(key)) for key in keys] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Typed) -> str:
    return "" if value is None else str(value)
