"""How commands end: the exit codes others script against, and one sentence instead of a traceback."""

import socket

import pytest

from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def unreachable(**more: object) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": closed_port(), "security": "plain", "username": "u", "trust": "none"} | more


# ---- 0, 2, 3 -----------------------------------------------------------------------------------


def test_what_went_well_ends_with_0(shell: Shell) -> None:
    ran = shell("config", "check")
    assert (ran.code, ran.out) == (0, "")
    assert "config.yaml: in order" in ran.err


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["mailbx", "poll"], "mailbox"),
        (["mailbox", "pol"], "poll"),
        (["config", "chek"], "check"),
        (["custmers"], "customers"),
    ],
)
def test_a_misspelt_command_ends_with_2_and_names_the_nearest(shell: Shell, arguments: list[str], nearest: str) -> None:
    ran = shell(*arguments)
    assert ran.code == 2
    assert "Did you mean" in ran.err.splitlines()[-1]
    assert f"'{nearest}'" in ran.err.splitlines()[-1]
    assert ran.err.startswith("Usage: daysheet ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["ingest"],
        ["ingest", "nowhere.eml"],
        ["mailbox", "poll", "--loud"],
        ["customers", "show", "no-number"],
        ["customers", "show", "4711"],
        ["template", "build", "--rep", "E77"],
        ["template", "build", "--form", "unknown"],
        ["template", "build", "--out", "nowhere/x.xlsx"],
        ["customers", "export", "--out", "nowhere/x.csv"],
        ["outbox", "flush", "--dry-run"],
        ["outbox", "flush", "--out", "x"],
        ["ingest", "config.yaml", "--as", "E77"],
        ["workbook", "check", "config.yaml", "--db", "--as", "E77"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_ends_with_2(shell: Shell, arguments: list[str]) -> None:
    ran = shell(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip()


def test_a_misspelt_setting_ends_with_3_and_names_the_nearest(shell: Shell) -> None:
    shell.configure(smtp={"fodler": "answers"})
    ran = shell("mailbox", "poll")
    assert ran.code == 3
    assert "unknown key smtp.fodler; did you mean folder?" in ran.err


def test_missing_settings_end_with_3(empty_shell: Shell) -> None:
    ran = empty_shell("--config", "nowhere.yaml", "config", "check")
    assert ran.code == 3
    assert "daysheet init" in ran.err


def test_a_mailbox_that_is_not_set_ends_with_3(shell: Shell) -> None:
    ran = shell("mailbox", "poll", "--mailbox", "other")
    assert ran.code == 3
    assert "there is no mailbox 'other'; there are: reports" in ran.err
    shell.configure(mailboxes={})
    assert shell("mailbox", "poll").code == 3


@pytest.mark.parametrize("name", ["Reports", "sales__east"])
def test_a_mailbox_that_the_environment_could_not_name_ends_with_3(shell: Shell, name: str) -> None:
    shell.configure(mailboxes={name: {"kind": "maildir", "path": "maildir", "trust": "none"}})
    ran = shell("config", "check")
    assert ran.code == 3
    assert f"write '{name}' in lower case" in ran.err


def test_a_way_of_believing_senders_that_misses_something_ends_with_3(shell: Shell) -> None:
    shell.configure(mailboxes={"reports": {"host": "mail.corp.example", "username": "u", "trust": "authserv"}})
    for command in (["config", "check"], ["mailbox", "poll"], ["serve"]):
        ran = shell(*command)
        assert ran.code == 3
        assert "mailboxes.reports.authserv_id" in ran.err


def test_a_delivery_that_cannot_be_is_found_by_the_check(shell: Shell) -> None:
    shell.configure(smtp={"host": "mail.corp.example", "username": "u", "security": "plain"})
    ran = shell("config", "check")
    assert ran.code == 3
    assert "smtp.security: plain would send the password readable" in ran.err


def test_without_a_delivery_nothing_is_sent(shell: Shell) -> None:
    shell.configure(smtp={})
    ran = shell("outbox", "flush")
    assert ran.code == 3
    assert "smtp.host is not set" in ran.err


# ---- the database ------------------------------------------------------------------------------


def test_a_missing_database_ends_with_3_and_is_not_made(shell: Shell) -> None:
    (shell.folder / "daysheet.db").unlink()
    ran = shell("mailbox", "poll")
    assert ran.code == 3
    assert "daysheet db upgrade" in ran.err
    assert not (shell.folder / "daysheet.db").exists()


@pytest.mark.parametrize(
    "command", [["mailbox", "poll"], ["db", "upgrade"], ["customers", "search", "x"]], ids=" ".join
)
def test_a_database_newer_than_the_program_is_refused_with_a_sentence(shell: Shell, command: list[str]) -> None:
    shell.sql("UPDATE alembic_version SET version_num = '9999'")
    ran = shell(*command)
    assert ran.code == 3
    assert len(ran.err.strip().splitlines()) == 1
    assert "newer" in ran.err


# ---- 5, 6, 7, 8 --------------------------------------------------------------------------------


def test_a_mail_server_that_does_not_answer_ends_with_5_and_what_waits_is_worked(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell.configure(
        mailboxes={"broken": unreachable(), "reports": {"kind": "maildir", "path": "maildir", "trust": "none"}}
    )
    ran = shell("mailbox", "poll", "--json")
    assert ran.code == 5
    assert "broken: 127.0.0.1 does not answer" in ran.err
    assert [line["state"] for line in ran.lines] == ["accepted"]


def test_answers_that_cannot_leave_end_with_5(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell("mailbox", "poll")
    shell.configure(smtp={"host": "127.0.0.1", "port": closed_port(), "security": "plain"})
    ran = shell("outbox", "flush", "--json")
    assert (ran.code, ran.lines) == (5, [{"sent": 0, "deferred": 1, "failed": 0}])


def test_a_database_server_that_does_not_answer_ends_with_5(shell: Shell) -> None:
    shell.configure(database={"url": f"postgresql://daysheet:geheim@127.0.0.1:{closed_port()}/daysheet"})
    ran = shell("mailbox", "poll")
    assert ran.code == 5
    assert "does not answer" in ran.err
    assert "geheim" not in ran.err


def test_rows_that_were_not_accepted_end_with_6(shell: Shell) -> None:
    fine = shell.file("fine.eml", a_mail(a_workbook([a_visit()])))
    wrong = shell.file("wrong.eml", a_mail(a_workbook([a_visit(), a_visit(way="打球", contact="江总")]), subject="二"))
    assert shell("ingest", fine).code == 0
    assert shell("ingest", wrong).code == 6
    assert shell("ingest", wrong).code == 0  # known already: nothing new was refused


@pytest.mark.parametrize(
    ("name", "command"), [("mailbox:reports", ["mailbox", "poll"]), ("outbox", ["outbox", "flush"])]
)
def test_work_another_process_is_doing_ends_with_7(shell: Shell, name: str, command: list[str]) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell.sql(f"INSERT INTO lease (name, holder, expires_at) VALUES ('{name}', 'elsewhere:1', '2999-01-01 00:00:00')")
    ran = shell(*command)
    assert ran.code == 7
    assert "another process (elsewhere:1)" in ran.err
    assert (shell.folder / "maildir" / "new" / "1").exists()


def test_books_that_do_not_close_end_with_8(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell("mailbox", "poll")
    assert shell("mailbox", "account").code == 0
    (file,) = [path for path in (shell.folder / "var" / "spool").rglob("*") if path.is_file()]
    file.write_bytes(b"damaged")
    ran = shell("mailbox", "account")
    assert ran.code == 8
    assert "damaged" in ran.err
    assert shell("mailbox", "account", "--quick").code == 0


def test_a_closed_pipe_is_no_trouble(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from daysheet.commands import customers

    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(customers, "emit", gone)
    monkeypatch.setattr("sys.stderr.close", lambda: None, raising=False)
    assert shell("customers", "search", "云杉", "--json").code == 0
