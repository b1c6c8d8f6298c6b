"""
Tell administrators by mail what has begun and what is over: once each, together where it comes together.

What strangers can cause at will, messages set aside and forms from unknown addresses, is collected and told once
an hour. Written down as told in the transaction that queues the mail: a crash tells it neither twice nor never.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daysheet.model.alarms import AlarmKind, Notice, Said, notice_from_document, notice_to_document
from daysheet.model.people import Person, Role
from daysheet.reports import alarm_view, compose
from daysheet.reports.render import Rendered
from daysheet.services.tools import Tools
from daysheet.store import alarms, outbox, people
from daysheet.store.alarms import Alarm
from daysheet.store.engine import Connection
from daysheet.store.outbox import ALARM, NewMail, OutboxMail

MOST_TOLD = 20
"""Alarms that a mail lists; the others are counted."""
COLLECTED_FOR = timedelta(hours=1)
COLLECTED = frozenset(kind for kind in AlarmKind if kind.is_collected)
ENDS_TOLD = frozenset(AlarmKind) - COLLECTED
"""Of the others a person has said that they are done with."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is to be told."""

    begun: tuple[Alarm, ...] = ()
    over: tuple[Alarm, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return bool(self.begun or self.over)


def administrators(connection: Connection) -> tuple[Person, ...]:
    """Return whom alarms are mailed to."""
    everybody = people.all_people(connection)
    return tuple(one for one in everybody if one.role is Role.ADMIN and one.is_active and one.address)


def pending(connection: Connection, tools: Tools, now: datetime) -> Pending:
    """Return what is to be told now; nothing where alarms are not mailed."""
    if not tools.alarm_limits.is_mailed:
        return Pending()
    begun = [one for one in alarms.begun(connection, now) if one.kind in tuple(AlarmKind)]
    if any(one.kind in COLLECTED for one in begun):
        last = alarms.last_told(connection, COLLECTED)
        if last is not None and now - last < COLLECTED_FOR:
            begun = [one for one in begun if one.kind not in COLLECTED]
    return Pending(tuple(begun), alarms.ended(connection, ENDS_TOLD))


def tell(connection: Connection, tools: Tools, now: datetime) -> int:
    """Queue the mails about what is to be told, within the caller's transaction; return how many there are."""
    what = pending(connection, tools, now)
    told = administrators(connection) if what else ()
    if not told:
        return 0  # whoever becomes one later hears of what is open then
    for person in told:
        outbox.enqueue(connection, _mail(tools, what, person), now)
    alarms.mark_told(connection, [one.id for one in what.begun], [one.id for one in what.over], now)
    return len(told)


def _mail(tools: Tools, what: Pending, person: Person) -> NewMail:
    notice = Notice(
        language=tools.language_of(person),
        name=person.name,
        zone=person.timezone or tools.house.zone,
        begun=_said(_urgent_first(what.begun)),
        over=_said(what.over),
        more=max(len(what.begun) - MOST_TOLD, 0),
        console=tools.policy.console,
    )
    ids = "/".join(",".join(str(one.id) for one in some) for some in (what.begun, what.over))
    seed = f"{ids}/{person.id}/{tools.house.domain}"
    return NewMail(
        inbound_id=None,
        submission_id=None,
        kind=ALARM,
        recipient=person.address,
        cc=(),
        message_id=f"<daysheet.{ALARM}.{hashlib.sha256(seed.encode()).hexdigest()[:24]}@{tools.house.domain}>",
        in_reply_to="",
        references=(),
        payload=notice_to_document(notice),
    )


def _urgent_first(begun: Iterable[Alarm]) -> Sequence[Alarm]:
    order = list(AlarmKind)
    return sorted(begun, key=lambda one: (order.index(AlarmKind(one.kind)), one.raised_at))


def _said(some: Sequence[Alarm]) -> tuple[Said, ...]:
    return tuple(
        Said(AlarmKind(one.kind), one.subject, _detail(one), one.raised_at, one.cleared_at, one.times)
        for one in some[:MOST_TOLD]
    )


def _detail(one: Alarm) -> str:
    """Return what a mail says of it: nothing that a stranger wrote, or that may come out of a report."""
    if AlarmKind(one.kind).ends_by_itself:
        return one.detail
    return "" if one.kind == AlarmKind.STRANGER else one.detail.partition(":")[0]


# ---- the mail ------------------------------------------------------------------------------------


def is_alarm(kind: str) -> bool:
    """Say whether *kind*, of a mail in the outbox, is ours."""
    return kind == ALARM


def render(tools: Tools, mail: OutboxMail) -> Rendered:
    """Return *mail* laid out."""
    return alarm_view.render(notice_from_document(mail.payload), tools.house.name)


def series(tools: Tools) -> compose.Bulk:
    """Return the list that alarms are mails of: they are sent by a program, in answer to nothing."""
    return compose.Bulk(list_id=f"{ALARM}.daysheet.{tools.house.domain}")
