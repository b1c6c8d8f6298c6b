"""
One bomb in a process of its own: ``python -m tests.fuzz.bombing FILE FOLDER`` says in JSON what it took.

The pipeline is warm before, its reader's child too. Told are the time on the clock and on the processors, what the
memory of the program and of the child together grew by at its peak, and the child at its peak as a whole (what the
program is before any mail, with the tests' own libraries in it, is no bomb's doing).
"""

import json
import os
import resource
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
    """What a bomb took: of reading it, and of making its answers (cpu: of both processes; child: whole)."""

    state: str
    reason: str
    codes: list[str]
    ms: float
    cpu_ms: float
    mib: float
    child_mib: float
    answer_ms: float
    answer_cpu_ms: float
    answer_mib: float
    failures: list[str]

    @property
    def worst_ms(self) -> float:
        """Milliseconds of the slower of the two, on the clock or on the processors, whichever is less."""
        return max(min(self.ms, self.cpu_ms), min(self.answer_ms, self.answer_cpu_ms))

    @property
    def worst_mib(self) -> float:
        """MiB: what both processes grew by, or all that the reader's child was, whichever is more."""
        return max(self.mib, self.child_mib, self.answer_mib)


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


def _cpu(process: int | None) -> float:
    """Return the seconds a process has run, 0 where there is no such process."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Meter:
    """Measures this process and the reader's child, and a child that was killed and another that came."""

    def __init__(self, table: desk.Desk) -> None:
        self._table = table
        self.start()

    def start(self) -> None:
        self._child = self._table.tools.reader.process_id
        for process in filter(None, (os.getpid(), self._child)):
            Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
        self._before = sum(_memory(process, "VmRSS") for process in (os.getpid(), self._child))
        self._cpu_before, self._dead_before = _cpu(self._child), resource.getrusage(resource.RUSAGE_CHILDREN)
        self._own_before = time.process_time()
        self._began = time.monotonic()

    def stop(self) -> tuple[float, float, float, float]:
        """Return milliseconds of the clock and of the processors, MiB of both over before, and MiB of the child."""
        taken = time.monotonic() - self._began
        dead, child = resource.getrusage(resource.RUSAGE_CHILDREN), self._table.tools.reader.process_id
        child_peak = _memory(child, "VmHWM")
        cpu = time.process_time() - self._own_before
        if child == self._child:
            cpu += _cpu(child) - self._cpu_before
        else:  # it was killed; what it had run before is part of what the dead have run
            since = dead.ru_utime + dead.ru_stime - self._dead_before.ru_utime - self._dead_before.ru_stime
            cpu += since - self._cpu_before + _cpu(child)
            child_peak = max(child_peak, dead.ru_maxrss / 1024)
        grown = _memory(os.getpid(), "VmHWM") + child_peak - self._before
        return taken * 1000, cpu * 1000, max(0.0, grown), child_peak


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
        read = meter.stop()
        table.slowest = (0.0, "")
        meter.start()
        table.make_answers(since=warm)
        answered = meter.stop()
        took = Took(
            str(line.state) if line else "",
            str(line.reason) if line else "",
            list(line.codes) if line else [],
            *(round(one, 1) for one in (*read, *answered[:3])),
            table.failures,
        )
    sys.stdout.write(json.dumps({name: getattr(took, name) for name in Took.__dataclass_fields__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
