"""What the program writes can be read by whoever runs it, and by nobody else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.builders import CUSTOMERS, PEOPLE, a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell

MAILDIR = ("init", "--company", "星河仪器", "--lang", "zh", "--timezone", "Asia/Shanghai", "--mailbox", "maildir")


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """As most machines come: what one writes can be read by all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable(folder: Path, but: set[Path]) -> list[str]:
    """Return the files, and the folders on the way to them, that others can read; not those that were there."""
    found = (path for path in folder.rglob("*") if path not in but and path.is_file())
    return sorted(str(path.relative_to(folder)) for path in found if path.stat().st_mode & 0o077)


def test_settings_database_spool_answers_backups_and_exports_are_for_their_owner(empty_shell: Shell) -> None:
    shell = empty_shell
    assert shell(*MAILDIR).code == 0
    assert not readable(shell.folder, set()), "the settings may come to hold a password"
    shell.file("people.csv", PEOPLE)
    shell.file("customers.csv", CUSTOMERS)
    (box,) = yaml.safe_load((shell.folder / "config.yaml").read_text(encoding="utf-8"))["mailboxes"].values()
    incoming = shell.folder / box["path"] / "new"
    (incoming / "1").write_bytes(a_mail(a_workbook([a_visit()])))
    theirs = {path for path in shell.folder.rglob("*") if path.stat().st_mode & 0o077}
    for command in (
        *(("db", "upgrade"), ("people", "import", "people.csv"), ("customers", "import", "customers.csv")),
        *(("mailbox", "poll"), ("outbox", "flush"), ("doctor",), ("db", "backup"), ("db", "export", "out", "--csv")),
        *(("people", "export"), ("customers", "export", "--out", "list.csv")),
    ):
        shell(*command)
    written = [path for path in shell.folder.rglob("*") if path.is_file() and path not in theirs]
    endings = {path.suffix for path in written}
    assert {".db", ".tar", ".jsonl", ".csv"} <= endings, endings
    assert any("spool" in path.parts for path in written)
    moved = {path for path in written if path.is_relative_to(incoming.parent)}
    assert readable(shell.folder, theirs | moved) == []
