"""A list may stand behind a hidden sheet."""

import io

from openpyxl import Workbook

from daysheet.ingest.workbook import WorkbookReader
from daysheet.services.lists import read_list


def test_the_first_sheet_that_is_not_hidden_is_the_list() -> None:
    book = Workbook()
    book.worksheets[0].sheet_state = "hidden"
    book.worksheets[0]["A1"] = "choices"
    sheet = book.create_sheet("customers")
    sheet["A1"], sheet["A2"] = "客户名称", "杭州云杉自动化有限公司"
    book.active = 1
    content = io.BytesIO()
    book.save(content)
    with WorkbookReader() as reader:
        (line,) = read_list(reader, "list.xlsx", content.getvalue(), {"name": ("客户名称",)}, required=("name",))
    assert line.get("name") == "杭州云杉自动化有限公司"
