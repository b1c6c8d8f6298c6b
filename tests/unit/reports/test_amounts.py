"""Numbers as a manager reads them."""

from datetime import date
from decimal import Decimal

import pytest

from daysheet.model.periods import Period
from daysheet.model.text import Language
from daysheet.reports import amounts
from daysheet.reports.blocks import Part, parts_of

EN, ZH = Language.EN, Language.ZH


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        (0, "CNY", "CNY 0", "0元"),
        (Decimal("950.40"), "CNY", "CNY 950", "950元"),
        (12_345, "CNY", "CNY 12.3K", "1.2万元"),
        (6_150_000, "CNY", "CNY 6.15M", "615万元"),
        (98_765_432, "USD", "USD 98.77M", "9876.5万美元"),
        (Decimal("123456789.99"), "EUR", "EUR 123.46M", "1.23亿欧元"),
        (3_200_000_000, "JPY", "JPY 3.2B", "32亿日元"),
        (-50_000, "CNY", "CNY −50K", "−5万元"),
        (1000, "XYZ", "XYZ 1K", "1000XYZ"),
        (Decimal("1234.56"), "CNY", "CNY 1.2K", "1235元"),
        (Decimal("9999.6"), "CNY", "CNY 10K", "1万元"),
        (999_999, "CNY", "CNY 1M", "100万元"),
        (Decimal("999999999.99"), "CNY", "CNY 1B", "10亿元"),
        (99_999_999, "CNY", "CNY 100M", "1亿元"),
        (-99_999_999, "CNY", "CNY −100M", "−1亿元"),
        (1_234_567_890_123, "CNY", "CNY 1.23T", "1.23万亿元"),
    ],
)
def test_an_amount_is_short_and_has_its_currency(amount: int, currency: str, english: str, chinese: str) -> None:
    assert amounts.money(amount, currency, EN) == english
    assert amounts.money(amount, currency, ZH) == chinese


@pytest.mark.parametrize(
    ("part", "whole", "digits", "said"),
    [
        (0, 0, 0, "–"),
        (0, 9, 0, "0%"),
        (9, 9, 0, "100%"),
        (9, 9, 1, "100%"),
        (999, 1000, 0, "99%"),
        (1, 1000, 0, "1%"),
        (9999, 10000, 1, "99.9%"),
        (94, 100, 0, "94%"),
        (1, 3, 1, "33.3%"),
        (322, 310, 0, "104%"),
    ],
)
def test_nearly_all_is_not_all_and_nearly_none_is_not_none(part: int, whole: int, digits: int, said: str) -> None:
    assert amounts.share(part, whole, digits) == said


def test_several_currencies_are_never_added_without_rates() -> None:
    mixed = {"CNY": 1_000_000, "USD": 2_000_000, "EUR": 0}
    assert amounts.monies(mixed, EN) == ("USD 2M", "CNY 1M")
    assert amounts.converted(mixed, {}) is None
    assert amounts.converted(mixed, {"CNY": "1"}) is None
    assert amounts.converted(mixed, {"USD": "7.1", "CNY": "1"}) == (Decimal("15200000.0"), "CNY")
    assert amounts.converted({"CNY": 5}, {"CNY": "1"}) is None


@pytest.mark.parametrize(
    ("label", "english", "chinese", "short_en", "short_zh"),
    [
        ("2026-W48", "23–29 Nov 2026", "2026年11月23日至29日", "W48", "48周"),
        ("2026-W53", "28 Dec 2026 – 3 Jan 2027", "2026年12月28日至2027年1月3日", "W53", "53周"),
        ("2026-11", "November 2026", "2026年11月", "Nov", "11月"),
        ("2026-11-27", "27 Nov 2026", "2026年11月27日", "27 Nov", "11月27日"),
    ],
)
def test_a_period_is_named_as_people_do(label: str, english: str, chinese: str, short_en: str, short_zh: str) -> None:
    of = Period.parse(label)
    assert (amounts.period(of, EN), amounts.period(of, ZH)) == (english, chinese)
    assert (amounts.short_label(label, EN), amounts.short_label(label, ZH)) == (short_en, short_zh)


def test_two_weeks_fit_a_column_and_a_far_date_has_its_year() -> None:
    first, last = date(2026, 12, 28), date(2027, 1, 10)
    assert amounts.days(first, last, EN) == "28 Dec – 10 Jan"
    assert amounts.days(first, last, ZH) == "12/28–1/10"
    assert amounts.day_of(last, 2026, EN) == "10 Jan 2027"
    assert amounts.day_of(last, 2027, ZH) == "1月10日"


@pytest.mark.parametrize(
    ("counts", "percents"),
    [
        ([0, 0], []),
        ([5, 0], [100]),
        ([1, 2], [33, 67]),
        ([998, 1, 1], [96, 2, 2]),
        ([1, 1, 1], [34, 33, 33]),
        ([3, -1], [100]),
    ],
)
def test_a_bar_is_whole_and_what_is_there_at_all_is_seen(counts: list[int], percents: list[int]) -> None:
    parts = parts_of((count, "good") for count in counts)
    assert [part.percent for part in parts] == percents
    assert all(isinstance(part, Part) for part in parts)
