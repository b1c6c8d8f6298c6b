"""Feed files through the pipeline as if they had been mailed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from daysheet.errors import UsageError
from daysheet.ingest.preflight import identify
from daysheet.model.mail import FileKind, MessageState
from daysheet.services.outcome import Submitted
from daysheet.services.process import CLAIM, process_one
from daysheet.services.tools import Tools
from daysheet.store import inbound, people

MAIL_NAMES = (".eml", ".msg", ".txt", ".mbox")


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of one input file."""

    file: str
    state: str
    reason: str
    codes: tuple[str, ...] = ()
    submissions: tuple[Submitted, ...] = ()


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


def ingest_file(tools: Tools, file: Path, as_number: str = "") -> FileLine:
    """
    Take *file* in, work it and say what became of it.

    The same bytes fed again have no effect: their line says duplicate.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        return FileLine(str(file), MessageState.REJECTED, f"cannot be read: {error.strerror}")
    is_whole = len(raw) <= tools.limits.message_bytes
    arrival = inbound.Arrival(
        raw_sha256=tools.spool.put(raw if is_whole else raw[: tools.limits.header_bytes]),
        as_number=as_number,
        source="mail" if _is_mail(file, raw) else "file",
        file_name=file.name,
        size=len(raw),
        is_truncated=not is_whole,
    )
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
        else:
            claimed = None
    if claimed is None:
        return FileLine(str(file), MessageState.DUPLICATE, f"same-bytes, {recorded.state} before")
    outcome = process_one(tools, claimed)
    return FileLine(str(file), outcome.state, outcome.reason, outcome.codes, outcome.submissions)


def _is_mail(file: Path, raw: bytes) -> bool:
    """Say whether *file* is a message: by its bytes first, since a workbook may be called anything."""
    kind = identify(raw, file.name)
    if kind not in (FileKind.OTHER, FileKind.EMPTY, FileKind.CSV, FileKind.HTML, FileKind.XML):
        return False
    return file.suffix.lower() in MAIL_NAMES
