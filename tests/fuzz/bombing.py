"""
One bomb in a process of its own: ``python -m tests.fuzz.bombing FILE FOLDER`` says in JSON what it took.

The pipeline is warm before, its reader's child too; what counts is what the bomb took on top of that, of the
program and of the child together.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.builders import a_mail, a_visit, a_workbook
from tests.fuzz import desk

_ROOT = Path(__file__).parents[2]
_LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Took:
    """What a bomb took: of reading it, and of making its answers."""

    state: str
    reason: str
    codes: list[str]
    ms: float
    mib: float
    answer_ms: float
    answer_mib: float
    failures: list[str]


def throw(name: str, content: bytes, folder: Path) -> Took:
    """Throw *content* at a pipeline in a process of its own."""
    file = folder / name
    file.write_bytes(content)
    command = [sys.executable, "-m", "tests.fuzz.bombing", str(file), str(folder)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_LONGEST, check=False)
    assert done.returncode == 0, f"{name} ended the process with {done.returncode}: {done.stderr[-500:]}"
    return Took(**json.loads(done.stdout))


def _memory(process: int | None, field: str) -> float:
    """Return a field of a process's status in MiB, 0 where there is no such process."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field)), 0.0)


class _Meter:
    """Measures the memory of this process and of the reader's child over what they had at first."""

    def __init__(self, table: desk.Desk) -> None:
        self._table = table
        self._processes = (os.getpid(), table.tools.reader.process_id)
        self.began = time.monotonic()
        self._before = 0.0
        self.start()

    def start(self) -> None:
        self._processes = (os.getpid(), self._table.tools.reader.process_id)
        for process in filter(None, self._processes):
            Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
        self._before = sum(_memory(process, "VmRSS") for process in self._processes)
        self.began = time.monotonic()

    def stop(self) -> tuple[float, float]:
        """Return milliseconds, and MiB at the peaks over before; a child that died takes its peak with it."""
        taken = (time.monotonic() - self.began) * 1000
        now = dict.fromkeys((*self._processes, os.getpid(), self._table.tools.reader.process_id))
        return taken, max(0.0, sum(_memory(process, "VmHWM") for process in now) - self._before)


def main(file: Path, folder: Path) -> None:
    """Warm up, throw, tell."""
    with desk.opened(folder, every=1) as table:
        for number in range(2):
            book = a_workbook([a_visit(way="打球", content=str(number))])
            table.feed(a_mail(book, message_id=f"<{number}@corp.example>"), f"{number}.eml")
        table.make_answers()
        warm = table.counts["answers made"]
        content = file.read_bytes()
        meter = _Meter(table)
        line = table.feed(content, f"bomb-{file.name}")
        ms, mib = meter.stop()
        table.slowest = (0.0, "")
        meter.start()
        table.make_answers(since=warm)
        answer_ms, answer_mib = meter.stop()
        took = Took(
            str(line.state) if line else "",
            str(line.reason) if line else "",
            list(line.codes) if line else [],
            *(round(one, 1) for one in (ms, mib, answer_ms, answer_mib)),
            table.failures,
        )
    sys.stdout.write(json.dumps({name: getattr(took, name) for name in Took.__dataclass_fields__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
