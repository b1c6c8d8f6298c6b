"""A Maildir on this machine, filled by a mail server of one's own, or by hand."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time
from itertools import chain, count
from pathlib import Path

from daysheet.errors import FolderMissing, MailboxError
from daysheet.ingest.mailbox import MessageRef

_PARTS = ("cur", "new", "tmp")
NAME_CHARACTERS = 100
"""Characters of a file's name in its uid; its numbers make it unique."""


class MaildirMailbox:
    """
    The Maildir at *path*; done messages go to its Maildir++ folder ``.<processed>``.

    Missing folders are made. Where it *is_backwards*, done messages are listed, and go back to the Maildir.
    A file whose name ends in ``.tmp`` or begins with a dot is not there yet. A name may come again with
    another message: a uid is the name and what renaming leaves to the file.
    """

    def __init__(self, name: str, path: Path, processed: str = "Processed", *, is_backwards: bool = False) -> None:
        self.name = name
        done = path / f".{processed}"
        self._path, self._processed = (done, path) if is_backwards else (path, done)
        self.folder = str(self._path)
        self._files: dict[str, Path] = {}

    def open(self) -> int:
        """Make what is missing; a Maildir has no epoch."""
        try:
            for part in _PARTS:
                (self._path / part).mkdir(parents=True, exist_ok=True)
                (self._processed / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FolderMissing(
                f"the Maildir {self._path} is not there and cannot be made: {error.strerror}"
            ) from error
        return 0

    def _waiting(self) -> list[tuple[str, Path]]:
        try:
            entries = [
                entry
                for part in ("new", "cur")
                for entry in os.scandir(self._path / part)
                if entry.is_file() and not entry.name.startswith(".") and not entry.name.endswith(".tmp")
            ]
        except OSError as error:
            raise MailboxError(f"the Maildir {self._path} cannot be read: {error.strerror}") from error
        waiting = []
        for entry in sorted(entries, key=lambda entry: (_plain(entry.name), entry.path)):
            with suppress(FileNotFoundError):  # taken away since
                waiting.append((_uid(entry), Path(entry.path)))
        return waiting

    def pending(self, limit: int, since: date | None = None) -> tuple[MessageRef, ...]:
        """Return the waiting messages by name, which begins with the time of arrival."""
        first = datetime.combine(since, time.min).timestamp() if since is not None else 0
        self._files = dict(self._waiting()[:limit])
        refs = []
        for uid, path in self._files.items():
            try:
                own = path.stat()
            except FileNotFoundError:
                continue  # taken away since
            if own.st_mtime >= first:
                refs.append(MessageRef(uid, own.st_size))
        return tuple(refs)

    def fetch(self, ref: MessageRef) -> bytes | None:
        """Return the file's bytes, None where it has vanished."""
        path = self._files.get(ref.uid)
        try:
            return path.read_bytes() if path else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MailboxError(f"{path} cannot be read: {error.strerror}") from error

    def fetch_headers(self, ref: MessageRef) -> bytes | None:
        """Return the bytes up to the first empty line, at most 256 KiB."""
        path = self._files.get(ref.uid)
        try:
            if path is None:
                return None
            with path.open("rb") as file:
                head = file.read(256 * 2**10)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MailboxError(f"{path} cannot be read: {error.strerror}") from error
        end = min((at for mark in (b"\r\n\r\n", b"\n\n") if (at := head.find(mark)) >= 0), default=len(head))
        return head[:end] + b"\r\n\r\n"

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        """
        Rename the files into the folder of done messages; a vanished one counts as gone.

        One that cannot be moved is told once the others have been. One that was never listed stays.
        """
        gone = set()
        target = self._processed / "cur"
        refused: MailboxError | None = None
        for ref in refs:
            path = self._files.get(ref.uid)
            if path is None:
                continue
            try:
                if os.path.lexists(path):
                    path.rename(_free(target, path, ref.uid))
                gone.add(ref.uid)
            except OSError as error:
                refused = refused or MailboxError(f"{path} cannot be moved to {target}: {error.strerror}")
        if refused is not None:
            raise refused
        _flush(target)
        return frozenset(gone)

    def count(self) -> int:
        """Return how many files wait."""
        return len(self._waiting())

    def close(self) -> None:
        """Nothing is held open; what was listed can be fetched and moved until it is listed anew."""


def _plain(name: str) -> str:
    """Return a file's name without its flags."""
    return name.partition(":")[0]


def _uid(entry: "os.DirEntry[str]") -> str:
    """Return what tells this file from any other, also one of the same name that comes later."""
    own = entry.stat(follow_symlinks=False)
    name = os.fsencode(_plain(entry.name)).decode("utf-8", "replace")
    return f"{name[:NAME_CHARACTERS]},{own.st_ino},{own.st_mtime_ns}"


def _free(folder: Path, path: Path, uid: str) -> Path:
    """Return where in *folder* the file may go: under its own name, or another where that one is taken."""
    names = chain([_plain(path.name), uid], (f"{uid},{number}" for number in count(2)))
    return next(place for name in names if not os.path.lexists(place := folder / f"{name}:2,S"))


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
