"""A rep's own workbook: the blank with cover, dropdowns and rows filled in, and nothing else changed."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from openpyxl import load_workbook

from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_here
from daysheet.model.people import Person, Role
from daysheet.model.rows import Checked, Workbook
from daysheet.model.template import SheetRole
from daysheet.model.text import Language
from daysheet.templates_xlsx import spec
from daysheet.templates_xlsx.build import build
from daysheet.templates_xlsx.layout import LISTS_SHEET, letters
from daysheet.templates_xlsx.package import parts_of
from daysheet.templates_xlsx.prefill import Blank, Contents, Prefilled
from daysheet.validation.sheets import Context, Validator
from tests.builders import daily

WANG = Person(1, "00417", "王丽", Role.REP, region="华东区")
DAY = date(2026, 3, 5)
SPRUCE = "杭州云杉自动化有限公司"
DEAL: dict[str, Any] = {
    "customer": SPRUCE,
    "project": '涂装线 <二期> & "升级"',
    "product": "solution",
    "quantity": Decimal("2.5"),
    "stage": "agreed",
    "amount": Decimal("1234567.89"),
    "currency": "USD",
    "probability": Decimal(60),
    "expected_date": date(2026, 6, 30),
    "decision_maker": "=1+1",
    "competitor": "-某品牌",
    "competitor_price": Decimal("0.10"),
    "reason": None,
    "support_needed": "+样机\n第二行 ",
}
PLAN: dict[str, Any] = {"plan_date": date(2026, 3, 9), "customer": SPRUCE, "purpose": "quote", "target": "@全体"}
VISIT: dict[str, Any] = {
    "visit_date": DAY,
    "start_time": time(9, 5, 7),
    "customer": SPRUCE,
    "contact": "周敏",
    "phone": ("13900000001", "0571-87000000转8001"),
    "way": "visit",
    "purpose": "needs",
    "content": "谈了",
    "outcome": "progress",
}


@cache
def blank(language: Language = Language.ZH, *, name: str = "daily_report", offers: bool = True) -> Blank:
    return Blank(spec.load(name), language, has_customers=offers, has_contacts=offers)


def fill(
    rows: Mapping[str, Sequence[Mapping[str, object]]],
    language: Language = Language.ZH,
    customers: Sequence[str] = (SPRUCE,),
    contacts: Sequence[str] = ("周敏",),
) -> bytes:
    prefilled = {key: [Prefilled(row, f"o:{at}") for at, row in enumerate(some, 1)] for key, some in rows.items()}
    return blank(language).fill(Contents(WANG, DAY, customers, contacts, prefilled))


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def checked(content: bytes) -> Checked:
    read = read_here(content, "日报.xlsx", ReadLimits())
    assert isinstance(read, Workbook)
    return Validator(daily()).check(read, Context(today=DAY))


@pytest.mark.parametrize("language", Language)
def test_what_was_stored_is_read_back_the_same_and_nothing_is_said_of_it(language: Language) -> None:
    found = checked(fill({"visits": [VISIT], "opportunities": [DEAL], "plans": [PLAN]}, language))
    assert found.issues == ()
    read = {record.sheet: record for record in found.records}
    assert read.keys() == {"visits", "opportunities", "plans"}
    for key, row in (("visits", VISIT), ("opportunities", DEAL), ("plans", PLAN)):
        wanted = {name: value.strip() if isinstance(value, str) else value for name, value in row.items()}
        assert {name: read[key].values[name] for name in row} == wanted
        assert read[key].ref == "o:1"


def test_the_same_contents_give_the_same_bytes_and_a_former_rep_leaves_nothing_behind() -> None:
    first = fill({"opportunities": [DEAL]})
    assert fill({"plans": [PLAN] * 9}, customers=["别人的客户"], contacts=["别人"]) != first
    assert fill({"opportunities": [DEAL]}) == first
    assert "别人" not in "".join(part.decode() for name, part in parts_of(first).items() if name.endswith(".xml"))


def test_a_text_like_a_formula_stays_a_text() -> None:
    sheet = opened(fill({"opportunities": [DEAL]}, customers=["=1+1"], contacts=["@x"]))
    cell = sheet["商机"]["J3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    assert [sheet["商机"][at].data_type for at in ("K3", "N3")] == ["s", "s"]
    offered = [cell for row in sheet[LISTS_SHEET].iter_rows() for cell in row if cell.value in ("=1+1", "@x")]
    assert [(cell.data_type, cell.quotePrefix) for cell in offered] == [("s", True), ("s", True)]


def test_a_text_like_an_escaped_character_stays_as_it_is() -> None:
    (record,) = checked(
        fill({"opportunities": [DEAL | {"project": "_x0041_二期", "decision_maker": "_x00zz_"}]})
    ).records
    assert (record.values["project"], record.values["decision_maker"]) == ("_x0041_二期", "_x00zz_")


def grid_of(content: bytes, sheet: str) -> str:
    """The XML of a sheet."""
    at = opened(content).sheetnames.index(sheet) + 1
    return parts_of(content)[f"xl/worksheets/sheet{at}.xml"].decode()


def test_every_prefilled_cell_looks_as_an_empty_one_of_its_column_does() -> None:
    content = fill({"opportunities": [DEAL]})
    xml = grid_of(content, "商机")
    part = daily().sheet("opportunities")
    columns = [
        (int(one[2]), int(one[3]), one[1])
        for one in re.finditer(r'<col [^>]*style="(\d+)" min="(\d+)" max="(\d+)"', xml)
    ]
    styles = [style for first, last, style in columns for _ in range(first, last + 1)]
    found = {letter: re.search(rf'<c r="{letter}3" s="(\d+)"', xml) for letter in letters(part).values()}
    faces = opened(content)["商机"]
    for at, (letter, cell) in enumerate(found.items()):
        if cell is not None and not faces[f"{letter}3"].quotePrefix:
            assert cell[1] == styles[at], letter
    for letter in "JKN":  # texts like formulas: the same style but for the mark that they are texts
        cell = faces[f"{letter}3"]
        assert (cell.quotePrefix, cell.number_format, cell.protection.locked) == (True, "@", False)
        mine, plain = cell._style, faces["B3"]._style
        assert [mine.fontId, mine.borderId, mine.alignmentId] == [plain.fontId, plain.borderId, plain.alignmentId]


def test_a_row_is_as_high_as_its_texts_and_stays_free_to_grow() -> None:
    rows = [
        DEAL | {"support_needed": "请售前下周到场讲解并带上样机" * 5},
        DEAL | {"project": "x", "stage": "won", "product": None, "support_needed": None},
    ]
    first, second = re.findall(r'<row r="[34]"[^>]*>', grid_of(fill({"opportunities": rows}), "商机"))
    assert float(re.findall(r'ht="(\d+)', first)[0]) > 60
    assert "customHeight" not in first
    assert "ht=" not in second


def test_dropdowns_rules_names_and_protection_are_those_of_the_blank() -> None:
    ours = opened(fill({"opportunities": [DEAL], "plans": [PLAN]}))
    theirs = opened(build(daily(), Language.ZH, customers=[SPRUCE], contacts=["周敏"], person=WANG))
    assert ours.sheetnames == theirs.sheetnames
    assert {name: made.attr_text for name, made in ours.defined_names.items()} == {
        name: made.attr_text for name, made in theirs.defined_names.items()
    }
    assert [(one.name, one.value) for one in ours.custom_doc_props.props] == [
        (one.name, one.value) for one in theirs.custom_doc_props.props
    ]
    for title in ours.sheetnames:
        mine, other = ours[title], theirs[title]
        assert mine.protection == other.protection
        assert [(str(one.sqref), one.formula1) for one in mine.data_validations.dataValidation] == [
            (str(one.sqref), one.formula1) for one in other.data_validations.dataValidation
        ]
        assert {str(one.sqref) for one in mine.conditional_formatting} == {
            str(one.sqref) for one in other.conditional_formatting
        }
        heads = (list(sheet.iter_rows(max_row=2, values_only=True)) for sheet in (mine, other))
        assert next(heads) == next(heads)


def test_the_cover_says_who_where_and_for_which_day() -> None:
    sheet = opened(fill({}))["封面"]
    assert [sheet[at].value for at in ("C4", "C5", "C6")] == ["王丽", "00417", "华东 East China"]
    assert sheet["C7"].value.date() == DAY
    assert sheet["C8"].value is None


def test_contacts_are_offered_where_a_contact_is_asked_for() -> None:
    book = opened(fill({}, customers=[f"客户{n}" for n in range(500)], contacts=[f"人{n}" for n in range(1000)]))
    (offered,) = (one for one in book["拜访"].data_validations.dataValidation if one.formula1 == "list_contact_names")
    assert str(offered.sqref).startswith("G3")
    assert not offered.showErrorMessage, "a new contact is simply typed"
    reference = book.defined_names["list_contact_names"].attr_text
    assert reference.endswith("$1001")
    column = reference.split("$")[1]
    assert [book[LISTS_SHEET][f"{column}{row}"].value for row in (2, 1001)] == ["人0", "人999"]


def test_the_phone_form_has_the_dropdowns_and_no_rows() -> None:
    content = blank(name="lite").fill(
        Contents(WANG, DAY, [SPRUCE], ["周敏"], {"opportunities": [Prefilled(DEAL, "o:1")]})
    )
    book = opened(content)
    formulas = {one.formula1 for one in book.worksheets[0].data_validations.dataValidation}
    assert {"list_customers", "list_contact_names"} <= formulas
    assert book.worksheets[0].max_row == 1
    assert all(part.role is SheetRole.DATA for part in spec.load("lite").sheets)


def test_who_has_no_customers_gets_no_dropdown_of_them() -> None:
    book = opened(blank(offers=False).fill(Contents(WANG, DAY)))
    assert "list_customers" not in book.defined_names
    with pytest.raises(ValueError, match="dropdowns"):
        blank(offers=False).fill(Contents(WANG, DAY, [SPRUCE]))
    with pytest.raises(ValueError, match="dropdowns"):
        blank().fill(Contents(WANG, DAY))


def test_an_item_the_form_no_longer_offers_is_left_to_be_chosen_anew() -> None:
    sheet = opened(fill({"opportunities": [DEAL | {"product": "given_up"}]}))["商机"]
    assert sheet["C3"].value is None


@pytest.mark.parametrize("value", [Decimal("0.5"), Decimal(1), Decimal(0), Decimal(100), Decimal("1.5")])
def test_a_share_of_one_percent_or_less_stays_as_small(value: Decimal) -> None:
    (record,) = checked(fill({"opportunities": [DEAL | {"probability": value}]})).records
    assert record.values["probability"] == value


@pytest.mark.parametrize("value", ["123456789012345.67", "99999999999", "0.01", "-0"])
def test_an_amount_keeps_every_digit(value: str) -> None:
    row = DEAL | {"competitor_price": None, "quantity": abs(Decimal(value))}
    (record,) = checked(fill({"opportunities": [row]})).records
    assert record.values["quantity"] == abs(Decimal(value))
