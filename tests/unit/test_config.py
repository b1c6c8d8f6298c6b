"""Settings: flag > environment > file > default, and mistakes that name their place."""

from pathlib import Path

import pytest

from daysheet import config
from daysheet.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in os.environ:
        if name.startswith("DAYSHEET_"):
            monkeypatch.delenv(name)


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold() -> None:
    settings = config.load(None)
    assert settings.template.forms == ("daily_report", "lite")
    assert settings.mailboxes == {}


def test_a_misspelt_key_is_named_with_line_column_and_the_nearest_valid_key(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "company:\n  nmae: 星河\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert f"{path}:2:3: unknown key company.nmae; did you mean name?" in str(caught.value)


def test_a_misspelt_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key mailboxs; did you mean mailboxes"):
        config.load(settings_file(tmp_path, "mailboxs: {}\n"))


def test_a_key_inside_a_mailbox_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":4:5: unknown key mailboxes.a.hots; did you mean host"):
        config.load(settings_file(tmp_path, "mailboxes:\n  a:\n    kind: imap\n    hots: x\n"))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(settings_file(tmp_path, "company: {timezone: Mars}\nlog: {level: loud}\nfoo: 1\n"))
    assert len(str(caught.value).splitlines()) == 3


def test_broken_yaml_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config.yaml:2:\d+: not valid YAML"):
        config.load(settings_file(tmp_path, "a: [1,\nb: }\n"))


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="daysheet init"):
        config.load(tmp_path / "nowhere.yaml")


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="keys with values"):
        config.load(settings_file(tmp_path, "- a\n- b\n"))


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYSHEET_DATABASE__URL", "postgresql://x@db/y")
    monkeypatch.setenv("DAYSHEET_MAILBOXES__REPORTS__PASSWORD", "geheim")
    path = settings_file(
        tmp_path, "database: {url: sqlite:///a.db}\nmailboxes: {reports: {host: h, username: u, trust: none}}\n"
    )
    settings = config.load(path)
    assert settings.database.url == "postgresql://x@db/y"
    assert settings.mailboxes["reports"].read_password() == "geheim"


def test_an_unknown_variable_of_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYSHEET_DATABSE__URL", "x")
    with pytest.raises(ConfigError, match="DAYSHEET_DATABSE__URL is not a setting; did you mean DAYSHEET_DATABASE"):
        config.load(None)


def test_relative_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    path = settings_file(
        tmp_path,
        "data_dir: d\ndatabase: {url: 'sqlite:///d/x.db'}\n"
        "mailboxes: {m: {kind: maildir, path: box}}\ntemplate: {forms: [own.yaml, lite]}\n",
    )
    settings = config.load(path)
    assert settings.data_dir == tmp_path / "d"
    assert settings.database.url == f"sqlite:///{tmp_path}/d/x.db"
    assert settings.mailboxes["m"].path == tmp_path / "box"
    assert settings.template.forms == (str(tmp_path / "own.yaml"), "lite")


def test_a_password_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    path = settings_file(tmp_path, "smtp: {host: h, password_file: secret}\n")
    settings = config.load(path)
    assert settings.smtp.read_password() == "geheim"
    assert "geheim" not in repr(settings)


def test_a_missing_password_file_is_a_sentence(tmp_path: Path) -> None:
    settings = config.load(settings_file(tmp_path, "smtp: {host: h, password_file: nowhere}\n"))
    with pytest.raises(ConfigError, match="cannot read"):
        settings.smtp.read_password()


def test_an_imap_mailbox_needs_a_host(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs host and username"):
        config.load(settings_file(tmp_path, "mailboxes: {m: {username: u}}\n"))


def test_settings_cannot_be_changed() -> None:
    settings = config.load(None)
    with pytest.raises(ValueError, match="frozen"):
        settings.data_dir = Path("x")


def test_the_schema_describes_every_key() -> None:
    schema = config.Settings.model_json_schema()
    assert "mailboxes" in schema["properties"]
    assert schema["$defs"]["MailboxSettings"]["properties"]["folder"]


# ---- schedule, calendars, digests ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"), [("18:00", "18:00"), ("09:30", "09:30"), ('"7:05"', None), ("99:99", None)]
)
def test_a_time_of_day_needs_no_quotes(tmp_path: Path, written: str, meant: str | None) -> None:
    path = settings_file(tmp_path, f"schedule: {{reminder: {written}}}\ndiscipline: {{cut_off: {written}}}\n")
    if meant is None:
        with pytest.raises(ConfigError, match=r"schedule\.reminder: .*\n.*discipline\.cut_off: "):
            config.load(path)
    else:
        settings = config.load(path)
        assert (settings.schedule.reminder, settings.discipline.cut_off) == (meant, meant)


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("default: {holidays: {2026-12-24: Eve}}", "CN"),
        ("default: {country: HK}", "HK"),
        ("default: {country: null}", None),
        ("default:", "CN"),
        ("bavaria: {country: DE}", "CN"),
    ],
)
def test_the_default_calendar_has_chinas_holidays_unless_it_says_otherwise(
    tmp_path: Path, written: str, country: str | None
) -> None:
    settings = config.load(settings_file(tmp_path, f"calendars:\n  {written}\n"))
    assert settings.calendars["default"].country == country


def test_a_key_inside_a_calendar_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":3:5: unknown key calendars.hk.contry; did you mean country"):
        config.load(settings_file(tmp_path, "calendars:\n  hk:\n    contry: HK\n"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("schedule: {weekly: monday 9}", "1:12: schedule.weekly: write a day of the week and a time such as mon 09:30"),
        ("schedule: {monthly: 31 08:00}", "schedule.monthly: write a day of the month, 1 to 28, and a time"),
        ("schedule: {morning: 8 am}", "schedule.morning: write a time of day such as 18:00"),
        ("discipline: {cut_off: soon}", "discipline.cut_off: write a time of day such as 18:00"),
        ("discipline: {since: soon}", "1:14: discipline.since: "),
        ("digests: {cadence: {A: often}}", "digests.cadence.A: write visits per week, month or quarter such as 3/week"),
        ("digests: {rates: {usd: 7}}", "1:19: digests.rates.usd: write three capital letters such as CNY or USD"),
        ("digests: {currency: yuan}", "digests.currency: write three capital letters"),
        ("calendars: {default: {country: China}}", "calendars.default.country: write two capital letters such as CN"),
        ("web: {public_url: daysheet.example}", "web.public_url: write an address without a path such as https://"),
        ("web: {public_url: https://a.example/reports}", "web.public_url: write an address without a path"),
    ],
)
def test_what_is_written_wrongly_is_told_with_an_example(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(settings_file(tmp_path, f"{written}\n"))
    assert said in str(caught.value)
    assert "pattern" not in str(caught.value)


def test_no_setting_shows_a_pattern() -> None:
    def patterns(node: object) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(patterns, node))
        if not isinstance(node, dict):
            return set()
        own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
        return own.union(*map(patterns, node.values()))

    found = patterns(config.Settings.model_json_schema()["$defs"])
    assert found, "they are in the schema, for editors"
    assert found <= config._WRITE.keys()


def test_the_consoles_address_may_end_in_a_slash(tmp_path: Path) -> None:
    def url(written: str) -> str | None:
        return config.load(settings_file(tmp_path, f"web: {{public_url: {written}}}\n")).web.public_url

    assert url("https://daysheet.example/") == url("https://daysheet.example") == "https://daysheet.example"
    assert url("null") is None
    with pytest.raises(ConfigError, match="without a path"):
        url("https://daysheet.example//")


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30"])
def test_a_date_that_is_none_is_told_with_its_place(tmp_path: Path, day: str) -> None:
    text = f"calendars:\n  default:\n    workdays: [2026-02-28]\n    holidays: {{{day}: 春节}}\n"
    with pytest.raises(ConfigError, match=rf"config.yaml:4:16: {day}: .*(month|day)"):
        config.load(settings_file(tmp_path, text))
    with pytest.raises(ConfigError, match=rf"config.yaml:1:21: {day}: "):
        config.load(settings_file(tmp_path, f"discipline: {{since: {day}}}\n"))


def test_a_rate_is_more_than_nothing_and_the_own_currency_is_worth_itself(tmp_path: Path) -> None:
    for rates, said in (
        ("{USD: -7}", "digests.rates.USD: Input should be greater than 0"),
        ("{USD: 0}", "digests.rates.USD: Input should be greater than 0"),
        ("{CNY: 2, USD: 7}", "digests: .*one CNY is worth one CNY, not 2"),
    ):
        with pytest.raises(ConfigError, match=said):
            config.load(settings_file(tmp_path, f"digests: {{rates: {rates}}}\n"))
    assert config.load(settings_file(tmp_path, "digests: {rates: {CNY: 1.0, USD: 7}}\n")).digests.rates["USD"] == 7
