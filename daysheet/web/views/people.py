"""Who may sign in, and how much they see."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from daysheet.model.people import Role
from daysheet.services import auditing, staff
from daysheet.services.access import Visitor
from daysheet.services.staff import AccountState, Trouble, View, Wanted
from daysheet.services.tools import Tools
from daysheet.web.page import go, page, said, words_of
from daysheet.web.views.audit import field_words, labels
from daysheet.web.visitors import Administrator, Tooling, settings_of

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Query(max_length=200)]
Places = Annotated[list[str], Form()]
DEEDS = ("grant", "view", "link", "disable", "sessions", "tokens")


@router.get("/people")
def members(
    request: Request,
    tools: Tooling,
    visitor: Administrator,
    q: Text = "",
    role: Text = "",
    region: Text = "",
    team: Text = "",
    state: Text = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """List everybody, with their account."""
    wanted = Wanted(q.strip(), role, region, team, state)
    found = staff.listed(tools, wanted, page_number)
    values: dict[str, Any] = {
        "found": found,
        "asked": {"q": q, "role": role, "region": region, "team": team, "state": state},
        "number": page_number,
        "roles": tuple(Role),
        "states": tuple(AccountState),
    }
    return page(request, visitor, "people.html", at="people", **values)


@router.get("/people/{number}")
def member(request: Request, tools: Tooling, visitor: Administrator, number: str) -> Response:
    """Show one person."""
    return _person(request, tools, visitor, number)


@router.get("/people/{number}/{deed}")
def reloaded(visitor: Administrator, number: str, deed: str) -> Response:
    """Lead back to the person from where a form was answered."""
    del visitor
    if deed not in DEEDS:
        raise HTTPException(404)
    return RedirectResponse(_path(number), 303)


@router.post("/people/{number}/grant")
def grant(
    request: Request,
    tools: Tooling,
    visitor: Administrator,
    number: str,
    sees: Annotated[str, Form()] = "",
    regions: Places = [],  # noqa: B006 - FastAPI copies it
    teams: Places = [],  # noqa: B006 - as above
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody in; the page shows the link once."""
    view = View(sees == "all", tuple(regions), tuple(teams))
    done = staff.grant(tools, visitor, number, view, seen)
    if isinstance(done, Trouble):
        return _person(request, tools, visitor, number, trouble=done, typed=view)
    return _person(request, tools, visitor, number, link=_address(request, done))


@router.post("/people/{number}/view")
def view(
    request: Request,
    tools: Tooling,
    visitor: Administrator,
    number: str,
    sees: Annotated[str, Form()] = "",
    regions: Places = [],  # noqa: B006 - FastAPI copies it
    teams: Places = [],  # noqa: B006 - as above
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Change how much somebody sees."""
    wanted = View(sees == "all", tuple(regions), tuple(teams))
    trouble = staff.change_view(tools, visitor, number, wanted, seen)
    if trouble is not None:
        return _person(request, tools, visitor, number, trouble=trouble, typed=wanted)
    return go(request, visitor, _path(number), said("people.view-changed"))


@router.post("/people/{number}/link")
def link(request: Request, tools: Tooling, visitor: Administrator, number: str) -> Response:
    """Make a new one-time link; the page shows it once."""
    done = staff.new_link(tools, visitor, number)
    if isinstance(done, Trouble):
        return _person(request, tools, visitor, number, trouble=done)
    return _person(request, tools, visitor, number, link=_address(request, done))


@router.post("/people/{number}/disable")
def disable(request: Request, tools: Tooling, visitor: Administrator, number: str) -> Response:
    """Close an account."""
    trouble = staff.disable(tools, visitor, number)
    if trouble is not None:
        return _person(request, tools, visitor, number, trouble=trouble)
    return go(request, visitor, _path(number), said("people.closed"))


@router.post("/people/{number}/sessions")
def sessions(request: Request, tools: Tooling, visitor: Administrator, number: str) -> Response:
    """Sign somebody out everywhere."""
    ended = staff.end_sessions(tools, visitor, number)
    if isinstance(ended, Trouble):
        return _person(request, tools, visitor, number, trouble=ended)
    if number == visitor.person.number:
        return RedirectResponse("/sign-in", 303)
    return go(request, visitor, _path(number), said("people.sessions-ended"))


@router.post("/people/{number}/tokens")
def tokens(
    request: Request, tools: Tooling, visitor: Administrator, number: str, name: Annotated[str, Form()] = ""
) -> Response:
    """Let a program's token hold no longer."""
    revoked = staff.revoke_token(tools, visitor, number, name)
    if isinstance(revoked, Trouble):
        return _person(request, tools, visitor, number, trouble=revoked)
    return go(request, visitor, _path(number), said("people.token-revoked", name=name))


def _path(number: str) -> str:
    return f"/people/{quote(number)}"


def _address(request: Request, token: str) -> str:
    """Return the link; it stands in this one answer and nowhere else."""
    at = settings_of(request).web.public_url or str(request.base_url).rstrip("/")
    return f"{at}/enter?token={token}"


def _person(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    number: str,
    *,
    trouble: Trouble | None = None,
    typed: View | None = None,
    link: str = "",
) -> Response:
    found = staff.profile(tools, number)
    if found is None:
        raise HTTPException(404)
    shown = typed or View(found.member.sees_all, found.member.regions, found.member.teams)
    values: dict[str, Any] = {
        "found": found,
        "shown": shown,
        "trouble": trouble,
        "link": link,
        "changes": auditing.changes,
        "field_words": field_words(words_of(request, visitor)),
        "labels": labels(
            words_of(request, visitor), {code for one in found.decisions for code in (one.action, one.entity)}
        ),
        "is_self": number == visitor.person.number,
    }
    status = 409 if trouble is Trouble.MOVED else 422 if trouble else 200
    return page(request, visitor, "person.html", at="people", status=status, **values)
