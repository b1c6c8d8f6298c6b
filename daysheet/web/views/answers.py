"""Answers that could not be sent: read, sent once more, given up."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from daysheet.services import queue, stuck_answers
from daysheet.services.access import Visitor
from daysheet.services.stuck_answers import AnswerPage, Done, MovedOn
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import go, page, said
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

QUEUE = "/queue/answers"


@router.get(QUEUE)
def listed(request: Request, tools: Tooling, visitor: Decider, number: PageNumber = 1, state: str = "") -> Response:
    """Show the answers that failed or are held."""
    return page(
        request,
        visitor,
        "answers.html",
        at="queue",
        counts=queue.counts(tools, visitor),
        found=stuck_answers.listed(tools, visitor, state, number),
        state=state,
        number=number,
    )


def _page_of(tools: Tools, visitor: Visitor, mail_id: int) -> AnswerPage:
    found = stuck_answers.page(tools, visitor, mail_id) if 0 < mail_id < LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    return found


def _show(request: Request, visitor: Visitor, shown: AnswerPage, status: int = 200, **more: Any) -> Response:
    return page(request, visitor, "answer.html", at="queue", status=status, **{"shown": shown, "moved": False} | more)


@router.get("/answers/{mail_id}")
def answer(request: Request, tools: Tooling, visitor: Decider, mail_id: int) -> Response:
    """Show an answer as it would read."""
    return _show(request, visitor, _page_of(tools, visitor, mail_id))


@router.post("/answers/{mail_id}/retry")
def retry(
    request: Request, tools: Tooling, visitor: Decider, mail_id: int, seen: Annotated[str, Form()] = ""
) -> Response:
    """Send an answer once more."""
    shown = _page_of(tools, visitor, mail_id)
    outcome = stuck_answers.retry(tools, visitor, mail_id, seen)
    return _answer(request, tools, visitor, shown, outcome, "retried")


@router.post("/answers/{mail_id}/give-up")
def give_up(
    request: Request, tools: Tooling, visitor: Decider, mail_id: int, seen: Annotated[str, Form()] = ""
) -> Response:
    """Let an answer go unsent."""
    shown = _page_of(tools, visitor, mail_id)
    outcome = stuck_answers.give_up(tools, visitor, mail_id, seen)
    return _answer(request, tools, visitor, shown, outcome, "given-up", undo=f"/answers/{mail_id}/undo")


@router.post("/answers/{mail_id}/undo")
def undo(request: Request, tools: Tooling, visitor: Decider, mail_id: int) -> Response:
    """Hold an answer that was given up."""
    shown = _page_of(tools, visitor, mail_id)
    outcome = stuck_answers.undo(tools, visitor, mail_id)
    return _answer(request, tools, visitor, shown, outcome, "held", to=f"/answers/{mail_id}")


def _answer(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    shown: AnswerPage,
    outcome: Done | MovedOn | None,
    done: str,
    *,
    undo: str | None = None,
    to: str = QUEUE,
) -> Response:
    if isinstance(outcome, Done):
        return go(request, visitor, to, said(f"stuck.done.{done}", undo, recipient=shown.mail.recipient))
    return _show(request, visitor, _page_of(tools, visitor, shown.mail.id), 409, moved=True)
