"""What commands share: settings, tools, output. Data on stdout, talk on stderr."""

import json
import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from daysheet import config
from daysheet.config import Settings
from daysheet.errors import UsageError
from daysheet.model.redaction import Redaction

if TYPE_CHECKING:
    from daysheet.model.memory import Refusal
    from daysheet.services.tools import Tools

UNREACHABLE = 5
"""Exit code: a server could not be reached, or said "not now"."""
NOT_ACCEPTED = 6
"""Exit code: some rows or names were not accepted."""
CHECK_FAILED = 8
"""Exit code: a check (doctor, mailbox account) failed."""


def settings_of(ctx: click.Context) -> Settings:
    """Read the settings the command line points to; raises ConfigError."""
    return config.load(config.find_file(ctx.find_root().obj))


@contextmanager
def open_tools(ctx: click.Context, *, check_schema: bool = True) -> "Iterator[tuple[Settings, Tools]]":
    """Give the settings and the tools made from them; *check_schema* is off for whoever looks at that itself."""
    from daysheet import wiring

    settings = settings_of(ctx)
    start_log(settings)
    warn_of_charts(settings)
    with wiring.open_tools(settings, check_schema=check_schema) as tools:
        yield settings, tools


def start_log(settings: Settings) -> None:
    """Log to stderr, as JSON or for people, from the level of the settings on; people are known by their terminal."""
    import structlog

    from daysheet import wiring

    level = {"debug": 10, "info": 20, "warning": 30, "error": 40}[settings.log.level]
    chosen = settings.log.format
    as_json = chosen == "json" or (chosen == "auto" and not sys.stderr.isatty())
    redaction = Redaction(config.secrets(settings))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            wiring.redacting(redaction),
            *([structlog.processors.JSONRenderer(ensure_ascii=False)] if as_json else wiring.console(redaction)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(_Redacted(redaction))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[libraries])


class _Redacted(logging.Formatter):
    """Writes what libraries log, tracebacks included, without what no log may hold."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(name)s: %(message)s")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines."""
        return self._redaction.text(super().format(record))


def warn_of_charts(settings: Settings) -> None:
    """Log that mails go out without the pictures that were asked for: once, where a run begins."""
    import structlog

    from daysheet import wiring

    trouble = wiring.chart_trouble(settings)
    if trouble:
        structlog.get_logger().warning("charts.missing", why=trouble)


def log_trust(settings: Settings) -> None:
    """Log where senders are believed more easily than they need be, as warnings; see ``warn_of_trust``."""
    import structlog

    log = structlog.get_logger()
    for name, box in settings.mailboxes.items():
        if box.kind == "imap" and box.trust == "none":
            log.warning("trust.none", mailbox=name)
        elif box.relax and box.trust != "none":
            log.warning("trust.relaxed", mailbox=name, without=sorted(box.relax))


def warn_of_trust(settings: Settings) -> None:
    """Say, before anything else, where senders are believed too easily, or cannot be believed at all."""
    from daysheet import wiring

    for name, box in settings.mailboxes.items():
        trouble = wiring.trust_trouble(name, box)
        if trouble:
            say(f"daysheet: {trouble}")
        elif box.kind == "imap" and box.trust == "none":
            say(
                f"warning: mailboxes.{name}.trust is none: every listed address is believed, forged ones too. Use it "
                f"only for a mailbox that takes mail from your own server; see docs/howto/mailbox.md"
            )
        elif box.relax and box.trust != "none":
            say(
                f"warning: mailboxes.{name}.relax: senders are believed without {', '.join(sorted(box.relax))}; "
                f"docs/howto/mailbox.md says what that costs"
            )


def warn_of_exposed_secrets(ctx: click.Context) -> None:
    """Say where a password stands in a settings file that every account of the machine can read."""
    trouble = config.exposed_secrets(config.find_file(ctx.find_root().obj))
    if trouble:
        say(f"warning: {trouble}")


def program() -> str:
    """Return how to call this program from here: by its name only where the shell would find this one."""
    own = Path(sys.executable).with_name("daysheet")
    if not own.exists():
        return f"{sys.executable} -m daysheet"
    found = shutil.which("daysheet")
    if found and Path(found).resolve() == own.resolve():
        return "daysheet"
    return str(own.relative_to(Path.cwd())) if own.is_relative_to(Path.cwd()) else str(own)


def say(text: str) -> None:
    """Talk to the person: stderr, so that stdout stays data."""
    click.echo(text, err=True)


def emit(value: object) -> None:
    """Print one JSON line on stdout."""
    click.echo(json.dumps(plain(value), ensure_ascii=False))


def plain(value: object) -> Any:
    """Return *value* as JSON knows it: dataclasses as objects, dates as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(item) for key, item in asdict(value).items()}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


by_option = click.option(
    "--by", metavar="EMPLOYEE_NO", help="The steward who decides (default: the operator, recorded as such)."
)
"""Who decides, for every command that decides about customers."""


def refuse(ctx: click.Context, tools: "Tools", refusal: "Refusal", *, as_json: bool) -> NoReturn:
    """End a command whose decision cannot be carried out: one sentence in the company's language, exit code 6."""
    from zoneinfo import ZoneInfo

    from daysheet.i18n import refusal_text

    sentence = refusal_text(refusal, tools.house.language, ZoneInfo(tools.house.zone))
    if as_json:
        emit({"refused": refusal.code, "message": sentence, **refusal.params})
    say(f"daysheet: {sentence}")
    ctx.exit(NOT_ACCEPTED)


@contextmanager
def progress(what: str, total: int | None = None) -> "Iterator[Any]":
    """Show a bar on stderr while long work goes on, where stderr is a terminal; gives ``advance(done)``."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def refuse_other_than_xlsx(out: Path) -> None:
    """Refuse a file to write whose name Excel would not open as the workbook that it is."""
    if out.suffix.casefold() != ".xlsx":
        raise UsageError(f"{out} is to be a workbook: give it a name that ends in .xlsx")
