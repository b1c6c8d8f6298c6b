"""Check a workbook by itself: no database, nothing stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.issues import Issue, Place, Severity, issue
from daysheet.model.rows import Refusal
from daysheet.model.template import TemplateSpec
from daysheet.validation import dates, identify
from daysheet.validation.sheets import Context, Validator


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What is wrong with one file."""

    issues: tuple[Issue, ...]
    rows: int = 0

    @property
    def errors(self) -> int:
        """Issues that keep a row, or the file, out."""
        return sum(found.severity is Severity.ERROR for found in self.issues)

    @property
    def warnings(self) -> int:
        """Issues that ask for a look."""
        return sum(found.severity is Severity.WARNING for found in self.issues)


def check_file(
    reader: WorkbookReader, specs: Sequence[TemplateSpec], name: str, content: bytes, today: date
) -> FileCheck:
    """Return every issue of the file itself; names and known customers need a database."""
    read = reader.read(content, name)
    if isinstance(read, Refusal):
        return FileCheck((issue(read.code, Place(file=name), params=read.params),))
    choice = identify.choose(read, specs)
    if choice.spec is None:
        return FileCheck(choice.issues)
    expected = dates.date_in_text(name, today)
    context = Context(today=today, expected_date=expected, file_name=name, version=choice.version)
    checked = Validator(choice.spec).check(read, context)
    return FileCheck((*choice.issues, *checked.issues), len(checked.records))
