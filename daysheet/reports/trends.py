"""A rate over several periods: as steps with their numbers, the latest last."""

from collections.abc import Callable

from daysheet.i18n import text
from daysheet.model.figures import Figures
from daysheet.reports import amounts
from daysheet.reports.blocks import Step, Trend
from daysheet.reports.story import Story

Rate = Callable[[Figures], tuple[int, int]]
"""Figures → part and whole of a share."""

GOOD, FAIR = 95, 85
"""Percent from which a rate is good, or fair: the shade behind its number."""


def trend(story: Story, key: str, rate: Rate, digits: int = 0, *, is_graded: bool = True) -> Trend | None:
    """
    Return a rate now, what it was before, and its steps; None where there is nothing it could be a rate of.

    A rate that is not graded has no good or poor: its steps have no shade.
    """
    part, whole = rate(story.digest.figures)
    if not whole:
        return None
    before_part, before = rate(story.digest.former)
    kind = story.digest.period.kind
    said = text(f"digest.before.{kind}", story.language, value=amounts.share(before_part, before, digits))
    steps = tuple(_step(label, rate(figures), story, is_graded=is_graded) for label, figures in story.digest.trend)
    has_course = sum(step.percent is not None for step in steps) > 1
    return Trend(
        label=text(key, story.language),
        value=amounts.share(part, whole, digits),
        note=said if before and not has_course else "",  # the course tells it
        steps=steps if has_course else (),
    )


def _step(label: str, rate: tuple[int, int], story: Story, *, is_graded: bool) -> Step:
    part, whole = rate
    short = amounts.short_label(label, story.language)
    if not whole:
        return Step(short, "–")
    percent = 100 * part / whole
    tone = "good" if percent >= GOOD else "fair" if percent >= FAIR else "poor"
    return Step(short, amounts.share(part, whole).removesuffix("%"), tone if is_graded else "", percent)
