"""The units and the container file: linted, locked down, true to the program."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from daysheet import cli, config
from tests.services import confined
from tests.unit.docs import pages

DEPLOY = Path(__file__).parents[3] / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
UNITS = [*SERVICES, *sorted(DEPLOY.glob("*.timer"))]
MOST_EXPOSED = 2.0
"""systemd's own measure: 10 is a service that may do all that root may."""


@pytest.fixture(scope="module")
def systemd() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.fail("the units are checked by systemd-analyze: apt-get install -y --no-install-recommends systemd")
    return found


def ran(*command: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)


def test_systemd_finds_nothing_wrong_with_the_units(systemd: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("daysheet")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/daysheet/bin/daysheet", str(program))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = ran(systemd, "verify", *(tmp_path / unit.name for unit in UNITS))
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "daysheet" in line]
    assert (ours, done.returncode) == ([], 0)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_service_is_exposed(systemd: str, unit: Path) -> None:
    done = ran(systemd, "security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= MOST_EXPOSED


def test_the_measure_would_tell_a_service_that_is_exposed(systemd: str, tmp_path: Path) -> None:
    text = (DEPLOY / "daysheet.service").read_text(encoding="utf-8")
    (tmp_path / "open.service").write_text(re.sub(r"^(Protect|SystemCall|Restrict)\w+=.*\n", "", text, flags=re.M))
    assert ran(systemd, "security", "--offline=true", "--threshold=20", tmp_path / "open.service").returncode != 0


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_is_bound_as_tightly_as_the_first(unit: Path) -> None:
    first, this = confined.read(DEPLOY / "daysheet.service"), confined.read(unit)
    own = {"ExecStart", "ExecStartPre", "Environment", "LoadCredential", "Type", "Description", "After", "Wants"}
    own |= {"Restart", "RestartSec", "StartLimitIntervalSec", "StartLimitBurst", "TimeoutStopSec", "TimeoutStartSec"}
    own |= {"Nice", "IOSchedulingClass", "WantedBy", "LimitNOFILE", "OOMPolicy"}
    assert {name: value for name, value in this.items() if name not in own} == {
        name: value for name, value in first.items() if name not in own
    }


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_runs_a_command_there_is_with_settings_there_are(unit: Path) -> None:
    said = confined.read(unit)
    (line,) = said["ExecStart"]
    program, *words = line.split()
    assert program == "/opt/daysheet/bin/daysheet"
    command: click.Command | None = cli.cli
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word)
        elif word.startswith("-"):
            assert command is not None
            assert word in {name for option in command.params for name in option.opts}
    assert command is not None, f"there is no daysheet {' '.join(words)}"
    for pair in said["Environment"]:
        name, _, value = pair.partition("=")
        assert not re.search(r"(PASSWORD|SECRET)$", name), "a password in a unit can be read by everybody"
        if name.endswith("_FILE"):
            assert value.removeprefix("%d/") in {one.partition(":")[0] for one in said["LoadCredential"]}


def test_passwords_handed_over_by_systemd_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").mkdir()
    for name in ("imap", "smtp"):
        (tmp_path / "credentials" / name).write_text(f"{name}-geheim\n")
        (tmp_path / "credentials" / name).chmod(0o440)
    (tmp_path / "config.yaml").write_text("mailboxes: {reports: {host: h, username: u}}\nsmtp: {host: h}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    for pair in confined.read(DEPLOY / "daysheet.service")["Environment"]:
        name, _, value = pair.partition("=")
        if name != "DAYSHEET_CONFIG":
            monkeypatch.setenv(name, value.replace("%d", str(tmp_path / "credentials")))
    settings = config.load(tmp_path / "config.yaml")
    assert settings.mailboxes["reports"].read_password() == "imap-geheim"
    assert settings.smtp.read_password() == "smtp-geheim"


# ---- the container file --------------------------------------------------------------------------

CONTAINERFILE = DEPLOY / "Containerfile"


def instructions(name: str) -> list[str]:
    text = re.sub(r"^\s*#.*\n", "", CONTAINERFILE.read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.split(" ")[0] == name]


def test_the_linter_finds_nothing_in_the_container_file(tmp_path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = ran(hadolint, "--no-color", CONTAINERFILE)
    assert (done.stdout, done.returncode) == ("", 0)
    (tmp_path / "Containerfile").write_text("FROM debian\nRUN cd /x && sudo apt-get install y\n")
    assert ran(hadolint, tmp_path / "Containerfile").returncode != 0, "it would tell"


def test_the_container_runs_as_a_nobody_whose_only_folder_is_the_volume() -> None:
    last = CONTAINERFILE.read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    (user,) = instructions("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "by number: what checks for root knows no names"
    assert "\nUSER " in last
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT ")
    assert instructions("VOLUME") == ["/data"]
    assert instructions("WORKDIR") == ["/data"]


def test_the_container_starts_the_program_itself_and_asks_it_whether_it_is_well() -> None:
    assert json.loads(*instructions("ENTRYPOINT")) == ["/opt/daysheet/bin/daysheet"]
    assert json.loads(*instructions("CMD"))[0] in cli.COMMANDS
    (health,) = instructions("HEALTHCHECK")
    assert "/readyz" in health
    assert f":{config.WebSettings().port}/" in health
    assert instructions("EXPOSE") == [str(config.WebSettings().port)]


def test_the_container_installs_what_was_tested_and_nothing_from_elsewhere() -> None:
    installs = [one for line in instructions("RUN") for one in line.split("&&") if "pip install" in one]
    assert len(installs) == 2
    for one in installs:
        assert "--require-hashes" in one or "--no-index" in one
    text = CONTAINERFILE.read_text(encoding="utf-8")
    assert not re.search(r"\b(curl|wget|git clone|apt-get|ADD)\b|://(?!127\.0\.0\.1)", text)
    (lock,) = instructions("ARG")
    assert (DEPLOY.parent / "requirements" / f"{lock.partition('=')[2]}.txt").exists()


def test_the_container_holds_no_secret_and_no_setting_that_there_is_not() -> None:
    text = CONTAINERFILE.read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|secret|token|api_?key)\w*\s*[=:]", text)
    named = re.findall(r"\bDAYSHEET_(\w+)=", text)
    known = {"CONFIG"} | {name.upper() for name in config.Settings.model_fields}
    assert named
    assert {name.partition("__")[0] for name in named} <= known
    copied = [source for line in instructions("COPY") for source in line.split()[:-1]]
    assert set(copied) <= {"requirements/", "pyproject.toml", "README.md", "LICENSE", "daysheet/", "/opt/daysheet"} | {
        "--from=build"
    }


def test_the_page_about_installing_names_every_unit_and_its_settings_are_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = pages.text(pages.ROOT / "docs" / "howto" / "install.md")
    for unit in UNITS:
        assert unit.name in page
    shown = [block for block in pages.blocks(page, "yaml") if "data_dir" in block]
    assert shown
    for block in shown:
        (tmp_path / "config.yaml").write_text(block, encoding="utf-8")
        settings = config.load(tmp_path / "config.yaml")
        assert settings.data_dir.is_absolute()
        assert "reports" in settings.mailboxes
        assert yaml.safe_load(block)["database"]["url"].startswith(("sqlite:////", "postgresql://"))
