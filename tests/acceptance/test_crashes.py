"""Ten times the process is killed in the midst of a poll; nothing is lost, nothing counted twice."""

import random
import signal
import uuid
from pathlib import Path

import pytest

from tests.acceptance.house import House, a_recent_day, stop, until
from tests.builders import a_mail, a_visit, a_workbook
from tests.services.dovecot import PASSWORD, DovecotServer

MESSAGES = 200
DAYS = 4
FETCHING = [40, 120]
"""Kills while messages are taken out of the mailbox: after so many have been seen."""
WORKING = [12, 35, 60, 80, 105, 130, 150, 175]
"""Kills while messages are worked: after so many have ended."""

SEEN = "SELECT count(*) FROM sighting"
ENDED = "SELECT count(*) FROM inbound WHERE finished_at IS NOT NULL"


@pytest.mark.timeout(240)  # 17 seconds on two free cores
def test_ten_kills_within_a_poll_of_two_hundred_messages(dovecot: DovecotServer, tmp_path: Path) -> None:
    user = f"daily-{uuid.uuid4().hex[:8]}"
    box = {"host": "127.0.0.1", "port": dovecot.port, "security": "plain", "username": user, "trust": "none"}
    house = House(
        tmp_path,
        {
            "mailboxes": {"reports": box},
            "smtp": {"folder": "answers", "sender": "daily@corp.example"},
            "log": {"level": "error"},
        },
        {"DAYSHEET_MAILBOXES__REPORTS__PASSWORD": PASSWORD},
    ).set_up(people())
    dovecot.append(user, *reports())
    chance = random.Random(20260304)

    landed = []
    for query, after in [*((SEEN, number) for number in FETCHING), *((ENDED, number) for number in WORKING)]:
        wanted = max(after, house.count(query) + 2)  # this very process must have got somewhere
        process = house.start("mailbox", "poll")
        until(lambda query=query, wanted=wanted: house.count(query) >= wanted, pause=chance.uniform(0.001, 0.01))
        assert process.poll() is None, "the process had ended before it was killed"
        assert stop(process, signal.SIGKILL) == -signal.SIGKILL
        done = house.count(query)
        assert wanted <= done < MESSAGES, "the kill landed outside the work"
        landed.append((query, done))
    assert len(landed) == 10

    house.run("mailbox", "poll")
    (books,) = house.lines("mailbox", "account")
    assert books["faults"] == []
    assert books["by_state"] == {"accepted": MESSAGES}
    assert (books["messages"], books["sightings"], books["unfinished"]) == (MESSAGES, MESSAGES, 0)
    assert (dovecot.messages(user), dovecot.messages(user, "Processed")) == (0, MESSAGES)
    assert house.count("SELECT count(*) FROM submission") == MESSAGES
    assert house.count("SELECT max(revision) FROM submission") == 1
    assert house.count("SELECT count(*) FROM visits") == 2 * MESSAGES
    assert house.count("SELECT count(*) FROM visits WHERE state = 'landed'") == 2 * MESSAGES
    assert house.count("SELECT count(*) FROM outbox WHERE state = 'queued'") == MESSAGES
    assert house.count("SELECT count(DISTINCT inbound_id) FROM outbox") == MESSAGES


def people() -> str:
    head = "number,name,role,addresses,team,language\n"
    return head + "".join(f"R{n:02d},销售{n:02d},rep,r{n:02d}@corp.example,一组,zh\n" for n in range(MESSAGES // DAYS))


def reports() -> list[bytes]:
    """The same few workbooks from every rep: the cover leaves the rep to the sender."""
    books = []
    for back in range(1, DAYS + 1):
        day = a_recent_day(back)
        visits = [a_visit(visit_date=day), a_visit("苏州蓝鲸精密机械有限公司", visit_date=day, contact="江总")]
        books.append(a_workbook(visits, cover={"rep_number": None, "report_date": day}))
    return [
        a_mail(book, sender=f"r{n:02d}@corp.example", message_id=f"<{n}.{at}@corp.example>")
        for n in range(MESSAGES // DAYS)
        for at, book in enumerate(books)
    ]
