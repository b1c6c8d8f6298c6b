"""
Read and check one workbook: everything that needs no transaction.

bytes → Workbook or Refusal → template → typed records and issues → names taken apart.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import Attachment
from daysheet.model.names import NameParse
from daysheet.model.people import Person
from daysheet.model.rows import Checked, Record, Refusal, Workbook
from daysheet.model.template import ColumnType, SheetSpec, TemplateSpec
from daysheet.services import sender as senders
from daysheet.services.sender import Sender
from daysheet.services.tools import Tools
from daysheet.store import submissions
from daysheet.validation import dates, identify
from daysheet.validation.sheets import Context


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    One workbook, read and checked. *spec*, *checked*, *rep* and *report_date* are None as far as
    it could not be read; *issues* holds everything found. *names* maps a name as typed to its parse.
    """

    file_name: str
    sha256: str
    received_at: datetime
    today: date
    issues: tuple[Issue, ...]
    spec: TemplateSpec | None = None
    checked: Checked | None = None
    rep: Person | None = None
    report_date: date | None = None
    names: Mapping[str, NameParse] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """True where its rows can be filed."""
        return (
            self.checked is not None
            and self.checked.is_usable
            and self.rep is not None
            and self.report_date is not None
        )


def prepare(
    tools: Tools,
    attachment: Attachment,
    sender: Sender,
    subject: str,
    received_at: datetime,
    read: Workbook | Refusal | None = None,
) -> Prepared:
    """Read *attachment*, unless it was *read* ahead, and check it; wrong data become issues, never exceptions."""
    owner = sender.rep or sender.person
    prepared = Prepared(
        file_name=attachment.name,
        sha256=hashlib.sha256(attachment.content).hexdigest(),
        received_at=received_at,
        today=tools.day_of(received_at, owner),
        issues=(),
    )
    if read is None:
        read = tools.reader.read(attachment.content, attachment.name)
    if isinstance(read, Refusal):
        return replace(prepared, issues=(issue(read.code, Place(file=attachment.name), params=read.params),))
    return check(tools, prepared, read, sender, subject)


def check(tools: Tools, prepared: Prepared, workbook: Workbook, sender: Sender, subject: str) -> Prepared:
    """Find the template, type every cell, say whose report it is and of which day, take the names apart."""
    choice = identify.choose(workbook, tools.specs)
    spec = choice.spec
    if spec is None:
        return replace(prepared, issues=_at(choice.issues, prepared.file_name))

    owner = sender.rep or sender.person
    expected = dates.date_in_text(subject, prepared.today) or dates.date_in_text(prepared.file_name, prepared.today)
    with tools.database.reading() as connection:
        memory = submissions.recall_headers(connection, owner.id, spec.id)
    context = Context(
        today=prepared.today,
        expected_date=expected,
        sender_headers=memory,
        file_name=prepared.file_name,
        version=choice.version,
    )
    checked = tools.validators[spec.id].check(workbook, context)
    issues = [*choice.issues, *checked.issues]
    rep = senders.rep_of(tools, sender, spec, checked.cover)
    if isinstance(rep, str):
        place = Place(file=prepared.file_name, sheet=checked.sheet_names.get(spec.cover.key, "") if spec.cover else "")
        issues.append(issue(IssueCode.REP_UNKNOWN, place, rep, sender=sender.person.name))
    elif (today := tools.day_of(prepared.received_at, rep)) != prepared.today:
        # whoever mails the report may be in another zone than the rep, whose day counts
        return check(tools, replace(prepared, today=today), workbook, sender, subject)
    return replace(
        prepared,
        spec=spec,
        checked=checked,
        rep=None if isinstance(rep, str) else rep,
        report_date=dates.report_date(checked, spec, expected),
        names=_names(tools, spec, checked.records),
        issues=_at(issues, prepared.file_name),
    )


def customer_columns(sheet: SheetSpec) -> tuple[str, ...]:
    """Return the keys of *sheet*'s customer columns."""
    return tuple(column.key for column in sheet.of_type(ColumnType.CUSTOMER))


def _names(tools: Tools, spec: TemplateSpec, records: Sequence[Record]) -> dict[str, NameParse]:
    keys = {sheet.key: customer_columns(sheet) for sheet in spec.data_sheets}
    typed = {
        str(value) for record in records for key in keys.get(record.sheet, ()) if (value := record.values.get(key))
    }
    return {name: tools.naming.parse(name) for name in sorted(typed)}


def _at(issues: Sequence[Issue], file_name: str) -> tuple[Issue, ...]:
    return tuple(
        found if found.place.file else replace(found, place=replace(found.place, file=file_name)) for found in issues
    )
