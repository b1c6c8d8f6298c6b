"""The months before today: reports, the questions they raised, and how the stewards answered them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from daysheet import wiring
from daysheet.config import Settings
from daysheet.demo.post import Letter, csv_of
from daysheet.demo.territory import DEALS, FAR_PARENTS, MASTER, PEOPLE_THERE, REPS, SERVICE, TALKS, Rep
from daysheet.demo.workbooks import Typed, filled
from daysheet.model.decisions import Matched
from daysheet.model.memory import Link, Review, ReviewState, Says
from daysheet.model.text import Language
from daysheet.reports.delivery import Delivery
from daysheet.services import import_customers, linking, names, outbox, receive, reviews
from daysheet.services.process import process_pending
from daysheet.services.reviews import Answer, Decided
from daysheet.services.tools import Tools
from daysheet.store import outbox as waybills

DAYS, EVERY = 112, 4
"""How far back the reports go, and the days from one to the next."""
VISITS = 5
"""Of a rep in one report."""
Row = Mapping[str, Typed]


@dataclass(frozen=True, slots=True)
class Asked:
    """A name as a rep wrote it, *back* days ago, and what a steward said of it: of *other*, of all where it is none."""

    back: int
    number: str
    typed: str
    says: Says
    other: str = ""
    by: str = "E1032"
    reason: str = ""


PAST = (
    Asked(108, "E1011", "广州鹿鸣", Says.SAME, "广州鹿鸣食品有限公司"),
    Asked(104, "E1012", "宁波云帆", Says.SAME, "宁波云帆科技有限公司"),
    Asked(100, "E1006", "深圳星澜", Says.SAME, "深圳市星澜电子有限公司"),
    Asked(92, "E1013", "海淀教委", Says.SAME, "北京市海淀区教育委员会", "E1030"),
    Asked(88, "E1009", "天河教育局", Says.SAME, "广州市天河区教育局", "E1031"),
    Asked(84, "E1012", "浙江沐森", Says.SAME, "浙江沐森环保科技股份有限公司"),
    Asked(80, "E1011", "珠海海舟", Says.SAME, "珠海海舟船舶工程有限公司", "E1031"),
    Asked(76, "E1013", "天津津沽重工机械有限公司", Says.DIFFERENT, "", "E1030", "另一家公司，工商登记不同，已电话核实"),
    Asked(72, "E1006", "华南理工大学附属中学", Says.RELATED, "华南理工大学", "E1031", "大学附属，独立法人"),
    Asked(64, "E1013", "北京澄观", Says.SAME, "北京澄观测控技术有限公司"),
    Asked(56, "E1006", "东莞星澜", Says.SAME, "东莞市星澜电子有限公司", "E1031"),
    Asked(48, "E1006", "广东星澜电子有限公司", Says.DIFFERENT, "", "E1031", "经销商，不是工厂"),
    Asked(
        44,
        "E1012",
        "江苏沐森环保科技股份有限公司",
        Says.SAME,
        "江苏沐森环保科技有限公司",
        "E1032",
        "去年改制，同一信用代码",
    ),
    Asked(36, "E1003", "Harbor Blue Trading", Says.SAME, "Blue Harbor Trading Pte. Ltd."),
    Asked(28, "E1012", "江苏沐森环保工程有限公司", Says.DIFFERENT, "", "E1030", "同一集团的工程公司，另签合同"),
    Asked(24, "E1009", "广州听雨装备有限公司", Says.SAME, "广州听雨智能装备有限公司", "E1031", "2024 年更名"),
    Asked(20, "E1011", "中山大学第一医院", Says.DIFFERENT, "", "E1031"),
    Asked(16, "E1013", "北京澄观测控技术股份有限公司", Says.SAME, "北京澄观测控技术有限公司", "E1030"),
)
MISTAKEN = ("中山大学第一医院", "中山大学附属第一医院", "是附属第一医院的习惯写法")
"""Said to be different, taken back the day after: it was the same."""


class Past:
    """The demo's own time: everything is done as if it were *at*."""

    def __init__(self, settings: Settings, tools: Tools, at: datetime) -> None:
        self.settings, self.at = settings, at
        self.tools = replace(tools, clock=lambda: self.at)
        box = settings.mailboxes["daily"]
        assert box.path is not None
        self._box, self._maildir = box, box.path
        self._sent = 0

    @property
    def today(self) -> date:
        """The day where the company is."""
        return self.at.date()

    def set(self, day: date, hour: int, minute: int = 0) -> None:
        """Move to a time of *day*."""
        self.at = datetime.combine(day, time(hour, minute), self.at.tzinfo)

    def mail(self, letters: Sequence[Letter], delivery: Delivery | None = None) -> None:
        """
        Send *letters*, have them worked, and hand the answers to *delivery*.

        Without one they only count as sent: nobody looks at an answer of months ago, and making it takes time.
        """
        for letter in letters:
            self._sent += 1
            self.put(letter.written(self.at, str(self._sent)))
        self.work(delivery)

    def put(self, raw: bytes) -> None:
        """Put a mail into the mailbox; nothing reads it yet."""
        self._sent += 1
        name = f"past-{self._sent:04d}.demo"
        aside = self._maildir / "tmp" / name
        aside.write_bytes(raw)
        aside.rename(self._maildir / "new" / name)

    def receive(self) -> Sequence[int]:
        """Take what lies in the mailbox; return the new messages."""
        return receive.poll(self.tools, wiring.open_mailbox("daily", self._box), batch=100).inbound_ids

    def work(self, delivery: Delivery | None = None) -> None:
        """Read the mailbox, work what came, and let the answers go."""
        self.receive()
        list(process_pending(self.tools))
        if delivery is not None:
            outbox.flush(self.tools, delivery)
            return
        with self.tools.database.writing() as connection:
            for mail in waybills.waiting(connection):
                waybills.mark_sent(connection, mail.id, self.at)

    def named(self, name: str) -> int:
        """Return the customer called *name*; an error where there is none, for then the demo itself is wrong."""
        made = names.known(self.tools, self.tools.naming.parse(name))
        assert isinstance(made, Matched), name
        return made.candidate.customer_id

    def question(self, typed: str) -> Review:
        """Return the open question about the name *typed*; an error where there is none."""
        name = self.tools.naming.parse(typed).canonical
        return next(one for one in reviews.listed(self.tools) if one.name == name)


def live(past: Past) -> None:
    """Let the months go by, up to a fortnight before *past* says it is now."""
    now = past.at
    begin = now.date() - timedelta(days=DAYS)
    past.set(begin, 9)
    import_customers.import_file(past.tools, "master.csv", MASTER.encode())
    _link_far(past)
    for number, day in enumerate(_days(begin, now.date())):
        past.set(day, 18, 10)
        past.mail(list(_reports(past, number)))
        _answer(past, day)
    past.at = now


def _days(begin: date, now: date) -> Iterator[date]:
    """Every few days, on working days, until the last fortnight."""
    at = begin + timedelta(days=EVERY)
    while at < now - timedelta(days=14):
        yield at if at.weekday() < 5 else at - timedelta(days=at.weekday() - 4)
        at += timedelta(days=EVERY)


def _link_far(past: Past) -> None:
    links = [Link(past.named(child), past.named(parent)) for child, parent in FAR_PARENTS]
    with past.tools.database.writing() as connection:
        linking.propose(connection, past.tools, links)


# ---- reports -----------------------------------------------------------------------------------


def _reports(past: Past, number: int) -> Iterator[Letter]:
    """Give the reports of the *number*th day: those of two reps, and of whoever has something special."""
    back = DAYS - EVERY * (number + 1)
    asked = [one for one in PAST if one.back == back]
    due = {REPS[(2 * number + at) % len(REPS)].number for at in range(2)} | {one.number for one in asked}
    for at, rep in enumerate(REPS):
        if rep.number not in due:
            continue
        names = [rep.customers[(number * 2 + at + one) % len(rep.customers)] for one in range(VISITS)]
        names += [one.typed for one in asked if one.number == rep.number]
        visits = [visit(past.today, rep, name, slot, number) for slot, name in enumerate(dict.fromkeys(names))]
        month, is_monthly = divmod(number, 6)
        deals = _deals(rep, month) if is_monthly >= 4 else ()
        yield book(past, rep, visits, deals, _service(rep, month)) if deals else sheet(past, rep, visits)


def sheet(past: Past, rep: Rep, visits: Sequence[Row], note: str = "") -> Letter:
    """Return a report as CSV, as from a phone."""
    form = past.tools.specs[0]
    subject = f"日报 {past.today:%Y-%m-%d}{note}"
    return Letter(rep.name, rep.user, subject, "请查收。", csv_of(form, visits), "日报.csv", "octet-stream")


def book(
    past: Past, rep: Rep, visits: Sequence[Row], deals: Sequence[Row] = (), service: Sequence[Row] = (), note: str = ""
) -> Letter:
    """Return a report as the workbook."""
    cover: Row = {"rep_number": rep.number, "rep_name": rep.name, "report_date": past.today, "work_type": "外勤"}
    sheets = {"visits": visits, "opportunities": deals, "service": service}
    content = filled(past.tools.specs[0], Language.ZH, cover, sheets)
    return Letter(rep.name, rep.user, f"日报 {past.today:%Y-%m-%d}{note}", "请查收。", content, f"日报-{rep.name}.xlsx")


def visit(day: date, rep: Rep, customer: str, slot: int, number: int) -> Row:
    """Return the *slot*th visit of a day; what was said goes round with the *number* of the report."""
    purpose, content, outcome, next_step = TALKS[(number + 3 * slot) % len(TALKS)]
    known = rep.customers.index(customer) if customer in rep.customers else len(rep.customers) + slot
    who = (known + number % 2) % len(PEOPLE_THERE)
    contact, title = PEOPLE_THERE[who]
    return {
        "visit_date": day,
        "start_time": time(9 + slot % 8, 30 * (number % 2)),
        "customer": customer,
        "contact": contact,
        "title": title,
        "phone": f"13{int(rep.number[-2:]):02d}{known:03d}{who:02d}88",
        "way": "电话" if slot == VISITS - 1 else "上门拜访",
        "purpose": purpose,
        "content": content,
        "outcome": outcome,
        "next_step": next_step,
        "next_date": day + timedelta(days=10 + slot),
    }


def _deals(rep: Rep, month: int) -> Sequence[Row]:
    return [
        {
            "customer": deal.customer,
            "project": deal.project,
            "product": deal.product,
            "stage": deal.stages[month],
            "amount": deal.amount,
            "currency": "人民币",
            "probability": 20 + 20 * month,
            "reason": deal.reason if deal.stages[month] == "丢单" else None,
        }
        for deal in DEALS
        if deal.number == rep.number and month < len(deal.stages)
    ]


def _service(rep: Rep, month: int) -> Sequence[Row]:
    return [
        {"service_type": kind, "customer": customer, "description": text, "severity": severity, "status": status}
        for at, (number, customer, kind, text, severity, status) in enumerate(SERVICE)
        if number == rep.number and at % 4 == month % 4
    ]


# ---- answers -----------------------------------------------------------------------------------


def _answer(past: Past, day: date) -> None:
    """Let the stewards answer, the morning after, what the reports of *day* asked; one of them is taken back."""
    waiting = {one.name for one in reviews.listed(past.tools)}
    for minute, asked in enumerate(PAST):
        name = past.tools.naming.parse(asked.typed).canonical
        if name not in waiting:
            continue
        past.set(day + timedelta(days=1), 9, 20 + minute)
        other = past.named(asked.other) if asked.other else None
        settle(past, asked.typed, Answer(asked.says, other, asked.reason), asked.by)
        if asked.typed == MISTAKEN[0]:
            past.set(day + timedelta(days=2), 10, 5)
            review = reviews.listed(past.tools, ReviewState.DECIDED)[0]
            reviews.take_back(past.tools, review.id, by=asked.by)
            settle(past, asked.typed, Answer(Says.SAME, past.named(MISTAKEN[1]), MISTAKEN[2]), asked.by)


def settle(past: Past, typed: str, answer: Answer, by: str) -> None:
    """Answer the question about *typed*; an answer that cannot be taken is a mistake of the demo's."""
    done = reviews.decide(past.tools, past.question(typed).id, answer, by=by)
    assert isinstance(done, Decided), done
