"""
Answers that came back.

What a bounce says cannot be proven: it may set the mark and raise the alarm, nothing else. The mail's text, its
recipient, the person and their address stay as they are, and nothing is sent because of it.
"""

import structlog

from daysheet.model.alarms import AlarmKind, saying
from daysheet.model.mail import Bounce
from daysheet.services.tools import Tools
from daysheet.store import alarms, outbox
from daysheet.store.engine import Connection

BOUNCED = "bounced"
"""What the alarm is about."""
log = structlog.get_logger()


def note(connection: Connection, tools: Tools, bounce: Bounce) -> int | None:
    """Mark the mail that *bounce* is about, within the caller's transaction; return its id, None where none is."""
    mail_id = outbox.mark_bounced(connection, bounce.own_ids, bounce.said, tools.clock())
    if mail_id is not None:
        log.warning("answer.bounced", outbox=mail_id)
        detail = saying("answers-bounced", number=1)
        if alarms.raise_once(connection, AlarmKind.ANSWERS, BOUNCED, detail, tools.clock()):
            log.warning("alarm.raised", kind=str(AlarmKind.ANSWERS), subject=BOUNCED)
    return mail_id
