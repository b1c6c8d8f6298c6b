"""
The spool: every message's bytes as a file named after their SHA-256.

Bytes are safe once ``put`` returns, or a batch's block is left: written to a temporary file, flushed
to the disk, renamed, and the folder flushed too. Nothing here is ever changed; what the database
says is no longer kept is removed.
"""

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from daysheet import points
from daysheet.errors import StoreError, StoreUnreachable
from daysheet.points import Point

FLUSHES = 8
"""Files flushed at a time: the file system writes down together what is asked of it together."""


class Spool:
    """Files below *root*, in folders of the first two digits of their hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        """The folder of the spool."""
        return self._root

    def put(self, content: bytes) -> str:
        """Make *content* safe and return its SHA-256; raises StoreUnreachable where the disk does not take it."""
        with self.together() as batch:
            return batch.put(content)

    @contextmanager
    def together(self) -> "Iterator[Batch]":
        """
        Give a batch whose contents are safe once the block is left, all of them.

        The disk is waited for about twice, instead of twice for each file. Where the block fails nothing is
        kept. Raises StoreUnreachable where the disk does not take it.
        """
        batch = Batch(self._root)
        try:
            yield batch
            with _writing(self._root):
                batch.finish()
        finally:
            batch.discard()

    def get(self, digest: str) -> bytes:
        """Return the bytes of *digest*; raises StoreError where they are missing or damaged."""
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise StoreError(f"the bytes of message {digest[:12]}… are not in the spool: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(f"the bytes of message {digest[:12]}… in the spool are damaged")
        return content

    def is_sound(self, digest: str) -> bool:
        """Say whether the bytes of *digest* are there and undamaged."""
        try:
            self.get(digest)
        except StoreError:
            return False
        return True

    def hashes(self) -> Iterator[str]:
        """Give the hash of every file."""
        if self._root.is_dir():
            for path in self._root.glob("??/*"):
                if not path.name.startswith("."):
                    yield path.name

    def remove(self, digest: str, *, older_than: float = 0) -> bool:
        """
        Remove the bytes of *digest*, unless they were put here less than *older_than* seconds ago; say whether.

        Whoever puts the same bytes meanwhile may rely on them: they are out of the way before their age is
        looked at, and a ``put`` that still found them has made them young.
        """
        path = self._path(digest)
        aside = path.with_name(f".gone-{digest}")
        with _writing(self._root):
            try:
                os.replace(path, aside)
            except FileNotFoundError:
                return False
            if older_than and time.time() - aside.stat().st_mtime < older_than:
                os.replace(aside, path)
                return False
            aside.unlink()
            _flush_folder(path.parent)
        return True

    def put_back(self) -> None:
        """Give what a removal that never ended had put out of the way its name again."""
        with _writing(self._root):
            for aside in self._root.glob("??/.gone-*"):
                path = aside.with_name(aside.name.removeprefix(".gone-"))
                if path.exists():
                    aside.unlink()
                else:
                    os.replace(aside, path)

    def path_of(self, digest: str) -> Path:
        """Return where the bytes of *digest* lie, or would."""
        return self._path(digest)

    def _path(self, digest: str) -> Path:
        return _path(self._root, digest)


class Batch:
    """Files on their way into the spool, under names of their own until all of them are on the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, tuple[BinaryIO, Path]] = {}  # by hash; the path it has so far

    def put(self, content: bytes) -> str:
        """Write *content* and return its SHA-256; it is not safe yet."""
        digest = hashlib.sha256(content).hexdigest()
        path = _path(self._root, digest)
        with _writing(self._root):
            if digest in self._files or (_holds(path, content) and _made_young(path)):
                return digest
            _make(path.parent)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            file = os.fdopen(handle, "wb")
            self._files[digest] = (file, Path(temporary))
            file.write(content)
            file.flush()
            points.reached(Point.FILE_WRITTEN)
        return digest

    def finish(self) -> None:
        """Flush every file, then give each its name, then flush the folders."""
        with ThreadPoolExecutor(FLUSHES) as threads:
            list(threads.map(os.fsync, [file.fileno() for file, _ in self._files.values()]))
            for digest, (_, temporary) in self._files.items():
                points.reached(Point.FILE_FLUSHED)
                os.replace(temporary, _path(self._root, digest))
                points.reached(Point.FILE_NAMED)
            list(threads.map(_flush_folder, {temporary.parent for _, temporary in self._files.values()}))

    def discard(self) -> None:
        """Close the files and take away what has no name of its own yet."""
        for file, temporary in self._files.values():
            with suppress(OSError):
                file.close()
            temporary.unlink(missing_ok=True)


def _path(root: Path, digest: str) -> Path:
    return root / digest[:2] / digest


def _holds(path: Path, content: bytes) -> bool:
    """Say whether the file is there and undamaged: a name and a size prove nothing of a disk that forgets."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False  # the disk has lost it: it is written anew


def _made_young(path: Path) -> bool:
    """Let a file be one that was just put here; False where it was removed at this moment."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _make(folder: Path) -> None:
    """Make the folder where it is missing, and those above it; each is on the disk before anything is put in."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_folder(folder.parent)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnreachable(f"the spool {root} does not take a file: {error.strerror}") from error


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
