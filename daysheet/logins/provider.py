"""What every grantor of tokens offers, and how its refusals are told."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from daysheet.errors import ConfigError, DaysheetError, LoginRefused, MailboxUnreachable


@dataclass(frozen=True, slots=True)
class Granted:
    """Tokens as they come. *refresh_token* is "" where the old one stays in force."""

    access_token: str = field(repr=False)
    seconds: int
    refresh_token: str = field(default="", repr=False)
    refresh_seconds: int | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """
    An application registered with a provider. *client_secret* is asked for when needed and never kept, like
    *key*: a service's certificate with its private key, or Google's JSON.
    """

    name: str
    client_id: str = ""
    tenant: str = ""
    client_secret: Callable[[], str] = field(default=lambda: "", repr=False)
    key: Callable[[], str] | None = field(default=None, repr=False)
    subject: str = ""
    authority: str = ""
    ca_file: Path | None = None

    @property
    def place(self) -> str:
        """Where the settings speak of it."""
        return f"oauth.{self.name}"


@dataclass(frozen=True, slots=True)
class Talk:
    """
    A conversation with the person who agrees: *say* shows a line, *ask* shows one and returns what is typed.

    Without *ask* the provider sends the browser to this machine.
    """

    say: Callable[[str], None]
    ask: Callable[[str], str] | None = None


class Provider(Protocol):
    """Grants tokens. Both functions raise LoginRefused, ConfigError or MailboxUnreachable."""

    @property
    def client(self) -> str:
        """For whom tokens are made; those of another client are of no use."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody must agree once before anything can be renewed."""

    def agree(self, talk: Talk) -> Granted:
        """Let a person agree."""

    def renew(self, refresh_token: str) -> Granted:
        """Get a new access token; *refresh_token* is "" where no person agrees."""


def check_extra(modules: Iterable[str]) -> None:
    """Raise ConfigError where the libraries are not installed."""
    missing = [name for name in modules if not _is_there(name)]
    if missing:
        raise ConfigError(
            f"logging in with OAuth2 needs {' and '.join(missing)}: "
            'pip install "daysheet[oauth]" (from a clone: pip install -r requirements/oauth.txt)'
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of what a dotted name stands in
        return False


def demand(registered: Registered, *keys: str) -> None:
    """Raise ConfigError where one of *keys* is not set."""
    for name in keys:
        if not getattr(registered, name):
            key = "key_file" if name == "key" else name
            raise ConfigError(f"{registered.place}.{key} is not set; docs/howto/mail says where the provider shows it")
    if registered.authority and not registered.authority.startswith("https://"):
        raise ConfigError(f"{registered.place}.authority: write an address that begins with https://")


# what Microsoft's numbers mean (AADSTS…), as far as an administrator can do something about it
_WRONG_SETTING = {
    "90002": "there is no directory of that name: look at tenant",
    "900023": "there is no directory of that name: look at tenant",
    "700016": "the application is not known in that directory: look at client_id and tenant",
    "7000215": "the client secret is wrong: its value is wanted, not its id",
    "7000222": "the client secret has ended: make a new one",
    "700027": "the certificate is not the application's, or has ended",
    "7000218": "the application does not allow public client flows: switch that on under Authentication",
    "65001": "nobody has consented to the application's permissions: an administrator must grant them",
    "650057": "the application lacks the permission: add it, and let an administrator grant it",
    "70011": "a permission that was asked for does not exist there: look at authority",
    "500011": "mail is not known in that directory: look at tenant and authority",
}
_NO_CONSENT = {
    "700082": "it was not used for too long",
    "70043": "the company's rules on signing in have ended it",
    "50173": "the password was changed, or all sessions were ended",
    "50076": "a second factor is wanted again",
    "50079": "a second factor is wanted",
    "50057": "the account is disabled",
    "53003": "a conditional access rule forbids it",
    "50105": "the account is not assigned to the application",
}
_NOT_NOW = {"temporarily_unavailable", "server_error", "slow_down", "rate_limit_exceeded", "internal_failure"}
_SETTINGS = {"invalid_client", "unauthorized_client", "invalid_scope", "invalid_resource", "invalid_request"}
_PRIVATE = re.compile(r"[\w.~+/=-]{40,}|[^\s'\"<>]+@[^\s'\"<>]+")
"""Looks like a token or like somebody's address: nothing of the kind is ever shown."""


def refusal(registered: Registered, code: str, description: str) -> DaysheetError:
    """Return the error for what a provider answered: its *code* of OAuth2 and its own words."""
    said = _said(code, description)
    number = next(iter(re.findall(r"AADSTS(\d+)", description)), "")
    if code in _NOT_NOW:
        return MailboxUnreachable(f"{registered.place}: the provider cannot grant tokens now: {said}")
    if number in _WRONG_SETTING:
        return ConfigError(f"{registered.place}: {_WRONG_SETTING[number]} ({said})")
    again = f"agree anew: daysheet oauth login {registered.name}"
    if number in _NO_CONSENT:
        return LoginRefused(f"{registered.place}: the login is over, {_NO_CONSENT[number]} ({said}); {again}")
    if code in ("access_denied", "authorization_declined"):
        return LoginRefused(
            f"{registered.place}: the person at the browser, or a rule of the company, said no ({said})"
        )
    if code in ("expired_token", "authorization_pending"):
        return LoginRefused(f"{registered.place}: nobody agreed in time; {again}")
    if code in _SETTINGS:
        keys = "client_id, client_secret, tenant and the application's permissions"
        return ConfigError(f"{registered.place}: the provider does not take the application: {said}; look at {keys}")
    return LoginRefused(f"{registered.place}: the consent has ended or was withdrawn ({said}); {again}")


def _said(code: str, description: str) -> str:
    """Return the provider's words in short, without what looks like a token, an address, a trace or a new line."""
    text = re.split(r"\s*Trace ID:", " ".join(description.split()))[0]
    return _PRIVATE.sub("…", f"{code}: {text}" if text else code)[:300]


def unreachable(registered: Registered, error: Exception) -> DaysheetError:
    """Return the error for an address that gave no usable answer."""
    text = _PRIVATE.sub("…", " ".join(str(error).split()))[:200]
    return MailboxUnreachable(f"{registered.place}: the provider's address for tokens does not answer: {text}")
