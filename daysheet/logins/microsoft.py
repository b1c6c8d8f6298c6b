"""Tokens for Exchange Online: a person agrees once by a code, or an administrator has agreed for the program."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from daysheet.errors import ConfigError, DaysheetError, MailboxError
from daysheet.logins import provider
from daysheet.logins.provider import Granted, Registered, Talk

AUTHORITY = "https://login.microsoftonline.com"
_MAIL_OF = {
    # where logins are at home: whose mail is asked for, by a person and by a program
    "login.partner.microsoftonline.cn": ("https://partner.outlook.cn", "https://partner.outlook.cn"),
    "login.chinacloudapi.cn": ("https://partner.outlook.cn", "https://partner.outlook.cn"),
    "login.microsoftonline.us": ("https://outlook.office365.us", "https://outlook.office365.us"),
}
_WORLD = ("https://outlook.office.com", "https://outlook.office365.com")


def scopes(authority: str, is_service: bool) -> list[str]:
    """Return what is asked for, by the cloud that *authority* belongs to."""
    person, program = _MAIL_OF.get(urlsplit(authority).hostname or "", _WORLD)
    return [f"{program}/.default"] if is_service else [f"{person}/IMAP.AccessAsUser.All", f"{person}/SMTP.Send"]


class MicrosoftPerson:
    """A person agrees once; refresh tokens are renewed with every use and end after 90 days without one."""

    needs_person = True

    def __init__(self, registered: Registered) -> None:
        provider.check_extra(["msal", "requests"])
        provider.demand(registered, "client_id")
        self._registered = registered
        self._scopes = scopes(registered.authority, is_service=False)

    @property
    def client(self) -> str:
        return _client(self._registered)

    def agree(self, talk: Talk) -> Granted:
        with _translated(self._registered):
            application = _application(self._registered, None)
            flow = application.initiate_device_flow(scopes=self._scopes)
            if "user_code" not in flow:
                raise _refusal(self._registered, flow)
            talk.say(f"Open {flow['verification_uri']} and enter the code {flow['user_code']}")
            return _granted(self._registered, application.acquire_token_by_device_flow(flow))

    def renew(self, refresh_token: str) -> Granted:
        with _translated(self._registered):
            application = _application(self._registered, None)
            answer = application.acquire_token_by_refresh_token(refresh_token, self._scopes)
            return _granted(self._registered, answer)


class MicrosoftService:
    """A program with a secret or a certificate, and with permissions that an administrator has granted it."""

    needs_person = False

    def __init__(self, registered: Registered) -> None:
        provider.check_extra(["msal", "requests"])
        provider.demand(registered, "client_id", "tenant")
        self._registered = registered
        self._scopes = scopes(registered.authority, is_service=True)

    @property
    def client(self) -> str:
        return _client(self._registered)

    def agree(self, talk: Talk) -> Granted:
        del talk
        return self.renew("")

    def renew(self, refresh_token: str) -> Granted:
        del refresh_token
        credential = self._credential()
        with _translated(self._registered):
            # a new application has an empty cache: the token is a new one
            application = _application(self._registered, credential)
            return _granted(self._registered, application.acquire_token_for_client(scopes=self._scopes))

    def _credential(self) -> str | dict[str, str]:
        place = self._registered.place
        if self._registered.key is not None:
            pem = self._registered.key()
            if "PRIVATE KEY" not in pem or "BEGIN CERTIFICATE" not in pem:
                raise ConfigError(f"{place}.key_file must hold a certificate and its private key, both as PEM")
            return {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE") :]}
        secret = self._registered.client_secret()
        if not secret:
            variable = f"DAYSHEET_OAUTH__{self._registered.name.upper()}__CLIENT_SECRET"
            raise ConfigError(f"{place}: neither client_secret ({variable}) nor key_file is set")
        return secret


def _client(registered: Registered) -> str:
    return f"microsoft {registered.authority or AUTHORITY} {registered.tenant} {registered.client_id}"


def _application(registered: Registered, credential: str | dict[str, str] | None) -> Any:
    import msal

    from daysheet.logins.web import session

    logging.getLogger("msal").setLevel(logging.CRITICAL)  # it logs an answer that it does not understand, whole
    authority = f"{(registered.authority or AUTHORITY).rstrip('/')}/{registered.tenant or 'organizations'}"
    options = {
        "authority": authority,
        "http_client": session(registered.place, registered.ca_file),
        # an address from the settings is believed, and a national cloud not asked about abroad
        "instance_discovery": not registered.authority,
    }
    if credential is None:
        return msal.PublicClientApplication(registered.client_id, **options)
    return msal.ConfidentialClientApplication(registered.client_id, client_credential=credential, **options)


def _granted(registered: Registered, answer: dict[str, Any]) -> Granted:
    if "access_token" not in answer:
        raise _refusal(registered, answer)
    ends = answer.get("refresh_token_expires_in")
    return Granted(
        access_token=answer["access_token"],
        seconds=int(answer.get("expires_in", 3600)),
        refresh_token=answer.get("refresh_token", ""),
        refresh_seconds=None if ends is None else int(ends),
        account=str(answer.get("id_token_claims", {}).get("preferred_username", "")),
    )


def _refusal(registered: Registered, answer: dict[str, Any]) -> DaysheetError:
    description = str(answer.get("error_description", ""))
    return provider.refusal(registered, str(answer.get("error", "no token")), description)


@contextmanager
def _translated(registered: Registered) -> Iterator[None]:
    """Turn the libraries' errors into ours."""
    import jwt
    import requests
    from msal.exceptions import MsalServiceError

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise MailboxError(f"{registered.place}: the certificate of the address for tokens is not trusted") from error
    except (requests.exceptions.RequestException, MsalServiceError, json.JSONDecodeError) as error:
        raise provider.unreachable(registered, error) from error
    except (ValueError, TypeError, RuntimeError, KeyError, jwt.PyJWTError) as error:
        # msal says so of a directory that is not there, of a key that is none, of an id token that is not for us
        text = str(error).partition("Authority would")[0].strip()[:200]
        raise ConfigError(f"{registered.place}: look at tenant, authority and key: {text}") from error
