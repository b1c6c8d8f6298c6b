"""Fill the daily report by the thousand: the blank is built once, and each report is a copy with its cells written."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

from daysheet.model.template import SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx.build import build
from daysheet.templates_xlsx.layout import first_row, letters

Typed = str | int | float | date | time | None
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's calendar
_COLUMN = re.compile(r'<col [^>]*?style="(\d+)" min="(\d+)"')


class Forms:
    """The blank of a form, ready to be filled."""

    def __init__(self, spec: TemplateSpec, language: Language = Language.ZH) -> None:
        self._spec = spec
        with zipfile.ZipFile(io.BytesIO(build(spec, language))) as blank:
            self._parts = {name: blank.read(name) for name in blank.namelist()}
        # openpyxl numbers the sheets as they were made: those of the form first, in its order
        self._names = {sheet.key: f"xl/worksheets/sheet{at}.xml" for at, sheet in enumerate(spec.sheets, 1)}

    def filled(self, cover: Mapping[str, Typed], rows: Mapping[str, Sequence[Mapping[str, Typed]]]) -> bytes:
        """Return a report: *cover* by field, *rows* by sheet and field."""
        target = io.BytesIO()
        changed = {
            self._names[sheet.key]: self._cover(sheet, cover)
            if sheet.role is SheetRole.COVER
            else self._data(sheet, rows.get(sheet.key, ()))
            for sheet in self._spec.sheets
        }
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
            for name, content in self._parts.items():
                book.writestr(name, changed.get(name, content))
        return target.getvalue()

    def _cover(self, sheet: SheetSpec, values: Mapping[str, Typed]) -> str:
        xml = self._parts[self._names[sheet.key]].decode()
        for at, column in enumerate(sheet.columns):
            value = values.get(column.key)
            if value is not None:
                place = f"C{4 + at}"
                empty = re.compile(rf'<c r="{place}" s="(\d+)" t="n" />')
                xml, done = empty.subn(lambda found, place=place, value=value: _cell(place, found[1], value), xml)  # type: ignore[misc]
                assert done == 1, f"{place} is not empty"
        return xml

    def _data(self, sheet: SheetSpec, rows: Sequence[Mapping[str, Typed]]) -> str:
        xml = self._parts[self._names[sheet.key]].decode()
        styles = {get_column_letter(int(at)): style for style, at in _COLUMN.findall(xml)}
        at = letters(sheet)
        lines = []
        for number, row in enumerate(rows, first_row(self._spec)):
            cells = [
                _cell(f"{letter}{number}", styles[letter], row[key])
                for key, letter in at.items()
                if row.get(key) is not None
            ]
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
        return xml.replace("</sheetData>", "".join(lines) + "</sheetData>", 1)


def _cell(place: str, style: str, value: Typed) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, datetime):
        raise TypeError(value)
    if isinstance(value, date):
        value = (value - _EPOCH).days
    elif isinstance(value, time):
        value = (value.hour * 60 + value.minute) / 1440
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
