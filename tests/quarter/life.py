"""
Live the quarter: reports, late ones, missing ones, leave, corrections, stewards at work, people who move.

Everything happens in half hours: what falls due is done in order, the clock standing at its half
hour; then the mailbox is polled and the mails are worked, as in the service.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from daysheet import wiring
from daysheet.config import Settings
from daysheet.model.access import EVERYTHING
from daysheet.model.memory import OPERATOR, Refusal, ReviewKind, ReviewState, Says
from daysheet.model.periods import Period, PeriodKind
from daysheet.services import (
    digests,
    handing_over,
    import_customers,
    merging,
    people,
    process,
    receive,
    repairing,
    reviews,
    sampling,
    setup,
    waiting_rows,
)
from daysheet.services.access import Visitor
from daysheet.services.merging import Merged, Request
from daysheet.services.reviews import Answer
from daysheet.services.tools import Tools
from daysheet.store import people as people_store
from daysheet.store import tables
from daysheet.store.accounts import Account as Login
from tests.builders import XLSX, Clock
from tests.quarter.company import CALENDARS, CHIEF, STEWARDS, Company, Rep, found
from tests.quarter.forms import Forms, Typed
from tests.quarter.names import Account
from tests.spot_sheets import customers_of, filled
from tests.unit.services.memory import ask

HOME = ZoneInfo("Asia/Shanghai")
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)
FUNNEL = ("线索", "已确认需求", "样品测试", "已报价", "投标", "商务谈判", "已谈定未下单", "已销售未入统计")
REASONS = ("价格", "产品性能", "客户关系", "交货期", "预算取消")
COMPETITORS = ("泰岳仪器", "华曙", "Nordlicht", "北辰自控", "Kestrel")
TALKS = ("谈了明年的计划", "演示了样机", "对了付款节点", "回访使用情况", "送了报价，对方要比三家")
CONTACTS = ("周敏", "何志远", "蒋南", "沈一鸣", "卢佳", "邱实", "魏岚")


@dataclass
class Deal:
    """A deal as its rep tells it from time to time."""

    account: Account
    project: str
    place: int
    amount: int | None
    currency: str | None
    probability: int | None
    expected: date | None
    over: str = ""  # won, lost or on hold


@dataclass
class Tally:
    """What the quarter came to."""

    mails: int = 0
    rows: int = 0
    pipeline_seconds: float = 0.0
    digest_seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def note(self, what: str, number: int = 1) -> None:
        self.done[what] = self.done.get(what, 0) + number


Action = Callable[[], None]


class Quarter:
    """A company, its database and its clock."""

    def __init__(
        self, folder: Path, *, reps: int, weeks: int, seed: int, teams: int, accounts: int, first: date, url: str = ""
    ) -> None:
        assert first.weekday() == 0
        self.folder, self.first, self.weeks = folder, first, weeks
        self.url = url or f"sqlite:///{folder / 'daysheet.db'}"
        self.dice = random.Random(seed)
        self.company: Company = found(reps, teams, accounts, seed)
        self.by_number = {rep.number: rep for rep in self.company.reps}
        self.deals: dict[str, list[Deal]] = {rep.number: self._deals(rep) for rep in self.company.reps}
        self.away: dict[str, date] = {}  # on leave until
        self.clock = Clock(self._at(first - 5 * DAY, 9))
        self.tally = Tally()
        self.merged: list[int] = []  # merge events that stand
        self.settled: list[tuple[str, int, int]] = []  # sheet, row and decision
        self._queue: list[tuple[datetime, int, Action]] = []
        self._order = count()
        self._mails = count(1)
        self._arrived: list[bytes] = []
        self._late_news = self.company.unlisted

    # ---- the house -------------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The house's settings: only weekly digests go out by the clock."""
        schedule = dict.fromkeys(("morning", "reminder", "escalation", "steward", "monthly"))
        return Settings(
            company={"name": "星河仪器", "timezone": "Asia/Shanghai"},
            data_dir=self.folder / "var",
            database={"url": self.url},
            mailboxes={"daily": {"kind": "maildir", "path": self.folder / "maildir", "trust": "none"}},
            smtp={"sender": "daily@xinghe.example", "folder": self.folder / "answers"},
            calendars=CALENDARS,
            schedule=schedule,
            log={"level": "error", "format": "console"},
        )

    def open(self) -> "Iterator[Tools]":
        """Make the database with people and key accounts, and give the tools; for ``contextmanager``."""
        chosen = self.settings()
        chosen.data_dir.mkdir(parents=True, exist_ok=True)
        database = wiring.open_database(chosen)
        try:
            setup.upgrade(database, wiring.load_specs(chosen), self.clock())
        finally:
            database.close()
        with wiring.open_tools(chosen) as tools:
            self.tools = replace(tools, clock=self.clock)
            self.forms = Forms(tools.specs[0])
            self.box = chosen.mailboxes["daily"]
            mailbox = wiring.open_mailbox("daily", self.box)
            mailbox.open()
            mailbox.close()
            people.import_file(self.tools, "units.csv", self.company.units_csv.encode())
            self._list_people()
            import_customers.import_file(self.tools, "customers.csv", self.company.customers_csv.encode())
            self.calendars = self.tools.policy.calendars()
            yield self.tools

    def _list_people(self) -> None:
        taken = people.import_file(self.tools, "people.csv", self.company.people_csv().encode())
        assert not taken.faults, taken.faults

    # ---- time ------------------------------------------------------------------------------------

    def _at(self, day: date, hour: float) -> datetime:
        minutes = int(hour * 60)
        return datetime.combine(day, time(), HOME).astimezone(UTC) + timedelta(minutes=minutes - minutes % 30)

    def later(self, at: datetime, action: Action) -> None:
        """Have *action* done at *at*."""
        heapq.heappush(self._queue, (at, next(self._order), action))

    def live(self) -> Iterator[Period]:
        """Let the weeks go by; gives each week whose digests have just been made, the clock still standing there."""
        for week in range(self.weeks):
            monday = self.first + 7 * week * DAY
            self._plan(week, monday)
            following = monday + 7 * DAY
            for hour in (8.5, 9.5):  # half past nine in Tokyo, half past nine at home
                self._until(self._at(following, hour))
                if self._digest():
                    yield Period.of(PeriodKind.WEEK, monday)

    def _until(self, moment: datetime) -> None:
        while self._queue and self._queue[0][0] <= moment:
            self.clock.now = self._queue[0][0]
            while self._queue and self._queue[0][0] <= self.clock.now:
                heapq.heappop(self._queue)[2]()
            self._work()
        self.clock.now = moment

    def _work(self) -> None:
        """Deliver what has been sent, poll the mailbox and work the mails."""
        if not self._arrived:
            return
        started = datetime.now(UTC)
        new = self.box.path / "new"  # type: ignore[operator]
        for raw in self._arrived:
            (new / f"{next(self._mails):06d}.quarter").write_bytes(raw)
        self._arrived.clear()
        receive.poll(self.tools, wiring.open_mailbox("daily", self.box), batch=10_000)
        for outcome in process.process_pending(self.tools):
            self.tally.mails += 1
            state = f"{outcome.state} {outcome.reason}"
            self.tally.states[state] = self.tally.states.get(state, 0) + 1
            self.tally.rows += sum(done.rows_landed + done.rows_parked for done in outcome.submissions)
        self.tally.pipeline_seconds += (datetime.now(UTC) - started).total_seconds()

    def _digest(self) -> bool:
        started = datetime.now(UTC)
        ran = digests.run_due(self.tools)
        self.tally.digest_seconds += (datetime.now(UTC) - started).total_seconds()
        return any(one.queued or one.silent for one in ran)

    # ---- a week ----------------------------------------------------------------------------------

    def _plan(self, week: int, monday: date) -> None:
        for day in (monday + number * DAY for number in range(7)):
            for rep in self.company.reps:
                calendar = self.calendars["overseas" if rep.region == "海外" else "default"]
                if calendar.is_workday(day):
                    self.later(self._at(day, 12), lambda rep=rep, day=day: self._day_of(rep, day))  # type: ignore[misc]
        self.later(self._at(monday + 4 * DAY, 16), self._answer_questions)
        self.later(self._at(monday + 4 * DAY, 15), self._mend)
        self.later(self._at(monday + 2 * DAY, 15), self._undo)
        self.later(self._at(monday + 4 * DAY, 18), self._doubt)
        self.later(self._at(monday + 3 * DAY, 15), self._merge)
        self.later(self._at(monday + 1 * DAY, 15), self._unmerge)
        if week % 4 == 1:
            self.later(self._at(monday + 2 * DAY, 7), self._move)
            self.later(self._at(monday + 1 * DAY, 10), self._spot_check)
        if week % 4 == 2:
            self.later(self._at(monday + 3 * DAY, 7), self._leave)

    def _day_of(self, rep: Rep, day: date) -> None:
        """Decide what becomes of a rep's report of a day."""
        dice = self.dice
        if not rep.is_active or self.away.get(rep.number, date.min) >= day:
            return
        what = dice.random()
        evening = self._at(day, dice.uniform(17, 22))
        if what < 0.03:
            self.tally.note("missing")
        elif what < 0.06:
            self._take_leave(rep, day, dice.choice((0, 0, 2, 4)), self._at(day, 13))
        elif what < 0.14:
            self._send(rep, day, self._at(day + DAY * dice.choice((1, 1, 3)), dice.uniform(9.5, 20)))
            self.tally.note("late")
        else:
            self._send(rep, day, evening)

    def _take_leave(self, rep: Rep, day: date, days: int, at: datetime) -> None:
        until = day + days * DAY
        self.away[rep.number] = until
        cover: dict[str, Typed] = {"rep_number": rep.number, "report_date": day, "work_type": "请假"}
        if days:
            cover["leave_until"] = until
        self.later(at, lambda: self._mail(rep, self.forms.filled(cover, {}), day))
        self.tally.note("leaves of one day" if not days else "leaves of several days")

    def _send(self, rep: Rep, day: date, at: datetime) -> None:
        """Send the report of *day*; some are wrong and put right later, some are followed by a half-empty one."""
        dice = self.dice
        cover: dict[str, Typed] = {"rep_number": rep.number, "report_date": day, "summary": "走访客户。"}
        if dice.random() < 0.03:
            cover["help_needed"] = "请产品经理提供对比材料"
        visits = [self._visit(rep, day) for _ in range(dice.choice((1, 2, 3, 4, 5)))]
        deals = self._told(rep, day)
        plans = [{"plan_date": day + 7 * DAY, "customer": deal["customer"], "purpose": "报价"} for deal in deals[:1]]
        good = {"visits": visits, "opportunities": deals, "plans": plans}
        if dice.random() < 0.10:
            wrong = [dict(row) for row in visits]
            wrong[-1] |= dice.choice(({"way": "打球"}, {"contact": None}, {"visit_date": "下周三"}))
            self._post(rep, day, at, cover, {**good, "visits": wrong})
            if dice.random() < 0.7:
                self._post(rep, day, at + timedelta(hours=dice.choice((1, 14, 40))), cover, good)
                self.tally.note("corrections")
            return
        self._post(rep, day, at, cover, good)
        if len(visits) >= 4 and dice.random() < 0.06:
            more = {"visits": [self._visit(rep, day)]}
            self._post(rep, day, at + timedelta(hours=1), cover, more)
            self.tally.note("half-empty second reports")
            word = dice.choice(("追加", "REPLACE", ""))
            if word:
                self._post(rep, day, at + timedelta(hours=13), cover, more, word)

    def _post(
        self,
        rep: Rep,
        day: date,
        at: datetime,
        cover: dict[str, Typed],
        rows: dict[str, list[dict[str, Typed]]],
        word: str = "",
    ) -> None:
        self.later(at, lambda: self._mail(rep, self.forms.filled(cover, rows), day, word))

    def _mail(self, rep: Rep, content: bytes, day: date, word: str = "") -> None:
        self._arrived.append(self._raw(rep.address, content, f"日报 {day.isoformat()} {rep.name} {word}".strip()))

    def _raw(self, sender: str, content: bytes, subject: str) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "daily@xinghe.example", subject
        mail["Date"] = format_datetime(self.clock.now)
        mail["Message-ID"] = f"<{next(self._order)}@xinghe.example>"
        mail.set_content("请查收。")
        mail.add_attachment(content, maintype="application", subtype=XLSX, filename="日报.xlsx")
        return mail.as_bytes()

    # ---- what a report says ----------------------------------------------------------------------

    def _visit(self, rep: Rep, day: date) -> dict[str, Typed]:
        dice = self.dice
        kind = dice.random()
        if kind < 0.03:
            account = dice.choice(self._late_news)  # nobody's until now
        elif kind < 0.06:
            account = dice.choice(dice.choice(self.company.reps).accounts)  # a colleague's
        else:
            account = dice.choice(rep.accounts)
        return {
            "visit_date": day - DAY if dice.random() < 0.04 else day,
            "start_time": time(dice.randrange(9, 17), dice.choice((0, 30))),
            "customer": account.short if dice.random() < 0.05 else account.name,
            "city": account.city if dice.random() < 0.3 else None,
            "contact": dice.choice(CONTACTS),
            "phone": f"0571-8{dice.randrange(10**6, 10**7)}" if dice.random() < 0.2 else None,
            "way": dice.choice(("上门拜访", "电话", "线上会议")),
            "purpose": dice.choice(("需求沟通", "报价", "客情维护")),
            "content": f"{dice.choice(TALKS)}，{dice.randrange(1000)}",
            "outcome": dice.choice(("有进展", "待跟进", "无进展")),
            "next_step": "再联系" if dice.random() < 0.4 else None,
        }

    def _deals(self, rep: Rep) -> list[Deal]:
        return [self._deal(rep, number) for number in range(self.dice.choice((2, 3, 4)))]

    def _deal(self, rep: Rep, number: int) -> Deal:
        dice = self.dice
        expected = self.first + dice.randrange(-10, 120) * DAY if dice.random() < 0.85 else None
        return Deal(
            dice.choice(rep.accounts),
            f"{dice.choice(('涂装线', '检测台', '数采', '备件', '水质监测'))}{rep.number[-3:]}-{number}",
            dice.randrange(len(FUNNEL)),
            dice.randrange(5, 400) * 10_000 if dice.random() < 0.9 else None,
            dice.choice((None, None, None, "USD", "EUR", "人民币")),
            dice.choice((None, 10, 30, 35, 60, 90)),
            expected,
        )

    def _told(self, rep: Rep, day: date) -> list[dict[str, Typed]]:
        dice = self.dice
        mine = self.deals[rep.number]
        told = dice.sample(mine, min(len(mine), dice.choice((0, 1, 1, 2))))
        rows = []
        for deal in told:
            self._move_on(deal, day)
            stage = {"won": "赢单", "lost": "丢单", "on_hold": "暂停"}.get(deal.over) or FUNNEL[deal.place]
            if deal.over in ("won",) or stage == FUNNEL[-1]:
                deal.amount = deal.amount or 100_000
            row: dict[str, Typed] = {
                "customer": deal.account.name,
                "project": deal.project,
                "stage": stage,
                "amount": deal.amount,
                "currency": deal.currency,
                "probability": deal.probability,
                "expected_date": deal.expected,
                "competitor": dice.choice(COMPETITORS) if dice.random() < 0.15 else None,
                "support_needed": "请总部支持报价" if dice.random() < 0.04 else None,
            }
            if deal.over in ("won", "lost"):
                row["reason"] = dice.choice(REASONS)
                mine.remove(deal)
                mine.append(self._deal(rep, next(self._order)))
            rows.append(row)
        return rows

    def _move_on(self, deal: Deal, day: date) -> None:
        step = self.dice.random()
        if deal.over == "on_hold":
            deal.over = "" if step < 0.5 else "on_hold"
        elif step < 0.30:
            deal.place += 1
            if deal.place >= len(FUNNEL):
                deal.place, deal.over = len(FUNNEL) - 1, "won"
        elif step < 0.35:
            deal.place = max(0, deal.place - 1)
        elif step < 0.41:
            deal.over = self.dice.choice(("won", "lost", "lost"))
        elif step < 0.46:
            deal.over = "on_hold"
        elif step < 0.55 and deal.expected:
            deal.expected = day + self.dice.randrange(1, 70) * DAY

    # ---- stewards and managers ---------------------------------------------------------------------

    def _answer_questions(self) -> None:
        for review in reviews.listed(self.tools, ReviewState.OPEN, None, 40):
            says = self.dice.choice((Says.SAME, Says.SAME, Says.DIFFERENT, None))
            if says is None or not review.candidates:
                continue
            best = review.candidates[0].customer_id if says is Says.SAME else None
            done = reviews.decide(self.tools, review.id, Answer(says, best), by=self.dice.choice(STEWARDS))
            self.tally.note("answers refused" if isinstance(done, Refusal) else f"answers: {says}")
            if not isinstance(done, Refusal) and done.event is not None:
                self.merged.append(done.event.id)

    def _visitor(self) -> Visitor:
        with self.tools.database.reading() as connection:
            chief = people_store.find_by_number(connection, CHIEF)
        assert chief is not None
        return Visitor(Login(chief, sees_all=True), EVERYTHING)

    def _mend(self) -> None:
        """Look at rows that wait: put some right, give some up, leave some to their reps."""
        visitor, day = self._visitor(), self.clock.now.astimezone(HOME).date()
        for row in waiting_rows.listed(self.tools, visitor, waiting_rows.Asked(), 1).rows:
            what = self.dice.random()
            page = repairing.page(self.tools, visitor, row.sheet, row.id)
            if page is None or what < 0.4:
                continue
            done: object
            if what < 0.85:
                edits = {"way": "电话", "contact": "周敏", "visit_date": min(day, row.report_date).isoformat()}
                done = repairing.repair_row(self.tools, visitor, row.sheet, row.id, edits, page.seen)
            else:
                done = repairing.drop(self.tools, visitor, row.sheet, row.id, "写了两遍", page.seen)
            if isinstance(done, repairing.Done):
                self.settled.append((row.sheet, row.id, done.decision_id))
                self.tally.note("rows repaired" if what < 0.85 else "rows dropped")

    def _undo(self) -> None:
        """Take some of that back."""
        for _ in range(len(self.settled) // 3):
            sheet, row_id, decision = self.settled.pop(self.dice.randrange(len(self.settled)))
            if isinstance(repairing.undo(self.tools, self._visitor(), sheet, row_id, decision), repairing.Done):
                self.tally.note("decisions about rows undone")

    def _customers(self) -> list[int]:
        with self.tools.database.reading() as connection:
            query = sa.select(tables.customer.c.id).where(tables.customer.c.merged_into.is_(None))
            return list(connection.execute(query.order_by(tables.customer.c.id)).scalars())

    def _doubt(self) -> None:
        """Ask whether some customers are one, as a re-check does; the answers come next week."""
        ids = self._customers()
        for _ in range(max(2, len(ids) // 300)):
            one, other = self.dice.sample(ids, 2)
            ask(self.tools, one, other, kind=ReviewKind.DUPLICATE)
            ids.remove(one)
            self.tally.note("questions of a re-check")

    def _merge(self) -> None:
        """Merge pairs that nobody asked about, as stewards do who know better."""
        ids = self._customers()
        for _ in range(max(2, len(ids) // 300)):
            winner, loser = self.dice.sample(ids, 2)
            done = merging.merge(self.tools, Request(winner, loser, {}), by=self.dice.choice(STEWARDS))
            if isinstance(done, Merged) and done.event is not None:
                self.merged.append(done.event.id)
                ids.remove(loser)
                self.tally.note("merges")

    def _unmerge(self) -> None:
        for _ in range(len(self.merged) // 2):
            event = self.merged.pop(self.dice.randrange(len(self.merged)))
            done = merging.unmerge(self.tools, event_id=event, by=self.dice.choice(STEWARDS))
            self.tally.note("unmerges refused" if isinstance(done, Refusal) else "unmerges")

    def _move(self) -> None:
        """A rep moves to another team in mid-week, another one to a team of another region."""
        active = [rep for rep in self.company.reps if rep.is_active]
        for rep, is_far in zip(self.dice.sample(active, min(2, len(active))), (False, True), strict=False):
            others = [t for t, r in self.company.teams.items() if t != rep.team and (r != rep.region) is is_far]
            if others:
                rep.team = self.dice.choice(others)
                rep.region = self.company.teams[rep.team]
                self.tally.note("moves")
        self._list_people()

    def _leave(self) -> None:
        """A rep leaves; a colleague takes the customers over."""
        active = [rep for rep in self.company.reps if rep.is_active]
        gone = self.dice.choice(active)
        heir = self.dice.choice([rep for rep in active if rep is not gone])
        gone.is_active = False
        self._list_people()
        handing_over.hand_over(self.tools, self._visitor(), gone.number, heir.number, None)
        heir.accounts += gone.accounts
        self.tally.note("hand-overs")

    def _spot_check(self) -> None:
        """Draw a check; a week later it is mailed back, some of it wrong."""
        dice = self.dice
        drawn = sampling.sample(self.tools, max(5, len(self.company.listed) // 20), OPERATOR, by_region=True)
        day = self.clock.now.astimezone(HOME).date() + 2 * DAY
        said: dict[int, dict[str, object]] = {}
        for customer_id in customers_of(drawn.content):
            if dice.random() < 0.15:
                said[customer_id] = {"reached": "否", "checked_on": day}
            elif dice.random() < 0.9:
                said[customer_id] = {
                    "name.mark": "错" if dice.random() < 0.05 else "对",
                    "contact.mark": "错" if dice.random() < 0.15 else "对",
                    "phone.mark": "错" if dice.random() < 0.15 else None,
                    "city.mark": "对",
                    "checked_on": day,
                }
        content = filled(drawn.content, said)
        at = self.clock.now + 3 * DAY
        self.later(at, lambda: self._arrived.append(self._raw("chief@xinghe.example", content, "抽查")))
        self.tally.note("spot checks")
