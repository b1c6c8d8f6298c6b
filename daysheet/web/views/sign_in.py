"""Sign in, by password or one-time link; sign out; one's own password and way of showing things."""

import math
import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from daysheet.errors import UsageError
from daysheet.model.text import Language
from daysheet.services import access
from daysheet.services.access import Entered
from daysheet.web.page import THEMES, go, page, said
from daysheet.web.security import local_path
from daysheet.web.visitors import Anyone, Tooling, cookie_name

router = APIRouter(include_in_schema=False)

PER_NAME = parse("10/5 minutes")
PER_CLIENT = parse("40/5 minutes")
MOST_KEPT = 200
"""Fields of a form that are kept while its sender signs in again."""
_NOT_KEPT = frozenset({"csrf", "password", "again"})
_YEAR = 365 * 86400


class Throttle:
    """Counts tries to sign in, in this process."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, name: str, client: str) -> int:
        """Count a try; return the minutes to wait, 0 where it may go on."""
        found = 0
        counted: list[tuple[RateLimitItem, str]] = [(PER_NAME, f"name:{name}"), (PER_CLIENT, f"client:{client}")]
        for limit, key in counted:
            if not self._window.hit(limit, key):
                left = self._window.get_window_stats(limit, key).reset_time - time.time()
                found = max(found, math.ceil(left / 60), 1)
        return found


def _throttle(request: Request) -> Throttle:
    state = request.app.state
    if not hasattr(state, "throttle"):
        state.throttle = Throttle()
    made: Throttle = state.throttle
    return made


# ---- being asked -------------------------------------------------------------------------------


async def ask(request: Request) -> Response:
    """Ask whoever is not signed in; what they had typed into a form stays in the page and comes back after."""
    kept = await _typed(request)
    to = request.url.path if kept else _here(request)
    return page(request, None, "sign_in.html", status=401, to=to, kept=kept, name="", trouble="", wait=0)


async def ask_again(request: Request) -> Response:
    """Show a form that was written before signing in anew, to be sent once more."""
    kept = await _typed(request)
    found = access.visitor(request.app.state.tools, request.cookies.get(cookie_name(request), ""))
    return page(request, found, "send_again.html", status=409, to=request.url.path, kept=kept)


async def _typed(request: Request) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    form = await request.form()
    found = [(key, value) for key, value in form.multi_items() if isinstance(value, str) and key not in _NOT_KEPT]
    return found[:MOST_KEPT]


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


@router.get("/sign-in")
def form(request: Request, to: str = "/") -> Response:
    """Show the form."""
    return page(request, None, "sign_in.html", to=local_path(to), kept=[], name="", trouble="", wait=0)


@router.post("/sign-in")
async def enter(request: Request, tools: Tooling) -> Response:
    """Let in, or say that name and password do not fit."""
    from starlette.concurrency import run_in_threadpool

    sent = await request.form()
    name, password = str(sent.get("name", "")).replace("\0", "")[:200], str(sent.get("password", ""))[:1000]
    to = local_path(str(sent.get("to", "/")))
    kept = [(k.removeprefix("kept."), v) for k, v in sent.multi_items() if k.startswith("kept.") and isinstance(v, str)]
    client = request.client.host if request.client else ""
    wait = _throttle(request).wait(name.strip().lower(), client)
    entered = None if wait else await run_in_threadpool(access.sign_in, tools, name, password)
    if entered is None:
        trouble = "sign-in.wait" if wait else "sign-in.wrong"
        status = 429 if wait else 401
        values: dict[str, Any] = {"to": to, "kept": kept, "name": name, "trouble": trouble, "wait": wait}
        return page(request, None, "sign_in.html", status=status, **values)
    if kept:
        answer: Response = page(request, entered.visitor, "send_again.html", to=to, kept=kept)
    else:
        answer = RedirectResponse(to, 303)
    return _with_session(request, answer, entered)


def _with_session(request: Request, answer: Response, entered: Entered) -> Response:
    answer.set_cookie(
        cookie_name(request),
        entered.token,
        max_age=int(access.SESSION_LASTS.total_seconds()),
        path="/",
        secure=request.app.state.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


# ---- the one-time link -------------------------------------------------------------------------


@router.get("/enter")
def show_link(request: Request, tools: Tooling, token: str = "") -> Response:
    """Show one button: programs that look links over must not use them up."""
    is_good = access.link_is_good(tools, token)
    return page(request, None, "enter.html", status=200 if is_good else 410, token=token, is_good=is_good)


@router.post("/enter")
def use_link(request: Request, tools: Tooling, token: Annotated[str, Form()]) -> Response:
    """Use the link up and let its owner in."""
    entered = access.use_link(tools, token)
    if entered is None:
        return page(request, None, "enter.html", status=410, token="", is_good=False)
    to = "/" if entered.visitor.account.has_password else "/account?first=1"
    return _with_session(request, RedirectResponse(to, 303), entered)


# ---- inside ------------------------------------------------------------------------------------


@router.post("/sign-out")
def leave(request: Request, tools: Tooling, visitor: Anyone) -> Response:
    """End the session."""
    assert visitor.session is not None
    access.leave(tools, visitor.session)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(request), path="/", secure=request.app.state.is_https, httponly=True)
    return answer


@router.get("/account")
def own(request: Request, visitor: Anyone, first: str = "") -> Response:
    """Show one's own account."""
    return page(request, visitor, "account.html", first=bool(first), trouble="", shortest=access.SHORTEST_PASSWORD)


@router.post("/account/password")
def password(
    request: Request,
    tools: Tooling,
    visitor: Anyone,
    password: Annotated[str, Form()],
    again: Annotated[str, Form()],
) -> Response:
    """Set one's own password."""
    trouble = "" if password == again else "account.differ"
    if not trouble:
        try:
            access.set_password(tools, visitor, password)
        except UsageError:
            trouble = "account.short"
    if trouble:
        values: dict[str, Any] = {"first": False, "trouble": trouble, "shortest": access.SHORTEST_PASSWORD}
        return page(request, visitor, "account.html", status=422, **values)
    return go(request, visitor, "/account", said("account.password-set"))


@router.post("/account/look")
def look(
    request: Request,
    visitor: Anyone,
    lang: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    keys: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/account",
) -> Response:
    """Choose language, colours and single-letter keys for this browser."""
    answer = go(request, visitor, to)
    for name, value, allowed in (
        ("lang", lang, tuple(Language)),
        ("theme", theme, THEMES),
        ("keys", keys, ("on", "off")),
    ):
        if value in allowed:
            answer.set_cookie(name, str(value), max_age=_YEAR, path="/", samesite="lax", httponly=True)
    return answer
