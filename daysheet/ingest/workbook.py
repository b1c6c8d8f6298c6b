"""
Read workbooks in a child process that may die.

Some files abort the whole process, some hang it, some eat all memory: the child has limits of its
own, is replaced when it dies, and is renewed every so many files.
"""

import io
import os
import pickle
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from daysheet.errors import ReaderError
from daysheet.ingest.preflight import ReadLimits
from daysheet.model.issues import IssueCode
from daysheet.model.rows import Refusal, Workbook

_ALLOWED = {
    ("daysheet.model.rows", "Workbook"),
    ("daysheet.model.rows", "Sheet"),
    ("daysheet.model.rows", "Refusal"),
    ("daysheet.model.rows", "CellFault"),
    ("daysheet.model.issues", "IssueCode"),
    ("daysheet.model.mail", "FileKind"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("builtins", "frozenset"),
}
_NO_ANSWER = (
    OSError,  # a pipe that broke, a deadline that passed
    EOFError,
    pickle.UnpicklingError,
    # what else an answer that is none can make the unpickler raise
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
_CHILD = (sys.executable, "-m", "daysheet.ingest.child")
_HEADER_BYTES = 8
_SPARE_BYTES = 4 * 2**20
"""Memory the child keeps between files: glibc's few kilobytes make it fault every page in anew."""
_PIPE_BYTES = 1 << 20


class WorkbookReader:
    """One child process, started at the first file. Safe to share between threads: one file at a time."""

    def __init__(
        self,
        limits: ReadLimits = ReadLimits(),  # noqa: B008 - frozen
        *,
        files_per_child: int = 500,
        command: Sequence[str] = _CHILD,
    ) -> None:
        self._limits = limits
        self._command = command
        self._files_per_child = files_per_child
        self._files = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "WorkbookReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The child's process id; None where none runs."""
        return self._child.pid if self._child is not None else None

    def read(self, data: bytes, name: str = "") -> Workbook | Refusal:
        """
        Return the workbook, or why it is not read; raises ReaderError where no child can be started.

        A file that kills or outlasts the child is refused with SD-F007; the next file gets a new one.
        """
        with self._lock:
            try:
                answer = self._answer(data, name)
            except _NO_ANSWER:
                self._kill()
                return Refusal(IssueCode.FILE_READER_FAILED, {"why": "the reader died or took too long"})
            self._files += 1
            if self._files >= self._files_per_child:
                self._kill()
            return answer

    def _answer(self, data: bytes, name: str) -> Workbook | Refusal:
        try:
            return self._ask(self._running(), data, name)
        except BrokenPipeError:
            # it was dead before it had the file, which is not at fault
            self._kill()
            return self._ask(self._running(), data, name)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._kill()  # one that died while it had nothing to do
        try:
            child = subprocess.Popen(  # noqa: S603 - our own child; nothing of its command comes from outside
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, "MALLOC_TOP_PAD_": str(_SPARE_BYTES)},
                start_new_session=True,  # Ctrl-C is for the parent
            )
            limits = pickle.dumps(self._limits)
            assert child.stdin is not None
            child.stdin.write(len(b"").to_bytes(4, "little") + len(limits).to_bytes(4, "little") + limits)
            os.set_blocking(child.stdin.fileno(), False)
        except OSError as error:
            raise ReaderError(f"the workbook reader cannot be started: {error.strerror}") from error
        self._child, self._files = child, 0
        return child

    def _ask(self, child: "subprocess.Popen[bytes]", data: bytes, name: str) -> Workbook | Refusal:
        assert child.stdin is not None
        assert child.stdout is not None
        label = name.encode("utf-8", "replace")
        deadline = time.monotonic() + self._limits.wall_seconds
        lengths = len(label).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        _send(child.stdin.fileno(), lengths + label, deadline)
        _send(child.stdin.fileno(), data, deadline)
        header = _receive(child.stdout.fileno(), _HEADER_BYTES, deadline)
        length = int.from_bytes(header[:4], "little")
        if length > self._limits.memory_bytes:
            raise pickle.UnpicklingError("larger than the child itself")
        answer = _Unpickler(io.BytesIO(_receive(child.stdout.fileno(), length, deadline))).load()
        if not isinstance(answer, (Workbook, Refusal)):
            raise pickle.UnpicklingError("neither a workbook nor a refusal")
        return answer

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        continue  # what was left unsent is of no use any more
            child.wait()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._kill()


def _send(pipe: int, content: bytes, deadline: float) -> None:
    """Write *content*, never waiting for a child that does not read longer than until *deadline*."""
    rest = memoryview(content)
    while rest:
        _wait(pipe, select.POLLOUT, deadline)
        rest = rest[os.write(pipe, rest[:_PIPE_BYTES]) :]


def _receive(pipe: int, length: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    missing = length
    while missing:
        _wait(pipe, select.POLLIN, deadline)
        part = os.read(pipe, min(missing, _PIPE_BYTES))
        if not part:
            raise EOFError
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _wait(pipe: int, event: int, deadline: float) -> None:
    """Return once *pipe* is ready or broken; raises TimeoutError at *deadline*."""
    ready = select.poll()
    ready.register(pipe, event)
    left = deadline - time.monotonic()
    if left <= 0 or not ready.poll(left * 1000):
        raise TimeoutError


class _Unpickler(pickle.Unpickler):
    """Takes only our own values: a child that a hostile file has taken over must not reach further."""

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the allowed classes."""
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)
