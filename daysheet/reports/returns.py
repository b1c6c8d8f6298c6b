"""
What comes back to a rep, in words: what stewards decided, whom to visit, and the own figures of the month.

For the answer to a report and for the morning mail alike; each lays it out in its own way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from daysheet.i18n import text
from daysheet.model.figures import Figures, below
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.text import Language

MOST_LINES = 5
"""Lines of each part: the whole must be read on a phone without scrolling much."""
LONGEST_NOTE = 120
"""Characters shown of what a steward wrote."""
_NEAR = {0: "overdue.today", 1: "overdue.yesterday"}
_CLOSED = frozenset({"won", "lost", "on_hold"})
_WITH_NEW_NAME = (DecidedKind.SAME, DecidedKind.MERGED, DecidedKind.RENAMED)


@dataclass(frozen=True, slots=True)
class Told:
    """A titled list: what each line is about, and what is said of it. *more* says how many are left out."""

    title: str
    lines: tuple[tuple[str, str], ...]
    intro: str = ""
    more: str = ""


def told(returns: Returns, language: Language) -> tuple[Told, ...]:
    """Return the parts that have something to say: decisions, customers to visit, the month."""
    parts = (_decided(returns, language), _overdue(returns, language), _month(returns, language))
    return tuple(part for part in parts if part.lines)


def _decided(returns: Returns, language: Language) -> Told:
    lines = tuple((text(f"decided.{one.kind}", language), _decision(one, language)) for one in returns.decided)
    more = _more(max(len(lines) - MOST_LINES, 0) + returns.more_decided, language)
    return Told(text("returns.decided", language), lines[:MOST_LINES], more=more)


def _decision(one: Decided, language: Language) -> str:
    said = one.about
    if one.kind in _WITH_NEW_NAME:
        said = f"{said} → {one.now or text('decided.elsewhere', language)}"
    if one.note:
        note = one.note if len(one.note) <= LONGEST_NOTE else f"{one.note[: LONGEST_NOTE - 1]}…"
        said = text("decided.note", language, said=said, note=note)
    return text("decided.by", language, said=said, by=one.by) if one.by else said


def _overdue(returns: Returns, language: Language) -> Told:
    lines = tuple((text("overdue.level", language, level=one.level), _visit(one, language)) for one in returns.overdue)
    more = _more(max(len(lines) - MOST_LINES, 0) + returns.more_overdue, language)
    intro = text("returns.overdue-intro", language)
    return Told(text("returns.overdue", language), lines[:MOST_LINES], intro, more)


def _visit(one: Overdue, language: Language) -> str:
    done = text("overdue.done", language, n=one.promised, done=one.visits, days=one.within)
    return text("overdue.line", language, customer=one.customer, done=done, last=_last(one, language))


def _last(one: Overdue, language: Language) -> str:
    if one.last_on is None:
        return text("overdue.never", language)
    if one.days in _NEAR:
        return text(_NEAR[one.days], language)
    return text("overdue.last", language, n=one.days)


def _month(returns: Returns, language: Language) -> Told:
    figures = returns.month
    lines = tuple(
        (text(f"month.{about}", language), said)
        for about, counted in _counted(figures).items()
        if (said := _joined((text(f"month.{name}", language, n=n) for name, n in counted.items() if n), language))
    )
    return Told(text("returns.month", language, days=_days(returns.since, returns.until, language)), lines)


def _counted(figures: Figures) -> Mapping[str, Mapping[str, int]]:
    """Return what is counted of reports, visits, rows and deals, each by the name of its text."""
    standing = (name.rpartition(".") for name in below(figures, "deals"))
    stages = {stage for stage, _, what in standing if what == "count" and stage not in _CLOSED}
    open_ = sum(int(figures[f"deals.{stage}.count"]) for stage in stages)
    return {
        "reports": {
            name: int(figures.get(f"discipline.{name}", 0)) for name in ("on_time", "late", "missing", "leave")
        },
        "visits": {
            "made": int(figures.get("visits.done", 0)),
            "customers": int(figures.get("visits.customers", 0)),
        },
        "rows": {"landed": int(figures.get("rows.landed", 0))},
        "deals": {
            "won": int(figures.get("won.count", 0)),
            "lost": int(figures.get("lost.count", 0)),
            "open": open_,
        },
    }


def _joined(parts: Iterable[str], language: Language) -> str:
    return ("，" if language is Language.ZH else ", ").join(parts)


def _more(rest: int, language: Language) -> str:
    return text("more.lines", language, n=rest) if rest > 0 else ""


def _days(first: date, last: date, language: Language) -> str:
    from babel.dates import format_interval

    return str(format_interval(first, last, "MMMd", locale="zh" if language is Language.ZH else "en_GB"))
