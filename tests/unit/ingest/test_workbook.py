"""The reader's child: it may die, hang, eat memory or lie, and the parent goes on with the next file."""

import os
import pickle
import random
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daysheet.errors import ReaderError
from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.issues import IssueCode
from daysheet.model.rows import Refusal, Workbook
from tests.unit.ingest.files import a_book, a_sheet, an_xlsx

FAILED = IssueCode.FILE_READER_FAILED
BOOK = a_book(["客户", 1])

OPENING = """
import os, sys, pickle, struct, time
source, target = sys.stdin.buffer, sys.stdout.buffer
def receive():
    name, length = struct.unpack("<II", source.read(8))
    return source.read(name), source.read(length)
def answer(content):
    target.write(struct.pack("<II", len(content), 0) + content)
    target.flush()
receive()
"""


@pytest.fixture(scope="module")
def reader() -> Iterator[WorkbookReader]:
    """A reader with its real child."""
    with WorkbookReader() as found:
        yield found


def played_by(program: str, **limits: float) -> WorkbookReader:
    """Return a reader whose child runs *program* after it has received its limits."""
    code = OPENING + textwrap.dedent(program)
    return WorkbookReader(ReadLimits(**{"wall_seconds": 5.0, **limits}), command=(sys.executable, "-c", code))  # type: ignore[arg-type]


def test_a_workbook_is_read(reader: WorkbookReader) -> None:
    found = reader.read(BOOK, "日报.xlsx")
    assert isinstance(found, Workbook)
    assert found.sheets[0].rows == (("客户", 1.0),)


def test_a_refusal_comes_through_with_its_reason(reader: WorkbookReader) -> None:
    found = reader.read(an_xlsx(more={"xl/styles.xml": b"<!DOCTYPE a>"}), "a.xlsx")
    assert found == Refusal(IssueCode.FILE_NOT_A_WORKBOOK, {"why": "DOCTYPE"})


def test_one_child_reads_many_files(reader: WorkbookReader) -> None:
    reader.read(BOOK)
    first = reader.process_id
    reader.read(b"", "a.xlsx")
    reader.read(BOOK)
    assert reader.process_id == first


def test_a_file_larger_than_the_pipes_is_read(reader: WorkbookReader) -> None:
    image = random.Random(1).randbytes(3 * 2**20)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>客户{n}</t></is></c></row>' for n in range(1, 9000))
    found = reader.read(an_xlsx(a_sheet(rows), {"xl/media/image1.png": image}), "a.xlsx")
    assert isinstance(found, Workbook)
    assert len(found.sheets[0].rows) == 8999


def test_threads_take_turns(reader: WorkbookReader) -> None:
    found: list[object] = []

    def work(number: int) -> None:
        found.extend([reader.read(a_book([number])).sheets[0].rows == ((float(number),),) for _ in range(5)])  # type: ignore[union-attr]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 20


def test_a_child_is_renewed_after_its_files() -> None:
    with WorkbookReader(files_per_child=2) as reader:
        seen = []
        for _ in range(4):
            assert isinstance(reader.read(BOOK), Workbook)
            seen.append(reader.process_id)
    assert seen[0] is not None
    assert seen[2] not in (None, seen[0])
    assert (seen[1], seen[3]) == (None, None)


def test_a_closed_reader_starts_again_when_asked() -> None:
    reader = WorkbookReader()
    assert isinstance(reader.read(BOOK), Workbook)
    reader.close()
    assert reader.process_id is None
    assert isinstance(reader.read(BOOK), Workbook)
    reader.close()


# ---- children that fail ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "death",
    [
        "os.abort()",
        "os.kill(os.getpid(), 9)",
        "os._exit(0)",
        "target.write(b'1234'); target.flush(); os._exit(0)",
        "target.write(struct.pack('<II', 100, 0) + b'half'); target.flush(); os._exit(1)",
        "raise SystemExit(3)",
    ],
)
def test_a_child_that_dies_costs_one_file_only(death: str) -> None:
    program = f"""
    while True:
        _, data = receive()
        if data == b"deadly":
            {death}
        from daysheet.model.rows import Refusal
        from daysheet.model.issues import IssueCode
        answer(pickle.dumps(Refusal(IssueCode.FILE_EMPTY)))
    """
    with played_by(program) as reader:
        assert reader.read(b"deadly") == Refusal(FAILED, {"why": "the reader died or took too long"})
        assert reader.process_id is None
        assert reader.read(b"fine") == Refusal(IssueCode.FILE_EMPTY)


def test_a_child_that_died_between_two_files_is_replaced() -> None:
    with WorkbookReader() as reader:
        assert isinstance(reader.read(BOOK), Workbook)
        assert reader.process_id is not None
        os.kill(reader.process_id, signal.SIGKILL)
        os.waitid(os.P_PID, reader.process_id, os.WEXITED | os.WNOWAIT)
        assert isinstance(reader.read(BOOK), Workbook)


def test_a_child_that_dies_before_it_has_the_file_does_not_cost_the_file(tmp_path: Path) -> None:
    program = f"""
    if not os.path.exists({str(tmp_path / "second")!r}):
        open({str(tmp_path / "second")!r}, "x").close()
        os._exit(0)
    from daysheet.model.rows import Refusal
    from daysheet.model.issues import IssueCode
    receive()
    answer(pickle.dumps(Refusal(IssueCode.FILE_EMPTY)))
    """
    with played_by(program) as reader:
        assert reader.read(b"x" * 2**20) == Refusal(IssueCode.FILE_EMPTY)


@pytest.mark.parametrize(
    "program",
    [
        "receive(); time.sleep(60)",
        "time.sleep(60)",  # never takes the file: the parent must not wait at a full pipe
        "receive(); target.write(b'1'); target.flush(); time.sleep(60)",
        "receive(); target.write(struct.pack('<II', 9, 0)); target.flush(); time.sleep(60)",
    ],
)
def test_a_child_that_hangs_is_ended_at_the_deadline(program: str) -> None:
    with played_by(program, wall_seconds=0.2) as reader:
        began = time.monotonic()
        assert reader.read(b"x" * 2**20).code is FAILED  # type: ignore[union-attr]
        assert time.monotonic() - began < 1
        assert reader.process_id is None


def test_a_file_that_takes_too_much_memory_is_refused() -> None:
    text = b"<si><t>" + b"abcdefgh" * 4 + b"</t></si>"
    strings = b"<sst>" + text * 400_000 + b"</sst>"
    big = an_xlsx(more={"xl/sharedStrings.xml": strings})
    limits = ReadLimits(memory_bytes=120 * 2**20, ratio=10_000, parsed_bytes=64 * 2**20)
    with WorkbookReader(limits) as reader:
        found = reader.read(big)
        assert isinstance(found, Refusal)
        assert found.code is FAILED
        assert isinstance(reader.read(BOOK), Workbook)


def test_a_file_that_takes_too_much_time_is_refused() -> None:
    # a start tag that never ends, again and again, makes a search take the square of its length
    slow = an_xlsx(b"<worksheet><sheetData>" + b"<c a>" * 400_000 + b"<f></sheetData></worksheet>")
    with WorkbookReader(ReadLimits(cpu_seconds=0, wall_seconds=8, ratio=10_000)) as reader:
        began = time.monotonic()
        assert reader.read(slow).code is FAILED  # type: ignore[union-attr]
        assert time.monotonic() - began < 5


class _Reach:
    """Would make a file in the parent, if the parent let itself be talked into it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.path),)


class _Builtin:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return eval, ("1",)


HOSTILE = {
    "a builtin": pickle.dumps(_Builtin()),
    "another value": pickle.dumps({"a": 1}),
    "nothing": b"",
    "no pickle": b"not a pickle at all",
    "a truncated pickle": pickle.dumps(Refusal(FAILED))[:-3],
    "a memo without end": b"\x80\x04Nr\xff\xff\xff\x7f.",
    "a class called with nonsense": b"cdaysheet.model.rows\nWorkbook\n(I1\nI2\nI3\nI4\nI5\nI6\nI7\ntR.",
    "an unknown code": b"cdaysheet.model.issues\nIssueCode\n(S'SD-X999'\ntR.",
    "a date that is none": b"cdatetime\ndate\n(I99999\nI1\nI1\ntR.",
    "an attribute of an allowed class": b"cdaysheet.model.rows\nWorkbook.__init__.__globals__\n.",
    "an empty stack": b".",
}


def test_an_answer_cannot_make_the_parent_do_anything(tmp_path: Path) -> None:
    hostile = pickle.dumps(_Reach(tmp_path / "reached"))
    with played_by(f"receive(); answer({hostile!r}); time.sleep(60)") as reader:
        assert reader.read(b"x").code is FAILED  # type: ignore[union-attr]
    assert not (tmp_path / "reached").exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_refused_and_its_child_ended(name: str) -> None:
    with played_by(f"receive(); answer({HOSTILE[name]!r}); time.sleep(60)") as reader:
        assert reader.read(b"x").code is FAILED  # type: ignore[union-attr]
        assert reader.process_id is None


def test_an_answer_larger_than_the_child_itself_is_not_waited_for() -> None:
    program = "receive(); target.write(struct.pack('<II', 4_000_000_000, 0)); target.flush(); time.sleep(60)"
    with played_by(program) as reader:
        began = time.monotonic()
        assert reader.read(b"x").code is FAILED  # type: ignore[union-attr]
        assert time.monotonic() - began < 1


def test_a_child_that_cannot_be_started_is_the_world_s_fault() -> None:
    with WorkbookReader(command=("/nowhere/python",)) as reader, pytest.raises(ReaderError, match="cannot be started"):
        reader.read(BOOK)
