"""Which sheet of a workbook is which sheet of the template: by name, else by its headings."""

import re
from collections.abc import Mapping, Sequence

from daysheet.model.mail import FileKind
from daysheet.model.rows import Sheet, Workbook
from daysheet.model.template import SheetRole, SheetSpec, TemplateSpec
from daysheet.validation.columns import HeaderFinder, sheet_forms
from daysheet.validation.text import plain

ENOUGH = 0.5
"""Share of a sheet's required columns that its headings must show where its name says nothing."""
ALIKE = 0.75
"""Share that makes a sheet another one of a kind that is there already; less may be a list of the rep's own."""
FEWEST = 2
"""Fields that headings must name at the least: one word in a row of its own is no table."""
_COPY = re.compile(r"(?:\d{1,4}|副本|copy)+$")


def name_without_copy(name: str) -> str:
    """Return a sheet's name for comparing, without what Excel adds to a copy's: 拜访 (2)."""
    return _COPY.sub("", plain(name))


class SheetMatcher:
    """Finds the sheets of one template; compiled once per spec."""

    def __init__(self, spec: TemplateSpec) -> None:
        self._spec = spec
        self._names = {sheet.key: sheet_forms(sheet) for sheet in spec.sheets}
        self._finders = {sheet.key: HeaderFinder(sheet) for sheet in spec.data_sheets}

    def match(self, workbook: Workbook) -> dict[str, Sheet]:
        """Return sheet key → sheet; a sheet that nothing points to is left out."""
        if workbook.kind is FileKind.CSV:
            # a CSV is one table: the main one
            return {self._spec.data_sheets[0].key: workbook.sheets[0]} if workbook.sheets else {}
        visible = [sheet for sheet in workbook.sheets if not sheet.is_hidden]
        found: dict[str, Sheet] = {}
        main = self._names[self._spec.data_sheets[0].key]
        has_main = any(plain(sheet.name) in main for sheet in visible)
        for spec in self._spec.sheets:
            named = [sheet for sheet in visible if plain(sheet.name) in self._names[spec.key]]
            free = [sheet for sheet in named if not any(sheet is taken for taken in found.values())]
            if spec.role is SheetRole.COVER and not has_main:
                free = [sheet for sheet in free if not self._is_table(sheet)]
            if free:
                found[spec.key] = self._best(spec, free)
        for spec in self._spec.data_sheets:
            if spec.key not in found:
                left = [
                    sheet
                    for sheet in visible
                    if not any(sheet is taken for taken in found.values()) and not self._is_another(sheet, spec, found)
                ]
                like = max(left, key=lambda sheet: self._likeness(spec, sheet), default=None)
                if like is not None and self._likeness(spec, like) >= ENOUGH:
                    found[spec.key] = like
        return found

    def _is_another(self, sheet: Sheet, spec: SheetSpec, found: Mapping[str, Sheet]) -> bool:
        """Visits of another day have date, customer and purpose as well as a plan has, and are none."""
        name, score = name_without_copy(sheet.name), self._finders[spec.key].score
        return any(
            name in self._names[other.key]
            or (self._likeness(other, sheet) >= ALIKE and self._finders[other.key].score(sheet) > score(sheet))
            for other in self._spec.data_sheets
            if other.key in found
        )

    def _is_table(self, sheet: Sheet) -> bool:
        """A sheet called 日报 may be no cover but the list of visits itself."""
        return any(self._likeness(spec, sheet) >= ENOUGH for spec in self._spec.data_sheets)

    def _best(self, spec: SheetSpec, named: Sequence[Sheet]) -> Sheet:
        """Two sheets may bear names of one (Visits, Visits log): the one whose headings fit, else the first."""
        if len(named) == 1 or spec.role is SheetRole.COVER:
            return named[0]
        return max(named, key=lambda sheet: self._finders[spec.key].score(sheet))

    def _likeness(self, spec: SheetSpec, sheet: Sheet) -> float:
        required = [column.key for column in spec.columns if column.required and column.removed is None]
        header = self._finders[spec.key].find(sheet, {})
        if header is None or not required or len(header.columns) < FEWEST:
            return 0.0
        return sum(key in header.columns for key in required) / len(required)
