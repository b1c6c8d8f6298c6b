"""Feed the sample mails through the real pipeline, in a folder of their own."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from daysheet import config, wiring
from daysheet.config import Settings, WebSettings
from daysheet.demo import months, waiting
from daysheet.demo.company import (
    ADMIN,
    COMPANY,
    CUSTOMERS,
    MAILBOX,
    OTHER_STEWARD,
    PEOPLE,
    SOUTH,
    SOUTHERN_STEWARD,
    STEWARD,
    UNITS,
)
from daysheet.demo.mails import Sample, samples
from daysheet.demo.months import Past
from daysheet.errors import UsageError
from daysheet.model.mail import MessageState, Reason
from daysheet.model.memory import OPERATOR
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import access, import_customers, outbox, people, receive, setup
from daysheet.services.outcome import Outcome
from daysheet.services.process import process_pending
from daysheet.services.tools import Tools

MARK = ".daysheet-demo"
ZONE = "Asia/Shanghai"
_SETTINGS = f"""\
# The demo's settings, made anew by every demo
company:
  name: {COMPANY}
  language: zh
  timezone: {ZONE}
data_dir: {{folder}}
database:
  url: sqlite:///{{folder}}/daysheet.db
mailboxes:
  daily:
    kind: maildir
    path: {{folder}}/maildir
    trust: none
web:
  port: {{port}}
smtp:
  sender: {MAILBOX}
  folder: {{folder}}/answers
schedule:
  poll_seconds: 5
  send_seconds: 5
log:
  level: error
  format: console
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of one sample: state, reason, codes, rows, and the files of its answer."""

    sample: Sample
    state: str
    reason: str
    codes: tuple[str, ...]
    landed: int
    parked: int
    answers: tuple[Path, ...]

    @property
    def is_as_expected(self) -> bool:
        """True where it ended as the sample says it should."""
        return self.state == self.sample.ends


def prepare(folder: Path) -> Settings:
    """
    Make a fresh *folder* with settings, database, people and customers.

    Raises UsageError where something else lies there: the demo clears only what it made.
    """
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError(f"{folder} holds files that the demo did not make; name another folder with --out")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    path = folder / config.DEFAULT_FILE
    path.write_text(_SETTINGS.format(folder=folder, port=_free_port()), encoding="utf-8")
    settings = config.load(path)
    database = wiring.open_database(settings)
    try:
        setup.upgrade(database, wiring.load_specs(settings), wiring.now())
    finally:
        database.close()
    return settings


def _free_port() -> int:
    """Return the console's usual port where nobody has it, else another."""
    for port in (WebSettings().port, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as taken:
            number: int = taken.getsockname()[1]
            return number
    raise UsageError("there is no free port for the console")


def begin(settings: Settings, tools: Tools) -> None:
    """Import the teams, regions and people, and let the months go by that were before today."""
    people.import_file(tools, "units.csv", UNITS.encode())
    people.import_file(tools, "people.csv", PEOPLE.encode())
    mailbox = wiring.open_mailbox("daily", settings.mailboxes["daily"])
    mailbox.open()
    mailbox.close()
    past = Past(settings, tools, now_there())
    months.live(past)
    waiting.pile_up(past)


def let_in(tools: Tools) -> str:
    """Let the stewards and the administrator into the console; return the token of the first steward's link."""
    access.grant(tools, SOUTHERN_STEWARD, regions=(SOUTH,), by=OPERATOR)
    access.grant(tools, OTHER_STEWARD, sees_all=True, by=OPERATOR)
    access.grant(tools, ADMIN, by=OPERATOR)
    return access.grant(tools, STEWARD, sees_all=True, by=OPERATOR)


def others(command_line: str) -> Iterator[str]:
    """Yield who else may enter, each with the command that makes a link for them."""
    for number, view, who in (
        (SOUTHERN_STEWARD, f" --region {SOUTH}", "the southern steward"),
        (ADMIN, "", "the administrator"),
    ):
        yield f"{who}:  {command_line} people grant {number}{view}"


def feed(settings: Settings, tools: Tools) -> Iterator[Shown]:
    """Import the customers of the story, then deliver the mails one by one and say what became of each."""
    import_customers.import_file(tools, "customers.csv", CUSTOMERS.encode())
    daily, lite = tools.specs[0], tools.specs[1]
    box = settings.mailboxes["daily"]
    assert box.path is not None
    maildir = box.path
    for sample in samples(daily, lite, now_there()):
        deliver(maildir, f"{sample.number:02d}", sample.raw)
        received = receive.poll(tools, wiring.open_mailbox("daily", box), batch=10)
        outcomes = list(process_pending(tools))
        folder = settings.smtp.folder or settings.data_dir / "answers"
        answered = folder / f"{sample.number:02d}"
        outbox.flush(tools, FolderDelivery(answered))
        files = tuple(sorted(answered.iterdir())) if answered.exists() else ()
        yield _shown(sample, received, outcomes, files)


def now_there() -> datetime:
    """Return the company's own time."""
    return wiring.now().astimezone(ZoneInfo(ZONE))


def deliver(maildir: Path, name: str, raw: bytes) -> None:
    """Put a mail into a Maildir as a mail server does: written aside, then moved into ``new``."""
    aside = maildir / "tmp" / f"{name}.demo"
    aside.write_bytes(raw)
    aside.rename(maildir / "new" / f"{name}.demo")


def _shown(sample: Sample, received: receive.Received, outcomes: list[Outcome], files: tuple[Path, ...]) -> Shown:
    if not outcomes:
        reason = Reason.SAME_BYTES if received.duplicates else "nothing arrived"
        return Shown(sample, MessageState.DUPLICATE, reason, (), 0, 0, files)
    outcome = outcomes[0]
    landed = sum(done.rows_landed for done in outcome.submissions)
    parked = sum(done.rows_parked for done in outcome.submissions)
    return Shown(sample, outcome.state, outcome.reason, outcome.codes, landed, parked, files)
