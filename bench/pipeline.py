"""How many messages a second go from a Dovecot into SQLite, answers queued, and where the time goes."""

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import samples
import structlog
from naive_peer import NaivePeer
from reading import FOR_EVER, child_cpu
from stopwatch import Stopwatch
from table import Figure

from daysheet import wiring
from daysheet.config import MailboxSettings, Settings
from daysheet.ingest.imap import ImapMailbox
from daysheet.ingest.spool import Batch
from daysheet.ingest.workbook import WorkbookReader
from daysheet.naming.engine import NamingEngine
from daysheet.services import import_customers, people, process, receive, setup
from daysheet.services import sender as senders
from daysheet.services.ahead import Line
from daysheet.services.tools import Tools
from daysheet.store import inbound
from daysheet.validation.sheets import Validator

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.services import dovecot

STEPS: tuple[tuple[Any, str, str], ...] = (
    (ImapMailbox, "fetch", "fetch"),
    (Batch, "put", "spool: write"),
    (Batch, "finish", "spool: fsync files and folders"),
    (inbound, "record", "record the arrival"),
    (ImapMailbox, "settle_many", "settle: move and verify"),
    (Line, "next", "claim"),
    (Line, "claim", "claim"),
    (process, "open_message", "wait for the envelope and workbook that are read ahead"),
    (senders, "judge", "judge the sender"),
    (process, "judge", "judge the sender"),
    (WorkbookReader, "read", "read a workbook that was not read ahead"),
    (Validator, "check", "check every cell"),
    (NamingEngine, "parse", "take names apart"),
    (process, "submit", "file: customers, rows, issues, answer (SQL)"),
    (process, "end", "file: customers, rows, issues, answer (SQL)"),
)
"""What is timed, and under which heading; what is left is glue."""


def measure(quick: bool) -> list[Figure]:
    """Work the same mails with both programs by turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    messages, peers, rounds = (100, 25, 1) if quick else (500, 60, 3)
    with tempfile.TemporaryDirectory(prefix="daysheet-bench-") as name, dovecot.running() as server:
        folder = Path(name)
        mails = [samples.mail(number) for number in range(messages)]
        template = folder / "prepared"
        _prepare(template)
        peer = NaivePeer(f"sqlite:///{folder / 'peer.db'}", samples.daily(), _known_customers())
        ours, theirs, cpu, peer_cpu = [], [], [], []
        watch = Stopwatch()
        for turn in range(rounds):
            _fill(server, f"ours{turn}", mails)
            _fill(server, f"peer{turn}", mails[:peers])
            shutil.copytree(template, folder / f"ours{turn}")
            wall, used = _work(server, folder / f"ours{turn}", f"ours{turn}", messages, watch)
            ours.append(messages / wall)
            cpu.append(used / messages * 1000)
            wall, used = _peer(server, peer, f"peer{turn}", peers)
            theirs.append(peers / wall)
            peer_cpu.append(used / peers * 1000)
    own, other = sorted(ours)[rounds // 2], sorted(theirs)[rounds // 2]
    return [
        Figure(f"Dovecot → SQLite, {messages} messages × {samples.ROWS} rows", own, "msg/s", least=60, peer=other),
        Figure("  times the naive program", own / other, "×", least=5),
        Figure(
            "  CPU a message, reader's child included",
            sorted(cpu)[rounds // 2],
            "ms",
            peer=sorted(peer_cpu)[rounds // 2],
        ),
        Figure("  wall time a message", 1000 / own, "ms", peer=1000 / other),
        *(Figure(f"    {what}", spent / rounds / messages * 1000, "ms") for what, spent in watch.ranked()),
    ]


def _known_customers() -> list[str]:
    return [samples.customer_name(number) for number in range(samples.REPS * samples.CUSTOMERS_PER_REP)]


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "company": {"name": "星河仪器"},
            "data_dir": folder / "var",
            "database": {"url": f"sqlite:///{folder / 'daysheet.db'}"},
            "smtp": {"sender": "daily@bench.example", "folder": folder / "answers"},
            "log": {"level": "error"},
        }
    )


def _prepare(folder: Path) -> None:
    """Make a database that knows the reps and the customers."""
    settings = _settings(folder)
    settings.data_dir.mkdir(parents=True)
    database = wiring.open_database(settings)
    setup.upgrade(database, wiring.load_specs(settings), wiring.now())
    database.close()
    with wiring.open_tools(settings) as tools:
        people.import_file(tools, "people.csv", samples.people())
        import_customers.import_file(tools, "customers.csv", samples.customers())


def _fill(server: dovecot.DovecotServer, user: str, mails: list[bytes]) -> None:
    client = server.client(user)
    client.select_folder("INBOX")
    for mail in mails:
        client.append("INBOX", mail)
    client.logout()


def _work(
    server: dovecot.DovecotServer, folder: Path, user: str, messages: int, watch: Stopwatch
) -> tuple[float, float]:
    """Return the wall and CPU seconds of taking in and working every message, the program being up."""
    settings = _settings(folder)
    box = MailboxSettings(
        trust="none", host="127.0.0.1", port=server.port, security="plain", username=user, password=dovecot.PASSWORD
    )
    with (
        wiring.open_tools(settings) as opened,
        WorkbookReader(files_per_child=FOR_EVER) as reader,
        watch.watching(*STEPS),
        watch.watching_commits(opened.database),
    ):
        tools = replace(opened, reader=reader)
        tools.reader.read(samples.workbook(samples.report(0)), "warm.xlsx")
        start, before = time.perf_counter(), _cpu(tools)
        received = receive.poll(tools, wiring.open_mailbox("bench", box), batch=messages)
        outcomes = list(process.process_pending(tools))
        wall, used = time.perf_counter() - start, _cpu(tools) - before
        watch.whole += wall
    assert received.settled == messages, received
    _verify(outcomes, messages)
    return wall, used


def _cpu(tools: Tools) -> float:
    return time.process_time() + child_cpu(tools.reader)


def _verify(outcomes: list[Any], messages: int) -> None:
    """Quick and wrong would not count."""
    states = {str(outcome.state) for outcome in outcomes}
    assert len(outcomes) == messages
    assert states == {"accepted"}, [outcome for outcome in outcomes if str(outcome.state) != "accepted"][:2]
    assert all(outcome.submissions[0].rows_landed == samples.ROWS for outcome in outcomes)


def _peer(server: dovecot.DovecotServer, peer: NaivePeer, user: str, messages: int) -> tuple[float, float]:
    start, before = time.perf_counter(), time.process_time()
    done = peer.poll("127.0.0.1", server.port, user, dovecot.PASSWORD, messages)
    assert done == messages, done
    return time.perf_counter() - start, time.process_time() - before
