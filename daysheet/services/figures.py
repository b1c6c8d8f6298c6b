"""
The figures of a period, by posting: every name of ``model/figures``, in a fixed number of queries.

What each counts, row by row: docs/reference/digests.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daysheet.digests.attribution import Attribution
from daysheet.digests.cells import Cells, Lines
from daysheet.digests.coverage import Coverage
from daysheet.digests.discipline import Standing
from daysheet.digests.pipeline import Pipeline, joined
from daysheet.digests.quality import count_reports, count_rows
from daysheet.model.digests import MOST_ITEMS, Item, Topic
from daysheet.model.facts import Deal
from daysheet.model.figures import Figures, add, total
from daysheet.model.memory import ReviewKind
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.model.template import ListItem, Meaning, SheetMeaning
from daysheet.services import discipline
from daysheet.services.tools import Tools
from daysheet.store import digest_customers, digest_deals, digest_reports, digest_sources, spot_checks
from daysheet.store.digest_sources import Days
from daysheet.store.engine import Connection

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Collected:
    """
    What a period came to: figures by posting, and named lines.

    Of each topic there are ``MOST_ITEMS`` lines for the postings that the same people see.
    """

    period: Period
    cells: Mapping[int, Figures]
    items: Sequence[Item] = field(default=())


def bounds(organisation: Organisation, period: Period) -> tuple[datetime, datetime]:
    """Return when *period* begins and when it is over, by the company's clock."""
    zone = ZoneInfo(organisation.zone)
    begin, end = (datetime.combine(day, time(), zone) for day in (period.first, period.last + _DAY))
    return begin.astimezone(UTC), end.astimezone(UTC)


def stages(tools: Tools) -> tuple[ListItem, ...]:
    """Return the stages a deal goes through, in the order of the first form that has deals."""
    return _choices(tools, Meaning.STAGE)


def reasons(tools: Tools) -> tuple[ListItem, ...]:
    """Return the reasons a deal is won or lost for."""
    return _choices(tools, Meaning.REASON)


def _choices(tools: Tools, meaning: Meaning) -> tuple[ListItem, ...]:
    for spec in tools.specs:
        sheet = spec.about(SheetMeaning.DEALS)
        column = sheet.meaning(meaning) if sheet else None
        if column is not None and column.list:
            return spec.lists[column.list].items
    return ()


def collect(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    period: Period,
    now: datetime,
    *,
    named: bool = True,
) -> Collected:
    """Return the figures of *period* as the database has them now, without lines unless they are to be *named*."""
    digest_sources.prepare(connection)
    collector = _Collector(connection, tools, organisation, period, now, named=named)
    collector.count_discipline()
    collector.count_reports()
    collector.count_visits()
    collector.count_deals()
    collector.count_customers()
    collector.count_questions()
    collector.count_spot_checks()
    return Collected(period, collector.cells.figures, tuple(collector.lines))


def of_person(
    connection: Connection, tools: Tools, organisation: Organisation, person: Person, period: Period, now: datetime
) -> Figures:
    """
    Return a rep's own figures, wherever they stood: reports, rows, names, cells, visits, help, customers.

    Of deals those that were told of within the period and last by this rep: how they moved, won and
    lost. A few queries that read this rep's rows only.
    """
    collector = _Collector(connection, tools, organisation, period, now, named=False, rep_id=person.id)
    collector.count_reports()
    collector.count_visits()
    cells = total(collector.cells.figures.values())
    order = [stage.code for stage in stages(tools)]
    pipeline = Pipeline(collector.attribution, tools.policy, order, period, collector.cells, collector.lines)
    for deal in collector.deals():
        if deal.told and deal.now.rep_id == person.id:
            add(cells, {name: n for name, n in pipeline.of_deal(deal).items() if name.startswith(_OWN_DEALS)})
    filed = digest_customers.owned(connection, person.id, period.last, collector.end)
    new = sum(at >= collector.begin for at in filed)
    return cells | {"customers.count": len(filed), "customers.new": new}


_OWN_DEALS = ("moved.", "entered.", "won.", "lost.", "help.", "competitor.")


class _Collector:
    """One period's counting."""

    def __init__(
        self,
        connection: Connection,
        tools: Tools,
        organisation: Organisation,
        period: Period,
        now: datetime,
        *,
        named: bool,
        rep_id: int | None = None,
    ) -> None:
        self.connection, self.tools, self.organisation = connection, tools, organisation
        self.period, self.now, self.named = period, now, named
        self.begin, self.end = bounds(organisation, period)
        self.attribution = Attribution(organisation)
        self.cells, self.lines = Cells(), Lines(self.attribution, most=MOST_ITEMS if named else 0)
        self.days = Days(period.first, period.last, rep_id)

    def count_discipline(self) -> None:
        missing: dict[int, list[date]] = {}
        last_on: dict[int, date] = {}
        days = discipline.rep_days(
            self.connection, self.tools, self.organisation, self.period.first, self.period.last, self.now
        )
        for one in days:
            if one.standing is not Standing.PENDING:
                self.cells.add(one.posting_id, "discipline.due")
                self.cells.add(one.posting_id, f"discipline.{one.standing}")
            if one.standing is Standing.MISSING:
                missing.setdefault(one.posting_id, []).append(one.day)
            elif one.received_at is not None:
                last_on[one.posting_id] = one.day
        for posting_id, some in missing.items():
            reported = last_on.get(posting_id)
            detail = {"days": len(some), "last_on": reported.isoformat() if reported else None}
            person_id = self.organisation.posting_by_id[posting_id].person_id
            self.lines.offer(Topic.MISSING, posting_id, float(len(some)), "", person_id, detail=detail)

    def count_reports(self) -> None:
        count_reports(self.cells, self.attribution, digest_reports.sendings(self.connection, self.days))
        tables = self.tools.tables
        count_rows(self.cells, self.attribution, digest_reports.landed(self.connection, tables, self.days))
        for asked in digest_reports.help_asked(self.connection, tables, self.days):
            if not asked.text.strip():
                continue
            posting_id = self.attribution.posting(asked.rep_id, asked.day)
            self.cells.add(posting_id, "help.count")
            detail = {"text": asked.text.strip(), "on": asked.day.isoformat()}
            self.lines.offer(Topic.HELP, posting_id, float(asked.day.toordinal()), "", asked.rep_id, detail=detail)

    def count_visits(self) -> None:
        for one in digest_reports.visits(self.connection, self.tools.tables, self.days):
            posting_id = self.attribution.posting(one.rep_id, one.day)
            self.cells.add(posting_id, "visits.done", one.visits)
            self.cells.add(posting_id, f"industry.visits.{one.industry}", one.visits)

    def count_deals(self) -> None:
        order = [stage.code for stage in stages(self.tools)]
        pipeline = Pipeline(self.attribution, self.tools.policy, order, self.period, self.cells, self.lines)
        pipeline.count(self.deals())

    def deals(self) -> Iterator[Deal]:
        """Yield the deals, or those that the one rep touched."""
        tables = self.tools.tables
        before = digest_deals.stood(self.connection, tables, self.days)
        return joined(before, digest_deals.told(self.connection, tables, self.days))

    def count_customers(self) -> None:
        period = self.period
        coverage = Coverage(self.attribution, self.tools.policy.cadence, period, self.cells, self.lines)
        # for the last visit alone; the counts need no more than the windows
        since = period.last - digest_customers.LOOKED_BACK if self.named else period.first
        begins = coverage.windows.begins
        tables = self.tools.tables
        coverage.count(
            digest_customers.held(self.connection, tables, period.last, self.end, begins, since, period.first)
        )
        zone = ZoneInfo(self.organisation.zone)
        for one in digest_customers.merged(self.connection, period.last, self.begin, self.end):
            posting_id = self.attribution.posting(one.owner_id, period.last)
            self.cells.add(posting_id, "customers.merged")
            detail = {"was": one.was, "on": one.at.astimezone(zone).date().isoformat()}
            weight = one.at.timestamp()
            self.lines.offer(
                Topic.MERGED, posting_id, weight, one.name, one.owner_id, customer_id=one.root_id, detail=detail
            )

    def count_questions(self) -> None:
        questioned: set[int] = set()
        zone, last = ZoneInfo(self.organisation.zone), self.period.last
        for one in digest_customers.open_questions(self.connection, last, self.end):
            whose = one.rep_id if one.rep_id is not None else one.owner_id
            posting_id = self.attribution.posting(whose, last)
            self.cells.add(posting_id, f"queue.{one.kind}")
            days = (last - one.opened_at.astimezone(zone).date()).days
            self.lines.offer(
                Topic.QUESTION,
                posting_id,
                (self.end - one.opened_at).total_seconds(),
                one.name,
                whose,
                customer_id=one.root_id,
                detail={"kind": one.kind, "days": days},
            )
            if one.root_id is not None and one.kind in _WHETHER_ANOTHER and one.root_id not in questioned:
                questioned.add(one.root_id)
                self.cells.add(self.attribution.posting(one.owner_id, last), "customers.questioned")

    def count_spot_checks(self) -> None:
        found = spot_checks.figures(self.connection, self.period.first, self.period.last)
        owner = digest_customers.owned_by(self.connection, found.keys(), self.period.last)
        for root_id, figures in found.items():
            self.cells.add_all(self.attribution.posting(owner.get(root_id), self.period.last), figures)


_WHETHER_ANOTHER = (ReviewKind.NAME, ReviewKind.DUPLICATE)
