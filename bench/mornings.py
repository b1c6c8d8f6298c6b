"""
Make the morning mails of a large company's reps; run it by hand:

    .venv/bin/python bench/mornings.py                # 2,000 reps' year on SQLite: some four minutes
    .venv/bin/python bench/mornings.py --quick        # 1,000 reps, a quarter of a year
    .venv/bin/python bench/mornings.py --url URL      # an empty database of yours, or with --keep one filled before

The year is that of ``company.py``. What is timed is the processor: building what all mails say,
making some of them with their workbooks, and what one answer asks for. Ends 1 where that takes longer than it may.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from company import Sizes
from digests import LAST, QUICK, Statements, _settings, fill
from table import Figure, show

from daysheet import wiring
from daysheet.model.digest_documents import to_document
from daysheet.model.digests import DigestKind
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person, Role
from daysheet.model.returns import Morning
from daysheet.services import mornings, organisation, outbox, returns
from daysheet.services.tools import Tools
from daysheet.store.outbox import OutboxMail

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
"""Monday, half past seven in Shanghai."""
SOME = 200
MOST_PER_MAIL, MOST_PER_ANSWER = 60.0, 5.0
"""Milliseconds of the processor."""


def main() -> int:
    """Fill, build, make and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small company")
    parser.add_argument("--url", default="", help="a database of yours")
    parser.add_argument("--keep", action="store_true", help="the database of --url is filled already")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{folder}/company.db"
        if not chosen.keep:
            fill(url, QUICK if chosen.quick else Sizes(reps=2_000, leads=150))
        with wiring.open_tools(_settings(url)) as tools:
            found = measure(replace(tools, clock=lambda: NOW))
    show(f"Morning mails (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", found)
    return int(any(not figure.has_met_its_target for figure in found))


@dataclass(frozen=True, slots=True)
class Built:
    """What all mails say, and what that took."""

    mails: Sequence[tuple[Person, Morning]]
    seconds: float
    statements: int


def measure(tools: Tools) -> list[Figure]:
    """Return what it takes."""
    with tools.database.reading() as connection:
        known = organisation.load(connection, tools)
    reps = [person for person in known.people.values() if person.role is Role.REP]
    built = build(tools, known, reps)
    some = built.mails[:: max(len(built.mails) // SOME, 1)]
    made = _median([_spent(lambda one=one: outbox.make(tools, _mail(*one))) for one in some])
    own = _median([_spent(lambda one=one: answer(tools, one)) for one in reps[:: max(len(reps) // SOME, 1)]])
    each = built.seconds * 1000 / len(built.mails)
    return [
        Figure("mails", len(built.mails), "mails"),
        Figure("  with a workbook", sum(morning.has_workbook for _, morning in built.mails), "mails"),
        Figure("statements for all of them", built.statements, ""),
        Figure("building what one says", each, "ms"),
        Figure("making one with its workbook", made, "ms"),
        Figure("one mail, all told", each + made, "ms", most=MOST_PER_MAIL),
        Figure("what comes back with one answer", own, "ms", most=MOST_PER_ANSWER),
    ]


def build(tools: Tools, known: Organisation, reps: Sequence[Person]) -> Built:
    """Build what the mails of all reps say."""
    seen = Statements()
    sa.event.listen(tools.database._engine, "before_cursor_execute", seen.count)
    start = time.process_time()
    with tools.database.reading() as connection:
        day = LAST + timedelta(days=1)
        built = list(mornings.build(connection, tools, known, reps, day, NOW))
    took = time.process_time() - start
    sa.event.remove(tools.database._engine, "before_cursor_execute", seen.count)
    return Built(built, took, seen.number)


def answer(tools: Tools, person: Person) -> None:
    """Work out what an answer to a rep's report asks for."""
    with tools.database.reading() as connection:
        around = returns.around(connection, tools, person)
        returns.of_rep(connection, tools, around, person, NOW - timedelta(days=1), LAST, NOW)


def _mail(person: Person, morning: Morning) -> OutboxMail:
    return OutboxMail(
        id=0,
        submission_id=None,
        kind=DigestKind.MORNING,
        recipient=person.address,
        cc=(),
        message_id=f"<daysheet.morning.{person.id}@bench.example>",
        in_reply_to="",
        references=(),
        payload=to_document(morning),
        attempts=1,
        created_at=NOW,
    )


def _spent(what: Callable[[], object]) -> float:
    start = time.process_time()
    what()
    return time.process_time() - start


def _median(seconds: Sequence[float]) -> float:
    """Return the milliseconds of the one in the middle."""
    return sorted(seconds)[len(seconds) // 2] * 1000


if __name__ == "__main__":
    sys.exit(main())
