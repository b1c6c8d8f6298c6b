"""
Work one spooled message after another, each to its final state.

Start reading here: ``work`` names the steps. The one broad catch of the program is in
``process_one``: a message that breaks it is set aside, its sender told, and the next one is worked.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

import structlog

from daysheet import points
from daysheet.errors import DaysheetError, NoLongerMine
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.mail import Attachment, Reason
from daysheet.model.redaction import told
from daysheet.model.rows import Workbook
from daysheet.points import Point
from daysheet.services import spot_checks, subscriptions
from daysheet.services.ahead import Line, Read, let_go, take_apart, workbooks
from daysheet.services.answering import Incoming
from daysheet.services.dismiss import Opened, end, refuse, refuse_without_workbook, set_aside, turn_away
from daysheet.services.outcome import Outcome, Submitted
from daysheet.services.prepare import Prepared, prepare
from daysheet.services.sender import Sender, TurnedAway, believe, judge, supplied
from daysheet.services.submit import Case, submit
from daysheet.services.tools import Tools
from daysheet.store import inbound, submissions
from daysheet.store.inbound import Claimed

CLAIM = timedelta(minutes=10)
"""A message whose worker died is taken over after this long; no single message takes as long."""

log = structlog.get_logger()


def process_pending(tools: Tools, *, limit: int | None = None) -> Iterator[Outcome]:
    """
    Work every message that waits, oldest first, and give each one's outcome.

    Raises StoreUnreachable where the database does not answer; the messages wait.
    """
    let_go(tools)
    _take_over(tools)
    with Line(tools, CLAIM.total_seconds(), limit) as line:
        while (following := line.next()) is not None:
            outcome = process_one(tools, following.claimed, line, following.read)
            if outcome is not None:
                yield outcome


def _take_over(tools: Tools) -> None:
    """Let the claims of processes that died on this machine run out now: a restart need not wait for them."""
    with tools.database.reading() as connection:
        dead = [holder for holder in inbound.claimants(connection) if tools.is_gone(holder)]
    for holder in dead:
        with tools.database.writing() as connection:
            number = inbound.abandon(connection, holder, tools.clock())
        log.warning("claims.taken_over", holder=holder, messages=number)


def process_one(
    tools: Tools, claimed: Claimed, line: Line | None = None, ahead: Future[Read] | None = None
) -> Outcome | None:
    """
    Work one claimed message to its final state; a trouble of the world lets it wait instead, and is raised.

    None where another worker has taken it over meanwhile: it is that one's to end, and nothing counts here.
    """
    points.reached(Point.CLAIMED)
    try:
        outcome = _work_or_set_aside(tools, claimed, line, ahead)
    except NoLongerMine:
        log.warning("message.taken_over", inbound=claimed.id, attempt=claimed.attempts)
        return None
    points.reached(Point.ENDING_COMMITTED)
    log.info(
        "message.processed",
        inbound=outcome.inbound_id,
        state=str(outcome.state),
        reason=str(outcome.reason),
        codes=outcome.codes,
        submissions=[done.submission_id for done in outcome.submissions],
        reps=[done.rep for done in outcome.submissions if done.rep],
    )
    return outcome


def _work_or_set_aside(tools: Tools, claimed: Claimed, line: Line | None, ahead: Future[Read] | None) -> Outcome:
    opened: Opened | None = None
    try:
        if claimed.is_exhausted:
            # its earlier tries never came back: it takes the process down, so it is not opened again
            return set_aside(tools, claimed, None, Reason.CRASH_LOOP)
        opened = open_message(tools, claimed, ahead)
        return work(tools, claimed, opened, line)
    except NoLongerMine:
        raise
    except Exception as error:
        if isinstance(error, DaysheetError) and error.is_retryable:
            let_go(tools, [claimed])
            raise
        log.exception("message.failed", inbound=claimed.id)
        return set_aside(tools, claimed, opened, Reason.INTERNAL_ERROR, told(error))


def open_message(tools: Tools, claimed: Claimed, ahead: Future[Read] | None = None) -> Opened:
    """Take the message apart, unless that was done *ahead*, and judge its sender."""
    # what could not be read ahead fails here once more, where it is told
    read = ahead.result() if ahead is not None and ahead.exception() is None else Read(take_apart(tools, claimed))
    envelope = read.envelope
    proof = believe(tools, claimed, envelope)
    if claimed.as_number and envelope.failure is None:
        sender = supplied(tools, claimed.as_number)
    else:
        sender = judge(tools, claimed, envelope, proof)
    points.reached(Point.TAKEN_APART)
    believed = proof.why if proof.is_given else ""
    return Opened(Incoming(claimed.id, claimed.raw_sha256, envelope, claimed, believed), sender, read.first)


def work(tools: Tools, claimed: Claimed, opened: Opened, line: Line | None = None) -> Outcome:
    """Find the workbooks of an opened message, file each, end the message."""
    sender, incoming = opened.sender, opened.incoming
    if (wish := _wish(tools, claimed, opened)) is not None:
        return subscriptions.carry_out(tools, incoming, wish)
    if isinstance(sender, TurnedAway):
        return turn_away(tools, incoming, sender)
    if claimed.is_truncated:
        return refuse(tools, incoming, sender, Reason.TOO_LARGE, IssueCode.FILE_TOO_LARGE)
    files = workbooks(claimed, incoming.envelope)
    if not files:
        return refuse_without_workbook(tools, incoming, sender)
    opened = _with_first_read(tools, opened, files[0])
    points.reached(Point.WORKBOOK_READ)
    if isinstance(opened.first, Workbook) and spot_checks.is_return(opened.first):
        return spot_checks.take(tools, incoming, sender, opened.first, files[1:])  # such a message brings no report
    return _file_all(tools, claimed, opened, sender, files, line)


def _wish(tools: Tools, claimed: Claimed, opened: Opened) -> subscriptions.Wish | None:
    """Return what a message without a workbook asks for by its subject, a program's too; None where it does not."""
    if claimed.as_number or claimed.is_truncated or not opened.incoming.believed:
        return None
    envelope = opened.incoming.envelope
    wish = subscriptions.wish_of(tools, envelope)
    return wish if wish is not None and not workbooks(claimed, envelope) else None


def _with_first_read(tools: Tools, opened: Opened, file: Attachment) -> Opened:
    """Return the message with its first workbook read, where that was not done ahead."""
    return opened if opened.first is not None else replace(opened, first=tools.reader.read(file.content, file.name))


def _file_all(
    tools: Tools, claimed: Claimed, opened: Opened, sender: Sender, files: Sequence[Attachment], line: Line | None
) -> Outcome:
    """File each workbook in a transaction of its own; the last one ends the message and claims the next."""
    incoming = opened.incoming
    most = tools.house.workbooks_per_message
    left_out = files[most:]
    already: dict[int, Submitted] = {}
    if len(files) > 1:  # the only one is filed together with the message's end, or not at all
        with tools.database.reading() as connection:
            already = {found.position: Submitted.of(found) for found in submissions.of_inbound(connection, claimed.id)}
    done: list[Submitted] = []
    for position, attachment in enumerate(files[:most]):
        is_last = position == min(most, len(files)) - 1
        if position in already and not is_last:
            done.append(already[position])
            continue
        read = opened.first if position == 0 else None
        prepared = prepare(tools, attachment, sender, incoming.envelope.subject, claimed.first_seen_at, read)
        if left_out and is_last:
            prepared = _told_of(prepared, left_out)
        points.reached(Point.PREPARED)
        with tools.database.writing() as connection:
            inbound.confirm(connection, claimed)
            points.reached(Point.FILING)
            done.append(submit(Case(connection, tools, incoming, sender, prepared, position)))
            if is_last:
                outcome = Outcome.of(incoming, done)
                end(connection, tools, incoming, outcome)
                following = line.claim(connection) if line is not None else ()
    if line is not None:
        line.begin(following)
    return Outcome.of(incoming, done)


def _told_of(prepared: Prepared, left_out: Sequence[Attachment]) -> Prepared:
    names = ", ".join(file.name for file in left_out[:5])
    told = issue(IssueCode.FILE_TOO_MANY, Place(file=prepared.file_name), names, count=len(left_out))
    return replace(prepared, issues=(*prepared.issues, told))
