"""The reader's child process: files in by one pipe, workbooks out by another, under limits of its own."""

import pickle
import resource
import struct
import sys
from typing import BinaryIO

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.issues import IssueCode
from daysheet.model.rows import Refusal

HEADER = struct.Struct("<II")
"""Lengths of name and content, before each file; length of the answer and 0 after it."""


def main() -> None:
    """Read one file after another until the pipe closes."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    limits: ReadLimits = pickle.loads(_exactly(source, HEADER.unpack(_exactly(source, HEADER.size))[1]))  # noqa: S301 - from our own parent
    _limit("RLIMIT_AS", limits.memory_bytes)
    _limit("RLIMIT_CORE", 0)
    while head := source.read(HEADER.size):
        name_length, length = HEADER.unpack(head)
        name = _exactly(source, name_length).decode("utf-8", "replace")
        data = _exactly(source, length)
        _limit("RLIMIT_CPU", int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + limits.cpu_seconds + 1)
        answer = pickle.dumps(_read(data, name, limits), protocol=5)
        target.write(HEADER.pack(len(answer), 0))
        target.write(answer)
        target.flush()


def _read(data: bytes, name: str, limits: ReadLimits) -> object:
    try:
        return read_here(data, name, limits)
    except BaseException as error:
        # a panic of the reader is no Exception; whatever it is, the file is at fault and the parent is told
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return Refusal(IssueCode.FILE_READER_FAILED, {"why": f"{type(error).__name__}"})


def _limit(name: str, value: int) -> None:
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _exactly(source: BinaryIO, length: int) -> bytes:
    content = source.read(length)
    if len(content) != length:
        sys.exit(0)
    return content


if __name__ == "__main__":
    main()
