"""
Where tokens are kept: one file per login, for the service's own user only.

A new token replaces the old one as a whole or not at all (temporary file, fsync, rename, fsync of the
folder). Whoever renews holds a lock, so that of two processes the second finds what the first has got.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from daysheet.errors import ConfigError, LoginRefused, MailboxUnreachable

LOCK_SECONDS = 90.0
"""How long another process may take to renew: its requests end before that."""
_INSTANTS = ("access_ends_at", "refresh_ends_at", "renewed_at", "begun_at", "failed_at")


@dataclass(frozen=True, slots=True)
class Tokens:
    """
    What is known of one login. *client* says for which application and directory it was made.

    *begun_at* is set while a renewal is under way: found later, the renewal was cut off. *failures* counts
    the renewals that failed in a row, *failure* says why the last one did.
    """

    client: str
    account: str = ""
    access_token: str = field(default="", repr=False)
    access_ends_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)
    refresh_ends_at: datetime | None = None
    renewed_at: datetime | None = None
    begun_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    failure: str = ""


class TokenFile:
    """The file of one login."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Tokens | None:
        """
        Return what is kept, None where there is nothing.

        Raises ConfigError where others may read it, LoginRefused where it cannot be understood.
        """
        try:
            with self.path.open(encoding="utf-8") as file:
                self._refuse_open_doors(os.fstat(file.fileno()))
                content = file.read()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        try:
            found = json.loads(content)
            for name in _INSTANTS:
                found[name] = datetime.fromisoformat(found[name]) if found.get(name) else None
            return Tokens(**found)
        except (ValueError, TypeError, AttributeError):
            # no cause: it would show what the file holds
            raise LoginRefused(f"{self.path} is damaged; log in anew: daysheet oauth login {self.path.stem}") from None

    def _refuse_open_doors(self, file: os.stat_result) -> None:
        if stat.S_IMODE(file.st_mode) & 0o077:
            raise ConfigError(f"{self.path} may be read by others than its owner: chmod 600 {self.path}")
        folder = self.path.parent
        if stat.S_IMODE(folder.stat().st_mode) & 0o022:
            raise ConfigError(f"{folder} may be written to by others than its owner: chmod 700 {folder}")

    def write(self, tokens: Tokens) -> None:
        """Replace what is kept; to be called with the lock held. Raises MailboxUnreachable where it cannot be."""
        content = json.dumps(asdict(tokens), default=datetime.isoformat, ensure_ascii=False, indent=1)
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            self._make_folder()
            fresh.unlink(missing_ok=True)  # of a process that was killed
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            self._sync_folder()
        except OSError as error:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise MailboxUnreachable(f"{self.path} cannot be written: {error.strerror}") from error

    def remove(self) -> bool:
        """Forget the login; True where there was one."""
        is_there = self.path.exists()
        for path in (self.path, self.path.with_name(f"{self.path.name}.new")):
            path.unlink(missing_ok=True)
        if is_there:
            self._sync_folder()
        return is_there

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes, and other threads, from renewing meanwhile; raises MailboxUnreachable."""
        try:
            self._make_folder()
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MailboxUnreachable(f"{self.path.parent} cannot be written to: {error.strerror}") from error
        try:
            self._wait_for(lock)
            yield
        finally:
            os.close(lock)

    def _wait_for(self, lock: int) -> None:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if time.monotonic() > until:
                    raise MailboxUnreachable(f"{self.path}: another process has been renewing for too long") from error
                time.sleep(0.02)

    def _make_folder(self) -> None:
        self.path.parent.parent.mkdir(parents=True, exist_ok=True)
        self.path.parent.mkdir(mode=0o700, exist_ok=True)

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
