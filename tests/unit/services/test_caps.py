"""An hour brings an address so many answers and no more, wherever they wrote from and whatever died between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from daysheet.model.alarms import AlarmKind
from daysheet.services import outbox, people, watch
from daysheet.services.tools import AlarmLimits, Tools
from daysheet.store import alarms, tables
from daysheet.store import outbox as outbox_store
from tests.builders import PEOPLE, a_mail
from tests.unit.services.conftest import Pipeline
from tests.unit.services.test_bounces import Keeping

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
TOM, TOM_AT_HOME = "tom@corp.example", "tom@home.example"
ADMIN = "A1,林婉,admin,admin@corp.example,,zh,,,2025-09-01\n"


def feed(pipeline: Pipeline, number: int, sender: str = TOM) -> None:
    pipeline.feed(a_mail(text=f"no report {number}", sender=sender, message_id=f"<{number}.{sender}>"))


def test_several_addresses_of_a_person_are_answered_at_one_and_share_its_cap(pipeline: Pipeline) -> None:
    for number in range(6):
        feed(pipeline, number, (TOM, TOM_AT_HOME)[number % 2])
    delivery = Keeping()
    outbox.flush(pipeline.tools, delivery)
    assert delivery.recipients == [[TOM]]


def test_what_is_over_the_cap_is_put_off_and_never_dropped(pipeline: Pipeline) -> None:
    for number in range(4):
        feed(pipeline, number)
    delivery, sent = Keeping(), list[datetime]()
    for _ in range(24):
        outbox.flush(pipeline.tools, delivery)
        sent += [pipeline.clock.now] * (len(delivery.raw) - len(sent))
        pipeline.clock.now += QUARTER
    assert len(sent) == 4
    assert all(later - earlier >= HOUR for earlier, later in pairwise(sent))


def test_an_hours_border_lets_nothing_slip_through(pipeline: Pipeline) -> None:
    """A counter that starts anew with each full hour would let two through within a minute."""
    pipeline.clock.now = pipeline.clock.now.replace(hour=10, minute=59, second=59)
    feed(pipeline, 1)
    feed(pipeline, 2)
    delivery = Keeping()
    outbox.flush(pipeline.tools, delivery)
    pipeline.clock.now += timedelta(seconds=2)
    outbox.flush(pipeline.tools, delivery)
    with pipeline.tools.database.writing() as connection:
        connection.execute(tables.outbox.update().values(next_at=pipeline.clock.now))
    outbox.flush(pipeline.tools, delivery)
    assert len(delivery.raw) == 1


class Dying(Keeping):
    """The process dies after the mail was taken, before that is written down."""

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        super().send(message, sender, recipients)
        raise KeyboardInterrupt


def test_a_crash_lets_no_further_mail_through_but_the_same_once_more(pipeline: Pipeline) -> None:
    for number in range(5):
        feed(pipeline, number)
    dying, after = Dying(), Keeping()
    with pytest.raises(KeyboardInterrupt):
        outbox.flush(pipeline.tools, dying)
    pipeline.clock.now += QUARTER
    outbox.flush(pipeline.tools, after)
    outbox.flush(pipeline.tools, after)
    ids = Counter(str(mail["Message-ID"]) for mail in (*dying.mails, *after.mails))
    assert sorted(ids.values()) == [2], "the same mail under the same id, and no other"


def test_neither_alarms_nor_mails_by_the_clock_wait_behind_a_loop(pipeline: Pipeline) -> None:
    people.import_file(pipeline.tools, "people.csv", (PEOPLE + ADMIN).encode())
    tools: Tools = replace(pipeline.tools, alarm_limits=AlarmLimits(free_bytes=0))
    for number in range(60):
        feed(pipeline, number)
    clocked = outbox_store.NewMail(
        None, None, "morning", TOM, (), "<daysheet.morning.1@corp.example>", "", (), {}, outbox_store.BY_THE_CLOCK
    )
    with tools.database.writing() as connection:
        alarms.raise_once(connection, AlarmKind.DIGEST, "weekly 2026-W09", "", pipeline.clock.now)
        outbox_store.enqueue(connection, clocked, pipeline.clock.now)
    watch.look(tools, watch.Watched((), pipeline.folder), watch.Memory())
    outbox.flush(tools, Keeping())
    rows = pipeline.select(sa.select(tables.outbox.c.kind, tables.outbox.c.state))
    tried = Counter(row.kind for row in rows if row.state != "queued")
    assert tried == {"refused": 1, "alarm": 1, "morning": 1}


def test_answers_come_from_an_address_that_bounces_can_reach_and_are_never_answered(pipeline: Pipeline) -> None:
    feed(pipeline, 1)
    delivery = Keeping()
    outbox.flush(pipeline.tools, delivery)
    (mail,) = delivery.mails
    assert delivery.senders == [pipeline.tools.house.address]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Daysheet-Loop"] == pipeline.tools.house.loop_id
    assert mail["Reply-To"] is None
    for sender in ("mailer-daemon@mx.corp.example", TOM):
        back = a_mail(text="undeliverable", sender=sender, headers={"Return-Path": "<>"}, message_id=f"<b.{sender}>")
        assert pipeline.feed(back).reason == "bounce"
    assert len(pipeline.select(sa.select(tables.outbox.c.id))) == 1
