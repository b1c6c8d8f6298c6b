"""
Fill in the daily report as a rep would, for the quickstart: python fill_in.py FILE [--corrected]

Two visits and a deal. The second visit has two mistakes and the deal one, unless --corrected.
The rows are found by the hidden keys (row 2 of a sheet, column A of the cover), as Daysheet does.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import load_workbook

path, is_corrected = Path(sys.argv[1]), "--corrected" in sys.argv
today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
workbook = load_workbook(path)

cover = workbook["封面"]
for row in range(1, cover.max_row + 1):
    if cover.cell(row, 1).value == "report_date":
        cover.cell(row, 3).value = today


def write(sheet_name: str, line: int, values: dict[str, object]) -> None:
    """Type *values* (by field key) into a row."""
    sheet = workbook[sheet_name]
    columns = {cell.value: cell.column for cell in sheet[2]}
    for key, value in values.items():
        sheet.cell(line, columns[key]).value = value


VISIT = {"visit_date": today, "way": "上门拜访", "purpose": "需求沟通", "content": "看现场", "outcome": "有进展"}
write("拜访", 3, {**VISIT, "customer": "杭州云杉自动化有限公司", "contact": "周敏", "phone": "13812345678"})
write(
    "拜访", 4, {**VISIT, "customer": "杭州市西湖区教育局", "contact": "钱科长", "visit_date": "下周三", "way": "打球"}
)
write("商机", 3, {"customer": "杭州云杉自动化有限公司", "project": "涂装线二期", "stage": "赢单", "amount": None})
write("计划", 3, {"plan_date": today + timedelta(7), "customer": "杭州云杉自动化有限公司", "purpose": "报价"})
if is_corrected:
    write("拜访", 4, {"way": "电话", "visit_date": today})
    write("商机", 3, {"amount": "50万"})
workbook.save(path)
