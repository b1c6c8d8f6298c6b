"""Run the console in a thread of its own, beside the scheduler."""

import socket
import threading
from types import TracebackType

import structlog
import uvicorn
from fastapi import FastAPI

from daysheet.errors import ConfigError, DaysheetError

log = structlog.get_logger()
START_SECONDS = 20
STOP_SECONDS = 10
"""What a request under way gets to end in."""


class Console:
    """A console that listens from ``__enter__`` to ``__exit__``."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens, while it does."""
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def __enter__(self) -> "Console":
        """Listen; raises ConfigError where the address is taken or not ours."""
        self._socket = _listening(self._host, self._port)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=STOP_SECONDS,
            limit_concurrency=200,
        )
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self._thread.start()
        ready = threading.Event()
        for _ in range(START_SECONDS * 50):
            if server.started or not self._thread.is_alive():
                break
            ready.wait(0.02)
        if not server.started:
            self._socket.close()
            raise DaysheetError("the console could not be started")
        return self

    def _run(self) -> None:
        """Serve until told to stop; an end nobody asked for is an error in the log, while the service goes on."""
        assert self._server is not None
        assert self._socket is not None
        try:
            self._server.run([self._socket])
        finally:
            if not self._server.should_exit:
                log.error("console.ended")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening; requests under way are finished."""
        assert self._server is not None
        assert self._thread is not None
        assert self._socket is not None
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS + 5)
        self._socket.close()


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigError(f"web.port: cannot listen at {host}:{port}: {error.strerror}; choose another port") from error
