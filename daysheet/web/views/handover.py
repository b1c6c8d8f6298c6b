"""A leaving rep's customers and open work to another."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from daysheet.services import customer_people, handing_over
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Problem
from daysheet.services.customer_sheets import customer_sheets
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import go, language_of, page, said
from daysheet.web.views.customers import Id
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

Number = Annotated[str, Query(max_length=100)]


@router.get("/handover")
def form(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    giver: Annotated[str, Query(alias="from", max_length=100)] = "",
    taker: Annotated[str, Query(alias="to", max_length=100)] = "",
    number: PageNumber = 1,
) -> Response:
    """Show what somebody has to hand over, and to whom it may go."""
    found = handing_over.preview(tools, visitor, giver, number) if giver else None
    chosen = handing_over.person(tools, visitor, taker) if taker else None
    if (giver and found is None) or (taker and chosen is None):
        raise HTTPException(404)
    language = language_of(request, visitor)
    return page(
        request,
        visitor,
        "handover.html",
        at="customers",
        found=found,
        taker=chosen,
        givers=handing_over.everybody(tools, visitor),
        takers=customer_people.choices(tools, visitor.scope),
        number=number,
        values={"from": giver, "to": taker},
        labels={key: sheet.label.in_(language) for key, (_, sheet) in customer_sheets(tools).items()},
    )


@router.post("/handover")
async def hand_over(request: Request, tools: Tooling, visitor: Decider) -> Response:
    """Hand all or the chosen customers over."""
    sent = await request.form()
    numbers = [one for one in sent.getlist("customer") if isinstance(one, str) and one.isascii() and one.isdigit()]
    chosen = [int(one) for one in numbers if len(one) < 20]
    some = None if sent.get("which") == "all" else [one for one in chosen if one <= LARGEST_ID]
    giver, taker = str(sent.get("from", "")), str(sent.get("to", ""))
    return await run_in_threadpool(_hand_over, request, tools, visitor, giver, taker, some)


def _hand_over(
    request: Request, tools: Tools, visitor: Visitor, giver: str, taker: str, chosen: list[int] | None
) -> Response:
    to = f"/handover?from={giver}&to={taker}"
    if chosen is not None and not chosen:
        return go(request, visitor, to, said("handover.none-chosen", tone="warn"))
    done = handing_over.hand_over(tools, visitor, giver, taker, chosen)
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Problem):
        return go(request, visitor, to, said(done.key, tone="bad", **done.params))
    if not done.customers:
        return go(request, visitor, to, said("handover.nothing-left", tone="warn", name=done.giver.name))
    notice = said(
        "handover.done",
        f"/handover/undo/{done.entry_id}",
        number=done.customers,
        giver=done.giver.name,
        taker=done.taker.name,
    )
    return go(request, visitor, to, notice)


@router.post("/handover/undo/{entry_id}")
def undo(request: Request, tools: Tooling, visitor: Decider, entry_id: Id) -> Response:
    """Take a hand-over back."""
    done = handing_over.undo(tools, visitor, entry_id)
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Problem):
        return go(request, visitor, "/handover", said(done.key, tone="bad", **done.params))
    to = f"/handover?from={done.giver.number}"
    return go(request, visitor, to, said("handover.undone", giver=done.giver.name))


@router.get("/handover/undo/{entry_id}")
def reloaded(visitor: Decider, entry_id: Id) -> Response:
    """Lead back from where a form was answered."""
    del visitor, entry_id
    return RedirectResponse("/handover", 303)
