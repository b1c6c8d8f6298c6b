"""
The working calendar of a country: its public holidays, and the days worked instead of them.

A year is worked out when the first of its days is asked about. A year for which a country has not
announced yet which days are worked instead has its statutory holidays only.
"""

from collections.abc import Container, Iterator, Mapping
from datetime import date

import holidays

from daysheet.model.calendars import WorkCalendar


def calendar(
    country: str, weekend: frozenset[int], own_holidays: Mapping[date, str], own_workdays: frozenset[date]
) -> WorkCalendar:
    """
    Return the calendar of *country* (ISO 3166) with a company's own days, which have the last word.

    Raises LookupError for a country whose holidays are not known.
    """
    years = _Years(country)
    return WorkCalendar(weekend, _Off(years, own_holidays), _Worked(years, own_holidays, own_workdays))


class _Years:
    """A country's holidays year by year. Two threads may both work out one year; either result will do."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._known: dict[int, holidays.HolidayBase] = {}
        try:
            self.of(2000)
        except NotImplementedError as error:
            raise LookupError(country) from error

    def of(self, year: int) -> holidays.HolidayBase:
        found = self._known.get(year)
        if found is None:
            found = self._known[year] = holidays.country_holidays(self._country, years=year, expand=False)
        return found


class _Off(Mapping[date, str]):
    """Days off by the country's word or the company's, with what they are called."""

    def __init__(self, years: _Years, own: Mapping[date, str]) -> None:
        self._years = years
        self._own = own

    def __getitem__(self, day: date) -> str:
        if day in self._own:
            return self._own[day]
        return str(self._years.of(day.year)[day])

    def __iter__(self) -> Iterator[date]:
        raise TypeError("holidays go on without end: ask for a day")

    def __len__(self) -> int:
        raise TypeError("holidays go on without end: ask for a day")


class _Worked(Container[date]):
    """Days that are worked all the same: the company's own, and the country's that the company does not have off."""

    def __init__(self, years: _Years, off: Mapping[date, str], own: frozenset[date]) -> None:
        self._years = years
        self._off = off
        self._own = own

    def __contains__(self, day: object) -> bool:
        if day in self._own:
            return True
        return isinstance(day, date) and day not in self._off and day in self._years.of(day.year).weekend_workdays
