"""A Maildir on this machine, filled by a mail server of one's own, or by hand."""

import os
from collections.abc import Sequence
from pathlib import Path

from daysheet.errors import FolderMissing, MailboxError
from daysheet.ingest.mailbox import MessageRef

_PARTS = ("cur", "new", "tmp")


class MaildirMailbox:
    """
    The Maildir at *path*; done messages go to its Maildir++ folder ``.<processed>``.

    Missing folders are made. A file whose name ends in ``.tmp`` or begins with a dot is not there yet.
    """

    def __init__(self, name: str, path: Path, processed: str = "Processed") -> None:
        self.name = name
        self.folder = str(path)
        self._path = path
        self._processed = path / f".{processed}"
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
            return sorted(
                (entry.name.partition(":")[0], Path(entry.path))
                for part in ("new", "cur")
                for entry in os.scandir(self._path / part)
                if entry.is_file() and not entry.name.startswith(".") and not entry.name.endswith(".tmp")
            )
        except OSError as error:
            raise MailboxError(f"the Maildir {self._path} cannot be read: {error.strerror}") from error

    def pending(self, limit: int) -> tuple[MessageRef, ...]:
        """Return the waiting messages by name, which begins with the time of arrival."""
        self._files = dict(self._waiting()[:limit])
        refs = []
        for uid, path in self._files.items():
            try:
                refs.append(MessageRef(uid, path.stat().st_size))
            except FileNotFoundError:
                continue  # taken away since
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
        """Rename the files into the folder of done messages; a vanished one counts as gone."""
        gone = set()
        target = self._processed / "cur"
        for ref in refs:
            path = self._files.get(ref.uid)
            try:
                if path is not None:
                    path.rename(target / f"{ref.uid}:2,S")
                gone.add(ref.uid)
            except FileNotFoundError:
                gone.add(ref.uid)
            except OSError as error:
                raise MailboxError(f"{path} cannot be moved to {target}: {error.strerror}") from error
        _flush(target)
        return frozenset(gone)

    def count(self) -> int:
        """Return how many files wait."""
        return len(self._waiting())

    def close(self) -> None:
        """Nothing is held open."""
        self._files = {}


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
