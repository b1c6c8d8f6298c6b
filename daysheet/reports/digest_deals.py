"""The sections of a digest about deals: by stage, those to watch, the forecast, won and lost, by industry."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from daysheet.i18n import text
from daysheet.model.digests import Topic
from daysheet.model.figures import Number, add, total
from daysheet.reports import amounts, entries
from daysheet.reports.blocks import NOTHING, Row, Section, table_of
from daysheet.reports.story import Story, dotted

MOST_INDUSTRIES = 8
_WINDOWS = ("overdue", "0", "1", "2", "later", "none")
_FORTNIGHT = 14
_WATCHED = ("sold_not_booked", "agreed", "beyond")
_CLEARED = frozenset({"sold_not_booked", "agreed"})
"""Classes that are to become empty: that none is left is worth a line."""


def pipeline(story: Story) -> dict[str, Number]:
    """Return the amounts of all open deals by currency."""
    return total(story.below(f"deals.{stage}.amount") for stage in story.open_stages)


def money_cell(sums: Mapping[str, Number], story: Story) -> tuple[str, ...]:
    """Return a cell with a line per currency, and the total where it can be converted."""
    lines = amounts.monies(sums, story.language)
    whole = amounts.converted(sums, story.digest.rates)
    if whole is not None:
        lines = (*lines, text("digest.converted", story.language, amount=amounts.money(*whole, story.language)))
    return lines or (NOTHING,)


# ---- by stage ----------------------------------------------------------------------------------


def stages(story: Story) -> Section:
    """Return the open deals by stage, with what came into each, and the deals that moved."""
    language = story.language
    rows = []
    for stage in story.open_stages:
        count, entered = story.now(f"deals.{stage}.count"), story.now(f"entered.{stage}")
        if count or entered:
            sums = story.below(f"deals.{stage}.amount")
            rows.append(((story.stage(stage),), (story.number(count),), _entered(entered, story), _plain(sums, story)))
    count = sum(story.now(f"deals.{stage}.count") for stage in story.open_stages)
    came = sum(story.now(f"entered.{stage}") for stage in story.open_stages)
    whole: Row = (
        (text("digest.total", language),),
        (story.number(count),),
        _entered(came, story),
        money_cell(pipeline(story), story),
    )
    movement = [
        text(f"digest.moved.{way}", language, n=number)
        for way in ("on", "back")
        if (number := story.now(f"moved.{way}"))
    ]
    heads = tuple(text(f"digest.head.{name}", language) for name in ("stage", "deals", "entered", "amount"))
    moved = (Topic.MOVED_ON, Topic.MOVED_BACK)
    return Section(
        title=text("digest.pipeline", language),
        intro=(dotted(movement),) if movement else (),
        table=table_of(heads, rows, (30, 14, 20, 36), whole),
        entries=tuple(entries.moved(item, story) for item in story.items(*moved)),
        more=story.more(*moved),
    )


def _counted(count: int, story: Story) -> tuple[str, ...]:
    return (story.number(count) if count else NOTHING,)


def _entered(count: int, story: Story) -> tuple[str, ...]:
    return (amounts.signed(count, story.language) or NOTHING,)


def _plain(sums: Mapping[str, Number], story: Story) -> tuple[str, ...]:
    return amounts.monies(sums, story.language) or (NOTHING,)


# ---- to watch ----------------------------------------------------------------------------------


def watched(story: Story) -> Section:
    """Return the three classes that a sales meeting asks for: sold not booked, agreed not ordered, beyond two weeks."""
    language = story.language
    rows = []
    for name in _WATCHED:
        count, before = story.now(f"{name}.count"), story.was(f"{name}.count")
        if count or (before and name in _CLEARED):
            change = (amounts.signed(count - before, language) or "±0") if story.has_former else NOTHING
            sums = story.below(f"{name}.amount")
            rows.append(
                ((text(f"digest.class.{name}", language),), (story.number(count),), (change,), _plain(sums, story))
            )
    heads = tuple(text(f"digest.head.{name}", language) for name in ("class", "deals", "change", "amount"))
    return Section(
        title=text("digest.watched", language),
        table=table_of(heads, rows, (30, 14, 20, 36)),
        entries=tuple(entries.waiting(item, story) for item in story.items(Topic.BEYOND)),
        more=story.more(Topic.BEYOND),
    )


# ---- forecast ----------------------------------------------------------------------------------


def forecast(story: Story) -> Section:
    """Return when the open deals are expected, by two weeks, and what they are worth by their probability."""
    language = story.language
    rows = []
    for window in _WINDOWS:
        if count := story.now(f"forecast.{window}.count"):
            sums, weighted = story.below(f"forecast.{window}.amount"), story.below(f"forecast.{window}.weighted")
            rows.append(
                (
                    (_window(window, story),),
                    (story.number(count),),
                    _plain(sums, story),
                    _plain(_whole(weighted), story),
                )
            )
    heads = tuple(text(f"digest.head.{name}", language) for name in ("expected", "deals", "amount", "weighted"))
    return Section(
        title=text("digest.forecast", language),
        table=table_of(heads, rows, (36, 12, 26, 26)),
    )


def _whole(sums: Mapping[str, Number]) -> dict[str, Number]:
    """Return *sums* in whole units: what was weighted has decimals that mean nothing."""
    return {currency: Decimal(amount).quantize(Decimal(1)) for currency, amount in sums.items()}


def _window(window: str, story: Story) -> str:
    if not window.isdigit():
        return text(f"digest.window.{window}", story.language)
    first = story.digest.period.last + timedelta(days=1 + _FORTNIGHT * int(window))
    return amounts.days(first, first + timedelta(days=_FORTNIGHT - 1), story.language)


# ---- won and lost ------------------------------------------------------------------------------


def ended(story: Story) -> Section:
    """Return what was won and lost, why, and which deals these were."""
    language = story.language
    rows, why = [], []
    for name in ("won", "lost"):
        count, before = story.now(f"{name}.count"), story.was(f"{name}.count")
        if not count:
            continue
        change = (amounts.signed(count - before, language) or "±0") if story.has_former else NOTHING
        label = text(f"digest.{name}", language)
        rows.append(((label,), (story.number(count),), (change,), _plain(story.below(f"{name}.amount"), story)))
        reasons = sorted(story.below(f"{name}.reason").items(), key=lambda one: (-one[1], one[0]))
        if reasons:
            said = story.joined([f"{story.reason(code)} {number}" for code, number in reasons])
            why.append(text(f"digest.{name}.why", language, reasons=said))
    heads = tuple(text(f"digest.head.{name}", language) for name in ("result", "deals", "change", "amount"))
    topics = (Topic.WON, Topic.LOST)
    return Section(
        title=text("digest.ended", language),
        intro=tuple(why),
        table=table_of(heads, rows, (30, 14, 20, 36)),
        entries=tuple(entries.ended(item, story) for item in story.items(*topics)),
        more=story.more(*topics),
    )


# ---- by industry -------------------------------------------------------------------------------


def industries(story: Story) -> Section:
    """Return visits, open deals and won deals by the customers' industry: for those who see the whole company."""
    language = story.language
    if not story.digest.sees_all:
        return Section(text("digest.industry", language))
    visits, deals, won = (story.below(f"industry.{name}") for name in ("visits", "deals", "won"))
    sums: dict[str, dict[str, Number]] = {}
    for name, amount in story.below("industry.amount").items():
        currency, _, industry = name.partition(".")
        add(sums.setdefault(industry, {}), {currency: amount})
    order = sorted(visits.keys() | deals.keys() | won.keys(), key=lambda one: (-visits.get(one, 0), one))
    shown = [one for one in order if one][:MOST_INDUSTRIES]
    rest = [one for one in order if one not in shown and one]
    groups = [(name, [name]) for name in shown]
    groups += [(text("digest.industry.rest", language, n=len(rest)), rest)] if rest else []
    groups += [(text("digest.industry.unknown", language), [""])] if "" in order else []
    rows: list[Row] = [
        (
            (label,),
            *(_counted(sum(int(counts.get(one, 0)) for one in names), story) for counts in (visits, deals, won)),
            _plain(total(sums.get(one, {}) for one in names), story),
        )
        for label, names in groups
    ]
    heads = tuple(text(f"digest.head.{name}", language) for name in ("industry", "visits", "deals", "won", "amount"))
    return Section(
        title=text("digest.industry", language),
        table=table_of(heads, rows, (27, 13, 13, 12, 35)),
    )
