"""``people export / forget`` and ``customers contacts``: as somebody types them, and after a backup is put back."""

import io
import json

import pytest

from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell

LEFT = "number,name,addresses,active\nE1,王丽,wang.li@corp.example,no\n"


def a_report(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit(contact="江若岚", phone="13900010002")])))
    assert shell("mailbox", "poll").out.startswith("accepted")
    assert shell("outbox", "flush").code == 0


def test_a_person_is_written_out_erased_and_erased_again_after_a_backup_came_back(shell: Shell) -> None:
    a_report(shell)
    assert shell("people", "import", shell.file("left.csv", LEFT)).code == 0
    ran = shell("people", "export", "E1", "--out", "held", "--json")
    assert (ran.code, json.loads(ran.out)["mails"]) == (0, 1)
    backup = shell.folder / "backup.tar"
    assert shell("db", "backup", backup).code == 0
    ran = shell("people", "forget", "E1", "--yes")
    assert ran.code == 0
    assert "backups made so far still hold the person" in ran.err
    assert shell("mailbox", "account").code == 0
    assert shell("people", "forget", "E1", "--yes").code == 2

    (shell.folder / "daysheet.db").rename(shell.folder / "before.db")
    for name in ("daysheet.db-wal", "daysheet.db-shm"):
        (shell.folder / name).unlink(missing_ok=True)
    (shell.folder / "var" / "spool").rename(shell.folder / "spool-before")
    ran = shell("db", "restore", backup)
    assert ran.code == 0, ran.err
    assert "erase it again: daysheet people forget E1" in ran.err
    assert shell("people", "forget", "E1", "--yes").code == 0


def test_nothing_is_erased_without_a_yes(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    a_report(shell)
    shell("people", "import", shell.file("left.csv", LEFT))
    assert shell("people", "forget", "E1").code == 130
    assert shell("people", "export", "E1", "--out", "held").code == 0


def test_a_contact_is_listed_written_out_and_erased(shell: Shell) -> None:
    a_report(shell)
    (found,) = [json.loads(line) for line in shell("customers", "search", "云杉", "--json").out.splitlines()]
    ran = shell("customers", "contacts", "list", found["id"])
    contact_id, name, *_ = ran.out.strip().split("\t")
    assert name == "江若岚"
    assert shell("customers", "contacts", "export", contact_id, "--out", "held").code == 0
    assert "江若岚" in (shell.folder / "held" / "tables" / "contact.jsonl").read_text()
    assert shell("customers", "contacts", "forget", contact_id, "--yes").code == 0
    assert "江若岚" not in shell("customers", "contacts", "list", found["id"]).out
    assert shell("customers", "contacts", "forget", "999", "--yes").code == 2
