"""Feed files through the pipeline as if they had been mailed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from daysheet.errors import UsageError
from daysheet.ingest import mbox
from daysheet.ingest.preflight import OLE_MAGIC, identify
from daysheet.model.mail import FileKind, MessageState
from daysheet.services.ahead import WORKBOOK_KINDS
from daysheet.services.outcome import Submitted, message_state
from daysheet.services.process import CLAIM, process_one
from daysheet.services.tools import Tools
from daysheet.store import inbound, people

MAIL_NAMES = (".eml", ".msg", ".txt", ".mbox")


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of one input file; *messages* counts those of an mbox file, which end as one message would."""

    file: str
    state: str
    reason: str
    codes: tuple[str, ...] = ()
    submissions: tuple[Submitted, ...] = ()
    messages: int = 1


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return every file below *paths*, sorted; hidden ones are left out."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [file for file in inside if file.is_file() and not file.name.startswith(".")]
    return found


def known_rep(tools: Tools, number: str) -> None:
    """Raise UsageError where nobody has the employee number *number*."""
    with tools.database.reading() as connection:
        if people.find_by_number(connection, number) is None:
            raise UsageError(f"nobody has the employee number {number!r}; add the person with: daysheet people import")


def refuse_bare_workbooks(files: Iterable[Path]) -> None:
    """Raise UsageError for a workbook without a mail around it: nobody could say whose report it is."""
    for file in files:
        try:
            raw = b"" if file.suffix.lower() in MAIL_NAMES else file.read_bytes()
        except OSError:
            continue  # said in its line
        if raw and not _is_mail(file, raw) and identify(raw, file.name) in WORKBOOK_KINDS:
            raise UsageError(
                f"{file}: a workbook without a mail around it does not say who sent it; add --as EMPLOYEE_NO"
            )


def ingest_file(tools: Tools, file: Path, as_number: str = "") -> FileLine:
    """
    Take *file* in, work it and say what became of it.

    The same bytes fed again have no effect: their line says duplicate, with the codes of the first time.
    Each message of an mbox file is worked like a mail of its own.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        return FileLine(str(file), MessageState.REJECTED, f"cannot be read: {error.strerror}")
    if not _is_mail(file, raw):
        return _feed(tools, file, raw, as_number, "file")
    several = mbox.messages(raw)
    if not several:
        return _feed(tools, file, raw, as_number, "mail")
    return _together(file, [_feed(tools, file, message, as_number, "mail") for message in several])


def _feed(tools: Tools, file: Path, raw: bytes, as_number: str, source: str) -> FileLine:
    """Work one message or workbook."""
    is_whole = len(raw) <= tools.limits.message_bytes
    arrival = inbound.Arrival(
        raw_sha256=tools.spool.put(raw if is_whole else raw[: tools.limits.header_bytes]),
        as_number=as_number,
        source=source,
        file_name=file.name,
        size=len(raw),
        is_truncated=not is_whole,
    )
    claimed = None
    with tools.database.writing() as connection:
        recorded = inbound.record(connection, arrival, None, tools.clock())
        if recorded.is_new or not recorded.state.is_final:
            claimed = inbound.claim_one(
                connection,
                recorded.inbound_id,
                tools.holder,
                tools.clock(),
                CLAIM.total_seconds(),
                tools.house.max_attempts,
            )
        former = inbound.get(connection, recorded.inbound_id)
    if claimed is None:
        return FileLine(str(file), MessageState.DUPLICATE, f"same-bytes, {former.state} before", former.codes)
    outcome = process_one(tools, claimed)
    if outcome is None:
        return FileLine(str(file), MessageState.DUPLICATE, "same-bytes, taken over by another worker")
    return FileLine(str(file), outcome.state, outcome.reason, outcome.codes, outcome.submissions)


def _together(file: Path, lines: Sequence[FileLine]) -> FileLine:
    """Return one line for the messages of an mbox file: what was ignored counts only where all was."""
    counted = [line for line in lines if line.state != MessageState.IGNORED] or lines
    state = message_state([MessageState(line.state) for line in counted])
    deciding = next((line for line in counted if line.state == state), counted[0])
    return FileLine(
        str(file),
        state,
        deciding.reason,
        tuple(dict.fromkeys(code for line in lines for code in line.codes)),
        tuple(done for line in lines for done in line.submissions),
        len(lines),
    )


def _is_mail(file: Path, raw: bytes) -> bool:
    """Say whether *file* is a message: by its bytes first, since a workbook may be called anything."""
    kind = identify(raw, file.name)
    if kind not in (FileKind.OTHER, FileKind.EMPTY, FileKind.CSV, FileKind.HTML, FileKind.XML):
        return False
    if raw.startswith(OLE_MAGIC):
        return False  # an .msg file as Outlook saves it is no mail that can be read
    return file.suffix.lower() in MAIL_NAMES
