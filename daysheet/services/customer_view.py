"""
The customer on one page: what is known, who says so, and everything that hangs on it.

Each section is a piece of a list, ten on the page and the rest on a page of its own; how many
statements are asked does not depend on how much there is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from daysheet.model.access import Scope
from daysheet.model.customers import Customer
from daysheet.model.memory import ROLLS_UP, Judgement, MergeEvent, Says
from daysheet.model.template import SheetMeaning
from daysheet.model.text import Language
from daysheet.services import customer_log
from daysheet.services.customer_log import FIELDS, LogLine
from daysheet.services.customer_sheets import cell, customer_sheets, deal_columns, is_telling
from daysheet.services.tools import Tools
from daysheet.store import contacts, customer_rows, judgements, relations, staff
from daysheet.store import customer_view as store
from daysheet.store.customer_rows import RollUp, RowView
from daysheet.store.customer_view import Family, NameView, SaidView
from daysheet.store.engine import Connection
from daysheet.store.relations import Edge

SHORT = 10
"""Entries of a section on the customer's page."""
PAGE = 50
MOST_COLUMNS = 6
"""Columns of a sheet on the customer's page; its own page has them all."""
MOST_DECISIONS = 200
CLOSED = frozenset({"won", "lost"})
"""Stages in which a deal is not open."""
SHEET = "sheet-"
"""What the key of a sheet's section begins with."""


# ---- the page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field as it is shown, who said so, and what else was said of it."""

    field: str
    value: str
    said: SaidView | None = None
    proposals: tuple[SaidView, ...] = ()


@dataclass(frozen=True, slots=True)
class Relative:
    """A customer above or below; *name* is None for one of another region."""

    id: int
    name: str | None
    type: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement or a merge; *other* is None for a customer of another region."""

    at: datetime
    actor: str
    kind: str  # merge, different, related
    other_id: int
    other: str | None
    reason: str = ""
    event: MergeEvent | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A row of a sheet, its cells in words."""

    row: RowView
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one section. *title* and *headings* are the form's own; "" and () where the section has a name."""

    key: str
    items: tuple[Any, ...]
    has_more: bool = False
    title: str = ""
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything of a customer, each section cut to ``SHORT``."""

    customer: Customer
    merged_ids: tuple[int, ...]
    fields: tuple[FieldLine, ...]
    external_ids: tuple[tuple[str, str], ...]
    above: tuple[Relative, ...]  # the farthest first
    roll_up: RollUp | None
    pieces: Mapping[str, Piece]
    sheets: tuple[str, ...]  # keys of the sheets' pieces, in the form's order


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every section is read with."""

    tools: Tools
    connection: Connection
    visible: Scope
    family: Family
    language: Language
    is_short: bool = True
    below: tuple[Edge, ...] = ()  # the whole tree below, where the page adds it up


def page(tools: Tools, visible: Scope, customer_id: int, language: Language) -> CustomerPage | int | None:
    """Return everything of a customer, the id of what it was merged into, or None where it is not seen."""
    with tools.database.reading() as connection:
        family = store.family(connection, visible, customer_id)
        if family is None:
            return None
        if family.root.id != customer_id:
            return family.root.id
        below = relations.tree_below(connection, customer_id)
        asked = _Asked(tools, connection, visible, family, language, below=below)
        sheets = tuple(SHEET + key for key in customer_sheets(tools))
        pieces = {key: _piece(asked, key, 1, SHORT) for key in (*SECTIONS, *sheets)}
        return CustomerPage(
            customer=family.root,
            merged_ids=tuple(one for one in family.ids if one != family.root.id),
            fields=_fields(asked),
            external_ids=store.external_ids(connection, family.ids),
            above=_above(asked),
            roll_up=_roll_up(asked) if pieces["branches"].items else None,
            pieces=pieces,
            sheets=sheets,
        )


@dataclass(frozen=True, slots=True)
class SectionPage:
    """One section of a customer by itself."""

    customer: Customer
    piece: Piece


def section(
    tools: Tools, visible: Scope, customer_id: int, key: str, number: int, language: Language
) -> SectionPage | None:
    """Return a page of one section, None where there is no such customer or section."""
    if key not in SECTIONS and key.removeprefix(SHEET) not in customer_sheets(tools):
        return None
    with tools.database.reading() as connection:
        family = store.family(connection, visible, customer_id)
        if family is None:
            return None
        asked = _Asked(tools, connection, visible, family, language, is_short=False)
        return SectionPage(family.root, _piece(asked, key, number, PAGE))


def _piece(asked: _Asked, key: str, number: int, size: int) -> Piece:
    first = (number - 1) * size
    if key.startswith(SHEET):
        made = _sheet(asked, key.removeprefix(SHEET), first, size + 1)
    else:
        made = Piece(key, tuple(SECTIONS[key](asked, first, size + 1)))
    return Piece(made.key, made.items[:size], len(made.items) > size, made.title, made.headings)


# ---- identity ------------------------------------------------------------------------------------


def _fields(asked: _Asked) -> tuple[FieldLine, ...]:
    root = asked.family.root
    told: dict[str, list[SaidView]] = {}
    for one in store.said(asked.connection, asked.visible, asked.family.ids):
        told.setdefault(one.field, []).append(one)
    return tuple(_field_line(name, str(getattr(root, name) or ""), told.get(name, [])) for name in FIELDS)


def _field_line(name: str, value: str, told: Sequence[SaidView]) -> FieldLine:
    own = [one for one in told if one.value == value and value]
    # who last stated it; a report that merely repeats it changes nothing
    said = next((one for one in own if not one.is_proposal), own[-1] if own else None)
    others: dict[str, SaidView] = {}
    for one in told:
        if one.value != value:
            others.setdefault(one.value, one)
    return FieldLine(name, value, said, tuple(others.values())[:5])


# ---- above and below -----------------------------------------------------------------------------


def _above(asked: _Asked) -> tuple[Relative, ...]:
    edges = relations.ancestors_of(asked.connection, asked.family.root.id)
    names = store.named(asked.connection, asked.visible, {edge.parent_root for edge in edges})
    return tuple(
        Relative(
            edge.parent_root,
            names.get(edge.parent_root),
            str(edge.link.type),
            str(edge.link.source),
            str(edge.link.status),
        )
        for edge in reversed(edges)
    )


def _branches(asked: _Asked, first: int, most: int) -> Sequence[Relative]:
    root = asked.family.root.id
    below = asked.below if asked.is_short else relations.children_of(asked.connection, {root})
    edges = [edge for edge in below if edge.parent_root == root][first : first + most]
    names = store.named(asked.connection, asked.visible, {edge.child_root for edge in edges})
    return [
        Relative(
            edge.child_root,
            names.get(edge.child_root),
            str(edge.link.type),
            str(edge.link.source),
            str(edge.link.status),
        )
        for edge in edges
    ]


def _roll_up(asked: _Asked) -> RollUp | None:
    """Add up the customer and those of its branches that are seen."""
    sheets = customer_sheets(asked.tools)
    if not sheets:
        return None
    roots = {asked.family.root.id}
    for edge in asked.below:  # level by level
        if edge.parent_root in roots and edge.link.type in ROLLS_UP:
            roots.add(edge.child_root)
    seen = store.visible_among(asked.connection, asked.visible, roots)
    return customer_rows.rolled_up(
        asked.connection,
        asked.tools.tables,
        asked.visible,
        seen,
        next(iter(sheets)),
        deal_columns(asked.tools),
        CLOSED,
    )


# ---- sheets --------------------------------------------------------------------------------------


def _sheet(asked: _Asked, key: str, first: int, most: int) -> Piece:
    spec, sheet = customer_sheets(asked.tools)[key]
    read = customer_rows.opportunities if key in deal_columns(asked.tools) else customer_rows.sheet_rows
    if sheet.about is SheetMeaning.PLANS:
        read = customer_rows.plans
    rows = read(asked.connection, asked.tools.tables, asked.visible, asked.family.ids, key, first, most)
    columns = list(sheet.columns)
    if asked.is_short:  # what nobody filled in has no place here
        filled = {name for row in rows for name, value in row.values.items() if value not in (None, "")}
        columns = [one for one in columns if is_telling(one) and (one.key in filled or not rows)][:MOST_COLUMNS]
    lines = tuple(
        SheetLine(row, tuple(cell(spec, column, row.values.get(column.key), asked.language) for column in columns))
        for row in rows
    )
    headings = tuple(column.label.in_(asked.language) for column in columns)
    return Piece(SHEET + key, lines, title=sheet.label.in_(asked.language), headings=headings)


# ---- the other sections --------------------------------------------------------------------------


def _names(asked: _Asked, first: int, most: int) -> Sequence[NameView]:
    return store.names(asked.connection, asked.family.ids, first, most)


def _contacts(asked: _Asked, first: int, most: int) -> Sequence[contacts.ContactView]:
    return contacts.of(asked.connection, asked.family.root.id)[first : first + most]


def _people(asked: _Asked, first: int, most: int) -> Sequence[store.AssignedView]:
    return store.assigned(asked.connection, asked.family.ids, first, most)


def _questions(asked: _Asked, first: int, most: int) -> Sequence[store.QuestionView]:
    return store.questions(asked.connection, asked.family.ids, first, most)


def _sources(asked: _Asked, first: int, most: int) -> Sequence[tuple[RowView, str]]:
    labels = {key: sheet.label.in_(asked.language) for key, (_, sheet) in customer_sheets(asked.tools).items()}
    rows = customer_rows.sources(asked.connection, asked.tools.tables, asked.visible, asked.family.ids, first, most)
    return [(row, labels.get(row.sheet, row.sheet)) for row in rows]


def _decisions(asked: _Asked, first: int, most: int) -> Sequence[Decision]:
    """Return merges and judgements, newest first: read whole, for they are few and of two kinds."""
    ids = set(asked.family.ids)
    events = store.merge_events(asked.connection, asked.family.ids, MOST_DECISIONS)
    said = [one for one in judgements.about(asked.connection, [asked.family.root.id]) if one[0].says is not Says.SAME]
    sides = {one for event in events for one in (event.winner_id, event.loser_id)}
    sides |= {one for judgement, _, _ in said for one in (judgement.left_id, judgement.right_id)}
    names = store.named(asked.connection, asked.visible, sides - ids)
    own = store.own_names(asked.connection, sides & ids)
    found = []
    for event in events:
        other = event.winner_id if event.loser_id == asked.family.root.id else event.loser_id
        name = own.get(other) or names.get(other)
        found.append(Decision(event.at, event.actor, "merge", other, name, event=event))
    for judgement, left, _ in said:
        other = judgement.right_id if left == asked.family.root.id else judgement.left_id
        reason = judgement.reason if other in names else ""
        kind = str(judgement.says)
        found.append(
            Decision(judgement.at, judgement.actor, kind, other, names.get(other), reason, judgement=judgement)
        )
    people = staff.names_of(asked.connection, {one.actor for one in found})
    told: dict[tuple[object, ...], Decision] = {}
    for one in sorted(found, key=lambda one: one.at, reverse=True):
        # what was said of several records that are one by now reads alike: it is told once
        same = (one.at, one.actor, one.kind, one.other_id, one.reason, one.event and one.event.id)
        told.setdefault(same, replace(one, actor=people.get(one.actor, one.actor)))
    return list(told.values())[first : first + most]


def _log(asked: _Asked, first: int, most: int) -> Sequence[LogLine]:
    entries = store.log(asked.connection, asked.family.ids, first, most)
    others = customer_log.mentioned(entries)
    names = store.named(asked.connection, asked.visible, others)
    # what was merged is told by the name it has of its own
    names |= store.own_names(asked.connection, others & set(asked.family.ids))
    return customer_log.told(entries, names, asked.language, asked.family.root.id)


SECTIONS: Mapping[str, Callable[[_Asked, int, int], Sequence[Any]]] = {
    "names": _names,
    "branches": _branches,
    "people": _people,
    "questions": _questions,
    "decisions": _decisions,
    "contacts": _contacts,
    "sources": _sources,
    "log": _log,
}
"""The sections every customer has, whatever the form, by key."""
