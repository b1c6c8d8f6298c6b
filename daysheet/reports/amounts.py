"""
Numbers, shares, amounts and days as a manager reads them at a glance.

Amounts are short: in Chinese by 万 and 亿 with the currency's name behind (123.5万元, 30万美元), for
that is how money is spoken of there, and twelve digits in a phone's column are read wrong; in English
by K, M and B behind the ISO code, because "$" and "¥" are several currencies. What is exact stands in
the workbook.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from daysheet.model.figures import Number
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.text import Language

MINUS = "\N{MINUS SIGN}"
_LOCALES = {Language.ZH: "zh", Language.EN: "en_GB"}


def number(value: Number, language: Language) -> str:
    """Return a whole number, grouped."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, "#,##0", locale=_LOCALES[language])).replace("-", MINUS)


def signed(value: Number, language: Language) -> str:
    """Return a change with its sign, "" where there is none."""
    return f"{'+' if value > 0 else ''}{number(value, language)}" if value else ""


def share(part: Number, whole: Number, digits: int = 0) -> str:
    """
    Return a share in percent, "–" of nothing.

    Nearly all is not 100 % and nearly none is not 0 %: what is rounded must not hide the one that is missing.
    """
    if not whole:
        return "–"
    if part == whole:
        return "100%"
    exact = Decimal(100) * Decimal(part) / Decimal(whole)
    least = Decimal(1).scaleb(-digits)
    rounded = exact.quantize(least)
    if exact < 100:
        rounded = min(rounded, 100 - least)
    if exact > 0:
        rounded = max(rounded, least)
    return f"{rounded}%"


def money(amount: Number, currency: str, language: Language) -> str:
    """Return an amount, shortened, with its currency."""
    from babel.numbers import format_compact_decimal, get_currency_name

    rounded = _rounded(Decimal(amount), language)
    said = str(format_compact_decimal(rounded, locale=_LOCALES[language], fraction_digits=2))
    said = said.replace("-", MINUS)
    if language is Language.EN:
        return f"{currency} {said}"
    return f"{said}{'元' if currency == 'CNY' else get_currency_name(currency, locale='zh')}"


_STEPS = {
    Language.ZH: ((10**12, 10**10), (10**8, 10**6), (10**4, 10**3)),
    Language.EN: ((10**12, 10**10), (10**9, 10**7), (10**6, 10**4), (10**3, 10**2)),
}
"""From which size on an amount is told in steps of how much, the largest first; below to the whole unit."""


def _rounded(amount: Decimal, language: Language) -> Decimal:
    """Return *amount* as exact as it is told; rounded before its unit is chosen: 999,999 is 1M, not 1000K."""
    step = next((step for size, step in _STEPS[language] if abs(amount) >= size), 1)
    return (amount / step).to_integral_value() * step


def signed_money(amount: Number, currency: str, language: Language) -> str:
    """Return a change of an amount with its sign, "" where there is none."""
    if not amount:
        return ""
    said = money(abs(Decimal(amount)), currency, language)
    return f"{'+' if amount > 0 else MINUS}{said}"


def monies(amounts: Mapping[str, Number], language: Language) -> tuple[str, ...]:
    """Return one text per currency that has an amount, the largest first; several currencies are never added."""
    filled = sorted((item for item in amounts.items() if item[1]), key=lambda item: (-abs(Decimal(item[1])), item[0]))
    return tuple(money(amount, currency, language) for currency, amount in filled)


def converted(amounts: Mapping[str, Number], rates: Mapping[str, str]) -> tuple[Decimal, str] | None:
    """
    Return all *amounts* in the company's currency, and which that is.

    None where nothing is to be converted: no rates, a currency without one, or a single currency.
    """
    filled = {currency: amount for currency, amount in amounts.items() if amount}
    own = next((currency for currency, rate in rates.items() if Decimal(rate) == 1), None)
    if own is None or len(filled) < 2 or not filled.keys() <= rates.keys():
        return None
    return sum((Decimal(amount) * Decimal(rates[currency]) for currency, amount in filled.items()), Decimal(0)), own


# ---- days --------------------------------------------------------------------------------------


def day(on: date, language: Language) -> str:
    """Return a day without its year: 11月23日, 23 Nov."""
    from babel.dates import format_date

    return str(format_date(on, "M月d日" if language is Language.ZH else "d MMM", locale=_LOCALES[language]))


def days(first: date, last: date, language: Language) -> str:
    """Return from when to when, without the year, as it fits a phone's column: 11/30–12/13, 30 Nov – 13 Dec."""
    from babel.dates import format_interval

    if language is Language.ZH:
        return f"{first.month}/{first.day}–{last.month}/{last.day}"
    return _spaced(format_interval(first, last, "MMMd", locale=_LOCALES[language]))


def span(first: date, last: date, language: Language) -> str:
    """Return from when to when, as one writes it: 11月17日至19日, 17–19 Nov; with the years only where they differ."""
    from babel.dates import format_interval

    pattern = "MMMd" if first.year == last.year else "yMMMd"
    return _spaced(format_interval(first, last, pattern, locale=_LOCALES[language]))


def period(of: Period, language: Language) -> str:
    """Return the days of a period with the year; a month by its name."""
    from babel.dates import format_date, format_interval

    locale = _LOCALES[language]
    if of.kind is PeriodKind.MONTH:
        return str(format_date(of.first, "y年M月" if language is Language.ZH else "MMMM y", locale=locale))
    if of.kind is PeriodKind.DAY:
        return str(format_date(of.first, "y年M月d日" if language is Language.ZH else "d MMM y", locale=locale))
    return _spaced(format_interval(of.first, of.last, "yMMMd", locale=locale))


def _spaced(said: object) -> str:
    """Return *said* with plain spaces: the thin ones of the locale are missing from some faces."""
    return str(said).replace("\N{THIN SPACE}", " ")


def short_label(label: str, language: Language) -> str:
    """Return the label of a period as it fits over a number: W48, 48周, Nov, 11月."""
    from babel.dates import format_date

    found = Period.parse(label)
    if found.kind is PeriodKind.WEEK:
        week = found.first.isocalendar().week
        return f"{week}周" if language is Language.ZH else f"W{week}"
    if found.kind is PeriodKind.MONTH:
        return str(format_date(found.first, "M月" if language is Language.ZH else "MMM", locale=_LOCALES[language]))
    return day(found.first, language)


def day_of(on: date, year: int, language: Language) -> str:
    """Return a day, with its year where that is not the *year* spoken of."""
    return day(on, language) if on.year == year else period(Period.of(PeriodKind.DAY, on), language)
