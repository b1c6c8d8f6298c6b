"""The connection to a provider: certificates of the system and of one's own, and an end to every wait."""

import ssl
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from daysheet.errors import ConfigError

SECONDS = 20.0
"""How long an address for tokens may take."""


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or SECONDS
        return super().send(request, *args, **kwargs)


def session(place: str, ca_file: Path | None) -> requests.Session:
    """Return a session that trusts the system's authorities, and those in *ca_file*."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{place}.ca_file: {ca_file} is no readable file of certificates: {error}") from error
    opened = requests.Session()
    opened.mount("https://", _Adapter(context))
    return opened
