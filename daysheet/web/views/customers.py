"""The customer: search, everything known of it, its fields."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from daysheet.model.access import Right
from daysheet.services import customer_edit, customer_people, customer_search, customer_view
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Done, Invalid, Stale
from daysheet.services.customer_log import FIELDS
from daysheet.services.customer_search import Wanted
from daysheet.services.customer_view import CustomerPage
from daysheet.services.tools import Tools
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import Words, as_shown, go, language_of, page, said, words_of
from daysheet.web.visitors import Decider, Reader, Tooling

router = APIRouter(include_in_schema=False)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUSES = ("provisional", "confirmed", "inactive")
LEVELS = ("A", "B", "C", "D")
MOST_PAGES = 20
"""Pages of a search; whoever turns as many narrows it."""
WAS = "was."
"""What the fields begin with that hold what the form showed."""

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Query(max_length=200)]


def wanted_of(q: Text = "", status: Text = "", level: Text = "", owner: Text = "") -> Wanted:
    """Return the search as it stands in the address."""
    return Wanted(q.strip(), status if status in STATUSES else "", level if level in LEVELS else "", owner.strip())


Search = Annotated[Wanted, Depends(wanted_of)]


# ---- search ------------------------------------------------------------------------------------


@router.get("/customers")
def listed(request: Request, tools: Tooling, visitor: Reader, wanted: Search, number: PageNumber = 1) -> Response:
    """Search, or list the newest."""
    number = min(number, MOST_PAGES)
    words = words_of(request, visitor)
    hits, has_more = customer_search.find(tools, visitor.scope, wanted, number)
    return page(
        request,
        visitor,
        "customers.html",
        at="customers",
        hits=hits,
        wanted=wanted,
        values=_values(wanted),
        number=number,
        has_more=has_more and number < MOST_PAGES,
        is_cut=has_more and number == MOST_PAGES,
        status_options=_options(words, "customer.status", ("", *STATUSES)),
        level_options=_options(words, "", ("", *LEVELS)),
        people=customer_people.choices(tools, visitor.scope),
    )


def _options(words: Words, prefix: str, codes: Sequence[str], none: str = "console.all") -> list[tuple[str, str]]:
    """Return choices with their texts; a code without a prefix says itself."""
    return [(code, (words(f"{prefix}.{code}") if prefix else code) if code else words(none)) for code in codes]


def _values(wanted: Wanted) -> dict[str, str]:
    values = {"q": wanted.text, "status": wanted.status, "level": wanted.level, "owner": wanted.owner}
    return {name: value for name, value in values.items() if value}


@router.get("/customers.csv")
def as_csv(request: Request, tools: Tooling, visitor: Reader, wanted: Search) -> Response:
    """Give what the filter shows as CSV that Excel reads."""
    heads, lines = customer_search.table(tools, visitor.scope, wanted, language_of(request, visitor))
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(heads)
    writer.writerows(lines)
    return _file(tools, content.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@router.get("/customers.xlsx")
def as_workbook(request: Request, tools: Tooling, visitor: Reader, wanted: Search) -> Response:
    """Give what the filter shows as a workbook."""
    content = customer_search.workbook(tools, visitor.scope, wanted, language_of(request, visitor))
    return _file(tools, content, XLSX, "xlsx")


def _file(tools: Tools, content: bytes, kind: str, ending: str) -> Response:
    name = f"customers-{tools.clock():%Y-%m-%d}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ---- one customer ------------------------------------------------------------------------------


@router.get("/customers/{customer_id}")
def shown(request: Request, tools: Tooling, visitor: Reader, customer_id: Id) -> Response:
    """Show everything of a customer; a merged one's address leads to what it became."""
    found = customer_view.page(tools, visitor.scope, customer_id, language_of(request, visitor))
    if found is None:
        raise HTTPException(404)
    if isinstance(found, int):
        return RedirectResponse(f"/customers/{found}", 303)
    return _customer(request, tools, visitor, found)


def _customer(request: Request, tools: Tools, visitor: Visitor, found: CustomerPage) -> Response:
    may_decide = visitor.may(Right.DECIDE)
    return page(
        request,
        visitor,
        "customer.html",
        at="customers",
        found=found,
        customer=found.customer,
        people=customer_people.choices(tools, visitor.scope) if may_decide else (),
        told=teller(words_of(request, visitor)),
    )


def teller(words: Words) -> Any:
    """Return what says a code in words: by a prefix of keys, or the code itself where it has none."""

    def told(prefix: str, code: str) -> str:
        try:
            return words(f"{prefix}.{code}")
        except KeyError:
            return code

    return told


@router.get("/customers/{customer_id}/all/{section}")
def section(
    request: Request, tools: Tooling, visitor: Reader, customer_id: Id, section: str, number: PageNumber = 1
) -> Response:
    """Show one section of a customer, a page at a time."""
    found = customer_view.section(tools, visitor.scope, customer_id, section, number, language_of(request, visitor))
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        visitor,
        "customer_section.html",
        at="customers",
        customer=found.customer,
        piece=found.piece,
        number=number,
        people=(),
        told=teller(words_of(request, visitor)),
    )


# ---- its fields --------------------------------------------------------------------------------


@router.get("/customers/{customer_id}/edit")
def edit_form(request: Request, tools: Tooling, visitor: Decider, customer_id: Id) -> Response:
    """Show the form."""
    return _form(request, tools, visitor, customer_id)


def _form(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    customer_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    invalid: Invalid | None = None,
    stale: Stale | None = None,
) -> Response:
    found = customer_edit.opened(tools, visitor, customer_id)
    if found is None:
        raise HTTPException(404)
    words = words_of(request, visitor)
    statuses = STATUSES if found["status"] == "provisional" else STATUSES[1:]
    values = {name: typed[name] if typed and name in typed else found[name] for name in FIELDS}
    return page(
        request,
        visitor,
        "customer_edit.html",
        at="customers",
        status=409 if stale else 422 if invalid else 200,
        customer_id=customer_id,
        name=found["display_name"],
        values=values,
        was=found,
        problems=invalid.problems if invalid else {},
        stale=stale,
        level_options=_options(words, "", ("", *LEVELS), "customer.no-level"),
        status_options=_options(words, "customer.status", statuses),
    )


@router.post("/customers/{customer_id}/edit")
async def edit(request: Request, tools: Tooling, visitor: Decider, customer_id: Id) -> Response:
    """Store what was written, or show what is wrong with it or who was quicker."""
    form = await request.form()
    sent = {key: value for key, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_edit, request, tools, visitor, customer_id, sent)


def _edit(request: Request, tools: Tools, visitor: Visitor, customer_id: int, sent: Mapping[str, str]) -> Response:
    found = customer_edit.opened(tools, visitor, customer_id)
    if found is None:
        raise HTTPException(404)
    typed = {name: sent[name] for name in FIELDS if name in sent}
    was = {name: sent.get(WAS + name, "").replace("\r\n", "\n") for name in FIELDS}
    # a page shows signs that turn a text as other signs: what comes back as it was shown is as it was
    shown = {name: str(as_shown(value)) for name, value in found.items()}
    was = {name: found[name] if text == shown[name] else text for name, text in was.items()}
    changed = {name: text for name, text in typed.items() if text.replace("\r\n", "\n") != shown[name]}
    done = customer_edit.edit(tools, visitor, customer_id, changed, was)
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Done):
        undo = f"/customers/{done.root_id}/undo/{done.entry_id}" if done.entry_id else None
        return go(request, visitor, f"/customers/{done.root_id}", said("customer.saved", undo))
    if isinstance(done, Invalid):
        return _form(request, tools, visitor, customer_id, typed=typed, invalid=done)
    return _form(request, tools, visitor, customer_id, typed=typed, stale=done)
