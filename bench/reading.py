"""How quick and how big the reader and the checks are."""

import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import samples
from naive_peer import open_workbook
from table import Figure

from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.rows import Checked, Refusal, Workbook
from daysheet.model.template import TemplateSpec
from daysheet.validation import identify
from daysheet.validation.sheets import Context, Validator

CONTEXT = Context(today=date(2026, 12, 31))
FOR_EVER = 10**9
"""A child's clock ends with it: none is renewed while it is measured."""
LONG_ROWS = 50_000


def measure(quick: bool) -> list[Figure]:
    """Return the figures of reading and checking, of the worker's memory and of the commands' start."""
    with WorkbookReader(files_per_child=FOR_EVER) as reader:
        figures = _against_openpyxl(reader, 5 if quick else 15)
        figures.append(_memory(reader))
    return [*figures, *_long_table(), *_commands(5 if quick else 10)]


def _against_openpyxl(reader: WorkbookReader, rounds: int) -> list[Figure]:
    """Read and check the same workbooks with both readers by turns; the checks are the same."""
    lean = samples.workbook(samples.report(0))
    rich = samples.preformatted(lean)
    validator = Validator(samples.daily())

    def check(workbook: Workbook | Refusal) -> Checked:
        assert isinstance(workbook, Workbook)
        choice = identify.choose(workbook, [validator.spec])
        assert choice.spec is not None
        assert not choice.issues
        checked = validator.check(workbook, CONTEXT)
        assert len(checked.records) == samples.ROWS
        assert not checked.issues
        return checked

    def ours(content: bytes) -> Callable[[], object]:
        return lambda: check(reader.read(content, "report.xlsx"))

    def theirs(content: bytes) -> Callable[[], object]:
        return lambda: check(open_workbook(content))

    figures = []
    for name, content, most, least in (("lean", lean, 2.5, 6.0), ("300 formatted rows a sheet", rich, 5.0, 10.0)):
        assert check(reader.read(content, "")).records == check(open_workbook(content)).records
        mine, other = [], []
        for _ in range(rounds):
            mine.append(_cpu(reader, ours(content), 20))
            other.append(_cpu(reader, theirs(content), 2))
        own, peer = statistics.median(mine) * 1000, statistics.median(other) * 1000
        figures.append(Figure(f"read and check, {name}: CPU", own, "ms", most=most, peer=peer))
        figures.append(Figure(f"read and check, {name}: times openpyxl", peer / own, "×", least=least))
        figures += _parts(reader, validator, content, name)
    return figures


def _parts(reader: WorkbookReader, validator: Validator, content: bytes, name: str) -> list[Figure]:
    workbook = reader.read(content, "")
    assert isinstance(workbook, Workbook)
    read = statistics.median(_cpu(reader, lambda: reader.read(content, "report.xlsx"), 20) for _ in range(5))
    check = statistics.median(_cpu(reader, lambda: validator.check(workbook, CONTEXT), 20) for _ in range(5))
    return [
        Figure(f"  of it preflight and reading, {name}", read * 1000, "ms"),
        Figure(f"  of it mapping and checking, {name}", check * 1000, "ms"),
    ]


def _cpu(reader: WorkbookReader, call: Callable[[], object], times: int) -> float:
    """Return the CPU seconds of one *call*, ours and the child's together."""
    gc.collect()
    start = time.process_time() + child_cpu(reader)
    for _ in range(times):
        call()
    return (time.process_time() + child_cpu(reader) - start) / times


def child_cpu(reader: WorkbookReader) -> float:
    """Return the CPU seconds that *reader*'s child has used."""
    child = reader.process_id
    # Linux numbers the CPU clock of another process so (man 3 clock_getcpuclockid)
    return time.clock_gettime(~child << 3 | 2) if child is not None else 0.0


def _memory(reader: WorkbookReader) -> Figure:
    """Return the most memory the worker held while it read a day's files."""
    for number in range(100):
        reader.read(samples.workbook(samples.report(number)), "report.xlsx")
    status = Path(f"/proc/{reader.process_id}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return Figure("worker on daily files: resident memory at most", peak / 1024, "MiB", most=64)


def _long_table() -> list[Figure]:
    """Return what 50,000 rows take, under a form that allows as many."""
    content = samples.long_workbook(LONG_ROWS)
    validator = Validator(_allowing(samples.daily(), LONG_ROWS))
    wall, cpu = [], []
    for _ in range(3):
        with WorkbookReader(files_per_child=FOR_EVER) as reader:
            reader.read(samples.workbook(samples.report(0)), "")  # a warm worker
            gc.collect()
            started, start = time.perf_counter(), time.process_time() + child_cpu(reader)
            workbook = reader.read(content, "long.xlsx")
            assert isinstance(workbook, Workbook), workbook
            checked = validator.check(workbook, CONTEXT)
            wall.append(time.perf_counter() - started)
            cpu.append(time.process_time() + child_cpu(reader) - start)
            assert len(checked.records) == LONG_ROWS
            assert not checked.issues
            del workbook, checked
    return [
        Figure("50,000 × 15 to validated rows", statistics.median(wall), "s", most=2.0),
        Figure("  of it CPU, both processes", statistics.median(cpu), "s"),
    ]


def _allowing(spec: TemplateSpec, rows: int) -> TemplateSpec:
    """Return *spec* with ``max_rows: rows`` on its main sheet, as a company would write it."""
    main = spec.data_sheets[0]
    return replace(
        spec, sheets=tuple(replace(one, max_rows=rows) if one.key == main.key else one for one in spec.sheets)
    )


def _commands(times: int) -> list[Figure]:
    """Return the CPU of the commands from a cold start, their children included."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.xlsx"
        file.write_bytes(samples.workbook(samples.report(0)))
        return [
            Figure("daysheet --help: CPU", _start(["--help"], folder, times), "s", most=0.15),
            Figure(
                "daysheet workbook check: CPU", _start(["workbook", "check", str(file)], folder, times), "s", most=0.3
            ),
            Figure("  python -c pass, for comparison", _run([sys.executable, "-c", "pass"], folder, times), "s"),
        ]


def _start(arguments: list[str], folder: str, times: int) -> float:
    return _run([sys.executable, "-m", "daysheet", *arguments], folder, times)


def _run(command: list[str], folder: str, times: int) -> float:
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)
