"""Phone numbers and e-mail addresses."""

import pytest

from daysheet.model.rows import Cell
from daysheet.model.template import ColumnType
from tests.unit.validation.books import a_column, codes, typed

PHONE = a_column(ColumnType.PHONE, max_length=60)
EMAIL = a_column(ColumnType.EMAIL, max_length=40)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13812345678", ("13812345678",)),
        (13812345678.0, ("13812345678",)),
        ("138 1234 5678", ("13812345678",)),
        ("138-1234-5678", ("138-1234-5678",)),
        ("+86 138 1234 5678", ("+8613812345678",)),
        ("(86)13812345678", ("(86)13812345678",)),
        ("１３８１２３４５６７８", ("13812345678",)),
        ("0571-8700 1122", ("0571-87001122",)),
        ("（0571）87001122", ("(0571)87001122",)),
        ("87001122", ("87001122",)),
        ("400-820-8820", ("400-820-8820",)),
        ("95588", ("95588",)),
        ("+49 40 5550123", ("+49405550123",)),
        ("+65 6555 0188", ("+6565550188",)),
        ("0049 40 5550123", ("0049405550123",)),
        ("0571-87001122转8001", ("0571-87001122转8001",)),
        ("0571-8700 0000 转 8001", ("0571-87000000转8001",)),
        ("0571-87001122 分机8001", ("0571-87001122转8001",)),
        ("0571-87001122 分机号：8001", ("0571-87001122转8001",)),
        ("0571-87001122 ext. 8001", ("0571-87001122转8001",)),
        ("87001122x801", ("87001122转801",)),
        ("87001122（转801）", ("87001122转801",)),
        ("0571-87001122-8001", ("0571-87001122转8001",)),
        ("13812345678 / 13912345678", ("13812345678", "13912345678")),
        ("13812345678/13912345678", ("13812345678", "13912345678")),
        ("13812345678、13912345678", ("13812345678", "13912345678")),
        ("13812345678，13912345678", ("13812345678", "13912345678")),
        ("13812345678\n13912345678", ("13812345678", "13912345678")),
        ("13812345678 13912345678", ("13812345678", "13912345678")),
        ("13812345678 或 13912345678", ("13812345678", "13912345678")),
        ("13812345678 0571-87001122", ("13812345678", "0571-87001122")),
        ("0571-87001122转8001；13812345678", ("0571-87001122转8001", "13812345678")),
        ("手机：13812345678", ("13812345678",)),
        ("Tel. 0571-87001122", ("0571-87001122",)),
        ("13812345678（微信同号）", ("13812345678",)),
    ],
)
def test_a_phone_number_is_read_however_it_is_written(cell: Cell, numbers: tuple[str, ...]) -> None:
    assert typed(cell, PHONE) == (numbers, [])


@pytest.mark.parametrize(
    "cell",
    ["打总机", "138123456", "1381234567", "1381234567890", "1.38123E+10", "周敏 13812345678", 12.5, True, "12 34"],
)
def test_a_number_that_looks_wrong_is_kept_and_told(cell: Cell) -> None:
    value, notes = typed(cell, PHONE)
    assert value
    assert codes(notes) == ["SD-C012"]


def test_only_the_number_that_looks_wrong_is_told() -> None:
    value, notes = typed("13812345678、打总机", PHONE)
    assert value == ("13812345678", "打总机")
    assert [note.found for note in notes] == ["打总机"]


@pytest.mark.parametrize("cell", [57187001122.0, 1066001234, 2166001234])
def test_a_landline_that_was_kept_as_a_number_has_lost_its_zero(cell: Cell) -> None:
    _, notes = typed(cell, PHONE)
    assert codes(notes) == ["SD-C009"]


@pytest.mark.parametrize("cell", ["571-87001122", 13812345678, 87001122.0, 95588])
def test_other_numbers_have_lost_nothing(cell: Cell) -> None:
    assert "SD-C009" not in codes(typed(cell, PHONE)[1])


@pytest.mark.parametrize("cell", [None, "", "-", "/", "无", "不详", "、"])
def test_a_struck_out_phone_is_empty(cell: Cell) -> None:
    assert typed(cell, PHONE) == (None, [])


def test_a_phone_cell_has_a_limit_as_the_template_says() -> None:
    value, notes = typed("1" * 61, PHONE)
    assert value is None
    assert codes(notes) == ["SD-C007"]


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("zhou.min@corp.example", "zhou.min@corp.example"),
        (" Zhou.Min@Corp.example ", "Zhou.Min@Corp.example"),
        ("zhou＠corp．example", "zhou@corp.example"),
        ("zhou min@corp.example", "zhoumin@corp.example"),
        ("周敏@公司.中国", "周敏@公司.中国"),
        ("a+b@sub.corp.example", "a+b@sub.corp.example"),
    ],
)
def test_an_address_is_taken_without_a_word(cell: str, address: str) -> None:
    assert typed(cell, EMAIL) == (address, [])


@pytest.mark.parametrize(
    "cell",
    ["周敏", "zhou@", "@corp.example", "zhou@corp", "a@b.example, c@d.example", "zhou@corp..example", 13812345678],
)
def test_an_address_that_looks_wrong_is_kept_and_told(cell: Cell) -> None:
    value, notes = typed(cell, EMAIL)
    assert value
    assert codes(notes) == ["SD-C012"]


def test_an_address_has_a_limit_as_the_template_says() -> None:
    assert codes(typed("a" * 40 + "@corp.example", EMAIL)[1]) == ["SD-C007"]


@pytest.mark.parametrize("cell", [None, "", "无", "-"])
def test_a_struck_out_address_is_empty(cell: Cell) -> None:
    assert typed(cell, EMAIL) == (None, [])
