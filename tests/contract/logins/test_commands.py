"""``daysheet oauth`` and ``doctor`` as a shell runs them, against an address for tokens and a Dovecot."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.services.dovecot import DovecotServer
from tests.services.smtp import SmtpSink
from tests.services.tokens import SECRET, TokenServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


class Shell:
    """A folder with settings; *said* is all that the commands ever said."""

    def __init__(self, folder: Path, granting: TokenServer) -> None:
        self.folder = folder
        self._granting = granting
        self.said = ""

    def configure(self, **sections: Any) -> None:
        """Write config.yaml."""
        base = {"database": {"url": f"sqlite:///{self.folder / 'd.db'}"}, "data_dir": str(self.folder / "var")}
        text = yaml.safe_dump(base | sections, allow_unicode=True)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DAYSHEET_")}
        return subprocess.Popen(
            [sys.executable, "-m", "daysheet", *arguments],
            cwd=self.folder,
            env=clean | {"DAYSHEET_OAUTH__MAIL__CLIENT_SECRET": SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Run a command; returns its code and everything it said."""
        started = self.start(*arguments)
        out, err = started.communicate(timeout=60)
        self.said += out + err
        return started.returncode, out + err

    def log_in(self) -> tuple[int, str]:
        """Run ``oauth login`` as a person who enters the code that is shown."""
        started = self.start("oauth", "login", "mail")
        assert started.stderr is not None
        line = started.stderr.readline()
        if "enter the code" in line:
            self._granting.approve(line.strip().rpartition(" ")[2])
        out, err = started.communicate(timeout=60)
        self.said += line + out + err
        return started.returncode, line + out + err


@pytest.fixture
def shell(granting: TokenServer, taking: DovecotServer, outgoing: SmtpSink, tmp_path: Path) -> Shell:
    """A folder whose settings log in with tokens everywhere."""
    made = Shell(tmp_path, granting)
    account = {"host": "127.0.0.1", "username": granting.user, "oauth": "mail"}
    login = granting.settings("microsoft")
    made.configure(
        oauth={"mail": login | {"ca_file": str(login["ca_file"])}},
        mailboxes={"reports": account | {"port": taking.tls_port, "ca_file": str(taking.ca_file), "trust": "none"}},
        smtp=account | {"port": outgoing.port, "security": "plain"},
    )
    return made


def test_a_login_by_a_code_from_nothing_to_a_poll_and_its_end(
    granting: TokenServer, taking: DovecotServer, shell: Shell
) -> None:
    assert shell("db", "upgrade")[0] == 0
    code, said = shell("oauth", "status")
    assert (code, "not logged in yet: daysheet oauth login mail" in said) == (8, True)
    code, said = shell("mailbox", "poll")
    assert (code, "daysheet oauth login mail" in said) == (5, True)

    code, said = shell.log_in()
    assert (code, f"mail: logged in as {granting.user}" in said) == (0, True), said
    assert shell("oauth", "status")[0] == 0
    assert shell("mailbox", "poll")[0] == 0
    examined = shell("doctor")[1]
    assert f"login mail\t{granting.user}, no end known" in examined, examined
    assert "takes our mails" in examined

    granting.revoke()
    code, said = shell("mailbox", "poll")
    assert (code, "daysheet oauth login mail" in said) == (5, True)
    assert shell("mailbox", "poll")[0] == 5
    code, said = shell("oauth", "status", "--json")
    assert (code, "the login is over" in said) == (8, True)

    assert shell.log_in()[0] == 0
    assert shell("mailbox", "poll")[0] == 0
    assert shell("oauth", "logout", "mail")[0] == 0
    assert shell("oauth", "status")[0] == 8
    assert not [secret for secret in granting.secrets if secret in shell.said]


def test_a_login_that_the_settings_do_not_know_is_a_mistake_of_them(shell: Shell) -> None:
    code, said = shell("oauth", "login", "post")
    assert (code, "there is no oauth.post; there are: mail" in said) == (3, True)
