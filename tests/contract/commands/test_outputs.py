"""Data on stdout, talk on stderr; nothing stored by a dry run; nothing secret anywhere."""

import json
from pathlib import Path

import pytest
import yaml

from daysheet.commands.session import plain
from tests import builders
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell
from tests.contract.commands.test_exit_codes import unreachable

SECRET = "geheim-4711"


def with_everything(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit(), a_visit(way="打球", contact="江总")])))
    shell.file("book.xlsx", a_workbook([a_visit()]))
    shell.file("list.csv", "name\n宁波听潮泵业有限公司\n暂无\n")
    shell.file("people.csv", builders.PEOPLE + ",nobody,rep,,,,,\n")


JSON_COMMANDS = [
    ["mailbox", "poll"],
    ["mailbox", "account"],
    ["ingest", "book.xlsx", "--as", "E1"],
    ["people", "import", "people.csv"],
    ["workbook", "check", "book.xlsx"],
    ["workbook", "check", "book.xlsx", "--db", "--as", "E1"],
    ["customers", "import", "list.csv"],
    ["customers", "show", "1"],
    ["customers", "search", "云杉"],
    ["customers", "export"],
    ["outbox", "flush"],
    ["doctor"],
    ["db", "upgrade"],
]


@pytest.mark.parametrize("command", JSON_COMMANDS, ids=" ".join)
def test_json_is_one_object_a_line_and_nothing_else(shell: Shell, command: list[str]) -> None:
    with_everything(shell)
    ran = shell(*command, "--json")
    assert ran.code in (0, 6)
    assert all(isinstance(line, dict) for line in ran.lines)
    if command[:2] not in (["workbook", "check"],):
        assert ran.lines


def test_a_line_per_message_says_what_became_of_it(shell: Shell) -> None:
    with_everything(shell)
    (line,) = shell("mailbox", "poll", "--json").lines
    assert (line["state"], line["codes"], line["sender"]) == ("partly", ["SD-C004"], "wang.li@corp.example")
    (submission,) = line["submissions"]
    assert (submission["rep"], submission["rows_landed"], submission["rows_parked"]) == ("E1", 1, 1)


def test_a_line_per_file_says_what_became_of_it(shell: Shell) -> None:
    with_everything(shell)
    shell.file("notes.txt", "hello")
    ran = shell("ingest", "book.xlsx", "notes.txt", "--as", "E1", "--json")
    assert [(Path(line["file"]).name, line["state"]) for line in ran.lines] == [
        ("book.xlsx", "accepted"),
        ("notes.txt", "rejected"),
    ]
    assert {"file", "state", "reason", "codes", "submissions"} <= set(ran.lines[0])


def test_without_json_the_data_are_lines_of_text(shell: Shell) -> None:
    with_everything(shell)
    ran = shell("mailbox", "poll")
    assert ran.out.split("\t")[:3] == ["partly", "has-issues", "SD-C004"]
    assert "1 fetched" in ran.err


# ---- dry runs ----------------------------------------------------------------------------------


DRY_COMMANDS = [
    ["mailbox", "poll", "--dry-run"],
    ["ingest", "book.xlsx", "--as", "E1", "--dry-run"],
    ["people", "import", "people.csv", "--dry-run"],
    ["customers", "import", "list.csv", "--dry-run"],
    ["template", "build", "--dry-run"],
    ["outbox", "flush", "--dry-run", "--out", "look"],
    ["db", "upgrade", "--dry-run"],
    ["workbook", "check", "book.xlsx", "--db", "--as", "E1"],
    ["init", "--company", "x", "--lang", "zh", "--timezone", "UTC", "--mailbox", "maildir", "--dir", "a", "--dry-run"],
]


@pytest.mark.parametrize("command", DRY_COMMANDS, ids=" ".join)
def test_a_dry_run_stores_nothing(shell: Shell, command: list[str]) -> None:
    with_everything(shell)
    shell("mailbox", "poll")
    shell.deliver("2", a_mail(a_workbook([a_visit()], cover={"report_date": "2026-03-03"})))
    before, files = shell.contents(), {path for path in shell.folder.rglob("*") if path.is_file()}
    assert shell(*command).code in (0, 6)
    assert shell.contents() == before
    made = {path for path in shell.folder.rglob("*") if path.is_file()} - files
    assert {path.parent.name for path in made if path.suffix not in (".db-wal", ".db-shm")} <= {"look"}


def test_the_mails_of_a_dry_run_can_be_looked_at_and_leave_later(shell: Shell) -> None:
    with_everything(shell)
    shell("mailbox", "poll")
    ran = shell("outbox", "flush", "--dry-run", "--out", "look")
    assert (ran.code, "1 mails written to look" in ran.err) == (0, True)
    assert {path.suffix for path in (shell.folder / "look").iterdir()} == {".eml", ".html", ".xlsx"}
    assert not (shell.folder / "answers").exists()
    assert shell("outbox", "flush", "--json").lines == [{"sent": 1, "deferred": 0, "failed": 0}]
    assert shell("outbox", "flush", "--json").lines == [{"sent": 0, "deferred": 0, "failed": 0}]


# ---- secrets -----------------------------------------------------------------------------------


def with_secrets(shell: Shell) -> None:
    shell.configure(
        mailboxes={"reports": unreachable(password=SECRET)},
        smtp=smtp_secrets(),
        log={"level": "debug"},
    )


def smtp_secrets() -> dict[str, object]:
    settings = unreachable(password=SECRET)
    del settings["trust"]
    return settings


@pytest.mark.parametrize(
    "command",
    [
        ["config", "show"],
        ["config", "check"],
        ["doctor"],
        ["doctor", "--json"],
        ["mailbox", "poll"],
        ["outbox", "flush"],
    ],
    ids=" ".join,
)
def test_no_command_shows_a_password(shell: Shell, command: list[str]) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell("mailbox", "poll")
    with_secrets(shell)
    ran = shell(*command)
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://daysheet:{SECRET}@db.corp.example/daysheet",
        f"postgresql://daysheet:{SECRET}@x@db.corp.example:5432/daysheet",
        f"postgresql://daysheet:a/{SECRET}@db.corp.example/daysheet",
        f"postgresql://db.corp.example/daysheet?user=daysheet&password={SECRET}",
        f"postgresql://:{SECRET}@db.corp.example/daysheet",
    ],
)
def test_a_password_in_the_database_url_is_shown_as_stars(shell: Shell, url: str) -> None:
    shell.configure(database={"url": url})
    ran = shell("config", "show")
    assert ran.code == 0
    assert SECRET not in ran.out
    assert "db.corp.example" in yaml.safe_load(ran.out)["database"]["url"]
    assert "**********" in yaml.safe_load(ran.out)["database"]["url"]


def test_a_file_as_database_is_shown_as_it_is(shell: Shell) -> None:
    assert yaml.safe_load(shell("config", "show").out)["database"]["url"] == f"sqlite:///{shell.folder}/daysheet.db"


def test_a_password_from_the_environment_is_used_and_not_shown(shell: Shell) -> None:
    shell.configure(mailboxes={"reports": unreachable()})
    shell.patch.setenv("DAYSHEET_MAILBOXES__REPORTS__PASSWORD", SECRET)
    ran = shell("config", "show")
    assert yaml.safe_load(ran.out)["mailboxes"]["reports"]["password"] == "**********"


def test_the_schema_is_json_and_knows_every_section(shell: Shell) -> None:
    schema = json.loads(shell("config", "schema").out)
    assert {"database", "mailboxes", "smtp", "web"} <= set(schema["properties"])


# ---- logs --------------------------------------------------------------------------------------


def test_the_log_can_be_followed_from_message_to_submission_to_person(shell: Shell) -> None:
    shell.configure(log={"level": "info"})
    with_everything(shell)
    ran = shell("mailbox", "poll", "--json")
    logged = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
    (line,) = [line for line in logged if line["event"] == "message.processed"]
    assert line["inbound"] == ran.lines[0]["inbound_id"]
    assert line["submissions"] == [ran.lines[0]["submissions"][0]["submission_id"]]
    assert line["reps"] == ["E1"]
    assert (line["level"], line["state"]) == ("info", "partly")
    assert line["timestamp"].endswith("Z")


def test_a_mail_that_does_not_leave_is_logged_by_its_id(shell: Shell) -> None:
    with_everything(shell)
    shell("mailbox", "poll")
    shell.configure(smtp=smtp_secrets(), log={"level": "warning"})
    ran = shell("outbox", "flush")
    (line,) = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
    assert (line["event"], line["outbox"], line["attempts"]) == ("answer.deferred", 1, 1)


def test_for_people_the_log_is_text(shell: Shell) -> None:
    shell.configure(log={"level": "info", "format": "console"})
    with_everything(shell)
    ran = shell("mailbox", "poll")
    assert "message.processed" in ran.err
    assert not any(line.startswith("{") for line in ran.err.splitlines())


def test_anything_becomes_json() -> None:
    from decimal import Decimal

    assert plain({"a": (1, Decimal("1.50")), 2: {builders.TODAY}}) == {"a": [1, "1.50"], "2": ["2026-03-04"]}
