"""
A manager's digest in the order it is read: the verdict, four figures, what needs the manager, the rest.

Only what there is to say has a section; what stands under "needs you" is not told again further down.
"""

from dataclasses import replace
from decimal import Decimal

from daysheet.i18n import text
from daysheet.model.digests import Digest, Item, Topic
from daysheet.model.figures import Number
from daysheet.model.text import Language
from daysheet.reports import amounts, digest_deals, digest_quality, digest_work, entries
from daysheet.reports.blocks import Entry, Fact, Section, View, filled
from daysheet.reports.footers import footer
from daysheet.reports.story import Story, dotted

PUNCTUAL, TOLERABLE = 95, 80
"""Percent of the reports on time from which a week is good, or not bad."""


def view(digest: Digest, company: str, *, unsubscribe: bool) -> View:
    """Return what *digest* says."""
    story = Story(digest)
    language = digest.language
    scope = story.scope
    days = amounts.period(digest.period, language)
    warned = warnings(story)
    return View(
        language=language,
        subject=text(f"digest.subject.{digest.kind}", language, scope=scope, days=days, verdict=short_verdict(story)),
        tone=tone(story),
        headline=headline(story),
        under=(dotted([text(f"digest.name.{digest.kind}", language), scope, days]),),
        todo=(text(f"digest.quiet.{digest.period.kind}", language),) if story.is_quiet else (),
        facts=facts(story),
        warnings_title=text("digest.needs", language) if warned else "",
        warnings=warned,
        sections=filled(_sections(story)),
        footer=footer(digest.kind, digest.name, company, language, unsubscribe=unsubscribe),
    )


def _sections(story: Story) -> tuple[Section, ...]:
    """Return the sections in their order; where nothing happened only what waits and what was told otherwise."""
    if story.is_quiet:
        return (digest_quality.queue(story), digest_quality.restated(story))
    return (
        digest_work.discipline(story),
        digest_work.visits(story),
        digest_deals.stages(story),
        digest_deals.watched(story),
        digest_deals.forecast(story),
        digest_deals.ended(story),
        digest_work.customers(story),
        digest_work.competitors(story),
        digest_quality.quality(story),
        digest_quality.queue(story),
        digest_deals.industries(story),
        digest_quality.restated(story),
    )


# ---- verdict -----------------------------------------------------------------------------------


def headline(story: Story) -> str:
    """Return the sentence above all: reports on time, and the customers of the highest level that nobody visited."""
    parts = [_reports(story), *_unvisited(story)]
    return ("，" if story.language is Language.ZH else "; ").join(parts)


def _reports(story: Story) -> str:
    due, on_time = story.owed, story.now("discipline.on_time")
    if due <= 0:
        key = "quiet" if story.is_quiet else "none"
        return text(f"digest.headline.{key}.{story.digest.period.kind}", story.language)
    if on_time == due:
        return text("digest.headline.all", story.language, n=due)
    return text("digest.headline.some", story.language, n=due, on_time=story.number(on_time))


def short_verdict(story: Story) -> str:
    """Return the verdict as a subject has room for it."""
    if story.owed <= 0:
        return headline(story)
    on_time = {"on_time": story.number(story.now("discipline.on_time")), "due": story.number(story.owed)}
    parts = [text("digest.subject.reports", story.language, None, **on_time)]
    return ("，" if story.language is Language.ZH else ", ").join([*parts, *_unvisited(story)])


def _unvisited(story: Story) -> list[str]:
    neglected = _key_neglected(story)
    if not neglected:
        return []
    return [text("digest.headline.neglected", story.language, n=neglected, level=story.key_level)]


def _key_neglected(story: Story) -> int:
    """Return how many customers were not visited at all of the highest level to which a visit was promised."""
    return story.now(f"level.{story.key_level}.neglected") if story.key_level else 0


def tone(story: Story) -> str:
    """Return the colour of the verdict."""
    due = story.owed
    percent = 100 * story.now("discipline.on_time") / due if due > 0 else 100
    if percent < TOLERABLE:
        return "bad"
    return "good" if percent >= PUNCTUAL and not _key_neglected(story) else "mixed"


# ---- the four figures --------------------------------------------------------------------------


def facts(story: Story) -> tuple[Fact, ...]:
    """Return reports on time, visits, pipeline and new customers, each with its change."""
    told = (_on_time(story), _visits(story), _pipeline(story), _new(story))
    return tuple(replace(fact, change="", tone="") for fact in told) if story.is_quiet else told


def _fact(story: Story, name: str, difference: int, value: str, note: str = "") -> Fact:
    tone = "good" if difference > 0 else "bad" if difference < 0 else ""
    change = story.change(difference)
    return Fact(text(f"digest.fact.{name}", story.language), (value,), note, change, tone if change else "")


def _on_time(story: Story) -> Fact:
    due, on_time = story.owed, story.now("discipline.on_time")
    former_due = story.was("discipline.due") - story.was("discipline.leave")
    name, note = text("digest.fact.on_time", story.language), f"{story.number(on_time)}/{story.number(due)}"
    if due <= 0:
        return Fact(name, ("–",), text("digest.fact.none_due", story.language))
    if former_due <= 0:
        return Fact(name, (amounts.share(on_time, due),), note)
    shown, before = (
        int(amounts.share(*rate).removesuffix("%"))
        for rate in ((on_time, due), (story.was("discipline.on_time"), former_due))
    )
    difference = shown - before  # of the shares as they are read
    points = amounts.signed(difference, story.language)
    said = story.against(text("digest.points", story.language, n=abs(difference), points=points) if difference else "")
    change_tone = "good" if difference > 0 else "bad" if difference < 0 else ""
    return Fact(name, (amounts.share(on_time, due),), note, said, change_tone)


def _visits(story: Story) -> Fact:
    done, where = story.now("visits.done"), story.now("visits.customers")
    note = text("digest.customers.n", story.language, n=where) if where else ""
    return _fact(story, "visits", done - story.was("visits.done"), story.number(done), note)


def _pipeline(story: Story) -> Fact:
    """Return the open deals; their change where it is one of a single currency, or can be converted to one."""
    sums = digest_deals.pipeline(story)
    former = digest_deals.pipeline(Story(_former(story.digest)))
    count = sum(story.now(f"deals.{stage}.count") for stage in story.open_stages)
    whole = amounts.converted(sums, story.digest.rates)
    values = (
        (amounts.money(*whole, story.language),)
        if whole
        else amounts.monies(sums, story.language) or (story.number(0),)
    )
    name, note = text("digest.fact.pipeline", story.language), text("digest.deals.n", story.language, n=count)
    change, direction = _money_change(story, sums, former)
    return Fact(name, values, note, change, direction)


def _former(digest: Digest) -> Digest:
    return replace(digest, figures=digest.former)


def _money_change(story: Story, sums: dict[str, Number], former: dict[str, Number]) -> tuple[str, str]:
    currencies = {currency for currency, amount in (*sums.items(), *former.items()) if amount}
    rates = story.digest.rates
    if len(currencies) == 1:
        (currency,) = currencies
        difference = Decimal(sums.get(currency, 0)) - Decimal(former.get(currency, 0))
    elif currencies and currencies <= rates.keys():
        currency = next((one for one, rate in rates.items() if Decimal(rate) == 1), "")
        difference = sum(
            (Decimal(rates[one]) * (Decimal(sums.get(one, 0)) - Decimal(former.get(one, 0))) for one in currencies),
            Decimal(0),
        )
    else:
        return "", ""
    if not currency:
        return "", ""
    said = story.against(amounts.signed_money(difference, currency, story.language))
    return said, ("good" if difference > 0 else "bad" if difference < 0 else "") if said else ""


def _new(story: Story) -> Fact:
    new, count = story.now("customers.new"), story.now("customers.count")
    note = text("digest.fact.of_customers", story.language, n=count) if count else ""
    return _fact(story, "new", new - story.was("customers.new"), story.number(new), note)


# ---- what needs the manager --------------------------------------------------------------------

_WARNED = (
    (Topic.MISSING, entries.missing),
    (Topic.NEGLECTED, entries.overdue),
    (Topic.SOLD_NOT_BOOKED, entries.waiting),
    (Topic.AGREED, entries.waiting),
    (Topic.HELP, entries.helped),
)


def warnings(story: Story) -> tuple[Section, ...]:
    """Return a card for each thing that only the manager can set going."""
    cards = []
    for topic, said in _WARNED:
        items: tuple[Item, ...] = story.items(topic)
        if not items:
            continue
        lines: tuple[Entry, ...] = tuple(said(item, story) for item in items)
        title = text(f"digest.warn.{topic}", story.language, n=story.count(topic))
        cards.append(Section(title, entries=lines, more=story.more(topic), tone="warning"))
    return tuple(cards)
