"""
The spool: every message's bytes as a file named after their SHA-256.

Bytes are safe once ``put`` returns: written to a temporary file, flushed to the disk, renamed, and
the folder flushed too. Nothing here is ever changed.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from daysheet.errors import StoreError, StoreUnreachable


class Spool:
    """Files below *root*, in folders of the first two digits of their hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        """Make *content* safe and return its SHA-256; raises StoreUnreachable where the disk does not take it."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists() and path.stat().st_size == len(content):
            return digest
        try:
            self._write(path, content)
        except OSError as error:
            raise StoreUnreachable(f"the spool {self._root} does not take a file: {error.strerror}") from error
        return digest

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

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

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest
