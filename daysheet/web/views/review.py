"""One question about a customer: the two side by side, and the answer."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from daysheet.model.memory import Refusal, RelationType, Says
from daysheet.services import asking, deciding, queue
from daysheet.services.access import Visitor
from daysheet.services.deciding import Done, Moved
from daysheet.services.queue import Shown
from daysheet.services.tools import Tools
from daysheet.web.differences import differences
from daysheet.web.lens import ME, Lens
from daysheet.web.page import Words, go, language_of, page, refused, said, words_of
from daysheet.web.visitors import Decider, Tooling

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=10_000)]
KEEP = "keep."
"""How the fields begin that say whose value stays."""
DEEDS = ("decide", "undo", "assign", "note", "ask")


@router.get("/reviews/{review_id}")
def open_one(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    review_id: int,
    with_: Annotated[int | None, Query(alias="with")] = None,
) -> Response:
    """Show a question with one candidate beside the customer."""
    return _show(request, tools, visitor, review_id, Lens.of(request.query_params), with_)


@router.get("/reviews/{review_id}/{deed}")
def reloaded(visitor: Decider, review_id: int, deed: str) -> Response:
    """Lead back to the question from where a form was answered."""
    del visitor
    if deed not in DEEDS:
        raise HTTPException(404)
    return RedirectResponse(f"/reviews/{review_id}", 303)


def _show(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    review_id: int,
    lens: Lens,
    customer_id: int | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    desk = deciding.look(tools, visitor, review_id, customer_id, language_of(request, visitor))
    if desk is None:
        raise HTTPException(404)
    words = words_of(request, visitor)
    values: dict[str, Any] = {
        "desk": desk,
        "review": desk.review,
        "lens": lens,
        "sides": {line.name: differences(line.own, line.theirs) for line in desk.lines},
        "sheets": _sheets(tools, request, visitor),
        "event": lambda action: _first_text(words, (f"happened.{action}",), action),
        "judged": lambda code: _first_text(words, (f"why.{code.split(' ')[0]}", f"compare.{code.split(' ')[0]}"), code),
        "relations": tuple(RelationType),
        "to_rep": Words(asking.language_for(tools, desk.rows), tools.house.zone),
        "moved": None,
        "trouble": None,
        "typed": {"reason": "", "question": "", "note": ""},
    }
    return page(request, visitor, "review.html", at="queue", status=status, **values | more)


def _sheets(tools: Tools, request: Request, visitor: Visitor) -> dict[str, str]:
    language = language_of(request, visitor)
    return {sheet.key: sheet.label.in_(language) for spec in reversed(tools.specs) for sheet in spec.sheets}


def _first_text(words: Words, keys: tuple[str, ...], otherwise: str) -> str:
    """Return the first of *keys* that has a text, for codes that come from the rules and the log."""
    for key in keys:
        with suppress(KeyError):
            return words(key)
    return otherwise


# ---- the answer --------------------------------------------------------------------------------


@router.post("/reviews/{review_id}/decide")
async def decide(request: Request, tools: Tooling, visitor: Decider, review_id: int) -> Response:
    """Take an answer and go on to the next question of the view."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_decide, request, tools, visitor, review_id, sent)


def _decide(request: Request, tools: Tools, visitor: Visitor, review_id: int, sent: dict[str, str]) -> Response:
    lens = Lens.read(sent.get("view", ""))
    form = _form(sent)
    if form is None:
        raise HTTPException(422)
    after: tuple[int, ...] = ()  # from what is settled one goes back to its list
    if lens.is_open:
        found = queue.ahead(tools, visitor, lens.view(tools, visitor), review_id, lens.skipped)
        after, lens = found.ids, lens.holding(review_id, found.brand_rows)
    if form.says is Says.UNSURE and not form.reason.strip():
        if deciding.look(tools, visitor, review_id) is None:
            raise HTTPException(404)
        return _onward(request, tools, visitor, lens.skipping(review_id), after)
    done = deciding.decide(tools, visitor, review_id, form)
    if done is None:
        raise HTTPException(404)
    if isinstance(done, Done):
        return _decided(request, tools, visitor, done, form, lens, after)
    words = words_of(request, visitor)
    trouble = words.refusal(done) if isinstance(done, Refusal) else None
    return _show(
        request,
        tools,
        visitor,
        review_id,
        lens,
        form.customer_id,
        status=409,
        trouble=trouble,
        moved=done if isinstance(done, Moved) else None,
        typed={"reason": form.reason, "question": "", "note": ""},
    )


def _form(sent: dict[str, str]) -> deciding.Form | None:
    """Return the answer that a form holds, None where it holds none."""
    said_, candidate, kind = sent.get("says", ""), sent.get("candidate", ""), sent.get("type", "")
    leaves_out = said_ == "out"
    if (said_ not in tuple(Says) and not leaves_out) or (candidate and not _is_id(candidate)):
        return None
    keep = {key.removeprefix(KEEP): value for key, value in sent.items() if key.startswith(KEEP)}
    return deciding.Form(
        says=Says.DIFFERENT if leaves_out else Says(said_),
        customer_id=int(candidate) if candidate else None,
        reason=sent.get("reason", ""),
        type=RelationType(kind) if kind in tuple(RelationType) else None,
        # what the rules would keep anyway is not a choice
        keep={
            key: value
            for key, value in keep.items()
            if value in (deciding.OWN, deciding.THEIRS) and value != sent.get(f"as-is.{key}")
        },
        seen=sent.get("seen", ""),
        leaves_out=leaves_out,
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _decided(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    done: Done,
    form: deciding.Form,
    lens: Lens,
    after: tuple[int, ...],
) -> Response:
    review, other = done.review, done.other
    undo = f"/reviews/{review.id}/undo"
    # the last candidate left out is an answer
    is_last = [one.customer_id for one in review.candidates] == [_id(other)]
    if form.leaves_out and other is not None and not is_last:
        notice = said("review.done.out", f"{undo}?candidate={other.customer_id}", name=review.name, other=other.name)
        return go(request, visitor, f"/reviews/{review.id}?{lens.query}", notice)
    if form.says is Says.UNSURE:
        notice = said("review.done.unsure", name=review.name)
        return _onward(request, tools, visitor, lens.skipping(review.id), after, notice)
    key = f"review.done.{form.says}"
    if form.says is Says.DIFFERENT and len(review.candidates) != 1:
        key = "review.done.none-of-them"
    notice = said(key, undo, name=review.name, other=_name(other))
    return _onward(request, tools, visitor, lens.asking(review.id), after, notice)


def _id(one: Shown | None) -> int:
    return one.customer_id if one is not None else 0


def _name(one: Shown | None) -> str:
    return one.name if one is not None else ""


def _onward(
    request: Request,
    tools: Tools,
    visitor: Visitor,
    lens: Lens,
    after: tuple[int, ...],
    notice: dict[str, Any] | None = None,
) -> Response:
    """Go on to the next question of the view that the answer has not settled as well, or back to its list."""
    following = queue.first_open(tools, after)
    if following is not None:
        return go(request, visitor, f"/reviews/{following}?{lens.query}", notice)
    return go(request, visitor, lens.list_address, notice or said("review.all-seen", tone="warn"))


@router.post("/reviews/{review_id}/undo")
def undo(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    review_id: int,
    candidate: Annotated[int | None, Query()] = None,
    to: Annotated[str, Form()] = "",
) -> Response:
    """Take an answer back and show the question again."""
    lens = Lens.read(to)
    done = deciding.take_back(tools, visitor, review_id, left_out=candidate)
    if done is None:
        raise HTTPException(404)
    path = f"/reviews/{review_id}?{lens.asking(review_id).query}"
    if isinstance(done, Refusal):
        return go(request, visitor, path, refused(words_of(request, visitor), done))
    return go(request, visitor, path, said("review.taken-back", name=done.name))


# ---- what else can be done ---------------------------------------------------------------------


@router.post("/reviews/{review_id}/assign")
def assign(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    review_id: int,
    assignee: Text = "",
    was: Text = "",
    view: Text = "",
) -> Response:
    """Give a question to somebody, or to nobody."""
    number = visitor.person.number if assignee == ME else assignee
    known = {person.number: person.name for person in queue.deciders(tools)}
    if number and number not in known:
        raise HTTPException(422)
    changed, taken = deciding.assign(tools, visitor, [review_id], number, was)
    if not changed and not taken and deciding.look(tools, visitor, review_id) is None:
        raise HTTPException(404)
    notice = said("review.assigned" if number else "review.unassigned", name=known.get(number, ""))
    if taken:
        notice = said("review.taken", tone="bad", name=known.get(taken, taken))
    return go(request, visitor, f"/reviews/{review_id}?{Lens.read(view).query}", notice)


@router.post("/reviews/{review_id}/note")
def note(
    request: Request, tools: Tooling, visitor: Decider, review_id: int, text: Text = "", view: Text = ""
) -> Response:
    """Write something on a question."""
    if not deciding.note(tools, visitor, review_id, text):
        raise HTTPException(404)
    return go(request, visitor, f"/reviews/{review_id}?{Lens.read(view).query}", said("review.noted"))


@router.post("/reviews/{review_id}/ask")
def ask(
    request: Request, tools: Tooling, visitor: Decider, review_id: int, text: Text = "", view: Text = ""
) -> Response:
    """Ask the reps whose rows wait."""
    asked = asking.ask(tools, visitor, review_id, text)
    if asked is None:
        raise HTTPException(404)
    path = f"/reviews/{review_id}?{Lens.read(view).query}"
    if not asked:
        return go(request, visitor, path, said("review.nobody-to-ask", tone="warn"))
    return go(request, visitor, path, said("review.asked", names="、".join(asked)))
