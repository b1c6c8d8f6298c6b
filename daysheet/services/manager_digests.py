"""
The digests of managers: each their own scope and nothing else, all from one collection of figures.

What it costs grows with the postings and how many people stand above each; a digest is made when it
is asked for and then forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from daysheet.digests import cadence as cadences
from daysheet.digests import rollup
from daysheet.model.digests import MOST_ITEMS, Digest, DigestKind, Item, Topic
from daysheet.model.figures import Figures
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.model.template import ListItem
from daysheet.services import figures
from daysheet.services.figures import Collected
from daysheet.services.tools import Tools
from daysheet.store.engine import Connection

TREND = 8
"""Periods of a trend, this one included."""

Snapshots = Mapping[int, Mapping[date, Figures]]
"""Person → the first day of an earlier period → its figures as they were told."""


@dataclass(frozen=True, slots=True)
class Words:
    """What digests are written with, the same in all of them."""

    stages: Mapping[str, Mapping[str, str]]
    reasons: Mapping[str, Mapping[str, str]]
    rates: Mapping[str, str]

    @classmethod
    def of(cls, tools: Tools) -> "Words":
        """Return what the forms and the settings say."""
        rates = {currency: format(rate, "f") for currency, rate in tools.policy.rates.items()}
        rates = {tools.policy.currency: "1", **rates} if rates else {}
        return cls(_labels(figures.stages(tools)), _labels(figures.reasons(tools)), rates)


def _labels(choices: Sequence[ListItem]) -> dict[str, dict[str, str]]:
    return {one.code: {"zh": one.label.zh, "en": one.label.en} for one in choices}


def build(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    kind: DigestKind,
    period: Period,
    receivers: Sequence[Person],
    now: datetime,
    snapshots: Snapshots,
) -> Iterator[tuple[Person, Digest]]:
    """Yield the digest of *period* for each of *receivers* who leads anybody."""
    present = figures.collect(connection, tools, organisation, period, now)
    former = figures.collect(connection, tools, organisation, period.previous, now, named=False)
    maker = Maker(tools, organisation, kind, present, former)
    for person in receivers:
        digest = maker.make(person, snapshots.get(person.id, {}))
        if digest is not None:
            yield person, digest


class Maker:
    """Makes one digest after the other of what was collected once."""

    def __init__(
        self, tools: Tools, organisation: Organisation, kind: DigestKind, present: Collected, former: Collected
    ) -> None:
        self._tools, self._organisation, self._kind = tools, organisation, kind
        self._present, self._former = present, former
        self._words = Words.of(tools)
        cadence = tools.policy.cadence
        self._windows = {level: cadences.days(said, present.period) for level, said in cadence.items()}
        self._scopes = rollup.Scopes(organisation)
        self._items: dict[int, list[Item]] = {}
        for item in present.items:
            self._items.setdefault(item.posting_id, []).append(item)

    def make(self, person: Person, told: Mapping[date, Figures]) -> Digest | None:
        """Return a person's digest; None for who leads nobody. *told*: earlier periods' figures by first day."""
        scope = self._scopes.of(person)
        if not scope.posting_ids:
            return None
        cells, period = self._present.cells, self._present.period
        present, former = rollup.summed(scope, cells), rollup.summed(scope, self._former.cells)
        before = told.get(period.previous.first)
        return Digest(
            kind=self._kind,
            language=self._organisation.language_of(person, self._tools.house.language),
            period=period,
            name=person.name,
            scope=scope.words,
            figures=present,
            former=former,
            restated=rollup.restated(before, former) if before else (),
            trend=trend(period, told, former, present),
            units=rollup.units(self._organisation, scope, cells),
            items=self._lines(scope),
            counts=rollup.counts(self._organisation, scope, cells, present),
            sees_all=scope.sees_all,
            console=self._tools.policy.console,
            stages=self._words.stages,
            reasons=self._words.reasons,
            windows=self._windows,
            rates=self._words.rates,
        )

    def _lines(self, scope: rollup.Scope) -> tuple[Item, ...]:
        by_topic: dict[Topic, list[Item]] = {}
        for posting_id in scope.posting_ids:
            for item in self._items.get(posting_id, ()):
                by_topic.setdefault(item.topic, []).append(item)
        found: list[Item] = []
        for topic in Topic:
            some = sorted(by_topic.get(topic, ()), key=lambda one: (-one.weight, one.name, one.rep))
            found += some[:MOST_ITEMS]
        return tuple(found)


def trend(
    period: Period, told: Mapping[date, Figures], former: Figures, present: Figures
) -> tuple[tuple[str, Figures], ...]:
    """Return the figures of the periods up to this one, the earlier ones as they were told, the last as it is now."""
    known = {first: some for first, some in told.items() if some and first < period.first}
    if former:
        known[period.previous.first] = former
    earlier = sorted(known)[-(TREND - 1) :]
    named = [(Period.of(period.kind, first).label, known[first]) for first in earlier]
    return (*named, (period.label, present))
