"""Secrets: from files that nobody else can read, and what is said of those that others can."""

import os
import sys
from pathlib import Path

import pytest

from daysheet import cli, config, secret_files
from daysheet.errors import ConfigError
from daysheet.store.engine import Database


def secret(folder: Path, mode: int, text: str = "geheim\n") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "a secret"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def settings_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_ones_own_is_read(tmp_path: Path, mode: int) -> None:
    assert secret_files.read(secret(tmp_path, mode), "smtp password_file") == "geheim"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o610, 0o660])
def test_a_file_that_others_can_use_is_refused_with_the_line_that_puts_it_right(tmp_path: Path, mode: int) -> None:
    file = secret(tmp_path, mode)
    for look in (secret_files.read, secret_files.check):
        with pytest.raises(ConfigError) as caught:
            look(file, "smtp password_file")
        assert "smtp password_file" in str(caught.value)
        assert f"chmod 600 '{file}'" in str(caught.value)
        assert "geheim" not in str(caught.value)


def test_a_link_is_as_open_as_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(secret(tmp_path, 0o644))
    with pytest.raises(ConfigError, match="can be read by others"):
        secret_files.read(link, "x")


def test_what_systemd_hands_over_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = secret(tmp_path / "credentials", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))
    assert secret_files.read(file, "x") == "geheim"


def test_a_link_out_of_the_folder_that_systemd_fills_is_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = secret(tmp_path / "credentials", 0o440).with_name("link")
    link.symlink_to(secret(tmp_path / "elsewhere", 0o440))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(link.parent))
    with pytest.raises(ConfigError, match="can be read by others"):
        secret_files.read(link, "x")


def test_a_containers_secrets_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = secret(tmp_path / "secrets", 0o444)
    monkeypatch.setattr(secret_files, "MANAGED", (file.parent,))
    assert secret_files.read(file, "x") == "geheim"


def test_where_there_are_no_modes_none_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_files, "_tells_modes", lambda: False)
    assert secret_files.read(secret(tmp_path, 0o644), "x") == "geheim"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("smtp: {host: h, password_file: a secret}", lambda one: one.smtp.read_password()),
        (
            "mailboxes: {m: {host: h, username: u, password_file: a secret}}",
            lambda one: one.mailboxes["m"].read_password(),
        ),
        (
            "database: {url: 'postgresql://u@h/d', password_file: a secret}",
            lambda one: one.database.read_password(),
        ),
        (
            "oauth: {o: {provider: microsoft, client_secret_file: a secret}}",
            lambda one: one.oauth["o"].read_client_secret(),
        ),
    ],
    ids=["smtp", "mailbox", "database", "oauth"],
)
def test_every_setting_that_names_a_secrets_file_has_its_mode_checked(tmp_path: Path, text: str, read) -> None:  # type: ignore[no-untyped-def]
    file = secret(tmp_path, 0o644)
    settings = config.load(settings_file(tmp_path, text))
    with pytest.raises(ConfigError, match="chmod 600"):
        read(settings)
    file.chmod(0o600)
    assert read(settings) == "geheim"
    assert "geheim" in config.secrets(settings)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:ge%2Fheim@h/d",
        "postgresql://h/d?user=u&password=ge%2Fheim",
        "postgresql://u:ge/heim@h/d",
    ],
)
def test_the_password_of_the_databases_url_is_a_secret_as_written_and_as_meant(tmp_path: Path, url: str) -> None:
    assert "ge/heim" in config.secrets(config.load(settings_file(tmp_path, f"database: {{url: '{url}'}}")))


def test_the_databases_password_from_a_file_is_used_and_not_shown() -> None:
    database = Database("postgresql://u@h/d", password="ge:h@eim")
    assert database._url.password == "ge:h@eim"
    assert "eim" not in database.name
    assert Database("postgresql://u:own@h/d", password="x")._url.password == "own"
    assert Database("sqlite://", password="x")._url.password is None


def test_secrets_written_into_the_settings_are_named_where_everybody_can_read_them(tmp_path: Path) -> None:
    text = (
        "database: {url: 'postgresql://u:p@h/d'}\nsmtp: {host: h, password: p}\n"
        "mailboxes: {a: {host: h, username: u, password: p}, b: {host: h, username: u}}\n"
        "oauth: {o: {provider: google, client_secret: p}}\n"
    )
    path = settings_file(tmp_path, text, 0o644)
    said = config.exposed_secrets(path)
    assert f"{path} holds database.url, smtp.password, mailboxes.a.password, oauth.o.client_secret" in said
    assert f"chmod 600 {path}" in said
    path.chmod(0o640)
    assert not config.exposed_secrets(path), "its group is the administrators' choice"


def test_settings_without_a_secret_may_be_read_by_everybody(tmp_path: Path) -> None:
    text = "database: {url: 'sqlite:///x.db'}\nsmtp: {host: h, password_file: x}\nmailboxes:\n"
    assert not config.exposed_secrets(settings_file(tmp_path, text, 0o644))
    assert not config.exposed_secrets(None)


def test_a_folder_of_reports_that_everybody_can_read_is_named(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "data_dir: data")
    settings = config.load(path)
    assert not config.exposed_files(settings, path), "there is none yet"
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    assert "chmod 700" in config.exposed_files(settings, path)
    (tmp_path / "data").chmod(0o750)
    assert not config.exposed_files(settings, path)


def test_what_the_program_writes_is_for_whoever_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o022)
    try:
        folder = tmp_path / "service"
        arguments = ["init", "--dir", folder, "--company", "星河仪器"]
        arguments += ["--lang", "zh", "--timezone", "Asia/Shanghai", "--mailbox", "maildir"]
        monkeypatch.setattr(sys, "argv", ["daysheet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        assert os.umask(0o022) == 0o022, "the caller's own is left as it was"
    finally:
        os.umask(before)
    written = [folder, *folder.rglob("*")]
    assert {one.name for one in written} >= {"config.yaml", "var", "daysheet.db"}
    assert not [one for one in written if one.stat().st_mode & 0o077]
