"""Questions about customers: the lists."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from daysheet.services import queue
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.web.addresses import PageNumber
from daysheet.web.lens import AGES, ANSWERED, KINDS, ME, NOBODY, Lens
from daysheet.web.page import page
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)


@router.get("/queue")
def first_with_work(tools: Tooling, visitor: Decider) -> RedirectResponse:
    """Lead to the first queue that has something in it."""
    waiting = queue.counts(tools, visitor)
    first = next((name for name in waiting.__dataclass_fields__ if getattr(waiting, name)), "names")
    return RedirectResponse(f"/queue/{first}", 303)


def _listing(tab: str) -> Callable[..., Awaitable[Response]]:
    async def listing(request: Request, tools: Tooling, visitor: Decider, page_number: PageNumber = 1) -> Response:
        lens = Lens.of(request.query_params, tab)
        return await run_in_threadpool(show, request, tools, visitor, lens, page_number)

    return listing


for _tab in (*KINDS, ANSWERED):
    router.add_api_route(f"/queue/{_tab}", _listing(_tab), methods=["GET"])


def show(request: Request, tools: Tools, visitor: Visitor, lens: Lens, number: int = 1, **more: Any) -> Response:
    """Show the list that *lens* tells; *more* is what a form's answer adds."""
    people = queue.deciders(tools)
    values: dict[str, Any] = {
        "lens": lens,
        "found": queue.listed(tools, visitor, lens.view(tools, visitor), number),
        "counts": queue.counts(tools, visitor),
        "people": people,
        "names": {person.number: person.name for person in people},
        "ages": AGES,
        "me": ME,
        "nobody": NOBODY,
        "trouble": "",
        "chosen": frozenset[int](),
    }
    return page(request, visitor, "queue.html", at="queue", **values | more)
