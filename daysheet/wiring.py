"""Turn settings into the tools that services work with: a database, a mailbox, a delivery."""

import hashlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from daysheet.config import CalendarSettings, MailboxSettings, OAuthSettings, Settings
from daysheet.errors import ConfigError
from daysheet.model.template import TemplateSpec

# Rooms are imported where they are used: a command pays only for what it needs.
if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

    from daysheet.ingest.mailbox import Mailbox
    from daysheet.ingest.workbook import WorkbookReader
    from daysheet.logins.login import Login
    from daysheet.logins.provider import Provider, Registered
    from daysheet.model.alarms import Condition
    from daysheet.model.calendars import WorkCalendar
    from daysheet.model.policy import Policy
    from daysheet.model.redaction import Redaction
    from daysheet.model.trust import Trust
    from daysheet.naming.engine import NamingEngine
    from daysheet.reports.delivery import Delivery
    from daysheet.services.tools import AlarmLimits, House, Tools
    from daysheet.store.engine import Database
    from daysheet.web.server import Console

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def now() -> datetime:
    """Return the instant, aware, in UTC: the only clock of the program."""
    return datetime.now(UTC)


def load_specs(settings: Settings) -> tuple[TemplateSpec, ...]:
    """Return the accepted forms; raises ConfigError where one cannot be used."""
    from daysheet.templates_xlsx import spec

    return tuple(spec.load(form) for form in settings.template.forms)


def form_text(settings: Settings, form: str | None) -> str:
    """
    Return the YAML of *form*, a packaged name or the id of a form of the settings; None is the first one's.

    Raises ConfigError where there is no such form.
    """
    from daysheet.templates_xlsx import spec

    named = {spec.load(one).id: one for one in reversed(settings.template.forms)} if form not in spec.PACKAGED else {}
    return spec.source(settings.template.forms[0] if form is None else named.get(form, form))


def open_reader(settings: Settings) -> "WorkbookReader":
    """Return the workbook reader with the settings' limits; its child starts at the first file."""
    from daysheet.ingest.preflight import ReadLimits
    from daysheet.ingest.workbook import WorkbookReader

    limits = settings.limits
    return WorkbookReader(
        ReadLimits(
            inflated_bytes=limits.inflated_mib * 2**20,
            memory_bytes=limits.reader_memory_mib * 2**20,
            cpu_seconds=limits.reader_seconds,
        )
    )


def open_database(settings: Settings) -> "Database":
    """Return the database of the settings, unopened."""
    from daysheet.store.engine import Database

    database = settings.database
    return Database(database.url, password=database.read_password(), busy_seconds=database.busy_seconds)


def house(settings: Settings) -> "House":
    """Return the company's own settings as services need them."""
    from daysheet.services.tools import House

    address = settings.smtp.address
    domain = address.rpartition("@")[2] or "localhost"
    return House(
        name=settings.company.name,
        language=settings.company.language,
        zone=settings.company.timezone,
        domain=domain,
        loop_id=address,
        address=address,
        confirm_after=settings.matching.confirm_after,
        external_id_system=settings.matching.external_id_system,
        workbooks_per_message=settings.limits.workbooks_per_message,
        max_attempts=settings.limits.attempts,
        answers_per_hour=settings.smtp.answers_per_hour,
        refusals_per_hour=settings.smtp.refusals_per_hour,
    )


def trust(settings: MailboxSettings) -> "Trust":
    """Return how senders of the mailbox are believed."""
    from daysheet.model.trust import Relaxed, Trust, Way

    name, _, value = settings.internal_header.partition(":")
    return Trust(
        way=Way(settings.trust),
        authserv_id=settings.authserv_id,
        internal_header=(name.strip().lower(), value.strip()) if name.strip() else None,
        own_hosts=tuple(host.lower().rstrip(".") for host in settings.own_hosts),
        relaxed=frozenset(map(Relaxed, settings.relax)),
    )


def alarm_limits(settings: Settings) -> "AlarmLimits":
    """Return when an operator must hear of something."""
    from daysheet.services.tools import AlarmLimits

    said = settings.alarms
    return AlarmLimits(
        silence=timedelta(minutes=said.silence_minutes),
        answer_age=timedelta(hours=said.answer_hours),
        quarantined_per_day=said.quarantined_per_day,
        free_bytes=said.free_mib * 2**20,
        silent_rep_days=said.silent_rep_days,
        is_mailed=said.mail,
    )


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)


def policy(settings: Settings) -> "Policy":
    """Return what the settings say about discipline and digests; charts that cannot be drawn are left out."""
    from datetime import time

    from daysheet.model.digests import DigestKind
    from daysheet.model.policy import Cadence, Policy

    digests, schedule = settings.digests, settings.schedule
    promised = {level: said.split("/") for level, said in digests.cadence.items()}
    times = {kind: getattr(schedule, kind) for kind in DigestKind}
    return Policy(
        calendars=cache(lambda: calendars(settings)),
        cut_off=time.fromisoformat(settings.discipline.cut_off),
        escalate_after=settings.discipline.escalate_after,
        owed_since=settings.discipline.since,
        cadence={level: Cadence(int(visits), per) for level, (visits, per) in promised.items()},
        currency=digests.currency,
        rates=digests.rates,
        has_charts=digests.charts and not chart_trouble(settings),
        console=settings.web.public_url or "",
        schedule={kind: said for kind, said in times.items() if said is not None},
    )


def chart_trouble(settings: Settings) -> str:
    """Return why the pictures that the settings ask for cannot be drawn, "" where they can or nobody asks."""
    from importlib.util import find_spec

    if not settings.digests.charts or find_spec("matplotlib") is not None:
        return ""
    return (
        "digests.charts: pictures need matplotlib; mails go out without them until it is there: "
        'pip install "daysheet[charts]" (from a clone: pip install -r requirements/charts.txt)'
    )


def calendars(settings: Settings) -> "Mapping[str, WorkCalendar]":
    """
    Return the working calendars of the settings by name, and the packaged default where they name none so.

    Raises ConfigError for a country whose holidays nobody knows.
    """
    return {name: _calendar(name, one) for name, one in {**Settings().calendars, **settings.calendars}.items()}


def _calendar(name: str, settings: CalendarSettings) -> "WorkCalendar":
    from daysheet.model.calendars import WorkCalendar

    weekend = frozenset(_WEEK.index(day) for day in settings.weekend)
    if settings.country is None:
        # a day that is named as a holiday and as a workday is worked, as with a country
        return WorkCalendar(weekend, settings.holidays, settings.workdays)
    from daysheet.digests import public_holidays

    try:
        return public_holidays.calendar(settings.country, weekend, settings.holidays, settings.workdays)
    except LookupError as error:
        raise ConfigError(
            f"calendars.{name}.country: the public holidays of {settings.country!r} are not known; "
            f"write a country such as CN, HK or DE, or leave it out and list the holidays"
        ) from error


def open_naming(settings: Settings) -> "NamingEngine":
    """Return the naming engine with the company's own rules; raises ConfigError where these are wrong."""
    from daysheet.naming import lexicon
    from daysheet.naming.engine import NamingEngine

    rules = dict(settings.naming_rules)
    own = [name for name in (settings.company.name,) if name != "Daysheet"]
    rules["own_names"] = [*rules.get("own_names", []), *own]
    return NamingEngine(lexicon.load(rules))


def redacting(redaction: "Redaction") -> "Processor":
    """Return the step of logging that takes out of every value what no log may hold."""

    def redact(_logger: object, _name: str, event: "EventDict") -> "EventDict":
        return {key: value if key == "exc_info" else redaction.value(value) for key, value in event.items()}

    return redact


def console(redaction: "Redaction") -> "list[Processor]":
    """Return what writes the log for people; a traceback comes without variables: they hold what reports say."""
    import structlog

    render = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return [render, lambda _logger, _name, line: redaction.text(str(line))]


def _keep_reports_out_of_the_log() -> None:
    """Where nobody has set the log up, its default would show every variable of a traceback."""
    import structlog

    from daysheet.model.redaction import Redaction

    if not structlog.is_configured():
        steps = structlog.get_config()["processors"][:-1]
        structlog.configure(processors=[*steps, redacting(Redaction()), *console(Redaction())])


@contextmanager
def open_tools(settings: Settings, *, check_schema: bool = True) -> "Iterator[Tools]":
    """
    Give everything the services need, and put it away afterwards.

    Raises ConfigError, and SchemaOutdated where the database is older or newer than the program.
    """
    from daysheet.dedupe.judge import Judge
    from daysheet.ingest.envelope import MessageLimits
    from daysheet.ingest.spool import Spool
    from daysheet.services.tools import Tools
    from daysheet.store import migrate
    from daysheet.store.sheets import SheetTables
    from daysheet.validation.sheets import Validator

    _keep_reports_out_of_the_log()
    specs = load_specs(settings)
    naming = open_naming(settings)
    with ExitStack() as stack:
        database = open_database(settings)
        stack.callback(database.close)
        if check_schema:
            migrate.check(database, specs)
        reader = stack.enter_context(open_reader(settings))
        yield Tools(
            house=house(settings),
            database=database,
            tables=SheetTables(specs),
            spool=Spool(settings.data_dir / "spool"),
            reader=reader,
            specs=specs,
            validators={form.id: Validator(form) for form in specs},
            naming=naming,
            judge=Judge(naming.lexicon),
            limits=MessageLimits(message_bytes=settings.limits.message_mib * 2**20),
            clock=now,
            holder=this_process(),
            policy=policy(settings),
            trust={name: trust(box) for name, box in settings.mailboxes.items()},
            alarm_limits=alarm_limits(settings),
            raw_mail_kept=_days(settings.retention.raw_mail_days),
            is_gone=is_gone,
        )


def this_process() -> str:
    """Return the name of this process in leases and claims: host, id, start and (Linux) the machine it runs on."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{_machine()}"


def is_gone(holder: str) -> bool:
    """
    Say whether *holder* is a process of this machine that has died; False wherever that is not certain.

    Ids mean something within one boot and one container only, and are used again: hence the start.
    """
    pid, started, machine = (*holder.split(":")[1:], "", "", "")[:3]
    if not (pid.isdigit() and started and machine and machine == _machine()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # there, and somebody else's
    now_started = _started(int(pid))
    return now_started not in ("", started)


def _started(pid: int) -> str:
    """Return when the process began, in ticks since boot; "dead" for a zombie, "" where it cannot be known."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "dead" if fields[0] in "ZX" else fields[19]


def _machine() -> str:
    """Return what tells one boot and process namespace from another, "" where there is no such thing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return hashlib.sha256(f"{boot}/{os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:12]
    except OSError:
        return ""


def trust_trouble(name: str, settings: MailboxSettings) -> str:
    """Return why the mailbox's way of believing senders cannot be used, "" where it can."""
    if settings.trust == "authserv" and not settings.authserv_id:
        return (
            f"mailboxes.{name}.authserv_id is not set: with trust: authserv it says which server's findings are "
            f"believed; daysheet doctor looks for it in a real message"
        )
    if settings.internal_header and not settings.internal_header.partition(":")[2].strip():
        return (
            f"mailboxes.{name}.internal_header: {settings.internal_header}: write name and value, "
            f'such as "X-Org-Auth: Internal"'
        )
    if settings.trust == "internal" and not (settings.internal_header or settings.own_hosts):
        return (
            f"mailboxes.{name}.internal_header is not set: with trust: internal it names what your own gateway adds "
            f"to mail from inside (or name your servers in own_hosts, where senders sign in to them)"
        )
    return ""


def open_login(name: str, settings: Settings, clock: Callable[[], datetime] = now) -> "Login":
    """Return the login *name* of the settings; raises ConfigError where it cannot work as it is written."""
    from daysheet.logins.login import Login
    from daysheet.logins.provider import Registered
    from daysheet.logins.tokens import TokenFile

    if name not in settings.oauth:
        raise ConfigError(f"there is no oauth.{name}; there are: {', '.join(settings.oauth) or 'none'}")
    said = settings.oauth[name]
    registered = Registered(
        name=name,
        client_id=said.client_id,
        tenant=said.tenant,
        client_secret=said.read_client_secret,
        key=said.read_key if said.key_file else None,
        subject=said.subject,
        authority=said.authority.rstrip("/"),
        ca_file=said.ca_file,
    )
    uses = {settings.smtp.oauth, *(box.oauth for box in settings.mailboxes.values())}
    file = TokenFile(said.tokens or settings.data_dir / "oauth" / f"{name}.json")
    return Login(name, _provider(said, registered), file, clock, expires=said.expires, is_used=name in uses)


def _provider(said: OAuthSettings, registered: "Registered") -> "Provider":
    if said.provider == "microsoft":
        from daysheet.logins import microsoft

        kind = microsoft.MicrosoftService if said.flow == "service" else microsoft.MicrosoftPerson
        return kind(registered)
    from daysheet.logins import google

    return google.GoogleService(registered) if said.flow == "service" else google.GooglePerson(registered)


def login_conditions(settings: Settings) -> "Callable[[datetime], Iterable[Condition]]":
    """Return what says, at an instant, which logins somebody must see to."""
    from daysheet.model.alarms import AlarmKind, Condition

    def conditions(at: datetime) -> "Iterator[Condition]":
        for name in settings.oauth:
            try:
                yield from open_login(name, settings).conditions(at)
            except ConfigError as error:
                yield Condition(AlarmKind.LOGIN, name, str(error))

    return conditions


def login_lines(settings: Settings) -> "dict[str, Callable[[], str]]":
    """Return, by name, what says in a line how a login stands, and raises where somebody must see to it."""
    return {name: lambda name=name: open_login(name, settings).describe() for name in settings.oauth}  # type: ignore[misc]


def _token(place: str, name: str, username: str, settings: Settings | None) -> "Callable[[str], str] | None":
    """Return what gives tokens to log in at *place*, None where a password is used."""
    if not name:
        return None
    if not username:
        raise ConfigError(f"{place}.username is not set: a login with OAuth2 is for one mailbox")
    if settings is None:
        raise ConfigError(f"{place}.oauth: a login with OAuth2 cannot be used here")
    return open_login(name, settings)


def open_mailbox(
    name: str,
    settings: MailboxSettings,
    whole: Settings | None = None,
    *,
    is_backwards: bool = False,
    is_only_looked_into: bool = False,
) -> "Mailbox":
    """
    Return the mailbox of the settings, unopened.

    *whole*: all settings, in which a login with OAuth2 is named.
    *is_backwards*: its folder of done messages as the one that is worked, from which they go back to where they came.

    *is_only_looked_into*: nothing of it will be worked, so it does not matter how its senders are to be believed.

    Raises ConfigError where that is not said.
    """
    trouble = trust_trouble(name, settings)
    if trouble and not is_only_looked_into:
        raise ConfigError(trouble)
    if settings.kind == "maildir":
        from daysheet.ingest.maildir import MaildirMailbox

        assert settings.path is not None
        return MaildirMailbox(name, settings.path, settings.processed, is_backwards=is_backwards)
    from daysheet.ingest.imap import ImapMailbox, ImapSettings

    return ImapMailbox(
        name,
        ImapSettings(
            host=settings.host,
            port=settings.port or (993 if settings.security == "tls" else 143),
            security=settings.security,
            username=settings.username,
            password=settings.read_password,
            folder=settings.processed if is_backwards else settings.folder,
            processed=settings.folder if is_backwards else settings.processed,
            timeout=settings.timeout_seconds,
            ca_file=settings.ca_file,
            token=_token(f"mailboxes.{name}", settings.oauth, settings.username, whole),
        ),
    )


def open_console(settings: Settings, tools: "Tools") -> "Console":
    """Return the console, not started; raises ConfigError where its address cannot be used."""
    from daysheet.web.app import create
    from daysheet.web.server import Console

    return Console(create(settings, tools), settings.web.host, settings.web.port)


def open_delivery(settings: Settings, folder: Path | None = None) -> "Delivery":
    """
    Return how answers leave: by SMTP, or as files into *folder* (or ``smtp.folder``).

    Raises ConfigError where neither is set.
    """
    from daysheet.reports import delivery

    target = folder or settings.smtp.folder
    if target is not None:
        return delivery.FolderDelivery(target)
    smtp = settings.smtp
    if not smtp.host:
        raise ConfigError("smtp.host is not set: name your mail server, or set smtp.folder to write answers as files")
    return delivery.SmtpDelivery(
        delivery.SmtpSettings(
            host=smtp.host,
            port=smtp.port or {"tls": 465, "starttls": 587, "plain": 25}[smtp.security],
            security=smtp.security,
            username=smtp.username,
            password=smtp.read_password,
            timeout=smtp.timeout_seconds,
            per_minute=smtp.per_minute,
            retry_patterns=smtp.retry_patterns,
            ca_file=smtp.ca_file,
            token=_token("smtp", smtp.oauth, smtp.username, settings),
        )
    )
