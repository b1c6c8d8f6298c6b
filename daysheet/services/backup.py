"""
Back up database and raw mails into one file, while everything goes on.

The database comes first: mails are only ever added to the spool, and are there before the database names
them. What removes mails (retention, erasures) waits until the backup is done.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from daysheet.errors import BackupRefused, StoreError, UsageError
from daysheet.services import archive
from daysheet.services.archive import Manifest
from daysheet.services.leases import held
from daysheet.services.retention import LEASE
from daysheet.services.tools import Tools
from daysheet.store import dumping, figures, migrate

NAME = re.compile(r"daysheet-\d{8}T\d{6}Z\.tar")
"""How backups are called that were not given a name; only these are ever removed."""
WORK = ".daysheet-backup-"
LATEST = "latest-backup.json"
"""Beside the spool: when the last backup was made, and where."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back. *removed*: older ones that went for it."""

    path: Path
    size: int
    manifest: Manifest
    removed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Latest:
    """When the last backup was made, and where it was put then."""

    at: datetime
    path: str


def make(
    tools: Tools,
    target: Path | None = None,
    *,
    keep: int | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Made:
    """
    Write a backup to *target*, a new file or a folder (None: ``backups`` beside the spool), and read it back.

    With *keep*, only so many backups stay in that folder, the newest. Raises UsageError where the file is there
    or cannot be written, BackupRefused, BackupDamaged where what was written does not read back, LeaseHeld.
    """
    at = tools.clock()
    path = _path(tools, target, at)
    if keep is not None and not NAME.fullmatch(path.name):
        raise UsageError("--keep removes older backups by their name: give a folder, not a file")
    with held(tools, LEASE) as renew, _workshop(tools, path.parent) as work:
        _refuse_without_room(tools, path.parent)
        made = _write(tools, work, at, renew, on_progress)
        read_back(work / "backup.tar", work, on_progress=lambda done: renew())
        try:
            os.link(work / "backup.tar", path)  # unlike a renaming, replaces nothing
        except FileExistsError as error:
            raise UsageError(f"{path} is there already") from error
        _flush(path.parent)
    _note(tools, at, path)
    return Made(path, path.stat().st_size, made, _remove_older(path.parent, keep) if keep is not None else ())


def _path(tools: Tools, target: Path | None, at: datetime) -> Path:
    name = f"daysheet-{archive.stamp(at)}.tar"
    if target is None:
        target = tools.spool.root.parent / "backups"
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = target / name if target.is_dir() else target
    if path.exists():
        raise UsageError(f"{path} is there already")
    return path.absolute()


@contextmanager
def _workshop(tools: Tools, folder: Path) -> Iterator[Path]:
    """Give a folder to work in, which only we may read; what a killed run of this installation left goes too."""
    own = f"{WORK}{hashlib.sha256(str(tools.spool.root.absolute()).encode()).hexdigest()[:8]}-"
    try:
        for left in folder.glob(f"{own}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=own, dir=folder, ignore_cleanup_errors=True) as made:
            yield Path(made)
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {error.strerror or error}") from error


def _refuse_without_room(tools: Tools, folder: Path) -> None:
    with tools.database.reading() as connection:
        database = figures.size(connection, tools.database.path) or 0
    mails = sum(path.stat().st_size for path in tools.spool.root.glob("??/*") if path.is_file())
    needed, free = 2 * database + mails, shutil.disk_usage(folder).free
    if free < needed:
        raise BackupRefused(f"{needed // 2**20 + 1:,} MiB may be needed in {folder}, {free // 2**20:,} are free")


def _write(
    tools: Tools, work: Path, at: datetime, renew: Callable[[], None], on_progress: Callable[[int], None]
) -> Manifest:
    dialect = tools.database.dialect
    name = f"database.{dumping.SUFFIX[dialect]}"
    missing: list[str] = []
    with (
        dumping.dumped(tools.database, work / name, renew) as connection,
        archive.writing(work / "backup.tar", at) as out,
    ):
        revision = dumping.revision(connection)
        if revision not in migrate.KNOWN:
            raise BackupRefused(
                f"the database {tools.database.name} is empty, or of a newer Daysheet (revision {revision})"
            )
        digest, size = out.add_file(name, work / name), (work / name).stat().st_size
        for one in dumping.spooled(connection):
            try:
                out.add_mail(one, tools.spool.get(one))
            except StoreError:
                missing.append(one)  # lost or damaged before; what is left is all the more worth keeping
            on_progress(out.mails)
            renew()
        manifest = Manifest(
            at=at,
            program=version("daysheet"),
            revision=revision,
            dialect=dialect,
            database=name,
            database_sha256=digest,
            database_bytes=size,
            tables=dumping.table_counts(connection),
            mails=out.mails,
            mail_bytes=out.mail_bytes,
            missing=tuple(missing),
        )
        out.add_manifest(manifest)
    (work / name).unlink()
    return manifest


def read_back(path: Path, work: Path, *, on_progress: Callable[[int], None] = lambda done: None) -> Manifest:
    """Read a whole backup, open its database and count its rows; raises BackupDamaged."""
    copy = work / "database.read-back"
    try:
        manifest = archive.read(path, database=copy, on_progress=on_progress)
        dumping.check(copy, manifest.dialect, manifest.tables)
        return manifest
    finally:
        copy.unlink(missing_ok=True)


def _remove_older(folder: Path, keep: int) -> tuple[Path, ...]:
    found = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
    older = tuple(found[: max(len(found) - max(keep, 1), 0)])
    for path in older:
        path.unlink(missing_ok=True)
    return older


def _note(tools: Tools, at: datetime, path: Path) -> None:
    note = tools.spool.root.parent / LATEST
    note.parent.mkdir(parents=True, exist_ok=True)
    temporary = note.with_name(f".{LATEST}-{os.getpid()}")
    temporary.write_text(json.dumps({"at": at.isoformat(), "path": str(path)}), encoding="utf-8")
    os.replace(temporary, note)


def latest(data_dir: Path) -> Latest | None:
    """Return when the last backup was made, None where none ever was, or nobody can tell."""
    try:
        said = json.loads((data_dir / LATEST).read_text(encoding="utf-8"))
        return Latest(datetime.fromisoformat(said["at"]), said["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
