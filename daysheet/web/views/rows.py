"""Rows that were not accepted: listed, repaired in place, sent back, given up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from daysheet import i18n
from daysheet.model.access import Right
from daysheet.model.issues import Issue
from daysheet.model.rows import Record
from daysheet.model.template import ColumnSpec, ColumnType
from daysheet.model.text import Language
from daysheet.services import queue, repairing, waiting_rows
from daysheet.services.access import Visitor
from daysheet.services.repairing import Done, MovedOn, RowPage, StillWrong, Unreachable
from daysheet.services.tools import Tools
from daysheet.services.waiting_rows import Asked
from daysheet.web.addresses import LARGEST_ID, PageNumber
from daysheet.web.page import go, language_of, page, said
from daysheet.web.security import local_path
from daysheet.web.visitors import Decider, Reader, Tooling

router = APIRouter(include_in_schema=False)

QUEUE = "/queue/rows"
AGES = (1, 3, 7, 30)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNSEEN = re.compile(r"[\s␣\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_CELL = "cell."


def asked_for(
    rep: str = "",
    team: str = "",
    sheet: str = "",
    code: str = "",
    days: Annotated[str, Query(max_length=4)] = "",
    text: str = "",
    state: str = "",
) -> Asked:
    """Return the filters as they stand in the address."""
    is_known = state in waiting_rows.STATES
    return Asked(rep, team, sheet, code, int(days) if days.isdecimal() else 0, text, state if is_known else "")


Filters = Annotated[Asked, Depends(asked_for)]


# ---- the list ----------------------------------------------------------------------------------


@router.get(QUEUE)
def listed(request: Request, tools: Tooling, visitor: Decider, asked: Filters, number: PageNumber = 1) -> Response:
    """Show the rows that wait."""
    found = waiting_rows.listed(tools, visitor, asked, number)
    values = _values(asked)
    language = language_of(request, visitor)
    return page(
        request,
        visitor,
        "rows.html",
        at="queue",
        counts=queue.counts(tools, visitor),
        found=found,
        asked=asked,
        values=values,
        number=number,
        ages=AGES,
        states=("", *waiting_rows.STATES),
        here_from=urlencode({"back": f"{QUEUE}?{urlencode(values | {'page': number})}"}),
        labels={sheet.key: sheet.label.in_(language) for sheet in found.sheets},
        sentence=lambda one: i18n.issue_text(one, language),
    )


def _values(asked: Asked) -> dict[str, Any]:
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    return {name: value for name, value in values.items() if value}


def _next(tools: Tools, visitor: Visitor, shown: RowPage, back: str) -> str:
    """Return where a decided row leads to: the next row of the list it was opened from, behind the last the list."""
    list_, _, query = local_path(back).partition("?")
    asked = {key: text for key, text in parse_qsl(query) if key in Asked.__dataclass_fields__}
    found = waiting_rows.following(tools, visitor, asked_for(**asked), shown.row.place) if list_ == QUEUE else None
    return f"/rows/{found[0]}/{found[1]}?{urlencode({'back': back})}" if found else back


def _list_of(here: str) -> str:
    """Return the list that the page at *here* is, or was opened from."""
    path, _, query = here.partition("?")
    return here if path == QUEUE else dict(parse_qsl(query)).get("back", QUEUE)


@router.get(f"{QUEUE}.xlsx")
def exported(request: Request, tools: Tooling, visitor: Decider, asked: Filters) -> Response:
    """Give the same rows as a workbook."""
    content = waiting_rows.workbook(tools, visitor, asked, language_of(request, visitor))
    name = f"rows-{tools.clock():%Y-%m-%d}.xlsx"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ---- one row -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldView:
    """A cell as the form shows it. *raw* is what the rep typed, *read* what it was taken for where that differs."""

    key: str
    label: str
    kind: str  # line, area or choice
    value: str
    raw: str
    read: str
    choices: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    hints: tuple[str, ...]
    suggestions: tuple[str, ...]
    is_required: bool
    help: str

    @property
    def is_wrong(self) -> bool:
        """True where the cell holds the row back."""
        return bool(self.errors)

    @property
    def is_noted(self) -> bool:
        """True where what the rep typed is worth saying beside what the field holds."""
        held = dict(self.choices).get(self.value, self.value) if self.value else ""
        return self.is_wrong or bool(self.read) or _bare(held) != _bare(self.raw)


def fields(shown: RowPage, issues: Sequence[Issue], typed: Mapping[str, str], language: Language) -> list[FieldView]:
    """Return the row's cells in the form's order, with *typed* in the place of what the rep wrote."""
    if shown.spec is None or shown.sheet is None:
        return []
    by_field: dict[str | None, list[Issue]] = {}
    for one in issues:
        by_field.setdefault(one.place.field, []).append(one)
    return [
        _field(shown, column, by_field.get(column.key, ()), typed.get(column.key), language)
        for column in shown.sheet.columns
        if column.removed is None or shown.row.record.raw.get(column.key)
    ]


def _field(
    shown: RowPage, column: ColumnSpec, found: Sequence[Issue], typed: str | None, language: Language
) -> FieldView:
    record = shown.row.record
    raw, value = _raw(record, column), record.values.get(column.key)
    choices = _choices(shown, column, language)
    first = initial(shown.row.record, column)
    errors = [one for one in found if one.is_error]
    return FieldView(
        key=column.key,
        label=column.label.in_(language),
        kind="choice" if choices else "area" if _is_long(column, raw) else "line",
        value=first if typed is None else typed,
        raw=raw,
        read=_read(value, dict(choices), raw),
        choices=_with_typed(choices, first if typed is None else typed),
        errors=tuple(i18n.issue_text(one, language) for one in errors),
        hints=tuple(i18n.issue_text(one, language) for one in found if not one.is_error),
        suggestions=tuple(dict.fromkeys(text for one in errors for text in one.suggestions))[:6],
        is_required=column.required,
        help=column.help.in_(language) if column.help else "",
    )


def _is_long(column: ColumnSpec, raw: str) -> bool:
    return column.type is ColumnType.TEXT and ((column.max_length or 0) > 100 or "\n" in raw or len(raw) > 60)


def _choices(shown: RowPage, column: ColumnSpec, language: Language) -> tuple[tuple[str, str], ...]:
    assert shown.spec is not None
    if column.type is ColumnType.ENUM:
        items = shown.spec.lists[column.list or ""].items
        return (("", "—"), *((item.code, item.label.in_(language)) for item in items))
    if column.type is ColumnType.BOOL:
        return (("", "—"), *((code, i18n.text(f"repair.{code}", language)) for code in ("yes", "no")))
    return ()


def _with_typed(choices: tuple[tuple[str, str], ...], value: str) -> tuple[tuple[str, str], ...]:
    """What is no choice is shown as the rep wrote it, until another is chosen."""
    return choices if not choices or value in dict(choices) else ((value, f"“{value}”"), *choices)


def initial(record: Record, column: ColumnSpec) -> str:
    """Return what the form's field holds before anybody touches it."""
    value = record.values.get(column.key)
    if column.type is ColumnType.ENUM and isinstance(value, str):
        return value
    if column.type is ColumnType.BOOL and isinstance(value, bool):
        return "yes" if value else "no"
    return _raw(record, column)


def _raw(record: Record, column: ColumnSpec) -> str:
    """Return what was typed; a time without the seconds that a workbook gives it."""
    raw = record.raw.get(column.key, "")
    return raw.removesuffix(":00") if column.type is ColumnType.TIME and raw.count(":") == 2 else raw


def _read(value: object, choices: Mapping[str, str], raw: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        text = choices.get("yes" if value else "no", "")
    elif isinstance(value, time):
        text = f"{value:%H:%M}"
    else:
        text = "、".join(map(str, value)) if isinstance(value, tuple) else choices.get(str(value), str(value))
    return "" if _bare(text) == _bare(raw) else text


def _bare(text: str) -> str:
    """Return *text* as far as a form's field gives it back: it knows no control signs, and its own line ends."""
    return _UNSEEN.sub(" ", text).strip()


def _edits(shown: RowPage, sent: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what was written anew, by field, and everything as it stood in the form."""
    typed = {key.removeprefix(_CELL): text.replace("\r\n", "\n") for key, text in sent.items() if key.startswith(_CELL)}
    take, _, suggestion = sent.get("take", "").partition("=")
    if take:
        typed[take] = suggestion
    columns = {column.key: column for column in shown.sheet.columns} if shown.sheet else {}
    typed = {key: text for key, text in typed.items() if key in columns}
    return {
        key: text for key, text in typed.items() if _bare(text) != _bare(initial(shown.original, columns[key]))
    }, typed


def _row(
    request: Request,
    visitor: Visitor,
    shown: RowPage,
    *,
    issues: Sequence[Issue] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
    back: str = QUEUE,
    **more: Any,
) -> Response:
    language = language_of(request, visitor)
    found = shown.issues if issues is None else issues
    cells = fields(shown, found, typed or {}, language)
    own = {cell.key for cell in cells}
    values: dict[str, Any] = {
        "shown": shown,
        "cells": cells,
        "others": [i18n.issue_text(one, language) for one in found if one.is_error and one.place.field not in own],
        "sheet_label": shown.sheet.label.in_(language) if shown.sheet else shown.row.record.sheet,
        "is_open": shown.is_open and visitor.may(Right.DECIDE),
        "is_waiting": shown.is_waiting and visitor.may(Right.DECIDE),
        "back": local_path(back),
        "is_tried": issues is not None,
        "moved": False,
        "trouble": "",
        "note": "",
        "reason": "",
        "kept": {},
    }
    return page(request, visitor, "row.html", at="queue", status=status, **values | more)


def _there(found: RowPage | None) -> RowPage:
    if found is None:
        raise HTTPException(404)
    return found


def _page_of(tools: Tools, visitor: Visitor, sheet: str, row_id: int) -> RowPage:
    return _there(repairing.page(tools, visitor, sheet, row_id) if 0 < row_id < LARGEST_ID else None)


@router.get("/rows/{sheet}/{row_id}")
def row(
    request: Request, tools: Tooling, visitor: Reader, sheet: str, row_id: int, back: Annotated[str, Query()] = QUEUE
) -> Response:
    """Show a row, with what is wrong in it."""
    return _row(request, visitor, _page_of(tools, visitor, sheet, row_id), back=back)


@router.post("/rows/{sheet}/{row_id}/repair")
async def repair(request: Request, tools: Tooling, visitor: Decider, sheet: str, row_id: int) -> Response:
    """Land the row as it was written, or show what is still wrong."""
    form = await request.form()
    sent = {key: value for key, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_repair, request, tools, visitor, sheet, row_id, sent)


def _repair(
    request: Request, tools: Tools, visitor: Visitor, sheet: str, row_id: int, sent: Mapping[str, str]
) -> Response:
    shown = _page_of(tools, visitor, sheet, row_id)
    back = local_path(sent.get("back", QUEUE))
    edits, typed = _edits(shown, sent)
    outcome = repairing.repair_row(tools, visitor, sheet, row_id, edits, sent.get("seen", ""))
    if isinstance(outcome, Done):
        undo = f"/rows/{sheet}/{row_id}/undo/{outcome.decision_id}"
        to = _next(tools, visitor, shown, back)
        return go(request, visitor, to, said("repair.done", undo, row=shown.row.record.row_number))
    if isinstance(outcome, StillWrong):
        return _row(request, visitor, outcome.page, issues=outcome.issues, typed=typed, status=422, back=back)
    return _moved(request, visitor, outcome, back=back, kept=typed)


def _moved(
    request: Request, visitor: Visitor, outcome: MovedOn | None, *, back: str, kept: Mapping[str, str], **more: Any
) -> Response:
    """Show what has become of the row meanwhile, and what was written."""
    shown = _there(outcome.page if outcome else None)
    typed = kept if shown.is_open else {}
    language = language_of(request, visitor)
    columns = {column.key: column for column in shown.sheet.columns} if shown.sheet else {}
    changed = {
        columns[key].label.in_(language): text
        for key, text in kept.items()
        if key in columns and _bare(text) != _bare(initial(shown.original, columns[key]))
    }
    return _row(request, visitor, shown, typed=typed, status=409, back=back, moved=True, kept=changed, **more)


@router.post("/rows/{sheet}/{row_id}/return")
def send_back(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    sheet: str,
    row_id: int,
    note: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = QUEUE,
) -> Response:
    """Mail the row back to its rep."""
    shown = _page_of(tools, visitor, sheet, row_id)
    if not note.strip():
        return _row(request, visitor, shown, status=422, back=back, trouble="repair.note-missing")
    outcome = repairing.send_back(tools, visitor, sheet, row_id, note.replace("\r\n", "\n"), seen)
    if isinstance(outcome, Done):
        to = _next(tools, visitor, shown, back)
        return go(request, visitor, to, said("repair.returned", rep=shown.rep.name))
    if isinstance(outcome, Unreachable):
        return _row(request, visitor, outcome.page, status=422, back=back, trouble="repair.unreachable", note=note)
    return _moved(request, visitor, outcome, back=back, kept={}, note=note)


@router.post("/rows/{sheet}/{row_id}/drop")
def drop(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    sheet: str,
    row_id: int,
    reason: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = QUEUE,
) -> Response:
    """Give the row up."""
    shown = _page_of(tools, visitor, sheet, row_id)
    if not reason.strip():
        return _row(request, visitor, shown, status=422, back=back, trouble="repair.reason-missing")
    outcome = repairing.drop(tools, visitor, sheet, row_id, reason.replace("\r\n", "\n"), seen)
    if isinstance(outcome, Done):
        undo = f"/rows/{sheet}/{row_id}/undo/{outcome.decision_id}"
        to = _next(tools, visitor, shown, back)
        return go(request, visitor, to, said("repair.dropped", undo, row=shown.row.record.row_number))
    return _moved(request, visitor, outcome, back=back, kept={}, reason=reason)


@router.post("/rows/{sheet}/{row_id}/undo/{decision_id}")
def undo(
    request: Request,
    tools: Tooling,
    visitor: Decider,
    sheet: str,
    row_id: int,
    decision_id: int,
    to: Annotated[str, Form()] = "",
) -> Response:
    """Let a repaired or given-up row wait again."""
    shown = _page_of(tools, visitor, sheet, row_id)
    outcome = repairing.undo(tools, visitor, sheet, row_id, decision_id)
    if isinstance(outcome, Done):
        path = f"/rows/{sheet}/{row_id}?{urlencode({'back': local_path(_list_of(to), QUEUE)})}"
        return go(request, visitor, path, said("repair.undone", row=shown.row.record.row_number))
    return _moved(request, visitor, outcome, back=QUEUE, kept={})
