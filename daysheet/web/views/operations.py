"""How the service is doing: a page for stewards, and what probes and monitors ask."""

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from daysheet.model.alarms import AlarmKind
from daysheet.model.trust import Trust, Way
from daysheet.services import health, operating
from daysheet.services.health import Metrics
from daysheet.web.page import go, page, said
from daysheet.web.visitors import Decider, Tooling, settings_of

router = APIRouter(include_in_schema=False)


@router.get("/operations")
def operations(request: Request, tools: Tooling, visitor: Decider) -> Response:
    """Show how the service is doing."""
    settings = settings_of(request)
    found = health.examine(tools, visitor, settings.data_dir, tuple(settings.mailboxes))
    values: dict[str, Any] = {
        "found": found,
        "version": version("daysheet"),
        "why": operating.why,
        "kinds": tuple(AlarmKind),
        "about": operating.about,
        "detail": operating.detail,
    }
    values |= {"trust": tools.trust, "said": _how_believed}
    return page(request, visitor, "operations.html", at="operations", **values)


def _how_believed(trust: Trust) -> str:
    """Return the key of the sentence that says how a mailbox believes its senders."""
    if trust.way is Way.NONE:
        return "operations.trust-none"
    if trust.way is Way.AUTHSERV:
        return "operations.trust-authserv" if trust.authserv_id else "operations.trust-unset"
    if trust.internal_header is not None:
        return "operations.trust-header"
    return "operations.trust-hosts" if trust.own_hosts else "operations.trust-unset"


@router.post("/operations/alarms/{alarm_id}/clear")
def clear(
    request: Request, tools: Tooling, visitor: Decider, alarm_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """Close an alarm; one that is closed already stays so."""
    is_closed = health.clear_alarm(tools, visitor, alarm_id)
    notice = said("operations.cleared") if is_closed else said("operations.was-cleared", tone="warn")
    return go(request, visitor, "/operations", notice)


# ---- probes and monitors -------------------------------------------------------------------------


@router.get("/healthz")
async def alive() -> Response:
    """Answer while the process does."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(tools: Tooling) -> Response:
    """Say whether pages can be shown; why not, in a word."""
    word = health.unready(tools)
    return PlainTextResponse(word or "ok", 503 if word else 200)


@router.get("/metrics")
def metrics(request: Request, tools: Tooling) -> Response:
    """Give the figures, unless that is switched off."""
    if not settings_of(request).web.metrics:
        raise HTTPException(404)
    state = request.app.state
    if not hasattr(state, "metrics"):
        state.metrics = Metrics(tools, version("daysheet"))
    made: Metrics = state.metrics
    return Response(made.text(), media_type=CONTENT_TYPE_LATEST)
