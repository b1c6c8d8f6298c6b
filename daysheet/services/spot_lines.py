"""Read the lines of a spot check as they came back: what a call found, or why that cannot be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from unicodedata import normalize

from daysheet.model.spot_checks import JUDGED, Finding, Outcome, RawLine, Unread, Why
from daysheet.templates_xlsx.spot_check import CHECKED_ON, MARK, NOTE, REACHED, RIGHT
from daysheet.validation import dates

_TICKS, _CROSSES = {"√", "✓", "✔", "1", "true", "是", "yes", "y"}, {"×", "x", "✗", "✘", "0", "false", "否", "no", "n"}
RIGHT_MARKS = frozenset(_TICKS | {"对", "right", "正确", "r", "ok"})
WRONG_MARKS = frozenset(_CROSSES | {"错", "wrong", "错误", "不对", "w"})
YES_MARKS = frozenset(_TICKS | {"联系上", "reached"})
NO_MARKS = frozenset(_CROSSES | {"未联系上", "没联系上", "unreached"})


def read(
    lines: Sequence[RawLine], printed: Mapping[int, Mapping[str, str]], drawn_on: date, today: date
) -> tuple[list[Finding], tuple[Unread, ...]]:
    """
    Return what the filled lines say, and which were not taken.

    *printed* maps the customers of the check to what was handed out of them. A line nobody has
    written in is none. A call without a date was made *today*, the day the sheet came.
    """
    found: dict[int, Finding] = {}
    unread: list[Unread] = []
    for line in map(_Line, lines):
        if not line.is_filled:
            continue
        customer_id = line.raw.customer_id
        if customer_id is None or customer_id not in printed:
            line.troubles.append((Why.UNKNOWN, line.text("name")))
        elif customer_id in found:
            line.troubles.append((Why.TWICE, line.text("name")))
        else:
            finding = line.finding(customer_id, printed[customer_id], drawn_on, today)
            if not line.troubles:
                found[customer_id] = finding
        if line.troubles:
            unread.append(Unread(line.raw.number, *line.troubles[0]))
    return list(found.values()), tuple(unread)


@dataclass
class _Line:
    """A line while it is read; the first of its *troubles* is told."""

    raw: RawLine
    troubles: list[tuple[Why, str]] = field(default_factory=list)

    def text(self, key: str) -> str:
        return _text(self.raw.cells.get(key))

    @property
    def is_filled(self) -> bool:
        """True where somebody has written into it."""
        keys = (REACHED, CHECKED_ON, NOTE, *(name + end for name in JUDGED for end in (MARK, RIGHT)))
        return any(map(self.text, keys))

    def finding(self, customer_id: int, printed: Mapping[str, str], drawn_on: date, today: date) -> Finding:
        """Return what it says; worth nothing where it has troubles."""
        name = self.text("name")
        if name and name != _text(printed.get("name")):
            self.troubles.append((Why.MOVED, name))
        judged, wrong = self._judged(printed)
        is_reached = self._choice(REACHED, YES_MARKS, NO_MARKS, Why.REACHED)
        if is_reached is None and not self.troubles:
            is_reached = bool(judged)  # who judged something has spoken to somebody
            if not judged:
                self.troubles.append((Why.REACHED, ""))
        elif is_reached and not judged:
            self.troubles.append((Why.NOTHING_JUDGED, ""))
        elif not is_reached and (judged or wrong):
            self.troubles.append((Why.NOT_REACHED, ""))
        outcome = Outcome.REACHED if is_reached else Outcome.UNREACHED
        return Finding(customer_id, outcome, judged, wrong, self._day(drawn_on, today), self.text(NOTE))

    def _judged(self, printed: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """
        Return the fields that were judged, and the wrong ones with what is right.

        What is right alone is a judgement too. A value for what had not been known is no fault.
        """
        judged: list[str] = []
        wrong: dict[str, str] = {}
        for name in JUDGED:
            known, right = _text(printed.get(name)), self.text(name + RIGHT)
            if not known:
                if right:
                    wrong[name] = right
                continue
            is_right = self._choice(name + MARK, RIGHT_MARKS, WRONG_MARKS, Why.MARK)
            if is_right is None:
                if not right:
                    continue
                is_right = right == known
            elif is_right and right not in ("", known):
                self.troubles.append((Why.RIGHT_AND_OTHER, right))
            judged.append(name)
            if not is_right:
                wrong[name] = right
        return tuple(judged), wrong

    def _choice(self, key: str, yes: frozenset[str], no: frozenset[str], why: Why) -> bool | None:
        """Return what a cell with a choice says, None where it is empty; "对 right", its parts and a tick are one."""
        told = self.text(key)
        words = told.casefold().split()
        if not words:
            return None
        if all(word in yes for word in words):
            return True
        if not all(word in no for word in words):
            self.troubles.append((why, told))
        return False

    def _day(self, drawn_on: date, today: date) -> date:
        cell, told = self.raw.cells.get(CHECKED_ON), self.text(CHECKED_ON)
        if not told:
            return today
        day = dates.as_date(cell) if isinstance(cell, date) else dates.date_in_text(told, today)
        if day is None:
            self.troubles.append((Why.DATE, told))
        elif not drawn_on <= day <= today:
            self.troubles.append((Why.AHEAD, day.isoformat()))
        return day or today


def _text(cell: object) -> str:
    """Return a cell as text; whole numbers come from some programs as 12.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(normalize("NFKC", str(cell)).split())
