"""``init``: a few questions, each with a flag, and everything is there."""

from pathlib import Path

import pytest
import yaml

from daysheet import wiring
from daysheet.commands.init import PROVIDERS
from daysheet.errors import MailboxError
from daysheet.ingest.maildir import MaildirMailbox
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell

FLAGS = ["--lang", "zh", "--timezone", "Asia/Shanghai", "--mailbox", "maildir", "--company", "星河仪器"]


def test_a_fresh_folder_works_from_the_first_mail_to_the_first_answer(empty_shell: Shell) -> None:
    shell = empty_shell
    ran = shell("init", *FLAGS)
    assert (ran.code, ran.out) == (0, "")
    assert {"config.yaml", "销售日报.xlsx", "maildir", "var"} <= {path.name for path in shell.folder.iterdir()}
    assert shell("config", "check").code == 0
    assert shell("doctor").code == 0
    people = shell.file("people.csv", "number,name,addresses\nE1,王丽,wang.li@corp.example\n")
    assert shell("people", "import", people).code == 0
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    assert shell("mailbox", "poll").out.startswith("accepted")
    assert "1 sent" in shell("outbox", "flush").err
    assert list((shell.folder / "answers").glob("*.html"))
    assert shell("mailbox", "account").code == 0


def test_settings_that_are_there_are_not_overwritten(empty_shell: Shell) -> None:
    empty_shell.file("config.yaml", "company: {name: 我们}\n")
    ran = empty_shell("init", *FLAGS)
    assert ran.code == 2
    assert "is there already" in ran.err
    assert (empty_shell.folder / "config.yaml").read_text() == "company: {name: 我们}\n"


@pytest.mark.parametrize(
    "company", ['A: "quoted" & {b} # no comment', "O'Brien\\", "- 仪器", "null", "@x", "多\u2028行"]
)
def test_a_company_may_be_called_anything(empty_shell: Shell, company: str) -> None:
    assert empty_shell("init", *FLAGS[:-1], company).code == 0
    assert yaml.safe_load(empty_shell("config", "show").out)["company"]["name"] == company


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_is_known_by_its_name(empty_shell: Shell, provider: str) -> None:
    flags = ["--company", "x", "--lang", "en", "--timezone", "UTC", "--username", "daily@corp.example"]
    flags += ["--authserv-id", "mx.corp.example"]
    ran = empty_shell("init", *flags, "--mailbox", provider, "--dir", "there")
    assert ran.code == 0
    shown = yaml.safe_load(empty_shell("--config", "there/config.yaml", "config", "show").out)
    assert (shown["mailboxes"]["reports"]["host"], shown["smtp"]["host"]) == PROVIDERS[provider]
    assert empty_shell("--config", "there/config.yaml", "config", "check").code == 0
    assert (empty_shell.folder / "there" / "Sales daily report.xlsx").exists()


IMAP = ["--lang", "en", "--timezone", "UTC", "--company", "x", "--mailbox", "imap", "--host", "imap.corp.example"]
STAMPED = b"Received: from a by mx.corp.example\r\nAuthentication-Results: mx.corp.example; dmarc=pass\r\n"


@pytest.fixture
def real_mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mailbox of the provider, played by a Maildir, and the password for it."""
    path = tmp_path / "at-the-provider"
    box = MaildirMailbox("reports", path)
    box.open()
    box.close()
    monkeypatch.setenv("DAYSHEET_MAILBOXES__REPORTS__PASSWORD", "long-and-secret")
    monkeypatch.setattr(wiring, "open_mailbox", lambda *_, **__: MaildirMailbox("reports", path))
    return path / "new"


def test_init_reads_off_a_real_message_whose_findings_to_believe(empty_shell: Shell, real_mailbox: Path) -> None:
    (real_mailbox / "1").write_bytes(STAMPED + a_mail(a_workbook([a_visit()])))
    ran = empty_shell("init", *IMAP, "--username", "daily")
    assert ran.code == 0
    assert "authserv_id: mx.corp.example, as 1 of 1 waiting messages say" in ran.err
    shown = yaml.safe_load(empty_shell("config", "show").out)["mailboxes"]["reports"]
    assert (shown["trust"], shown["authserv_id"]) == ("authserv", "mx.corp.example")


def test_the_findings_of_a_provider_whose_id_is_known_are_believed_at_once(empty_shell: Shell) -> None:
    flags = [
        "--company",
        "x",
        "--lang",
        "en",
        "--timezone",
        "UTC",
        "--mailbox",
        "gmail",
        "--username",
        "daily@x.example",
    ]
    assert empty_shell("init", *flags).code == 0
    shown = yaml.safe_load(empty_shell("config", "show").out)["mailboxes"]["reports"]
    assert (shown["trust"], shown["authserv_id"]) == ("authserv", "mx.google.com")
    assert empty_shell("config", "check").code == 0


def test_init_does_not_need_a_message(empty_shell: Shell, real_mailbox: Path) -> None:
    ran = empty_shell("init", *IMAP, "--username", "daily")
    assert ran.code == 0
    assert "authserv_id is not set" in ran.err


def test_init_goes_on_where_the_mailbox_cannot_be_looked_into(
    empty_shell: Shell, real_mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MailboxError("imap.corp.example refused the password")

    monkeypatch.setattr(wiring, "open_mailbox", refuse)
    ran = empty_shell("init", *IMAP, "--username", "daily")
    assert ran.code == 0
    assert "cannot be looked into yet: imap.corp.example refused the password" in ran.err


def test_a_server_of_ones_own_has_its_flags(empty_shell: Shell) -> None:
    flags = ["--company", "x", "--lang", "en", "--timezone", "UTC", "--mailbox", "imap", "--host", "imap.corp.example"]
    ran = empty_shell("init", *flags, "--username", "daily", "--smtp-host", "smtp.corp.example", "--dry-run")
    settings = yaml.safe_load(ran.out)
    assert settings["mailboxes"]["reports"] == {
        "host": "imap.corp.example",
        "username": "daily",
        "trust": "authserv",
        "authserv_id": "",
    }
    assert settings["smtp"] == {"host": "smtp.corp.example", "username": "daily"}
    assert not (empty_shell.folder / "config.yaml").exists()


def test_a_time_zone_that_is_none_is_told_and_nothing_is_left_half_made(empty_shell: Shell) -> None:
    ran = empty_shell("init", "--company", "x", "--lang", "en", "--timezone", "Mars/Olympus", "--mailbox", "maildir")
    assert ran.code in (2, 3)
    assert "Mars/Olympus" in ran.err
    assert list(empty_shell.folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(empty_shell: Shell) -> None:
    empty_shell.file("taken", "a file")
    ran = empty_shell("init", *FLAGS, "--dir", Path("taken") / "deeper")
    assert ran.code == 2
    assert "taken" in ran.err
