"""An IMAP server that says what a test tells it to, for the faults a good server does not have."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[str, str], str | None]
"""Takes a command (upper case) and its line; returns the answer without its tag, None for the ordinary one."""

SILENT = "silent"
"""An answer: say nothing more, keep the connection open."""
HANG_UP = "hang up"
"""An answer: close the connection."""

_ORDINARY = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1 ID MOVE\r\n{tag} OK done",
    "LIST": '* LIST () "/" INBOX\r\n{tag} OK done',
    "SELECT": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK [READ-WRITE] done",
    "ID": "* ID NIL\r\n{tag} OK done",
    "LOGOUT": "* BYE see you\r\n{tag} OK done",
    "UID SEARCH": "* SEARCH 1\r\n{tag} OK done",
    "UID FETCH": "* 1 FETCH (UID 1 RFC822.SIZE 20)\r\n{tag} OK done",
}


@dataclass
class ScriptedServer:
    """A running server: where it listens, and every line it was sent."""

    port: int
    greeting: str = "* OK ready"
    answer: Answer = lambda command, line: None
    lines: list[str] = field(default_factory=list)

    def commands(self) -> list[str]:
        """The commands it was given, in order, without their arguments."""
        return [_command(line) for line in self.lines]


@contextmanager
def scripted(greeting: str = "* OK ready", answer: Answer = lambda command, line: None) -> Iterator[ScriptedServer]:
    """Run a server for the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ScriptedServer(listener.getsockname()[1], greeting, answer)
    open_connections: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_connections.append(connection)
                threading.Thread(target=_converse, args=(server, connection), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _converse(server: ScriptedServer, connection: socket.socket) -> None:
    with suppress(OSError), connection.makefile("rb") as lines:
        if server.greeting == SILENT:
            lines.read()
            return
        connection.sendall(f"{server.greeting}\r\n".encode())
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            server.lines.append(line)
            command = _command(line)
            said = server.answer(command, line)
            if said == SILENT:
                lines.read()
                return
            if said == HANG_UP:
                connection.shutdown(socket.SHUT_RDWR)
                return
            text = _ORDINARY.get(command, "{tag} OK done") if said is None else said
            connection.sendall(f"{text.replace('{tag}', line.split(' ', 1)[0])}\r\n".encode())
            if command == "LOGOUT":
                connection.shutdown(socket.SHUT_RDWR)
                return


def _command(line: str) -> str:
    words = [*line.upper().split(" "), "", ""]
    return f"UID {words[2]}" if words[1] == "UID" else words[1]
