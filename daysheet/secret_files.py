"""
Files that hold a secret: read only where nobody else can read them.

A password that every account of the machine can read is none. Folders that a service manager fills
with secrets for one service alone are left to it: what it sets there cannot be changed from here.
"""

import os
import shlex
import stat
from pathlib import Path

from daysheet.errors import ConfigError

MANAGED = (Path("/run/secrets"), Path("/run/credentials"))
"""Where containers and systemd put secrets, with modes of their own, for a single service to see."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read(file: Path, what: str) -> str:
    """Return what *file* says, without spaces around it; *what* is the setting that names it. Raises ConfigError."""
    try:
        with file.open(encoding="utf-8") as opened:
            _refuse_open(os.fstat(opened.fileno()), file, what)
            return opened.read().strip()
    except OSError as error:
        raise ConfigError(f"{what}: cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{what}: {file} is not text in UTF-8") from error


def check(file: Path, what: str) -> None:
    """Refuse a file that others can read, for whoever lets a library read it; raises ConfigError."""
    try:
        _refuse_open(file.stat(), file, what)
    except OSError as error:
        raise ConfigError(f"{what}: cannot read {file}: {error.strerror}") from error


def is_open_to_others(file: Path) -> bool:
    """Say whether accounts that are neither the owner's nor of its group can read or change *file*."""
    return _tells_modes() and bool(file.stat().st_mode & stat.S_IRWXO)


def _refuse_open(found: os.stat_result, file: Path, what: str) -> None:
    if not _tells_modes() or not found.st_mode & OTHERS or _is_managed(file):
        return
    mode = stat.S_IMODE(found.st_mode)
    raise ConfigError(
        f"{what}: {file} can be read by others (mode {mode:04o}): whoever reads it can use it. "
        f"Let only the service's user read it: chmod 600 {shlex.quote(str(file))}"
    )


def _tells_modes() -> bool:
    """Say whether the platform knows owners and modes; Windows makes them up."""
    return os.name == "posix"


def _is_managed(file: Path) -> bool:
    """Say whether a service manager put *file* where it is; a link into such a folder does not count, nor one out."""
    folders = [*MANAGED, *(Path(named) for named in [os.environ.get("CREDENTIALS_DIRECTORY")] if named)]
    real = file.resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in folders if folder.is_absolute())
