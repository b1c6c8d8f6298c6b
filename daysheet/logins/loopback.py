"""An address on this machine that a browser is sent to once."""

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType

from daysheet.errors import LoginRefused

WAIT_SECONDS = 600.0
"""How long the person in the browser may take."""
_PAGE = b"<!doctype html><meta charset=utf-8><title>Daysheet</title><p>Done. You can close this page."


class _Once(BaseHTTPRequestHandler):
    timeout = 5.0  # of a browser that connects and says nothing

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        if "code=" in self.path or "error=" in self.path:
            server.answered = self.path
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing: the address holds the code."""


class _Server(HTTPServer):
    answered = ""


class Listener:
    """Listens while the block runs."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Once)
        self._server.timeout = 1.0
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    def wait(self) -> str:
        """Return what the browser has asked for; raises LoginRefused where it does not come."""
        until = time.monotonic() + WAIT_SECONDS
        while not self._server.answered:
            if time.monotonic() > until:
                raise LoginRefused("nobody agreed in time; run the login again")
            self._server.handle_request()
        return self._server.answered
