"""Messages that were set aside or ignored: read, worked again, dismissed."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from daysheet import i18n
from daysheet.model.issues import IssueCode
from daysheet.model.mail import Reason
from daysheet.services import mailroom, queue
from daysheet.services.access import Visitor
from daysheet.services.mailroom import Done, MailAsked, MessagePage, MovedOn
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import go, language_of, page, said
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

QUEUE = "/queue/messages"
AGES = (1, 3, 7, 30)
REASONS = tuple(
    reason
    for reason in Reason
    if reason
    not in (
        Reason.OK,
        Reason.HAS_ISSUES,
        Reason.SAME_BYTES,
        Reason.SAME_WORKBOOK,
        Reason.WAITS_FOR_REPLACE,
        Reason.NO_WORKBOOK,
        Reason.LINK_ONLY,
        Reason.UNREADABLE,
    )
)
"""Those for which a message is set aside or ignored."""


@router.get(QUEUE)
def listed(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    number: PageNumber = 1,
    state: str = "",
    reason: str = "",
    sender: str = "",
    days: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """Show the messages that were set aside, or ignored."""
    asked = MailAsked(state, reason, sender, int(days) if days.isdecimal() else 0)
    values = {name: value for name in MailAsked.__dataclass_fields__ if (value := getattr(asked, name))}
    return page(
        request,
        visitor,
        "messages.html",
        at="queue",
        counts=queue.counts(tools, visitor),
        found=mailroom.listed(tools, visitor, asked, number),
        asked=asked,
        values=values,
        number=number,
        ages=AGES,
        reasons=REASONS,
    )


def _page_of(tools: Tools, visitor: Visitor, message_id: int) -> MessagePage:
    found = mailroom.page(tools, visitor, message_id) if 0 < message_id < LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    return found


def _show(request: Request, visitor: Visitor, shown: MessagePage, status: int = 200, **more: Any) -> Response:
    language = language_of(request, visitor)
    codes = [code for code in IssueCode if code in shown.message.codes]
    values: dict[str, Any] = {
        "shown": shown,
        "codes": codes,
        "sentence": lambda one: i18n.issue_text(one, language),
        "longest": mailroom.LONGEST_TEXT,
        "moved": False,
        "trouble": "",
        "reason": "",
    }
    return page(request, visitor, "message.html", at="queue", status=status, **values | more)


@router.get("/messages/{message_id}")
def message(request: Request, tools: Tooling, visitor: Decider, message_id: int) -> Response:
    """Show a message as text, and its parts."""
    return _show(request, visitor, _page_of(tools, visitor, message_id))


@router.get("/messages/{message_id}/raw")
def raw(tools: Tooling, visitor: Decider, message_id: int) -> Response:
    """Give a message's own bytes: to be kept, never to be shown by the browser."""
    found = mailroom.raw(tools, visitor, message_id) if 0 < message_id < LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    name, content = found
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.post("/messages/{message_id}/replay")
def replay(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    message_id: int,
    seen: Annotated[str, Form()] = "",
    believe: Annotated[bool, Form()] = False,
) -> Response:
    """Let a message be worked again, on the visitor's word that it is its sender's where nothing else proves that."""
    _page_of(tools, visitor, message_id)
    outcome = mailroom.replay(tools, visitor, message_id, seen, is_believed=believe)
    return _answer(request, tools, visitor, message_id, outcome, "replayed")


@router.post("/messages/{message_id}/dismiss")
def dismiss(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    message_id: int,
    reason: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Leave a message that waits for somebody."""
    shown = _page_of(tools, visitor, message_id)
    if not reason.strip():
        return _show(request, visitor, shown, 422, trouble="mailroom.reason-missing")
    outcome = mailroom.dismiss(tools, visitor, message_id, reason, seen)
    undo = f"/messages/{message_id}/undo"
    return _answer(request, tools, visitor, message_id, outcome, "dismissed", undo=undo, reason=reason)


@router.post("/messages/{message_id}/undo")
def undo(request: Request, tools: Tooling, visitor: Decider, message_id: int) -> Response:
    """Let a dismissed message wait again."""
    _page_of(tools, visitor, message_id)
    outcome = mailroom.undo(tools, visitor, message_id)
    return _answer(request, tools, visitor, message_id, outcome, "restored", to=f"/messages/{message_id}")


def _answer(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    message_id: int,
    outcome: Done | MovedOn | None,
    done: str,
    *,
    undo: str | None = None,
    to: str = QUEUE,
    reason: str = "",
) -> Response:
    if isinstance(outcome, Done):
        return go(request, visitor, to, said(f"mailroom.done.{done}", undo, number=message_id))
    return _show(request, visitor, _page_of(tools, visitor, message_id), 409, moved=True, reason=reason)
