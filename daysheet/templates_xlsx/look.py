"""
How Daysheet's workbooks look: one accent colour, one typeface, thin lines.

The typeface is Microsoft YaHei, which Windows, Excel for Mac and WPS have; family and character
set let another program choose its own sans-serif Chinese face.
"""

import unicodedata
from collections.abc import Iterable

from openpyxl.formatting.rule import FormulaRule, Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook import Workbook
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

ACCENT = "1B4D5C"  # deep petrol: white on it has a contrast of 9:1
ACCENT_SOFT = "4C7482"  # white on it: 5:1
TINT = "EDF3F5"
LINE = "D3DDE0"
INK = "1F2A2E"
MUTED = "5B6A70"
LINK = "0B5CAD"
NEEDED = "E39B2E"
PAPER = "FFFFFF"
ON_ACCENT = "D5E3E7"  # the quieter words on the accent

UNLOCKED = Protection(locked=False)
_A4 = 9
_TALLEST = 400  # points; Excel's limit is 409
_SWISS, _GB2312 = 2, 134


def font(size: float = 10, *, bold: bool = False, italic: bool = False, color: str = INK) -> Font:
    """Return the house typeface."""
    return Font(
        name="Microsoft YaHei",
        size=size,
        bold=bold,
        italic=italic,
        color=f"FF{color}",
        family=_SWISS,
        charset=_GB2312,
    )


def fill(color: str) -> PatternFill:
    """Return a plain fill."""
    return PatternFill("solid", start_color=f"FF{color}", end_color=f"FF{color}")


def grid(color: str = LINE) -> Border:
    """Return thin lines on all four sides."""
    side = Side(style="thin", color=f"FF{color}")
    return Border(left=side, right=side, top=side, bottom=side)


def reminder(formula: str) -> Rule:
    """
    Return the conditional format of a required cell that is still empty where *formula* is true.

    It draws a frame and no fill: a conditional fill would hide the one that marks a mistake.
    """
    rule: Rule = FormulaRule(formula=[formula], border=grid(NEEDED))  # type: ignore[no-untyped-call]
    return rule


def wrong(formula: str, color: str) -> Rule:
    """Return the conditional format that tints a cell where *formula* is true."""
    rule: Rule = FormulaRule(formula=[formula], fill=PatternFill("solid", bgColor=f"FF{color}"))  # type: ignore[no-untyped-call]
    return rule


def underline(color: str = LINE) -> Border:
    """Return a thin line below."""
    return Border(bottom=Side(style="thin", color=f"FF{color}"))


WRAPPED = Alignment(vertical="center", wrap_text=True)
INDENTED = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)


def set_normal(book: Workbook) -> None:
    """Make the house typeface the workbook's own: column widths and default rows are measured in it."""
    normal = book._named_styles["Normal"]  # type: ignore[attr-defined]  # no public way to reach it
    normal.font = font()
    normal.bind(book)
    book._fonts[0] = font()  # type: ignore[attr-defined]


def units(text: str) -> int:
    """Return the width of *text* in characters, a Chinese one counting two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def height(texts: Iterable[tuple[str, float]], *, least: float = 20) -> float:
    """
    Return the height in points of a row whose cells hold these texts in columns this many characters wide.

    Not every program fits a row to its wrapped text when it opens a file.
    """
    lines = 1
    for text, width in texts:
        usable = max(width - 2, 4)
        lines = max(lines, sum(1 + int(units(line) * 1.05 // usable) for line in text.split("\n")))
    return max(least, min(8 + 14.5 * lines, _TALLEST))


def title_band(sheet: Worksheet, first: str, last: str, title: str, subtitle: str) -> None:
    """Write a title and a subtitle on an accent band in rows 1 and 2, from column *first* to *last*; nothing merged."""
    for row, text, height, face in (
        (1, title, 34, font(18, bold=True, color=PAPER)),
        (2, subtitle, 22, font(10, color=ON_ACCENT)),
    ):
        sheet.row_dimensions[row].height = height
        for cell in sheet[f"{first}{row}" : f"{last}{row}"][0]:
            cell.fill = fill(ACCENT)
        cell = sheet[f"{first}{row}"]
        cell.value, cell.font = text, face
        cell.alignment = Alignment(horizontal="left", vertical="center" if row == 1 else "top", indent=1)


def start_at(sheet: Worksheet, address: str) -> None:
    """Have the cursor stand on *address* when the workbook is opened, below the frozen rows if there are any."""
    view = sheet.sheet_view
    if view.pane is not None:
        view.pane.activePane = "bottomLeft"
    for selection in view.selection:
        selection.activeCell = selection.sqref = address


def set_page(sheet: Worksheet, footer: str, *, pages: int = 0, repeat: str | None = None) -> None:
    """Print on A4 landscape, as wide as the page, on *pages* (0: as many as it takes); *repeat* names rows for each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, pages
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6, header=0.3, footer=0.3)
    sheet.print_options.horizontalCentered = True
    for side, text in (("left", footer.replace("&", "&&")), ("right", "&P / &N")):
        part = getattr(sheet.oddFooter, side)
        part.text, part.size, part.color = text, 8, MUTED
    if repeat is not None:
        sheet.print_title_rows = repeat


def set_scale(sheet: Worksheet, per_cent: int) -> None:
    """Print at a scale of its own instead of as wide as the page: page breaks then hold."""
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = per_cent
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=False)
    sheet.print_options.horizontalCentered = False
