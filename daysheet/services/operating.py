"""What an operator looks at and sets going again: messages set aside, alarms, answers that failed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from daysheet.i18n import text
from daysheet.model.alarms import AlarmKind
from daysheet.model.mail import MessageState, Reason
from daysheet.model.memory import OPERATOR, Actor
from daysheet.model.text import Language
from daysheet.reports import alarm_view
from daysheet.services.dismiss import SET_ASIDE
from daysheet.services.tools import Tools
from daysheet.store import alarms, audit, inbound, outbox, people
from daysheet.store.alarms import Alarm
from daysheet.store.engine import Connection
from daysheet.store.inbound import Message
from daysheet.store.outbox import Waybill


@dataclass(frozen=True, slots=True)
class Requeued:
    """Whether a message is worked again; *note* says why not."""

    id: int
    is_requeued: bool
    note: str = ""


def messages(tools: Tools, states: Sequence[MessageState], limit: int) -> tuple[Message, ...]:
    """Return the newest messages in one of *states*, newest first."""
    with tools.database.reading() as connection:
        return inbound.list_recent(connection, limit, states)


def requeue(
    tools: Tools, ids: Collection[int], by: Actor = OPERATOR, *, is_believed: bool = False
) -> tuple[Requeued, ...]:
    """
    Let messages be worked again that were set aside, or whose sender was a stranger and is listed now.

    Their alarms are cleared: what is still wrong raises them again. *is_believed*: whoever orders it has
    looked at messages whose sender nothing proves, and answers for them.
    """
    with tools.database.writing() as connection:
        return tuple(
            requeue_within(connection, tools, inbound_id, by, is_believed=is_believed)
            for inbound_id in dict.fromkeys(ids)
        )


def requeue_within(
    connection: Connection, tools: Tools, inbound_id: int, by: Actor, *, is_believed: bool = False
) -> Requeued:
    """Let one message be worked again, within the caller's transaction."""
    try:
        message = inbound.get(connection, inbound_id)
    except KeyError:
        return Requeued(inbound_id, is_requeued=False, note="there is no such message")
    if message.bytes_removed_at is not None:
        note = f"its bytes were removed on {message.bytes_removed_at:%F}: have it sent once more"
        return Requeued(inbound_id, is_requeued=False, note=note)
    is_strangers = message.state is MessageState.IGNORED and message.reason in inbound.STRANGERS
    if is_strangers:
        person = people.find_by_address(connection, message.sender)
        if person is None or not person.is_active:
            note = f"{message.sender} is not listed; add the address with: daysheet people import"
            return Requeued(inbound_id, is_requeued=False, note=note)
    if is_believed and message.reason != Reason.UNAUTHENTICATED:
        note = f"it is {message.state} {message.reason}: only what is unauthenticated is believed by order"
        return Requeued(inbound_id, is_requeued=False, note=note)
    order = f"by order of {by.name}" if is_believed else ""
    if not inbound.requeue(connection, inbound_id, order):
        why = f"it is {message.state} {message.reason}".strip()
        return Requeued(inbound_id, is_requeued=False, note=f"{why}: only what was set aside, or a stranger's, is")
    if is_strangers:
        alarms.clear(connection, Reason.STRANGER_WITH_TEMPLATE, message.sender, tools.clock())
    alarms.clear(connection, SET_ASIDE, str(inbound_id), tools.clock())
    before = {"state": str(message.state), "reason": message.reason}
    after = {"believed": order} if order else None
    entry = audit.Entry("message.requeued", "inbound", inbound_id, before=before, after=after, actor=by.name)
    audit.append(connection, [entry], tools.clock())
    return Requeued(inbound_id, is_requeued=True)


def open_alarms(tools: Tools, limit: int = 100) -> tuple[Alarm, ...]:
    """Return the open alarms, newest first."""
    with tools.database.reading() as connection:
        return alarms.open_alarms(connection, limit)


def latest_alarms(tools: Tools, limit: int) -> tuple[Alarm, ...]:
    """Return alarms, open or over, newest first."""
    with tools.database.reading() as connection:
        return alarms.latest(connection, limit)


def in_words(alarm: Alarm) -> tuple[str, ...]:
    """Return the cells of an alarm's line: id, since when, kind, what about, in words, details, how it stands."""
    words = text(f"alarm.{alarm.kind}", Language.EN) if alarm.kind in tuple(AlarmKind) else alarm.kind
    told = f"administrators told {alarm.told_at:%F %R}" if alarm.told_at else "not mailed"
    over = f"over {alarm.cleared_at:%F %R}" if alarm.cleared_at else "open"
    detail = alarm_view.detail_text(alarm.detail, Language.EN)
    cells = (alarm.id, f"{alarm.raised_at:%F %R}", alarm.kind, alarm.subject, words, detail, over, told)
    return tuple(" ".join(str(cell).split()) for cell in (*cells, f"raised {alarm.times}×"))


def about(alarm: Alarm, language: Language) -> str:
    """Return what an alarm is about, in the reader's language where the word is ours."""
    return alarm_view.about_text(alarm.kind, alarm.subject, language)


def detail(alarm: Alarm, language: Language, zone: str = "UTC") -> str:
    """Return what more is known of an alarm, in the reader's language, instants in *zone*."""
    return alarm_view.detail_text(alarm.detail, language, zone)


def why(alarm: Alarm) -> Reason | None:
    """Return why the message was set aside that an alarm is about; None for other alarms, which say it in words."""
    reason = alarm.detail.partition(":")[0]
    return Reason(reason) if alarm.kind == SET_ASIDE and reason in tuple(Reason) else None


def clear_alarms(tools: Tools, ids: Collection[int] | None) -> frozenset[int]:
    """Close the open alarms *ids* (None: all of them); return those that were open."""
    with tools.database.writing() as connection:
        return alarms.clear_some(connection, ids, tools.clock())


def mails(tools: Tools, states: Collection[str], limit: int) -> tuple[Waybill, ...]:
    """Return the newest answers in one of *states*, newest first."""
    with tools.database.reading() as connection:
        return outbox.list_mails(connection, states, limit)


def retry_mails(tools: Tools, ids: Collection[int] | None) -> int:
    """Queue answers that failed, came back or are held (None: all of them) once more; return how many."""
    with tools.database.writing() as connection:
        return outbox.retry_stuck(connection, tools.clock(), ids)
