"""
A company of many reps after a year, written past the store: what ``digests.py`` makes digests of.

8 regions with 13 teams each; above a rep stand a group lead, the team's, the region's and the
company's manager. Every rep reports every workday: a visit or two, the deals that moved, help now
and then, errors now and then that the next revision mends. All from fixed dice.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from crowd import Row, Table

REGIONS = ("华东", "华北", "华南", "华中", "西南", "西北", "东北", "海外")
TEAMS_PER_REGION = 13
GROUP = 14
"""Reps under one group lead, where the company is of full size."""
CUSTOMERS_PER_REP, DEALS_PER_REP = 30, 10
STAGES = (
    "lead",
    "qualified",
    "sample",
    "quoted",
    "tender",
    "negotiation",
    "agreed",
    "sold_not_booked",
    "won",
    "lost",
    "on_hold",
)
INDUSTRIES = ("教育", "医疗", "机械", "电子", "化工", "能源", "金融", "政府", "交通", "食品", "建筑", "")
COMPETITORS = ("启明设备", "远海集成", "Alder Systems", "北斗星仪器", "")


@dataclass(frozen=True)
class Sizes:
    """How large a company, for how long."""

    reps: int = 10_000
    days: int = 240  # workdays
    leads: int = 700  # above groups of reps

    @property
    def teams(self) -> int:
        """Teams there are."""
        return len(REGIONS) * TEAMS_PER_REGION


class Company:
    """
    All there is, table by table. People: 1 the chief, then regions' and teams' managers, leads,
    stewards, and at last the reps.
    """

    def __init__(self, sizes: Sizes, last: date) -> None:
        self.sizes, self.last = sizes, last
        self._dice = random.Random(7)

    @cached_property
    def days(self) -> list[date]:
        """The workdays, the oldest first."""
        some = (self.last - timedelta(days=number) for number in range(self.sizes.days * 2))
        return sorted([day for day in some if day.weekday() < 5][: self.sizes.days])

    def tables(self) -> Iterator[Table]:
        """Give every table, each after those it points to."""
        yield "region", "name,parent,manager,calendar,timezone,language", self._regions()
        yield "team", "id,name,region,manager,calendar", self._teams()
        yield "person", "id,number,name,role,team_id,region,manager,is_active", self._people()
        yield "person_address", "address,person_id,position", self._addresses()
        yield "posting", "id,person_id,team_id,region,manager,from_on,to_on", self._postings()
        yield "account", "person_id,sees_all,regions,teams,is_disabled,created_at", self._accounts()
        yield (
            "customer",
            "id,display_name,short_name,kind,status,merged_into,root_id,city,industry,level,ruleset_version,created_at",
            self._customers(),
        )
        yield "assignment", "customer_id,person_id,role,source,from_on,to_on,last_report_on", self._assignments()
        yield "opportunity", "id,customer_id,project,project_key,created_at", self._opportunities()
        yield (
            "inbound",
            "id,raw_sha256,as_number,source,file_name,size,is_truncated,message_id,sender,subject,state,reason,codes,detail,attempts,first_seen_at",
            self._inbound(),
        )
        yield (
            "submission",
            "id,inbound_id,position,rep_id,sender_id,template_id,template_version,report_date,revision,supersedes_id,is_current,is_waiting,file_name,workbook_sha256,state,reason,rows_landed,rows_parked,headers,received_at",
            self._submissions(),
        )
        yield (
            "cover",
            "submission_id,row_number,state,raw,rep_name,rep_number,report_date,work_type,help_needed",
            self._covers(),
        )
        yield (
            "visits",
            "submission_id,row_number,state,customer_id,raw,visit_date,start_time,customer,city,contact,way,purpose,content,outcome",
            self._visits(),
        )
        yield (
            "opportunities",
            "submission_id,row_number,state,customer_id,opportunity_id,raw,customer,project,stage,amount,currency,probability,expected_date,competitor,reason,support_needed",
            self._deals(),
        )
        yield "issue", "submission_id,code,severity,sheet,row_number,field,detail", self._issues()
        yield "review", "id,kind,customer_id,submission_id,state,detail,opened_at,brand", self._reviews()
        yield "merge_event", "winner_id,loser_id,before,at,actor", self._merges()

    # ---- people --------------------------------------------------------------------------------

    @property
    def first_team(self) -> int:
        """The first team manager's id."""
        return 2 + len(REGIONS)

    @property
    def first_lead(self) -> int:
        """The first lead's id."""
        return self.first_team + self.sizes.teams

    @property
    def first_steward(self) -> int:
        """The first steward's id."""
        return self.first_lead + self.sizes.leads

    @property
    def first_rep(self) -> int:
        """The first rep's id."""
        return self.first_steward + len(REGIONS)

    @property
    def managers(self) -> range:
        """The ids of everybody who leads somebody."""
        return range(1, self.first_steward)

    def _lead_of(self, at: int) -> int:
        return at % self.sizes.leads

    def _team_of_lead(self, lead: int) -> int:
        return lead % self.sizes.teams

    def _region(self, team: int) -> str:
        return REGIONS[team % len(REGIONS)]

    def _regions(self) -> Iterator[Row]:
        yield "中国区", "", "P1", "", None, None
        for at, name in enumerate(REGIONS):
            yield name, "中国区", f"P{2 + at}", "", None, None

    def _teams(self) -> Iterator[Row]:
        for team in range(self.sizes.teams):
            yield team + 1, f"{self._region(team)}{team + 1}组", self._region(team), f"P{self.first_team + team}", ""

    def _everybody(self) -> Iterator[tuple[int, str, str, int | None, str, str]]:
        """Give id, name, role, team, region and manager of everybody."""
        yield 1, "总经理", "manager", None, "", ""
        for at, region in enumerate(REGIONS):
            yield 2 + at, f"{region}经理", "manager", None, region, "P1"
        for team in range(self.sizes.teams):
            manager = f"P{2 + REGIONS.index(self._region(team))}"
            yield self.first_team + team, f"{team + 1}组经理", "manager", None, self._region(team), manager
        for lead in range(self.sizes.leads):
            team = self._team_of_lead(lead)
            yield self.first_lead + lead, f"主管{lead}", "manager", team + 1, "", f"P{self.first_team + team}"
        for at, region in enumerate(REGIONS):
            yield self.first_steward + at, f"{region}数据员", "steward", None, region, ""
        for at in range(self.sizes.reps):
            lead = self._lead_of(at)
            yield (
                self.first_rep + at,
                f"销售{at}",
                "rep",
                self._team_of_lead(lead) + 1,
                "",
                f"P{self.first_lead + lead}",
            )

    def _people(self) -> Iterator[Row]:
        for id_, name, role, team, region, manager in self._everybody():
            yield id_, f"P{id_}", name, role, team, region, manager, True

    def _addresses(self) -> Iterator[Row]:
        for id_, *_ in self._everybody():
            yield f"p{id_}@bench.example", id_, 0

    def _postings(self) -> Iterator[Row]:
        begun = self.days[0] - timedelta(days=400)
        for id_, _, role, team, region, manager in self._everybody():
            moved = role == "rep" and id_ % 20 == 0  # to the next team, in the middle of the last week
            yield id_, id_, team, region, manager, begun, self.last - timedelta(days=3) if moved else None
            if moved:
                yield (
                    1_000_000 + id_,
                    id_,
                    (team or 0) % self.sizes.teams + 1,
                    region,
                    manager,
                    self.last - timedelta(days=2),
                    None,
                )

    def _accounts(self) -> Iterator[Row]:
        for at, region in enumerate(REGIONS):
            yield self.first_steward + at, False, [region], [], False, self._noon(self.days[0])

    # ---- customers -----------------------------------------------------------------------------

    @property
    def customers(self) -> int:
        """Customers there are."""
        return self.sizes.reps * CUSTOMERS_PER_REP

    def _noon(self, day: date) -> datetime:
        return datetime.combine(day, time(4), UTC)

    def _name(self, at: int) -> str:
        return f"杭州{at}号精密仪器有限公司"

    def _is_merged(self, at: int) -> bool:
        return at % 50 == 7

    def _customers(self) -> Iterator[Row]:
        for at in range(self.customers):
            root = at if self._is_merged(at) else at + 1
            level = ("A", "B", "C", "D", None)[at % 5 if at % 3 else 4]
            filed = self._noon(self.days[at % len(self.days)])
            status = "confirmed" if at % 9 else "provisional"
            yield (
                at + 1,
                self._name(at),
                "",
                "",
                status,
                root if root != at + 1 else None,
                root,
                "杭州",
                INDUSTRIES[at % 12],
                level,
                "",
                filed,
            )

    def _assignments(self) -> Iterator[Row]:
        for at in range(self.customers):
            begun = self.days[at % len(self.days)]
            rep = self.first_rep + at // CUSTOMERS_PER_REP
            yield at + 1, rep, "owner", "report", begun, None, self.last
            if at % 10 == 0:
                yield (
                    at + 1,
                    self.first_rep + (rep + 1) % self.sizes.reps,
                    "participant",
                    "report",
                    begun,
                    None,
                    self.last,
                )

    def _opportunities(self) -> Iterator[Row]:
        for at in range(self.sizes.reps * DEALS_PER_REP):
            name = f"产线改造{at}期"
            yield at + 1, at * CUSTOMERS_PER_REP // DEALS_PER_REP + 1, name, name, self._noon(self.days[0])

    # ---- reports: number → day and rep ----------------------------------------------------------

    def _reports(self) -> Iterator[tuple[int, int, date]]:
        """Give the number, rep's place and day of every report in order of time."""
        for number in range(self.sizes.days * self.sizes.reps):
            yield number, number % self.sizes.reps, self.days[number // self.sizes.reps]

    def _has_error(self, number: int) -> bool:
        return number % 11 == 0

    def _visits_of(self, number: int) -> int:
        return 2 if number % 10 == 0 else 1

    def _inbound(self) -> Iterator[Row]:
        for at, day in enumerate(self.days):  # one message a day that brings everybody's workbooks
            yield (
                at + 1,
                f"{at:064x}",
                "",
                "mail",
                "",
                1000,
                False,
                f"<{at}@bench.example>",
                "p1@bench.example",
                "日报",
                "accepted",
                "ok",
                [],
                "",
                1,
                self._noon(day),
            )

    def _submissions(self) -> Iterator[Row]:
        later = self.sizes.days * self.sizes.reps
        for number, rep, day in self._reports():
            at = datetime.combine(day, time(9, number % 60), UTC) + timedelta(hours=20 if number % 17 == 0 else 0)
            is_wrong, rep_id = self._has_error(number), self.first_rep + rep
            is_mended = is_wrong and number % 2 == 0
            rows, parked = self._visits_of(number), int(is_wrong)
            fixed = (rep_id, rep_id, "daily_report", 1, day)
            state = ("partly", "has_issues") if is_wrong else ("accepted", "ok")
            inbound = number // self.sizes.reps + 1
            yield (
                number + 1,
                inbound,
                rep,
                *fixed,
                1,
                None,
                not is_mended,
                False,
                "日报.xlsx",
                f"{number:064x}",
                *state,
                rows,
                parked,
                {},
                at,
            )
            if is_mended:
                yield (
                    later + number + 1,
                    inbound,
                    self.sizes.reps + rep,
                    *fixed,
                    2,
                    number + 1,
                    True,
                    False,
                    "日报.xlsx",
                    f"{later + number:064x}",
                    "accepted",
                    "ok",
                    rows,
                    0,
                    {},
                    at + timedelta(hours=2),
                )

    def _submission(self, number: int) -> int:
        """Return the id of the current revision."""
        is_mended = self._has_error(number) and number % 2 == 0
        return number + 1 + (self.sizes.days * self.sizes.reps if is_mended else 0)

    def _covers(self) -> Iterator[Row]:
        for number, rep, day in self._reports():
            asked = "请产品经理协助" if number % 37 == 0 else None
            raw = {"rep_number": f"P{self.first_rep + rep}", "report_date": day.isoformat()}
            kind = "leave" if number % 97 == 0 else "field"
            yield self._submission(number), 1, "landed", raw, f"销售{rep}", f"P{self.first_rep + rep}", day, kind, asked

    def _visits(self) -> Iterator[Row]:
        content = "介绍了改造方案，对方计划明年春季启动，预算待批；约定下周再谈。"
        for number, rep, day in self._reports():
            for line in range(self._visits_of(number)):
                at = rep * CUSTOMERS_PER_REP + (number // self.sizes.reps * 7 + line * 3) % CUSTOMERS_PER_REP
                name = self._name(at)
                raw = {"visit_date": day.isoformat(), "customer": name, "contact": "周敏", "content": content}
                yield (
                    self._submission(number),
                    line + 4,
                    "landed",
                    at + 1,
                    raw,
                    day,
                    time(9, 30),
                    name,
                    "杭州",
                    "周敏",
                    "visit",
                    "needs",
                    content,
                    "progress",
                )

    def _deals(self) -> Iterator[Row]:
        for number, rep, day in self._reports():
            turn = number // self.sizes.reps
            for line in range((turn + rep) % 2):  # every other report tells of a deal
                deal = rep * DEALS_PER_REP + turn % DEALS_PER_REP
                stage = STAGES[(deal + turn // DEALS_PER_REP) % len(STAGES)]
                customer = deal * CUSTOMERS_PER_REP // DEALS_PER_REP
                name, project = self._name(customer), f"产线改造{deal}期"
                raw: dict[str, Any] = {"customer": name, "project": project, "stage": stage, "amount": "50万"}
                amount = str(10_000 + deal % 97 * 5_000)
                expected = day + timedelta(days=deal % 90 - 10)
                currency = "USD" if deal % 13 == 0 else None
                rival = COMPETITORS[deal % 5] or None
                asked = "请售前到场" if number % 41 == 0 else None
                reason = "price" if stage in ("won", "lost") else None
                yield (
                    self._submission(number),
                    line + 4,
                    "landed",
                    customer + 1,
                    deal + 1,
                    raw,
                    name,
                    project,
                    stage,
                    amount,
                    currency,
                    "60",
                    expected,
                    rival,
                    reason,
                    asked,
                )

    def _issues(self) -> Iterator[Row]:
        for number, _, _ in self._reports():
            if self._has_error(number):
                yield number + 1, "SD-C003", "error", "visits", 9, "way", {"code": "SD-C003"}

    # ---- decisions -----------------------------------------------------------------------------

    def _reviews(self) -> Iterator[Row]:
        for at in range(min(5_000, self.customers // 9)):
            kind = ("name", "duplicate", "parent")[at % 3]
            opened = self._noon(self.days[-1 - at % min(20, len(self.days))])
            yield at + 1, kind, at * 9 + 1, None, "open", {"candidates": []}, opened, ""

    def _merges(self) -> Iterator[Row]:
        for at in range(7, self.customers, 50):
            yield at, at + 1, {"moved": [{"id": at + 1}]}, self._noon(self.days[at % len(self.days)]), "daysheet"
