"""Reports that would wipe most of an earlier one: replaced, added or left."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from daysheet.services import half_empty, queue
from daysheet.services.access import Visitor
from daysheet.services.half_empty import Comparison, Done, MovedOn, Unreadable
from daysheet.services.revision import Mode
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import go, page, said
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

QUEUE = "/queue/waiting"
DISMISS = "dismiss"


@router.get(QUEUE)
def listed(request: Request, tools: Tooling, visitor: Decider, number: PageNumber = 1) -> Response:
    """Show the reports that wait."""
    found = half_empty.listed(tools, visitor, number)
    counts = queue.counts(tools, visitor)
    return page(request, visitor, "waiting_list.html", at="queue", counts=counts, found=found, number=number)


def _page_of(tools: Tools, visitor: Visitor, submission_id: int) -> Comparison:
    found = half_empty.page(tools, visitor, submission_id) if 0 < submission_id < LARGEST_ID else None
    if found is None:
        raise HTTPException(404)
    return found


def _show(request: Request, visitor: Visitor, shown: Comparison, status: int = 200, **more: Any) -> Response:
    values: dict[str, Any] = {"shown": shown, "most": half_empty.MOST_ROWS, "moved": False, "trouble": "", "note": ""}
    return page(request, visitor, "waiting.html", at="queue", status=status, **values | more)


@router.get("/waiting/{submission_id}")
def report(request: Request, tools: Tooling, visitor: Decider, submission_id: int) -> Response:
    """Show a report that waits beside the one it would replace."""
    return _show(request, visitor, _page_of(tools, visitor, submission_id))


@router.post("/waiting/{submission_id}/decide")
def decide(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    submission_id: int,
    says: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Let it replace the earlier report, be added to it, or be left."""
    shown = _page_of(tools, visitor, submission_id)
    note = note.replace("\r\n", "\n")
    if says == DISMISS:
        outcome: object = half_empty.dismiss(tools, visitor, submission_id, note, seen)
    elif says in (Mode.REPLACE, Mode.ADD):
        outcome = half_empty.decide(tools, visitor, submission_id, Mode(says), seen)
    else:
        return _show(request, visitor, shown, 422, trouble="half.choose", note=note)
    if isinstance(outcome, Done):
        return go(request, visitor, QUEUE, said(f"half.done.{outcome.says}", rep=shown.report.rep_name))
    if isinstance(outcome, Unreadable):
        return _show(request, visitor, outcome.page, 409, trouble="half.unreadable", note=note)
    if isinstance(outcome, MovedOn):
        return _show(request, visitor, outcome.page, 409, moved=True, note=note)
    raise HTTPException(404)
