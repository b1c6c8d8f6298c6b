"""The console as an ASGI application; ``commands/serve`` runs it beside the scheduler."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from importlib.resources import files

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from daysheet.config import Settings
from daysheet.errors import DaysheetError, NotAllowed, StoreError
from daysheet.services.tools import Tools
from daysheet.web.page import page
from daysheet.web.security import Guard
from daysheet.web.views import (
    answers,
    api,
    audit,
    bulk,
    customer_change,
    customer_merge,
    customers,
    handover,
    home,
    messages,
    operations,
    people,
    queue,
    review,
    rows,
    sign_in,
    waiting,
)
from daysheet.web.visitors import FormStale, SignInNeeded

log = structlog.get_logger()
ROUTERS = (
    sign_in.router,
    home.router,
    queue.router,
    bulk.router,
    review.router,
    rows.router,
    waiting.router,
    messages.router,
    answers.router,
    customers.router,
    customer_merge.router,
    customer_change.router,
    handover.router,
    people.router,
    audit.router,
    operations.router,
    api.router,
)


def create(settings: Settings, tools: Tools) -> FastAPI:
    """Return the console on *tools*; opens nothing."""
    app = FastAPI(
        title="Daysheet",
        version=version("daysheet"),
        summary="Read what the daily reports have made of the customer database.",
        docs_url=None,  # the pages of FastAPI load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.settings = settings
    app.state.tools = tools
    app.state.is_https = (settings.web.public_url or "").startswith("https://")
    public_host = (settings.web.public_url or "").partition("://")[2]
    app.add_middleware(Guard, is_https=app.state.is_https, public_host=public_host)
    app.mount("/static", StaticFiles(directory=str(files("daysheet.web") / "static")), name="static")
    for router in ROUTERS:
        app.include_router(router)
    for kind, handler in _TROUBLE.items():
        app.add_exception_handler(kind, handler)
    return app


# ---- trouble -----------------------------------------------------------------------------------


def _is_for_programs(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _trouble(request: Request, status: int, key: str, detail: str = "") -> Response:
    """Say what is the matter: *detail*, which is English, to programs only."""
    if _is_for_programs(request):
        return JSONResponse({"error": key.removeprefix("trouble."), "detail": detail}, status)
    return page(request, None, "trouble.html", status=status, key=key)


async def _sign_in(request: Request, error: Exception) -> Response:
    del error
    if _is_for_programs(request):
        return JSONResponse({"error": "sign-in-needed", "detail": ""}, 401, {"WWW-Authenticate": "Bearer"})
    return await sign_in.ask(request)


async def _stale(request: Request, error: Exception) -> Response:
    del error
    return await sign_in.ask_again(request)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return _trouble(request, 403, "trouble.not-allowed", str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: "trouble.not-found", 405: "trouble.not-found", 403: "trouble.not-allowed"}
    answer = _trouble(request, error.status_code, known.get(error.status_code, "trouble.failed"))
    answer.headers.update(error.headers or {})  # a 405 says what would be allowed
    return answer


async def _too_large(request: Request, error: Exception) -> Response:
    """Say of an id larger than any database keeps (SQLite's driver raises) what is said of every other: no such."""
    log.info("console.number-too-large", path=request.url.path, error=str(error))
    return _trouble(request, 404, "trouble.not-found")


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _is_for_programs(request):
        detail = [{"at": list(one["loc"]), "message": one["msg"]} for one in error.errors()]
        return JSONResponse({"error": "invalid", "detail": detail}, 422)
    return _trouble(request, 422, "trouble.invalid")


async def _store(request: Request, error: Exception) -> Response:
    log.warning("console.database", error=str(error))
    return _trouble(request, 503, "trouble.database")


async def _ours(request: Request, error: Exception) -> Response:
    log.warning("console.refused", path=request.url.path, error=str(error))
    return _trouble(request, 400, "trouble.failed", str(error))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("console.failed", path=request.url.path, error=type(error).__name__)
    return _trouble(request, 500, "trouble.failed")


_TROUBLE: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    SignInNeeded: _sign_in,
    FormStale: _stale,
    NotAllowed: _not_allowed,
    HTTPException: _http,
    RequestValidationError: _invalid,
    OverflowError: _too_large,
    StoreError: _store,
    DaysheetError: _ours,
    Exception: _unexpected,
}
