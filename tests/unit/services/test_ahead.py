"""Reading the next message while one is filed: whose try counts, and what waits again."""

from dataclasses import replace
from typing import Any

import pytest

from daysheet.errors import StoreUnreachable
from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.mail import MessageState, Reason
from daysheet.model.rows import Refusal, Workbook
from daysheet.services import ahead, process
from daysheet.store import inbound
from daysheet.store.tables import inbound as messages
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

Tries = list[tuple[str, int]]


def spool(pipeline: Pipeline, *raws: bytes) -> None:
    with pipeline.tools.database.writing() as connection:
        for raw in raws:
            arrival = inbound.Arrival(pipeline.tools.spool.put(raw), len(raw))
            inbound.record(connection, arrival, None, pipeline.tools.clock())


def tries(pipeline: Pipeline) -> Tries:
    query = messages.select().with_only_columns(messages.c.state, messages.c.attempts).order_by(messages.c.id)
    return [(row.state, row.attempts) for row in pipeline.select(query)]


@pytest.fixture
def three(pipeline: Pipeline) -> Pipeline:
    spool(pipeline, *(a_mail(a_workbook([a_visit(content=text)])) for text in ("看样机", "谈价格", "签合同")))
    return pipeline


@pytest.fixture
def works(three: Pipeline, monkeypatch: pytest.MonkeyPatch) -> list[Tries]:
    """The states and tries of all messages at each moment that one begins to be worked."""
    seen: list[Tries] = []
    really = process.work

    def watched(*given: Any) -> Any:
        seen.append(tries(three))
        return really(*given)

    monkeypatch.setattr(process, "work", watched)
    return seen


def test_the_next_message_is_claimed_and_read_while_one_is_worked(three: Pipeline, works: list[Tries]) -> None:
    outcomes = list(process.process_pending(three.tools))
    assert [outcome.state for outcome in outcomes] == [MessageState.ACCEPTED] * 3
    assert works == [
        [("processing", 1), ("processing", 1), ("spooled", 0)],
        [("accepted", 1), ("processing", 1), ("processing", 1)],
        [("accepted", 1), ("accepted", 1), ("processing", 1)],
    ]


def test_each_workbook_is_read_once(three: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    really = WorkbookReader.read

    def counted(self: WorkbookReader, data: bytes, name: str = "") -> Workbook | Refusal:
        read.append(data)
        return really(self, data, name)

    monkeypatch.setattr(WorkbookReader, "read", counted)
    assert len(list(process.process_pending(three.tools))) == 3
    assert len(read) == len(set(read)) == 3


def test_nothing_is_claimed_beyond_the_limit(three: Pipeline) -> None:
    assert len(list(process.process_pending(three.tools, limit=2))) == 2
    assert tries(three)[2] == ("spooled", 0)
    assert len(list(process.process_pending(three.tools, limit=0))) == 0


def test_what_was_read_and_not_worked_waits_again_with_its_try_uncounted(three: Pipeline) -> None:
    working = process.process_pending(three.tools)
    next(working)
    working.close()
    assert tries(three) == [("accepted", 1), ("spooled", 0), ("spooled", 0)]


def test_in_a_trouble_of_the_world_the_message_read_ahead_waits_too(
    three: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise StoreUnreachable("locked")

    with monkeypatch.context() as patched:
        patched.setattr(process, "submit", locked)
        with pytest.raises(StoreUnreachable):
            list(process.process_pending(three.tools))
    assert tries(three) == [("spooled", 0)] * 3


def test_a_message_that_takes_the_process_down_uses_up_one_try_of_its_neighbour(
    three: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Death

    with monkeypatch.context() as patched:
        patched.setattr(process, "work", dies)
        patched.setattr(inbound, "release", lambda *_: None)  # a dead process lets nothing go
        for _ in range(3):
            three.clock.now += process.CLAIM
            with pytest.raises(Death):
                list(process.process_pending(three.tools))
    assert tries(three) == [("processing", 3), ("processing", 1), ("spooled", 0)]
    three.clock.now += process.CLAIM
    reasons = [outcome.reason for outcome in process.process_pending(three.tools)]
    assert reasons == [Reason.CRASH_LOOP, Reason.OK, Reason.OK]


def test_where_one_try_is_all_there_is_nothing_is_read_ahead(three: Pipeline, works: list[Tries]) -> None:
    strict = replace(three.tools, house=replace(three.tools.house, max_attempts=1))
    assert len(list(process.process_pending(strict))) == 3
    assert works[0] == [("processing", 1), ("spooled", 0), ("spooled", 0)]


def test_what_fails_ahead_is_told_where_it_is_worked(three: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ValueError("broken ahead")

    monkeypatch.setattr(ahead, "workbooks", breaks)  # what reads ahead; process has a name of its own for it
    assert [outcome.state for outcome in process.process_pending(three.tools)] == [MessageState.ACCEPTED] * 3


def test_the_claim_of_the_next_one_is_undone_with_the_filing(three: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    really = ahead.Line.claim
    broken: list[int] = []

    def breaks_once(self: ahead.Line, connection: Any, *given: Any) -> Any:
        found = really(self, connection, *given)
        if not given and not broken:
            broken.append(1)
            raise ValueError("at the very end of the transaction")
        return found

    monkeypatch.setattr(ahead.Line, "claim", breaks_once)
    states = [outcome.state for outcome in process.process_pending(three.tools)]
    assert states == [MessageState.QUARANTINED, MessageState.ACCEPTED, MessageState.ACCEPTED]
    assert tries(three) == [("quarantined", 1), ("accepted", 1), ("accepted", 1)]
