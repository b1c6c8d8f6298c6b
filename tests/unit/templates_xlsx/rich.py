"""A workbook with nearly everything a sender may have in one, as Excel would store it."""

import io
import re
import zipfile
from collections.abc import Callable

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, FormulaRule
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, GradientFill, NamedStyle, PatternFill, Protection, Side
from openpyxl.styles.colors import Color
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo

RED = "FFFF0000"


def a_rich_workbook() -> bytes:
    """Return it; its sheets are "拜访", "It's 50%", "data" (hidden) and "secret" (very hidden)."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "拜访"
    sheet.append(["日期", "客户名称", "金额", "备注", "合计"])
    sheet.append([46100, "杭州云杉自动化有限公司", 0.1, " 前后有空格 ", "=C2*2"])
    sheet.append(
        ["=TODAY()", "苏州蓝鲸精密机械有限公司", 12345678901234567, "第一行\n第二行 😀 _x000D_", "=SUM(C2:C3)"]
    )
    sheet.append([True, "=A2&B2", -1.5, CellRichText("一半", TextBlock(InlineFont(b=True, color=RED), "粗")), "#N/A"])
    sheet["E4"].data_type = "e"
    sheet["D5"] = "=not a formula"
    sheet["D5"].data_type, sheet["D5"].quotePrefix = "s", True
    _style(book, sheet)
    _arrange(sheet)
    _validate(book, sheet)
    _print(sheet)
    quoted = book.create_sheet("It's 50%")
    quoted["B2"], quoted["B3"] = "00123", "=拜访!C2"
    quoted["B2"].number_format = "@"
    quoted.merge_cells("D1:E2")
    quoted["D1"] = "合并"
    quoted["D1"].border = Border(top=Side("thick", color=RED), left=Side("hair"))
    quoted.add_table(_a_table(quoted))
    for title, state in (("data", "hidden"), ("secret", "veryHidden")):
        hidden = book.create_sheet(title)
        hidden["A1"], hidden.sheet_state = title, state
    book.defined_names["rate"] = DefinedName("rate", attr_text="'It''s 50%'!$B$2")
    book.defined_names["constant"] = DefinedName("constant", attr_text='"x/1"', hidden=True)
    book.custom_doc_props.append(StringProperty(name="部门", value="华东"))
    book.properties.title, book.properties.creator = "日报", "王丽"
    book.calculation.fullCalcOnLoad = False
    content = io.BytesIO()
    book.save(content)
    return patched(content.getvalue(), "xl/worksheets/sheet1.xml", _as_excel_stores_it)


def _style(book: Workbook, sheet) -> None:  # type: ignore[no-untyped-def]
    book.add_named_style(NamedStyle("公司样式", font=Font(name="SimSun", size=13, italic=True)))
    sheet["B2"].style = "公司样式"
    sheet["A2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["A2"].protection = Protection(locked=False, hidden=True)
    sheet["C2"].fill = GradientFill(stop=("FFFFFFFF", RED))
    sheet["C3"].number_format, sheet["C3"].fill = "#,##0.00_);[Red]-0", PatternFill("lightGrid", RED)
    sheet["B3"].fill = PatternFill("solid", start_color=Color(theme=4, tint=0.4))
    sheet["D2"].alignment = Alignment(textRotation=45, shrink_to_fit=True, indent=2)
    sheet["D3"].alignment = Alignment(wrap_text=True, vertical="justify")
    sheet["B3"].comment = Comment("请核实\n— 经理", "赵敏")
    sheet["B2"].hyperlink = "https://example.com/a?b=1&c=2"
    sheet.row_dimensions[7].font = Font(name="SimSun", bold=True)
    sheet.column_dimensions["H"].protection = Protection(locked=False)
    sheet.column_dimensions["H"].fill = PatternFill("solid", "FFEEEEEE")


def _arrange(sheet) -> None:  # type: ignore[no-untyped-def]
    sheet.freeze_panes = "C2"
    sheet.sheet_view.zoomScale = 85
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "FF00B050"
    sheet.column_dimensions["B"].width = 33.5
    sheet.column_dimensions["F"].hidden = True
    sheet.column_dimensions.group("I", "K", outline_level=1, hidden=True)
    sheet.row_dimensions[3].height = 41.25
    sheet.row_dimensions[6].hidden = True
    sheet.row_dimensions[8].outlineLevel = 1
    sheet.auto_filter.ref = "A1:E5"
    sheet.auto_filter.add_filter_column(1, ["苏州蓝鲸精密机械有限公司"])
    guard = sheet.protection
    guard.sheet, guard.sort, guard.formatCells = True, False, False
    guard.set_password("1234")


def _validate(book: Workbook, sheet) -> None:  # type: ignore[no-untyped-def]
    whole = DataValidation(
        "whole", formula1="0", formula2="100", allow_blank=True, showErrorMessage=True, error="0–100"
    )
    whole.add("C2:C50")
    whole.add("G2")
    chosen = DataValidation("list", formula1='"是,否"', showDropDown=True, promptTitle="选", prompt="选一个")
    chosen.add("F2:F50")
    for check in (whole, chosen):
        sheet.add_data_validation(check)
    rules = sheet.conditional_formatting
    rules.add("C2:C50", CellIsRule("greaterThan", ["100"], fill=PatternFill(bgColor=RED), stopIfTrue=True))
    rules.add("A2:E50", FormulaRule(['$B2=""'], font=Font(strike=True)))
    rules.add("G2:G9", ColorScaleRule("min", None, "FFFFFFFF", "max", None, RED))


def _print(sheet) -> None:  # type: ignore[no-untyped-def]
    sheet.print_area = "A1:E40"
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:B"
    sheet.page_setup.orientation, sheet.page_setup.scale = "landscape", 61
    sheet.page_margins.left = 0.25
    sheet.oddHeader.center.text = "替换"


def _a_table(sheet) -> Table:  # type: ignore[no-untyped-def]
    for row, pair in enumerate([("产品", "数量"), ("设备", 3), ("耗材", 5)], 5):
        sheet.cell(row, 7, pair[0])
        sheet.cell(row, 8, pair[1])
    table = Table(displayName="库存", ref="G5:H7")
    table.tableStyleInfo = TableStyleInfo("TableStyleMedium9", showRowStripes=True)
    return table


def _as_excel_stores_it(xml: str) -> str:
    """Give formulas their results, a number its seventeen digits, and the header a font and a size."""
    for address, kind, text in (
        ("E2", "", "0.2"),
        ("A3", "", "46100"),
        ("E3", "", "1.2345678901234568E+16"),
        ("B4", "str", "46100a &lt;b&gt;"),
    ):
        type_ = f' t="{kind}"' if kind else ""
        xml, count = re.subn(
            rf'<c r="{address}"([^>]*)><f>(.*?)</f><v ?/></c>',
            rf'<c r="{address}"\1{type_}><f>\2</f><v>{text}</v></c>',
            xml,
        )
        assert count == 1, address
    assert "<v>0.1</v>" in xml
    left, centre = "&amp;L&amp;&quot;微软雅黑,常规&quot;&amp;9机密", "&amp;C&amp;&quot;-,Bold&quot;&amp;14日报"
    header = f"{left}{centre}&amp;R&amp;8&amp;P / &amp;N"
    return xml.replace("<v>0.1</v>", "<v>0.30000000000000004</v>").replace("&amp;C替换", header)


def patched(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """Return the workbook with one part of the package changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry)
            new.writestr(entry.filename, change(text.decode()).encode() if entry.filename == part else text)
    return target.getvalue()


def with_part(content: bytes, name: str, text: str | bytes = "<x/>") -> bytes:
    """Return the workbook with one part more."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as package:
        package.writestr(name, text)
    return target.getvalue()
