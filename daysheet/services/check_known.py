"""Check a workbook as if it had been mailed, and roll everything back."""

from daysheet.errors import UsageError
from daysheet.model.mail import Attachment, Envelope
from daysheet.services.answering import Incoming
from daysheet.services.check import FileCheck
from daysheet.services.prepare import prepare
from daysheet.services.sender import TurnedAway, supplied
from daysheet.services.submit import Case, rehearse
from daysheet.services.tools import Tools
from daysheet.store import inbound


def check_with_database(tools: Tools, name: str, content: bytes, number: str) -> FileCheck:
    """
    Return the issues that *name* would be answered with, names and known customers included.

    Raises UsageError where *number* is nobody's employee number.
    """
    sender = supplied(tools, number)
    if isinstance(sender, TurnedAway):
        raise UsageError(f"--db needs --as with a known employee number; {number or 'nothing'!r} is nobody's")
    prepared = prepare(tools, Attachment(name, content), sender, "", tools.clock())
    if not prepared.is_usable:
        return FileCheck(prepared.issues)
    arrival = inbound.Arrival(prepared.sha256, len(content), "file", as_number=f"check:{number}", file_name=name)
    with tools.database.rehearsing() as connection:
        # a submission belongs to a message, even one that is forgotten again
        message = inbound.record(connection, arrival, None, tools.clock())
        incoming = Incoming(message.inbound_id, prepared.sha256, Envelope(senders=()))
        issues = rehearse(Case(connection, tools, incoming, sender, prepared, 0))
    return FileCheck(issues, len(prepared.checked.records) if prepared.checked else 0)
