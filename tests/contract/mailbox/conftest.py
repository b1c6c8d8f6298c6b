"""Every doorway of the mailbox suite: a real Dovecot in three ways, a Maildir, and a mailbox in memory."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from daysheet import wiring
from daysheet.config import MailboxSettings
from daysheet.ingest.mailbox import Mailbox
from daysheet.model.trust import Trust
from daysheet.services.tools import Tools
from tests import builders
from tests.contract.mailbox.memory import MemoryMailbox, MemoryServer
from tests.prepared import prepared_sqlite
from tests.services.dovecot import PASSWORD, DovecotServer, dovecot

__all__ = ["dovecot", "prepared_sqlite"]

SECURITY = ("tls", "starttls", "plain")
DOORWAYS = (*(f"imap-{security}" for security in SECURITY), "maildir", "memory")


@dataclass(frozen=True)
class Doorway:
    """One kind of mailbox: how a program reaches it, and what a bystander sees and does."""

    kind: str
    open: Callable[[], Mailbox]
    deliver: Callable[[bytes], None]
    contents: Callable[[str], list[bytes]]
    """The messages of "INBOX" or "Processed", oldest first."""
    remove_all: Callable[[], None]
    """Empty the inbox, as a person with a mail program does."""
    unseen: Callable[[], int]


def imap_settings(server: DovecotServer, user: str, security: str = "plain", **more: object) -> MailboxSettings:
    """Return the settings of one user's mailbox."""
    return MailboxSettings(
        **{
            "host": "127.0.0.1",
            "port": server.tls_port if security == "tls" else server.port,
            "security": security,
            "username": user,
            "password": PASSWORD,
            "ca_file": server.ca_file if security != "plain" else None,
            "trust": "none",
            "timeout_seconds": 10,
        }
        | more
    )


def new_user() -> str:
    """Return the name of a user whose mailbox is empty."""
    return f"u{uuid.uuid4().hex[:12]}"


def imap_doorway(server: DovecotServer, security: str) -> Doorway:
    """Return a fresh mailbox on *server*."""
    user = new_user()

    def contents(folder: str) -> list[bytes]:
        with server.session(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def remove_all() -> None:
        with server.session(user) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()

    def unseen() -> int:
        with server.session(user) as client:
            client.select_folder("INBOX", readonly=True)
            return len(client.search(["UNSEEN"]))

    return Doorway(
        kind=f"imap-{security}",
        open=lambda: wiring.open_mailbox("reports", imap_settings(server, user, security)),
        deliver=lambda raw: server.append(user, raw) and None,
        contents=contents,
        remove_all=remove_all,
        unseen=unseen,
    )


def maildir_doorway(folder: Path) -> Doorway:
    """Return a fresh Maildir."""
    path = folder / "maildir"
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    numbers = iter(range(1, 10_000))

    def files(of: str) -> list[Path]:
        root = path if of == "INBOX" else path / f".{of}"
        return sorted((file for part in ("new", "cur") for file in (root / part).glob("*")), key=lambda file: file.name)

    def deliver(raw: bytes) -> None:
        name = f"17725{next(numbers):05d}.M1.host"
        (path / "tmp" / name).write_bytes(raw)
        (path / "tmp" / name).rename(path / "new" / name)

    return Doorway(
        kind="maildir",
        open=lambda: wiring.open_mailbox("reports", MailboxSettings(kind="maildir", path=path, trust="none")),
        deliver=deliver,
        contents=lambda of: [file.read_bytes() for file in files(of)],
        remove_all=lambda: [file.unlink() for file in files("INBOX")] and None,
        unseen=lambda: len(list((path / "new").glob("*"))),
    )


def memory_doorway() -> Doorway:
    """Return a fresh mailbox in memory."""
    server = MemoryServer()
    return Doorway(
        kind="memory",
        open=lambda: MemoryMailbox("reports", server),
        deliver=server.deliver,
        contents=lambda of: list((server.waiting if of == "INBOX" else server.processed).values()),
        remove_all=server.waiting.clear,
        unseen=lambda: len(server.waiting),
    )


@pytest.fixture(params=DOORWAYS)
def doorway(request: pytest.FixtureRequest, tmp_path: Path) -> Doorway:
    """Each kind of mailbox in turn."""
    kind = str(request.param)
    if kind == "maildir":
        return maildir_doorway(tmp_path)
    if kind == "memory":
        return memory_doorway()
    return imap_doorway(request.getfixturevalue("dovecot"), kind.removeprefix("imap-"))


@pytest.fixture
def mailbox(doorway: Doorway) -> Iterator[Mailbox]:
    """A mailbox of that kind."""
    opened = doorway.open()
    yield opened
    opened.close()


@pytest.fixture
def tools(prepared_sqlite: Path, tmp_path: Path) -> Iterator[Tools]:
    """Tools with a database of their own and a clock that stands."""
    shutil.copy(prepared_sqlite, tmp_path / "daysheet.db")
    with builders.reopen_tools(builders.settings(tmp_path)) as opened:
        yield replace(opened, trust={"reports": Trust()})
