"""The sections of a digest about the reps' work: reports, visits, customers, competitors."""

from dataclasses import replace

from daysheet.i18n import text
from daysheet.model.digests import REST, Topic, Unit
from daysheet.model.figures import Figures
from daysheet.reports import amounts, entries
from daysheet.reports.blocks import Bar, Section, Trend, parts_of
from daysheet.reports.story import Story, dotted
from daysheet.reports.trends import trend

MOST_UNITS = 12
"""Reps, teams or regions with a bar of their own; the worst come first."""
MOST_NAMES = 30
"""Names of those who were all on time."""
MOST_COMPETITORS = 5
_TONES = (("on_time", "good"), ("late", "late"), ("missing", "bad"), ("leave", "away"))
_VISITED = (("kept", "good"), ("short", "late"), ("none", "bad"))


# ---- reports -----------------------------------------------------------------------------------


def discipline(story: Story) -> Section:
    """Return who reported in time: a bar for each unit in which anything was late or missing, the worst first."""
    language = story.language
    owing = [unit for unit in story.digest.units if _owed(unit.figures)]
    behind = sorted((u for u in owing if _rate(u) < 1), key=lambda unit: (_rate(unit), unit.name))
    punctual = [_called(unit, story) for unit in owing if _rate(unit) == 1]
    bars = tuple(_unit(unit, story) for unit in behind[:MOST_UNITS])
    return Section(
        title=text("digest.discipline", language),
        intro=(_standings(story.digest.figures, story),) if story.now("discipline.due") else (),
        legend=tuple((tone, text(f"digest.{name}", language)) for name, tone in _TONES) if bars else (),
        bars=bars,
        trends=on_time_trend(story),
        rest=dotted([_left_out(len(behind), story), _all_on_time(punctual, story)]),
    )


def _owed(figures: Figures) -> int:
    return int(figures.get("discipline.due", 0)) - int(figures.get("discipline.leave", 0))


def _rate(unit: Unit) -> float:
    return int(unit.figures.get("discipline.on_time", 0)) / _owed(unit.figures)


def _called(unit: Unit, story: Story) -> str:
    if unit.name == REST:
        return text("digest.unit.rest", story.language)
    return unit.name or text(f"digest.unit.none.{unit.kind}", story.language)


def _unit(unit: Unit, story: Story) -> Bar:
    figures = unit.figures
    return Bar(
        label=_called(unit, story),
        value=amounts.share(figures.get("discipline.on_time", 0), _owed(figures)),
        parts=parts_of((int(figures.get(f"discipline.{name}", 0)), tone) for name, tone in _TONES),
        note=_standings(figures, story),
    )


def _standings(figures: Figures, story: Story) -> str:
    """Return how many reports were on time, late, missing, on leave: those there are."""
    counts = ((name, int(figures.get(f"discipline.{name}", 0))) for name, _ in _TONES)
    return dotted(
        [f"{text(f'digest.{name}', story.language)} {story.number(count)}" for name, count in counts if count]
    )


def _left_out(behind: int, story: Story) -> str:
    rest = behind - MOST_UNITS
    return text("digest.more", story.language, n=rest) if rest > 0 else ""


def _all_on_time(names: list[str], story: Story) -> str:
    if not names:
        return ""
    listed = story.joined(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        listed = text("digest.names_more", story.language, n=len(names) - MOST_NAMES, names=listed)
    return text("digest.all_on_time", story.language, names=listed)


def on_time_trend(story: Story) -> tuple[Trend, ...]:
    """Return the share of reports on time over the periods, where there are several."""

    def rate(figures: Figures) -> tuple[int, int]:
        return int(figures.get("discipline.on_time", 0)), _owed(figures)

    made = trend(story, f"digest.trend.{story.digest.period.kind}", rate)
    return (replace(made, value=""),) if made is not None and made.steps else ()  # the rate itself stands above


# ---- visits ------------------------------------------------------------------------------------


def visits(story: Story) -> Section:
    """Return the visits made against those promised to each level."""
    language = story.language
    customers = story.now("visits.customers")
    made = text("digest.visits.made", language, n=story.now("visits.done"))
    where = text("digest.visits.customers", language, n=customers) if customers else ""
    return Section(
        title=text("digest.visits", language),
        intro=(dotted([made, where]),) if story.now("visits.done") or story.levels else (),
        legend=tuple((tone, text(f"digest.visits.{name}.word", language)) for name, tone in _VISITED)
        if story.key_level
        else (),
        bars=tuple(_level(level, story) for level in story.levels),
        entries=tuple(entries.overdue(item, story) for item in story.items(Topic.SHORT)),
        more=story.more(Topic.SHORT),
    )


def _level(level: str, story: Story) -> Bar:
    """Return how many of a level's customers were visited as promised: more visits to one make up for no other."""
    language = story.language
    count, neglected = (story.now(f"level.{level}.{name}") for name in ("customers", "neglected"))
    behind = story.now(f"level.{level}.short")
    kept, short = max(count - behind, 0), behind - neglected  # who was not visited at all is told of apart
    done, promised = story.now(f"level.{level}.done"), story.now(f"level.{level}.promised")
    label = dotted([story.level(level), text("digest.customers.n", language, n=count), _window(level, story)])
    if not promised:
        return Bar(label, "–", note=text("digest.visits.unpromised", language))
    named = (("kept", kept), ("short", short), ("none", neglected))
    said = [text(f"digest.visits.{key}", language, n=number) for key, number in named if number > 0]
    made = text("digest.visits.of", language, done=story.number(done), promised=story.number(promised))
    return Bar(
        label=label,
        value=amounts.share(kept, kept + behind),
        parts=parts_of([(kept, "good"), (short, "late"), (neglected, "bad")]),
        note=dotted([made, *said] if behind else [made, text("digest.visits.all_kept", language)]),
    )


def _window(level: str, story: Story) -> str:
    """Say in which days visits were looked at, where these are more than the period's."""
    days = story.digest.windows.get(level, 0)
    return text("digest.visits.window", story.language, n=days) if days > story.digest.period.days else ""


# ---- customers ---------------------------------------------------------------------------------


def customers(story: Story) -> Section:
    """Return the customers: how many, which are new, which became one."""
    language = story.language
    counts = [text("digest.customers.n", language, n=story.now("customers.count"))]
    for name in ("new", "merged", "neglected"):
        if number := story.now(f"customers.{name}"):
            counts.append(text(f"digest.customers.{name}", language, n=number))
    told_of = (Topic.NEW_CUSTOMER, Topic.MERGED)
    return Section(
        title=text("digest.customers", language),
        intro=(dotted(counts),) if story.now("customers.count") else (),
        entries=tuple(entries.customer(item, story) for item in story.items(*told_of)),
        more=story.more(*told_of),
    )


def competitors(story: Story) -> Section:
    """Return whom the reps met as competitors, the most named first."""
    language = story.language
    named = sorted(story.below("competitor").items(), key=lambda one: (-one[1], one[0]))
    most = int(named[0][1]) if named else 0
    before = story.former_below("competitor")
    bars = tuple(
        Bar(
            label=name,
            value=text("digest.times", language, n=int(count)),
            parts=parts_of([(int(count), "neutral"), (most - int(count), "rest")]),
            note=story.change(count - before.get(name, 0)) if count != before.get(name, 0) else "",
        )
        for name, count in named[:MOST_COMPETITORS]
    )
    rest = len(named) - MOST_COMPETITORS
    return Section(
        title=text("digest.competitors", language),
        bars=bars,
        more=text("digest.more", language, n=rest) if rest > 0 else "",
    )
