"""Deals: where they stand at a period's end, how they moved, and what is expected of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from daysheet.digests.attribution import Attribution
from daysheet.digests.cells import Cells, Lines
from daysheet.model.digests import Topic
from daysheet.model.facts import Deal, Told
from daysheet.model.figures import Number
from daysheet.model.periods import Period
from daysheet.model.policy import Policy

WON, LOST, ON_HOLD = "won", "lost", "on_hold"
AGREED, SOLD_NOT_BOOKED = "agreed", "sold_not_booked"
NOT_OPEN = frozenset({WON, LOST, ON_HOLD})
FORTNIGHT = timedelta(days=14)
FORTNIGHTS = 3
"""How many are looked ahead one by one."""


def joined(before: Iterable[Told], told: Iterable[Told]) -> Iterator[Deal]:
    """Yield each deal; both come by customer, what was told as it came."""
    earlier = groupby(before, key=lambda one: one.root_id)
    later = groupby(told, key=lambda one: one.root_id)
    was, came = next(earlier, None), next(later, None)
    while was is not None or came is not None:
        root_id = min(group[0] for group in (was, came) if group is not None)
        known: dict[str, Told] = {}
        news: dict[str, list[Told]] = {}
        if was is not None and was[0] == root_id:
            known = {one.key: one for one in was[1]}
            was = next(earlier, None)
        if came is not None and came[0] == root_id:
            for one in came[1]:
                news.setdefault(one.key, []).append(one)
            came = next(later, None)
        for key in sorted(known.keys() | news.keys()):
            yield Deal(known.get(key), tuple(news.get(key, ())))


def window_of(expected_on: date | None, last: date) -> str:
    """Return the forecast's window that a day lies in, as seen at the end of *last*."""
    if expected_on is None:
        return "none"
    if expected_on <= last:
        return "overdue"
    number = ((expected_on - last).days - 1) // FORTNIGHT.days
    return str(number) if number < FORTNIGHTS else "later"


class Pipeline:
    """Counts the deals of a period. *stages* are the form's, in the funnel's order."""

    def __init__(
        self,
        attribution: Attribution,
        policy: Policy,
        stages: Sequence[str],
        period: Period,
        cells: Cells,
        lines: Lines,
    ) -> None:
        self._attribution, self._policy, self._period = attribution, policy, period
        self._cells, self._lines = cells, lines
        open_stages = [stage for stage in stages if stage not in NOT_OPEN]
        self._place = {stage: place for place, stage in enumerate(open_stages)}

    def count(self, deals: Iterable[Deal]) -> None:
        """Count *deals*."""
        for deal in deals:
            now = deal.now
            posting_id = self._attribution.posting(now.rep_id, self._period.last)
            figures = self.of_deal(deal)
            if figures.pop("help.count", 0):
                self._help(deal)
            self._cells.add_all(posting_id, figures)
            for topic in self._topics(deal, figures):
                self._offer(topic, posting_id, deal)

    def of_deal(self, deal: Deal) -> dict[str, Number]:
        """Return the figures of one deal."""
        found: dict[str, Number] = {}
        now, currency = deal.now, deal.now.currency or self._policy.currency
        self._stand(found, now, currency)
        if now.stage not in NOT_OPEN:
            self._expect(found, now, currency)
        if deal.told:
            self._move(found, deal, currency)
            for name in {one.competitor.strip() for one in deal.told} - {""}:
                found[f"competitor.{name}"] = 1
            if any(one.support.strip() for one in deal.told):
                found["help.count"] = 1
        return found

    def _stand(self, found: dict[str, Number], now: Told, currency: str) -> None:
        _note(found, f"deals.{now.stage}", now, currency)
        if now.stage in (SOLD_NOT_BOOKED, AGREED):
            _note(found, now.stage, now, currency)

    def _expect(self, found: dict[str, Number], now: Told, currency: str) -> None:
        window = window_of(now.expected_on, self._period.last)
        _note(found, f"forecast.{window}", now, currency)
        if now.amount is not None and now.probability is not None:
            found[f"forecast.{window}.weighted.{currency}"] = (now.amount * now.probability).scaleb(-2)
        if window not in ("none", "overdue", "0"):
            _note(found, "beyond", now, currency)
        found[f"industry.deals.{now.industry}"] = 1
        if now.amount is not None:
            found[f"industry.amount.{currency}.{now.industry}"] = now.amount

    def _move(self, found: dict[str, Number], deal: Deal, currency: str) -> None:
        now, was = deal.now, deal.before.stage if deal.before else None
        if now.stage == was:
            return
        found[f"entered.{now.stage}"] = 1
        if now.stage in (WON, LOST):
            _note(found, now.stage, now, currency)
            if now.reason:
                found[f"{now.stage}.reason.{now.reason}"] = 1
        if now.stage == WON:
            found[f"industry.won.{now.industry}"] = 1
        if was in self._place and now.stage in self._place:
            found["moved.on" if self._place[now.stage] > self._place[was] else "moved.back"] = 1

    # ---- named lines ---------------------------------------------------------------------------

    def _topics(self, deal: Deal, figures: Mapping[str, Number]) -> Iterator[Topic]:
        for topic, name in _TOPICS.items():
            if name in figures:
                yield topic

    def _offer(self, topic: Topic, posting_id: int, deal: Deal) -> None:
        now = deal.now
        detail: dict[str, str | int | None] = {
            "project": now.project,
            "stage": now.stage,
            "was": deal.before.stage if deal.before else None,
            "amount": format(now.amount, "f") if now.amount is not None else None,
            "currency": now.currency or self._policy.currency,
            "expected_on": now.expected_on.isoformat() if now.expected_on else None,
            "reason": now.reason,
            "competitor": now.competitor.strip(),
        }
        self._lines.offer(
            topic, posting_id, self._worth(now), now.customer, now.rep_id, customer_id=now.root_id, detail=detail
        )

    def _help(self, deal: Deal) -> None:
        """Count what is asked for where who asked stands: somebody else may have told of the deal since."""
        asked = next(one for one in reversed(deal.told) if one.support.strip())
        posting_id = self._attribution.posting(asked.rep_id, self._period.last)
        self._cells.add(posting_id, "help.count")
        detail = {"text": asked.support.strip(), "project": asked.project, "on": asked.day.isoformat()}
        weight = float(asked.day.toordinal())
        self._lines.offer(
            Topic.HELP, posting_id, weight, asked.customer, asked.rep_id, customer_id=asked.root_id, detail=detail
        )

    def _worth(self, now: Told) -> float:
        """Return an amount for comparing, in the company's currency where a rate is known."""
        if now.amount is None:
            return 0.0
        return float(now.amount * self._policy.rates.get(now.currency or self._policy.currency, Decimal(1)))


_TOPICS = {
    Topic.MOVED_ON: "moved.on",
    Topic.MOVED_BACK: "moved.back",
    Topic.SOLD_NOT_BOOKED: f"{SOLD_NOT_BOOKED}.count",
    Topic.AGREED: f"{AGREED}.count",
    Topic.BEYOND: "beyond.count",
    Topic.WON: f"{WON}.count",
    Topic.LOST: f"{LOST}.count",
}


def _note(found: dict[str, Number], name: str, now: Told, currency: str) -> None:
    found[f"{name}.count"] = 1
    if now.amount is not None:
        found[f"{name}.amount.{currency}"] = now.amount
