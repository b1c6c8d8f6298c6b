"""Leaving a digest and coming back, by a mail's subject: whose word counts, and for what."""

from dataclasses import replace
from email.utils import unquote
from urllib.parse import unquote as unquoted

import pytest
import sqlalchemy as sa

from daysheet.errors import UsageError
from daysheet.model.digests import DigestKind
from daysheet.services import people, subscriptions
from daysheet.services.digests_by_hand import period_of, send
from daysheet.services.ingest import FileLine
from daysheet.store.tables import audit, outbox, person, subscription
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline

MANAGER, REP = "zhao@corp.example", "wang.li@corp.example"
STEWARD = "number,name,role,addresses\nS1,孙静,steward,sun@corp.example\n"
BY_PROGRAM = {"Auto-Submitted": "auto-generated"}


@pytest.fixture
def told(pipeline: Pipeline) -> Pipeline:
    """A pipeline whose manager has had the digest of last week."""
    people.import_file(pipeline.tools, "people.csv", STEWARD.encode())
    ran = send(pipeline.tools, DigestKind.WEEKLY, period_of(pipeline.tools, DigestKind.WEEKLY, ""))
    assert ran.queued == 1
    return pipeline


def subject_to_leave(pipeline: Pipeline) -> str:
    """What a mail program writes as the subject where somebody presses its button."""
    (mail,) = [mail for mail in pipeline.mails() if mail["List-Unsubscribe"]]
    return unquoted(unquote(mail["List-Unsubscribe"]).partition("?subject=")[2])


def message_id(pipeline: Pipeline) -> str:
    (row,) = pipeline.select(sa.select(outbox.c.message_id).where(outbox.c.kind == "weekly"))
    return str(row.message_id)


def choices(pipeline: Pipeline) -> dict[tuple[str, str], bool]:
    query = sa.select(person.c.number, subscription.c.kind, subscription.c.wants).join_from(subscription, person)
    return {(row.number, row.kind): row.wants for row in pipeline.select(query)}


def confirmations(pipeline: Pipeline) -> list[str]:
    rows = pipeline.select(sa.select(outbox.c.recipient).where(outbox.c.kind == "subscription"))
    return [row.recipient for row in rows]


def ended(line: FileLine) -> tuple[str, str]:
    return line.state, line.reason


def test_who_presses_the_button_is_told_no_more_and_how_to_come_back(told: Pipeline) -> None:
    line = told.feed(a_mail(sender=MANAGER, subject=subject_to_leave(told)))
    assert ended(line) == ("ignored", "unsubscribed")
    assert choices(told) == {("E9", "weekly"): False}
    confirmation = told.mails()[-1]
    assert (confirmation["To"], confirmation["Subject"]) == (MANAGER, "已退订")
    assert "主题写“订阅 周报”" in confirmation.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (entry,) = told.select(sa.select(audit).where(audit.c.action == "digest.unsubscribed"))
    assert (entry.actor, entry.after["kind"]) == ("E9", "weekly")


def test_a_program_may_leave_for_its_owner_and_is_answered_once(told: Pipeline) -> None:
    subject = subject_to_leave(told)
    for number in range(3):
        mail = a_mail(sender=MANAGER, subject=subject, headers=BY_PROGRAM, message_id=f"<{number}@corp.example>")
        assert ended(told.feed(mail)) == ("ignored", "unsubscribed")
    assert choices(told) == {("E9", "weekly"): False}
    assert confirmations(told) == [MANAGER]


@pytest.mark.parametrize("subject", ["退订", "Unsubscribe", "回复：退订 weekly", "Re: 退订 周报"])
def test_a_reply_to_the_digest_needs_no_token(told: Pipeline, subject: str) -> None:
    mail = a_mail(sender=MANAGER, subject=subject, headers={"In-Reply-To": message_id(told)})
    assert ended(told.feed(mail)) == ("ignored", "unsubscribed")
    assert choices(told) == {("E9", "weekly"): False}


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        (MANAGER, "unsubscribe weekly 0123456789abcdef01234567"),
        (MANAGER, "unsubscribe weekly"),
        (MANAGER, "unsubscribe"),
        (MANAGER, "unsubscribe monthly {token}"),
        (MANAGER, "unsubscribe reminder {token}"),
        (MANAGER, "please unsubscribe weekly {token}"),
        (REP, "unsubscribe weekly {token}"),
    ],
)
def test_a_wrong_token_or_another_persons_is_mail_without_a_report(told: Pipeline, sender: str, subject: str) -> None:
    token = message_id(told).split(".")[2].partition("@")[0]
    line = told.feed(a_mail(sender=sender, subject=subject.format(token=token)))
    assert ended(line) == ("rejected", "no-workbook")
    assert choices(told) == {}


def test_a_stranger_with_the_right_token_is_a_stranger(told: Pipeline) -> None:
    line = told.feed(a_mail(sender="thief@evil.example", subject=subject_to_leave(told)))
    assert ended(line) == ("ignored", "stranger")
    assert choices(told) == {}


def test_who_has_left_the_company_is_a_stranger(told: Pipeline) -> None:
    subject = subject_to_leave(told)
    with told.tools.database.writing() as connection:
        connection.execute(person.update().where(person.c.number == "E9").values(is_active=False))
    assert ended(told.feed(a_mail(sender=MANAGER, subject=subject))) == ("ignored", "stranger")


def test_a_reply_of_somebody_the_digest_did_not_go_to_changes_nothing(told: Pipeline) -> None:
    mail = a_mail(sender=REP, subject="退订", headers={"In-Reply-To": message_id(told)})
    assert ended(told.feed(mail)) == ("ignored", "note")
    assert choices(told) == {}


def test_a_mark_of_a_program_does_not_help_what_has_no_token(told: Pipeline) -> None:
    for subject in ("unsubscribe weekly", "subscribe monthly", f"Re: {subject_to_leave(told)}"):
        mail = a_mail(sender=MANAGER, subject=subject, headers=BY_PROGRAM)
        assert ended(told.feed(mail)) == ("ignored", "auto-reply")
    assert choices(told) == {}


def test_a_report_stays_a_report_whatever_its_subject_says(told: Pipeline) -> None:
    line = told.feed(a_mail(a_workbook([a_visit()]), subject="subscribe morning"))
    assert line.state == "accepted"
    assert choices(told) == {}


@pytest.mark.parametrize(
    "subject", ["subscribe monthly", "订阅 monthly", "订阅 月报", "订阅月报", "“订阅 月报”", "SUBSCRIBE Monthly"]
)
def test_a_manager_asks_for_the_month_by_mail(told: Pipeline, subject: str) -> None:
    assert ended(told.feed(a_mail(sender=MANAGER, subject=subject))) == ("ignored", "subscribed")
    assert choices(told) == {("E9", "monthly"): True}
    assert confirmations(told) == [MANAGER]


def test_coming_back_takes_only_the_word_of_the_listed_address(told: Pipeline) -> None:
    told.feed(a_mail(sender=MANAGER, subject=subject_to_leave(told)))
    assert ended(told.feed(a_mail(sender=MANAGER, subject="订阅 weekly"))) == ("ignored", "subscribed")
    assert choices(told) == {("E9", "weekly"): True}
    assert confirmations(told) == [MANAGER, MANAGER]


@pytest.mark.parametrize(
    ("sender", "subject"), [(REP, "subscribe weekly"), (MANAGER, "subscribe steward"), (REP, "subscribe escalation")]
)
def test_nobody_subscribes_to_what_is_not_for_them(told: Pipeline, sender: str, subject: str) -> None:
    assert ended(told.feed(a_mail(sender=sender, subject=subject))) == ("rejected", "no-workbook")
    assert choices(told) == {}


def test_a_reply_to_a_reminder_does_not_leave_it(told: Pipeline) -> None:
    told.tools = replace(told.tools, policy=replace(told.tools.policy, owed_since=TODAY))
    send(told.tools, DigestKind.REMINDER, period_of(told.tools, DigestKind.REMINDER, ""))
    (row, *_) = told.select(sa.select(outbox).where(outbox.c.kind == "reminder", outbox.c.recipient == REP))
    mail = a_mail(sender=REP, subject="退订", headers={"In-Reply-To": row.message_id})
    assert ended(told.feed(mail)) == ("ignored", "note")
    assert choices(told) == {}


def test_the_operator_chooses_for_a_person(told: Pipeline) -> None:
    assert subscriptions.choose(told.tools, "E9", DigestKind.MONTHLY, True)
    assert not subscriptions.choose(told.tools, "E9", DigestKind.MONTHLY, True), "that was so already"
    assert not subscriptions.choose(told.tools, "E9", DigestKind.WEEKLY, True), "so it is for everybody"
    assert choices(told) == {("E9", "monthly"): True}
    with pytest.raises(UsageError, match="there is nobody"):
        subscriptions.choose(told.tools, "E77", DigestKind.WEEKLY, False)
    with pytest.raises(UsageError, match="part of the work"):
        subscriptions.choose(told.tools, "E1", DigestKind.REMINDER, False)
