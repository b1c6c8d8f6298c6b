"""
The file of a backup: a tar with the database, the raw mails it knows, and a manifest at its end.

A file without its manifest is one that was never finished. Raw mails and the manifest are named by their
hash; the hash of the database stands in the manifest.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from daysheet.errors import BackupDamaged, UsageError

FORMAT = 1
"""Of the file; one of a higher number is of a newer program."""
MANIFEST = "manifest-"
"""What its name begins with; its own hash follows."""
SPOOL = "spool/"
CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. *at* is when the database was as it is in there; *missing*: raw mails that were lost."""

    at: datetime
    program: str
    revision: str
    dialect: str
    database: str  # its name in the file
    database_sha256: str
    database_bytes: int
    tables: Mapping[str, int]
    mails: int
    mail_bytes: int
    missing: tuple[str, ...] = ()
    format: int = FORMAT

    def as_json(self) -> bytes:
        """Return it as it stands in the file."""
        said = asdict(self) | {"at": self.at.isoformat(), "missing": list(self.missing)}
        return json.dumps(said, ensure_ascii=False, indent=1).encode()


def manifest_from(content: bytes) -> Manifest:
    """Read a manifest; raises BackupDamaged, UsageError where a newer program wrote it."""
    try:
        said = json.loads(content)
        if said["format"] > FORMAT:
            raise UsageError(f"the backup is of a newer Daysheet ({said['program']}): restore it with that version")
        return Manifest(**said | {"at": datetime.fromisoformat(said["at"]), "missing": tuple(said["missing"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(f"its manifest cannot be read: {error}") from error


# ---- writing -----------------------------------------------------------------------------------


@dataclass
class Writer:
    """Adds one part after another to the file."""

    tar: tarfile.TarFile
    at: datetime
    mails: int = 0
    mail_bytes: int = 0

    def add(self, name: str, content: bytes) -> None:
        """Add a small part."""
        self.tar.addfile(self._head(name, len(content)), io.BytesIO(content))
        _forget_names(self.tar)

    def add_mail(self, digest: str, content: bytes) -> None:
        """Add a raw mail."""
        self.add(f"{SPOOL}{digest[:2]}/{digest}", content)
        self.mails += 1
        self.mail_bytes += len(content)

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the manifest: the last part."""
        content = manifest.as_json()
        self.add(f"{MANIFEST}{hashlib.sha256(content).hexdigest()}.json", content)

    def add_file(self, name: str, path: Path) -> str:
        """Add a large part and return its hash."""
        with path.open("rb") as file:
            reader = _Hashing(file)
            self.tar.addfile(self._head(name, path.stat().st_size), reader)
        _forget_names(self.tar)
        return str(reader.digest.hexdigest())

    def _head(self, name: str, size: int) -> tarfile.TarInfo:
        head = tarfile.TarInfo(name)
        head.size, head.mode, head.mtime = size, 0o600, int(self.at.timestamp())
        return head


def _forget_names(tar: tarfile.TarFile) -> None:
    """Let go of what the library notes of each part: of a million mails that would fill the memory."""
    tar.members = []  # type: ignore[attr-defined]  # documented nowhere, there since the beginning


@dataclass
class _Hashing:
    file: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.digest.update(content)
        return content


@contextmanager
def writing(path: Path, at: datetime) -> Iterator[Writer]:
    """Give a writer for the new file *path*, which only its owner may read; on the disk once the block is left."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, bufsize=CHUNK) as tar:
            yield Writer(tar, at)
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            # what is read back is to come from the disk, not from memory
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


# ---- reading -----------------------------------------------------------------------------------


def read(
    path: Path,
    *,
    database: Path,
    on_mail: Callable[[str, bytes], None] = lambda digest, content: None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Manifest:
    """
    Read every part, compare every hash, and return the manifest; the database is written to *database*.

    Raises BackupDamaged where anything is not as it was written, UsageError where it cannot be read.
    """
    manifest: Manifest | None = None
    found: tuple[str, str] | None = None
    mails = mail_bytes = 0
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:", bufsize=CHUNK) as tar:
            for head in tar:
                content = tar.extractfile(head) if head.isreg() else None
                if content is None or manifest is not None:
                    raise BackupDamaged(f"{path}: {head.name!r} does not belong into a backup")
                if head.name.startswith(MANIFEST):
                    said = content.read()
                    if head.name != f"{MANIFEST}{hashlib.sha256(said).hexdigest()}.json":
                        raise BackupDamaged(f"{path}: its manifest is damaged")
                    manifest = manifest_from(said)
                elif head.name.startswith(SPOOL):
                    raw = content.read()
                    digest = head.name.rpartition("/")[2]
                    if hashlib.sha256(raw).hexdigest() != digest:
                        raise BackupDamaged(f"{path}: the bytes of message {digest[:12]}… in it are damaged")
                    on_mail(digest, raw)
                    mails, mail_bytes = mails + 1, mail_bytes + len(raw)
                    on_progress(mails)
                elif found is None:
                    found = head.name, _extract(content, database)
                else:
                    raise BackupDamaged(f"{path}: {head.name!r} does not belong into a backup")
                _forget_names(tar)
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"{path} is no backup, or a part of one: {error}") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    if manifest is None or found is None:
        raise BackupDamaged(f"{path} is a part of a backup only: it was never finished, or was cut off")
    if found != (manifest.database, manifest.database_sha256):
        raise BackupDamaged(f"{path}: the database in it is damaged")
    if (mails, mail_bytes) != (manifest.mails, manifest.mail_bytes):
        raise BackupDamaged(f"{path}: {mails} raw mails are in it where there were {manifest.mails}")
    return manifest


def _extract(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while some := content.read(CHUNK):
            digest.update(some)
            file.write(some)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def stamp(at: datetime) -> str:
    """Return an instant as it stands in a backup's name."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
