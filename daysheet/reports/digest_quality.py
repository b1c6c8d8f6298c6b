"""The sections of a digest about the data: how good it is and becomes, what waits, what was told otherwise before."""

from collections.abc import Callable

from daysheet.i18n import text
from daysheet.model.digests import Item, Topic
from daysheet.model.figures import Figures
from daysheet.model.intervals import Interval, of_customers, of_fields
from daysheet.reports import amounts, entries
from daysheet.reports.blocks import NOTHING, Entry, Section, Trend, table_of
from daysheet.reports.figure_names import label, value
from daysheet.reports.story import Story, dotted
from daysheet.reports.trends import Rate, trend


def _shares(part: str, whole: str) -> Rate:
    return lambda figures: (int(figures.get(part, 0)), int(figures.get(whole, 0)))


def _unquestioned(figures: Figures) -> tuple[int, int]:
    count = int(figures.get("customers.count", 0))
    return count - int(figures.get("customers.questioned", 0)), count


RATES: tuple[tuple[str, Rate], ...] = (
    ("digest.quality.accepted", _shares("rows.accepted", "rows.sent")),
    ("digest.quality.filled", _shares("cells.filled", "cells.wanted")),
    ("digest.quality.standard", _shares("names.standard", "names.typed")),
    ("digest.quality.unique", _unquestioned),
)
"""Texts and rates that are shown with their course over the periods."""
_UNGRADED = ("digest.quality.filled",)
"""It counts optional columns too: whoever fills all that is required may be at half, and has done nothing wrong."""


def quality(story: Story) -> Section:
    """Return how good the data is: rows, cells, names, customers, and what spot checks found."""
    rates = [
        made
        for key, rate in RATES
        if (made := trend(story, key, rate, digits=1, is_graded=key not in _UNGRADED)) is not None
    ]
    return Section(
        title=text("digest.quality", story.language),
        trends=(*rates, *_spot_checks(story)),
        lines=_corrections(story),
    )


def _spot_checks(story: Story) -> tuple[Trend, ...]:
    """Return how many of the customers and fields checked by telephone were right, and how sure that is."""
    figures = story.digest.figures
    kinds: tuple[tuple[str, Callable[[Figures], Interval | None]], ...] = (
        ("customers", of_customers),
        ("fields", of_fields),
    )
    made = []
    for kind, interval_of in kinds:
        found = interval_of(figures)
        if found is not None:
            checked, wrong = story.now(f"spot.{kind}"), story.now(f"spot.{kind}_wrong")
            bounds = {"low": _percent(1 - found.high), "high": _percent(1 - found.low)}
            note = text(f"digest.spot.{kind}.note", story.language, n=checked, wrong=wrong, **bounds)
            said = amounts.share(checked - wrong, checked, 1)
            made.append(Trend(text(f"digest.spot.{kind}", story.language), said, note, ()))
    return tuple(made)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f}%"


def _corrections(story: Story) -> tuple[tuple[str, str], ...]:
    """Return how many returned reports were put right, how fast, and how many were not."""
    corrected, still_open = story.now("reports.corrected"), story.now("reports.open")
    said = []
    if corrected:
        said.append(text("digest.corrected", story.language, n=corrected))
        hours = round(story.now("reports.correction_minutes") / corrected / 60)
        took = text("digest.corrected.hours", story.language, n=hours)
        said.append(took if hours else text("digest.corrected.soon", story.language))
    if still_open:
        said.append(text("digest.corrected.open", story.language, n=still_open))
    return ((text("digest.corrections", story.language), dotted(said)),) if said else ()


# ---- the stewards' queue -----------------------------------------------------------------------


def queue(story: Story, *, is_own: bool = False) -> Section:
    """
    Return how many questions wait with the stewards, and the oldest.

    *is_own*: the reader is one; the console opens its queue to nobody else.
    """
    language = story.language
    waiting, before = story.below("queue"), story.former_below("queue")
    rows = []
    for kind, count in sorted(waiting.items(), key=lambda one: (-one[1], one[0])):
        change = amounts.signed(count - before.get(kind, 0), language) or "±0"
        oldest = story.now(f"queue_days.{kind}")
        more = (
            (
                story.number(story.now(f"queue_rows.{kind}")),
                text("digest.days", language, n=oldest) if oldest else NOTHING,
            )
            if is_own
            else (change if story.has_former else NOTHING,)
        )
        rows.append(((entries.queue_label(kind, story),), (story.number(count),), *((cell,) for cell in more)))
    names = ("queue", "open", "rows", "oldest") if is_own else ("queue", "open", "change")
    heads = tuple(text(f"digest.head.{name}", language) for name in names)
    console, asked = story.digest.console.rstrip("/"), _asked(story)
    return Section(
        title=text("digest.queue", language),
        table=table_of(heads, rows, (40, 20, 20, 20) if is_own else (52, 24, 24)),
        entries=tuple(entries.question(item, story) for item in asked),
        more=text("digest.questions_more", language, n=rest)
        if (rest := story.count(Topic.QUESTION) - len(asked)) > 0
        else "",
        link=f"{console}/queue" if console and rows and is_own else "",
        link_text=text("digest.queue.link", language),
    )


def _asked(story: Story) -> tuple[Item, ...]:
    """Return the questions that are named: after a merge there may be several of a kind about what is now one."""
    first: dict[tuple[object, ...], Item] = {}
    for item in story.items(Topic.QUESTION):
        first.setdefault((item.detail.get("kind"), item.customer_id, item.name), item)
    return tuple(first.values())


# ---- restated ----------------------------------------------------------------------------------


def restated(story: Story) -> Section:
    """Return the figures of the period before that have changed since they were told."""
    language = story.language
    lines = tuple(
        Entry(named, text("digest.restated.line", language, was=value(one.name, one.was, language), now=now))
        for one in story.digest.restated
        if (named := label(one.name, story)) and (now := value(one.name, one.now, language))
    )
    return Section(
        title=text("digest.restated", language),
        intro=(text(f"digest.restated.intro.{story.digest.period.kind}", language),) if lines else (),
        entries=lines,
    )
