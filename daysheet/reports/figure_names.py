"""What a figure is called in words, by its name in ``model/figures``."""

import re

from daysheet.i18n import text
from daysheet.model.figures import Number
from daysheet.model.text import Language
from daysheet.reports import amounts
from daysheet.reports.story import Story

_PLAIN = frozenset(
    {
        "discipline.due",
        "discipline.on_time",
        "discipline.late",
        "discipline.missing",
        "discipline.leave",
        "reports.sent",
        "reports.clean",
        "reports.corrected",
        "reports.open",
        "rows.sent",
        "rows.accepted",
        "rows.landed",
        "visits.done",
        "visits.customers",
        "moved.on",
        "moved.back",
        "won.count",
        "lost.count",
        "sold_not_booked.count",
        "agreed.count",
        "beyond.count",
        "help.count",
        "customers.count",
        "customers.new",
        "customers.merged",
        "customers.neglected",
        "customers.questioned",
        "spot.customers",
        "spot.customers_wrong",
    }
)
_MONEY = re.compile(r"(?P<of>.+)\.(?:amount|weighted)\.(?P<currency>[A-Z]{3})")
_LEVEL = re.compile(r"level\.(?P<level>.+)\.(?P<what>promised|done|short|neglected|customers)")
_STAGE = re.compile(r"deals\.(?P<stage>[^.]+)\.count")
_OF_MONEY = frozenset({"won", "lost", "sold_not_booked", "agreed", "beyond"})


def label(name: str, story: Story) -> str:
    """Return what a figure is called, "" for one that no reader knows."""
    language = story.language
    if name in _PLAIN:
        return text(f"figure.{name}", language)
    if match := _LEVEL.fullmatch(name):
        return text(f"figure.level.{match['what']}", language, level=story.level(match["level"]))
    if match := _STAGE.fullmatch(name):
        return text("figure.deals", language, stage=story.stage(match["stage"]))
    if match := _MONEY.fullmatch(name):
        of = match["of"]
        if of in _OF_MONEY:
            return text(f"figure.{of}.amount", language)
        if of.startswith("deals."):
            return text("figure.deals.amount", language, stage=story.stage(of.removeprefix("deals.")))
    return ""


def value(name: str, number: Number, language: Language) -> str:
    """Return a figure as its name says: an amount with its currency, or a whole number."""
    match = _MONEY.fullmatch(name)
    return amounts.money(number, match["currency"], language) if match else amounts.number(number, language)
