"""Which template a workbook is: by its document properties, its hidden name, or its headings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import FileKind
from daysheet.model.rows import Workbook
from daysheet.model.template import TemplateSpec
from daysheet.validation.columns import HeaderFinder, sheet_forms
from daysheet.validation.text import plain

ENOUGH = 0.5
"""Share of the main sheet's required columns that headings must show, without a marker."""
_CAN_CARRY_A_MARKER = {FileKind.XLSX, FileKind.ODS}


@dataclass(frozen=True, slots=True)
class Choice:
    """The template of a workbook, or None with the reason among *issues*."""

    spec: TemplateSpec | None
    issues: tuple[Issue, ...] = ()
    version: int | None = None


def choose(workbook: Workbook, specs: Sequence[TemplateSpec]) -> Choice:
    """Return which of *specs* the workbook was made from."""
    template_id, version = _marker(workbook)
    marked = next((spec for spec in specs if spec.id == template_id), None)
    if marked is not None:
        return _by_version(marked, version)
    best = max(specs, key=lambda spec: _likeness(workbook, spec), default=None)
    if best is None or _likeness(workbook, best) < ENOUGH:
        return Choice(None, (issue(IssueCode.TEMPLATE_UNKNOWN, Place()),))
    if workbook.kind in _CAN_CARRY_A_MARKER:
        return Choice(best, (issue(IssueCode.TEMPLATE_MARKER_MISSING, Place()),))
    return Choice(best)


def _marker(workbook: Workbook) -> tuple[str, int | None]:
    """Return template id and version by the document properties, else by the hidden name "id/version/digest"."""
    properties = workbook.properties
    if "daysheet.template" in properties:
        return properties["daysheet.template"], _number(properties.get("daysheet.version", ""))
    named = workbook.names.get("daysheet_template", "").strip('"=').split("/")
    return (named[0], _number(named[1])) if len(named) >= 2 else ("", None)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,6}", text.strip()) else None


def _by_version(spec: TemplateSpec, version: int | None) -> Choice:
    known: Mapping[str, object] = {"version": version, "current": spec.version}
    if version is not None and version < spec.min_accepted:
        return Choice(None, (issue(IssueCode.TEMPLATE_TOO_OLD, Place(), params=known),), version)
    if version is not None and version < spec.version:
        return Choice(spec, (issue(IssueCode.TEMPLATE_OUTDATED, Place(), params=known),), version)
    return Choice(spec, version=version)


def _likeness(workbook: Workbook, spec: TemplateSpec) -> float:
    """Return how much of the main sheet's header the workbook shows, a little more where sheet names agree too."""
    main = spec.data_sheets[0]
    finder = HeaderFinder(main)
    required = [column.key for column in main.columns if column.required and column.removed is None]
    best = 0.0
    for sheet in workbook.sheets:
        if sheet.is_hidden:
            continue
        header = finder.find(sheet, {})
        if header is not None:
            best = max(best, sum(key in header.columns for key in required) / max(len(required), 1))
    names = {plain(sheet.name) for sheet in workbook.sheets}
    known = sum(bool(names & sheet_forms(sheet)) for sheet in spec.sheets)
    return best + known / 100 if best else 0.0
