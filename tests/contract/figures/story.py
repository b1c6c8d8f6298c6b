"""A small company whose every row a test writes itself, and the figures it comes to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import sqlalchemy as sa

from daysheet.model.figures import Figures
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.services import figures, organisation
from daysheet.services.figures import Collected
from daysheet.services.tools import Tools
from daysheet.store import tables
from daysheet.store.opportunities import project_key

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (MONDAY + timedelta(days=number) for number in range(1, 7))
WEEK = Period.parse("2026-W10")
NOW = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
"""Monday after, noon in Shanghai: the week is over, Friday's cut-off too."""
LONG_AGO = date(2026, 1, 1)


def noon(day: date) -> datetime:
    """Noon of a day in Shanghai."""
    return datetime.combine(day, time(4), UTC)


class Story:
    """Writes rows past the services. Everything is known by the id it is given here."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._numbers = count(1)

    def _insert(self, table: sa.Table, **values: Any) -> int:
        with self.tools.database.writing() as connection:
            made = connection.execute(table.insert().values(**values)).inserted_primary_key
        assert made is not None
        return int(made[0]) if isinstance(made[0], int) else 0

    # ---- people --------------------------------------------------------------------------------

    def region(self, name: str, *, parent: str = "", manager: str = "") -> None:
        """A region."""
        self._insert(tables.region, name=name, parent=parent, manager=manager)

    def team(self, name: str, *, region: str = "", manager: str = "") -> int:
        """A team."""
        return self._insert(tables.team, name=name, region=region, manager=manager)

    def person(
        self, number: str, *, role: str = "rep", team_id: int | None = None, region: str = "", reports: str = "none"
    ) -> int:
        """A person called by their number, who owes no reports unless *reports* says so."""
        values = {"number": number, "name": number, "role": role, "team_id": team_id, "region": region}
        return self._insert(tables.person, **values, is_active=True, reports=reports)

    def posting(
        self,
        person_id: int,
        team_id: int | None = None,
        *,
        region: str = "",
        manager: str = "",
        since: date = LONG_AGO,
        until: date | None = None,
    ) -> int:
        """Where a person stood."""
        return self._insert(
            tables.posting,
            person_id=person_id,
            team_id=team_id,
            region=region,
            manager=manager,
            from_on=since,
            to_on=until,
        )

    # ---- customers -----------------------------------------------------------------------------

    def customer(
        self, name: str, *, owner: int | None = None, since: date = LONG_AGO, filed: date = LONG_AGO, **fields: Any
    ) -> int:
        """A customer, and who has owned it since when."""
        values = {"display_name": name, "status": "confirmed", "created_at": noon(filed)} | fields
        id_ = self._insert(tables.customer, **values)
        with self.tools.database.writing() as connection:
            connection.execute(tables.customer.update().where(tables.customer.c.id == id_).values(root_id=id_))
        if owner is not None:
            self.assign(id_, owner, since=since)
        return id_

    def assign(self, customer_id: int, person_id: int, *, since: date = LONG_AGO, until: date | None = None) -> int:
        """Who owns a customer from when to when."""
        return self._insert(
            tables.assignment,
            customer_id=customer_id,
            person_id=person_id,
            role="owner",
            source="report",
            from_on=since,
            to_on=until,
        )

    def question(self, customer_id: int, kind: str = "name", *, opened: date, **more: Any) -> int:
        """A question to the stewards."""
        values = {"kind": kind, "customer_id": customer_id, "state": "open", "detail": {"candidates": []}}
        return self._insert(tables.review, **(values | {"opened_at": noon(opened)} | more))

    # ---- reports -------------------------------------------------------------------------------

    def report(
        self,
        rep_id: int,
        day: date,
        *,
        visits: Sequence[Mapping[str, Any]] = (),
        deals: Sequence[Mapping[str, Any]] = (),
        replaces: int | None = None,
        parked: int = 0,
        errors: Sequence[tuple[str, int]] = (),
        help_needed: str | None = None,
        received_at: datetime | None = None,
        form: str = "daily_report",
    ) -> int:
        """
        A report as it is filed: its rows landed, and *parked* more that wait.

        *errors* are at (sheet, line); a visit is {"customer_id": …} and columns, a deal is
        {"customer_id": …, "project": …} and columns.
        """
        number = next(self._numbers)
        inbound = self._insert(
            tables.inbound, raw_sha256=f"{number:064}", source="mail", size=1, state="accepted", first_seen_at=NOW
        )
        if replaces is not None:
            self._replace(replaces)
        landed = len(visits) + len(deals)
        id_ = self._insert(
            tables.submission,
            inbound_id=inbound,
            rep_id=rep_id,
            template_id=form,
            template_version=1,
            report_date=day,
            supersedes_id=replaces,
            is_current=True,
            state="partly" if errors else "accepted",
            rows_landed=landed,
            rows_parked=parked,
            received_at=received_at or noon(day),
        )
        cover = {"help_needed": help_needed, "report_date": day}
        self._row("cover", id_, 1, "landed", **cover)
        for line, row in enumerate(visits, start=4):
            self._row("visits", id_, line, "landed", **{"visit_date": day, **row})
        for line in range(4 + len(visits), 4 + len(visits) + parked):
            self._row("visits", id_, line, "parked", visit_date=day)
        for line, row in enumerate(deals, start=4):
            self._row("opportunities", id_, line, "landed", opportunity_id=self._deal(row), **row)
        for sheet, line in errors:
            self._insert(
                tables.issue,
                submission_id=id_,
                code="SD-C001",
                severity="error",
                sheet=sheet,
                row_number=line,
                detail={},
            )
        return id_

    def _replace(self, submission_id: int) -> None:
        with self.tools.database.writing() as connection:
            own = tables.submission.c.id == submission_id
            connection.execute(tables.submission.update().where(own).values(is_current=False))
            for key in self.tools.tables.keys:
                table = self.tools.tables.table(key)
                of_it = table.c.submission_id == submission_id
                connection.execute(table.update().where(of_it).values(state="superseded"))

    def _row(self, key: str, submission_id: int, line: int, state: str, **values: Any) -> None:
        fixed = {"submission_id": submission_id, "row_number": line, "state": state, "raw": {}}
        self._insert(self.tools.tables.table(key), **fixed, **values)

    def _deal(self, row: Mapping[str, Any]) -> int:
        known = tables.opportunity.c
        identity = {"customer_id": row["customer_id"], "project_key": project_key(row["project"])}
        with self.tools.database.reading() as connection:
            found = connection.scalar(
                sa.select(known.id).where(*(known[name] == value for name, value in identity.items()))
            )
        return found or self._insert(tables.opportunity, project=row["project"], created_at=NOW, **identity)

    def decide(self, submission_id: int, line: int, kind: str, at: datetime, **more: Any) -> None:
        """What a steward did about a row of the visits that waited."""
        self._insert(
            tables.row_decision,
            submission_id=submission_id,
            sheet="visits",
            row_number=line,
            kind=kind,
            actor="S1",
            at=at,
            **more,
        )
        if kind == "returned":
            return
        visits, report = self.tools.tables.table("visits"), tables.submission
        with self.tools.database.writing() as connection:
            own = sa.and_(visits.c.submission_id == submission_id, visits.c.row_number == line)
            connection.execute(visits.update().where(own).values(state=kind))
            counted = {"rows_parked": report.c.rows_parked - 1}
            if kind == "repaired":
                counted["rows_landed"] = report.c.rows_landed + 1
            connection.execute(report.update().where(report.c.id == submission_id).values(**counted))

    # ---- what it comes to ------------------------------------------------------------------------

    def company(self) -> Organisation:
        """Everybody, as the services read them."""
        with self.tools.database.reading() as connection:
            return organisation.load(connection, self.tools)

    def collect(self, period: Period = WEEK, now: datetime = NOW) -> Collected:
        """The figures of a period."""
        with self.tools.database.reading() as connection:
            known = organisation.load(connection, self.tools)
            return figures.collect(connection, self.tools, known, period, now)

    def of(self, posting_id: int, *prefixes: str, period: Period = WEEK) -> Figures:
        """The figures of a posting whose names begin with one of *prefixes*."""
        found = self.collect(period).cells.get(posting_id, {})
        return {name: number for name, number in found.items() if name.startswith(prefixes)}

    def own(self, person_id: int, period: Period = WEEK) -> Figures:
        """One rep's own figures."""
        with self.tools.database.reading() as connection:
            known = organisation.load(connection, self.tools)
            person: Person = known.people[person_id]
            return figures.of_person(connection, self.tools, known, person, period, NOW)


def yuan(number: int) -> Decimal:
    """An amount."""
    return Decimal(number)
