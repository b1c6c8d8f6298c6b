"""
Tokens for Gmail and Google Workspace: a person agrees once in a browser, or an administrator has agreed for a
service account.

Google's flow for devices is closed to mail, so the browser is sent to an address on this machine with the code
in it; where the browser is elsewhere the person pastes that address (docs/adr/0012-googles-login-by-a-browser.md).
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from daysheet.errors import ConfigError, LoginRefused, MailboxError
from daysheet.logins import provider
from daysheet.logins.loopback import Listener
from daysheet.logins.provider import Granted, Registered, Talk

AGREE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS = "https://oauth2.googleapis.com/token"
MAIL = "https://mail.google.com/"
ELSEWHERE = "http://127.0.0.1:8322/"
"""Where the browser is sent when it runs on another machine: nobody listens, its address bar is what is wanted."""
_LIBRARIES = ("google.auth", "requests")


class GooglePerson:
    """A person agrees once. The refresh token stays the same; Google ends it after six months without use."""

    needs_person = True

    def __init__(self, registered: Registered) -> None:
        provider.check_extra(_LIBRARIES)
        provider.demand(registered, "client_id")
        self._registered = registered
        base = registered.authority.rstrip("/")
        self._agree_url = f"{base}/o/oauth2/v2/auth" if base else AGREE
        self._token_url = f"{base}/token" if base else TOKENS

    @property
    def client(self) -> str:
        return f"google {self._registered.authority or TOKENS} {self._registered.client_id}"

    def agree(self, talk: Talk) -> Granted:
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        if talk.ask is not None:
            talk.say(f"Open {self._address(ELSEWHERE, verifier, state)}")
            talk.say("At the end the browser shows a page that cannot be opened: copy its address.")
            answered = talk.ask("Paste the address")
            return self._exchange(self._code(answered, state), verifier, ELSEWHERE)
        with Listener() as listener:
            talk.say(f"Open, in a browser on this machine, {self._address(listener.url, verifier, state)}")
            talk.say("Is the browser on another machine? Stop this and run it with --paste.")
            answered = listener.wait()
            return self._exchange(self._code(answered, state), verifier, listener.url)

    def _address(self, back: str, verifier: str, state: str) -> str:
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        question = {
            "client_id": self._registered.client_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": f"{MAIL} openid email",
            "access_type": "offline",
            "prompt": "consent",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        }
        return f"{self._agree_url}?{urlencode(question)}"

    def _code(self, answered: str, state: str) -> str:
        """Return the code out of the address that the browser was sent to."""
        found = {key: values[0] for key, values in parse_qs(urlsplit(answered.strip()).query).items()}
        if "error" in found:
            raise provider.refusal(self._registered, found["error"], found.get("error_description", ""))
        if not secrets.compare_digest(found.get("state", "").encode(), state.encode()) or not found.get("code"):
            raise LoginRefused(
                f"{self._registered.place}: that is not the address this login has asked for; begin anew"
            )
        return found["code"]

    def _exchange(self, code: str, verifier: str, back: str) -> Granted:
        from daysheet.logins.web import session

        given = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": back,
            "client_id": self._registered.client_id,
            "client_secret": self._registered.client_secret(),
        }
        with _translated(self._registered), session(self._registered.place, self._registered.ca_file) as opened:
            response = opened.post(self._token_url, data=given)
            if response.status_code >= 500:
                response.raise_for_status()
            answer = response.json()
        if "access_token" not in answer:
            raise _refusal(self._registered, answer)
        if MAIL not in str(answer.get("scope", MAIL)).split():
            raise LoginRefused(f"{self._registered.place}: mail was not ticked on Google's page; agree anew, with it")
        if not answer.get("refresh_token"):
            raise LoginRefused(
                f"{self._registered.place}: Google gave no lasting consent; is the client a desktop app?"
            )
        ends = answer.get("refresh_token_expires_in")
        return Granted(
            access_token=answer["access_token"],
            seconds=int(answer.get("expires_in", 3600)),
            refresh_token=answer["refresh_token"],
            refresh_seconds=None if ends is None else int(ends),
            account=_account(str(answer.get("id_token", ""))),
        )

    def renew(self, refresh_token: str) -> Granted:
        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials

        from daysheet.logins.web import session

        credentials = Credentials(  # type: ignore[no-untyped-call]  # google-auth's are half typed
            None,
            refresh_token=refresh_token,
            token_uri=self._token_url,
            client_id=self._registered.client_id,
            client_secret=self._registered.client_secret(),
        )
        with _translated(self._registered), session(self._registered.place, self._registered.ca_file) as opened:
            credentials.refresh(Request(opened))  # type: ignore[no-untyped-call]
        rotated = credentials.refresh_token
        return _granted(credentials, "" if rotated == refresh_token else rotated)


class GoogleService:
    """A service account that an administrator lets act for the mailbox *subject* (domain-wide delegation)."""

    needs_person = False

    def __init__(self, registered: Registered) -> None:
        provider.check_extra(_LIBRARIES)
        provider.demand(registered, "key", "subject")
        self._registered = registered

    @property
    def client(self) -> str:
        return f"google service {self._registered.subject}"

    def agree(self, talk: Talk) -> Granted:
        del talk
        return self.renew("")

    def renew(self, refresh_token: str) -> Granted:
        from google.auth.transport.requests import Request
        from google.oauth2.service_account import Credentials

        from daysheet.logins.web import session

        del refresh_token
        info = self._key()
        if self._registered.authority:
            info["token_uri"] = f"{self._registered.authority.rstrip('/')}/token"
        try:
            credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=[MAIL], subject=self._registered.subject
            )
        except (ValueError, KeyError) as error:
            # no cause: it may show what the file holds
            raise ConfigError(f"{self._registered.place}.key_file is no JSON key of a service account") from error
        with _translated(self._registered), session(self._registered.place, self._registered.ca_file) as opened:
            credentials.refresh(Request(opened))
        granted = _granted(credentials, "")
        return Granted(granted.access_token, granted.seconds, account=self._registered.subject)

    def _key(self) -> dict[str, Any]:
        assert self._registered.key is not None  # demanded at the start
        try:
            info = json.loads(self._registered.key())
        except ValueError:
            info = None
        if not isinstance(info, dict):
            raise ConfigError(f"{self._registered.place}.key_file is no JSON key of a service account")
        return info


def _granted(credentials: Any, refresh_token: str) -> Granted:
    ends = credentials.expiry  # naive, in UTC
    seconds = 3600 if ends is None else int((ends.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    return Granted(credentials.token, seconds, refresh_token or "")


def _account(id_token: str) -> str:
    """Return the address in an id token that came straight from Google, whose signature so says nothing more."""
    body = id_token.partition(".")[2].partition(".")[0]
    try:
        return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["email"])
    except (ValueError, KeyError, TypeError):
        return ""


def _refusal(registered: Registered, answer: Mapping[str, Any]) -> Exception:
    code, words = str(answer.get("error", "no token")), str(answer.get("error_description", ""))
    if code == "unauthorized_client" and registered.subject:
        need = f"in the Admin console grant the service account's client id the scope {MAIL}"
        return ConfigError(f"{registered.place}: the service account may not act for {registered.subject}: {need}")
    return provider.refusal(registered, code, words)


@contextmanager
def _translated(registered: Registered) -> Iterator[None]:
    """Turn the libraries' errors into ours."""
    import requests
    from google.auth import exceptions

    try:
        yield
    except exceptions.RefreshError as error:
        answer = next((one for one in error.args if isinstance(one, dict)), None)
        if error.retryable or answer is None:
            raise provider.unreachable(registered, error) from error
        raise _refusal(registered, answer) from error
    except (exceptions.TransportError, requests.exceptions.RequestException) as error:
        if isinstance(error, requests.exceptions.SSLError) or isinstance(error.__cause__, requests.exceptions.SSLError):
            raise MailboxError(
                f"{registered.place}: the certificate of the address for tokens is not trusted"
            ) from error
        raise provider.unreachable(registered, error) from error
