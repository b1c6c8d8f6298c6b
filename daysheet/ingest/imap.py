"""
A mailbox on an IMAP server.

imapclient raises errors of four unrelated families, and MOVE of a missing message reports nothing;
both are put right here: every trouble is a MailboxError, and a move is believed once verified.
"""

import imaplib
import io
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, exceptions
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from daysheet import patience, points
from daysheet.errors import ConfigError, FolderMissing, LoginRefused, MailboxError, MailboxUnreachable
from daysheet.ingest.mailbox import MessageRef
from daysheet.model import sasl
from daysheet.points import Point

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DONE = "$DaysheetDone"
"""Keyword for servers that can neither move nor expunge single messages."""
CHUNK = 500
"""Messages asked about in one command."""
GOODBYE_SECONDS = 5.0
"""How long a server may take to say goodbye; everything that matters has been done by then."""
SILENCES = 2
"""Steps in a row that may end by their deadline; a server that has fallen silent so often is left for this pass."""
ANSWER_BYTES = 32 * 2**20
"""More than any answer but a message's bytes."""
MESSAGE_BYTES = 256 * 2**20
"""More than any message that is fetched whole."""
LINE_BYTES = 16 * 2**20
"""The longest line: the numbers of two million messages."""


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """
    How to reach the mailbox. *password* is asked for at each login and never kept. So is *token*, which
    takes the place of a password: called with a token that was refused it gives another.
    """

    host: str
    port: int
    username: str
    password: Callable[[], str] = field(repr=False)
    security: str = "tls"  # tls, starttls, plain (loopback only)
    folder: str = "INBOX"
    processed: str = "Processed"
    timeout: float = 30.0
    ca_file: Path | None = None
    token: Callable[[str], str] | None = field(default=None, repr=False)


class ImapMailbox:
    """One folder on an IMAP server. Not shared between threads."""

    def __init__(self, name: str, settings: ImapSettings) -> None:
        if settings.security == "plain" and settings.host not in LOOPBACK:
            raise ConfigError(f"mailboxes.{name}.security: plain would send the password readable; use tls or starttls")
        self.name = name
        self.folder = settings.folder
        self._settings = settings
        self._client: IMAPClient | None = None
        self._patience = patience.Patience(settings.timeout)
        self._is_broken = False
        self._silences = 0

    @property
    def _open_client(self) -> IMAPClient:
        if self._client is None:
            raise MailboxUnreachable(f"{self._settings.host}: not connected")
        return self._client

    def open(self) -> int:
        """Connect, log in, select; return UIDVALIDITY."""
        self.close()
        if self._silences >= SILENCES:
            raise MailboxUnreachable(f"{self._settings.host} fell silent {self._silences} times in a row")
        self._is_broken = False
        self._enter()
        client = self._open_client
        with self._step():
            # 163 and 126 refuse SELECT ("Unsafe Login") to a client that has not said who it is
            if client.has_capability("ID"):
                client.id_({"name": "daysheet", "version": "0.1", "vendor": "daysheet"})
            self._ensure_folders(client)
            selected = client.select_folder(self.folder)
        return int(selected.get(b"UIDVALIDITY", 0))

    def _enter(self) -> None:
        """Connect and log in; a token that was thought good and is refused is renewed, once."""
        token = self._settings.token
        if token is None:
            self._greet()
            self._login(self._open_client, self._settings.password())
            return
        given = token("")
        self._greet()
        try:
            self._login_with(self._open_client, given)
        except LoginRefused:
            self.close()
            renewed = token(given)
            self._greet()
            self._login_with(self._open_client, renewed)

    def _greet(self) -> None:
        context = self._context()
        with self._step():
            self._client = self._connect(context)
            if self._settings.security == "starttls":
                self._client.starttls(ssl_context=context)

    def _context(self) -> ssl.SSLContext:
        """Return a context that trusts the system's authorities, and those in *ca_file*."""
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            try:
                context.load_verify_locations(cafile=str(self._settings.ca_file))
            except (OSError, ssl.SSLError) as error:
                key = f"mailboxes.{self.name}.ca_file"
                raise ConfigError(
                    f"{key}: {self._settings.ca_file} is no readable file of certificates: {error}"
                ) from error
        return context

    def _connect(self, context: ssl.SSLContext) -> IMAPClient:
        settings = self._settings
        return _Client(
            self._patience,
            settings.host,
            port=settings.port,
            ssl=settings.security == "tls",
            ssl_context=context if settings.security == "tls" else None,
            timeout=settings.timeout,
        )

    def _login(self, client: IMAPClient, password: str) -> None:
        username = self._settings.username
        with self._logging_in():
            if (username + password).isascii():
                client.login(username, password)
            else:
                client.plain_login(username, password)  # LOGIN knows ASCII only

    def _login_with(self, client: IMAPClient, token: str) -> None:
        with self._logging_in():
            mechanism = next((one for one in sasl.MECHANISMS if client.has_capability(f"AUTH={one}")), None)
            if mechanism is None:
                raise ConfigError(
                    f"mailboxes.{self.name}.oauth: {self._settings.host} takes no logins with OAuth2; use a password"
                )
            words = iter([sasl.first_words(mechanism, self._settings.username, token)])
            client.sasl_login(mechanism, lambda _: next(words, sasl.last_words(mechanism)))

    @contextmanager
    def _logging_in(self) -> Iterator[None]:
        """A step that logs in: whatever goes wrong, the connection is of no more use."""
        host, username = self._settings.host, self._settings.username
        try:
            with self._step(hint=_NOT_TAKEN if self._settings.token else ""):
                yield
        except (LoginRefused, MailboxUnreachable, ConfigError):
            self.close()
            raise
        except MailboxError as error:
            self.close()
            raise LoginRefused(f"{host} refused the login of {username}: {error}") from error

    def _ensure_folders(self, client: IMAPClient) -> None:
        if not client.folder_exists(self.folder):
            raise FolderMissing(f"{self._settings.host}: there is no folder {self.folder!r}")
        if not client.folder_exists(self._settings.processed):
            try:
                client.create_folder(self._settings.processed)
            except imaplib.IMAP4.abort:
                raise
            except exceptions.IMAPClientError as error:
                folder = f"{self._settings.host}: the folder {self._settings.processed!r}"
                raise FolderMissing(f"{folder} is not there and cannot be made: {_text(error)}") from error

    def pending(self, limit: int, since: date | None = None) -> tuple[MessageRef, ...]:
        """Return the oldest waiting messages with their sizes; *since* is a day of the server's."""
        wanted = ["UNKEYWORD", DONE, *(("SINCE", since) if since is not None else ())]
        with self._step():
            uids = sorted(self._open_client.search(wanted))[:limit]
        sizes: dict[int, int] = {}
        for start in range(0, len(uids), CHUNK):
            with self._step():
                answer = self._open_client.fetch(uids[start : start + CHUNK], ["RFC822.SIZE"])
                sizes |= {uid: int(item[b"RFC822.SIZE"]) for uid, item in answer.items() if b"RFC822.SIZE" in item}
        return tuple(MessageRef(str(uid), sizes[uid]) for uid in uids if uid in sizes)

    def fetch(self, ref: MessageRef) -> bytes | None:
        """Return the whole message; PEEK leaves it unseen."""
        return self._fetch(ref, "BODY.PEEK[]", b"BODY[]")

    def fetch_headers(self, ref: MessageRef) -> bytes | None:
        """Return the header block."""
        return self._fetch(ref, "BODY.PEEK[HEADER]", b"BODY[HEADER]")

    def _fetch(self, ref: MessageRef, item: str, key: bytes) -> bytes | None:
        with self._step(MESSAGE_BYTES):
            answer = self._open_client.fetch([int(ref.uid)], [item])
        self._silences = 0
        content = answer.get(int(ref.uid), {}).get(key)
        return None if content is None else bytes(content)

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        """Move messages to the folder of done ones, or mark them where the server can do neither."""
        if not refs:
            return frozenset()
        uids = [int(ref.uid) for ref in refs]
        client = self._open_client
        points.reached(Point.MOVING)
        with self._step():
            if client.has_capability("MOVE"):
                client.move(uids, self._settings.processed)
            elif client.has_capability("UIDPLUS"):
                client.copy(uids, self._settings.processed)
                client.delete_messages(uids, silent=True)
                client.uid_expunge(uids)
            else:
                client.copy(uids, self._settings.processed)
                client.add_flags(uids, [DONE], silent=True)
            points.reached(Point.MOVED)
        with self._step():
            # a move of a missing message says nothing: only absence is believed
            still = set(client.search(["UID", ",".join(map(str, uids)), "UNKEYWORD", DONE]))
        return frozenset(str(uid) for uid in uids if uid not in still)

    def count(self) -> int:
        """Return how many messages wait."""
        with self._step():
            return len(self._open_client.search(["UNKEYWORD", DONE]))

    def close(self) -> None:
        """Log out, or drop the connection where that does not work."""
        client, self._client = self._client, None
        if client is not None:
            if not self._is_broken:  # else it would be waited for once more
                self._patience.begin(ANSWER_BYTES, min(GOODBYE_SECONDS, self._settings.timeout))
                with suppress(exceptions.IMAPClientError, imaplib.IMAP4.error, OSError, ValueError):
                    client.logout()
            with suppress(OSError, AttributeError):
                client.shutdown()

    @contextmanager
    def _step(self, most: int = ANSWER_BYTES, hint: str = "") -> Iterator[None]:
        """One step of the conversation: it has a deadline, and its errors are ours."""
        self._patience.begin(most)
        try:
            with _translated(self._settings.host, hint):
                yield
        except MailboxUnreachable as error:
            self._is_broken = True
            self._silences += isinstance(error.__cause__, TimeoutError)
            raise


class _Patient(imaplib.IMAP4):
    """What reads no longer than there is patience, and no longer lines than there can be."""

    patience: patience.Patience
    _heard: socket.socket | None = None
    _ear: io.BufferedReader

    def _reader(self) -> io.BufferedReader:
        if self._heard is not self.sock:  # STARTTLS brings another one
            self._heard, self._ear = self.sock, patience.reader(self.sock, self.patience)
        return self._ear

    def read(self, size: int) -> bytes:
        """Read a literal, which the server has announced to be so long."""
        if not self.patience.takes(size):
            raise self.abort(f"it announces {size} bytes, more than any message holds")
        return self._reader().read(size)

    def readline(self) -> bytes:
        """Read a line."""
        line = self._reader().readline(LINE_BYTES + 1)
        if len(line) > LINE_BYTES:
            raise self.abort(f"it sends a line of more than {LINE_BYTES} bytes")
        return line

    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Send a command."""
        self.sock.settimeout(self.patience.left())
        super().send(data)


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """A client whose every step has a deadline."""

    def __init__(self, steps: patience.Patience, host: str, **options: Any) -> None:
        self._steps = steps
        super().__init__(host, **options)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  # the library's name
        kinds: tuple[type[imaplib.IMAP4], ...] = (_Patient, IMAP4_TLS if self.ssl else IMAP4WithTimeout)
        kind = type("_Connection", kinds, {"patience": self._steps})
        arguments = (self.ssl_context,) if self.ssl else ()
        connection: imaplib.IMAP4 = kind(self.host, self.port, *arguments, self._steps.seconds)
        return connection


@contextmanager
def _translated(host: str, hint: str = "") -> Iterator[None]:
    """Turn the four families of errors into ours; *hint* is what to do about a refused login."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(f"{host}: its certificate is not trusted: {error.verify_message}") from error
    except exceptions.LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise MailboxUnreachable(f"{host} broke the connection during the login: {_text(error)}") from error
        raise LoginRefused(f"{host} refused the login: {_text(error)}. {hint or _hint(host, str(error))}") from error
    except imaplib.IMAP4.abort as error:
        raise MailboxUnreachable(f"{host} broke the connection: {_text(error)}") from error
    except (exceptions.IMAPClientError, imaplib.IMAP4.error) as error:
        if "unsafe login" in str(error).lower():
            raise LoginRefused(f"{host} refused: {_text(error)}. {_hint(host, str(error))}") from error
        if "authenticated but not connected" in str(error).lower():  # Exchange takes the login, and then says so
            raise LoginRefused(f"{host} refused: {_text(error)}. {_SWITCHED_OFF}") from error
        raise MailboxError(f"{host} refused: {_text(error)}") from error
    except ssl.SSLError as error:
        why = f"no secure connection to {host} came about: {_text(error)}; do port and security fit each other?"
        raise MailboxUnreachable(why) from error
    except (OSError, EOFError) as error:
        raise MailboxUnreachable(f"{host} does not answer: {_text(error)}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # the libraries' own parsers stumble so over an answer that is no IMAP
        raise MailboxUnreachable(f"{host} gave an answer that cannot be read: {_text(error)}") from error


_SWITCHED_OFF = "Switch IMAP on for this mailbox, or wait if it worked before: see docs/howto/mail"
_NOT_TAKEN = (
    "The provider gave a token, but this server does not take it: is IMAP switched on for this mailbox, is username "
    "its address, and may the application read it? See docs/howto/mail"
)


def _text(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip()[:300]


def _hint(host: str, text: str) -> str:
    if "qq.com" in host or "163.com" in host or "126.com" in host or "unsafe" in text.lower():
        return "This provider wants an authorisation code (授权码) instead of the password; its web mail makes one"
    return "Check user name and password, and that IMAP is switched on for this mailbox"
