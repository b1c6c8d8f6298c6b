"""Many questions at once: what would happen, then that, and one undo."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from daysheet.services import bulk, deciding, queue
from daysheet.services.bulk import CAP, Deed, Fate, Result
from daysheet.services.tools import Tools
from daysheet.web.lens import ME, NOBODY, Lens
from daysheet.web.page import go, page, said
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=10_000)]
Many = Annotated[list[str], Form(max_length=10_000)]


@router.get("/queue/bulk")
@router.get("/queue/bulk/{rest:path}")
def reloaded(visitor: Decider, rest: str = "") -> Response:
    """Lead back to the queue from where a form was answered."""
    del visitor, rest
    return RedirectResponse("/queue", 303)


def _assignee(tools: Tools, to: str, own: str) -> tuple[str, str]:
    """Return number and name of whom *to* names, both empty for nobody; raises 422 for one who cannot decide."""
    if to == NOBODY:
        return "", ""
    number = own if to == ME else to
    known = {person.number: person.name for person in queue.deciders(tools)}
    if number not in known:
        raise HTTPException(422)
    return number, known[number]


@router.post("/queue/bulk/preview")
def preview(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    does: Annotated[Deed, Form()],
    id: Many = [],  # noqa: A002, B006  the form's name; FastAPI copies it
    all: Text = "",  # noqa: A002  the form's name
    to: Text = ME,
    view: Text = "",
) -> Response:
    """Show what would happen to each of the questions that were chosen."""
    lens = Lens.read(view)
    chosen: list[int] = [int(one) for one in id if one.isascii() and one.isdigit() and len(one) < 16]
    if all:
        chosen = list(queue.ids(tools, visitor, lens.view(tools, visitor), CAP + 1))
    if not chosen:
        return go(request, visitor, lens.list_address, said("bulk.nothing-chosen", tone="warn"))
    values: dict[str, Any] = {
        "lens": lens,
        "does": does,
        "steps": bulk.preview(tools, visitor, does, chosen),
        "is_cut": len(chosen) > CAP,
        "cap": CAP,
        "to": to,
        "assignee": _assignee(tools, to, visitor.person.number)[1] if does is Deed.ASSIGN else "",
        "batch": secrets.token_hex(8),
        "fates": tuple(Fate),
    }
    return page(request, visitor, "queue_bulk.html", at="queue", **values)


@router.post("/queue/bulk")
def carry_out(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    does: Annotated[Deed, Form()],
    step: Many = [],  # noqa: B006  FastAPI copies it
    batch: Text = "",
    to: Text = ME,
    view: Text = "",
    reason: Text = "",
) -> Response:
    """Do what was shown."""
    lens = Lens.read(view)
    wanted = {}
    for one in step[:CAP]:
        review_id, _, candidate = one.partition(".")
        if not (review_id + candidate).isascii() or not review_id.isdigit() or not candidate.isdigit() or len(one) > 32:
            raise HTTPException(422)
        wanted[int(review_id)] = int(candidate)
    if does is Deed.ASSIGN:
        number, name = _assignee(tools, to, visitor.person.number)
        changed, _ = deciding.assign(tools, visitor, list(wanted), number)
        key = "bulk.assigned" if number else "bulk.unassigned"
        return go(request, visitor, lens.list_address, said(key, count=changed, name=name))
    if not bulk.is_batch(batch):
        raise HTTPException(422)
    result = bulk.carry_out(tools, visitor, does, wanted, batch, reason.strip()[: deciding.LONGEST_NOTE])
    undo = f"/queue/bulk/{batch}/undo" if result.done else None
    notice = said(f"bulk.done.{does}", undo, "good" if result.done else "warn", count=result.done)
    return _told(request, visitor, lens, result, notice)


@router.post("/queue/bulk/{batch}/undo")
def undo(request: Request, tools: Tooling, visitor: Decider, batch: str, to: Annotated[str, Form()] = "") -> Response:
    """Take back what a batch did, and say what could not be."""
    result = bulk.take_back(tools, visitor, batch) if bulk.is_batch(batch) else None
    if result is None:
        raise HTTPException(404)
    notice = said("bulk.undone", tone="good" if result.done else "bad", count=result.done)
    return _told(request, visitor, Lens.read(to), result, notice)


def _told(request: Request, visitor: Decider, lens: Lens, result: Result, notice: dict[str, Any]) -> Response:
    """Go back to the list where everything was done, else say what was not."""
    if not result.left:
        return go(request, visitor, lens.list_address, notice)
    return page(request, visitor, "queue_left.html", at="queue", lens=lens, result=result, notice=notice)
