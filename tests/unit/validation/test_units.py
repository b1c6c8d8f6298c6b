"""单位：万元 above a table counts for its amounts."""

from decimal import Decimal

import pytest

from daysheet.i18n import issue_text
from daysheet.model.rows import Cell, Checked
from daysheet.model.template import ColumnType, Meaning
from daysheet.model.text import Bilingual, Language
from daysheet.validation.units import is_money, note_above, says_plain_unit
from tests.unit.validation.books import a_book, a_column, a_deal, a_grid, check, codes, rows_of, said

HEAD = list(a_deal(金额=1, 数量=1))


def deals(*above: list[Cell], amount: Cell = 50, head: list[str] | None = None) -> Checked:
    rows = [*above, head or HEAD, list(a_deal(金额=amount, 数量=3).values())]
    return check(a_book(a_grid(*rows, name="商机")))


def amount(checked: Checked) -> object:
    return rows_of(checked, "opportunities")[0].values["amount"]


@pytest.mark.parametrize(
    ("title", "scale"),
    [
        ("单位：万元", 10_000),
        ("金额单位：万元", 10_000),
        ("（单位：万元）", 10_000),
        ("三月商机汇总 单位:万", 10_000),
        ("货币单位：人民币千元", 1000),
        ("单位 百万元", 10**6),
        ("单位：千万元", 10**7),
        ("单位：亿元", 10**8),
        ("单位：万美元", 10_000),
        ("unit: 10k", 10_000),
        ("Unit: RMB 10,000", 10_000),
        ("Unit: thousand EUR", 1000),
        ("Deals (amounts in millions)", 10**6),
        ("Figures in CNY thousands", 1000),
    ],
)
def test_a_title_that_names_a_unit_scales_the_amounts(title: str, scale: int) -> None:
    checked = deals([title])
    assert amount(checked) == 50 * scale
    assert rows_of(checked, "opportunities")[0].values["quantity"] == 3, "a number of pieces is no money"


@pytest.mark.parametrize(
    "title",
    [
        "单位：元",
        "单位：杭州万通贸易有限公司",
        "单位：万通公司",
        "单位：千帆科技",
        "填报单位：华东区",
        "Total amount: 1000",
        "Unit price: 1000",
        "Business unit: 1000 Lakes",
        "单位：万元" + "x" * 200,
        "万元",
    ],
)
def test_any_other_title_scales_nothing(title: str) -> None:
    checked = deals([title])
    assert checked.issues == ()
    assert amount(checked) == 50


def test_it_is_told_once_where_it_stands() -> None:
    rows = [list(a_deal(项目名称=f"项目{n}", 金额=n, 数量=1).values()) for n in (5, 6, 7)]
    checked = check(a_book(a_grid(["商机"], [None, "单位：", "万元"], HEAD, *rows, name="商机")))
    assert said(checked.issues) == [("SD-S012", "B2")]
    (one,) = checked.issues
    assert one.is_fixed
    assert issue_text(one, Language.ZH) == "表头上方写着“单位： 万元”，“金额”里没有另写单位的数字已乘以 10,000。"
    assert "the numbers in Amount that name no unit" in issue_text(one, Language.EN)
    assert [record.values["amount"] for record in rows_of(checked, "opportunities")] == [50_000, 60_000, 70_000]


def test_the_note_nearest_to_the_headings_counts() -> None:
    assert amount(deals(["单位：亿元"], ["单位：万元"])) == 500_000


@pytest.mark.parametrize("heading", ["金额（元）", "金额 (RMB)", "金额（美元）", "金额(元) *"])
def test_a_heading_that_names_single_units_has_the_last_word(heading: str) -> None:
    checked = deals(["单位：万元"], head=[*HEAD[:3], heading, *HEAD[4:]])
    assert amount(checked) == 50
    assert checked.issues == ()


def test_a_heading_that_names_another_scale_has_the_last_word() -> None:
    checked = deals(["单位：万元"], head=[*HEAD[:3], "金额（千元）", *HEAD[4:]])
    assert amount(checked) == 50_000
    assert checked.issues == ()


def test_a_number_that_names_its_own_unit_stays_and_nothing_is_told_of_the_title() -> None:
    checked = deals(["单位：万元"], amount="50万")
    assert amount(checked) == 500_000
    assert codes(checked.issues) == ["SD-C008"]  # type: ignore[arg-type]


def test_it_counts_above_the_hidden_keys_too() -> None:
    keys = ["customer", "project", "stage", "amount", "quantity"]
    row = list(a_deal(金额=50, 数量=3).values())
    checked = check(a_book(a_grid(["单位：万元"], HEAD, keys, row, name="商机")))
    assert amount(checked) == 500_000
    assert said(checked.issues) == [("SD-S012", "A1")]


def test_a_line_of_totals_is_counted_alike() -> None:
    rows = [HEAD, list(a_deal(金额=50, 数量=3).values()), ["合计", None, None, 50]]
    checked = check(a_book(a_grid(["单位：万元"], *rows, name="商机")))
    assert codes(checked.issues) == ["SD-S012"]  # type: ignore[arg-type]


def test_below_the_headings_it_is_no_title() -> None:
    checked = check(a_book(a_grid(HEAD, list(a_deal(金额=50, 数量=3).values()), ["单位：万元"], name="商机")))
    assert amount(checked) == 50


def test_without_rows_above_there_is_no_note() -> None:
    assert note_above([]) is None
    assert note_above([(), (None, 5)]) is None


@pytest.mark.parametrize(
    ("label", "is_one"), [("合同额", True), ("单价", True), ("打车费", True), ("数量", False), ("人数", False)]
)
def test_money_is_known_by_its_label(label: str, *, is_one: bool) -> None:
    column = a_column(ColumnType.DECIMAL)
    changed = type(column)("it", Bilingual(label, "It"), ColumnType.DECIMAL)
    assert is_money(changed) is is_one


def test_money_is_known_by_its_meaning_and_a_share_is_none() -> None:
    assert is_money(a_column(ColumnType.DECIMAL, meaning=Meaning.AMOUNT))
    assert not is_money(a_column(ColumnType.DECIMAL, meaning=Meaning.AMOUNT, unit="%"))
    assert not is_money(a_column(ColumnType.TEXT, meaning=Meaning.AMOUNT))


def test_a_plain_unit_is_seen_on_any_line_of_a_heading() -> None:
    assert says_plain_unit("金额（元）\nAmount")
    assert not says_plain_unit("金额（万元）\nAmount")
    assert not says_plain_unit("金额\nAmount")


def test_amounts_stay_exact() -> None:
    assert amount(deals(["单位：万元"], amount=50.05)) == Decimal("500500")
