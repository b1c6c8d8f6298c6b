"""Every way a mail leaves: by SMTP in four ways, and into a folder."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from daysheet import wiring
from daysheet.config import Settings
from daysheet.reports.delivery import Delivery
from tests.prepared import prepared_sqlite
from tests.services import smtp
from tests.services.smtp import SmtpSink

__all__ = ["prepared_sqlite"]

WAYS = ("tls", "starttls", "plain", "plain-auth", "folder")
PASSWORD = "geheim-123"


@dataclass(frozen=True)
class Way:
    """One way of delivery, and the mails that arrived by it."""

    kind: str
    open: Callable[[], Delivery]
    arrived: Callable[[], list[bytes]]


@dataclass(frozen=True)
class Certificates:
    """A server's certificate, and the file of the authority that vouches for it."""

    server: ssl.SSLContext
    ca_file: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for the loopback interface."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    ca_file = tmp_path_factory.mktemp("certificates") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return Certificates(context, ca_file)


def delivery_to(sink_port: int, **smtp_settings: Any) -> Delivery:
    """Return the delivery that settings ask for."""
    base = {"host": "127.0.0.1", "port": sink_port, "security": "plain", "per_minute": 10000, "timeout_seconds": 5}
    return wiring.open_delivery(Settings(smtp=base | smtp_settings))


def knows(server: object, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
    """Let in who has the password."""
    del server, session, envelope, mechanism
    is_known = data.login == b"daily@corp.example" and data.password == PASSWORD.encode()
    return AuthResult(success=is_known, handled=False)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server without a password."""
    with smtp.running() as running:
        yield running


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path, certificates: Certificates) -> Iterator[Way]:
    """Each way in turn."""
    kind = str(request.param)
    if kind == "folder":
        folder = tmp_path / "answers"
        yield Way(
            kind,
            lambda: wiring.open_delivery(Settings(smtp={"folder": folder})),
            lambda: [path.read_bytes() for path in sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime)],
        )
        return
    login = {"username": "daily@corp.example", "password": PASSWORD}
    options: dict[str, dict[str, Any]] = {
        "tls": {"ssl_context": certificates.server},
        "starttls": {
            "tls_context": certificates.server,
            "require_starttls": True,
            "authenticator": knows,
            "auth_required": True,
        },
        "plain": {},
        "plain-auth": {"authenticator": knows, "auth_required": True, "auth_require_tls": False},
    }
    with smtp.running(**options[kind]) as running:
        chosen: dict[str, Any] = {"security": kind.partition("-")[0]}
        chosen |= login if "authenticator" in options[kind] else {}
        chosen |= {"ca_file": certificates.ca_file} if "tls" in kind else {}
        yield Way(
            kind,
            lambda: delivery_to(running.port, **chosen),
            lambda: [received.raw for received in running.mails],
        )
