"""What a steward changes of a customer besides its fields: names, links, people, judgements; and takes back."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from daysheet.model.memory import Refusal, RelationType
from daysheet.services import customer_edit, customer_people, customer_search, customer_view
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Done, Outcome, Problem
from daysheet.services.customer_search import Wanted
from daysheet.services.merging import Unmerged
from daysheet.web.addresses import LARGEST_ID
from daysheet.web.page import go, language_of, page, refused, said, words_of
from daysheet.web.views.customers import Id, Text
from daysheet.web.visitors import Decider, Reader, Tooling

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Form(ge=0, le=LARGEST_ID)]
Line = Annotated[str, Form(max_length=500)]
DEEDS = ("aliases", "links", "people", "judgements", "unmerge", "undo")
SHORT_LIST = 20


def answer(
    request: Request, visitor: Visitor, customer_id: int, done: Unmerged | Outcome, key: str, **params: Any
) -> Response:
    """Lead back to the customer, saying what was done, or why it was not; 404 where there is nothing of the kind."""
    to = f"/customers/{customer_id}"
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Refusal):
        return go(request, visitor, to, refused(words_of(request, visitor), done))
    if isinstance(done, Problem):
        return go(request, visitor, to, said(done.key, tone="bad", **done.params))
    undo = f"{to}/undo/{done.entry_id}" if isinstance(done, Done) and done.entry_id else None
    return go(request, visitor, to, said(key, undo, **params))


@router.post("/customers/{customer_id}/aliases")
def aliases(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    customer_id: Id,
    do: Line,
    text: Annotated[str, Form(max_length=2000)] = "",
    alias_id: Number = 0,
) -> Response:
    """Let a name always mean this customer, or no longer."""
    if do == "add":
        done = customer_edit.add_alias(tools, visitor, customer_id, text)
        return answer(request, visitor, customer_id, done, "customer.alias-added", text=text.strip()[:100])
    done = customer_edit.remove_alias(tools, visitor, customer_id, alias_id)
    return answer(request, visitor, customer_id, done, "customer.alias-removed")


@router.get("/customers/{customer_id}/parent")
def choose_parent(request: Request, tools: Tooling, visitor: Decider, customer_id: Id, q: Text = "") -> Response:
    """Search the customer to put this one under."""
    found = customer_view.page(tools, visitor.scope, customer_id, language_of(request, visitor))
    if found is None:
        raise HTTPException(404)
    if isinstance(found, int):
        return RedirectResponse(f"/customers/{found}/parent", 303)
    hits = customer_search.find(tools, visitor.scope, Wanted(q), 1, SHORT_LIST)[0] if q.strip() else ()
    return page(
        request,
        visitor,
        "customer_parent.html",
        at="customers",
        customer=found.customer,
        above=found.above,
        hits=[hit for hit in hits if hit.customer.id != customer_id],
        q=q,
        types=tuple(RelationType),
    )


@router.post("/customers/{customer_id}/links")
def links(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    customer_id: Id,
    do: Line,
    parent: Number,
    kind: Annotated[str, Form(max_length=50)] = "",
    reason: Line = "",
) -> Response:
    """Confirm a parent, put the customer under another, or cut the link."""
    if do == "cut":
        done = customer_people.cut(tools, visitor, customer_id, parent, reason)
        return answer(request, visitor, customer_id, done, "customer.link-cut")
    chosen = RelationType(kind) if kind in tuple(RelationType) else None
    done = customer_people.link(tools, visitor, customer_id, parent, chosen, reason)
    return answer(request, visitor, customer_id, done, "customer.link-made")


@router.post("/customers/{customer_id}/people")
def people(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    customer_id: Id,
    do: Line,
    number: Annotated[str, Form(max_length=100)] = "",
    assignment_id: Number = 0,
) -> Response:
    """Set the owner, let somebody take part or no longer."""
    if do == "end":
        done = customer_people.end_assignment(tools, visitor, customer_id, assignment_id)
        return answer(request, visitor, customer_id, done, "customer.person-ended")
    act = customer_people.set_owner if do == "owner" else customer_people.add_participant
    key = "customer.owner-is" if do == "owner" else "customer.participant-is"
    return answer(request, visitor, customer_id, act(tools, visitor, customer_id, number), key, number=number.strip())


@router.post("/customers/{customer_id}/judgements/{judgement_id}/revoke")
def revoke(request: Request, tools: Tooling, visitor: Decider, customer_id: Id, judgement_id: Id) -> Response:
    """Let "not the same" bind no longer."""
    done = customer_people.revoke(tools, visitor, customer_id, judgement_id)
    return answer(request, visitor, customer_id, done, "customer.revoked")


@router.post("/customers/{customer_id}/unmerge/{event_id}")
def unmerge(request: Request, tools: Tooling, visitor: Decider, customer_id: Id, event_id: Id) -> Response:
    """Undo a merge."""
    done = customer_people.unmerge(tools, visitor, customer_id, event_id)
    if isinstance(done, Unmerged):
        left = done.event.winner_id
        return answer(request, visitor, left, done, "customer.unmerged", other=done.event.loser_id)
    return answer(request, visitor, customer_id, done, "customer.unmerged-already")


@router.post("/customers/{customer_id}/undo/{entry_id}")
def undo(request: Request, tools: Tooling, visitor: Decider, customer_id: Id, entry_id: Id) -> Response:
    """Take a change back."""
    return answer(
        request, visitor, customer_id, customer_people.undo(tools, visitor, customer_id, entry_id), "customer.undone"
    )


@router.get("/customers/{customer_id}/{deed}")
@router.get("/customers/{customer_id}/{deed}/{number}")
@router.get("/customers/{customer_id}/{deed}/{number}/revoke")
def reloaded(visitor: Reader, customer_id: Id, deed: str, number: int = 0) -> Response:
    """Lead back to the customer from where a form was answered."""
    del visitor, number
    if deed not in DEEDS:
        raise HTTPException(404)
    return RedirectResponse(f"/customers/{customer_id}", 303)
