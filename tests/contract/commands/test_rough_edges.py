"""What a newcomer trips over: half-made folders, empty sections, hints that do not work, silence about trust."""

import io
import sys
from pathlib import Path

import pytest
import structlog
import yaml

from daysheet import cli, config, wiring
from daysheet.commands import session
from daysheet.config import Settings
from daysheet.templates_xlsx import spec
from tests import builders
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell
from tests.contract.commands.test_exit_codes import closed_port

ROOT = Path(cli.__file__).parents[1]
INIT = ["init", "--company", "星河仪器", "--lang", "zh", "--timezone", "Asia/Shanghai"]
MAILDIR = [*INIT, "--mailbox", "maildir"]


# ---- ingest ------------------------------------------------------------------------------------


def test_a_workbook_without_a_mail_and_without_a_rep_is_a_wrong_argument(shell: Shell) -> None:
    book = shell.file("日报.xlsx", a_workbook([a_visit()]))
    mail = shell.file("a.eml", a_mail(a_workbook([a_visit()])))
    before = shell.contents()
    ran = shell("ingest", mail, book)
    assert (ran.code, ran.out) == (2, "")
    assert "日报.xlsx" in ran.err
    assert "--as EMPLOYEE_NO" in ran.err
    assert shell.contents() == before
    assert shell("ingest", mail).code == 0


# ---- the log -----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stderr", "chosen", "is_json"),
    [
        (Terminal, "auto", False),
        (io.StringIO, "auto", True),
        (Terminal, "json", True),
        (io.StringIO, "console", False),
    ],
)
def test_the_log_is_for_people_on_a_terminal_unless_it_is_set(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, stderr: type[io.StringIO], chosen: str, is_json: bool
) -> None:
    import structlog

    written = stderr()
    monkeypatch.setattr(sys, "stderr", written)
    session.start_log(builders.settings(shell.folder, log={"level": "info", "format": chosen}))
    structlog.get_logger().info("message.processed", state="accepted")
    assert written.getvalue().startswith("{") is is_json


@pytest.mark.parametrize("chosen", ["console", "json", None])
def test_what_a_row_holds_is_in_no_traceback_of_the_log(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    import structlog

    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(sys, "stdout", written)
    if chosen is None:
        structlog.reset_defaults()
        with wiring.open_tools(builders.settings(shell.folder), check_schema=False):
            pass
    else:
        session.start_log(builders.settings(shell.folder, log={"level": "info", "format": chosen}))
    typed = "".join(["云杉", "的秘密"])
    try:
        int(f"x{len(typed)}")
    except ValueError:
        structlog.get_logger().exception("message.failed")
    assert "x5" in written.getvalue()
    assert typed not in written.getvalue()


def test_the_log_chooses_by_itself_where_nothing_is_set() -> None:
    assert config.Settings().log.format == "auto"


# ---- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("section", [name for name in config.Settings.model_fields if name != "database"])
def test_an_empty_section_is_one_that_is_not_there(empty_shell: Shell, section: str) -> None:
    empty_shell.file("config.yaml", f"database:\n  url: sqlite:///x.db\n{section}:\n  # everything below is a remark\n")
    assert empty_shell("config", "check").code == 0


def test_an_empty_section_that_is_no_section_is_told(empty_shell: Shell) -> None:
    empty_shell.file("config.yaml", "webb:\n")
    ran = empty_shell("config", "check")
    assert ran.code == 3
    assert "did you mean web?" in ran.err


# ---- init --------------------------------------------------------------------------------------


def test_after_a_database_that_does_not_answer_the_next_try_is_free(empty_shell: Shell) -> None:
    url = f"postgresql://u:p@127.0.0.1:{closed_port()}/daysheet"
    assert empty_shell(*MAILDIR, "--database", url).code == 5
    assert not (empty_shell.folder / "config.yaml").exists()
    assert empty_shell(*MAILDIR).code == 0
    assert (empty_shell.folder / "config.yaml").exists()


def test_the_example_in_the_way_is_called_by_its_name_with_the_way_out(empty_shell: Shell) -> None:
    empty_shell.file("config.yaml", (ROOT / "config.yaml").read_bytes())
    ran = empty_shell(*MAILDIR)
    assert ran.code == 2
    assert "annotated example" in ran.err
    assert "--dir FOLDER" in ran.err
    assert empty_shell(*MAILDIR, "--dir", "own").code == 0


def test_inits_hint_works_as_it_is_printed(empty_shell: Shell) -> None:
    hint = empty_shell(*MAILDIR, "--dir", "own").err.splitlines()[-1]
    assert f"{session.program()} --config {Path('own/config.yaml')} people import" in hint
    assert "--config" not in empty_shell(*MAILDIR).err.splitlines()[-1]


# ---- whom to believe ---------------------------------------------------------------------------


def test_init_asks_for_proof_of_senders_unless_told_otherwise(empty_shell: Shell) -> None:
    ran = empty_shell(*INIT, "--mailbox", "qq", "--username", "daily@qq.example")
    assert ran.code == 0
    assert "authserv_id is not set" in ran.err.splitlines()[0]
    assert yaml.safe_load(empty_shell("config", "show").out)["mailboxes"]["reports"]["trust"] == "authserv"


def test_init_says_first_that_every_listed_address_is_believed(empty_shell: Shell) -> None:
    ran = empty_shell(*INIT, "--mailbox", "qq", "--username", "daily@qq.example", "--trust", "none")
    assert ran.code == 0
    assert "every listed address is believed" in ran.err.splitlines()[0]


def test_doctor_proposes_the_id_from_a_message_that_came_in_unproven(shell: Shell) -> None:
    box = {"kind": "maildir", "path": "maildir", "trust": "authserv"}
    shell.configure(mailboxes={"reports": box | {"authserv_id": "mail.wrong.example"}})
    stamp = b"Received: from a by mx.corp.example\r\nAuthentication-Results: mx.corp.example; dmarc=pass\r\n"
    shell.deliver("1", stamp + a_mail(a_workbook([a_visit()])))
    assert "quarantined" in shell("mailbox", "poll").out
    shell.configure(mailboxes={"reports": box})
    ran = shell("doctor")
    assert ran.code == 8
    (line,) = [line for line in ran.out.splitlines() if "senders of reports" in line]
    assert "1 of 1 messages say: mailboxes.reports.authserv_id: mx.corp.example" in line


def test_the_service_logs_what_its_mailboxes_go_without() -> None:
    own = {"host": "mail.corp.example", "username": "u"}
    boxes = {"open": own | {"trust": "none"}, "loose": own | {"authserv_id": "mx.corp.example", "relax": ["alignment"]}}
    settings = Settings.model_validate(
        {
            "mailboxes": boxes
            | {"strict": own | {"authserv_id": "mx.corp.example"}, "drop": {"kind": "maildir", "path": "maildir"}}
        }
    )
    with structlog.testing.capture_logs() as logged:
        session.log_trust(settings)
    assert [(one["event"], one["mailbox"], one["log_level"]) for one in logged] == [
        ("trust.none", "open", "warning"),
        ("trust.relaxed", "loose", "warning"),
    ]


def test_doctor_proposes_the_id_from_a_message_that_waits_in_a_new_mailbox(shell: Shell) -> None:
    shell.configure(mailboxes={"reports": {"kind": "maildir", "path": "maildir", "trust": "authserv"}})
    stamp = b"Received: from a by mx.corp.example\r\nAuthentication-Results: mx.corp.example; dmarc=pass\r\n"
    shell.deliver("1", stamp + a_mail(a_workbook([a_visit()])))
    ran = shell("doctor")
    (line,) = [line for line in ran.out.splitlines() if "senders of reports" in line]
    assert "1 of 1 messages say: mailboxes.reports.authserv_id: mx.corp.example" in line
    assert shell("mailbox", "poll").code == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"smtp": {"host": "mail.corp.example", "username": "u", "password_file": "nowhere"}}, "nowhere"),
        (
            {"mailboxes": {"reports": {"host": "a.example", "username": "u", "trust": "none", "password_file": "x"}}},
            "x",
        ),
        (
            {
                "mailboxes": {
                    "reports": {"host": "a.example", "username": "u", "trust": "internal", "internal_header": "AuthAs"}
                }
            },
            "write name and value",
        ),
    ],
)
def test_config_check_finds_what_would_keep_the_service_from_logging_in(
    shell: Shell, changes: dict[str, object], sentence: str
) -> None:
    shell.configure(**changes)
    ran = shell("config", "check")
    assert ran.code == 3
    assert sentence in ran.err


def test_a_maildir_is_not_warned_of(empty_shell: Shell) -> None:
    assert "believed" not in empty_shell(*MAILDIR).err


@pytest.mark.parametrize("command", [["config", "check"], ["doctor"]])
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"trust": "none"}, "is believed, forged ones too"),
        ({}, "authserv_id is not set"),
        ({"authserv_id": "mx.corp.example", "relax": ["position"]}, "believed without position"),
        ({"trust": "internal"}, "internal_header is not set"),
    ],
)
def test_config_check_and_doctor_speak_of_trust_before_anything_else(
    shell: Shell, command: list[str], more: dict[str, object], sentence: str
) -> None:
    box = {"host": "127.0.0.1", "port": closed_port(), "security": "plain", "username": "u"}
    shell.configure(mailboxes={"reports": box | more}, template={"forms": ["lite"]})
    ran = shell(*command)
    assert sentence in ran.err.splitlines()[0]


# ---- hints and forms ---------------------------------------------------------------------------


def test_the_program_is_called_by_its_name_only_where_the_shell_finds_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / ".venv" / "bin" / "daysheet"
    own.parent.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    assert session.program().endswith("python -m daysheet")
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert session.program() == ".venv/bin/daysheet"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert session.program() == str(own)
    monkeypatch.setenv("PATH", str(own.parent))
    assert session.program() == "daysheet"


def test_a_form_is_shown_as_it_is_packaged_and_can_be_used_as_ones_own(shell: Shell) -> None:
    shown = shell("template", "show", "--form", "lite")
    assert (shown.code, shown.out) == (0, (ROOT / "daysheet" / "templates_xlsx" / "lite.yaml").read_text("utf-8"))
    shell.file("ours.yaml", shown.out)
    assert spec.load(shell.folder / "ours.yaml").digest == spec.load("lite").digest


def test_the_first_form_of_the_settings_is_shown_unless_another_is_named(shell: Shell) -> None:
    own = shell("template", "show").out.replace("id: daily_report", "id: ours")
    shell.file("ours.yaml", own)
    shell.configure(template={"forms": ["ours.yaml", "lite"]})
    assert shell("template", "show").out == own
    assert shell("template", "show", "--form", "ours").out == own
    assert "id: daily_report" in shell("template", "show", "--form", "daily_report").out
    unknown = shell("template", "show", "--form", "nobody")
    assert unknown.code == 3
    assert "nobody" in unknown.err
