"""The connection to a provider: certificates of the system and of one's own, and an end to every wait."""

import http.client
import socket
import ssl
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from daysheet import patience
from daysheet.errors import ConfigError

SECONDS = 20.0
"""How long an address for tokens may take: to be reached, and for its whole answer."""
ANSWER_BYTES = 2**20
"""More than any answer with tokens."""


class _Answer(http.client.HTTPResponse):
    """An answer that is read no longer than there is patience, however slowly it comes."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        waiting = patience.Patience(SECONDS)
        waiting.begin(ANSWER_BYTES)
        self._held = self.fp  # keeps the socket open where the server closes after this answer
        self.fp = patience.reader(sock, waiting)

    def _close_conn(self) -> None:
        super()._close_conn()  # type: ignore[misc]  # the library's name for the end of an answer
        self._held.close()


class _Connection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = manager.pool_classes_by_scheme | {"https": _Pool}
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or SECONDS
        return super().send(request, *args, **kwargs)


def session(place: str, ca_file: Path | None) -> requests.Session:
    """
    Return a session that trusts the system's authorities, and those in *ca_file*.

    It speaks HTTPS only and follows nobody elsewhere: what is asked with goes along, refresh tokens and secrets.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{place}.ca_file: {ca_file} is no readable file of certificates: {error}") from error
    opened = requests.Session()
    opened.adapters.clear()
    opened.mount("https://", _Adapter(context))
    opened.max_redirects = 0
    return opened
