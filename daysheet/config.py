"""
The settings, read once: flag > environment > file > default.

Only edges and ``wiring`` see this; services and rooms get plain values. A mistake is a
``ConfigError`` that names file, line, key and the nearest valid key. Secrets come from the
environment (``DAYSHEET_SMTP__PASSWORD``) or a ``*_file`` key and print as stars.
"""

import difflib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from daysheet import secret_files
from daysheet.errors import ConfigError
from daysheet.model.text import Language

DEFAULT_FILE = "config.yaml"
_PREFIX = "DAYSHEET_"
_ENVIRONMENT_ONLY = {"DAYSHEET_CONFIG"}
_PASSWORD_IN_URL = re.compile(r"(?i)(?<=://)[^:/?#@]*:(?P<password>.+)@|[?&](?:password|sslpassword)=(?P<query>[^&#]+)")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Asia/Shanghai") from error
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _read_secret(value: SecretStr | None, file: Path | None, what: str) -> str:
    if value is not None:
        return value.get_secret_value()
    return "" if file is None else secret_files.read(file, what)


class DatabaseSettings(_Section):
    """Where the data are kept."""

    url: str = "sqlite:///var/daysheet.db"
    """SQLite file (three slashes: relative to the settings file) or postgresql://user@host/name."""
    password_file: Path | None = None
    """A file that holds the password of the URL's user."""
    busy_seconds: float = Field(30.0, gt=0, le=600)
    """How long to wait for a database another process is writing to."""

    def read_password(self) -> str:
        """Return the password from its file; "" where there is none, or the URL has its own."""
        return _read_secret(None, self.password_file, "database.password_file")


class CompanySettings(_Section):
    """Whose reports these are."""

    name: str = "Daysheet"
    """Shown as the sender of answers."""
    language: Language = Language.ZH
    """For people who have chosen none."""
    timezone: Zone = "Asia/Shanghai"
    """For people and teams who have none of their own."""


class MailboxSettings(_Section):
    """One mailbox that reports arrive in."""

    kind: Literal["imap", "maildir"] = "imap"
    trust: Literal["none", "authserv", "internal"] = "authserv"
    """How a sender is believed: none (Maildir, files, tests), authserv or internal."""
    authserv_id: str = ""
    """With authserv: the name by which your own mail server signs its Authentication-Results."""
    internal_header: str = ""
    """With internal: what your own gateway adds and strips from outside mail, such as X-Org-Auth: Internal."""
    own_hosts: tuple[str, ...] = ()
    """Your own mail servers' names, *.corp.example included: whose Received lines are believed."""
    relax: frozenset[Literal["position", "alignment", "lists"]] = frozenset()
    """Rules of trust that this mailbox goes without; docs/howto/mailbox.md says what each costs."""
    host: str = ""
    port: int | None = Field(None, ge=1, le=65535)
    """993 with tls, 143 otherwise, unless set."""
    security: Literal["tls", "starttls", "plain"] = "tls"
    """plain is refused off the loopback interface."""
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    oauth: str = ""
    """An entry of oauth that is logged in with, instead of a password."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""
    path: Path | None = None
    """The folder of a Maildir."""
    folder: str = "INBOX"
    processed: str = "Processed"
    """Where messages are moved to once their bytes are safe."""
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    batch: int = Field(200, ge=1, le=5000)
    """Messages fetched in one pass."""

    @model_validator(mode="after")
    def _is_complete(self) -> "MailboxSettings":
        if self.kind == "imap" and not (self.host and self.username):
            raise ValueError("an imap mailbox needs host and username")
        if self.kind == "maildir" and self.path is None:
            raise ValueError("a maildir mailbox needs path")
        return self

    def read_password(self) -> str:
        """Return the password from the environment, the settings or its file; "" where there is none."""
        return _read_secret(self.password, self.password_file, "mailbox password_file")


class SmtpSettings(_Section):
    """How answers leave."""

    host: str = ""
    folder: Path | None = None
    """Write answers into this folder instead of mailing them."""
    port: int | None = Field(None, ge=1, le=65535)
    """465 with tls, 587 with starttls, 25 with plain, unless set."""
    security: Literal["tls", "starttls", "plain"] = "tls"
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    oauth: str = ""
    """An entry of oauth that is logged in with, instead of a password."""
    ca_file: Path | None = None
    sender: str = ""
    """The address answers come from; username unless set."""
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    per_minute: int = Field(60, ge=1, le=10000)
    """Mails a minute at the most: providers limit by minute, hour and day."""
    retry_patterns: tuple[str, ...] = ()
    """Regular expressions of 5xx texts that may be retried, besides the known ones."""
    answers_per_hour: int = Field(20, ge=1)
    """Answers to one address an hour; more are deferred, not dropped."""
    refusals_per_hour: int = Field(1, ge=1)
    """Mails without a report that get an answer, per address and hour; more are deferred."""

    @property
    def address(self) -> str:
        """The address answers come from."""
        return self.sender or (self.username if "@" in self.username else "daysheet@localhost")

    def read_password(self) -> str:
        """Return the password from the environment, the settings or its file; "" where there is none."""
        return _read_secret(self.password, self.password_file, "smtp password_file")


class OAuthSettings(_Section):
    """
    How to log in where passwords are gone: Microsoft 365 and Gmail.

    device: a person agrees once in a browser, after ``daysheet oauth login NAME``. service: an
    administrator has agreed for the program; nobody logs in.
    """

    provider: Literal["microsoft", "google"]
    flow: Literal["device", "service"] = "device"
    client_id: str = ""
    """Of the application registered with the provider."""
    tenant: str = ""
    """Microsoft: the directory's id or domain."""
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    key_file: Path | None = None
    """Google service: the account's JSON key; Microsoft service: certificate and private key as PEM."""
    subject: str = ""
    """Google service: the mailbox the service account acts for."""
    tokens: Path | None = None
    """Where tokens are kept, readable for the owner only; oauth/NAME.json below data_dir unless set."""
    authority: str = ""
    """Another address for asking for tokens, such as https://login.partner.microsoftonline.cn."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""
    expires: date | None = None
    """When the client secret or key ends, as the provider's page says: alarms begin 14 days before."""

    def read_client_secret(self) -> str:
        """Return the client secret from the environment, the settings or its file; "" where there is none."""
        return _read_secret(self.client_secret, self.client_secret_file, "oauth client_secret_file")

    def read_key(self) -> str:
        """Return what the key file holds, "" where there is none."""
        return _read_secret(None, self.key_file, "oauth key_file")


class AlarmSettings(_Section):
    """When an operator must hear of something; see docs/howto/operate.md."""

    mail: bool = True
    """Mail administrators once when it begins and once when it is over."""
    silence_minutes: int = Field(30, ge=1, le=10080)
    """Minutes without a successful poll of a mailbox."""
    answer_hours: int = Field(12, ge=1, le=720)
    """Hours that an answer may wait."""
    quarantined_per_day: int = Field(20, ge=1)
    """Messages set aside within 24 hours that are still waiting for somebody."""
    free_mib: int = Field(500, ge=1)
    """Free disk below data_dir."""
    silent_rep_days: int = Field(5, ge=1, le=60)
    """Workdays in a row without a report from a rep who used to report."""


class RetentionSettings(_Section):
    """How long what is no longer needed is kept."""

    raw_mail_days: int | None = Field(None, ge=30)
    """Days after which the bytes of finished messages are removed; unset: never. What they said stays."""


class TemplateSettings(_Section):
    """The report forms that are accepted."""

    forms: tuple[str, ...] = ("daily_report", "lite")
    """Packaged names or YAML files; the first is the one handed out."""


class MatchingSettings(_Section):
    """When a customer is believed."""

    confirm_after: int = Field(3, ge=1)
    """Accepted reports on this many different dates confirm a provisional customer."""
    external_id_system: str = "crm"
    """Name under which the ids of an imported list are kept."""


class LimitSettings(_Section):
    """What is refused before it is opened."""

    message_mib: int = Field(25, ge=1, le=200)
    workbooks_per_message: int = Field(5, ge=1, le=50)
    inflated_mib: int = Field(64, ge=1, le=1024)
    reader_memory_mib: int = Field(512, ge=128, le=8192)
    reader_seconds: int = Field(5, ge=1, le=60)
    attempts: int = Field(3, ge=1, le=10)
    """Tries at one message before it is set aside as one that crashes the program."""


_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_AT = rf"^{_TIME}$"
_WEEKDAY_AT = rf"^(mon|tue|wed|thu|fri|sat|sun) {_TIME}$"
_MONTHDAY_AT = rf"^([1-9]|1\d|2[0-8]) {_TIME}$"
_COUNTRY = r"^[A-Z]{2}$"
_CADENCE = r"^[1-9]\d{0,2}/(week|month|quarter)$"
_CURRENCY = r"^[A-Z]{3}$"
_ADDRESS = r"^https?://[^/]+$"
_WRITE: Mapping[str, str] = {
    _AT: "a time of day such as 18:00, at most 23:59",
    _WEEKDAY_AT: "a day of the week and a time such as mon 09:30",
    _MONTHDAY_AT: "a day of the month, 1 to 28, and a time such as 1 09:30",
    _COUNTRY: "two capital letters such as CN or DE",
    _CADENCE: "visits per week, month or quarter such as 3/week",
    _CURRENCY: "three capital letters such as CNY or USD",
    _ADDRESS: "an address without a path such as https://daysheet.example",
}
"""What to write where something does not look like a pattern: nobody should have to read one."""


def _clock(given: object) -> object:
    """Return a time as it was written: without quotes, YAML reads 18:00 as a number to the base of sixty."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 24 * 60:
        return f"{given // 60:02}:{given % 60:02}"
    return given


def _without_slash(given: object) -> object:
    """Return an address as programs write it: browsers show a slash behind it."""
    return given.removesuffix("/") if isinstance(given, str) else given


TimeOfDay = Annotated[str, BeforeValidator(_clock), Field(pattern=_AT)]
"""HH:MM, 24 hours."""


class ScheduleSettings(_Section):
    """
    How often serve does what.

    The times of mails are local to whoever gets them; null: not at all. A run that was missed is
    made up for once.
    """

    poll_seconds: int = Field(60, ge=1)
    send_seconds: int = Field(15, ge=1)
    account: TimeOfDay = "07:30"
    """Time of day, in the company's zone, at which the mailboxes are accounted for."""
    morning: TimeOfDay | None = "08:00"
    """To reps, on their workdays: tomorrow's workbook unless an answer brought it, and what was decided."""
    reminder: TimeOfDay | None = "18:00"
    """To reps, on their workdays, where the report whose cut-off comes next is not here."""
    escalation: TimeOfDay | None = "09:30"
    """To managers, on workdays: whose reports have been missing for discipline.escalate_after days."""
    steward: TimeOfDay | None = "08:30"
    """To stewards, on workdays with work: the queue."""
    weekly: str | None = Field("mon 09:30", pattern=_WEEKDAY_AT)
    """To managers: the week before. The day by its name; after the cut-off, lest the last day be wanting."""
    monthly: str | None = Field("1 09:30", pattern=_MONTHDAY_AT)
    """To managers who asked for it: the month before. The day of the month, at most 28."""


class CalendarSettings(_Section):
    """Which days are worked."""

    country: str | None = Field(None, pattern=_COUNTRY)
    """Public holidays of this country (ISO 3166: CN, HK, DE), days worked instead included; unset: none."""
    weekend: frozenset[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = frozenset({"sat", "sun"})
    holidays: dict[date, str] = {}
    """The company's own days off: date and what it is."""
    workdays: frozenset[date] = frozenset()
    """Days that are worked although they are a weekend or a holiday."""


class DisciplineSettings(_Section):
    """When a report is late, and who hears of it."""

    cut_off: TimeOfDay = "09:00"
    """On the next workday, local to the rep: until then a report is on time."""
    escalate_after: int = Field(3, ge=1, le=60)
    """Workdays in a row without a report until the manager is told."""
    since: date | None = None
    """The first day for which reports are owed; unset: the day the first report was received."""


class DigestSettings(_Section):
    """What digests say and how."""

    cadence: dict[str, Annotated[str, Field(pattern=_CADENCE)]] = {
        "A": "3/week",
        "B": "1/week",
        "C": "1/month",
    }
    """Visits promised to customers of a level; a level that is not named has no cadence."""
    charts: bool = False
    """Trend lines as images; needs pip install "daysheet[charts]"."""
    currency: str = Field("CNY", pattern=_CURRENCY)
    """Of amounts without one, and what others are converted to where rates are set."""
    rates: dict[Annotated[str, Field(pattern=_CURRENCY)], Annotated[Decimal, Field(gt=0)]] = {}
    """How much of currency one unit is worth, such as USD: 7.1; without it each currency has its own line."""

    @model_validator(mode="after")
    def _own_currency_is_worth_itself(self) -> "DigestSettings":
        own = self.rates.get(self.currency, 1)
        if own != 1:
            raise ValueError(f"rates: one {self.currency} is worth one {self.currency}, not {own}")
        return self


class LogSettings(_Section):
    """What the service says on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    """auto: for people where stderr is a terminal, else JSON for machines."""


class WebSettings(_Section):
    """The console's address."""

    enabled: bool = True
    """False: ``serve`` polls and answers only."""
    host: str = "127.0.0.1"
    """Where the console listens; put a web server with TLS before it rather than opening it to others."""
    port: int = Field(8321, ge=0, le=65535)
    """0: any free port, said at the start."""
    public_url: Annotated[str | None, BeforeValidator(_without_slash)] = Field(None, pattern=_ADDRESS)
    """How people reach it, such as https://daysheet.example; unset: mails carry no links."""
    metrics: bool = True
    """Whether /metrics answers those who are not signed in: counts only, no names."""


class Settings(BaseModel):
    """Everything an administrator can set. ``docs/reference/config.md`` lists it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    data_dir: Path = Path("var")
    """Raw messages are kept here; relative to the settings file."""
    database: DatabaseSettings = DatabaseSettings()
    company: CompanySettings = CompanySettings()
    mailboxes: dict[str, MailboxSettings] = {}
    smtp: SmtpSettings = SmtpSettings()
    oauth: dict[str, OAuthSettings] = {}
    alarms: AlarmSettings = AlarmSettings()
    retention: RetentionSettings = RetentionSettings()
    template: TemplateSettings = TemplateSettings()
    matching: MatchingSettings = MatchingSettings()
    naming_rules: dict[str, Any] = {}
    """Extensions of the packaged naming rules; see docs/concepts/naming.md."""
    limits: LimitSettings = LimitSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    calendars: dict[str, CalendarSettings] = {"default": CalendarSettings(country="CN")}
    """Working calendars by name; teams and regions name theirs, all others go by default."""
    discipline: DisciplineSettings = DisciplineSettings()
    digests: DigestSettings = DigestSettings()
    log: LogSettings = LogSettings()
    web: WebSettings = WebSettings()

    def read_secrets(self) -> None:
        """Read every file that a password or secret is in; raises ConfigError for the first that cannot be used."""
        self.database.read_password()
        self.smtp.read_password()
        for box in self.mailboxes.values():
            box.read_password()
        for login in self.oauth.values():
            login.read_client_secret()
            login.read_key()

    @field_validator("mailboxes", "oauth")
    @classmethod
    def _can_be_named_by_the_environment(cls, named: dict[str, _Section]) -> dict[str, _Section]:
        for name in named:
            if name != name.lower() or "__" in name:
                raise ValueError(
                    f"write {name!r} in lower case and without a double underscore: "
                    "the environment, which may hold its password, tells neither apart"
                )
        return named

    @model_validator(mode="after")
    def _logins_are_named(self) -> "Settings":
        uses = {f"mailboxes.{name}": box.oauth for name, box in self.mailboxes.items()} | {"smtp": self.smtp.oauth}
        for place, name in uses.items():
            if name and name not in self.oauth:
                raise ValueError(f"{place}.oauth: there is no oauth.{name}{_nearest(name, set(self.oauth))}")
        return self

    @field_validator("calendars", mode="before")
    @classmethod
    def _default_has_a_country(cls, calendars: Any) -> Any:
        """A company's own days are added to the default calendar; only what says so goes without its country."""
        if not isinstance(calendars, dict):
            return calendars
        named = {name: {} if one is None else one for name, one in calendars.items()}
        default = named.get("default", {})
        return {**named, "default": {"country": "CN", **default} if isinstance(default, dict) else default}

    @model_validator(mode="before")
    @classmethod
    def _without_empty_sections(cls, given: Any) -> Any:
        """A section with nothing below it (all its lines commented out) is one that is not there."""
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in cls.model_fields}


def secrets(settings: Settings) -> frozenset[str]:
    """Return every secret in force, so that it can be kept out of the log; a file that cannot be read now has none."""
    found = set()
    if given := _PASSWORD_IN_URL.search(settings.database.url):
        password = given["password"] or given["query"]
        found |= {password, unquote(password)}
    reads = [settings.database.read_password, settings.smtp.read_password]
    reads += [box.read_password for box in settings.mailboxes.values()]
    reads += [login.read_client_secret for login in settings.oauth.values()]
    for read in reads:
        with suppress(ConfigError):
            found.add(read())
    return frozenset(found - {""})


def written_secrets(path: Path) -> tuple[str, ...]:
    """Return the keys, such as smtp.password, of the secrets that the settings file *path* holds itself."""
    content = _content(_read(path), path)
    sections = [("smtp", content.get("smtp"))]
    for name in ("mailboxes", "oauth"):
        named = content.get(name)
        sections += [(f"{name}.{key}", one) for key, one in named.items()] if isinstance(named, Mapping) else []
    keys = [
        f"{place}.{key}"
        for place, section in sections
        for key in ("password", "client_secret")
        if isinstance(section, Mapping) and section.get(key)
    ]
    database = content.get("database")
    url = database.get("url") if isinstance(database, Mapping) else None
    return (*(["database.url"] if isinstance(url, str) and _PASSWORD_IN_URL.search(url) else []), *keys)


def exposed_secrets(path: Path | None) -> str:
    """Say which secrets of the settings file others can read, and what to do; "" where none."""
    if path is None or not path.is_file() or not secret_files.is_open_to_others(path):
        return ""
    keys = written_secrets(path)
    if not keys:
        return ""
    return f"{path} holds {', '.join(keys)} and can be read by everybody on this machine: chmod 600 {path}"


def exposed_files(settings: Settings, path: Path | None) -> str:
    """Say what others on this machine can read and should not: secrets in *path*, the reports; "" where nothing."""
    trouble = [exposed_secrets(path)]
    if settings.data_dir.is_dir() and secret_files.is_open_to_others(settings.data_dir):
        trouble.append(f"{settings.data_dir} holds people's reports and can be read by everybody: chmod 700 it")
    return "; ".join(one for one in trouble if one)


def find_file(given: str | Path | None) -> Path | None:
    """Return the settings file: *given*, else ``$DAYSHEET_CONFIG``, else ./config.yaml if there is one."""
    named = given or os.environ.get("DAYSHEET_CONFIG")
    if named:
        return Path(named)
    default = Path(DEFAULT_FILE)
    return default if default.is_file() else None


def load(path: Path | None) -> Settings:
    """
    Read the settings from *path* (None: defaults and environment only).

    Relative paths inside are taken from the file's folder. Raises ConfigError.
    """
    return parse(_read(path) if path else "", path)


def parse(text: str, path: Path | None) -> Settings:
    """Return the settings that *text* would be as the file *path*, which need not be there yet; raises ConfigError."""
    content = _content(text, path)
    source = str(path) if path else "the environment"
    _refuse_unknown_environment()
    try:
        settings = Settings(**_overlaid({str(key): value for key, value in content.items()}, _environment()))
    except ValidationError as error:
        raise ConfigError(_explain(error, text, source)) from None
    except ValueError as error:
        raise ConfigError(f"{source}: {error}") from error
    return _anchored(settings, path.parent.resolve() if path else Path.cwd())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; write one with: daysheet init") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def _content(text: str, path: Path | None) -> Mapping[str, Any]:
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(f"{place}: not valid YAML: {getattr(error, 'problem', error)}") from error
    except ValueError as error:  # what looks like a date and is none, or a number beyond all bounds
        raise ConfigError(f"{path}{_unreadable(text)}: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path}:1: settings are keys with values, such as  company: {{name: …}}")
    return content


def _unreadable(text: str) -> str:
    """Return ":line:column: text" of the first value that YAML takes for a date or a number and cannot read."""
    loader = yaml.SafeLoader(text)
    nodes = [node] if (node := loader.get_single_node()) else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except ValueError:
                return f":{node.start_mark.line + 1}:{node.start_mark.column + 1}: {node.value}"
        elif isinstance(node, yaml.SequenceNode):
            nodes += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            nodes += [one for pair in reversed(node.value) for one in reversed(pair)]
    return ""


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make every relative path absolute from *folder*."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    database = settings.database
    prefix = "sqlite:///"
    if (
        database.url.startswith(prefix)
        and not database.url.startswith(prefix + "/")
        and len(database.url) > len(prefix)
    ):
        database = database.model_copy(update={"url": f"{prefix}{folder / database.url.removeprefix(prefix)}"})
    database = database.model_copy(update={"password_file": at(database.password_file)})
    mailboxes = {
        name: box.model_copy(
            update={key: at(getattr(box, key)) for key in ("path", "password_file", "ca_file")},
        )
        for name, box in settings.mailboxes.items()
    }
    smtp = settings.smtp.model_copy(
        update={key: at(getattr(settings.smtp, key)) for key in ("folder", "password_file", "ca_file")}
    )
    logins = {
        name: one.model_copy(
            update={key: at(getattr(one, key)) for key in ("client_secret_file", "key_file", "tokens", "ca_file")},
        )
        for name, one in settings.oauth.items()
    }
    forms = tuple(str(folder / form) if form.endswith((".yaml", ".yml")) else form for form in settings.template.forms)
    return settings.model_copy(
        update={
            "data_dir": at(settings.data_dir),
            "database": database,
            "mailboxes": mailboxes,
            "smtp": smtp,
            "oauth": logins,
            "template": settings.template.model_copy(update={"forms": forms}),
        }
    )


def _environment() -> dict[str, Any]:
    """Return what the environment says, by section; it wins over the file, and no other file is read."""
    if not any(name.upper().startswith(_PREFIX) and name.upper() not in _ENVIRONMENT_ONLY for name in os.environ):
        return {}  # what reads it takes longer to load than all the rest of a small command
    from pydantic_settings import BaseSettings, EnvSettingsSource

    class Environment(Settings, BaseSettings):  # type: ignore[misc]  # both have a model_config, of kindred types
        pass

    return EnvSettingsSource(Environment, env_prefix=_PREFIX, env_nested_delimiter="__")()


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return *below* with what *above* says instead, key by key however deep."""
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        both[key] = _overlaid(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return both


def _refuse_unknown_environment() -> None:
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _ENVIRONMENT_ONLY
    for variable in os.environ:
        if variable.startswith(_PREFIX) and variable.split("__", 1)[0].upper() not in known:
            raise ConfigError(f"environment: {variable} is not a setting{_nearest(variable.split('__', 1)[0], known)}")


def _explain(error: ValidationError, text: str, source: str) -> str:
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        location = [str(part) for part in item["loc"] if part != "[key]"]
        place = _place(text, location)
        where = f"{source}:{place}" if place else source
        key = ".".join(location)
        if item["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key {key}{_nearest(location[-1], _keys_at(location[:-1]))}")
        else:
            hint = _WRITE.get(item.get("ctx", {}).get("pattern", ""))
            lines.append(f"{where}: {key}: {f'write {hint}' if hint else item['msg']}")
    return "\n".join(lines)


def _nearest(key: str, valid: "set[str] | frozenset[str]") -> str:
    close = difflib.get_close_matches(key, sorted(valid), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; valid keys: {', '.join(sorted(valid))}" if valid else ""


_NAMED: Mapping[str, type[BaseModel]] = {
    "mailboxes": MailboxSettings,
    "calendars": CalendarSettings,
    "oauth": OAuthSettings,
}
"""Sections whose keys are names of the administrator's own."""


def _keys_at(location: list[str]) -> set[str]:
    """Return the keys that are valid below *location*."""
    model: type[BaseModel] = Settings
    path = list(location)
    while path:
        name = path.pop(0)
        if name in _NAMED:
            model = _NAMED[name]
            path = path[1:]
            continue
        annotation = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return set()
        model = annotation
    return set(model.model_fields)


def _place(text: str, location: list[str]) -> str:
    """Return "line:column" of the key at *location* in the YAML *text*, "" where it is not there."""
    node = yaml.compose(text, Loader=yaml.SafeLoader) if text else None
    mark = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == part), None)
            if found is None:
                break
            mark, node = found[0].start_mark, found[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            mark = node.start_mark
        else:
            break
    return f"{mark.line + 1}:{mark.column + 1}" if mark else ""
