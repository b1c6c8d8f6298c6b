"""``db backup``, ``restore`` and ``export`` as a shell runs them."""

import json

from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell


def test_a_backup_is_made_looked_at_and_put_back(shell: Shell) -> None:
    mail = shell.file("report.eml", a_mail(a_workbook([a_visit()])))
    assert shell("ingest", mail).code in (0, 6)
    made = shell("db", "backup", "--json")
    assert made.code == 0
    (said,) = made.lines
    assert said["mails"] == 1
    assert shell("db", "restore", said["path"]).code == 3, "something is there"
    assert shell("db", "restore", shell.file("no.tar", "no backup")).code == 3, "it is not even looked at"

    before = shell.contents()
    shell.configure(database={"url": "sqlite:///new.db"}, data_dir="other")
    looked = shell("db", "restore", said["path"], "--dry-run")
    assert looked.code == 0
    assert not (shell.folder / "new.db").exists()
    assert shell("db", "restore", shell.folder / "no.tar").code == 2
    done = shell("db", "restore", said["path"])
    assert done.code == 0
    assert "the accounts close" in done.err
    assert "daysheet mailbox recover reports" in done.err
    (shell.folder / "new.db").replace(shell.folder / "daysheet.db")
    (shell.folder / "var").rename(shell.folder / "old")
    (shell.folder / "other").rename(shell.folder / "var")
    assert shell.contents() == before | {"lease": 0}


def test_older_backups_go(shell: Shell) -> None:
    assert shell("db", "backup", "own.tar", "--keep", "1").code == 2
    (shell.folder / "b").mkdir()
    assert shell("db", "backup", "b", "--keep", "1").code == 0
    assert len(list((shell.folder / "b").glob("*.tar"))) == 1


def test_everything_is_written_out(shell: Shell) -> None:
    done = shell("db", "export", "out", "--csv", "--no-mails", "--json")
    assert done.code == 0
    assert done.lines[0]["tables"]["person"] == 4
    names = [json.loads(line)["name"] for line in (shell.folder / "out/tables/person.jsonl").read_text().splitlines()]
    assert names[0] == "王丽"
    assert shell("db", "export", "out").code == 2
