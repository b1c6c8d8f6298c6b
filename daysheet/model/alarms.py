"""What an operator must hear of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from daysheet.model.text import Language


class AlarmKind(StrEnum):
    """Kinds of alarms. The first ones end by themselves once what they say is no longer so."""

    MAILBOX = "mailbox"  # no successful poll for too long; about a mailbox
    ACCOUNTS = "accounts"  # the books of the mailboxes do not close
    ANSWERS = "answers"  # answers failed, came back, are held, or wait for too long
    QUARANTINE = "quarantine"  # too many messages were set aside within a day
    DISK = "disk"  # little room is left
    LOGIN = "login"  # a token or secret ends soon, or could not be renewed; about an entry of oauth
    REP_SILENT = "rep-silent"  # a rep who used to report no longer does; about an employee number
    BACKLOG = "backlog"  # messages wait although the service runs
    QUARANTINED = "quarantined"  # one message was set aside; about its id
    STRANGER = "stranger-with-template"  # somebody unknown sent our form; about the address
    DIGEST = "digest"  # one could not be made

    @property
    def ends_by_itself(self) -> bool:
        """True where looking again shows whether it is over; False where a person has to say so."""
        return self not in (AlarmKind.QUARANTINED, AlarmKind.STRANGER, AlarmKind.DIGEST)

    @property
    def is_collected(self) -> bool:
        """True where others than ourselves decide how often it is raised: such ones are mailed once an hour."""
        return self in (AlarmKind.QUARANTINED, AlarmKind.STRANGER)


@dataclass(frozen=True, slots=True)
class Condition:
    """
    Something an operator must hear of, as it is now.

    *detail* is what ``saying`` makes, for either language, or words as somebody else's program gave them; without
    personal data.
    """

    kind: AlarmKind
    subject: str
    detail: str


def saying(code: str, **facts: str | int | datetime) -> str:
    """
    Return a detail that either language can say: the text ``alarm.detail.<code>`` with *facts* in it.

    It is kept as a line of JSON, an instant as ISO 8601 under a name that ends in ``_at``.
    """
    plain = {name: fact.isoformat() if isinstance(fact, datetime) else fact for name, fact in facts.items()}
    return json.dumps({"code": code, **plain}, ensure_ascii=False)


def said_in(detail: str) -> tuple[str, dict[str, Any]] | None:
    """Return code and facts of what ``saying`` made; None for other words."""
    if not detail.startswith('{"code": "'):
        return None
    try:
        facts = json.loads(detail)
    except ValueError:
        return None
    return str(facts.pop("code")), facts


@dataclass(frozen=True, slots=True)
class Said:
    """An alarm as a mail tells of it. *until* is None while it lasts; *times* is how often it was raised so far."""

    kind: AlarmKind
    subject: str
    detail: str
    since: datetime
    until: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """
    What administrators are mailed: what has begun, and what is over.

    *more* counts what has begun besides; *console* is its address, "" without one.
    """

    language: Language
    name: str
    zone: str
    begun: tuple[Said, ...] = ()
    over: tuple[Said, ...] = ()
    more: int = 0
    console: str = ""


def notice_to_document(notice: Notice) -> dict[str, Any]:
    """Return *notice* as plain data for JSON."""
    return {
        "language": str(notice.language),
        "name": notice.name,
        "zone": notice.zone,
        "begun": [_said_to(one) for one in notice.begun],
        "over": [_said_to(one) for one in notice.over],
        "more": notice.more,
        "console": notice.console,
    }


def notice_from_document(document: Mapping[str, Any]) -> Notice:
    """Return what ``notice_to_document`` was given."""
    return Notice(
        Language(document["language"]),
        document["name"],
        document["zone"],
        tuple(_said_from(one) for one in document["begun"]),
        tuple(_said_from(one) for one in document["over"]),
        document.get("more", 0),
        document.get("console", ""),
    )


def _said_to(said: Said) -> dict[str, Any]:
    return {
        "kind": str(said.kind),
        "subject": said.subject,
        "detail": said.detail,
        "since": said.since.isoformat(),
        "until": said.until.isoformat() if said.until else None,
        "times": said.times,
    }


def _said_from(document: Mapping[str, Any]) -> Said:
    until = document.get("until")
    return Said(
        AlarmKind(document["kind"]),
        document["subject"],
        document["detail"],
        datetime.fromisoformat(document["since"]),
        datetime.fromisoformat(until) if until else None,
        document.get("times", 1),
    )
