"""
The read API: what a token's owner sees, as JSON.

Lists are pages: *limit* items, and ``next`` to ask for the following ones with. Every error is an
object of its own model, those that ``web/app.py`` answers included.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Path, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, BeforeValidator
from starlette.exceptions import HTTPException

from daysheet.model import customers as model
from daysheet.model.customers import CustomerStatus
from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.model.people import Role
from daysheet.services import health, reading
from daysheet.services.reading import Known, Listed, Question
from daysheet.web.visitors import Program, Tooling, settings_of

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)

LARGEST_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The id in the database.", examples=[1])]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="What `next` of the page before said.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Items of a page.")]
Word = Annotated[str, Query(max_length=100)]


def _written_out(value: object) -> object:
    """Let through what is written as a day: pydantic takes numbers for seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day as 2026-03-04")
    return value


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Day = Annotated[date, BeforeValidator(_written_out)]


# ---- what is answered ----------------------------------------------------------------------------


class Problem(BaseModel):
    """Why there is no answer."""

    error: str
    """A word: sign-in-needed, not-allowed, not-found, invalid, database, failed."""
    detail: str = ""


class Fault(BaseModel):
    """A parameter that cannot be used."""

    at: list[str | int]
    message: str


class Invalid(BaseModel):
    """The question was not put as described."""

    error: str
    detail: list[Fault]


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: int | None
    """Ask with `after` set to it for the following page; null at the end."""


class CustomerLine(BaseModel):
    """A customer in a list."""

    id: int
    name: str
    status: CustomerStatus
    credit_code: str | None
    region_code: str | None
    city: str | None
    industry: str | None
    level: str | None


class Name(BaseModel):
    """Another name a customer is known by."""

    text: str
    source: str


class CustomerRecord(CustomerLine):
    """A customer with what hangs on it; relatives outside what the token's owner sees are left out."""

    address: str | None
    phone: str | None
    note: str | None
    created_at: datetime | None
    aliases: list[Name]
    merged_ids: list[int]
    parents: list[CustomerLine]
    children: list[CustomerLine]


class Row(BaseModel):
    """A row of a report. *values* are the form's columns: numbers with decimals are texts."""

    sheet: str
    row_number: int
    state: str
    submission_id: int
    report_date: date | None
    rep: str
    values: dict[str, str | int | bool | list[str] | None]


class Candidate(BaseModel):
    """Who may be meant; null in all but the last where it is a customer of another region."""

    customer_id: int | None
    name: str | None
    score: float | None
    is_elsewhere: bool


class ReviewLine(BaseModel):
    """A question to the stewards."""

    id: int
    kind: ReviewKind
    state: ReviewState
    customer_id: int
    name: str
    candidates: list[Candidate]
    rows_waiting: int
    opened_at: datetime
    decided_at: datetime | None
    says: Says | None
    actor: str


class SubmissionLine(BaseModel):
    """A report as filed."""

    id: int
    rep: str
    report_date: date | None
    template_id: str
    revision: int
    is_current: bool
    is_waiting: bool
    state: str
    reason: str
    file_name: str
    rows_landed: int
    rows_parked: int
    received_at: datetime


class PersonLine(BaseModel):
    """A person of the list of people."""

    number: str
    name: str
    role: Role
    team: str
    region: str
    manager: str
    addresses: list[str]
    is_active: bool


class CheckLine(BaseModel):
    """One thing that was looked at."""

    check: str
    name: str
    """Of the mailbox, where it is about one."""
    is_fine: bool


class HealthReport(BaseModel):
    """How the service is doing."""

    is_fine: bool
    ruleset: str
    checks: list[CheckLine]


_BY_ALL: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token, or one that holds no longer."},
    403: {"model": Problem, "description": "The token's owner may not read this."},
    422: {"model": Invalid, "description": "A parameter cannot be used."},
    503: {"model": Problem, "description": "The database does not answer."},
}
_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is none, or it lies outside what the token's owner sees."}
}

router = APIRouter(
    prefix="/api/v1",
    tags=["read"],
    responses=_BY_ALL,
    # describes the token; who it belongs to is looked up by Program
    dependencies=[
        Security(HTTPBearer(auto_error=False, description="From: daysheet people grant NUMBER --token NAME"))
    ],
)


# ---- addresses -----------------------------------------------------------------------------------


@router.get("/customers")
def customers(
    tools: Tooling, visitor: Program, q: Word = "", after: After = 0, limit: Limit = 50
) -> Page[CustomerLine]:
    """List customers by id; with *q* those whose name, initials, code or id fit, best first."""
    return _page(reading.customers(tools, visitor, q, after, limit), _line)


@router.get("/customers/{customer_id}", responses=_MISSING)
def customer(tools: Tooling, visitor: Program, customer_id: Id) -> CustomerRecord:
    """Give one customer; the id of one that was merged leads to what it became."""
    found = reading.customer(tools, visitor, customer_id)
    if found is None:
        raise HTTPException(404)
    return _record(found)


@router.get("/customers/{customer_id}/rows", responses=_MISSING)
def rows(tools: Tooling, visitor: Program, customer_id: Id, after: After = 0, limit: Limit = 50) -> Page[Row]:
    """List the rows that count of a customer, the newest report first."""
    found = reading.rows(tools, visitor, customer_id, after, limit)
    if found is None:
        raise HTTPException(404)
    return _page(found, _row)


@router.get("/reviews")
def reviews(
    tools: Tooling,
    visitor: Program,
    state: ReviewState | None = None,
    kind: ReviewKind | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> Page[ReviewLine]:
    """List the questions to the stewards, by id; for those who may decide them."""
    return _page(reading.questions(tools, visitor, state, kind, after, limit), _review)


@router.get("/submissions")
def submissions(
    tools: Tooling,
    visitor: Program,
    rep: Annotated[str, Query(max_length=100, description="An employee number.")] = "",
    since: Annotated[Day | None, Query(description="The first day reported on.")] = None,
    until: Annotated[Day | None, Query(description="The last day reported on.")] = None,
    after: After = 0,
    limit: Limit = 50,
) -> Page[SubmissionLine]:
    """List reports, by id."""
    found = reading.submissions(tools, visitor, rep, since, until, after, limit)
    return _page(found, lambda one: SubmissionLine.model_validate(one, from_attributes=True))


@router.get("/people")
def people(tools: Tooling, visitor: Program, after: After = 0, limit: Limit = 50) -> Page[PersonLine]:
    """List people, by id; for administrators."""
    return _page(reading.people(tools, visitor, after, limit), _person)


@router.get("/health")
def health_report(request: Request, tools: Tooling, visitor: Program) -> HealthReport:
    """Say how the service is doing."""
    settings = settings_of(request)
    found = health.examine(tools, visitor, settings.data_dir, tuple(settings.mailboxes))
    checks = [
        CheckLine(check=one.check, name=str(one.params.get("name", "")), is_fine=one.is_fine) for one in found.checks
    ]
    return HealthReport(is_fine=found.is_fine, ruleset=found.ruleset, checks=checks)


# ---- values to answers ---------------------------------------------------------------------------


def _page(found: Listed[Any], to: Any) -> Page[Any]:
    return Page(items=[to(one) for one in found.items], next=found.next)


def _line(one: model.Customer) -> CustomerLine:
    return CustomerLine.model_validate(_identity(one))


def _identity(one: model.Customer) -> dict[str, Any]:
    own = {name: getattr(one, name) for name in CustomerLine.model_fields if name != "name"}
    return own | {"name": one.display_name}


def _record(found: Known) -> CustomerRecord:
    one = found.customer
    return CustomerRecord(
        **_identity(one),
        address=one.address,
        phone=one.phone,
        note=one.note,
        created_at=one.created_at,
        aliases=[Name(text=alias.text, source=alias.source) for alias in found.aliases],
        merged_ids=list(found.merged_ids),
        parents=[_line(parent) for parent in found.parents],
        children=[_line(child) for child in found.children],
    )


def _row(one: reading.ReadRow) -> Row:
    return Row(
        sheet=one.sheet,
        row_number=one.row_number,
        state=one.state,
        submission_id=one.submission_id,
        report_date=one.report_date,
        rep=one.rep,
        values={key: _plain(value) for key, value in one.values.items()},
    )


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _review(one: Question) -> ReviewLine:
    asked = one.review
    candidates = [
        Candidate(customer_id=c.customer_id, name=c.name, score=c.score, is_elsewhere=c.customer_id is None)
        for c in one.candidates
    ]
    own = {name: getattr(asked, name) for name in ReviewLine.model_fields if name != "candidates"}
    return ReviewLine(**own, candidates=candidates)


def _person(one: reading.Colleague) -> PersonLine:
    own = {name: getattr(one.member, name) for name in PersonLine.model_fields if name != "addresses"}
    return PersonLine(**own, addresses=list(one.addresses))
