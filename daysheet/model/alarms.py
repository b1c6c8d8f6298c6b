"""What an operator must hear of."""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Condition:
    """Something an operator must hear of, as it is now. *detail* is a sentence in English, without personal data."""

    kind: AlarmKind
    subject: str
    detail: str
