"""
A TCP proxy that behaves as bad lines and bad servers do: it refuses, falls silent, cuts, garbles, drips.

It stands before a real server. What it passes on goes through *Fault.strike*'s hands at one place:
a command of the client's, or so many bytes into what the server answers to it.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

KINDS = ("stall", "cut", "fin", "half-open", "garble", "bye", "drip")
"""What a fault may do, besides *Proxy.refusing*."""
DRIP_SECONDS = 0.1


@dataclass
class Fault:
    """
    One fault. *kind*: one of KINDS. *command*: a pattern for the client's line that calls it up, ""
    for the moment of connecting. *nth*: of such lines, counted over all connections. *inside*: so
    many bytes of the answer are passed on first; None: none, and the server does not hear the
    command either. *times*: how often it strikes (a connection that comes back is struck again).
    *act*: called when it strikes, first.
    """

    kind: str
    command: str = ""
    nth: int = 1
    inside: int | None = None
    times: int = 1
    text: bytes = b"* \xff\xfe what? ((\r\nA999 HUH\r\n"
    act: Callable[[], None] | None = None
    struck: int = 0
    acted: int = 0
    _seen: int = 0

    def is_called_by(self, line: str) -> bool:
        """Say whether this line of the client's calls it up."""
        if self.struck >= self.times or not re.search(self.command or "^$", line, re.IGNORECASE):
            return False
        self._seen += 1
        return self._seen >= self.nth


@dataclass
class Proxy:
    """
    A running proxy: it listens on *port* and passes on to *target*. Its fields may be changed at any time.

    *change*: what becomes of each piece the server says (a capability that is hidden). *struck_at*: when
    a fault struck last.
    """

    port: int
    target: int
    fault: Fault | None = None
    is_refusing: bool = False
    change: Callable[[bytes], bytes] = lambda said: said
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    struck_at: float = 0.0
    _open: list[socket.socket] = field(default_factory=list, repr=False)
    _listener: socket.socket | None = field(default=None, repr=False)

    def refuse(self) -> None:
        """From now on nobody listens, and whoever was connected is cut off."""
        self.is_refusing = True
        _close(self._listener)
        self._listener = None
        for one in self._open:
            _reset(one)

    def listen(self) -> None:
        """Listen, again."""
        self.is_refusing = False
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Let go of everything."""
        self.refuse()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.connections += 1
                self._open.append(client)
                threading.Thread(target=_Line(self, client).work, daemon=True).start()


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server: socket.socket | None = None
        self._due: Fault | None = None  # strikes inside the answer that comes next
        self._passed = 0
        self._ended = threading.Event()

    def work(self) -> None:
        if self._called("") is not None and self._strike():
            return
        try:
            self._server = socket.create_connection(("127.0.0.1", self._proxy.target), timeout=10)
        except OSError:
            _close(self._client)
            return
        self._server.settimeout(None)
        self._proxy._open.append(self._server)
        threading.Thread(target=self._answers, daemon=True).start()
        self._commands()

    def _called(self, line: str) -> Fault | None:
        fault = self._proxy.fault
        if fault is None or not fault.is_called_by(line):
            return None
        fault.struck += 1
        self._due, self._passed = fault, 0
        return fault

    def _commands(self) -> None:
        """Pass on what the client says, line by line, as far as it comes in lines."""
        assert self._server is not None
        rest, is_secret = b"", False
        with suppress(OSError):
            while said := self._client.recv(65536):
                is_secret = is_secret or (not rest and said[:2] == b"\x16\x03")
                if is_secret:  # TLS comes in no lines
                    self._server.sendall(said)
                    continue
                *lines, rest = (rest + said).split(b"\n")
                for line in lines:
                    text = line.decode("latin-1").rstrip("\r")
                    self._proxy.lines.append(text)
                    called = self._called(text)
                    if called is not None and called.inside is None and self._strike():
                        return
                    self._server.sendall(line + b"\n")
        if not self._ended.is_set():
            _close(self._server)

    def _answers(self) -> None:
        assert self._server is not None
        with suppress(OSError):
            while said := self._server.recv(65536):
                said = self._proxy.change(said)
                due = self._due
                if due is not None and due.inside is not None:
                    room = due.inside - self._passed
                    self._passed += len(said)
                    if len(said) >= room:
                        self._client.sendall(said[:room])
                        if due.kind == "drip":
                            self._drip(said[room:])
                            continue
                        if self._strike():
                            return
                        said = said[room:]
                self._client.sendall(said)
        if not self._ended.is_set():
            _close(self._client)

    def _strike(self) -> bool:
        """Do what the fault does; True where the connection is over, or as good as over."""
        fault, self._due = self._due, None
        assert fault is not None
        self._proxy.struck_at = time.monotonic()
        if fault.act is not None:
            fault.act()
        fault.acted += 1
        if fault.kind in ("stall", "half-open", "cut", "fin", "bye"):
            self._ended.set()
        if fault.kind == "stall":  # the client's words are still taken, nothing is ever said
            with suppress(OSError):
                while self._client.recv(65536):
                    pass
        elif fault.kind == "cut":
            _reset(self._client)
        elif fault.kind == "fin":
            _close(self._client)
        elif fault.kind == "bye":
            self._client.sendall(b"* BYE going down, come back later\r\n")
            _close(self._client)
        elif fault.kind == "garble":
            self._client.sendall(fault.text)
            return False
        elif fault.kind == "drip":
            self._due, fault.inside = fault, fault.inside or 0
            return False
        elif fault.kind == "none":
            return False
        # half-open: nothing is read, nothing said, nobody hangs up
        if self._server is not None:
            _close(self._server)
        return True

    def _drip(self, said: bytes) -> None:
        self._proxy.struck_at = time.monotonic()
        for at in range(len(said)):
            self._client.sendall(said[at : at + 1])
            time.sleep(DRIP_SECONDS)


def _close(one: socket.socket | None) -> None:
    if one is not None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


def _reset(one: socket.socket) -> None:
    """Close so that the other side gets RST."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # a thread that waits in recv holds the socket: shut down what it reads, so that closing closes
    with suppress(OSError):
        one.shutdown(socket.SHUT_RD)
    one.close()


@contextmanager
def standing_before(target: int) -> Iterator[Proxy]:
    """Run a proxy for the block before what listens on port *target* of this machine."""
    proxy = Proxy(0, target)
    proxy.listen()
    try:
        yield proxy
    finally:
        proxy.stop()
