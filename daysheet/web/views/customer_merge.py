"""Merge two customers: find the other, look at both side by side, say whose value stays."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from daysheet.model.memory import Refusal
from daysheet.services import customer_merge, customer_search, merging
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import opened
from daysheet.services.customer_merge import Merged, Preview
from daysheet.services.customer_search import Wanted
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID
from daysheet.web.page import go, page, said
from daysheet.web.views.customers import Id, Text
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

KEEP = "keep."
SHORT_LIST = 20
LONGEST_REASON = 500


@router.get("/customers/{customer_id}/merge")
def form(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    customer_id: Id,
    other: Annotated[int, Query(alias="with", ge=0, le=LARGEST_ID)] = 0,
    q: Text = "",
) -> Response:
    """Find the other customer, or show what merging with it would do."""
    if other:
        return _preview(request, visitor, customer_merge.preview(tools, visitor, customer_id, other))
    known = opened(tools, visitor, customer_id)
    if known is None:
        raise HTTPException(404)
    hits = customer_search.find(tools, visitor.scope, Wanted(q), 1, SHORT_LIST)[0] if q.strip() else ()
    return page(
        request,
        visitor,
        "customer_merge_with.html",
        at="customers",
        customer_id=customer_id,
        name=known["display_name"],
        hits=[hit for hit in hits if hit.customer.id != customer_id],
        q=q,
    )


def _preview(
    request: Request,
    visitor: Visitor,
    found: Preview | None,
    *,
    keep: Mapping[str, str] | None = None,
    reason: str = "",
    refusal: Refusal | None = None,
    moved: bool = False,
) -> Response:
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        visitor,
        "customer_merge.html",
        at="customers",
        status=409 if moved or refusal else 200,
        found=found,
        may_keep=merging.MAY_KEEP,
        keep=keep or {},
        reason=reason,
        refusal=refusal or found.refusal,
        moved=moved,
    )


@router.post("/customers/{customer_id}/merge")
async def merge(request: Request, tools: Tooling, visitor: Decider, customer_id: Id) -> Response:
    """Merge as it was shown."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_merge, request, tools, visitor, customer_id, sent)


def _merge(request: Request, tools: Tools, visitor: Visitor, customer_id: int, sent: Mapping[str, str]) -> Response:
    other = sent.get("with", "")
    if not (other.isascii() and other.isdigit() and len(other) < 20 and 0 < int(other) <= LARGEST_ID):
        raise HTTPException(404)
    keep = {key.removeprefix(KEEP): value for key, value in sent.items() if key.startswith(KEEP)}
    reason = sent.get("reason", "").strip()[:LONGEST_REASON]
    done = customer_merge.merge(tools, visitor, customer_id, int(other), keep, reason, sent.get("seen", ""))
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Merged):
        to = f"/customers/{done.root_id}"
        if done.event is None:
            return go(request, visitor, to, said("merge.already", tone="warn"))
        return go(request, visitor, to, said("merge.done", f"{to}/unmerge/{done.event.id}", other=done.event.loser_id))
    if isinstance(done, Preview):
        return _preview(request, visitor, done, keep=keep, reason=reason, moved=True)
    again = customer_merge.preview(tools, visitor, customer_id, int(other))
    return _preview(request, visitor, again, keep=keep, reason=reason, refusal=done)
