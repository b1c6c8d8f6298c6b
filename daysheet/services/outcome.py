"""What became of a message and of each workbook in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from daysheet.model.mail import MessageState, Reason
from daysheet.services.answering import Incoming
from daysheet.store.submissions import StoredSubmission


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one workbook."""

    submission_id: int
    file_name: str
    state: MessageState
    reason: Reason
    rep: str = ""  # employee number
    report_date: date | None = None
    revision: int = 1
    replaces: int | None = None
    rows_landed: int = 0
    rows_parked: int = 0
    codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: StoredSubmission) -> "Submitted":
        """Return what an earlier try at the same message had filed already."""
        return cls(
            stored.id,
            stored.file_name,
            MessageState(stored.state),
            Reason(stored.reason),
            report_date=stored.report_date,
            revision=stored.revision,
            rows_landed=stored.rows_landed,
            rows_parked=stored.rows_parked,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message."""

    inbound_id: int
    state: MessageState
    reason: Reason
    codes: tuple[str, ...] = ()
    submissions: tuple[Submitted, ...] = ()
    detail: str = ""
    sender: str = ""
    subject: str = field(default="", repr=False)

    @classmethod
    def of(cls, incoming: Incoming, done: Sequence[Submitted]) -> "Outcome":
        """Return the outcome of a message whose workbooks ended as *done* (at least one)."""
        state = message_state([submitted.state for submitted in done])
        deciding = next((submitted for submitted in done if submitted.state is state), done[0])
        return cls(
            incoming.inbound_id,
            state,
            deciding.reason,
            codes=tuple(dict.fromkeys(code for submitted in done for code in submitted.codes)),
            submissions=tuple(done),
            sender=", ".join(incoming.envelope.senders),
            subject=incoming.envelope.subject,
        )


def message_state(states: Sequence[MessageState]) -> MessageState:
    """Return the state of a message from those of its workbooks: all alike, or partly."""
    distinct = set(states)
    if len(distinct) == 1:
        return distinct.pop()
    if distinct == {MessageState.ACCEPTED, MessageState.DUPLICATE}:
        return MessageState.ACCEPTED
    if distinct == {MessageState.REJECTED, MessageState.DUPLICATE}:
        return MessageState.REJECTED
    return MessageState.PARTLY
