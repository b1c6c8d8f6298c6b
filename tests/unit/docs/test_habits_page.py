"""The page of habits tells the truth: what its table says is what a report comes to."""

from datetime import date, time
from decimal import Decimal

import pytest

from tests.unit.docs import pages
from tests.unit.validation.books import a_book, a_deal, a_table, a_visit, check, rows_of

PAGE = pages.ROOT / "docs" / "concepts" / "habits.md"
ROWS = [tuple(cell.strip("`") for cell in row) for row in pages.table_rows(pages.text(PAGE))]
COLUMNS = {
    "date": ("下次日期", "next_date"),
    "time": ("开始时间", "start_time"),
    "phone": ("电话", "phone"),
    "amount": ("金额", "amount"),
    "probability": ("成交概率", "probability"),
}


def test_the_page_shows_every_kind() -> None:
    assert {where for _, where, _ in ROWS} == set(COLUMNS)


@pytest.mark.parametrize(("written", "where", "taken"), ROWS)
def test_what_the_page_says_is_understood(written: str, where: str, taken: str) -> None:
    heading, key = COLUMNS[where]
    if where in ("amount", "probability"):
        checked = check(a_book(a_table(a_deal(**{heading: written}), name="商机")))
        value = rows_of(checked, "opportunities")[0].values[key]
    else:
        checked = check(a_book(a_table(a_visit(**{heading: written}))))
        value = rows_of(checked)[0].values[key]
    if where == "date":
        assert value == date.fromisoformat(taken)
    elif where == "time":
        assert value == time.fromisoformat(taken)
    elif where == "phone":
        assert value == tuple(taken.split(", "))
    else:
        assert value == Decimal(taken)
    assert not checked.has_errors
