"""An address for tokens, a Dovecot and a mail server that take its tokens, and a clock that stands."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import MISSING, SMTP, AuthResult

from daysheet import wiring
from daysheet.config import Settings
from daysheet.logins.login import Login
from tests.builders import Clock
from tests.services import dovecot, smtp, tokens
from tests.services.dovecot import DovecotServer
from tests.services.smtp import SmtpSink
from tests.services.tokens import TokenServer


@pytest.fixture
def granting() -> Iterator[TokenServer]:
    """The address for tokens."""
    with tokens.running() as server:
        yield server


@pytest.fixture
def taking(granting: TokenServer) -> Iterator[DovecotServer]:
    """A Dovecot that takes those tokens."""
    with dovecot.running(extra=granting.dovecot()) as server:
        yield server


class TokenAuth:
    """What makes aiosmtpd take tokens, and say as Google does why not."""

    def __init__(self, granting: TokenServer) -> None:
        self._granting = granting
        self.words: list[bytes] = []

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Called by the server for AUTH XOAUTH2."""
        from base64 import b64decode

        said = b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        if said is MISSING:
            return AuthResult(success=False)
        user, token = (part.partition(b"=")[2] for part in said.split(b"\1")[:2])
        if self._granting.good.get(token.decode().removeprefix("Bearer ")) == user.decode():
            return AuthResult(success=True)
        self.words.append(await server.challenge_auth('{"status":"400","schemes":"Bearer"}'))
        return AuthResult(success=False, handled=False)


@pytest.fixture
def outgoing(granting: TokenServer) -> Iterator[SmtpSink]:
    """A mail server that takes those tokens and nothing else."""
    nothing_else = ["PLAIN", "LOGIN"]
    with smtp.running(auth_required=True, auth_require_tls=False, auth_exclude_mechanism=nothing_else) as server:
        server.auth_XOAUTH2 = TokenAuth(granting).auth_XOAUTH2
        yield server


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until a test moves it."""
    return Clock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def settings(granting: TokenServer, tmp_path: Path) -> Callable[..., Settings]:
    """Make settings with one login called ``mail``."""

    def make(provider: str = "microsoft", **more: Any) -> Settings:
        known = {key: more.pop(key) for key in ("mailboxes", "smtp") if key in more}
        return Settings(data_dir=tmp_path / "var", oauth={"mail": granting.settings(provider, **more)}, **known)

    return make


@pytest.fixture
def agreed(granting: TokenServer, settings: Callable[..., Settings], clock: Clock) -> Callable[..., Login]:
    """Make a login that a person has agreed to."""

    def make(**more: Any) -> Login:
        login = wiring.open_login("mail", settings(**more), clock)
        login.agree(approving(granting))
        return login

    return make


def approving(granting: TokenServer) -> Callable[[str], None]:
    """Return a person who enters every code that is shown."""

    def see(line: str) -> None:
        if "enter the code" in line:
            granting.approve(line.rpartition(" ")[2])

    return see
