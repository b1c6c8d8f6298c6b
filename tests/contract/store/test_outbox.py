from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.mail import MessageState
from daysheet.store import inbound, outbox
from daysheet.store.engine import Connection, Database
from daysheet.store.outbox import Caps, NewMail, OutboxMail
from daysheet.store.tables import outbox as outbox_table
from daysheet.store.tables import submission

CAPS = Caps(answers=20, refusals=1)
HOUR = timedelta(hours=1)


def a_mail(number: int = 1, **rest: Any) -> NewMail:
    mail = NewMail(
        inbound_id=None,
        submission_id=None,
        kind="report",
        recipient="wang.li@example.com",
        cc=("li@example.com",),
        message_id=f"<daysheet.{number}@example.com>",
        in_reply_to="<1@example.com>",
        references=("<0@example.com>", "<1@example.com>"),
        payload={"state": "partly", "found": "杭州市第一人民医院"},
    )
    return replace(mail, **rest)


def claim(connection: Connection, now: datetime, limit: int = 50, caps: Caps = CAPS) -> tuple[OutboxMail, ...]:
    return outbox.claim_due(connection, "a:1", now, limit, caps)


def column(connection: Connection, name: str) -> list[Any]:
    return list(connection.execute(sa.select(outbox_table.c[name]).order_by(outbox_table.c.id)).scalars())


def a_submission(connection: Connection, now: datetime) -> tuple[int, int]:
    """A message and a submission of it: inbound id, submission id."""
    recorded = inbound.record(connection, inbound.Arrival("a" * 64, 1), None, now)
    values = {"inbound_id": recorded.inbound_id, "state": MessageState.ACCEPTED, "received_at": now}
    new_id = connection.scalar(submission.insert().values(values).returning(submission.c.id))
    assert isinstance(new_id, int)
    return recorded.inbound_id, new_id


# ---- queueing and claiming ---------------------------------------------------------------------


def test_a_queued_mail_is_claimed_whole(connection: Connection, now: datetime) -> None:
    mail_id = outbox.enqueue(connection, a_mail(), now)
    assert mail_id is not None
    new = a_mail()
    assert claim(connection, now) == (
        OutboxMail(
            mail_id,
            None,
            new.kind,
            new.recipient,
            new.cc,
            new.message_id,
            new.in_reply_to,
            new.references,
            new.payload,
            1,
            now,
        ),
    )
    assert column(connection, "state") == ["sending"]
    assert claim(connection, now + HOUR) == (), "a claimed mail is not claimed again"


def test_an_answer_goes_before_all_mails_by_the_clock(connection: Connection, now: datetime) -> None:
    for number in range(3):
        outbox.enqueue(connection, a_mail(number, kind="morning", priority=outbox.BY_THE_CLOCK), now)
    outbox.enqueue(connection, a_mail(9), now + HOUR)
    (first,) = claim(connection, now + HOUR, limit=1)
    assert first.kind == "report"


def test_mails_by_the_clock_do_not_count_as_answers_and_are_not_put_off(connection: Connection, now: datetime) -> None:
    caps = Caps(answers=1, refusals=1)
    for number in range(3):
        outbox.enqueue(connection, a_mail(number, kind="morning", priority=outbox.BY_THE_CLOCK), now)
    clocked = claim(connection, now, caps=caps)
    assert len(clocked) == 3
    for mail in clocked:
        outbox.mark_sent(connection, mail.id, now)
    outbox.enqueue(connection, a_mail(9), now)
    (answer,) = claim(connection, now, caps=caps)
    outbox.mark_sent(connection, answer.id, now)
    outbox.enqueue(connection, a_mail(10), now)
    outbox.enqueue(connection, a_mail(11, kind="weekly", priority=outbox.BY_THE_CLOCK), now)
    assert [mail.kind for mail in claim(connection, now, caps=caps)] == ["weekly"], "the second answer waits"


def test_one_answer_is_queued_once(connection: Connection, now: datetime) -> None:
    assert outbox.enqueue(connection, a_mail(), now) is not None
    assert outbox.enqueue(connection, a_mail(recipient="other@example.com"), now) is None
    assert outbox.counts(connection) == {"queued": 1}


def test_an_answer_disappears_with_its_transaction(database: Database, now: datetime) -> None:
    with database.rehearsing() as connection:
        outbox.enqueue(connection, a_mail(), now)
    with database.reading() as connection:
        assert outbox.counts(connection) == {}
        assert outbox.waiting(connection) == ()


def test_two_senders_never_get_the_same_mail(database: Database, dialect: str, now: datetime) -> None:
    with database.writing() as connection:
        ids = [outbox.enqueue(connection, a_mail(n), now) for n in range(6)]
    with database.writing() as one:
        mine = claim(one, now, limit=3)
        others: tuple[OutboxMail, ...] = ()
        if dialect == "postgresql":  # SQLite has one writer at a time
            with database.writing() as two:
                others = claim(two, now, limit=3)
    with database.writing() as connection:
        rest = claim(connection, now)
    assert sorted(mail.id for mail in (*mine, *others, *rest)) == ids


def test_what_waits_is_shown_without_being_claimed(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    (mail,) = outbox.waiting(connection)
    assert (mail.message_id, mail.attempts) == (a_mail().message_id, 0)
    assert outbox.counts(connection) == {"queued": 1}


# ---- caps --------------------------------------------------------------------------------------


def test_one_address_gets_twenty_answers_an_hour_and_the_rest_later(connection: Connection, now: datetime) -> None:
    for number in range(25):
        outbox.enqueue(connection, a_mail(number), now)
    batch = claim(connection, now)
    assert len(batch) == 20
    for mail in batch:
        outbox.mark_sent(connection, mail.id, now)
    assert claim(connection, now) == ()
    assert claim(connection, now + timedelta(minutes=59)) == ()
    assert len(claim(connection, now + timedelta(minutes=75))) == 5, "put off, not dropped"


def test_one_address_gets_one_refusal_an_hour_beside_its_answers(connection: Connection, now: datetime) -> None:
    for number in range(3):
        outbox.enqueue(connection, a_mail(number, kind="refused"), now)
    outbox.enqueue(connection, a_mail(9), now)
    assert [mail.kind for mail in claim(connection, now)] == ["refused", "report"]


def test_an_address_over_its_cap_keeps_nobody_else_waiting(connection: Connection, now: datetime) -> None:
    for number in range(30):
        outbox.enqueue(connection, a_mail(number, kind="refused"), now)
    outbox.enqueue(connection, a_mail(99, recipient="li@example.com"), now)
    (first,) = claim(connection, now, limit=5)
    outbox.mark_sent(connection, first.id, now)
    assert [mail.recipient for mail in claim(connection, now, limit=5)] == ["li@example.com"]
    assert outbox.counts(connection) == {"queued": 29, "sending": 1, "sent": 1}


def test_caps_of_nothing_put_everything_off(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    assert claim(connection, now, caps=Caps(0, 0)) == ()
    assert outbox.counts(connection) == {"queued": 1}


# ---- what becomes of them ----------------------------------------------------------------------


def test_a_sent_mail_is_done(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    (mail,) = claim(connection, now)
    outbox.mark_sent(connection, mail.id, now)
    assert outbox.counts(connection) == {"sent": 1}
    assert column(connection, "sent_at") == [now]
    assert outbox.recover(connection) == 0
    assert claim(connection, now + timedelta(days=1)) == ()


def test_a_deferred_mail_comes_back_by_the_back_off_until_five_days_have_passed(
    connection: Connection, now: datetime
) -> None:
    outbox.enqueue(connection, a_mail(), now)
    moment, waits = now, []
    while batch := claim(connection, moment):
        outbox.mark_deferred(connection, batch[0], "421 try \0 again later", moment)
        (next_at,) = column(connection, "next_at")
        waits.append((next_at - moment).total_seconds() / 60)
        moment = next_at
    assert waits[:7] == [1, 5, 15, 60, 360, 360, 360]
    assert timedelta(days=4, hours=18) < moment - now <= timedelta(days=5)
    assert outbox.counts(connection) == {"failed": 1}
    assert column(connection, "last_error") == ["given up after 24 tries: 421 try  again later"]


def test_the_days_before_the_first_try_and_between_tries_do_not_count(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    for off in (timedelta(days=7), timedelta(days=30)):  # a holiday; a move to another machine
        now += off
        (mail,) = claim(connection, now)
        outbox.mark_deferred(connection, mail, "421 try again later", now)
    assert outbox.counts(connection) == {"queued": 1}


def test_a_mail_an_operator_retries_has_its_five_days_again(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    while batch := claim(connection, now):
        outbox.mark_deferred(connection, batch[0], "421 try again later", now)
        now += timedelta(hours=6)
    assert outbox.counts(connection) == {"failed": 1}
    assert outbox.retry_stuck(connection, now) == 1
    tries = 0
    while batch := claim(connection, now):
        outbox.mark_deferred(connection, batch[0], "421 try again later", now)
        now += timedelta(hours=6)
        tries += 1
    assert tries == 24


def test_a_refused_mail_is_not_tried_again_until_somebody_says_so(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    (mail,) = claim(connection, now)
    outbox.mark_failed(connection, mail.id, "550 no such user")
    assert claim(connection, now + timedelta(days=9)) == ()
    assert outbox.counts(connection) == {"failed": 1}
    assert outbox.retry_stuck(connection, now) == 1
    assert [again.message_id for again in claim(connection, now)] == [mail.message_id]


def test_a_mail_left_half_sent_is_sent_again_three_times_and_then_held(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    message_ids = set()
    for _ in range(3):
        (mail,) = claim(connection, now)
        message_ids.add(mail.message_id)
        assert outbox.recover(connection) == 1
        assert outbox.counts(connection) == {"queued": 1}
    claim(connection, now)
    assert outbox.recover(connection) == 1
    assert outbox.counts(connection) == {"held": 1}
    assert column(connection, "unknowns") == [3]
    assert len(message_ids) == 1
    assert claim(connection, now + timedelta(days=1)) == ()


def test_recovering_leaves_alone_what_is_not_half_sent(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(), now)
    assert outbox.recover(connection) == 0
    assert column(connection, "unknowns") == [0]


# ---- the former answer, once more --------------------------------------------------------------


def test_a_former_answer_is_queued_again_under_another_message_id(connection: Connection, now: datetime) -> None:
    inbound_id, submission_id = a_submission(connection, now)
    outbox.enqueue(connection, a_mail(inbound_id=inbound_id, submission_id=submission_id), now)
    again: dict[str, Any] = {
        "inbound_id": inbound_id,
        "recipient": "chen@example.com",
        "cc": ("wang.li@example.com",),
        "message_id": "<daysheet.again@example.com>",
        "in_reply_to": "<2@example.com>",
    }
    assert outbox.resend(connection, submission_id, **again, now=now) is not None
    assert outbox.resend(connection, submission_id, **again, now=now) is None, "once per message"
    first, second = claim(connection, now)
    assert second == replace(
        first,
        id=second.id,
        recipient="chen@example.com",
        cc=("wang.li@example.com",),
        message_id="<daysheet.again@example.com>",
        in_reply_to="<2@example.com>",
        references=(*first.references, "<2@example.com>"),
    )


def test_there_is_nothing_to_send_again_where_nothing_was_sent(connection: Connection, now: datetime) -> None:
    inbound_id, submission_id = a_submission(connection, now)
    again: dict[str, Any] = {"recipient": "a@b", "cc": (), "message_id": "<x@y>", "in_reply_to": ""}
    assert outbox.resend(connection, submission_id, inbound_id=inbound_id, **again, now=now) is None


def test_our_own_message_ids_are_recognised(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(1), now)
    known = outbox.message_ids(connection, ["<daysheet.1@example.com>", "<daysheet.2@example.com>"])
    assert known == {"<daysheet.1@example.com>"}
    assert outbox.message_ids(connection, []) == frozenset()


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 1), (2, 5), (3, 15), (4, 60), (5, 360), (50, 360)])
def test_waiting_grows_with_the_tries(now: datetime, attempts: int, minutes: int) -> None:
    assert outbox.retry_at(attempts, now) == now + timedelta(minutes=minutes)


# ---- mails that came back ------------------------------------------------------------------------


def test_a_mail_that_came_back_is_found_by_its_id_and_counts_as_sent(connection: Connection, now: datetime) -> None:
    outbox.enqueue(connection, a_mail(1), now)
    own = a_mail(1).message_id
    assert outbox.mark_bounced(connection, [own], "5.1.1", now) is None, "it has not left"
    (mail,) = claim(connection, now)
    outbox.mark_sent(connection, mail.id, now)
    assert outbox.mark_bounced(connection, ["<daysheet.9@example.com>"], "5.1.1", now + HOUR) is None
    assert outbox.mark_bounced(connection, [], "5.1.1", now) is None
    assert outbox.mark_bounced(connection, ["<daysheet.9@example.com>", own], "5.1.1", now + HOUR) == mail.id
    assert outbox.mark_bounced(connection, [own], "again", now + HOUR) is None
    assert (column(connection, "state"), column(connection, "last_error")) == (["bounced"], ["5.1.1"])
    assert column(connection, "sent_at") == [now]
    assert outbox.retry_stuck(connection, now + HOUR) == 1


def test_alarms_go_first_and_are_not_capped(connection: Connection, now: datetime) -> None:
    for number in range(5):
        outbox.enqueue(connection, a_mail(number, kind=outbox.ALARM), now)
    outbox.enqueue(connection, a_mail(9), now)
    caps = Caps(answers=1, refusals=1)
    taken = claim(connection, now, caps=caps)
    assert len(taken) == 6
