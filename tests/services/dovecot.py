"""
A Dovecot IMAP server for the tests: our own, in a temporary folder, gone afterwards.

Everything runs as the current user, or as ``nobody`` when that is root, which Dovecot's login
process refuses to be. TLS with a certificate made for the occasion.
"""

import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from imapclient import IMAPClient

INSTALL = "apt-get install --no-install-recommends dovecot-imapd"
PASSWORD = "correct-horse-battery"
START_SECONDS = 20


@dataclass
class DovecotServer:
    """A running server. Any user may log in with ``PASSWORD``; a mailbox appears at the first login."""

    root: Path
    port: int
    tls_port: int
    ca_file: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @contextmanager
    def session(self, user: str) -> Iterator[IMAPClient]:
        """Give a logged-in client, as a rep's mail program or an operator would use one; it is closed at the end."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        try:
            client.login(user, PASSWORD)
            yield client
            client.logout()
        finally:
            with suppress(OSError):  # imaplib leaves the socket open where the server is gone at the login or logout
                client.shutdown()

    def append(self, user: str, *messages: bytes, folder: str = "INBOX") -> list[int]:
        """Put *messages* into the user's mailbox; returns their UIDs."""
        with self.session(user) as client:
            client.select_folder(folder)
            before = set(client.search())
            for message in messages:
                client.append(folder, message)
            client.noop()
            return sorted(set(client.search()) - before)

    def messages(self, user: str, folder: str = "INBOX") -> int:
        """Return how many messages *folder* holds; 0 where it does not exist."""
        with self.session(user) as client:
            if not client.folder_exists(folder):
                return 0
            return int(client.folder_status(folder, [b"MESSAGES"])[b"MESSAGES"])

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the server; SIGKILL for a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=20)

    def crash(self) -> None:
        """Kill the server and everything it started, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.process = subprocess.Popen(
            [str(find_dovecot()), "-F", "-c", str(self.root / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(10).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.02)
        log = self.root / "dovecot.log"
        raise RuntimeError(f"Dovecot does not answer: {log.read_text() if log.exists() else 'no log'}")


def find_dovecot() -> Path:
    """Return the server's program; fails the test where there is none."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"Dovecot is not installed; install it with:  {INSTALL}", pytrace=False)
    return Path(found)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(extra: str = "") -> Iterator[DovecotServer]:
    """Run a server for the block; *extra* lines are added to its configuration."""
    root = Path(tempfile.mkdtemp(prefix="daysheet-dovecot-"))
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(user.pw_gid).gr_name
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(root / "ca.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(root / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(root / "key.pem"))
    server = DovecotServer(root, free_port(), free_port(), root / "ca.pem")
    (root / "dovecot.conf").write_text(_configuration(root, server, user.pw_name, group) + extra)
    (root / "mail").mkdir()
    (root / "run").mkdir()
    for path in (root, *root.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    root.chmod(0o755)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


def _configuration(root: Path, server: DovecotServer, user: str, group: str) -> str:
    return f"""
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{root}/mail/%u
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_max_userip_connections = 100
imap_id_log = *
auth_username_chars =
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
  }}
}}
service stats {{
  chroot =
}}
"""


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    """A server for the whole run; take a user name of your own."""
    with running() as server:
        yield server


def tls_context(server: DovecotServer) -> ssl.SSLContext:
    """Return a context that trusts the server."""
    return ssl.create_default_context(cafile=str(server.ca_file))
