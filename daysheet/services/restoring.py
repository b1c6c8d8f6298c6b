"""
Put a backup where nothing is: all of it or nothing.

Everything is read and compared first. Then the raw mails come, and last the database, in one step: what is
interrupted before that leaves an empty database, and can be begun again.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from daysheet.errors import BackupRefused, SchemaOutdated, UsageError
from daysheet.ingest.spool import Spool
from daysheet.services import archive, erasures
from daysheet.services.account import Accounts, account
from daysheet.services.archive import Manifest
from daysheet.services.erasures import Erasure
from daysheet.services.tools import Tools
from daysheet.store import dumping, migrate, people

TOGETHER = 64
"""Raw mails written before the disk is waited for."""


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What was put back. *accounts* is None where the schema must be upgraded first: *outdated* says how.

    *erasures* were made after the backup: the data are back, and must be erased again, by the commands *again*.
    """

    manifest: Manifest
    accounts: Accounts | None
    outdated: str = ""
    erasures: tuple[Erasure, ...] = ()
    again: tuple[str, ...] = ()


def restore(
    tools: Tools, path: Path, *, dry_run: bool = False, on_progress: Callable[[int], None] = lambda done: None
) -> Restored | Manifest:
    """
    Put the backup *path* into the database and the spool of *tools*, which must be empty.

    With *dry_run*, only look: the manifest is returned. Raises BackupRefused where something is there or the backup
    is of another kind of database, BackupDamaged, SchemaOutdated where it is of a newer program.
    """
    data_dir = tools.spool.root.parent
    dumping.refuse_to_load(tools.database)
    data_dir.mkdir(parents=True, exist_ok=True)
    work = _workshop(tools, data_dir)
    try:
        copy, hashes = work / "database", set[str]()
        manifest = archive.read(
            path, database=copy, on_mail=lambda digest, _: hashes.add(digest), on_progress=on_progress
        )
        _refuse(tools, manifest, hashes)
        dumping.check(copy, manifest.dialect, manifest.tables)
        if dry_run:
            return manifest
        _put_mails(tools.spool, path, work / "again", on_progress)
        dumping.load(tools.database, copy, manifest.tables)
    except OSError as error:
        raise UsageError(f"the backup cannot be put into {data_dir}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _said(tools, manifest)


def _workshop(tools: Tools, data_dir: Path) -> Path:
    """Return a folder on the disk of the database's file, where there is one, so that it can be moved in one step."""
    place = tools.database.path.absolute().parent if tools.database.path is not None else data_dir
    try:
        return Path(tempfile.mkdtemp(prefix=".daysheet-restore-", dir=place))
    except OSError as error:
        raise UsageError(f"cannot write into {place}: {error.strerror or error}") from error


def _refuse(tools: Tools, manifest: Manifest, hashes: set[str]) -> None:
    """Raise what keeps this backup from being put here."""
    if manifest.dialect != tools.database.dialect:
        raise BackupRefused(
            f"the backup is of {manifest.dialect}, the database of the settings is {tools.database.dialect}: "
            f"a backup is put back into its own kind; daysheet db export writes what any other can read"
        )
    if manifest.revision not in migrate.KNOWN:
        raise SchemaOutdated(
            f"the backup is of a newer Daysheet ({manifest.program}, revision {manifest.revision}; the newest known "
            f"here is {migrate.HEAD}): install that version, then restore"
        )
    # what an interrupted restore has put there already is no stranger
    foreign = next((digest for digest in tools.spool.hashes() if digest not in hashes), None)
    if foreign is not None:
        raise BackupRefused(
            f"the spool {tools.spool.root} is not empty: a backup is only put where nothing is. Name another "
            f"data_dir in the settings, or move it away"
        )


def _put_mails(spool: Spool, path: Path, copy: Path, on_progress: Callable[[int], None]) -> None:
    waiting: list[bytes] = []

    def put() -> None:
        with spool.together() as batch:
            for raw in waiting:
                batch.put(raw)
        waiting.clear()

    def add(_digest: str, raw: bytes) -> None:
        waiting.append(raw)
        if len(waiting) >= TOGETHER:
            put()

    spool.root.mkdir(parents=True, exist_ok=True)
    archive.read(path, database=copy, on_mail=add, on_progress=on_progress)
    put()
    copy.unlink(missing_ok=True)


def _said(tools: Tools, manifest: Manifest) -> Restored:
    since = erasures.listed(tools.spool.root.parent, manifest.at)
    try:
        migrate.check(tools.database, tools.specs)
    except SchemaOutdated as error:
        return Restored(manifest, None, str(error), since)
    # as the books stood then: what waited for a minute has not waited since
    books = account(replace(tools, clock=lambda: manifest.at))
    return Restored(manifest, books, erasures=since, again=_again(tools, since))


def _again(tools: Tools, since: tuple[Erasure, ...]) -> tuple[str, ...]:
    """Return the commands that erase once more what has come back."""
    ids = [one for erasure in since if erasure.kind == erasures.PERSON for one in erasure.ids]
    with tools.database.reading() as connection:
        found = people.find_by_ids(connection, ids)
    contacts = [min(erasure.ids) for erasure in since if erasure.kind == erasures.CONTACT and erasure.ids]
    return (
        *(f"daysheet people forget {person.number}" for person in found.values()),
        *(f"daysheet customers contacts forget {one}" for one in contacts),
    )
