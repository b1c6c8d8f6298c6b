"""
Count a period's figures once more, in the plainest way: every row read, one loop after the other.

This knows nothing of how the program counts. It goes by the definitions alone (``model/figures.py``,
docs/reference/digests.md) and by what is stored: rows of the sheets, submissions and their issues,
customers, assignments, questions, merges, spot checks, postings, teams and regions. Slow on purpose.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from daysheet.model.digests import DigestKind
from daysheet.model.periods import Period
from daysheet.services.tools import Tools
from daysheet.store import tables

Row = Mapping[str, Any]
Counts = dict[str, Any]

COUNTS = ("landed", "repaired")
NOT_OPEN = ("won", "lost", "on_hold")
NOBODY = 0
DAYS = {"week": 7, "month": 28, "quarter": 91}
WORKDAYS = {"week": 5, "month": 20, "quarter": 65}
STORED = (
    "person",
    "team",
    "region",
    "posting",
    "submission",
    "issue",
    "row_decision",
    "customer",
    "assignment",
    "opportunity",
    "review",
    "merge_event",
    "spot_item",
)


def days_of(first: date, last: date) -> Iterator[date]:
    """Give each day from *first* to *last*."""
    while first <= last:
        yield first
        first += timedelta(days=1)


@dataclass
class Stored:
    """Everything that is stored, table by table, as it stands at one moment."""

    rows: dict[str, list[Row]]
    sheets: dict[str, list[Row]]
    tools: Tools

    @classmethod
    def read(cls, tools: Tools) -> "Stored":
        """Read it all."""

        def whole(connection: Any, table: sa.Table) -> list[Row]:
            return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]

        with tools.database.reading() as connection:
            rows = {name: whole(connection, getattr(tables, name)) for name in STORED}
            sheets = {key: whole(connection, tools.tables.table(key)) for key in tools.tables.keys}
        return cls(rows, sheets, tools)


class Recount:
    """The figures of one period, by posting, as they are at *now*."""

    def __init__(self, stored: Stored, period: Period, now: datetime) -> None:
        self.stored, self.period, self.now = stored, period, now
        self.first, self.last = period.first, period.last
        self.policy, self.zone = stored.tools.policy, stored.tools.house.zone
        self.calendars = self.policy.calendars()
        rows = stored.rows
        self.people = {row["id"]: row for row in rows["person"]}
        self.numbers = {row["number"]: row for row in rows["person"]}
        self.teams = {row["id"]: row for row in rows["team"]}
        self.regions = {row["name"]: row for row in rows["region"]}
        self.submissions = {row["id"]: row for row in rows["submission"]}
        self.customers = {row["id"]: row for row in rows["customer"]}
        self.postings: dict[int, list[Row]] = defaultdict(list)
        for row in sorted(rows["posting"], key=lambda one: one["from_on"]):
            self.postings[row["person_id"]].append(row)
        self.posting_by_id = {row["id"]: row for row in rows["posting"]}
        self.begin = self._midnight(self.first)
        self.end = self._midnight(self.last + timedelta(days=1))
        self.owners = self._owners()
        self.cells: dict[int, Counts] = defaultdict(lambda: defaultdict(int))
        self.discipline()
        self.reports()
        self.landed_rows()
        self.visits()
        self.help()
        self.deals()
        self.held()
        self.merges()
        self.questions()
        self.spot_checks()

    # ---- who, where, whose -----------------------------------------------------------------------

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def posting_on(self, person_id: int | None, day: date) -> int:
        """The last posting begun by then, else the first; NOBODY for nobody."""
        own = self.postings.get(person_id, []) if person_id is not None else []
        if not own:
            return NOBODY
        begun = [row for row in own if row["from_on"] <= day]
        return int((begun[-1] if begun else own[0])["id"])

    def shown(self, root_id: int, field: str) -> str:
        """What a customer shows: what survived a merge, else its own."""
        row = self.customers[root_id]
        kept = (row["survived"] or {}).get(field)
        value = kept["value"] if kept and kept["value"] is not None else row[field]
        return value or ""

    def root(self, customer_id: int) -> int:
        return int(self.customers[customer_id]["root_id"])

    def _owners(self) -> dict[int, int]:
        """Root → its one owner at the period's end: of the owners of all it was merged of, the earliest."""
        found: dict[int, Row] = {}
        for row in self.stored.rows["assignment"]:
            is_there = row["from_on"] <= self.last and (row["to_on"] is None or row["to_on"] > self.last)
            if row["role"] != "owner" or not is_there:
                continue
            root = self.root(row["customer_id"])
            other = found.get(root)
            if other is None or (row["from_on"], row["id"]) < (other["from_on"], other["id"]):
                found[root] = row
        return {root: row["person_id"] for root, row in found.items()}

    def of_owner(self, root: int | None) -> Counts:
        """The cell that a customer's figures belong to."""
        return self.cells[self.posting_on(self.owners.get(root) if root is not None else None, self.last)]

    def calendar(self, posting_id: int) -> Any:
        posting = self.posting_by_id.get(posting_id)
        team = self.teams.get(posting["team_id"]) if posting else None
        names = [team["calendar"]] if team else []
        region = (posting["region"] if posting else "") or (team["region"] if team else "")
        names += [row["calendar"] for row in self.line(region)] + ["default"]
        return next(self.calendars[name] for name in names if name in self.calendars)

    def line(self, region: str) -> list[Row]:
        found: list[Row] = []
        while region in self.regions and self.regions[region] not in found:
            found.append(self.regions[region])
            region = self.regions[region]["parent"]
        return found

    def zone_of(self, person: Row, posting: Row) -> str:
        team = self.teams.get(posting["team_id"])
        region = posting["region"] or (team["region"] if team else "")
        zones = [person["timezone"], team["timezone"] if team else None, *(r["timezone"] for r in self.line(region))]
        return next((zone for zone in zones if zone), self.zone)

    # ---- 日清日结 ---------------------------------------------------------------------------------

    def discipline(self) -> None:
        replaced = {one["supersedes_id"] for one in self.stored.rows["submission"]}
        came: dict[tuple[int, date], datetime] = {}
        for row in self.stored.rows["submission"]:
            if row["rep_id"] is None or row["report_date"] is None:
                continue
            is_filed = row["is_current"] or row["id"] in replaced
            if row["state"] in ("accepted", "partly") or (row["state"] == "rejected" and is_filed):
                key = (row["rep_id"], row["report_date"])
                came[key] = min(came.get(key, row["received_at"]), row["received_at"])
        off = self.days_off()
        owed_from = self.owed_from()
        for person_id, postings in self.postings.items():
            person = self.people[person_id]
            if (person["reports"] or ("daily" if person["role"] == "rep" else "none")) == "none":
                continue
            assert person["reports"] in (None, "daily"), "the recount knows daily reports only"
            for posting in postings:
                if posting["to_on"] is None and not person["is_active"]:
                    continue
                calendar = self.calendar(posting["id"])
                for day in days_of(self.first, self.last):
                    if owed_from is None or day < owed_from:
                        continue
                    is_here = posting["from_on"] <= day and (posting["to_on"] is None or day <= posting["to_on"])
                    if not is_here or not calendar.is_workday(day):
                        continue
                    cut_off = self.cut_off(calendar, day, self.zone_of(person, posting))
                    received = came.get((person_id, day))
                    if day in off[person_id]:
                        standing = "leave"
                    elif received is not None:
                        standing = "on_time" if received < cut_off else "late"
                    elif self.now < cut_off:
                        continue
                    else:
                        standing = "missing"
                    self.cells[posting["id"]]["discipline.due"] += 1
                    self.cells[posting["id"]][f"discipline.{standing}"] += 1

    def owed_from(self) -> date | None:
        """The day the house began to report, None where it has not."""
        if self.policy.owed_since is not None:
            return self.policy.owed_since
        came = {row["id"]: row["received_at"] for row in self.stored.rows["submission"]}
        return came[min(came)].astimezone(ZoneInfo(self.zone)).date() if came else None

    def cut_off(self, calendar: Any, day: date, zone: str) -> datetime:
        following = day + timedelta(days=1)
        while not calendar.is_workday(following):
            following += timedelta(days=1)
        return datetime.combine(following, self.policy.cut_off, ZoneInfo(zone)).astimezone(UTC)

    def days_off(self) -> dict[int, set[date]]:
        found: dict[int, set[date]] = defaultdict(set)
        for row in self.stored.sheets["cover"]:
            report = self.submissions[row["submission_id"]]
            if row["work_type"] == "leave" and row["state"] in COUNTS and report["is_current"]:
                until = max(row["leave_until"] or report["report_date"], report["report_date"])
                found[report["rep_id"]] |= set(days_of(report["report_date"], until))
        return found

    # ---- reports and rows ------------------------------------------------------------------------

    def reports(self) -> None:
        replaced = {one["supersedes_id"] for one in self.stored.rows["submission"]}
        settled: dict[int, dict[tuple[str, int], Row]] = defaultdict(dict)  # what stewards repaired or dropped
        for row in self.stored.rows["row_decision"]:
            if row["kind"] in ("repaired", "dropped") and row["undone_at"] is None:
                settled[row["submission_id"]][row["sheet"], row["row_number"]] = row
        errors: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for row in self.stored.rows["issue"]:
            if row["severity"] == "error":
                errors[row["submission_id"]].append((row["sheet"], row["row_number"]))
        revisions: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in self.stored.rows["submission"]:
            is_filed = row["is_current"] or row["id"] in replaced
            if row["rep_id"] and row["report_date"] and self.first <= row["report_date"] <= self.last and is_filed:
                revisions[row["rep_id"], row["report_date"], row["template_id"]].append(row)

        def is_right(one: Row) -> bool:
            return not one["rows_parked"] and all(place in settled[one["id"]] for place in errors[one["id"]])

        def right_at(one: Row) -> datetime:
            decided: list[datetime] = [row["at"] for row in settled[one["id"]].values()]
            return max(one["received_at"], *decided)

        for (rep_id, day, _), some in revisions.items():
            cell = self.cells[self.posting_on(rep_id, day)]
            some = sorted(some, key=lambda one: one["id"])
            first, latest = some[0], some[-1]
            kinds = [row["kind"] for row in settled[first["id"]].values()]
            cell["reports.sent"] += 1
            cell["rows.sent"] += first["rows_landed"] + first["rows_parked"] + kinds.count("dropped")
            cell["rows.accepted"] += first["rows_landed"] - kinds.count("repaired")
            if not errors[first["id"]] and not kinds and not first["rows_parked"]:
                cell["reports.clean"] += 1
            elif not is_right(latest):
                cell["reports.open"] += 1
            else:
                cell["reports.corrected"] += 1
                at = min(right_at(one) if settled[one["id"]] else one["received_at"] for one in some if is_right(one))
                cell["reports.correction_minutes"] += int((at - first["received_at"]).total_seconds()) // 60

    def landed_rows(self) -> None:
        for spec in self.stored.tools.specs:
            for sheet in spec.data_sheets:
                columns = [column.key for column in sheet.columns if column.removed is None]
                named = next((column.key for column in sheet.columns if column.type == "customer"), None)
                for row in self.stored.sheets[sheet.key]:
                    report = self.submissions[row["submission_id"]]
                    is_in = report["report_date"] is not None and self.first <= report["report_date"] <= self.last
                    if row["state"] not in COUNTS or not is_in or report["template_id"] != spec.id:
                        continue
                    cell = self.cells[self.posting_on(report["rep_id"], report["report_date"])]
                    cell["rows.landed"] += 1
                    if named and row["customer_id"] is not None and row[named] is not None:
                        cell["names.typed"] += 1
                        called = self.shown(self.root(row["customer_id"]), "display_name")
                        cell["names.standard"] += row[named] == called
                    if sheet.about == "visits":
                        cell["cells.wanted"] += len(columns)
                        cell["cells.filled"] += sum(row[key] is not None for key in columns)

    def told_visits(self) -> Iterator[tuple[Row, Row, date]]:
        """Every visit that counts: the row, its report, the day of the visit."""
        for row in self.stored.sheets["visits"]:
            if row["state"] in COUNTS:
                report = self.submissions[row["submission_id"]]
                yield row, report, row["visit_date"] or report["report_date"]

    def visits(self) -> None:
        seen: set[int] = set()
        for row, report, day in self.told_visits():
            if not self.first <= day <= self.last:
                continue
            cell = self.cells[self.posting_on(report["rep_id"], report["report_date"])]
            cell["visits.done"] += 1
            root = self.root(row["customer_id"]) if row["customer_id"] is not None else None
            cell[f"industry.visits.{self.shown(root, 'industry') if root is not None else ''}"] += 1
            if root is not None and root not in seen:
                seen.add(root)
                self.of_owner(root)["visits.customers"] += 1

    def help(self) -> None:
        for row in self.stored.sheets["cover"]:
            report = self.submissions[row["submission_id"]]
            is_in = report["report_date"] is not None and self.first <= report["report_date"] <= self.last
            if row["state"] in COUNTS and is_in and (row["help_needed"] or "").strip():
                self.cells[self.posting_on(report["rep_id"], report["report_date"])]["help.count"] += 1

    # ---- deals -----------------------------------------------------------------------------------

    def deals(self) -> None:
        projects = {row["id"]: row for row in self.stored.rows["opportunity"]}
        events: dict[tuple[int, str], list[tuple[date, int, int, Row]]] = defaultdict(list)
        for row in self.stored.sheets["opportunities"]:
            report = self.submissions[row["submission_id"]]
            if row["state"] not in COUNTS or row["opportunity_id"] is None or report["report_date"] > self.last:
                continue
            project = projects[row["opportunity_id"]]
            key = (self.root(project["customer_id"]), project["project_key"])
            told = (
                report["report_date"],
                row["submission_id"],
                row["row_number"],
                dict(row) | {"rep": report["rep_id"]},
            )
            events[key].append(told)
        form = next(spec for spec in self.stored.tools.specs if "stage" in spec.lists)
        funnel = [item.code for item in form.lists["stage"].items if item.code not in NOT_OPEN]
        for (root, _), some in events.items():
            some.sort(key=lambda one: one[:3])
            self.deal(root, some, funnel)

    def deal(self, root: int, events: list[tuple[date, int, int, Row]], funnel: list[str]) -> None:
        before = [row for day, _, _, row in events if day < self.first]
        within = [row for day, _, _, row in events if day >= self.first]
        now = events[-1][3]
        stage, amount, currency = now["stage"], now["amount"], now["currency"] or self.policy.currency
        was = before[-1]["stage"] if before else None
        cell = self.cells[self.posting_on(now["rep"], self.last)]
        industry = self.shown(root, "industry")

        def note(name: str) -> None:
            cell[f"{name}.count"] += 1
            if amount is not None:
                cell[f"{name}.amount.{currency}"] += amount

        note(f"deals.{stage}")
        if stage in ("sold_not_booked", "agreed"):
            note(stage)
        if stage not in NOT_OPEN:
            expected = now["expected_date"]
            if expected is None:
                window = "none"
            elif expected <= self.last:
                window = "overdue"
            else:
                fortnight = ((expected - self.last).days - 1) // 14
                window = str(fortnight) if fortnight < 3 else "later"
            note(f"forecast.{window}")
            if amount is not None and now["probability"] is not None:
                cell[f"forecast.{window}.weighted.{currency}"] += amount * now["probability"] / Decimal(100)
            if expected is not None and expected > self.last + timedelta(days=14):
                note("beyond")
            cell[f"industry.deals.{industry}"] += 1
            if amount is not None:
                cell[f"industry.amount.{currency}.{industry}"] += amount
        if within and stage != was:
            cell[f"entered.{stage}"] += 1
            if stage in ("won", "lost"):
                note(stage)
                if now["reason"]:
                    cell[f"{stage}.reason.{now['reason']}"] += 1
            if stage == "won":
                cell[f"industry.won.{industry}"] += 1
            if was in funnel and stage in funnel:
                cell["moved.on" if funnel.index(stage) > funnel.index(was) else "moved.back"] += 1
        for name in {(row["competitor"] or "").strip() for row in within} - {""}:
            cell[f"competitor.{name}"] += 1
        if asked := [row for row in within if (row["support_needed"] or "").strip()]:
            self.cells[self.posting_on(asked[-1]["rep"], self.last)]["help.count"] += 1

    # ---- customers -------------------------------------------------------------------------------

    def held(self) -> None:
        visited: dict[int, list[date]] = defaultdict(list)
        for row, _, day in self.told_visits():
            if row["customer_id"] is not None:
                visited[self.root(row["customer_id"])].append(day)
        for root, row in self.customers.items():
            if row["root_id"] != root or row["created_at"] >= self.end or row["status"] == "inactive":
                continue
            cell = self.of_owner(root)
            cell["customers.count"] += 1
            cell["customers.new"] += row["created_at"] >= self.begin
            level = self.shown(root, "level")
            if not level:
                continue
            cell[f"level.{level}.customers"] += 1
            cadence = self.policy.cadence.get(level)
            if cadence is None:
                continue
            begin = self.last - timedelta(days=max(DAYS[cadence.per], self.period.days) - 1)
            calendar = self.calendar(self.posting_on(self.owners.get(root), self.last))
            worked = sum(calendar.is_workday(day) for day in days_of(begin, self.last))
            exact = Decimal(cadence.visits * worked) / WORKDAYS[cadence.per]
            promised = int(exact + Decimal("0.5"))
            done = sum(begin <= day <= self.last for day in visited[root])
            cell[f"level.{level}.promised"] += promised
            cell[f"level.{level}.done"] += done
            cell[f"level.{level}.short"] += done < promised
            if promised and not done:
                cell[f"level.{level}.neglected"] += 1
                cell["customers.neglected"] += 1

    def merges(self) -> None:
        for row in self.stored.rows["merge_event"]:
            if row["undone_at"] is None and self.begin <= row["at"] < self.end:
                self.of_owner(self.root(row["winner_id"]))["customers.merged"] += 1

    def questions(self) -> None:
        asked: set[int] = set()
        for row in self.stored.rows["review"]:
            is_closed = row["state"] != "open" and not (row["decided_at"] and row["decided_at"] >= self.end)
            if row["opened_at"] >= self.end or is_closed:
                continue
            root = self.root(row["customer_id"]) if row["customer_id"] is not None else None
            report = self.submissions.get(row["submission_id"])
            rep = report["rep_id"] if report else None
            whose = rep if rep is not None else self.owners.get(root) if root is not None else None
            self.cells[self.posting_on(whose, self.last)][f"queue.{row['kind']}"] += 1
            if root is not None and row["kind"] in ("name", "duplicate") and root not in asked:
                asked.add(root)
                self.of_owner(root)["customers.questioned"] += 1

    def spot_checks(self) -> None:
        found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.stored.rows["spot_item"]:
            if row["outcome"] == "reached" and self.first <= row["checked_on"] <= self.last:
                fields = found[self.root(row["customer_id"])]
                fields[0] += len(row["judged"])
                fields[1] += len([name for name in row["judged"] if name in row["wrong"]])
        for root, (judged, wrong) in found.items():
            cell = self.of_owner(root)
            cell["spot.customers"] += 1
            cell["spot.customers_wrong"] += wrong > 0
            cell["spot.fields"] += judged
            cell["spot.fields_wrong"] += wrong
            cell["spot.fields_squared"] += judged**2
            cell["spot.wrong_squared"] += wrong**2
            cell["spot.wrong_times_fields"] += judged * wrong

    # ---- a manager's scope -------------------------------------------------------------------------

    def above(self, posting: Row) -> set[int]:
        """Everybody above a posting: its manager, those of team and regions, and whoever is above these."""
        found: set[int] = set()
        waiting = self._leaders(self.teams.get(posting["team_id"]), posting["region"], posting["manager"])
        while waiting:
            person = self.numbers.get(waiting.pop())
            if person is not None and person["id"] not in found:
                found.add(person["id"])
                stands = (self.postings.get(person["id"]) or [person])[-1]
                waiting += self._leaders(self.teams.get(stands["team_id"]), stands["region"], stands["manager"])
        return found - {posting["person_id"]}

    def _leaders(self, team: Row | None, region: str, manager: str) -> list[str]:
        line = self.line(region or (team["region"] if team else ""))
        numbers = [manager, team["manager"] if team else "", *(row["manager"] for row in line)]
        return [number for number in numbers if number]

    def of_manager(self, person_id: int) -> Counts | None:
        """The figures that a manager is told; None for who leads nobody. Zeros are left out."""
        above = {row["id"]: self.above(row) for row in self.stored.rows["posting"]}
        below = {posting_id for posting_id, some in above.items() if person_id in some}
        if not below:
            return None
        own = {row["id"] for row in self.postings.get(person_id, [])}
        led = {posting_id for posting_id, some in above.items() if some}
        is_top = led <= below | own and not any(above[row["id"]] for row in self.postings.get(person_id, [])[-1:])
        scope = set(self.cells) if is_top else below | own
        summed: Counts = defaultdict(int)
        for posting_id in scope:
            for name, number in self.cells.get(posting_id, {}).items():
                if is_top or not name.startswith("industry."):
                    summed[name] += number
        return {name: number for name, number in summed.items() if number}


def differences(told: Mapping[str, Any], counted: Mapping[str, Any]) -> list[str]:
    """Return what is not the same in both, a line for each name."""
    names = sorted(told.keys() | counted.keys())
    wrong: Iterable[str] = (name for name in names if Decimal(told.get(name, 0)) != Decimal(counted.get(name, 0)))
    return [f"{name}: told {told.get(name, 0)}, counted {counted.get(name, 0)}" for name in wrong]


def check(tools: Tools, made_at: datetime, kind: str = "weekly") -> tuple[int, list[str]]:
    """
    Compare the snapshots that were made at *made_at* with a recount of what is stored now.

    Returns how many figures were compared, and the differences. Call it before anything else happens.
    """
    with tools.database.reading() as connection:
        query = sa.select(tables.digest).where(tables.digest.c.kind == kind, tables.digest.c.made_at == made_at)
        rows = list(connection.execute(query.order_by(tables.digest.c.person_id)).mappings())
    stored = Stored.read(tools)
    compared, found = 0, list[str]()
    counts: dict[Period, Recount] = {}
    for row in rows:
        period = Period(row["first_on"], row["last_on"], DigestKind(kind).period)
        if period not in counts:
            counts[period] = Recount(stored, period, made_at)
        counted = counts[period].of_manager(row["person_id"]) or {}
        compared += len(row["figures"].keys() | counted.keys())
        who = f"{period.label} {counts[period].people[row['person_id']]['name']}"
        found += [f"{who}: {line}" for line in differences(row["figures"], counted)]
    return compared, found
