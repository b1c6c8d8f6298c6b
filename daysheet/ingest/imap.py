"""
A mailbox on an IMAP server.

imapclient raises errors of four unrelated families, and MOVE of a missing message reports nothing;
both are put right here: every trouble is a MailboxError, and a move is believed once verified.
"""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient, exceptions

from daysheet import points
from daysheet.errors import ConfigError, FolderMissing, LoginRefused, MailboxError, MailboxUnreachable
from daysheet.ingest.mailbox import MessageRef
from daysheet.points import Point

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DONE = "$DaysheetDone"
"""Keyword for servers that can neither move nor expunge single messages."""
CHUNK = 500
"""Messages asked about in one command."""
GOODBYE_SECONDS = 5.0
"""How long a server may take to say goodbye; everything that matters has been done by then."""


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """How to reach the mailbox. *password* is asked for at each login and never kept."""

    host: str
    port: int
    username: str
    password: Callable[[], str] = field(repr=False)
    security: str = "tls"  # tls, starttls, plain (loopback only)
    folder: str = "INBOX"
    processed: str = "Processed"
    timeout: float = 30.0
    ca_file: Path | None = None


class ImapMailbox:
    """One folder on an IMAP server. Not shared between threads."""

    def __init__(self, name: str, settings: ImapSettings) -> None:
        if settings.security == "plain" and settings.host not in LOOPBACK:
            raise ConfigError(f"mailboxes.{name}.security: plain would send the password readable; use tls or starttls")
        self.name = name
        self.folder = settings.folder
        self._settings = settings
        self._client: IMAPClient | None = None

    @property
    def _open_client(self) -> IMAPClient:
        if self._client is None:
            raise MailboxUnreachable(f"{self._settings.host}: not connected")
        return self._client

    def open(self) -> int:
        """Connect, log in, select; return UIDVALIDITY."""
        self.close()
        context = self._context()
        with _translated(self._settings.host):
            self._client = self._connect(context)
            if self._settings.security == "starttls":
                self._client.starttls(ssl_context=context)
        self._login(self._client)
        with _translated(self._settings.host):
            # 163 and 126 refuse SELECT ("Unsafe Login") to a client that has not said who it is
            if self._client.has_capability("ID"):
                self._client.id_({"name": "daysheet", "version": "0.1", "vendor": "daysheet"})
            self._ensure_folders(self._client)
            selected = self._client.select_folder(self.folder)
        return int(selected.get(b"UIDVALIDITY", 0))

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
        return IMAPClient(
            settings.host,
            port=settings.port,
            ssl=settings.security == "tls",
            ssl_context=context if settings.security == "tls" else None,
            timeout=settings.timeout,
        )

    def _login(self, client: IMAPClient) -> None:
        username, password = self._settings.username, self._settings.password()
        try:
            with _translated(self._settings.host):
                if (username + password).isascii():
                    client.login(username, password)
                else:
                    client.plain_login(username, password)  # LOGIN knows ASCII only
        except (LoginRefused, MailboxUnreachable):
            self.close()
            raise
        except MailboxError as error:
            self.close()
            raise LoginRefused(f"{self._settings.host} refused the login of {username}: {error}") from error

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

    def pending(self, limit: int) -> tuple[MessageRef, ...]:
        """Return the oldest waiting messages with their sizes."""
        with _translated(self._settings.host):
            uids = sorted(self._open_client.search(["UNKEYWORD", DONE]))[:limit]
            sizes: dict[int, int] = {}
            for start in range(0, len(uids), CHUNK):
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
        with _translated(self._settings.host):
            answer = self._open_client.fetch([int(ref.uid)], [item])
        content = answer.get(int(ref.uid), {}).get(key)
        return None if content is None else bytes(content)

    def settle_many(self, refs: Sequence[MessageRef]) -> frozenset[str]:
        """Move messages to the folder of done ones, or mark them where the server can do neither."""
        if not refs:
            return frozenset()
        uids = [int(ref.uid) for ref in refs]
        client = self._open_client
        points.reached(Point.MOVING)
        with _translated(self._settings.host):
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
            # a move of a missing message says nothing: only absence is believed
            still = set(client.search(["UID", ",".join(map(str, uids)), "UNKEYWORD", DONE]))
        return frozenset(str(uid) for uid in uids if uid not in still)

    def count(self) -> int:
        """Return how many messages wait."""
        with _translated(self._settings.host):
            return len(self._open_client.search(["UNKEYWORD", DONE]))

    def close(self) -> None:
        """Log out, or drop the connection where that does not work."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(exceptions.IMAPClientError, imaplib.IMAP4.error, OSError, ValueError):
                client.socket().settimeout(min(GOODBYE_SECONDS, self._settings.timeout))
                client.logout()
            with suppress(OSError, AttributeError):
                client.shutdown()


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """Turn the four families of errors into ours."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(f"{host}: its certificate is not trusted: {error.verify_message}") from error
    except exceptions.LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise MailboxUnreachable(f"{host} broke the connection during the login: {_text(error)}") from error
        raise LoginRefused(f"{host} refused the login: {_text(error)}. {_hint(host, str(error))}") from error
    except imaplib.IMAP4.abort as error:
        raise MailboxUnreachable(f"{host} broke the connection: {_text(error)}") from error
    except (exceptions.IMAPClientError, imaplib.IMAP4.error) as error:
        if "unsafe login" in str(error).lower():
            raise LoginRefused(f"{host} refused: {_text(error)}. {_hint(host, str(error))}") from error
        raise MailboxError(f"{host} refused: {_text(error)}") from error
    except ssl.SSLError as error:
        why = f"no secure connection to {host} came about: {_text(error)}; do port and security fit each other?"
        raise MailboxUnreachable(why) from error
    except (OSError, EOFError) as error:
        raise MailboxUnreachable(f"{host} does not answer: {_text(error)}") from error
    except (ValueError, LookupError, TypeError) as error:
        # the libraries' own parsers stumble so over an answer that is no IMAP
        raise MailboxUnreachable(f"{host} gave an answer that cannot be read: {_text(error)}") from error


def _text(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip()[:300]


def _hint(host: str, text: str) -> str:
    if "qq.com" in host or "163.com" in host or "126.com" in host or "unsafe" in text.lower():
        return "This provider wants an authorisation code (授权码) instead of the password; its web mail makes one"
    return "Check user name and password, and that IMAP is switched on for this mailbox"
