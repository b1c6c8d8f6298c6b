"""Commands as a shell runs them: arguments in, exit code and both outputs out."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
import yaml

from daysheet import cli, config, wiring
from daysheet.services import import_customers, people
from tests import builders, leaks

SETTINGS: Mapping[str, Any] = {
    "company": {"name": "星河仪器"},
    "data_dir": "var",
    "database": {"url": "sqlite:///daysheet.db"},
    "mailboxes": {"reports": {"kind": "maildir", "path": "maildir", "trust": "none"}},
    "smtp": {"folder": "answers", "sender": "daily@corp.example"},
    "log": {"level": "error"},
}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line of the data, as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """A folder with settings, and the commands that are run in it."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def configure(self, **changes: Any) -> None:
        """Write the settings, with whole sections replaced by *changes*."""
        text = yaml.safe_dump(dict(SETTINGS) | changes, allow_unicode=True, sort_keys=False)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")

    def __call__(self, *arguments: object) -> Ran:
        """Run ``daysheet`` with *arguments*; a traceback fails the test."""
        self.patch.setattr(sys, "argv", ["daysheet", *map(str, arguments)])
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capture.readouterr()
        assert "Traceback" not in said.err
        leaks.refuse(said.err, f"what {arguments} said")
        return Ran(int(ended.value.code or 0), said.out, said.err)

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def deliver(self, name: str, raw: bytes) -> None:
        """Put a mail into the Maildir."""
        new = self.folder / "maildir" / "new"
        new.mkdir(parents=True, exist_ok=True)
        (new / name).write_bytes(raw)

    def contents(self) -> dict[str, int]:
        """Return how many rows each table has, and how many files lie in the spool."""
        engine = sa.create_engine(f"sqlite:///{self.folder / 'daysheet.db'}")
        with engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            counted = {
                name: connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names
            }
        engine.dispose()
        spool = self.folder / "var" / "spool"
        return counted | {"spool": len(list(spool.rglob("*"))) if spool.exists() else 0}

    def sql(self, statement: str) -> None:
        """Change the database behind the program's back."""
        engine = sa.create_engine(f"sqlite:///{self.folder / 'daysheet.db'}")
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people and customers, to copy."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(SETTINGS), allow_unicode=True), encoding="utf-8")
    settings = config.load(folder / "config.yaml")
    builders.make_database(settings)
    with wiring.open_tools(settings) as tools:
        people.import_file(tools, "people.csv", builders.PEOPLE.encode())
        import_customers.import_file(tools, "customers.csv", builders.CUSTOMERS.encode())
    return folder / "daysheet.db"


@pytest.fixture
def empty_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """An empty folder to work in."""
    for name in list(os.environ):
        if name.startswith("DAYSHEET_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield Shell(tmp_path, capsys, monkeypatch)
    structlog.reset_defaults()  # a command logs to the stderr of its test, which is gone now


@pytest.fixture
def shell(empty_shell: Shell, prepared: Path) -> Shell:
    """A folder with settings and a database."""
    empty_shell.configure()
    shutil.copy(prepared, empty_shell.folder / "daysheet.db")
    return empty_shell
