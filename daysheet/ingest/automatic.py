"""
Mail that no person wrote by hand, or that went to many: never answered (RFC 3834).

``X-Auto-Response-Suppress`` alone is no proof: Exchange adds it to ordinary mail.
"""

import re
from collections.abc import Callable

from daysheet.model.mail import Reason

LOOP_HEADER = "x-daysheet-loop"
OWN_MESSAGE_ID = "<daysheet."

Header = Callable[[str], str]
"""Gives the first header of a (lower-case) name, "" where there is none."""


def automatic_reason(header: Header, sender: str, content_type: str, own_loop_id: str) -> Reason | None:
    """Return why a message must not be answered, or None."""
    if header(LOOP_HEADER).strip() == own_loop_id or header("message-id").strip().startswith(OWN_MESSAGE_ID):
        return Reason.OWN_MAIL
    if content_type == "multipart/report":
        report = header("content-type").lower()
        return Reason.RECEIPT if "disposition-notification" in report else Reason.BOUNCE
    local = sender.partition("@")[0]
    if (
        header("return-path").strip() == "<>"
        or local in ("mailer-daemon", "postmaster")
        or header("x-failed-recipients")
    ):
        return Reason.BOUNCE
    if content_type == "text/calendar" or "method=reply" in header("content-type").lower():
        return Reason.CALENDAR
    submitted = re.split(r"[;(\s]", header("auto-submitted").strip().lower())[0]
    if submitted not in ("", "no") or header("x-autoreply") or header("x-autorespond"):
        return Reason.AUTO_REPLY
    if header("list-id") or header("list-unsubscribe"):
        return Reason.MAILING_LIST
    precedence = header("precedence").strip().lower()
    if precedence in ("bulk", "junk", "list"):
        return Reason.MAILING_LIST if precedence == "list" else Reason.BULK
    if precedence == "auto_reply":
        return Reason.AUTO_REPLY
    return None
