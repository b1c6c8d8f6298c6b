"""The log of who did what; it is read here and never changed."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from daysheet.i18n import keys
from daysheet.services import auditing, waiting_rows
from daysheet.services.auditing import Asked
from daysheet.web.page import Words, language_of, page, words_of
from daysheet.web.visitors import Administrator, Tooling

router = APIRouter(include_in_schema=False)

LARGEST_ID = 2**63 - 1
Text = Annotated[str, Query(max_length=200)]


@router.get("/audit")
def log(
    request: Request,
    tools: Tooling,
    visitor: Administrator,
    actor: Text = "",
    action: Text = "",
    entity: Text = "",
    entity_id: Annotated[str, Query(alias="id", max_length=30)] = "",
    since: Text = "",
    until: Text = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None,
) -> Response:
    """Show a page of the log."""
    asked = _asked(actor, action, entity, entity_id, since, until)
    found = auditing.read(tools, visitor, asked, before=before, after=after)
    language = language_of(request, visitor)
    sheets = {sheet.key: sheet.label.in_(language) for sheet in waiting_rows.sheets(tools)}
    values: dict[str, Any] = {
        "found": found,
        "asked": {"actor": actor, "action": action, "entity": entity, "id": entity_id, "since": since, "until": until},
        "changes": auditing.changes,
        "field_words": field_words(words_of(request, visitor)),
        "labels": labels(words_of(request, visitor), (*found.actions, *found.entities)) | sheets,
        "most": auditing.MOST_EXPORTED,
    }
    return page(request, visitor, "audit.html", at="audit", **values)


@router.get("/audit.csv")
def export(
    tools: Tooling,
    visitor: Administrator,
    actor: Text = "",
    action: Text = "",
    entity: Text = "",
    entity_id: Annotated[str, Query(alias="id", max_length=30)] = "",
    since: Text = "",
    until: Text = "",
) -> Response:
    """Give what the filter finds as a file."""
    content = auditing.export(tools, visitor, _asked(actor, action, entity, entity_id, since, until))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def labels(t: Words, codes: Iterable[str]) -> dict[str, str]:
    """Return the words for those actions and kinds of things that have some; the log may know newer ones."""
    return {code: t(f"audit.of.{code}") for code in codes if f"audit.of.{code}" in keys(t.language, "console_admin")}


def field_words(t: Words) -> dict[str, str]:
    """Return the words for the fields of entries; what has none is of use to whoever looks into the database only."""
    found: dict[str, str] = {}
    for catalogue, prefix in (("console_customers", "customer.field."), ("console_admin", "audit.field.")):
        known = (key for key in keys(t.language, catalogue) if key.startswith(prefix))
        found |= {key.removeprefix(prefix): t(key) for key in known}
    return found


def _asked(actor: str, action: str, entity: str, entity_id: str, since: str, until: str) -> Asked:
    """Return the filter; what is no number or no day limits nothing: a form sends empty fields too."""
    number = int(entity_id) if entity_id.strip().isdecimal() else None
    return Asked(
        actor=actor.strip(),
        action=action.strip(),
        entity=entity.strip(),
        entity_id=number if number is not None and number <= LARGEST_ID else None,
        since=_day(since),
        until=_day(until),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
