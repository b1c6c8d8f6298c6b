"""The first page: what waits, and how the deciding goes."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from daysheet.services import queue
from daysheet.web.page import page
from daysheet.web.visitors import Reader, Tooling

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, tools: Tooling, visitor: Reader) -> Response:
    """Show what waits, and how the deciding goes."""
    figures = queue.figures(tools, visitor)
    values: dict[str, Any] = {
        "counts": queue.counts(tools, visitor),
        "figures": figures,
        "undone": _share(figures.taken_back, figures.answered),
        "differed": _share(figures.differed, figures.compared),
        "days": queue.DAYS,
    }
    return page(request, visitor, "home.html", at="home", **values)


def _share(part: int, whole: int) -> str:
    """Return how many of a hundred, to one place where that says more; nothing of nothing is a dash."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"
