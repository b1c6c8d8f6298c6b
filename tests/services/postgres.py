"""
A PostgreSQL server for the tests: our own, in a temporary folder, gone afterwards.

It runs as the current user, or as ``postgres`` when that is root, which PostgreSQL refuses to be.
"""

import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

INSTALL = "apt-get install --no-install-recommends postgresql"
START_SECONDS = 60
MEMORY_BYTES = 512 * 2**20
"""Free memory from which on the server's files are kept there."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. *socket* is the folder of its Unix socket."""

    port: int
    socket: Path
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def url(self, database: str) -> str:
        """Return the URL of *database*, by TCP as an operator would write it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0") -> str:
        """Make a database, a copy of *template* (which nobody may be using), and return its name."""
        name = f"daysheet_{next(self._names)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def be_standby(self) -> None:
        """Come up again as a standby does: everything can be read, nothing written. Whoever is connected is cut off."""
        _run(self.socket, ["touch", self.socket / "data" / "standby.signal"])
        _run(self.socket, [find_binaries() / "pg_ctl", "-D", self.socket / "data", "-w", "-m", "fast", "restart"])

    def promote(self) -> None:
        """Be a standby no longer."""
        _run(self.socket, [find_binaries() / "pg_ctl", "-D", self.socket / "data", "-w", "promote"])

    def die(self) -> None:
        """End at once, as a server does whose log has no room: nobody is told, connections are refused from now on."""
        _run(self.socket, [find_binaries() / "pg_ctl", "-D", self.socket / "data", "-w", "-m", "immediate", "stop"])

    def come_back(self) -> None:
        """Start as before, and recover from the log."""
        control = [find_binaries() / "pg_ctl", "-D", self.socket / "data", "-w", "-t", str(START_SECONDS)]
        _run(self.socket, [*control, "-l", self.socket / "log", "restart"])  # "start" would forget the options

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.socket), port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(statement)


def find_binaries() -> Path:
    """Return the folder of the newest server's programs; fails the test where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not versions:
        pytest.fail(f"no PostgreSQL server is installed; install it with: {INSTALL}")
    return max(versions, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server of our own and stop it at the end."""
    binaries = find_binaries()
    home = Path(tempfile.mkdtemp(prefix="daysheet-pg-", dir=_memory()))
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(home, account.pw_uid, account.pw_gid)
        _run(
            home, [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-N"]
        )
        port = _free_port()
        options = (
            f"-c listen_addresses=127.0.0.1 -p {port} -k {home} -c fsync=off -c synchronous_commit=off "
            "-c full_page_writes=off -c max_connections=60 -c shared_buffers=32MB"
        )
        control = [binaries / "pg_ctl", "-D", home / "data", "-w", "-t", str(START_SECONDS)]
        _run(home, [*control, "-l", home / "log", "-o", options, "start"])
        try:
            yield PostgresServer(port, home)
        finally:
            _run(home, [*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _memory() -> Path | None:
    """Return a folder in memory where there is room: copying a database takes 15 ms there and up to 400 on a disk."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES
    return memory if has_room else None


def _run(home: Path, command: list[str | Path]) -> None:
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    output = home / "output"  # a file: the server would keep a pipe open for as long as it lives
    with output.open("wb") as stream:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=home,
            timeout=120,
            check=False,
            **account,
        )
    if done.returncode != 0:
        log = home / "log"
        pytest.fail(f"{Path(command[0]).name} failed: {output.read_text()}{log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server for the whole session; its port is chosen anew each time."""
    with running_postgres() as server:
        yield server
