"""PostgreSQL's own programs for dumps: the ones that fit the server, called so that no password is seen."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from daysheet.errors import BackupRefused, StoreUnreachable
from daysheet.store.engine import Connection, Database

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the programs of each version, beside a wrapper that chooses one."""
TICK_SECONDS = 1.0


def server_version(connection: Connection) -> int:
    """Return the major version of the server."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000


def find(name: str, version: int) -> Path:
    """Return the program *name* of at least the major *version*; BackupRefused, naming the package, without one."""
    seen: list[int] = []
    for path in _candidates(name):
        has = _version(path)
        if has >= version:
            return path
        seen.append(has)
    there = f"; the one here is of version {max(seen)}" if any(seen) else ""
    raise BackupRefused(
        f"{name} of PostgreSQL {version} or newer is needed{there}; install it with: "
        f"apt-get install postgresql-client-{version}"
    )


def _candidates(name: str) -> Iterator[Path]:
    found = shutil.which(name)
    if found:
        yield Path(found)
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].zfill(4))


def _version(path: Path) -> int:
    try:
        said = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
            [path, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def connecting(database: Database) -> tuple[str, dict[str, str]]:
    """Return how a program reaches the database, and the environment that holds what nobody may see of it."""
    from psycopg.conninfo import make_conninfo

    parameters = database.parameters()
    password = parameters.pop("password", None)
    environment = dict(os.environ)  # the driver heeds PGPASSFILE and its like too
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**parameters), environment


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], what: str, tick: Callable[[], None] = lambda: None
) -> None:
    """Run a program to its end, calling *tick* now and then; StoreUnreachable with its last word where it fails."""
    with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, its arguments made here
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            while process.poll() is None:
                try:
                    process.wait(TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    tick()
        except BaseException:
            process.kill()
            raise
        assert process.stderr is not None
        said = process.stderr.read().decode("utf-8", "replace")
    if process.returncode != 0:
        raise StoreUnreachable(f"{what} failed: {_last_line(said)}")


@contextmanager
def reading(command: Sequence[str | Path], environment: Mapping[str, str], what: str) -> Iterator[IO[bytes]]:
    """Give what a program writes, while it writes it; BackupRefused where it ends badly."""
    with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, its arguments made here
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        process.stdout.read()
        code = process.wait()
    if code != 0:
        raise BackupRefused(f"{what} failed")


def _last_line(said: str) -> str:
    """Return the first thing a program complained of, without what a row says."""
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith(("DETAIL", "CONTEXT"))]
    return lines[0][:300] if lines else "it said nothing"
