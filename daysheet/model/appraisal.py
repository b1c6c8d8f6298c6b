"""The lines of an appraisal sheet: what a period's figures say of a rep, a team or a region."""

from dataclasses import dataclass, field
from datetime import date

from daysheet.model.figures import Figures
from daysheet.model.periods import Period


@dataclass(frozen=True, slots=True)
class Line:
    """
    One rep, team or region. *below* is how deep a region lies in the tree; *is_part*: of a team or region
    only those are in it who are below the reader.

    Rates are shares from 0 to 1, None where there is nothing to share out.
    """

    name: str
    number: str = ""
    team: str = ""
    region: str = ""
    below: int = 0
    is_part: bool = False
    figures: Figures = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Return the figure called *name*."""
        return int(self.figures.get(name, 0))

    def _share(self, part: str, whole: str) -> float | None:
        return self.count(part) / self.count(whole) if self.count(whole) else None

    @property
    def on_time(self) -> float | None:
        """Of the reports owed, leave left out, those that were here before the cut-off."""
        owed = self.count("discipline.due") - self.count("discipline.leave")
        return self.count("discipline.on_time") / owed if owed > 0 else None

    @property
    def completeness(self) -> float | None:
        """Of the cells the form asks for in the visits, those that are filled."""
        return self._share("cells.filled", "cells.wanted")

    @property
    def acceptance(self) -> float | None:
        """Of the rows sent the first time, those that were in at once."""
        return self._share("rows.accepted", "rows.sent")

    @property
    def correction_hours(self) -> float | None:
        """Hours from a sending with errors to the first one without, on average."""
        minutes = self._share("reports.correction_minutes", "reports.corrected")
        return None if minutes is None else minutes / 60

    @property
    def correctness(self) -> float | None:
        """Of the customers reached by spot checks, those with nothing wrong."""
        wrong = self._share("spot.customers_wrong", "spot.customers")
        return None if wrong is None else 1 - wrong


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines for reps, teams and regions, in the order they are shown in; *everybody* is the sum."""

    reps: tuple[Line, ...]
    teams: tuple[Line, ...]
    regions: tuple[Line, ...]
    everybody: Line


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A sheet's lines with what they are about; *whose* is the manager they are below, "" for the whole company."""

    lines: Lines
    period: Period
    company: str
    made_on: date
    cut_off: str  # of the next workday, "HH:MM"
    whose: str = ""
