"""The sheet of a spot check, filled in and saved by LibreOffice, comes back as it was meant."""

import io
from datetime import date

from openpyxl import load_workbook

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.rows import Workbook
from daysheet.model.spot_checks import PRINTED, Drawn, Finding, Outcome
from daysheet.model.text import Language
from daysheet.services import spot_lines
from daysheet.templates_xlsx.spot_check import FIRST_ROW, build, check_of, lines
from tests.contract.workbook.test_libreoffice import Convert, convert
from tests.spot_sheets import filled

__all__ = ["convert"]

DRAWN_ON, TODAY = date(2026, 3, 4), date(2026, 3, 9)
VALUES = dict.fromkeys(PRINTED, "") | {
    "name": "杭州云杉自动化有限公司",
    "phone": "057187000000",
    "credit_code": "91330106MA2AXYRG3W",
}
ITEMS = (
    Drawn(41, "华东", VALUES),
    Drawn(7, "海外", {**VALUES, "name": "=Nordlicht & Söhne <GmbH>"}),
    Drawn(12, "", {**VALUES, "name": "苏州蓝鲸精密机械有限公司"}),
)
BUILT = build(3, DRAWN_ON, ITEMS, Language.ZH)


def read(content: bytes) -> Workbook:
    found = read_here(content, "back.xlsx", ReadLimits())
    assert isinstance(found, Workbook)
    return found


def test_what_was_filled_in_comes_back_through_libreoffice(convert: Convert) -> None:
    said = {
        41: {
            "reached": "是 yes",
            "checked_on": date(2026, 3, 6),
            "phone.mark": "错 wrong",
            "phone.right": "021-58000000",
        },
        7: {"reached": "否 no", "note": "no answer, rang three times"},
    }
    back = read(convert(filled(convert(BUILT), said)))
    assert check_of(back) == 3
    printed = {item.customer_id: item.printed for item in ITEMS}
    found, unread = spot_lines.read(list(lines(back)), printed, DRAWN_ON, TODAY)
    assert unread == ()
    assert found == [
        Finding(41, Outcome.REACHED, ("phone",), {"phone": "021-58000000"}, date(2026, 3, 6)),
        Finding(7, Outcome.UNREACHED, (), {}, TODAY, "no answer, rang three times"),
    ]


def test_libreoffice_keeps_what_was_handed_out_and_the_dropdowns(convert: Convert) -> None:
    sheet = load_workbook(io.BytesIO(convert(BUILT))).worksheets[0]
    keys = {cell.value: cell.column_letter for cell in sheet[FIRST_ROW - 1]}
    for row, item in enumerate(ITEMS, FIRST_ROW):
        assert {key: sheet[f"{keys[key]}{row}"].value or "" for key in VALUES} == dict(item.printed)
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    assert sheet.row_dimensions[FIRST_ROW - 1].hidden
    formulas = {one.formula1 for one in sheet.data_validations.dataValidation}
    assert {'"对 right,错 wrong"', '"是 yes,否 no"'} <= formulas
