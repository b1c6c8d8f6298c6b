"""Who asks for a page, and whether they may: what every view declares."""

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from daysheet.config import Settings
from daysheet.errors import NotAllowed
from daysheet.model.access import Right
from daysheet.services import access
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools

_SAFE = frozenset({"GET", "HEAD"})


class SignInNeeded(Exception):
    """Nobody is signed in, or no longer."""


class FormStale(Exception):
    """The form's token is not that of the session: the page is from before signing in again."""


def tools_of(request: Request) -> Tools:
    """Return what the services work with."""
    return cast("Tools", request.app.state.tools)


def settings_of(request: Request) -> Settings:
    """Return the settings."""
    return cast("Settings", request.app.state.settings)


def cookie_name(request: Request) -> str:
    """Return the session cookie's name; with https it is bound to this host."""
    return "__Host-daysheet" if request.app.state.is_https else "daysheet"


async def visitor_of(request: Request) -> Visitor:
    """Return who is signed in; raises SignInNeeded, and FormStale for a form of another session."""
    token = request.cookies.get(cookie_name(request), "")
    found = await run_in_threadpool(access.visitor, tools_of(request), token) if token else None
    if found is None:
        raise SignInNeeded
    assert found.session is not None
    if request.method not in _SAFE:
        form = await request.form()
        if any(isinstance(value, str) and "\0" in key + value for key, value in form.multi_items()):
            raise HTTPException(400)  # nobody types a NUL, and no database takes it
        sent = form.get("csrf")
        if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), found.session.csrf.encode()):
            raise FormStale
    return found


def _with(right: Right) -> object:
    async def checked(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Visitor:
        access.require(visitor, right)
        return visitor

    return Depends(checked)


async def program_of(request: Request) -> Visitor:
    """Return who asks through the read API: a program with a token, or a signed-in browser."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = await run_in_threadpool(access.program, tools_of(request), token.strip())
        if found is None:
            raise SignInNeeded
    else:
        found = await visitor_of(request)
    if not found.may(Right.READ):
        raise NotAllowed(f"{found.person.name} may not read")
    return found


Tooling = Annotated[Tools, Depends(tools_of)]
Anyone = Annotated[Visitor, Depends(visitor_of)]
"""Whoever is signed in."""
Reader = Annotated[Visitor, _with(Right.READ)]
Decider = Annotated[Visitor, _with(Right.DECIDE)]
Administrator = Annotated[Visitor, _with(Right.ADMINISTER)]
Program = Annotated[Visitor, Depends(program_of)]
